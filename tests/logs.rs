//! What the core tells about its doings, and to whom.

mod support;

use holdfast::core::{
    error::Code,
    input::Input,
    log::{Entry, Happening},
};
use support::{
    answer::Answer,
    driver::Driver,
    server::Endpoint,
    story::{API, options},
};

/// What was told since the last look, in its order.
fn told(driver: &mut Driver) -> Vec<Happening> {
    driver.log.drain(..).map(|entry| entry.happening).collect()
}

/// Alice's session, whose access token has just expired; what was told so far is forgotten.
fn expired() -> Driver {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver.log.clear();
    driver
}

#[test]
fn a_sign_in_is_told_from_its_beginning_to_its_end() {
    let mut driver = Driver::new(options());
    driver.sign_in();
    let told = told(&mut driver);
    let place = |wanted| told.iter().position(|happening| *happening == wanted);
    let order = [
        place(Happening::SignInStarted),
        place(Happening::CallbackReceived),
        place(Happening::SignedIn),
    ];
    assert!(order.iter().all(Option::is_some), "{told:?}");
    assert!(order.is_sorted(), "{told:?}");
}

#[test]
fn a_call_and_its_refresh_are_told_with_their_numbers() {
    let mut driver = expired();
    let id = driver.fetch(API);
    driver.settle();
    let call = i32::try_from(id.0).unwrap();
    let numbers = |wanted| {
        let entry = driver.log.iter().find(|entry| entry.happening == wanted);
        entry
            .map(|entry| (entry.text.as_str(), entry.numbers))
            .unwrap()
    };
    assert_eq!(numbers(Happening::CallWaiting), ("", [call, 0, 0]));
    assert_eq!(numbers(Happening::RefreshStarted), ("expired", [0, 0, 0]));
    assert_eq!(numbers(Happening::RefreshEnded).1[1], 1, "rotated");
    assert_eq!(numbers(Happening::CallAnswered).1, [call, 200, 0]);
    let (text, [number, token, has_proof]) = numbers(Happening::CallSent);
    assert_eq!((number, token, has_proof), (call, 2, 0));
    // The method, which these requests leave out, and the origin alone.
    assert_eq!(text, " https://api.example");
}

#[test]
fn without_listeners_single_calls_and_requests_are_not_told() {
    let mut driver = expired();
    driver.input(Input::Watched(false));
    driver.log.clear();
    driver.fetch(API);
    driver.settle();
    assert_eq!(
        told(&mut driver),
        [Happening::RefreshStarted, Happening::RefreshEnded]
    );
}

#[test]
fn a_lost_answer_is_told_with_its_retry() {
    let mut driver = expired();
    driver.server.next(Endpoint::Token, Answer::TimedOut);
    driver.fetch(API);
    driver.run();
    let failed = |entry: &&Entry| entry.happening == Happening::ServerFailed;
    let entry = driver.log.iter().find(failed).unwrap();
    assert_eq!((entry.text.as_str(), entry.numbers[1]), ("refresh", -2));
    let retried = |entry: &&Entry| entry.happening == Happening::RefreshRetried;
    let entry = driver.log.iter().find(retried).unwrap();
    assert_eq!((entry.text.as_str(), entry.numbers[0]), ("timeout", 0));
    let started = driver
        .log
        .iter()
        .filter(|entry| entry.happening == Happening::RefreshStarted);
    let reasons: Vec<_> = started.map(|entry| entry.text.as_str()).collect();
    assert_eq!(reasons, ["expired", "again"]);
}

