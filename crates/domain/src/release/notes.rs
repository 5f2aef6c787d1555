//! The notes that a release keeps, as far as the log tells of them.
//!
//! Invariant: the log has the digest of every edition, so that a change beside it is seen. Deliberately not here: their words, which lie
//! beside the log (`tidegate-engine`), and what becomes of them when they are told again (`tidegate-notes`).

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotesRecord {
    /// SHA-256 of what is kept, hexadecimal.
    pub digest: String,
    pub lines: u64,
    /// Those that people changed and that their source tells otherwise since.
    pub waiting: u64,
    /// Told by the source, not written by a person.
    pub renewed: bool,
}
