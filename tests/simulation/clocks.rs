//! The machine's clocks, and its sleep. The simulation itself counts true time, in milliseconds from
//! the beginning of a life.

use holdfast::core::time::{Monotonic, Now, UnixMillis};

use super::server::BEGINNING;

/// What the monotonic clock shows at the beginning.
const STARTED: u64 = 5_000;

/// One machine's clocks.
#[derive(Default)]
pub struct Clocks {
    stands_still_asleep: bool,
    /// By how much the time of day is wrong.
    error: i64,
    slept: u64,
    asleep_until: u64,
}

impl Clocks {
    pub fn new(stands_still_asleep: bool) -> Self {
        Self {
            stands_still_asleep,
            ..Self::default()
        }
    }

    /// What both clocks show at `time`.
    pub fn show(&self, time: u64) -> Now {
        let monotonic = if self.stands_still_asleep {
            time - self.slept
        } else {
            time
        };
        Now {
            monotonic: Monotonic(STARTED + monotonic),
            unix: UnixMillis((BEGINNING + time).saturating_add_signed(self.error)),
        }
    }

    /// How long after `time` the monotonic clock shows `deadline`.
    pub fn until(&self, deadline: Monotonic, time: u64) -> u64 {
        deadline.0.saturating_sub(self.show(time).monotonic.0)
    }

    /// The time of day is set wrong, or right again.
    pub fn set(&mut self, by: i64) {
        self.error = if self.error == 0 { by } else { 0 };
    }

    pub fn sleep(&mut self, time: u64, milliseconds: u64) {
        self.slept += milliseconds;
        self.asleep_until = time + milliseconds;
    }

    /// For how long it has slept in all, in milliseconds.
    pub const fn slept(&self) -> u64 {
        self.slept
    }

    /// When the machine is awake again, where it sleeps at `time`.
    pub fn asleep_until(&self, time: u64) -> Option<u64> {
        (time < self.asleep_until).then_some(self.asleep_until)
    }
}
