//! Time zones by name, from the bundled database.
//!
//! Invariant: the same name means the same rules on every machine. Deliberately not here: this machine's own zone.

use jiff::tz::{TimeZone, TimeZoneDatabase};

pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case("utc") {
        return Some(TimeZone::UTC);
    }
    TimeZoneDatabase::bundled().get(name).ok()
}
