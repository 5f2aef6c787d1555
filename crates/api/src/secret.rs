//! Secrets: that they are there, never what they are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Secret {
    /// As the environment variable is called.
    #[schema(example = "DB_PASSWORD")]
    pub name: String,
    /// Whether `tidegate.yaml` asks for it in this environment.
    pub asked_for: bool,
    /// 1, 2, 3 …; absent while it is asked for and not set.
    pub revision: Option<u64>,
    /// Equal where values are equal; nothing else can be told from it.
    pub fingerprint: Option<String>,
    pub set_by: Option<String>,
    pub set_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecretsRotated {
    /// How many are sealed under the new key.
    pub secrets: usize,
    /// Whether the key's file is the operator's, who may remove its old lines now.
    pub old_lines_stay: bool,
}
