//! PostgreSQL: new databases, indexes that are half done, copies and backups.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use tidegate_database::Wanted;
use tidegate_migrator::postgres::Postgres;
use tidegate_migrator::{Address, rehearse};

use super::cluster::Cluster;
use super::scene::{EXPAND, LIMITS, backed_up, code, go, set};
use super::wait;

async fn open(address: &str) -> Postgres {
    match address.parse().unwrap() {
        Address::Postgres(config) => Postgres::connect(&config).await.unwrap(),
        Address::Sqlite(_) => unreachable!("it is an address of PostgreSQL"),
    }
}

const SHOP: &[(&str, &str)] = &[
    ("0001_people.sql", "CREATE TABLE people (id bigint PRIMARY KEY, mail text);"),
    ("0002_index.sql", "CREATE INDEX CONCURRENTLY people_mail ON people (mail);"),
    ("0003_drop.contract.sql", "ALTER TABLE people DROP COLUMN mail;"),
];

#[tokio::test]
async fn only_an_empty_database_is_new() {
    let cluster = Cluster::start();
    for (at, made) in [
        "CREATE TABLE orders (id int)",
        "CREATE SCHEMA s; CREATE TABLE s.tidegate_migrations (id int)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE MATERIALIZED VIEW m AS SELECT 1",
        "CREATE SCHEMA pgx; CREATE TABLE pgx.a (id int) PARTITION BY LIST (id)",
    ]
    .iter()
    .enumerate()
    {
        let address = cluster.create(&format!("full{at}"), made);
        let outcome = go(&mut open(&address).await, &set(SHOP), Wanted::New).await;
        assert_eq!(code(outcome), "database-not-empty", "{made}");
    }
    // Extensions are not ours: their views are no tables of a service.
    let has_views = cluster
        .ask("postgres", "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'");
    let made = if has_views == "1" { "CREATE EXTENSION pg_stat_statements" } else { "CREATE SCHEMA s" };
    let address = cluster.create("fresh", made);
    let mut database = open(&address).await;
    let mut broken = SHOP.to_vec();
    broken[2].1 = "ALTER TABLE nobody DROP COLUMN mail;";
    assert_eq!(code(go(&mut database, &set(&broken), Wanted::New).await), "database-statement-failed");
    assert_eq!(go(&mut database, &set(SHOP), Wanted::New).await.unwrap().applied.len(), 1);
    assert_eq!(cluster.ask("fresh", "SELECT to_regclass('tidegate_new') IS NULL"), "t");
    let more = [SHOP, &[("0004_x.contract.sql", "DROP TABLE people;")]].concat();
    assert_eq!(code(go(&mut database, &set(&more), Wanted::New).await), "database-not-new");

    let address = cluster.create("twice", "SELECT 1");
    let (mut one, mut other) = (open(&address).await, open(&address).await);
    let all = set(SHOP);
    let (one, other) = tokio::join!(go(&mut one, &all, Wanted::New), go(&mut other, &all, Wanted::New));
    assert_eq!(one.unwrap().applied.len() + other.unwrap().applied.len(), 3, "both end well, each file once");
}

#[tokio::test]
async fn a_new_database_is_gone_on_with_from_every_moment() {
    let cluster = Cluster::start();
    let address = cluster.create("shop", "SELECT 1");
    let files = set(SHOP);
    let (mut stops, mut after) = (0, Duration::ZERO);
    // A little later each time. The connection goes with the run, as it does when that is killed.
    loop {
        let run = async { go(&mut open(&address).await, &files, Wanted::New).await };
        if let Ok(ended) = tokio::time::timeout(after, run).await {
            ended.unwrap();
            break;
        }
        stops += 1;
        after += Duration::from_micros(500);
    }
    assert!(stops > 3, "stopped only {stops} times");
    let told = "SELECT count(*) FILTER (WHERE state = 'applied'), to_regclass('tidegate_new') IS NULL \
        FROM tidegate_migrations";
    assert_eq!(cluster.ask("shop", told), "3|t");
    assert_eq!(cluster.ask("shop", "SELECT count(*) FROM pg_attribute WHERE attname = 'mail'"), "0");
}

