//! What an app asks for in the authorization request, and what is made sure of when the person is back.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    json::{Value, json, parse},
};
use support::{
    driver::Driver,
    form::Form,
    story::{API, options, with},
};

/// Options of a sign-in with these parameters.
fn asking(parameters: &Value) -> Value {
    json!({ "authorizationParams": parameters.clone() })
}

/// `claims` that ask for an `acr`.
fn claims(acr: &Value) -> Value {
    json!({ "claims": { "id_token": { "acr": acr.clone() } } })
}

/// The parameters that a sign-in sends.
fn sent(options: Value) -> Form {
    let url = Driver::signed_out().begin_sign_in(options).unwrap();
    Form::of_url(&url)
}

#[test]
fn what_the_standards_and_servers_have_is_passed_on_once_over_the_option() {
    let parameters = json!({
        "prompt": "login select_account", "acr_values": "gold silver", "max_age": 0,
        "login_hint": "ada@example.org", "ui_locales": "de fr", "display": "popup",
        "id_token_hint": "a.b.c", "organization": "org_1", "kc_idp_hint": "x&y", "screen_hint": "signup",
        "sso": true, "nothing": null,
    });
    let mut driver = Driver::new(with("authorizationParams", json!({ "prompt": "none" })));
    let form = Form::of_url(&driver.begin_sign_in(asking(&parameters)).unwrap());
    for (name, value) in [
        ("prompt", "login select_account"),
        ("acr_values", "gold silver"),
        ("max_age", "0"),
        ("login_hint", "ada@example.org"),
        ("ui_locales", "de fr"),
        ("display", "popup"),
        ("id_token_hint", "a.b.c"),
        ("organization", "org_1"),
        ("kc_idp_hint", "x&y"),
        ("screen_hint", "signup"),
        ("sso", "true"),
    ] {
        assert_eq!(form.get(name), Some(value));
    }
    assert_eq!(form.get("nothing"), None);
    let create = sent(asking(&json!({ "prompt": "create" })));
    assert_eq!(create.get("prompt"), Some("create"));
}

#[test]
fn what_is_ours_is_refused_and_no_server_hears_of_it() {
    for name in [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "dpop_jkt",
        "request",
        "request_uri",
        "registration",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "audience",
        "resource",
    ] {
        let mut driver = Driver::signed_out();
        let failure = driver
            .begin_sign_in(asking(&json!({ name: "x" })))
            .unwrap_err();
        assert_eq!(
            (failure.error.code, failure.phase),
            (Code::InvalidArgument, Phase::Login),
            "{name}"
        );
        assert!(driver.server.requests.is_empty() && driver.storage.is_empty());
    }
}

#[test]
fn claims_are_an_object_or_its_text() {
    let wanted = json!({
        "userinfo": { "email": { "essential": true }, "picture": null },
        "id_token": { "acr": { "values": ["a\"\\\n\u{1f}", "ü"] }, "max_age": { "value": 300 } },
    });
    for given in [wanted.clone(), json!(wanted.to_string())] {
        let form = sent(asking(&json!({ "claims": given })));
        assert_eq!(parse(form.require("claims")), Some(wanted.clone()));
    }
    for wrong in [
        json!("sub"),
        json!("[]"),
        json!("{\"a\":1}x"),
        json!([]),
        json!(true),
        json!(1),
        json!({ "a": -1 }),
        json!({ "a": [{ "b": 0.5 }] }),
    ] {
        let mut driver = Driver::signed_out();
        let failure = driver
            .begin_sign_in(asking(&json!({ "claims": wrong.clone() })))
            .unwrap_err();
        assert_eq!(failure.error.code, Code::InvalidArgument, "{wrong}");
        assert!(failure.error.detail.unwrap().contains("`claims`"));
    }
    // Nothing else may be an object.
    let mut driver = Driver::signed_out();
    let failure = driver.begin_sign_in(asking(&json!({ "login_hint": {} })));
    assert_eq!(failure.unwrap_err().error.code, Code::InvalidArgument);
}

/// Signs Bob in over Alice with these options, where the ID token has this `acr`.
fn sign_in_with(driver: &mut Driver, options: Value, acr: Value) -> Result<(), Code> {
    driver.server.person = "bob".into();
    driver
        .server
        .tamper(move |draft| draft.claim("acr", acr.clone()));
    let url = driver.begin_sign_in(options).expect("a URL to sign in at");
    let callback = driver.server.authorize(&url);
    match driver.handle_callback(&callback.url()) {
        Ok(_) => Ok(()),
        Err(failure) => {
            assert_eq!(failure.phase, Phase::Callback);
            Err(failure.error.code)
        }
    }
}

