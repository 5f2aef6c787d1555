//! Whole numbers in requests, also as languages without integers write them: `120.0`.
//!
//! Invariant: nothing is rounded: a number with a fraction, or too large to be exact, is refused. Deliberately not
//! here: answers, which hold integers only.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Unexpected, Visitor};

/// From here on not every whole number can be told from its neighbours in a double.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

pub(crate) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    deserializer.deserialize_any(Whole)
}

/// One that fits a smaller kind of number.
pub(crate) fn small<'de, D: Deserializer<'de>, N: TryFrom<u64>>(deserializer: D) -> Result<N, D::Error> {
    fitting(whole(deserializer)?)
}

pub(crate) fn maybe_small<'de, D: Deserializer<'de>, N: TryFrom<u64>>(
    deserializer: D,
) -> Result<Option<N>, D::Error> {
    maybe(deserializer)?.map(fitting).transpose()
}

fn fitting<N: TryFrom<u64>, E: Error>(number: u64) -> Result<N, E> {
    N::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &"a smaller number"))
}

pub(crate) fn maybe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    deserializer.deserialize_option(Maybe)
}

struct Whole;

impl Visitor<'_> for Whole {
    type Value = u64;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a whole number, 0 or more")
    }
    fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<u64, E> {
        u64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<u64, E> {
        let exact = number.fract() == 0.0 && (0.0..EXACT_MAX).contains(&number);
        if exact { Ok(number as u64) } else { Err(E::invalid_value(Unexpected::Float(number), &self)) }
    }
}

struct Maybe;

impl<'de> Visitor<'de> for Maybe {
    type Value = Option<u64>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Whole.expecting(out)
    }
    fn visit_none<E>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<u64>, D::Error> {
        whole(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use crate::RollBackRequest;

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        let check = |text: &str, expected: Option<Option<u64>>| {
            let body = format!(r#"{{"over_seconds": {text}}}"#);
            let read = serde_json::from_str::<RollBackRequest>(&body).ok().map(|body| body.over_seconds);
            assert_eq!(read, expected, "{text}");
        };
        for (text, number) in [("120", 120), ("120.0", 120), ("1.2e2", 120), ("0", 0)] {
            check(text, Some(Some(number)));
        }
        check("null", Some(None));
        for bad in ["120.5", "-1", "-1.0", "1e300", "\"120\"", "true", "[]"] {
            check(bad, None);
        }
        assert_eq!(serde_json::from_str::<RollBackRequest>("{}").unwrap().over_seconds, None);
    }
}
