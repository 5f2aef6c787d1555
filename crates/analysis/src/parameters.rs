//! Every knob of the rule, with the defaults of `docs/concepts/analysis.md`.
//!
//! Invariant: what `validate` accepts, the judge can run on without panics or endless waits. Not here:
//! the constants of the mathematics (grids), which are no matter of taste.

use crate::ladder::Schedule;
use crate::trigger::{CeilingMode, Metric, Trigger};
use serde::{Deserialize, Serialize};
use std::fmt;

pub const CEILINGS_MAX: usize = 16;
pub const BUCKETS_MAX: usize = 256;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// Chance of rolling back a healthy candidate.
    pub alpha: f64,
    /// Chance of promoting a candidate that is worse than the margins.
    pub beta: f64,
    /// Evidence of harm from which nothing moves forward.
    pub amber_evidence: f64,
    pub errors: ErrorTolerance,
    pub latency: LatencyTolerance,
    pub min_duration_seconds: u64,
    /// When to stop looking for evidence; also the horizon over which a change is expected to start.
    pub timeout_seconds: u64,
    /// At the timeout a candidate may still be promoted if it is shown to be at most this much worse.
    pub timeout_error_points: f64,
    /// How long after the timeout a hold may last before it ends inconclusive.
    pub hold_seconds_max: u64,
    /// Latency is not judged for this long: caches and connections are cold.
    pub warm_up_seconds: u64,
    /// A latency alarm before this is taken for a long warm-up: back to little traffic, fresh data.
    pub grace_seconds: u64,
    /// The most traffic a ladder gives while latency is warming up.
    pub warm_up_weight_basis_points: u16,
    /// Scrapes are gathered to at least this length; a single disturbance of it cannot roll back.
    pub block_ms: u64,
    /// The most a block may add to the evidence, in nats.
    pub block_nats_max: f64,
    pub ceilings: Vec<Trigger>,
    pub ceiling_mode: CeilingMode,
    /// A breach that stable shares ends the rollout without blame after this long.
    pub shared_breach_seconds_max: u64,
    /// Without data for this long a person is asked.
    pub no_data_wait_seconds_max: u64,
    pub on_source_down: OnSourceDown,
    pub schedule: Schedule,
}

/// What counts as harm and what as good enough, for the share of failed requests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ErrorTolerance {
    /// No harm: `p_c <= harm_ratio * p_b + harm_points`.
    pub harm_ratio: f64,
    pub harm_points: f64,
    /// Good enough: less than this worse in points, or less than `margin_ratio` times.
    pub margin_points: f64,
    pub margin_ratio: f64,
}

/// The same for the shares of slow requests at the edges near p50, p90 and p99.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LatencyTolerance {
    pub harm_ratio: f64,
    pub harm_points: f64,
    pub margin_points_p50: f64,
    pub margin_points_p90: f64,
    pub margin_points_p99: f64,
}

/// What to do when the source of metrics has been unreachable for `no_data_wait_seconds_max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSourceDown {
    /// A blind judge is no reason to take a release back.
    #[default]
    Hold,
    Rollback,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            alpha: 0.01,
            beta: 0.05,
            amber_evidence: 10.0,
            errors: ErrorTolerance::default(),
            latency: LatencyTolerance::default(),
            min_duration_seconds: 900,
            timeout_seconds: 1_800,
            timeout_error_points: 0.05,
            hold_seconds_max: 600,
            warm_up_seconds: 60,
            grace_seconds: 120,
            warm_up_weight_basis_points: 1_000,
            block_ms: 5_000,
            block_nats_max: 2.0,
            ceilings: vec![Trigger { metric: Metric::ErrorRate, threshold: 0.05, duration_seconds: 60 }],
            ceiling_mode: CeilingMode::Attributed,
            shared_breach_seconds_max: 300,
            no_data_wait_seconds_max: 600,
            on_source_down: OnSourceDown::Hold,
            schedule: Schedule::default(),
        }
    }
}

impl Default for ErrorTolerance {
    fn default() -> Self {
        ErrorTolerance { harm_ratio: 1.0, harm_points: 0.000_5, margin_points: 0.005, margin_ratio: 1.5 }
    }
}

impl Default for LatencyTolerance {
    fn default() -> Self {
        LatencyTolerance {
            harm_ratio: 1.05,
            harm_points: 0.002,
            margin_points_p50: 0.15,
            margin_points_p90: 0.05,
            margin_points_p99: 0.01,
        }
    }
}

/// A knob out of its range: a refusal, naming the knob and what it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterError {
    pub parameter: String,
    pub expected: String,
    pub found: String,
}

