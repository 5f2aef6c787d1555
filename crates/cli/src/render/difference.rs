//! How two environments differ, side by side.
//!
//! Invariant: a value that was inherited names where it was written. Not here: finding differences.

use tidegate_api::{EnvironmentDiff, WrittenValue};

use super::number;
use super::piece::{self, Row};
use super::table::Table;
use crate::paint::{Paint, Tone};

pub fn text(diff: &EnvironmentDiff, paint: Paint) -> String {
    let (here, there) = (&diff.environment, &diff.with);
    let mut rows = if diff.differences.is_empty() {
        vec![Row::new().plain(format!("{here} and {there} do not differ."))]
    } else {
        side_by_side(diff)
    };
    if here != there && !diff.same_secrets.is_empty() {
        let count = number::counted(diff.same_secrets.len() as u64, "secret");
        rows.push(Row::new());
        rows.push(Row::new().plain(format!("The same in both: {count} ({}).", diff.same_secrets.join(", "))));
    }
    piece::text(&rows, paint)
}

fn side_by_side(diff: &EnvironmentDiff) -> Vec<Row> {
    let mut table = Table::new(&["differs", &diff.environment, &diff.with]);
    for found in &diff.differences {
        table.row(vec![
            (Tone::Strong, found.path.clone()),
            cell(found.here.as_ref()),
            cell(found.there.as_ref()),
        ]);
    }
    table.rows(None)
}

fn cell(value: Option<&WrittenValue>) -> (Tone, String) {
    match value {
        None => (Tone::Quiet, "-".to_owned()),
        Some(WrittenValue { value, inherited_from: None }) => (Tone::Plain, value.clone()),
        Some(WrittenValue { value, inherited_from: Some(from) }) => {
            (Tone::Plain, format!("{value} (from {from})"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_side_by_side() {
        let value = |value: &str, from: Option<&str>| {
            Some(WrittenValue { value: value.to_owned(), inherited_from: from.map(str::to_owned) })
        };
        let difference = |path: &str, here, there| tidegate_api::EnvironmentDifference {
            path: path.to_owned(),
            here,
            there,
        };
        let diff = EnvironmentDiff {
            environment: "staging".to_owned(),
            with: "production".to_owned(),
            differences: vec![
                difference("components.api.replicas", value("2", Some("base")), value("4", None)),
                difference("secrets.DB_PASSWORD", value("0f3a5c7e9b1d", None), value("not set", None)),
                difference("variables.LOG", None, value("warn", None)),
            ],
            same_secrets: vec!["MAIL_TOKEN".to_owned()],
        };
        insta::assert_snapshot!("environment-diff", text(&diff, Paint::default()));
        let same = EnvironmentDiff { differences: Vec::new(), same_secrets: Vec::new(), ..diff };
        assert_eq!(text(&same, Paint::default()), "staging and production do not differ.\n");
    }
}
