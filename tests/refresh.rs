//! Renewing access tokens: the design's rotation rules 1, 2, 3, 7 and 8.

mod support;

use holdfast::core::{
    error::Code,
    input::{Command, Input, ResourceRequest},
    json::json,
    output::{Event, ExpiryReason},
};
use support::{
    answer::Answer,
    api::ApiAnswer,
    driver::{Driver, Step},
    grants::Rotation,
    seen::What,
    server::Endpoint,
    story::API,
};

const TOKEN: Step = Step::Http(Endpoint::Token);
const INVALID_TOKEN: Option<&str> = Some("Bearer error=\"invalid_token\"");

/// Alice's session, with an access token that has just expired.
fn expired() -> Driver {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver
}

#[test]
fn rule_1_a_hundred_calls_cost_one_refresh() {
    let mut driver = expired();
    driver.hold(TOKEN);
    let ids: Vec<_> = (0..100).map(|_| driver.fetch(API)).collect();
    driver.settle();
    assert_eq!(driver.waiting(TOKEN), 1);
    assert!(driver.api.calls.is_empty(), "they wait for it");
    driver.release(TOKEN);
    assert_eq!(driver.server.refreshes().len(), 1);
    assert!(ids.into_iter().all(|id| driver.outcome(id) == Some(Ok(()))));
    assert_eq!(driver.api.calls.len(), 100);
}

#[test]
fn rule_1_a_refresh_whose_answer_is_being_verified_is_still_under_way() {
    let mut driver = Driver::signed_in();
    driver.server.id_token_on_refresh = true;
    driver.expire_access_token();
    driver.hold(Step::Signature);
    let first = driver.fetch(API);
    driver.settle();
    let second = driver.fetch(API);
    driver.settle();
    assert_eq!(driver.waiting(Step::Signature), 1);
    driver.release(Step::Signature);
    assert_eq!(
        [driver.outcome(first), driver.outcome(second)],
        [Some(Ok(())), Some(Ok(()))]
    );
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn rule_2_an_idle_app_makes_no_token_request() {
    let mut driver = Driver::signed_in();
    for _ in 0..48 {
        driver.clock.advance(3_600_000);
        driver.input(Input::Wake);
        assert_eq!(driver.wakes_in(), None);
        driver.who();
    }
    assert_eq!(driver.token_requests(), 1, "the sign-in's");
}

#[test]
fn rule_2_a_live_token_is_used_as_it_is() {
    let mut driver = Driver::signed_in();
    for _ in 0..20 {
        assert_eq!(driver.call(API), Ok(()));
        driver.clock.advance(10_000);
    }
    assert!(driver.server.refreshes().is_empty());
}

#[test]
fn rule_2_a_call_with_an_expired_token_refreshes_first() {
    let mut driver = expired();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1);
    assert_eq!(
        driver.api.calls.len(),
        1,
        "the expired token is not even tried"
    );
}

#[test]
fn rule_2_a_401_invalid_token_refreshes_once_and_repeats_once() {
    for challenge in [
        INVALID_TOKEN,
        None,
        Some("Bearer"),
        Some("DPoP, bearer ERROR=invalid_token"),
    ] {
        let mut driver = Driver::signed_in();
        driver.api.always(ApiAnswer::Status(401, challenge));
        assert_eq!(
            driver.call(API),
            Ok(()),
            "the second 401 is delivered: {challenge:?}"
        );
        assert_eq!(
            (driver.server.refreshes().len(), driver.api.calls.len()),
            (1, 2),
            "{challenge:?}"
        );
        let tokens = driver.api.tokens();
        assert_ne!(tokens[0], tokens[1]);
    }
}

#[test]
fn rule_2_a_place_that_refuses_every_token_costs_one_refresh_and_not_one_for_each_call() {
    let mut driver = Driver::signed_in();
    driver.api.always(ApiAnswer::Status(401, None));
    for number in 0..10 {
        assert_eq!(driver.call(&format!("{API}?poll={number}")), Ok(()));
    }
    assert_eq!(driver.server.refreshes().len(), 1);

    // Another place still gets its chance, and spoils none of the first one's.
    assert_eq!(driver.call(&format!("{API}/other")), Ok(()));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 2);

    // An answer that is no 401 clears its name: the next one may be about the token again.
    driver.api.next(ApiAnswer::Status(200, None));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 3);
}

