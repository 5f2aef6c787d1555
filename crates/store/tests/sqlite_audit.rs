//! A database file is tampered with in every way, from SQL and byte by byte; the audit must find it.
//!
//! Invariant: each case starts from a good file. Deliberately not here: the tree itself (`src/audit`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use support::{change, check_what_is_left};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_domain::retention::RetentionEvent;
use tidegate_ports::{Batch, Journal, NewEvent, Origin, StreamAppend};
use tidegate_store::audit::{
    Audit, Chain, Checkpoint, Facts, NoteKey, OriginFact, Seal, Tree, consistency_proof, inclusion_proof,
    read_notes, verify_consistency, verify_inclusion,
};
use tidegate_store::sqlite::{SqliteStore, open_readonly_for_audit};

const EVENTS: u64 = 60;

/// The bytes of a cleanly closed database with `EVENTS` events.
fn good_file() -> &'static [u8] {
    static FILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    FILE.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("good.db");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = SqliteStore::open(&path).unwrap();
            for number in 0..EVENTS {
                store.append(change(number % 4, number / 4 + 1)).await.unwrap();
            }
        });
        std::fs::read(path).unwrap()
    })
}

struct Copy {
    directory: tempfile::TempDir,
}

impl Copy {
    fn of(bytes: &[u8]) -> Self {
        let copy = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::write(copy.path(), bytes).unwrap();
        copy
    }
    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("copy.db")
    }
    fn execute(&self, sql: &str) {
        Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }
    fn audit(&self) -> Audit {
        open_readonly_for_audit(self.path()).unwrap().verify().unwrap()
    }
    fn first_bad(&self) -> Option<(u64, String)> {
        match self.audit().chain {
            Chain::Ok => None,
            Chain::Broken { first_bad_position, why } => Some((first_bad_position, why)),
        }
    }
}

/// After this statement the first bad row is that one.
fn check(sql: &str, expect: u64) {
    let copy = Copy::of(good_file());
    copy.execute(sql);
    let found = copy.first_bad();
    assert_eq!(found.as_ref().map(|found| found.0), Some(expect), "{sql}: {found:?}");
}

#[test]
fn an_untouched_file_is_good_and_stays_untouched() {
    let copy = Copy::of(good_file());
    let audit = copy.audit();
    assert_eq!((audit.events, audit.chain), (EVENTS, Chain::Ok));
    assert_eq!(std::fs::read(copy.path()).unwrap(), good_file());
}

#[test]
fn every_column_of_a_row_is_covered() {
    for change in [
        "stream = 'catalog'",
        "version = version + 1000",
        "kind = 'Written'",
        "body = replace(body, '{', '[')",
        "actor = 'writer '",
        "wall_ms = wall_ms + 1",
        "steady_ms = -1",
        "leaf = zeroblob(32)",
        "leaf = x''",
        "link = zeroblob(32)",
        "link = x'00'",
        "origin = '127.0.0.2 cli'",
        "origin = NULL",
        "origin_seal = zeroblob(16)",
        "origin_seal = zeroblob(32)",
        "origin_seal = NULL",
        "origin = NULL, origin_seal = NULL",
        "origin = NULL, origin_seal = zeroblob(32)",
    ] {
        check(&format!("UPDATE events SET {change} WHERE position = 23"), 23);
    }
}

#[test]
fn missing_moved_and_added_rows_are_found() {
    check("DELETE FROM events WHERE position = 1", 1);
    check("DELETE FROM events WHERE position = 30", 30);
    check("DELETE FROM events WHERE position > 50", 51);
    check("DELETE FROM events", 1);
    let swap = "UPDATE events SET position = 1000 WHERE position = 7;
                UPDATE events SET position = 7 WHERE position = 9;
                UPDATE events SET position = 9 WHERE position = 1000;";
    check(swap, 7);
    let graft = "INSERT INTO events SELECT 61, stream, 99, kind, body, actor, wall_ms, steady_ms, leaf, link, origin, origin_seal
                 FROM events WHERE position = 60";
    check(graft, 61);
    check("UPDATE events SET position = position + 1 WHERE position = 60", 60);
    check("UPDATE events SET position = -5 WHERE position = 4", 1);
}

