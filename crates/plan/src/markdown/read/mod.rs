//! Markdown as a plan.
//!
//! Invariant: each block of the text ends in a part of the plan, in a note, or in both; none is passed over.

// A section that is not named takes the way of all others.
#![allow(clippy::wildcard_enum_match_arm)]

mod dates;
mod ids;
mod lists;
mod report;
mod row;
mod section;
mod tables;
mod tables_of_delivery;

use std::ops::Range;

use super::blocks::{BadMarkdown, Block, What, blocks};
use super::rich::Rich;
use crate::document::{Kind, LINE_MAX, Note, Plan, TEXT_MAX};
use ids::Ids;
use section::{Section, section};

pub use report::{Imported, Remark, RemarkCode};

/// A plan as people write one. What is in it and what is missing is for `document::check` to say.
pub fn import(text: &str) -> Result<Imported, BadMarkdown> {
    let source = cleaned(text);
    let read = blocks(&source)?;
    let mut reading = Reading::new(&source);
    for block in read.blocks {
        reading.block(block);
    }
    reading.end_note(source.len());
    for gap in read.gaps {
        if !reading.kept.iter().any(|kept| kept.contains(&gap.at)) {
            reading.leave(gap.line, &gap.text);
        }
    }
    Ok(reading.finish())
}

/// One kind of line end, no mark at the beginning, no control characters.
fn cleaned(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|letter| !letter.is_control() || *letter == '\n' || *letter == '\t').collect()
}

struct Reading<'a> {
    source: &'a str,
    plan: Plan,
    remarks: Vec<Remark>,
    ids: Ids,
    titled: bool,
    section: Section,
    heading: String,
    /// While a note is read: where its text begins, the level of its heading, and its line.
    note: Option<OpenNote>,
    /// Of `## Notes`; headings above it are outside.
    notes_level: Option<u8>,
    /// The last note is one of what was left over, so that more of the same heading goes to it.
    leaving: bool,
    /// Where the source was taken as it stands.
    kept: Vec<Range<usize>>,
    /// Facts of the deployment window, put together at the end.
    window: tables_of_delivery::WindowFacts,
}

struct OpenNote {
    from: usize,
    level: u8,
    line: usize,
    /// The only block so far, where it is one that is taken literally.
    literal: Option<String>,
    blocks: usize,
}

