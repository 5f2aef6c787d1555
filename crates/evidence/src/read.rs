//! The way in: which format bytes are in, and what they say.
//!
//! Invariant: `read` and `detect` then `parse` give the same report. Not here: the formats themselves (`formats`).

use crate::bad_report::BadReport;
use crate::detect::format as detected;
use crate::document::Document;
use crate::format::Format;
use crate::formats;
use crate::limits::Limits;
use crate::report::Report;

/// The format, by what the document holds; the file's name only tells apart what says nothing (an empty list).
pub fn detect(bytes: &[u8], file_name: &str, limits: Limits) -> Result<Format, BadReport> {
    detected(&Document::read(bytes, limits)?, file_name)
}

/// A report in a format that is known.
pub fn parse(format: Format, bytes: &[u8], limits: Limits) -> Result<Report, BadReport> {
    formats::parse(format, &Document::read(bytes, limits)?, limits)
}

/// Both in one reading.
pub fn read(bytes: &[u8], file_name: &str, limits: Limits) -> Result<Report, BadReport> {
    let document = Document::read(bytes, limits)?;
    formats::parse(detected(&document, file_name)?, &document, limits)
}
