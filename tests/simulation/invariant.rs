//! What must hold at every step, and what a breach of it is called.

use std::fmt::{self, Display};

/// What must hold, with its honest exceptions. `docs/simulation.md` has the same list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// A session that the server would still have honoured is never given up by the client.
    ///
    /// Exceptions: something in front of the server refused twice without an error code (rule 4);
    /// `replayLostRefresh: 'within-grace'` after the grace period (rule 5); the vault died and there
    /// was no escrow that knew its state.
    KeepsSession,
    /// No refresh token is sent but the one that the session received last.
    LatestToken,
    /// At most one refresh is in flight per session.
    OneRefresh,
    /// Each caller is answered within a bound that follows from the configuration, counted while
    /// the machine is awake and while it is us for whom the caller waits.
    Answers,
    /// After sign-out no token of the session is sent, and calls don't go out with another's.
    SilentAfterSignOut,
    /// A token request follows from a call of the app's that waits for a token: an idle app makes
    /// none, and neither does a reload.
    OnDemand,
    /// No refresh begins while the access token at hand is good for longer than its margin and no
    /// API has refused it.
    NeededRefresh,
    /// A refresh token that is of no more use is revoked: at sign-out, when another sign-in replaces
    /// it, and when it arrives after the end of its session.
    Revokes,
    /// A session that the server refuses by `invalid_grant` is over at once, and its token is not
    /// sent again.
    TakesNo,
    /// While answers are lost, at least two tries more go out within the grace period, counted from
    /// the first.
    ///
    /// Exceptions: there is no grace period; the machine slept or the vault was frozen or moved
    /// meanwhile; something did answer, if only that it is busy.
    TriesInTime,
    /// No call goes out with an access token that has expired by either of the clocks, but for one
    /// that the call has waited for.
    FreshToken,
    /// A vault whose session another vault took over uses none of its tokens.
    NoTwin,
    /// The core does not panic, and comes to rest after each input.
    Sound,
}

impl Invariant {
    pub const ALL: [Self; 13] = [
        Self::KeepsSession,
        Self::LatestToken,
        Self::OneRefresh,
        Self::Answers,
        Self::SilentAfterSignOut,
        Self::OnDemand,
        Self::NeededRefresh,
        Self::Revokes,
        Self::TakesNo,
        Self::TriesInTime,
        Self::FreshToken,
        Self::NoTwin,
        Self::Sound,
    ];

    /// Its name in the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeepsSession => "keeps the session",
            Self::LatestToken => "latest token only",
            Self::OneRefresh => "one refresh",
            Self::Answers => "answers in time",
            Self::SilentAfterSignOut => "silent after sign-out",
            Self::OnDemand => "on demand only",
            Self::NeededRefresh => "no needless refresh",
            Self::Revokes => "revokes",
            Self::TakesNo => "takes no for an answer",
            Self::TriesInTime => "tries in time",
            Self::FreshToken => "no expired token",
            Self::NoTwin => "no twin",
            Self::Sound => "sound",
        }
    }
}

/// An invariant was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub invariant: Invariant,
    /// When, in milliseconds.
    pub at: u64,
    pub story: String,
}

impl Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            invariant,
            at,
            story,
        } = self;
        write!(f, "'{}' was broken at {at} ms: {story}", invariant.name())
    }
}
