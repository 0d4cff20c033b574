//! Pushed authorization requests (RFC 9126) at a server that breaks its rules. The browser stays where it
//! is, nothing is remembered, and Alice's session goes on. What is expected stands in
//! `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::{
    error::Code,
    json::{Value, json},
    output::Failure,
};
use support::{
    answer::Answer,
    bob,
    driver::{Driver, Step},
    form::Form,
    hostile::{self, Row},
    server::Endpoint,
    story::{sign_in_command, with},
};

const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:1";

/// A vault at a server that has the endpoint, and insists on it.
fn vault(par: &str) -> Driver {
    let mut driver = Driver::new(with("par", json!(par)));
    driver.server.metadata["pushed_authorization_request_endpoint"] =
        json!("https://login.example/par");
    driver.server.metadata["require_pushed_authorization_requests"] = json!(true);
    driver
}

fn code_of<T>(result: Result<T, Failure>) -> Result<(), Code> {
    result.map(drop).map_err(|failure| failure.error.code)
}

/// What the browser carries to the authorization endpoint.
fn carried(url: &str) -> Vec<(String, String)> {
    assert!(url.starts_with("https://login.example/authorize?"));
    Form::of_url(url).0
}

/// Alice is signed in, and another sign-in is answered with this.
fn pushed(row: &Row, answer: Answer) {
    let mut driver = vault("auto");
    driver.sign_in();
    driver.server.next(Endpoint::Par, answer);
    let pushes = driver.server.requests_to(Endpoint::Par).len();
    let result = driver.begin_sign_in(json!({}));
    let now = driver.server.requests_to(Endpoint::Par).len();
    assert_eq!(now, pushes + 1, "nothing is sent twice");
    match &result {
        Ok(url) => assert_eq!(
            carried(url),
            [
                ("client_id".to_string(), "app".to_string()),
                ("request_uri".into(), REQUEST_URI.into())
            ]
        ),
        Err(_) => assert!(driver.storage.is_empty(), "nothing is remembered"),
    }
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    // The first thing that the server named was a reference.
    bob::has_its_refresh_token(&mut driver, "refresh-4-");
    row.compare(code_of(result));
}

fn document(row: &Row, status: u16, document: &Value) {
    pushed(row, Answer::json(status, document));
}

fn body(row: &Row, body: String) {
    let answer = Answer::Fixed {
        status: 201,
        body,
        retry_after: None,
        is_html: false,
    };
    pushed(row, answer);
}

#[test]
fn answers_that_are_fine() {
    let answer = json!({ "request_uri": REQUEST_URI, "expires_in": 60, "unknown": [{}] });
    document(&hostile::row("PAR-1"), 201, &answer);
    document(&hostile::row("PAR-2-status"), 200, &answer);
    let answer = json!({ "request_uri": REQUEST_URI });
    document(&hostile::row("PAR-2-lifetime"), 201, &answer);
}

#[test]
fn references() {
    let reference = |row: &Row, request_uri: Value| {
        let answer = json!({ "request_uri": request_uri, "expires_in": 60 });
        document(row, 201, &answer);
    };
    reference(&hostile::row("own-par-reference-missing"), Value::Null);
    reference(&hostile::row("own-par-reference-empty"), json!(""));
    reference(
        &hostile::row("own-par-reference-list"),
        json!([REQUEST_URI]),
    );
    reference(&hostile::row("own-par-reference-no-uri"), json!("1"));
    reference(
        &hostile::row("own-par-reference-line-break"),
        json!("urn:a\r\nLocation: https://evil.example/"),
    );
    reference(&hostile::row("own-par-reference-space"), json!("urn:a b"));
    reference(
        &hostile::row("own-par-reference-fragment"),
        json!("urn:a#fragment"),
    );
    reference(
        &hostile::row("own-par-reference-huge"),
        json!(format!("urn:{}", "x".repeat(1_000_000))),
    );
}

/// Whatever the reference is, it stays one parameter of the authorization endpoint that the metadata names.
#[test]
fn a_reference_that_wants_to_be_more() {
    for (row, reference) in [
        (
            hostile::row("own-par-reference-parameters"),
            "urn:x?a=b&client_id=evil&redirect_uri=https://evil.example/",
        ),
        (
            hostile::row("own-par-reference-elsewhere"),
            "https://evil.example/authorize",
        ),
        (
            hostile::row("own-par-reference-script"),
            "javascript:alert(1)",
        ),
    ] {
        let mut driver = vault("auto");
        let answer = json!({ "request_uri": reference, "expires_in": 60 });
        driver
            .server
            .next(Endpoint::Par, Answer::json(201, &answer));
        let result = driver.begin_sign_in(json!({}));
        if let Ok(url) = &result {
            let expected = [("client_id", "app"), ("request_uri", reference)];
            let expected = expected.map(|(name, value)| (name.to_string(), value.to_string()));
            assert_eq!(carried(url), expected);
        }
        row.compare(code_of(result));
    }
}

