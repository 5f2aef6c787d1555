//! Adds up the factors of the blocks: a bet on every alternative, placed again and again as time goes.
//!
//! Invariant: capital plus the prior mass not yet spent starts at 1 and is a non-negative
//! supermartingale under the null hypothesis, so it reaches 1/alpha with probability at most alpha
//! however often one looks (Ville 1939). Mass is spent once: also across restarts its sum is at most 1.
//! Not here: the factors themselves.

use crate::exact;
use serde::{Deserialize, Serialize};

/// Capital is cut here: one more digit decides nothing, and a later change is found sooner.
pub const CAPITAL_MAX: f64 = 1e12;

/// The prior probability that "the change starts now", spent as time goes (a Shiryaev-Roberts mixture):
/// a late change need not outweigh the whole healthy history before it.
///
/// Half is spent at the first block. The other half follows `t / (t + horizon)`: half of it within one
/// horizon, and some is left after any time, for long soaks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Prior {
    #[serde(with = "exact")]
    seconds: f64,
    #[serde(with = "exact")]
    spent: f64,
}

impl Prior {
    /// The mass of this block.
    pub fn spend(&mut self, seconds: f64, horizon_seconds: f64) -> f64 {
        let until = if self.spent == 0.0 {
            0.5
        } else {
            self.seconds += seconds;
            0.5 + 0.5 * self.seconds / (self.seconds + horizon_seconds)
        };
        let mass = (until - self.spent).max(0.0);
        self.spent += mass;
        mass
    }

    pub fn spent(&self) -> f64 {
        self.spent
    }
}

/// How one block may be used: the mass placed before it, and how far it is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stake {
    pub mass: f64,
    /// Overdispersion: logs are divided by it (at least 1).
    pub dispersion: f64,
    /// The most that one block may add, in nats: a single disturbance is not believed.
    pub clip: f64,
    /// A block that reaches this is strong. After [`STREAK`] strong blocks in a row the next strong one
    /// adds this instead of the clip: what lasts is believed.
    pub strong: f64,
}

/// A disturbance as long as a block can lie across two of them, not three.
const STREAK: u8 = 2;

impl Stake {
    /// What of a block's log factor is believed, after so many strong blocks in a row. Anything that is
    /// never above the log itself keeps the expected factor at most 1.
    ///
    /// The second case looks odd, as more evidence counts for less: evidence out of all proportion is
    /// either a blip, which passes, or a failure, which the next blocks will show in full.
    fn believed(&self, log: f64, streak: u8) -> f64 {
        if streak >= STREAK && log >= self.strong {
            self.strong
        } else if log >= 2.0 * self.strong {
            0.5 * self.clip
        } else {
            log.min(self.clip)
        }
    }
}

/// Capital on a grid of alternatives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mixture {
    #[serde(with = "exact::many")]
    capital: Vec<f64>,
    /// For each point, the blocks in a row with strong evidence; known before the next block.
    streak: Vec<u8>,
}

impl Mixture {
    pub fn new(points: usize) -> Self {
        Mixture { capital: vec![0.0; points], streak: vec![0; points] }
    }

    /// Places the new mass evenly, then multiplies each capital by its factor.
    pub fn bet(&mut self, stake: Stake, log_factor: impl Fn(usize) -> f64) {
        let mass = stake.mass / self.capital.len() as f64;
        for (point, capital) in self.capital.iter_mut().enumerate() {
            let streak = &mut self.streak[point];
            let log = log_factor(point) / stake.dispersion;
            let believed = stake.believed(log, *streak);
            *streak = if log >= stake.strong { (*streak + 1).min(STREAK) } else { 0 };
            *capital = ((*capital + mass) * believed.exp()).min(CAPITAL_MAX);
        }
    }

    pub fn total(&self) -> f64 {
        self.capital.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(mass: f64) -> Stake {
        Stake { mass, dispersion: 1.0, clip: 2.0, strong: 4.0 }
    }

    #[test]
    fn mass_is_spent_once() {
        let mut prior = Prior::default();
        assert_eq!(prior.spend(5.0, 1_800.0), 0.5);
        let sum: f64 = (0..100_000).map(|_| prior.spend(5.0, 1_800.0)).sum();
        assert!(0.4 < sum && sum <= 0.5, "{sum}");
        assert!(prior.spent() <= 1.0);
    }

    #[test]
    fn without_news_capital_is_the_mass_spent() {
        let (mut prior, mut mixture) = (Prior::default(), Mixture::new(6));
        for _ in 0..50 {
            let mass = prior.spend(5.0, 1_800.0);
            mixture.bet(plain(mass), |_| 0.0);
        }
        assert!((mixture.total() - prior.spent()).abs() < 1e-12);
    }

    #[test]
    fn one_block_adds_at_most_the_clip() {
        let mut mixture = Mixture::new(4);
        mixture.bet(plain(0.5), |_| 7.9);
        assert!((mixture.total() - 0.5 * 2.0_f64.exp()).abs() < 1e-12);
    }

    #[test]
    fn what_lasts_is_believed_more() {
        let mut mixture = Mixture::new(1);
        let mut after = |log: f64| {
            let before = mixture.total();
            mixture.bet(plain(if before == 0.0 { 0.5 } else { 0.0 }), |_| log);
            (mixture.total() / before.max(0.5)).ln()
        };
        let added: Vec<f64> = [9.0, 9.0, 9.0, 3.9, 1.0, 5.0].map(&mut after).into();
        for (got, expect) in added.iter().zip([1.0, 1.0, 4.0, 2.0, 1.0, 2.0]) {
            assert!((got - expect).abs() < 1e-9, "{added:?}");
        }
    }

    #[test]
    fn capital_is_capped_and_survives_underflow() {
        let mut mixture = Mixture::new(1);
        for _ in 0..100 {
            mixture.bet(plain(0.0), |_| -1e6);
            mixture.bet(Stake { clip: f64::MAX, strong: f64::MAX, ..plain(0.1) }, |_| 1e6);
        }
        assert_eq!(mixture.total(), CAPITAL_MAX);
    }
}
