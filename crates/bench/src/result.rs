//! What a benchmark says: lines for people, one JSON line, and its rows of the table at the end.
//!
//! Invariant: a row says its figure, its aim and whether it was met; nothing is rounded into meeting it. Deliberately
//! not here: measuring.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::machine;

/// Results are also appended to the file that this names.
const RESULTS: &str = "TIDEGATE_BENCH_RESULTS";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub what: String,
    pub figure: String,
    /// Empty where there is none.
    pub aim: String,
    pub met: Option<bool>,
}

impl Row {
    pub fn new(what: impl Into<String>, figure: impl Into<String>) -> Self {
        Self { what: what.into(), figure: figure.into(), aim: String::new(), met: None }
    }
    #[must_use]
    pub fn aim(self, aim: impl Into<String>, met: bool) -> Self {
        Self { aim: aim.into(), met: Some(met), ..self }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Report {
    benchmark: String,
    /// One, five, fifteen minutes, before it began.
    load_before: String,
    load_after: String,
    rows: Vec<Row>,
    detail: Value,
}

/// One benchmark from its heading to its JSON line.
pub struct Sheet {
    benchmark: &'static str,
    load_before: String,
    rows: Vec<Row>,
}

impl Sheet {
    pub fn begin(benchmark: &'static str, heading: &str) -> Self {
        let load_before = machine::load();
        say(&format!("\n{benchmark}: {heading}\n  {}, load {load_before}", machine::described()));
        Self { benchmark, load_before, rows: Vec::new() }
    }

    pub fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub fn end(self, detail: Value) -> Result<()> {
        for row in &self.rows {
            say(&format!("  => {}", told(row)));
        }
        let Self { benchmark, load_before, rows } = self;
        let benchmark = benchmark.to_owned();
        let report = Report { benchmark, load_before, load_after: machine::load(), rows, detail };
        let line = serde_json::to_string(&report)?;
        say(&line);
        if let Some(path) = std::env::var_os(RESULTS) {
            let mut file = std::fs::File::options().create(true).append(true).open(&path)?;
            writeln!(file, "{line}")?;
        }
        Ok(())
    }
}

fn told(row: &Row) -> String {
    let met = match row.met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    };
    let aim = if row.aim.is_empty() { String::new() } else { format!("aim {:<14} {met}", row.aim) };
    format!("{:<58} {:<38} {aim}", row.what, row.figure).trim_end().to_owned()
}

/// The table of all that was measured.
pub fn summary(file: &Path) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    say("\nSummary");
    for line in text.lines() {
        let report: Report = serde_json::from_str(line).context("a line that is no result")?;
        say(&format!("{} (load {} → {})", report.benchmark, report.load_before, report.load_after));
        for row in &report.rows {
            say(&format!("  {}", told(row)));
        }
    }
    Ok(())
}

/// To stdout; whoever closed it does not want to know.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// To stderr.
pub fn remark(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