#[test]
fn a_changed_head_is_found() {
    check("UPDATE head SET tree_size = 59", 60);
    check("UPDATE head SET tree_size = 61", 61);
    check("UPDATE head SET link = zeroblob(32)", EVENTS);
    check("UPDATE head SET rooted = 10", 1);
    check("UPDATE head SET tree_peaks = zeroblob(length(tree_peaks))", EVENTS);
}

/// Inside the file nothing is wrong any more; the head is another one.
#[test]
fn a_tail_cut_with_its_head_shows_in_the_head() {
    let longer = Copy::of(good_file());
    let shorter = Copy::of(good_file());
    shorter.execute("DELETE FROM events WHERE position > 32");
    let whole = Connection::open(longer.path()).unwrap();
    let peak = |size: i64| {
        let leaves = whole
            .prepare("SELECT leaf FROM events WHERE position <= ?1 ORDER BY position")
            .unwrap()
            .query_map([size], |row| row.get::<_, [u8; 32]>(0))
            .unwrap()
            .map(Result::unwrap)
            .collect::<Vec<_>>();
        let mut tree = Tree::default();
        for leaf in leaves {
            tree.push(leaf);
        }
        tree.peak_bytes()
    };
    let cut = "UPDATE head SET tree_size = 32, tree_peaks = ?1, link = (SELECT link FROM events WHERE position = 32)";
    Connection::open(shorter.path()).unwrap().execute(cut, [peak(32)]).unwrap();
    let audit = shorter.audit();
    assert_eq!((audit.events, &audit.chain), (32, &Chain::Ok));
    assert_ne!(audit.head, longer.audit().head);
}

/// Every value of every event, as the store would read it.
fn contents(path: &Path) -> rusqlite::Result<Vec<Vec<rusqlite::types::Value>>> {
    let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(
        "SELECT position, stream, version, kind, body, actor, wall_ms, steady_ms, leaf, link, origin, origin_seal
         FROM events NOT INDEXED ORDER BY position",
    )?;
    statement.query_map([], |row| (0..12).map(|column| row.get(column)).collect())?.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Whatever byte of the file is changed: if the events read otherwise than before, or not at all, it is found.
    #[test]
    fn any_changed_byte_that_changes_an_event_is_found(at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let mut bytes = good_file().to_vec();
        let offset = at.index(bytes.len());
        bytes[offset] ^= flip;
        let copy = Copy::of(&bytes);
        let before = contents(&Copy::of(good_file()).path()).unwrap();
        let is_changed = contents(&copy.path()).map_or(true, |after| after != before);
        let audit = open_readonly_for_audit(copy.path()).and_then(|file| file.verify());
        let is_found = audit.map_or(true, |audit| audit.chain != Chain::Ok);
        prop_assert!(is_found || !is_changed, "byte {offset}");
    }
}

