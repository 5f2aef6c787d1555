//! How much a report may ask of the reader.
//!
//! Invariant: every list, text and depth that a report can grow has a limit here. Not here: limits of uploads
//! (the server's).

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub bytes_max: usize,
    /// Nested lists, objects or elements; at most 100 is honoured.
    pub depth_max: usize,
    /// Values of a JSON document, or elements and attributes of an XML one.
    pub values_max: usize,
    /// Findings, measures and components, each.
    pub entries_max: usize,
    /// Characters of a title, location or fix; longer ones are cut.
    pub text_characters_max: usize,
}

impl Default for Limits {
    /// Roomy for what the tools write: a Trivy report of a large image has some 20 MB and 300 000 values.
    fn default() -> Self {
        Self {
            bytes_max: 32 << 20,
            depth_max: 64,
            values_max: 2_000_000,
            entries_max: 50_000,
            text_characters_max: 400,
        }
    }
}

impl Limits {
    /// The JSON reader below has a stop of its own at 128; ours comes first and says so better.
    pub(crate) fn depth(self) -> usize {
        self.depth_max.min(100)
    }
}
