//! What the test server remembers of the tokens that it gave out.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::form::Form;

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Each refresh brings a new one. With `grace`, the one before it still works.
    Rotates { grace: bool },
    /// It stays, and the response does not have it.
    Omitted,
    /// It stays, and the response repeats it.
    Repeated,
}

/// Every token that was given out.
#[derive(Default)]
pub struct Grants {
    /// The server's clock, in milliseconds.
    pub now: u64,
    /// For how many milliseconds a grace period lasts; `None`: for ever.
    pub grace: Option<u64>,
    families: Vec<Family>,
    access_tokens: BTreeMap<String, AccessToken>,
    minted: u32,
}

/// The refresh tokens of one sign-in.
struct Family {
    subject: String,
    current: String,
    earlier: Vec<String>,
    /// The thumbprint of the key that it is bound to.
    thumbprint: Option<String>,
    rotated_at: u64,
    is_alive: bool,
}

/// What an access token was asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    pub subject: String,
    pub audience: Option<String>,
    pub resource: Option<String>,
    pub scope: Option<String>,
    pub thumbprint: Option<String>,
    is_alive: bool,
}

impl Grants {
    /// A text like no other.
    pub fn mint(&mut self, kind: &str) -> String {
        self.minted += 1;
        let label = format!("{kind}-{}", self.minted);
        format!(
            "{label}-{}",
            Base64UrlUnpadded::encode_string(&Sha256::digest(&label))
        )
    }

    /// An access token of `subject`'s with the parameters of `form`.
    pub fn issue(&mut self, subject: &str, form: &Form, thumbprint: Option<&str>) -> String {
        let token = self.mint("access");
        let text = |name: &str| form.get(name).map(String::from);
        let record = AccessToken {
            subject: subject.into(),
            audience: text("audience"),
            resource: text("resource"),
            scope: text("scope"),
            thumbprint: thumbprint.map(String::from),
            is_alive: true,
        };
        self.access_tokens.insert(token.clone(), record);
        token
    }

    /// The first refresh token of a sign-in.
    pub fn begin(&mut self, subject: &str, thumbprint: Option<&str>) -> String {
        let current = self.mint("refresh");
        let family = Family {
            subject: subject.into(),
            current: current.clone(),
            earlier: Vec::new(),
            thumbprint: thumbprint.map(String::from),
            rotated_at: 0,
            is_alive: true,
        };
        self.families.push(family);
        current
    }

    /// The refresh token for the response to a refresh with `token`, and whose it is. A token that
    /// was used before ends its family (RFC 9700 section 4.14.2).
    pub fn rotate(
        &mut self,
        token: &str,
        rotation: Rotation,
        thumbprint: Option<&str>,
    ) -> Option<(Option<String>, String)> {
        let fresh = self.mint("refresh");
        let knows = |family: &&mut Family| {
            family.current == token || family.earlier.iter().any(|known| known == token)
        };
        let family = self.families.iter_mut().find(knows)?;
        assert_eq!(family.thumbprint.as_deref(), thumbprint, "another key");
        let is_previous = family
            .earlier
            .last()
            .is_some_and(|previous| previous == token);
        let is_in_time = self
            .grace
            .is_none_or(|grace| self.now < family.rotated_at + grace);
        let is_in_grace =
            rotation == Rotation::Rotates { grace: true } && is_previous && is_in_time;
        family.is_alive &= family.current == token || is_in_grace;
        if !family.is_alive {
            return None;
        }
        let refresh_token = match rotation {
            Rotation::Omitted => None,
            Rotation::Repeated => Some(family.current.clone()),
            Rotation::Rotates { .. } => {
                // Within the grace period the token that is asked with stays the previous one.
                if family.current == token {
                    family.earlier.push(token.into());
                    family.rotated_at = self.now;
                }
                family.current.clone_from(&fresh);
                Some(fresh)
            }
        };
        Some((refresh_token, family.subject.clone()))
    }

    /// The refresh tokens that would be accepted now, oldest sign-in first.
    pub fn live_refresh_tokens(&self) -> Vec<&str> {
        self.families
            .iter()
            .filter(|family| family.is_alive)
            .map(|family| family.current.as_str())
            .collect()
    }

    /// Whether a refresh has replaced this refresh token by another.
    pub fn was_replaced(&self, token: &str) -> bool {
        self.families
            .iter()
            .any(|family| family.earlier.iter().any(|known| known == token))
    }

    pub fn revoke(&mut self, token: &str) {
        for family in &mut self.families {
            let is_of_family =
                family.current == token || family.earlier.iter().any(|known| known == token);
            family.is_alive &= !is_of_family;
        }
    }

    /// Ends every access token that was given out so far.
    pub fn end_access_tokens(&mut self) {
        self.access_tokens
            .values_mut()
            .for_each(|token| token.is_alive = false);
    }

    /// Ends every sign-in.
    pub fn end_sessions(&mut self) {
        self.families
            .iter_mut()
            .for_each(|family| family.is_alive = false);
    }

    pub fn is_alive(&self, access_token: &str, thumbprint: Option<&str>) -> bool {
        self.access_tokens
            .get(access_token)
            .is_some_and(|token| token.is_alive && token.thumbprint.as_deref() == thumbprint)
    }

    /// What `access_token` was asked for with.
    pub fn access_token(&self, access_token: &str) -> &AccessToken {
        &self.access_tokens[access_token]
    }
}
