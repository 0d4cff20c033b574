//! A hostile server's ID tokens (OpenID Connect Core section 3.1.3.7). What is expected of each case
//! stands in `tests/vectors/hostile-host.json`.

mod support;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::json::{Value, json};
use support::{
    bob::{self, rewritten},
    clock::Clock,
    driver::Driver,
    hostile::{self, Row},
    keys::OTHER_ED25519,
    story::with,
};

fn claim(row: &Row, name: &'static str, value: Value) {
    bob::has_id_token(row, move |draft| draft.claim(name, value.clone()));
}

fn header(row: &Row, name: &'static str, value: Value) {
    bob::has_id_token(row, move |draft| draft.header(name, value.clone()));
}

/// What the claims say of the time, by the seconds that it differs from now.
fn time(row: &Row, name: &'static str, difference: i64) {
    let now = Clock::new().seconds();
    claim(
        row,
        name,
        json!(now.checked_add_signed(difference).unwrap()),
    );
}

#[test]
fn issuers() {
    claim(
        &hostile::row("oidcc-client-test-invalid-iss"),
        "iss",
        json!("https://login.example1"),
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-iss"),
        "iss",
        json!("https://evil.example"),
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-missing-iss"),
        "iss",
        json!(null),
    );
    claim(
        &hostile::row("IDT-2-slash"),
        "iss",
        json!("https://login.example/"),
    );
    claim(
        &hostile::row("IDT-2-case"),
        "iss",
        json!("https://LOGIN.example"),
    );
    claim(
        &hostile::row("IDT-2-port"),
        "iss",
        json!("https://login.example:443"),
    );
    claim(
        &hostile::row("own-id-token-issuer-look-alike"),
        "iss",
        json!("https://l\u{43e}gin.example"),
    );
    claim(
        &hostile::row("own-id-token-issuer-zero-width"),
        "iss",
        json!("https://login.example\u{200b}"),
    );
    claim(
        &hostile::row("own-id-token-issuer-list"),
        "iss",
        json!(["https://login.example"]),
    );
}

#[test]
fn subjects() {
    claim(
        &hostile::row("oidcc-client-test-missing-sub"),
        "sub",
        json!(null),
    );
    claim(&hostile::row("IDT-12-empty"), "sub", json!(""));
    claim(&hostile::row("IDT-12-number"), "sub", json!(7));
    claim(&hostile::row("IDT-12-long"), "sub", json!("b".repeat(256)));
    claim(&hostile::row("IDT-12-not-ascii"), "sub", json!("b\u{f6}b"));
    claim(
        &hostile::row("own-id-token-subject-object"),
        "sub",
        json!({ "toString": "bob" }),
    );
}

#[test]
fn audiences() {
    claim(
        &hostile::row("oidcc-client-test-invalid-aud"),
        "aud",
        json!("app1"),
    );
    claim(
        &hostile::row("oidcc-client-test-missing-aud"),
        "aud",
        json!(null),
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-aud"),
        "aud",
        json!("evil"),
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-missing-aud"),
        "aud",
        json!([]),
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-secondary-aud"),
        "aud",
        json!(["app", "evil"]),
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-valid-aud-as-array"),
        "aud",
        json!(["app"]),
    );
    claim(&hostile::row("IDT-4"), "azp", json!("evil"));
    claim(&hostile::row("IDT-4-number"), "azp", json!(1));
    claim(
        &hostile::row("own-id-token-audience-nested"),
        "aud",
        json!([["app"]]),
    );
    claim(
        &hostile::row("own-id-token-audience-object"),
        "aud",
        json!({ "app": true }),
    );
    claim(
        &hostile::row("own-id-token-audience-spaces"),
        "aud",
        json!("app evil"),
    );
    claim(
        &hostile::row("own-id-token-audience-prefix"),
        "aud",
        json!("ap"),
    );
}

