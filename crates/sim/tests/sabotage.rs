//! What is broken on purpose is noticed, and by the checker that it is meant for.
//!
//! Invariant: for each way to break the world there is a seed among the first few hundred in which the named property
//! does not hold. Checkers that only read the log are shown to fail beside their code (`checkers/tests.rs`).

use tidegate_sim::{Options, Sabotage, run};

const SEEDS: u64 = 400;

/// The properties that fail in some seed, first one first; stops when `expect` is among them.
fn check(sabotage: Sabotage, expect: &str) {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..SEEDS {
        let options = Options { story: false, sabotage: Some(sabotage) };
        if let Some(failure) = run(seed, options).failure {
            if failure.property == expect {
                return;
            }
            seen.insert(failure.property);
        }
    }
    panic!("{sabotage:?} breaks {seen:?}, and not \"{expect}\", in {SEEDS} seeds");
}

#[test]
fn a_router_that_takes_stale_calls() {
    check(Sabotage::RouterAcceptsStale, "a stale generation is never accepted and changes nothing");
}

#[test]
fn a_target_that_takes_stale_calls() {
    check(Sabotage::TargetAcceptsStale, "a stale generation is never accepted and changes nothing");
}

#[test]
fn a_target_that_calls_instances_ready_too_early() {
    check(Sabotage::ReadyTooEarly, "routed versions are ready versions");
}

#[test]
fn a_target_that_never_stops_anything() {
    check(Sabotage::NeverStops, "every rollout ends or waits for a person");
}

#[test]
fn a_router_that_says_what_it_does_not_do() {
    check(Sabotage::RouterLies, "rolled back is never said without reading back a weight of 0");
}

#[test]
fn a_router_that_rounds_badly() {
    check(Sabotage::RouterRoundsBadly, "weights sum to 10 000");
}

#[test]
fn a_store_that_forgets_its_answers() {
    check(Sabotage::ForgetsReceipts, "a command with a key happens once and answers the same");
}

#[test]
fn a_store_that_loses_notices() {
    check(Sabotage::LosesNotices, "every fact is told once");
}
