//! Numbers, switches and shares.
//!
//! Invariant: what is read is finite and within what the domain can hold.

use serde_json::{Value, json};
use tidegate_domain::replicas::Amount;

use super::scalar::Kind;
use crate::diagnostic::quoted;
use crate::problems::Wrong;

/// A whole number.
pub struct Count;
/// Any finite number.
pub struct Number;
/// A share of requests: `5%`, or `0.05`.
pub struct Share;
/// A count of replicas or a share of them.
pub struct Replicas;
/// Yes or no.
pub struct Switch;

/// A whole number, or `all`.
pub struct Succeed;

fn bad_number(message: String, suggestion: impl Into<String>) -> Wrong {
    Wrong::new("bad-number", message, suggestion)
}

impl Kind for Count {
    type Value = u32;
    const NAME: &'static str = "Count";

    fn read(text: &str) -> Result<u32, Wrong> {
        text.parse()
            .map_err(|_| bad_number(format!("{} is no whole number", quoted(text)), "write one like `3`"))
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 1, "maximum": 100 })
    }
}

impl Kind for Succeed {
    /// None for all.
    type Value = Option<u32>;
    const NAME: &'static str = "Succeed";

    fn read(text: &str) -> Result<Option<u32>, Wrong> {
        if text == "all" {
            return Ok(None);
        }
        let bad = || {
            bad_number(
                format!("{} is neither `all` nor a number", quoted(text)),
                "write `all`, or one like `2`",
            )
        };
        text.parse().map(Some).map_err(|_| bad())
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "enum": ["all"] }, { "type": "integer", "minimum": 1, "maximum": 250 }] })
    }
}

impl Kind for Number {
    type Value = f64;
    const NAME: &'static str = "Number";

    fn read(text: &str) -> Result<f64, Wrong> {
        finite(text)
            .ok_or_else(|| bad_number(format!("{} is no number", quoted(text)), "write one like `1.5`"))
    }

    fn schema() -> Value {
        json!({ "type": "number" })
    }
}

/// Only digits, one dot and a sign: `inf`, `nan` and `1e9` are slips in a configuration.
fn finite(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    if plain { text.parse().ok().filter(|number: &f64| number.is_finite()) } else { None }
}

impl Kind for Share {
    type Value = f64;
    const NAME: &'static str = "Share";

    fn read(text: &str) -> Result<f64, Wrong> {
        let bad = |message: String, suggestion: String| Wrong::new("bad-percent", message, suggestion);
        if let Some(number) = text.strip_suffix('%') {
            let number = number.trim_end();
            let share = finite(number).filter(|number| (0.0..=100.0).contains(number));
            // Two places to the left, rounded once: 5% is exactly what 0.05 is.
            return share.and_then(|_| format!("{number}e-2").parse().ok()).ok_or_else(|| {
                bad(format!("{} is no percentage", quoted(text)), "write one from `0%` to `100%`".to_owned())
            });
        }
        match finite(text) {
            Some(share) if (0.0..1.0).contains(&share) => Ok(share),
            Some(1.0) => Err(bad(
                format!("{} can be meant in two ways", quoted(text)),
                "write `1%`, or `100%` for everything".to_owned(),
            )),
            Some(share) if (1.0..=100.0).contains(&share) => {
                Err(bad(format!("{} has no percent sign", quoted(text)), format!("write `{text}%`")))
            }
            Some(_) | None => {
                Err(bad(format!("{} is no share", quoted(text)), "write one like `5%` or `0.05`".to_owned()))
            }
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [
            { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?%$", "examples": ["5%", "0.05%"] },
            { "type": "number", "minimum": 0, "exclusiveMaximum": 1 },
        ] })
    }
}

impl Kind for Replicas {
    type Value = Amount;
    const NAME: &'static str = "Amount";

    fn read(text: &str) -> Result<Amount, Wrong> {
        text.parse().map_err(|bad: tidegate_domain::replicas::BadAmount| {
            Wrong::new("bad-amount", bad.to_string(), "write a count like `1`, or a share like `25%`")
        })
    }

    fn schema() -> Value {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": "^[0-9]+ ?%$", "examples": ["25%"] },
        ] })
    }
}

impl Kind for Switch {
    type Value = bool;
    const NAME: &'static str = "Switch";

    fn read(text: &str) -> Result<bool, Wrong> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" => Ok(false),
            _ => Err(Wrong::new(
                "bad-switch",
                format!("{} is neither true nor false", quoted(text)),
                "write `true` or `false`",
            )),
        }
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let good =
            [("5%", 0.05), ("0.05", 0.05), ("0.05%", 0.0005), ("100%", 1.0), ("0", 0.0), ("1.5 %", 0.015)];
        for (text, expect) in good {
            assert_eq!(Share::read(text), Ok(expect), "{text}");
        }
        for text in ["1", "5", "-0.1", "nan", "inf", "1e-3", "101%", "", "%", "five"] {
            assert_eq!(Share::read(text).unwrap_err().code, "bad-percent", "{text}");
        }
        assert_eq!(Share::read("5").unwrap_err().suggestion, "write `5%`");
    }

    #[test]
    fn numbers_and_switches() {
        assert_eq!(Number::read("1.5"), Ok(1.5));
        for text in ["inf", "NaN", "1e3", "", "x", "1.2.3"] {
            assert_eq!(Number::read(text).unwrap_err().code, "bad-number", "{text}");
        }
        assert_eq!(Switch::read("Yes"), Ok(true));
        assert_eq!(Switch::read("off"), Ok(false));
        assert_eq!(Switch::read("1").unwrap_err().code, "bad-switch");
        assert_eq!(Count::read("-1").unwrap_err().code, "bad-number");
        assert_eq!(Replicas::read("25%"), Ok(Amount::Percent(25)));
        assert_eq!(Replicas::read("x").unwrap_err().code, "bad-amount");
    }
}
