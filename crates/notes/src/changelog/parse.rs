//! A changelog taken apart: what stands before the notes of one version, they themselves, and what follows.
//!
//! Invariant: put together again, the parts are the file. Headings and items within fences of code are neither.

use std::collections::BTreeSet;

use super::Conflict;
use super::mark::{self, Mark};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// `### …`, with its section where it has a mark.
    Heading {
        line: String,
        section: Option<String>,
    },
    Entry(Found),
    /// Whatever people wrote between, line by line.
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Without marks.
    pub lines: Vec<String>,
    pub id: Option<String>,
    pub digest: String,
    /// What the source said when it changed last, where nobody has answered that yet.
    pub changed: Option<String>,
}

/// Where the notes of a version begin and end, in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub start: usize,
    pub end: usize,
}

/// Which lines stand within a fence of code, or are its edge. One that nothing closes is none, or whatever is written
/// behind it would be lost in it.
pub fn fenced<T: AsRef<str>>(lines: &[T]) -> Vec<bool> {
    let mut within = vec![false; lines.len()];
    // Of each sign, from which length on nothing closes it.
    let mut unclosed = [usize::MAX; 2];
    let mut at = 0;
    while at < lines.len() {
        let (sign, length, _) = run(lines[at].as_ref());
        if length >= 3 && length < unclosed[usize::from(sign == '~')] {
            let closes = |line: &T| {
                let (other, found, is_alone) = run(line.as_ref());
                is_alone && other == sign && found >= length
            };
            match lines[at + 1..].iter().position(closes) {
                Some(end) => {
                    within[at..=at + 1 + end].fill(true);
                    at += 1 + end;
                }
                None => unclosed[usize::from(sign == '~')] = length,
            }
        }
        at += 1;
    }
    within
}

/// The sign that a line begins with, how often, and whether nothing follows.
fn run(line: &str) -> (char, usize, bool) {
    let text = line.trim();
    let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~')).unwrap_or(' ');
    let length = text.chars().take_while(|letter| *letter == sign).count();
    (sign, length, length == text.len())
}

/// The line of each `## ` heading, and of `# ` ones, which end notes too.
pub fn headings(lines: &[&str]) -> Vec<usize> {
    let within = fenced(lines);
    let all = lines.iter().enumerate().filter(|(at, _)| !within[*at]);
    all.filter(|(_, line)| line.starts_with("## ") || line.starts_with("# ")).map(|(at, _)| at).collect()
}

pub fn place(lines: &[&str], headings: &[usize], key: &str) -> Option<Place> {
    let index = headings
        .iter()
        .position(|at| matches!(mark::split(lines[*at]), Some((_, Mark::Version(found))) if found == key))?;
    let end = headings.get(index + 1).copied().unwrap_or(lines.len());
    Some(Place { start: headings[index], end })
}

/// Everything under the heading, and which ids were written there once.
pub fn items(lines: &[&str]) -> (Vec<Item>, BTreeSet<String>) {
    let mut items = Vec::new();
    let mut known = BTreeSet::new();
    let within = fenced(lines);
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        at += 1;
        if within[at - 1] {
            items.push(Item::Text(line.to_owned()));
        } else if line.starts_with("### ") {
            let (text, section) = match mark::split(line) {
                Some((text, Mark::Section(key))) => (text, Some(key.to_owned())),
                _ => (line, None),
            };
            items.push(Item::Heading { line: text.to_owned(), section });
        } else if let Some((_, Mark::Known(ids))) = mark::split(line) {
            known.extend(ids.split_whitespace().map(str::to_owned));
            let mut is_open = !line.trim_end().ends_with("-->");
            while is_open && at < lines.len() {
                is_open = !lines[at].trim_end().ends_with("-->");
                let ids = lines[at].trim_end().trim_end_matches("-->");
                known.extend(ids.split_whitespace().map(str::to_owned));
                at += 1;
            }
        } else if line.starts_with("- ") || line.starts_with("* ") {
            let start = at - 1;
            while at < lines.len() && goes_on(lines, at) {
                at += 1;
            }
            items.push(Item::Entry(entry(&lines[start..at])));
        } else {
            items.push(Item::Text(line.to_owned()));
        }
    }
    (items, known)
}

/// An item goes on with what is indented, also behind empty lines.
fn goes_on(lines: &[&str], at: usize) -> bool {
    let is_indented = |line: &str| line.starts_with("  ") || line.starts_with('\t');
    if !lines[at].trim().is_empty() {
        return is_indented(lines[at]);
    }
    lines[at..].iter().find(|line| !line.trim().is_empty()).is_some_and(|line| is_indented(line))
}

fn entry(lines: &[&str]) -> Found {
    let mut found = Found { lines: Vec::new(), id: None, digest: String::new(), changed: None };
    for line in lines {
        match mark::split(line) {
            Some((before, Mark::Entry { id, digest })) if found.id.is_none() => {
                found.id = Some(id.to_owned());
                digest.clone_into(&mut found.digest);
                found.lines.push(before.to_owned());
            }
            Some((_, Mark::Changed(source))) => found.changed = Some(source.to_owned()),
            _ => found.lines.push((*line).to_owned()),
        }
    }
    found
}

pub fn waiting(text: &str) -> Vec<Conflict> {
    let lines: Vec<&str> = text.lines().collect();
    let mut conflicts = Vec::new();
    let mut last: Option<(usize, String, String)> = None;
    let within = fenced(&lines);
    for (at, line) in lines.iter().enumerate() {
        if within[at] {
            continue;
        }
        match mark::split(line) {
            Some((before, Mark::Entry { id, .. })) => last = Some((at + 1, id.to_owned(), before.to_owned())),
            Some((_, Mark::Changed(source))) => {
                let (line, id, kept) = last.clone().unwrap_or((at + 1, String::new(), String::new()));
                conflicts.push(Conflict { line, id, kept, source: source.to_owned() });
            }
            _ => {}
        }
    }
    conflicts
}
