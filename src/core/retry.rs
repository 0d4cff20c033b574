//! What to do about a refresh that failed: the rotation rules 4 and 5 of the design as a pure
//! function of what was seen.

use super::{
    error::{Code, Error},
    input::HttpFailure,
    output::ExpiryReason,
    rules::{Rule, holds},
    time::Now,
    token::TokenFailure,
};

/// Remembers the failures of the refresh token at hand, until one refresh succeeds.
#[derive(Debug, Default)]
pub struct RetryState {
    /// How often in a row the answer was lost, so that nobody knows what the server did.
    lost: u32,
    /// When the first request was sent whose answer was lost.
    first_lost_at: Option<Now>,
    /// How often in a row the server was not available.
    unavailable: u32,
    /// Whether the server has refused without saying why.
    unclear: bool,
    /// How many bursts of tries have failed in a row.
    bursts: u32,
}

/// Why a refresh failed.
#[derive(Debug)]
pub enum RefreshFailure {
    /// There is no answer; the server may have rotated the token.
    Lost(HttpFailure),
    /// The server answered, and it is no token response.
    Answered(TokenFailure),
}

impl RefreshFailure {
    /// What the callers would be told.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Lost(HttpFailure::Network) => Code::NetworkError,
            Self::Lost(HttpFailure::Timeout) => Code::Timeout,
            Self::Lost(HttpFailure::KeyLost) => Code::DpopUnsupported,
            Self::Answered(TokenFailure::Unavailable(_)) => Code::ServerUnavailable,
            Self::Answered(TokenFailure::Invalid(_)) => Code::TokenResponseInvalid,
            Self::Answered(_) => Code::TokenRefused,
        }
    }
}

/// What follows.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send the same token again after so many milliseconds. The callers wait.
    Retry {
        /// The pause.
        after: u64,
    },
    /// Tell the callers, and let the next one try, no sooner than after so many milliseconds.
    GiveUp {
        /// What to tell.
        error: Error,
        /// The pause.
        pause: u64,
    },
    /// The session is over.
    End {
        /// What to tell the pages.
        reason: ExpiryReason,
        /// What to tell the callers.
        error: Error,
    },
}

/// How often a lost request is repeated before its callers are told: at once, and twice within the
/// server's grace period.
const LOST_TRIES: u32 = 3;
/// No request is given up sooner, however short the grace period is, in milliseconds.
const SHORTEST_TIMEOUT: u64 = 2_000;
/// How often a server that is not available is asked again before the callers are told.
const UNAVAILABLE_TRIES: u32 = 3;
/// The longest time for which callers are kept waiting for a pause to end, in milliseconds.
pub const LONGEST_WAIT: u64 = 10_000;
/// For how long a server's wish to see the person is remembered, in milliseconds: those who ask for
/// the same meanwhile are told without a request.
const SHORT_MEMORY: u64 = 2_000;
/// The longest pause between two bursts of tries. A server may name a longer one.
const LONGEST_PAUSE: u64 = 60_000;

impl RetryState {
    /// Goes on where another vault stopped: `lost_for` milliseconds ago an answer was lost.
    #[must_use]
    pub fn resumed(lost_for: Option<u64>, now: Now) -> Self {
        Self {
            first_lost_at: lost_for.map(|milliseconds| now.before(milliseconds)),
            ..Self::default()
        }
    }

    /// For how many milliseconds nobody has known what became of a refresh.
    #[must_use]
    pub fn lost_for(&self, now: Now) -> Option<u64> {
        self.first_lost_at.map(|at| now.since(at))
    }

    /// How long the next request may take, in milliseconds. A request that hangs must not use up
    /// the server's grace period, so the first two get less than half of it each, and the third,
    /// which then still falls within, gets the `usual` time. Not less than that: without a grace
    /// period, a request that is sent again while the server still works on it ends the session.
    #[must_use]
    pub fn timeout(&self, grace: u64, usual: u64) -> u64 {
        if grace == 0 || self.lost >= 2 || !holds(Rule::TriesWithinGrace) {
            usual
        } else {
            usual.min((grace * 9 / 20).max(SHORTEST_TIMEOUT))
        }
    }

