//! A hostile server's answers to a refresh (RFC 6749 section 6, OpenID Connect Core section 12.2). What
//! is expected of each case stands in `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::{error::Code, json::json};
use support::{
    answer::Answer,
    bob::{doubled, edited},
    driver::{Driver, Step},
    grants::Rotation,
    hostile::{self, Row},
    id_token::Draft,
    keys::OTHER_ED25519,
    server::Endpoint,
    story::API,
};

/// Alice's session, with an expired access token.
fn expired() -> Driver {
    let mut driver = Driver::signed_in();
    driver.server.rotation = Rotation::Rotates { grace: true };
    driver.expire_access_token();
    driver
}

/// A call needs a new token, and the ID token that comes with it is like `tamper` makes it.
fn id_token(row: &Row, tamper: impl FnMut(&mut Draft) + 'static) {
    let mut driver = expired();
    driver.server.id_token_on_refresh = true;
    driver.server.tamper(tamper);
    let who = driver.who();
    let result = driver.call(API);
    if result.is_err() {
        assert!(driver.api.calls.is_empty(), "the access token was used");
        assert_eq!(driver.who(), who, "the claims were used");
    }
    driver.server.tamper = None;
    goes_on(&mut driver);
    row.compare(result);
}

/// A call needs a new token, and the server answers this; the session outlives it.
fn answer(row: &Row, answer: Answer) {
    let mut driver = expired();
    driver.server.always(Endpoint::Token, answer);
    let id = driver.fetch(API);
    driver.run();
    let result = driver.outcome(id).expect("an answer to the call");
    driver.server.always(Endpoint::Token, Answer::Normal);
    if result.is_err() {
        assert!(driver.api.calls.is_empty(), "something was used of it");
    }
    goes_on(&mut driver);
    row.compare(result);
}

/// A call needs a new token, and the server answers this, by which the session is over.
fn ending(row: &Row, answer: Answer) {
    let mut driver = expired();
    driver.server.always(Endpoint::Token, answer);
    let id = driver.fetch(API);
    driver.run();
    let result = driver.outcome(id).expect("an answer to the call");
    assert_eq!(driver.expiries().len(), 1, "it ends once");
    let requests = driver.token_requests();
    assert_eq!(driver.call(API), Err(Code::LoginRequired));
    assert_eq!(driver.token_requests(), requests, "it does not loop");
    row.compare(result);
}

fn response(row: &Row, change: fn(&str) -> String) {
    answer(row, Answer::Rewritten(change));
}

fn goes_on(driver: &mut Driver) {
    driver.clock.advance(120_000);
    let id = driver.fetch(API);
    driver.run();
    assert_eq!(driver.outcome(id), Some(Ok(())), "the session is over");
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert!(driver.expiries().is_empty());
}

#[test]
fn id_tokens() {
    id_token(&hostile::row("oidcc-client-test-refresh-token"), |_| {});
    id_token(
        &hostile::row("oidcc-client-test-refresh-token-invalid-issuer"),
        |draft| {
            draft.claim("iss", json!("https://login.example1"));
        },
    );
    id_token(
        &hostile::row("oidcc-client-test-refresh-token-invalid-sub"),
        |draft| {
            draft.claim("sub", json!("bob"));
        },
    );
    id_token(&hostile::row("H60"), |draft| {
        draft.claim("sub", json!("mallory"))
    });
    id_token(&hostile::row("RT-1-aud"), |draft| {
        draft.claim("aud", json!("evil"))
    });
    id_token(&hostile::row("RT-1-azp"), |draft| {
        draft.claim("azp", json!("evil"))
    });
    id_token(&hostile::row("RT-1-nonce"), |draft| {
        draft.claim("nonce", json!("another"))
    });
    id_token(&hostile::row("RT-1-exp"), |draft| {
        draft.claim("exp", json!(1))
    });
    id_token(&hostile::row("RT-1-signature"), |draft| {
        draft.signer = OTHER_ED25519
    });
    id_token(&hostile::row("RT-1-algorithm"), |draft| {
        draft.header("alg", json!("none"))
    });
    id_token(&hostile::row("RT-1-hash"), |draft| {
        draft.claim("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"))
    });
    id_token(&hostile::row("own-refresh-id-token-malformed"), |draft| {
        draft.finish = |_| "x".into()
    });
}

