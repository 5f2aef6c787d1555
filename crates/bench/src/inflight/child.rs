//! The process that is measured and killed: engine, SQLite store, drive, and a world that does everything at once.
//!
//! Invariant: it says what it has reached in one line on stdout when it has reached it. Deliberately not here: taking
//! times (the parent does).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::Steady;
use tidegate_engine::{Engine, Settings};
use tidegate_ports::{Batch, Journal as _, RowQuery, Wake};
use tidegate_store::sqlite::SqliteStore;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::seed::Seeding;
use super::virtual_clock::{Held, running_from};
use crate::drive::{Clock, Drive, told};
use crate::measured::Times;
use crate::result::say;
use crate::scene;
use crate::watched::{Changed, Watched};
use crate::world::InstantWorld;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    phase: Phase,
    #[arg(long)]
    rollouts: usize,
    #[arg(long)]
    wakes: usize,
}

#[derive(Debug, Clone, Copy)]
pub enum Phase {
    Seed,
    /// Everything is looked at once, then every timer is due.
    Timers,
    /// After a kill, with every timer over; each number begins a rung later.
    Recovery {
        number: usize,
    },
    /// Nothing but wake-ups far ahead.
    Pending,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Seed => out.write_str("seed"),
            Self::Timers => out.write_str("timers"),
            Self::Recovery { number } => write!(out, "recovery-{number}"),
            Self::Pending => out.write_str("pending"),
        }
    }
}

impl FromStr for Phase {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "seed" => Ok(Self::Seed),
            "timers" => Ok(Self::Timers),
            "pending" => Ok(Self::Pending),
            other => other
                .strip_prefix("recovery-")
                .and_then(|number| number.parse().ok())
                .map(|number| Self::Recovery { number })
                .ok_or_else(|| format!("`{other}` is no phase")),
        }
    }
}

/// The stay at each rung.
const DWELL_SECONDS: u64 = 60;
/// The timeline of the seeded rollouts lies so far ahead that nothing is due by the machine's own clock.
const AHEAD_MS: u64 = 30 * 24 * 3_600 * 1_000;
/// Before the timers are due: enough to look at everything first.
const EARLY_MS: u64 = 10_000;
const REPORT_EVERY: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(5);

pub async fn serve(args: &Args) -> Result<()> {
    let began = args.data.join("began");
    let begin_ms = match args.phase {
        Phase::Seed | Phase::Pending => {
            let wall = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
            std::fs::write(&began, (wall + AHEAD_MS).to_string())?;
            wall + AHEAD_MS
        }
        Phase::Timers | Phase::Recovery { .. } => std::fs::read_to_string(&began)?.parse()?,
    };
    match args.phase {
        Phase::Seed => seed(args, begin_ms).await,
        Phase::Timers => timers(args, begin_ms).await,
        Phase::Recovery { number } => {
            // Each recovery finds every stay over and takes every rollout to its next rung; there are six.
            let now_ms = begin_ms + (number as u64 + 2) * (DWELL_SECONDS * 1_000 + EARLY_MS);
            recovery(args, now_ms).await
        }
        Phase::Pending => pending(args, begin_ms).await,
    }
}

struct Plane {
    drive: Drive,
    world: Arc<InstantWorld>,
    changes: mpsc::UnboundedReceiver<Changed>,
}

