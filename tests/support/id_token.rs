//! ID tokens of the test server's, which a test may tamper with before and after they are signed.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    json::{Value, json},
    jwks::Algorithm,
};
use sha2::{Digest as _, Sha256, Sha512};

use super::keys::TestKey;

/// An ID token before it is signed.
pub struct Draft {
    pub header: Value,
    pub claims: Value,
    pub signer: TestKey,
    /// What becomes of the finished token.
    pub finish: fn(String) -> String,
}

/// What a test does to each ID token.
pub type Tamper = Box<dyn FnMut(&mut Draft)>;

impl Draft {
    /// A token with nothing wrong. `now` is in seconds since 1970.
    pub fn new(
        signer: TestKey,
        issuer: &str,
        subject: &str,
        client_id: &str,
        access_token: &str,
        now: u64,
    ) -> Self {
        Self {
            header: json!({ "alg": signer.algorithm.name(), "kid": signer.id, "typ": "JWT" }),
            claims: json!({
                "iss": issuer,
                "sub": subject,
                "aud": client_id,
                "iat": now,
                "exp": now + 300,
                "at_hash": access_token_hash(signer.algorithm, access_token),
                "name": format!("Person {subject}"),
            }),
            signer,
            finish: |token| token,
        }
    }

    /// Sets a claim, or removes it where `value` is null.
    pub fn claim(&mut self, name: &str, value: Value) {
        set(&mut self.claims, name, value);
    }

    /// Sets a header field, or removes it where `value` is null.
    pub fn header(&mut self, name: &str, value: Value) {
        set(&mut self.header, name, value);
    }

    /// Signs it.
    pub fn sign(&self) -> String {
        let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        let input = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = Base64UrlUnpadded::encode_string(&self.signer.sign(&input));
        (self.finish)(format!("{input}.{signature}"))
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    let object = object.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(name);
    } else {
        object.insert(name.into(), value);
    }
}

/// `at_hash` (OpenID Connect Core section 3.1.3.6), by the hash of the signature's algorithm.
fn access_token_hash(algorithm: Algorithm, access_token: &str) -> String {
    match algorithm {
        Algorithm::EdDsa => Base64UrlUnpadded::encode_string(&Sha512::digest(access_token)[..32]),
        _ => Base64UrlUnpadded::encode_string(&Sha256::digest(access_token)[..16]),
    }
}
