//! Writes floating-point state as its bits, so that a restart changes nothing, not even the last digit.
//!
//! Invariant: reading what was written gives the same bits in every serde format, also in those that
//! round decimal fractions. Not here: numbers that people read; those stay decimal.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[allow(clippy::trivially_copy_pass_by_ref)] // the form serde asks for
pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    value.to_bits().serialize(to)
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    u64::deserialize(from).map(f64::from_bits)
}

/// The same for a sequence of numbers.
pub mod many {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<'a, C, S>(values: &'a C, to: S) -> Result<S::Ok, S::Error>
    where
        &'a C: IntoIterator<Item = &'a f64>,
        S: Serializer,
    {
        to.collect_seq(values.into_iter().map(|value| value.to_bits()))
    }

    pub fn deserialize<'de, C, D>(from: D) -> Result<C, D::Error>
    where
        C: FromIterator<f64>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<u64>::deserialize(from)?.into_iter().map(f64::from_bits).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Held {
        #[serde(with = "super")]
        one: f64,
        #[serde(with = "super::many")]
        many: Vec<f64>,
    }

    #[test]
    fn every_bit_survives_json() {
        let awkward = [0.1 + 0.2, f64::MIN_POSITIVE / 3.0, 1e12, 2.225_073_858_507_201e-308, f64::INFINITY];
        for one in awkward {
            let text = serde_json::to_string(&Held { one, many: awkward.to_vec() }).unwrap();
            let back: Held = serde_json::from_str(&text).unwrap();
            assert_eq!(back.one.to_bits(), one.to_bits());
            assert_eq!(back.many, awkward);
        }
    }
}