#[test]
fn responses() {
    response(&hostile::row("RT-2"), |body| {
        edited(&edited(body, "id_token", json!(null)), "scope", json!(null))
    });
    response(&hostile::row("own-refresh-type"), |body| {
        edited(body, "token_type", json!("MAC"))
    });
    response(&hostile::row("own-refresh-no-token"), |body| {
        edited(body, "access_token", json!(null))
    });
    response(&hostile::row("own-refresh-token-as-object"), |body| {
        edited(body, "refresh_token", json!({}))
    });
    response(&hostile::row("own-refresh-token-twice"), |body| {
        doubled(body, "refresh_token", "\"evil\"")
    });
    response(&hostile::row("own-refresh-bound"), |body| {
        edited(body, "token_type", json!("DPoP"))
    });
    answer(&hostile::row("own-refresh-page"), Answer::html(200));
    answer(
        &hostile::row("H63"),
        Answer::refused(400, "interaction_required"),
    );
    answer(
        &hostile::row("H63-login"),
        Answer::refused(400, "login_required"),
    );
    answer(&hostile::row("H37"), Answer::busy(429, Some(30)));
    answer(
        &hostile::row("own-refresh-unavailable"),
        Answer::busy(503, None),
    );
    answer(&hostile::row("own-refresh-lost"), Answer::TimedOut);
}

#[test]
fn rotations() {
    for (row, rotation) in [
        (hostile::row("H56"), Rotation::Rotates { grace: false }),
        (hostile::row("H57"), Rotation::Repeated),
        (hostile::row("H57-omitted"), Rotation::Omitted),
        (hostile::row("H59"), Rotation::Rotates { grace: true }),
    ] {
        let mut driver = Driver::signed_in();
        driver.server.rotation = rotation;
        let mut result = Ok(());
        for _ in 0..3 {
            driver.expire_access_token();
            if rotation == (Rotation::Rotates { grace: true }) {
                driver
                    .server
                    .next(Endpoint::Token, Answer::LostOnTheWayBack);
            }
            let id = driver.fetch(API);
            driver.run();
            let outcome = driver.outcome(id).expect("an answer to the call");
            result = result.and(outcome);
        }
        row.compare(result);
    }
}

#[test]
fn ends() {
    ending(&hostile::row("H58"), Answer::refused(400, "invalid_grant"));
    ending(&hostile::row("H62"), Answer::refused(403, "invalid_grant"));
    ending(
        &hostile::row("own-refresh-client-refused"),
        Answer::refused(401, "invalid_client"),
    );
    ending(&hostile::row("own-refresh-empty-400"), Answer::empty(400));
    ending(
        &hostile::row("own-refresh-end-with-tokens"),
        Answer::json(
            400,
            &json!({ "error": "invalid_grant", "access_token": "evil", "token_type": "Bearer" }),
        ),
    );
}

#[test]
fn two_at_once() {
    let mut driver = expired();
    driver.hold(Step::Http(Endpoint::Token));
    let ids = [driver.fetch(API), driver.fetch(API)];
    driver.settle();
    driver.release(Step::Http(Endpoint::Token));
    assert_eq!(driver.server.refreshes().len(), 1);
    let results = ids.map(|id| driver.outcome(id).expect("an answer to the call"));
    hostile::row("H64").compare(results.into_iter().collect());
}

#[test]
fn clocks_that_are_far_off() {
    for (row, unix) in [
        (hostile::row("own-clock-1970"), 1_000),
        (hostile::row("own-clock-2100"), 4_102_444_800_000),
    ] {
        // Alice is signed in; then somebody sets the device's clock.
        let mut driver = Driver::signed_in();
        driver.server.rotation = Rotation::Rotates { grace: true };
        driver.clock.set(unix);
        let id = driver.fetch(API);
        driver.run();
        row.compare(driver.outcome(id).expect("an answer to the call"));
        assert!(driver.expiries().is_empty());
    }
}
