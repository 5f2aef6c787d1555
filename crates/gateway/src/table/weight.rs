//! A share of traffic in basis points.
//!
//! Invariant: a `Weight` is between 0 and 10 000, whoever built it.
//! Not here: that the weights of one split sum to 10 000 (`validate`).

use serde::{Deserialize, Serialize};

/// A share in basis points: 10 000 is everything, 1 is one request in ten thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Weight(u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a weight is between 0 and 10000 basis points, this one is {0}")]
pub struct WeightOutOfRange(pub u16);

impl Weight {
    pub const ZERO: Weight = Weight(0);
    pub const FULL: Weight = Weight(10_000);

    pub fn new(basis_points: u16) -> Result<Weight, WeightOutOfRange> {
        if basis_points > Self::FULL.0 {
            Err(WeightOutOfRange(basis_points))
        } else {
            Ok(Weight(basis_points))
        }
    }

    pub const fn basis_points(self) -> u16 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<u16> for Weight {
    type Error = WeightOutOfRange;

    fn try_from(basis_points: u16) -> Result<Self, Self::Error> {
        Weight::new(basis_points)
    }
}

impl From<Weight> for u16 {
    fn from(weight: Weight) -> u16 {
        weight.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_is_the_largest_weight() {
        assert_eq!(Weight::new(10_000), Ok(Weight::FULL));
        assert_eq!(Weight::new(10_001), Err(WeightOutOfRange(10_001)));
        assert!(serde_json::from_str::<Weight>("10001").is_err());
        assert!(serde_json::from_str::<Weight>("-1").is_err());
        assert!(serde_json::from_str::<Weight>("2.5").is_err());
    }
}
