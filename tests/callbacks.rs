//! Authorization responses that are not what they should be. Each has its code, no token request
//! leaves, and the session that was there before lives on.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    json::json,
    output::Failure,
};
use support::{
    callback::Callback,
    driver::Driver,
    seen::What,
    server::ISSUER,
    story::{API, options, with},
};

/// Alice is signed in, and a callback like `change` makes it comes along.
fn refused(change: impl FnOnce(Callback) -> Callback) -> (Driver, Failure) {
    let mut driver = Driver::signed_in();
    let callback = driver.authorize();
    let url = change(callback).url();
    let failure = refuse(&mut driver, &url);
    (driver, failure)
}

/// The callback at `url` is refused, and nothing else happens.
fn refuse(driver: &mut Driver, url: &str) -> Failure {
    let (requests, events) = (driver.token_requests(), driver.events.len());
    let failure = driver
        .handle_callback(url)
        .expect_err("this callback should be refused");
    assert_eq!(
        driver.token_requests(),
        requests,
        "nothing goes to the token endpoint: {url}"
    );
    assert_eq!(driver.events.len(), events, "{url}");
    assert_eq!(
        driver.call(API),
        Ok(()),
        "the session before is untouched: {url}"
    );
    assert_eq!(failure.phase, Phase::Callback);
    failure
}

fn code_of(change: impl FnOnce(Callback) -> Callback) -> Code {
    refused(change).1.error.code
}

#[test]
fn a_response_without_state_is_refused() {
    assert_eq!(
        code_of(|callback| callback.without("state")),
        Code::StateMissing
    );
    assert_eq!(
        code_of(|callback| callback.replace("state", "")),
        Code::StateMissing
    );
}

#[test]
fn a_response_with_another_state_is_refused() {
    assert_eq!(
        code_of(|callback| callback.replace("state", "forged")),
        Code::StateUnknown
    );
    assert_eq!(
        code_of(|callback| {
            let state = callback.get("state").to_uppercase();
            callback.replace("state", &state)
        }),
        Code::StateUnknown
    );
}

#[test]
fn a_forged_response_does_not_use_up_the_real_one() {
    let (mut driver, _) = refused(|callback| callback.replace("state", "forged"));
    assert_eq!(driver.storage.len(), 1);
    let callback = driver.authorize();
    refuse(
        &mut driver,
        &callback.clone().replace("state", "forged").url(),
    );
    driver.handle_callback(&callback.url()).unwrap();
}

#[test]
fn a_response_that_was_used_is_refused() {
    let mut driver = Driver::signed_in();
    let callback = driver.authorize();
    driver.handle_callback(&callback.url()).unwrap();
    for url in [callback.url(), callback.replace("code", "another").url()] {
        assert_eq!(refuse(&mut driver, &url).error.code, Code::StateUnknown);
    }
}

#[test]
fn a_response_after_more_than_ten_minutes_is_refused() {
    for (seconds, is_late) in [(599, false), (602, true)] {
        let mut driver = Driver::signed_in_with(options());
        let callback = driver.authorize();
        driver.clock.advance(seconds * 1_000);
        if is_late {
            let requests = driver.token_requests();
            let failure = driver.handle_callback(&callback.url()).unwrap_err();
            assert_eq!(failure.error.code, Code::StateUnknown);
            assert_eq!(driver.token_requests(), requests);
        } else {
            driver.handle_callback(&callback.url()).unwrap();
        }
    }
}

#[test]
fn a_transaction_of_another_client_s_is_not_taken_for_ours() {
    let mut other = Driver::new(with(
        "redirectUri",
        json!("https://app.example/callback?tenant=1"),
    ));
    let callback = other.authorize();
    let mut driver = Driver::signed_in();
    driver.storage = other.storage;
    let callback = Callback::new("https://app.example/callback")
        .with("code", callback.get("code"))
        .with("state", callback.get("state"))
        .with("iss", ISSUER);
    assert_eq!(
        refuse(&mut driver, &callback.url()).error.code,
        Code::StateUnknown
    );
}

#[test]
fn a_response_of_another_issuer_is_refused_to_the_letter() {
    for issuer in [
        "https://evil.example",
        "https://login.example/",
        "https://LOGIN.example",
        "https://login.example:443",
        "",
    ] {
        assert_eq!(
            code_of(|callback| callback.replace("iss", issuer)),
            Code::IssuerMismatch,
            "{issuer}"
        );
    }
}

#[test]
fn a_response_without_issuer_is_refused_where_the_server_announces_it() {
    assert_eq!(
        code_of(|callback| callback.without("iss")),
        Code::IssuerMissing
    );
}

#[test]
fn a_response_without_issuer_is_fine_where_the_server_does_not_announce_it() {
    let mut driver = Driver::signed_out();
    driver.server.metadata["authorization_response_iss_parameter_supported"] = json!(false);
    driver.sign_in();
}

#[test]
fn a_wrong_issuer_is_refused_even_where_the_server_does_not_announce_it() {
    let mut driver = Driver::signed_out();
    driver.server.metadata["authorization_response_iss_parameter_supported"] = json!(false);
    let callback = driver.authorize().with("iss", "https://evil.example");
    let failure = driver.handle_callback(&callback.url()).unwrap_err();
    assert_eq!(failure.error.code, Code::IssuerMismatch);
    assert_eq!(driver.token_requests(), 0);
}

