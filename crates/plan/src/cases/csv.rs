//! Comma-separated values as RFC 4180 says, with the line on which each row begins.
//!
//! Invariant: a quote that is open at the end, or stands where none may, is refused with its line and never guessed at: half a table
//! would be read as one long cell. The reader takes such quotes as they come, so what it read is held beside the text. Deliberately
//! not here: what the columns mean.

use csv::{ReaderBuilder, StringRecord};

use super::BadRow;

/// A row with the line on which it begins.
pub(super) type Line = (usize, Vec<String>);

/// Semicolons part the cells where the heading has them and no comma, as spreadsheets of many countries write it.
pub(super) fn rows(text: &str) -> Result<Vec<Line>, BadRow> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().next().unwrap_or_default();
    let comma = if head.contains(';') && !head.contains(',') { ';' } else { ',' };
    let mut reader = ReaderBuilder::new();
    reader.delimiter(comma as u8).has_headers(false).flexible(true);
    let mut reader = reader.from_reader(text.as_bytes());
    let (mut rows, mut cells) = (Vec::new(), StringRecord::new());
    let (mut rest, mut line) = (text, 1);
    loop {
        let begun = reader.position().byte();
        let any = reader.read_record(&mut cells);
        if !any.map_err(|why| BadRow::new(line, "broken-quote", &why.to_string()))? {
            return Ok(rows);
        }
        let long = usize::try_from(reader.position().byte() - begun).unwrap_or(usize::MAX);
        let (row, after) = rest.split_at_checked(long).unwrap_or((rest, ""));
        let written = row.trim_start_matches(['\r', '\n']);
        line += lines(&row[..row.len() - written.len()]);
        as_written(written, &cells, comma)
            .map_err(|(at, says)| BadRow::new(line + lines(&written[..at]), "broken-quote", &says))?;
        // A row without any text is none.
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push((line, cells.iter().map(str::to_owned).collect()));
        }
        line += lines(written);
        rest = after;
    }
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

/// Each cell either bare without a quote, or whole in quotes; else where it is not, and why.
fn as_written(written: &str, cells: &StringRecord, comma: char) -> Result<(), (usize, String)> {
    let mut rest = written;
    for cell in cells {
        let at = written.len() - rest.len();
        let quoted = rest.strip_prefix('"').map(|inner| {
            let inside = inner.strip_prefix(cell.replace('"', "\"\"").as_str());
            (inner, inside.and_then(|after| after.strip_prefix('"')))
        });
        let after = match quoted {
            Some((_, Some(after))) if after.is_empty() || after.starts_with([comma, '\r', '\n']) => after,
            Some((inner, _)) => return Err((at, unclosed(inner))),
            None => rest.strip_prefix(cell).filter(|_| !cell.contains('"')).ok_or_else(|| {
                let says = "a quote stands in the middle of a cell: put the whole cell in quotes, and write \"\" for a quote in it";
                (at + rest.find('"').unwrap_or(0), says.to_owned())
            })?,
        };
        rest = after.strip_prefix(comma).unwrap_or(after);
    }
    Ok(())
}

/// What is wrong with a cell that begins with a quote.
fn unclosed(inner: &str) -> String {
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '"' && letters.next_if_eq(&'"').is_none() {
            let follows = letters.peek().copied().unwrap_or('"');
            return format!("{follows:?} follows a closing quote: a comma or the end of the line may");
        }
    }
    "the quote that opens here is never closed".to_owned()
}
