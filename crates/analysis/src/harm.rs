//! The log of the factor by which one block speaks for "the candidate is worse than tolerated".
//!
//! Invariant: under the null hypothesis `p_c <= rho_0 p_b + delta_0`, with `p_b` arbitrary, the expected
//! factor is at most 1 (`tests/validity.rs` enumerates it). Not here: how factors add up over time.
//!
//! Why: for Bernoulli counts `E[t^x] <= exp(n p (t - 1))`. With `D = 1 + pi (rho - 1)` and
//! `pi = rho_0 n_c / (rho_0 n_c + n_b)` the exponents of the two arms cancel at `p_c = rho_0 p_b` for
//! every `p_b`, because `rho_0 n_c (rho / D - 1) = n_b (1 - 1 / D)`; the last term pays for `delta_0`.

use crate::block::Tally;

/// What counts as no harm: `p_c <= ratio * p_b + points`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    pub ratio: f64,
    pub points: f64,
}

/// Alternatives "the candidate's rate is this many times the tolerated one".
pub const ERROR_RATIOS: [f64; 6] = [1.5, 2.0, 4.0, 10.0, 50.0, 300.0];
pub const LATENCY_RATIOS: [f64; 5] = [1.2, 1.5, 2.0, 4.0, 15.0];

/// Natural log of the factor for the alternative `ratio`; 0 where the arms cannot be compared.
pub fn log_factor(tally: &Tally, ratio: f64, tolerance: Tolerance) -> f64 {
    if !tally.is_paired() {
        return 0.0;
    }
    let candidate = tolerance.ratio * tally.candidate_requests;
    let share = candidate / (candidate + tally.stable_requests);
    let excess = share * (ratio - 1.0);
    let dilution = 1.0 + excess;
    tally.candidate_events * (ratio / dilution).ln()
        - tally.stable_events * excess.ln_1p()
        - tally.candidate_requests * tolerance.points * (ratio / dilution - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Tolerance = Tolerance { ratio: 1.0, points: 0.0 };

    fn tally(candidate: (u32, u32), stable: (u32, u32)) -> Tally {
        Tally {
            candidate_requests: candidate.0.into(),
            candidate_events: candidate.1.into(),
            stable_requests: stable.0.into(),
            stable_events: stable.1.into(),
        }
    }

    #[test]
    fn only_errors_speak() {
        assert_eq!(log_factor(&tally((50, 0), (950, 0)), 2.0, STRICT), 0.0);
        assert!(log_factor(&tally((50, 1), (950, 0)), 2.0, STRICT) > 0.6);
        assert!(log_factor(&tally((50, 0), (950, 1)), 2.0, STRICT) < 0.0);
        let tolerant = Tolerance { ratio: 1.0, points: 0.001 };
        assert!(log_factor(&tally((50, 0), (950, 0)), 2.0, tolerant) < 0.0, "silence speaks for health");
    }

    #[test]
    fn one_arm_says_nothing() {
        for alone in [tally((50, 50), (0, 0)), tally((0, 0), (50, 50)), tally((0, 0), (0, 0))] {
            assert_eq!(log_factor(&alone, 4.0, STRICT), 0.0);
        }
    }

    #[test]
    fn agrees_with_the_formula_written_out() {
        let (candidate_n, candidate_x, stable_n, stable_x) = (100.0_f64, 7.0_f64, 900.0_f64, 9.0_f64);
        let share: f64 = 1.05 * candidate_n / (1.05 * candidate_n + stable_n);
        let d = 1.0 + share * (4.0 - 1.0);
        let expect = candidate_x * (4.0 / d).ln() - stable_x * d.ln() - candidate_n * 0.002 * (4.0 / d - 1.0);
        let got = log_factor(&tally((100, 7), (900, 9)), 4.0, Tolerance { ratio: 1.05, points: 0.002 });
        assert!((got - expect).abs() < 1e-12, "{got} {expect}");
    }
}
