//! The yardstick: the least code that does the same step in SQLite with the same durability and group commit.
//!
//! Invariant: compare-and-set of version and fence, events, read rows, wake-up and outbox rows, under the same indexes
//! as the store's; no audit tree, no ports, no faults, no decision. Deliberately not here: anything else that a real
//! store needs.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use rusqlite::{Connection, params};
use tidegate_ports::Batch;
use tokio::sync::{mpsc, oneshot};

use super::Side;
use crate::machine;
use crate::measured::Times;

/// As many as the store takes into one transaction.
const GROUP_MAX: usize = 64;
const QUEUE_MAX: usize = 1_024;
const FENCE: i64 = 7;
const SCHEMA: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;
    CREATE TABLE streams (id TEXT PRIMARY KEY, version INTEGER NOT NULL, fence INTEGER NOT NULL, next_at INTEGER)
        WITHOUT ROWID;
    CREATE INDEX streams_due ON streams (next_at);
    CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL,
        kind TEXT NOT NULL, body TEXT NOT NULL, actor TEXT NOT NULL, wall_ms INTEGER NOT NULL,
        steady_ms INTEGER NOT NULL, UNIQUE (stream, version));
    CREATE TABLE read_rows (kind TEXT NOT NULL, id TEXT NOT NULL, scope TEXT NOT NULL, state TEXT NOT NULL,
        position INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id));
    CREATE INDEX read_rows_by_change ON read_rows (kind, position);
    CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, topic TEXT NOT NULL,
        body TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX outbox_unsent ON outbox (sequence) WHERE sent = 0;";

/// What one step writes.
#[derive(Debug, Clone)]
pub struct Template {
    /// Kind and body.
    events: Vec<(String, String)>,
    /// Kind and body.
    rows: Vec<(String, String)>,
    /// Topic and body.
    outbox: Vec<(String, String)>,
}

impl Template {
    pub fn of(batch: &Batch) -> Self {
        let events = batch.appends.iter().flat_map(|append| &append.events);
        Self {
            events: events.map(|event| (event.kind.clone(), event.body.clone())).collect(),
            rows: batch.rows.iter().map(|row| (row.kind.clone(), row.body.clone())).collect(),
            outbox: batch.outbox.iter().map(|told| (told.topic.clone(), told.body.clone())).collect(),
        }
    }

    /// The smallest step there could be: one of each, a hundred bytes long.
    pub fn plain() -> Self {
        let body =
            r#"{"step":3,"kind":"weight","weight":2500,"generation":"7.1234","soak_seconds":60,"by":"rule"}"#;
        let one = |kind: &str| vec![(kind.to_owned(), body.to_owned())];
        Self { events: one("rollout.step-entered"), rows: one("rollout"), outbox: one("effect") }
    }
}

struct Step {
    stream: Arc<str>,
    version: i64,
    template: usize,
    reply: oneshot::Sender<bool>,
}

struct Bare {
    queue: mpsc::Sender<Step>,
    thread: JoinHandle<Result<()>>,
}

/// So many callers, each with a stream of its own, one step after the other.
pub async fn round(path: &Path, templates: &[Template], callers: usize, seconds: f64) -> Result<Side> {
    let bare = Bare::open(path, templates.to_vec(), callers)?;
    let (began, cpu) = (Instant::now(), machine::cpu_seconds(std::process::id()));
    let until = began + Duration::from_secs_f64(seconds);
    let drivers: Vec<_> = (0..callers)
        .map(|caller| tokio::spawn(drive(bare.queue.clone(), templates.to_vec(), caller, until)))
        .collect();
    let (mut times, mut events) = (Vec::new(), 0);
    for driver in drivers {
        let (some, written) = driver.await??;
        times.extend(some);
        events += written;
    }
    let (took, count) = (began.elapsed().as_secs_f64(), times.len() as f64);
    let cpu = machine::cpu_seconds(std::process::id()) - cpu;
    drop(bare.queue);
    bare.thread.join().map_err(|_| anyhow!("the bare writer had a bug"))??;
    Ok(Side {
        per_second: count / took,
        times: Times::new(times),
        cpu_micros: cpu * 1e6 / count,
        events_per_step: events as f64 / count,
    })
}

