//! Takes secrets out of what a service wrote.
//!
//! Invariant: no value it was made with is left in what it gives back, also not as one line of many, as JSON writes it, or
//! percent-encoded. Deliberately not here: other encodings, such as base64; what is encoded is not found.

use aho_corasick::{AhoCorasick, MatchKind};

use super::VALUE_CHARS_MIN;

/// What stands in the place of a value.
pub const MARK: &str = "•••";

/// Finds the values it was made with. Shows none of them.
#[derive(Clone, Default)]
pub struct Redactor {
    finder: Option<AhoCorasick>,
    longest: usize,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Redactor({} patterns)", self.finder.as_ref().map_or(0, AhoCorasick::patterns_len))
    }
}

impl Redactor {
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut patterns: Vec<String> = values.into_iter().flat_map(forms).collect();
        patterns.sort();
        patterns.dedup();
        let longest = patterns.iter().map(String::len).max().unwrap_or(0);
        // Of two that begin at one place the longer one is taken, so that no tail of it is left.
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns);
        Self { finder: finder.ok().filter(|_| !patterns.is_empty()), longest }
    }

    pub fn is_empty(&self) -> bool {
        self.finder.is_none()
    }

    /// In bytes. Of text that was cut, this much behind the cut tells whether a value was cut in two.
    pub fn longest(&self) -> usize {
        self.longest
    }

    pub fn redact(&self, text: &[u8]) -> Vec<u8> {
        let Some(finder) = &self.finder else { return text.to_vec() };
        let (mut clean, mut from) = (Vec::with_capacity(text.len()), 0);
        for found in finder.find_iter(text) {
            clean.extend_from_slice(&text[from..found.start()]);
            clean.extend_from_slice(MARK.as_bytes());
            from = found.end();
        }
        clean.extend_from_slice(&text[from..]);
        clean
    }
}

/// The value, its lines where it has several, and the ways in which programs commonly write these.
fn forms(value: &str) -> Vec<String> {
    let lines = value.lines().map(str::trim).filter(|line| line.chars().count() >= VALUE_CHARS_MIN);
    let plain: Vec<&str> = std::iter::once(value.trim()).chain(lines).collect();
    plain.iter().flat_map(|text| [(*text).to_owned(), as_json(text), percent_encoded(text)]).collect()
}

/// As RFC 8259 writes it between the quotes, with the short escapes.
fn as_json(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            other => written.push(other),
        }
    }
    written
}

/// RFC 3986: all but unreserved characters.
fn percent_encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble & 15)]);
            written.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
    written
}
