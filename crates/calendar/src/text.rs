//! A period as people write it.
//!
//! Invariant: what is written is kept as it is; only [`crate::Period`] knows what it means. Deliberately not here:
//! any check.

use serde::{Deserialize, Serialize};

/// Local times in an IANA zone: `from: 2026-12-24T18:00`, `until: 2027-01-02T08:00`, `zone: Europe/Berlin`; or, again
/// and again, `from: 2026-11-27T18:00`, `lasts_seconds: 223200`, `rule: FREQ=WEEKLY;BYDAY=FR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodText {
    /// Local date and time of the (first) beginning; a date alone means midnight.
    pub from: String,
    /// Local date and time of the end; one of this and `lasts_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Length on the local clock, so that Friday 18:00 to Monday 08:00 stays that in the week the clocks change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_seconds: Option<u64>,
    /// `Europe/Berlin`, `UTC`.
    pub zone: String,
    /// An RFC 5545 recurrence rule without `RRULE:`; `DAILY` or rarer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Local dates on which an occurrence that would begin does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}