    /// Takes a failure in at `now`. `sent_at` is when the request was sent, `grace` the server's
    /// grace period in milliseconds, and `jitter` a number from 0 to 255 that spreads clients apart.
    pub fn after(
        &mut self,
        failure: RefreshFailure,
        sent_at: Now,
        now: Now,
        grace: u64,
        jitter: u8,
    ) -> Verdict {
        #[cfg(feature = "simulation")]
        let failure = super::rules::spoiled::misjudge(failure);
        match failure {
            RefreshFailure::Lost(failure) => {
                let first_lost_at = *self.first_lost_at.get_or_insert(sent_at);
                self.lost += 1;
                let code = match failure {
                    HttpFailure::Network => Code::NetworkError,
                    HttpFailure::Timeout => Code::Timeout,
                    HttpFailure::KeyLost => {
                        return Verdict::End {
                            reason: ExpiryReason::KeyLost,
                            error: Code::SessionExpired.into(),
                        };
                    }
                };
                match self.lost {
                    1 => Verdict::Retry { after: 0 },
                    2..=LOST_TRIES => {
                        let due = grace / 3 * u64::from(self.lost - 1);
                        let passed = now.since(first_lost_at);
                        Verdict::Retry {
                            after: if holds(Rule::TriesWithinGrace) {
                                due.saturating_sub(passed)
                            } else {
                                grace / 3
                            },
                        }
                    }
                    _ => self.give_up(code.into(), jitter),
                }
            }
            RefreshFailure::Answered(TokenFailure::Unavailable(retry_after)) => {
                self.unavailable += 1;
                let error = Error::new(Code::ServerUnavailable);
                match retry_after.map(|seconds| seconds.saturating_mul(1_000)) {
                    Some(pause) if pause > LONGEST_WAIT => Verdict::GiveUp {
                        error,
                        pause: stretch(pause, jitter),
                    },
                    _ if self.unavailable > UNAVAILABLE_TRIES => self.give_up(error, jitter),
                    Some(after) => Verdict::Retry {
                        after: stretch(after.max(250), jitter),
                    },
                    None => Verdict::Retry {
                        after: spread(500 << self.unavailable, jitter),
                    },
                }
            }
            RefreshFailure::Answered(TokenFailure::Unclear(_)) if !self.unclear => {
                self.unclear = true;
                Verdict::Retry {
                    after: spread(1_000, jitter),
                }
            }
            RefreshFailure::Answered(
                failure @ (TokenFailure::Ended(_) | TokenFailure::Unclear(_)),
            ) => {
                let mut error = failure.into_error();
                error.code = Code::SessionExpired;
                Verdict::End {
                    reason: ExpiryReason::Refused,
                    error,
                }
            }
            RefreshFailure::Answered(
                failure @ (TokenFailure::Interaction(_)
                | TokenFailure::Refused(_)
                | TokenFailure::Proof(_)),
            ) => Verdict::GiveUp {
                error: failure.into_error(),
                pause: SHORT_MEMORY,
            },
            RefreshFailure::Answered(failure @ TokenFailure::Invalid(_)) => {
                self.give_up(failure.into_error(), jitter)
            }
        }
    }

    /// Whether a try has failed since the last success.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.lost > 0 || self.unavailable > 0 || self.unclear
    }

    /// Whether the grace period of a lost refresh has passed at `now`.
    #[must_use]
    pub fn grace_has_passed(&self, now: Now, grace: u64) -> bool {
        self.first_lost_at
            .is_some_and(|sent_at| now.since(sent_at) > grace)
    }

    #[cfg(feature = "simulation")]
    pub(super) const fn was_lost(&self) -> bool {
        self.lost > 0
    }

    fn give_up(&mut self, error: Error, jitter: u8) -> Verdict {
        let pause = (2_000_u64 << self.bursts.min(5)).min(LONGEST_PAUSE);
        self.bursts += 1;
        // The next burst begins with a single try: the token was sent often enough.
        self.lost = LOST_TRIES;
        self.unavailable = UNAVAILABLE_TRIES;
        Verdict::GiveUp {
            error,
            pause: spread(pause, jitter),
        }
    }
}

/// The pause that a server named, lengthened by up to a quarter: it may name the same moment to
/// everybody.
const fn stretch(pause: u64, jitter: u8) -> u64 {
    pause.saturating_add(pause / 4 / 255 * jitter as u64)
}

