//! A million people with habits, and how many token requests per second their server sees. Lifetimes
//! and retries are the core's own; of the rest only what decides when a request goes out is modelled.

use holdfast::core::{
    input::HttpFailure,
    retry::{LONGEST_WAIT, RefreshFailure, RetryState, Verdict},
    time::{Lifetime, Monotonic, Now, UnixMillis},
    token::TokenFailure,
};

use super::{queue::Queue, random::Random};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// How people use the app.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    pub users: u32,
    /// They use the app for so long at a time, on average.
    pub active: u64,
    /// And leave it alone for so long.
    pub away: u64,
    /// The time between two calls of the app's while it is used, on average.
    pub between_calls: u64,
    /// Of a hundred people, so many have one, two and four tabs.
    pub tabs: [(u64, u32); 3],
    /// Of a hundred people who are away, so many leave their tabs open.
    pub stay_open: u64,
}

impl Habits {
    /// A quarter is there at a time, and calls the API twice a minute.
    pub const fn of(users: u32) -> Self {
        Self {
            users,
            active: 20 * MINUTE,
            away: 60 * MINUTE,
            between_calls: 30 * SECOND,
            tabs: [(50, 1), (30, 2), (20, 4)],
            stay_open: 50,
        }
    }
}

/// When a token is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// When a call needs one; the core's retries. Without jitter, for comparison, where told.
    Holdfast { has_jitter: bool },
    /// A minute before it expires, in every open tab; after a failure again every 5 s.
    Timers,
}

/// What happens from minute 10 to minute 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    None,
    /// Connections are refused.
    Refused,
    /// 503, and `Retry-After` names the moment at which the server will be back.
    RetryAfter,
}

/// How long before a token expires a timer renews it.
const TIMER_MARGIN: u64 = MINUTE;
/// How long after a failure a timer tries again.
const TIMER_RETRY: u64 = 5 * SECOND;

/// What is recorded, in seconds.
pub const LENGTH: usize = 30 * 60;
/// When the server is away, in seconds.
pub const OUTAGE: (usize, usize) = (10 * 60, 15 * 60);
/// What goes before, so that the start is forgotten.
const WARM_UP: u64 = 30 * MINUTE;

/// How many token requests the server sees in each second, for access tokens that live `life`
/// seconds.
pub fn requests(habits: &Habits, client: Client, life: u64, outage: Outage) -> Vec<u32> {
    let mut seen = vec![0; LENGTH];
    let mut queue = Queue::new();
    let mut users: Vec<User> = (0..habits.users)
        .map(|number| User::new(u64::from(number), habits, client, life))
        .collect();
    for (number, user) in users.iter_mut().enumerate() {
        // The tokens at hand are of every age.
        let fresh_for = user.random.below(life * SECOND);
        for (at, tab) in user.begin(fresh_for, habits, client) {
            queue.push(at, (number, tab));
        }
    }
    let end = WARM_UP + LENGTH as u64 * SECOND;
    while let Some((mut at, (number, tab))) = queue.pop() {
        if at >= end {
            break;
        }
        let mut record = |at: u64| {
            let second = at.checked_sub(WARM_UP).map(|at| (at / SECOND) as usize);
            if let Some(count) = second.and_then(|second| seen.get_mut(second)) {
                *count += 1;
            }
        };
        record(at);
        // A timer that fails is too dull for the queue.
        while client == Client::Timers && answer(outage, at).is_some() {
            at += TIMER_RETRY;
            record(at);
        }
        let next = users[number].ask(at, habits, client, life, answer(outage, at));
        queue.push(next.max(at + 1), (number, tab));
    }
    seen
}

/// What the server says at `at`: nothing bad, or why not.
fn answer(outage: Outage, at: u64) -> Option<RefreshFailure> {
    let (from, to) = (
        OUTAGE.0 as u64 * SECOND + WARM_UP,
        OUTAGE.1 as u64 * SECOND + WARM_UP,
    );
    if !(from..to).contains(&at) {
        return None;
    }
    match outage {
        Outage::None => None,
        Outage::Refused => Some(RefreshFailure::Lost(HttpFailure::Network)),
        Outage::RetryAfter => {
            let seconds = (to - at).div_ceil(SECOND);
            Some(RefreshFailure::Answered(TokenFailure::Unavailable(Some(
                seconds,
            ))))
        }
    }
}

