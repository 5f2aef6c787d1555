//! Many spans of time in order, and what is said of them: mean and percentiles.
//!
//! Invariant: what is said of several sets together is what would be said of one set that holds all of them; nothing is
//! approximated. Percentiles are interpolated between the two closest ranks: of n values in ascending order v₀ … vₙ₋₁ the
//! p-th percentile lies at (n−1)·p/100 (definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996).

use serde::Serialize;

/// Few enough to be sorted and counted off.
const FEW: usize = 64;

/// Ascending.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spans {
    values: Vec<u64>,
    sum: u128,
}

/// How spans of time are spread, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    pub count: u64,
    pub mean_ms: f64,
    /// The median.
    pub p50_ms: f64,
    pub p75_ms: f64,
    pub p90_ms: f64,
    pub p95_ms: f64,
}

impl Spans {
    pub fn of(mut values: Vec<u64>) -> Self {
        sort(&mut values);
        values.shrink_to_fit();
        let sum = values.iter().map(|value| u128::from(*value)).sum();
        Self { values, sum }
    }

    pub fn insert(&mut self, value: u64) {
        let at = self.values.partition_point(|known| *known < value);
        self.values.insert(at, value);
        self.sum += u128::from(value);
    }

    /// Takes away one that is there.
    pub fn remove(&mut self, value: u64) {
        if let Ok(at) = self.values.binary_search(&value) {
            self.values.remove(at);
            self.sum -= u128::from(value);
        }
    }
}

/// By their digits, the lowest first, where they are many: a comparing sort takes three times as long.
fn sort(values: &mut Vec<u64>) {
    const DIGIT_BITS: u32 = 11;
    const MANY: usize = 1_500;
    if values.len() < MANY {
        return values.sort_unstable();
    }
    let bits = u64::BITS - values.iter().max().map_or(0, |most| most.leading_zeros());
    let mut sorted = vec![0; values.len()];
    for shift in (0..bits).step_by(DIGIT_BITS as usize) {
        let digit = |value: u64| (value >> shift) as usize & ((1 << DIGIT_BITS) - 1);
        let mut places = [0_usize; 1 << DIGIT_BITS];
        for value in values.iter() {
            places[digit(*value)] += 1;
        }
        let mut next = 0;
        for place in &mut places {
            (*place, next) = (next, next + *place);
        }
        for value in values.iter() {
            let place = &mut places[digit(*value)];
            sorted[*place] = *value;
            *place += 1;
        }
        std::mem::swap(values, &mut sorted);
    }
}

/// Of all of these sets together; none where they are empty.
pub(crate) fn spread(sets: &[&Spans]) -> Option<Spread> {
    let runs: Vec<&[u64]> =
        sets.iter().map(|set| set.values.as_slice()).filter(|values| !values.is_empty()).collect();
    let count: usize = runs.iter().map(|values| values.len()).sum();
    if count == 0 {
        return None;
    }
    let sum: u128 = sets.iter().map(|set| set.sum).sum();
    let at = |percent| percentile(&runs, count, percent);
    Some(Spread {
        count: count as u64,
        mean_ms: sum as f64 / count as f64,
        p50_ms: at(50),
        p75_ms: at(75),
        p90_ms: at(90),
        p95_ms: at(95),
    })
}

fn percentile(runs: &[&[u64]], count: usize, percent: usize) -> f64 {
    let place = (count - 1) * percent;
    let (rank, rest) = (place / 100, place % 100);
    let (low, high) = ranked(runs, rank);
    low as f64 + (high - low) as f64 * rest as f64 / 100.0
}

