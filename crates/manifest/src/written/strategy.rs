//! `strategy:` as it is written: a name, or a name with its knobs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entries::Entries;
use super::form::{At, Form, ShortForm, given};
use super::gates::GateText;
use super::kinds::{Replicas, Switch};
use super::quantities::{Percent, RampPercent, Seconds};
use super::scalar::Scalar;
use super::texts::{FlagKeyKind, ListenKind, SecretKind, TextKind, TitleKind};
use super::words::ClimbWord;
use super::words_of_gates::SourceUrlKind;

/// Those that need nothing said to be taken.
pub const STRATEGIES: [&str; 6] = ["recreate", "rolling", "blue-green", "canary", "phased", "shadow"];

/// One strategy with its knobs.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Strategy", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct StrategyText {
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recreate: Option<RecreateText>,
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling: Option<RollingText>,
    #[serde(default, rename = "blue-green", deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blue_green: Option<BlueGreenText>,
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryText>,
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phased: Option<PhasedText>,
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<ShadowText>,
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<FlagText>,
}

impl ShortForm for StrategyText {
    const NAME: &'static str = "StrategyForm";
    const EXPECTED: &'static str = "a strategy's name, or a mapping like {canary: {increment: 10%}}";
    fn short_schema() -> Value {
        json!({ "enum": STRATEGIES })
    }
}

/// Stop stable, start the candidate; there is downtime.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Recreate")]
pub struct RecreateText {
    /// Watched with all traffic before the rollout counts as done; 10s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
}

/// Replace instances in batches.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rolling")]
pub struct RollingText {
    /// Instances above `replicas` while it rolls, a count or a share; 25% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_surge: Option<Scalar<Replicas>>,
    /// Instances below `replicas` while it rolls, a count or a share; 25% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unavailable: Option<Scalar<Replicas>>,
    /// A batch is watched this long before the next; 10s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_ready: Option<Scalar<Seconds>>,
    /// Watched after the last batch; 0s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
}

/// A full second set, one switch, and a way back kept warm.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BlueGreen")]
pub struct BlueGreenText {
    /// Requests with this header or cookie, or at this address, reach the candidate before the switch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<At<Form<PreviewText>>>,
    /// The candidate stands beside stable this long before the switch; 0s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_for: Option<Scalar<Seconds>>,
    /// Whether a person makes the switch; false unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Scalar<Switch>>,
    /// Watched with all traffic before stable may go; 60s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
    /// Stable is kept for an instant return; 10m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_stable: Option<Scalar<Seconds>>,
}

/// A growing share of requests. Its share grows by `steps`, or by `initial_traffic`, `increment` and `interval`, or by
/// `climb: analysis`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Canary")]
pub struct CanaryText {
    /// The first share; 5% unless given. A bare number means percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_traffic: Option<Scalar<RampPercent>>,
    /// Added at each interval; 10% unless given. A bare number means percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment: Option<Scalar<RampPercent>>,
    /// Between two increments; 60s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Scalar<Seconds>>,
    /// The whole plan, step by step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<At<Vec<At<Form<StepText>>>>>,
    /// `analysis`: the share grows as far as the evidence allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub climb: Option<Scalar<ClimbWord>>,
    /// Watched with all traffic before stable goes; 60s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
    /// Stable is kept this long for an instant return; 0s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_stable: Option<Scalar<Seconds>>,
}

/// Ring by ring: people who are named first, then growing shares of everybody.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Phased")]
pub struct PhasedText {
    /// In order; those of a mobile store (1, 2, 5, 10, 20, 50 and 100 %, a day each) unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rings: Option<At<Vec<At<RingText>>>>,
    /// Watched with everybody before stable goes; 60s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
    /// Stable is kept this long for an instant return; 0s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_stable: Option<Scalar<Seconds>>,
}

/// The code for everybody and in the dark first; then a feature flag shows it, ring by ring.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Flag")]
pub struct FlagText {
    /// The flag's key; it must be on in the environment when the rollout starts.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Scalar<FlagKeyKind>>,
    /// What they get whom it is shown; `on` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<Scalar<TitleKind>>,
    /// How the code gets there: `recreate` or `rolling`; `rolling` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<At<Form<CodeText>>>,
    /// In order; 5, 25, 50 and 100 % of all subjects, a minute each, unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rings: Option<At<Vec<At<RingText>>>>,
    /// Watched with everybody before the rollout counts as done; 60s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
    /// Where the counters of the variants are, if programs do not report them to Tidegate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<At<PrometheusText>>,
}

