//! The design's rotation rules by name, so that the simulation (`tests/simulation`) can switch off
//! one at a time and see that it notices. In every other build all of them hold, and this module
//! leaves nothing behind.

/// A rotation rule, or the part of one that can be broken by itself. The numbers are the design's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// 1: one refresh in flight per session, whatever asks.
    SingleFlight,
    /// 2: refresh when a call needs a token, never on a timer.
    OnDemand,
    /// 3: the new refresh token replaces the old one.
    ReplaceToken,
    /// 3: where none came, the old one is kept.
    KeepToken,
    /// 4: a server that is down, busy or hidden behind a portal ends no session.
    OutageKeepsToken,
    /// 4: `invalid_grant` ends the session.
    RefusalEnds,
    /// 5: a lost answer leaves open what the server did, so the same token is sent again.
    ReplayLost,
    /// 5: never the token before the last.
    NeverTheOneBefore,
    /// 5: at least two tries more fall within the grace period.
    TriesWithinGrace,
    /// 6: an answer that arrives after the sign-out is discarded, and its token revoked.
    EpochAtSignOut,
    /// 7: a 401 to an older token is repeated with the current one, without another refresh.
    RepeatWithNewer,
    /// 7: the margin before expiry scales with the lifetime.
    MarginScales,
    /// 8: expiry is measured on both clocks.
    BothClocks,
    /// 8: a missing `expires_in` means "until a 401".
    UntilRefused,
    /// 10: a new sign-in revokes the refresh token that it replaces.
    RevokeReplaced,
    /// Of no number: whoever waits is told when there is no token.
    TellCallers,
    /// "Hosts": a vault whose page comes back asks whether the session is still its own.
    AskAfterFreeze,
    /// "Hosts": a sign-out reaches the escrow, too.
    ForgetAtSignOut,
}

#[cfg(not(feature = "simulation"))]
pub(super) const fn holds(_rule: Rule) -> bool {
    true
}

#[cfg(feature = "simulation")]
pub(super) use spoiled::holds;
#[cfg(feature = "simulation")]
pub use spoiled::switch_off;

#[cfg(feature = "simulation")]
#[path = "rules_off.rs"]
pub(super) mod spoiled;
