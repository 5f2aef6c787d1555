//! Many spans of time, and what is said of them: mean and percentiles.
//!
//! Invariant: what is said is exact: nothing is approximated, sampled or forgotten. Percentiles are interpolated between the two
//! closest ranks: of n values in ascending order v₀ … vₙ₋₁ the p-th percentile lies at (n−1)·p/100 (definition 7 of Hyndman
//! and Fan, "Sample Quantiles in Statistical Packages", 1996). Deliberately not here: many sets together (`tally`).

use serde::Serialize;

/// Those that are told, lowest first.
const PERCENTS: [usize; 4] = [50, 75, 90, 95];

/// In no order: few of them are ever asked for, and finding those costs less than keeping all in order.
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

impl Spread {
    /// None where there is nothing to spread.
    pub fn of(values: Vec<u64>) -> Option<Self> {
        Spans::of(values).spread()
    }
}

impl Spans {
    pub fn of(mut values: Vec<u64>) -> Self {
        values.shrink_to_fit();
        let sum = values.iter().map(|value| u128::from(*value)).sum();
        Self { values, sum }
    }

    pub fn insert(&mut self, value: u64) {
        self.values.push(value);
        self.sum += u128::from(value);
    }

    /// Takes away one that is there.
    pub fn remove(&mut self, value: u64) {
        if let Some(at) = self.values.iter().position(|known| *known == value) {
            self.values.swap_remove(at);
            self.sum -= u128::from(value);
        }
    }

    pub fn values(&self) -> &[u64] {
        &self.values
    }
    pub fn sum(&self) -> u128 {
        self.sum
    }

    pub fn spread(&self) -> Option<Spread> {
        // The rest of each search lies above what it found, so all of them together read the values about three times.
        let mut values = self.values.clone();
        let mut above = 0;
        let mut ranked = |rank: usize| {
            let rest = &mut values[above..];
            let (_, low, higher) = rest.select_nth_unstable(rank - above);
            let low = *low;
            let next = higher.iter().min().copied();
            above = rank;
            (low, next.unwrap_or(low))
        };
        spread((self.values.len(), self.sum), &mut ranked)
    }
}

/// `ranked`: the values of a rank (0 is the lowest) and of the next, of the last one twice the same; asked for in rising ranks.
pub(crate) fn spread(
    (count, sum): (usize, u128),
    ranked: &mut dyn FnMut(usize) -> (u64, u64),
) -> Option<Spread> {
    if count == 0 {
        return None;
    }
    let [p50_ms, p75_ms, p90_ms, p95_ms] = PERCENTS.map(|percent| {
        let place = (count - 1) * percent;
        let (rank, rest) = (place / 100, place % 100);
        let (low, high) = ranked(rank);
        low as f64 + (high - low) as f64 * rest as f64 / 100.0
    });
    let mean_ms = sum as f64 / count as f64;
    Some(Spread { count: count as u64, mean_ms, p50_ms, p75_ms, p90_ms, p95_ms })
}

/// The ranks that a spread of so many is made of.
pub(crate) fn ranks(count: usize) -> impl Iterator<Item = usize> {
    let last = count.saturating_sub(1);
    PERCENTS
        .into_iter()
        .map(move |percent| last * percent / 100)
        .flat_map(move |rank| [rank, (rank + 1).min(last)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Spread {
        Spans::of(values.to_vec()).spread().unwrap()
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
        assert_eq!(Spans::default().spread(), None);
    }

    proptest! {
        #[test]
        fn percentiles_are_those_of_the_sorted_values(values in prop::collection::vec(prop_oneof![0u64..50, 0u64..5_000_000_000], 1..300)) {
            let found = Spans::of(values.clone()).spread().unwrap();
            let mut sorted = values;
            sorted.sort_unstable();
            let naive = |percent: f64| {
                let place = (sorted.len() - 1) as f64 * percent / 100.0;
                let (low, high) = (sorted[place.floor() as usize] as f64, sorted[place.ceil() as usize] as f64);
                low + (high - low) * (place - place.floor())
            };
            let found = [(found.p50_ms, 50.0), (found.p75_ms, 75.0), (found.p90_ms, 90.0), (found.p95_ms, 95.0)];
            for (found, percent) in found {
                prop_assert!((found - naive(percent)).abs() <= 1e-3, "{found} {}", naive(percent));
            }
        }

        #[test]
        fn one_more_and_one_less_is_as_it_was(values in prop::collection::vec(0u64..99, 0..40), more in 0u64..99) {
            let before = Spans::of(values.clone());
            let mut after = before.clone();
            after.insert(more);
            let with: Vec<u64> = values.iter().copied().chain([more]).collect();
            prop_assert_eq!(after.spread(), Spans::of(with).spread());
            after.remove(more);
            prop_assert_eq!(after.spread(), before.spread());
        }
    }
}
