//! What each rule finds, and what a team may allow.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tidegate_database::lint::{Effect, RULES, lint};
use tidegate_database::{Dialect, Report, Set};

pub fn report(files: &[(&str, &str)], dialect: Dialect) -> Report {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
    lint(&Set::of(files).unwrap(), dialect, |_| true)
}

fn rules(text: &str, dialect: Dialect) -> Vec<&'static str> {
    report(&[("0001_x.sql", text)], dialect).findings.iter().map(|finding| finding.rule).collect()
}

fn table(name: &str, dialect: Dialect, statements: &[&str]) {
    let mut told = String::new();
    for statement in statements {
        for (phase, file) in [("expand", "0001_x.sql"), ("contract", "0001_x.contract.sql")] {
            let found = report(&[(file, statement)], dialect);
            let rules: Vec<String> = found
                .findings
                .iter()
                .map(|finding| format!("{} ({})", finding.rule, finding.subject.replace('\n', " ")))
                .collect();
            let _infallible = writeln!(told, "{phase:<8} {statement}\n      => {}", rules.join(", "));
        }
    }
    insta::assert_snapshot!(name, told);
}

#[test]
fn each_statement_of_postgresql_has_its_findings() {
    table("postgres", Dialect::Postgres, POSTGRES);
}

#[test]
fn each_statement_of_sqlite_has_its_findings() {
    table("sqlite", Dialect::Sqlite, SQLITE);
}

const POSTGRES: &[&str] = &[
    "CREATE INDEX orders_mail ON orders (mail)",
    "CREATE INDEX CONCURRENTLY orders_mail ON orders (mail)",
    "CREATE INDEX CONCURRENTLY ON orders (mail)",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"Orders\" ON orders (mail)",
    "CREATE INDEX CONCURRENTLY a ON orders (mail); ANALYZE orders",
    "DROP INDEX orders_mail",
    "DROP INDEX CONCURRENTLY orders_mail",
    "DROP INDEX CONCURRENTLY a, b",
    "ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0)",
    "ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID",
    "ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (who) REFERENCES people (id)",
    "ALTER TABLE orders ADD CONSTRAINT c UNIQUE (mail)",
    "ALTER TABLE orders ADD PRIMARY KEY (id)",
    "ALTER TABLE orders ADD CONSTRAINT c UNIQUE USING INDEX orders_mail",
    "ALTER TABLE orders VALIDATE CONSTRAINT c",
    "ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c",
    "ALTER TABLE orders ADD COLUMN a int",
    "ALTER TABLE orders ADD COLUMN a int NOT NULL",
    "ALTER TABLE orders ADD COLUMN a int NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN a timestamptz NOT NULL DEFAULT now()",
    "ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE orders ADD COLUMN a bigserial",
    "ALTER TABLE orders ADD COLUMN a int GENERATED ALWAYS AS (b * 2) STORED",
    "ALTER TABLE orders ADD COLUMN a int UNIQUE",
    "ALTER TABLE orders ADD COLUMN a int REFERENCES people (id)",
    "ALTER TABLE orders DROP COLUMN a",
    "ALTER TABLE orders RENAME COLUMN a TO b",
    "ALTER TABLE orders RENAME TO purchases",
    "ALTER TABLE orders RENAME CONSTRAINT a TO b",
    "ALTER TABLE orders ALTER COLUMN a TYPE bigint",
    "ALTER TABLE orders ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE orders ALTER COLUMN a DROP NOT NULL",
    "ALTER TABLE orders ALTER COLUMN a SET DEFAULT 1",
    "ALTER TABLE orders ALTER COLUMN a DROP DEFAULT",
    "ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders ALTER COLUMN a SET DEFAULT 1",
    "ALTER TABLE orders DROP CONSTRAINT c",
    "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE orders SET UNLOGGED",
    "ALTER TABLE orders ATTACH PARTITION p FOR VALUES IN (1)",
    "ALTER TABLE orders DETACH PARTITION p CONCURRENTLY",
    "CREATE TABLE a (id int); CREATE INDEX i ON a (id); ALTER TABLE a ALTER COLUMN id SET NOT NULL; UPDATE a SET id = 1",
    "CREATE TABLE IF NOT EXISTS a (id int); CREATE INDEX i ON a (id)",
    "CREATE TABLE a AS SELECT * FROM orders",
    "DROP TABLE orders, people",
    "DROP VIEW v",
    "DROP FUNCTION f",
    "DROP TYPE mood",
    "DROP SCHEMA s CASCADE",
    "TRUNCATE orders",
    "VACUUM FULL orders",
    "VACUUM (FULL) orders",
    "VACUUM orders",
    "VACUUM (ANALYZE, VERBOSE) orders",
    "DROP INDEX CONCURRENTLY IF EXISTS \"Orders\"",
    "CLUSTER orders USING i",
    "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE",
    "REINDEX TABLE orders",
    "REINDEX INDEX CONCURRENTLY i",
    "REFRESH MATERIALIZED VIEW v",
    "UPDATE orders SET a = 1",
    "UPDATE orders SET a = 1 WHERE id = 1",
    "DELETE FROM orders",
    "DELETE FROM orders WHERE id = 1",
    "INSERT INTO a (id) VALUES (1), (2)",
    "INSERT INTO a SELECT * FROM orders",
    "ALTER TYPE mood ADD VALUE 'calm'",
    "ALTER TYPE mood RENAME VALUE 'calm' TO 'quiet'",
    "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
    "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()",
    "DO $$ BEGIN DROP TABLE orders; END $$",
    "SELECT do_everything()",
    "SET lock_timeout = '1s'",
    "REVOKE SELECT ON orders FROM shop",
    "BEGIN; SELECT 1; COMMIT",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "COPY orders FROM STDIN",
    "\\copy orders from 'x'",
    "ALTER TABEL orders ADD a int",
    "SELECT 'unended",
    "",
];

