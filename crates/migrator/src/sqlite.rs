//! SQLite: one file, one writer.
//!
//! Invariant: a migration, its record and the look at who was faster are one immediate transaction, which is also the lock
//! that keeps other runs out. Rows that referred to rows still do afterwards.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use tidegate_database::history::is_recorded;
use tidegate_database::statement::{Place, Statement, statements};
use tidegate_database::{Applied as Row, Dialect, Migration, Phase, Refusal, State};

use crate::run::{Applied, Database, Limits, is_there, millis};
use crate::trouble::Trouble;

const HISTORY: &str = "CREATE TABLE IF NOT EXISTS tidegate_migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, phase TEXT NOT NULL, sha256 TEXT NOT NULL, state TEXT NOT NULL,
    at TEXT NOT NULL, took_ms INTEGER NOT NULL, applied_by TEXT NOT NULL) STRICT";
/// That it is brought all the way, from nothing to this number; gone when it is there.
const NEW: &str = "CREATE TABLE tidegate_new (last INTEGER NOT NULL) STRICT";
/// How many steps of SQLite's machine lie between two looks at the clock: well below a millisecond.
const STEPS: i32 = 2_000;

pub struct Sqlite {
    connection: Connection,
    path: PathBuf,
}

impl Sqlite {
    /// A file that is not there is only made where that is asked for.
    pub fn open(path: &Path, or_make: bool) -> Result<Self, Trouble> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, or_make);
        if !or_make && !path.exists() {
            return Err(Trouble::Unreachable(format!("there is no file {}", path.display())));
        }
        let connection =
            Connection::open_with_flags(path, flags).map_err(|why| Trouble::Unreachable(why.to_string()))?;
        // What is no database is told here, and not by the first migration.
        connection
            .busy_timeout(Duration::from_secs(5))
            .and_then(|()| connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())))
            .map_err(|why| Trouble::Unreachable(why.to_string()))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    fn has(&self, table: &str) -> Result<bool, Trouble> {
        let select = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        self.connection.query_row(select, [table], |row| row.get(0)).map_err(|why| failed(&why))
    }

    /// Within a transaction that writes.
    fn new_within(&self, last: u64) -> Result<bool, Trouble> {
        let rows = self.rows()?;
        let execute = |sql: &str| self.connection.execute_batch(sql).map_err(|why| failed(&why));
        let last = last.cast_signed();
        if self.has("tidegate_new")? {
            let reached = "SELECT last FROM tidegate_new";
            let reached: i64 =
                self.connection.query_row(reached, [], |row| row.get(0)).map_err(|why| failed(&why))?;
            // It was killed between the last one and the end.
            if is_there(&rows, reached.cast_unsigned()) {
                execute("DROP TABLE tidegate_new")?;
                return Ok(false);
            }
            execute(&format!("UPDATE tidegate_new SET last = {last}"))?;
            return Ok(true);
        }
        if !rows.is_empty() {
            return Ok(false);
        }
        let other = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
            AND tbl_name <> 'tidegate_migrations' ORDER BY name LIMIT 1";
        match self.connection.query_row(other, [], |row| row.get(0)) {
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Ok(found) => return Err(Refusal::NotEmpty { found }.into()),
            Err(why) => return Err(failed(&why)),
        }
        execute(&format!("{HISTORY}; {NEW}; INSERT INTO tidegate_new VALUES ({last})"))?;
        Ok(true)
    }

    fn rows(&self) -> Result<Vec<Row>, Trouble> {
        if !self.has("tidegate_migrations")? {
            return Ok(Vec::new());
        }
        let select = "SELECT number, name, phase, sha256, state, at, took_ms, applied_by FROM tidegate_migrations \
            ORDER BY number";
        let unreadable = |why: rusqlite::Error| Trouble::History(why.to_string());
        let mut prepared = self.connection.prepare(select).map_err(unreadable)?;
        let rows = prepared.query_map([], |row| {
            let (phase, state): (String, String) = (row.get(2)?, row.get(4)?);
            Ok(Phase::of(&phase).zip(State::of(&state)).map(|(phase, state)| {
                Ok(Row {
                    number: row.get::<_, i64>(0)?.cast_unsigned(),
                    name: row.get(1)?,
                    phase,
                    sha256: row.get(3)?,
                    state,
                    at: row.get(5)?,
                    took_ms: row.get::<_, i64>(6)?.cast_unsigned(),
                    by: row.get(7)?,
                })
            }))
        });
        let mut all = Vec::new();
        for row in rows.map_err(unreadable)? {
            let row = row.map_err(unreadable)?.transpose().map_err(unreadable)?;
            all.push(row.ok_or_else(|| Trouble::History("a phase or state is unknown".to_owned()))?);
        }
        Ok(all)
    }

    fn apply_now(
        &mut self,
        migration: &Migration,
        limits: Limits,
        by: &str,
    ) -> Result<Option<Applied>, Trouble> {
        let begun = Instant::now();
        let (statements, _) = statements(&migration.text, Dialect::Sqlite);
        // Dropping a table would take along what refers to it: while one is rebuilt nothing is followed, but checked.
        let rebuilds = statements.iter().any(|statement| statement.begins(&["DROP", "TABLE"]));
        self.connection.busy_timeout(limits.lock).map_err(|why| failed(&why))?;
        self.connection.pragma_update(None, "foreign_keys", !rebuilds).map_err(|why| failed(&why))?;
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(|why| busy(&why, limits))?;
        let done = self.within(migration, &statements, rebuilds, limits).and_then(|is_new| {
            if is_new {
                let record = "INSERT INTO tidegate_migrations VALUES \
                    (?1, ?2, ?3, ?4, 'applied', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?5, ?6)";
                let Migration { number, name, phase, sha256, .. } = migration;
                let (number, took) = (number.cast_signed(), millis(begun).cast_signed());
                let values = params![number, name, phase.word(), sha256, took, by];
                self.connection.execute(record, values).map_err(|why| failed(&why))?;
            }
            self.connection.execute_batch("COMMIT").map_err(|why| busy(&why, limits))?;
            Ok(is_new)
        });
        self.undo();
        Ok(done?.then(|| Applied {
            number: migration.number,
            name: migration.name.clone(),
            phase: migration.phase,
            file: migration.file.clone(),
            took_ms: millis(begun),
            locks: vec!["every writer of the database".to_owned()],
            continued: false,
        }))
    }

    /// Some errors have ended it already.
    fn undo(&self) {
        if !self.connection.is_autocommit() {
            let _already_failed = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn within(
        &mut self,
        migration: &Migration,
        statements: &[Statement],
        rebuilds: bool,
        limits: Limits,
    ) -> Result<bool, Trouble> {
        self.connection.execute_batch(HISTORY).map_err(|why| failed(&why))?;
        if is_recorded(migration, &self.rows()?)? {
            return Ok(false);
        }
        let dangling = if rebuilds { self.dangling()? } else { 0 };
        for statement in statements {
            let deadline = Instant::now() + limits.statement;
            let late = move || Instant::now() > deadline;
            self.connection.progress_handler(STEPS, Some(late)).map_err(|why| failed(&why))?;
            let done = self.connection.execute_batch(&statement.text);
            self.connection.progress_handler(STEPS, None::<fn() -> bool>).map_err(|why| failed(&why))?;
            done.map_err(|why| of_statement(&why, migration, statement, limits))?;
            if self.connection.is_autocommit() {
                let said = "it ended the transaction that it ran in".to_owned();
                return Err(Trouble::Statement { file: migration.file.clone(), place: statement.at, said });
            }
        }
        let count = if rebuilds { self.dangling()?.saturating_sub(dangling) } else { 0 };
        if count > 0 {
            return Err(Trouble::ForeignKeys { file: migration.file.clone(), count });
        }
        Ok(true)
    }

    fn dangling(&self) -> Result<usize, Trouble> {
        let count = "SELECT count(*) FROM pragma_foreign_key_check";
        let count: i64 =
            self.connection.query_row(count, [], |row| row.get(0)).map_err(|why| failed(&why))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// One moment of the database, in a file that is whole or not there.
    fn write_whole(&self, file: &Path) -> Result<(), String> {
        let part = file.with_extension("part");
        let text = part.to_str().ok_or("the path is no text in UTF-8")?;
        crate::tool::own(&part)?;
        let written = self.connection.execute("VACUUM INTO ?1", [text]).map_err(|why| why.to_string());
        let whole = written.and_then(|_| {
            let durable = File::open(&part).and_then(|written| written.sync_all());
            durable.and_then(|()| fs::rename(&part, file)).map_err(|why| why.to_string())
        });
        if whole.is_err() {
            let _not_there = fs::remove_file(&part);
        }
        whole
    }
}

impl Database for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;

    /// The transaction of each migration is the lock.
    async fn lock(&mut self, limits: Limits) -> Result<(), Trouble> {
        self.connection.busy_timeout(limits.lock).map_err(|why| failed(&why))
    }
    async fn unlock(&mut self) {}
    async fn history(&mut self) -> Result<Vec<Row>, Trouble> {
        self.rows()
    }
    async fn apply(
        &mut self,
        migration: &Migration,
        limits: Limits,
        by: &str,
    ) -> Result<Option<Applied>, Trouble> {
        self.apply_now(migration, limits, by)
    }
    async fn begin_new(&mut self, limits: Limits, last: u64) -> Result<bool, Trouble> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(|why| busy(&why, limits))?;
        let begun = self.new_within(last).and_then(|begun| {
            self.connection.execute_batch("COMMIT").map_err(|why| busy(&why, limits)).map(|()| begun)
        });
        self.undo();
        begun
    }
    async fn end_new(&mut self) -> Result<(), Trouble> {
        if !self.has("tidegate_new")? {
            return Ok(());
        }
        self.connection.execute_batch("DROP TABLE IF EXISTS tidegate_new").map_err(|why| failed(&why))
    }
    async fn backup(&mut self, folder: &Path) -> Result<PathBuf, Trouble> {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let file = crate::tool::place(folder, &stem, "db").map_err(Trouble::Backup)?;
        self.write_whole(&file).map_err(Trouble::Backup)?;
        Ok(file)
    }
    async fn copy(&mut self, folder: &Path) -> Result<Self, Trouble> {
        let file = folder.join("rehearsal.db");
        self.write_whole(&file).map_err(Trouble::Copy)?;
        Self::open(&file, false)
    }
    /// The file goes with its folder.
    async fn discard(&mut self, copy: Self) -> Result<(), Trouble> {
        drop(copy);
        Ok(())
    }
}

