//! SIGKILL at every moment of a run, and the next run goes on.
//!
//! Invariant: a migration did its work exactly as often as its record says: once, or not at all.

use std::path::Path;
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::common::tidegate;
use super::scene::write;
use super::wait;

const MIGRATIONS: u64 = 6;
/// By so much later each run is killed than the one before.
const LATER: Duration = Duration::from_millis(2);

/// Every second one outside of a transaction where that can be.
fn files(concurrently: bool) -> Vec<(String, String)> {
    let work = "UPDATE work SET done = done + 1 WHERE number =";
    let file = |number: u64| match number {
        5 if concurrently => "CREATE INDEX CONCURRENTLY work_done ON work (done);".to_owned(),
        _ => format!(
            "{work} {number};\nCREATE TABLE made_{number} (id INTEGER);\nINSERT INTO made_{number} VALUES (1);"
        ),
    };
    let name = |number: u64| match number {
        6 => format!("000{number}_w.contract.sql"),
        _ => format!("000{number}_w.sql"),
    };
    (1..=MIGRATIONS).map(|number| (name(number), file(number))).collect()
}

/// Kills it a little later each time, until it ends by itself; each time what is there fits the records.
fn sweep(at: &Path, line: &str, again: impl Fn(), fits: impl Fn()) -> u32 {
    let mut kills = 0;
    let mut after = Duration::from_millis(1);
    loop {
        let begun = Instant::now();
        let mut child = tidegate(at, line).stdout(std::process::Stdio::null()).spawn().unwrap();
        let has_ended = wait::ended_before(&mut child, begun + after);
        if !has_ended {
            child.kill().unwrap();
            kills += 1;
        }
        let ended = child.wait().unwrap();
        fits();
        if has_ended {
            assert!(ended.success());
            return kills;
        }
        after += LATER;
        // From the beginning now and then, so that the early moments meet late ones.
        if kills % 10 == 0 {
            again();
        }
    }
}

#[test]
fn a_killed_run_on_sqlite_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let all = files(false);
    write(at, &all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    let file = at.join("shop.db");
    let begin = || {
        for name in ["shop.db", "shop.db-journal", "shop.db-wal", "shop.db-shm"] {
            let _absent = std::fs::remove_file(at.join(name));
        }
        let made = rusqlite::Connection::open(&file).unwrap();
        made.execute_batch("CREATE TABLE work (number INTEGER PRIMARY KEY, done INTEGER NOT NULL)").unwrap();
        for number in 1..=MIGRATIONS {
            made.execute("INSERT INTO work VALUES (?1, 0)", [i64::try_from(number).unwrap()]).unwrap();
        }
    };
    let fits = || {
        let read = rusqlite::Connection::open(&file).unwrap();
        let one = |sql: &str| read.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let done = one("SELECT sum(done) FROM work");
        let tables = one("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'made%'");
        let is_begun = one("SELECT count(*) FROM sqlite_schema WHERE name = 'tidegate_migrations'") == 1;
        let records = if is_begun { one("SELECT count(*) FROM tidegate_migrations") } else { 0 };
        assert_eq!((done, tables), (records, records));
        assert_eq!(one("SELECT max(done) <= 1 FROM work"), 1);
        let whole: String = read.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
    };
    begin();
    let kills = sweep(at, "database expand --database sqlite:shop.db --backup backups", begin, fits);
    let more = sweep(at, "database contract --database sqlite:shop.db --backup backups", || {}, fits);
    assert!(kills > 3 && more > 0, "killed only {kills} and {more} times");
    // A backup is whole or has no name yet.
    for backup in std::fs::read_dir(at.join("backups")).unwrap() {
        let path = backup.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "db") {
            let read = rusqlite::Connection::open(&path).unwrap();
            let whole: String = read.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(whole, "ok");
        }
    }
}

/// From nothing: tables, and where it can be an index outside of a transaction.
fn files_of_a_new_one(concurrently: bool) -> Vec<(String, String)> {
    (1..=MIGRATIONS)
        .map(|number| match number {
            5 if concurrently => {
                (format!("000{number}_w.sql"), "CREATE INDEX CONCURRENTLY made ON made_1 (id);".to_owned())
            }
            _ => {
                let phase = if number % 3 == 0 { "contract" } else { "expand" };
                (format!("000{number}_w.{phase}.sql"), format!("CREATE TABLE made_{number} (id INTEGER);"))
            }
        })
        .collect()
}

