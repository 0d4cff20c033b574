//! A sign-in that is too old or too weak for an API (RFC 9470): told, and mended by another one.

mod support;

use holdfast::core::{
    challenge::StepUp,
    error::Code,
    json::{Value, json},
    output::{Event, Reply},
};
use support::{
    api::ApiAnswer,
    driver::{Driver, Step},
    form::Form,
    seen::What,
    story::{API, options, with},
};

const CHALLENGE: &str =
    "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold silver\", max_age=\"60\"";

/// What the pages were told.
fn step_ups(driver: &Driver) -> Vec<StepUp> {
    let step_up = |event: &Event| match event {
        Event::StepUp(step_up) => Some(step_up.clone()),
        _ => None,
    };
    driver.events.iter().filter_map(step_up).collect()
}

#[test]
fn the_pages_are_told_and_the_caller_gets_the_answer() {
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Status(401, Some(CHALLENGE)));
    let id = driver.fetch(API);
    driver.settle();
    assert_eq!(driver.outcome(id), Some(Ok(())));
    let expected = StepUp {
        acr_values: Some("gold silver".into()),
        max_age: Some(60),
    };
    assert_eq!(step_ups(&driver), [expected]);
    let order: Vec<_> = driver
        .seen
        .iter()
        .rev()
        .take(2)
        .map(|seen| &seen.what)
        .collect();
    assert_eq!(
        order,
        [&What::Reply(id), &What::StepUp],
        "told before the answer"
    );
}

#[test]
fn no_refresh_is_spent_however_often_it_happens() {
    let mut driver = Driver::signed_in();
    driver.api.always(ApiAnswer::Status(401, Some(CHALLENGE)));
    for _ in 0..3 {
        assert_eq!(driver.call(API), Ok(()));
    }
    assert_eq!(driver.api.calls.len(), 3, "nothing was repeated");
    assert!(driver.server.refreshes().is_empty());
    assert_eq!(step_ups(&driver).len(), 3);
}

#[test]
fn a_place_that_asks_for_it_still_gets_new_tokens() {
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Status(401, None));
    driver.api.next(ApiAnswer::Status(401, Some(CHALLENGE)));
    assert_eq!(driver.call(API), Ok(()));
    driver.api.next(ApiAnswer::Status(401, None));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 2);
}

#[test]
fn other_statuses_and_other_schemes_are_no_step_up() {
    for answer in [
        ApiAnswer::Status(403, Some(CHALLENGE)),
        ApiAnswer::Status(200, Some(CHALLENGE)),
        ApiAnswer::Status(
            401,
            Some("Basic error=\"insufficient_user_authentication\""),
        ),
        ApiAnswer::Status(
            401,
            Some("Bearer realm=\"error=insufficient_user_authentication\""),
        ),
    ] {
        let mut driver = Driver::signed_in();
        driver.api.next(answer.clone());
        assert_eq!(driver.call(API), Ok(()));
        assert!(step_ups(&driver).is_empty(), "{answer:?}");
    }
}

#[test]
fn what_an_earlier_session_was_too_weak_for_is_not_told() {
    let mut driver = Driver::signed_in();
    driver.hold(Step::Api);
    driver.api.next(ApiAnswer::Status(401, Some(CHALLENGE)));
    let id = driver.fetch(API);
    driver.settle();
    driver.sign_in();
    driver.release(Step::Api);
    assert_eq!(driver.outcome(id), Some(Ok(())));
    assert!(step_ups(&driver).is_empty());
}

/// The parameters of the authorization request.
fn asked(driver: &mut Driver, options: Value) -> (Option<String>, Option<String>) {
    let url = driver.begin_sign_in(options).expect("a URL to sign in at");
    let form = Form::of_url(&url);
    (
        form.get("acr_values").map(Into::into),
        form.get("max_age").map(Into::into),
    )
}

