//! The server's key set (RFC 7517) and the choice of the key that an ID token was signed with.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use super::{
    base64url,
    error::{Code, Error},
    json::{self, Map, Value},
};

/// The signature algorithms that are accepted (RFC 7518 section 3.1, RFC 8037). Never `none`, and
/// never a symmetric one: a public client has no secret to share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The algorithm of this name. Names are case-sensitive (RFC 7515 section 4.1.1).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa]
            .into_iter()
            .find(|known| known.name() == name)
    }

    /// The `alg` value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// The usable keys of a key set.
pub struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    /// The members that make the public key, and no others (RFC 7638 section 3.2).
    material: Value,
}

impl KeySet {
    /// Reads a key set. Keys of kinds that we don't know are passed over (RFC 7517 section 5).
    ///
    /// # Errors
    /// [`Code::JwksInvalid`] where it is no key set.
    pub fn parse(document: &str) -> Result<Self, Error> {
        let document =
            json::parse(document).ok_or_else(|| Error::with(Code::JwksInvalid, "it is no JSON"))?;
        let keys = document
            .get("keys")
            .and_then(Value::as_array)
            .ok_or_else(|| Error::with(Code::JwksInvalid, "`keys` is missing"))?;
        Ok(Self(keys.iter().filter_map(Key::parse).collect()))
    }

    /// The public key for a token with this header, as a JWK.
    ///
    /// Without a `kid` there must be exactly one key that fits.
    #[must_use]
    pub fn find(&self, algorithm: Algorithm, key_id: Option<&str>) -> Option<Value> {
        let mut fitting = self.0.iter().filter(|key| {
            key.fits(algorithm) && key_id.is_none_or(|key_id| key.id.as_deref() == Some(key_id))
        });
        let key = fitting.next()?;
        if fitting.next().is_some() {
            return None;
        }
        Some(key.material.clone())
    }
}

impl Key {
    fn parse(value: &Value) -> Option<Self> {
        let text = |name| value.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let operations = value.get("key_ops").and_then(Value::as_array);
        if operations.is_some_and(|operations| {
            !operations
                .iter()
                .any(|operation| operation.as_str() == Some("verify"))
        }) {
            return None;
        }
        let members: &[&str] = match text("kty")? {
            "RSA" => &["kty", "n", "e"],
            "EC" => &["kty", "crv", "x", "y"],
            "OKP" => &["kty", "crv", "x"],
            _ => return None,
        };
        let mut material = Map::new();
        for name in members {
            material.insert((*name).to_string(), text(name)?.into());
        }
        Some(Self {
            id: text("kid").map(Into::into),
            algorithm: text("alg").map(Into::into),
            material: Value::Object(material),
        })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        // FAPI 2.0 section 5.4: RSA keys have at least 2048 bits.
        const SHORTEST_MODULUS: usize = 2048 / 8;
        if self
            .algorithm
            .as_deref()
            .is_some_and(|name| name != algorithm.name())
        {
            return false;
        }
        let text = |name| {
            self.material
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let modulus = base64url::decode(text("n")).unwrap_or_default();
                text("kty") == "RSA"
                    && modulus.iter().skip_while(|byte| **byte == 0).count() >= SHORTEST_MODULUS
            }
            Algorithm::Es256 => text("kty") == "EC" && text("crv") == "P-256",
            Algorithm::EdDsa => text("kty") == "OKP" && text("crv") == "Ed25519",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::json;

    fn rsa(id: &str, bits: usize) -> Value {
        let modulus = base64url::encode(&alloc::vec![0xff; bits / 8]);
        json!({ "kty": "RSA", "kid": id, "n": modulus, "e": "AQAB" })
    }

    fn ec(id: &str) -> Value {
        let coordinate = base64url::encode(&[1; 32]);
        json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": coordinate, "y": coordinate })
    }

    fn set(keys: &[Value]) -> KeySet {
        KeySet::parse(&json!({ "keys": keys }).to_string())
            .ok()
            .unwrap()
    }

    #[test]
    fn a_key_is_found_by_its_id_and_kind() {
        let set = set(&[rsa("a", 2048), ec("a"), ec("b")]);
        assert!(set.find(Algorithm::Rs256, Some("a")).unwrap()["kty"] == "RSA");
        assert!(set.find(Algorithm::Es256, Some("a")).unwrap()["kty"] == "EC");
        assert_eq!(set.find(Algorithm::EdDsa, Some("a")), None);
        assert_eq!(set.find(Algorithm::Rs256, Some("c")), None);
    }

    #[test]
    fn without_a_key_id_exactly_one_key_must_fit() {
        assert!(
            set(&[rsa("a", 2048), ec("b")])
                .find(Algorithm::Rs256, None)
                .is_some()
        );
        assert!(
            set(&[rsa("a", 2048), rsa("b", 2048)])
                .find(Algorithm::Rs256, None)
                .is_none()
        );
    }

    #[test]
    fn keys_for_other_purposes_and_weak_ones_are_passed_over() {
        let mut encryption = rsa("a", 2048);
        encryption["use"] = json!("enc");
        let mut signing_only = rsa("a", 2048);
        signing_only["key_ops"] = json!(["sign"]);
        let mut other_algorithm = rsa("a", 2048);
        other_algorithm["alg"] = json!("RS512");
        for key in [
            encryption,
            signing_only,
            other_algorithm,
            rsa("a", 1024),
            json!({ "kty": "new" }),
            json!(7),
        ] {
            assert_eq!(set(&[key]).find(Algorithm::Rs256, Some("a")), None);
        }
    }

    #[test]
    fn private_parts_are_left_behind() {
        let mut key = ec("a");
        key["d"] = json!("AQ");
        assert!(
            set(&[key])
                .find(Algorithm::Es256, Some("a"))
                .unwrap()
                .get("d")
                .is_none()
        );
    }

    #[test]
    fn algorithm_names_are_exact() {
        for name in ["none", "nOnE", "HS256", "rs256", "RS512", ""] {
            assert_eq!(Algorithm::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn no_key_set_is_an_error() {
        for document in ["", "[]", "{}", r#"{"keys":{}}"#] {
            assert_eq!(
                KeySet::parse(document).err().map(|error| error.code),
                Some(Code::JwksInvalid)
            );
        }
    }
}