#[test]
fn times() {
    time(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-expired-exp"),
        "exp",
        -360,
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-missing-exp"),
        "exp",
        json!(null),
    );
    claim(
        &hostile::row("oidcc-client-test-missing-iat"),
        "iat",
        json!(null),
    );
    time(&hostile::row("IDT-7-leeway"), "exp", -10);
    time(&hostile::row("IDT-8-future"), "iat", 61);
    time(&hostile::row("IDT-8-future-leeway"), "iat", 10);
    time(&hostile::row("IDT-8-not-before"), "nbf", 61);
    claim(&hostile::row("IDT-7-text"), "exp", json!("4102444800"));
    claim(
        &hostile::row("IDT-7-milliseconds"),
        "exp",
        json!(4_102_444_800_000_u64),
    );
    claim(
        &hostile::row("IDT-7-fraction"),
        "exp",
        json!(4_102_444_800.5),
    );
    bob::has_written(&hostile::row("IDT-7-beyond"), |token| {
        rewritten(&token, 1, |claims| {
            claims.replacen("\"exp\":", "\"exp\":1e400,\"was\":", 1)
        })
    });
    bob::has_written(&hostile::row("own-id-token-time-minus-zero"), |token| {
        rewritten(&token, 1, |claims| {
            claims.replacen("\"exp\":", "\"exp\":-0,\"was\":", 1)
        })
    });
    bob::has_written(&hostile::row("own-id-token-time-exponent"), |token| {
        rewritten(&token, 1, |claims| {
            claims.replacen("\"exp\":", "\"exp\":4.1024448e9,\"was\":", 1)
        })
    });
    bob::has_written(&hostile::row("own-id-token-time-hexadecimal"), |token| {
        rewritten(&token, 1, |claims| {
            claims.replacen("\"exp\":", "\"exp\":0xffffffff,\"was\":", 1)
        })
    });
    bob::has_written(&hostile::row("own-id-token-time-not-a-number"), |token| {
        rewritten(&token, 1, |claims| {
            claims.replacen("\"exp\":", "\"exp\":NaN,\"was\":", 1)
        })
    });
    claim(
        &hostile::row("own-id-token-time-negative"),
        "iat",
        json!(-1),
    );
    claim(
        &hostile::row("own-id-token-time-list"),
        "exp",
        json!([4_102_444_800_u64]),
    );
    claim(&hostile::row("own-id-token-time-true"), "iat", json!(true));
}

#[test]
fn nonces() {
    claim(
        &hostile::row("oidcc-client-test-nonce-invalid"),
        "nonce",
        json!("another"),
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-nonce"),
        "nonce",
        json!("1"),
    );
    claim(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-missing-nonce"),
        "nonce",
        json!(null),
    );
    claim(&hostile::row("IDT-9-empty"), "nonce", json!(""));
    claim(
        &hostile::row("own-id-token-nonce-list"),
        "nonce",
        json!(["another"]),
    );
    bob::has_id_token(&hostile::row("own-id-token-nonce-prefix"), |draft| {
        let nonce = draft.claims["nonce"].as_str().unwrap_or_default();
        let prefix = json!(&nonce[..nonce.len() - 1]);
        draft.claim("nonce", prefix);
    });
    bob::has_id_token(&hostile::row("own-id-token-nonce-longer"), |draft| {
        let longer = format!("{}A", draft.claims["nonce"].as_str().unwrap());
        draft.claim("nonce", json!(longer));
    });
    bob::has_id_token(&hostile::row("own-id-token-nonce-case"), |draft| {
        let other = draft.claims["nonce"].as_str().unwrap().to_ascii_lowercase();
        draft.claim("nonce", json!(other));
    });
}

#[test]
fn hashes_of_the_access_token() {
    claim(
        &hostile::row("IDT-13"),
        "at_hash",
        json!("77QmUPtjPfzWtF2AnpK9RQ"),
    );
    claim(&hostile::row("IDT-13-absent"), "at_hash", json!(null));
    claim(
        &hostile::row("own-id-token-hash-empty"),
        "at_hash",
        json!(""),
    );
    claim(
        &hostile::row("own-id-token-hash-number"),
        "at_hash",
        json!(1),
    );
    bob::has_id_token(&hostile::row("own-id-token-hash-cut"), |draft| {
        let hash = draft.claims["at_hash"].as_str().unwrap();
        let cut = json!(&hash[..hash.len() / 2]);
        draft.claim("at_hash", cut);
    });
    bob::has_id_token(&hostile::row("own-id-token-hash-padded"), |draft| {
        let padded = format!("{}==", draft.claims["at_hash"].as_str().unwrap());
        draft.claim("at_hash", json!(padded));
    });
}

