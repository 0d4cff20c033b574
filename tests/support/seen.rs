//! A record of what came out of the core, by which order and secrecy are checked.

use holdfast::core::{
    input::CommandId,
    output::{EscrowMessage, Event, Output, Reply},
};

use super::form::Form;

/// One output. `public` is all of its text that may be seen by anybody.
#[derive(Clone, Debug)]
pub struct Seen {
    pub what: What,
    pub public: String,
}

/// Which output it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A request to the server: the URL, and the form's `grant_type` where it has one.
    Http {
        url: String,
        grant_type: Option<String>,
    },
    Call(CommandId),
    AccessToken(CommandId),
    Verify,
    Store,
    Take,
    Reply(CommandId),
    SignedIn,
    SignedOut,
    Refreshed,
    SessionExpired,
    StepUp,
    Error,
    Claim,
    Park,
    Forget,
    MakeKey,
}

impl Seen {
    /// `None` for what is nothing to see.
    pub fn new(output: &Output) -> Option<Self> {
        let (what, public) = match output {
            Output::Http(request) => {
                let form = request.form.as_ref().map(|form| Form::parse(form.expose()));
                let grant_type = form.and_then(|form| form.get("grant_type").map(String::from));
                (
                    What::Http {
                        url: request.url.clone(),
                        grant_type,
                    },
                    request.url.clone(),
                )
            }
            Output::SendResourceRequest { id, .. } => (What::Call(*id), String::new()),
            // For the app that asked for it.
            Output::AccessToken { id, .. } => (What::AccessToken(*id), String::new()),
            Output::VerifySignature { check, .. } => (What::Verify, check.key.to_string()),
            Output::StoreTransaction { key, record, .. } => {
                (What::Store, format!("{key} {record}"))
            }
            Output::TakeTransaction { key, .. } => (What::Take, key.clone()),
            Output::MakeKey { .. } => (What::MakeKey, String::new()),
            // For the escrow alone.
            Output::Escrow { message, .. } => {
                let what = match message {
                    EscrowMessage::Claim { .. } => What::Claim,
                    EscrowMessage::Park(_) | EscrowMessage::Resume(_) => What::Park,
                    EscrowMessage::Forget { .. } => What::Forget,
                };
                (what, String::new())
            }
            Output::Reply { id, result } => {
                let public = match result {
                    Ok(Reply::SignedOut(Some(url))) => without_hint(url),
                    Ok(reply) => format!("{reply:?}"),
                    Err(failure) => format!("{failure:?} {}", failure.error),
                };
                (What::Reply(*id), public)
            }
            Output::Event(event) => {
                let what = match event {
                    Event::SignedIn { .. } => What::SignedIn,
                    Event::SignedOut => What::SignedOut,
                    Event::Refreshed { .. } => What::Refreshed,
                    Event::SessionExpired { .. } => What::SessionExpired,
                    Event::StepUp(_) => What::StepUp,
                    Event::Error(_) => What::Error,
                };
                (what, format!("{event:?}"))
            }
            // `Driver::log` has it.
            Output::Log(_) | Output::Idle { .. } => return None,
        };
        Some(Self { what, public })
    }
}

/// The one place where a token leaves the vault by design: the hint at sign-out.
fn without_hint(url: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    let kept: Vec<_> = url
        .query_pairs()
        .into_owned()
        .filter(|(name, _)| name != "id_token_hint")
        .collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    url.into()
}
