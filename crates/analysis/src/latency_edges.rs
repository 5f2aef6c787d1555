//! Picks the bucket edges that split requests about where p50, p90 and p99 lie.
//!
//! Invariant: only past counts of stable decide, so the choice is no peek at the block it is used for.
//! Not here: quantiles in milliseconds; a share of slow requests is a count, and counts can be tested.

/// Shares of slow requests the three latency channels look for: p50, p90, p99.
pub const SLOW_SHARES: [f64; 3] = [0.5, 0.1, 0.01];
pub const STABLE_REQUESTS_MIN: u64 = 50;

/// For each share an index into the bucket edges, all different; `None` without enough requests.
///
/// `stable` is cumulative over the edges, its last count being `+Inf`.
pub fn choose(stable: &[u64]) -> [Option<usize>; 3] {
    let total = stable.last().copied().unwrap_or(0);
    let mut chosen = [None; 3];
    if total < STABLE_REQUESTS_MIN {
        return chosen;
    }
    for channel in 0..SLOW_SHARES.len() {
        let wanted = log_odds(SLOW_SHARES[channel] * total as f64, total as f64);
        let free = (0..stable.len() - 1).filter(|edge| !chosen.contains(&Some(*edge)));
        chosen[channel] = free.min_by(|left, right| {
            let distance = |edge: usize| {
                let slow = total.saturating_sub(stable[edge]);
                (log_odds(slow as f64, total as f64) - wanted).abs()
            };
            distance(*left).total_cmp(&distance(*right))
        });
    }
    chosen
}

/// Haldane's half keeps empty buckets finite.
fn log_odds(slow: f64, total: f64) -> f64 {
    ((slow + 0.5) / (total - slow + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges() {
        let table: [(&str, &[u64], [Option<usize>; 3]); 6] = [
            ("typical", &[0, 10, 500, 900, 990, 1_000, 1_000], [Some(2), Some(3), Some(4)]),
            ("few requests", &[0, 10, 49], [None; 3]),
            ("all fast", &[1_000, 1_000, 1_000, 1_000], [Some(0), Some(1), Some(2)]),
            ("two edges", &[500, 990, 1_000], [Some(0), Some(1), None]),
            ("no histogram", &[], [None; 3]),
            ("only +Inf", &[1_000], [None; 3]),
        ];
        for (name, stable, expect) in table {
            assert_eq!(choose(stable), expect, "{name}");
        }
    }
}
