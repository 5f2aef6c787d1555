//! The engine as it ships, on its SQLite store, in a world that does everything at once.
//!
//! Invariant: as many rollouts are active all the time: when one has succeeded, its component's next release is created
//! and started. Deliberately not here: what it is compared to.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_engine::{Command, Engine, Settings};
use tidegate_store::sqlite::SqliteStore;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::Side;
use super::bare::Template;
use crate::drive::{Drive, told};
use crate::machine;
use crate::measured::Times;
use crate::scene;
use crate::watched::{Changed, Watched};
use crate::world::InstantWorld;

const ENVIRONMENT: &str = "production";
const WARM_UP: Duration = Duration::from_millis(500);
/// About six rollouts of each of 64, or all of one for a good while.
const RECORDED: usize = 4_000;

/// Rollouts that ended, and who waits for them.
#[derive(Default)]
struct Ends(Mutex<BTreeMap<String, End>>);

enum End {
    Awaited(oneshot::Sender<()>),
    Come,
}

impl Ends {
    fn come(&self, rollout: String) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match ends.remove(&rollout) {
            // Whoever waited may have stopped.
            Some(End::Awaited(waiting)) => drop(waiting.send(())),
            Some(End::Come) | None => drop(ends.insert(rollout, End::Come)),
        }
    }

    fn wait(&self, rollout: &str) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match ends.remove(rollout) {
            Some(End::Come | End::Awaited(_)) => drop(sender.send(())),
            None => drop(ends.insert(rollout.to_owned(), End::Awaited(sender))),
        }
        receiver
    }
}

/// The engine at work.
struct Running {
    drive: Drive,
    stop: watch::Sender<bool>,
    tasks: JoinSet<Result<()>>,
}

pub async fn round(folder: &Path, rollouts: usize, seconds: f64) -> Result<Side> {
    let mut running = start(&folder.join("engine.db"), rollouts, 0).await?;
    let measured = measure(&mut running, seconds).await;
    running.end().await?;
    measured
}

/// What the engine writes, for the bare program to write too.
pub async fn record(folder: &Path, rollouts: usize) -> Result<Vec<Template>> {
    let mut running = start(&folder.join("record.db"), rollouts, RECORDED).await?;
    running.run_for(WARM_UP * 3).await?;
    let batches = running.drive.store.take_recorded();
    running.end().await?;
    // What belongs to the beginning (the catalog, the first releases) is left out.
    let later = batches.iter().skip(batches.len() / 4).filter(|batch| !batch.appends.is_empty());
    Ok(later.map(Template::of).collect())
}

async fn start(path: &Path, rollouts: usize, recorded: usize) -> Result<Running> {
    let store = SqliteStore::open(path).map_err(told)?;
    let (changed, changes) = mpsc::unbounded_channel();
    let store = Watched::over(Arc::new(store), Some(changed), recorded);
    let bits = std::sync::atomic::AtomicU64::new(1);
    let settings = Settings {
        holder: "bench".to_owned(),
        exclusive: true,
        // Spread over the index as random ones are.
        ids: Box::new(move || bits.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
    };
    let engine = Arc::new(Engine::new(store.clone(), InstantWorld::new(false).world(), settings));
    let catalog = scene::catalog(ENVIRONMENT, rollouts, &scene::brisk())?;
    scene::submit(&engine, Command::Apply(catalog), now()).await?;
    let drive = Drive::new(engine, store, Arc::new(now));
    let (stop, stopping) = watch::channel(false);
    let ends = Arc::new(Ends::default());
    let mut tasks = JoinSet::new();
    tasks.spawn(drive.clone().run(stopping));
    tasks.spawn(drive.clone().send_notices());
    tasks.spawn(listen(changes, Arc::clone(&ends)));
    for component in 0..rollouts {
        tasks.spawn(release_on_and_on(Arc::clone(&drive.engine), component, Arc::clone(&ends)));
    }
    Ok(Running { drive, stop, tasks })
}

async fn listen(mut changes: mpsc::UnboundedReceiver<Changed>, ends: Arc<Ends>) -> Result<()> {
    while let Some(Changed { rollout, state, .. }) = changes.recv().await {
        if state == "succeeded" {
            ends.come(rollout);
        }
    }
    Ok(())
}

async fn release_on_and_on(engine: Arc<Engine>, component: usize, ends: Arc<Ends>) -> Result<()> {
    for number in 1.. {
        let rollout = scene::release(&engine, (ENVIRONMENT, component), number, now()).await?;
        ends.wait(rollout.as_str()).await.context("nobody listens any more")?;
    }
    Ok(())
}

async fn measure(running: &mut Running, seconds: f64) -> Result<Side> {
    running.run_for(WARM_UP).await?;
    let store = Arc::clone(&running.drive.store);
    let counts = &store.counts;
    counts.take_times();
    let (steps, events) = (counts.steps.load(Ordering::Relaxed), counts.events.load(Ordering::Relaxed));
    let (began, cpu) = (Instant::now(), machine::cpu_seconds(std::process::id()));
    running.run_for(Duration::from_secs_f64(seconds)).await?;
    let (took, times) = (began.elapsed().as_secs_f64(), counts.take_times());
    let cpu = machine::cpu_seconds(std::process::id()) - cpu;
    let steps = (counts.steps.load(Ordering::Relaxed) - steps) as f64;
    let events = (counts.events.load(Ordering::Relaxed) - events) as f64;
    Ok(Side {
        per_second: steps / took,
        times: Times::new(times),
        cpu_micros: cpu * 1e6 / steps,
        events_per_step: events / steps,
    })
}

impl Running {
    /// Refused as soon as something in it fails.
    async fn run_for(&mut self, time: Duration) -> Result<()> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            Some(ended) = self.tasks.join_next() => ended?.and(Err(anyhow::anyhow!("a task ended too early"))),
        }
    }

    /// The file is closed when this returns.
    async fn end(mut self) -> Result<()> {
        let _ = self.stop.send(true);
        self.tasks.shutdown().await;
        Ok(())
    }
}

fn now() -> Moment {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let wall_ms = wall.as_millis() as u64;
    Moment { wall_ms, steady: Steady(wall_ms) }
}
