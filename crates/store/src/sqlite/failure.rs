//! What SQLite's errors mean here, and whether the store can go on after one.
//!
//! Invariant: after a failed write or sync of the file nothing more is written: what the operating system kept of it
//! is unknown, and asking for the same sync again would answer "done" without doing it. Deliberately not here: how
//! the process ends (the server watches `failed`).

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use tidegate_ports::Fault;
use tokio::sync::watch;

/// An error that can be answered to many callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub meaning: Meaning,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing was written; it may work when there is space again.
    DiskFull,
    /// Another process works on the file in spite of our lock, or memory is short: nothing was written.
    Busy,
    /// The file can no longer be trusted or written.
    Broken,
    /// A row holds what we never write. Other rows can still be used.
    Damaged,
    /// The statement was wrong: ours to repair.
    Mistake,
}

/// The index of write-ahead frames could not grow. It is rebuilt from the log, so nothing durable is in doubt.
const IOERR_SHMSIZE: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
const IOERR_NOMEM: i32 = rusqlite::ffi::SQLITE_IOERR_NOMEM;

impl Failure {
    pub fn of(error: &rusqlite::Error) -> Self {
        Self { meaning: meaning_of(error), message: error.to_string() }
    }
    pub fn broken(message: impl Into<String>) -> Self {
        Self { meaning: Meaning::Broken, message: message.into() }
    }
    pub fn fault(&self, path: &Path) -> Fault {
        let (file, message) = (path.display(), &self.message);
        match self.meaning {
            Meaning::DiskFull => Fault::retry("disk-full", format!("no space to write {file}: {message}"))
                .with_help("free space on that disk; writing resumes by itself, nothing was half written"),
            Meaning::Busy => Fault::retry("store-busy", format!("{file} is busy: {message}"))
                .with_help("close other programs that work on this file"),
            Meaning::Broken => {
                Fault::hold("store-failed", format!("{file} cannot be written any more: {message}"))
                    .with_help("check the disk, then start tidegate again: every answered change is kept")
            }
            Meaning::Damaged => {
                Fault::hold("store-corrupt", format!("{file} holds a damaged row: {message}"))
                    .with_help("find it with `tidegate audit verify`, then restore a backup")
            }
            Meaning::Mistake => {
                Fault::hold("store-mistake", format!("{file} refused a statement: {message}"))
                    .with_help("this is a bug in tidegate: please report it with this message")
            }
        }
    }
}

fn meaning_of(error: &rusqlite::Error) -> Meaning {
    if is_misshapen(error) {
        return Meaning::Damaged;
    }
    let Some(failure) = error.sqlite_error() else { return Meaning::Mistake };
    let (code, extended) = (failure.code, failure.extended_code);
    if code == ErrorCode::DiskFull || extended == IOERR_SHMSIZE {
        return Meaning::DiskFull;
    }
    let busy = [ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked, ErrorCode::OutOfMemory];
    if busy.contains(&code) || extended == IOERR_NOMEM {
        return Meaning::Busy;
    }
    let broken = [
        ErrorCode::SystemIoFailure,
        ErrorCode::DatabaseCorrupt,
        ErrorCode::NotADatabase,
        ErrorCode::ReadOnly,
        ErrorCode::CannotOpen,
        ErrorCode::PermissionDenied,
    ];
    if broken.contains(&code) { Meaning::Broken } else { Meaning::Mistake }
}

/// A value of another type or form than the one that was written.
pub(super) fn is_misshapen(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    matches!(
        error,
        Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
    )
}

/// Whether the store can still be used; shared by the writer, the readers and whoever waits for its end.
#[derive(Debug)]
pub(super) struct Health {
    path: PathBuf,
    failure: watch::Sender<Option<Failure>>,
}

impl Health {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), failure: watch::Sender::new(None) }
    }
    pub fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }
    /// Only the first failure is kept: it is the cause of the others.
    pub fn note(&self, failure: &Failure) {
        if failure.meaning != Meaning::Broken {
            return;
        }
        let is_first = self.failure.send_if_modified(|kept| {
            let is_first = kept.is_none();
            kept.get_or_insert_with(|| failure.clone());
            is_first
        });
        if is_first {
            tracing::error!(file = %self.path.display(), cause = %failure.message, "the store has failed");
        }
    }
    pub fn fault(&self, failure: &Failure) -> Fault {
        failure.fault(&self.path)
    }
    pub async fn failed(&self) -> String {
        let mut watcher = self.failure.subscribe();
        // The sender lives in `self`, so waiting ends only with a failure.
        let found = watcher.wait_for(Option::is_some).await;
        found.ok().and_then(|failure| failure.as_ref().map(|kept| kept.message.clone())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(extended_code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(extended_code), None)
    }

    #[test]
    fn each_error_has_its_meaning() {
        use rusqlite::ffi;
        let table = [
            (ffi::SQLITE_FULL, Meaning::DiskFull),
            (ffi::SQLITE_IOERR_SHMSIZE, Meaning::DiskFull),
            (ffi::SQLITE_IOERR_FSYNC, Meaning::Broken),
            (ffi::SQLITE_IOERR_WRITE, Meaning::Broken),
            (ffi::SQLITE_IOERR_READ, Meaning::Broken),
            (ffi::SQLITE_CORRUPT, Meaning::Broken),
            (ffi::SQLITE_NOTADB, Meaning::Broken),
            (ffi::SQLITE_READONLY, Meaning::Broken),
            (ffi::SQLITE_BUSY, Meaning::Busy),
            (ffi::SQLITE_CONSTRAINT, Meaning::Mistake),
        ];
        for (code, meaning) in table {
            assert_eq!(Failure::of(&sqlite(code)).meaning, meaning, "{code}");
        }
    }

    #[test]
    fn the_first_failure_stays() {
        let health = Health::new(Path::new("x"));
        health.note(&Failure::of(&sqlite(rusqlite::ffi::SQLITE_FULL)));
        assert_eq!(health.failure(), None);
        health.note(&Failure::broken("first"));
        health.note(&Failure::broken("second"));
        assert_eq!(health.failure(), Some(Failure::broken("first")));
    }
}
