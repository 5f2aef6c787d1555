//! SQLite: new databases, and what others do meanwhile.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rusqlite::Connection;
use tidegate_database::{Set, Wanted};
use tidegate_migrator::sqlite::Sqlite;

use super::scene::{EXPAND, backed_up, checked_run, code, go, set};

const SHOP: &[(&str, &str)] = &[
    ("0001_people.sql", "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT);"),
    ("0002_drop.contract.sql", "DROP TABLE IF EXISTS orders;"),
    ("0003_email.sql", "ALTER TABLE people ADD COLUMN email TEXT;"),
];

fn one(file: &Path, sql: &str) -> i64 {
    Connection::open(file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn shop(change: (usize, &str)) -> Set {
    let mut files = SHOP.to_vec();
    files[change.0].1 = change.1;
    set(&files)
}

const ALL_THREE: &str = "SELECT count(*) = 3 FROM tidegate_migrations";
const NO_MARK: &str = "SELECT count(*) = 0 FROM sqlite_schema WHERE name = 'tidegate_new'";

#[tokio::test]
async fn a_database_with_anything_in_it_is_not_new() {
    for made in [
        "CREATE TABLE orders (id INTEGER)",
        "CREATE TABLE sqliteX (id INTEGER)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE VIRTUAL TABLE f USING fts5 (a)",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        Connection::open(&file).unwrap().execute_batch(made).unwrap();
        let before = std::fs::read(&file).unwrap();
        let mut database = Sqlite::open(&file, true).unwrap();
        assert_eq!(code(go(&mut database, &set(SHOP), Wanted::New).await), "database-not-empty", "{made}");
        assert!(std::fs::read(&file).unwrap() == before, "nothing was written: {made}");
    }
}

#[tokio::test]
async fn a_new_database_that_was_stopped_goes_on_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut database = Sqlite::open(&file, true).unwrap();
    let broken = shop((2, "ALTER TABLE nobody ADD COLUMN email TEXT;"));
    assert_eq!(code(go(&mut database, &broken, Wanted::New).await), "database-statement-failed");
    assert_eq!(one(&file, "SELECT count(*) FROM tidegate_migrations"), 2);
    let outcome = go(&mut database, &set(SHOP), Wanted::New).await.unwrap();
    assert_eq!(outcome.applied.len(), 1);
    assert_eq!((one(&file, ALL_THREE), one(&file, NO_MARK)), (1, 1));
    let again = go(&mut database, &set(SHOP), Wanted::New).await.unwrap();
    assert!(again.applied.is_empty(), "there is nothing to do");
    let more = [SHOP, &[("0004_x.contract.sql", "DROP TABLE people;")]].concat();
    assert_eq!(code(go(&mut database, &set(&more), Wanted::New).await), "database-not-new");
}

#[tokio::test]
async fn a_mark_that_a_kill_left_at_the_end_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut database = Sqlite::open(&file, true).unwrap();
    go(&mut database, &set(SHOP), Wanted::New).await.unwrap();
    let left = "CREATE TABLE tidegate_new (last INTEGER NOT NULL); INSERT INTO tidegate_new VALUES (3)";
    Connection::open(&file).unwrap().execute_batch(left).unwrap();
    let more = set(&[SHOP, &[("0004_x.contract.sql", "DROP TABLE people;")]].concat());
    assert_eq!(code(go(&mut database, &more, Wanted::New).await), "database-not-new");
    assert_eq!(one(&file, NO_MARK), 1);

    // Stopped in the middle, and used by a plain run since.
    let file = folder.path().join("other.db");
    let mut database = Sqlite::open(&file, true).unwrap();
    let broken = shop((1, "DROP TABLE nobody;"));
    assert_eq!(code(go(&mut database, &broken, Wanted::New).await), "database-statement-failed");
    assert_eq!(code(go(&mut database, &set(&SHOP[..1]), EXPAND).await), "done");
    assert_eq!(code(go(&mut database, &set(SHOP), Wanted::New).await), "database-not-new");
}

#[test]
fn two_new_runs_at_once_both_end_well() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        let barrier = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            let runs = [0, 1].map(|_| {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    let mut database = Sqlite::open(&file, true).unwrap();
                    barrier.wait();
                    runtime.block_on(go(&mut database, &set(SHOP), Wanted::New)).unwrap().applied.len()
                })
            });
            assert_eq!(runs.map(|run| run.join().unwrap()).iter().sum::<usize>(), 3, "each file once");
        });
        assert_eq!((one(&file, ALL_THREE), one(&file, NO_MARK)), (1, 1));
    }
}

#[tokio::test]
async fn what_was_not_checked_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut database = Sqlite::open(&file, true).unwrap();
    go(&mut database, &set(SHOP), EXPAND).await.unwrap();
    // Looked at when the first one was next; another run went past the contraction meanwhile.
    Sqlite::open(&file, false).unwrap();
    go(&mut database, &set(SHOP), super::scene::CONTRACT).await.unwrap();
    let outcome = checked_run(&mut database, &set(SHOP), EXPAND, &[1]).await;
    assert_eq!(code(outcome), "database-changed-meanwhile");
    assert_eq!(one(&file, "SELECT count(*) FROM tidegate_migrations"), 2);
}

#[tokio::test]
async fn another_file_of_that_number_that_was_faster_is_told() {
    use tidegate_migrator::Database as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut database = Sqlite::open(&file, true).unwrap();
    let other = shop((0, "CREATE TABLE people (id INTEGER PRIMARY KEY);"));
    go(&mut Sqlite::open(&file, false).unwrap(), &other, EXPAND).await.unwrap();
    // The other run came between the look at the history and the transaction.
    let ours = set(SHOP);
    let outcome = database.apply(&ours.all()[0], super::scene::LIMITS, "ann").await;
    assert_eq!(outcome.err().map(|trouble| trouble.code()), Some("database-file-changed"));
    let same = database.apply(&other.all()[0], super::scene::LIMITS, "ann").await;
    assert!(same.unwrap().is_none(), "that very file is done");
}

#[tokio::test]
async fn a_backup_is_told_though_the_file_after_it_fails_and_is_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE people (id INTEGER)").unwrap();
    let mut database = Sqlite::open(&file, false).unwrap();
    let fails = set(&[("0001_x.contract.sql", "DROP TABLE nobody;")]);
    let (backup, outcome) = backed_up(&mut database, &fails, &folder.path().join("backups")).await;
    assert_eq!(code(outcome), "database-statement-failed");
    let backup = backup.unwrap();
    assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(one(&backup, "SELECT count(*) FROM people"), 0, "it is whole");
}
