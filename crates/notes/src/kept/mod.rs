//! Notes that a release keeps: told from their source, and edited by people since.
//!
//! Invariant: what a person wrote, moved or took out stays so when the notes are told again; what nobody touched follows its
//! source; the same notes told twice change nothing. Deliberately not here: who may, and where they are kept.

mod edit;
mod renew;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use edit::{Given, Problem};
pub use renew::Renewal;

use crate::Settings;
use crate::entry::{Entry, Notes, grouped};
use crate::section::{Audience, Bump, Section};

/// More than this nobody reads.
pub const LINES_MAX: usize = 2_000;
pub const TEXT_CHARS_MAX: usize = 2_000;
pub const DETAILS_CHARS_MAX: usize = 20_000;
/// All of it together, as it is kept.
pub const BYTES_MAX: usize = 1 << 20;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub lines: Vec<Line>,
    /// Which notes people took out, so that they stay out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub left_out: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The commit's first digits, `f.` and a fragment's name, or `h.` and a number for what was written here.
    pub id: String,
    pub words: Words,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pull_requests: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// As its source told it last; none where it has no source, or none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Words>,
    /// Its source has changed since people changed it, and nobody has said yet what it should be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub meanwhile: bool,
}

/// What people may change of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub section: Section,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// One line of Markdown.
    pub text: String,
    /// What is told under it, in Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub details: String,
    pub audiences: BTreeSet<Audience>,
}

impl Line {
    /// As its source tells it.
    pub fn told(entry: &Entry) -> Self {
        let words = Words {
            section: entry.section,
            scope: entry.scope.clone(),
            text: entry.text.clone(),
            details: entry.details.clone(),
            audiences: entry.audiences.iter().copied().collect(),
        };
        Self {
            id: entry.id.clone(),
            source: Some(words.clone()),
            words,
            issues: entry.issues.clone(),
            pull_requests: entry.pull_requests.clone(),
            commit: entry.commit.clone(),
            meanwhile: false,
        }
    }

    /// Whether it says something else than its source.
    pub fn is_edited(&self) -> bool {
        self.source.as_ref().is_some_and(|source| *source != self.words)
    }

    fn entry(&self) -> Entry {
        let Words { section, scope, text, details, audiences } = self.words.clone();
        Entry {
            id: self.id.clone(),
            section,
            scope,
            text,
            details,
            audiences: audiences.into_iter().collect(),
            issues: self.issues.clone(),
            pull_requests: self.pull_requests.clone(),
            commit: self.commit.clone(),
            fragment: None,
            bump: Bump::None,
        }
    }
}

impl Kept {
    /// As they are read: of a version, and for these readers only.
    pub fn notes(&self, version: &str, audience: Option<Audience>) -> Notes {
        let entries: Vec<Entry> = self.lines.iter().map(Line::entry).collect();
        let (sections, hidden) = grouped(&entries, &Settings::default(), audience, false);
        Notes { version: Some(version.to_owned()), audience, hidden, sections, ..Notes::default() }
    }

    /// One line each, for a list of changes: without what is a section of its own in an announcement.
    pub fn changes(&self, audience: Option<Audience>) -> Vec<String> {
        self.told(audience, Section::is_change)
    }

    /// One line each of one section.
    pub fn of_section(&self, wanted: Section, audience: Option<Audience>) -> Vec<String> {
        self.told(audience, |section| section == wanted)
    }

    fn told(&self, audience: Option<Audience>, is_wanted: impl Fn(Section) -> bool) -> Vec<String> {
        let notes = self.notes("", audience);
        let wanted = notes.sections.iter().filter(|group| is_wanted(group.section));
        wanted.flat_map(|group| group.entries.iter().map(crate::render::text::line)).collect()
    }
}
