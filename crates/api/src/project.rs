//! Projects: each with components, environments, releases and a log of its own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    #[schema(example = "bank")]
    pub name: String,
    /// Under which its routes stand.
    #[schema(example = "/api/v1/projects/bank")]
    pub path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddProjectRequest {
    pub name: String,
}
