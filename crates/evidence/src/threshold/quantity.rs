//! A number as a threshold writes it, and what it means for a measure.
//!
//! Invariant: comparable only with a measure of its own kind: a bare number says nothing about a time. Not here:
//! reading it (`read`).

use std::fmt;

use crate::measure::Unit;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    pub value: f64,
    pub written: Written,
}

/// The unit, as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Bare,
    Percent,
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
    Minutes,
    Bytes,
    Kilobytes,
    Megabytes,
    Kibibytes,
    Mebibytes,
    PerSecond,
}

impl Written {
    pub const ALL: [Self; 13] = [
        Self::Bare,
        Self::Percent,
        Self::Nanoseconds,
        Self::Microseconds,
        Self::Milliseconds,
        Self::Seconds,
        Self::Minutes,
        Self::Bytes,
        Self::Kilobytes,
        Self::Megabytes,
        Self::Kibibytes,
        Self::Mebibytes,
        Self::PerSecond,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Bare => "",
            Self::Percent => "%",
            Self::Nanoseconds => "ns",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
            Self::Bytes => "B",
            Self::Kilobytes => "kB",
            Self::Megabytes => "MB",
            Self::Kibibytes => "KiB",
            Self::Mebibytes => "MiB",
            Self::PerSecond => "/s",
        }
    }

    /// The kind of measure it speaks of, and how many of that kind's unit one of it is.
    fn means(self) -> (Unit, f64) {
        match self {
            Self::Bare => (Unit::Plain, 1.0),
            Self::Percent => (Unit::Ratio, 0.01),
            Self::Nanoseconds => (Unit::Milliseconds, 1e-6),
            Self::Microseconds => (Unit::Milliseconds, 1e-3),
            Self::Milliseconds => (Unit::Milliseconds, 1.0),
            Self::Seconds => (Unit::Milliseconds, 1e3),
            Self::Minutes => (Unit::Milliseconds, 6e4),
            Self::Bytes => (Unit::Bytes, 1.0),
            Self::Kilobytes => (Unit::Bytes, 1e3),
            Self::Megabytes => (Unit::Bytes, 1e6),
            Self::Kibibytes => (Unit::Bytes, 1024.0),
            Self::Mebibytes => (Unit::Bytes, 1_048_576.0),
            Self::PerSecond => (Unit::PerSecond, 1.0),
        }
    }
}

impl Quantity {
    /// In the unit of a measure; none where the two cannot be compared. A bare number may also be a share.
    pub(crate) fn in_unit(self, unit: Unit) -> Option<f64> {
        let (own, factor) = self.written.means();
        let fits = own == unit || (self.written == Written::Bare && unit == Unit::Ratio);
        // Dividing keeps 1 % the same number as 0.01; multiplying does not.
        let value = if self.written == Written::Percent { self.value / 100.0 } else { self.value * factor };
        fits.then_some(value)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let close = matches!(self.written, Written::Bare | Written::Percent | Written::PerSecond);
        write!(out, "{}{}{}", self.value, if close { "" } else { " " }, self.written.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_compared_only_with_its_kind() {
        let of = |value, written| Quantity { value, written };
        let table = [
            (of(1.0, Written::Percent), Unit::Ratio, Some(0.01)),
            (of(0.9, Written::Bare), Unit::Ratio, Some(0.9)),
            (of(0.3, Written::Seconds), Unit::Milliseconds, Some(300.0)),
            (of(300.0, Written::Bare), Unit::Milliseconds, None),
            (of(300.0, Written::Milliseconds), Unit::Plain, None),
            (of(2.0, Written::Kibibytes), Unit::Bytes, Some(2048.0)),
            (of(5.0, Written::Percent), Unit::Plain, None),
        ];
        for (quantity, unit, expect) in table {
            assert_eq!(quantity.in_unit(unit), expect, "{quantity} {unit:?}");
        }
    }
}