impl<'a> Reading<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            plan: Plan::new("", Kind::Planned),
            remarks: Vec::new(),
            ids: Ids::default(),
            titled: false,
            section: Section::Preface,
            heading: "Preface".to_owned(),
            note: None,
            notes_level: None,
            leaving: false,
            kept: Vec::new(),
            window: tables_of_delivery::WindowFacts::default(),
        }
    }

    fn block(&mut self, block: Block) {
        if let What::Heading { level, text } = &block.what
            && self.note.as_ref().is_none_or(|note| self.notes_level.is_none() || *level <= note.level)
        {
            self.end_note(block.span.start);
            self.heading(*level, text, &block);
            return;
        }
        if let Some(note) = &mut self.note {
            note.blocks += 1;
            note.literal = match block.what {
                What::Fence { info, text } if note.blocks == 1 && info == "note" => Some(text),
                _ => None,
            };
            return;
        }
        match block.what {
            What::Paragraph(text) => self.paragraph(&text, block.span, block.line),
            What::List(items) => self.list(items, block.span, block.line),
            What::Table(table) => self.table(&table, block.span, block.line),
            What::Front(text) => self.front(&text, block.line),
            What::Heading { .. } | What::Fence { .. } | What::Other => {
                self.leave_span(block.line, block.span);
            }
        }
    }

    fn heading(&mut self, level: u8, text: &Rich, block: &Block) {
        let line = text.line();
        if level == 1 && !self.titled {
            self.titled = true;
            self.plan.title = self.shortened(block.line, line);
            return;
        }
        self.leaving = false;
        if self.notes_level.is_some_and(|notes| level <= notes) {
            self.notes_level = None;
        }
        let found = if self.notes_level.is_some() { Section::Unknown } else { section(&line) };
        self.heading = if line.trim().is_empty() { "Without a heading".to_owned() } else { line };
        match found {
            Section::Notes => {
                self.notes_level = Some(level);
                self.section = Section::Notes;
            }
            Section::Unknown => {
                self.section = Section::Unknown;
                let from = block.span.end;
                self.note = Some(OpenNote { from, level, line: block.line, literal: None, blocks: 0 });
            }
            known => self.section = known,
        }
    }

    fn end_note(&mut self, at: usize) {
        let Some(note) = self.note.take() else { return };
        let span = note.from..at;
        let text = match note.literal {
            Some(text) => text.strip_suffix('\n').unwrap_or(&text).to_owned(),
            None => self.source[span.clone()].trim_matches('\n').to_owned(),
        };
        self.kept.push(span);
        let heading = self.shortened(note.line, self.heading.clone());
        if self.notes_level.is_none() {
            let says = format!("{heading:?} is no part of a plan that is known, so it is kept in the notes");
            self.remarks.push(Remark { line: note.line, code: RemarkCode::KeptInNotes, says });
        }
        for text in pieces(&text) {
            self.plan.notes.push(Note { heading: heading.clone(), text: text.to_owned() });
        }
    }

    fn paragraph(&mut self, text: &Rich, span: Range<usize>, line: usize) {
        match self.section {
            Section::Preface | Section::Overview => {
                if !self.plan.overview.is_empty() {
                    self.plan.overview.push_str("\n\n");
                }
                self.plan.overview.push_str(&text.text());
                if self.plan.overview.chars().count() > TEXT_MAX {
                    let kept = self.plan.overview.chars().take(TEXT_MAX).collect();
                    self.plan.overview = kept;
                    self.leave_span(line, span);
                }
            }
            _ => self.leave_span(line, span),
        }
    }

    /// The title may stand in the front matter; the rest of it is kept.
    fn front(&mut self, text: &str, line: usize) {
        let title = text.lines().find_map(|line| line.strip_prefix("title:"));
        let title = title.map(|title| title.trim().trim_matches(['"', '\'']).to_owned());
        "Front matter".clone_into(&mut self.heading);
        self.leave(line, text.trim_end());
        "Preface".clone_into(&mut self.heading);
        if let Some(title) = title.filter(|title| !title.is_empty()) {
            self.plan.title = self.shortened(line, title);
        }
    }

    fn leave_span(&mut self, line: usize, span: Range<usize>) {
        let text = self.source[span.clone()].trim_matches('\n').to_owned();
        self.kept.push(span);
        self.leave(line, &text);
    }

    /// Keeps a text in the notes, under the heading it stood below.
    fn leave(&mut self, line: usize, text: &str) {
        let first = text.lines().next().unwrap_or_default();
        let shown: String = first.chars().take(60).collect();
        let says =
            format!("{shown:?} below {:?} was not understood, so it is kept in the notes", self.heading);
        self.remarks.push(Remark { line, code: RemarkCode::KeptInNotes, says });
        let heading: String = self.heading.chars().take(LINE_MAX).collect();
        for text in pieces(text) {
            match self.plan.notes.last_mut().filter(|note| self.leaving && note.heading == heading) {
                Some(note) if note.text.chars().count() + text.chars().count() + 2 <= TEXT_MAX => {
                    note.text.push_str("\n\n");
                    note.text.push_str(text);
                }
                Some(_) | None => {
                    self.plan.notes.push(Note { heading: heading.clone(), text: text.to_owned() });
                    self.leaving = true;
                }
            }
        }
    }

    /// For a title: one that is too long is cut, and kept whole in the notes.
    fn shortened(&mut self, line: usize, text: String) -> String {
        if text.chars().count() <= LINE_MAX {
            return text;
        }
        let says = format!("a title has {LINE_MAX} characters at most; the whole of it is in the notes");
        self.remarks.push(Remark { line, code: RemarkCode::Shortened, says });
        self.leave(line, &text);
        text.chars().take(LINE_MAX - 1).chain(['…']).collect()
    }

    fn assume(&mut self, line: usize, says: &str) {
        self.remarks.push(Remark { line, code: RemarkCode::Assumed, says: says.to_owned() });
    }

    fn finish(mut self) -> Imported {
        if self.plan.title.trim().is_empty() {
            "Release plan".clone_into(&mut self.plan.title);
            self.assume(1, "there is no heading of the first level, so the plan is named \"Release plan\"");
        }
        self.end_window();
        self.resolve();
        self.remarks.sort();
        Imported { plan: self.plan, remarks: self.remarks }
    }
}

/// A note holds so much; a longer text makes several.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let now = rest.take()?;
        let cut = now.char_indices().nth(TEXT_MAX).map(|(at, _)| at);
        let Some(cut) = cut else { return Some(now) };
        rest = Some(&now[cut..]);
        Some(&now[..cut])
    })
}
