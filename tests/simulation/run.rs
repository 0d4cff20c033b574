//! Runs lives by their seeds, on all cores, and cuts a life that fails down to what it takes.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use holdfast::core::rules::{Rule, switch_off};

use super::{
    invariant::{Breach, Invariant},
    scenario::{Fate, Scenario},
    world::{Outcome, live},
};

/// What many lives came to.
#[derive(Default)]
pub struct Total {
    pub lives: u64,
    pub steps: u64,
    pub refreshes: u64,
    pub longest_wait: u64,
    pub lost_to_reuse: u64,
    /// The lowest seed that broke an invariant.
    pub failure: Option<(u64, Breach)>,
}

/// Lives one life. A panic is a breach, too.
pub fn run(scenario: &Scenario, without: Option<Rule>, with_story: bool) -> Outcome {
    switch_off(without);
    let outcome = catch_unwind(AssertUnwindSafe(|| live(scenario, with_story)));
    switch_off(None);
    outcome.unwrap_or_else(|_| Outcome {
        breach: Some(Breach {
            invariant: Invariant::Sound,
            at: 0,
            story: "a panic".into(),
        }),
        steps: 0,
        story: Vec::new(),
        longest_wait: 0,
        refreshes: 0,
        sessions_lost_to_reuse: 0,
    })
}

/// Lives the lives of `seeds`, up to the first that breaks an invariant.
pub fn run_seeds(seeds: Range<u64>, without: Option<Rule>) -> Total {
    let threads = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let next = AtomicU64::new(seeds.start);
    let lowest_failure = AtomicU64::new(u64::MAX);
    let work = || {
        let mut total = Total::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || seed > lowest_failure.load(Ordering::Relaxed) {
                return total;
            }
            let outcome = run(&Scenario::new(seed), without, false);
            total.lives += 1;
            total.steps += outcome.steps;
            total.refreshes += outcome.refreshes;
            total.longest_wait = total.longest_wait.max(outcome.longest_wait);
            total.lost_to_reuse += outcome.sessions_lost_to_reuse;
            if let Some(breach) = outcome.breach {
                lowest_failure.fetch_min(seed, Ordering::Relaxed);
                total.failure = Some((seed, breach));
                return total;
            }
        }
    };
    let totals: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker that does not panic"))
            .collect()
    });
    totals.into_iter().fold(Total::default(), Total::add)
}

impl Total {
    fn add(self, other: Self) -> Self {
        let failure = match (self.failure, other.failure) {
            (Some(one), Some(two)) => Some(if one.0 < two.0 { one } else { two }),
            (one, two) => one.or(two),
        };
        Self {
            lives: self.lives + other.lives,
            steps: self.steps + other.steps,
            refreshes: self.refreshes + other.refreshes,
            longest_wait: self.longest_wait.max(other.longest_wait),
            lost_to_reuse: self.lost_to_reuse + other.lost_to_reuse,
            failure,
        }
    }
}

/// The same life without all that the breach of this invariant does not take: actions are left out one
/// by one, and requests made to fare well, until nothing more can go.
pub fn shrink(scenario: &Scenario, without: Option<Rule>, invariant: Invariant) -> Scenario {
    let fails = |scenario: &Scenario| {
        let breach = run(scenario, without, false).breach;
        breach.is_some_and(|breach| breach.invariant == invariant)
    };
    let mut smallest = scenario.clone();
    loop {
        let size = smallest.size();
        for index in (0..smallest.actions.len()).rev() {
            let mut smaller = smallest.clone();
            smaller.actions.remove(index);
            if fails(&smaller) {
                smallest = smaller;
            }
        }
        while let Some(fate) = smallest.fates.pop() {
            if !fails(&smallest) {
                smallest.fates.push(fate);
                break;
            }
        }
        for index in 0..smallest.fates.len() {
            let mut smaller = smallest.clone();
            smaller.fates[index] = Fate::NORMAL;
            if fails(&smaller) {
                smallest = smaller;
            }
        }
        if smallest.size() == size {
            return smallest;
        }
    }
}

impl Scenario {
    /// How much happens in it.
    fn size(&self) -> usize {
        let is_odd = |fate: &&Fate| **fate != Fate::NORMAL;
        self.actions.len() + self.fates.len() + self.fates.iter().filter(is_odd).count()
    }
}
