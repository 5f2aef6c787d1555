//! The embedded store: one SQLite file, one thread that writes in groups, a few that read.
//!
//! Invariant: what `append` has answered is on the disk (write-ahead log, synchronous = FULL); the file is used by one
//! process at a time. Deliberately not here: SQL (`write.rs`, `agenda.rs`, `read.rs`).

mod agenda;
mod audit;
mod backup;
mod failure;
mod forget;
mod lock;
mod lookup;
mod migrate;
mod opening;
mod port;
mod read;
mod reader;
mod search;
mod values;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tidegate_ports::Fault;
use tokio::sync::{mpsc, oneshot};

pub use audit::{AuditFile, Heads, open_readonly_for_audit};
pub use forget::Past;
pub use search::{Exported, Found, Search};

use failure::{Failure, Health, Meaning};
use lock::LockFile;
use reader::Question;
use write::Unit;
use writer::{Pending, Task, Writer};

#[derive(Debug, Clone)]
pub struct SqliteSettings {
    /// The most 4 KiB pages the database may grow to; from there on writes answer `disk-full`.
    pub pages_max: Option<u32>,
    /// Frames in the write-ahead log from which it is copied into the database when nobody waits; at four times as
    /// many it is done anyway, at sixteen times readers are waited for so that the log can begin again.
    pub checkpoint_frames: u32,
}

impl Default for SqliteSettings {
    fn default() -> Self {
        Self { pages_max: None, checkpoint_frames: 1_000 }
    }
}

/// A handle; clones share the one writer. The file is closed and unlocked with the last of them.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    health: Arc<Health>,
    writes: Option<mpsc::Sender<Box<dyn Task>>>,
    reads: Option<mpsc::Sender<Question>>,
    threads: Mutex<Threads>,
    /// Let go after the threads have closed their connections.
    _lock: LockFile,
}

#[derive(Debug)]
struct Threads {
    readers: Vec<JoinHandle<()>>,
    writer: Vec<JoinHandle<()>>,
}

fn join(threads: &mut Vec<JoinHandle<()>>) {
    for thread in threads.drain(..) {
        // A thread that ended by a bug has said so already.
        drop(thread.join());
    }
}

impl SqliteStore {
    /// Blocks for as long as opening takes (a few milliseconds).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Fault> {
        Self::open_with(path, &SqliteSettings::default())
    }

    pub fn open_with(path: impl AsRef<Path>, settings: &SqliteSettings) -> Result<Self, Fault> {
        let path = path.as_ref().to_owned();
        let lock = LockFile::acquire(&path)?;
        let (connection, head) = opening::open_writer(&path, settings)?;
        let health = Arc::new(Health::new(&path));
        let checkpoint_frames = i64::from(settings.checkpoint_frames);
        let writer = Writer {
            connection,
            head,
            health: Arc::clone(&health),
            checkpoint_frames,
            commits: 0,
            empty_log: false,
        };
        let (writes, queue) = mpsc::channel(writer::QUEUE_MAX);
        let thread = std::thread::Builder::new().name("store-write".to_owned());
        let thread = thread.spawn(move || writer.run(queue)).map_err(no_thread)?;
        let (reads, readers) = reader::start(&path)?;
        let threads = Mutex::new(Threads { readers, writer: vec![thread] });
        let shared = Shared { path, health, writes: Some(writes), reads: Some(reads), threads, _lock: lock };
        Ok(Self { shared: Arc::new(shared) })
    }

    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Completes with the reason when the store can no longer be written: the process should then end, and start
    /// again once the disk is well. Never completes otherwise.
    pub fn failed(&self) -> impl Future<Output = String> + Send + 'static {
        let health = Arc::clone(&self.shared.health);
        async move { health.failed().await }
    }

    async fn write<T, W>(&self, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: FnMut(&mut Unit<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        let (pending, answer) = Pending::new(work);
        let Some(writes) = &self.shared.writes else { return Err(self.ended()) };
        writes.send(Box::new(pending)).await.map_err(|_| self.ended())?;
        answer.await.map_err(|_| self.ended())?
    }

    async fn read<T, Q>(&self, question: Q) -> Result<T, Fault>
    where
        T: Send + 'static,
        Q: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let health = &self.shared.health;
        if let Some(failure) = health.failure() {
            return Err(health.fault(&failure));
        }
        let (reply, answer) = oneshot::channel();
        // A caller that has gone away does not want to know.
        let question: Question = Box::new(move |connection| drop(reply.send(question(connection))));
        let Some(reads) = &self.shared.reads else { return Err(self.ended()) };
        reads.send(question).await.map_err(|_| self.ended())?;
        answer.await.map_err(|_| self.ended())?.map_err(|error| {
            let failure = Failure::of(&error);
            health.note(&failure);
            health.fault(&failure)
        })
    }

    fn ended(&self) -> Fault {
        let health = &self.shared.health;
        health.fault(&health.failure().unwrap_or(Failure {
            meaning: Meaning::Broken,
            message: "a thread of the store has ended".to_owned(),
        }))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.reads = None;
        join(&mut threads.readers);
        // The writer goes last: only who is alone with the file can copy the write-ahead log into it.
        self.writes = None;
        join(&mut threads.writer);
    }
}

fn no_thread(error: std::io::Error) -> Fault {
    Fault::hold("store-unreachable", "cannot start a thread for the store")
        .with_help("raise the limit of processes for this user (`ulimit -u`)")
        .caused_by(error)
}
