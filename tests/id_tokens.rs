//! ID tokens that are not what they should be (OpenID Connect Core section 3.1.3.7). Each has its
//! code, nobody is signed in by it, and the session that was there before lives on.

mod support;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    error::{Code, Phase},
    json::{Value, json},
};
use support::{
    answer::Answer,
    clock::Clock,
    driver::Driver,
    id_token::Draft,
    keys::{ED25519, ES256, OTHER_ED25519, PS256, RS256},
    server::Endpoint,
    story::{API, with},
};

/// Alice is signed in; Bob's sign-in, with an ID token like `tamper` makes it, fails with `code`.
fn refuse(what: &str, code: Code, tamper: impl FnMut(&mut Draft) + 'static) {
    let driver = Driver::signed_in();
    refuse_at(driver, what, code, tamper);
}

fn refuse_at(mut driver: Driver, what: &str, code: Code, tamper: impl FnMut(&mut Draft) + 'static) {
    driver.server.person = "bob".into();
    driver.server.tamper(tamper);
    let failure = driver.fail_to_sign_in();
    assert_eq!(
        (failure.error.code, failure.phase),
        (code, Phase::Callback),
        "{what}"
    );
    assert_eq!(driver.events.len(), 1, "no event: {what}");
    assert_untouched(driver, what);
}

/// Alice's session goes on, with tokens of hers alone.
fn assert_untouched(mut driver: Driver, what: &str) {
    assert_eq!(driver.subject().as_deref(), Some("alice"), "{what}");
    assert_eq!(driver.call(API), Ok(()), "{what}");
    assert!(
        driver.api.tokens()[0].starts_with("access-2-"),
        "the first sign-in's: {what}"
    );
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()), "{what}");
    assert!(
        driver.server.refreshes()[0].starts_with("refresh-3-"),
        "the first sign-in's: {what}"
    );
}

fn refuse_claim(name: &'static str, value: Value, code: Code) {
    refuse(&format!("{name} = {value}"), code, move |draft| {
        draft.claim(name, value.clone())
    });
}

fn refuse_header(name: &'static str, value: Value, code: Code) {
    refuse(&format!("{name} = {value}"), code, move |draft| {
        draft.header(name, value.clone())
    });
}

#[test]
fn the_issuer_must_be_the_configured_one() {
    for issuer in [
        "https://login.example1",
        "https://login.example/",
        "https://LOGIN.example",
    ] {
        refuse_claim("iss", json!(issuer), Code::IdTokenIssuer);
    }
    refuse_claim("iss", json!(null), Code::IdTokenIssuer);
    refuse_claim(
        "iss",
        json!(["https://login.example"]),
        Code::IdTokenMalformed,
    );
}

#[test]
fn the_audience_must_be_this_client_alone() {
    for audience in [
        json!("app1"),
        json!(null),
        json!([]),
        json!(["app", "evil"]),
        json!(["evil"]),
        json!({}),
        json!(1),
    ] {
        refuse_claim("aud", audience, Code::IdTokenAudience);
    }
    refuse_claim("azp", json!("evil"), Code::IdTokenAudience);
}

#[test]
fn the_audience_may_be_an_array_of_one_with_its_authorized_party() {
    let mut driver = Driver::signed_out();
    driver.server.tamper(|draft| {
        draft.claim("aud", json!(["app"]));
        draft.claim("azp", json!("app"));
    });
    driver.sign_in();
}

#[test]
fn the_subject_must_be_there_and_plain() {
    for subject in [
        json!(null),
        json!(""),
        json!("b".repeat(256)),
        json!("b\u{f6}b"),
    ] {
        refuse_claim("sub", subject, Code::IdTokenSubject);
    }
    refuse_claim("sub", json!(7), Code::IdTokenMalformed);
}

#[test]
fn the_nonce_must_be_the_one_that_was_sent() {
    for nonce in [json!(null), json!(""), json!("another")] {
        refuse_claim("nonce", nonce, Code::IdTokenNonce);
    }
    refuse_claim("nonce", json!(["another"]), Code::IdTokenMalformed);
}

#[test]
fn the_times_must_be_there_and_right() {
    let now = Clock::new().seconds();
    for (name, value) in [
        ("exp", json!(null)),
        ("exp", json!(now - 360)),
        ("exp", json!(now - 31)),
        ("iat", json!(null)),
        ("iat", json!(now + 61)),
        ("nbf", json!(now + 61)),
    ] {
        refuse_claim(name, value, Code::IdTokenTime);
    }
    for (name, value) in [
        ("exp", json!("never")),
        ("exp", json!(now.to_string())),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("exp", json!((now + 300) * 1_000)),
        ("iat", json!(true)),
    ] {
        refuse_claim(name, value, Code::IdTokenMalformed);
    }
}

#[test]
fn clocks_may_differ_a_little() {
    let now = Clock::new().seconds();
    for (name, value) in [("iat", now + 10), ("nbf", now + 10), ("exp", now - 10)] {
        let mut driver = Driver::signed_out();
        driver
            .server
            .tamper(move |draft| draft.claim(name, json!(value)));
        driver.sign_in();
    }
}

#[test]
fn a_hash_must_be_the_access_token_s() {
    for hash in [json!("77QmUPtjPfzWtF2AnpK9RQ"), json!("")] {
        refuse_claim("at_hash", hash, Code::IdTokenAccessToken);
    }
    let mut driver = Driver::signed_out();
    driver
        .server
        .tamper(|draft| draft.claim("at_hash", json!(null)));
    driver.sign_in(); // it may be absent in the code flow
}