#[test]
fn an_error_of_another_issuer_is_no_error_of_ours() {
    let error = |callback: Callback| callback.without("code").with("error", "access_denied");
    let (_, failure) = refused(|callback| error(callback).replace("iss", "https://evil.example"));
    assert_eq!(
        (failure.error.code, failure.error.oauth),
        (Code::IssuerMismatch, None)
    );
    let (_, failure) = refused(|callback| error(callback).without("iss"));
    assert_eq!(
        (failure.error.code, failure.error.oauth),
        (Code::IssuerMissing, None)
    );
}

#[test]
fn a_code_together_with_an_error_is_refused() {
    assert_eq!(
        code_of(|callback| callback.with("error", "access_denied")),
        Code::CallbackInvalid
    );
}

#[test]
fn parameters_that_come_twice_are_refused() {
    for name in ["code", "state", "iss"] {
        let twice = |callback: Callback| {
            let value = callback.get(name).to_string();
            callback.with(name, &value)
        };
        assert_eq!(code_of(twice), Code::CallbackInvalid, "{name}");
    }
    let twice = |callback: Callback| {
        callback
            .without("code")
            .with("error", "a")
            .with("error", "b")
    };
    assert_eq!(code_of(twice), Code::CallbackInvalid);
}

#[test]
fn an_empty_code_is_refused() {
    assert_eq!(
        code_of(|callback| callback.replace("code", "")),
        Code::CallbackInvalid
    );
}

#[test]
fn an_answer_in_the_fragment_is_refused() {
    assert_eq!(code_of(Callback::in_fragment), Code::CallbackInvalid);
    for fragment in [
        "access_token=stolen&token_type=bearer",
        "id_token=stolen",
        "code=other",
    ] {
        assert_eq!(
            code_of(|callback| callback.with_fragment(fragment)),
            Code::CallbackInvalid,
            "{fragment}"
        );
    }
}

#[test]
fn a_token_in_the_query_is_refused() {
    for name in ["access_token", "id_token"] {
        assert_eq!(
            code_of(|callback| callback.with(name, "stolen")),
            Code::CallbackInvalid,
            "{name}"
        );
    }
}

#[test]
fn parameters_that_nobody_knows_are_ignored() {
    let mut driver = Driver::signed_out();
    let callback = driver
        .authorize()
        .with("session_state", "x")
        .with("__proto__", "y")
        .with("session_state", "z");
    driver
        .handle_callback(&callback.with_fragment("_=_").url())
        .unwrap()
        .unwrap();
}

#[test]
fn the_server_s_refusal_is_handed_on_and_uses_up_the_transaction() {
    let (mut driver, failure) = refused(|callback| {
        callback
            .without("code")
            .with("error", "access_denied")
            .with("error_description", "<script>\u{0}no\u{7}</script>")
            .with("error_uri", "https://login.example/why")
    });
    assert_eq!(failure.error.code, Code::AuthorizationRefused);
    let oauth = failure.error.oauth.unwrap();
    assert_eq!(oauth.error, "access_denied");
    assert_eq!(
        oauth.description.as_deref(),
        Some("<script>no</script>"),
        "as text, without control characters"
    );
    assert_eq!(oauth.uri.as_deref(), Some("https://login.example/why"));
    assert!(driver.storage.is_empty());
    driver.sign_in();
}

#[test]
fn the_end_of_a_silent_sign_in_is_told_apart() {
    for error in [
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
    ] {
        assert_eq!(
            code_of(|callback| callback.without("code").with("error", error)),
            Code::InteractionRequired
        );
    }
}

#[test]
fn a_url_that_is_no_callback_is_left_alone() {
    let mut driver = Driver::signed_in();
    let callback = driver.authorize();
    for url in [
        "https://app.example/".to_string(),
        "https://app.example/callback".into(),
        "https://app.example/callback?state=x&iss=y".into(),
        "https://app.example/callback#code".into(),
        "https://app.example/callback?page=2#access_token".into(),
        callback.url().replace("/callback", "/other"),
        callback.url().replace("app.example", "evil.example"),
        "about:blank".into(),
        String::new(),
    ] {
        let seen = driver.seen.len();
        assert!(driver.handle_callback(&url).unwrap().is_none(), "{url}");
        let [reply] = &driver.seen[seen..] else {
            panic!("nothing but a reply: {url}")
        };
        assert!(matches!(reply.what, What::Reply(_)));
    }
    driver.handle_callback(&callback.url()).unwrap().unwrap();
}

#[test]
fn storage_that_fails_at_the_callback_says_so() {
    let mut driver = Driver::signed_in();
    let callback = driver.authorize();
    driver.storage_fails = true;
    assert_eq!(
        refuse(&mut driver, &callback.url()).error.code,
        Code::StorageUnavailable
    );
}

#[test]
fn a_damaged_transaction_is_none() {
    for record in [json!(""), json!({}), json!(null), json!({ "issuer": 7 })] {
        let mut driver = Driver::signed_in();
        let callback = driver.authorize();
        driver
            .storage
            .values_mut()
            .for_each(|stored| *stored = record.clone());
        assert_eq!(
            refuse(&mut driver, &callback.url()).error.code,
            Code::StateUnknown,
            "{record}"
        );
    }
}

#[test]
fn a_transaction_that_was_tampered_with_leads_nowhere_else() {
    for (place, expected) in [
        ("/inbox", Some("/inbox")),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("javascript:alert(1)", None),
    ] {
        let mut driver = Driver::signed_in();
        let callback = driver.authorize();
        driver
            .storage
            .values_mut()
            .for_each(|record| record["returnTo"] = json!(place));
        let signed_in = driver.handle_callback(&callback.url()).unwrap().unwrap();
        assert_eq!(signed_in.return_to.as_deref(), expected, "{place}");
    }
}
