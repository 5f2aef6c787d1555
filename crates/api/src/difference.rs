//! How two environments differ.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentDiff {
    #[schema(example = "staging")]
    pub environment: String,
    /// The other one.
    #[schema(example = "production")]
    pub with: String,
    /// By path; what one side lacks as a whole is there once, without its parts.
    pub differences: Vec<EnvironmentDifference>,
    /// Secrets with one value in both.
    pub same_secrets: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentDifference {
    /// As in `tidegate.yaml`; `version` is what stands there, `stage` the pipeline's: its gates and its strategy.
    #[schema(example = "components.api.replicas")]
    pub path: String,
    /// In `environment`; absent where it has no such thing.
    pub here: Option<WrittenValue>,
    /// In `with`.
    pub there: Option<WrittenValue>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WrittenValue {
    /// In words; of a secret its fingerprint, or that it is not set.
    #[schema(example = "2")]
    pub value: String,
    /// The environment or base it was written at; absent where it is the environment's own, or a default.
    #[schema(example = "base")]
    pub inherited_from: Option<String>,
}
