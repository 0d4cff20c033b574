//! What the server's refusal of a refresh means: the design's rotation rule 4.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    json::json,
    output::{Event, ExpiryReason},
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    seen::What,
    server::Endpoint,
    story::API,
};

const TOKEN: Step = Step::Http(Endpoint::Token);

/// Alice's session, with an access token that has just expired, and a server that answers the next
/// refreshes like this.
fn refreshing(answers: impl IntoIterator<Item = Answer>) -> Driver {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    for answer in answers {
        driver.server.next(Endpoint::Token, answer);
    }
    driver
}

/// Calls the API and lets time pass until there is an answer.
fn call(driver: &mut Driver) -> Result<(), Code> {
    let id = driver.fetch(API);
    driver.run();
    driver.outcome(id).expect("an answer to the call")
}

fn assert_ended_once(driver: &mut Driver, requests: usize) {
    assert_eq!(driver.expiries(), [ExpiryReason::Refused]);
    assert_eq!(driver.server.refreshes().len(), requests);
    assert_eq!(driver.subject(), None);
    assert_eq!(call(driver), Err(Code::LoginRequired));
    assert_eq!(driver.server.refreshes().len(), requests, "no loop");
}

#[test]
fn invalid_grant_ends_the_session_once_for_all_who_wait_whatever_its_status() {
    for status in [400, 401, 403] {
        let mut driver = refreshing([Answer::refused(status, "invalid_grant")]);
        driver.hold(TOKEN);
        let ids = [driver.fetch(API), driver.fetch(API), driver.fetch(API)];
        driver.settle();
        driver.release(TOKEN);
        assert!(
            ids.into_iter()
                .all(|id| driver.outcome(id) == Some(Err(Code::SessionExpired)))
        );
        assert_ended_once(&mut driver, 1);
        assert!(driver.api.calls.is_empty());
    }
}

#[test]
fn the_callers_of_a_session_that_ended_hear_the_server_s_words() {
    let mut driver = refreshing([Answer::refused(403, "invalid_grant")]);
    let id = driver.fetch(API);
    driver.settle();
    let failure = driver.reply(id).unwrap().unwrap_err();
    assert_eq!(failure.phase, Phase::Fetch);
    let oauth = failure.error.oauth.unwrap();
    assert_eq!(
        (oauth.error.as_str(), oauth.description.as_deref()),
        ("invalid_grant", Some("for a reason"))
    );
}

#[test]
fn errors_that_no_later_try_can_mend_end_the_session() {
    for error in [
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
    ] {
        let mut driver = refreshing([Answer::refused(400, error)]);
        assert_eq!(call(&mut driver), Err(Code::SessionExpired), "{error}");
        assert_ended_once(&mut driver, 1);
    }
}

#[test]
fn a_wish_to_see_the_person_keeps_the_session_and_its_token() {
    for error in ["login_required", "interaction_required", "consent_required"] {
        let mut driver = refreshing([Answer::refused(400, error)]);
        assert_eq!(call(&mut driver), Err(Code::InteractionRequired), "{error}");
        assert!(driver.expiries().is_empty());
        assert_eq!(driver.subject().as_deref(), Some("alice"));
        assert_eq!(call(&mut driver), Err(Code::InteractionRequired), "{error}");
        assert_eq!(driver.server.refreshes().len(), 1, "it has just said so");
        driver.clock.advance(2_000);
        assert_eq!(call(&mut driver), Ok(()));
        let refreshes = driver.server.refreshes();
        assert_eq!(refreshes.len(), 2);
        assert_eq!(refreshes[0], refreshes[1]);
    }
}

#[test]
fn what_says_nothing_of_the_token_keeps_it_and_is_tried_again_after_a_pause() {
    for answer in [
        Answer::busy(429, None),
        Answer::busy(500, None),
        Answer::busy(503, None),
        Answer::busy(408, None),
        Answer::html(200),
        Answer::html(400),
        Answer::html(403),
        Answer::html(502),
        Answer::empty(302),
        Answer::json(404, &json!({})),
        Answer::json(200, &json!("ok")),
        Answer::refused(503, "invalid_grant"),
        Answer::refused(400, "temporarily_unavailable"),
        Answer::refused(400, "server_error"),
    ] {
        let mut driver = refreshing([answer.clone()]);
        let id = driver.fetch(API);
        driver.settle();
        assert_eq!(
            driver.server.refreshes().len(),
            1,
            "not at once: {answer:?}"
        );
        assert!(
            driver
                .wakes_in()
                .is_some_and(|pause| (100..=10_000).contains(&pause)),
            "{answer:?}"
        );
        driver.run();
        assert_eq!(driver.outcome(id), Some(Ok(())), "{answer:?}");
        let refreshes = driver.server.refreshes();
        assert_eq!(
            (refreshes.len(), refreshes[0]),
            (2, refreshes[1]),
            "{answer:?}"
        );
    }
}

#[test]
fn retry_after_is_obeyed() {
    let mut driver = refreshing([Answer::busy(429, Some(3)), Answer::busy(503, Some(5))]);
    assert_eq!(call(&mut driver), Ok(()));
    let times = driver.server.refresh_times();
    assert!(
        times[1] >= 3_000 && times[2] - times[1] >= 5_000,
        "{times:?}"
    );
    assert!(times[2] < 10_000, "{times:?}");
}

