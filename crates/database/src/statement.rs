//! A file in pieces: its statements, each with where it stands and the comments that belong to it.
//!
//! Invariant: cut only where the database itself would end a statement: never within a string, a name, a comment, a quoted
//! body or the body of a trigger. What does not end is marked. Not here: what a statement means ([`crate::lint`]).

use crate::Dialect;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub at: Place,
    pub text: String,
}

/// From 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Without the semicolon at its end and the comments before it.
    pub text: String,
    pub at: Place,
    /// Before it and within it.
    pub comments: Vec<Comment>,
    /// Its first words in capitals, as far as they are plain ones.
    pub words: Vec<String>,
    /// What was opened and never closed.
    pub open: Option<&'static str>,
}

impl Statement {
    pub fn begins(&self, words: &[&str]) -> bool {
        self.words.len() >= words.len() && self.words.iter().zip(words).all(|(own, word)| own == word)
    }

    /// Where the character with this number (from 1) of its text stands in the file.
    pub fn place_of(&self, character: usize) -> Place {
        let mut place = self.at;
        for letter in self.text.chars().take(character.saturating_sub(1)) {
            place.step(letter);
        }
        place
    }
}

impl Place {
    fn step(&mut self, letter: char) {
        if letter == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
    }
}

/// The statements, and the comments that belong to none: behind the last one, or before a semicolon alone.
pub fn statements(text: &str, dialect: Dialect) -> (Vec<Statement>, Vec<Comment>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rest: text, place: Place { line: 1, column: 1 }, dialect };
    let (mut found, mut loose) = (Vec::new(), Vec::new());
    loop {
        match reader.statement() {
            Read::Statement(statement) => found.push(statement),
            Read::Nothing(comments) => loose.extend(comments),
            Read::End(comments) => {
                loose.extend(comments);
                return (found, loose);
            }
        }
    }
}

const WORDS_MAX: usize = 8;

struct Reader<'a> {
    rest: &'a str,
    place: Place,
    dialect: Dialect,
}

