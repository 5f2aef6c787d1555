//! Notes as plain text, for mails and terminals.
//!
//! Invariant: no markup but indentation. What a commit wrote in Markdown stands as it was written.

use std::fmt::Write as _;

use crate::entry::{Entry, Notes};

pub fn notes(notes: &Notes) -> String {
    let title = notes.title();
    let mut out = format!("{title}\n{}\n", "=".repeat(title.chars().count()));
    if notes.sections.is_empty() {
        out.push_str("\nNothing that is told here has changed.\n");
    }
    for group in &notes.sections {
        let _ = write!(out, "\n{}\n", group.title.to_uppercase());
        for entry in &group.entries {
            let _ = writeln!(out, "  * {}", line(entry));
            for line in entry.details.lines() {
                let _ = writeln!(out, "{}", format!("    {line}").trim_end());
            }
        }
    }
    out
}

/// One of them, without its details.
pub fn line(entry: &Entry) -> String {
    let scope = entry.scope.as_ref().map(|scope| format!("{scope}: ")).unwrap_or_default();
    let named: Vec<&str> = entry.pull_requests.iter().chain(&entry.issues).map(String::as_str).collect();
    let named = if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) };
    format!("{scope}{}{named}", entry.text.replace("&lt;", "<"))
}
