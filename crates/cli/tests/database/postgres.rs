//! PostgreSQL: from expand to contract, locks that others hold, indexes that are built outside of a transaction.

use std::io::Write as _;
use std::process::{Child, Stdio};

use super::cluster::Cluster;
use super::common::{run, snapshot, tidegate};
use super::scene::{done, plain, refused, write};
use super::wait;

const PEOPLE: &str = "CREATE TABLE people (id bigint PRIMARY KEY, mail text); \
    INSERT INTO people SELECT n, 'p' || n || '@x' FROM generate_series(1, 1000) n";

const CHANGE: &[(&str, &str)] = &[
    ("0001_add-email.sql", "ALTER TABLE people ADD COLUMN email text;\n"),
    ("0002_fill.sql", "UPDATE people SET email = mail WHERE email IS NULL;\n"),
    ("0003_index.sql", "CREATE INDEX CONCURRENTLY people_email ON people (email);\n"),
    ("0004_drop-mail.contract.sql", "ALTER TABLE people DROP COLUMN mail;\n"),
];

/// A session that has run this, and stays.
struct Session(Child);

impl Session {
    fn open(cluster: &Cluster, database: &str, sql: &str) -> Self {
        let mut child = cluster.client(database).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{sql}").unwrap();
        Self(child)
    }
    fn close(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

#[test]
fn from_expand_to_contract() {
    let cluster = Cluster::start();
    let address = cluster.create("shop", PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, CHANGE);
    let mut told = String::new();
    for verb in [
        "check",
        "status",
        "rehearse",
        "expand --backup backups",
        "contract --no-backup",
        "contract --no-backup",
        "status",
    ] {
        told.push_str(&done(at, &format!("database {verb} --database {address}")));
    }
    let backup = std::fs::read_dir(at.join("backups")).unwrap().next().unwrap().unwrap();
    let name = backup.file_name().to_string_lossy().into_owned();
    let told = told.replace(&name, "[backup].dump").replace(&address, "[address]");
    snapshot("database-postgres", &plain(&told));
    assert_eq!(cluster.ask("shop", "SELECT count(email) FROM people"), "1000");
    assert_eq!(cluster.ask("shop", "SELECT count(*) FROM pg_database WHERE datname LIKE 'tidegate%'"), "0");
    let listed = Cluster::tool("pg_restore").arg("--list").arg(backup.path()).output().unwrap();
    assert!(
        String::from_utf8_lossy(&listed.stdout).contains("TABLE DATA public people"),
        "the backup is whole"
    );
}

#[test]
fn a_database_in_use_is_not_new_and_a_change_and_its_filling_are_two_files() {
    let cluster = Cluster::start();
    let address = cluster.create("shop", PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(
        at,
        &[(
            "0001_email.sql",
            "ALTER TABLE people ADD COLUMN email text;\nUPDATE people SET email = mail WHERE email IS NULL;\n",
        )],
    );
    let told = refused(at, &format!("database expand --database {address}"), "database-findings", 1);
    assert!(told.contains("0001_email.sql:2:1: locks lock-kept: people"), "{told}");
    refused(at, &format!("database expand --new --database {address}"), "database-not-empty", 1);
    assert_eq!(cluster.ask("shop", "SELECT count(*) FROM pg_class WHERE relname LIKE 'tidegate%'"), "0");
}

#[test]
fn a_backup_is_of_the_server_that_is_changed() {
    let cluster = Cluster::start();
    let address = cluster.create("shop", PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &CHANGE[..1]);
    let mut command = tidegate(at, &format!("database expand --backup backups --database {address}"));
    for (name, elsewhere) in
        [("PGHOST", "/nowhere"), ("PGPORT", "1"), ("PGUSER", "nobody"), ("PGSERVICE", "other")]
    {
        command.env(name, elsewhere);
    }
    let told = command.output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

#[test]
fn locks_that_are_never_granted_are_said_and_nothing_stays() {
    let cluster = Cluster::start();
    let address = cluster.create("shop", PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &CHANGE[..1]);
    let expand = format!("database expand --lock-limit 2 --database {address}");

    let table = Session::open(&cluster, "shop", "BEGIN; LOCK TABLE people IN ACCESS SHARE MODE;");
    let is_held = "SELECT count(*) FROM pg_locks WHERE relation = 'people'::regclass AND granted";
    wait::until("the table is locked", || cluster.ask("shop", is_held) == "1");
    let told = refused(at, &expand, "database-lock-not-granted", 1);
    assert!(told.contains("that 0001_add-email.sql needs"), "{told}");
    assert_eq!(cluster.ask("shop", "SELECT to_regclass('tidegate_migrations') IS NULL"), "t");
    table.close();

    let other = Session::open(&cluster, "shop", "SELECT pg_advisory_lock(x'7469646567617465'::bigint);");
    let is_held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";
    wait::until("another run has the lock", || cluster.ask("shop", is_held) == "1");
    let told = refused(at, &expand, "database-lock-not-granted", 1);
    assert!(told.contains("of another run"), "{told}");
    other.close();
    done(at, &expand);
    assert_eq!(cluster.ask("shop", "SELECT count(*) FROM tidegate_migrations"), "1");
}

#[test]
fn what_fails_leaves_nothing_and_says_where() {
    let cluster = Cluster::start();
    let address = cluster.create("shop", PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(
        at,
        &[
            ("0001_a.sql", "CREATE TABLE one (id int);"),
            ("0002_b.sql", "CREATE TABLE two (id int);\n\nINSERT INTO one\n  VALUES (1, no_such);\n"),
        ],
    );
    let expand = format!("database expand --database {address}");
    let told = refused(at, &expand, "database-statement-failed", 1);
    assert!(told.contains("0002_b.sql:4:14: column \"no_such\" does not exist"), "{told}");
    assert_eq!(
        cluster.ask("shop", "SELECT to_regclass('one') IS NOT NULL, to_regclass('two') IS NULL"),
        "t|t"
    );

    // An index that cannot be unique: built outside of a transaction, and gone all the same.
    cluster.ask("shop", "UPDATE people SET mail = 'same' WHERE id < 3");
    write(
        at,
        &[
            ("0002_b.sql", "CREATE TABLE two (id int);"),
            (
                "0003_c.sql",
                "-- tidegate: allow constraint-new because no two have one\n\
                 CREATE UNIQUE INDEX CONCURRENTLY people_mail ON people (mail);",
            ),
        ],
    );
    let told = refused(at, &expand, "database-statement-failed", 1);
    assert!(told.contains("0003_c.sql:2:1: could not create unique index"), "{told}");
    assert_eq!(cluster.ask("shop", "SELECT to_regclass('people_mail') IS NULL"), "t");
    assert_eq!(cluster.ask("shop", "SELECT count(*) FROM tidegate_migrations"), "2");

    write(
        at,
        &[(
            "0003_c.sql",
            "-- tidegate: allow unknown-statement because it shall be slow\nSELECT pg_sleep(600);",
        )],
    );
    let slow = refused(at, &format!("{expand} --statement-limit 1"), "database-statement-too-slow", 1);
    assert!(slow.contains("0003_c.sql:2:1"), "{slow}");
    let nobody = format!("database status --database {}", address.replace("shop@", "nobody@"));
    assert!(run(at, &nobody).contains("code: database-unreachable "));
    let absent = refused(at, &format!("database status --database {address}x"), "database-unreachable", 3);
    assert!(!absent.contains("panicked"), "{absent}");
}

#[test]
fn an_index_that_a_kill_left_half_done_is_built_again() {
    let cluster = Cluster::start();
    let address = cluster.create("shop", PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &[("0001_index.sql", "CREATE INDEX CONCURRENTLY people_mail ON people (mail);")]);
    let expand = format!("database expand --database {address}");
    // A writer that does not end: the index is there, and waits for it before it is valid.
    let writer = Session::open(&cluster, "shop", "BEGIN; UPDATE people SET mail = 'x' WHERE id = 1;");
    let is_written = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'";
    wait::until("the writer has written", || cluster.ask("shop", is_written) == "1");
    let mut killed = tidegate(at, &expand).spawn().unwrap();
    let is_invalid =
        "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('people_mail') AND NOT indisvalid";
    wait::until("the index is half done", || cluster.ask("shop", is_invalid) == "1");
    killed.kill().unwrap();
    killed.wait().unwrap();
    let status = done(at, &format!("database status --database {address}"));
    assert!(status.contains("it runs, or was killed"), "{status}");
    let over = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidegate database'";
    wait::until("the killed run's session is over", || cluster.ask("shop", over) == "0");
    assert_eq!(cluster.ask("shop", is_invalid), "1", "it stayed half done");
    writer.close();
    let told = done(at, &expand);
    assert!(told.contains("a run before was killed within it"), "{told}");
    assert_eq!(
        cluster.ask("shop", "SELECT indisvalid FROM pg_index WHERE indexrelid = 'people_mail'::regclass"),
        "t"
    );
    assert_eq!(cluster.ask("shop", "SELECT state FROM tidegate_migrations"), "applied");
}
