//! `tidegate-sim --seed N [--verbose]` tells one story; `--seeds A..B` runs many and names those that fail.
//!
//! Invariant: ends with 0 when every seed holds, 1 when one fails, 2 when it was not asked properly.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;
use std::time::Instant;

use tidegate_sim::{Options, Report, run};

enum Asked {
    One { seed: u64, verbose: bool },
    Many { from: u64, until: u64 },
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match parse(&arguments) {
        Some(Asked::One { seed, verbose }) => one(seed, verbose),
        Some(Asked::Many { from, until }) => many(from, until),
        None => {
            eprintln!("usage: tidegate-sim --seed N [--verbose] | --seeds A..B");
            ExitCode::from(2)
        }
    }
}

fn parse(arguments: &[String]) -> Option<Asked> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--seed", seed] => Some(Asked::One { seed: seed.parse().ok()?, verbose: false }),
        ["--seed", seed, "--verbose"] => Some(Asked::One { seed: seed.parse().ok()?, verbose: true }),
        ["--seeds", range] => {
            let (from, until) = range.split_once("..")?;
            Some(Asked::Many { from: from.parse().ok()?, until: until.parse().ok()? })
        }
        _ => None,
    }
}

fn one(seed: u64, verbose: bool) -> ExitCode {
    if verbose {
        println!("{:#?}", tidegate_sim::scenario(seed));
    }
    let report = run(seed, Options { story: verbose, ..Options::default() });
    for line in &report.story {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} rollouts, {} events, {} steps, {} s simulated, head {}",
        report.rollouts,
        report.events,
        report.steps,
        report.simulated_ms / 1_000,
        &report.head[..12.min(report.head.len())],
    );
    if failed(&report) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn many(from: u64, until: u64) -> ExitCode {
    let began = Instant::now();
    let (mut bad, mut rollouts, mut events) = (0, 0, 0);
    for seed in from..until {
        let report = run(seed, Options::default());
        rollouts += report.rollouts as u64;
        events += report.events;
        bad += u64::from(failed(&report));
    }
    let seconds = began.elapsed().as_secs_f64();
    let count = until.saturating_sub(from);
    println!(
        "{count} seeds, {rollouts} rollouts, {events} events in {seconds:.1} s ({:.0} seeds/s), {bad} failed",
        count as f64 / seconds.max(0.001),
    );
    if bad > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn failed(report: &Report) -> bool {
    let Some(failure) = &report.failure else { return false };
    println!(
        "seed {}: \"{}\" does not hold at {:.3} s, step {}: {}\n  replay: cargo run -p tidegate-sim -- --seed {} --verbose",
        report.seed,
        failure.property,
        failure.at_ms as f64 / 1_000.0,
        failure.step,
        failure.what,
        report.seed,
    );
    true
}
