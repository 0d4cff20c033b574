//! DPoP as its other side sees it: signs what the shell would sign, and believes a proof or not, as
//! RFC 9449 section 4.3 asks.

use std::collections::BTreeSet;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    dpop::{ProofAlgorithm, ProofOrder},
    jwks::Algorithm,
    output::SignatureCheck,
    secret::Secret,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::keys::{ED25519, ES256, OTHER_ED25519, OTHER_ES256, TestKey};

/// The key that WebCrypto makes the `count`th time.
pub fn make_key(algorithm: ProofAlgorithm, count: usize) -> Secret<String> {
    let pair = pair(algorithm, count).private();
    let private = pair["d"].as_str().unwrap();
    let public = public_members(&pair);
    Secret::new(format!("{} {public} {private}", algorithm.name()))
}

/// The private part of that key.
pub fn private_part(algorithm: ProofAlgorithm, count: usize) -> String {
    pair(algorithm, count).private()["d"]
        .as_str()
        .unwrap()
        .into()
}

fn pair(algorithm: ProofAlgorithm, count: usize) -> TestKey {
    match (algorithm, count % 2) {
        (ProofAlgorithm::ES256, 0) => ES256,
        (ProofAlgorithm::ES256, _) => OTHER_ES256,
        (_, 0) => ED25519,
        _ => OTHER_ED25519,
    }
}

/// The header's value, as the shell makes it by WebCrypto.
pub fn sign(order: &ProofOrder) -> String {
    let words = order.key.words();
    let words: Vec<_> = words.expose().split(' ').collect();
    let mut jwk: Value = serde_json::from_str(words[1]).unwrap();
    jwk["d"] = words[2].into();
    let algorithm = match words[0] {
        "ES256" => Algorithm::Es256,
        _ => Algorithm::EdDsa,
    };
    let signature = TestKey::sign_with_jwk(algorithm, jwk, &order.signing_input);
    let signature = Base64UrlUnpadded::encode_string(&signature);
    format!("{}.{signature}", order.signing_input)
}

/// One server that looks at proofs.
#[derive(Default)]
pub struct ProofDesk {
    /// The nonce that a proof must have; `None`: any or none will do.
    pub nonce: Option<String>,
    /// Whether each answer brings another one.
    pub renews: bool,
    /// Whether CORS hides `DPoP-Nonce`.
    pub hides_nonce: bool,
    /// By how many seconds its clock is ahead of the device's.
    pub ahead: i64,
    /// Whether CORS shows `Date`.
    pub shows_date: bool,
    /// The claims of each proof that arrived, taken or not.
    pub claims: Vec<Value>,
    /// The thumbprint of each, likewise.
    pub thumbprints: Vec<String>,
    known: BTreeSet<String>,
    issued: u32,
}

/// A request that carries a proof.
pub struct Proven<'a> {
    pub proof: &'a str,
    pub method: &'a str,
    /// With query and fragment.
    pub url: &'a str,
    /// At an API.
    pub access_token: Option<&'a str>,
    /// The device's time in seconds.
    pub now: u64,
}

impl ProofDesk {
    /// The thumbprint of the proof's key.
    ///
    /// # Errors
    /// What is wrong, in the words of RFC 9449. What may never be wrong panics.
    pub fn check(&mut self, request: &Proven<'_>) -> Result<String, &'static str> {
        let parts: Vec<&str> = request.proof.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            panic!("a proof has three parts")
        };
        let bytes = |part: &str| Base64UrlUnpadded::decode_vec(part).unwrap();
        let read = |part| -> Value { serde_json::from_slice(&bytes(part)).unwrap() };
        let (header, claims, signature) = (read(header), read(claims), bytes(signature));
        assert_eq!(header["typ"], "dpop+jwt");
        let algorithm = match header["alg"].as_str() {
            Some("ES256") => Algorithm::Es256,
            Some("Ed25519" | "EdDSA") => Algorithm::EdDsa,
            other => panic!("{other:?} is no algorithm for proofs"),
        };
        let jwk = header["jwk"].as_object().unwrap();
        assert!(!jwk.contains_key("d"), "the private key is in the proof");
        let is_valid = super::keys::is_valid(&SignatureCheck {
            algorithm,
            key: holdfast::core::json::parse(&header["jwk"].to_string()).unwrap(),
            signing_input: Secret::new([parts[0], ".", parts[1]].concat()),
            signature,
        });
        assert!(is_valid, "the signature is wrong");
        assert_eq!(claims["htm"], request.method);
        let place = request.url.split(['?', '#']).next().unwrap();
        assert_eq!(claims["htu"], place);
        let hash =
            |token: &str| Value::from(Base64UrlUnpadded::encode_string(&Sha256::digest(token)));
        assert_eq!(
            claims["ath"],
            request.access_token.map_or(Value::Null, hash)
        );
        let identifier = claims["jti"].as_str().unwrap().to_string();
        assert_eq!(bytes(&identifier).len(), 16);
        assert!(self.known.insert(identifier), "a proof came twice");
        let thumbprint = thumbprint(&header["jwk"]);
        self.thumbprints.push(thumbprint.clone());
        self.claims.push(claims.clone());
        let issued_at = claims["iat"].as_u64().unwrap();
        if issued_at.abs_diff(self.time(request.now)) > 60 {
            return Err("invalid_dpop_proof");
        }
        if self.nonce.is_some() && claims["nonce"].as_str() != self.nonce.as_deref() {
            return Err("use_dpop_nonce");
        }
        Ok(thumbprint)
    }

    /// `DPoP-Nonce` of the next answer, as far as it can be seen.
    pub fn offer(&mut self) -> Option<String> {
        if self.renews {
            self.renew();
        }
        self.nonce.clone().filter(|_| !self.hides_nonce)
    }

    /// Wants another nonce from now on.
    pub fn renew(&mut self) {
        self.issued += 1;
        self.nonce = Some(format!("nonce-{}", self.issued));
    }

    /// `Date` of an answer, as far as it can be seen.
    pub fn date(&self, now: u64) -> Option<u64> {
        self.shows_date.then(|| self.time(now))
    }

    fn time(&self, now: u64) -> u64 {
        now.checked_add_signed(self.ahead).unwrap()
    }
}

/// The thumbprint of a public key (RFC 7638).
pub fn thumbprint(jwk: &Value) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(public_members(jwk)))
}

/// The members that make a public key, in their order.
fn public_members(jwk: &Value) -> String {
    let members: Vec<_> = ["crv", "kty", "x", "y"]
        .into_iter()
        .filter_map(|name| Some(format!("\"{name}\":{}", jwk.get(name)?)))
        .collect();
    format!("{{{}}}", members.join(","))
}
