//! Shares, odds, latencies and times in few characters.
//!
//! Invariant: a number is never shown as zero when it is not. Not here: layout.

use std::time::Duration;

/// Basis points as a percentage: `5 %`, `12.5 %`, `0.25 %`.
pub fn share(basis_points: u16) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match rest {
        0 => format!("{whole} %"),
        tenths if tenths % 10 == 0 => format!("{whole}.{} %", tenths / 10),
        hundredths => format!("{whole}.{hundredths:02} %"),
    }
}

/// A ratio from 0 to 1 as a percentage.
pub fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent == 0.0 {
        "0 %".to_owned()
    } else if percent < 0.01 {
        "<0.01 %".to_owned()
    } else if percent < 10.0 {
        format!("{percent:.2} %")
    } else {
        format!("{percent:.1} %")
    }
}

pub fn odds(value: f64) -> String {
    if value >= 1e6 {
        ">1 000 000 : 1".to_owned()
    } else if value >= 10.0 {
        format!("{} : 1", grouped(value.round() as u64))
    } else if value >= 0.01 || value == 0.0 {
        format!("{value:.2} : 1")
    } else {
        "<0.01 : 1".to_owned()
    }
}

/// `1 event`, `2 events`: for words that take an s.
pub fn counted(count: u64, one: &str) -> String {
    format!("{} {one}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// Thousands set apart by spaces.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

pub fn per_second(value: f64) -> String {
    if value >= 100.0 { grouped(value.round() as u64) } else { format!("{value:.1}") }
}

pub fn milliseconds(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{:.0} s", value / 1_000.0)
    } else if value >= 1_000.0 {
        format!("{:.1} s", value / 1_000.0)
    } else if value >= 10.0 || value.fract() == 0.0 {
        format!("{value:.0} ms")
    } else {
        format!("{value:.1} ms")
    }
}

/// `01:04`, `1:02:03`.
pub fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes:02}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

/// `less than a second`, `41 s`, `4 min 12 s`, `1 h 3 min`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = Duration::from_millis(milliseconds).as_secs();
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => "less than a second".to_owned(),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `2026-11-21 09:14:02Z`; what no calendar holds is shown as it came.
pub fn time(wall_ms: u64) -> String {
    let timestamp = i64::try_from(wall_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    match timestamp {
        Some(timestamp) => format!("{timestamp:.0}").replacen('T', " ", 1),
        None => format!("{wall_ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_odds() {
        let shares =
            [(0, "0 %"), (500, "5 %"), (1_250, "12.5 %"), (25, "0.25 %"), (5, "0.05 %"), (10_000, "100 %")];
        for (given, expect) in shares {
            assert_eq!(share(given), expect);
        }
        let percents =
            [(0.0, "0 %"), (0.000_01, "<0.01 %"), (0.0312, "3.12 %"), (0.5, "50.0 %"), (1.0, "100.0 %")];
        for (given, expect) in percents {
            assert_eq!(percent(given), expect);
        }
        let odd = [
            (0.0, "0.00 : 1"),
            (0.001, "<0.01 : 1"),
            (0.314, "0.31 : 1"),
            (412.3, "412 : 1"),
            (1e9, ">1 000 000 : 1"),
        ];
        for (given, expect) in odd {
            assert_eq!(odds(given), expect);
        }
    }

    #[test]
    fn one_is_one() {
        let table = [(0, "0 events"), (1, "1 event"), (2, "2 events"), (12_345, "12 345 events")];
        for (count, expect) in table {
            assert_eq!(counted(count, "event"), expect);
        }
    }

    #[test]
    fn times() {
        assert_eq!((clock(64_900), clock(3_723_000)), ("01:04".to_owned(), "1:02:03".to_owned()));
        let durations = [
            (900, "less than a second"),
            (41_900, "41 s"),
            (120_000, "2 min"),
            (252_000, "4 min 12 s"),
            (3_780_000, "1 h 3 min"),
        ];
        for (given, expect) in durations {
            assert_eq!(duration(given), expect);
        }
        assert_eq!(time(1_795_252_442_000), "2026-11-21 09:14:02Z");
        assert_eq!(time(u64::MAX), format!("{} ms", u64::MAX));
        let latencies =
            [(5.0, "5 ms"), (2.5, "2.5 ms"), (12.5, "12 ms"), (2_500.0, "2.5 s"), (10_000.0, "10 s")];
        for (given, expect) in latencies {
            assert_eq!(milliseconds(given), expect);
        }
    }
}
