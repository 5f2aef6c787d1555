//! Rows of toned pieces: one layout for plain text, coloured text and the live view.
//!
//! Invariant: no piece holds a control character, whatever a server or a service wrote into it. Not here: what stands
//! in the rows.

use ratatui::text::{Line, Span};

use crate::paint::{Paint, Tone};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub tone: Tone,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    pub pieces: Vec<Piece>,
}

impl Row {
    pub fn new() -> Self {
        Self::default()
    }
    #[must_use]
    pub fn add(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        self.pieces.push(Piece { text: printable(text.as_ref()), tone });
        self
    }
    #[must_use]
    pub fn plain(self, text: impl AsRef<str>) -> Self {
        self.add(Tone::Plain, text)
    }
    #[must_use]
    pub fn join(mut self, other: Row) -> Self {
        self.pieces.extend(other.pieces);
        self
    }
    pub fn columns(&self) -> usize {
        self.pieces.iter().map(|piece| columns(&piece.text)).sum()
    }
    /// Cut to `width`, the cut marked.
    #[must_use]
    pub fn fit(mut self, width: usize) -> Self {
        let mut left = width;
        for piece in &mut self.pieces {
            piece.text = cut(&piece.text, left);
            left -= columns(&piece.text).min(left);
        }
        self
    }
}

pub fn columns(text: &str) -> usize {
    text.chars().count()
}

/// `text` in at most `width` columns, with an ellipsis where it was cut.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        shown.push('…');
    }
    shown
}

/// What could move the cursor, or reverse the writing, becomes a visible mark.
pub fn printable(text: &str) -> String {
    let is_unsafe =
        |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if is_unsafe(c) {
                '\u{FFFD}'
            } else {
                c
            }
        })
        .collect()
}

/// Broken at blanks into lines of at most `width` columns; a longer word is cut.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in printable(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(cut(word, width)),
        }
    }
    lines
}

pub fn text(rows: &[Row], paint: Paint) -> String {
    let mut text = String::new();
    for row in rows {
        let painted: String = row.pieces.iter().map(|piece| paint.apply(piece.tone, &piece.text)).collect();
        text.push_str(painted.trim_end());
        text.push('\n');
    }
    text
}

pub fn lines(rows: &[Row]) -> Vec<Line<'static>> {
    let span = |piece: &Piece| Span::styled(piece.text.clone(), piece.tone.style());
    rows.iter().map(|row| Line::from(row.pieces.iter().map(span).collect::<Vec<_>>())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes() {
        let row = Row::new().plain("a\u{1b}[2Jb\nc\u{202E}d\te");
        assert_eq!(text(&[row], Paint::default()), "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d e\n");
    }

    #[test]
    fn rows_are_cut_to_their_width() {
        let row = Row::new().plain("abc").add(Tone::Bad, "defgh").plain("xyz");
        for (width, expect) in
            [(20, "abcdefghxyz"), (11, "abcdefghxyz"), (6, "abcde…"), (3, "abc"), (2, "a…"), (0, "")]
        {
            let fitted = row.clone().fit(width);
            assert!(fitted.columns() <= width);
            assert_eq!(text(&[fitted], Paint::default()).trim_end(), expect, "{width}");
        }
    }

    #[test]
    fn words_wrap() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible no", 6), ["incom…", "no"]);
        assert!(wrapped("  ", 6).is_empty());
    }
}
