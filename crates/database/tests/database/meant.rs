//! What one file means for another: what is new, which locks are kept, which constraints hold for the running version.

use proptest::prelude::*;
use tidegate_database::lint::lint;
use tidegate_database::{Dialect, Set};

use super::linting::report;

/// The rules found in the files from this number on; those before it were applied.
fn from(first: u64, files: &[&str], dialect: Dialect) -> Vec<&'static str> {
    let files = files.iter().zip(1..).map(|(text, number)| {
        let phase = if text.starts_with("-- contract") { "contract" } else { "expand" };
        (format!("{number:04}_x.{phase}.sql"), text.as_bytes().to_vec())
    });
    let report = lint(&Set::of(files).unwrap(), dialect, |one| one.number >= first);
    report.findings.iter().map(|finding| finding.rule).collect()
}

fn postgres(text: &str) -> Vec<&'static str> {
    from(1, &[text], Dialect::Postgres)
}

const ORDERS: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY, city TEXT, total INTEGER, kind TEXT)";

#[test]
fn what_was_applied_is_not_new() {
    use Dialect::{Postgres, Sqlite};
    for (dialect, change, rule) in [
        (Postgres, "DELETE FROM orders WHERE id = 1", "rows-removed"),
        (Sqlite, "REPLACE INTO orders (id) VALUES (1)", "rows-removed"),
        (Postgres, "ALTER TABLE orders ADD CONSTRAINT c CHECK (city <> '') NOT VALID", "constraint-new"),
        (Postgres, "CREATE UNIQUE INDEX CONCURRENTLY o ON orders (city)", "constraint-new"),
        (Postgres, "ALTER TABLE orders ALTER COLUMN city SET DEFAULT 'x'", "default-changed"),
        (
            Postgres,
            "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()",
            "unknown-statement",
        ),
    ] {
        let filler = "SELECT 1";
        assert_eq!(from(3, &[ORDERS, filler, change], dialect), [rule], "{change}");
        assert!(from(1, &[ORDERS, filler, change], dialect).is_empty(), "of one release: {change}");
        // What is not applied yet, and what comes with the release after the next contraction.
        assert_eq!(from(1, &[ORDERS, "-- contract\nSELECT 1", change], dialect), [rule], "{change}");
    }
    let check = "ALTER TABLE orders ADD CONSTRAINT c CHECK (note <> '') NOT VALID";
    let column = "ALTER TABLE orders ADD COLUMN note text";
    assert!(from(2, &[ORDERS, column, check], Postgres).is_empty());
    assert_eq!(from(3, &[ORDERS, column, check], Postgres), ["constraint-new"]);
}

#[test]
fn a_lock_that_is_kept_through_a_long_statement_is_told() {
    for long in [
        "UPDATE orders SET email = mail WHERE email IS NULL",
        "UPDATE people SET a = 1 WHERE id > 1",
        "INSERT INTO log SELECT * FROM orders",
        "CREATE TABLE t AS SELECT * FROM orders",
        "ALTER TABLE orders VALIDATE CONSTRAINT c",
        "ALTER TABLE people VALIDATE CONSTRAINT c",
        "SELECT id FROM orders",
    ] {
        for lock in [
            "ALTER TABLE orders ADD COLUMN email text",
            "CREATE TABLE t2 (id int REFERENCES orders (id))",
            "ALTER TABLE orders FROB",
        ] {
            let found = postgres(&format!("{lock};\n{long}"));
            assert!(found.contains(&"lock-kept"), "{lock}; {long}: {found:?}");
        }
        let apart = from(1, &["ALTER TABLE orders ADD COLUMN email text", long], Dialect::Postgres);
        assert!(!apart.contains(&"lock-kept"), "{long}: {apart:?}");
        let before = postgres(&format!("{long};\nALTER TABLE orders ADD COLUMN email text"));
        assert!(!before.contains(&"lock-kept"), "{long}: {before:?}");
        let made = postgres(&format!("CREATE TABLE n (id int); ALTER TABLE n ADD COLUMN b int; {long}"));
        assert!(!made.contains(&"lock-kept"), "{long}: {made:?}");
    }
    let index = "CREATE INDEX o ON people (mail)";
    assert_eq!(
        postgres(&format!("ALTER TABLE orders ADD COLUMN a int; {index}")),
        ["index-blocks-writes", "lock-kept"]
    );
    assert_eq!(postgres(&format!("{index}; {index}")), ["index-blocks-writes"; 2], "readers go on");
    let delete = "-- contract\nALTER TABLE orders DROP COLUMN mail; DELETE FROM people WHERE id < 9";
    assert_eq!(postgres(delete).len(), 1);
    assert_eq!(from(1, &[delete], Dialect::Postgres), ["lock-kept"]);
    assert_eq!(
        postgres("ALTER TABLE orders ADD COLUMN a int, VALIDATE CONSTRAINT c"),
        ["lock-kept"],
        "parts of one statement have one lock"
    );
    let ours = "ALTER TABLE orders ADD COLUMN a int; CREATE TABLE n (id int); INSERT INTO n VALUES (1); \
        UPDATE n SET id = 2; DELETE FROM n WHERE id = 3";
    assert!(postgres(ours).is_empty(), "rows of a table that this file made: {:?}", postgres(ours));
    let sqlite =
        "ALTER TABLE orders ADD COLUMN email text; UPDATE orders SET email = mail WHERE email IS NULL";
    assert!(from(1, &[sqlite], Dialect::Sqlite).is_empty(), "there is one writer anyway");
}

