//! The pending transaction of a redirect sign-in: what must outlive the page while the person is
//! at the server.
//!
//! It stands in IndexedDB, which page script can read. The code verifier is therefore sealed with
//! the `state`: the record is found by a hash of the `state` and holds the verifier's bytes under a
//! one-time pad made from it, and the `state` itself is never stored. Whoever reads the storage
//! alone learns nothing by which a code could be redeemed.

use alloc::string::String;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

use super::{
    config::Config,
    json,
    pkce::{SignInValues, base64url},
    secret::Secret,
    time::UnixMillis,
};

/// How long a person may take at the server.
pub const LIFETIME_SECONDS: u64 = 600;

/// What is stored between the authorization request and its response.
pub struct Transaction {
    issuer: String,
    client_id: String,
    redirect_uri: String,
    sealed_code_verifier: String,
    started_at: u64,
    /// The nonce that the ID token must carry.
    pub nonce: String,
    /// The oldest sign-in that was asked for, in seconds (OpenID Connect Core section 3.1.2.1).
    pub max_age: Option<u64>,
    /// Where the person was when they signed in: path, query and fragment.
    pub return_to: Option<String>,
    /// What the app wants to find again.
    pub app_state: Option<Value>,
}

impl Transaction {
    /// The record of a sign-in with `values`, begun at `now`.
    #[must_use]
    pub fn new(config: &Config, values: &SignInValues, now: UnixMillis) -> Self {
        // EXPOSE: the verifier leaves under a pad that only the holder of `state` can make.
        let mut bytes =
            Base64UrlUnpadded::decode_vec(values.code_verifier.expose()).unwrap_or_default();
        apply_pad(&mut bytes, &values.state);
        Self {
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            redirect_uri: config.redirect_uri.clone(),
            sealed_code_verifier: base64url(&bytes),
            started_at: now.seconds(),
            nonce: values.nonce.clone(),
            max_age: None,
            return_to: None,
            app_state: None,
        }
    }

    /// Reads a stored record. `None` where it is none of ours.
    #[must_use]
    pub fn from_record(value: &Value) -> Option<Self> {
        let optional = |name: &str| value.get(name).and_then(Value::as_str).map(String::from);
        Some(Self {
            issuer: optional("issuer")?,
            client_id: optional("clientId")?,
            redirect_uri: optional("redirectUri")?,
            sealed_code_verifier: optional("sealedCodeVerifier")?,
            started_at: json::whole_number(value.get("startedAt")?)?,
            nonce: optional("nonce")?,
            max_age: value.get("maxAge").and_then(json::whole_number),
            return_to: optional("returnTo"),
            app_state: value
                .get("appState")
                .filter(|state| !state.is_null())
                .cloned(),
        })
    }

    /// The record to store.
    #[must_use]
    pub fn to_record(&self) -> Value {
        json::object([
            ("issuer", self.issuer.as_str().into()),
            ("clientId", self.client_id.as_str().into()),
            ("redirectUri", self.redirect_uri.as_str().into()),
            (
                "sealedCodeVerifier",
                self.sealed_code_verifier.as_str().into(),
            ),
            ("startedAt", self.started_at.into()),
            ("nonce", self.nonce.as_str().into()),
            ("maxAge", self.max_age.into()),
            ("returnTo", self.return_to.as_deref().into()),
            ("appState", self.app_state.clone().unwrap_or_default()),
        ])
    }

    /// The name under which the record of `state` is stored.
    #[must_use]
    pub fn key(state: &str) -> String {
        base64url(&digest("holdfast transaction", state))
    }

    /// When a record that was begun at `now` may be thrown away.
    #[must_use]
    pub const fn expiry(now: UnixMillis) -> u64 {
        now.seconds() + LIFETIME_SECONDS
    }

    /// Whether the record is this configuration's, and not too old.
    #[must_use]
    pub fn is_valid(&self, config: &Config, now: UnixMillis) -> bool {
        let age = now.seconds().saturating_sub(self.started_at);
        self.issuer == config.issuer
            && self.client_id == config.client_id
            && self.redirect_uri == config.redirect_uri
            && age <= LIFETIME_SECONDS
    }

    /// The code verifier, where `state` is the one that it was sealed with.
    #[must_use]
    pub fn code_verifier(&self, state: &str) -> Option<Secret<String>> {
        let mut bytes = Base64UrlUnpadded::decode_vec(&self.sealed_code_verifier).ok()?;
        apply_pad(&mut bytes, state);
        let code_verifier = Secret::new(base64url(&bytes));
        bytes.zeroize();
        Some(code_verifier)
    }
}

/// A `state` has 256 random bits and is used once, so a hash of it makes a one-time pad as long as
/// the verifier's 32 bytes.
fn apply_pad(bytes: &mut [u8], state: &str) {
    let mut pad = digest("holdfast code verifier", state);
    for (byte, pad) in bytes.iter_mut().zip(pad) {
        *byte ^= pad;
    }
    pad.zeroize();
}

fn digest(purpose: &str, state: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(state)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(client_id: &str) -> Config {
        Config::parse(json!({
            "issuer": "https://login.example",
            "clientId": client_id,
            "redirectUri": "https://app.example/callback",
            "resources": [],
        }))
        .unwrap()
    }

    fn values() -> SignInValues {
        let mut bytes = [7; 96];
        bytes[..32].copy_from_slice(&[42; 32]);
        bytes[64..].copy_from_slice(&[9; 32]);
        SignInValues::new(&Secret::new(bytes))
    }

    #[test]
    fn the_record_gives_the_verifier_to_the_holder_of_state_alone() {
        let values = values();
        let transaction = Transaction::new(&config("app"), &values, UnixMillis(0));
        let opened = transaction.code_verifier(&values.state).unwrap();
        assert!(opened.expose() == values.code_verifier.expose()); // EXPOSE: a test
        let other = transaction.code_verifier(&values.nonce).unwrap();
        assert!(other.expose() != values.code_verifier.expose()); // EXPOSE: a test
    }

    #[test]
    fn what_is_stored_holds_neither_verifier_nor_state() {
        let values = values();
        let transaction = Transaction::new(&config("app"), &values, UnixMillis(0));
        let record = transaction.to_record();
        assert!(Transaction::from_record(&record).is_some_and(|read| read.to_record() == record));
        let stored = Transaction::key(&values.state) + &record.to_string();
        assert!(!stored.contains(values.code_verifier.expose())); // EXPOSE: a test
        assert!(!stored.contains(&values.state));
    }

    #[test]
    fn it_is_valid_for_ten_minutes_and_for_its_own_client() {
        let transaction = Transaction::new(&config("app"), &values(), UnixMillis(1_000_000));
        assert!(transaction.is_valid(&config("app"), UnixMillis(1_600_999)));
        assert!(!transaction.is_valid(&config("app"), UnixMillis(1_601_000)));
        assert!(!transaction.is_valid(&config("other"), UnixMillis(1_000_000)));
    }
}