#[test]
fn an_error_is_told_by_its_names_and_its_status_and_not_by_its_words() {
    for (error, told) in [
        ("invalid_grant", "invalid_grant"),
        ("Alice is gone", "other"),
    ] {
        let mut driver = expired();
        let answers = [Answer::refused(403, error), Answer::refused(403, error)];
        for answer in answers {
            driver.server.next(Endpoint::Token, answer);
        }
        driver.fetch(API);
        driver.run();
        let mut errors = driver.log.iter().filter(|entry| {
            use Happening::{Failed, FailedForNow, SessionExpired};
            matches!(entry.happening, Failed | FailedForNow | SessionExpired)
        });
        assert!(errors.clone().count() >= 2);
        assert!(errors.all(|entry| entry.numbers[0] == 403 && entry.text.ends_with(told)));
        let quotes =
            |entry: &Entry| entry.text.contains("Alice") || entry.text.contains("a reason");
        assert!(!driver.log.iter().any(quotes));
    }
}

/// What is told of the state.
fn state(driver: &mut Driver) -> Entry {
    driver.log.clear();
    driver.input(Input::Watched(true));
    let entry = driver.log.remove(0);
    assert_eq!(entry.happening, Happening::State);
    entry
}

#[test]
fn the_state_is_told_in_numbers_whenever_a_listener_comes_or_goes() {
    let mut driver = Driver::new(options());
    assert_eq!(state(&mut driver).numbers, [0, -1, i32::MIN]);
    driver.sign_in();
    let entry = state(&mut driver);
    let [flags, pause, ahead] = entry.numbers;
    // Signed in, with a refresh token and without a key, and the metadata is known.
    assert_eq!(flags & 0b11_1111, 0b10_1001);
    assert_eq!((pause, ahead), (-1, 0));
    let tokens: Vec<_> = driver.log.drain(..).collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].happening, Happening::Token);
    assert_eq!(tokens[0].numbers[0], 0);
    driver.expire_access_token();
    state(&mut driver);
    assert_eq!(driver.log[0].numbers[..2], [0, 0]);
}

#[test]
fn a_pause_is_told_only_where_there_is_one() {
    let mut driver = expired();
    driver
        .server
        .next(Endpoint::Token, Answer::busy(503, Some(30)));
    driver.fetch(API);
    driver.settle();
    assert!(state(&mut driver).numbers[1] >= 30_000);

    // A new vault doesn't know the server yet, and can't find it. The next call may try at once.
    let mut driver = Driver::signed_in_with_escrow().reload();
    driver.open();
    driver.expire_access_token();
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::Lost);
    assert_eq!(driver.call(API), Err(Code::NetworkError));
    assert_eq!(state(&mut driver).numbers[1], -1);
}

#[test]
fn the_events_have_the_numbers_and_names_that_the_page_knows() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pkg-template/src/log-events.ts");
    let text = std::fs::read_to_string(path).unwrap();
    let names = |happening: Happening| {
        let start = format!("  {}: ['", happening as u8);
        let line = text.lines().find(|line| line.starts_with(&start));
        let line = line.unwrap_or_else(|| panic!("{happening:?} has no name"));
        line.split([' ', '\'']).nth(5).unwrap().replace('_', "")
    };
    for happening in [
        Happening::ServerRequest,
        Happening::ServerAnswer,
        Happening::CallWaiting,
        Happening::CallSent,
        Happening::CallAnswered,
        Happening::CallRepeated,
        Happening::ProofRefused,
        Happening::EpochChanged,
        Happening::SessionAdopted,
        Happening::SessionMoved,
        Happening::SignInStarted,
        Happening::CallbackReceived,
        Happening::SignedIn,
        Happening::SilentSignInEnded,
        Happening::RefreshStarted,
        Happening::RefreshEnded,
        Happening::RefreshRetried,
        Happening::RefreshFailed,
        Happening::RefreshDiscarded,
        Happening::SignedOut,
        Happening::SessionExpired,
        Happening::StepUp,
        Happening::Failed,
        Happening::State,
        Happening::Token,
    ] {
        assert_eq!(names(happening), format!("{happening:?}").to_lowercase());
    }
    assert_eq!(names(Happening::ServerFailed), "serveranswer");
    assert_eq!(names(Happening::SignedOutElsewhere), "signedout");
    assert_eq!(names(Happening::FailedForNow), "failed");
}
