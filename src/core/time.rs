//! Time as the core knows it: an argument, never read.

use super::rules::{Rule, holds};

/// The moment at which an input arrives, on both of the browser's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// A clock that is never set (`performance.now()`).
    pub monotonic: Monotonic,
    /// The time of day (`Date.now()`), which a user may set and which counts while a laptop sleeps.
    pub unix: UnixMillis,
}

impl Now {
    /// The milliseconds since `start`, by whichever clock is ahead: the monotonic one stands still
    /// in some browsers while the machine sleeps, and the time of day can be set back.
    #[must_use]
    pub fn since(self, start: Self) -> u64 {
        let ticked = self.monotonic.0.saturating_sub(start.monotonic.0);
        let dated = self.unix.0.saturating_sub(start.unix.0);
        if holds(Rule::BothClocks) {
            ticked.max(dated)
        } else {
            ticked
        }
    }

    /// The time of day of an earlier moment, in milliseconds since 1970, by the clock as it is set now.
    #[must_use]
    pub fn date_of(self, earlier: Self) -> u64 {
        self.unix.0.saturating_sub(self.since(earlier))
    }

    /// The moment `milliseconds` before this one, as far as the clocks reach back.
    #[must_use]
    pub const fn before(self, milliseconds: u64) -> Self {
        Self {
            monotonic: Monotonic(self.monotonic.0.saturating_sub(milliseconds)),
            unix: UnixMillis(self.unix.0.saturating_sub(milliseconds)),
        }
    }
}

/// Milliseconds since an arbitrary start, on a clock that never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Monotonic(pub u64);

impl Monotonic {
    /// The moment `milliseconds` after this one.
    #[must_use]
    pub const fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// Whole seconds since 1970, the unit of JWT's `NumericDate` (RFC 7519 section 2).
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }
}

/// How long a thing lives, counted from `start` on both clocks. It is over as soon as either of
/// them says so.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    start: Now,
    milliseconds: u64,
}

impl Lifetime {
    /// A lifetime of `seconds` which begins at `start`.
    #[must_use]
    pub const fn new(start: Now, seconds: u64) -> Self {
        Self {
            start,
            milliseconds: seconds.saturating_mul(1000),
        }
    }

    /// A span of `milliseconds` from `now` on; what is left of a lifetime, say.
    #[must_use]
    pub const fn of(now: Now, milliseconds: u64) -> Self {
        Self {
            start: now,
            milliseconds,
        }
    }

    /// How many milliseconds are left at `now`.
    #[must_use]
    pub fn left(&self, now: Now) -> u64 {
        self.milliseconds.saturating_sub(now.since(self.start))
    }

    /// When it is over on the monotonic clock, by which timers go. The other clock may be there
    /// sooner.
    #[must_use]
    pub const fn end(&self) -> Monotonic {
        self.start.monotonic.after(self.milliseconds)
    }

    /// When it is over by the time of day, in milliseconds since 1970, by the clock as it is set `now`.
    #[must_use]
    pub fn ends_at(&self, now: Now) -> u64 {
        now.date_of(self.start).saturating_add(self.milliseconds)
    }

    /// Whether the lifetime ends within `margin` milliseconds from `now`.
    #[must_use]
    pub fn is_over(&self, now: Now, margin: u64) -> bool {
        now.since(self.start).saturating_add(margin) >= self.milliseconds
    }

    /// The margin before expiry at which a token is renewed: a tenth of its life, at most 30
    /// seconds, so that a short-lived token is not refreshed on every call.
    #[must_use]
    pub fn renewal_margin(&self) -> u64 {
        if holds(Rule::MarginScales) {
            (self.milliseconds / 10).min(30_000)
        } else {
            60_000
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(monotonic: u64, unix: u64) -> Now {
        Now {
            monotonic: Monotonic(monotonic),
            unix: UnixMillis(unix),
        }
    }

    #[test]
    fn a_lifetime_ends_by_whichever_clock_is_ahead() {
        let lifetime = Lifetime::new(at(1_000, 50_000), 10);
        assert!(!lifetime.is_over(at(10_999, 59_999), 0));
        assert!(
            lifetime.is_over(at(11_000, 50_000), 0),
            "the monotonic clock alone"
        );
        assert!(
            lifetime.is_over(at(1_001, 60_000), 0),
            "asleep: the monotonic clock stood still"
        );
        assert!(
            !lifetime.is_over(at(2_000, 0), 0),
            "the time of day was set back"
        );
    }

    #[test]
    fn dates_are_by_the_clock_as_it_is_set_now() {
        let start = at(1_000, 50_000);
        let lifetime = Lifetime::new(start, 60);
        for (now, date) in [
            (at(1_000, 50_000), 50_000),
            (at(11_000, 60_000), 50_000),
            // Set forward by a minute, and back by half of one.
            (at(11_000, 120_000), 50_000),
            (at(11_000, 30_000), 20_000),
            (at(90_000, 139_000), 50_000),
        ] {
            assert_eq!(now.date_of(start), date);
            assert_eq!(lifetime.ends_at(now), date + 60_000);
        }
    }

    #[test]
    fn the_margin_is_a_tenth_and_at_most_thirty_seconds() {
        let start = at(0, 0);
        assert_eq!(Lifetime::new(start, 5).renewal_margin(), 500);
        assert_eq!(Lifetime::new(start, 60).renewal_margin(), 6_000);
        assert_eq!(Lifetime::new(start, 3_600).renewal_margin(), 30_000);
    }
}
