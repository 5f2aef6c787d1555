//! Files that cannot be opened: each gets its own fault, with the file and the next step in it, and stays as it is.
//!
//! Invariant: a refused file is not changed. Deliberately not here: faults while writing (`sqlite_faults.rs`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use support::change;
use tidegate_domain::moment::Steady;
use tidegate_ports::{Agenda, Fault, FaultKind, Journal};
use tidegate_store::sqlite::{SqliteStore, open_readonly_for_audit};

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }
    fn path(&self) -> PathBuf {
        self.directory.path().join("tidegate.db")
    }
    /// A closed database with some events.
    async fn with_events(count: u64) -> Self {
        let place = Self::new();
        let store = SqliteStore::open(place.path()).unwrap();
        for version in 1..=count {
            store.append(change(0, version)).await.unwrap();
        }
        place
    }
    fn execute(&self, sql: &str) {
        Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }
}

fn refused(path: &Path, code: &str) -> Fault {
    let before = std::fs::read(path).ok();
    let fault = SqliteStore::open(path).unwrap_err();
    assert_eq!((fault.code, fault.kind), (code, FaultKind::Hold), "{fault}");
    assert!(fault.message.contains(path.to_str().unwrap()), "{fault}");
    assert!(!fault.help.is_empty());
    assert_eq!(std::fs::read(path).ok(), before);
    fault
}

#[test]
fn a_file_that_is_no_database() {
    let place = Place::new();
    std::fs::write(place.path(), "components:\n  - name: api\n".repeat(400)).unwrap();
    let fault = refused(&place.path(), "store-corrupt");
    assert!(fault.message.contains("file is not a database"), "{fault}");
    assert!(fault.help.contains("restore a backup"), "{}", fault.help);
    let from_outside = open_readonly_for_audit(place.path()).unwrap_err();
    assert_eq!(from_outside.code, "store-corrupt");
}

#[tokio::test]
async fn a_database_with_damaged_pages() {
    let place = Place::with_events(40).await;
    let mut bytes = std::fs::read(place.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].iter_mut().for_each(|byte| *byte = 0x5a);
    std::fs::write(place.path(), bytes).unwrap();
    let fault = refused(&place.path(), "store-corrupt");
    assert!(fault.help.contains("tidegate audit verify"), "{}", fault.help);
}

#[tokio::test]
async fn a_database_cut_short() {
    let place = Place::with_events(40).await;
    let length = std::fs::metadata(place.path()).unwrap().len();
    let file = std::fs::File::options().write(true).open(place.path()).unwrap();
    file.set_len(length - 3 * 4096).unwrap();
    refused(&place.path(), "store-corrupt");
}

#[tokio::test]
async fn a_log_whose_tail_was_removed() {
    let place = Place::with_events(10).await;
    place.execute("DELETE FROM events WHERE position = 10");
    let fault = refused(&place.path(), "store-corrupt");
    assert!(fault.message.contains("newest event"), "{fault}");
}

#[tokio::test]
async fn a_database_of_a_newer_version() {
    let place = Place::with_events(1).await;
    place.execute("INSERT INTO migrations (number, name, sha256) VALUES (999, '0999_future.sql', 'ab')");
    let fault = refused(&place.path(), "store-newer");
    assert!(fault.message.contains("0999_future.sql"), "{fault}");
    place.execute("DELETE FROM migrations WHERE number = 999; UPDATE migrations SET sha256 = 'ab'");
    refused(&place.path(), "store-migration-changed");
}

#[test]
fn a_database_of_another_program() {
    let place = Place::new();
    place.execute("CREATE TABLE bookmarks (url TEXT)");
    refused(&place.path(), "store-foreign");
}

#[test]
fn a_directory_that_is_not_there() {
    let place = Place::new();
    let path = place.directory.path().join("none/tidegate.db");
    let fault = refused(&path, "store-unreachable");
    assert!(fault.source.is_some());
    assert_eq!(open_readonly_for_audit(&path).unwrap_err().code, "store-unreachable");
}

#[tokio::test]
async fn a_database_in_use() {
    let place = Place::with_events(1).await;
    let first = SqliteStore::open(place.path()).unwrap();
    let fault = refused(&place.path(), "store-in-use");
    assert!(fault.message.contains(&format!("process {}", std::process::id())), "{fault}");
    // The first goes on, also after the second was refused; with the last handle the file is free.
    let clone = first.clone();
    drop(first);
    clone.append(change(0, 2)).await.unwrap();
    refused(&place.path(), "store-in-use");
    drop(clone);
    SqliteStore::open(place.path()).unwrap();
}

#[tokio::test]
async fn a_claim_that_finds_nothing_writes_nothing() {
    let place = Place::with_events(0).await;
    let store = SqliteStore::open(place.path()).unwrap();
    store.append(change(0, 1)).await.unwrap();
    let log = place.directory.path().join("tidegate.db-wal");
    let before = std::fs::read(&log).unwrap();
    for _ in 0..100 {
        assert_eq!(store.claim("a", Steady(0), 10).await.unwrap(), []);
    }
    assert_eq!(std::fs::read(&log).unwrap(), before);
    assert_eq!(store.claim("a", Steady(1), 10).await.unwrap().len(), 1);
    assert_ne!(std::fs::read(&log).unwrap(), before);
}
