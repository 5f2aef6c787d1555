//! Times as reports write them (RFC 3339), in milliseconds since 1970.
//!
//! Invariant: a time that is stated but cannot be read is the oldest there is, so that it never looks fresh.
//! Not here: clocks, and zones by name.

const DAY_SECONDS: i64 = 86_400;

/// A stated time; what cannot be read, or lies before 1970 (Go's zero time does), is 0.
pub(crate) fn stated_ms(text: &str) -> u64 {
    unix_ms(text).and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0)
}

/// `2026-11-21T11:40:00.5Z`, `2026-11-21 11:40:00+01:00`, or a day alone (its first instant in UTC).
fn unix_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let year = digits(text, 0, 4)?;
    let month = digits(text, 5, 2)?;
    let day = digits(text, 8, 2)?;
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * DAY_SECONDS;
    if bytes.len() == 10 {
        return Some(midnight * 1000);
    }
    let (seconds, ms, rest) = time_of_day(text)?;
    Some((midnight + seconds - offset_seconds(rest)?) * 1000 + ms)
}

/// Seconds of the day, milliseconds, and what follows them.
fn time_of_day(text: &str) -> Option<(i64, i64, &str)> {
    let bytes = text.as_bytes();
    let (hour, minute, second) = (digits(text, 11, 2)?, digits(text, 14, 2)?, digits(text, 17, 2)?);
    let shaped = bytes.get(13) == Some(&b':') && bytes.get(16) == Some(&b':');
    if !shaped || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let fraction: String = match rest.strip_prefix('.') {
        Some(after) => after.chars().take_while(char::is_ascii_digit).collect(),
        None => String::new(),
    };
    let ms = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let skipped = if fraction.is_empty() { 0 } else { fraction.len() + 1 };
    Some((hour * 3600 + minute * 60 + second, ms, rest.get(skipped..)?))
}

fn offset_seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("z") || text == "UTC" {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let minute_at = if text.as_bytes().get(3) == Some(&b':') { 4 } else { 3 };
    Some(sign * (digits(text, 1, 2)? * 3600 + digits(text, minute_at, 2)? * 60))
}

fn digits(text: &str, at: usize, count: usize) -> Option<i64> {
    let part = text.get(at..at + count)?;
    part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse, for people: `2026-11-21T11:40:00Z`.
pub(crate) fn written(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1000).unwrap_or(0).min(253_402_300_799);
    let days = seconds / DAY_SECONDS + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let second_of_day = seconds % DAY_SECONDS;
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
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