impl ParameterError {
    pub fn code(&self) -> &'static str {
        "analysis-parameter-out-of-range"
    }

    pub fn help(&self) -> String {
        format!("set {} to {} and run `tidegate apply` again", self.parameter, self.expected)
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be {}, but is {}", self.parameter, self.expected, self.found)
    }
}

impl std::error::Error for ParameterError {}

pub(crate) fn require(
    holds: bool,
    parameter: &str,
    expected: &str,
    found: impl fmt::Display,
) -> Result<(), ParameterError> {
    if holds {
        return Ok(());
    }
    Err(ParameterError { parameter: parameter.into(), expected: expected.into(), found: found.to_string() })
}

impl Parameters {
    pub fn validate(&self) -> Result<(), ParameterError> {
        for (name, value) in [("alpha", self.alpha), ("beta", self.beta)] {
            require((1e-9..1.0).contains(&value), name, "a probability from 1e-9 to below 1", value)?;
        }
        let amber = self.amber_evidence;
        require(
            amber > 1.0 && amber <= 1.0 / self.alpha,
            "amber_evidence",
            "above 1 and at most 1/alpha",
            amber,
        )?;
        self.validate_tolerances()?;
        self.validate_clocks()?;
        self.validate_ceilings()?;
        self.schedule.validate()
    }

    fn validate_tolerances(&self) -> Result<(), ParameterError> {
        let ratios =
            [("errors.harm_ratio", self.errors.harm_ratio), ("latency.harm_ratio", self.latency.harm_ratio)];
        for (name, value) in ratios {
            require((1.0..=100.0).contains(&value), name, "from 1 to 100", value)?;
        }
        let shares = [
            ("errors.harm_points", self.errors.harm_points),
            ("latency.harm_points", self.latency.harm_points),
        ];
        for (name, value) in shares {
            require((0.0..1.0).contains(&value), name, "a share from 0 to below 1", value)?;
        }
        let margins = [
            ("errors.margin_points", self.errors.margin_points),
            ("latency.margin_points_p50", self.latency.margin_points_p50),
            ("latency.margin_points_p90", self.latency.margin_points_p90),
            ("latency.margin_points_p99", self.latency.margin_points_p99),
            ("timeout_error_points", self.timeout_error_points),
        ];
        for (name, value) in margins {
            require(value > 0.0 && value <= 1.0, name, "a share above 0 and at most 1", value)?;
        }
        let ratio = self.errors.margin_ratio;
        require(ratio > 1.0 && ratio <= 100.0, "errors.margin_ratio", "above 1 and at most 100", ratio)
    }

    fn validate_clocks(&self) -> Result<(), ParameterError> {
        const WEEK_SECONDS: u64 = 7 * 24 * 3_600;
        let clocks = [
            ("min_duration_seconds", self.min_duration_seconds),
            ("hold_seconds_max", self.hold_seconds_max),
            ("warm_up_seconds", self.warm_up_seconds),
            ("grace_seconds", self.grace_seconds),
            ("shared_breach_seconds_max", self.shared_breach_seconds_max),
            ("no_data_wait_seconds_max", self.no_data_wait_seconds_max),
        ];
        for (name, value) in clocks {
            require(value <= WEEK_SECONDS, name, "at most 604800 seconds (a week)", value)?;
        }
        require(
            self.timeout_seconds >= self.min_duration_seconds.max(1) && self.timeout_seconds <= WEEK_SECONDS,
            "timeout_seconds",
            "at least min_duration_seconds and at most 604800",
            self.timeout_seconds,
        )?;
        require((50..=300_000).contains(&self.block_ms), "block_ms", "from 50 to 300000", self.block_ms)?;
        let nats = self.block_nats_max;
        require((0.1..=1_000.0).contains(&nats), "block_nats_max", "from 0.1 to 1000", nats)?;
        let weight = self.warm_up_weight_basis_points;
        require((1..=10_000).contains(&weight), "warm_up_weight_basis_points", "from 1 to 10000", weight)
    }

    fn validate_ceilings(&self) -> Result<(), ParameterError> {
        let count = self.ceilings.len();
        require(count <= CEILINGS_MAX, "ceilings", "at most 16 triggers", count)?;
        for (index, trigger) in self.ceilings.iter().enumerate() {
            let name = format!("ceilings[{index}].threshold ({})", trigger.metric.name());
            let threshold = trigger.threshold;
            if trigger.metric == Metric::ErrorRate {
                require((0.0..1.0).contains(&threshold), &name, "a share from 0 to below 1", threshold)?;
            } else {
                let holds = threshold.is_finite() && threshold >= 0.0;
                require(holds, &name, "a finite number, 0 or more", threshold)?;
            }
            let duration = trigger.duration_seconds;
            require(
                (1..=Trigger::DURATION_SECONDS_MAX).contains(&duration),
                &format!("ceilings[{index}].duration_seconds"),
                "from 1 to 3600",
                duration,
            )?;
        }
        Ok(())
    }