fn plane(args: &Args, clock: Clock) -> Result<Plane> {
    let store = SqliteStore::open(args.data.join("tidegate.db")).map_err(told)?;
    let (changed, changes) = mpsc::unbounded_channel();
    let store = Watched::over(Arc::new(store), Some(changed), 0);
    let bits = AtomicU64::new(clock().steady.0);
    let settings = Settings {
        holder: format!("bench-{}", std::process::id()),
        exclusive: true,
        ids: Box::new(move || bits.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
    };
    let world = InstantWorld::new(true);
    let engine = Arc::new(Engine::new(store.clone(), world.world(), settings));
    Ok(Plane { drive: Drive::new(engine, store, clock), world, changes })
}

async fn seed(args: &Args, begin_ms: u64) -> Result<()> {
    let clock = Held::at(begin_ms);
    let Plane { drive, .. } = plane(args, clock.clock())?;
    let (_stop, mut driving) = work(&drive);
    let (engine, store) = (Arc::clone(&drive.engine), Arc::clone(&drive.store));
    let shape = scene::dwelling(DWELL_SECONDS);
    let seeding = Seeding { engine, store, clock, begin_ms, rollouts: args.rollouts, shape };
    tokio::select! {
        seeded = seeding.run() => seeded?,
        Some(ended) = driving.join_next() => ended??,
    }
    let counts = &drive.store.counts;
    let (steps, events) = (counts.steps.load(Ordering::Relaxed), counts.events.load(Ordering::Relaxed));
    let size = std::fs::metadata(args.data.join("tidegate.db"))?.len() >> 20;
    say(&format!("seeded {}", json!({ "steps": steps, "events": events, "mebibytes": size })));
    Ok(())
}

fn work(drive: &Drive) -> (watch::Sender<bool>, JoinSet<Result<()>>) {
    let (stop, stopping) = watch::channel(false);
    let mut driving = JoinSet::new();
    driving.spawn(drive.clone().run(stopping));
    driving.spawn(drive.clone().send_notices());
    (stop, driving)
}

async fn timers(args: &Args, begin_ms: u64) -> Result<()> {
    let due_ms = begin_ms + DWELL_SECONDS * 1_000;
    let now_ms = due_ms - EARLY_MS;
    let (clock, began) = (running_from(now_ms), Instant::now());
    let Plane { drive, mut changes, .. } = plane(args, clock)?;
    answer(&drive).await?;
    say("ready");
    let (_stop, mut driving) = work(&drive);
    let mut fired = BTreeSet::new();
    let mut times = Vec::new();
    while fired.len() < args.rollouts {
        tokio::select! {
            Some(changed) = changes.recv() => {
                if fired.insert(changed.rollout) {
                    times.push((changed.at - began).saturating_sub(Duration::from_millis(EARLY_MS)));
                }
            }
            Some(ended) = driving.join_next() => ended??,
        }
    }
    let times = Times::new(times);
    say(&format!(
        "fired {}",
        json!({ "p50_ms": times.at_ms(0.5), "p99_ms": times.at_ms(0.99), "last_ms": times.most_ms() })
    ));
    settle(&mut changes).await;
    say("settled");
    report(&drive, &mut driving).await
}

async fn recovery(args: &Args, now_ms: u64) -> Result<()> {
    let Plane { drive, world, mut changes } = plane(args, running_from(now_ms))?;
    answer(&drive).await?;
    say("ready");
    let (_stop, mut driving) = work(&drive);
    let (mut moved, mut looked) = (BTreeSet::new(), false);
    while moved.len() < args.rollouts || !looked {
        tokio::select! {
            Some(changed) = changes.recv() => drop(moved.insert(changed.rollout)),
            () = tokio::time::sleep(POLL) => {}
            Some(ended) = driving.join_next() => ended??,
        }
        if !looked && world.asked_count() >= args.rollouts {
            looked = true;
            say("looked");
        }
    }
    say("moved");
    report(&drive, &mut driving).await
}

async fn pending(args: &Args, begin_ms: u64) -> Result<()> {
    const AT_ONCE: usize = 5_000;
    let Plane { drive, .. } = plane(args, running_from(begin_ms))?;
    for first in (0..args.wakes).step_by(AT_ONCE) {
        let wake = |number: usize| Wake {
            stream: StreamId::Rollout(RolloutId::from_bits(
                (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            )),
            at: Some(Steady(begin_ms + AHEAD_MS + number as u64)),
        };
        let wakes = (first..args.wakes.min(first + AT_ONCE)).map(wake).collect();
        drive.store.append(Batch { wakes, ..Batch::default() }).await?;
    }
    let (_stop, mut driving) = work(&drive);
    say("ready");
    report(&drive, &mut driving).await
}

/// What a first caller would ask: the newest rollouts.
async fn answer(drive: &Drive) -> Result<()> {
    let query = RowQuery { kind: "rollout".to_owned(), limit: 50, ..RowQuery::default() };
    if drive.store.rows(query).await.map_err(told)?.is_empty() {
        bail!("there is no rollout");
    }
    Ok(())
}

/// Until nothing has changed for a second.
async fn settle(changes: &mut mpsc::UnboundedReceiver<Changed>) {
    while let Ok(Some(_)) = tokio::time::timeout(REPORT_EVERY, changes.recv()).await {}
}

/// Says how many ticks there were, until it is killed.
async fn report(drive: &Drive, driving: &mut JoinSet<Result<()>>) -> Result<()> {
    let mut beat = tokio::time::interval(REPORT_EVERY);
    loop {
        tokio::select! {
            _ = beat.tick() => say(&format!("ticks {}", drive.ticks.load(Ordering::Relaxed))),
            ended = driving.join_next() => ended.context("nothing drives any more")???,
        }
    }
}
