//! A stretch of time between two instants.
//!
//! Invariant: it is never empty: it begins before it ends, and holds its beginning but not its end. Deliberately not
//! here: where it came from.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::zone;

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub from_ms: u64,
    pub until_ms: u64,
}

impl Span {
    /// Between two times on the clock of a zone; none where the zone is unknown, or nothing lies between them.
    pub fn local(from: DateTime, until: DateTime, zone: &str) -> Option<Self> {
        let zone = zone::zone(zone).ok()?;
        let (from_ms, until_ms) = (zone::instant_ms(from, &zone)?, zone::instant_ms(until, &zone)?);
        (from_ms < until_ms).then_some(Self { from_ms, until_ms })
    }

    pub fn holds(&self, at_ms: u64) -> bool {
        self.from_ms <= at_ms && at_ms < self.until_ms
    }
}
