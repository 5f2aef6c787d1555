//! Test cases from tables and lists: what is read, what is refused with which line, and what stays.

use proptest::prelude::*;
use serde_json::json;
use tidegate_plan::Plan;
use tidegate_plan::cases::{BadRow, CasesFormat, Merged, merge, read};
use tidegate_plan::document::check;

fn plan() -> Plan {
    serde_json::from_value(json!({
        "title": "Library 2.1",
        "scope": [{ "id": "LIB-7", "title": "Lend without a card", "feature": true }],
        "test_cases": [{ "id": "lend", "title": "Lend a book", "steps": ["Take it"], "assignee": "ada" }]
    }))
    .unwrap()
}

fn taken(format: CasesFormat, text: &str) -> Merged {
    merge(&plan(), &read(format, text).unwrap()).unwrap()
}

fn refused(format: CasesFormat, text: &str) -> Vec<BadRow> {
    match read(format, text) {
        Err(bad) => bad,
        Ok(rows) => merge(&plan(), &rows).unwrap_err(),
    }
}

fn first(format: CasesFormat, text: &str) -> (usize, &'static str) {
    let bad = refused(format, text);
    (bad[0].line, bad[0].code)
}

#[test]
fn a_table_adds_cases_and_changes_those_that_are_there() {
    let text = "\u{feff}Title,Steps,Expected,Assignee,Sets,Requires feature\r\n\
                Lend a book,\"Take a book\nLend it, say \"\"now\"\"\",It is lent,,\"regression, night\",\r\n\
                \r\n\
                Lend without a card,,\"A code, by mail\",brian,acceptance,LIB-7\r\n";
    let merged = taken(CasesFormat::Csv, text);
    assert_eq!(
        (merged.added.as_slice(), merged.changed.as_slice()),
        (["lend-without-a-card".to_owned()].as_slice(), ["lend".to_owned()].as_slice())
    );
    let [lend, card] = merged.plan.test_cases.as_slice() else { panic!("{:?}", merged.plan.test_cases) };
    assert_eq!(lend.steps, ["Take a book", "Lend it, say \"now\""]);
    assert_eq!((lend.assignee.as_deref(), lend.regression, lend.acceptance), (None, true, false));
    assert_eq!(lend.sets, ["night"]);
    assert!(lend.is_in("regression") && lend.is_in("night") && !lend.is_in("acceptance"));
    assert_eq!((card.expected.as_str(), card.feature.as_deref()), ("A code, by mail", Some("LIB-7")));
    assert!(card.acceptance);
    assert_eq!(check(&merged.plan), []);
}

#[test]
fn a_column_that_is_not_there_leaves_what_stands() {
    let merged = taken(CasesFormat::Csv, "id;title\nlend;Lend one book\n");
    let lend = &merged.plan.test_cases[0];
    assert_eq!(
        (lend.title.as_str(), lend.steps.len(), lend.assignee.as_deref()),
        ("Lend one book", 1, Some("ada"))
    );
    let again =
        merge(&merged.plan, &read(CasesFormat::Csv, "id,title\nlend,Lend one book\n").unwrap()).unwrap();
    assert_eq!((again.same.len(), again.changed.len()), (1, 0));
}

#[test]
fn lists_and_tables_of_markdown_are_read() {
    let text = "# Tests\n\n- `back`: Bring a book back\n  1. Lay it on the counter\n  2. Scan it\n  - Expected: it is free again\n  - Sets: regression\n\n\
                | Title | Steps | Acceptance |\n|---|---|---|\n| Pay a fine | Open the account<br>Pay | yes |\n";
    let merged = taken(CasesFormat::Markdown, text);
    let [_, back, fine] = merged.plan.test_cases.as_slice() else { panic!("{:?}", merged.plan.test_cases) };
    assert_eq!((back.id.as_str(), back.title.as_str(), back.steps.len()), ("back", "Bring a book back", 2));
    assert_eq!((back.expected.as_str(), back.regression), ("it is free again", true));
    assert_eq!((fine.id.as_str(), fine.acceptance), ("pay-a-fine", true));
    assert_eq!(fine.steps, ["Open the account", "Pay"]);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    use CasesFormat::{Csv, Markdown};
    for (text, line, code) in [
        ("title,steps\nOne,\"open\nand never closed\nTwo,x\n", 2, "broken-quote"),
        ("title\nOne \"quoted\" word\n", 2, "broken-quote"),
        ("title,steps\n\"One\"two,x\n", 2, "broken-quote"),
        ("title,colour\nOne,red\n", 1, "unknown-column"),
        ("title,title\nOne,One\n", 1, "duplicate-column"),
        ("steps\nOne\n", 1, "no-title"),
        ("title\nOne,two\n", 2, "too-many-cells"),
        ("title,steps\n\"One\",\"a\nb\"\n,x\n", 4, "empty"),
        ("title,id\nOne,not an id\n", 2, "bad-id"),
        ("title,id\nOne,a\nTwo,a\n", 3, "duplicate-id"),
        ("title\nOne\nOne\n", 3, "duplicate-title"),
        ("title,id\nLend a book,\nOther,lend\n", 3, "duplicate-title"),
        ("title,regression\nOne,perhaps\n", 2, "not-understood"),
        ("title,feature\nOne,\nTwo,LIB-99\n", 3, "unknown-reference"),
        ("title,sets\nOne,\"a\u{1}b\"\n", 2, "control-character"),
        ("title\n", 0, "empty"),
        ("", 0, "empty"),
    ] {
        assert_eq!(first(Csv, text), (line, code), "{text:?}");
    }
    assert_eq!(first(Markdown, "| Title | Colour |\n|---|---|\n| One | red |\n").1, "unknown-column");
    assert_eq!(first(Markdown, "- One\n- Two\n  - step\n    - below a step\n"), (4, "not-understood"));
    assert_eq!(first(Markdown, "text only\n"), (0, "empty"));
    assert_eq!(first(Csv, &format!("title\n{}\n", "x".repeat(1 << 20))), (0, "too-long"));
    let many: String = (0..2_001).map(|number| format!("case {number}\n")).collect();
    assert_eq!(first(Csv, &format!("title\n{many}")), (0, "too-many"));
}

proptest! {
    #[test]
    fn whatever_is_given_is_taken_whole_or_refused(text in "[a-zé,;\"\n\r|# -]{0,200}") {
        for (format, head) in [(CasesFormat::Csv, "title,steps\n"), (CasesFormat::Csv, ""), (CasesFormat::Markdown, "")] {
            if let Ok(rows) = read(format, &format!("{head}{text}")) {
                match merge(&plan(), &rows) {
                    Ok(merged) => {
                        prop_assert_eq!(check(&merged.plan), vec![]);
                        let told = merged.added.len() + merged.changed.len() + merged.same.len();
                        prop_assert_eq!(told, rows.len());
                    }
                    Err(bad) => prop_assert!(!bad.is_empty()),
                }
            }
        }
    }

    #[test]
    fn cells_come_back_as_they_were_quoted(cells in prop::collection::vec("[ -~\n]{0,20}", 1..4)) {
        let steps = cells.join("\n");
        let text = format!("title,steps\nOne,\"{}\"\n", steps.replace('"', "\"\""));
        let merged = taken(CasesFormat::Csv, &text);
        let want: Vec<&str> = steps.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        prop_assert_eq!(&merged.plan.test_cases[1].steps, &want);
    }
}