#[tokio::test]
async fn an_index_that_is_half_done_is_not_recorded() {
    let cluster = Cluster::start();
    let address =
        cluster.create("shop", "CREATE TABLE people (id int, mail text); INSERT INTO people VALUES (1), (1)");
    // Half done, and of somebody else.
    cluster.try_ask("shop", "CREATE UNIQUE INDEX CONCURRENTLY people_id ON people (id)").unwrap_err();
    let invalid =
        "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('people_id') AND NOT indisvalid";
    assert_eq!(cluster.ask("shop", invalid), "1");
    let mut database = open(&address).await;
    for text in [
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS people_id ON people (mail)",
        "CREATE INDEX CONCURRENTLY people_id ON people (mail)",
    ] {
        let outcome = go(&mut database, &set(&[("0001_x.sql", text)]), EXPAND).await;
        assert_eq!(code(outcome), "database-statement-failed", "{text}");
        assert_eq!(cluster.ask("shop", invalid), "1", "it stays: {text}");
        assert_eq!(cluster.ask("shop", "SELECT count(*) FROM tidegate_migrations"), "0", "{text}");
    }
    cluster.ask("shop", "CREATE TABLE other (id int)");
    cluster.ask("shop", "CREATE INDEX people_mail ON other (id)");
    let elsewhere = "CREATE INDEX CONCURRENTLY IF NOT EXISTS people_mail ON people (mail)";
    let outcome = go(&mut database, &set(&[("0001_x.sql", elsewhere)]), EXPAND).await;
    assert_eq!(code(outcome), "database-statement-failed", "that name is of another table");
    let odd = "CREATE INDEX CONCURRENTLY people_m ON ONLY people (mail) TABLESPACE pg_default";
    go(&mut database, &set(&[("0001_x.sql", odd)]), EXPAND).await.unwrap();
    assert_eq!(
        cluster.ask("shop", "SELECT indisvalid FROM pg_index WHERE indexrelid = 'people_m'::regclass"),
        "t"
    );
}

#[tokio::test]
async fn waiting_for_a_lock_ends_and_the_work_before_it_is_not_counted() {
    let cluster = Cluster::start();
    let address = cluster.create("shop", "CREATE TABLE people (id int)");
    let mut holder = cluster.client("shop").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(holder.stdin.as_mut().unwrap(), b"BEGIN; LOCK TABLE people;\n").unwrap();
    let is_held = "SELECT count(*) FROM pg_locks WHERE relation = 'people'::regclass AND granted";
    wait::until("the table is locked", || cluster.ask("shop", is_held) == "1");
    let files = set(&[("0001_x.sql", "SELECT pg_sleep(1.5); ALTER TABLE people ADD COLUMN a int;")]);
    let mut database = open(&address).await;
    let running = async {
        use tidegate_migrator::Database as _;
        let limits = tidegate_migrator::Limits { lock: Duration::from_secs(2), ..LIMITS };
        database.apply(&files.all()[0], limits, "ann").await
    };
    // Its second attempt waits: by then four seconds went by, and two of them were work.
    let released = async {
        let asked =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER%'";
        for is_waiting in ["1", "0", "1"] {
            while cluster.ask("shop", asked) != is_waiting {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        drop(holder.stdin.take());
    };
    let both = async { tokio::join!(running, released) };
    let (done, ()) = tokio::time::timeout(Duration::from_mins(1), both).await.expect("it ends");
    holder.wait().unwrap();
    assert!(done.unwrap().is_some(), "it was applied as soon as the table was free");
}

#[tokio::test]
async fn two_databases_that_begin_alike_have_their_own_copies() {
    let cluster = Cluster::start();
    let alike = "a".repeat(45);
    let [one, other] = ["one", "other"].map(|end| {
        let made = "CREATE TABLE people (id int); CREATE PUBLICATION p FOR TABLE people";
        cluster.create(&format!("{alike}_{end}"), made)
    });
    let (mut one, mut other) = (open(&one).await, open(&other).await);
    let files = set(&[("0001_x.sql", "SELECT pg_sleep(0.5); ALTER TABLE people ADD COLUMN a int;")]);
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (one, other) = tokio::join!(
        rehearse(&mut one, &files, LIMITS, "ann", folders[0].path()),
        rehearse(&mut other, &files, LIMITS, "ann", folders[1].path()),
    );
    assert_eq!((one.unwrap().applied.len(), other.unwrap().applied.len()), (1, 1));
    assert_eq!(
        cluster.ask("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'tidegate%'"),
        "0"
    );
}

#[tokio::test]
async fn a_backup_is_told_though_the_file_after_it_fails_and_is_nobody_elses() {
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().unwrap();
    let address = cluster.create("shop", "CREATE TABLE people (id int)");
    let fails = set(&[("0001_x.contract.sql", "DROP TABLE nobody;")]);
    let (backup, outcome) = backed_up(&mut open(&address).await, &fails, folder.path()).await;
    assert_eq!(code(outcome), "database-statement-failed");
    let backup = backup.unwrap();
    assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    let listed = Cluster::tool("pg_restore").arg("--list").arg(&backup).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("TABLE DATA public people"), "it is whole");
}
