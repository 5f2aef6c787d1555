//! Brings a database to the form that this version works with.
//!
//! Invariant: each numbered file runs once, in a transaction of its own; a file that ran is never edited (its SHA-256
//! is kept and compared). Deliberately not here: going back; restore a backup for that.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest, Sha256};
use tidegate_ports::Fault;

use crate::audit::hex;

#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    pub number: u32,
    pub name: &'static str,
    pub sql: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../../migrations/sqlite/", $name)),
        }
    };
}

pub(super) const MIGRATIONS: &[Migration] =
    &[migration!(1, "0001_log.sql"), migration!(2, "0002_origins_and_links.sql")];

#[derive(Debug)]
struct Applied {
    number: u32,
    name: String,
    sha256: String,
}

/// A database from which no migration can start is `Ok(Err(fault))`; `Err` is SQLite's.
pub(super) fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[Migration],
) -> rusqlite::Result<Result<(), Fault>> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (
             number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL
         ) STRICT",
    )?;
    let applied = applied(connection)?;
    if let Err(fault) = check(&applied, path, migrations) {
        return Ok(Err(fault));
    }
    for migration in migrations.iter().skip(applied.len()) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            "INSERT INTO migrations (number, name, sha256) VALUES (?1, ?2, ?3)",
            params![migration.number, migration.name, sha256(migration)],
        )?;
        transaction.commit()?;
    }
    Ok(Ok(()))
}

fn applied(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let mut statement = connection.prepare("SELECT number, name, sha256 FROM migrations ORDER BY number")?;
    let read =
        |row: &rusqlite::Row<'_>| Ok(Applied { number: row.get(0)?, name: row.get(1)?, sha256: row.get(2)? });
    statement.query_map([], read)?.collect()
}

fn check(applied: &[Applied], path: &Path, migrations: &[Migration]) -> Result<(), Fault> {
    let file = path.display();
    for (index, done) in applied.iter().enumerate() {
        let Some(known) = migrations.get(index) else {
            return Err(Fault::hold(
                "store-newer",
                format!("{file} was written by a newer tidegate ({})", done.name),
            )
            .with_help("install that version, or restore the backup taken before it ran"));
        };
        if done.number != known.number || done.sha256 != sha256(known) {
            return Err(Fault::hold(
                "store-migration-changed",
                format!("{file} was made with another form of {} than this tidegate knows", done.name),
            )
            .with_help(
                "use the tidegate that made it, or restore a backup; never edit a migration that ran",
            ));
        }
    }
    Ok(())
}

fn sha256(migration: &Migration) -> String {
    hex(&Sha256::digest(migration.sql))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration { number: 1, name: "0001_a.sql", sql: "CREATE TABLE a (x INTEGER)" };
    const SECOND: Migration =
        Migration { number: 2, name: "0002_b.sql", sql: "ALTER TABLE a ADD COLUMN y INTEGER" };

    fn run(connection: &mut Connection, migrations: &[Migration]) -> Option<&'static str> {
        migrate(connection, Path::new("test.db"), migrations).unwrap().err().map(|fault| fault.code)
    }

    #[test]
    fn each_runs_once_and_later_ones_follow() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(run(&mut connection, &[FIRST]), None);
        assert_eq!(run(&mut connection, &[FIRST]), None);
        assert_eq!(run(&mut connection, &[FIRST, SECOND]), None);
        connection.execute("INSERT INTO a (x, y) VALUES (1, 2)", []).unwrap();
    }

    #[test]
    fn a_newer_or_changed_database_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(run(&mut connection, &[FIRST, SECOND]), None);
        assert_eq!(run(&mut connection, &[FIRST]), Some("store-newer"));
        let edited = Migration { sql: "CREATE TABLE a (x TEXT)", ..FIRST };
        assert_eq!(run(&mut connection, &[edited, SECOND]), Some("store-migration-changed"));
    }

    #[test]
    fn every_file_of_the_folder_is_listed_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
        let mut files: Vec<String> =
            folder.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let listed: Vec<String> = MIGRATIONS.iter().map(|migration| migration.name.to_owned()).collect();
        assert_eq!(files, listed);
        for (migration, number) in MIGRATIONS.iter().zip(1..) {
            assert_eq!(migration.number, number);
            assert!(migration.name.starts_with(&format!("{number:04}_")));
        }
    }

    /// What ran somewhere must never change: this is its fingerprint.
    #[test]
    fn migrations_that_were_released_are_pinned() {
        let fingerprints: Vec<String> = MIGRATIONS.iter().map(sha256).collect();
        let pinned: Vec<&str> = include_str!("migrations.sha256").lines().collect();
        assert_eq!(fingerprints, pinned);
    }
}
