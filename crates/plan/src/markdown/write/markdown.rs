//! Parts of a plan as Markdown.
//!
//! Invariant: a text never becomes markup: what could be read as such is escaped, and spaces that a reader would drop are entities.

use std::fmt::Write;

use super::super::read::import;
use super::parts::{Body, Part, Table, parts};
use crate::document::Plan;

pub fn export(plan: &Plan) -> String {
    let mut out = String::new();
    heading(&mut out, 1, &plan.title);
    for part in parts(plan) {
        write_part(&mut out, &part);
    }
    out
}

fn write_part(out: &mut String, part: &Part<'_>) {
    if part.level > 0 {
        heading(out, part.level, part.heading);
    }
    match &part.body {
        Body::Nothing => {}
        Body::Text(text) => paragraphs(out, text),
        Body::Items(items) => {
            for (id, text) in items {
                let lines: Vec<String> = text.split('\n').map(inline).collect();
                let _ = writeln!(out, "- `{id}`: {}", lines.join("<br>"));
            }
            out.push('\n');
        }
        Body::Table(given) => table(out, given),
        Body::Note(text) => note(out, part.heading, text),
    }
}

fn heading(out: &mut String, level: u8, text: &str) {
    let marks = "#".repeat(usize::from(level));
    // Marks at the end of a heading would be taken off; those of entities are none.
    let text = inline(text).replace('#', "\\#").replace("&\\#", "&#");
    let _ = writeln!(out, "{marks} {text}\n");
}

fn paragraphs(out: &mut String, text: &str) {
    let pieces: Vec<&str> = text.split("\n\n").collect();
    let plain = |piece: &&str| !piece.is_empty() && !piece.starts_with('\n') && !piece.ends_with('\n');
    if pieces.iter().all(plain) {
        for piece in pieces {
            let lines: Vec<String> = piece.split('\n').map(line).collect();
            let _ = writeln!(out, "{}\n", lines.join("<br>\n"));
        }
    } else {
        // Blank lines at an edge or in a row: one paragraph in which they are spelt out.
        let _ = writeln!(out, "{}\n", line(text));
    }
}

fn table(out: &mut String, table: &Table) {
    let _ = writeln!(out, "| {} |", table.columns.join(" | "));
    let _ = writeln!(out, "|{}", "---|".repeat(table.columns.len()));
    for row in &table.rows {
        let cell =
            |lines: &Vec<String>| lines.iter().map(|line| inline(line)).collect::<Vec<_>>().join("<br>");
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push('\n');
}

/// As it stands where that reads as the same note again, else as a block that is taken literally.
fn note(out: &mut String, heading_text: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    if reads_again(heading_text, text) {
        let _ = writeln!(out, "{text}\n");
        return;
    }
    let mut longest = 0;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(out, "{fence}note\n{text}\n{fence}\n");
}

fn reads_again(heading_text: &str, text: &str) -> bool {
    let mut probe = String::from("# Probe\n\n## Notes\n\n");
    heading(&mut probe, 3, heading_text);
    let _ = writeln!(probe, "{text}\n\n## Objectives\n\n- `probe`: probe");
    let Ok(read) = import(&probe) else { return false };
    let same = read.plan.notes.iter().map(|note| note.text.as_str()).eq([text]);
    same && read.plan.objectives.len() == 1 && read.plan.objectives[0].id == "probe"
}

/// For a line of another document: text that stays text, on one line.
pub(crate) fn escaped(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("<br>")
}

/// At the beginning of a line some letters would begin a block.
fn line(text: &str) -> String {
    let inline = inline(text);
    let digits = inline.bytes().take_while(u8::is_ascii_digit).count();
    let rest = inline[digits..].strip_prefix(['.', ')']);
    if digits > 0 && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')) {
        return format!("{}\\{}", &inline[..digits], &inline[digits..]);
    }
    if inline.starts_with(['#', '+', '-', '=', '~', ':']) { format!("\\{inline}") } else { inline }
}

fn inline(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let inner = |at: usize| at > 0 && at + 1 < letters.len();
    let alphanumeric = |at: usize| letters[at].is_ascii_alphanumeric();
    let mut out = String::with_capacity(text.len());
    for (at, &letter) in letters.iter().enumerate() {
        match letter {
            ' ' if inner(at) => out.push(' '),
            '_' if inner(at) && alphanumeric(at - 1) && alphanumeric(at + 1) => out.push('_'),
            '&' if letters.get(at + 1) == Some(&' ') => out.push('&'),
            '|' => out.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' => {
                out.push('\\');
                out.push(letter);
            }
            space if space.is_whitespace() => {
                let _ = write!(out, "&#{};", u32::from(space));
            }
            other => out.push(other),
        }
    }
    out
}
