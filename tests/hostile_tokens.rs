//! A hostile server's token responses (RFC 6749 section 5). What is expected of each case stands in
//! `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::json::{Value, json};
use support::{
    answer::Answer,
    bob::{self, doubled, edited},
    driver::Driver,
    hostile::{self, Row},
    server::Endpoint,
    story::{API, with},
};

fn body(row: &Row, status: u16, body: &str) {
    let answer = Answer::Fixed {
        status,
        body: body.into(),
        retry_after: None,
        is_html: body.starts_with('<'),
    };
    bob::has_answer(row, answer);
}

#[test]
fn access_tokens() {
    bob::has_response(&hostile::row("H27"), |body| {
        edited(body, "access_token", json!(null))
    });
    bob::has_response(&hostile::row("H27-empty"), |body| {
        edited(body, "access_token", json!(""))
    });
    bob::has_response(&hostile::row("H27-number"), |body| {
        edited(body, "access_token", json!(7))
    });
    bob::has_response(&hostile::row("own-token-space"), |body| {
        edited(body, "access_token", json!("a b"))
    });
    bob::has_response(&hostile::row("own-token-line-break"), |body| {
        edited(body, "access_token", json!("a\r\nX-Injected: 1"))
    });
    bob::has_response(&hostile::row("own-token-not-ascii"), |body| {
        edited(body, "access_token", json!("t\u{f6}ken"))
    });
    bob::has_response(&hostile::row("own-token-list"), |body| {
        edited(body, "access_token", json!(["a"]))
    });
    bob::has_response(&hostile::row("own-token-another"), |body| {
        edited(body, "access_token", json!("another"))
    });
}

#[test]
fn token_types() {
    bob::has_response(&hostile::row("H27-type"), |body| {
        edited(body, "token_type", json!(null))
    });
    bob::has_response(&hostile::row("H28"), |body| {
        edited(body, "token_type", json!("MAC"))
    });
    bob::has_response(&hostile::row("H28-not-applicable"), |body| {
        edited(body, "token_type", json!("N_A"))
    });
    bob::has_response(&hostile::row("H29"), |body| {
        edited(body, "token_type", json!("bEARER"))
    });
    bob::has_response(
        &hostile::row("fapi2-security-profile-final-client-test-token-type-case-insensitivity"),
        |body| edited(body, "token_type", json!("BEARER")),
    );
    bob::has_response(&hostile::row("own-token-type-list"), |body| {
        edited(body, "token_type", json!(["Bearer"]))
    });
    bob::has_response(&hostile::row("own-token-type-space"), |body| {
        edited(body, "token_type", json!("Bearer "))
    });
    bob::has_response(&hostile::row("own-token-type-bound"), |body| {
        edited(body, "token_type", json!("DPoP"))
    });
}

#[test]
fn lifetimes() {
    bob::has_response(&hostile::row("H30"), |body| {
        edited(body, "expires_in", json!(null))
    });
    bob::has_response(
        &hostile::row(
            "fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in",
        ),
        |body| edited(body, "expires_in", json!(null)),
    );
    bob::has_response(&hostile::row("H30-text"), |body| {
        edited(body, "expires_in", json!("300"))
    });
    bob::has_response(&hostile::row("H30-negative"), |body| {
        edited(body, "expires_in", json!(-1))
    });
    bob::has_response(&hostile::row("H30-not-a-number"), |body| {
        doubled(
            &edited(body, "expires_in", json!(null)),
            "expires_in",
            "NaN",
        )
    });
    bob::has_response(&hostile::row("H30-huge"), |body| {
        edited(body, "expires_in", json!(1e308))
    });
    bob::has_response(&hostile::row("H30-beyond"), |body| {
        doubled(
            &edited(body, "expires_in", json!(null)),
            "expires_in",
            "1e400",
        )
    });
    bob::has_response(&hostile::row("own-lifetime-fraction"), |body| {
        edited(body, "expires_in", json!(299.9))
    });
    bob::has_response(&hostile::row("own-lifetime-words"), |body| {
        edited(body, "expires_in", json!("soon"))
    });
    bob::has_response(&hostile::row("own-lifetime-object"), |body| {
        edited(body, "expires_in", json!({ "s": 1 }))
    });
}

#[test]
fn refresh_tokens_and_scopes() {
    bob::has_response(&hostile::row("H31"), |body| {
        edited(body, "scope", json!(["openid"]))
    });
    bob::has_response(&hostile::row("H31-number"), |body| {
        edited(body, "scope", json!(7))
    });
    bob::has_response(&hostile::row("H32"), |body| {
        edited(body, "refresh_token", json!(""))
    });
    bob::has_response(&hostile::row("own-refresh-token-object"), |body| {
        edited(body, "refresh_token", json!({ "value": "r" }))
    });
    bob::has_response(&hostile::row("own-refresh-token-line-break"), |body| {
        edited(body, "refresh_token", json!("r\n"))
    });
}

