//! A hostile server's userinfo endpoint, and what comes back from its sign-out page.

mod support;

use holdfast::core::{
    error::Code,
    json::{Value, json},
};
use support::{answer::Answer, driver::Driver, hostile, server::Endpoint, story::API};

/// What becomes of this answer. Whatever it is, the session goes on as it was.
fn told(answer: Answer) -> Result<(), Code> {
    let mut driver = Driver::signed_in();
    driver.server.next(Endpoint::Userinfo, answer);
    let result = driver.userinfo();
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.token_requests(), 1, "no token was spent on it");
    result.map(drop).map_err(|failure| failure.error.code)
}

fn claims(document: &Value) -> Answer {
    Answer::json(200, document)
}

fn text(body: &str) -> Answer {
    Answer::Fixed {
        status: 200,
        body: body.into(),
        retry_after: None,
        is_html: false,
    }
}

#[test]
fn another_subject() {
    hostile::row("oidcc-client-test-userinfo-invalid-sub")
        .compare(told(claims(&json!({ "sub": "alice1" }))));
}

#[test]
fn the_token_in_the_header() {
    let mut driver = Driver::signed_in();
    let result = driver.userinfo();
    let request = driver.server.requests_to(Endpoint::Userinfo)[0];
    assert!(!request.url.contains('?'));
    hostile::row("oidcc-client-test-userinfo-bearer-header")
        .compare(result.map(drop).map_err(|failure| failure.error.code));
}

#[test]
fn a_signed_answer() {
    hostile::row("oidcc-client-test-userinfo-signed")
        .compare(told(text("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AAAA")));
}

#[test]
fn claims_of_other_sources() {
    hostile::row("oidcc-client-test-aggregated-claims").compare(told(claims(&json!({
        "sub": "alice",
        "_claim_names": { "age": "one" },
        "_claim_sources": { "one": { "JWT": "eyJhbGciOiJub25lIn0.e30." } },
    }))));
    hostile::row("oidcc-client-test-distributed-claims").compare(told(claims(&json!({
        "sub": "alice",
        "_claim_names": { "age": "one" },
        "_claim_sources": { "one": { "endpoint": "https://evil.example/", "access_token": "x" } },
    }))));
}

#[test]
fn a_subject_of_another_type() {
    hostile::row("own-userinfo-sub-list").compare(told(claims(&json!({ "sub": ["alice"] }))));
}

#[test]
fn a_subject_that_is_there_twice() {
    hostile::row("own-userinfo-sub-twice")
        .compare(told(text(r#"{"sub":"mallory","sub":"alice"}"#)));
}

#[test]
fn what_is_nested_too_deeply() {
    let nested = [
        "{\"sub\":\"alice\",\"a\":",
        &"[".repeat(500),
        &"]".repeat(500),
        "}",
    ]
    .concat();
    hostile::row("own-userinfo-nested").compare(told(text(&nested)));
}

/// The app comes back to its redirect URI with this query after a sign-out.
fn returned_with(query: &str) -> Result<(), Code> {
    let mut driver = Driver::signed_in();
    let place = "https://app.example/callback";
    driver
        .sign_out(json!({ "returnTo": place, "state": "mine" }))
        .unwrap();
    let result = driver.handle_callback(&[place, query].concat());
    assert!(matches!(result, Ok(None) | Err(_)), "it is no callback");
    driver.sign_in();
    result.map(drop).map_err(|failure| failure.error.code)
}

#[test]
fn another_state_after_the_sign_out() {
    hostile::row("oidcc-client-test-rp-init-logout-other-state")
        .compare(returned_with("?state=other"));
}

#[test]
fn no_state_after_the_sign_out() {
    hostile::row("oidcc-client-test-rp-init-logout-no-state").compare(returned_with(""));
}
