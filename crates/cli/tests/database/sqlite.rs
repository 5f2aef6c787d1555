//! SQLite: from expand to contract, and everything that can be wrong on the way.

use std::path::Path;

use rusqlite::Connection;

use super::common::{run, snapshot, tidegate};
use super::scene::{done, plain, refused, write};

const ORDERS: &str =
    "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT);\nINSERT INTO people VALUES (1, 'a@x');\n";

fn scene(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    Connection::open(folder.path().join("shop.db")).unwrap().execute_batch(ORDERS).unwrap();
    write(folder.path(), files);
    folder
}

fn count(folder: &Path, sql: &str) -> i64 {
    Connection::open(folder.join("shop.db")).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

const CHANGE: &[(&str, &str)] = &[
    ("0001_add-email.sql", "ALTER TABLE people ADD COLUMN email TEXT;\n"),
    ("0002_fill.expand.sql", "UPDATE people SET email = mail WHERE email IS NULL;\n"),
    (
        "0003_drop-mail.contract.sql",
        "-- tidegate: allow table-rewrites because there are few people\nALTER TABLE people DROP COLUMN mail;\n",
    ),
];

#[test]
fn from_expand_to_contract() {
    let folder = scene(CHANGE);
    let at = folder.path();
    let mut told = String::new();
    for line in [
        "database check --database sqlite:shop.db",
        "database status --database sqlite:shop.db",
        "database rehearse --database sqlite:shop.db",
        "database expand --database sqlite:shop.db",
        "database expand --database sqlite:shop.db",
        "database contract --database sqlite:shop.db --backup backups",
        "database status --database sqlite:shop.db",
    ] {
        told.push_str(&done(at, line));
    }
    let backup = std::fs::read_dir(at.join("backups")).unwrap().next().unwrap().unwrap();
    let name = backup.file_name().to_string_lossy().into_owned();
    snapshot("database-sqlite", &plain(&told.replace(&name, "[backup].db")));
    let before = Connection::open(backup.path()).unwrap();
    let mail: String = before.query_row("SELECT mail FROM people", [], |row| row.get(0)).unwrap();
    assert_eq!(mail, "a@x", "the backup is from before");
    assert_eq!(count(at, "SELECT count(*) FROM people WHERE email = 'a@x'"), 1);
    let status = done(at, "database status --database sqlite:shop.db --json");
    let json = status.lines().skip(1).take_while(|line| !line.starts_with("---")).collect::<String>();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["point_of_no_return"]["number"], 3);
    assert_eq!(json["pending"].as_array().unwrap().len(), 0);
}

#[test]
fn order_and_use_are_kept() {
    let folder = scene(CHANGE);
    let at = folder.path();
    let no_choice = run(at, "database contract --database sqlite:shop.db");
    assert!(no_choice.ends_with("--- exit code 2\n"), "{no_choice}");
    refused(at, "database contract --database sqlite:shop.db --no-backup", "database-expand-first", 1);
    done(at, "database expand --database sqlite:shop.db");
    refused(at, "database expand --new --database sqlite:shop.db", "database-not-new", 1);
    write(at, &[("0004_city.sql", "ALTER TABLE people ADD COLUMN city TEXT;")]);
    refused(at, "database expand --database sqlite:shop.db", "database-contract-first", 1);
    write(at, &[("0001_add-email.sql", "ALTER TABLE people ADD COLUMN e_mail TEXT;")]);
    refused(at, "database status --database sqlite:shop.db", "database-file-changed", 1);
    std::fs::remove_file(at.join("migrations/0001_add-email.sql")).unwrap();
    refused(at, "database status --database sqlite:shop.db", "database-file-missing", 1);
    refused(at, "database status --database sqlite:absent.db", "database-unreachable", 3);
    refused(
        at,
        "database status --database sqlite:migrations/0002_fill.expand.sql",
        "database-unreachable",
        3,
    );
    refused(at, "database status --database mysql:x", "database-address-malformed", 2);
    refused(at, "database status", "database-not-named", 2);
    refused(at, "database status --database postgres://a:b@localhost/shop", "database-password-shown", 2);
    let hidden = run(at, "database status --database postgres://a:secretly@localhost/shop");
    assert!(!hidden.split_once('\n').unwrap().1.contains("secretly"), "{hidden}");
    refused(at, "database status --migrations absent --database sqlite:shop.db", "file-unreadable", 2);
}

#[test]
fn what_would_break_is_found_and_nothing_is_run() {
    let folder = scene(&[(
        "0001_a.sql",
        "ALTER TABLE people ADD COLUMN city TEXT;\nALTER TABLE people DROP COLUMN mail;\n",
    )]);
    let at = folder.path();
    let told = refused(at, "database expand --database sqlite:shop.db", "database-findings", 1);
    snapshot("database-findings", &told);
    assert_eq!(count(at, "SELECT count(*) FROM pragma_table_info('people')"), 2);
    let told = run(at, "database check --dialect sqlite");
    assert!(
        told.contains("0001_a.sql:2:1: breaks drops-column: people.mail") && told.ends_with("code 1\n"),
        "{told}"
    );
}

