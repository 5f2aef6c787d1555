//! Measures steps a second of the SQLite store side by side with a bare rusqlite program that does the same step with
//! the same durability and group commit, and with the disk itself.
//!
//! Invariant: a step is one lease check, one event, one read row, one wake-up and one outbox row, durable before it
//! counts; both sides run in turn in one process on the same disk. Deliberately not here: passing or failing.
//!
//! `cargo run --profile ci -p tidegate-store --example steps -- [seconds per case] [directory]`
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

mod bare;

use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_ports::{Agenda, Batch, Journal, Lease, NewEvent, Notice, Row, StreamAppend, Wake};
use tidegate_store::sqlite::SqliteStore;

pub const BODY: &str = r#"{"step":3,"kind":"weight","weight":2500,"generation":"7.1234","soak_seconds":60}"#;
pub const ROW: &str = r#"{"environment":"production","component":"api","version":"1.4.0","weight":2500,"state":"advancing","since":1763714604123}"#;

const ROUNDS: usize = 3;

/// Each step's time from its call to its durable answer.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn time(&mut self, started: Instant) {
        self.0.push(started.elapsed());
    }
    fn merge(parts: Vec<Self>) -> Self {
        let mut all: Vec<Duration> = parts.into_iter().flat_map(|part| part.0).collect();
        all.sort();
        Self(all)
    }
    fn at_ms(&self, share: f64) -> f64 {
        let index = ((self.0.len() as f64 * share) as usize).min(self.0.len() - 1);
        self.0[index].as_secs_f64() * 1_000.0
    }
    fn per_second(&self, took: Duration) -> f64 {
        self.0.len() as f64 / took.as_secs_f64()
    }
}

struct Measured {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Measured {
    fn of(times: Vec<Times>, took: Duration) -> Self {
        let times = Times::merge(times);
        Self { per_second: times.per_second(took), p50_ms: times.at_ms(0.5), p99_ms: times.at_ms(0.99) }
    }
    fn line(&self) -> String {
        format!("{:>8.0}/s  p50 {:>6.2} ms  p99 {:>6.2} ms", self.per_second, self.p50_ms, self.p99_ms)
    }
    fn json(&self) -> String {
        format!(
            r#"{{"per_second":{:.0},"p50_ms":{:.3},"p99_ms":{:.3}}}"#,
            self.per_second, self.p50_ms, self.p99_ms
        )
    }
}

fn step(lease: &Lease, version: u64) -> Batch {
    let text = |text: &str| text.to_owned();
    let at = Moment { wall_ms: 1_763_714_604_123, steady: Steady(version) };
    let id = lease.stream.to_string();
    let event = NewEvent { kind: text("step_entered"), body: text(BODY) };
    let append =
        StreamAppend { stream: lease.stream.clone(), expected_version: version, events: vec![event] };
    let row = Row {
        kind: text("rollout"),
        id: id.clone(),
        scope: text("production"),
        state: text("advancing"),
        body: text(ROW),
    };
    let notice = Notice {
        id: format!("{id}/{version}"),
        topic: text("effect"),
        at,
        text: String::new(),
        body: text(BODY),
    };
    Batch {
        at,
        actor: text("tidegate"),
        lease: Some(lease.clone()),
        appends: vec![append],
        rows: vec![row],
        wakes: vec![Wake { stream: lease.stream.clone(), at: Some(Steady(version + 1)) }],
        outbox: vec![notice],
        ..Batch::default()
    }
}

async fn drive(store: SqliteStore, lease: Lease, until: Instant) -> Times {
    let mut times = Times::default();
    for version in 0.. {
        let started = Instant::now();
        if started >= until {
            break;
        }
        store.append(step(&lease, version)).await.unwrap();
        times.time(started);
    }
    times
}

async fn measure_store(directory: &Path, callers: u64, seconds: u64) -> Measured {
    let store = SqliteStore::open(directory.join(format!("store-{callers}.db"))).unwrap();
    let wakes = (0..callers)
        .map(|caller| Wake { stream: StreamId::Rollout(RolloutId::from_bits(caller)), at: Some(Steady(0)) })
        .collect();
    store.append(Batch { wakes, ..Batch::default() }).await.unwrap();
    let leases = store.claim("bench", Steady(1), 1_000).await.unwrap();
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let drivers: Vec<_> =
        leases.into_iter().map(|lease| tokio::spawn(drive(store.clone(), lease, until))).collect();
    let mut times = Vec::new();
    for driver in drivers {
        times.push(driver.await.unwrap());
    }
    Measured::of(times, started.elapsed())
}

async fn measure_bare(directory: &Path, callers: u64, seconds: u64) -> Measured {
    let bare = Arc::new(bare::Bare::open(&directory.join(format!("bare-{callers}.db")), callers));
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let drivers: Vec<_> =
        (0..callers).map(|caller| tokio::spawn(bare::drive(Arc::clone(&bare), caller, until))).collect();
    let mut times = Vec::new();
    for driver in drivers {
        times.push(driver.await.unwrap());
    }
    Measured::of(times, started.elapsed())
}

/// One 4 KiB append and fdatasync after the other.
fn measure_disk(directory: &Path, seconds: u64) -> Measured {
    let mut file = std::fs::File::create(directory.join("disk")).unwrap();
    let block = [7_u8; 4096];
    let mut times = Times::default();
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    loop {
        let started = Instant::now();
        if started >= until {
            return Measured::of(vec![times], begun.elapsed());
        }
        // A log that is used again and again, as the write-ahead log is.
        if file.stream_position().unwrap() >= 4 << 20 {
            file.rewind().unwrap();
        }
        file.write_all(&block).unwrap();
        file.sync_data().unwrap();
        times.time(started);
    }
}

/// In turn, several times; of each side the median round, as the machine may be shared.
async fn side_by_side(directory: &Path, callers: u64, seconds: u64) -> (Measured, Measured) {
    let (mut bare, mut store) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let round = tempfile::tempdir_in(directory).unwrap();
        bare.push(measure_bare(round.path(), callers, seconds).await);
        store.push(measure_store(round.path(), callers, seconds).await);
    }
    (median(bare), median(store))
}

fn median(mut rounds: Vec<Measured>) -> Measured {
    rounds.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    rounds.swap_remove(rounds.len() / 2)
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(2, |text| text.parse().expect("seconds per case"));
    let parent = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let directory = tempfile::tempdir_in(parent).unwrap();
    let disk = measure_disk(directory.path(), seconds);
    println!("disk, 4 KiB and fdatasync   {}", disk.line());
    let mut cases = Vec::new();
    for callers in [1, 8, 64] {
        let (bare, store) = side_by_side(directory.path(), callers, seconds).await;
        let ratio = store.per_second / bare.per_second;
        println!("{callers:>2} callers  bare rusqlite    {}", bare.line());
        println!("{callers:>2} callers  tidegate-store   {}   {ratio:.2} of bare", store.line());
        cases.push(format!(
            r#"{{"callers":{callers},"store":{},"bare":{},"ratio":{ratio:.3}}}"#,
            store.json(),
            bare.json()
        ));
    }
    println!(r#"{{"disk":{},"steps":[{}]}}"#, disk.json(), cases.join(","));
}
