//! What is broken on purpose is noticed, and by the checker that it is meant for.
//!
//! Invariant: for each way to break the world there is a seed among the first few hundred in which the named property
//! does not hold. Checkers that only read the log are shown to fail beside their code (`checkers/tests.rs`).

use tidegate_sim::{Options, Sabotage, run};

const SEEDS: u64 = 400;

/// Some seed fails in this property.
fn check(sabotage: Sabotage, expect: &'static str) {
    let options = Options { story: false, sabotage: Some(sabotage), only: Some(expect) };
    let noticed =
        (0..SEEDS).any(|seed| run(seed, options).failure.is_some_and(|failure| failure.property == expect));
    assert!(noticed, "{sabotage:?} is not noticed by \"{expect}\" in {SEEDS} seeds");
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
    check(Sabotage::ReadyTooEarly, "weight never exceeds what ready capacity serves");
    check(Sabotage::ReadyTooEarly, "traffic returns to stable only when stable is ready at full size");
}

#[test]
fn a_target_that_never_stops_anything() {
    check(Sabotage::NeverStops, "every rollout ends or waits for a person");
}

#[test]
fn a_target_that_hides_what_still_stops() {
    check(Sabotage::HidesInstances, "the candidate's instances are gone after a rollback");
}

#[test]
fn a_router_that_says_what_it_does_not_do() {
    check(Sabotage::RouterLies, "rolled back is never said without reading back a weight of 0");
    check(Sabotage::RouterLies, "an instance leaves the route before it stops");
    check(Sabotage::RouterLies, "what started ends, and the world is as it should be");
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

#[test]
fn somebody_who_changes_routes_on_nobodys_behalf() {
    check(Sabotage::Rogue, "no effect without a recorded intent");
    check(Sabotage::Rogue, "a route goes offline only where it must");
}