#[test]
fn a_demanded_acr_must_be_there_and_else_the_session_before_stays() {
    let demanded = claims(&json!({ "essential": true, "values": ["gold", "platinum"] }));
    for (acr, outcome) in [
        (json!("gold"), Ok(())),
        (json!("platinum"), Ok(())),
        (json!("silver"), Err(Code::IdTokenAcr)),
        (json!("gold platinum"), Err(Code::IdTokenAcr)),
        (json!(["gold"]), Err(Code::IdTokenAcr)),
        (json!(null), Err(Code::IdTokenAcr)),
    ] {
        let mut driver = Driver::signed_in();
        let result = sign_in_with(&mut driver, asking(&demanded), acr.clone());
        assert_eq!(result, outcome, "{acr}");
        let person = if outcome.is_ok() { "bob" } else { "alice" };
        assert_eq!(driver.subject().as_deref(), Some(person), "{acr}");
        assert_eq!(driver.call(API), Ok(()));
    }
    // By the option as well, and as text.
    let text = parse(&demanded.to_string()).unwrap()["claims"].to_string();
    let options = with("authorizationParams", json!({ "claims": text }));
    let mut driver = Driver::new(options);
    let result = sign_in_with(&mut driver, json!({}), json!("silver"));
    assert_eq!(result, Err(Code::IdTokenAcr));
    assert_eq!(driver.subject(), None);
}

#[test]
fn a_wish_is_no_demand() {
    for wish in [
        json!({ "acr_values": "gold" }),
        claims(&json!({ "values": ["gold"] })),
        claims(&json!({ "essential": true })),
        claims(&json!(null)),
        json!({ "claims": { "userinfo": { "acr": { "essential": true, "value": "gold" } } } }),
    ] {
        let mut driver = Driver::signed_in();
        let result = sign_in_with(&mut driver, asking(&wish), json!(null));
        assert_eq!(result, Ok(()), "{wish}");
        // Only what is needed is kept of it.
        driver.begin_sign_in(asking(&wish)).unwrap();
        assert_eq!(driver.storage.values().next().unwrap()["acr"], Value::Null);
    }
}

#[test]
fn a_record_that_somebody_changed_lets_no_more_through_than_one_without_a_demand() {
    let demanded = claims(&json!({ "essential": true, "values": ["gold"] }));
    for (record, acr, outcome) in [
        (
            json!({ "gold": true }),
            json!("gold"),
            Err(Code::IdTokenAcr),
        ),
        (json!(7), json!("gold"), Err(Code::IdTokenAcr)),
        (json!([null, ["gold"]]), json!(null), Err(Code::IdTokenAcr)),
        // As script of the page could start a sign-in of its own.
        (json!(null), json!("bronze"), Ok(())),
    ] {
        let mut driver = Driver::signed_out();
        driver
            .server
            .tamper(move |draft| draft.claim("acr", acr.clone()));
        let url = driver.begin_sign_in(asking(&demanded)).unwrap();
        driver.storage.values_mut().next().unwrap()["acr"] = record.clone();
        let callback = driver.server.authorize(&url);
        let result = driver.handle_callback(&callback.url());
        let code = result.map(|_| ()).map_err(|failure| failure.error.code);
        assert_eq!(code, outcome, "{record}");
    }
}

#[test]
fn a_refresh_is_not_held_to_it() {
    let demanded = claims(&json!({ "essential": true, "values": ["gold"] }));
    let mut driver = Driver::new(options());
    sign_in_with(&mut driver, asking(&demanded), json!("gold")).unwrap();
    driver
        .server
        .tamper(|draft| draft.claim("acr", json!(null)));
    driver.server.id_token_on_refresh = true;
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn the_age_of_a_sign_in_is_checked_where_it_was_asked_for() {
    for (max_age, age, outcome) in [
        (json!(0), 0, Ok(())),
        (json!(0), 31, Err(Code::IdTokenAuthTime)),
        (json!("60"), 90, Ok(())),
        (json!("60"), 91, Err(Code::IdTokenAuthTime)),
        (json!(null), 1_000_000, Ok(())),
    ] {
        let mut driver = Driver::signed_out();
        let now = driver.clock.unix() / 1_000;
        driver
            .server
            .tamper(move |draft| draft.claim("auth_time", json!(now - age)));
        let asked = asking(&json!({ "max_age": max_age.clone() }));
        let url = driver.begin_sign_in(asked).unwrap();
        let callback = driver.server.authorize(&url);
        let result = driver.handle_callback(&callback.url());
        let code = result.map(|_| ()).map_err(|failure| failure.error.code);
        assert_eq!(code, outcome, "{max_age} and {age}");
    }
    for wrong in [
        json!("soon"),
        json!("-1"),
        json!("+5"),
        json!("5.5"),
        json!(""),
        json!(true),
    ] {
        let mut driver = Driver::signed_out();
        let failure = driver.begin_sign_in(asking(&json!({ "max_age": wrong.clone() })));
        assert_eq!(
            failure.unwrap_err().error.code,
            Code::InvalidArgument,
            "{wrong}"
        );
    }
}
