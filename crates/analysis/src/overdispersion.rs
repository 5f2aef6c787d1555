//! Measures how much noisier one arm is than counting alone explains, from past blocks only.
//!
//! Invariant: the dispersion used for a block was known before it, so dividing by it keeps the factors
//! valid (Jensen). Noise that both arms share does not count: pairs of blocks are compared by their
//! candidate/stable ratio. Not here: the clip, which stops a single blip.

use crate::{block::Tally, exact};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

pub const PAIRS_MAX: usize = 24;

/// The last squared residuals of "the ratio of the arms was the same in two blocks in a row", and the
/// information that each pair could have carried.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Overdispersion {
    #[serde(with = "exact::many")]
    residuals: VecDeque<f64>,
    #[serde(with = "exact::many")]
    information: VecDeque<f64>,
}

impl Overdispersion {
    pub fn observe(&mut self, before: &Tally, now: &Tally) {
        if let Some(residual) = squared_residual(before, now) {
            if self.residuals.len() == PAIRS_MAX {
                self.residuals.pop_front();
                self.information.pop_front();
            }
            self.residuals.push_back(residual);
            self.information.push_back(information(before).min(information(now)));
        }
    }

    /// At least 1. The largest residual is left out: it may be the regression itself. The pull towards 1
    /// of three pseudo-residuals and the push of `2 / sqrt(k)` make few pairs say little, but carefully.
    ///
    /// Noise in one arm (a random rate per second, say) inflates the variance in proportion to the
    /// requests that share it, so what was seen at little traffic is scaled up to the information that
    /// the block at hand is expected to bring.
    pub fn dispersion(&self, expected_information: f64) -> f64 {
        let pairs = self.residuals.len() as f64;
        if pairs < 2.0 {
            return 1.0;
        }
        let sum: f64 = self.residuals.iter().sum();
        let largest = self.residuals.iter().copied().fold(0.0, f64::max);
        let estimate = (3.0 + sum - largest) / (2.0 + pairs);
        let seen = self.information.iter().sum::<f64>() / pairs;
        let growth = if seen > 0.0 { (expected_information / seen).max(1.0) } else { 1.0 };
        1.0 + (estimate - 1.0).max(0.0) * (1.0 + 2.0 / pairs.sqrt()) * growth
    }
}

/// Variance of a comparison of the arms is inversely proportional to this.
pub fn information(tally: &Tally) -> f64 {
    let (candidate, stable) = (tally.candidate_requests, tally.stable_requests);
    if tally.is_paired() { candidate * stable / (candidate + stable) } else { 0.0 }
}

/// The 1-degree chi-square statistic of one common odds ratio in two blocks, with the odds fitted to
/// both (hypergeometric variance, plus 0.25 against discreteness). `None` without anything to compare.
fn squared_residual(first: &Tally, second: &Tally) -> Option<f64> {
    let total = first.events() + second.events();
    if !first.is_paired() || !second.is_paired() || total < 2.0 {
        return None;
    }
    let candidate = first.candidate_events + second.candidate_events;
    let (k1, k2) = (first.ratio(), second.ratio());
    // The odds o solve  s1 o k1 / (1 + o k1) + s2 o k2 / (1 + o k2) = x, a quadratic in o.
    let square = k1 * k2 * (total - candidate);
    let linear = first.events() * k1 + second.events() * k2 - candidate * (k1 + k2);
    let root = (linear * linear + 4.0 * square * candidate).sqrt();
    let odds = 2.0 * candidate / (linear + root);
    if candidate == 0.0 || !odds.is_finite() || odds <= 0.0 {
        return Some(0.0);
    }
    let share = |k: f64| odds * k / (1.0 + odds * k);
    let (share1, share2) = (share(k1), share(k2));
    let within = first.events() * share1 * (1.0 - share1);
    let across = second.events() * share2 * (1.0 - share2);
    let variance =
        if within + across > 0.0 { within * across / (within + across) * total / (total - 1.0) } else { 0.0 };
    let distance = first.candidate_events - first.events() * share1;
    Some(distance * distance / (variance + 0.25))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(candidate: (u32, u32), stable: (u32, u32)) -> Tally {
        Tally {
            candidate_requests: candidate.0.into(),
            candidate_events: candidate.1.into(),
            stable_requests: stable.0.into(),
            stable_events: stable.1.into(),
        }
    }

    #[test]
    fn a_shared_shock_is_no_dispersion() {
        let calm = tally((1_000, 10), (9_000, 90));
        let outage = tally((1_000, 500), (9_000, 4_500));
        assert!(squared_residual(&calm, &outage).unwrap() < 1e-9);
    }

    #[test]
    fn a_change_of_weight_is_no_dispersion() {
        let before = tally((500, 5), (9_500, 95));
        let after = tally((5_000, 50), (5_000, 50));
        assert!(squared_residual(&before, &after).unwrap() < 1e-9);
    }

    #[test]
    fn a_burst_in_one_arm_is() {
        let calm = tally((1_000, 10), (1_000, 10));
        let burst = tally((1_000, 60), (1_000, 10));
        assert!(squared_residual(&calm, &burst).unwrap() > 9.0);
        let mut noisy = Overdispersion::default();
        for _ in 0..10 {
            noisy.observe(&calm, &burst);
            noisy.observe(&burst, &calm);
        }
        assert!(noisy.dispersion(0.0) > 5.0);
    }

    #[test]
    fn a_single_jump_is_left_out() {
        let (calm, jump) = (tally((100, 1), (900, 9)), tally((100, 100), (900, 9)));
        let mut pairs = Overdispersion::default();
        for _ in 0..6 {
            pairs.observe(&calm, &calm);
        }
        pairs.observe(&calm, &jump);
        assert_eq!(pairs.dispersion(1e9), 1.0);
    }

    #[test]
    fn equals_the_hypergeometric_statistic_at_equal_exposure() {
        let (a, b) = (tally((100, 6), (100, 4)), tally((100, 2), (100, 8)));
        let variance: f64 = 10.0 * 10.0 * 8.0 * 12.0 / (400.0 * 19.0);
        let expect = 4.0 / (variance + 0.25);
        let got = squared_residual(&a, &b).unwrap();
        assert!((got - expect).abs() < 1e-9, "{got} {expect}");
    }

    #[test]
    fn never_not_a_number() {
        let values = [0, 1, 7, 1_000_000];
        for a in values {
            for b in values {
                for c in values {
                    let residual =
                        squared_residual(&tally((a.max(b), b), (c, c)), &tally((c, c), (b.max(1), b)));
                    assert!(residual.is_none_or(|r| r.is_finite() && r >= 0.0), "{a} {b} {c} {residual:?}");
                }
            }
        }
    }
}
