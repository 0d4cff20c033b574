//! Signing in: from the app's wish to a session that was believed.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    json::json,
    output::Event,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    keys::{ED25519, ES256, PS256, RS256},
    seen::What,
    server::Endpoint,
    story::{API, MAIL, sign_in_command, two_targets},
};

#[test]
fn each_accepted_algorithm_signs_a_person_in() {
    for key in [RS256, PS256, ES256, ED25519] {
        let mut driver = Driver::signed_out();
        driver.server.keys.clear();
        driver.server.sign_with(key);
        driver.sign_in();
        assert_eq!(driver.subject().as_deref(), Some("alice"), "{key:?}");
        assert_eq!(driver.call(API), Ok(()), "{key:?}");
    }
}

#[test]
fn every_page_is_told_who_signed_in_before_the_callback_is_answered() {
    let mut driver = Driver::signed_in();
    let [
        Event::SignedIn {
            identity,
            expires_in,
        },
    ] = driver.events.as_slice()
    else {
        panic!("one event")
    };
    assert_eq!(*expires_in, Some(300));
    assert_eq!(identity.user.get("name"), Some(&json!("Person alice")));
    assert!(identity.claims.contains_key("iss") && !identity.user.contains_key("iss"));
    let ends = &driver.seen[driver.seen.len() - 2..];
    assert_eq!(ends[0].what, What::SignedIn);
    assert!(matches!(ends[1].what, What::Reply(_)));
    let identity = identity.clone();
    assert_eq!(driver.who(), Some(identity));
}

#[test]
fn nobody_is_signed_in_at_first() {
    let mut driver = Driver::signed_out();
    assert_eq!(driver.who(), None);
    assert_eq!(driver.call(API), Err(Code::LoginRequired));
    assert!(driver.server.requests.is_empty(), "and no server was asked");
}

#[test]
fn the_page_leaves_only_after_the_transaction_is_stored() {
    let mut driver = Driver::signed_out();
    driver.hold(Step::Storage);
    let id = driver.command(sign_in_command(json!({}), 1));
    driver.settle();
    assert!(driver.reply(id).is_none());
    driver.release(Step::Storage);
    assert!(driver.reply(id).is_some());
    assert_eq!(driver.storage.len(), 1);
}

#[test]
fn a_browser_without_storage_says_so_before_the_page_leaves() {
    let mut driver = Driver::signed_out();
    driver.storage_fails = true;
    let failure = driver.begin_sign_in(json!({})).unwrap_err();
    assert_eq!(
        (failure.error.code, failure.phase),
        (Code::StorageUnavailable, Phase::Login)
    );
}

#[test]
fn return_to_and_app_state_come_back() {
    let mut driver = Driver::signed_out();
    let options = json!({ "returnTo": "/inbox?unread#3", "appState": { "draft": [1, "two"] } });
    let url = driver.begin_sign_in(options).unwrap();
    let callback = driver.server.authorize(&url);
    let signed_in = driver.handle_callback(&callback.url()).unwrap().unwrap();
    assert_eq!(signed_in.return_to.as_deref(), Some("/inbox?unread#3"));
    assert_eq!(signed_in.app_state, Some(json!({ "draft": [1, "two"] })));
}

#[test]
fn two_sign_ins_at_once_do_not_disturb_each_other() {
    let mut driver = Driver::signed_out();
    let first = driver.begin_sign_in(json!({ "appState": 1 })).unwrap();
    let second = driver.begin_sign_in(json!({ "appState": 2 })).unwrap();
    let (first, second) = (
        driver.server.authorize(&first),
        driver.server.authorize(&second),
    );
    assert_ne!(first.get("state"), second.get("state"));
    for (callback, app_state) in [(second, 2), (first, 1)] {
        let signed_in = driver.handle_callback(&callback.url()).unwrap().unwrap();
        assert_eq!(signed_in.app_state, Some(json!(app_state)));
    }
}

#[test]
fn a_transaction_is_used_once() {
    let mut driver = Driver::signed_out();
    let callback = driver.authorize();
    assert_eq!(driver.storage.len(), 1);
    driver.handle_callback(&callback.url()).unwrap();
    assert!(driver.storage.is_empty());
    let failure = driver.handle_callback(&callback.url()).unwrap_err();
    assert_eq!(failure.error.code, Code::StateUnknown);
    assert_eq!(driver.token_requests(), 1);
}

#[test]
fn the_keys_are_fetched_while_the_code_is_redeemed() {
    let mut driver = Driver::signed_out();
    let callback = driver.authorize();
    driver.hold(Step::Http(Endpoint::Token));
    driver.hold(Step::Http(Endpoint::Keys));
    driver.handle_callback_later(&callback.url());
    assert_eq!(driver.waiting(Step::Http(Endpoint::Token)), 1);
    assert_eq!(driver.waiting(Step::Http(Endpoint::Keys)), 1);
    for first in [Endpoint::Token, Endpoint::Keys] {
        driver.release(Step::Http(first));
    }
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert_eq!(driver.server.requests_to(Endpoint::Keys).len(), 1);
}

