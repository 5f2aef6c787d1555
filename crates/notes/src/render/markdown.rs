//! Notes in Markdown: an entry is one item of a list, with what it names behind it and details under it.
//!
//! Invariant: what an entry looks like follows from the entry and the links alone, so that its digest says whether
//! people changed it. Not here: marks (`changelog`).

use std::fmt::Write as _;

use crate::entry::{Entry, Notes};
use crate::section::Section;
use crate::settings::{Links, Settings};

/// Without marks, to be pasted somewhere.
pub fn notes(notes: &Notes, settings: &Settings) -> String {
    let mut out = format!("## {}\n", notes.title());
    if notes.sections.is_empty() {
        out.push_str("\nNothing that is told here has changed.\n");
    }
    for group in &notes.sections {
        let _ = write!(out, "\n### {}\n\n", group.title);
        for entry in &group.entries {
            for line in lines(entry, &settings.links) {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out
}

/// The item and, indented, what stands under it.
pub fn lines(entry: &Entry, links: &Links) -> Vec<String> {
    let mut first = String::from("- ");
    if let Some(scope) = &entry.scope {
        let _ = write!(first, "**{}:** ", plain(scope));
    }
    first.push_str(&entry.text);
    let named = named(entry, links);
    if !named.is_empty() {
        let _ = write!(first, " ({})", named.join(", "));
    }
    let mut lines = vec![first];
    if !entry.details.is_empty() {
        lines.push(String::new());
        lines.extend(entry.details.lines().map(|line| {
            let line = line.trim_end();
            if line.is_empty() { String::new() } else { format!("  {line}") }
        }));
    }
    lines
}

fn named(entry: &Entry, links: &Links) -> Vec<String> {
    let requests =
        entry.pull_requests.iter().map(|key| link(key, number(key), links.pull_request.as_deref()));
    let issues = entry.issues.iter().map(|key| link(key, number(key), links.issue.as_deref()));
    let mut named: Vec<String> = requests.chain(issues).collect();
    // A commit says nothing to readers where a request does, or where nobody could follow it.
    if let (Some(commit), Some(_)) = (&entry.commit, &links.commit) {
        named.push(link(commit.get(..7).unwrap_or(commit), commit, links.commit.as_deref()));
    } else if let (Some(commit), true) =
        (&entry.commit, named.is_empty() && entry.section != Section::KnownIssues)
    {
        named.push(commit.get(..7).unwrap_or(commit).to_owned());
    }
    named
}

/// `#12` → `12`; a key of another repository or tracker as it is.
fn number(key: &str) -> &str {
    key.strip_prefix(['#', '!']).unwrap_or(key)
}

fn link(shown: &str, key: &str, to: Option<&str>) -> String {
    let simple = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match to.filter(|_| simple) {
        Some(to) => format!("[{}]({})", plain(shown), to.replace("{key}", key)),
        None => plain(shown),
    }
}

/// Scopes and keys are words, not markup.
fn plain(text: &str) -> String {
    text.replace('<', "&lt;").replace('[', "\\[").replace('*', "\\*")
}
