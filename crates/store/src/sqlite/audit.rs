//! The audit of a database file: of the running store, or of a file whose server is stopped.
//!
//! Invariant: it only reads; a row that cannot be read is a bad row, not an error. Deliberately not here: the rules of
//! the tree (`crate::audit`).

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tidegate_ports::Fault;
use tokio::sync::oneshot;

use super::lookup::{Positions, Seen};
use super::opening::{corrupt, fault_at_open, open_reader};
use super::values::{to_sql, to_u64};
use super::{SqliteStore, no_thread};
use crate::audit::{
    Audit, Chain, Checkpoint, Facts, Hash, OriginFact, StoredHead, StoredRow, Tree, Verifier, compare,
};

/// The heads that the tree had at these sizes.
pub type Heads = Vec<(u64, Hash)>;

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
    /// Reads every event, and compares with what was signed before.
    pub fn verify_against(&self, checkpoints: &[Checkpoint]) -> Result<Audit, Fault> {
        let sizes = checkpoints.iter().map(|checkpoint| checkpoint.size).collect();
        let (audit, heads) = self.verify_noting(sizes)?;
        Ok(compare(audit, &heads, checkpoints))
    }

    /// Of the first `size` events, for proofs; fewer where there are fewer.
    pub fn leaves(&self, size: u64) -> Result<Vec<Hash>, Fault> {
        let read = || {
            let sql = "SELECT leaf FROM events WHERE position <= ?1 ORDER BY position";
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map([to_sql(size)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|error| fault_at_open(&self.path, &error))
    }

    /// The tree over the first `size` events; none where there are fewer.
    pub fn tree(&self, size: u64) -> Result<Option<Tree>, Fault> {
        let read = || {
            let sql = "SELECT leaf FROM events WHERE position <= ?1 ORDER BY position";
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([to_sql(size)])?;
            let mut tree = Tree::default();
            while let Some(row) = rows.next()? {
                tree.push(row.get(0)?);
            }
            Ok(Some(tree).filter(|tree| tree.size() == size))
        };
        read().map_err(|error| fault_at_open(&self.path, &error))
    }

    /// Reads every event.
    pub fn verify(&self) -> Result<Audit, Fault> {
        self.verify_noting(Vec::new()).map(|(audit, _)| audit)
    }

    /// Also answers the heads that the tree had at these sizes, as far as the rows are good.
    pub fn verify_noting(&self, sizes: Vec<u64>) -> Result<(Audit, Heads), Fault> {
        self.try_verify(sizes).map_err(|error| fault_at_open(&self.path, &error))?
    }

    fn try_verify(&self, sizes: Vec<u64>) -> rusqlite::Result<Result<(Audit, Heads), Fault>> {
        let snapshot = self.connection.unchecked_transaction()?;
        let form = Form::of(&snapshot)?;
        let stored = match stored_head(&snapshot, form) {
            Ok(stored) => stored,
            Err(error) => return Ok(Err(fault_at_open(&self.path, &error))),
        };
        let mut verifier = Verifier::new(stored).noting(sizes);
        let mut statement = snapshot.prepare(form.rows())?;
        let mut rows = statement.query([])?;
        let (mut failed, mut seen, mut positions) = (None, Seen::default(), Positions::new(&snapshot)?);
        let mut misled = None;
        loop {
            let going_on = match rows.next() {
                Ok(None) => break,
                Ok(Some(row)) => {
                    let row = stored_row(row);
                    if let Ok(row) = &row {
                        seen.see(&row.facts);
                    }
                    verifier.check(row)
                }
                Err(error) => {
                    verifier.check(Err(format!("it cannot be read: {error}")));
                    failed = Some(error);
                    break;
                }
            };
            if !going_on {
                break;
            }
            misled = misled.or(positions.read(verifier.events(), false)?);
        }
        misled = misled.or(positions.read(verifier.events(), true)?);
        let (audit, heads) = verifier.finish();
        match failed {
            Some(error) if error.sqlite_error_code() != Some(ErrorCode::DatabaseCorrupt) => Err(error),
            // The rows are good; is what finds them good as well?
            _ if audit.chain == Chain::Ok => {
                let misled = if misled.is_none() { seen.check(&snapshot)? } else { misled };
                Ok(misled.map_or(Ok((audit, heads)), |wrong| Err(corrupt(&self.path, wrong))))
            }
            _ => Ok(Ok((audit, heads))),
        }
    }
}

impl SqliteStore {
    /// Works the audit tree out again from the file, on a thread of its own; the store goes on meanwhile.
    pub async fn audit(&self) -> Result<Audit, Fault> {
        self.audit_against(Vec::new()).await
    }

    pub async fn audit_against(&self, checkpoints: Vec<Checkpoint>) -> Result<Audit, Fault> {
        self.beside(move |file| file.verify_against(&checkpoints)).await
    }

    pub async fn leaves(&self, size: u64) -> Result<Vec<Hash>, Fault> {
        self.beside(move |file| file.leaves(size)).await
    }

    /// Reads so many leaves; none where there are fewer.
    pub async fn tree_at(&self, size: u64) -> Result<Option<Tree>, Fault> {
        self.beside(move |file| file.tree(size)).await
    }

    /// How many events there are, and the head of their tree.
    pub async fn tree_head(&self) -> Result<(u64, Hash), Fault> {
        let read = |connection: &Connection| {
            let (size, peaks): (i64, Vec<u8>) =
                connection.query_row("SELECT tree_size, tree_peaks FROM head WHERE one = 1", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            Ok(Tree::from_stored(to_u64(size), &peaks))
        };
        let tree = self.read(read).await?;
        let tree = tree.ok_or_else(|| corrupt(&self.shared.path, "the head of the audit tree is damaged"))?;
        Ok((tree.size(), tree.root()))
    }

    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce(AuditFile) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let path = self.shared.path.clone();
        let (reply, answer) = oneshot::channel();
        let work = move || drop(reply.send(open_readonly_for_audit(path).and_then(work)));
        let thread = std::thread::Builder::new().name("store-audit".to_owned());
        thread.spawn(work).map_err(no_thread)?;
        answer.await.map_err(|_| self.ended())?
    }
}

/// In which form the rows stand: a backup may be older than this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Before origins and links.
    First,
    Now,
}