#[test]
fn a_new_database_whose_run_was_killed_is_gone_on_with_by_the_same_command() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let all = files_of_a_new_one(false);
    write(at, &all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    let begin = || {
        for name in ["shop.db", "shop.db-journal", "shop.db-wal", "shop.db-shm"] {
            let _absent = std::fs::remove_file(at.join(name));
        }
    };
    let kills = sweep(at, "database expand --new --database sqlite:shop.db", begin, || {});
    assert!(kills > 3, "killed only {kills} times");
    let read = rusqlite::Connection::open(at.join("shop.db")).unwrap();
    let one = |sql: &str| read.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(one("SELECT count(*) FROM tidegate_migrations"), MIGRATIONS.cast_signed());
    assert_eq!(one("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'made%'"), MIGRATIONS.cast_signed());
    assert_eq!(one("SELECT count(*) FROM sqlite_schema WHERE name = 'tidegate_new'"), 0);

    let cluster = Cluster::start();
    let all = files_of_a_new_one(true);
    std::fs::remove_dir_all(at.join("migrations")).unwrap();
    write(at, &all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    let address = cluster.create("shop", "SELECT 1");
    let again = || {
        cluster.ask("postgres", "DROP DATABASE shop WITH (FORCE)");
        cluster.create("shop", "SELECT 1");
    };
    let over = || {
        let over = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidegate database'";
        wait::until("the killed run's session is over", || cluster.ask("shop", over) == "0");
    };
    let kills = sweep(at, &format!("database expand --new --database {address}"), again, over);
    assert!(kills > 3, "killed only {kills} times");
    assert_eq!(cluster.ask("shop", "SELECT count(*) FROM tidegate_migrations WHERE state = 'applied'"), "6");
    assert_eq!(cluster.ask("shop", "SELECT count(*) FROM pg_class WHERE relname LIKE 'made%'"), "6");
    assert_eq!(cluster.ask("shop", "SELECT to_regclass('tidegate_new') IS NULL"), "t");
}

#[test]
fn a_killed_run_on_postgresql_is_continued() {
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let all = files(true);
    write(at, &all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    let made = "CREATE TABLE work (number bigint PRIMARY KEY, done int NOT NULL); \
        INSERT INTO work SELECT n, 0 FROM generate_series(1, 20000) n";
    let address = cluster.create("shop", made);
    let again = || {
        cluster.ask("postgres", "DROP DATABASE shop WITH (FORCE)");
        cluster.create("shop", made);
    };
    let fits = || {
        // What the killed run had sent ends first.
        let over = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidegate database'";
        wait::until("the killed run's session is over", || cluster.ask("shop", over) == "0");
        let is_begun = cluster.ask("shop", "SELECT to_regclass('tidegate_migrations') IS NOT NULL") == "t";
        let records = "SELECT count(*) FROM tidegate_migrations WHERE state = 'applied' AND number <> 5";
        let records = if is_begun { cluster.ask("shop", records) } else { "0".to_owned() };
        let done = cluster.ask("shop", "SELECT sum(done), max(done) <= 1 FROM work");
        assert_eq!(done, format!("{records}|t"));
        let tables = "SELECT count(*) FROM pg_class WHERE relname LIKE 'made%'";
        assert_eq!(cluster.ask("shop", tables), records);
    };
    let kills = sweep(at, &format!("database expand --database {address}"), again, fits);
    let more = sweep(at, &format!("database contract --no-backup --database {address}"), || {}, fits);
    assert!(kills > 3 && more > 0, "killed only {kills} and {more} times");
    assert_eq!(cluster.ask("shop", "SELECT count(*) FROM tidegate_migrations WHERE state = 'applied'"), "6");
    assert_eq!(
        cluster.ask("shop", "SELECT indisvalid FROM pg_index WHERE indexrelid = 'work_done'::regclass"),
        "t"
    );
}