#[test]
fn sign_ins_that_are_too_old() {
    let now = Clock::new().seconds();
    for (row, auth_time) in [
        (hostile::row("IDT-11"), json!(now - 400)),
        (hostile::row("IDT-11-missing"), json!(null)),
        (hostile::row("IDT-11-text"), json!("recently")),
        (hostile::row("IDT-11-recent"), json!(now - 100)),
    ] {
        let mut driver = Driver::new(with("authorizationParams", json!({ "max_age": 300 })));
        driver
            .server
            .tamper(move |draft| draft.claim("auth_time", auth_time.clone()));
        bob::signs_in_at(driver, &row);
    }
}

#[test]
fn algorithms() {
    header(
        &hostile::row("oidcc-client-test-idtoken-sig-none"),
        "alg",
        json!("none"),
    );
    header(
        &hostile::row("fapi2-security-profile-final-client-test-invalid-null-alg"),
        "alg",
        json!("nOnE"),
    );
    header(
        &hostile::row("oidcc-client-test-invalid-sig-hs256"),
        "alg",
        json!("HS256"),
    );
    header(&hostile::row("IDT-6-missing"), "alg", json!(null));
    header(
        &hostile::row("own-id-token-algorithm-case"),
        "alg",
        json!("eddsa"),
    );
    header(
        &hostile::row("own-id-token-algorithm-space"),
        "alg",
        json!("EdDSA "),
    );
    header(
        &hostile::row("own-id-token-algorithm-list"),
        "alg",
        json!(["EdDSA"]),
    );
    bob::has_id_token(
        &hostile::row("own-id-token-algorithm-of-another-key"),
        |draft| {
            draft.header("alg", json!("ES256"));
            draft.claim("at_hash", json!(null));
        },
    );
    bob::has_id_token(
        &hostile::row("own-id-token-none-without-signature"),
        |draft| {
            draft.header("alg", json!("none"));
            draft.finish = |token| token[..=token.rfind('.').unwrap()].into();
        },
    );
}

#[test]
fn headers() {
    header(&hostile::row("IDT-15-crit"), "crit", json!(["exp"]));
    header(&hostile::row("IDT-15-access-token"), "typ", json!("at+jwt"));
    header(
        &hostile::row("IDT-15-logout-token"),
        "typ",
        json!("logout+jwt"),
    );
    header(&hostile::row("own-id-token-crit-empty"), "crit", json!([]));
    header(
        &hostile::row("own-id-token-not-encoded"),
        "crit",
        json!(["b64"]),
    );
    header(
        &hostile::row("own-id-token-key-id-list"),
        "kid",
        json!(["ed25519-1"]),
    );
    header(
        &hostile::row("own-id-token-key-id-path"),
        "kid",
        json!("../../ed25519-1"),
    );
    header(
        &hostile::row("own-id-token-key-id-member"),
        "kid",
        json!("__proto__"),
    );
    bob::has_id_token(&hostile::row("own-id-token-key-inside"), |draft| {
        draft.header("jwk", OTHER_ED25519.public());
        draft.header("jku", json!("https://evil.example/keys"));
        draft.header("x5u", json!("https://evil.example/certificate"));
        draft.signer = OTHER_ED25519;
    });
    bob::has_id_token(&hostile::row("own-id-token-key-inside-unused"), |draft| {
        draft.header("jku", json!("https://evil.example/keys"));
    });
}

#[test]
fn signatures() {
    bob::has_written(&hostile::row("IDT-5"), |token| {
        let (input, signature) = token.rsplit_once('.').unwrap();
        let mut bytes = Base64UrlUnpadded::decode_vec(signature).unwrap();
        bytes[62] ^= 1;
        format!("{input}.{}", Base64UrlUnpadded::encode_string(&bytes))
    });
    bob::has_written(&hostile::row("IDT-5-none"), |token| {
        token[..=token.rfind('.').unwrap()].into()
    });
    bob::has_written(&hostile::row("own-id-token-signature-cut"), |token| {
        let (input, signature) = token.rsplit_once('.').unwrap();
        let bytes = Base64UrlUnpadded::decode_vec(signature).unwrap();
        let cut = Base64UrlUnpadded::encode_string(&bytes[..61]);
        format!("{input}.{cut}")
    });
    bob::has_written(&hostile::row("own-id-token-signature-longer"), |token| {
        token + "AAAA"
    });
    bob::has_written(&hostile::row("own-id-token-claims-changed"), |token| {
        let changed = rewritten(&token, 1, |claims| {
            claims.replace("Person bob", "Person ann")
        });
        let (input, _) = changed.rsplit_once('.').unwrap();
        format!("{input}.{}", token.rsplit_once('.').unwrap().1)
    });
}