#[test]
fn lifetimes() {
    let lifetime = |row: &Row, written: &str| {
        let text = format!(r#"{{"request_uri":"{REQUEST_URI}","expires_in":{written}}}"#);
        body(row, text);
    };
    lifetime(&hostile::row("own-par-lifetime-zero"), "0");
    lifetime(&hostile::row("own-par-lifetime-negative"), "-60");
    lifetime(&hostile::row("own-par-lifetime-text"), "\"60\"");
    lifetime(&hostile::row("own-par-lifetime-beyond"), "1e400");

    let mut driver = vault("auto");
    driver.sign_in();
    let answer = json!({ "request_uri": REQUEST_URI, "expires_in": 5 });
    driver
        .server
        .next(Endpoint::Par, Answer::json(201, &answer));
    driver.hold(Step::Http(Endpoint::Par));
    let id = driver.command(sign_in_command(json!({}), 1));
    driver.settle();
    driver.clock.advance(5_000);
    driver.release(Step::Http(Endpoint::Par));
    let result = driver.reply(id).expect("an answer to the sign-in");
    assert!(driver.storage.is_empty());
    hostile::row("own-par-lifetime-over").compare(code_of(result));
}

#[test]
fn bodies() {
    body(&hostile::row("own-par-empty"), String::new());
    body(&hostile::row("own-par-list"), "[]".into());
    body(
        &hostile::row("own-par-nested"),
        format!(
            r#"{{"request_uri":"{REQUEST_URI}","x":{}1{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        ),
    );
    body(
        &hostile::row("own-par-reference-twice"),
        format!(r#"{{"request_uri":"{REQUEST_URI}","request_uri":"urn:evil"}}"#),
    );
    pushed(&hostile::row("own-par-page"), Answer::html(200));
    document(
        &hostile::row("own-par-accepted-status"),
        202,
        &json!({ "request_uri": REQUEST_URI, "expires_in": 60 }),
    );
}

#[test]
fn refusals() {
    pushed(
        &hostile::row("own-par-refused"),
        Answer::refused(400, "invalid_request"),
    );
    pushed(
        &hostile::row("own-par-client-refused"),
        Answer::refused(401, "invalid_client"),
    );
    // It is about no session, and ends none.
    pushed(
        &hostile::row("own-par-invalid-grant"),
        Answer::refused(400, "invalid_grant"),
    );
    pushed(
        &hostile::row("own-par-refused-with-reference"),
        Answer::json(
            400,
            &json!({ "error": "invalid_request", "request_uri": REQUEST_URI, "expires_in": 60 }),
        ),
    );
    pushed(
        &hostile::row("own-par-busy"),
        Answer::busy(429, Some(3_600)),
    );
    pushed(
        &hostile::row("own-par-unavailable"),
        Answer::busy(503, None),
    );
    pushed(&hostile::row("PAR-5"), Answer::Lost);
    pushed(&hostile::row("own-par-silent"), Answer::TimedOut);
}

#[test]
fn where_it_is_required() {
    for (row, par, insists) in [
        (hostile::row("PAR-4"), "auto", true),
        (hostile::row("PAR-4-option"), "required", false),
    ] {
        let mut driver = vault(par);
        driver.server.metadata["require_pushed_authorization_requests"] = json!(insists);
        driver.server.metadata["pushed_authorization_request_endpoint"] = Value::Null;
        let result = driver.begin_sign_in(json!({}));
        assert!(driver.storage.is_empty(), "the browser carries nothing");
        row.compare(code_of(result));
    }
}

#[test]
fn each_sign_in_pushes_anew() {
    let mut driver = vault("auto");
    let first = driver.begin_sign_in(json!({})).unwrap();
    let second = driver.begin_sign_in(json!({})).unwrap();
    assert_ne!(carried(&first), carried(&second));
    let pushes = driver.server.requests_to(Endpoint::Par);
    for name in ["state", "nonce", "code_challenge"] {
        let [one, two] = [&pushes[0], &pushes[1]].map(|request| request.form.require(name));
        assert_ne!(one, two, "{name}");
    }
    let callback = driver.server.authorize(&second);
    let result = driver.handle_callback(&callback.url());
    hostile::row("PAR-2").compare(code_of(result));
}

/// The attacker has pushed a request of their own, and Alice's browser carries that reference: what comes
/// back is no answer to hers.
#[test]
fn a_reference_that_was_swapped() {
    let mut driver = vault("auto");
    driver.begin_sign_in(json!({})).unwrap();
    let mut attacker = vault("auto");
    attacker.begin_sign_in(json!({})).unwrap();
    // Another one, since the randomness of both began alike.
    let theirs = attacker.begin_sign_in(json!({})).unwrap();
    let callback = attacker.server.authorize(&theirs);
    let result = driver.handle_callback(&callback.url());
    assert_eq!(driver.token_requests(), 0);
    hostile::row("PAR-3").compare(code_of(result));
}
