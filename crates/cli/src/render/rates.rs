//! Rates and latencies of the last seconds, from cumulative counters.
//!
//! Invariant: a latency is an edge of a bucket, so it is said as "at most"; nothing is worked out from no requests.
//! Not here: judging (that is the server's analysis).

use tidegate_api::{ArmCounters, Sample};

/// Long enough to be calm, short enough to show a change at once.
const WINDOW_MS: u64 = 5_000;

#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    pub stable: ArmView,
    pub candidate: ArmView,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ArmView {
    pub requests_per_second: f64,
    /// None without requests.
    pub error_share: Option<f64>,
    pub p50: Option<AtMost>,
    pub p90: Option<AtMost>,
    pub p99: Option<AtMost>,
}

/// Where a quantile lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AtMost {
    Milliseconds(f64),
    /// Slower than the last edge.
    Above(f64),
}

/// Over the last seconds of one leg; none before the second measurement.
pub fn latest(samples: &[Sample], leg: usize) -> Option<Rates> {
    let mut own = samples.iter().rev().filter(|sample| sample.leg == leg);
    let newest = own.next()?;
    let recent = |sample: &&Sample| newest.at_ms.saturating_sub(sample.at_ms) <= WINDOW_MS;
    let before = own.clone().take_while(recent).last().or_else(|| own.next())?;
    let seconds = newest.at_ms.checked_sub(before.at_ms).filter(|ms| *ms > 0)? as f64 / 1_000.0;
    let arm = |now: &ArmCounters, then: &ArmCounters| arm(&since(now, then), &newest.edges_ms, seconds);
    Some(Rates {
        stable: arm(&newest.stable, &before.stable),
        candidate: arm(&newest.candidate, &before.candidate),
    })
}

/// A counter that went back started again from zero.
fn since(now: &ArmCounters, then: &ArmCounters) -> ArmCounters {
    let restarted = now.requests < then.requests || now.buckets.len() != then.buckets.len();
    if restarted {
        return now.clone();
    }
    let buckets = now.buckets.iter().zip(&then.buckets).map(|(now, then)| now.saturating_sub(*then));
    ArmCounters {
        requests: now.requests - then.requests,
        errors: now.errors.saturating_sub(then.errors),
        buckets: buckets.collect(),
    }
}

fn arm(counted: &ArmCounters, edges_ms: &[f64], seconds: f64) -> ArmView {
    let requests = counted.requests as f64;
    ArmView {
        requests_per_second: requests / seconds,
        error_share: (counted.requests > 0).then(|| (counted.errors as f64 / requests).min(1.0)),
        p50: quantile(counted, edges_ms, 0.5),
        p90: quantile(counted, edges_ms, 0.9),
        p99: quantile(counted, edges_ms, 0.99),
    }
}

fn quantile(counted: &ArmCounters, edges_ms: &[f64], share: f64) -> Option<AtMost> {
    let total = counted.buckets.last().copied().filter(|total| *total > 0)?;
    let rank = (share * total as f64).ceil() as u64;
    let edge = edges_ms.iter().zip(&counted.buckets).find(|(_, count)| **count >= rank);
    match (edge, edges_ms.last()) {
        (Some((edge, _)), _) => Some(AtMost::Milliseconds(*edge)),
        (None, Some(last)) => Some(AtMost::Above(*last)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::sample;

    fn counters(requests: u64, errors: u64, buckets: &[u64]) -> ArmCounters {
        ArmCounters { requests, errors, buckets: buckets.to_vec() }
    }

    #[test]
    fn rates_are_of_the_last_seconds() {
        let mut samples = Vec::new();
        for second in 0..20 {
            let requests = if second < 10 { second } else { 10 + (second - 10) * 100 };
            samples.push(sample(second * 1_000, counters(0, 0, &[]), counters(requests, requests / 10, &[])));
        }
        let rates = latest(&samples, 0).unwrap();
        assert!((rates.candidate.requests_per_second - 100.0).abs() < 1e-9);
        assert_eq!(rates.candidate.error_share, Some(0.1));
        assert_eq!(rates.stable, ArmView::default(), "nothing is made of no requests");
    }

    #[test]
    fn one_measurement_says_nothing_and_a_slow_pair_does() {
        let one = sample(0, counters(5, 0, &[]), counters(5, 0, &[]));
        assert_eq!(latest(std::slice::from_ref(&one), 0), None);
        let later = sample(60_000, counters(65, 0, &[]), counters(5, 0, &[]));
        assert!(
            (latest(&[one.clone(), later.clone()], 0).unwrap().stable.requests_per_second - 1.0).abs() < 1e-9
        );
        assert_eq!(latest(&[one, later], 1), None, "another leg has measurements of its own");
    }

    #[test]
    fn a_restarted_counter_counts_from_zero() {
        let before = sample(0, counters(900, 9, &[900, 900]), counters(0, 0, &[0, 0]));
        let after = sample(1_000, counters(7, 7, &[0, 7]), counters(0, 0, &[0, 0]));
        let stable = latest(&[before, after], 0).unwrap().stable;
        assert!((stable.requests_per_second - 7.0).abs() < 1e-9);
        assert_eq!(stable.error_share, Some(1.0));
    }

    #[test]
    fn quantiles_are_edges() {
        let edges = [5.0, 10.0, 50.0];
        let table = [
            (counters(100, 0, &[50, 90, 99, 100]), [Some(5.0), Some(10.0), Some(50.0)], None),
            (counters(100, 0, &[0, 0, 98, 100]), [Some(50.0), Some(50.0), None], Some(50.0)),
            (counters(0, 0, &[0, 0, 0, 0]), [None, None, None], None),
            (counters(3, 0, &[]), [None, None, None], None),
        ];
        for (counted, expect, above) in table {
            let found = [0.5, 0.9, 0.99].map(|share| quantile(&counted, &edges, share));
            let at = |index: usize| match (expect[index], above) {
                (Some(edge), _) => Some(AtMost::Milliseconds(edge)),
                (None, Some(last)) => Some(AtMost::Above(last)),
                (None, None) => None,
            };
            assert_eq!(found, [at(0), at(1), at(2)]);
        }
    }
}
