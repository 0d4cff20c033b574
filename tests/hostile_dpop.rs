//! Servers and APIs that break the rules of DPoP (RFC 9449), or stretch them. What is expected of each
//! case stands in `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::{
    error::Code,
    input::{Command, ResourceRequest},
    json::json,
    output::ExpiryReason,
};
use support::{
    answer::Answer,
    api::{ApiAnswer, USE_NONCE},
    bob,
    driver::Driver,
    hostile::{self, Row},
    proofs::ProofDesk,
    server::Endpoint,
    story::{API, with},
};

const INVALID_PROOF: &str = "DPoP error=\"invalid_dpop_proof\"";

/// A vault that takes nothing but bound tokens, with a server and an API that want proofs.
fn vault() -> Driver {
    let mut driver = Driver::new(with("dpop", json!("required")));
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver.api.desk = Some(ProofDesk::default());
    driver
}

/// Alice's session in it.
fn signed_in() -> Driver {
    let mut driver = vault();
    driver.sign_in();
    driver
}

fn api(driver: &mut Driver) -> &mut ProofDesk {
    driver.api.desk.as_mut().unwrap()
}

/// A sign-in, a call, and a call that needs a refresh.
fn whole_story(driver: &mut Driver) -> Result<(), Code> {
    let callback = driver.authorize();
    driver
        .handle_callback(&callback.url())
        .map_err(|failure| failure.error.code)?;
    driver.call(API)?;
    driver.expire_access_token();
    driver.call(API)
}

/// Alice is signed in, and the server does this while Bob signs in, who can't.
fn sign_in_fails(row: &Row, requests: usize, trouble: impl FnOnce(&mut Driver)) {
    let mut driver = signed_in();
    driver.server.person = "bob".into();
    let callback = driver.authorize();
    let before = driver.token_requests();
    trouble(&mut driver);
    let result = driver.handle_callback(&callback.url());
    let code = result.map(drop).map_err(|failure| failure.error.code);
    assert_eq!(driver.token_requests(), before + requests);
    driver.server.desk.nonce = None;
    driver.server.gives_bearer_tokens = false;
    driver.server.always(Endpoint::Token, Answer::Normal);
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    bob::goes_on(&mut driver);
    row.compare(code);
}

/// A call needs a new access token, and the server does this; the session outlives it.
fn refresh_fails(row: &Row, requests: usize, trouble: impl FnOnce(&mut Driver)) {
    let mut driver = signed_in();
    driver.expire_access_token();
    trouble(&mut driver);
    let result = driver.call(API);
    assert_eq!(driver.server.refreshes().len(), requests);
    assert!(driver.api.calls.is_empty(), "something was used of it");
    driver.server.desk.nonce = None;
    driver.server.always(Endpoint::Token, Answer::Normal);
    driver.clock.advance(60_000);
    assert_eq!(driver.call(API), Ok(()));
    assert!(driver.expiries().is_empty());
    row.compare(result);
}

/// The API answers like this; no refresh token is spent on it. The outcome is the API's own status,
/// where the app gets that.
fn call(row: &Row, calls: usize, trouble: impl FnOnce(&mut Driver)) {
    let mut driver = signed_in();
    trouble(&mut driver);
    let result = driver.call(API);
    assert_eq!(driver.api.calls.len(), calls);
    assert!(driver.server.refreshes().is_empty());
    assert!(driver.expiries().is_empty());
    match result {
        Ok(()) => row.found(&driver.api.last_status()),
        Err(code) => row.found(code.as_str()),
    }
}

#[test]
fn nonces() {
    let mut driver = vault();
    driver.server.desk.renew();
    api(&mut driver).renew();
    let result = whole_story(&mut driver);
    assert_eq!(driver.server.desk.claims.len(), 3, "one challenge");
    assert_eq!(api(&mut driver).claims.len(), 3, "one challenge");
    hostile::row("H65").compare(result);

    let mut driver = vault();
    driver.server.desk.renew();
    driver.server.desk.renews = true;
    api(&mut driver).renew();
    api(&mut driver).renews = true;
    let result = whole_story(&mut driver).and_then(|()| driver.call(API));
    assert_eq!(driver.server.desk.claims.len(), 3, "one challenge");
    assert_eq!(api(&mut driver).claims.len(), 4, "one challenge");
    hostile::row("H66").compare(result);
}

#[test]
fn nonces_that_cannot_be_read() {
    let wants_and_gives_none = |driver: &mut Driver| {
        let refusal = Answer::refused(400, "use_dpop_nonce");
        driver.server.always(Endpoint::Token, refusal);
    };
    sign_in_fails(&hostile::row("H68"), 1, wants_and_gives_none);
    refresh_fails(&hostile::row("H68-refresh"), 1, wants_and_gives_none);
    call(&hostile::row("H68-api"), 1, |driver| {
        driver.api.next(ApiAnswer::Status(401, Some(USE_NONCE)));
    });
    sign_in_fails(&hostile::row("H69"), 1, |driver| {
        driver.server.desk.renew();
        driver.server.desk.hides_nonce = true;
    });
    refresh_fails(&hostile::row("H69-refresh"), 1, |driver| {
        driver.server.desk.renew();
        driver.server.desk.hides_nonce = true;
    });
    call(&hostile::row("H69-api"), 1, |driver| {
        api(driver).renew();
        api(driver).hides_nonce = true;
    });
}