impl Form {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT count(*) FROM pragma_table_info('events') WHERE name = 'root'";
        let first: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(if first == 0 { Self::Now } else { Self::First })
    }
    fn rows(self) -> &'static str {
        match self {
            Self::First => {
                "SELECT position, stream, version, kind, body, actor, wall_ms, steady_ms, leaf, root, NULL, NULL
                 FROM events ORDER BY position"
            }
            Self::Now => {
                "SELECT position, stream, version, kind, body, actor, wall_ms, steady_ms, leaf, link, origin, origin_seal
                 FROM events ORDER BY position"
            }
        }
    }
}

fn stored_head(connection: &Connection, form: Form) -> rusqlite::Result<StoredHead> {
    let sql = match form {
        Form::First => "SELECT tree_size, tree_peaks, tree_size, NULL FROM head WHERE one = 1",
        Form::Now => "SELECT tree_size, tree_peaks, rooted, link FROM head WHERE one = 1",
    };
    connection.query_row(sql, [], |row| {
        let (size, rooted) = (to_u64(row.get(0)?), to_u64(row.get(2)?));
        Ok(StoredHead { size, peak_bytes: row.get(1)?, rooted, link: row.get(3)? })
    })
}

/// The reason when a column holds what was never written there.
fn stored_row<'a>(row: &'a rusqlite::Row<'_>) -> Result<StoredRow<'a>, String> {
    let columns = Columns(row);
    let facts = Facts {
        position: columns.number(0)?,
        stream: columns.text(1)?,
        version: columns.number(2)?,
        kind: columns.text(3)?,
        body: columns.text(4)?,
        actor: columns.text(5)?,
        wall_ms: columns.number(6)?,
        steady_ms: columns.number(7)?,
        origin: columns.origin()?,
    };
    Ok(StoredRow { facts, leaf: columns.bytes(8)?, link: columns.bytes(9)? })
}

struct Columns<'a, 's>(&'a rusqlite::Row<'s>);

impl<'a> Columns<'a, '_> {
    fn value(&self, column: usize) -> Result<ValueRef<'a>, String> {
        self.0.get_ref(column).map_err(|error| error.to_string())
    }
    fn number(&self, column: usize) -> Result<u64, String> {
        self.value(column)?.as_i64().map(to_u64).map_err(|_| no_longer(column, "a number"))
    }
    fn text(&self, column: usize) -> Result<&'a str, String> {
        self.value(column)?.as_str().map_err(|_| no_longer(column, "text"))
    }
    fn bytes<const N: usize>(&self, column: usize) -> Result<&'a [u8; N], String> {
        let bytes = self.value(column)?.as_blob().ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| no_longer(column, "a hash"))
    }
    fn origin(&self) -> Result<OriginFact<'a>, String> {
        match (self.value(10)?, self.value(11)?) {
            (ValueRef::Null, ValueRef::Null) => Ok(OriginFact::None),
            (ValueRef::Null, _) => self.bytes(11).map(OriginFact::Forgotten),
            _ => Ok(OriginFact::Known { text: self.text(10)?, salt: self.bytes(11)? }),
        }
    }
}

fn no_longer(column: usize, what: &str) -> String {
    let names = "position stream version kind body actor wall_ms steady_ms leaf link origin origin_seal";
    let name = names.split(' ').nth(column).unwrap_or("?");
    format!("its column {name} no longer holds {what}")
}