/// The values of this rank (0 is the lowest) and of the next, of all runs together; of the last rank twice the same.
fn ranked(runs: &[&[u64]], rank: usize) -> (u64, u64) {
    if let [run] = runs {
        return (run[rank], run.get(rank + 1).copied().unwrap_or(run[rank]));
    }
    let (mut low, mut high) = bounds(runs, rank);
    // Of each run, the part that may still hold the one of that rank: halving the values in question, not the ranks.
    let part = |run: &&[u64]| {
        let start = run.partition_point(|value| *value < low);
        (start, start + run[start..].partition_point(|value| *value <= high))
    };
    let mut parts: Vec<(usize, usize)> = runs.iter().map(part).collect();
    while low < high && parts.iter().map(|(start, end)| end - start).sum::<usize>() > FEW {
        let middle = low + (high - low) / 2;
        let cuts: Vec<usize> = runs
            .iter()
            .zip(&parts)
            .map(|(run, (start, end))| start + run[*start..*end].partition_point(|value| *value <= middle))
            .collect();
        let below: usize = cuts.iter().sum();
        let is_below = below > rank;
        for ((start, end), cut) in parts.iter_mut().zip(cuts) {
            if is_below { *end = cut } else { *start = cut }
        }
        if is_below { high = middle } else { low = middle + 1 }
    }
    let passed: usize = parts.iter().map(|(start, _)| start).sum();
    let after = runs.iter().zip(&parts).filter_map(|(run, (_, end))| run.get(*end).copied()).min();
    if low == high {
        // All that are left are the same.
        let ends: usize = parts.iter().map(|(_, end)| end).sum();
        return (low, after.filter(|_| rank + 1 >= ends).unwrap_or(low));
    }
    let mut left: Vec<u64> =
        runs.iter().zip(&parts).flat_map(|(run, (start, end))| &run[*start..*end]).copied().collect();
    left.sort_unstable();
    let value = left[rank - passed];
    (value, left.get(rank - passed + 1).copied().or(after).unwrap_or(value))
}

/// Between which values the one of this rank lies. Where each run has at its own part of the way what all have together at
/// theirs, it is between the lowest and the highest of these; runs that are alike leave little between.
fn bounds(runs: &[&[u64]], rank: usize) -> (u64, u64) {
    let count: usize = runs.iter().map(|run| run.len()).sum();
    let at = |run: &&[u64], round_up: usize| {
        let place = (rank * run.len() + round_up * (count - 1)) / count;
        run[place.min(run.len() - 1)]
    };
    let low = runs.iter().map(|run| at(run, 0)).min().unwrap_or(0);
    let high = runs.iter().map(|run| at(run, 1)).max().unwrap_or(0);
    (low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Spread {
        spread(&[&Spans::of(values.to_vec())]).unwrap()
    }

    #[test]
    fn percentiles_lie_between_the_closest_ranks() {
        let told = |spread: Spread| {
            [spread.mean_ms, spread.p50_ms, spread.p75_ms, spread.p90_ms, spread.p95_ms]
                .map(|value| format!("{value:.3}"))
        };
        assert_eq!(of(&[4, 1, 3, 2]).p50_ms.to_string(), "2.5");
        // numpy.percentile([15, 20, 35, 40, 50], [75, 90, 95]) says the same.
        assert_eq!(told(of(&[15, 20, 35, 40, 50])), ["32.000", "35.000", "40.000", "46.000", "48.000"]);
        assert_eq!(told(of(&[7])), ["7.000"; 5]);
        assert_eq!(spread(&[&Spans::default()]), None);
    }

    proptest! {
        #[test]
        fn of_several_sets_is_said_what_is_said_of_all_together(
            sets in prop::collection::vec(prop::collection::vec(prop_oneof![0u64..50, 0u64..5_000_000_000], 0..90), 1..9)
        ) {
            let all: Vec<u64> = sets.concat();
            let sets: Vec<Spans> = sets.into_iter().map(Spans::of).collect();
            let together = spread(&sets.iter().collect::<Vec<_>>());
            prop_assert_eq!(together, spread(&[&Spans::of(all.clone())]));
            let mut sorted = all;
            sorted.sort_unstable();
            if let Some(together) = together {
                let naive = |percent: f64| {
                    let place = (sorted.len() - 1) as f64 * percent / 100.0;
                    let (low, high) = (sorted[place.floor() as usize] as f64, sorted[place.ceil() as usize] as f64);
                    low + (high - low) * (place - place.floor())
                };
                for (found, percent) in [(together.p50_ms, 50.0), (together.p75_ms, 75.0), (together.p95_ms, 95.0)] {
                    prop_assert!((found - naive(percent)).abs() <= 1e-3, "{found} {}", naive(percent));
                }
            }
        }

        #[test]
        fn one_more_and_one_less_is_as_it_was(values in prop::collection::vec(0u64..99, 0..40), more in 0u64..99) {
            let before = Spans::of(values.clone());
            let mut after = before.clone();
            after.insert(more);
            let with: Vec<u64> = values.iter().copied().chain([more]).collect();
            prop_assert_eq!(spread(&[&after]), spread(&[&Spans::of(with)]));
            after.remove(more);
            prop_assert_eq!(spread(&[&after]), spread(&[&before]));
        }
    }
}
