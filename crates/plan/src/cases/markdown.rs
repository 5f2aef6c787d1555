//! Test cases in Markdown: every table with a column for titles, and every list.
//!
//! Invariant: an item of a list is a case and what stands below it a step; a step that begins with `Expected:`, `Assignee:`, `Sets:` or
//! `Feature:` says that instead. Headings and paragraphs between are passed over. Deliberately not here: other parts of a plan.

use std::collections::BTreeMap;

use super::{BadRow, CaseRow, Column, columns, few};
use crate::markdown::{Block, Item, Table, What, blocks};

const SAYS: &[(&str, Column)] = &[
    ("expected", Column::Expected),
    ("assignee", Column::Assignee),
    ("set", Column::Sets),
    ("sets", Column::Sets),
    ("feature", Column::Feature),
    ("regression", Column::Regression),
    ("acceptance", Column::Acceptance),
];

pub(super) fn rows(text: &str) -> Result<Vec<CaseRow>, Vec<BadRow>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let read = blocks(&text).map_err(|bad| vec![BadRow::new(0, bad.code(), &bad.to_string())])?;
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for Block { what, line, .. } in read.blocks {
        match what {
            What::Table(table) => match of_table(&table, line) {
                Ok(more) => rows.extend(more),
                Err(more) => bad.extend(more),
            },
            What::List(items) => {
                for item in items {
                    of_item(&item, &mut rows, &mut bad);
                }
            }
            What::Heading { .. } | What::Paragraph(_) | What::Front(_) => {}
            What::Fence { .. } | What::Other => {
                let says = "this is neither a table nor a list of test cases";
                bad.push(BadRow::new(line, "not-understood", says));
            }
        }
    }
    if bad.is_empty() { Ok(rows) } else { Err(few(bad)) }
}

fn of_table(table: &Table, line: usize) -> Result<Vec<CaseRow>, Vec<BadRow>> {
    let head: Vec<String> = table.head.iter().map(|cell| cell.clone().without_id().line()).collect();
    let columns = columns(line, &head)?;
    let mut rows = Vec::new();
    for (line, cells) in &table.rows {
        let texts = cells.iter().map(|cell| super::lines_of(&cell.clone().without_id().text()));
        let cells: BTreeMap<Column, Vec<String>> = columns.iter().copied().zip(texts).collect();
        if cells.values().any(|lines| !lines.is_empty()) {
            rows.push(CaseRow { line: *line, cells });
        }
    }
    Ok(rows)
}

fn of_item(item: &Item, rows: &mut Vec<CaseRow>, bad: &mut Vec<BadRow>) {
    let mut cells: BTreeMap<Column, Vec<String>> = BTreeMap::new();
    cells.insert(Column::Title, vec![item.text.line().trim().to_owned()]);
    cells.extend(item.text.id.clone().map(|id| (Column::Id, vec![id])));
    let mut too_deep = item.rest.first().map(|(line, _)| *line);
    let mut steps = Vec::new();
    for child in &item.children {
        let text = child.text.clone().without_id().text();
        let said = text.split_once(':').and_then(|(name, rest)| {
            let name = name.trim().to_lowercase();
            let known = SAYS.iter().find(|(word, _)| *word == name)?;
            Some((known.1, rest.trim().to_owned()))
        });
        match said {
            Some((column, rest)) => {
                cells.insert(column, super::lines_of(&rest));
            }
            None if !text.trim().is_empty() => steps.push(text.trim().to_owned()),
            None => {}
        }
        let below = child.children.first().map(|below| below.line);
        too_deep = too_deep.or(below).or(child.rest.first().map(|(line, _)| *line));
    }
    if let Some(line) = too_deep {
        let says = "what stands below a step, and a block below a case, has no place in a test case";
        bad.push(BadRow::new(line, "not-understood", says));
    }
    if !steps.is_empty() {
        cells.insert(Column::Steps, steps);
    }
    rows.push(CaseRow { line: item.line, cells });
}
