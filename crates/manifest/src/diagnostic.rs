//! One thing that is wrong with a file, with everything needed to show it without the file.
//!
//! Invariant: texts hold no control characters and are short, whatever the file held: they end up on terminals and in
//! problem documents. Deliberately not here: drawing them (`render`).

use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::problems::Wrong;

/// What `parse` refuses a file with. Travels in the server's problem documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics {
    pub file: String,
    /// In the order of the file.
    pub entries: Vec<Diagnostic>,
    /// Found beyond the first twenty.
    pub omitted: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Kebab-case and stable; `docs/reference/configuration.md` lists them.
    pub code: String,
    pub message: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// In characters, at least 1, and never past the end of `source_line`.
    pub length: usize,
    /// The line as it stands in the file, or the part of a long one around the place.
    pub source_line: String,
    /// The column at which `source_line` begins: 1 except in long lines.
    pub source_column: usize,
    pub suggestion: Option<String>,
}

const LINE_CHARS_MAX: usize = 160;
/// What is shown before the place in a long line.
const LEAD_CHARS: usize = 40;
const TEXT_CHARS_MAX: usize = 600;

impl Diagnostic {
    pub(crate) fn new(place: Place, wrong: &Wrong, text: &str) -> Self {
        let whole = text.lines().nth(place.line.saturating_sub(1)).unwrap_or("");
        let first = place.column.saturating_sub(1);
        let skipped =
            if whole.chars().count() > LINE_CHARS_MAX { first.saturating_sub(LEAD_CHARS) } else { 0 };
        let source_line: String =
            whole.trim_end().chars().skip(skipped).take(LINE_CHARS_MAX).map(printable).collect();
        let rest = source_line.chars().count().saturating_sub(first - skipped);
        let length = if place.length == 0 { rest } else { place.length.min(rest) };
        Self {
            code: wrong.code.to_owned(),
            message: printable_text(&wrong.message),
            line: place.line,
            column: place.column,
            length: length.max(1),
            source_line,
            source_column: skipped + 1,
            suggestion: Some(printable_text(&wrong.suggestion)).filter(|text| !text.is_empty()),
        }
    }
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.entries.len() + self.omitted;
        let noun = if count == 1 { "error" } else { "errors" };
        write!(out, "{} has {count} {noun}", printable_text(&self.file))
    }
}

impl std::error::Error for Diagnostics {}

/// Tabs become one blank, so that columns stay true; other control characters are made visible as one mark.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        other if other.is_control() || is_bidi_control(other) => '\u{FFFD}',
        other => other,
    }
}

fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

pub(crate) fn printable_text(text: &str) -> String {
    let mut shown: String = text.chars().take(TEXT_CHARS_MAX).map(printable).collect();
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// A piece of the file in a message, short enough to be read.
pub(crate) fn quoted(text: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 60;
    if text.is_empty() {
        return "an empty text".to_owned();
    }
    let mut shown: String = text.chars().take(QUOTED_CHARS_MAX).collect();
    if text.chars().nth(QUOTED_CHARS_MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
