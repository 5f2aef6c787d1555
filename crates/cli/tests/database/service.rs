//! A service that reads and writes throughout: expand, the new version, contract, and no request fails.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::cluster::Cluster;
use super::scene::{done, write};
use super::wait;

/// Which version serves, how many requests each has answered, and what failed.
#[derive(Default)]
struct Service {
    is_new: AtomicBool,
    is_over: AtomicBool,
    old: AtomicU64,
    new: AtomicU64,
    /// How many workers are of the new version.
    moved: AtomicU64,
}

impl Service {
    /// Requests until it is over: each writes a row and reads it back. Answers how many were acknowledged.
    fn serve(&self, worker: u64, mut request: impl FnMut(bool, u64) -> Result<(), String>) -> u64 {
        let (mut answered, mut was_new) = (0, false);
        while !self.is_over.load(Ordering::SeqCst) {
            let is_new = self.is_new.load(Ordering::SeqCst);
            if is_new && !was_new {
                self.moved.fetch_add(1, Ordering::SeqCst);
                was_new = true;
            }
            let id = worker * 10_000_000 + answered;
            if let Err(why) = request(is_new, id) {
                panic!("a request failed (new version: {is_new}): {why}");
            }
            answered += 1;
            if is_new { &self.new } else { &self.old }.fetch_add(1, Ordering::SeqCst);
        }
        answered
    }

    /// Both versions are asked many times while the database changes.
    fn through(&self, at: &Path, address: &str) {
        let more = |count: &AtomicU64, what: &str| {
            let from = count.load(Ordering::SeqCst);
            wait::until(what, || count.load(Ordering::SeqCst) >= from + 50);
        };
        more(&self.old, "the old version serves");
        done(at, &format!("database expand --database {address}"));
        more(&self.old, "the old version serves on what was expanded");
        self.is_new.store(true, Ordering::SeqCst);
        more(&self.new, "the new version serves");
        wait::until("nobody runs the old version", || self.moved.load(Ordering::SeqCst) == WORKERS);
        done(at, &format!("database contract --no-backup --database {address}"));
        more(&self.new, "the new version serves on what was contracted");
    }
}

const WORKERS: u64 = 3;

fn files(concurrently: bool) -> Vec<(&'static str, &'static str)> {
    let (index, drop) = if concurrently {
        ("CREATE INDEX CONCURRENTLY people_email ON people (email);", "ALTER TABLE people DROP COLUMN mail;")
    } else {
        (
            "-- tidegate: allow index-blocks-writes because it was rehearsed\n\
             CREATE INDEX people_email ON people (email);",
            "-- tidegate: allow table-rewrites because it was rehearsed\nALTER TABLE people DROP COLUMN mail;",
        )
    };
    vec![
        ("0001_add-email.sql", "ALTER TABLE people ADD COLUMN email TEXT;"),
        ("0002_fill.sql", "UPDATE people SET email = mail WHERE email IS NULL;"),
        ("0003_index.sql", index),
        ("0004_fill-again.contract.sql", "UPDATE people SET email = mail WHERE email IS NULL;"),
        ("0005_drop-mail.contract.sql", drop),
    ]
}

/// What a version writes and reads.
fn column(is_new: bool) -> &'static str {
    if is_new { "email" } else { "mail" }
}

#[test]
fn no_request_fails_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &files(false));
    let file = at.join("shop.db");
    let made = Connection::open(&file).unwrap();
    made.execute_batch(
        "PRAGMA journal_mode = WAL; CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT);
         INSERT INTO people WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
         SELECT -i, 'a' || i FROM n LIMIT 20000;",
    )
    .unwrap();
    let service = Service::default();
    let answered: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (service, file) = (&service, &file);
                scope.spawn(move || {
                    let own = Connection::open(file).unwrap();
                    own.busy_timeout(Duration::from_secs(20)).unwrap();
                    own.pragma_update(None, "synchronous", "off").unwrap();
                    service.serve(worker, |is_new, id| {
                        let column = column(is_new);
                        let id = i64::try_from(id).unwrap();
                        let insert = format!("INSERT INTO people (id, {column}) VALUES (?1, 'm')");
                        own.execute(&insert, [id]).map_err(|why| why.to_string())?;
                        let select = format!("SELECT {column} FROM people WHERE id = ?1");
                        let read: String =
                            own.query_row(&select, [id], |row| row.get(0)).map_err(|why| why.to_string())?;
                        if read == "m" { Ok(()) } else { Err(format!("read {read}")) }
                    })
                })
            })
            .collect();
        let through = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            service.through(at, "sqlite:shop.db");
        }));
        service.is_over.store(true, Ordering::SeqCst);
        let answered = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
        through.unwrap();
        answered
    });
    let rows: i64 = made
        .query_row("SELECT count(*) FROM people WHERE id >= 0 AND email = 'm'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(u64::try_from(rows).unwrap(), answered, "every acknowledged row is there, with its value");
    let old: i64 =
        made.query_row("SELECT count(email) FROM people WHERE id < 0", [], |row| row.get(0)).unwrap();
    assert_eq!(old, 20_000);
}

#[test]
fn no_request_fails_on_postgresql() {
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &files(true));
    let address = cluster.create(
        "shop",
        "CREATE TABLE people (id bigint PRIMARY KEY, mail text);
         INSERT INTO people SELECT -n, 'a' || n FROM generate_series(1, 20000) n",
    );
    let service = Service::default();
    let answered: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (service, address) = (&service, &address);
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    let connect = tokio_postgres::connect(address, tokio_postgres::NoTls);
                    let (client, connection) = runtime.block_on(connect).unwrap();
                    runtime.spawn(async move {
                        let _over = connection.await;
                    });
                    service.serve(worker, |is_new, id| {
                        let column = column(is_new);
                        let id = i64::try_from(id).unwrap();
                        let insert = format!("INSERT INTO people (id, {column}) VALUES ($1, 'm')");
                        let select = format!("SELECT {column} FROM people WHERE id = $1");
                        let asked = async {
                            client.execute(&insert, &[&id]).await?;
                            client.query_one(&select, &[&id]).await
                        };
                        let row = runtime.block_on(asked).map_err(|why| format!("{why:?}"))?;
                        let read: String = row.get(0);
                        if read == "m" { Ok(()) } else { Err(format!("read {read}")) }
                    })
                })
            })
            .collect();
        let through =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| service.through(at, &address)));
        service.is_over.store(true, Ordering::SeqCst);
        let answered = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
        through.unwrap();
        answered
    });
    let rows = cluster.ask("shop", "SELECT count(*) FROM people WHERE id >= 0 AND email = 'm'");
    assert_eq!(rows, answered.to_string(), "every acknowledged row is there, with its value");
    assert_eq!(cluster.ask("shop", "SELECT count(email) FROM people WHERE id < 0"), "20000");
}