#[test]
fn the_keys_may_come_before_the_tokens() {
    let mut driver = Driver::signed_out();
    let callback = driver.authorize();
    driver.hold(Step::Http(Endpoint::Token));
    driver.handle_callback_later(&callback.url());
    driver.release(Step::Http(Endpoint::Token));
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert_eq!(driver.server.requests_to(Endpoint::Keys).len(), 1);
}

#[test]
fn the_token_endpoint_s_refusals_are_told_apart() {
    for (answer, code) in [
        (Answer::refused(400, "invalid_grant"), Code::TokenRefused),
        (Answer::refused(403, "invalid_grant"), Code::TokenRefused),
        (Answer::refused(401, "invalid_client"), Code::TokenRefused),
        (
            Answer::refused(400, "interaction_required"),
            Code::InteractionRequired,
        ),
        (Answer::empty(400), Code::TokenRefused),
        (Answer::html(400), Code::SignInInterrupted),
        (Answer::html(200), Code::SignInInterrupted),
        (Answer::empty(302), Code::SignInInterrupted),
        (Answer::busy(429, Some(1)), Code::SignInInterrupted),
        (Answer::busy(503, None), Code::SignInInterrupted),
        (Answer::Lost, Code::SignInInterrupted),
        (Answer::LostOnTheWayBack, Code::SignInInterrupted),
        (Answer::TimedOut, Code::SignInInterrupted),
        (Answer::json(200, &json!({})), Code::TokenResponseInvalid),
        (
            Answer::json(200, &json!({ "access_token": "a", "token_type": "MAC" })),
            Code::TokenResponseInvalid,
        ),
        (
            Answer::json(200, &json!({ "access_token": "a", "token_type": "Bearer" })),
            Code::TokenResponseInvalid,
        ),
    ] {
        let mut driver = Driver::signed_in();
        driver.server.next(Endpoint::Token, answer.clone());
        let failure = driver.fail_to_sign_in();
        assert_eq!(
            (failure.error.code, failure.phase),
            (code, Phase::Callback),
            "{answer:?}"
        );
        assert_eq!(
            driver.token_requests(),
            2,
            "a code is sent once: {answer:?}"
        );
        assert!(
            !failure.error.code.retryable(),
            "nothing can be tried again with a code that was sent: {answer:?}"
        );
        assert_eq!(driver.events.len(), 1, "{answer:?}");
        assert_eq!(
            driver.call(API),
            Ok(()),
            "the session before is untouched: {answer:?}"
        );
    }
}

#[test]
fn the_server_s_words_come_along() {
    let mut driver = Driver::signed_out();
    driver
        .server
        .next(Endpoint::Token, Answer::refused(400, "invalid_grant"));
    let oauth = driver.fail_to_sign_in().error.oauth.unwrap();
    assert_eq!(
        (oauth.error.as_str(), oauth.description.as_deref()),
        ("invalid_grant", Some("for a reason"))
    );
}

#[test]
fn a_sign_in_over_a_live_session_replaces_it_and_revokes_its_refresh_token() {
    let mut driver = Driver::signed_in();
    driver.server.person = "bob".into();
    let before = driver.server.grants.live_refresh_tokens()[0].to_string();
    driver.sign_in();
    assert_eq!(driver.server.revocations(), [before]);
    assert_eq!(driver.server.grants.live_refresh_tokens().len(), 1);
    assert_eq!(driver.subject().as_deref(), Some("bob"));
    assert_eq!(driver.call(API), Ok(()));
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_server_that_revokes_nothing_keeps_nobody_from_signing_in() {
    let mut driver = Driver::signed_in();
    driver.server.always(Endpoint::Revocation, Answer::Lost);
    driver.sign_in();
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn the_first_api_s_token_comes_with_the_sign_in() {
    let mut driver = Driver::signed_in_with(two_targets());
    assert_eq!(driver.call(MAIL), Ok(()));
    assert_eq!(driver.token_requests(), 1);
    let token = driver.api.tokens()[0].to_string();
    assert_eq!(
        driver
            .server
            .grants
            .access_token(&token)
            .audience
            .as_deref(),
        Some("mail")
    );
}

#[test]
fn wrong_options_reach_no_server() {
    let mut driver = Driver::signed_out();
    for wrong in [
        json!({ "returnTo": "https://evil.example/" }),
        json!({ "state": "x" }),
        json!(1),
    ] {
        let failure = driver.begin_sign_in(wrong).unwrap_err();
        assert_eq!(
            (failure.error.code, failure.phase),
            (Code::InvalidArgument, Phase::Login)
        );
    }
    assert!(driver.server.requests.is_empty() && driver.storage.is_empty());
}
