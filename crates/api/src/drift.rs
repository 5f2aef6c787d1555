//! How what runs and is routed differs from what was recorded.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentDrift {
    #[schema(example = "production")]
    pub environment: String,
    /// The worst first, within each component.
    pub drifts: Vec<Drift>,
    /// Components that a rollout changes now: nothing of them counts as drift.
    pub changing: Vec<Changing>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drift {
    #[schema(example = "api")]
    pub component: String,
    /// Stable: `instances-missing`, `instances-surplus`, `route-missing`, `route-surplus`, `route-offline`, `route-elsewhere`,
    /// `route-endpoints`, `route-not-stored`, `route-unreadable`, `variables-older`, `secret-older`, `configuration-newer`,
    /// `variables-newer`, `secrets-newer`, `artifact-changed`, `artifact-missing`.
    #[schema(example = "variables-newer")]
    pub kind: String,
    pub severity: DriftSeverity,
    /// An instance, a variable, a secret, an address; absent where it is the whole component.
    #[schema(example = "LOG_LEVEL")]
    pub subject: Option<String>,
    /// In words; of secrets revisions, never a value.
    #[schema(example = "`debug`")]
    pub recorded: String,
    #[schema(example = "`info`")]
    pub observed: String,
    /// What mends it.
    #[schema(example = "tidegate release create VERSION, then tidegate deploy VERSION --to production")]
    pub help: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftSeverity {
    /// Configured since; comes with the next version.
    Waiting,
    /// It serves, otherwise than recorded.
    Degraded,
    /// Requests fail, or go where they should not.
    Broken,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Changing {
    pub component: String,
    pub rollout: String,
}