async fn drive(
    queue: mpsc::Sender<Step>,
    templates: Vec<Template>,
    caller: usize,
    until: Instant,
) -> Result<(Vec<Duration>, usize)> {
    let stream: Arc<str> = name(caller).into();
    let (mut version, mut times, mut events) = (0, Vec::new(), 0);
    // Callers begin at different places of what was recorded.
    for template in (0..templates.len()).cycle().skip(caller * 7) {
        let started = Instant::now();
        if started >= until {
            break;
        }
        let (reply, answer) = oneshot::channel();
        let step = Step { stream: Arc::clone(&stream), version, template, reply };
        queue.send(step).await.map_err(|_| anyhow!("the bare writer has ended"))?;
        if !answer.await.context("the bare writer has ended")? {
            bail!("a compare-and-set of the bare program was refused");
        }
        times.push(started.elapsed());
        let written = templates[template].events.len();
        version += i64::try_from(written)?;
        events += written;
    }
    Ok((times, events))
}

fn name(caller: usize) -> String {
    format!("rollout/rol_{caller:016x}")
}

impl Bare {
    fn open(path: &Path, templates: Vec<Template>, callers: usize) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        for caller in 0..callers {
            let sql = "INSERT INTO streams (id, version, fence, next_at) VALUES (?1, 0, ?2, 0)";
            connection.execute(sql, params![name(caller), FENCE])?;
        }
        connection.set_prepared_statement_cache_capacity(64);
        let (queue, receiver) = mpsc::channel(QUEUE_MAX);
        let thread = std::thread::spawn(move || write(&connection, &templates, receiver));
        Ok(Self { queue, thread })
    }
}

fn write(connection: &Connection, templates: &[Template], mut queue: mpsc::Receiver<Step>) -> Result<()> {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut answers = Vec::with_capacity(group.len());
        for step in &group {
            answers.push(one(connection, step, &templates[step.template])?);
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        for (step, answer) in group.into_iter().zip(answers) {
            // A caller whose time is up has gone.
            let _ = step.reply.send(answer);
        }
    }
    Ok(())
}

fn one(connection: &Connection, step: &Step, template: &Template) -> rusqlite::Result<bool> {
    let (stream, version) = (&*step.stream, step.version);
    let added = i64::try_from(template.events.len()).unwrap_or(i64::MAX);
    let changed = connection
        .prepare_cached(
            "UPDATE streams SET version = version + ?4, next_at = ?5 WHERE id = ?1 AND version = ?2 AND fence = ?3",
        )?
        .execute(params![stream, version, FENCE, added, version + added])?;
    if changed == 0 {
        return Ok(false);
    }
    for ((kind, body), version) in template.events.iter().zip(version + 1..) {
        connection
            .prepare_cached(
                "INSERT INTO events (stream, version, kind, body, actor, wall_ms, steady_ms)
                 VALUES (?1, ?2, ?3, ?4, 'tidegate', 1763714604123, ?2)",
            )?
            .execute(params![stream, version, kind, body])?;
    }
    let position = connection.last_insert_rowid();
    for (kind, body) in &template.rows {
        connection
            .prepare_cached(
                "INSERT INTO read_rows (kind, id, scope, state, position, body)
                 VALUES (?1, ?2, 'production', 'advancing', ?3, ?4)
                 ON CONFLICT (kind, id) DO UPDATE SET scope = excluded.scope, state = excluded.state,
                     position = excluded.position, body = excluded.body",
            )?
            .execute(params![kind, stream, position, body])?;
    }
    for (topic, body) in &template.outbox {
        connection
            .prepare_cached("INSERT INTO outbox (id, topic, body) VALUES (?1, ?2, ?3)")?
            .execute(params![format!("{stream}/{topic}/{version}"), topic, body])?;
    }
    Ok(true)
}
