//! `analysis:` as it is written. The defaults are those of the rule (`tidegate_analysis::Parameters`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::form::{At, ShortForm};
use super::kinds::{Number, Share};
use super::quantities::{Milliseconds, Percent, Seconds, SecondsNumber};
use super::scalar::Scalar;
use super::texts::ThresholdKind;
use super::words::{MetricWord, ModeWord, SourceDownWord};

/// The knobs of the rule that judges a rollout.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Analysis")]
pub struct AnalysisText {
    /// How often the counters are read; 5s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scrape_interval: Option<Scalar<Milliseconds>>,
    /// No promotion before this; 15m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_duration: Option<Scalar<Seconds>>,
    /// When to stop looking for evidence; 30m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Scalar<Seconds>>,
    /// Absolute ceilings: any one that holds for its whole duration rolls back. Error rate over 5% for 60 s unless
    /// given; `[]` for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback_when: Option<Vec<At<TriggerText>>>,
    /// Another name for `rollback_when`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_conditions: Option<Vec<At<TriggerText>>>,
    /// Whether a ceiling that stable breaks too rolls back; attributed (it does not) unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Scalar<ModeWord>>,
    /// Chance of rolling back a healthy candidate; 1% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<Scalar<Share>>,
    /// Chance of promoting a candidate that is worse than the margins; 5% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta: Option<Scalar<Share>>,
    /// Evidence of harm from which nothing moves forward; 10 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amber_evidence: Option<Scalar<Number>>,
    /// What is harm and what is good enough, for failed requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<ErrorsText>,
    /// The same for slow requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<LatencyText>,
    /// At the timeout a candidate may still be promoted if it is at most this much worse; 5% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_error_points: Option<Scalar<Share>>,
    /// How long after the timeout a hold may last; 10m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_max: Option<Scalar<Seconds>>,
    /// Latency is not judged for this long; 60s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<Scalar<Seconds>>,
    /// The most traffic while latency is warming up, under `climb: analysis`; 10% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up_traffic: Option<Scalar<Percent>>,
    /// A latency alarm before this is taken for a long warm-up; 120s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Scalar<Seconds>>,
    /// Scrapes are gathered to at least this length; 5s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<Scalar<Milliseconds>>,
    /// The most one block may add to the evidence, in nats; 2 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_nats_max: Option<Scalar<Number>>,
    /// A breach that stable shares ends the rollout without blame after this; 5m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_breach_max: Option<Scalar<Seconds>>,
    /// Without data for this long a person is asked; 10m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_data_wait_max: Option<Scalar<Seconds>>,
    /// What to do when the metrics cannot be reached for so long; hold unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_source_down: Option<Scalar<SourceDownWord>>,
}

impl ShortForm for AnalysisText {
    const NAME: &'static str = "AnalysisForm";
    const EXPECTED: &'static str = "`on`, `off`, or a mapping like {min_duration: 5m}";
    fn short_schema() -> Value {
        json!({ "enum": ["on", "off", true, false] })
    }
}

/// One absolute ceiling. Over the threshold counts, at it does not.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Trigger")]
pub struct TriggerText {
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<Scalar<MetricWord>>,
    /// A share like 0.05 or 5% for error_rate, milliseconds or a duration for latencies, else a number.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Scalar<ThresholdKind>>,
    /// For how long, as a number of seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<Scalar<SecondsNumber>>,
    /// For how long, with a unit. One of `duration` and `duration_seconds` is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Scalar<Seconds>>,
}

/// What is harm and what is good enough, for the share of failed requests.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ErrorTolerance")]
pub struct ErrorsText {
    /// No harm up to this many times stable's share; 1 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harm_ratio: Option<Scalar<Number>>,
    /// No harm up to this much more on top; 0.05% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harm_points: Option<Scalar<Share>>,
    /// Good enough: less than this worse; 0.5% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_points: Option<Scalar<Share>>,
    /// Or less than this many times stable's share; 1.5 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_ratio: Option<Scalar<Number>>,
}

/// What is harm and what is good enough, for the shares of slow requests.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LatencyTolerance")]
pub struct LatencyText {
    /// No harm up to this many times stable's share; 1.05 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harm_ratio: Option<Scalar<Number>>,
    /// No harm up to this much more on top; 0.2% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harm_points: Option<Scalar<Share>>,
    /// Good enough at the median: less than this worse; 15% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_points_p50: Option<Scalar<Share>>,
    /// The same at the 90th percentile; 5% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_points_p90: Option<Scalar<Share>>,
    /// The same at the 99th percentile; 1% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_points_p99: Option<Scalar<Share>>,
}