#[test]
fn rule_2_other_refusals_cost_no_refresh() {
    for (status, challenge) in [
        (
            401,
            Some("Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\""),
        ),
        (401, Some("DPoP error=\"use_dpop_nonce\"")),
        (401, Some("Bearer error=\"invalid_request\"")),
        (
            403,
            Some("Bearer error=\"insufficient_scope\", scope=\"admin\""),
        ),
        (403, INVALID_TOKEN),
        (400, INVALID_TOKEN),
        (500, None),
    ] {
        let mut driver = Driver::signed_in();
        driver.api.always(ApiAnswer::Status(status, challenge));
        assert_eq!(driver.call(API), Ok(()));
        assert_eq!(
            (driver.server.refreshes().len(), driver.api.calls.len()),
            (0, 1),
            "{status} {challenge:?}"
        );
    }
}

#[test]
fn rule_2_a_request_that_cannot_be_repeated_gets_its_401() {
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Status(401, INVALID_TOKEN));
    let request = ResourceRequest {
        url: API.into(),
        ..ResourceRequest::default()
    };
    let id = driver.command(Command::Fetch(request));
    driver.settle();
    assert_eq!(driver.outcome(id), Some(Ok(())));
    assert_eq!(
        (driver.server.refreshes().len(), driver.api.calls.len()),
        (0, 1)
    );
}

#[test]
fn rule_2_without_a_refresh_token_a_401_is_delivered_and_expiry_ends_the_session() {
    let mut driver = Driver::signed_out();
    driver.server.gives_refresh_tokens = false;
    driver.sign_in();
    driver.api.next(ApiAnswer::Status(401, INVALID_TOKEN));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.call(API), Ok(()));
    driver.expire_access_token();
    assert_eq!(driver.call(API), Err(Code::SessionExpired));
    assert_eq!(driver.expiries(), [ExpiryReason::NoRefreshToken]);
    assert_eq!(driver.call(API), Err(Code::LoginRequired));
    assert_eq!(driver.token_requests(), 1);
}

#[test]
fn rule_3_the_new_refresh_token_is_in_place_before_any_caller_is_answered() {
    let mut driver = expired();
    driver.api.next(ApiAnswer::Status(401, INVALID_TOKEN)); // asks for the next refresh at once
    let ids = [driver.fetch(API), driver.fetch(API)];
    driver.settle();
    assert!(ids.into_iter().all(|id| driver.outcome(id) == Some(Ok(()))));
    let refreshes = driver.server.refreshes();
    assert_eq!(refreshes.len(), 2);
    assert_ne!(refreshes[0], refreshes[1]);
    let position =
        |wanted: &dyn Fn(&What) -> bool| driver.seen.iter().position(|seen| wanted(&seen.what));
    let refreshed = position(&|what| *what == What::Refreshed).unwrap();
    assert!(refreshed < position(&|what| matches!(what, What::Call(_))).unwrap());
}

#[test]
fn rule_3_without_a_new_refresh_token_the_old_one_stays() {
    for rotation in [Rotation::Omitted, Rotation::Repeated] {
        let mut driver = Driver::signed_in();
        driver.server.rotation = rotation;
        for _ in 0..3 {
            driver.expire_access_token();
            assert_eq!(driver.call(API), Ok(()));
        }
        let refreshes = driver.server.refreshes();
        assert_eq!(refreshes.len(), 3);
        assert!(
            refreshes.iter().all(|token| *token == refreshes[0]),
            "{rotation:?}"
        );
    }
}

#[test]
fn rule_3_an_empty_refresh_token_is_none() {
    let mut driver = expired();
    let response = json!({ "access_token": "a", "token_type": "bEARER", "refresh_token": "" });
    driver
        .server
        .next(Endpoint::Token, Answer::json(200, &response));
    driver.api.next(ApiAnswer::Status(200, None));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(
        driver.call(API),
        Ok(()),
        "and that one is renewed, since the API does not know it"
    );
    let refreshes = driver.server.refreshes();
    assert_eq!(refreshes[0], refreshes[1]);
}

#[test]
fn rule_7_a_401_for_an_older_token_is_repeated_with_the_current_one_and_without_a_refresh() {
    let mut driver = Driver::signed_in();
    driver.server.ends_old_access_tokens = true;
    driver.server.grants.end_access_tokens();
    driver.hold(Step::Api);
    let ids = [driver.fetch(API), driver.fetch(API), driver.fetch(API)];
    driver.deliver(0); // the first one's 401, which costs the refresh
    driver.settle();
    assert_eq!(driver.server.refreshes().len(), 1);
    driver.release(Step::Api); // the others' 401s, which are for the older token
    assert_eq!(driver.server.refreshes().len(), 1);
    assert!(ids.into_iter().all(|id| driver.outcome(id) == Some(Ok(()))));
    assert_eq!(driver.api.calls.len(), 6);
}

