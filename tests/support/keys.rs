//! The oracle: signs tokens with fixed test keys and verifies signatures, all by full jwt-compact.
//!
//! The keys stand in `tests/vectors/keys.json`; they were made for these tests and open nothing.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{jwks::Algorithm, output::SignatureCheck};
use jwt_compact::{
    AlgorithmExt as _, AlgorithmSignature as _, UntrustedToken,
    alg::{Ed25519, Es256, Rsa},
    jwk::{JsonWebKey, JwkError},
};
use serde_json::{Value, json};

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

impl TestKey {
    /// The public key as the server publishes it.
    pub fn public(self) -> Value {
        let mut key = json!({ "use": "sig", "kid": self.id, "x5c": ["ignored"] });
        let public = serde_json::to_value(self.pair().to_verifying_key()).unwrap();
        key.as_object_mut()
            .unwrap()
            .extend(public.as_object().unwrap().clone());
        key
    }

    /// Signs `input`, whatever it is.
    pub fn sign(self, input: &str) -> Vec<u8> {
        let (pair, input) = (self.pair(), input.as_bytes());
        match self.algorithm {
            Algorithm::Rs256 => sign_with(&Rsa::rs256(), &pair, input),
            Algorithm::Ps256 => sign_with(&Rsa::ps256(), &pair, input),
            Algorithm::Es256 => sign_with(&Es256, &pair, input),
            Algorithm::EdDsa => sign_with(&Ed25519, &pair, input),
        }
    }

    fn pair(self) -> JsonWebKey<'static> {
        let vectors: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
        serde_json::from_value(vectors[self.id].clone()).unwrap()
    }
}

/// Verifies what the core asks to have verified, in the place of WebCrypto.
pub fn is_valid(check: &SignatureCheck) -> bool {
    let signature = Base64UrlUnpadded::encode_string(&check.signature);
    let token = format!("{}.{signature}", check.signing_input.expose());
    let key: JsonWebKey<'static> = serde_json::from_value(check.key.clone()).unwrap();
    match check.algorithm {
        Algorithm::Rs256 => is_valid_by(&Rsa::rs256(), &key, &token),
        Algorithm::Ps256 => is_valid_by(&Rsa::ps256(), &key, &token),
        Algorithm::Es256 => is_valid_by(&Es256, &key, &token),
        Algorithm::EdDsa => is_valid_by(&Ed25519, &key, &token),
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
