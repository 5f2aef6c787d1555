//! Properties: harmless statements never have a finding, and what cannot be parsed always has one.

use proptest::prelude::*;
use tidegate_database::{Dialect, Report};

use super::linting::report;

fn name() -> impl Strategy<Value = String> {
    // Never a word of SQL.
    "[a-z]{1,8}".prop_map(|name| format!("q_{name}"))
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("NULL".to_owned()),
        (-999_i32..999).prop_map(|number| number.to_string()),
        "[a-z;'-]{0,8}".prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
    ]
}

fn harmless() -> impl Strategy<Value = String> {
    (name(), name(), value(), 0..9_usize).prop_map(|(table, column, value, kind)| match kind {
        0 => format!("CREATE TABLE new_{table} (id INTEGER PRIMARY KEY, {column} TEXT NOT NULL DEFAULT 'x')"),
        1 => format!("ALTER TABLE {table} ADD COLUMN {column} TEXT"),
        2 => format!("ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0"),
        3 => format!("ALTER TABLE {table} ADD COLUMN {column} TEXT DEFAULT {value}"),
        4 => format!("INSERT INTO {table} ({column}) VALUES ({value})"),
        5 => format!("UPDATE {table} SET {column} = {value} WHERE id = 7"),
        6 => format!("CREATE VIEW v_{table} AS SELECT {column} FROM {table}"),
        7 => format!("ANALYZE {table}"),
        _ => format!("SELECT {value}"),
    })
}

fn all(text: &str) -> [Report; 2] {
    [Dialect::Postgres, Dialect::Sqlite].map(|dialect| report(&[("0001_x.sql", text)], dialect))
}

proptest! {
    #[test]
    fn harmless_statements_have_no_findings(statements in proptest::collection::vec(harmless(), 1..12)) {
        // Each in a file of its own: one behind another may keep others waiting.
        let files: Vec<(String, String)> = statements
            .iter()
            .enumerate()
            .map(|(at, one)| (format!("{:04}_x.sql", at + 1), format!("-- as we agreed; really\n{one};\n")))
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let report = report(&files, dialect);
            prop_assert!(report.findings.is_empty(), "{files:?}\n{:#?}", report.findings);
            prop_assert_eq!(report.statements, statements.len());
        }
    }

    #[test]
    fn what_cannot_be_parsed_is_unknown(words in proptest::collection::vec("zz[a-z]{1,6}", 1..6), before in harmless()) {
        for report in all(&format!("{before};\n{}", words.join(" "))) {
            let rules: Vec<_> = report.findings.iter().map(|one| one.rule).collect();
            prop_assert_eq!(rules, ["unreadable-statement"]);
            prop_assert!(report.is_refusing());
        }
    }

    #[test]
    fn any_text_is_judged(text in "\\PC{0,120}") {
        for report in all(&text) {
            prop_assert!(report.statements > 0 || !report.findings.is_empty());
        }
    }
}
