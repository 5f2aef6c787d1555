//! A share of traffic in basis points.
//!
//! Invariant: 0 ..= 10 000; two weights of one split sum to exactly 10 000. Deliberately not here: how a router
//! divides requests.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Weight(u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a weight of {0} basis points is more than the whole (10000)")]
pub struct BadWeight(u16);

impl Weight {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(10_000);

    pub fn from_basis_points(points: u16) -> Result<Self, BadWeight> {
        if points <= 10_000 { Ok(Self(points)) } else { Err(BadWeight(points)) }
    }
    /// Whole percents; more than 100 is taken as 100.
    pub fn from_percent(percent: u8) -> Self {
        Self(u16::from(percent.min(100)) * 100)
    }
    /// The share `part` of `whole`, rounded, but 0 only for none and 10 000 only for all.
    pub fn from_ratio(part: u32, whole: u32) -> Self {
        if part == 0 || whole == 0 {
            return Self::NONE;
        }
        if part >= whole {
            return Self::ALL;
        }
        let points = (u64::from(part) * 10_000 + u64::from(whole) / 2) / u64::from(whole);
        Self(points.clamp(1, 9_999) as u16)
    }
    pub fn basis_points(self) -> u16 {
        self.0
    }
    /// What is left for the other side of the split.
    #[must_use]
    pub fn rest(self) -> Self {
        Self(10_000 - self.0)
    }
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
    /// A basis point less; none stays none.
    #[must_use]
    pub fn less_one(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
    pub fn is_all(self) -> bool {
        self.0 == 10_000
    }
    /// How many of `replicas` must be ready to carry this share, rounded up; none only for no traffic.
    pub fn replicas_needed(self, replicas: u32) -> u32 {
        (u64::from(replicas) * u64::from(self.0)).div_ceil(10_000) as u32
    }
    /// As much of it as `ready` instances carry where `needed` would carry it all; some never becomes none.
    #[must_use]
    pub fn carried_by(self, ready: u32, needed: u32) -> Self {
        if ready >= needed || self.is_none() {
            return self;
        }
        let points = u64::from(self.0) * u64::from(ready) / u64::from(needed);
        Self(points.max(u64::from(ready > 0)) as u16)
    }
}

impl TryFrom<u16> for Weight {
    type Error = BadWeight;
    fn try_from(points: u16) -> Result<Self, BadWeight> {
        Self::from_basis_points(points)
    }
}
impl From<Weight> for u16 {
    fn from(weight: Weight) -> u16 {
        weight.0
    }
}

/// `5 %`, `12.5 %`
impl std::fmt::Display for Weight {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match (part, part % 10) {
            (0, _) => write!(out, "{whole} %"),
            (_, 0) => write!(out, "{whole}.{} %", part / 10),
            _ => write!(out, "{whole}.{part:02} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_split_sums_to_the_whole(points in 0u16..=10_000) {
            let weight = Weight::from_basis_points(points).unwrap();
            prop_assert_eq!(weight.basis_points() + weight.rest().basis_points(), 10_000);
        }

        #[test]
        fn rounding_never_turns_some_into_none_or_all(part in 0u32..100_000, whole in 1u32..100_000) {
            let weight = Weight::from_ratio(part, whole);
            prop_assert_eq!(weight.is_none(), part == 0);
            prop_assert_eq!(weight.is_all(), part >= whole);
        }

        #[test]
        fn fewer_instances_carry_no_more_than_their_part(points in 1u16..=10_000, ready in 0u32..100, needed in 1u32..100) {
            let weight = Weight::from_basis_points(points).unwrap();
            let carried = weight.carried_by(ready, needed);
            prop_assert!(carried <= weight);
            prop_assert_eq!(carried.is_none(), ready == 0);
            prop_assert!(ready < needed || carried == weight);
        }

        #[test]
        fn some_traffic_needs_some_replica(points in 1u16..=10_000, replicas in 1u32..1_000) {
            let needed = Weight::from_basis_points(points).unwrap().replicas_needed(replicas);
            prop_assert!((1..=replicas).contains(&needed));
        }
    }

    #[test]
    fn weights_read_as_percents() {
        for (points, text) in [(0, "0 %"), (500, "5 %"), (1250, "12.5 %"), (1, "0.01 %"), (10_000, "100 %")] {
            assert_eq!(Weight::from_basis_points(points).unwrap().to_string(), text);
        }
        assert!(Weight::from_basis_points(10_001).is_err());
    }
}
