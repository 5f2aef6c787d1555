//! The sample shop, as it was set up.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SampleMade {
    /// Where the shop answers in production, once a release is live there.
    #[schema(example = "http://127.0.0.1:40003")]
    pub shop: String,
    /// In the order a release reaches them.
    pub environments: Vec<String>,
    /// In the order in which to promote them; the last one fails some of its requests.
    pub releases: Vec<String>,
    /// What applying the configuration changed; nothing where it was applied before and only releases were missing.
    pub changes: Vec<String>,
}
