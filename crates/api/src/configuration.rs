//! Applying a `tidegate.yaml`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// Only to name the file in diagnostics.
    #[schema(example = "tidegate.yaml")]
    pub file_name: String,
    /// The whole file.
    pub text: String,
    /// Say what would change, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Applied {
    /// In words, one line each; empty when everything stood already.
    pub changes: Vec<String>,
    /// Whether nothing was changed because only that was asked.
    pub dry_run: bool,
}

/// What was applied last, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Configuration {
    /// Empty before the first one.
    #[schema(example = "shop")]
    pub project: String,
    #[schema(example = "tidegate.yaml")]
    pub file_name: String,
    /// The whole file; empty before the first one.
    pub text: String,
    /// The same as a JSON object in which every value is a text; `{}` before the first one. Changed and written out
    /// as JSON, it can be applied again.
    #[schema(value_type = Object)]
    pub document: serde_json::Value,
}
