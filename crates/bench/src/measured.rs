//! Rounds and their medians, times and their quantiles.
//!
//! Invariant: a figure of several rounds is their median, told with the lowest and the highest. Deliberately not here:
//! printing.

use std::time::Duration;

/// Of several rounds of the same thing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

impl Spread {
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else { return Self::default() };
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Self { median, low: *low, high: *high }
    }

    /// `12.3 (11.9 … 13.0)`
    pub fn told(&self, digits: usize) -> String {
        let Self { median, low, high } = self;
        format!("{median:.digits$} ({low:.digits$} … {high:.digits$})")
    }
}

/// How long each of many took.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }
    /// The time that a share of them kept within, by the nearest rank; 0 of none.
    pub fn at_ms(&self, share: f64) -> f64 {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        let at = rank.clamp(1, self.0.len().max(1)) - 1;
        self.0.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }
    pub fn mean_ms(&self) -> f64 {
        let sum: Duration = self.0.iter().sum();
        sum.as_secs_f64() * 1_000.0 / self.0.len().max(1) as f64
    }
    pub fn most_ms(&self) -> f64 {
        self.at_ms(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        let spread = Spread::of(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!((spread.median, spread.low, spread.high), (2.5, 1.0, 4.0));
        assert_eq!(Spread::of(&[7.0]).told(1), "7.0 (7.0 … 7.0)");
    }

    #[test]
    fn a_quantile_is_the_nearest_rank() {
        let times = Times::new((1..=20).rev().map(Duration::from_millis).collect());
        assert_eq!((times.at_ms(0.5), times.at_ms(0.99), times.most_ms()), (10.0, 20.0, 20.0));
        assert!((times.mean_ms() - 10.5).abs() < 1e-9);
        assert!(Times::default().at_ms(0.5) < f64::EPSILON);
    }
}