    /// What can only be checked when the histogram's edges are known.
    pub fn validate_buckets(&self, bounds_ms: &[f64]) -> Result<(), ParameterError> {
        require(bounds_ms.len() <= BUCKETS_MAX, "bucket bounds", "at most 256 edges", bounds_ms.len())?;
        let rising = bounds_ms.windows(2).all(|pair| pair[0] < pair[1]);
        let finite = bounds_ms.iter().all(|bound| bound.is_finite() && *bound > 0.0);
        let found = format!("{bounds_ms:?}");
        require(rising && finite, "bucket bounds", "rising, finite and above 0 milliseconds", found)?;
        let last = bounds_ms.last().copied().unwrap_or(0.0);
        for (index, trigger) in self.ceilings.iter().enumerate() {
            if trigger.metric.slower_share().is_some() {
                require(
                    trigger.threshold <= last,
                    &format!("ceilings[{index}].threshold ({})", trigger.metric.name()),
                    &format!("at most the last histogram edge, {last} ms, or it could never fire"),
                    trigger.threshold,
                )?;
            }
        }
        Ok(())
    }

    /// The evidence at which a candidate is rolled back.
    pub fn rollback_evidence(&self) -> f64 {
        1.0 / self.alpha
    }

    /// The evidence at which a margin counts as shown.
    pub fn promotion_evidence(&self) -> f64 {
        1.0 / self.beta
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_round_trip() {
        let defaults = Parameters::default();
        defaults.validate().unwrap();
        let text = serde_json::to_string(&defaults).unwrap();
        assert_eq!(serde_json::from_str::<Parameters>(&text).unwrap(), defaults);
        assert_eq!(serde_json::from_str::<Parameters>("{}").unwrap(), defaults);
    }

    #[test]
    fn the_form_a_person_writes() {
        let text = r#"{"ceilings":[{"metric":"error_rate","threshold":0.05,"duration_seconds":60},
            {"metric":"p99_latency_ms","threshold":500,"duration_seconds":30}],
            "on_source_down":"rollback","schedule":{"owner":"plan","weights_basis_points":[500,5000]}}"#;
        let parameters: Parameters = serde_json::from_str(text).unwrap();
        parameters.validate().unwrap();
        assert_eq!(parameters.ceilings[1].metric, Metric::LatencyP99Ms);
        assert!(serde_json::from_str::<Parameters>(r#"{"alpah":0.01}"#).is_err());
    }

    #[test]
    fn refusals_name_the_knob() {
        type Spoil = fn(&mut Parameters);
        let table: [(&str, Spoil); 11] = [
            ("alpha", |p| p.alpha = 0.0),
            ("beta", |p| p.beta = f64::NAN),
            ("amber_evidence", |p| p.amber_evidence = 101.0),
            ("errors.harm_ratio", |p| p.errors.harm_ratio = 0.5),
            ("errors.margin_points", |p| p.errors.margin_points = 0.0),
            ("latency.harm_points", |p| p.latency.harm_points = f64::INFINITY),
            ("timeout_seconds", |p| p.timeout_seconds = 899),
            ("block_ms", |p| p.block_ms = 0),
            ("warm_up_weight_basis_points", |p| p.warm_up_weight_basis_points = 0),
            ("ceilings[0].threshold (error_rate)", |p| p.ceilings[0].threshold = 5.0),
            ("ceilings[0].duration_seconds", |p| p.ceilings[0].duration_seconds = 0),
        ];
        for (name, spoil) in table {
            let mut parameters = Parameters::default();
            spoil(&mut parameters);
            assert_eq!(parameters.validate().unwrap_err().parameter, name);
        }
    }

    #[test]
    fn a_latency_threshold_beyond_the_histogram_is_refused() {
        let slow = Trigger { metric: Metric::LatencyP99Ms, threshold: 20_000.0, duration_seconds: 60 };
        let parameters = Parameters { ceilings: vec![slow], ..Parameters::default() };
        let refusal = parameters.validate_buckets(&[5.0, 10_000.0]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "ceilings[0].threshold (latency_p99_ms) must be at most the last histogram edge, 10000 ms, \
             or it could never fire, but is 20000"
        );
        assert!(parameters.validate_buckets(&[5.0, 5.0]).is_err());
    }
}
