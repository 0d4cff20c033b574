//! Demonstrating Proof of Possession (RFC 9449): the key of a sign-in, and the proofs that are signed
//! with it. A token that is bound to the key is of no use to whoever has the token alone.
//!
//! # Where the key is
//!
//! WebCrypto makes it in the vault. Its private part is held here, as the tokens are, and goes where
//! they go: with the session through the escrow, so that it outlives a reload and a hand-over in
//! every browser, and, while the person is at the server, sealed in the transaction's record. For
//! signing, WebCrypto imports it as a key that can't be exported.
//!
//! It is not a `CryptoKey` in IndexedDB, though that is the usual advice. Any script of the origin
//! can open that database, and can *use* such a key, though not export it: it would sign whatever
//! proof the script likes, for as long as the person is a user of this app. And WebKit can't store
//! one from a shared worker at all.

use alloc::{rc::Rc, string::String};

use sha2::{Digest as _, Sha256};

use super::{
    base64url, decimal::decimal, json::Value, pkce::code_challenge, secret::Secret,
    transaction::digest,
};

/// How proofs are signed: a name for the `alg` of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofAlgorithm(&'static str);

impl ProofAlgorithm {
    /// ECDSA with P-256 and SHA-256 (RFC 7518 section 3.4).
    pub const ES256: Self = Self("ES256");
    /// Ed25519, by the name that says so (RFC 9864 section 2.2).
    pub const ED25519: Self = Self("Ed25519");
    /// Ed25519, by its older name (RFC 8037 section 3.1).
    pub const EDDSA: Self = Self("EdDSA");
    /// One that comes earlier is preferred.
    const ALL: [Self; 3] = [Self::ES256, Self::ED25519, Self::EDDSA];

    /// The best of those that a server `lists` (`dpop_signing_alg_values_supported`, RFC 9449
    /// section 5.1).
    #[must_use]
    pub fn best(lists: &Value) -> Option<Self> {
        let lists = lists.as_array()?;
        Self::ALL
            .into_iter()
            .find(|known| lists.iter().any(|listed| listed.as_str() == Some(known.0)))
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// The key pair of one sign-in.
pub struct Key {
    /// How it signs: the name of a [`ProofAlgorithm`].
    algorithm: String,
    /// The public members as a JWK in the one form that has a thumbprint (RFC 7638 section 3.2).
    public: String,
    /// The private member `d`.
    private: Secret<String>,
}

/// A proof for the shell to sign: the header's value is the signing input, a point, and the
/// signature.
pub struct ProofOrder {
    /// What to sign with.
    pub key: Rc<Key>,
    /// The proof without its signature.
    pub signing_input: String,
}

/// What a proof is for.
pub struct Occasion<'a> {
    /// The request's method.
    pub method: &'a str,
    /// Where it goes, without query and fragment.
    pub url: &'a str,
    /// The token that comes along, at an API.
    pub access_token: Option<&'a Secret<String>>,
    /// The nonce that the server gave last.
    pub nonce: Option<&'a str>,
    /// The time, in seconds since 1970.
    pub issued_at: u64,
    /// A text that was never used with this key.
    pub unique: &'a str,
}

impl Key {
    /// Reads a key as [`words`](Self::words) writes it, and as the shell does which has it made.
    #[must_use]
    pub fn from_words(text: &str) -> Option<Self> {
        let (algorithm, rest) = text.split_once(' ')?;
        let (public, private) = rest.split_once(' ')?;
        Some(Self {
            algorithm: algorithm.into(),
            public: public.into(),
            private: private.into(),
        })
    }

    /// The key as three words with a space between them: the algorithm's name, the public members as
    /// a JWK in the form that has a thumbprint, and the private member.
    #[must_use]
    pub fn words(&self) -> Secret<String> {
        // EXPOSE: it goes where the tokens go: to the next vault; and to WebCrypto, in this one.
        let private = self.private.expose();
        Secret::new([&self.algorithm, " ", &self.public, " ", private].concat())
    }

    /// The same with the private member that `change` makes of this one's.
    #[must_use]
    pub fn map_private(&self, change: impl FnOnce(&str) -> Secret<String>) -> Self {
        Self {
            algorithm: self.algorithm.clone(),
            public: self.public.clone(),
            // EXPOSE: it is covered before it leaves, or uncovered.
            private: change(self.private.expose()),
        }
    }

    /// The public key's thumbprint (RFC 7638), by which a server knows it (`jkt`).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        base64url::encode(&Sha256::digest(self.public.as_bytes()))
    }

    /// A proof (RFC 9449 section 4.2) without its signature.
    #[must_use]
    pub fn signing_input(&self, occasion: &Occasion<'_>) -> String {
        let header = [
            "{\"typ\":\"dpop+jwt\",\"alg\":\"",
            &self.algorithm,
            "\",\"jwk\":",
            &self.public,
            "}",
        ]
        .concat();
        let mut claims = String::from("{\"iat\":");
        let issued_at = decimal(occasion.issued_at);
        claims.push_str(&issued_at);
        // Nothing of this has a quotation mark in it, as far as browsers send it.
        let mut claim = |name: &str, value: &str| {
            for part in [",\"", name, "\":\"", value, "\""] {
                claims.push_str(part);
            }
        };
        claim(
            "jti",
            &self.unguessable(&[occasion.unique, &issued_at].concat()),
        );
        claim("htm", occasion.method);
        claim("htu", occasion.url);
        if let Some(token) = occasion.access_token {
            claim("ath", &code_challenge(token));
        }
        if let Some(nonce) = occasion.nonce {
            claim("nonce", nonce);
        }
        claims.push('}');
        let header = base64url::encode(header.as_bytes());
        [&header, ".", &base64url::encode(claims.as_bytes())].concat()
    }

