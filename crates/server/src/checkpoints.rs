//! Signed heads of the log, made as it grows, kept in the data directory and outside of it.
//!
//! Invariant: a checkpoint is on the disk before it is sent anywhere; a destination that does not answer holds up neither
//! the log nor the other destinations, and gets the newest one when it answers again. Deliberately not here: comparing
//! them with the log (`tidegate-store`).

mod destination;
mod git;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidegate_ports::Fault;
use tidegate_store::audit::{Hash, NOTES_EXTENSION, NoteKey, VerifierKey};
use tidegate_store::sqlite::SqliteStore;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub(crate) use destination::{Destination, Outgoing};

/// Events after which one is made at once.
const EVERY_EVENTS: u64 = 256;
/// And the longest that a change stays without one.
const EVERY: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_secs(1);
/// What is still to be sent when the server ends gets this long.
const LAST_SEND: Duration = Duration::from_secs(5);
const RETRY_FIRST: Duration = Duration::from_secs(5);
const RETRY_MAX: Duration = Duration::from_mins(5);

/// The newest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub size: u64,
    pub root: Hash,
    pub note: String,
}

/// How a destination does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    pub name: String,
    /// The size of the newest that it has.
    pub size: Option<u64>,
    pub failure: Option<String>,
}

pub(crate) struct Checkpoints {
    directory: PathBuf,
    key: NoteKey,
    sqlite: SqliteStore,
    newest: watch::Sender<Option<Arc<Made>>>,
    sent: Mutex<Vec<Sent>>,
}

impl Checkpoints {
    /// Makes the key where there is none.
    pub fn open(key: &Path, directory: PathBuf, sqlite: SqliteStore) -> Result<Self, Fault> {
        let failed = |error| unwritable(&directory).caused_by(error);
        std::fs::create_dir_all(&directory).map_err(failed)?;
        let (key, newest) = (load_key(key)?, watch::Sender::new(None));
        Ok(Self { directory, key, sqlite, newest, sent: Mutex::default() })
    }

    pub fn key(&self) -> VerifierKey {
        self.key.public()
    }
    pub fn directory(&self) -> &Path {
        &self.directory
    }
    pub fn newest(&self) -> Option<Arc<Made>> {
        self.newest.borrow().clone()
    }
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Until the server ends; then the last change gets its checkpoint, too.
    pub async fn run(
        self: Arc<Self>,
        written: watch::Receiver<u64>,
        destinations: Vec<Destination>,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut sending = JoinSet::new();
        let (done, ending) = watch::channel(false);
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(destinations.iter().map(|to| Sent { name: to.name(), ..Sent::default() }));
        for (index, to) in destinations.into_iter().enumerate() {
            sending.spawn(Arc::clone(&self).send(index, to, ending.clone()));
        }
        let mut made_at = Instant::now();
        let mut size = 0;
        while !*stopping.borrow() {
            let grown = written.borrow().saturating_sub(size);
            if grown > 0 && (size == 0 || grown >= EVERY_EVENTS || made_at.elapsed() >= EVERY) {
                size = self.make_or_say(size).await;
                made_at = Instant::now();
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stopping.changed() => {}
            }
        }
        if *written.borrow() > size {
            self.make_or_say(size).await;
        }
        // Whoever sends ends after the last one.
        let _heard = done.send(true);
        let ended = async { while sending.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_SEND, ended).await.is_err() {
            tracing::warn!("a destination of checkpoints did not answer in time; it gets the next one");
        }
    }

    async fn make_or_say(&self, before: u64) -> u64 {
        match self.make().await {
            Ok(size) => size,
            Err(fault) => {
                tracing::error!(code = fault.code, %fault, "no checkpoint could be made");
                before
            }
        }
    }

    /// Signs the head as it is now.
    pub async fn make(&self) -> Result<u64, Fault> {
        let (size, root) = self.sqlite.tree_head().await?;
        let made = Made { size, root, note: self.key.sign(size, root) };
        let path = self.directory.join(file_name());
        append(&path, &made.note).map_err(|error| unwritable(&path).caused_by(error))?;
        self.newest.send_replace(Some(Arc::new(made)));
        Ok(size)
    }

    async fn send(self: Arc<Self>, index: usize, to: Destination, mut stopping: watch::Receiver<bool>) {
        let mut newest = self.newest.subscribe();
        let mut pause = RETRY_FIRST;
        loop {
            let made = newest.borrow_and_update().clone();
            let failed = match made {
                Some(made) => self.send_once(index, &to, &made).await,
                None => false,
            };
            if *stopping.borrow() && !newest.has_changed().unwrap_or(false) {
                return;
            }
            if failed {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stopping.changed() => {}
                }
                pause = (pause * 2).min(RETRY_MAX);
            } else {
                pause = RETRY_FIRST;
                tokio::select! {
                    changed = newest.changed() => if changed.is_err() { return },
                    _ = stopping.changed() => {}
                }
            }
        }
    }

    /// Whether it is to be tried again.
    async fn send_once(&self, index: usize, to: &Destination, made: &Made) -> bool {
        let outcome = to.send(made).await;
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = sent.get_mut(index) else { return false };
        match &outcome {
            Ok(()) => (known.size, known.failure) = (Some(made.size), None),
            Err(why) => {
                tracing::warn!(to = %known.name, %why, "a checkpoint could not be sent; it is tried again");
                known.failure = Some(why.clone());
            }
        }
        outcome.is_err()
    }
}

/// Of one month.
fn file_name() -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    format!("{:04}-{:02}.{NOTES_EXTENSION}", now.year(), now.month())
}

/// On the disk when it answers.
fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn load_key(path: &Path) -> Result<NoteKey, Fault> {
    match std::fs::read_to_string(path) {
        Ok(text) => NoteKey::parse(&text).map_err(|refusal| {
            Fault::hold(refusal.code(), format!("{}: {refusal}", path.display())).with_help(refusal.help())
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = NoteKey::from_seed(&rand::random());
            write_secret(path, &key.reveal()).map_err(|error| unwritable(path).caused_by(error))?;
            Ok(key)
        }
        Err(error) => Err(unwritable(path).caused_by(error)),
    }
}

/// For this user alone, and never over another.
pub(crate) fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn unwritable(path: &Path) -> Fault {
    Fault::hold("checkpoint-unwritable", format!("cannot use {}", path.display()))
        .with_help("check the space and the rights of the data directory")
}
