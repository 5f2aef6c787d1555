//! A changelog that people edit and Tidegate writes: what they wrote stays, what is new comes.
//!
//! Invariant: a line that people wrote or changed is in the file after every writing; an entry that they took out does
//! not come back; writing twice without a change in between changes nothing. Not here: reading and replacing the file.

mod mark;
mod merge;
mod parse;

use serde::Serialize;

use crate::entry::Notes;
use crate::settings::Settings;

/// The largest file that is taken.
pub const BYTES_MAX: usize = 64 << 20;

/// An entry that people changed and whose source changed too: theirs is kept, the other is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// In the file as it is now; 1-based.
    pub line: usize,
    pub id: String,
    /// What stands in the file.
    pub kept: String,
    /// What the source says now.
    pub source: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    #[serde(skip)]
    pub text: String,
    pub added: usize,
    pub renewed: usize,
    /// Kept as people wrote them.
    pub edited: usize,
    /// Taken out by people, and left out.
    pub left_out: usize,
    /// Gone, because their source is.
    pub dropped: usize,
    pub conflicts: Vec<Conflict>,
    /// Edited, and without a source by now: kept.
    pub orphans: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("line {line} begins notes for {title} without the mark of Tidegate")]
    Foreign { line: usize, title: String },
}

/// The file with these notes in it; `old` is empty where there is none yet.
pub fn write(old: &str, notes: &Notes, settings: &Settings) -> Result<Written, Refused> {
    let ends_in_cr = old.contains("\r\n");
    let old = old.replace("\r\n", "\n");
    let mut written = merge::write(&old, notes, settings)?;
    if ends_in_cr {
        written.text = written.text.replace('\n', "\r\n");
    }
    Ok(written)
}

/// Conflicts that wait for somebody, wherever they stand in a file.
pub fn waiting(text: &str) -> Vec<Conflict> {
    parse::waiting(&text.replace("\r\n", "\n"))
}
