//! The oracle: signs tokens with fixed test keys and verifies signatures, all by full jwt-compact.
//!
//! The keys stand in `tests/vectors/keys.json`; they were made for these tests and open nothing.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    json::{self, json},
    jwks::Algorithm,
    output::SignatureCheck,
};
use jwt_compact::{
    AlgorithmExt as _, AlgorithmSignature as _, UntrustedToken,
    alg::{Ed25519, Es256, Rsa},
    jwk::{JsonWebKey, JwkError},
};
use serde_json::Value;

/// A key of the test server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestKey {
    /// Its name in the vectors, which is its `kid` too.
    pub id: &'static str,
    /// What it signs with.
    pub algorithm: Algorithm,
}

pub const ED25519: TestKey = TestKey {
    id: "ed25519-1",
    algorithm: Algorithm::EdDsa,
};
pub const OTHER_ED25519: TestKey = TestKey {
    id: "ed25519-2",
    algorithm: Algorithm::EdDsa,
};
pub const RS256: TestKey = TestKey {
    id: "rsa-1",
    algorithm: Algorithm::Rs256,
};
pub const PS256: TestKey = TestKey {
    id: "rsa-1",
    algorithm: Algorithm::Ps256,
};
pub const ES256: TestKey = TestKey {
    id: "p256-1",
    algorithm: Algorithm::Es256,
};
pub const OTHER_ES256: TestKey = TestKey {
    id: "p256-2",
    algorithm: Algorithm::Es256,
};

impl TestKey {
    /// The public key as the server publishes it.
    pub fn public(self) -> json::Value {
        let public = serde_json::to_string(&self.pair().to_verifying_key()).unwrap();
        let mut key = json::parse(&public).unwrap();
        key["use"] = json!("sig");
        key["kid"] = json!(self.id);
        key["x5c"] = json!(["ignored"]);
        key
    }

    /// The whole key.
    pub fn private(self) -> Value {
        let vectors: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
        vectors[self.id].clone()
    }

    /// Signs `input`, whatever it is.
    pub fn sign(self, input: &str) -> Vec<u8> {
        Self::sign_with_jwk(self.algorithm, self.private(), input)
    }

    /// Signs `input` with the private key `jwk`.
    pub fn sign_with_jwk(algorithm: Algorithm, jwk: Value, input: &str) -> Vec<u8> {
        let pair: JsonWebKey<'static> = serde_json::from_value(jwk).unwrap();
        let input = input.as_bytes();
        match algorithm {
            Algorithm::Rs256 => sign_with(&Rsa::rs256(), &pair, input),
            Algorithm::Ps256 => sign_with(&Rsa::ps256(), &pair, input),
            Algorithm::Es256 => sign_with(&Es256, &pair, input),
            Algorithm::EdDsa => sign_with(&Ed25519, &pair, input),
        }
    }

    fn pair(self) -> JsonWebKey<'static> {
        serde_json::from_value(self.private()).unwrap()
    }
}

/// Verifies what the core asks to have verified, in the place of WebCrypto.
pub fn is_valid(check: &SignatureCheck) -> bool {
    let signature = Base64UrlUnpadded::encode_string(&check.signature);
    let token = format!("{}.{signature}", check.signing_input.expose());
    let key: JsonWebKey<'static> = serde_json::from_str(&check.key.to_string()).unwrap();
    match check.algorithm {
        Algorithm::Rs256 => is_valid_by(&Rsa::rs256(), &key, &token),
        Algorithm::Ps256 => is_valid_by(&Rsa::ps256(), &key, &token),
        Algorithm::Es256 => is_valid_by(&Es256, &key, &token),
        // By its older name, and by the one of RFC 9864.
        Algorithm::EdDsa => {
            is_valid_by(&Ed25519, &key, &token)
                || is_valid_by(&Ed25519::with_specific_name(), &key, &token)
        }
    }
}

fn sign_with<A>(algorithm: &A, pair: &JsonWebKey<'static>, input: &[u8]) -> Vec<u8>
where
    A: jwt_compact::Algorithm,
    for<'a> A::SigningKey: TryFrom<&'a JsonWebKey<'static>, Error = JwkError>,
{
    let key = A::SigningKey::try_from(pair).unwrap();
    algorithm.sign(&key, input).as_bytes().into_owned()
}

fn is_valid_by<A>(algorithm: &A, key: &JsonWebKey<'static>, token: &str) -> bool
where
    A: jwt_compact::Algorithm,
    for<'a> A::VerifyingKey: TryFrom<&'a JsonWebKey<'static>, Error = JwkError>,
{
    let key = A::VerifyingKey::try_from(key).unwrap();
    let token = UntrustedToken::new(token).unwrap();
    algorithm.validator::<Value>(&key).validate(&token).is_ok()
}