/// The long form is 100 000 (`make soak`).
fn cases() -> u32 {
    std::env::var("TIDEGATE_FLIPS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

/// Pages of this kind (<https://sqlite.org/fileformat2.html#b_tree_pages>), as number and content.
fn pages(kind: u8) -> impl Iterator<Item = usize> {
    let bytes = good_file();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    (1..bytes.len() / size).map(move |page| page * size).filter(move |start| good_file()[*start] == kind)
}

/// The rows read as before, but by their position some are not found: a query from there on leaves them out.
#[test]
fn a_tree_of_positions_that_misleads_is_found() {
    const INTERIOR_OF_TABLE: u8 = 5;
    let mut misled = 0;
    for start in pages(INTERIOR_OF_TABLE) {
        let cell =
            start + usize::from(u16::from_be_bytes([good_file()[start + 12], good_file()[start + 13]]));
        for key in [1, 3, 100] {
            // A child's page number in four bytes, then the greatest position in it.
            let mut bytes = good_file().to_vec();
            if bytes[cell + 4] == key || bytes[cell + 4] > 127 {
                continue;
            }
            bytes[cell + 4] = key;
            let copy = Copy::of(&bytes);
            let whole = contents(&Copy::of(good_file()).path()).unwrap();
            if contents(&copy.path()).is_ok_and(|after| after == whole) {
                let fault = open_readonly_for_audit(copy.path()).unwrap().verify().unwrap_err();
                assert_eq!(fault.code, "store-corrupt", "page at {start}, key {key}");
                misled += 1;
            }
        }
    }
    assert!(misled >= 2, "{misled}");
}

/// What SQLite itself says of the events and whatever finds them.
fn sqlite_finds_fault(copy: &Copy) -> bool {
    let connection = Connection::open(copy.path()).unwrap();
    let said = connection.query_row("PRAGMA integrity_check('events')", [], |row| row.get::<_, String>(0));
    said.map_or(true, |said| said != "ok")
}

#[test]
fn an_index_that_misleads_is_found() {
    const LEAF_OF_INDEX: u8 = 10;
    let name = support::stream(1).to_string();
    let mut misled = 0;
    for start in pages(LEAF_OF_INDEX) {
        let page = &good_file()[start..start + 4_096];
        let places: Vec<usize> =
            (0..page.len() - name.len()).filter(|at| page[*at..].starts_with(name.as_bytes())).collect();
        for place in places {
            // The name, then version and position.
            for offset in [name.len() - 1, name.len(), name.len() + 1] {
                let mut bytes = good_file().to_vec();
                bytes[start + place + offset] ^= 1;
                let copy = Copy::of(&bytes);
                // Other tables have indexes with these names too, and old cells lie in free space.
                if !sqlite_finds_fault(&copy) {
                    continue;
                }
                let audit = open_readonly_for_audit(copy.path()).and_then(|file| file.verify());
                assert_eq!(audit.unwrap_err().code, "store-corrupt", "byte {}", start + place + offset);
                misled += 1;
            }
        }
    }
    assert!(misled >= 12, "{misled}");
}

#[tokio::test]
async fn a_running_store_is_audited_from_outside_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tidegate.db");
    let store = SqliteStore::open(&path).unwrap();
    for version in 1..=20 {
        store.append(change(0, version)).await.unwrap();
    }
    let from_outside = open_readonly_for_audit(&path).unwrap().verify().unwrap();
    assert_eq!((from_outside.events, &from_outside.chain), (20, &Chain::Ok));
    assert_eq!(store.audit().await.unwrap(), from_outside);
}

#[test]
fn a_file_that_may_only_be_read_can_be_audited() {
    let copy = Copy::of(good_file());
    let readable = std::fs::Permissions::from_mode(0o555);
    std::fs::set_permissions(copy.directory.path(), readable).unwrap();
    let audit = copy.audit();
    std::fs::set_permissions(copy.directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!((audit.events, audit.chain), (EVENTS, Chain::Ok));
}

#[tokio::test]
async fn a_backup_taken_while_writing_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("tidegate.db")).unwrap();
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for version in 1..=200 {
                store.append(change(1, version)).await.unwrap();
            }
        }
    });
    let mut backups = Vec::new();
    while !writer.is_finished() || backups.is_empty() {
        let target = directory.path().join(format!("backup-{}.db", backups.len()));
        store.backup(&target).await.unwrap();
        backups.push(target);
    }
    writer.await.unwrap();
    let again = store.backup(&backups[0]).await.unwrap_err();
    assert_eq!(again.code, "backup-exists");
    let nowhere = store.backup(directory.path().join("none/backup.db")).await.unwrap_err();
    assert_eq!(nowhere.code, "backup-failed");
    for backup in backups {
        let audit = open_readonly_for_audit(&backup).unwrap().verify().unwrap();
        assert_eq!(audit.chain, Chain::Ok);
        let answers: Vec<(u64, u64)> = (1..=audit.events).map(|version| (1, version)).collect();
        check_what_is_left(&backup, &answers).await;
    }
}