enum Read {
    Statement(Statement),
    /// A semicolon alone.
    Nothing(Vec<Comment>),
    End(Vec<Comment>),
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        for letter in taken.chars() {
            self.place.step(letter);
        }
        self.rest = rest;
        taken
    }

    fn statement(&mut self) -> Read {
        let mut comments = Vec::new();
        let mut begun: Option<(&'a str, Place)> = None;
        let mut words: Vec<String> = Vec::new();
        let mut are_words = true;
        let mut depth = 0_u32;
        let mut open = None;
        while let Some(letter) = self.rest.chars().next() {
            let (whole, at) = (self.rest, self.place);
            if letter == ';' && depth == 0 {
                break;
            }
            if letter.is_whitespace() {
                self.take(letter.len_utf8());
                continue;
            }
            if let Some((length, is_closed)) = self.comment() {
                comments.push(Comment { at, text: self.take(length).to_owned() });
                if !is_closed {
                    open = Some("a comment");
                    begun.get_or_insert((whole, at));
                }
                continue;
            }
            begun.get_or_insert((whole, at));
            if let Some((length, is_closed, what)) = self.quoted() {
                self.take(length);
                are_words = false;
                if !is_closed {
                    open = Some(what);
                }
                continue;
            }
            if letter.is_alphabetic() || letter == '_' {
                let end = whole.find(|next: char| !(next.is_alphanumeric() || next == '_' || next == '$'));
                let word = self.take(end.unwrap_or(whole.len())).to_uppercase();
                if has_body(&words, self.dialect) {
                    match word.as_str() {
                        "BEGIN" | "CASE" => depth += 1,
                        "END" => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                }
                if are_words && words.len() < WORDS_MAX {
                    words.push(word);
                }
                continue;
            }
            are_words = false;
            self.take(letter.len_utf8());
        }
        let is_end = self.rest.is_empty();
        let Some((from, at)) = begun else {
            if is_end {
                return Read::End(comments);
            }
            self.take(1);
            return Read::Nothing(comments);
        };
        let length = from.len() - self.rest.len();
        let text = from.get(..length).unwrap_or_default().trim_end().to_owned();
        if !is_end {
            self.take(1);
        }
        if depth > 0 {
            open = open.or(Some("a body"));
        }
        Read::Statement(Statement { text, at, comments, words, open })
    }

    /// How long the comment here is, and whether it ends.
    fn comment(&self) -> Option<(usize, bool)> {
        if self.rest.starts_with("--") {
            return Some((self.rest.find('\n').unwrap_or(self.rest.len()), true));
        }
        if !self.rest.starts_with("/*") {
            return None;
        }
        let nests = self.dialect == Dialect::Postgres;
        let (mut depth, mut at) = (1_u32, 2);
        while let Some(rest) = self.rest.get(at..) {
            let Some(next) = rest.find(['*', '/']) else { break };
            at += next;
            let here = self.rest.get(at..).unwrap_or_default();
            if here.starts_with("*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some((at, true));
                }
            } else if nests && here.starts_with("/*") {
                depth += 1;
                at += 2;
            } else {
                at += 1;
            }
        }
        // SQLite takes the end of the file for the end of a comment.
        Some((self.rest.len(), self.dialect == Dialect::Sqlite))
    }

    /// How long the string, name or quoted body here is, whether it ends, and what it is.
    fn quoted(&self) -> Option<(usize, bool, &'static str)> {
        let rest = self.rest;
        let is_postgres = self.dialect == Dialect::Postgres;
        let first = rest.chars().next()?;
        match first {
            '\'' => Some(closed(rest, 1, "'", false, "a string")),
            'e' | 'E' if is_postgres && rest.get(1..2) == Some("'") => {
                Some(closed(rest, 2, "'", true, "a string"))
            }
            '"' => Some(closed(rest, 1, "\"", false, "a name")),
            '`' if !is_postgres => Some(closed(rest, 1, "`", false, "a name")),
            '[' if !is_postgres => {
                let end = rest.find(']');
                Some((end.map_or(rest.len(), |end| end + 1), end.is_some(), "a name"))
            }
            '$' if is_postgres => {
                let tag_end = rest.get(1..)?.find('$')? + 2;
                let tag = rest.get(..tag_end)?;
                let inner = tag.trim_matches('$');
                let is_tag = inner.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
                    && !inner.starts_with(|letter: char| letter.is_ascii_digit());
                if !is_tag {
                    return None;
                }
                let end = rest.get(tag_end..)?.find(tag);
                let length = end.map_or(rest.len(), |end| tag_end + end + tag.len());
                Some((length, end.is_some(), "a quoted body"))
            }
            _ => None,
        }
    }
}

/// To the next mark that is not doubled (nor behind a backslash, where those count).
fn closed(
    rest: &str,
    from: usize,
    mark: &str,
    escapes: bool,
    what: &'static str,
) -> (usize, bool, &'static str) {
    let bytes = rest.as_bytes();
    let mark = mark.as_bytes().first().copied().unwrap_or_default();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        let is_doubled = *byte == mark && bytes.get(at + 1) == Some(&mark);
        if is_doubled || (escapes && *byte == b'\\') {
            at += 2;
        } else if *byte == mark {
            return (at + 1, true, what);
        } else {
            at += 1;
        }
    }
    (rest.len(), false, what)
}

/// Whether semicolons may stand within it: the bodies of triggers, and of functions in standard SQL.
fn has_body(words: &[String], dialect: Dialect) -> bool {
    let mut words = words.iter().map(String::as_str);
    if words.next() != Some("CREATE") {
        return false;
    }
    let what = words.find(|word| !matches!(*word, "OR" | "REPLACE" | "TEMP" | "TEMPORARY"));
    match dialect {
        Dialect::Sqlite => what == Some("TRIGGER"),
        Dialect::Postgres => matches!(what, Some("FUNCTION" | "PROCEDURE")),
    }
}
