//! Servers that stand in the way of a sign-out: their revocation endpoint (RFC 7009), their end session
//! endpoint (RP-Initiated Logout 1.0), and what comes back from there. Here the session is over at once
//! in every case. What is expected stands in `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::{
    error::Code,
    input::Command,
    json::{Value, json},
    output::{ExpiryReason, Failure, Reply},
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    form::Form,
    hostile::{self, Row},
    server::{CLIENT_ID, Endpoint},
    story::{API, options},
};

const PLACE: &str = "https://app.example/callback";

fn code_of<T>(result: Result<T, Failure>) -> Result<(), Code> {
    result.map(drop).map_err(|failure| failure.error.code)
}

/// Nobody is signed in here, nothing is left to call with, and no token goes anywhere else.
fn is_over(driver: &mut Driver) {
    assert_eq!(driver.who(), None);
    let (requests, calls) = (driver.token_requests(), driver.api.calls.len());
    assert_eq!(driver.call(API), Err(Code::LoginRequired));
    assert_eq!(driver.token_requests(), requests);
    assert_eq!(driver.api.calls.len(), calls);
    assert!(driver.expiries().is_empty(), "somebody wanted it to end");
}

/// Alice signs out, and the revocation endpoint answers this. The page leaves for the server
/// afterwards, without waiting for longer than two seconds, and the next person can sign in.
fn revocation(row: &Row, answer: Answer) {
    let mut driver = Driver::signed_in();
    let live = driver.server.grants.live_refresh_tokens()[0].to_string();
    driver.server.always(Endpoint::Revocation, answer);
    driver.hold(Step::Http(Endpoint::Revocation));
    driver.timeouts.clear();
    let id = driver.command(Command::SignOut { options: json!({}) });
    driver.settle();
    is_over(&mut driver);
    assert_eq!(driver.timeouts, [2_000]);
    driver.release(Step::Http(Endpoint::Revocation));
    let reply = driver.reply(id).expect("an answer to the sign-out");
    if let Ok(reply) = &reply {
        assert!(matches!(reply, Reply::SignedOut(Some(_))), "{reply:?}");
    }
    driver.run();
    assert_eq!(driver.server.revocations(), [live], "once, and no other");
    is_over(&mut driver);
    driver.server.person = "bob".into();
    driver.sign_in();
    assert_eq!(driver.subject().as_deref(), Some("bob"));
    row.compare(code_of(reply));
}

#[test]
fn revocations() {
    revocation(
        &hostile::row("REV-1"),
        Answer::json(200, &json!({ "unknown": true })),
    );
    revocation(
        &hostile::row("REV-1-unavailable"),
        Answer::busy(503, Some(3_600)),
    );
    revocation(
        &hostile::row("REV-2"),
        Answer::refused(400, "unsupported_token_type"),
    );
    revocation(
        &hostile::row("REV-2-client"),
        Answer::refused(401, "invalid_client"),
    );
    revocation(&hostile::row("REV-3"), Answer::Lost);
    revocation(&hostile::row("own-revocation-silent"), Answer::TimedOut);
    revocation(&hostile::row("own-revocation-page"), Answer::html(200));
    revocation(&hostile::row("own-revocation-gone"), Answer::empty(404));
    revocation(
        &hostile::row("own-revocation-tokens"),
        Answer::json(
            200,
            &json!({ "access_token": "evil", "refresh_token": "evil", "token_type": "Bearer" }),
        ),
    );
    revocation(
        &hostile::row("own-revocation-nested"),
        Answer::Fixed {
            status: 400,
            body: "[".repeat(200_000),
            retry_after: None,
            is_html: false,
        },
    );
}

/// The person of the session before is gone when a refresh is answered.
#[test]
fn answers_after_it() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver.hold(Step::Http(Endpoint::Token));
    let call = driver.fetch(API);
    driver.settle();
    driver.sign_out(json!({})).unwrap();
    driver.release(Step::Http(Endpoint::Token));
    let outcome = driver.outcome(call).expect("an answer to the call");
    is_over(&mut driver);
    let replaced = driver.server.refreshes()[0].to_string();
    let revoked = driver.server.revocations();
    assert_eq!(revoked.len(), 2, "the new refresh token, too");
    assert_eq!(revoked[0], replaced);
    assert_ne!(revoked[1], replaced);
    hostile::row("own-sign-out-refresh-answered-later").compare(outcome);

    let mut driver = Driver::signed_out();
    let callback = driver.authorize();
    driver.hold(Step::Http(Endpoint::Token));
    let id = driver.handle_callback_later(&callback.url());
    driver.sign_out(json!({ "localOnly": true })).unwrap();
    driver.release(Step::Http(Endpoint::Token));
    let result = driver.reply(id).expect("an answer to the callback");
    is_over(&mut driver);
    assert!(driver.server.grants.live_refresh_tokens().is_empty());
    hostile::row("own-sign-out-code-answered-later").compare(code_of(result));
}

