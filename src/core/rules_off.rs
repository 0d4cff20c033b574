//! How the core behaves where a rule is switched off: for the simulation's own tests alone.

use alloc::string::String;
use core::cell::Cell;

use super::Rule;
use crate::core::{
    Session,
    error::OAuthError,
    grant::Grant,
    refresh::Refresh,
    retry::RefreshFailure,
    secret::Secret,
    time::Now,
    token::{TokenFailure, TokenResponse},
};

std::thread_local! {
    static SWITCHED_OFF: Cell<Option<Rule>> = const { Cell::new(None) };
}

/// Breaks `rule`, and mends the one that was broken before, for all sessions of this thread.
pub fn switch_off(rule: Option<Rule>) {
    SWITCHED_OFF.set(rule);
}

pub(in crate::core) fn holds(rule: Rule) -> bool {
    SWITCHED_OFF.get() != Some(rule)
}

/// A refresh response as the session takes it over, and the refresh token that it replaces.
pub(in crate::core) fn renewal(
    grant: &mut Grant,
    mut tokens: TokenResponse,
) -> (TokenResponse, Option<String>) {
    let refresh_token = grant.refresh_token.as_ref();
    // EXPOSE: the simulation's tokens are made up.
    let previous = refresh_token.map(|token| token.expose().clone());
    if !holds(Rule::ReplaceToken) {
        tokens.refresh_token = None;
    }
    if !holds(Rule::KeepToken) && tokens.refresh_token.is_none() {
        grant.refresh_token = None;
    }
    if !holds(Rule::UntilRefused) {
        tokens.expires_in.get_or_insert(0);
    }
    (tokens, previous)
}

/// A session that another sign-in replaces, as it is revoked.
pub(in crate::core) fn replaced(mut grant: Grant) -> Grant {
    if !holds(Rule::RevokeReplaced) {
        grant.refresh_token = None;
    }
    grant
}

/// The token that goes out: after a lost answer the one before it, where that may be.
pub(in crate::core) fn token_to_send(
    refresh: &Refresh,
    current: &Secret<String>,
) -> Secret<String> {
    // EXPOSE: the simulation's tokens are made up.
    let token = match &refresh.previous {
        Some(previous) if !holds(Rule::NeverTheOneBefore) && refresh.retry.was_lost() => previous,
        _ => current.expose(), // EXPOSE: the simulation's tokens are made up
    };
    Secret::new(token.clone())
}

/// A failure as it is understood.
pub(in crate::core) fn misjudge(failure: RefreshFailure) -> RefreshFailure {
    let ended = || TokenFailure::Ended(OAuthError::new("misjudged", None, None));
    RefreshFailure::Answered(match failure {
        RefreshFailure::Lost(_) if !holds(Rule::ReplayLost) => ended(),
        RefreshFailure::Answered(TokenFailure::Unavailable(_))
            if !holds(Rule::OutageKeepsToken) =>
        {
            ended()
        }
        RefreshFailure::Answered(TokenFailure::Ended(_)) if !holds(Rule::RefusalEnds) => {
            TokenFailure::Unavailable(None)
        }
        failure => return failure,
    })
}

impl Session {
    /// Renews what has expired at any occasion, as a timer would.
    pub(in crate::core) fn refresh_on_a_timer(&mut self, now: Now) {
        let target = self.config.initial_target();
        if !holds(Rule::OnDemand)
            && self
                .grant
                .as_ref()
                .is_some_and(|grant| !grant.is_fresh(target, now))
        {
            self.request_refresh(target, now);
        }
    }
}
