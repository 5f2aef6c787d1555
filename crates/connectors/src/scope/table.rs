//! Items from a table: CSV of any tracker, spreadsheet or by hand.
//!
//! Invariant: a row is an item or is told with its line and why, never guessed at; a key comes once. Deliberately not here:
//! files and uploads.

use std::collections::BTreeSet;

use csv::{ReaderBuilder, StringRecord};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tidegate_domain::scope_source::{TrackedItem, TrackedState};

use super::item::{EstimateUnit, TITLE_CHARS_MAX, hours, labels, line, link, word};
use super::labels::{LabelMapping, amount_of, estimate};
use super::page::instant_ms;
use super::refusal::ScopeRefusal;

pub const ITEMS_MAX: usize = 20_000;
const BYTES_MAX: usize = 16 << 20;
const COLUMNS_MAX: usize = 200;
const CELL_BYTES_MAX: usize = 100_000;
const TROUBLES_MAX: usize = 1_000;

/// Which column is what, by its header; without regard to case. The first one that is there counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Columns {
    pub key: Vec<String>,
    pub title: Vec<String>,
    pub kind: Vec<String>,
    pub state: Vec<String>,
    /// Every one that is there counts, and each may hold several.
    pub labels: Vec<String>,
    /// What they hold is a label such as `severity: critical`, by the name of its column.
    pub judged: Vec<String>,
    pub milestone: Vec<String>,
    pub author: Vec<String>,
    pub url: Vec<String>,
    pub created: Vec<String>,
    pub updated: Vec<String>,
    pub closed: Vec<String>,
    pub estimate: Vec<String>,
    /// Of a bare number in the column of estimates.
    pub estimate_unit: EstimateUnit,
    /// Words of the state that mean closed; any other means open, but for `merged`.
    pub closed_states: Vec<String>,
}

impl Default for Columns {
    /// What GitHub, GitLab and Jira write, and people.
    fn default() -> Self {
        let all = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            key: all(&["key", "issue key", "id", "issue id", "number", "iid"]),
            title: all(&["title", "summary", "name", "subject"]),
            kind: all(&["kind", "type", "issue type", "tracker"]),
            state: all(&["state", "status"]),
            labels: all(&["labels", "label", "tags"]),
            judged: all(&["severity", "priority", "fix risk", "fix_risk", "risk of the fix"]),
            milestone: all(&["milestone", "fix version/s", "fix versions", "version", "sprint"]),
            author: all(&["author", "reporter", "creator"]),
            url: all(&["url", "link"]),
            created: all(&["created", "created at", "created at (utc)"]),
            updated: all(&["updated", "updated at", "updated at (utc)"]),
            closed: all(&["closed", "closed at", "closed at (utc)", "resolved"]),
            estimate: all(&["estimate", "story points", "points", "weight"]),
            estimate_unit: EstimateUnit::Points,
            closed_states: all(&["closed", "done", "resolved", "fixed", "finished", "won't do", "cancelled"]),
        }
    }
}

/// What a table held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub items: Vec<TrackedItem>,
    /// The first thousand.
    pub troubles: Vec<RowTrouble>,
    /// Rows that are no items, all of them.
    pub left_out: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowTrouble {
    /// Of the file, counted from 1; the headers are usually line 1.
    pub line: u64,
    pub message: String,
}

/// Where each field stands.
struct Places<'a> {
    columns: &'a Columns,
    headers: Vec<String>,
}

pub fn read_table(bytes: &[u8], columns: &Columns, mapping: &LabelMapping) -> Result<Table, ScopeRefusal> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.len() > BYTES_MAX {
        return Err(ScopeRefusal::TooMany { most: BYTES_MAX, what: "bytes in a table" });
    }
    let mut reader = ReaderBuilder::new().delimiter(delimiter(bytes)).flexible(true).from_reader(bytes);
    let headers = reader.headers().map_err(|why| malformed(&why))?;
    let places = Places::of(headers, columns)?;
    let mut table = Table { items: Vec::new(), troubles: Vec::new(), left_out: 0 };
    let mut known = BTreeSet::new();
    for row in reader.records() {
        let row = row.map_err(|why| malformed(&why))?;
        let at = row.position().map_or(0, csv::Position::line);
        let item = places.item(&row, mapping).and_then(|item| {
            let new = known.insert(item.key.clone());
            if new { Ok(item) } else { Err(format!("`{}` stands in the table twice", item.key)) }
        });
        match item {
            Ok(_) if table.items.len() >= ITEMS_MAX => {
                return Err(ScopeRefusal::TooMany { most: ITEMS_MAX, what: "items in a table" });
            }
            Ok(item) => table.items.push(item),
            Err(message) => {
                table.left_out += 1;
                if table.troubles.len() < TROUBLES_MAX {
                    table.troubles.push(RowTrouble { line: at, message });
                }
            }
        }
    }
    Ok(table)
}

/// Whichever of the usual ones the headers hold most of.
fn delimiter(bytes: &[u8]) -> u8 {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let headers = String::from_utf8_lossy(&bytes[..end]);
    let count = |wanted: u8| headers.matches(char::from(wanted)).count();
    [b'\t', b';', b','].into_iter().max_by_key(|wanted| count(*wanted)).unwrap_or(b',')
}

fn malformed(why: &csv::Error) -> ScopeRefusal {
    let at = why.position().map(|at| format!(" at line {}", at.line())).unwrap_or_default();
    let foreign = matches!(why.kind(), csv::ErrorKind::Utf8 { .. });
    let what = if foreign { "it is not UTF-8" } else { "its rows cannot be read" };
    ScopeRefusal::Table { why: format!("{what}{at}") }
}

