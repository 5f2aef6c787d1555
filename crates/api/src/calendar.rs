//! Freezes and windows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A freeze or a window to be set. Times are local in `zone`; an empty list reaches all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarEntryRequest {
    pub kind: CalendarKind,
    pub reason: String,
    /// Of the first occurrence; a date alone means midnight.
    #[schema(example = "2026-12-24T18:00")]
    pub from: String,
    /// One of this and `lasts_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// On the local clock.
    #[serde(default, deserialize_with = "crate::whole::maybe", skip_serializing_if = "Option::is_none")]
    pub lasts_seconds: Option<u64>,
    /// Of the IANA database.
    #[schema(example = "Europe/Berlin")]
    pub zone: String,
    /// A recurrence rule of RFC 5545.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "FREQ=WEEKLY;BYDAY=FR")]
    pub rule: Option<String>,
    /// Local dates on which it does not recur.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarKind {
    /// No change while it holds.
    Freeze,
    /// Change only while one holds.
    Window,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarEntry {
    pub name: String,
    pub kind: CalendarKind,
    pub reason: String,
    pub from: String,
    pub until: Option<String>,
    pub lasts_seconds: Option<u64>,
    pub zone: String,
    pub rule: Option<String>,
    pub except: Vec<String>,
    pub environments: Vec<String>,
    pub components: Vec<String>,
    pub tenants: Vec<String>,
    /// The feed it was read from; such entries come and go with it.
    pub feed: Option<String>,
    pub holds_now: bool,
    /// The occurrence that holds now, else the next; absent where there is none within 400 days.
    pub next: Option<Occurrence>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Occurrence {
    pub from_ms: u64,
    pub until_ms: u64,
}

/// What an import or a removal left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarChanged {
    /// The entries that stand now, of the feed that was imported; none after a removal.
    pub entries: Vec<String>,
}
