//! The text of a paragraph, an item or a cell, without its markup.
//!
//! Invariant: spaces that were written as entities stay, spaces of the layout go. A `<br>` or a hard break begins a new part.

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rich {
    /// Never empty once finished.
    pub parts: Vec<String>,
    /// A code span at the very beginning, with a colon behind it: the id of what follows.
    pub id: Option<String>,
}

/// Builds a [`Rich`] from pieces.
#[derive(Default)]
pub(super) struct Collect {
    parts: Vec<String>,
    now: String,
    /// What ends before this was written as an entity and is not trimmed.
    floor: usize,
    /// A code span that is the first piece; the id once a colon follows.
    first: First,
    pieces: usize,
}

#[derive(Default)]
enum First {
    #[default]
    Text,
    Code(String),
    Id(String),
}

impl Collect {
    /// `literal` for what was an entity: its spaces are meant.
    pub fn text(&mut self, text: &str, literal: bool) {
        self.pieces += 1;
        if literal {
            self.now.extend(text.chars().map(visible));
            self.floor = self.now.len();
            return;
        }
        let mut text = text;
        if let (2, First::Code(code), Some(rest)) = (self.pieces, &self.first, text.strip_prefix(':')) {
            self.first = First::Id(code.clone());
            self.now.clear();
            self.floor = 0;
            text = rest;
        }
        let text = if self.now.is_empty() { text.trim_start_matches([' ', '\t']) } else { text };
        self.now.push_str(text);
    }

    pub fn code(&mut self, code: &str) {
        if self.pieces == 0 && self.parts.is_empty() {
            self.first = First::Code(code.to_owned());
        }
        self.pieces += 1;
        self.now.push_str(code);
        self.floor = self.now.len();
    }

    pub fn space(&mut self) {
        self.pieces += 1;
        if !self.now.is_empty() {
            self.now.push(' ');
        }
    }

    /// Where a link leads, unless its text says so already.
    pub fn link(&mut self, url: &str) {
        if !url.is_empty() && !self.now.ends_with(url) {
            let space = if self.now.is_empty() || self.now.ends_with(' ') { "" } else { " " };
            self.now.push_str(space);
            self.now.push('(');
            self.now.extend(url.chars().map(visible));
            self.now.push(')');
        }
    }

    pub fn new_part(&mut self) {
        self.pieces += 1;
        let mut part = std::mem::take(&mut self.now);
        let kept = part.trim_end_matches([' ', '\t']).len().max(self.floor);
        part.truncate(kept);
        self.floor = 0;
        self.parts.push(part);
    }

    pub fn is_empty(&self) -> bool {
        self.pieces == 0
    }

    pub fn finish(mut self) -> Rich {
        self.new_part();
        let id = match self.first {
            First::Id(id) => Some(id),
            First::Text | First::Code(_) => None,
        };
        Rich { parts: self.parts, id }
    }
}

/// An entity may spell out a control character, which no text holds.
fn visible(letter: char) -> char {
    if letter.is_control() && letter != '\n' && letter != '\t' { '\u{fffd}' } else { letter }
}

impl Rich {
    pub fn is_blank(&self) -> bool {
        self.id.is_none() && self.parts.iter().all(|part| part.trim().is_empty())
    }

    /// Where nothing has an id, a code span with a colon is text.
    pub fn without_id(mut self) -> Self {
        if let (Some(id), Some(first)) = (self.id.take(), self.parts.first_mut()) {
            *first = format!("{id}: {first}");
        }
        self
    }

    pub fn text(&self) -> String {
        self.parts.join("\n")
    }

    /// On one line.
    pub fn line(&self) -> String {
        self.parts.join(" ").replace(['\n', '\t'], " ")
    }
}