#[test]
fn rule_7_401s_that_come_while_a_refresh_is_under_way_wait_for_it() {
    let mut driver = Driver::signed_in();
    driver.server.grants.end_access_tokens();
    driver.hold(TOKEN);
    let ids: Vec<_> = (0..10).map(|_| driver.fetch(API)).collect();
    driver.settle();
    assert_eq!(driver.waiting(TOKEN), 1);
    driver.release(TOKEN);
    assert!(ids.into_iter().all(|id| driver.outcome(id) == Some(Ok(()))));
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn rule_7_the_margin_before_expiry_scales_with_the_lifetime() {
    for (lifetime, still_good, renewed) in [
        (5, 4_400, 4_600),
        (60, 53_900, 54_100),
        (3_600, 3_569_000, 3_571_000),
    ] {
        for (elapsed, refreshes) in [(still_good, 0), (renewed, 1)] {
            let mut driver = Driver::signed_out();
            driver.server.expires_in = json!(lifetime);
            driver.sign_in();
            driver.clock.advance(elapsed);
            assert_eq!(driver.call(API), Ok(()));
            assert_eq!(
                driver.server.refreshes().len(),
                refreshes,
                "{lifetime} s after {elapsed} ms"
            );
        }
    }
}

#[test]
fn rule_8_a_sleep_counts_though_the_monotonic_clock_stands_still() {
    let mut driver = Driver::signed_in();
    driver.clock.sleep(8 * 3_600_000);
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(
        (driver.server.refreshes().len(), driver.api.calls.len()),
        (1, 1)
    );
}

#[test]
fn rule_8_a_clock_that_is_set_back_lengthens_no_life() {
    let mut driver = Driver::signed_in();
    driver.clock.set_back(24 * 3_600_000);
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(
        (driver.server.refreshes().len(), driver.api.calls.len()),
        (1, 1)
    );
}

#[test]
fn rule_8_a_lifetime_that_is_missing_or_makes_no_sense_lasts_until_a_401() {
    for expires_in in [
        json!(null),
        json!("soon"),
        json!(-1),
        json!(1e308),
        json!([300]),
    ] {
        let mut driver = Driver::signed_out();
        driver.server.expires_in = expires_in.clone();
        driver.sign_in();
        driver.clock.advance(30 * 24 * 3_600_000);
        assert_eq!(driver.call(API), Ok(()));
        assert!(driver.server.refreshes().is_empty(), "{expires_in}");
        driver.server.grants.end_access_tokens();
        assert_eq!(driver.call(API), Ok(()));
        assert_eq!(driver.server.refreshes().len(), 1, "{expires_in}");
    }
}

#[test]
fn rule_8_a_lifetime_of_nothing_does_not_loop() {
    let mut driver = Driver::signed_out();
    driver.server.expires_in = json!(0);
    driver.sign_in();
    let ids = [driver.fetch(API), driver.fetch(API), driver.fetch(API)];
    driver.settle();
    assert!(ids.into_iter().all(|id| driver.outcome(id) == Some(Ok(()))));
    assert_eq!(driver.server.refreshes().len(), 1);
    driver.api.always(ApiAnswer::Status(401, INVALID_TOKEN));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(
        driver.server.refreshes().len(),
        3,
        "one to go out, one for the 401"
    );
}

#[test]
fn an_abandoned_call_hears_nothing_more_and_its_refresh_is_kept() {
    let mut driver = expired();
    driver.hold(TOKEN);
    let (one, two) = (driver.fetch(API), driver.fetch(API));
    driver.settle();
    driver.abandon(one);
    driver.abandon(two);
    driver.release(TOKEN);
    assert!(driver.outcome(one).is_none() && driver.api.calls.is_empty());
    assert!(matches!(
        driver.events.last(),
        Some(Event::Refreshed {
            expires_in: Some(300),
            ..
        })
    ));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn a_call_that_was_abandoned_on_its_way_is_not_repeated() {
    let mut driver = Driver::signed_in();
    driver.server.grants.end_access_tokens();
    driver.hold(Step::Api);
    let id = driver.fetch(API);
    driver.abandon(id);
    driver.release(Step::Api);
    assert!(driver.outcome(id).is_none() && driver.server.refreshes().is_empty());
}

#[test]
fn rule_8_a_lifetime_counts_from_when_the_token_was_asked_for() {
    // 300 seconds, of which 280 pass before the answer is there: less than the margin is left.
    let late = |driver: &mut Driver| driver.clock.advance(280_000);
    let mut driver = Driver::new(support::story::with("httpTimeoutSeconds", json!(120)));
    let callback = driver.authorize();
    driver.hold(TOKEN);
    driver.handle_callback_later(&callback.url());
    late(&mut driver);
    driver.release(TOKEN);
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1, "after a sign-in");
    driver.expire_access_token();
    driver.hold(TOKEN);
    let id = driver.fetch(API);
    driver.settle();
    late(&mut driver);
    driver.release(TOKEN);
    assert_eq!(driver.outcome(id), Some(Ok(())));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 3, "after a refresh");
}