/// On a table that was there, with a column `city` that this release adds.
fn with_city(definition: &str, then: &str) -> Vec<&'static str> {
    let column = format!("ALTER TABLE orders ADD COLUMN {definition}");
    from(2, &["CREATE TABLE orders (total INTEGER, kind TEXT)", &column, then], Dialect::Postgres)
}

#[test]
fn a_constraint_is_waived_only_where_null_surely_passes() {
    let check = |definition: &str, check: &str| {
        with_city(definition, &format!("ALTER TABLE orders ADD CONSTRAINT c CHECK ({check}) NOT VALID"))
    };
    for passed in [
        "city <> ''",
        "'' < city",
        "(city) <> ('')",
        "city IN ('a', 'b')",
        "city NOT IN ('a')",
        "city BETWEEN 'a' AND kind",
        "city > 'a' AND (city < 'z' AND city <> kind)",
        "city IS NULL OR city <> ''",
    ] {
        assert!(check("city text", passed).is_empty(), "{passed}");
        assert_eq!(check("city text DEFAULT 'x'", passed), ["constraint-new"], "default: {passed}");
        assert_eq!(check("IF NOT EXISTS city text", passed), ["constraint-new"], "if: {passed}");
    }
    for refused in [
        "city IS NOT NULL",
        "city IS NOT NULL AND city <> ''",
        "coalesce(city, '') <> ''",
        "total > 0 AND city <> 'x'",
        "total > 0 OR city <> 'x'",
        "kind <> 'city'",
        "city > total / 0",
        "NOT city IS NULL",
        "city IS DISTINCT FROM 'x'",
        "city IN (SELECT a FROM b)",
        "city || kind <> ''",
        "num_nonnulls(city, kind) = 2",
    ] {
        assert_eq!(check("city text", refused), ["constraint-new"], "{refused}");
    }
    let later = "ALTER TABLE orders ALTER COLUMN city SET DEFAULT ''; \
        ALTER TABLE orders ADD CONSTRAINT c CHECK (city <> '') NOT VALID";
    assert_eq!(with_city("city text", later), ["constraint-new"], "it got a default");
}