#[test]
fn a_new_database_goes_all_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &[("0000_people.sql", "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT);")]);
    write(at, CHANGE);
    done(at, "database expand --new --database sqlite:shop.db");
    assert_eq!(count(at, "SELECT count(*) FROM tidegate_migrations"), 4);
    done(at, "database expand --new --database sqlite:shop.db");

    // One that is in use has no history either.
    let folder = scene(CHANGE);
    let at = folder.path();
    let told = refused(at, "database expand --new --database sqlite:shop.db", "database-not-empty", 1);
    assert!(told.contains("`people` is in it"), "{told}");
    assert_eq!(count(at, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'tidegate%'"), 0);
}

#[test]
fn a_backup_is_told_though_the_file_after_it_fails() {
    let folder =
        scene(&[("0001_a.contract.sql", "DROP TABLE people;"), ("0002_b.contract.sql", "DROP TABLE x;")]);
    let at = folder.path();
    let line = "database contract --database sqlite:shop.db --backup backups";
    let told = refused(at, line, "database-statement-failed", 1);
    let (before, after) = told.split_once("0001_a.contract.sql").unwrap();
    assert!(before.contains("backup before it: backups") && !after.contains("backup before it"), "{told}");
    let told = run(at, &format!("{line} --json"));
    assert!(told.contains("database-statement-failed"), "{told}");
    assert!(told.contains("\"backup\": \"backups"), "{told}");
}

#[test]
fn a_migration_that_fails_half_way_leaves_nothing_and_says_where() {
    let folder = scene(&[
        ("0001_a.sql", "CREATE TABLE one (id INTEGER);"),
        ("0002_b.sql", "CREATE TABLE two (id INTEGER);\n\n  INSERT INTO\n    three VALUES (1);\n"),
        ("0003_c.sql", "CREATE TABLE four (id INTEGER);"),
    ]);
    let at = folder.path();
    let told = refused(at, "database expand --database sqlite:shop.db", "database-statement-failed", 1);
    assert!(told.contains("0001_a.sql") && told.contains("1 migration applied"), "{told}");
    assert!(told.contains("0002_b.sql:3:3: no such table: three"), "{told}");
    assert_eq!(count(at, "SELECT count(*) FROM sqlite_schema WHERE name IN ('two', 'four')"), 0);
    assert_eq!(count(at, "SELECT count(*) FROM tidegate_migrations"), 1);
    write(at, &[("0002_b.sql", "CREATE TABLE two (id INTEGER);")]);
    done(at, "database expand --database sqlite:shop.db");
    assert_eq!(count(at, "SELECT count(*) FROM tidegate_migrations"), 3);
}

#[test]
fn a_lock_that_is_never_granted_is_said() {
    let folder = scene(CHANGE);
    let at = folder.path();
    let writer = Connection::open(at.join("shop.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    refused(at, "database expand --database sqlite:shop.db --lock-limit 1", "database-lock-not-granted", 1);
    writer.execute_batch("ROLLBACK").unwrap();
    done(at, "database expand --database sqlite:shop.db");
}

#[test]
fn a_statement_has_a_limit() {
    let endless = "CREATE TABLE n (i INTEGER);\n-- tidegate: allow whole-table-write because it never ends\n\
        INSERT INTO n WITH RECURSIVE a(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM a) SELECT i FROM a LIMIT 1000000000;\n";
    let folder = scene(&[("0001_endless.sql", endless)]);
    let at = folder.path();
    let line = "database expand --database sqlite:shop.db --statement-limit 1";
    let told = refused(at, line, "database-statement-too-slow", 1);
    assert!(told.contains("0001_endless.sql:3:1"), "{told}");
    assert_eq!(count(at, "SELECT count(*) FROM sqlite_schema WHERE name = 'n'"), 0);
}

#[test]
fn rows_keep_what_they_refer_to_while_a_table_is_rebuilt() {
    let rebuild = |keep: &str| {
        format!(
            "CREATE TABLE people_new (id INTEGER PRIMARY KEY, mail TEXT NOT NULL);\n\
             -- tidegate: allow whole-table-write because there are few people\n\
             INSERT INTO people_new SELECT id, mail FROM people {keep};\n\
             DROP TABLE people;\nALTER TABLE people_new RENAME TO people;\n"
        )
    };
    let folder = scene(&[("0001_rebuild.contract.sql", &rebuild("WHERE id > 1"))]);
    let at = folder.path();
    let refer = "PRAGMA foreign_keys = ON; CREATE TABLE orders (id INTEGER PRIMARY KEY, \
        who INTEGER REFERENCES people (id) ON DELETE CASCADE); INSERT INTO orders VALUES (7, 1);";
    Connection::open(at.join("shop.db")).unwrap().execute_batch(refer).unwrap();
    let line = "database contract --no-backup --database sqlite:shop.db";
    refused(at, line, "database-foreign-keys-broken", 1);
    write(at, &[("0001_rebuild.contract.sql", &rebuild(""))]);
    done(at, line);
    assert_eq!(
        count(at, "SELECT count(*) FROM orders JOIN people ON people.id = who"),
        1,
        "nothing went with it"
    );
}

#[test]
fn of_many_runs_at_once_each_migration_runs_once() {
    let folder = scene(&[
        ("0001_a.sql", "CREATE TABLE n (i INTEGER); INSERT INTO n VALUES (1);"),
        ("0002_b.sql", "INSERT INTO n VALUES (2);"),
        ("0003_c.sql", "INSERT INTO n VALUES (3);"),
    ]);
    let at = folder.path();
    let runs: Vec<_> =
        (0..6).map(|_| tidegate(at, "database expand --database sqlite:shop.db").spawn().unwrap()).collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    assert_eq!(count(at, "SELECT count(*) * 100 + sum(i) FROM n"), 306);
}
