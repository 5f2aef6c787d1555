//! Which version a request goes to: a fixed walk over 10 000 places instead of dice.
//!
//! The n-th request of a route gets the place `n · 6181 + block · 2357 (mod 10 000)`, and a version with
//! weight w owns w neighbouring places. 6181 is prime to 10 000 and near 10 000 / φ, so that the places
//! of successive requests spread evenly (the three-distance theorem); the shift by block keeps a caller
//! whose requests repeat with a period from always meeting the same places.
//! Invariant: in each block of 10 000 requests a version gets exactly its weight, so 1 basis point is
//! one request and 1–99 % is never none or all, whatever the number of worker threads.
//! Not here: sticky sessions and matches, which come before the walk (`data::select`).

use crate::table::Weight;

const PLACES: u64 = 10_000;
const STRIDE: u64 = 6_181;
const BLOCK_SHIFT: u64 = 2_357;

/// Places below `below`, and not below the cut before it, belong to `version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    below: u16,
    version: usize,
}

/// The place of the n-th request, 0 to 9 999.
pub(crate) fn place(n: u64) -> u16 {
    let block = n / PLACES % PLACES;
    ((n % PLACES * STRIDE + block * BLOCK_SHIFT) % PLACES) as u16
}

pub(crate) fn cuts(weights: impl Iterator<Item = Weight>) -> Vec<Cut> {
    let mut below = 0_u16;
    let mut cuts = Vec::new();
    for (version, weight) in weights.enumerate().filter(|(_, weight)| !weight.is_zero()) {
        below = below.saturating_add(weight.basis_points());
        cuts.push(Cut { below, version });
    }
    cuts
}

pub(crate) fn version_at(cuts: &[Cut], place: u16) -> Option<usize> {
    cuts.iter().find(|cut| place < cut.below).map(|cut| cut.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(weights: &[u16], requests: std::ops::Range<u64>) -> Vec<u64> {
        let cuts = cuts(weights.iter().map(|weight| Weight::new(*weight).unwrap()));
        let mut counts = vec![0; weights.len()];
        for n in requests {
            counts[version_at(&cuts, place(n)).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn every_place_comes_once_in_a_block() {
        for block in [0, 1, 2, 77] {
            let mut seen = vec![false; 10_000];
            for n in block * PLACES..(block + 1) * PLACES {
                assert!(!std::mem::replace(&mut seen[place(n) as usize], true), "place of {n} came twice");
            }
        }
    }

    #[test]
    fn one_basis_point_is_one_request_in_ten_thousand() {
        assert_eq!(counted(&[1, 9_999], 0..10_000), [1, 9_999]);
        assert_eq!(counted(&[9_999, 1], 30_000..40_000), [9_999, 1]);
        assert_eq!(counted(&[0, 10_000], 0..10_000), [0, 10_000]);
    }

    #[test]
    fn a_caller_with_a_period_still_meets_both_versions_by_weight() {
        let cuts = cuts([500, 9_500].into_iter().map(|weight| Weight::new(weight).unwrap()));
        for period in [2_u64, 3, 4, 5, 7, 8, 10, 16, 20, 25, 50, 100] {
            for phase in 0..period {
                let share = (0..10_000_u64)
                    .filter(|i| version_at(&cuts, place(i * period + phase)) == Some(0))
                    .count();
                assert!((400..=600).contains(&share), "period {period} phase {phase}: {share} of 10000");
            }
        }
    }

    proptest! {
        /// Any prefix of any length is within a few requests of the exact share.
        #[test]
        fn a_prefix_is_near_its_share(weight in 1_u16..10_000, start in 0_u64..100_000, length in 1_u64..25_000) {
            let counts = counted(&[weight, 10_000 - weight], start..start + length);
            let expected = length as f64 * f64::from(weight) / 10_000.0;
            prop_assert!((counts[0] as f64 - expected).abs() < 12.0, "{} of {length}, expected {expected}", counts[0]);
        }

        #[test]
        fn the_shares_of_a_block_are_the_weights(a in 0_u16..=10_000, b in 0_u16..=10_000, block in 0_u64..50) {
            let (low, high) = (a.min(b), a.max(b));
            let weights = [low, high - low, 10_000 - high];
            let counts = counted(&weights, block * 10_000..(block + 1) * 10_000);
            let weights = weights.map(u64::from);
            prop_assert_eq!(&counts[..], &weights[..]);
        }
    }
}
