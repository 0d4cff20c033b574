//! What is under way while a session ends or another begins: the design's rotation rules 6 and 10.

mod support;

use holdfast::core::{error::Code, json::json};
use support::{
    answer::Answer,
    api::ApiAnswer,
    driver::{Driver, Step},
    seen::What,
    server::Endpoint,
    story::API,
};

const TOKEN: Step = Step::Http(Endpoint::Token);

/// Alice's session, with a refresh under way and a call that waits for it.
fn refreshing() -> (Driver, holdfast::core::input::CommandId) {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver.hold(TOKEN);
    let id = driver.fetch(API);
    driver.settle();
    assert_eq!(driver.waiting(TOKEN), 1);
    (driver, id)
}

#[test]
fn rule_6_a_sign_out_fails_those_who_wait_at_once() {
    let (mut driver, id) = refreshing();
    driver.sign_out(json!({})).unwrap();
    assert_eq!(driver.outcome(id), Some(Err(Code::LoginRequired)));
}

#[test]
fn rule_6_a_refresh_that_is_answered_after_sign_out_is_discarded_and_its_token_revoked() {
    let (mut driver, _) = refreshing();
    let late = driver.server.grants.live_refresh_tokens()[0].to_string();
    let sent = driver.server.refreshes()[0].to_string();
    assert_ne!(late, sent, "the server has rotated");
    driver.sign_out(json!({})).unwrap();
    assert_eq!(driver.server.revocations(), [sent.as_str()]);
    driver.release(TOKEN);
    assert_eq!(driver.server.revocations(), [sent, late]);
    assert_eq!(driver.subject(), None);
    assert_eq!(driver.call(API), Err(Code::LoginRequired));
    assert!(!driver.seen.iter().any(|seen| seen.what == What::Refreshed));
}

#[test]
fn rule_6_so_is_one_whose_id_token_is_being_verified() {
    let mut driver = Driver::signed_in();
    driver.server.id_token_on_refresh = true;
    driver.expire_access_token();
    driver.hold(Step::Signature);
    let id = driver.fetch(API);
    driver.settle();
    driver.sign_out(json!({})).unwrap();
    assert_eq!(driver.outcome(id), Some(Err(Code::LoginRequired)));
    let revoked = driver.server.revocations().len();
    driver.release(Step::Signature);
    assert_eq!(driver.server.revocations().len(), revoked + 1);
    assert!(driver.server.grants.live_refresh_tokens().is_empty());
    assert_eq!(driver.subject(), None);
}

#[test]
fn rule_6_a_late_refresh_changes_nothing_in_the_next_session() {
    let (mut driver, _) = refreshing();
    driver.sign_out(json!({})).unwrap();
    driver.delay(TOKEN, |driver| {
        driver.server.person = "bob".into();
        driver.sign_in();
    });
    assert_eq!(driver.subject().as_deref(), Some("bob"));
    assert_eq!(driver.call(API), Ok(()));
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.grants.live_refresh_tokens().len(), 1);
}

#[test]
fn rule_6_a_late_refusal_does_not_end_the_next_session() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver
        .server
        .next(Endpoint::Token, Answer::refused(400, "invalid_grant"));
    driver.hold(TOKEN);
    driver.fetch(API);
    driver.settle();
    driver.sign_out(json!({})).unwrap();
    driver.delay(TOKEN, Driver::sign_in);
    assert_eq!(driver.call(API), Ok(()));
    assert!(driver.expiries().is_empty());
}

#[test]
fn rule_6_a_sign_out_ends_the_tries_of_a_lost_refresh() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver.server.always(Endpoint::Token, Answer::Lost);
    driver.fetch(API);
    driver.settle();
    assert!(driver.wakes_in().is_some());
    driver.sign_out(json!({})).unwrap();
    let requests = driver.server.refreshes().len();
    assert_eq!(driver.wakes_in(), None);
    driver.run();
    assert_eq!(driver.server.refreshes().len(), requests);
}

#[test]
fn rule_10_a_new_sign_in_revokes_the_refresh_token_that_it_replaces() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    let rotated = driver.server.grants.live_refresh_tokens()[0].to_string();
    driver.sign_in();
    assert_eq!(driver.server.revocations(), [rotated]);
}

#[test]
fn rule_10_a_sign_in_while_a_refresh_is_under_way_revokes_what_the_refresh_brings_too() {
    let (mut driver, id) = refreshing();
    driver.delay(TOKEN, Driver::sign_in);
    assert_eq!(
        driver.outcome(id),
        Some(Ok(())),
        "those who waited go out with the new session's token"
    );
    assert_eq!(driver.server.grants.live_refresh_tokens().len(), 1);
    assert_eq!(driver.server.revocations().len(), 2);
    assert_eq!(driver.call(API), Ok(()));
    assert!(
        driver
            .events
            .iter()
            .all(|event| !matches!(event, holdfast::core::output::Event::Refreshed { .. }))
    );
}

#[test]
fn a_call_that_waits_does_not_go_out_as_another_person() {
    let (mut driver, id) = refreshing();
    driver.server.person = "bob".into();
    driver.delay(TOKEN, Driver::sign_in);
    assert_eq!(driver.subject().as_deref(), Some("bob"));
    assert!(
        driver.api.calls.is_empty(),
        "what Alice asked for is not done in Bob's name"
    );
    assert!(driver.outcome(id).is_some_and(|outcome| outcome.is_err()));
}

#[test]
fn a_call_that_was_refused_is_not_repeated_as_another_person() {
    let mut driver = Driver::signed_in();
    driver.server.grants.end_access_tokens();
    driver.hold(Step::Api);
    let id = driver.fetch(API);
    driver.settle();
    driver.server.person = "bob".into();
    driver.sign_in();
    driver.release(Step::Api);
    assert_eq!(driver.outcome(id), Some(Ok(())), "the 401 is delivered");
    assert_eq!(
        driver.api.calls.len(),
        1,
        "what Alice asked for is not done in Bob's name"
    );
    assert!(driver.server.refreshes().is_empty());
}

#[test]
fn a_401_for_an_older_session_s_token_costs_the_new_session_no_refresh() {
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Status(
        401,
        Some("Bearer error=\"invalid_token\""),
    ));
    driver.hold(Step::Api);
    let id = driver.fetch(API);
    driver.settle();
    driver.sign_in(); // Alice again
    driver.release(Step::Api);
    assert_eq!(driver.outcome(id), Some(Ok(())));
    assert!(
        driver.server.refreshes().is_empty(),
        "the new token was not even tried"
    );
}

#[test]
fn a_call_on_its_way_at_sign_out_gets_its_answer_and_no_second_try() {
    for answer in [ApiAnswer::Normal, ApiAnswer::Status(401, None)] {
        let mut driver = Driver::signed_in();
        driver.api.next(answer);
        driver.hold(Step::Api);
        let id = driver.fetch(API);
        driver.settle();
        driver.sign_out(json!({ "localOnly": true })).unwrap();
        driver.release(Step::Api);
        assert_eq!(driver.outcome(id), Some(Ok(())));
        assert_eq!(
            (driver.api.calls.len(), driver.server.refreshes().len()),
            (1, 0)
        );
    }
}