struct User {
    random: Random,
    /// The spell that is under way: whether the app is used, and until when.
    is_active: bool,
    until: u64,
    retry: RetryState,
}

impl User {
    fn new(number: u64, habits: &Habits, client: Client, life: u64) -> Self {
        let salt = u64::from(client == Client::Timers) << 40 ^ life << 48;
        let mut random = Random::new(number ^ salt);
        let is_active = random.below(habits.active + habits.away) < habits.active;
        let mut user = Self {
            random,
            is_active,
            until: 0,
            retry: RetryState::default(),
        };
        user.until = user.spell(habits);
        user
    }

    /// The first requests, each with the number of its tab.
    fn begin(&mut self, fresh_for: u64, habits: &Habits, client: Client) -> Vec<(u64, u32)> {
        match client {
            Client::Holdfast { .. } => vec![(self.next_call(fresh_for, habits), 0)],
            Client::Timers => {
                let is_open = self.is_active || self.random.percent(habits.stay_open);
                let tabs = self.random.weighted(&habits.tabs);
                let tabs = if is_open { tabs } else { 0 };
                // Each tab has loaded at its own time.
                (0..tabs)
                    .map(|tab| (self.random.below(fresh_for + 1), tab))
                    .collect()
            }
        }
    }

    /// A request goes out at `at`. When the next one does.
    fn ask(
        &mut self,
        at: u64,
        habits: &Habits,
        client: Client,
        life: u64,
        failure: Option<RefreshFailure>,
    ) -> u64 {
        const ANSWER: u64 = 100;
        const GRACE: u64 = 10 * SECOND;
        let has_jitter = match client {
            Client::Timers => return at + life * SECOND - TIMER_MARGIN,
            Client::Holdfast { has_jitter } => has_jitter,
        };
        let Some(failure) = failure else {
            self.retry = RetryState::default();
            let lifetime = Lifetime::new(clock(at), life);
            let stale_at = at + life * SECOND - lifetime.renewal_margin();
            return self.next_call(stale_at, habits);
        };
        let jitter = if has_jitter {
            self.random.next().to_le_bytes()[0]
        } else {
            0
        };
        let answered_at = at + ANSWER;
        let verdict = self
            .retry
            .after(failure, clock(at), clock(answered_at), GRACE, jitter);
        match verdict {
            Verdict::Retry { after } => answered_at + after,
            Verdict::GiveUp { pause, .. } => {
                // Callers are told at once, but for those who come shortly before the end of the pause.
                let end = answered_at + pause;
                let waits_from = end.saturating_sub(LONGEST_WAIT).max(answered_at);
                self.next_call(waits_from, habits).max(end)
            }
            Verdict::End { .. } => unreachable!("an outage ends no session"),
        }
    }

    /// The first call of the app's after `at`.
    fn next_call(&mut self, at: u64, habits: &Habits) -> u64 {
        let mut at = at;
        loop {
            if self.until <= at || !self.is_active {
                if self.until > at {
                    at = self.until;
                }
                self.is_active = !self.is_active;
                self.until += self.spell(habits);
                continue;
            }
            let call = at + self.exponential(habits.between_calls);
            if call < self.until {
                return call;
            }
            at = self.until;
        }
    }

    fn spell(&mut self, habits: &Habits) -> u64 {
        let mean = if self.is_active {
            habits.active
        } else {
            habits.away
        };
        self.exponential(mean) + 1
    }

    fn exponential(&mut self, mean: u64) -> u64 {
        let unit = (self.random.below(1 << 53) + 1) as f64 / (1_u64 << 53) as f64;
        (-unit.ln() * mean as f64) as u64
    }
}

const fn clock(at: u64) -> Now {
    Now {
        monotonic: Monotonic(at),
        unix: UnixMillis(at),
    }
}

/// Before, during and after the outage: the mean before, and the highest second of each.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub mean_before: u32,
    pub peak_during: u32,
    pub peak_after: u32,
}

impl Load {
    pub fn of(seen: &[u32]) -> Self {
        let peak = |from: usize, to: usize| seen[from..to].iter().copied().max().unwrap_or(0);
        Self {
            mean_before: seen[..OUTAGE.0].iter().sum::<u32>() / OUTAGE.0 as u32,
            peak_during: peak(OUTAGE.0, OUTAGE.1),
            peak_after: peak(OUTAGE.1, LENGTH),
        }
    }
}
