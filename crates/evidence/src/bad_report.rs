//! Why bytes are not taken as a report.
//!
//! Invariant: each has a stable code and says what to do instead; none quotes more than a line of the report.
//! Not here: reports that are read but do not open a gate (`reason`).

use crate::format::Format;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReport {
    #[error("the report has {bytes} bytes; the most is {bytes_max}")]
    TooBig { bytes: usize, bytes_max: usize },
    #[error("the report nests more than {depth_max} deep")]
    TooDeep { depth_max: usize },
    #[error("the report has more than {most} {what}")]
    TooMany { what: &'static str, most: usize },
    #[error("the report is written in {found}, not in UTF-8")]
    Encoding { found: &'static str },
    #[error("the report is neither JSON nor XML that can be read: {why}")]
    Unreadable { why: String },
    #[error("`{key}` stands twice in one object")]
    KeyTwice { key: String },
    #[error("the report declares a document type, as those do that expand entities")]
    DocumentType,
    #[error("`{file_name}` is in no format that is known here{nearest}")]
    UnknownFormat { file_name: String, nearest: Nearest },
    #[error("version {found} of {format} is not read; {known} is")]
    Version { format: Format, found: String, known: &'static str },
    #[error("this is no {format} report: {place} is {why}")]
    Shape { format: Format, place: String, why: &'static str },
    #[error("{format} says that it could not do its work: {why}")]
    ToolFailed { format: Format, why: String },
}

/// Formats that the report has something of, and what it lacks of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nearest(pub Vec<(Format, String)>);

impl std::fmt::Display for Nearest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (format, lacks)) in self.0.iter().enumerate() {
            let before = if index == 0 { "; nearest: " } else { ", " };
            write!(out, "{before}{format} ({lacks})")?;
        }
        Ok(())
    }
}

impl BadReport {
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooBig { .. } => "report-too-big",
            Self::TooDeep { .. } => "report-too-deep",
            Self::TooMany { .. } => "report-too-many-parts",
            Self::Encoding { .. } => "report-not-utf8",
            Self::Unreadable { .. } => "report-unreadable",
            Self::KeyTwice { .. } => "report-key-twice",
            Self::DocumentType => "report-with-doctype",
            Self::UnknownFormat { .. } => "report-format-unknown",
            Self::Version { .. } => "report-version-unknown",
            Self::Shape { .. } => "report-malformed",
            Self::ToolFailed { .. } => "report-of-failed-tool",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::TooBig { .. } => {
                "let the tool leave out what does not decide (packages, passed rules, raw samples)"
            }
            Self::TooDeep { .. } => {
                "write the report anew with the tool itself; none of those known nests so deep"
            }
            Self::TooMany { .. } => "split the report by artifact, or let the tool report less",
            Self::Encoding { .. } => {
                "let the tool write the file itself (`--output`); a shell's `>` may change the encoding"
            }
            Self::Unreadable { .. } => {
                "look whether the file is whole, and holds the report alone without the tool's log"
            }
            Self::KeyTwice { .. } => {
                "write the report anew with the tool itself; two readers could read this one differently"
            }
            Self::DocumentType => "write the report without `<!DOCTYPE …>`",
            Self::UnknownFormat { .. } => {
                "`tidegate evidence formats` lists what is read; name one with --format"
            }
            Self::Version { .. } => {
                "set the tool's output version, or use a release of the tool that writes it"
            }
            Self::Shape { .. } => "look whether --format names the tool that wrote it, and the file is whole",
            Self::ToolFailed { .. } => {
                "run the tool again; a run that failed says nothing about the artifact"
            }
        }
    }
}
