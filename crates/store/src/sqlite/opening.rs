//! Opening a database: is it ours, is it whole, is it of our form; then a new start is noted in it.
//!
//! Invariant: when this has answered, all leases of earlier starts are void and every later fence is higher than any
//! before. Deliberately not here: the full check of the log (`audit`): a big database must open in well under a second.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use tidegate_domain::moment::Steady;
use tidegate_ports::Fault;

use super::SqliteSettings;
use super::failure::{Failure, is_misshapen};
use super::migrate::{MIGRATIONS, migrate};
use super::values::{to_sql, to_u64};
use crate::audit::{Hash, Log, Tree};

/// "TDGT": says in the file's header whose database it is (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x5444_4754;
/// Databases up to this many pages are checked whole at each opening.
const QUICK_CHECK_PAGES_MAX: u32 = 2_048;
const STATEMENTS_CACHED: usize = 64;

/// What the writer keeps in memory of the whole store; the row in `head` is its durable form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub log: Log,
    pub newest_fence: u64,
    /// When old receipts are looked for next; not stored.
    pub prune_at: Steady,
}

#[derive(Debug)]
enum Refused {
    Fault(Fault),
    Sqlite(rusqlite::Error),
}
impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}
impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The writer's connection, and what it starts from.
pub(super) fn open_writer(path: &Path, settings: &SqliteSettings) -> Result<(Connection, Head), Fault> {
    try_open_writer(path, settings).map_err(|refused| match refused {
        Refused::Fault(fault) => fault,
        Refused::Sqlite(error) => fault_at_open(path, &error),
    })
}

fn try_open_writer(path: &Path, settings: &SqliteSettings) -> Result<(Connection, Head), Refused> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    check_owner(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The writer does checkpoints itself, so that their errors are seen.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    check_pages(&connection, path)?;
    migrate(&mut connection, path, MIGRATIONS)??;
    if let Some(pages) = settings.pages_max {
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    let head = start(&mut connection, path)?;
    Ok((connection, head))
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    // A plan must not hang on the values that are bound: else SQLite prepares every statement with a `LIMIT ?` anew at
    // each use, cached or not (https://sqlite.org/queryplanner-ng.html#qpstab).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "trusted_schema", "OFF")
}

fn check_owner(connection: &Connection, path: &Path) -> Result<(), Refused> {
    let owner: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let is_empty: bool =
        connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    if owner == APPLICATION_ID {
        return Ok(());
    }
    if !is_empty {
        return Err(Fault::hold(
            "store-foreign",
            format!("{} is a database of another program", path.display()),
        )
        .with_help("name another file or data directory; nothing was changed in this one")
        .into());
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(())
}

fn check_pages(connection: &Connection, path: &Path) -> Result<(), Refused> {
    let pages: u32 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if pages > QUICK_CHECK_PAGES_MAX {
        return Ok(());
    }
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(corrupt(path, &found).into()) }
}

/// Notes one more start, voids the leases of earlier ones and checks that the log ends where the head says.
fn start(connection: &mut Connection, path: &Path) -> Result<Head, Refused> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let head =
        read_head(&transaction)?.ok_or_else(|| corrupt(path, "the head of the audit tree is damaged"))?;
    let newest: Option<(i64, Hash)> = transaction
        .query_row("SELECT position, link FROM events ORDER BY position DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (size, link) = newest.map_or((0, Log::default().link), |(position, link)| (to_u64(position), link));
    if (size, link) != (head.log.tree.size(), head.log.link) {
        return Err(corrupt(path, "the newest event is not the one that the audit tree ends with").into());
    }
    transaction.execute_batch(
        "UPDATE wakes SET holder = NULL, fence = NULL, leased_until = NULL, called_at = NULL,
             next_at = CASE WHEN next_at IS NULL OR called_at < next_at THEN called_at ELSE next_at END
         WHERE holder IS NOT NULL;
         UPDATE wakes SET due_at = next_at WHERE due_at IS NULL OR due_at <> next_at;
         DELETE FROM wakes WHERE next_at IS NULL",
    )?;
    let head = Head { newest_fence: head.newest_fence + 1, ..head };
    transaction.execute(
        "UPDATE head SET newest_fence = ?1, starts = starts + 1 WHERE one = 1",
        params![to_sql(head.newest_fence)],
    )?;
    transaction.commit()?;
    Ok(head)
}

/// None when what stands there cannot be a head.
pub(super) fn read_head(connection: &Connection) -> rusqlite::Result<Option<Head>> {
    let sql = "SELECT tree_size, tree_peaks, newest_fence, link, check_sum FROM head WHERE one = 1";
    let read = |row: &rusqlite::Row<'_>| {
        let (size, peaks, fence): (i64, Vec<u8>, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (link, check_sum): (Hash, Vec<u8>) = (row.get(3)?, row.get(4)?);
        let log = Tree::from_stored(to_u64(size), &peaks).map(|tree| Log { tree, link });
        let log = log.filter(|log| is_whole(log, &check_sum));
        Ok(log.map(|log| Head { log, newest_fence: to_u64(fence), prune_at: Steady(0) }))
    };
    Ok(connection.query_row(sql, [], read).optional()?.flatten())
}

/// Before the first write in this form there is no sum, and the link is the head of the tree.
fn is_whole(log: &Log, check_sum: &[u8]) -> bool {
    if check_sum.is_empty() { log.link == log.tree.root() } else { log.check_sum() == check_sum }
}

pub(super) fn corrupt(path: &Path, what: &str) -> Fault {
    Fault::hold("store-corrupt", format!("{} is damaged: {what}", path.display())).with_help(format!(
        "see what is lost with `tidegate audit verify --file {}`, then restore a backup in its place",
        path.display()
    ))
}

pub(super) fn fault_at_open(path: &Path, error: &rusqlite::Error) -> Fault {
    use rusqlite::ErrorCode;
    let code = error.sqlite_error_code();
    let damaged = [Some(ErrorCode::NotADatabase), Some(ErrorCode::DatabaseCorrupt)].contains(&code);
    if damaged || is_misshapen(error) || code == Some(ErrorCode::Unknown) {
        return corrupt(path, &error.to_string());
    }
    if [Some(ErrorCode::CannotOpen), Some(ErrorCode::PermissionDenied), Some(ErrorCode::ReadOnly)]
        .contains(&code)
    {
        return Fault::hold("store-unreachable", format!("cannot open {}: {error}", path.display()))
            .with_help("check that the file and its directory exist and may be written by this user");
    }
    Failure::of(error).fault(path)
}
