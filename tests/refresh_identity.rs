//! ID tokens that come with a refresh (OpenID Connect Core section 12.2).

mod support;

use holdfast::core::{
    error::Code,
    json::{Value, json},
    output::Event,
};
use support::{
    answer::Answer, driver::Driver, grants::Rotation, id_token::Draft, keys::OTHER_ED25519,
    server::Endpoint, story::API,
};

/// Alice's session with an expired access token, and a server that tampers with the next ID token.
fn refreshing(tamper: impl FnMut(&mut Draft) + 'static) -> Driver {
    let mut driver = Driver::signed_in();
    driver.server.id_token_on_refresh = true;
    driver.server.rotation = Rotation::Rotates { grace: true };
    driver.server.tamper(tamper);
    driver.expire_access_token();
    driver
}

/// A refresh whose ID token is like this is dropped as a whole.
fn drops(what: &str, code: Code, tamper: impl FnMut(&mut Draft) + 'static) {
    let mut driver = refreshing(tamper);
    let before = driver.who();
    assert_eq!(driver.call(API), Err(code), "{what}");
    assert_eq!(driver.who(), before, "{what}");
    assert!(
        driver.api.calls.is_empty() && driver.expiries().is_empty(),
        "{what}"
    );
    assert!(
        !driver
            .events
            .iter()
            .any(|event| matches!(event, Event::Refreshed { .. })),
        "{what}"
    );
    driver.server.tamper = None;
    let id = driver.fetch(API);
    driver.run();
    assert_eq!(driver.outcome(id), Some(Ok(())), "{what}");
    let refreshes = driver.server.refreshes();
    assert_eq!(
        refreshes[0], refreshes[1],
        "nothing of the dropped answer is used: {what}"
    );
}

fn drops_claim(name: &'static str, value: Value, code: Code) {
    drops(&format!("{name} = {value}"), code, move |draft| {
        draft.claim(name, value.clone())
    });
}

#[test]
fn new_claims_reach_every_page() {
    let mut driver = refreshing(|draft| draft.claim("name", json!("Alice Renamed")));
    assert_eq!(driver.call(API), Ok(()));
    let Some(Event::Refreshed {
        identity: Some(identity),
        expires_in: Some(300),
    }) = driver.events.last()
    else {
        panic!("the pages are told");
    };
    assert_eq!(identity.user["name"], "Alice Renamed");
    let identity = identity.clone();
    assert_eq!(driver.who(), Some(identity));
}

#[test]
fn a_refresh_without_id_token_leaves_the_claims_as_they_are() {
    let mut driver = Driver::signed_in();
    let before = driver.who();
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert!(matches!(
        driver.events.last(),
        Some(Event::Refreshed { identity: None, .. })
    ));
    assert_eq!(driver.who(), before);
}

#[test]
fn another_person_is_not_taken_over() {
    drops_claim("sub", json!("mallory"), Code::IdTokenSubject);
    drops_claim("sub", json!(null), Code::IdTokenSubject);
}

#[test]
fn another_issuer_audience_or_access_token_is_not_taken_over() {
    drops_claim("iss", json!("https://login.example/"), Code::IdTokenIssuer);
    drops_claim("aud", json!("other"), Code::IdTokenAudience);
    drops_claim("aud", json!(["app", "other"]), Code::IdTokenAudience);
    drops_claim("azp", json!("other"), Code::IdTokenAudience);
    drops_claim(
        "at_hash",
        json!("AAAAAAAAAAAAAAAAAAAAAA"),
        Code::IdTokenAccessToken,
    );
}

#[test]
fn a_nonce_is_rarely_there_and_else_the_sign_in_s() {
    drops_claim("nonce", json!("another"), Code::IdTokenNonce);
}

#[test]
fn the_sign_in_s_nonce_may_be_repeated() {
    let mut driver = Driver::signed_in();
    let nonce = driver.who().unwrap().claims["nonce"].clone();
    driver.server.id_token_on_refresh = true;
    let mut present = true;
    driver.server.tamper(move |draft| {
        draft.claim("nonce", if present { nonce.clone() } else { json!(null) });
        present = !present;
    });
    for _ in 0..4 {
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()));
    }
}

#[test]
fn a_wrong_signature_is_not_taken_over() {
    drops("signature", Code::IdTokenSignature, |draft| {
        draft.signer = OTHER_ED25519
    });
}

#[test]
fn what_is_no_id_token_is_not_taken_over() {
    drops("no JWT", Code::IdTokenMalformed, |draft| {
        draft.finish = |_| "x".into()
    });
    drops("alg", Code::IdTokenAlgorithm, |draft| {
        draft.header("alg", json!("none"))
    });
}

#[test]
fn unreachable_keys_do_not_cost_the_tokens() {
    for answer in [
        Answer::Lost,
        Answer::TimedOut,
        Answer::busy(503, None),
        Answer::html(404),
    ] {
        let mut driver = Driver::signed_in();
        driver.server.id_token_on_refresh = true;
        driver.server.sign_with(OTHER_ED25519); // a key that has yet to be fetched
        driver.server.always(Endpoint::Keys, answer);
        let before = driver.who();
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()), "TLS vouches for the tokens");
        assert!(matches!(
            driver.events.last(),
            Some(Event::Refreshed { identity: None, .. })
        ));
        assert_eq!(
            driver.who(),
            before,
            "and claims that nobody verified are not believed"
        );
        driver.server.always(Endpoint::Keys, Answer::Normal);
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()));
        let refreshes = driver.server.refreshes();
        assert_ne!(refreshes[0], refreshes[1], "the rotated token was kept");
    }
}

#[test]
fn a_wrong_device_clock_costs_no_session() {
    for (name, value) in [("exp", json!(1)), ("iat", json!(9_000_000_000_u64))] {
        let mut driver = refreshing(move |draft| draft.claim(name, value.clone()));
        let before = driver.who();
        assert_eq!(driver.call(API), Ok(()), "{name}: the tokens are kept");
        assert_eq!(driver.who(), before, "{name}: the claims are not believed");
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()), "{name}: the session goes on");
        let refreshes = driver.server.refreshes();
        assert_ne!(
            refreshes[0], refreshes[1],
            "{name}: with the new refresh token"
        );
    }
}
