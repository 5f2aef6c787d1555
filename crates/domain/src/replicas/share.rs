//! A share of traffic turned into replicas, for a division that knows no router.
//!
//! Invariant: as near to the weight as whole replicas come, and no nearer; a weight between none and all keeps one
//! replica on each side wherever two fit. Deliberately not here: how the counts are reached step by step.

use super::counts::Counts;
use crate::weight::Weight;

/// The counts that come nearest to `weight`. Where surge is allowed, one replica more than wanted may be used to come
/// nearer (one is enough: a second one buys little and costs as much). Of two equally near, the fewer replicas win,
/// then the larger candidate.
pub fn replicas_for_weight(replicas: u32, weight: Weight, surge_allowed: bool) -> Counts {
    if replicas == 0 || weight.is_none() {
        return Counts { candidate: 0, stable: replicas };
    }
    if weight.is_all() {
        return Counts { candidate: replicas, stable: 0 };
    }
    let plain = nearest(replicas, weight);
    if !surge_allowed || replicas == u32::MAX {
        return plain;
    }
    let surged = nearest(replicas + 1, weight);
    if replicas == 1 || is_nearer(surged, plain, weight) { surged } else { plain }
}

/// The nearest division of exactly `total` replicas, for a weight that is neither none nor all.
fn nearest(total: u32, weight: Weight) -> Counts {
    let exact = u64::from(total) * u64::from(weight.basis_points());
    let rounded = ((exact + 5_000) / 10_000) as u32;
    let candidate = if total >= 2 { rounded.clamp(1, total - 1) } else { rounded };
    Counts { candidate, stable: total - candidate }
}

fn is_nearer(one: Counts, other: Counts, weight: Weight) -> bool {
    miss(one, weight) * u128::from(other.total()) < miss(other, weight) * u128::from(one.total())
}

/// How far the candidate's part is off, in basis points times the total of the counts.
fn miss(counts: Counts, weight: Weight) -> u128 {
    let wanted = u128::from(weight.basis_points()) * u128::from(counts.total());
    (u128::from(counts.candidate) * 10_000).abs_diff(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weights() -> impl Strategy<Value = Weight> {
        (0u16..=10_000).prop_map(|points| Weight::from_basis_points(points).unwrap())
    }

    proptest! {
        #[test]
        fn some_is_never_none_or_all_where_two_replicas_fit(replicas in 1u32..500, weight in weights(), surge: bool) {
            let counts = replicas_for_weight(replicas, weight, surge);
            let extra = (counts.candidate + counts.stable) - replicas;
            prop_assert!(extra <= u32::from(surge));
            if weight.is_none() || weight.is_all() {
                prop_assert_eq!(counts.candidate + counts.stable, replicas);
                prop_assert_eq!(counts.candidate, if weight.is_all() { replicas } else { 0 });
            } else if counts.total() >= 2 {
                prop_assert!(counts.candidate >= 1 && counts.stable >= 1);
            } else {
                prop_assert!(!surge, "one replica with surge makes room for two");
            }
        }

        #[test]
        fn more_weight_never_means_a_smaller_share(replicas in 1u32..200, one in weights(), other in weights(), surge: bool) {
            let (less, more) = (one.min(other), one.max(other));
            let (few, many) = (replicas_for_weight(replicas, less, surge), replicas_for_weight(replicas, more, surge));
            prop_assert!(
                u64::from(few.candidate) * many.total() <= u64::from(many.candidate) * few.total()
            );
        }
    }
}