fn failed(why: &rusqlite::Error) -> Trouble {
    Trouble::Database(why.to_string())
}

fn is_busy(why: &rusqlite::Error) -> bool {
    matches!(why.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn busy(why: &rusqlite::Error, limits: Limits) -> Trouble {
    if is_busy(why) {
        return Trouble::LockNotGranted { what: "to write the database".to_owned(), waited: limits.lock };
    }
    Trouble::Database(why.to_string())
}

fn of_statement(
    why: &rusqlite::Error,
    migration: &Migration,
    statement: &Statement,
    limits: Limits,
) -> Trouble {
    let file = migration.file.clone();
    if is_busy(why) {
        return busy(why, limits);
    }
    if why.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
        return Trouble::TooSlow { file, place: statement.at, limit: limits.statement };
    }
    let (place, said): (Place, String) = if let rusqlite::Error::SqlInputError { msg, offset, .. } = why {
        let before = usize::try_from(*offset).ok().and_then(|offset| statement.text.get(..offset));
        let place = before.map_or(statement.at, |before| statement.place_of(before.chars().count() + 1));
        (place, msg.clone())
    } else if let rusqlite::Error::SqliteFailure(_, Some(said)) = why {
        (statement.at, said.clone())
    } else {
        (statement.at, why.to_string())
    };
    Trouble::Statement { file, place, said }
}
