//! Days as people write them.
//!
//! Invariant: a text that could be two days is none; what stands for a day that nobody knows yet is no mistake.

use jiff::civil::{Date, DateTime, Time};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    Is(Date),
    /// A placeholder.
    NotYet,
    /// Such as 31 February.
    Impossible,
    /// The day and the month could change places.
    Ambiguous,
    Unclear,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

pub(super) fn is_placeholder(text: &str) -> bool {
    let plain = text.trim().to_lowercase();
    let words = ["", "-", "–", "—", "tbd", "tba", "n/a", "?", "to be determined", "to be defined", "not yet"];
    if words.contains(&plain.as_str()) {
        return true;
    }
    let letters: Vec<&str> = plain.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    letters.len() == 3
        && letters.iter().all(|part| matches!(*part, "mm" | "m" | "mmm" | "dd" | "d" | "yyyy" | "yy"))
}

pub(super) fn day(text: &str) -> Day {
    if is_placeholder(text) {
        return Day::NotYet;
    }
    let plain = text.trim().to_lowercase().replace(',', " ");
    let words: Vec<&str> =
        plain.split_whitespace().filter(|word| *word != "of" && !is_weekday(word)).collect();
    match words[..] {
        [one] => in_figures(one),
        [first, second, year] => match (month(first), month(second)) {
            (Some(month), None) => of(number(year, 4), Some(month), ordinal(second)),
            (None, Some(month)) => of(number(year, 4), Some(month), ordinal(first)),
            (Some(_), Some(_)) | (None, None) => Day::Unclear,
        },
        _ => Day::Unclear,
    }
}

/// A day with a time of day, without a zone.
pub(super) fn moment(text: &str) -> Result<Option<DateTime>, Day> {
    let text = text.trim();
    if is_placeholder(text) {
        return Ok(None);
    }
    if let Day::Is(date) = day(text) {
        return Ok(Some(date.to_datetime(Time::midnight())));
    }
    let (date, time) = text.rsplit_once(['T', ' ']).unwrap_or((text, ""));
    let time = match time.trim() {
        "" => Time::midnight(),
        time => match time.parse::<Time>() {
            // A zone or an offset is told elsewhere.
            Ok(parsed) if time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.') => {
                parsed
            }
            Ok(_) | Err(_) => return Err(Day::Unclear),
        },
    };
    match day(date) {
        Day::Is(date) => Ok(Some(date.to_datetime(time))),
        other => Err(other),
    }
}

fn in_figures(text: &str) -> Day {
    let Some(mark) = text.chars().find(|letter| ['-', '/', '.'].contains(letter)) else {
        return Day::Unclear;
    };
    let parts: Vec<&str> = text.split(mark).collect();
    let [first, second, third] = parts[..] else { return Day::Unclear };
    if let Some(year) = number(first, 4) {
        return of(Some(year), number(second, 2), number(third, 2));
    }
    let (Some(first), Some(second), Some(year)) = (number(first, 2), number(second, 2), number(third, 4))
    else {
        return Day::Unclear;
    };
    match mark {
        // With dots it is the day that comes first, everywhere.
        '.' => of(Some(year), Some(second), Some(first)),
        _ if first == second => of(Some(year), Some(first), Some(second)),
        _ if first > 12 => of(Some(year), Some(second), Some(first)),
        _ if second > 12 => of(Some(year), Some(first), Some(second)),
        _ => Day::Ambiguous,
    }
}

fn of(year: Option<i16>, month: Option<i16>, day: Option<i16>) -> Day {
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Day::Unclear };
    let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
    Date::new(year, month, day).map_or(Day::Impossible, Day::Is)
}

/// Of the number of digits, or fewer where two are allowed.
fn number(text: &str, digits: usize) -> Option<i16> {
    let fits = if digits == 4 { text.len() == 4 } else { (1..=digits).contains(&text.len()) };
    let figures = text.bytes().all(|byte| byte.is_ascii_digit());
    (fits && figures).then(|| text.parse().ok()).flatten()
}

fn ordinal(text: &str) -> Option<i16> {
    let ending = ["st", "nd", "rd", "th", "."].iter().find_map(|ending| text.strip_suffix(ending));
    number(ending.unwrap_or(text), 2)
}

fn month(text: &str) -> Option<i16> {
    let text = text.trim_end_matches('.');
    let named = |name: &&str| {
        **name == *text
            || text.len() == 3 && name.starts_with(text)
            || text == "sept" && name.starts_with("sept")
    };
    let place = MONTHS.iter().position(named)?;
    i16::try_from(place + 1).ok()
}

fn is_weekday(text: &str) -> bool {
    let text = text.trim_end_matches('.');
    WEEKDAYS.iter().any(|name| *name == text || text.len() == 3 && name.starts_with(text))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_read_in_every_form_that_means_one() {
        let is = Day::Is(date(2026, 12, 24));
        let check = |text: &str, expect: Day| assert_eq!(day(text), expect, "{text}");
        for text in [
            "2026-12-24",
            "2026/12/24",
            "24.12.2026",
            "12/24/2026",
            "24/12/2026",
            "24 December 2026",
            "Dec 24, 2026",
            "December 24th, 2026",
            "Thu, 24 Dec 2026",
            "24. Dec. 2026",
            " 2026-12-24 ",
        ] {
            check(text, is);
        }
        check("05/05/2026", Day::Is(date(2026, 5, 5)));
        check("03/04/2026", Day::Ambiguous);
        for text in ["MM/DD/YYYY", "dd.mm.yyyy", "YYYY-MM-DD", "TBD", "", "—", "n/a"] {
            check(text, Day::NotYet);
        }
        for text in ["2026-02-31", "31 February 2026", "2026-13-01", "31.02.2026", "0 May 2026"] {
            check(text, Day::Impossible);
        }
        for text in ["soon", "12/24/26", "2026-12", "24 Dec", "1.2.3.4", "Dec Dec 2026", "2026-1a-02"] {
            check(text, Day::Unclear);
        }
    }

    #[test]
    fn a_moment_is_a_day_with_a_time_or_midnight() {
        let at = |hour, minute| date(2026, 12, 24).at(hour, minute, 0, 0);
        assert_eq!(moment("2026-12-24T18:30:00"), Ok(Some(at(18, 30))));
        assert_eq!(moment("24 Dec 2026 18:30"), Ok(Some(at(18, 30))));
        assert_eq!(moment("2026-12-24"), Ok(Some(at(0, 0))));
        assert_eq!(moment("TBD"), Ok(None));
        assert_eq!(moment("2026-02-31 10:00"), Err(Day::Impossible));
        assert_eq!(moment("2026-12-24T18:30Z"), Err(Day::Unclear));
        assert_eq!(moment("2026-12-24 25:00"), Err(Day::Unclear));
    }
}
