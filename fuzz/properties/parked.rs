//! Sessions as the escrow keeps them: written by another vault, or by nobody that we know.

use holdfast::core::{
    Session,
    config::Config,
    input::{Command, CommandId, EscrowAnswer, Input, RequestId},
    json::json,
    output::{EscrowMessage, Output, Reply},
    secret::Secret,
    time::{Monotonic, Now, UnixMillis},
};

const NOW: Now = Now {
    monotonic: Monotonic(5_000),
    unix: UnixMillis(1_800_000_000_000),
};

/// What a vault reads, it writes as it was; what it does not understand is nobody's session.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(first) = adopt(text) else {
        return;
    };
    let second = adopt(&first).unwrap_or_else(|| panic!("{text:?}, then {first:?}"));
    assert_eq!(first, second, "{text:?}");
    // What was written has no more tokens than what was read.
    for word in first.split(' ').filter(|word| word.len() > 24) {
        assert!(
            text.split(' ').any(|known| known == word),
            "{word} comes from nowhere"
        );
    }
}

/// Gives a new vault `text`, and tells what it deposits of it. `None` where it takes no session.
fn adopt(text: &str) -> Option<String> {
    let options = json!({
        "issuer": "https://login.example",
        "clientId": "app",
        "redirectUri": "https://app.example/callback",
        "resources": ["https://api.example/"],
        "dpop": "auto",
    });
    let config = Config::parse(options).expect("good options");
    let mut session = Session::new(config, 7).with_escrow();
    let open = Input::Command {
        id: CommandId(1),
        command: Command::Open,
    };
    let claim = drain(&mut session, open).claim.expect("a claim");
    let answer = EscrowAnswer::State(Secret::from(text));
    let mut seen = drain(&mut session, Input::EscrowAnswered { id: claim, answer });
    let is_signed_in = seen.is_signed_in.expect("an answer to Open");
    let later = drain(&mut session, Input::Visibility(true));
    seen.deposit = later.deposit.or(seen.deposit);
    assert!(is_signed_in || seen.deposit.is_none(), "{text:?}");
    seen.deposit.filter(|_| is_signed_in)
}

#[derive(Default)]
struct Seen {
    claim: Option<RequestId>,
    is_signed_in: Option<bool>,
    deposit: Option<String>,
}

fn drain(session: &mut Session, input: Input) -> Seen {
    let mut seen = Seen::default();
    session.handle_input(input, NOW);
    loop {
        match session.poll_output() {
            Output::Idle { .. } => return seen,
            Output::Escrow { id, message } => match message {
                EscrowMessage::Claim { .. } => seen.claim = Some(id),
                // EXPOSE: a test
                EscrowMessage::Park(deposit) => seen.deposit = Some(deposit.state.expose().clone()),
                _ => {}
            },
            Output::Reply {
                result: Ok(Reply::Session(identity)),
                ..
            } => seen.is_signed_in = Some(identity.is_some()),
            _ => {}
        }
    }
}
