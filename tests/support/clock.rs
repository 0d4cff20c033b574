//! A virtual clock. Nothing in these tests waits.

use holdfast::core::time::{Monotonic, Now, UnixMillis};

/// Both of the browser's clocks.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    monotonic: u64,
    unix: u64,
}

impl Clock {
    /// Some day, a while after the worker started.
    pub const fn new() -> Self {
        Self {
            monotonic: 5_000,
            unix: 1_800_000_000_000,
        }
    }

    pub const fn now(self) -> Now {
        Now {
            monotonic: Monotonic(self.monotonic),
            unix: UnixMillis(self.unix),
        }
    }

    /// Seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.unix / 1_000
    }

    /// The time of day, in milliseconds since 1970.
    pub const fn unix(self) -> u64 {
        self.unix
    }

    /// It is this time of day.
    pub const fn set(&mut self, unix: u64) {
        self.unix = unix;
    }

    /// Time passes.
    pub const fn advance(&mut self, milliseconds: u64) {
        self.monotonic += milliseconds;
        self.unix += milliseconds;
    }

    /// The machine sleeps, and this browser's monotonic clock with it.
    pub const fn sleep(&mut self, milliseconds: u64) {
        self.unix += milliseconds;
    }

    /// Somebody sets the time of day back.
    pub const fn set_back(&mut self, milliseconds: u64) {
        self.unix = self.unix.saturating_sub(milliseconds);
    }
}