#[test]
fn what_is_unique_or_refers_holds_for_the_running_version_too() {
    let column = "city text";
    for (then, found) in [
        ("CREATE UNIQUE INDEX CONCURRENTLY u ON orders (kind, city)", &[][..]),
        ("CREATE UNIQUE INDEX CONCURRENTLY u ON orders (lower(city))", &["constraint-new"]),
        ("CREATE UNIQUE INDEX CONCURRENTLY u ON orders (city) NULLS NOT DISTINCT", &["constraint-new"]),
        (
            "ALTER TABLE orders ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (city)",
            &["constraint-builds-index", "constraint-new"],
        ),
        ("ALTER TABLE orders ADD CONSTRAINT u UNIQUE (city)", &["constraint-builds-index"]),
        ("ALTER TABLE orders ADD FOREIGN KEY (kind, city) REFERENCES p (a, b) NOT VALID", &[]),
        (
            "ALTER TABLE orders ADD FOREIGN KEY (kind, city) REFERENCES p (a, b) MATCH FULL NOT VALID",
            &["constraint-new"],
        ),
    ] {
        assert_eq!(with_city(column, then), found, "{then}");
    }
    for (added, found) in [
        ("a int CHECK (a > 0)", &["constraint-scans"][..]),
        ("a int CHECK (a IS NOT NULL)", &["constraint-scans", "constraint-new"]),
        ("a int DEFAULT 1 CHECK (a > 0)", &["constraint-scans"]),
        ("a int DEFAULT 1 CHECK (a > total)", &["constraint-scans", "constraint-new"]),
        ("a int DEFAULT 1 UNIQUE", &["constraint-builds-index", "constraint-new"]),
        ("a int DEFAULT 1 REFERENCES p (id)", &["constraint-scans", "constraint-new"]),
    ] {
        let text = format!("ALTER TABLE orders ADD COLUMN {added}");
        assert_eq!(postgres(&text), found, "{added}");
        let on_a_new_table = from(1, &[ORDERS, &text], Dialect::Postgres);
        assert!(!on_a_new_table.contains(&"constraint-new"), "{added}");
    }
}

#[test]
fn what_the_running_version_relies_on_is_not_taken_away_by_an_expansion() {
    use Dialect::{Postgres, Sqlite};
    assert_eq!(postgres("DROP INDEX CONCURRENTLY \"Orders\""), ["index-dropped"]);
    assert_eq!(postgres("DROP INDEX o"), ["index-dropped", "index-drop-blocks"]);
    assert_eq!(from(1, &["DROP INDEX o"], Sqlite), ["index-dropped"]);
    assert!(from(1, &["-- contract\nDROP INDEX CONCURRENTLY o"], Postgres).is_empty());
    let plain =
        ["CREATE INDEX CONCURRENTLY o ON orders (kind)", "DROP INDEX CONCURRENTLY IF EXISTS public.o"];
    assert!(from(2, &plain, Postgres).is_empty(), "it is known to keep no rows apart");
    let unsure = [
        "CREATE INDEX CONCURRENTLY o ON orders (kind)",
        "DROP INDEX CONCURRENTLY o",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS o ON orders (kind)",
        "DROP INDEX CONCURRENTLY o",
    ];
    assert_eq!(from(2, &unsure, Postgres), ["index-dropped"]);
    assert_eq!(postgres("ALTER TABLE orders DROP CONSTRAINT c"), ["constraint-dropped"]);
    assert_eq!(postgres("ALTER TABLE orders OWNER TO ann"), ["rights-removed"]);
    assert_eq!(
        postgres("ALTER TABLE orders ADD CONSTRAINT p PRIMARY KEY USING INDEX o"),
        ["not-null-scans", "constraint-new"]
    );
    assert_eq!(postgres("CREATE TABLE p PARTITION OF orders FOR VALUES IN (1)"), ["partition-locks"]);
    let part = "CREATE TABLE p PARTITION OF orders FOR VALUES IN (1); DELETE FROM p WHERE id = 1";
    assert_eq!(postgres(part), ["partition-locks", "rows-removed", "lock-kept"], "it is part of another");
}

#[test]
fn an_index_that_cannot_be_parsed_has_its_name_all_the_same() {
    use tidegate_database::lint::{Outside, outside};
    for (text, name, table) in [
        ("CREATE INDEX CONCURRENTLY o ON orders (a) TABLESPACE fast", "o", "orders"),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"O\" ON ONLY shop.\"Or.ders\" (a)",
            "O",
            "shop.\"Or.ders\"",
        ),
        (
            "CREATE INDEX CONCURRENTLY /* on */ shop.O ON ONLY orders USING gin (a gin_trgm_ops)",
            "o",
            "orders",
        ),
        (
            "CREATE INDEX CONCURRENTLY o ON orders ((a COLLATE \"C\") text_pattern_ops NULLS FIRST) WITH (fillfactor = 70)",
            "o",
            "orders",
        ),
    ] {
        let (found, _) = tidegate_database::statement::statements(text, Dialect::Postgres);
        let wanted = Outside::CreateIndex { name: name.to_owned(), table: table.to_owned() };
        assert_eq!(outside(&found[0], Dialect::Postgres), Some(wanted), "{text}");
        assert!(!postgres(text).contains(&"index-unnamed"), "{text}");
    }
    for text in ["CREATE INDEX CONCURRENTLY ON orders (a)", "CREATE INDEX CONCURRENTLY ON ONLY orders (a)"] {
        assert_eq!(postgres(text), ["index-unnamed"], "{text}");
    }
    let odd = "CREATE INDEX CONCURRENTLY o ON orders (a) TABLESPACE fast";
    assert_eq!(postgres(odd), ["unreadable-statement"], "a team can allow it");
}

