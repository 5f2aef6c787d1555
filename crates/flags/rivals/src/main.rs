//! Flag evaluators side by side: one pinned thread, medians over rounds in which each engine has its turn.
//!
//! Invariant: every engine answers the same questions, the results are used, and what each finds on is shown, so that no
//! figure stands for work that was not done. `scripts/bench flags` runs it.

mod engines;

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

use engines::{Engine, Flagd, Kind, LaunchDarkly, Subject, Tidegate, Unleash, key};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MANY: usize = 10_000;
const BULK: usize = 1_000;
const CASES: [&str; 6] = [
    "static, ns",
    "in of ten + 25 %, ns",
    "random of 10 000, ns",
    "1 000 for one subject, µs",
    "load 10 000, ms",
    "flip 1 of 10 000, µs",
];

/// Nanoseconds a call and allocations a call.
#[derive(Clone, Copy, Default)]
struct Cost {
    nanoseconds: f64,
    allocations: f64,
}

#[derive(Default)]
struct Row {
    name: &'static str,
    rounds: [Vec<Cost>; 6],
    bytes_a_flag: f64,
    share_on: f64,
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|given| given.parse().ok()).unwrap_or(7).max(1);
    let before = load_average();
    let mut rows = [row::<Tidegate>(), row::<LaunchDarkly>(), row::<Unleash>(), row::<Flagd>()];
    for round in 0..rounds {
        measure::<Tidegate>(&mut rows[0], round);
        measure::<LaunchDarkly>(&mut rows[1], round);
        measure::<Unleash>(&mut rows[2], round);
        measure::<Flagd>(&mut rows[3], round);
    }
    print(&rows, rounds);
    println!("\nload {before} → {}", load_average());
}

fn subject() -> Subject {
    Subject { key: "user-4711".to_owned(), country: "FR" }
}

fn row<E: Engine>() -> Row {
    let document = E::document(Kind::Rule, MANY);
    let region = Region::new(ALLOCATOR);
    let engine = E::load(&document, &subject());
    let change = region.change();
    let kept = change.bytes_allocated as f64 - change.bytes_deallocated as f64;
    let keys: Vec<String> = (0..MANY).map(key).collect();
    let on = keys.iter().filter(|key| engine.is_on(key)).count();
    Row { name: E::NAME, bytes_a_flag: kept / MANY as f64, share_on: on as f64 / MANY as f64, ..Row::default() }
}

fn measure<E: Engine>(row: &mut Row, round: usize) {
    let plain = E::load(&E::document(Kind::Static, 1), &subject());
    let one = key(0);
    row.rounds[0].push(cost(Duration::from_millis(200), || plain.is_on(black_box(&one))));

    let ruled = E::load(&E::document(Kind::Rule, 1), &subject());
    row.rounds[1].push(cost(Duration::from_millis(200), || ruled.is_on(black_box(&one))));

    let document = E::document(Kind::Rule, MANY);
    let mut many = E::load(&document, &subject());
    let keys: Vec<String> = (0..MANY).map(key).collect();
    let mut at = 12_345 + round;
    let random = || {
        at = (at.wrapping_mul(6_364_136_223_846_793_005)).wrapping_add(1_442_695_040_888_963_407);
        &keys[(at >> 33) % MANY]
    };
    row.rounds[2].push(random_cost(&many, random));

    let bulk = E::load(&E::document(Kind::Rule, BULK), &subject());
    let all: Vec<String> = (0..BULK).map(key).collect();
    row.rounds[3].push(cost(Duration::from_millis(200), || bulk.all_on(black_box(&all))));

    let load = || E::load(black_box(&document), &subject());
    row.rounds[4].push(cost(Duration::from_millis(1), load));

    let changes = [E::change(&keys[MANY / 2], false), E::change(&keys[MANY / 2], true)];
    let mut turn = 0;
    row.rounds[5].push(cost(Duration::from_millis(20), || {
        turn += 1;
        many.flip(&keys[MANY / 2], black_box(&changes[turn % 2]));
    }));
}

/// Without the cost of choosing a key, which a second pass without evaluation measures.
fn random_cost<'a, E: Engine>(engine: &E, mut key: impl FnMut() -> &'a String) -> Cost {
    let choosing = cost(Duration::from_millis(100), || key().len());
    let both = cost(Duration::from_millis(300), || engine.is_on(black_box(key())));
    Cost { nanoseconds: both.nanoseconds - choosing.nanoseconds, allocations: both.allocations }
}

fn cost<T>(for_about: Duration, mut call: impl FnMut() -> T) -> Cost {
    black_box(call());
    let (mut calls, mut batch) = (0_u64, 1_u64);
    let region = Region::new(ALLOCATOR);
    let begun = Instant::now();
    while begun.elapsed() < for_about {
        for _ in 0..batch {
            black_box(call());
        }
        calls += batch;
        batch = (batch * 2).min(4_096);
    }
    let nanoseconds = begun.elapsed().as_nanos() as f64 / calls as f64;
    Cost { nanoseconds, allocations: region.change().allocations as f64 / calls as f64 }
}

fn median(of: &[Cost], by: impl Fn(&Cost) -> f64) -> f64 {
    let mut all: Vec<f64> = of.iter().map(by).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn print(rows: &[Row], rounds: usize) {
    println!("median of {rounds} rounds (allocations a call)\n");
    println!("| | {} | bytes a flag | on |", CASES.join(" | "));
    println!("|---|{}---|---|", "---|".repeat(CASES.len()));
    let units = [1.0, 1.0, 1.0, 1e3, 1e6, 1e3];
    for row in rows {
        let cells: Vec<String> = row
            .rounds
            .iter()
            .zip(units)
            .map(|(costs, unit)| {
                let time = median(costs, |cost| cost.nanoseconds) / unit;
                format!("{time:.1} ({:.0})", median(costs, |cost| cost.allocations))
            })
            .collect();
        println!("| {} | {} | {:.0} | {:.3} |", row.name, cells.join(" | "), row.bytes_a_flag, row.share_on);
    }
    let (ours, rivals) = rows.split_first().expect("there are four engines");
    println!();
    println!("| of the fastest rival in the same round | median (lowest … highest) |\n|---|---|");
    for (index, case) in CASES.iter().enumerate() {
        let ratio = |round: usize| {
            let fastest = rivals.iter().map(|rival| rival.rounds[index][round].nanoseconds).fold(f64::MAX, f64::min);
            ours.rounds[index][round].nanoseconds / fastest
        };
        let mut ratios: Vec<f64> = (0..rounds).map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        let (name, _) = case.rsplit_once(',').unwrap_or((case, ""));
        println!("| {name} | {:.2} ({:.2} … {:.2}) |", ratios[rounds / 2], ratios[0], ratios[rounds - 1]);
    }
}

fn load_average() -> String {
    std::fs::read_to_string("/proc/loadavg").ok().and_then(|text| text.split(' ').next().map(str::to_owned)).unwrap_or_default()
}
