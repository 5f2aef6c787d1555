//! Why a request was not done, as RFC 9457 (`application/problem+json`).
//!
//! Invariant: every problem has a code that `tidegate explain` knows, and a next step. Deliberately not here: which
//! status goes with what (the server).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:tidegate:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:tidegate:unknown-release")]
    pub kind: String,
    /// What the HTTP status says.
    #[schema(example = "Not Found")]
    pub title: String,
    #[schema(example = 404)]
    pub status: u16,
    /// What happened, in one sentence.
    #[schema(example = "there is no release 9.9.9")]
    pub detail: String,
    /// Stable, kebab-case; `tidegate explain <code>` says more.
    #[schema(example = "unknown-release")]
    pub code: String,
    /// The next step.
    pub help: String,
    /// Stands in the server's log too.
    pub request_id: String,
    /// What is wrong with a configuration, place by place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Diagnostics>,
    /// Where a definition cannot be as it is: a JSON pointer into it, empty for the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "/targeting/if/0")]
    pub pointer: Option<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.detail)
    }
}

/// What is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Diagnostics {
    pub file: String,
    /// In the order of the file.
    pub entries: Vec<Diagnostic>,
    /// How many more there are.
    pub omitted: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Diagnostic {
    pub code: String,
    pub message: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// In characters.
    pub length: usize,
    /// The line as it stands in the file, or the part of a long one around the place.
    pub source_line: String,
    /// The column at which `source_line` begins.
    pub source_column: usize,
    pub suggestion: Option<String>,
}