/// Two queries of a Prometheus, whose counters tell variants apart by a label.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Prometheus")]
pub struct PrometheusText {
    /// Its address; `/api/v1/query` is added.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Scalar<SourceUrlKind>>,
    /// The counters of all requests, as an instant vector.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Scalar<TextKind>>,
    /// The counters of requests that failed.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<Scalar<TextKind>>,
    /// The label that names the variant; `variant` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_label: Option<Scalar<TextKind>>,
    /// The label that names who counted; `instance` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_label: Option<Scalar<TextKind>>,
    /// The environment's secret that is sent as a bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Scalar<SecretKind>>,
    /// For both queries together; 5s unless given, 10s at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Scalar<Seconds>>,
    /// Until it has what programs counted: after a ring begins nothing is compared for so long; 30s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Scalar<Seconds>>,
}

/// One of the two ways without a division of requests.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Code", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct CodeText {
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recreate: Option<RecreateText>,
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling: Option<RollingText>,
}

pub const CODES: [&str; 2] = ["recreate", "rolling"];

impl ShortForm for CodeText {
    const NAME: &'static str = "CodeForm";
    const EXPECTED: &'static str = "`recreate` or `rolling`";
    fn short_schema() -> Value {
        json!({ "enum": CODES })
    }
}

/// Who gets the candidate beside those of the rings before: whoever `matches` name, or a `share` of everybody.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Ring")]
pub struct RingText {
    /// Its share unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<TitleKind>>,
    /// Requests with one of these headers or cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<At<Vec<At<Form<MatchText>>>>>,
    /// Of the `flag` strategy: subjects whose attribute has one of these values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<At<Entries<Vec<Scalar<TextKind>>>>>,
    /// Of everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Scalar<Percent>>,
    /// Before the next ring; 0s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
    /// Whether a person lets the next ring in; false unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Scalar<Switch>>,
    /// Whether the analysis must have passed before the next ring; false unless given: nothing may speak against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<Scalar<Switch>>,
    /// What must be so before this ring, beside the gates of the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gates: Option<Vec<At<Form<GateText>>>>,
}

/// Copies of requests first; the candidate answers nobody before the analysis has passed.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Shadow")]
pub struct ShadowText {
    /// The share of requests that is copied; 100% unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Scalar<Percent>>,
    /// At least this long; 10m unless given.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub mirror_for: Option<Scalar<Seconds>>,
    /// Whether answers are compared with those that users get, by status and body; false unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_body: Option<Scalar<Switch>>,
    /// Whether a person makes the switch; false unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Scalar<Switch>>,
    /// Watched with all traffic before stable may go; 60s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
    /// Stable is kept this long for an instant return; 10m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_stable: Option<Scalar<Seconds>>,
}

/// One line of a canary's plan.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Step", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct StepText {
    /// Move this share of requests to the candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<Scalar<Percent>>,
    /// Stay this long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Scalar<Seconds>>,
    /// Requests that carry this reach the candidate, whatever the share; `none` ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#match: Option<At<Form<MatchText>>>,
    /// Copy this share of requests to the candidate without answering from it; 0% ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Scalar<Percent>>,
}

impl ShortForm for StepText {
    const NAME: &'static str = "StepForm";
    const EXPECTED: &'static str =
        "`confirm`, `judge`, or one of `shift`, `wait`, `match`, `mirror` with its value";
    fn short_schema() -> Value {
        json!({ "enum": ["confirm", "judge"] })
    }
}

/// One header, one cookie, or an address of its own.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Preview", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct PreviewText {
    /// A header's name and the value it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<At<Entries<Scalar<TextKind>>>>,
    /// A cookie's name and the value it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<At<Entries<Scalar<TextKind>>>>,
    /// An address of the gateway's that is nobody else's; 503 there while no candidate stands in preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<Scalar<ListenKind>>,
}

impl ShortForm for PreviewText {
    const NAME: &'static str = "PreviewForm";
    const EXPECTED: &'static str = "a mapping like {header: {x-preview: \"1\"}} or {listen: 127.0.0.1:8081}";
    fn short_schema() -> Value {
        json!({ "const": "none" })
    }
}

/// One header or one cookie.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Match", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct MatchText {
    /// A header's name and the value it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<At<Entries<Scalar<TextKind>>>>,
    /// A cookie's name and the value it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<At<Entries<Scalar<TextKind>>>>,
}

impl ShortForm for MatchText {
    const NAME: &'static str = "MatchForm";
    const EXPECTED: &'static str = "a mapping like {header: {x-canary: \"1\"}}";
    fn short_schema() -> Value {
        json!({ "const": "none" })
    }
}