#[test]
fn the_algorithm_must_be_a_public_key_s() {
    for algorithm in [
        "none", "nOnE", "HS256", "HS512", "RS512", "ES256K", "eddsa", "",
    ] {
        refuse_header("alg", json!(algorithm), Code::IdTokenAlgorithm);
    }
    refuse_header("alg", json!(null), Code::IdTokenAlgorithm);
    refuse_header("alg", json!(["EdDSA"]), Code::IdTokenMalformed);
}

#[test]
fn the_key_must_fit_the_algorithm() {
    // The kid of the Ed25519 key, under a header that names another algorithm.
    for algorithm in ["RS256", "ES256", "PS256"] {
        refuse(algorithm, Code::IdTokenKey, move |draft| {
            draft.header("alg", json!(algorithm));
            draft.claim("at_hash", json!(null));
        });
    }
}

#[test]
fn a_token_for_another_purpose_is_no_id_token() {
    for token_type in ["at+jwt", "logout+jwt", "dpop+jwt"] {
        refuse_header("typ", json!(token_type), Code::IdTokenMalformed);
    }
    refuse_header("crit", json!(["exp"]), Code::IdTokenMalformed);
}

#[test]
fn the_type_may_be_absent_and_in_any_case() {
    for token_type in [json!(null), json!("jwt")] {
        let mut driver = Driver::signed_out();
        driver
            .server
            .tamper(move |draft| draft.header("typ", token_type.clone()));
        driver.sign_in();
    }
}

#[test]
fn the_signature_must_be_right_for_each_algorithm() {
    for key in [ED25519, ES256, RS256, PS256] {
        let mut driver = Driver::signed_out();
        driver.server.keys.clear();
        driver.server.sign_with(key);
        driver.server.tamper(|draft| draft.finish = spoil_signature);
        assert_eq!(
            driver.fail_to_sign_in().error.code,
            Code::IdTokenSignature,
            "{key:?}"
        );
        assert!(driver.events.is_empty());
    }
    refuse("another key's signature", Code::IdTokenSignature, |draft| {
        draft.signer = OTHER_ED25519
    });
    refuse("changed claims", Code::IdTokenSignature, |draft| {
        draft.finish = change_claims
    });
    refuse("no signature", Code::IdTokenSignature, |draft| {
        draft.finish = |token| token[..=token.rfind('.').unwrap()].into();
    });
}

#[test]
fn what_is_no_compact_jws_is_malformed() {
    type Change = fn(String) -> String;
    let cases: [(&str, Change); 9] = [
        ("two parts", |token| {
            token[..token.rfind('.').unwrap()].into()
        }),
        ("four parts", |token| token + ".e30"),
        ("encrypted", |token| token + ".e30.e30"),
        ("padded", |token| token + "="),
        ("not base64url", |token| token.replacen('.', "/.", 1)),
        ("no token at all", |_| "x".into()),
        ("bits that nobody reads", |token| {
            // 64 bytes leave four bits of the last character unused; a second spelling is refused.
            let last = token.chars().last().unwrap();
            let other = char::from_u32(u32::from(last) + 1).unwrap();
            format!("{}{other}", &token[..token.len() - 1])
        }),
        ("a token in a token", |token| {
            let parts: Vec<_> = token.split('.').collect();
            format!(
                "{}.{}.{}",
                parts[0],
                Base64UrlUnpadded::encode_string(token.as_bytes()),
                parts[2]
            )
        }),
        ("claims that are no object", |token| {
            let parts: Vec<_> = token.split('.').collect();
            format!(
                "{}.{}.{}",
                parts[0],
                Base64UrlUnpadded::encode_string(b"[1]"),
                parts[2]
            )
        }),
    ];
    for (what, finish) in cases {
        refuse(what, Code::IdTokenMalformed, move |draft| {
            draft.finish = finish
        });
    }
}

#[test]
fn without_an_id_token_nobody_is_signed_in() {
    let mut driver = Driver::signed_out();
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "refresh_token": "r", "id_token": "" });
    driver
        .server
        .next(Endpoint::Token, Answer::json(200, &tokens));
    assert_eq!(
        driver.fail_to_sign_in().error.code,
        Code::TokenResponseInvalid
    );
    assert_eq!(driver.subject(), None);
}

#[test]
fn max_age_needs_a_recent_sign_in() {
    let now = Clock::new().seconds();
    for (auth_time, code) in [
        (json!(null), Some(Code::IdTokenAuthTime)),
        (json!(now - 400), Some(Code::IdTokenAuthTime)),
        (json!("recently"), Some(Code::IdTokenMalformed)),
        (json!(now - 100), None),
    ] {
        let mut driver = Driver::new(with("authorizationParams", json!({ "max_age": 300 })));
        driver
            .server
            .tamper(move |draft| draft.claim("auth_time", auth_time.clone()));
        let callback = driver.authorize();
        let result = driver.handle_callback(&callback.url());
        assert_eq!(result.err().map(|failure| failure.error.code), code);
    }
}

fn spoil_signature(token: String) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = Base64UrlUnpadded::decode_vec(signature).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    format!("{input}.{}", Base64UrlUnpadded::encode_string(&bytes))
}

fn change_claims(token: String) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let claims = String::from_utf8(Base64UrlUnpadded::decode_vec(parts[1]).unwrap()).unwrap();
    let claims =
        Base64UrlUnpadded::encode_string(claims.replace("Person bob", "Person ann").as_bytes());
    format!("{}.{claims}.{}", parts[0], parts[2])
}