#[test]
fn a_call_that_comes_during_the_pause_waits_for_its_end() {
    let mut driver = refreshing([Answer::busy(429, Some(3))]);
    let first = driver.fetch(API);
    driver.settle();
    driver.clock.advance(1_000);
    let second = driver.fetch(API);
    driver.settle();
    assert_eq!(driver.server.refreshes().len(), 1);
    driver.run();
    assert_eq!(
        [driver.outcome(first), driver.outcome(second)],
        [Some(Ok(())), Some(Ok(()))]
    );
    assert_eq!(driver.server.refreshes().len(), 2);
}

#[test]
fn a_server_that_stays_away_is_told_to_the_callers_and_asked_again_on_demand() {
    let mut driver = refreshing([]);
    driver
        .server
        .always(Endpoint::Token, Answer::busy(503, None));
    let start = driver.clock.seconds();
    assert_eq!(call(&mut driver), Err(Code::ServerUnavailable));
    assert!(
        driver.clock.seconds() - start < 30,
        "callers are not kept for long"
    );
    assert!(driver.server.refreshes().len() <= 5);
    assert_eq!(driver.wakes_in(), None, "nobody needs a token now");
    assert!(driver.expiries().is_empty());
    driver.server.always(Endpoint::Token, Answer::Normal);
    driver.clock.advance(60_000);
    assert_eq!(call(&mut driver), Ok(()));
}

#[test]
fn a_long_retry_after_is_told_at_once_and_keeps_no_later_call_hanging() {
    let mut driver = refreshing([Answer::busy(429, Some(3_600))]);
    assert_eq!(driver.call(API), Err(Code::ServerUnavailable));
    driver.clock.advance(60_000);
    let id = driver.fetch(API);
    driver.settle();
    let waits = driver.wakes_in().unwrap_or_default();
    assert!(
        driver.outcome(id).is_some() || waits <= 60_000,
        "a call would hang for {waits} ms"
    );
    assert_eq!(
        driver.server.refreshes().len(),
        1,
        "and the server is left alone"
    );
    driver.clock.advance(3_600_000);
    assert_eq!(call(&mut driver), Ok(()));
}

#[test]
fn an_unclear_refusal_is_tried_once_more_after_a_pause() {
    for answer in [
        Answer::empty(400),
        Answer::empty(401),
        Answer::json(400, &json!({})),
        Answer::refused(400, "invalid_request"),
        Answer::refused(401, "something_else"),
    ] {
        let mut driver = refreshing([answer.clone()]);
        let id = driver.fetch(API);
        driver.settle();
        assert_eq!(driver.server.refreshes().len(), 1);
        assert!(driver.wakes_in().is_some_and(|pause| pause >= 500));
        driver.run();
        assert_eq!(driver.outcome(id), Some(Ok(())), "{answer:?}");
        assert_eq!(driver.server.refreshes().len(), 2);

        let mut driver = refreshing([answer.clone(), answer.clone()]);
        assert_eq!(call(&mut driver), Err(Code::SessionExpired), "{answer:?}");
        assert_ended_once(&mut driver, 2);
    }
}

#[test]
fn a_refusal_long_ago_does_not_count_against_a_session_that_was_renewed_since() {
    let mut driver = refreshing([Answer::empty(400)]);
    assert_eq!(call(&mut driver), Ok(()));
    driver.expire_access_token();
    driver.server.next(Endpoint::Token, Answer::empty(400));
    assert_eq!(call(&mut driver), Ok(()));
}

#[test]
fn the_description_decides_nothing() {
    let body = json!({ "error": "server_error", "error_description": "invalid_grant: the token was revoked" });
    let mut driver = refreshing([Answer::json(400, &body)]);
    assert_eq!(call(&mut driver), Ok(()));
    let body = json!({ "error": "invalid_grant", "error_description": "please try again later" });
    let mut driver = refreshing([Answer::json(400, &body)]);
    assert_eq!(call(&mut driver), Err(Code::SessionExpired));
}

#[test]
fn a_success_that_cannot_be_used_keeps_the_session() {
    for body in [
        json!({}),
        json!({ "access_token": "a", "token_type": "MAC" }),
        json!({ "access_token": 7, "token_type": "Bearer" }),
    ] {
        let mut driver = refreshing([Answer::json(200, &body)]);
        assert_eq!(driver.call(API), Err(Code::TokenResponseInvalid), "{body}");
        assert!(driver.expiries().is_empty());
        driver.clock.advance(60_000);
        assert_eq!(call(&mut driver), Ok(()));
    }
}

#[test]
fn pages_hear_of_a_failed_refresh() {
    let mut driver = refreshing([Answer::refused(400, "interaction_required")]);
    assert_eq!(call(&mut driver), Err(Code::InteractionRequired));
    let Some(Event::Error(failure)) = driver.events.last() else {
        panic!("an error event")
    };
    assert_eq!(
        (failure.error.code, failure.phase),
        (Code::InteractionRequired, Phase::Refresh)
    );
    assert!(
        !driver
            .seen
            .iter()
            .any(|seen| seen.what == What::SessionExpired)
    );
}
