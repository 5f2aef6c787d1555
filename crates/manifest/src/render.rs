//! Draws diagnostics for a terminal: the line, a caret under the place, and what to write instead.
//!
//! Invariant: needs nothing but the diagnostics, so that what a server refused looks like what a command refused.
//! Without colour the text has no escape sequences.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::diagnostic::{Diagnostic, Diagnostics, printable_text};

const COLUMNS: usize = 100;

impl Diagnostics {
    pub fn render(&self, colour: bool) -> String {
        let styles = if colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
        let characters = ThemeCharacters { underline: '^', ..ThemeCharacters::unicode() };
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .with_width(COLUMNS)
            .with_links(false);
        let mut text = String::new();
        for entry in &self.entries {
            let report = Report { file: &self.file, entry, line: OneLine::of(&self.file, entry) };
            // Writing to a String cannot fail.
            let _ = handler.render_report(&mut text, &report);
            text.push('\n');
        }
        let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let (more, sum) = (format!("… and {} more", self.omitted), format!("{self}\n"));
        if self.omitted > 0 {
            lines.push(&more);
        }
        lines.push(&sum);
        lines.join("\n")
    }
}

struct Report<'a> {
    file: &'a str,
    entry: &'a Diagnostic,
    line: OneLine,
}

/// The only line of the file that is at hand, under its own number.
struct OneLine {
    file: String,
    text: String,
    line: usize,
    column: usize,
}

impl OneLine {
    fn of(file: &str, entry: &Diagnostic) -> Self {
        // A blank more than the line has, so that a caret behind its end has something to stand under.
        let text = format!("{} ", entry.source_line);
        Self { file: printable_text(file), text, line: entry.line, column: entry.column }
    }
}

impl SourceCode for OneLine {
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        _lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = SourceSpan::from(0..self.text.len());
        let (line, column) = (self.line.saturating_sub(1), self.column.saturating_sub(1));
        let contents =
            MietteSpanContents::new_named(self.file.clone(), self.text.as_bytes(), whole, line, column, 1);
        Ok(Box::new(contents))
    }
}

impl miette::Diagnostic for Report<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(&self.entry.code))
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.entry.suggestion.as_ref().map(|text| Box::new(text) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.line)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let first = self.entry.column.saturating_sub(self.entry.source_column);
        let from = byte_offset(&self.line.text, first);
        let to = byte_offset(&self.line.text, first.saturating_add(self.entry.length)).max(from);
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, from..to))))
    }
}

fn byte_offset(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset)
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.entry.message)
    }
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.file, self.entry.message)
    }
}

impl std::error::Error for Report<'_> {}
