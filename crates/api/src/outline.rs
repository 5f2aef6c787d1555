//! What a rollout would do, before anybody starts it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Gate, Step};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Outline {
    #[schema(example = "2.1.0")]
    pub release: String,
    #[schema(example = "production")]
    pub environment: String,
    /// Empty where nothing could be planned; `refusal` says why.
    #[schema(example = "canary")]
    pub strategy: String,
    /// Of what would go out: what people say at gates counts for this digest only.
    pub digest: String,
    /// One for each component, in the order in which they would move.
    pub legs: Vec<OutlineLeg>,
    /// Every gate before it, open or closed.
    pub gates: Vec<Gate>,
    /// Whether the analysis would judge it.
    pub judged: bool,
    /// The ceilings that would take it back.
    pub rollback_when: Vec<RollbackTrigger>,
    /// Why it could not be started now; absent where it could.
    pub refusal: Option<WouldRefuse>,
}

/// One component's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutlineLeg {
    pub component: String,
    /// The version that stands there; absent at the first.
    pub stable: Option<String>,
    pub candidate: String,
    pub replicas: u32,
    /// Where the gateway would take requests for it; absent where nobody calls it.
    pub listen: Option<String>,
    /// Whether there is something to run.
    pub runs: bool,
    pub steps: Vec<Step>,
}

/// Takes a rollout back when the metric is over the threshold for the whole time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RollbackTrigger {
    #[schema(example = "error_rate")]
    pub metric: String,
    /// A share for `error_rate`, else milliseconds or requests.
    pub threshold: f64,
    pub duration_seconds: u64,
}

/// The answer that a start would get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WouldRefuse {
    /// Stable, kebab-case; `tidegate explain <code>` says more.
    #[schema(example = "gates-closed")]
    pub code: String,
    pub detail: String,
    /// The next step.
    pub help: String,
}
