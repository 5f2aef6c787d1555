//! What a reader of the import has to know, by line.

use serde::Serialize;

use crate::document::Plan;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Not checked yet: `document::check` says what does not fit.
    pub plan: Plan,
    /// By line.
    pub remarks: Vec<Remark>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    pub line: usize,
    pub code: RemarkCode,
    pub says: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemarkCode {
    /// Not understood as a part of a plan, and kept in its notes.
    KeptInNotes,
    /// A placeholder stands for a date.
    NoDateYet,
    NoSuchDay,
    AmbiguousDate,
    /// A cell does not say what its column asks; it is kept in the notes.
    NotUnderstood,
    /// Nothing was said, so something usual stands in the plan; look at it.
    Assumed,
    /// A title was too long for one; the whole of it is in the notes.
    Shortened,
}
