//! Durations and shares of traffic.
//!
//! Invariant: a number whose unit could be taken two ways is refused, with what to write instead.

use serde_json::{Value, json};
use tidegate_domain::weight::Weight;

use super::scalar::Kind;
use crate::diagnostic::quoted;
use crate::problems::Wrong;

/// Nothing in a release takes longer; as long as a mobile store lets a phased release wait.
const DURATION_SECONDS_MAX: u64 = 30 * 24 * 3_600;
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const DURATION_PATTERN: &str = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";

/// A duration in whole seconds.
pub struct Seconds;
/// A duration in milliseconds.
pub struct Milliseconds;
/// A bare number of seconds, for keys that end in `_seconds`.
pub struct SecondsNumber;
/// A share of traffic with its `%`.
pub struct Percent;
/// The same, where a bare number means percent.
pub struct RampPercent;

impl Kind for Milliseconds {
    type Value = u64;
    const NAME: &'static str = "DurationInMilliseconds";

    fn read(text: &str) -> Result<u64, Wrong> {
        milliseconds(text)
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": DURATION_PATTERN, "examples": ["200ms", "5s"] })
    }
}

impl Kind for Seconds {
    type Value = u64;
    const NAME: &'static str = "Duration";

    fn read(text: &str) -> Result<u64, Wrong> {
        let milliseconds = milliseconds(text)?;
        if !milliseconds.is_multiple_of(1_000) {
            let message = format!("{} is not a whole number of seconds", quoted(text));
            return Err(bad_duration(message, format!("write `{}s`", milliseconds.div_ceil(1_000))));
        }
        Ok(milliseconds / 1_000)
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": DURATION_PATTERN, "examples": ["60s", "10m", "1h30m"] })
    }
}

impl Kind for SecondsNumber {
    type Value = u64;
    const NAME: &'static str = "NumberOfSeconds";

    fn read(text: &str) -> Result<u64, Wrong> {
        match text.parse::<u64>() {
            Ok(seconds) if seconds <= DURATION_SECONDS_MAX => Ok(seconds),
            Ok(_) => Err(too_long(text)),
            Err(_) => {
                let meant = milliseconds(text).map_or(60, |meant| meant / 1_000);
                let message = format!("{} is not a whole number of seconds", quoted(text));
                Err(bad_duration(
                    message,
                    format!("write `{meant}`; a key that ends in _seconds takes no unit"),
                ))
            }
        }
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": DURATION_SECONDS_MAX })
    }
}

/// As a person would write it.
pub fn duration_text(seconds: u64) -> String {
    let mut rest = seconds.saturating_mul(1_000);
    let mut parts = Vec::new();
    for (unit, factor) in UNITS {
        if rest >= factor {
            parts.push(format!("{}{unit}", rest / factor));
            rest %= factor;
        }
    }
    if parts.is_empty() { "0s".to_owned() } else { parts.concat() }
}

fn bad_duration(message: impl Into<String>, suggestion: impl Into<String>) -> Wrong {
    Wrong::new("bad-duration", message, suggestion)
}

fn too_long(text: &str) -> Wrong {
    bad_duration(
        format!("{} is more than the 30 days that anything here may take", quoted(text)),
        "write at most `30d`",
    )
}

/// `250ms`, `60s`, `1h30m`: whole numbers with units, each unit once, the larger first.
fn milliseconds(text: &str) -> Result<u64, Wrong> {
    let no_duration = || {
        let message = format!("{} is no duration", quoted(text));
        bad_duration(message, "write whole numbers with units, like `500ms`, `60s`, `10m` or `1h30m`")
    };
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("{} has no unit", quoted(text));
        return Err(bad_duration(
            message,
            format!("write `{text}s` for seconds, or `{text}ms`, `{text}m`, `{text}h`"),
        ));
    }
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let letters = rest[digits..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len() - digits);
        let (number, unit) = (&rest[..digits], &rest[digits..digits + letters]);
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or_else(no_duration)?;
        if number.is_empty() {
            return Err(no_duration());
        }
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*factor));
        total = part.and_then(|part| total.checked_add(part)).ok_or_else(|| too_long(text))?;
        rest = &rest[digits + letters..];
    }
    match text {
        "" => Err(no_duration()),
        _ if total > DURATION_SECONDS_MAX * 1_000 => Err(too_long(text)),
        _ => Ok(total),
    }
}

impl Kind for Percent {
    type Value = Weight;
    const NAME: &'static str = "Percent";

