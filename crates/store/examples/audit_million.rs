//! Measures how long the audit of a long log takes, and how long a database of that size takes to open.
//!
//! Invariant: the log is written through the store itself. Deliberately not here: passing or failing.
//!
//! `cargo run --profile ci -p tidegate-store --example audit_million -- [events] [directory]`
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::time::Instant;

use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_ports::{Batch, Journal, NewEvent, StreamAppend};
use tidegate_store::sqlite::{SqliteStore, open_readonly_for_audit};

const BODY: &str = r#"{"step":3,"kind":"weight","weight":2500,"generation":"7.1234","soak_seconds":60,"why":"errors 0.1 % against 0.1 %, evidence 0.8 : 1 after 58 s and 231 requests"}"#;
const EVENTS_PER_STREAM: u64 = 500;

fn history(stream: u64) -> Batch {
    let event = NewEvent { kind: "step_entered".to_owned(), body: BODY.to_owned() };
    let events = vec![event; EVENTS_PER_STREAM as usize];
    let stream = StreamId::Rollout(RolloutId::from_bits(stream));
    Batch {
        at: Moment { wall_ms: 1_763_714_604_123, steady: Steady(77) },
        actor: "tidegate".to_owned(),
        appends: vec![StreamAppend { stream, expected_version: 0, events }],
        ..Batch::default()
    }
}

/// Of this process so far, in user and system mode: on a shared machine it says more than the clock. Fields 14 and
/// 15 of proc_pid_stat(5), in ticks of which there are 100 a second on every Linux that Rust runs on.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let ticks = after_name.split(' ').skip(11).take(2).map(|field| field.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let events: u64 = arguments.next().map_or(1_000_000, |text| text.parse().expect("a number of events"));
    let parent = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let directory = tempfile::tempdir_in(parent).unwrap();
    let path = directory.path().join("tidegate.db");

    let started = Instant::now();
    let store = SqliteStore::open(&path).unwrap();
    for stream in 0..events / EVENTS_PER_STREAM {
        store.append(history(stream)).await.unwrap();
    }
    drop(store);
    let megabytes = std::fs::metadata(&path).unwrap().len() >> 20;
    println!("written   {:>6.2} s, {megabytes} MiB", started.elapsed().as_secs_f64());

    let started = Instant::now();
    let store = SqliteStore::open(&path).unwrap();
    println!("opened    {:>6.1} ms", started.elapsed().as_secs_f64() * 1_000.0);
    drop(store);

    let (started, cpu) = (Instant::now(), cpu_seconds());
    let audit = open_readonly_for_audit(&path).unwrap().verify().unwrap();
    let seconds = started.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - cpu;
    println!("verified  {seconds:>6.2} s ({cpu:.2} s of processor time), {:?}", audit.chain);
    println!(
        r#"{{"events":{},"audit_seconds":{seconds:.3},"audit_cpu_seconds":{cpu:.2},"megabytes":{megabytes}}}"#,
        audit.events
    );
}
