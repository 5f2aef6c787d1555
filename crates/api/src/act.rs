//! What can be asked of rollouts: start, promote, hold, resume, abort, roll back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRolloutRequest {
    #[schema(example = "1.2.0")]
    pub release: String,
    /// With its defaults, instead of the one of the pipeline's stage.
    #[serde(default)]
    pub strategy: Option<StrategyName>,
    /// Take over from a rollout in progress: it goes back to stable first.
    #[serde(default)]
    pub supersede: bool,
    /// One rollout for each component, instead of one for all or nothing.
    #[serde(default)]
    pub independent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StrategyName {
    Recreate,
    Rolling,
    BlueGreen,
    Canary,
    Phased,
    Shadow,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromoteRequest {
    /// The environment; the next stage where absent.
    #[serde(default)]
    pub to: Option<String>,
    /// Take over from a rollout in progress: it goes back to stable first.
    #[serde(default)]
    pub supersede: bool,
}

/// The body of a rollback; may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackRequest {
    /// Kept in the history.
    #[serde(default)]
    pub reason: Option<String>,
    /// The traffic goes back in ten even steps over this time instead of at once; at most a day.
    #[serde(default, deserialize_with = "crate::whole::maybe")]
    #[schema(example = 120)]
    pub over_seconds: Option<u64>,
}

/// The body of hold, resume, promote and abort; may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActRequest {
    /// Kept in the history (hold, abort, rollback).
    #[serde(default)]
    pub reason: Option<String>,
}

/// The command is written; what follows from it happens from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutsStarted {
    /// Started or acted on; several when components go independently.
    pub rollouts: Vec<String>,
}
