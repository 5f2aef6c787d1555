//! A row of a table, cell by cell.
//!
//! Invariant: what a cell says is either in what was read of it or in `left`.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

use super::super::rich::Rich;
use super::dates::{self, Day};
use super::report::{Remark, RemarkCode};

/// The names that a column may have, the first of which is the one that is written.
pub(super) type Columns = &'static [(&'static str, &'static [&'static str])];

pub(super) struct Row {
    pub line: usize,
    cells: BTreeMap<&'static str, Rich>,
    pub left: Vec<String>,
    pub remarks: Vec<Remark>,
}

impl Row {
    pub fn new(line: usize) -> Self {
        Self { line, cells: BTreeMap::new(), left: Vec::new(), remarks: Vec::new() }
    }

    pub fn put(&mut self, column: &'static str, cell: &Rich) {
        // The second column of a name would hide the first.
        if self.cells.contains_key(column) {
            self.leave(column, &cell.text());
        } else {
            self.cells.insert(column, cell.clone());
        }
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.left.is_empty()
    }

    pub fn leave(&mut self, column: &str, text: &str) {
        if !text.trim().is_empty() {
            self.left.push(format!("{column}: {text}"));
        }
    }

    pub fn remark(&mut self, code: RemarkCode, says: String) {
        self.remarks.push(Remark { line: self.line, code, says });
    }

    fn cell(&self, column: &str) -> Option<&Rich> {
        self.cells
            .get(column)
            .filter(|cell| cell.parts.len() > 1 || cell.parts.iter().any(|part| !part.is_empty()))
    }

    pub fn text(&self, column: &str) -> String {
        self.cell(column).map(Rich::text).unwrap_or_default()
    }

    pub fn line(&self, column: &str) -> String {
        self.cell(column).map(Rich::line).unwrap_or_default()
    }

    pub fn maybe(&self, column: &str) -> Option<String> {
        Some(self.line(column)).filter(|text| !text.is_empty())
    }

    pub fn maybe_text(&self, column: &str) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty())
    }

    /// One for each line of the cell.
    pub fn lines(&self, column: &str) -> Vec<String> {
        let parts = self.cell(column).map(|cell| cell.parts.clone()).unwrap_or_default();
        parts.into_iter().filter(|part| !part.is_empty()).collect()
    }

    /// One for each line, and one for each piece between commas.
    pub fn words(&self, column: &str) -> Vec<String> {
        let lines = self.lines(column);
        let words = lines.iter().flat_map(|line| line.split([',', ';'])).map(str::trim);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    pub fn flag(&mut self, column: &'static str) -> bool {
        let said = self.line(column);
        match said.trim().to_lowercase().as_str() {
            "" | "no" | "false" | "-" | "[ ]" | "n" | "open" => false,
            "yes" | "true" | "x" | "[x]" | "✓" | "✔" | "✅" | "y" | "done" => true,
            _ => {
                self.leave(column, &said);
                false
            }
        }
    }

    pub fn word<T>(&mut self, column: &'static str, read: fn(&str) -> Option<T>) -> Option<T> {
        let said = self.maybe(column)?;
        let word = read(&said);
        if word.is_none() {
            self.remark(RemarkCode::NotUnderstood, format!("{said:?} is not a word for {column}"));
            self.leave(column, &said);
        }
        word
    }

    /// Whole, with or without a word behind it.
    pub fn number(&mut self, column: &'static str, words: &[&str]) -> Option<u32> {
        let said = self.maybe(column)?;
        let mut figures = said.trim();
        for word in words {
            figures = figures.strip_suffix(word).unwrap_or(figures).trim_end();
        }
        let number = figures.parse().ok();
        if number.is_none() {
            self.remark(RemarkCode::NotUnderstood, format!("{said:?} is no number for {column}"));
            self.leave(column, &said);
        }
        number
    }

    pub fn date(&mut self, column: &'static str) -> Option<Date> {
        let said = self.cells.get(column).map(Rich::line)?;
        match dates::day(&said) {
            Day::Is(date) => Some(date),
            other => {
                self.no_day(column, &said, other);
                None
            }
        }
    }

    pub fn moment(&mut self, column: &'static str) -> Option<DateTime> {
        let said = self.cells.get(column).map(Rich::line)?;
        match dates::moment(&said) {
            Ok(Some(moment)) => Some(moment),
            Ok(None) => {
                self.no_day(column, &said, Day::NotYet);
                None
            }
            Err(day) => {
                self.no_day(column, &said, day);
                None
            }
        }
    }

    fn no_day(&mut self, column: &str, said: &str, day: Day) {
        let (code, says) = match day {
            Day::Is(_) => return,
            Day::NotYet if said.trim().is_empty() => return,
            Day::NotYet => (RemarkCode::NoDateYet, format!("{column} has no date yet ({said})")),
            Day::Impossible => (RemarkCode::NoSuchDay, format!("{column}: there is no day {said}")),
            Day::Ambiguous => {
                let says = format!("{column}: {said} could be two days; write it as 2026-12-24");
                (RemarkCode::AmbiguousDate, says)
            }
            Day::Unclear => {
                let says = format!("{column}: {said:?} is no day; write it as 2026-12-24");
                (RemarkCode::NotUnderstood, says)
            }
        };
        self.remark(code, says);
        if day != Day::NotYet {
            self.leave(column, said);
        }
    }
}
