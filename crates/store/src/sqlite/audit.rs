//! The audit of a database file: of the running store, or of a file whose server is stopped.
//!
//! Invariant: it only reads; a row that cannot be read is a bad row, not an error. Deliberately not here: the rules of
//! the tree (`crate::audit`).

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tidegate_ports::Fault;
use tokio::sync::oneshot;

use super::opening::{corrupt, fault_at_open, open_reader};
use super::values::to_u64;
use super::{SqliteStore, no_thread};
use crate::audit::{Audit, Chain, Hash, Sealed, StoredHead, verify};

/// A database opened for nothing but its audit.
#[derive(Debug)]
pub struct AuditFile {
    path: PathBuf,
    connection: Connection,
}

/// Works without the lock, so also beside a running server, and on a file that may only be read.
pub fn open_readonly_for_audit(path: impl AsRef<Path>) -> Result<AuditFile, Fault> {
    let path = path.as_ref().to_owned();
    let opened = open_reader(&path).and_then(probe).or_else(|error| immutable(&path, error));
    let connection = opened.map_err(|error| fault_at_open(&path, &error))?;
    Ok(AuditFile { path, connection })
}

fn probe(connection: Connection) -> rusqlite::Result<Connection> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

/// Where nothing may be written, not even the index of the write-ahead log, a cleanly closed file can be read as it is.
fn immutable(path: &Path, error: rusqlite::Error) -> rusqlite::Result<Connection> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let is_clean = std::fs::metadata(log).map_or(true, |log| log.len() == 0);
    let may_help =
        [Some(ErrorCode::CannotOpen), Some(ErrorCode::ReadOnly)].contains(&error.sqlite_error_code());
    let Some(text) = path.to_str().filter(|_| is_clean && may_help) else { return Err(error) };
    let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)
}

impl AuditFile {
    /// Reads every event; about a second for 300 000 of them.
    pub fn verify(&self) -> Result<Audit, Fault> {
        self.try_verify().map_err(|error| fault_at_open(&self.path, &error))?
    }

    fn try_verify(&self) -> rusqlite::Result<Result<Audit, Fault>> {
        let snapshot = self.connection.unchecked_transaction()?;
        let stored = match stored_head(&snapshot) {
            Ok(stored) => stored,
            Err(error) => return Ok(Err(fault_at_open(&self.path, &error))),
        };
        let mut statement = snapshot.prepare(
            "SELECT position, stream, version, kind, body, actor, wall_ms, steady_ms, leaf, root
             FROM events ORDER BY position",
        )?;
        let mut rows = statement.query([])?;
        let mut failed = None;
        let audit = verify(
            std::iter::from_fn(|| match rows.next() {
                Ok(row) => row.map(sealed_of),
                Err(error) => {
                    let why = format!("it cannot be read: {error}");
                    failed = Some(error);
                    Some(Err(why))
                }
            }),
            &stored,
        );
        match failed {
            Some(error) if error.sqlite_error_code() != Some(ErrorCode::DatabaseCorrupt) => Err(error),
            _ if audit.chain == Chain::Ok => Ok(self.check_indexes(&snapshot)?.map(|()| audit)),
            _ => Ok(Ok(audit)),
        }
    }

    /// The rows are good; is what finds them good as well?
    fn check_indexes(&self, connection: &Connection) -> rusqlite::Result<Result<(), Fault>> {
        let found: String = connection.query_row("PRAGMA integrity_check('events')", [], |row| row.get(0))?;
        Ok(if found == "ok" { Ok(()) } else { Err(corrupt(&self.path, &found)) })
    }
}

impl SqliteStore {
    /// Works the audit tree out again from the file, on a thread of its own; the store goes on meanwhile.
    pub async fn audit(&self) -> Result<Audit, Fault> {
        let path = self.shared.path.clone();
        let (reply, answer) = oneshot::channel();
        let work = move || drop(reply.send(open_readonly_for_audit(path).and_then(|file| file.verify())));
        let thread = std::thread::Builder::new().name("store-audit".to_owned());
        thread.spawn(work).map_err(no_thread)?;
        answer.await.map_err(|_| self.ended())?
    }
}

fn stored_head(connection: &Connection) -> rusqlite::Result<StoredHead> {
    connection.query_row("SELECT tree_size, tree_peaks FROM head WHERE one = 1", [], |row| {
        Ok(StoredHead { size: to_u64(row.get(0)?), peak_bytes: row.get(1)? })
    })
}

/// The reason when a column holds what was never written there.
fn sealed_of(row: &rusqlite::Row<'_>) -> Result<Sealed, String> {
    let value = |column: usize| row.get_ref(column).map_err(|error| error.to_string());
    let no_longer = |column: usize, what: &str| format!("its column {column} no longer holds {what}");
    let number =
        |column: usize| value(column)?.as_i64().map(to_u64).map_err(|_| no_longer(column, "a number"));
    let text =
        |column: usize| value(column)?.as_str().map(str::to_owned).map_err(|_| no_longer(column, "text"));
    let hash = |column: usize| {
        let found = value(column)?;
        found
            .as_blob()
            .ok()
            .and_then(|bytes| Hash::try_from(bytes).ok())
            .ok_or_else(|| no_longer(column, "a hash"))
    };
    Ok(Sealed {
        position: number(0)?,
        stream: text(1)?,
        version: number(2)?,
        kind: text(3)?,
        body: text(4)?,
        actor: text(5)?,
        wall_ms: number(6)?,
        steady_ms: number(7)?,
        leaf: hash(8)?,
        root: hash(9)?,
    })
}