/// A database as the first version wrote it: each row keeps the head of the tree after it, and there are no origins.
fn file_of_the_first_form(path: &Path, count: u64) {
    let connection = Connection::open(path).unwrap();
    let first = include_str!("../migrations/sqlite/0001_log.sql");
    let digest = include_str!("../src/sqlite/migrations.sha256").lines().next().unwrap();
    let migrations = format!(
        "CREATE TABLE migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT;
         INSERT INTO migrations VALUES (1, '0001_log.sql', '{digest}'); PRAGMA application_id = {}",
        0x5444_4754
    );
    connection.execute_batch(&format!("{first}; {migrations}")).unwrap();
    let stream = support::stream(0).to_string();
    let mut tree = Tree::default();
    for version in 1..=count {
        let facts = Facts {
            position: version,
            stream: &stream,
            version,
            kind: "written",
            body: "{}",
            actor: "writer",
            wall_ms: 1,
            steady_ms: version,
            origin: OriginFact::None,
        };
        let leaf = facts.leaf(&mut Vec::new());
        tree.push(leaf);
        let number = i64::try_from(version).unwrap();
        let values = rusqlite::params![number, stream, leaf, tree.root()];
        let row = "INSERT INTO events VALUES (?1, ?2, ?1, 'written', '{}', 'writer', 1, ?1, ?3, ?4)";
        connection.execute(row, values).unwrap();
    }
    let size = i64::try_from(count).unwrap();
    let head = "UPDATE head SET tree_size = ?1, tree_peaks = ?2";
    connection.execute(head, rusqlite::params![size, tree.peak_bytes()]).unwrap();
}

#[tokio::test]
async fn a_log_of_the_first_form_verifies_before_and_after_it_is_carried_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    let audit = || open_readonly_for_audit(&path).unwrap().verify().unwrap();
    file_of_the_first_form(&path, 9);
    let old = audit();
    assert_eq!((old.events, &old.chain), (9, &Chain::Ok));
    for round in 0..3 {
        let store = SqliteStore::open(&path).unwrap();
        for version in 10 + 2 * round..12 + 2 * round {
            store.append(change(0, version)).await.unwrap();
        }
        let (found, heads) = open_readonly_for_audit(&path).unwrap().verify_noting(vec![9]).unwrap();
        assert_eq!((found.events, &found.chain), (11 + 2 * round, &Chain::Ok));
        assert_eq!(heads, [(9, old.head)], "what stood before is as it was");
    }
    let change = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    change("UPDATE events SET link = zeroblob(32) WHERE position = 4");
    assert!(matches!(audit().chain, Chain::Broken { first_bad_position: 4, .. }));
}

#[test]
fn a_damaged_head_is_found_at_opening() {
    for damage in [
        "tree_peaks = zeroblob(length(tree_peaks))",
        "link = zeroblob(32)",
        "tree_size = 59",
        "check_sum = x'00'",
    ] {
        let copy = Copy::of(good_file());
        copy.execute(&format!("UPDATE head SET {damage}"));
        assert_eq!(SqliteStore::open(copy.path()).unwrap_err().code, "store-corrupt", "{damage}");
    }
}

/// A database with its checkpoints, made after each of these many events.
struct Guarded {
    copy: Copy,
    checkpoints: Vec<Checkpoint>,
}

const SIZES: [u64; 4] = [7, 20, 41, EVENTS];

fn guarded() -> Guarded {
    let copy = Copy::of(good_file());
    let (_, heads) = open_readonly_for_audit(copy.path()).unwrap().verify_noting(SIZES.to_vec()).unwrap();
    let key = NoteKey::from_seed(&[7; 32]);
    // Through the signed form and back, as they would come from outside.
    let file: String = heads.iter().map(|(size, root)| key.sign(*size, *root)).collect();
    let notes = read_notes(&file).unwrap();
    let checkpoints = notes.iter().map(|note| note.signed_by(&key.public()).unwrap().clone()).collect();
    Guarded { copy, checkpoints }
}

impl Guarded {
    fn first_bad(&self) -> Option<(u64, String)> {
        let file = open_readonly_for_audit(self.copy.path()).unwrap();
        match file.verify_against(&self.checkpoints).unwrap().chain {
            Chain::Ok => None,
            Chain::Broken { first_bad_position, why } => Some((first_bad_position, why)),
        }
    }

