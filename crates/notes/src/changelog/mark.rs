//! The marks in a changelog: HTML comments that nobody sees and everything is found again by.
//!
//! ```text
//! ## 1.4.0 (2026-11-22) <!-- tidegate:version 1.4.0 -->
//! ### Fixes <!-- tidegate:section fixes -->
//! - Count each line once (#12) <!-- tidegate:9fceb02a1b2c 3f1a9c0d22 -->
//!   <!-- tidegate:changed Count every line once (#12) -->
//! <!-- tidegate:known 9fceb02a1b2c f.faster-search -->
//! ```
//!
//! Invariant: a mark stands at the end of its line and holds no `--`, so it is a comment for every reader of Markdown.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

const OPEN: &str = "<!-- tidegate:";
const CLOSE: &str = " -->";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark<'a> {
    Version(&'a str),
    Section(&'a str),
    Entry {
        id: &'a str,
        digest: &'a str,
    },
    Changed(&'a str),
    /// Ids follow, on this line and on those up to the end of the comment.
    Known(&'a str),
}

/// The line without its mark, and the mark.
pub fn split(line: &str) -> Option<(&str, Mark<'_>)> {
    let at = line.rfind(OPEN)?;
    let inner = &line[at + OPEN.len()..];
    let before = line[..at].trim_end();
    if let Some(ids) = inner.strip_prefix("known") {
        return Some((before, Mark::Known(ids.trim_end().trim_end_matches("-->"))));
    }
    let inner = inner.trim_end().strip_suffix("-->")?.trim_end();
    let (word, rest) = inner.split_once(' ')?;
    let mark = match word {
        "version" => Mark::Version(rest.trim()),
        "section" => Mark::Section(rest.trim()),
        "changed" => Mark::Changed(rest.trim()),
        id => Mark::Entry { id, digest: rest.trim() },
    };
    Some((before, mark))
}

pub fn version(line: &str, key: &str) -> String {
    format!("{line} {OPEN}version {key}{CLOSE}")
}

pub fn section(line: &str, key: &str) -> String {
    format!("{line} {OPEN}section {key}{CLOSE}")
}

pub fn entry(line: &str, id: &str, digest: &str) -> String {
    format!("{line} {OPEN}{id} {digest}{CLOSE}")
}

pub fn changed(source: &str) -> String {
    // Two hyphens, or an end, would end the comment early.
    let mut text = source.replace('>', "›");
    while text.contains("--") {
        text = text.replace("--", "-\u{2011}");
    }
    format!("  {OPEN}changed {}{CLOSE}", text.trim_end_matches('-'))
}

/// Wrapped, so that a line stays a line.
pub fn known<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    const WIDTH: usize = 110;
    let mut lines = vec![format!("{OPEN}known")];
    for id in ids {
        let Some(last) = lines.last_mut() else { break };
        if last.len() + 1 + id.len() > WIDTH {
            lines.push(id.to_owned());
        } else {
            last.push(' ');
            last.push_str(id);
        }
    }
    if let Some(last) = lines.last_mut() {
        last.push_str(CLOSE);
    }
    lines
}

/// Of an entry's text and of the section that it stands in.
pub fn digest(section: &str, lines: &[String]) -> String {
    let mut hash = Sha256::new();
    hash.update(section.as_bytes());
    for line in lines {
        hash.update(b"\n");
        hash.update(line.trim_end().as_bytes());
    }
    hash.finalize().iter().take(5).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_at_the_end_of_a_line_alone() {
        let entry_mark = entry("- A", "abc", "12");
        assert_eq!(split(&entry_mark), Some(("- A", Mark::Entry { id: "abc", digest: "12" })));
        assert_eq!(split("- A `<!-- tidegate:a b -->`"), None);
        assert_eq!(split("- A <!-- other -->"), None);
        assert_eq!(split(&version("## 1", "1.0.0")), Some(("## 1", Mark::Version("1.0.0"))));
        let told = changed("a --> b -- c---");
        let inner = told.trim().trim_start_matches("<!--").trim_end_matches("-->");
        assert!(!inner.contains("--"), "{told}");
        assert!(matches!(split(&told), Some(("", Mark::Changed(_)))), "{told}");
    }

    #[test]
    fn what_is_known_is_wrapped_and_ends() {
        let ids: Vec<String> = (0..40).map(|number| format!("{number:012}")).collect();
        let lines = known(ids.iter().map(String::as_str));
        assert!(lines.len() > 3 && lines.iter().all(|line| line.len() < 120));
        assert!(lines.last().unwrap().ends_with(" -->"));
        assert_eq!(known(std::iter::empty()), ["<!-- tidegate:known -->"]);
    }
}