#[test]
fn id_tokens() {
    bob::has_response(&hostile::row("own-response-without-id-token"), |body| {
        edited(body, "id_token", json!(null))
    });
    bob::has_response(&hostile::row("own-response-id-token-empty"), |body| {
        edited(body, "id_token", json!(""))
    });
    bob::has_response(&hostile::row("own-response-id-token-object"), |body| {
        edited(body, "id_token", json!({}))
    });
}

#[test]
fn responses_as_json() {
    bob::has_response(&hostile::row("own-response-token-twice"), |body| {
        doubled(body, "access_token", "\"evil\"")
    });
    bob::has_response(&hostile::row("own-response-type-twice"), |body| {
        doubled(body, "token_type", "\"MAC\"")
    });
    bob::has_response(&hostile::row("own-response-prototype"), |body| {
        doubled(body, "__proto__", "{\"access_token\":\"evil\"}")
    });
    bob::has_response(&hostile::row("own-response-nested-deeply"), |body| {
        doubled(body, "x", &("[".repeat(10_000) + &"]".repeat(10_000)))
    });
    bob::has_response(&hostile::row("own-response-huge"), |body| {
        doubled(body, "x", &format!("\"{}\"", "x".repeat(5_000_000)))
    });
    bob::has_response(&hostile::row("own-response-byte-order-mark"), |body| {
        format!("\u{feff}{body}")
    });
    bob::has_response(&hostile::row("own-response-null-byte"), |body| {
        format!("{body}\0")
    });
    bob::has_response(&hostile::row("own-response-lone-surrogate"), |body| {
        doubled(body, "x", "\"\\udc00\"")
    });
    bob::has_response(&hostile::row("own-response-two"), |body| {
        format!("{body}{body}")
    });
    bob::has_response(&hostile::row("own-response-in-a-list"), |body| {
        format!("[{body}]")
    });
    bob::has_response(&hostile::row("own-response-as-text"), |body| {
        Value::from(body).to_string()
    });
    bob::has_response(&hostile::row("O21-03"), |body| {
        edited(body, "constructor", json!({ "prototype": 1 }))
    });
}

#[test]
fn responses_that_are_none() {
    body(
        &hostile::row("own-response-form"),
        200,
        "access_token=a&token_type=Bearer",
    );
    body(
        &hostile::row("own-response-page"),
        200,
        "<html>Sign in to the Wi-Fi</html>",
    );
    body(&hostile::row("own-response-empty"), 200, "");
    body(&hostile::row("H36"), 400, "");
    body(&hostile::row("H38"), 503, "");
    body(
        &hostile::row("own-response-refusal-no-text"),
        400,
        r#"{"error":7}"#,
    );
    body(
        &hostile::row("own-response-refusal-list"),
        400,
        r#"["invalid_grant"]"#,
    );
    bob::has_response(&hostile::row("own-response-error-and-tokens"), |body| {
        edited(body, "error", json!("invalid_grant"))
    });
    body(
        &hostile::row("own-response-refusal-with-tokens"),
        400,
        r#"{"error":"invalid_grant","access_token":"evil","token_type":"Bearer","id_token":"a.b.c"}"#,
    );
    body(
        &hostile::row("own-response-invented-error"),
        403,
        r#"{"error":"<script>alert(1)</script>"}"#,
    );
}

#[test]
fn mix_ups() {
    // Bob's code is another server's: the token endpoint is asked by the issuer's own metadata alone.
    let mut driver = Driver::signed_in();
    let callback = driver.authorize().replace("iss", "https://evil.example");
    let requests = driver.token_requests();
    let result = driver.handle_callback(&callback.url());
    assert_eq!(driver.token_requests(), requests);
    bob::goes_on(&mut driver);
    let row = hostile::row("own-mix-up-code");
    row.compare(result.map(drop).map_err(|failure| failure.error.code));

    // A session of another client of the same server's, in the same browser.
    let mut driver = Driver::signed_in();
    let callback = driver.authorize();
    let mut other = Driver::new(with("clientId", json!("other")));
    other.storage = driver.storage.clone();
    let result = other.handle_callback(&callback.url());
    assert_eq!(other.token_requests(), 0);
    let row = hostile::row("own-mix-up-client");
    row.compare(result.map(drop).map_err(|failure| failure.error.code));

    // The metadata names another server's token endpoint from now on: who is signed in hears nothing of it.
    let mut driver = Driver::signed_in();
    let mut moved = driver.server.metadata.clone();
    moved["token_endpoint"] = json!("https://evil.example/token");
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::json(200, &moved));
    driver.expire_access_token();
    let row = hostile::row("own-mix-up-metadata-later");
    row.compare(driver.call(API));
}
