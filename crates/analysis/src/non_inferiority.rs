//! The log of the factor by which one block speaks for "the candidate is not worse than the margin".
//!
//! Invariant: under the null hypothesis that it *is* at least that much worse (`p_c >= p_b + delta`, or
//! `p_c >= m p_b`), with `p_b` arbitrary, the expected factor is at most 1. Not here: which margins.
//!
//! Why: `E[e^(-a x_c)] <= exp(-n_c p_c q)` with `q = 1 - e^-a`, and the factor on stable's events is
//! chosen so that its exponent, `n_c p_b q` (times `m`), cancels it at the edge of the hypothesis.

use crate::block::Tally;

/// How hard one failure of the candidate counts against it; a small value suits high base rates.
pub const STAKES: [f64; 5] = [0.03, 0.1, 0.3, 1.0, 3.0];

/// Worse by an amount or by a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// `p_c >= p_b + points`
    Points(f64),
    /// `p_c >= ratio * p_b`
    Ratio(f64),
}

/// Natural log of the factor for one stake; 0 where the arms cannot be compared.
pub fn log_factor(tally: &Tally, stake: f64, margin: Margin) -> f64 {
    if !tally.is_paired() {
        return 0.0;
    }
    let bite = -(-stake).exp_m1();
    let against = -stake * tally.candidate_events;
    match margin {
        Margin::Points(points) => {
            against
                + tally.stable_events * (tally.ratio() * bite).ln_1p()
                + tally.candidate_requests * points * bite
        }
        Margin::Ratio(ratio) => against + tally.stable_events * (tally.ratio() * ratio * bite).ln_1p(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_speaks_for_a_margin_in_points_only() {
        let quiet = Tally { candidate_requests: 200.0, stable_requests: 200.0, ..Tally::default() };
        assert!(log_factor(&quiet, 3.0, Margin::Points(0.01)) > 1.8);
        assert_eq!(log_factor(&quiet, 3.0, Margin::Ratio(1.5)), 0.0);
    }

    #[test]
    fn failures_of_stable_count_for_the_candidate() {
        let shared = Tally {
            candidate_requests: 100.0,
            candidate_events: 10.0,
            stable_requests: 100.0,
            stable_events: 10.0,
        };
        assert!(log_factor(&shared, 0.1, Margin::Ratio(1.5)) > 0.0);
        let worse = Tally { candidate_events: 20.0, ..shared };
        assert!(log_factor(&worse, 0.1, Margin::Ratio(1.5)) < 0.0);
    }
}
