//! A number that a report states, with its unit.
//!
//! Invariant: finite, and in the one unit of its kind (times in milliseconds, shares from 0 to 1), so that two
//! measures of a name can be compared. Not here: what a threshold asks of it.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Milliseconds,
    /// A share (1 is all) or the relation of two measures (1 is the same).
    Ratio,
    Bytes,
    PerSecond,
    /// A count, or what the report gives without saying its unit.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    pub value: f64,
    pub unit: Unit,
}

impl Measure {
    pub(crate) fn new(value: f64, unit: Unit) -> Self {
        Self { value, unit }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Four digits after the point say enough to people and hide what multiplying left behind.
        let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
        let value = rounded(self.value);
        match self.unit {
            Unit::Milliseconds => write!(out, "{value} ms"),
            Unit::Ratio => write!(out, "{value}"),
            Unit::Bytes => write!(out, "{value} B"),
            Unit::PerSecond => write!(out, "{value}/s"),
            Unit::Plain => write!(out, "{value}"),
        }
    }
}
