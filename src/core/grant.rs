//! What the vault holds while somebody is signed in.

use alloc::{rc::Rc, string::String, vec::Vec};

use super::{
    dpop::Key,
    id_token::{Claims, user_claims},
    json::Value,
    log::known,
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
    /// The last ID token as it was sent, for sign-out at the server. There is one with OpenID Connect.
    pub id_token: Option<Secret<String>>,
    /// Its claims; empty where there is none.
    claims: Claims,
    /// When the sign-in was.
    pub started_at: Now,
    /// What it was granted; `None` where an earlier version did not keep it.
    pub scope: Option<String>,
    /// The nonce of the sign-in.
    nonce: Option<String>,
    /// The DPoP key that the tokens are bound to.
    pub key: Option<Rc<Key>>,
    pub access_tokens: Vec<AccessToken>,
    versions: u64,
}

/// An access token for one target.
pub(super) struct AccessToken {
    pub target: TargetIndex,
    pub value: Secret<String>,
    /// What was granted, where the server has said it.
    pub scope: Option<String>,
    /// `None`: the server did not say; it is good until an API refuses it.
    pub lifetime: Option<Lifetime>,
    /// Whether it is bound to the key (RFC 9449 section 5).
    pub is_bound: bool,
    version: Version,
}

impl AccessToken {
    /// A token that another vault had.
    pub(super) const fn new(
        target: TargetIndex,
        value: Secret<String>,
        scope: Option<String>,
        lifetime: Option<Lifetime>,
        is_bound: bool,
    ) -> Self {
        Self {
            target,
            value,
            scope,
            lifetime,
            is_bound,
            version: Version(0),
        }
    }
}

/// Which of a session's access tokens a call went out with. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u64);

impl Version {
    /// The token's number in its session.
    pub(super) fn number(self) -> i32 {
        known(Some(self.0))
    }
}

impl Grant {
    /// The grant of a fresh sign-in that asked for the scope `asked`, whose access token is for `target`
    /// and was asked for at `now`.
    #[must_use]
    pub(super) fn new(
        mut tokens: TokenResponse,
        asked: String,
        id_token: Option<(Secret<String>, Claims)>,
        key: Option<Rc<Key>>,
        target: TargetIndex,
        now: Now,
    ) -> Self {
        let (id_token, claims) = id_token.unzip();
        let claims = claims.unwrap_or_default();
        let nonce = claims
            .get("nonce")
            .and_then(Value::as_str)
            .map(String::from);
        // RFC 6749 section 5.1: the server may leave out what it was asked for.
        tokens.scope.get_or_insert(asked);
        let mut grant = Self {
            refresh_token: None,
            id_token,
            claims,
            started_at: now,
            scope: tokens.scope.clone(),
            nonce,
            key,
            access_tokens: Vec::new(),
            versions: 0,
        };
        grant.renew(target, tokens, now);
        grant
    }

    /// The grant that another vault had.
    #[must_use]
    pub(super) fn restored(
        refresh_token: Option<Secret<String>>,
        id_token: Option<(Secret<String>, Claims)>,
        nonce: Option<String>,
        key: Option<Key>,
        (started_at, scope): (Now, Option<String>),
        access_tokens: Vec<AccessToken>,
    ) -> Self {
        let (id_token, claims) = id_token.unzip();
        Self {
            refresh_token,
            id_token,
            claims: claims.unwrap_or_default(),
            started_at,
            scope,
            nonce,
            key: key.map(Rc::new),
            access_tokens,
            versions: 0,
        }
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
            scope: tokens.scope,
            is_bound: tokens.is_bound,
            lifetime: tokens.expires_in.map(|seconds| Lifetime::new(now, seconds)),
            version: Version(self.versions),
        });
    }

    /// Takes over the ID token of a refresh.
    pub(super) fn renew_identity(&mut self, id_token: Secret<String>, claims: Claims) {
        self.id_token = Some(id_token);
        self.claims = claims;
    }

    /// The value of the `Authorization` header for `target` (RFC 6750 section 2.1, RFC 9449 section
    /// 7.1), and its version.
    #[must_use]
    pub(super) fn authorization(&self, target: TargetIndex) -> Option<(Secret<String>, Version)> {
        let token = self.access_token(target)?;
        // EXPOSE: the token goes into the header of an allow-listed request, inside the vault.
        let scheme = if token.is_bound { "DPoP " } else { "Bearer " };
        let value = [scheme, token.value.expose()].concat(); // EXPOSE: as above
        Some((Secret::new(value), token.version))
    }

    /// A copy of the access token for `target`.
    #[must_use]
    pub(super) fn copy_of_access_token(&self, target: TargetIndex) -> Option<Secret<String>> {
        // EXPOSE: it goes into a secret of its own.
        let value = self.access_token(target)?.value.expose().clone();
        Some(Secret::new(value))
    }

    /// The key that the access token for `target` is bound to, and that token.
    #[must_use]
    pub(super) fn bound(&self, target: TargetIndex) -> Option<(&Rc<Key>, &Secret<String>)> {
        let token = self.access_token(target).filter(|token| token.is_bound)?;
        Some((self.key.as_ref()?, &token.value))
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

    /// Throws away all access tokens: nobody knows whether they are still good.
    pub(super) fn discard_all(&mut self) {
        self.access_tokens.clear();
    }

    /// The person's identifier at this issuer, where there is OpenID Connect.
    #[must_use]
    pub(super) fn subject(&self) -> Option<&str> {
        self.claims.get("sub").and_then(Value::as_str)
    }

    /// The nonce of the sign-in.
    #[must_use]
    pub(super) fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// Who is signed in; without claims where there is no OpenID Connect.
    #[must_use]
    pub(super) fn identity(&self) -> Identity {
        Identity {
            user: user_claims(&self.claims),
            claims: self.claims.clone(),
        }
    }

    /// The access token for `target`.
    pub(super) fn access_token(&self, target: TargetIndex) -> Option<&AccessToken> {
        self.access_tokens
            .iter()
            .find(|token| token.target == target)
    }
}
