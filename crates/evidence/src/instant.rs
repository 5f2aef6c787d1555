//! Times as reports write them (RFC 3339), in milliseconds since 1970.
//!
//! Invariant: a time that is stated but cannot be read is the oldest there is, so that it never looks fresh.
//! Not here: clocks, and zones by name.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A stated time; what cannot be read, or lies before 1970 (Go's zero time does), is 0.
pub(crate) fn stated_ms(text: &str) -> u64 {
    unix_ms(text).and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0)
}

/// `2026-11-21T11:40:00.5Z`, `2026-11-21 11:40:00+01:00`, or, in UTC, a time or a day (its first instant) without an offset.
fn unix_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix("UTC").map_or(text, str::trim_end);
    let in_utc = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    let instant = text.parse::<Timestamp>().ok().or_else(|| in_utc().map(|zoned| zoned.timestamp()))?;
    Some(instant.as_millisecond())
}

/// The inverse, for people: `2026-11-21T11:40:00Z`.
pub(crate) fn written(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_offset_and_fraction() {
        let table = [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-21T11:40:00Z", 1_795_261_200_000),
            ("2026-11-21T12:40:00+01:00", 1_795_261_200_000),
            ("2026-11-21T05:40:00.25-0600", 1_795_261_200_250),
            ("2026-11-21 11:40:00", 1_795_261_200_000),
            ("2026-11-21", 1_795_219_200_000),
            ("2024-02-29T23:59:59.123456789Z", 1_709_251_199_123),
        ];
        for (text, ms) in table {
            assert_eq!(unix_ms(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn a_time_that_cannot_be_read_never_looks_fresh() {
        for text in
            ["", "yesterday", "2026-13-01", "2026-11-21T25:00:00Z", "0001-01-01T00:00:00Z", "2026-11-21Tää"]
        {
            assert_eq!(stated_ms(text), 0, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for ms in [0, 951_782_400_000, 1_709_251_199_000, 1_795_261_200_000, 4_102_444_800_000] {
            assert_eq!(stated_ms(&written(ms)), ms, "{}", written(ms));
        }
    }
}