/// The pause, shortened by up to a quarter, so that many clients don't come back at once.
const fn spread(pause: u64, jitter: u8) -> u64 {
    pause - pause / 4 * jitter as u64 / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{
        error::OAuthError,
        time::{Monotonic, UnixMillis},
    };

    const GRACE: u64 = 10_000;
    const START: Now = at(0);

    const fn at(milliseconds: u64) -> Now {
        Now {
            monotonic: Monotonic(1_000 + milliseconds),
            unix: UnixMillis(9_000 + milliseconds),
        }
    }

    fn lost(state: &mut RetryState) -> Verdict {
        state.after(
            RefreshFailure::Lost(HttpFailure::Network),
            START,
            START,
            GRACE,
            0,
        )
    }

    fn answered(state: &mut RetryState, failure: TokenFailure) -> Verdict {
        state.after(RefreshFailure::Answered(failure), START, START, GRACE, 0)
    }

    fn oauth(error: &str) -> OAuthError {
        OAuthError::new(error, None, None)
    }

    #[test]
    fn a_lost_answer_is_asked_for_again_within_the_grace_period_and_then_on_demand() {
        let mut state = RetryState::default();
        let mut waited = 0;
        for _ in 0..LOST_TRIES {
            let Verdict::Retry { after } = lost(&mut state) else {
                panic!("should retry")
            };
            waited += after;
        }
        assert!(waited < GRACE, "{waited}");
        for pause in [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] {
            assert_eq!(
                lost(&mut state),
                Verdict::GiveUp {
                    error: Code::NetworkError.into(),
                    pause
                }
            );
        }
        assert!(!state.grace_has_passed(at(GRACE), GRACE));
        assert!(state.grace_has_passed(at(GRACE + 1), GRACE));
    }

    #[test]
    fn a_server_that_is_down_keeps_the_token() {
        let mut state = RetryState::default();
        for after in [1_000, 2_000, 4_000] {
            assert_eq!(
                answered(&mut state, TokenFailure::Unavailable(None)),
                Verdict::Retry { after }
            );
        }
        let verdict = answered(&mut state, TokenFailure::Unavailable(None));
        assert!(
            matches!(verdict, Verdict::GiveUp { error, .. } if error.code == Code::ServerUnavailable)
        );
    }

    #[test]
    fn retry_after_is_obeyed() {
        let mut state = RetryState::default();
        assert_eq!(
            answered(&mut state, TokenFailure::Unavailable(Some(3))),
            Verdict::Retry { after: 3_000 }
        );
        let verdict = answered(&mut state, TokenFailure::Unavailable(Some(120)));
        assert!(matches!(verdict, Verdict::GiveUp { pause: 120_000, .. }));
    }

    #[test]
    fn a_refusal_by_code_ends_the_session_at_once() {
        let verdict = answered(
            &mut RetryState::default(),
            TokenFailure::Ended(oauth("invalid_grant")),
        );
        let Verdict::End {
            reason: ExpiryReason::Refused,
            error,
        } = verdict
        else {
            panic!("should end")
        };
        assert_eq!(error.code, Code::SessionExpired);
        assert_eq!(error.oauth.unwrap().error, "invalid_grant");
    }

    #[test]
    fn an_unclear_refusal_ends_the_session_the_second_time() {
        let mut state = RetryState::default();
        assert_eq!(
            answered(&mut state, TokenFailure::Unclear(None)),
            Verdict::Retry { after: 1_000 }
        );
        let verdict = answered(
            &mut state,
            TokenFailure::Unclear(Some(oauth("invalid_request"))),
        );
        assert!(matches!(verdict, Verdict::End { .. }));
    }

    #[test]
    fn the_session_outlives_a_refused_scope_and_a_wish_to_see_the_person() {
        for (failure, code) in [
            (
                TokenFailure::Refused(oauth("invalid_target")),
                Code::TokenRefused,
            ),
            (
                TokenFailure::Interaction(oauth("login_required")),
                Code::InteractionRequired,
            ),
        ] {
            let verdict = answered(&mut RetryState::default(), failure);
            assert!(
                matches!(verdict, Verdict::GiveUp { error, pause: 2_000 } if error.code == code)
            );
        }
    }

    #[test]
    fn jitter_shortens_by_a_quarter_at_most() {
        assert_eq!(spread(1_000, 0), 1_000);
        assert_eq!(spread(1_000, 255), 750);
    }
}
