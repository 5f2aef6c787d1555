//! A stretch of time between two instants.
//!
//! Invariant: it is never empty: it begins before it ends, and holds its beginning but not its end. Deliberately not
//! here: where it came from.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub from_ms: u64,
    pub until_ms: u64,
}

impl Span {
    pub fn holds(&self, at_ms: u64) -> bool {
        self.from_ms <= at_ms && at_ms < self.until_ms
    }
}