    /// 128 bits that nobody can foresee, and that don't come again: the private key is the
    /// randomness, and what is unique about the occasion makes them different each time.
    fn unguessable(&self, occasion: &str) -> String {
        // EXPOSE: nothing but a part of the hash leaves.
        let text = Secret::new([self.private.expose(), ".", occasion].concat());
        let digest = digest("holdfast proof", text.expose()); // EXPOSE: as above
        base64url::encode(digest.get(..16).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::core::json::{json, parse};

    /// The key of RFC 9449's examples (section 4.1), and any private part.
    fn key() -> Key {
        let public = r#"{"crv":"P-256","kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;
        let private = base64url::encode(&[42; 32]);
        Key::from_words(&format!("ES256 {public} {private}")).unwrap()
    }

    fn occasion(unique: &str) -> Occasion<'_> {
        Occasion {
            method: "GET",
            url: "https://resource.example.org/protectedresource",
            access_token: None,
            nonce: None,
            issued_at: 1_562_262_618,
            unique,
        }
    }

    fn parts(signing_input: &str) -> [Value; 2] {
        let (header, claims) = signing_input.split_once('.').unwrap();
        [header, claims].map(|part| {
            let bytes = base64url::decode(part).unwrap();
            parse(&String::from_utf8(bytes).unwrap()).unwrap()
        })
    }

    #[test]
    fn the_thumbprint_of_rfc_9449_section_6_1() {
        assert_eq!(
            key().thumbprint(),
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        );
    }

    #[test]
    fn the_thumbprint_of_rfc_8037_appendix_a_3() {
        let public =
            r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = Key::from_words(&format!("EdDSA {public} d")).unwrap();
        assert_eq!(
            key.thumbprint(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn a_proof_has_what_rfc_9449_section_4_2_asks_for_and_the_hash_of_section_7_1() {
        let token = Secret::from("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
        let signing_input = key().signing_input(&Occasion {
            access_token: Some(&token),
            nonce: Some("eyJ7S_zG.eyJH0-Z.HX4w-7v"),
            ..occasion("1")
        });
        let [header, mut claims] = parts(&signing_input);
        assert_eq!(
            header,
            json!({
                "typ": "dpop+jwt",
                "alg": "ES256",
                "jwk": {
                    "kty": "EC",
                    "crv": "P-256",
                    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
                    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
                },
            })
        );
        let jti = claims["jti"].take();
        assert_eq!(
            claims,
            json!({
                "jti": null,
                "htm": "GET",
                "htu": "https://resource.example.org/protectedresource",
                "iat": 1_562_262_618,
                "ath": "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
                "nonce": "eyJ7S_zG.eyJH0-Z.HX4w-7v",
            })
        );
        let jti = base64url::decode(jti.as_str().unwrap()).unwrap();
        assert_eq!(jti.len() * 8, 128);
    }

    #[test]
    fn each_proof_has_an_identifier_of_its_own() {
        let identifier = |key: &Key, occasion: &Occasion<'_>| {
            parts(&key.signing_input(occasion))[1]["jti"].clone()
        };
        let first = identifier(&key(), &occasion("1"));
        assert_ne!(identifier(&key(), &occasion("2")), first);
        let later = Occasion {
            issued_at: 1,
            ..occasion("1")
        };
        assert_ne!(identifier(&key(), &later), first);
        let other = key().map_private(|_| "other".into());
        assert_ne!(identifier(&other, &occasion("1")), first);
    }

    #[test]
    fn nothing_of_the_private_key_is_in_a_proof() {
        let private = base64url::encode(&[42; 32]);
        let signing_input = key().signing_input(&occasion("1"));
        for part in parts(&signing_input) {
            assert!(!part.to_string().contains(&private));
        }
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let text = key().words();
        let text = text.expose(); // EXPOSE: a test
        assert_eq!(text.split(' ').count(), 3);
        assert_eq!(Key::from_words(text).unwrap().words().expose(), text); // EXPOSE: a test
        assert!(Key::from_words("ES256 {}").is_none());
    }

    #[test]
    fn the_best_algorithm_is_chosen_by_its_exact_name() {
        for (lists, best) in [
            (
                json!(["RS256", "EdDSA", "ES256"]),
                Some(ProofAlgorithm::ES256),
            ),
            (json!(["EdDSA", "Ed25519"]), Some(ProofAlgorithm::ED25519)),
            (json!(["EdDSA"]), Some(ProofAlgorithm::EDDSA)),
            (json!(["PS256", "es256", 7]), None),
            (json!("ES256"), None),
            (json!(null), None),
        ] {
            assert_eq!(ProofAlgorithm::best(&lists), best, "{lists}");
        }
    }
}
