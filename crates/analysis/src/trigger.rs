//! The ceilings a person sets: "roll back when this metric stays over this threshold for this long".
//!
//! Invariant: a metric exactly at its threshold does not fire. Not here: how a window is kept
//! (`ceiling`) and the comparison with stable (`channel`).

use serde::{Deserialize, Serialize};

/// A measurement of the candidate that a [`Trigger`] can watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Failed requests as a share of all, 0 to 1.
    ErrorRate,
    /// Half of the requests are slower than this many milliseconds.
    #[serde(alias = "p50_latency_ms")]
    LatencyP50Ms,
    #[serde(alias = "p90_latency_ms")]
    LatencyP90Ms,
    #[serde(alias = "p95_latency_ms")]
    LatencyP95Ms,
    #[serde(alias = "p99_latency_ms")]
    LatencyP99Ms,
    /// Requests a second that reach the candidate.
    RequestsPerSecond,
}

impl Metric {
    pub const ALL: [Self; 6] = [
        Self::ErrorRate,
        Self::LatencyP50Ms,
        Self::LatencyP90Ms,
        Self::LatencyP95Ms,
        Self::LatencyP99Ms,
        Self::RequestsPerSecond,
    ];

    /// The share of requests that is slower than a latency quantile; `None` for other metrics.
    pub fn slower_share(self) -> Option<f64> {
        match self {
            Metric::LatencyP50Ms => Some(0.5),
            Metric::LatencyP90Ms => Some(0.1),
            Metric::LatencyP95Ms => Some(0.05),
            Metric::LatencyP99Ms => Some(0.01),
            Metric::ErrorRate | Metric::RequestsPerSecond => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Metric::ErrorRate => "error_rate",
            Metric::LatencyP50Ms => "latency_p50_ms",
            Metric::LatencyP90Ms => "latency_p90_ms",
            Metric::LatencyP95Ms => "latency_p95_ms",
            Metric::LatencyP99Ms => "latency_p99_ms",
            Metric::RequestsPerSecond => "requests_per_second",
        }
    }
}

/// Fires when `metric` is over `threshold` for the whole of `duration_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    pub metric: Metric,
    pub threshold: f64,
    pub duration_seconds: u64,
}

impl Trigger {
    pub const DURATION_SECONDS_MAX: u64 = 3_600;

    /// Fewer than three blocks make up its window, so that blocks are too coarse to watch it by.
    pub fn is_brief(&self, block_ms: u64) -> bool {
        self.duration_seconds * 1_000 < block_ms.saturating_mul(3)
    }

    /// The share of requests that may count as bad before the trigger is exceeded; `None` when the
    /// metric is not a share of requests.
    pub fn share(&self) -> Option<f64> {
        match self.metric {
            Metric::ErrorRate => Some(self.threshold),
            Metric::RequestsPerSecond => None,
            latency @ (Metric::LatencyP50Ms
            | Metric::LatencyP90Ms
            | Metric::LatencyP95Ms
            | Metric::LatencyP99Ms) => latency.slower_share(),
        }
    }
}

/// How literally a [`Trigger`] is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CeilingMode {
    /// Rolls back only when the candidate is to blame; a breach shared with stable holds.
    #[default]
    Attributed,
    /// Rolls back whenever the candidate is over the threshold throughout, whoever is to blame.
    Strict,
}
