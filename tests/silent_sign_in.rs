//! `checkSession({ redirect: true })`: signed in without being asked, or signed out without a word.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    json::{Value, json},
    output::{Failure, Reply, SignedIn},
};
use support::{
    answer::Answer,
    callback::Callback,
    driver::Driver,
    form::Form,
    server::Endpoint,
    story::{API, check_session, with},
};

fn check(driver: &mut Driver, options: Value) -> Result<Reply, Failure> {
    driver.ask(check_session(options))
}

/// The URL that the page is to go to.
fn begin(driver: &mut Driver, options: Value) -> String {
    match check(driver, options) {
        Ok(Reply::SilentSignIn(url)) => url,
        other => panic!("{other:?} should be a silent sign-in"),
    }
}

/// Nobody is signed in at the server, or it wants to ask something.
fn refuse(url: &str, error: &str) -> Callback {
    let query = Form::of_url(url);
    Callback::new(query.require("redirect_uri"))
        .with("error", error)
        .with("state", query.require("state"))
        .with("iss", "https://login.example")
}

fn come_back(driver: &mut Driver, callback: &Callback) -> Result<SignedIn, Code> {
    driver
        .handle_callback(&callback.url())
        .map(|signed_in| signed_in.expect("a callback"))
        .map_err(|failure| failure.error.code)
}

#[test]
fn whoever_is_signed_in_at_the_server_comes_back_signed_in() {
    let mut driver = Driver::signed_out();
    let redirect = json!({ "returnTo": "/inbox?unread", "appState": { "tab": 3 } });
    let url = begin(&mut driver, json!({ "redirect": redirect }));
    assert_eq!(Form::of_url(&url).get("prompt"), Some("none"));
    let callback = driver.server.authorize(&url);
    let signed_in = come_back(&mut driver, &callback).unwrap();
    assert!(driver.subject().is_some());
    assert_eq!(signed_in.return_to.as_deref(), Some("/inbox?unread"));
    assert_eq!(signed_in.app_state, Some(json!({ "tab": 3 })));
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn that_nobody_is_signed_in_at_the_server_is_no_error() {
    for error in [
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
    ] {
        let mut driver = Driver::signed_out();
        let url = begin(&mut driver, json!({ "redirect": { "returnTo": "/inbox" } }));
        let signed_in = come_back(&mut driver, &refuse(&url, error)).unwrap();
        assert_eq!(driver.subject(), None, "{error}");
        assert_eq!(signed_in.return_to.as_deref(), Some("/inbox"));
        assert_eq!(driver.token_requests(), 0);
        assert!(driver.events.is_empty());
    }
}

#[test]
fn everything_else_that_goes_wrong_is_an_error() {
    let mut driver = Driver::signed_out();
    let url = begin(&mut driver, json!({ "redirect": true }));
    assert_eq!(
        come_back(&mut driver, &refuse(&url, "access_denied")).unwrap_err(),
        Code::AuthorizationRefused
    );
    let url = begin(&mut driver, json!({ "redirect": true }));
    let foreign = refuse(&url, "login_required").with("iss", "https://evil.example");
    assert!(come_back(&mut driver, &foreign).is_err());
}

#[test]
fn a_sign_in_that_was_not_silent_is_told_that_the_server_wants_to_ask() {
    let mut driver = Driver::signed_out();
    let url = driver
        .begin_sign_in(json!({ "authorizationParams": { "prompt": "none" } }))
        .unwrap();
    assert_eq!(
        come_back(&mut driver, &refuse(&url, "login_required")).unwrap_err(),
        Code::InteractionRequired
    );
}

#[test]
fn one_attempt_and_then_signed_out() {
    let mut driver = Driver::signed_out();
    let now = driver.clock.unix();
    for attempted_at in [now, now - 599_999, now + 599_999] {
        for attempted_at in [json!(attempted_at), json!(attempted_at.to_string())] {
            let options = json!({ "redirect": true, "attemptedAt": attempted_at });
            assert!(
                matches!(check(&mut driver, options), Ok(Reply::Session(None))),
                "{attempted_at:?}"
            );
        }
    }
    let long_ago = now - 600_000;
    for attempted_at in [
        json!(long_ago),
        json!(long_ago.to_string()),
        json!(0),
        json!("soon"),
        json!(""),
        Value::Null,
    ] {
        begin(
            &mut driver,
            json!({ "redirect": true, "attemptedAt": attempted_at }),
        );
    }
}

#[test]
fn who_is_signed_in_needs_no_redirect() {
    let mut driver = Driver::signed_in();
    assert!(matches!(
        check(&mut driver, json!({ "redirect": true })),
        Ok(Reply::Session(Some(_)))
    ));
    let mut driver = Driver::signed_out();
    for options in [Value::Null, json!({}), json!({ "redirect": false })] {
        assert!(matches!(
            check(&mut driver, options),
            Ok(Reply::Session(None))
        ));
    }
    assert!(driver.server.requests.is_empty(), "no network");
}

#[test]
fn the_app_s_own_prompt_does_not_make_it_loud() {
    let params = json!({ "prompt": "login", "ui_locales": "de" });
    let mut driver = Driver::new(with("authorizationParams", params.clone()));
    for redirect in [json!(true), json!({ "authorizationParams": params })] {
        let query = Form::of_url(&begin(&mut driver, json!({ "redirect": redirect })));
        assert_eq!(query.require("prompt"), "none");
        assert_eq!(query.get("ui_locales"), Some("de"));
    }
}

#[test]
fn wrong_options_are_named_and_a_lost_server_is_told() {
    let mut driver = Driver::signed_out();
    for options in [
        json!({ "redirect": "yes" }),
        json!({ "redirekt": true }),
        json!({ "redirect": { "returnTo": "https://evil.example/" } }),
    ] {
        let failure = check(&mut driver, options).unwrap_err();
        assert_eq!(failure.error.code, Code::InvalidArgument);
    }
    driver
        .server
        .next(Endpoint::OpenIdConfiguration, Answer::Lost);
    let failure = check(&mut driver, json!({ "redirect": true })).unwrap_err();
    assert_eq!(
        (failure.error.code, failure.phase),
        (Code::NetworkError, Phase::Login)
    );
}

#[test]
fn a_sign_in_elsewhere_meanwhile_counts() {
    let mut driver = Driver::signed_out();
    let url = begin(&mut driver, json!({ "redirect": true }));
    driver.sign_in();
    come_back(&mut driver, &refuse(&url, "login_required")).unwrap();
    assert!(driver.subject().is_some());
}
