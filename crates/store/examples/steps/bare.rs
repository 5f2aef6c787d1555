//! The yardstick: the least code that does the same step in SQLite with the same durability and group commit.
//!
//! Invariant: the same rows and indexes are written as by the store, without audit tree, ports or faults. Deliberately
//! not here: anything that a real store needs beyond the step.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

use crate::{BODY, ROW, Times};

const GROUP_MAX: usize = 64;
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
    CREATE TABLE effects (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
        sent INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX effects_unsent ON effects (sequence) WHERE sent = 0;";

struct Step {
    stream: String,
    version: i64,
    fence: i64,
    reply: oneshot::Sender<bool>,
}

pub struct Bare {
    queue: Option<mpsc::Sender<Step>>,
    thread: Option<JoinHandle<()>>,
}

impl Bare {
    pub fn open(path: &Path, streams: u64) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        for stream in 0..streams {
            let sql = "INSERT INTO streams (id, version, fence, next_at) VALUES (?1, 0, 7, 0)";
            connection.execute(sql, [name(stream)]).unwrap();
        }
        connection.set_prepared_statement_cache_capacity(64);
        let (queue, receiver) = mpsc::channel(1_024);
        let thread = std::thread::spawn(move || write(&connection, receiver));
        Self { queue: Some(queue), thread: Some(thread) }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.queue = None;
        self.thread.take().unwrap().join().unwrap();
    }
}

fn name(stream: u64) -> String {
    format!("rollout/rol_{stream:016x}")
}

fn write(connection: &Connection, mut queue: mpsc::Receiver<Step>) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        connection.prepare_cached("BEGIN IMMEDIATE").unwrap().execute([]).unwrap();
        let answers: Vec<bool> = group.iter().map(|step| one(connection, step).unwrap()).collect();
        connection.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
        for (step, answer) in group.into_iter().zip(answers) {
            step.reply.send(answer).unwrap();
        }
    }
}

fn one(connection: &Connection, step: &Step) -> rusqlite::Result<bool> {
    let Step { stream, version, fence, .. } = step;
    let changed = connection
        .prepare_cached(
            "UPDATE streams SET version = version + 1, next_at = ?4 WHERE id = ?1 AND version = ?2 AND fence = ?3",
        )?
        .execute(params![stream, version, fence, version + 1])?;
    if changed == 0 {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "INSERT INTO events (stream, version, kind, body, actor, wall_ms, steady_ms)
             VALUES (?1, ?2, 'step_entered', ?3, 'tidegate', 1763714604123, ?2)",
        )?
        .execute(params![stream, version + 1, BODY])?;
    let position = connection.last_insert_rowid();
    connection
        .prepare_cached(
            "INSERT INTO read_rows (kind, id, scope, state, position, body)
             VALUES ('rollout', ?1, 'production', 'advancing', ?2, ?3)
             ON CONFLICT (kind, id) DO UPDATE SET scope = excluded.scope, state = excluded.state,
                 position = excluded.position, body = excluded.body",
        )?
        .execute(params![stream, position, ROW])?;
    connection
        .prepare_cached("INSERT INTO effects (id, body) VALUES (?1, ?2)")?
        .execute(params![format!("{stream}/{version}"), BODY])?;
    Ok(true)
}

pub async fn drive(bare: Arc<Bare>, caller: u64, until: Instant) -> Times {
    let mut times = Times::default();
    for version in 0.. {
        let started = Instant::now();
        if started >= until {
            break;
        }
        let (reply, answer) = oneshot::channel();
        let step = Step { stream: name(caller), version, fence: 7, reply };
        bare.queue.as_ref().unwrap().send(step).await.unwrap_or_else(|_| panic!("the writer has ended"));
        assert!(answer.await.unwrap());
        times.time(started);
    }
    times
}
