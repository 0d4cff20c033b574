//! ID tokens.

use std::cell::Cell;

use holdfast::core::{
    id_token::{Expectations, IdToken, user_claims},
    jwks::Algorithm,
    secret::Secret,
    time::UnixMillis,
};
use serde_json::Value as Known;

use super::oracle;

const NOW: u64 = 1_700_000_000;
const TOLERANCE: f64 = 30.0;

/// An ID token; or its header, its claims and its signature, on a line each, before they are encoded.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.splitn(3, '\n');
    let raw = match (lines.next(), lines.next(), lines.next()) {
        (Some(header), Some(claims), Some(signature)) => {
            let part = |part: &str| oracle::encode(part.as_bytes());
            [part(header), part(claims), part(signature)].join(".")
        }
        _ => text.into(),
    };
    for (nonce, subject, max_age) in [
        (Some("n"), None, None),
        (Some("n"), Some("alice"), None),
        (None, None, Some(60)),
    ] {
        check_token(&raw, nonce, subject, max_age);
    }
}

fn check_token(raw: &str, nonce: Option<&str>, subject: Option<&str>, max_age: Option<u64>) {
    let Ok(token) = IdToken::parse(Secret::from(raw)) else {
        return;
    };
    // It is what the RFC says: three parts, each of them exactly what an encoder writes.
    let parts: Vec<&str> = raw.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("{raw} has {} parts", parts.len());
    };
    let document = |part: &str| -> Known {
        let bytes = oracle::decode(part).expect("base64url");
        assert_eq!(oracle::encode(&bytes), part);
        oracle::read(std::str::from_utf8(&bytes).expect("UTF-8"))
            .expect("JSON")
            .1
    };
    let (header, claims) = (document(header), document(payload));
    assert_eq!(
        oracle::decode(signature).as_deref(),
        Some(token.signature())
    );
    let signed = raw.rsplit_once('.').map(|(signed, _)| signed);
    assert_eq!(Some(token.signing_input().expose().as_str()), signed); // EXPOSE: a test
    assert_eq!(header["alg"], token.algorithm.name());
    assert!(header.get("crit").is_none(), "{header}");
    assert_eq!(
        header.get("kid").and_then(Known::as_str),
        token.key_id.as_deref()
    );

    let ahead = Cell::new(0);
    let access_token = Secret::from("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
    let algorithms = ["RS256", "ES256", "EdDSA"].map(String::from);
    let expected = Expectations {
        issuer: "https://login.example",
        client_id: "app",
        tolerance: 30,
        algorithms: &algorithms,
        nonce,
        max_age,
        subject,
        access_token: &access_token,
        ahead: &ahead,
    };
    if token.check(&expected, UnixMillis(NOW * 1_000)).is_err() {
        return;
    }
    assert_holds(&claims, nonce, subject, max_age);
    assert!(token.algorithm != Algorithm::Ps256, "it was not announced");
    let (_, ours) = token.into_parts();
    let for_the_app = user_claims(&ours);
    for protocol in ["iss", "aud", "nonce", "exp", "at_hash"] {
        assert!(for_the_app.get(protocol).is_none());
    }
}

/// The rules of OpenID Connect Core section 3.1.3.7, once more and plainly.
fn assert_holds(claims: &Known, nonce: Option<&str>, subject: Option<&str>, max_age: Option<u64>) {
    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
    let now = NOW as f64;
    assert_eq!(claims["iss"], "https://login.example");
    let sub = claims["sub"].as_str().expect("a subject");
    assert!(!sub.is_empty() && sub.len() <= 255 && sub.is_ascii());
    assert!(subject.is_none_or(|subject| subject == sub), "{claims}");
    match &claims["aud"] {
        Known::Array(all) => assert!(!all.is_empty() && all.iter().all(|one| one == "app")),
        one => assert_eq!(one, "app"),
    }
    assert!(
        claims.get("azp").is_none_or(|party| party == "app"),
        "{claims}"
    );
    let time = |name: &str| claims[name].as_f64();
    assert!(time("exp").is_some_and(|expiry| expiry > now - TOLERANCE && expiry < 1e12));
    assert!(time("iat").is_some_and(|issued| (0.0..now + TOLERANCE + 1.0).contains(&issued)));
    assert!(
        time("nbf").is_none_or(|start| start < now + TOLERANCE + 1.0),
        "{claims}"
    );
    let told = claims.get("nonce").and_then(Known::as_str);
    match nonce {
        Some(_) if subject.is_some() => assert!(told.is_none_or(|told| Some(told) == nonce)),
        Some(_) => assert_eq!(told, nonce),
        None => {}
    }
    if let Some(max_age) = max_age {
        #[expect(clippy::cast_precision_loss, reason = "it is small")]
        let oldest = now - max_age as f64 - TOLERANCE;
        assert!(time("auth_time").is_some_and(|signed_in| signed_in >= oldest));
    }
}
