//! The pending transaction of a redirect sign-in: what must outlive the page while the person is
//! at the server.
//!
//! It stands in IndexedDB, which page script can read. The code verifier is therefore sealed with
//! the `state`: the record is found by a hash of the `state` and holds the verifier's bytes under a
//! one-time pad made from it, and the `state` itself is never stored. Whoever reads the storage
//! alone learns nothing by which a code could be redeemed.

use alloc::string::String;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

use super::{
    base64url,
    config::Config,
    dpop::Key,
    json::{self, Value},
    pkce::SignInValues,
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
    /// The DPoP key, its private part under a pad as the verifier is.
    sealed_key: Option<String>,
    started_at: u64,
    /// The nonce that the ID token must carry.
    pub nonce: String,
    /// The oldest sign-in that was asked for, in seconds (OpenID Connect Core section 3.1.2.1).
    pub max_age: Option<u64>,
    /// What the ID token's `acr` must be, where the app leaves no choice. Script of the page can change
    /// this record, as it can start a sign-in of its own without any such demand: it is for the API to
    /// look at how a person signed in.
    pub acr: Option<Value>,
    /// Where the person was when they signed in: path, query and fragment.
    pub return_to: Option<String>,
    /// What the app wants to find again.
    pub app_state: Option<Value>,
    /// Whether the person was not to be asked anything.
    pub is_silent: bool,
}

impl Transaction {
    /// The record of a sign-in with `values`, begun at `now`.
    #[must_use]
    pub fn new(config: &Config, values: &SignInValues, now: UnixMillis) -> Self {
        // EXPOSE: the verifier leaves under a pad that only the holder of `state` can make.
        let sealed = padded(values.code_verifier.expose(), CODE_VERIFIER, &values.state);
        Self {
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            redirect_uri: config.redirect_uri.clone(),
            sealed_code_verifier: sealed.expose().clone(), // EXPOSE: as above
            sealed_key: None,
            started_at: now.seconds(),
            nonce: values.nonce.clone(),
            max_age: None,
            acr: None,
            return_to: None,
            app_state: None,
            is_silent: false,
        }
    }

    /// Reads a stored record. `None` where it is none of ours.
    #[must_use]
    pub fn from_record(value: &Value) -> Option<Self> {
        let optional = |name: &str| value.get(name).and_then(Value::as_str).map(String::from);
        let given = |name: &str| value.get(name).filter(|value| !value.is_null()).cloned();
        Some(Self {
            issuer: optional("issuer")?,
            client_id: optional("clientId")?,
            redirect_uri: optional("redirectUri")?,
            sealed_code_verifier: optional("sealedCodeVerifier")?,
            sealed_key: optional("sealedKey"),
            started_at: json::whole_number(value.get("startedAt")?)?,
            nonce: optional("nonce")?,
            max_age: value.get("maxAge").and_then(json::whole_number),
            return_to: optional("returnTo"),
            acr: given("acr"),
            app_state: given("appState"),
            is_silent: value.get("isSilent").and_then(Value::as_bool) == Some(true),
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
            ("sealedKey", self.sealed_key.as_deref().into()),
            ("startedAt", self.started_at.into()),
            ("nonce", self.nonce.as_str().into()),
            ("maxAge", self.max_age.into()),
            ("acr", self.acr.clone().unwrap_or_default()),
            ("returnTo", self.return_to.as_deref().into()),
            ("appState", self.app_state.clone().unwrap_or_default()),
            ("isSilent", self.is_silent.into()),
        ])
    }

    /// The name under which the record of `state` is stored.
    #[must_use]
    pub fn key(state: &str) -> String {
        base64url::encode(&digest("holdfast transaction", state))
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
        Some(padded(&self.sealed_code_verifier, CODE_VERIFIER, state))
    }

    /// Keeps the sign-in's DPoP key.
    pub fn seal_key(&mut self, key: &Key, state: &str) {
        let sealed = key.map_private(|private| padded(private, KEY, state));
        // EXPOSE: the private part is under a pad that only the holder of `state` can make.
        self.sealed_key = Some(sealed.words().expose().clone());
    }

    /// The sign-in's DPoP key, where there is one and `state` is the one that it was sealed with.
    #[must_use]
    pub fn key_for_proofs(&self, state: &str) -> Option<Key> {
        let sealed = Key::from_words(self.sealed_key.as_deref()?)?;
        Some(sealed.map_private(|private| padded(private, KEY, state)))
    }
}

/// What pads are for. Each is used once with one `state`.
const CODE_VERIFIER: &str = "holdfast code verifier";
const KEY: &str = "holdfast dpop key";

/// A `state` has 256 random bits and is used once, so hashes of it make one-time pads as long as the
/// 32 bytes of the verifier, and of the private key.
///
/// Covers 32 bytes in base64url, or uncovers them: it is the same.
fn padded(text: &str, purpose: &str, state: &str) -> Secret<String> {
    let mut bytes = base64url::decode(text).unwrap_or_default();
    let mut pad = digest(purpose, state);
    for (byte, pad) in bytes.iter_mut().zip(pad) {
        *byte ^= pad;
    }
    let padded = Secret::new(base64url::encode(&bytes));
    bytes.zeroize();
    pad.zeroize();
    padded
}

/// A hash of `text` that is of use for `purpose` alone.
pub(super) fn digest(purpose: &str, state: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(state)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::core::json::json;

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
    fn the_key_is_sealed_as_the_verifier_is_with_another_pad() {
        let values = values();
        let private = base64url::encode(&[7; 32]);
        let key = Key::from_words(&format!("ES256 {{}} {private}")).unwrap();
        let mut transaction = Transaction::new(&config("app"), &values, UnixMillis(0));
        assert!(transaction.key_for_proofs(&values.state).is_none());
        transaction.seal_key(&key, &values.state);
        let record = transaction.to_record();
        assert!(!record.to_string().contains(&private));
        let read = Transaction::from_record(&record).unwrap();
        let words = |state: &str| read.key_for_proofs(state).unwrap().words();
        assert!(words(&values.state).expose() == key.words().expose()); // EXPOSE: a test
        assert!(words(&values.nonce).expose() != key.words().expose()); // EXPOSE: a test
        // The same bytes as the verifier's, and yet not the same when sealed.
        let verifier = base64url::encode(&[42; 32]);
        let key = Key::from_words(&format!("ES256 {{}} {verifier}")).unwrap();
        transaction.seal_key(&key, &values.state);
        let record = transaction.to_record();
        let sealed = record["sealedCodeVerifier"].as_str().unwrap();
        assert!(!record["sealedKey"].as_str().unwrap().contains(sealed));
    }

    #[test]
    fn it_is_valid_for_ten_minutes_and_for_its_own_client() {
        let transaction = Transaction::new(&config("app"), &values(), UnixMillis(1_000_000));
        assert!(transaction.is_valid(&config("app"), UnixMillis(1_600_999)));
        assert!(!transaction.is_valid(&config("app"), UnixMillis(1_601_000)));
        assert!(!transaction.is_valid(&config("other"), UnixMillis(1_000_000)));
    }
}
