//! What the vault holds while somebody is signed in.

use alloc::{string::String, vec::Vec};

use serde_json::Value;

use super::{
    id_token::{Claims, user_claims},
    output::Identity,
    resource::TargetIndex,
    secret::Secret,
    time::{Lifetime, Now},
    token::TokenResponse,
};

/// The tokens of one sign-in.
pub(super) struct Grant {
    /// Buys access tokens. Replaced whenever the server sends a new one.
    pub refresh_token: Option<Secret<String>>,
    /// The last ID token as it was sent, for sign-out at the server.
    pub id_token: Secret<String>,
    claims: Claims,
    /// The nonce of the sign-in.
    nonce: Option<String>,
    access_tokens: Vec<AccessToken>,
    versions: u64,
}

/// An access token for one target.
struct AccessToken {
    target: TargetIndex,
    value: Secret<String>,
    /// `None`: the server did not say; it is good until an API refuses it.
    lifetime: Option<Lifetime>,
    version: Version,
}

/// Which of a session's access tokens a call went out with. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u64);

impl Grant {
    /// The grant of a fresh sign-in, whose access token is for `target` and was asked for at `now`.
    #[must_use]
    pub(super) fn new(
        tokens: TokenResponse,
        id_token: Secret<String>,
        claims: Claims,
        target: TargetIndex,
        now: Now,
    ) -> Self {
        let nonce = claims
            .get("nonce")
            .and_then(Value::as_str)
            .map(String::from);
        let mut grant = Self {
            refresh_token: None,
            id_token,
            claims,
            nonce,
            access_tokens: Vec::new(),
            versions: 0,
        };
        grant.renew(target, tokens, now);
        grant
    }

    /// Takes over a refresh response. Without a new refresh token the old one stays.
    pub(super) fn renew(&mut self, target: TargetIndex, tokens: TokenResponse, now: Now) {
        if tokens.refresh_token.is_some() {
            self.refresh_token = tokens.refresh_token;
        }
        self.versions += 1;
        self.discard(target);
        self.access_tokens.push(AccessToken {
            target,
            value: tokens.access_token,
            lifetime: tokens.expires_in.map(|seconds| Lifetime::new(now, seconds)),
            version: Version(self.versions),
        });
    }

    /// Takes over the ID token of a refresh.
    pub(super) fn renew_identity(&mut self, id_token: Secret<String>, claims: Claims) {
        self.id_token = id_token;
        self.claims = claims;
    }

    /// The value of the `Authorization` header for `target` (RFC 6750 section 2.1), and its version.
    #[must_use]
    pub(super) fn authorization(&self, target: TargetIndex) -> Option<(Secret<String>, Version)> {
        let token = self.access_token(target)?;
        // EXPOSE: the token goes into the header of an allow-listed request, inside the vault.
        let value = ["Bearer ", token.value.expose()].concat();
        Some((Secret::new(value), token.version))
    }

    /// Whether there is an access token for `target` that is good for a while.
    #[must_use]
    pub(super) fn is_fresh(&self, target: TargetIndex, now: Now) -> bool {
        self.access_token(target).is_some_and(|token| {
            token
                .lifetime
                .is_none_or(|lifetime| !lifetime.is_over(now, lifetime.renewal_margin()))
        })
    }

    /// Whether there is an access token for `target`, good or not.
    #[must_use]
    pub(super) fn holds(&self, target: TargetIndex) -> bool {
        self.access_token(target).is_some()
    }

    /// Whether any target has an access token that is good for a while.
    #[must_use]
    pub(super) fn is_of_use(&self, now: Now) -> bool {
        self.access_tokens
            .iter()
            .any(|token| self.is_fresh(token.target, now))
    }

    /// Whether `target` has an access token that is newer than `version`.
    #[must_use]
    pub(super) fn has_newer(&self, target: TargetIndex, version: Version) -> bool {
        self.access_token(target)
            .is_some_and(|token| token.version > version)
    }

    /// Throws away the access token of `target`: an API has refused it.
    pub(super) fn discard(&mut self, target: TargetIndex) {
        self.access_tokens.retain(|token| token.target != target);
    }

    /// The person's identifier at this issuer.
    #[must_use]
    pub(super) fn subject(&self) -> Option<&str> {
        self.claims.get("sub").and_then(Value::as_str)
    }

    /// The nonce of the sign-in.
    #[must_use]
    pub(super) fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// Who is signed in.
    #[must_use]
    pub(super) fn identity(&self) -> Identity {
        Identity {
            user: user_claims(&self.claims),
            claims: self.claims.clone(),
        }
    }

    fn access_token(&self, target: TargetIndex) -> Option<&AccessToken> {
        self.access_tokens
            .iter()
            .find(|token| token.target == target)
    }
}
