//! The keys that ID tokens are signed with: which one is taken, and when they are fetched again
//! (OpenID Connect Core section 10.1).

mod support;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    error::Code,
    input::{Input, SignatureVerdict},
    json::json,
    jwks::Algorithm,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    keys::{ED25519, ES256, OTHER_ED25519, RS256, TestKey},
    server::Endpoint,
};

#[test]
fn the_algorithm_must_be_one_that_the_server_announced() {
    let mut driver = Driver::signed_out();
    driver.server.metadata["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    assert_eq!(driver.fail_to_sign_in().error.code, Code::IdTokenAlgorithm);
}

#[test]
fn a_token_without_key_id_needs_the_one_key_that_fits() {
    let mut driver = Driver::signed_out();
    driver.server.keys = vec![RS256.public(), ES256.public(), ED25519.public()];
    driver
        .server
        .tamper(|draft| draft.header("kid", json!(null)));
    driver.sign_in();
    let mut driver = Driver::signed_out();
    driver.server.keys.push(OTHER_ED25519.public());
    driver
        .server
        .tamper(|draft| draft.header("kid", json!(null)));
    assert_eq!(driver.fail_to_sign_in().error.code, Code::IdTokenKey);
}

#[test]
fn a_weak_or_misused_key_is_no_key() {
    let weak = json!({ "kty": "RSA", "kid": ED25519.id, "e": "AQAB", "n": Base64UrlUnpadded::encode_string(&[0xf1; 128]) });
    let mut encryption = ED25519.public();
    encryption["use"] = json!("enc");
    let mut other_algorithm = ED25519.public();
    other_algorithm["alg"] = json!("ES256");
    let mut secret = json!({ "kty": "oct", "kid": ED25519.id, "k": "c2VjcmV0" });
    secret["alg"] = json!("HS256");
    for key in [weak, encryption, other_algorithm, secret, json!("key")] {
        let mut driver = Driver::signed_out();
        driver.server.keys = vec![key.clone()];
        assert_eq!(
            driver.fail_to_sign_in().error.code,
            Code::IdTokenKey,
            "{key}"
        );
    }
}

#[test]
fn keys_that_cannot_be_had_refuse_the_sign_in() {
    for (answer, code) in [
        (Answer::Lost, Code::SignInInterrupted),
        (Answer::TimedOut, Code::SignInInterrupted),
        (Answer::busy(503, None), Code::SignInInterrupted),
        (Answer::html(404), Code::JwksInvalid),
        (Answer::html(200), Code::JwksInvalid),
        (Answer::json(200, &json!({ "keys": {} })), Code::JwksInvalid),
    ] {
        let mut driver = Driver::signed_out();
        driver.server.always(Endpoint::Keys, answer);
        assert_eq!(driver.fail_to_sign_in().error.code, code);
        driver.server.always(Endpoint::Keys, Answer::Normal);
        driver.sign_in();
    }
}

#[test]
fn a_lost_prefetch_of_the_keys_is_made_good() {
    let mut driver = Driver::signed_out();
    let callback = driver.authorize();
    driver.server.next(Endpoint::Keys, Answer::Lost);
    driver.hold(Step::Http(Endpoint::Token));
    driver.handle_callback_later(&callback.url());
    driver.release(Step::Http(Endpoint::Token));
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert_eq!(driver.server.requests_to(Endpoint::Keys).len(), 2);
}

#[test]
fn a_key_that_was_rotated_just_before_signing_is_fetched_again() {
    for next in [OTHER_ED25519, ES256] {
        let mut driver = Driver::signed_in();
        driver.server.keys.clear();
        driver.server.sign_with(next);
        driver.sign_in();
        assert_eq!(driver.server.requests_to(Endpoint::Keys).len(), 2);
    }
}

#[test]
fn an_unknown_key_id_fetches_the_keys_once_in_thirty_seconds() {
    let unknown = TestKey {
        id: "ed25519-2",
        algorithm: Algorithm::EdDsa,
    };
    let mut driver = Driver::signed_in();
    driver.server.signer = unknown; // and it is not published
    for (pause, fetches) in [(0, 2), (1_000, 2), (28_000, 2), (1_000, 3), (0, 3)] {
        driver.clock.advance(pause);
        assert_eq!(driver.fail_to_sign_in().error.code, Code::IdTokenKey);
        assert_eq!(
            driver.server.requests_to(Endpoint::Keys).len(),
            fetches,
            "after {pause}"
        );
    }
    driver.clock.advance(30_000);
    driver.server.sign_with(unknown);
    driver.sign_in();
}

#[test]
fn an_unsupported_algorithm_of_the_browser_s_is_no_wrong_signature() {
    let mut driver = Driver::signed_out();
    let callback = driver.authorize();
    driver.hold(Step::Signature);
    let id = driver.handle_callback_later(&callback.url());
    let Some(Input::SignatureVerified { verdict, .. }) =
        driver.todo.iter_mut().map(|todo| &mut todo.input).next()
    else {
        panic!("a signature is being verified");
    };
    *verdict = SignatureVerdict::Unsupported;
    driver.release(Step::Signature);
    let failure = driver.reply(id).unwrap().unwrap_err();
    assert_eq!(failure.error.code, Code::UnsupportedBrowser);
    assert_eq!(failure.error.detail.as_deref(), Some("EdDSA"));
}