impl<'a> Places<'a> {
    fn of(headers: &StringRecord, columns: &'a Columns) -> Result<Self, ScopeRefusal> {
        if headers.len() > COLUMNS_MAX {
            return Err(ScopeRefusal::TooMany { most: COLUMNS_MAX, what: "columns" });
        }
        let headers: Vec<String> = headers.iter().map(|name| line(name, 80).to_lowercase()).collect();
        let places = Self { columns, headers };
        for (column, names) in [("key", &columns.key), ("title", &columns.title)] {
            if places.place(names).is_none() {
                let there = places.headers.iter().filter(|name| !name.is_empty()).take(30).cloned().collect();
                return Err(ScopeRefusal::NoColumn {
                    column: column.to_owned(),
                    there,
                    known: names.clone(),
                });
            }
        }
        Ok(places)
    }

    fn place(&self, names: &[String]) -> Option<usize> {
        names.iter().find_map(|name| self.headers.iter().position(|header| *header == name.to_lowercase()))
    }

    fn cell<'r>(&self, row: &'r StringRecord, names: &[String]) -> Option<&'r str> {
        self.place(names).and_then(|at| row.get(at)).map(str::trim).filter(|cell| !cell.is_empty())
    }

    fn item(&self, row: &StringRecord, mapping: &LabelMapping) -> Result<TrackedItem, String> {
        let columns = self.columns;
        if row.len() != self.headers.len() {
            return Err(format!("it has {} cells where the headers are {}", row.len(), self.headers.len()));
        }
        if row.iter().any(|cell| cell.len() > CELL_BYTES_MAX) {
            return Err(format!("a cell is longer than {CELL_BYTES_MAX} bytes"));
        }
        let key = self.cell(row, &columns.key).and_then(word).ok_or("it has no key")?;
        let title = self.cell(row, &columns.title).ok_or("it has no title")?;
        let labels = self.labels(row);
        let kind = self.cell(row, &columns.kind).and_then(word);
        let kinds: Vec<String> = kind.into_iter().chain(labels.iter().cloned()).collect();
        Ok(TrackedItem {
            key,
            url: self.url(row)?,
            title: line(title, TITLE_CHARS_MAX),
            kind: mapping.kind(&kinds),
            state: self.state(row),
            hours_hundredths: hours(self.estimate(row)?.or_else(|| estimate(&labels))),
            labels,
            milestone: self.cell(row, &columns.milestone).and_then(word),
            author: self.cell(row, &columns.author).and_then(word),
            created_ms: self.instant(row, &columns.created)?,
            updated_ms: self.instant(row, &columns.updated)?,
            closed_ms: self.instant(row, &columns.closed)?,
            is_change: false,
            closes: Vec::new(),
            gone_ms: None,
        })
    }

    fn labels(&self, row: &StringRecord) -> Vec<String> {
        let is_one = |header: &String| self.columns.labels.iter().any(|name| name.to_lowercase() == *header);
        let cells = self.headers.iter().zip(row).filter(|(header, _)| is_one(header)).map(|(_, cell)| cell);
        let judged = self.columns.judged.iter().filter_map(|name| {
            let cell = self.cell(row, std::slice::from_ref(name))?;
            Some(format!("{}: {cell}", name.to_lowercase()))
        });
        let judged: Vec<String> = judged.collect();
        labels(cells.flat_map(|cell| cell.split([',', ';'])).chain(judged.iter().map(String::as_str)))
    }

    fn state(&self, row: &StringRecord) -> TrackedState {
        let said = self.cell(row, &self.columns.state).unwrap_or_default().to_lowercase();
        let closed = self.columns.closed_states.iter().any(|state| state.to_lowercase() == said);
        match said.as_str() {
            "merged" => TrackedState::Merged,
            _ if closed => TrackedState::Closed,
            _ => TrackedState::Open,
        }
    }

    fn url(&self, row: &StringRecord) -> Result<Option<String>, String> {
        let Some(cell) = self.cell(row, &self.columns.url) else { return Ok(None) };
        link(cell).map(Some).ok_or_else(|| "its link is no http(s) address".to_owned())
    }

    fn estimate(&self, row: &StringRecord) -> Result<Option<super::item::Estimate>, String> {
        let Some(cell) = self.cell(row, &self.columns.estimate) else { return Ok(None) };
        let read = amount_of(cell, Some(self.columns.estimate_unit));
        read.map(Some).ok_or_else(|| format!("`{}` is no estimate", line(cell, 40)))
    }

    fn instant(&self, row: &StringRecord, names: &[String]) -> Result<Option<u64>, String> {
        let Some(cell) = self.cell(row, names) else { return Ok(None) };
        let read = instant_ms(Some(cell)).or_else(|| local_ms(cell));
        read.map(Some)
            .ok_or_else(|| format!("`{}` is no date like 2026-11-22 or 2026-11-22T08:30:00Z", line(cell, 40)))
    }
}

/// Without a zone it is UTC.
fn local_ms(cell: &str) -> Option<u64> {
    // Jira writes `20/Nov/26 10:00 AM`, or by 24 hours.
    let of_jira = || ["%d/%b/%y %I:%M %p", "%d/%b/%y %H:%M"].into_iter();
    let at: DateTime =
        cell.parse().ok().or_else(|| of_jira().find_map(|form| DateTime::strptime(form, cell).ok()))?;
    u64::try_from(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond()).ok()
}