/// Alice signs out at a server whose metadata is like this; where she is sent.
fn end_session(row: &Row, change: impl FnOnce(&mut Value), check: impl FnOnce(Option<&str>)) {
    let mut driver = Driver::signed_out();
    change(&mut driver.server.metadata);
    driver.sign_in();
    let result = driver.sign_out(json!({ "state": "mine" }));
    is_over(&mut driver);
    if let Ok(url) = &result {
        check(url.as_deref());
    }
    row.compare(code_of(result));
}

#[test]
fn logout_requests() {
    let is_right = |url: Option<&str>| {
        let query = Form::of_url(url.unwrap());
        assert!(query.get("id_token_hint").is_some());
        assert_eq!(query.get("client_id"), Some(CLIENT_ID));
        let place = query.get("post_logout_redirect_uri");
        assert_eq!(place, Some("https://app.example/"));
        assert_eq!(query.get("state"), Some("mine"));
    };
    end_session(
        &hostile::row("oidcc-client-test-rp-init-logout"),
        |_| {},
        is_right,
    );
    end_session(
        &hostile::row("own-end-session-query"),
        |metadata| {
            let endpoint = "https://login.example/end?tenant=a%26b";
            metadata["end_session_endpoint"] = json!(endpoint);
        },
        |url| {
            assert_eq!(Form::of_url(url.unwrap()).get("tenant"), Some("a&b"));
            is_right(url);
        },
    );
    end_session(
        &hostile::row("own-end-session-missing"),
        |metadata| metadata["end_session_endpoint"] = Value::Null,
        |url| assert_eq!(url, None),
    );
}

#[test]
fn a_server_that_is_gone() {
    let mut driver = Driver::signed_in_with_escrow().reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::Lost);
    let result = driver.sign_out(json!({}));
    is_over(&mut driver);
    assert!(matches!(result, Ok(None)), "the page stays");
    hostile::row("own-sign-out-metadata-gone").compare(code_of(result));
}

#[test]
fn metadata_that_names_nothing_for_it() {
    let mut driver = Driver::signed_out();
    driver.server.metadata["revocation_endpoint"] = Value::Null;
    driver.sign_in();
    let requests = driver.server.requests.len();
    let result = driver.sign_out(json!({}));
    assert_eq!(
        driver.server.requests.len(),
        requests,
        "no place is guessed"
    );
    is_over(&mut driver);
    hostile::row("own-revocation-missing").compare(code_of(result));
}

/// What the app asks for and must not: it would name another session, or send the person elsewhere.
#[test]
fn parameters() {
    for (row, options) in [
        (
            hostile::row("own-end-session-hint"),
            json!({ "logoutParams": { "id_token_hint": "x" } }),
        ),
        (
            hostile::row("own-end-session-place"),
            json!({ "logoutParams": { "post_logout_redirect_uri": "https://evil.example/" } }),
        ),
        (
            hostile::row("own-end-session-script"),
            json!({ "returnTo": "javascript:alert(1)" }),
        ),
    ] {
        let mut driver = Driver::signed_in();
        let result = driver.sign_out(options);
        assert_eq!(driver.call(API), Ok(()), "the session goes on");
        row.compare(code_of(result));
    }
}

/// The app comes back to its redirect URI with this after a sign-out.
fn back_with(row: &Row, url: &str) {
    let mut driver = Driver::signed_in();
    let place = json!({ "returnTo": PLACE, "state": "mine" });
    driver.sign_out(place).unwrap();
    let requests = driver.server.requests.len();
    let result = driver.handle_callback(url);
    assert_eq!(driver.server.requests.len(), requests);
    is_over(&mut driver);
    match result {
        Ok(None) => row.found("ignored"),
        other => row.compare(code_of(other)),
    }
}

#[test]
fn what_comes_back() {
    back_with(&hostile::row("LO-4"), &format!("{PLACE}?state=mine"));
    back_with(
        &hostile::row("LO-4-code"),
        &format!("{PLACE}?code=forged&state=mine&iss=https%3A%2F%2Flogin.example"),
    );
    back_with(
        &hostile::row("LO-4-error"),
        &format!("{PLACE}?error=access_denied&state=mine&iss=https%3A%2F%2Flogin.example"),
    );
}

/// The session at the server is over, and nobody told this vault: it is seen at the next refresh.
#[test]
fn a_session_that_the_server_has_ended() {
    let mut driver = Driver::signed_in_with(options());
    driver.server.grants.end_sessions();
    assert_eq!(driver.call(API), Ok(()), "the access token lives");
    driver.expire_access_token();
    let result = driver.call(API);
    assert_eq!(driver.expiries(), [ExpiryReason::Refused]);
    assert_eq!(driver.server.refreshes().len(), 1);
    hostile::row("own-end-session-elsewhere").compare(result);
}
