//! Key sets.

use holdfast::core::jwks::{Algorithm, KeySet};
use serde_json::Value as Known;

use super::oracle;

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::EdDsa,
];

/// A key set: what is found in it is public, strong enough, and of the algorithm's kind.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let known = oracle::read(text).map(|(_, known)| known);
    let Ok(set) = KeySet::parse(text) else {
        return;
    };
    let known = known.expect("a document");
    let keys = known["keys"].as_array().expect("keys");
    let ids = keys.iter().filter_map(|key| key["kid"].as_str());
    for id in ids.take(8).map(Some).chain([None, Some("absent")]) {
        for algorithm in ALGORITHMS {
            let Some(found) = set.find(algorithm, id) else {
                continue;
            };
            let found: Known = serde_json::from_str(&found.to_string()).expect("a key");
            let fitting = |key: &&Known| fits(key, &found, algorithm, id);
            assert_eq!(
                keys.iter().filter(fitting).count(),
                1,
                "{algorithm:?} {id:?} in {text}"
            );
        }
    }
}

/// Whether `key` is where the key that was `found` comes from.
fn fits(key: &Known, found: &Known, algorithm: Algorithm, id: Option<&str>) -> bool {
    let members: &[&str] = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 => &["e", "kty", "n"],
        Algorithm::Es256 => &["crv", "kty", "x", "y"],
        Algorithm::EdDsa => &["crv", "kty", "x"],
    };
    // Nothing else is handed on: no private part, no certificate, no URL.
    assert!(
        found.as_object().expect("a key").keys().eq(members),
        "{found}"
    );
    let is = |name: &str, value: &str| found[name] == value;
    assert!(match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 => {
            let modulus = found["n"]
                .as_str()
                .and_then(oracle::decode)
                .unwrap_or_default();
            let bytes = modulus.iter().skip_while(|byte| **byte == 0).count();
            is("kty", "RSA") && bytes >= 256
        }
        Algorithm::Es256 => is("kty", "EC") && is("crv", "P-256"),
        Algorithm::EdDsa => is("kty", "OKP") && is("crv", "Ed25519"),
    });
    let allows = |name: &str, value: &str| key[name].as_str().is_none_or(|other| other == value);
    members.iter().all(|name| key.get(name) == found.get(name))
        && id.is_none_or(|id| key["kid"] == id)
        && allows("use", "sig")
        && allows("alg", algorithm.name())
}