    /// What an administrator of the database can do: change rows as they like, then work every hash out again, so that
    /// nothing within the file is wrong.
    #[allow(clippy::type_complexity)] // a row
    fn rewrite(&self, change: &str) {
        self.copy.execute(change);
        let connection = Connection::open(self.copy.path()).unwrap();
        let rows: Vec<(i64, String, i64, String, String, String, i64, i64, String, [u8; 16])> = connection
            .prepare("SELECT position, stream, version, kind, body, actor, wall_ms, steady_ms, origin, origin_seal FROM events ORDER BY position")
            .unwrap()
            .query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?))
            })
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        connection.execute("DELETE FROM events", []).unwrap();
        let mut tree = Tree::default();
        let mut link = tree.root();
        let mut versions = std::collections::BTreeMap::new();
        for ((_, stream, _, kind, body, actor, wall, steady, origin, salt), position) in
            rows.iter().zip(1_i64..)
        {
            let version = versions.entry(stream.clone()).or_insert(0_i64);
            *version += 1;
            let facts = Facts {
                position: position.cast_unsigned(),
                stream,
                version: version.cast_unsigned(),
                kind,
                body,
                actor,
                wall_ms: wall.cast_unsigned(),
                steady_ms: steady.cast_unsigned(),
                origin: OriginFact::Known { text: origin, salt },
            };
            let leaf = facts.leaf(&mut Vec::new());
            tree.push(leaf);
            link = <[u8; 32]>::from(
                Sha256::new().chain_update([2]).chain_update(link).chain_update(leaf).finalize(),
            );
            let values = rusqlite::params![
                position, stream, *version, kind, body, actor, wall, steady, leaf, link, origin, salt
            ];
            let sql = "INSERT INTO events (position, stream, version, kind, body, actor, wall_ms, steady_ms, leaf, link, origin, origin_seal)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
            connection.execute(sql, values).unwrap();
        }
        let head = "UPDATE head SET tree_size = ?1, tree_peaks = ?2, link = ?3";
        connection
            .execute(head, rusqlite::params![tree.size().cast_signed(), tree.peak_bytes(), link])
            .unwrap();
        assert_eq!(self.copy.audit().chain, Chain::Ok, "from inside nothing is to be seen");
    }
}

#[test]
fn checkpoints_find_what_a_whole_rewrite_hides() {
    let check = |change: &str, expect: u64, says: &str| {
        let guarded = guarded();
        assert_eq!(guarded.first_bad(), None);
        guarded.rewrite(change);
        let (position, why) = guarded.first_bad().unwrap_or_else(|| panic!("{change}"));
        assert_eq!(position, expect, "{change}: {why}");
        assert!(why.contains(says), "{change}: {why}");
    };
    check("UPDATE events SET actor = 'mallory' WHERE position = 5", 1, "events 1 to 7 was rewritten");
    check("UPDATE events SET body = '{}' WHERE position = 33", 21, "events 21 to 41 was rewritten");
    check(
        "UPDATE events SET origin = '127.0.0.9 api' WHERE position = 60",
        42,
        "events 42 to 60 was rewritten",
    );
    check("DELETE FROM events WHERE position = 30", 21, "events 21 to 41 was rewritten");
    check("DELETE FROM events WHERE position > 50", 42, "the tail of the log was cut");
    check("DELETE FROM events", 1, "the tail of the log was cut");
    let swap = "UPDATE events SET position = 1000 WHERE position = 43; UPDATE events SET position = 43 WHERE position = 48;
                UPDATE events SET position = 48 WHERE position = 1000;";
    check(swap, 42, "events 42 to 60 was rewritten");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases().min(1_000) / 5, ..ProptestConfig::default() })]

    /// Reliability 14: whatever an administrator rewrites before the newest checkpoint, with every hash made to fit.
    #[test]
    fn any_rewrite_before_a_checkpoint_is_found(position in 1..=EVENTS, what in 0_usize..6, text in "[a-z]{1,8}") {
        let guarded = guarded();
        let change = match what {
            0 => format!("UPDATE events SET body = '\"{text}\"' WHERE position = {position}"),
            1 => format!("UPDATE events SET actor = actor || '{text}' WHERE position = {position}"),
            2 => format!("UPDATE events SET kind = kind || '{text}' WHERE position = {position}"),
            3 => format!("DELETE FROM events WHERE position = {position}"),
            4 => format!("DELETE FROM events WHERE position >= {position}"),
            _ => format!("UPDATE events SET wall_ms = wall_ms + 1 WHERE position >= {position}"),
        };
        guarded.rewrite(&change);
        let (found, why) = guarded.first_bad().ok_or_else(|| TestCaseError::fail(change))?;
        prop_assert!(found <= position, "{found} of {position}: {why}");
    }
}

