//! One signed-in session as it looks from outside, wherever its vault is.

use holdfast::core::time::Now;

use super::{
    invariant::Invariant,
    scenario::Setting,
    server::{FamilyId, Given, TokenId},
    vault::VaultId,
    watch::{Moment, Problem},
};

/// How long it may take until a vault hears what another one did, in milliseconds.
pub const WORD_OF_MOUTH: u64 = 100;

/// What is known of a session.
pub struct SessionWatch {
    pub family: FamilyId,
    /// The vault that may use it.
    pub owner: VaultId,
    /// Since when.
    pub taken_at: u64,
    /// The refresh token that was received last.
    pub latest: TokenId,
    pub is_over: bool,
    /// When somebody signed out, and at which vault.
    pub signed_out: Option<(u64, VaultId)>,
    /// Until when a token is wanted. A call that asks for one wants it until it is there, or the
    /// callers are told that there is none.
    pub asked_until: u64,
    /// Whether the escrow has lost its memory since the session began.
    pub is_doubtful: bool,
    /// How often in a row it was refused without a reason.
    pub unclear: u32,
    pub tries: Tries,
    access: Access,
}

/// The requests with the token at hand.
#[derive(Default)]
pub struct Tries {
    /// When each was sent.
    pub sent: Vec<u64>,
    /// Whether there was a reason to be late.
    pub is_excused: bool,
}

/// The access token at hand.
pub struct Access {
    token: TokenId,
    asked_at: Now,
    /// The same in true time.
    asked_at_true: u64,
    received_at: u64,
    /// In milliseconds, where the server said it.
    life: Option<u64>,
    is_refused: bool,
    /// Whether somebody has set the time of day since.
    clock_was_set: bool,
    /// Whether the time of day was wrong when another vault took it over, whose monotonic clock began
    /// anew: nobody can know its age.
    is_of_unknown_age: bool,
}

impl Access {
    pub fn new(given: Given, moment: Moment<'_>, setting: &Setting) -> Self {
        let (time, asked_at) = given.asked_at;
        let mut access = Self {
            token: given.access_token,
            asked_at,
            asked_at_true: time,
            received_at: moment.time,
            life: setting.expires_in.map(|seconds| seconds * 1_000),
            is_refused: false,
            clock_was_set: false,
            is_of_unknown_age: false,
        };
        access.doubt(moment.time, moment.now);
        access
    }

    /// A vault goes by the time of day for what another vault has begun.
    fn doubt(&mut self, time: u64, now: Now) {
        const TOLERANCE: u64 = 1_000;
        let dated = now.unix.0.saturating_sub(self.asked_at.unix.0);
        self.is_of_unknown_age |= dated.abs_diff(time - self.asked_at_true) > TOLERANCE;
    }

    /// Whether it has expired, or will within `margin`, by either clock.
    fn is_over(&self, now: Now, margin: u64) -> bool {
        let ticked = now.monotonic.0.saturating_sub(self.asked_at.monotonic.0);
        let dated = now.unix.0.saturating_sub(self.asked_at.unix.0);
        self.life
            .is_some_and(|life| ticked.max(dated) + margin >= life)
    }

    /// Whether it has expired, or nearly so, whatever the clocks say.
    fn is_truly_over(&self, time: u64) -> bool {
        let passed = time - self.received_at;
        self.life.is_some_and(|life| passed + self.margin() >= life)
    }

    fn margin(&self) -> u64 {
        self.life.map_or(0, |life| (life / 10).min(30_000))
    }
}

impl SessionWatch {
    pub fn new(owner: VaultId, given: Given, access: Access) -> Self {
        Self {
            family: given.family,
            owner,
            taken_at: 0,
            latest: given
                .refresh_token
                .expect("a sign-in brings a refresh token"),
            is_over: false,
            signed_out: None,
            asked_until: 0,
            is_doubtful: false,
            unclear: 0,
            tries: Tries::default(),
            access,
        }
    }