#[test]
fn nonces_for_ever() {
    let never_content = |driver: &mut Driver| {
        driver.server.desk.renew();
        let refusal = Answer::WithNonce(
            400,
            json!({ "error": "use_dpop_nonce" }).to_string(),
            "another".into(),
        );
        driver.server.always(Endpoint::Token, refusal);
    };
    sign_in_fails(&hostile::row("own-dpop-nonce-for-ever"), 3, never_content);
    refresh_fails(
        &hostile::row("own-dpop-nonce-for-ever-refresh"),
        3,
        never_content,
    );
    call(
        &hostile::row("own-dpop-nonce-for-ever-at-the-api"),
        3,
        |driver| {
            api(driver).renew();
            driver.api.always(ApiAnswer::Status(401, Some(USE_NONCE)));
        },
    );
}

#[test]
fn bearer_tokens() {
    let gives_bearer_tokens = |driver: &mut Driver| driver.server.gives_bearer_tokens = true;
    sign_in_fails(&hostile::row("H70"), 1, gives_bearer_tokens);
    refresh_fails(&hostile::row("H70-refresh"), 1, |driver| {
        let answer = json!({ "access_token": "a", "token_type": "Bearer" });
        let answer = Answer::json(200, &answer);
        driver.server.next(Endpoint::Token, answer);
    });

    // Where DPoP is not required it is a bearer token, and used as such; the refresh token stays bound.
    let mut driver = Driver::new(with("dpop", json!("auto")));
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    gives_bearer_tokens(&mut driver);
    let result = whole_story(&mut driver);
    assert_eq!(driver.server.desk.claims.len(), 2);
    hostile::row("H70-auto").compare(result);
}

#[test]
fn proofs_count_once() {
    // The desks panic where a proof comes twice.
    let mut driver = vault();
    driver.server.desk.renew();
    api(&mut driver).renew();
    let result = whole_story(&mut driver);
    driver.expire_access_token();
    driver.server.next(Endpoint::Token, Answer::Lost);
    let result = result.and_then(|()| driver.call(API));
    let identifiers = |desk: &ProofDesk| -> Vec<String> {
        desk.claims
            .iter()
            .map(|claims| claims["jti"].to_string())
            .collect()
    };
    let mut all = identifiers(&driver.server.desk);
    all.extend(identifiers(api(&mut driver)));
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "each proof is for one request");
    hostile::row("H71").compare(result);
}

#[test]
fn clocks() {
    for (row, ahead) in [
        (hostile::row("H72-ahead"), 300),
        (hostile::row("H72-behind"), -300),
    ] {
        let mut driver = vault();
        driver.server.desk.ahead = ahead;
        driver.server.desk.shows_date = true;
        api(&mut driver).ahead = ahead;
        api(&mut driver).shows_date = true;
        let result = whole_story(&mut driver);
        assert_eq!(driver.server.desk.claims.len(), 3, "one refused proof");
        assert_eq!(api(&mut driver).claims.len(), 3, "one refused proof");
        row.compare(result);
    }
    // Without a date to read there is one more try, for a proof that came twice, and no more.
    refresh_fails(&hostile::row("H72-hidden"), 2, |driver| {
        let refusal = Answer::refused(400, "invalid_dpop_proof");
        driver.server.always(Endpoint::Token, refusal);
    });
    call(&hostile::row("H72-hidden-api"), 1, |driver| {
        api(driver).ahead = 300;
    });
}

#[test]
fn challenges() {
    call(&hostile::row("DPOP-08-case"), 2, |driver| {
        api(driver).renew();
        let challenge = "dPoP error=\"use_dpop_nonce\"";
        driver.api.next(ApiAnswer::Status(401, Some(challenge)));
    });
    call(&hostile::row("DPOP-08-two"), 2, |driver| {
        api(driver).renew();
        let challenge = "Bearer realm=\"a, b\", DPoP algs=\"ES256\", error=\"use_dpop_nonce\"";
        driver.api.next(ApiAnswer::Status(401, Some(challenge)));
    });
    call(&hostile::row("DPOP-14"), 2, |driver| {
        api(driver).renew();
        let challenge = "DPoP junk=\"\\\"x\\\"\", error=\"use_dpop_nonce\", more=1, nonce=\"evil\"";
        driver.api.next(ApiAnswer::Status(401, Some(challenge)));
    });
    call(&hostile::row("own-dpop-proof-refused-api"), 1, |driver| {
        driver
            .api
            .always(ApiAnswer::Status(401, Some(INVALID_PROOF)));
    });
}

#[test]
fn a_body_that_is_gone() {
    let mut driver = signed_in();
    api(&mut driver).renew();
    let upload = Command::Fetch(ResourceRequest {
        url: API.into(),
        method: "PUT".into(),
        ..ResourceRequest::default()
    });
    let result = driver.ask(upload);
    assert_eq!(driver.api.calls.len(), 1);
    hostile::row("DPOP-18").compare(result.map(drop).map_err(|failure| failure.error.code));
}

#[test]
fn a_key_that_is_lost() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.signs_nothing = true;
    let result = driver.call(API);
    assert_eq!(driver.expiries(), [ExpiryReason::KeyLost]);
    assert_eq!(driver.made_keys, 1, "no other key is tried");
    assert!(driver.server.refreshes().is_empty());
    hostile::row("DPOP-11").compare(result);
}
