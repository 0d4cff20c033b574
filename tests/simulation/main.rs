//! `npm run simulate` (see tools/simulate.mjs): lives as many lives as you like, or one of them
//! aloud, with all rules or without one of them.

#![allow(clippy::print_stdout, reason = "a command")]
#![allow(dead_code, reason = "the tests use the rest")]

mod allowance;
mod clocks;
mod escrow;
mod fleet;
mod invariant;
mod network;
mod people;
mod plot;
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

use std::{env, fs, process::ExitCode};

use fleet::{Client, Habits, Load, Outage, requests};
use plot::{Line, draw, thousands};
use rules::{SWITCHES, Switch};
use run::{run, run_seeds, shrink};
use scenario::Scenario;

const USAGE: &str =
    "usage: simulate [--seeds N] [--from N] [--seed N] [--without RULE] [--table] [--fleet FILE]";

/// What is asked for.
struct Options {
    seeds: u64,
    from: u64,
    seed: Option<u64>,
    without: Option<&'static Switch>,
    wants_table: bool,
    /// Where the fleet's plot goes.
    fleet: Option<String>,
}

fn main() -> ExitCode {
    match read_options() {
        Ok(options) if options.wants_table => print_table(),
        Ok(Options {
            seed: Some(seed),
            without,
            ..
        }) => tell(seed, without),
        Ok(Options {
            fleet: Some(file), ..
        }) => simulate_fleet(&file),
        Ok(options) => live_many(&options),
        Err(problem) => {
            println!("{problem}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn read_options() -> Result<Options, String> {
    let mut options = Options {
        seeds: 10_000,
        from: 0,
        seed: None,
        without: None,
        wants_table: false,
        fleet: None,
    };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            "--seeds" => options.seeds = number(value()?)?,
            "--from" => options.from = number(value()?)?,
            "--seed" => options.seed = Some(number(value()?)?),
            "--without" => {
                let name = value()?;
                let names: Vec<_> = SWITCHES.iter().map(|switch| switch.name).collect();
                let unknown =
                    || format!("there is no rule '{name}'; there are {}", names.join(", "));
                options.without = Some(Switch::named(&name).ok_or_else(unknown)?);
            }
            "--fleet" => options.fleet = Some(value()?),
            "--table" => options.wants_table = true,
            _ => return Err(format!("what is {word}?")),
        }
    }
    Ok(options)
}

/// Lives many lives, up to the first that breaks an invariant, and shows what it takes to break it.
fn live_many(options: &Options) -> ExitCode {
    let rule = options.without.map(|switch| switch.rule);
    let seeds = options.from..options.from.saturating_add(options.seeds);
    let total = run_seeds(seeds, rule);
    println!(
        "{} lives, {} steps, {} token requests; the longest that a caller waited: {:.1} s",
        total.lives,
        total.steps,
        total.refreshes,
        total.longest_wait as f64 / 1_000.0,
    );
    println!(
        "{} sessions ended by the server's reuse alarm though each client kept the rules",
        total.lost_to_reuse
    );
    match total.failure {
        None => {
            println!("no invariant was broken");
            ExitCode::SUCCESS
        }
        Some((seed, _)) => tell(seed, options.without),
    }
}

/// Tells the life of one seed; where it breaks an invariant, only what that takes.
fn tell(seed: u64, without: Option<&Switch>) -> ExitCode {
    let rule = without.map(|switch| switch.rule);
    let scenario = Scenario::new(seed);
    let outcome = run(&scenario, rule, true);
    let Some(breach) = outcome.breach else {
        println!("{:#?}\n{}", scenario.setting, outcome.story.join("\n"));
        println!(
            "seed {seed}: no invariant was broken in {} steps",
            outcome.steps
        );
        return ExitCode::SUCCESS;
    };
    let smallest = shrink(&scenario, rule, breach.invariant);
    let outcome = run(&smallest, rule, true);
    println!("{:#?}\n{}", smallest.setting, outcome.story.join("\n"));
    println!(
        "seed {seed}: {breach}\n(above: the same with {} of {} actions)",
        smallest.actions.len(),
        scenario.actions.len()
    );
    ExitCode::FAILURE
}

/// The table of docs/simulation.md.
fn print_table() -> ExitCode {
    println!("| rule | switched off by `--without` | what the core does then | seed | invariant |");
    println!("| ---: | --- | --- | ---: | --- |");
    let mut is_complete = true;
    for switch in &SWITCHES {
        let found = run_seeds(0..10_000, Some(switch.rule)).failure;
        is_complete &= found.is_some();
        let (seed, invariant) = found.map_or_else(
            || ("-".into(), "-"),
            |(seed, breach)| (seed.to_string(), breach.invariant.name()),
        );
        println!(
            "| {} | `{}` | {} | {seed} | {invariant} |",
            switch.number, switch.name, switch.without
        );
    }
    if is_complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The fleet's part of docs/simulation.md, and its plot.
fn simulate_fleet(file: &str) -> ExitCode {
    const USERS: u32 = 1_000_000;
    let habits = Habits::of(USERS);
    let holdfast = Client::Holdfast { has_jitter: true };
    let hasty = Client::Holdfast { has_jitter: false };
    println!(
        "| client | access tokens live | server | before | highest second during | highest second after |"
    );
    println!("| --- | --- | --- | ---: | ---: | ---: |");
    let mut drawn = Vec::new();
    for (client, name) in [
        (Client::Timers, "timers in every tab"),
        (holdfast, "holdfast"),
        (hasty, "holdfast without jitter"),
    ] {
        for (life, life_name) in [(300, "5 min"), (3_600, "1 h")] {
            for (outage, outage_name) in [
                (Outage::Refused, "refuses connections"),
                (Outage::RetryAfter, "503, `Retry-After` until it is back"),
            ] {
                if client == Client::Timers && outage == Outage::RetryAfter {
                    // They don't read it.
                    continue;
                }
                let seen = requests(&habits, client, life, outage);
                let load = Load::of(&seen);
                println!(
                    "| {name} | {life_name} | {outage_name} | {} | {} | {} |",
                    thousands(load.mean_before),
                    thousands(load.peak_during),
                    thousands(load.peak_after)
                );
                if client != hasty && life == 300 && outage == Outage::Refused {
                    drawn.push(seen);
                }
            }
        }
    }
    let [timers, ours] = drawn.as_slice() else {
        return ExitCode::FAILURE;
    };
    let svg = draw(&[
        Line {
            name: "timers in every tab",
            class: "timers",
            seen: timers,
        },
        Line {
            name: "holdfast: when a call needs a token",
            class: "holdfast",
            seen: ours,
        },
    ]);
    match fs::write(file, svg) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}