const SQLITE: &[&str] = &[
    "CREATE INDEX orders_mail ON orders (mail)",
    "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE INDEX i ON a (id)",
    "ALTER TABLE orders ADD COLUMN a INTEGER",
    "ALTER TABLE orders ADD COLUMN a INTEGER NOT NULL",
    "ALTER TABLE orders ADD COLUMN a INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders DROP COLUMN a",
    "ALTER TABLE orders RENAME TO b",
    "ALTER TABLE orders RENAME COLUMN a TO b",
    "CREATE TABLE new (id INTEGER); INSERT INTO new SELECT id FROM orders; DROP TABLE orders; ALTER TABLE new RENAME TO orders",
    "UPDATE orders SET a = 1",
    "DELETE FROM orders WHERE id = 1",
    "REPLACE INTO orders (id) VALUES (1)",
    "DROP INDEX orders_mail",
    "REINDEX orders",
    "VACUUM",
    "ANALYZE",
    "PRAGMA foreign_keys = OFF",
    "ATTACH DATABASE 'x' AS y",
    "CREATE TRIGGER t AFTER INSERT ON orders BEGIN DELETE FROM people; END",
    "CREATE VIRTUAL TABLE f USING fts5 (a)",
    "SAVEPOINT a",
    "BEGIN IMMEDIATE",
];

#[test]
fn what_is_new_to_the_running_version_may_be_changed_by_the_next_file() {
    let found = report(
        &[
            ("0001_a.sql", "ALTER TABLE orders ADD COLUMN city text;"),
            ("0002_b.sql", "ALTER TABLE orders ADD CONSTRAINT c CHECK (city <> '') NOT VALID;"),
            ("0003_c.sql", "ALTER TABLE orders VALIDATE CONSTRAINT c;"),
            ("0004_d.sql", "ALTER TABLE orders ADD CONSTRAINT n CHECK (city IS NOT NULL) NOT VALID;"),
            ("0005_e.sql", "ALTER TABLE orders VALIDATE CONSTRAINT n;"),
            ("0006_f.contract.sql", "ALTER TABLE orders ALTER COLUMN city SET NOT NULL;"),
            ("0007_g.sql", "ALTER TABLE orders ALTER COLUMN city SET DEFAULT 'x';"),
        ],
        Dialect::Postgres,
    );
    let told: Vec<(&str, &str)> =
        found.findings.iter().map(|finding| (finding.file.as_str(), finding.rule)).collect();
    assert_eq!(told, [("0004_d.sql", "constraint-new"), ("0007_g.sql", "default-changed")]);
}

#[test]
fn an_exception_holds_for_its_statement_and_stays_in_the_report() {
    let text = "-- tidegate: allow index-blocks-writes because the table has ten rows\n\
        CREATE INDEX a ON orders (a);\n\
        CREATE INDEX b ON orders (b);\n\
        -- tidegate: allow drops-table\nDROP TABLE x;\n\
        -- tidegate: allow own-transaction because I like it\nBEGIN;\n\
        -- tidegate: allow table-locked because it was here once\nSELECT 1;\n";
    let found = report(&[("0001_x.sql", text)], Dialect::Postgres);
    insta::assert_json_snapshot!("exceptions", found.findings);
    assert!(found.is_refusing());
    assert_eq!(
        rules("-- tidegate: allow unknown-statement because we know it\nDO $$ $$;", Dialect::Postgres).len(),
        1
    );
    let known = report(
        &[("0001_x.sql", "/* tidegate: allow unreadable-statement because 16 knows it */ FROB x;")],
        Dialect::Postgres,
    );
    assert!(!known.is_refusing() && known.findings.len() == 1, "{known:?}");
}

#[test]
fn what_is_refused_says_why_and_what_to_do_instead() {
    let codes: BTreeSet<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), RULES.len(), "each code once");
    for rule in RULES {
        assert!(!rule.happens.is_empty() && !rule.instead.is_empty(), "{}", rule.code);
        assert!(rule.is_allowable || rule.effect == Effect::Form, "{}", rule.code);
    }
}

#[test]
fn deep_and_long_statements_are_read_or_unknown_and_never_end_the_program() {
    let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(rules(&deep, Dialect::Postgres), ["unreadable-statement"]);
    let long = format!("INSERT INTO a VALUES {}", vec!["(1)"; 20_000].join(","));
    assert!(rules(&long, Dialect::Postgres).is_empty());
}
