//! Everything a command says: answers to stdout, remarks and errors to stderr.
//!
//! Invariant: nothing else writes to either; without a terminal the text is plain, whole and the same every time.
//! Not here: the live view of a rollout, which owns the terminal while it lasts (`commands::watch`).

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::failure::Failure;
use crate::paint::{Paint, Tone};
use crate::render;

/// Text is laid out for this many columns, whatever is wider or unknown.
pub const COLUMNS: usize = 80;

#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON instead of text for people.
    pub json: bool,
    pub paint: Paint,
    error_paint: Paint,
    /// None when stdout is no terminal.
    pub terminal_columns: Option<usize>,
}

impl Output {
    pub fn new(json: bool, no_color: bool) -> Self {
        // https://no-color.org: any value that is not empty switches colour off.
        let refused = no_color
            || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_terminal = io::stdout().is_terminal();
        let columns = crossterm::terminal::size().map_or(COLUMNS, |(columns, _)| usize::from(columns));
        Self {
            json,
            paint: Paint { colour: is_terminal && !refused },
            error_paint: Paint { colour: io::stderr().is_terminal() && !refused },
            terminal_columns: is_terminal.then_some(columns.max(40)),
        }
    }

    /// Where text is laid out to.
    pub fn columns(&self) -> usize {
        self.terminal_columns.map_or(COLUMNS, |columns| columns.min(COLUMNS))
    }

    /// Text that ends in a line end, or is empty.
    #[allow(clippy::unused_self)] // whoever writes was given an output
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        Ok(())
    }

    pub fn line(&self, text: impl AsRef<str>) -> Result<(), Failure> {
        self.text(&format!("{}\n", text.as_ref()))
    }

    /// The whole answer as JSON.
    pub fn document(&self, value: &impl Serialize) -> Result<(), Failure> {
        self.line(to_json(serde_json::to_string_pretty(value))?)
    }

    /// One of many: JSON lines.
    pub fn record(&self, value: &impl Serialize) -> Result<(), Failure> {
        self.line(to_json(serde_json::to_string(value))?)
    }

    /// Either the value as JSON or the text for people.
    pub fn show<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if self.json { self.document(value) } else { self.text(&text(value)) }
    }

    /// Something beside the answer, to stderr; left out with `--json`.
    pub fn remark(&self, text: impl AsRef<str>) {
        if !self.json {
            let text = self.error_paint.apply(Tone::Quiet, text.as_ref());
            complain(&format!("{text}\n"));
        }
    }

    /// A line for the build server that reads our output, whatever else is asked for.
    #[allow(clippy::unused_self)] // whoever writes was given an output
    pub fn command(&self, line: &str) {
        complain(&format!("{line}\n"));
    }

    pub fn failure(&self, failure: &Failure) {
        let Failure::Said(saying) = failure else { return };
        complain(&if self.json {
            format!("{}\n", render::failure::json(saying))
        } else {
            render::failure::text(saying, self.error_paint)
        });
    }
}

/// When stderr is gone too, there is nobody left to tell.
fn complain(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

fn to_json(json: serde_json::Result<String>) -> Result<String, Failure> {
    json.map_err(|why| {
        Failure::fault("answer-unprintable", "the answer could not be written as JSON")
            .help("leave out --json, and please report it")
            .caused_by(&why)
    })
}
