//! A hostile server's metadata (RFC 8414). What is expected of each case stands in
//! `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::json::{Value, json};
use support::{
    answer::Answer,
    bob::{doubled, edited},
    driver::Driver,
    hostile::{self, Row},
    server::Endpoint,
};

/// The answer of both well-known places is this, and nothing else is asked where it is refused.
fn answered(row: &Row, answer: Answer) {
    let mut driver = Driver::signed_out();
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, answer.clone());
    driver.server.always(Endpoint::OauthMetadata, answer);
    let result = driver.begin_sign_in(json!({}));
    if result.is_err() {
        assert!(driver.storage.is_empty(), "{row:?}");
        // Nothing of it is kept.
        for place in [Endpoint::OpenIdConfiguration, Endpoint::OauthMetadata] {
            driver.server.always(place, Answer::Normal);
        }
        driver.sign_in();
    }
    row.compare(result.map(drop).map_err(|failure| failure.error.code));
}

fn member(row: &Row, name: &str, value: Value) {
    let document = Driver::signed_out().server.metadata.to_string();
    text(row, &edited(&document, name, value));
}

fn text(row: &Row, body: &str) {
    let answer = Answer::Fixed {
        status: 200,
        body: body.into(),
        retry_after: None,
        is_html: false,
    };
    answered(row, answer);
}

fn token_endpoint(row: &Row, url: &str) {
    member(row, "token_endpoint", json!(url));
}

#[test]
fn issuers() {
    member(
        &hostile::row("DISC-1-slash"),
        "issuer",
        json!("https://login.example/"),
    );
    member(
        &hostile::row("DISC-1-case"),
        "issuer",
        json!("https://login.EXAMPLE"),
    );
    member(
        &hostile::row("DISC-1-port"),
        "issuer",
        json!("https://login.example:443"),
    );
    member(
        &hostile::row("DISC-1-template"),
        "issuer",
        json!("https://login.example/{tenantid}"),
    );
    member(
        &hostile::row("DISC-1-list"),
        "issuer",
        json!(["https://login.example"]),
    );
    member(&hostile::row("DISC-1-missing"), "issuer", json!(null));
    member(
        &hostile::row("own-discovery-issuer-look-alike"),
        "issuer",
        json!("https://login.ex\u{430}mple"),
    );
    member(
        &hostile::row("own-discovery-issuer-space"),
        "issuer",
        json!("https://login.example "),
    );
}

#[test]
fn endpoints() {
    token_endpoint(
        &hostile::row("own-metadata-endpoint-user"),
        "https://login.example@evil.example/token",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-port-0"),
        "https://login.example:0/token",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-port-huge"),
        "https://login.example:65536/token",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-backslashes"),
        "https:/\\login.example/token",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-not-ascii"),
        "https://l\u{f6}gin.example/token",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-number"),
        "https://2130706433/token",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-dots"),
        "https://login.example/a/../token",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-tab"),
        "https://login.example/to\tken",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-loopback"),
        "http://127.0.0.1/token",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-fragment"),
        "https://login.example/token#x",
    );
    token_endpoint(
        &hostile::row("own-metadata-endpoint-file"),
        "file:///etc/passwd",
    );
    member(
        &hostile::row("own-metadata-end-session-script"),
        "end_session_endpoint",
        json!("javascript:alert(1)"),
    );
    member(
        &hostile::row("own-metadata-revocation-http"),
        "revocation_endpoint",
        json!("http://login.example/revoke"),
    );
    member(
        &hostile::row("own-metadata-endpoint-object"),
        "token_endpoint",
        json!({ "href": "https://login.example/token" }),
    );
    member(
        &hostile::row("own-metadata-no-keys"),
        "jwks_uri",
        json!(null),
    );
}

#[test]
fn lists_and_flags() {
    member(
        &hostile::row("own-metadata-challenge-methods-text"),
        "code_challenge_methods_supported",
        json!("S256"),
    );
    member(
        &hostile::row("own-metadata-challenge-methods-case"),
        "code_challenge_methods_supported",
        json!(["s256"]),
    );
    member(
        &hostile::row("own-metadata-flag-text"),
        "authorization_response_iss_parameter_supported",
        json!("false"),
    );
    member(
        &hostile::row("own-metadata-algorithms-text"),
        "id_token_signing_alg_values_supported",
        json!("none"),
    );
    member(
        &hostile::row("own-metadata-unknown-members"),
        "__proto__",
        json!({ "token_endpoint": "https://evil.example/" }),
    );
}

#[test]
fn documents() {
    let document = Driver::signed_out().server.metadata.to_string();
    let evil = "\"https://evil.example/token\"";
    text(
        &hostile::row("own-metadata-endpoint-twice"),
        &doubled(&document, "token_endpoint", evil),
    );
    text(
        &hostile::row("own-metadata-endpoint-twice-escaped"),
        &doubled(&document, "token\\u005fendpoint", evil),
    );
    text(
        &hostile::row("own-metadata-number-beyond"),
        &doubled(&document, "x", "1e400"),
    );
    text(
        &hostile::row("own-metadata-nested-deeply"),
        &doubled(
            &document,
            "x",
            &("{\"a\":".repeat(10_000) + "1" + &"}".repeat(10_000)),
        ),
    );
    text(
        &hostile::row("own-metadata-null-byte"),
        &format!("{document}\0"),
    );
    text(&hostile::row("own-metadata-list"), &format!("[{document}]"));
    answered(
        &hostile::row("own-metadata-created"),
        Answer::Fixed {
            status: 201,
            body: document.clone(),
            retry_after: None,
            is_html: false,
        },
    );
    answered(
        &hostile::row("own-metadata-redirect"),
        Answer::Fixed {
            status: 302,
            body: document,
            retry_after: None,
            is_html: false,
        },
    );
    answered(&hostile::row("own-metadata-gone"), Answer::empty(410));
    answered(
        &hostile::row("own-metadata-forbidden-page"),
        Answer::html(403),
    );
}
