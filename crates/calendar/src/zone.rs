//! Local times and instants.
//!
//! Invariant: a local time that the clocks skip means the moment after the gap by the same clock; one that happens
//! twice means the first (RFC 5545, section 3.3.5). Deliberately not here: this machine's own zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::BadPeriod;

pub fn zone(name: &str) -> Result<TimeZone, BadPeriod> {
    if name.eq_ignore_ascii_case("utc") {
        return Ok(TimeZone::UTC);
    }
    TimeZoneDatabase::bundled().get(name).map_err(|_| BadPeriod::UnknownZone { zone: name.to_owned() })
}

/// `2026-12-24T18:00`, with or without seconds, or a date alone. What names an offset is refused: the zone says it.
pub fn local(text: &str) -> Result<DateTime, BadPeriod> {
    let text = text.trim();
    let not_a_time = || BadPeriod::NotATime { text: text.to_owned() };
    if text.len() <= 10 {
        return text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)).map_err(|_| not_a_time());
    }
    let clock = text.get(10..).ok_or_else(not_a_time)?;
    if clock.contains(['Z', 'z', '+', '-', '[']) {
        return Err(not_a_time());
    }
    text.parse::<DateTime>().map_err(|_| not_a_time())
}

/// None where the instant lies before 1970 or beyond what can be told.
pub fn instant_ms(local: DateTime, zone: &TimeZone) -> Option<u64> {
    let timestamp = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    u64::try_from(timestamp.as_millisecond()).ok()
}

/// What the clocks in the zone show at an instant; none beyond the year 9999.
pub fn clock(at_ms: u64, zone: &TimeZone) -> Option<DateTime> {
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(zone.to_datetime(at))
}
