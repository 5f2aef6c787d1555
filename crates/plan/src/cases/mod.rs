//! Manual test cases from a table or a list that people keep elsewhere, into a plan.
//!
//! Invariant: all rows are taken or none, and what is wrong is said with its line. A case that is there already, by its id or its
//! title, is changed in the columns that the table has; none goes because the table lacks it. Deliberately not here: results of runs.

mod csv;
mod markdown;
mod merge;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::document::{ENTRIES_MAX, bad_id};

pub use merge::{Merged, merge};

pub const CASES_BYTES_MAX: usize = 1 << 20;
/// Told at once; a file with more has them told after these are gone.
const BAD_ROWS_MAX: usize = 50;

/// What is wrong with a row, in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BadRow {
    /// Of the file, from 1; 0 where it is about the whole.
    pub line: usize,
    pub code: &'static str,
    pub says: String,
}

impl BadRow {
    fn new(line: usize, code: &'static str, says: &str) -> Self {
        Self { line, code, says: says.to_owned() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CasesFormat {
    Csv,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Id,
    Title,
    Steps,
    Expected,
    Assignee,
    Sets,
    Regression,
    Acceptance,
    Feature,
}

const COLUMNS: &[(Column, &str, &[&str])] = &[
    (Column::Id, "id", &["key"]),
    (Column::Title, "title", &["test", "test case", "name"]),
    (Column::Steps, "steps", &["step"]),
    (Column::Expected, "expected", &["expected result"]),
    (Column::Assignee, "assignee", &["tester", "owner"]),
    (Column::Sets, "sets", &["set"]),
    (Column::Regression, "regression", &[]),
    (Column::Acceptance, "acceptance", &["uat"]),
    (Column::Feature, "feature", &["requires feature"]),
];

/// One case as its file has it: what stands in which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    pub line: usize,
    cells: BTreeMap<Column, Vec<String>>,
}

/// Every case of a file, in its order.
pub fn read(format: CasesFormat, text: &str) -> Result<Vec<CaseRow>, Vec<BadRow>> {
    if text.len() > CASES_BYTES_MAX {
        let says = format!("the file has {} bytes, and {CASES_BYTES_MAX} are the most", text.len());
        return Err(vec![BadRow::new(0, "too-long", &says)]);
    }
    let rows = match format {
        CasesFormat::Csv => table(csv::rows(text).map_err(|bad| vec![bad])?)?,
        CasesFormat::Markdown => markdown::rows(text)?,
    };
    if rows.is_empty() {
        let says = "there is no test case in it: a heading with the column `title`, and a row for each case";
        return Err(vec![BadRow::new(0, "empty", says)]);
    }
    if rows.len() > ENTRIES_MAX {
        let says = format!("it has {} cases, and a plan has at most {ENTRIES_MAX}", rows.len());
        return Err(vec![BadRow::new(0, "too-many", &says)]);
    }
    let bad = unfit(&rows);
    if bad.is_empty() { Ok(rows) } else { Err(bad) }
}

/// The first row names the columns.
fn table(mut lines: Vec<csv::Line>) -> Result<Vec<CaseRow>, Vec<BadRow>> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let (line, head) = lines.remove(0);
    let columns = columns(line, &head)?;
    let mut bad = Vec::new();
    let mut rows = Vec::new();
    for (line, cells) in lines {
        if cells.len() > columns.len() {
            let says = format!("it has {} cells, and there are {} columns", cells.len(), columns.len());
            bad.push(BadRow::new(line, "too-many-cells", &says));
            continue;
        }
        let split = |(column, cell): (&Column, String)| (*column, lines_of(&cell));
        rows.push(CaseRow { line, cells: columns.iter().zip(cells).map(split).collect() });
    }
    if bad.is_empty() { Ok(rows) } else { Err(few(bad)) }
}

fn columns(line: usize, head: &[String]) -> Result<Vec<Column>, Vec<BadRow>> {
    let mut columns = Vec::new();
    let mut bad = Vec::new();
    for name in head {
        let plain = name.trim().to_lowercase().replace(['_', '-'], " ");
        let known = COLUMNS.iter().find(|(_, word, also)| *word == plain || also.contains(&plain.as_str()));
        match known {
            Some((column, ..)) if columns.contains(column) => {
                let says = format!("the column {name:?} stands twice");
                bad.push(BadRow::new(line, "duplicate-column", &says));
            }
            Some((column, ..)) => columns.push(*column),
            None => {
                let words: Vec<&str> = COLUMNS.iter().map(|(_, word, _)| *word).collect();
                let says = format!("{name:?} is no column of test cases; there are {}", words.join(", "));
                bad.push(BadRow::new(line, "unknown-column", &says));
            }
        }
    }
    if bad.is_empty() && !columns.contains(&Column::Title) {
        bad.push(BadRow::new(line, "no-title", "no column is called `title`"));
    }
    if bad.is_empty() { Ok(columns) } else { Err(few(bad)) }
}

fn lines_of(cell: &str) -> Vec<String> {
    cell.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What can be said of rows without the plan.
fn unfit(rows: &[CaseRow]) -> Vec<BadRow> {
    let mut bad = Vec::new();
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let mut say = |code, says: &str| bad.push(BadRow::new(row.line, code, says));
        let title = row.line_of(Column::Title);
        if title.is_empty() {
            say("empty", "the case has no title");
        }
        if let Some(id) = row.id() {
            if let Some(says) = bad_id(&id) {
                say("bad-id", &says);
            } else if !ids.insert(id.clone()) {
                say("duplicate-id", &format!("the id {id:?} stands on an earlier line already"));
            }
        } else if !title.is_empty() && !titles.insert(title.clone()) {
            let says = format!("{title:?} stands on an earlier line already; give one of the two an id");
            say("duplicate-title", &says);
        }
        for (column, name) in [(Column::Regression, "regression"), (Column::Acceptance, "acceptance")] {
            let said = row.line_of(column);
            if flag(&said).is_none() {
                say("not-understood", &format!("{name} is {said:?}; write `yes` or `no`"));
            }
        }
    }
    few(bad)
}

fn few(mut bad: Vec<BadRow>) -> Vec<BadRow> {
    bad.sort();
    bad.truncate(BAD_ROWS_MAX);
    bad
}

fn flag(said: &str) -> Option<bool> {
    match said.to_lowercase().as_str() {
        "" | "no" | "n" | "false" | "0" | "-" => Some(false),
        "yes" | "y" | "true" | "1" | "x" => Some(true),
        _ => None,
    }
}

impl CaseRow {
    fn has(&self, column: Column) -> bool {
        self.cells.contains_key(&column)
    }

    fn lines(&self, column: Column) -> Vec<String> {
        self.cells.get(&column).cloned().unwrap_or_default()
    }

    fn line_of(&self, column: Column) -> String {
        self.lines(column).join(" ")
    }

    fn words(&self, column: Column) -> Vec<String> {
        let lines = self.lines(column);
        let words = lines.iter().flat_map(|line| line.split([',', ';'])).map(str::trim);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    fn id(&self) -> Option<String> {
        Some(self.line_of(Column::Id)).filter(|id| !id.is_empty())
    }
}