    fn read(text: &str) -> Result<Weight, Wrong> {
        let Some(number) = text.strip_suffix('%') else {
            return Err(without_sign(text));
        };
        weight(number.trim_end(), text)
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,2})? ?%$", "examples": ["5%", "12.5%"] })
    }
}

impl Kind for RampPercent {
    type Value = Weight;
    const NAME: &'static str = "PercentOrNumber";

    fn read(text: &str) -> Result<Weight, Wrong> {
        match text.parse::<f64>() {
            Ok(number) if number >= 1.0 => weight(text, text),
            Ok(_) | Err(_) => Percent::read(text),
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [Percent::schema(), { "type": "number", "minimum": 1, "maximum": 100 }] })
    }
}

fn bad_percent(message: impl Into<String>, suggestion: impl Into<String>) -> Wrong {
    Wrong::new("bad-percent", message, suggestion)
}

/// A number alone may be percent or a share of 1.
fn without_sign(text: &str) -> Wrong {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number < 1.0 => {
            let share = two_decimals(number * 100.0);
            let message = format!("{} can be meant in two ways", quoted(text));
            bad_percent(message, format!("write `{share}%`, or `{text}%` if that small a share is meant"))
        }
        Ok(number) if (0.0..=100.0).contains(&number) => {
            bad_percent(format!("{} has no percent sign", quoted(text)), format!("write `{text}%`"))
        }
        Ok(_) | Err(_) => no_percent(text),
    }
}

fn no_percent(text: &str) -> Wrong {
    bad_percent(
        format!("{} is no percentage", quoted(text)),
        "write one from `0%` to `100%`, like `5%` or `12.5%`",
    )
}

fn two_decimals(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Basis points without going through floating point: at most two decimals.
fn weight(number: &str, text: &str) -> Result<Weight, Wrong> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return Err(no_percent(text));
    }
    if part.len() > 2 {
        let message = format!("{} is finer than one hundredth of a percent", quoted(text));
        return Err(bad_percent(message, format!("write `{whole}.{}%`", &part[..2])));
    }
    let points = whole.parse::<u16>().ok().zip(format!("{part:0<2}").parse::<u16>().ok());
    let points = points.and_then(|(whole, part)| whole.checked_mul(100)?.checked_add(part));
    points.and_then(|points| Weight::from_basis_points(points).ok()).ok_or_else(|| {
        bad_percent(format!("{} is more than everything", quoted(text)), "write at most `100%`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let good = [
            ("250ms", 250),
            ("60s", 60_000),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
            ("1d2h3m4s5ms", 93_784_005),
            ("0s", 0),
            ("30d", 2_592_000_000),
        ];
        for (text, expect) in good {
            assert_eq!(Milliseconds::read(text), Ok(expect), "{text}");
        }
        let bad =
            ["", "60", "1.5s", "-1s", "s", "1s1s", "30m1h", "1 s", "5x", "31d", "99999999999999999999s", "é"];
        for text in bad {
            assert_eq!(Milliseconds::read(text).unwrap_err().code, "bad-duration", "{text}");
        }
        assert_eq!(Seconds::read("1500ms").unwrap_err().suggestion, "write `2s`");
        assert_eq!(
            Milliseconds::read("60").unwrap_err().suggestion,
            "write `60s` for seconds, or `60ms`, `60m`, `60h`"
        );
        assert!(SecondsNumber::read("60s").unwrap_err().suggestion.starts_with("write `60`"));
    }

    #[test]
    fn durations_are_told_as_they_are_written() {
        for text in ["0s", "45s", "30m", "1h30m", "2d1s"] {
            assert_eq!(duration_text(Seconds::read(text).unwrap()), text);
        }
    }

    #[test]
    fn percentages() {
        let good = [("5%", 500), ("12.5%", 1_250), ("0.01%", 1), ("100%", 10_000), ("0%", 0), ("5 %", 500)];
        for (text, expect) in good {
            assert_eq!(Percent::read(text).unwrap().basis_points(), expect, "{text}");
        }
        let bad =
            ["5", "0.05", "101%", "-1%", "%", "1.234%", "x%", "1e1%", "655.36%", "99999%", "5%%", "1.%"];
        for text in bad {
            assert_eq!(Percent::read(text).unwrap_err().code, "bad-percent", "{text}");
        }
        assert_eq!(RampPercent::read("5").unwrap().basis_points(), 500);
        assert_eq!(RampPercent::read("5%").unwrap().basis_points(), 500);
        let two_ways = RampPercent::read("0.05").unwrap_err();
        assert_eq!(two_ways.suggestion, "write `5%`, or `0.05%` if that small a share is meant");
    }
}
