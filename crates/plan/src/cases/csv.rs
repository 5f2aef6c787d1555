//! Comma-separated values as RFC 4180 says, with the line on which each row begins.
//!
//! Invariant: a quote that is open at the end, or stands where none may, is refused with its line and never guessed at: half a table
//! would be read as one long cell. Deliberately not here: what the columns mean.

use super::BadRow;

/// A row with the line on which it begins.
pub(super) type Line = (usize, Vec<String>);

/// Semicolons part the cells where the heading has them and no comma, as spreadsheets of many countries write it.
pub(super) fn rows(text: &str) -> Result<Vec<Line>, BadRow> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().next().unwrap_or_default();
    let comma = if head.contains(';') && !head.contains(',') { ';' } else { ',' };
    let mut reading = Reading { rows: Vec::new(), row: Vec::new(), cell: String::new(), begun: 1, line: 1 };
    let mut letters = text.chars().peekable();
    // Where the quotes of the cell began, and whether they are closed.
    let mut quoted: Option<(usize, bool)> = None;
    while let Some(letter) = letters.next() {
        match (letter, quoted) {
            ('"', Some((at, false))) => {
                if letters.peek() == Some(&'"') {
                    letters.next();
                    reading.cell.push('"');
                } else {
                    quoted = Some((at, true));
                }
            }
            ('\r', Some((_, false))) if letters.peek() == Some(&'\n') => {}
            (letter, Some((_, false))) => {
                reading.line += usize::from(letter == '\n');
                reading.cell.push(letter);
            }
            ('"', None) if reading.cell.is_empty() => quoted = Some((reading.line, false)),
            ('"', _) => {
                let says = "a quote stands in the middle of a cell: put the whole cell in quotes, and write \"\" for a quote in it";
                return Err(BadRow::new(reading.line, "broken-quote", says));
            }
            (letter, _) if letter == comma => {
                reading.end_cell();
                quoted = None;
            }
            ('\r', _) if letters.peek() == Some(&'\n') => {}
            ('\n' | '\r', _) => {
                reading.end_row();
                quoted = None;
            }
            (letter, Some((_, true))) => {
                let says = format!("{letter:?} follows a closing quote: a comma or the end of the line may");
                return Err(BadRow::new(reading.line, "broken-quote", &says));
            }
            (letter, None) => reading.cell.push(letter),
        }
    }
    if let Some((line, false)) = quoted {
        let says = "the quote that opens here is never closed";
        return Err(BadRow::new(line, "broken-quote", says));
    }
    if !reading.cell.is_empty() || !reading.row.is_empty() || quoted.is_some() {
        reading.end_row();
    }
    Ok(reading.rows)
}

struct Reading {
    rows: Vec<Line>,
    row: Vec<String>,
    cell: String,
    begun: usize,
    line: usize,
}

impl Reading {
    fn end_cell(&mut self) {
        self.row.push(std::mem::take(&mut self.cell));
    }

    /// A row without any text is none.
    fn end_row(&mut self) {
        self.end_cell();
        let row = std::mem::take(&mut self.row);
        if row.iter().any(|cell| !cell.trim().is_empty()) {
            self.rows.push((self.begun, row));
        }
        self.line += 1;
        self.begun = self.line;
    }
}
