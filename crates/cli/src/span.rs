//! Lengths and ends of time as people type them: `2h`, `1h30m`, `2026-12-31`, `2026-12-31T18:00Z`.
//!
//! Invariant: a number without its unit is refused. Not here: local times of freezes, which the server reads in their
//! zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// For clap: seconds from `90s`, `2h`, `1h30m`, `3d`.
pub fn seconds(text: &str) -> Result<u64, String> {
    const WRONG: &str = "write a length such as 90s, 2h, 1h30m or 3d";
    let (mut total, mut digits) = (0_u64, String::new());
    for character in text.trim().chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let unit = UNITS.iter().find(|(name, _)| *name == character).ok_or(WRONG)?.1;
        let count: u64 = digits.parse().map_err(|_| WRONG)?;
        total = count.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or(WRONG)?;
        digits.clear();
    }
    if total == 0 || !digits.is_empty() { Err(WRONG.to_owned()) } else { Ok(total) }
}

/// For clap: an instant, in milliseconds since 1970; a date is its end in UTC, a length counts from now.
pub fn until(text: &str) -> Result<u64, String> {
    const WRONG: &str = "write a date such as 2026-12-31, an instant such as 2026-12-31T18:00Z, or a length \
                         such as 30d";
    let wrong = || WRONG.to_owned();
    let instant = if let Ok(instant) = text.parse::<Timestamp>() {
        instant
    } else if let Ok(date) = text.parse::<Date>() {
        let next = date.tomorrow().map_err(|_| wrong())?;
        next.to_zoned(TimeZone::UTC).map_err(|_| wrong())?.timestamp()
    } else {
        let length = i64::try_from(seconds(text).map_err(|_| wrong())?).map_err(|_| wrong())?;
        Timestamp::now().checked_add(SignedDuration::from_secs(length)).map_err(|_| wrong())?
    };
    u64::try_from(instant.as_millisecond()).map_err(|_| wrong())
}

/// For clap: an instant, in milliseconds since 1970; a length counts from now.
pub fn at(text: &str) -> Result<u64, String> {
    const WRONG: &str = "write an instant such as 2026-12-31T18:00Z, or a length such as 2h";
    let wrong = || WRONG.to_owned();
    let instant = if let Ok(instant) = text.parse::<Timestamp>() {
        instant
    } else {
        let length = i64::try_from(seconds(text).map_err(|_| wrong())?).map_err(|_| wrong())?;
        Timestamp::now().checked_add(SignedDuration::from_secs(length)).map_err(|_| wrong())?
    };
    u64::try_from(instant.as_millisecond()).map_err(|_| wrong())
}

/// For clap: an instant, in milliseconds since 1970; a date is its beginning in UTC, a length counts back from now.
pub fn since(text: &str) -> Result<u64, String> {
    const WRONG: &str = "write a length such as 2h or 7d, a date such as 2026-11-01, or an instant such as \
                         2026-11-01T08:00Z";
    let wrong = || WRONG.to_owned();
    let instant = if let Ok(instant) = text.parse::<Timestamp>() {
        instant
    } else if let Ok(date) = text.parse::<Date>() {
        date.to_zoned(TimeZone::UTC).map_err(|_| wrong())?.timestamp()
    } else {
        let length = i64::try_from(seconds(text).map_err(|_| wrong())?).map_err(|_| wrong())?;
        Timestamp::now().checked_sub(SignedDuration::from_secs(length)).map_err(|_| wrong())?
    };
    u64::try_from(instant.as_millisecond()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        assert_eq!(at("1970-01-01T00:00:05Z"), Ok(5_000));
        assert!(at("2h").unwrap() > at("1h").unwrap());
        for wrong in ["", "tomorrow", "2026-12-31", "5"] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lengths() {
        for (text, expect) in [("90s", 90), ("2h", 7_200), ("1h30m", 5_400), ("3d", 259_200)] {
            assert_eq!(seconds(text), Ok(expect), "{text}");
        }
        for bad in ["", "2", "2h3", "h", "-2h", "0s", "1.5h", "999999999999999999d", "2 h"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn beginnings() {
        assert_eq!(since("1970-01-02"), Ok(86_400_000), "a date begins at its beginning");
        assert_eq!(since("1970-01-01T00:01:00Z"), Ok(60_000));
        assert!(since("2h").unwrap() < since("1s").unwrap());
        for bad in ["", "yesterday", "30", "1969-01-01", "2026-13-01", "99999999999999999d"] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ends() {
        assert_eq!(until("1970-01-01"), Ok(86_400_000), "a date lasts to its end");
        assert_eq!(until("1970-01-01T00:01:00Z"), Ok(60_000));
        let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap();
        assert!(until("30d").unwrap() >= now + 30 * 86_400_000);
        for bad in ["", "tomorrow", "30", "1969-01-01", "2026-13-01"] {
            assert!(until(bad).is_err(), "{bad}");
        }
    }
}