#[test]
fn leaves_and_head_are_those_of_the_log() {
    let copy = Copy::of(good_file());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (size, root, leaves, before) = runtime.block_on(async {
        let store = SqliteStore::open(copy.path()).unwrap();
        let (size, root) = store.tree_head().await.unwrap();
        (size, root, store.leaves(size).await.unwrap(), store.leaves(41).await.unwrap())
    });
    assert_eq!((size, leaves.len() as u64, root), (EVENTS, EVENTS, copy.audit().head));
    let proof = inclusion_proof(&leaves, 30).unwrap();
    assert!(verify_inclusion(&leaves[30], (30, size), &proof, &root));
    let mut first = Tree::default();
    for leaf in before {
        first.push(leaf);
    }
    let proof = consistency_proof(&leaves, 41).unwrap();
    assert!(verify_consistency((41, &first.root()), (size, &root), &proof));
}

/// Each event from an address of its own, a second after the one before.
async fn dated(path: &Path, count: u64) -> SqliteStore {
    let store = SqliteStore::open(path).unwrap();
    for version in 1..=count {
        let origin = Origin { text: format!("203.0.113.{version} session"), salt: [7; 16] };
        let wall_ms = version * 1_000;
        let at = Moment { wall_ms, ..change(0, version).at };
        store.append(Batch { at, origin: Some(origin), ..change(0, version) }).await.unwrap();
    }
    store
}

fn holds(directory: &Path, text: &str) -> bool {
    let files = directory.read_dir().unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

async fn say_so(store: &SqliteStore, version: u64, (through, origins): (u64, u64)) {
    let event = RetentionEvent::OriginsForgotten { through, origins, before_ms: 0 };
    let event = NewEvent { kind: event.kind().to_owned(), body: serde_json::to_string(&event).unwrap() };
    let append =
        StreamAppend { stream: StreamId::Retention, expected_version: version - 1, events: vec![event] };
    store.append(Batch { appends: vec![append], ..Batch::default() }).await.unwrap();
}

#[tokio::test]
async fn origins_are_forgotten_and_the_log_still_proves() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tidegate.db");
    let store = dated(&path, 1_200).await;
    let (size, head) = store.tree_head().await.unwrap();
    let past = store.past(0, 1_101_000).await.unwrap();
    assert_eq!((past.through, past.origins), (1_100, 1_100));
    assert_eq!(store.past(1_100, 1_101_000).await.unwrap().origins, 0);
    say_so(&store, 1, (1_100, 1_100)).await;
    assert_eq!(store.forget_origins(0, 1_100).await.unwrap(), 1_100);
    assert_eq!(store.forget_origins(0, 1_100).await.unwrap(), 0);
    let audit = store.audit().await.unwrap();
    assert_eq!((audit.events, audit.forgotten_origins, &audit.chain), (size + 1, 1_100, &Chain::Ok));
    let (_, heads) = open_readonly_for_audit(&path).unwrap().verify_noting(vec![size]).unwrap();
    assert_eq!(heads, [(size, head)], "what was signed before still proves");
    // Neither in the rows nor in what lies free of the file.
    assert!(!holds(directory.path(), "203.0.113.77 ") && holds(directory.path(), "203.0.113.1150 "));
    drop(store);
    assert!(!holds(directory.path(), "203.0.113.77 ") && !holds(directory.path(), "203.0.113.1100 "));
    let store = SqliteStore::open(&path).unwrap();
    let exported = store.exported(0, size, 10).await.unwrap();
    assert!(exported.iter().all(|event| event.origin.is_none() && matches!(event.seal, Some(Seal::Hash(_)))));
}

/// Taking an origin away needs no key; that somebody did without the log's word is found.
#[tokio::test]
async fn what_nobody_said_is_forgotten_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tidegate.db");
    let store = dated(&path, 20).await;
    let check = async |expect: Option<u64>| {
        let found = match store.audit().await.unwrap().chain {
            Chain::Ok => None,
            Chain::Broken { first_bad_position, .. } => Some(first_bad_position),
        };
        assert_eq!(found, expect);
    };
    say_so(&store, 1, (5, 5)).await;
    store.forget_origins(0, 5).await.unwrap();
    check(None).await;
    store.forget_origins(8, 10).await.unwrap();
    check(Some(9)).await;
    say_so(&store, 2, (9, 1)).await;
    check(Some(10)).await;
    say_so(&store, 3, (20, 1)).await;
    check(None).await;
}
