//! What an API may answer, and what is done about it (RFC 6750 section 3.1, RFC 9470): each answer, and
//! how many refreshes and calls it costs. What is expected stands in `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::{
    challenge::StepUp,
    error::Code,
    input::{Command, CommandId, Input, ResourceAnswer, ResourceRequest},
    output::Event,
};
use support::{
    api::ApiAnswer,
    driver::{Driver, Step},
    hostile::{self, Row},
    story::API,
};

const INVALID_TOKEN: Option<&str> = Some("Bearer error=\"invalid_token\"");
const STEP_UP: Option<&str> = Some(
    "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\", max_age=60, more=1",
);

/// What an answer costs.
#[derive(Debug, PartialEq, Eq)]
struct Costs {
    calls: usize,
    refreshes: usize,
    step_ups: usize,
}

/// The answer is for the app.
const NOTHING: Costs = Costs {
    calls: 1,
    refreshes: 0,
    step_ups: 0,
};
/// One refresh, and the call once more.
const A_REFRESH: Costs = Costs {
    calls: 2,
    refreshes: 1,
    step_ups: 0,
};
/// An event, and the answer is for the app.
const AN_EVENT: Costs = Costs {
    calls: 1,
    refreshes: 0,
    step_ups: 1,
};

fn step_ups(driver: &Driver) -> Vec<&StepUp> {
    let events = driver.events.iter();
    events
        .filter_map(|event| match event {
            Event::StepUp(step_up) => Some(step_up),
            _ => None,
        })
        .collect()
}

fn get() -> ResourceRequest {
    ResourceRequest {
        url: API.into(),
        method: "GET".into(),
        is_repeatable: true,
        ..ResourceRequest::default()
    }
}

/// How a request ends in Alice's session, and what it has cost. Afterwards the session goes on.
fn sent(row: &Row, driver: &mut Driver, request: ResourceRequest, costs: &Costs) {
    let id = driver.command(Command::Fetch(request));
    driver.settle();
    let happened = match driver.outcome(id) {
        Some(Ok(())) => driver.api.last_status(),
        Some(Err(code)) => code.as_str().into(),
        None => "not repeated".into(),
    };
    let spent = Costs {
        calls: driver.api.calls.len(),
        refreshes: driver.server.refreshes().len(),
        step_ups: step_ups(driver).len(),
    };
    assert_eq!(spent, *costs, "{row:?}");
    driver.api.always(ApiAnswer::Normal);
    assert_eq!(driver.call(API), Ok(()));
    assert!(driver.expiries().is_empty());
    row.found(&happened);
}

/// The API answers the first call like this, and a second one by what it carries.
fn once(row: &Row, status: u16, challenge: Option<&'static str>, costs: &Costs) {
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Status(status, challenge));
    sent(row, &mut driver, get(), costs);
}

/// The API answers each call like this.
fn always(row: &Row, status: u16, challenge: Option<&'static str>, costs: &Costs) {
    let mut driver = Driver::signed_in();
    driver.api.always(ApiAnswer::Status(status, challenge));
    sent(row, &mut driver, get(), costs);
}

#[test]
fn refusals_of_the_token() {
    once(&hostile::row("H73"), 401, None, &A_REFRESH);
    once(
        &hostile::row("H73-no-error"),
        401,
        Some("Bearer realm=\"api\""),
        &A_REFRESH,
    );
    once(
        &hostile::row("H73-challenge"),
        401,
        INVALID_TOKEN,
        &A_REFRESH,
    );
    always(&hostile::row("H78"), 401, INVALID_TOKEN, &A_REFRESH);
    always(&hostile::row("H78-no-challenge"), 401, None, &A_REFRESH);
}

#[test]
fn a_place_that_always_refuses_is_remembered() {
    let mut driver = Driver::signed_in();
    driver.api.always(ApiAnswer::Status(401, None));
    for _ in 0..20 {
        assert_eq!(driver.call(API), Ok(()));
    }
    let costs = Costs {
        calls: 22,
        refreshes: 1,
        step_ups: 0,
    };
    sent(&hostile::row("H78-many"), &mut driver, get(), &costs);
}

#[test]
fn other_refusals() {
    let scope = Some("Bearer error=\"insufficient_scope\", scope=\"write\"");
    always(&hostile::row("H75"), 403, scope, &NOTHING);
    always(&hostile::row("H75-401"), 401, scope, &NOTHING);
    always(
        &hostile::row("O21-10-request"),
        400,
        Some("Bearer error=\"invalid_request\""),
        &NOTHING,
    );
    always(
        &hostile::row("O21-10-request-401"),
        401,
        Some("Bearer error=\"invalid_request\""),
        &NOTHING,
    );
    always(
        &hostile::row("O21-10-forbidden"),
        403,
        INVALID_TOKEN,
        &NOTHING,
    );
    once(
        &hostile::row("O21-10-case"),
        401,
        Some("bEARER ERROR=\"invalid_token\""),
        &A_REFRESH,
    );
    always(
        &hostile::row("own-api-nonce-without-dpop"),
        401,
        Some("DPoP error=\"use_dpop_nonce\""),
        &NOTHING,
    );
}

