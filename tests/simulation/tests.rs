//! The simulation's lives as tests, and the tests of the simulation itself: with any one of the
//! rules switched off it breaks an invariant, and `docs/simulation.md` says which.

#![allow(dead_code, reason = "the command uses the rest")]

mod allowance;
mod clocks;
mod escrow;
mod fleet;
mod invariant;
mod network;
mod people;
mod queue;
mod random;
mod rules;
mod run;
mod scenario;
mod server;
mod session_watch;
mod vault;
mod watch;
mod world;

use std::{collections::BTreeMap, fs, ops::Range, path::Path};

use fleet::{Client, Habits, Load, Outage, requests};
use invariant::Invariant;
use rules::{SWITCHES, Switch};
use run::{run, run_seeds, shrink};
use scenario::Scenario;

/// The lives of `npm test`.
const SEEDS: Range<u64> = 0..10_000;

/// Half of the documentation, from a mark on.
fn section(mark: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/simulation.md");
    let text = fs::read_to_string(path).expect("docs/simulation.md");
    let (_, rest) = text
        .split_once(&format!("<!-- {mark} -->"))
        .expect("the mark");
    let (section, _) = rest
        .split_once(&format!("<!-- /{mark} -->"))
        .expect("the end of it");
    section.into()
}

/// The rows of a table in it, without its head.
fn rows(mark: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let line = line.trim().trim_matches('|');
        line.split('|')
            .map(|cell| cell.trim().replace('`', ""))
            .collect()
    };
    let section = section(mark);
    let lines = section.lines().filter(|line| line.starts_with('|'));
    lines.skip(2).map(cells).collect()
}

#[test]
fn no_life_breaks_an_invariant() {
    let total = run_seeds(SEEDS, None);
    if let Some((seed, breach)) = total.failure {
        panic!("seed {seed}: {breach}\nnpm run simulate -- --seed {seed} tells the story");
    }
    assert_eq!(total.lives, SEEDS.end);
    assert!(total.steps > 1_000_000, "only {} steps", total.steps);
    assert!(
        total.refreshes > 10_000,
        "only {} refreshes",
        total.refreshes
    );
    assert!(
        total.lost_to_reuse > 100,
        "the network was too kind: {}",
        total.lost_to_reuse
    );
}

#[test]
fn what_failed_once_holds() {
    // A reload while the ID token of a refresh was being verified.
    let outcome = run(&Scenario::new(100_704), None, false);
    assert_eq!(outcome.breach, None);
}

#[test]
fn each_rule_is_missed_as_the_documentation_says() {
    let documented: BTreeMap<_, _> = rows("rules")
        .into_iter()
        .map(|row| (row[1].clone(), row))
        .collect();
    assert_eq!(documented.len(), SWITCHES.len());
    for switch in &SWITCHES {
        let Switch {
            rule,
            number,
            name,
            without,
        } = switch;
        let found = run_seeds(SEEDS, Some(*rule)).failure;
        let (seed, breach) = found.unwrap_or_else(|| panic!("nobody misses {name}"));
        let row = [
            (*number).into(),
            (*name).into(),
            without.replace('`', ""),
            seed.to_string(),
            breach.invariant.name().into(),
        ];
        assert_eq!(
            documented.get(*name).map(Vec::as_slice),
            Some(row.as_slice()),
            "npm run simulate -- --table writes the table"
        );
    }
}

#[test]
fn the_documentation_has_the_invariants_and_no_others() {
    let documented: Vec<_> = rows("invariants")
        .iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(documented, Invariant::ALL.map(Invariant::name));
}

#[test]
fn a_life_is_the_same_each_time() {
    for seed in [3, 70, 4_000] {
        let tell = || run(&Scenario::new(seed), None, true).story;
        assert_eq!(tell(), tell(), "seed {seed}");
    }
}

#[test]
fn what_fails_is_cut_down_to_what_it_takes() {
    let switch = Switch::named("never-the-one-before").expect("a rule of this name");
    let (seed, breach) = run_seeds(SEEDS, Some(switch.rule))
        .failure
        .expect("a failure");
    let scenario = Scenario::new(seed);
    let smallest = shrink(&scenario, Some(switch.rule), breach.invariant);
    // A sign-in, two refreshes, and a little for the circumstances.
    assert!(smallest.actions.len() <= 12, "{:#?}", smallest.actions);
    let again = run(&smallest, Some(switch.rule), false).breach;
    assert_eq!(again.map(|breach| breach.invariant), Some(breach.invariant));
    assert_eq!(run(&smallest, None, false).breach, None);
}

/// A small fleet's load, as if it were the documentation's of a million.
fn load(client: Client, life: u64, outage: Outage) -> Load {
    const USERS: u32 = 20_000;
    let scale = |requests: u32| requests * (1_000_000 / USERS);
    let load = Load::of(&requests(&Habits::of(USERS), client, life, outage));
    Load {
        mean_before: scale(load.mean_before),
        peak_during: scale(load.peak_during),
        peak_after: scale(load.peak_after),
    }
}

#[test]
fn a_fleet_asks_rarely_and_comes_back_in_peace() {
    let holdfast = Client::Holdfast { has_jitter: true };
    let ours = load(holdfast, 300, Outage::Refused);
    let timers = load(Client::Timers, 300, Outage::Refused);
    assert!(
        ours.mean_before * 4 < timers.mean_before,
        "{ours:?} {timers:?}"
    );
    assert!(ours.peak_after < 15 * ours.mean_before, "{ours:?}");
    assert!(timers.peak_after > 40 * timers.mean_before, "{timers:?}");
}

#[test]
fn a_moment_that_the_server_names_is_not_everybody_s() {
    let ours = |has_jitter| load(Client::Holdfast { has_jitter }, 300, Outage::RetryAfter);
    let (with, without) = (ours(true), ours(false));
    assert!(
        with.peak_after * 5 < without.peak_after,
        "{with:?} {without:?}"
    );
}

#[test]
fn the_documentation_has_the_fleet_s_numbers() {
    let documented = rows("fleet");
    assert_eq!(documented.len(), 10);
    let number = |cell: &String| cell.replace(',', "").parse::<u32>().expect("a number");
    for (row, client) in [
        (0, Client::Timers),
        (2, Client::Holdfast { has_jitter: true }),
        (6, Client::Holdfast { has_jitter: false }),
    ] {
        let found = load(client, 300, Outage::Refused).mean_before;
        let written = number(&documented[row][3]);
        assert!(
            found.abs_diff(written) * 10 < written,
            "npm run simulate -- --fleet writes the numbers: {found} is not {written}"
        );
    }
}