#[test]
fn a_check_that_is_gone_spares_no_scan() {
    let add = "ALTER TABLE orders ADD CONSTRAINT n CHECK (city IS NOT NULL) NOT VALID";
    let valid = "ALTER TABLE orders VALIDATE CONSTRAINT n";
    let set = "-- contract\nALTER TABLE orders ALTER COLUMN city SET NOT NULL";
    assert!(from(3, &[add, valid, set], Dialect::Postgres).is_empty());
    for gone in [
        "-- contract\nALTER TABLE orders DROP CONSTRAINT n",
        "-- contract\nALTER TABLE orders RENAME CONSTRAINT n TO m",
        "-- contract\nALTER TABLE orders DROP COLUMN city; ALTER TABLE orders ADD COLUMN city text",
    ] {
        assert_eq!(from(4, &[add, valid, gone, set], Dialect::Postgres), ["not-null-scans"], "{gone}");
    }
}

/// Three-valued: what PostgreSQL and SQLite make of a comparison with null, of AND, and of OR.
fn value(expr: &Sample) -> Option<bool> {
    match expr {
        Sample::City => None,
        Sample::Old(value) => Some(*value),
        Sample::And(left, right) => match (value(left), value(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Sample::Or(left, right) => match (value(left), value(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Sample::IsNull => Some(true),
        Sample::IsNotNull => Some(false),
    }
}

#[derive(Debug, Clone)]
enum Sample {
    City,
    /// A comparison of columns that the running version writes, as it comes out for some row.
    Old(bool),
    And(Box<Sample>, Box<Sample>),
    Or(Box<Sample>, Box<Sample>),
    IsNull,
    IsNotNull,
}

fn sql(expr: &Sample) -> String {
    match expr {
        Sample::City => "city <> 'x'".to_owned(),
        Sample::Old(_) => "total > 0".to_owned(),
        Sample::And(left, right) => format!("({} AND {})", sql(left), sql(right)),
        Sample::Or(left, right) => format!("({} OR {})", sql(left), sql(right)),
        Sample::IsNull => "city IS NULL".to_owned(),
        Sample::IsNotNull => "city IS NOT NULL".to_owned(),
    }
}

fn sample() -> impl Strategy<Value = Sample> {
    let leaf = prop_oneof![
        Just(Sample::City),
        any::<bool>().prop_map(Sample::Old),
        Just(Sample::IsNull),
        Just(Sample::IsNotNull)
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| Sample::And(Box::new(left), Box::new(right))),
            (inner.clone(), inner).prop_map(|(left, right)| Sample::Or(Box::new(left), Box::new(right))),
        ]
    })
}

proptest! {
    #[test]
    fn a_check_that_refuses_a_row_of_the_running_version_is_told(check in sample()) {
        let add = format!("ALTER TABLE orders ADD CONSTRAINT c CHECK ({}) NOT VALID", sql(&check));
        let found = with_city("city text", &add);
        if value(&check) == Some(false) {
            prop_assert_eq!(found, ["constraint-new"], "{}", add);
        }
    }

    #[test]
    fn no_update_behind_a_change_is_passed(before in "[a-z]{3,6}", table in "[a-z]{3,6}", id in 0..9_u32) {
        let text = format!("ALTER TABLE q_{before} ADD COLUMN q int;\nUPDATE q_{table} SET q = 1 WHERE id = {id}");
        let found = report(&[("0001_x.sql", &text)], Dialect::Postgres);
        prop_assert!(found.findings.iter().any(|one| one.rule == "lock-kept"), "{}", text);
    }
}