#[test]
fn step_up() {
    let mut driver = Driver::signed_in();
    driver.api.always(ApiAnswer::Status(401, STEP_UP));
    sent(&hostile::row("H76"), &mut driver, get(), &AN_EVENT);
    let expected = StepUp {
        acr_values: Some("gold".into()),
        max_age: Some(60),
    };
    assert_eq!(step_ups(&driver), [&expected]);
    always(
        &hostile::row("SU-1-unquoted"),
        401,
        Some("Bearer error=insufficient_user_authentication, max_age=5"),
        &AN_EVENT,
    );
    always(
        &hostile::row("own-api-step-up-of-another-scheme"),
        401,
        Some("Basic error=\"insufficient_user_authentication\", Bearer error=\"invalid_request\""),
        &NOTHING,
    );
    always(
        &hostile::row("own-api-step-up-with-403"),
        403,
        STEP_UP,
        &NOTHING,
    );
}

#[test]
fn step_up_for_ever() {
    let mut driver = Driver::signed_in();
    driver.api.always(ApiAnswer::Status(401, STEP_UP));
    assert_eq!(driver.call(API), Ok(()));
    // The person signs in as it was asked for, and it is still not enough.
    driver.sign_in();
    let costs = Costs {
        calls: 2,
        refreshes: 0,
        step_ups: 2,
    };
    sent(&hostile::row("SU-2"), &mut driver, get(), &costs);
}

#[test]
fn methods_and_bodies() {
    let post = || ResourceRequest {
        method: "POST".into(),
        ..get()
    };
    // A 401 says that nothing was done.
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Status(401, INVALID_TOKEN));
    let row = hostile::row("own-api-refused-post");
    sent(&row, &mut driver, post(), &A_REFRESH);

    let stream = || ResourceRequest {
        is_repeatable: false,
        ..post()
    };
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Status(401, INVALID_TOKEN));
    let row = hostile::row("own-api-refused-stream");
    sent(&row, &mut driver, stream(), &NOTHING);

    for (row, request) in [
        (hostile::row("own-api-broken-post"), post()),
        (hostile::row("own-api-broken-get"), get()),
    ] {
        let mut driver = Driver::signed_in();
        driver.api.next(ApiAnswer::Failed);
        sent(&row, &mut driver, request, &NOTHING);
    }
}

/// The answer of a call that was on its way is replaced by this one.
fn replaced(driver: &mut Driver, answer: ResourceAnswer) -> CommandId {
    driver.hold(Step::Api);
    let id = driver.fetch(API);
    driver.settle();
    driver.todo.clear();
    driver.input(Input::ResourceAnswered { id, answer });
    driver.release(Step::Api);
    id
}

#[test]
fn redirects() {
    let answer = |status, url: &str, challenge: Option<&str>| ResourceAnswer {
        status,
        url: url.into(),
        challenge: challenge.map(Into::into),
        dpop_nonce: None,
        date: None,
    };
    let evil = "https://evil.example/";
    for (row, answer) in [
        (
            hostile::row("own-api-answer-from-elsewhere"),
            answer(200, evil, None),
        ),
        (
            hostile::row("own-api-refusal-from-elsewhere"),
            answer(401, evil, INVALID_TOKEN),
        ),
    ] {
        let mut driver = Driver::signed_in();
        let id = replaced(&mut driver, answer);
        let outcome = driver.outcome(id).expect("an answer to the call");
        assert!(driver.server.refreshes().is_empty());
        assert_eq!(driver.call(API), Ok(()));
        row.compare(outcome);
    }
}

#[test]
fn refusals_that_come_too_late() {
    // The token was renewed meanwhile: the call goes out with the new one, and no refresh is spent.
    let mut driver = Driver::signed_in();
    driver.hold(Step::Api);
    driver.api.next(ApiAnswer::Status(401, INVALID_TOKEN));
    let late = driver.fetch(API);
    driver.settle();
    driver.delay(Step::Api, |driver| {
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()));
    });
    assert_eq!(driver.server.refreshes().len(), 1);
    let outcome = driver.outcome(late).expect("an answer to the call");
    assert_eq!(driver.api.last_status(), "accepted");
    hostile::row("own-api-late-refusal").compare(outcome);

    // Somebody else has signed in meanwhile: it does not go out with their token.
    let mut driver = Driver::signed_in();
    driver.hold(Step::Api);
    driver.api.next(ApiAnswer::Status(401, INVALID_TOKEN));
    let late = driver.fetch(API);
    driver.settle();
    driver.server.person = "bob".into();
    driver.sign_in();
    driver.release(Step::Api);
    let outcome: Result<(), Code> = driver.outcome(late).expect("an answer to the call");
    assert_eq!(outcome, Ok(()), "the refusal itself");
    assert_eq!(driver.api.calls.len(), 1);
    hostile::row("own-api-late-refusal-of-another").found(&driver.api.last_status());
}