#[test]
fn a_sign_in_takes_what_the_event_told() {
    let mut driver = Driver::new(with(
        "authorizationParams",
        json!({ "acr_values": "bronze", "max_age": 3600 }),
    ));
    let both = json!({ "stepUp": { "acrValues": "gold silver", "maxAge": 60 } });
    assert_eq!(
        asked(&mut driver, both),
        (Some("gold silver".into()), Some("60".into()))
    );
    // What it does not say stays as it was.
    for nothing in [json!({}), json!({ "acrValues": null, "maxAge": null })] {
        assert_eq!(
            asked(&mut driver, json!({ "stepUp": nothing })),
            (Some("bronze".into()), Some("3600".into()))
        );
    }
    let over = json!({
        "stepUp": { "acrValues": null, "maxAge": 0 },
        "authorizationParams": { "acr_values": "silver", "max_age": 5, "prompt": "login" },
    });
    assert_eq!(
        asked(&mut driver, over),
        (Some("silver".into()), Some("0".into()))
    );
}

#[test]
fn wrong_shapes_are_refused() {
    for step_up in [
        json!("gold"),
        json!(7),
        json!(["gold"]),
        json!({ "acrValues": 7 }),
        json!({ "acrValues": ["gold"] }),
        json!({ "maxAge": "60" }),
        json!({ "maxAge": -1 }),
        json!({ "maxAge": 1.5 }),
        json!({ "acr_values": "gold" }),
    ] {
        let failure = Driver::signed_out()
            .begin_sign_in(json!({ "stepUp": step_up }))
            .unwrap_err();
        assert_eq!(failure.error.code, Code::InvalidArgument, "{step_up}");
        let detail = failure.error.detail.unwrap_or_default();
        let is_named = detail.contains("stepUp.") || detail.contains("must be an object");
        assert!(is_named, "{detail}");
    }
}

/// Signs in with `max_age`, at a server that says that the person did so `age` seconds ago.
fn sign_in_of_age(age: u64) -> Result<(), Code> {
    let mut driver = Driver::new(options());
    let now = driver.clock.unix() / 1_000;
    driver.server.tamper = Some(Box::new(move |draft| {
        draft.claim("auth_time", json!(now - age));
    }));
    let step_up = json!({ "stepUp": { "acrValues": null, "maxAge": 60 } });
    let url = driver.begin_sign_in(step_up).expect("a URL to sign in at");
    let callback = driver.server.authorize(&url);
    match driver.handle_callback(&callback.url()) {
        Ok(_) => Ok(()),
        Err(failure) => Err(failure.error.code),
    }
}

#[test]
fn the_age_that_was_asked_for_is_checked() {
    assert_eq!(sign_in_of_age(0), Ok(()));
    // 30 seconds of tolerance for the clocks.
    assert_eq!(sign_in_of_age(85), Ok(()));
    assert_eq!(sign_in_of_age(95), Err(Code::IdTokenAuthTime));
}

#[test]
fn after_the_round_the_same_call_succeeds() {
    let mut driver = Driver::signed_in();
    driver.api.next(ApiAnswer::Status(401, Some(CHALLENGE)));
    assert_eq!(driver.call(API), Ok(()));
    let now = driver.clock.unix() / 1_000;
    driver.server.tamper = Some(Box::new(move |draft| {
        draft.claim("auth_time", json!(now));
        draft.claim("acr", json!("gold"));
    }));
    let step_up = json!({ "acrValues": "gold silver", "maxAge": 60 });
    let url = driver
        .begin_sign_in(json!({ "stepUp": step_up, "appState": { "retry": API } }))
        .expect("a URL to sign in at");
    let callback = driver.server.authorize(&url).url();
    let signed_in = driver.handle_callback(&callback).unwrap().unwrap();
    assert_eq!(signed_in.app_state, Some(json!({ "retry": API })));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.api.calls.len(), 2);
    assert!(matches!(
        driver.ask(support::story::check_session(Value::Null)),
        Ok(Reply::Session(Some(_)))
    ));
}