    /// The answer to a refresh has come.
    pub fn received(&mut self, refresh_token: Option<TokenId>) {
        self.latest = refresh_token.unwrap_or(self.latest);
        self.unclear = 0;
        self.tries = Tries::default();
    }

    pub fn renewed(&mut self, access: Access) {
        self.asked_until = 0;
        self.access = access;
    }

    /// Whether a token is wanted.
    pub const fn is_asked(&self, time: u64) -> bool {
        time <= self.asked_until
    }

    /// Another vault goes on with it.
    pub fn adopted(&mut self, time: u64, now: Now) {
        if self.is_asked(time) {
            self.asked_until = u64::MAX;
        }
        self.access.doubt(time, now);
        self.access.is_of_unknown_age |= self.access.clock_was_set;
    }

    pub fn clock_was_set(&mut self) {
        self.access.clock_was_set = true;
    }

    pub fn refused_access(&mut self, token: TokenId) {
        self.access.is_refused |= self.access.token == token;
    }

    /// Whether every vault must have heard that somebody has signed out.
    fn is_known_to_be_over(&self, time: u64) -> bool {
        self.signed_out
            .is_some_and(|(at, _)| time > at + WORD_OF_MOUTH && !self.is_doubtful)
    }

    /// What is wrong with a call that goes out with `token`.
    pub fn problem_of_access(
        &self,
        vault: VaultId,
        token: TokenId,
        waited_since: Option<u64>,
        moment: Moment<'_>,
    ) -> Problem {
        if self.owner != vault && self.is_doubtful {
            return None;
        }
        let access = &self.access;
        // What its page has asked for before may be answered.
        let is_old = waited_since.is_some_and(|since| since < self.taken_at);
        if self.owner != vault && !is_old && moment.time > self.taken_at + WORD_OF_MOUTH {
            return Some((
                Invariant::NoTwin,
                format!(
                    "vault {vault} sent a{token}, which vault {} has taken over",
                    self.owner
                ),
            ));
        }
        let is_other = token != access.token && !self.is_doubtful;
        if self.is_known_to_be_over(moment.time) || is_other {
            return Some((
                Invariant::SilentAfterSignOut,
                format!("vault {vault} sent a{token}, which is not its session's"),
            ));
        }
        let has_waited = waited_since.is_some_and(|since| since <= access.received_at);
        (access.is_over(moment.now, 0) && !has_waited && !access.is_of_unknown_age).then(|| {
            (
                Invariant::FreshToken,
                format!("vault {vault} sent a call with a{token}, which has expired"),
            )
        })
    }

    /// What is wrong with a refresh that goes out with `token`.
    pub fn problem_of_refresh(
        &self,
        vault: VaultId,
        token: TokenId,
        grace: u64,
        moment: Moment<'_>,
    ) -> Problem {
        if self.is_known_to_be_over(moment.time) {
            return Some((
                Invariant::SilentAfterSignOut,
                format!("vault {vault} sent r{token} after the sign-out"),
            ));
        }
        if token != self.latest && !self.is_doubtful {
            return Some((
                Invariant::LatestToken,
                format!(
                    "vault {vault} sent r{token} after it had received r{}",
                    self.latest
                ),
            ));
        }
        let access = &self.access;
        if self.tries.sent.is_empty()
            && !access.is_refused
            && !self.is_doubtful
            && !access.is_of_unknown_age
            && !access.is_over(moment.now, access.margin())
            && !access.is_truly_over(moment.time)
        {
            return Some((
                Invariant::NeededRefresh,
                format!(
                    "vault {vault} sent r{token} though a{} is good",
                    access.token
                ),
            ));
        }
        let first = *self.tries.sent.first()?;
        let end = first + grace;
        let in_time = self.tries.sent.iter().filter(|at| **at <= end).count() - 1;
        let is_late = grace > 0 && moment.time > end && in_time < 2 && !self.tries.is_excused;
        is_late.then(|| {
            (
                Invariant::TriesInTime,
                format!(
                    "vault {vault} sent r{token} {} ms after the first time, with {in_time} tries in between",
                    moment.time - first
                ),
            )
        })
    }
}
