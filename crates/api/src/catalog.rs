//! What `tidegate.yaml` last said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Catalog {
    /// By name.
    pub components: BTreeMap<String, CatalogComponent>,
    /// In their order.
    pub environments: Vec<CatalogEnvironment>,
    /// Of the pipeline, in its order.
    pub stages: Vec<CatalogStage>,
    /// Of the pipeline for hotfixes, where they have one of their own.
    #[serde(default)]
    pub hotfix_stages: Vec<CatalogStage>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogComponent {
    /// The program and its arguments; empty where it is planned only.
    pub run: Vec<String>,
    /// Rolled out before this one.
    pub depends_on: Vec<String>,
    /// Whose it is, where `tidegate.yaml` says.
    #[serde(default)]
    pub team: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogEnvironment {
    pub name: String,
    /// What runs versions there: `process`.
    pub target: String,
    /// `development`, `testing`, `staging`, `production`.
    #[serde(default)]
    pub tier: Option<String>,
    /// Whom to ask about it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Whether shipping there takes a right of its own.
    #[serde(default)]
    pub protected: bool,
    /// For whom it runs; for everybody where empty.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// Names of the secrets that instances get there.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// By component name.
    pub placements: BTreeMap<String, CatalogPlacement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogPlacement {
    pub replicas: u32,
    /// Absent for a worker that nobody calls.
    pub route: Option<Route>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Route {
    /// The gateway's address.
    #[schema(example = "127.0.0.1:8080")]
    pub listen: String,
    /// Host names answered; all where empty.
    pub hosts: Vec<String>,
    pub path_prefix: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogStage {
    /// The first of its environments.
    pub environment: String,
    /// The others, which a release enters at the same time.
    #[serde(default)]
    pub beside: Vec<String>,
    /// In how many of them it has to succeed.
    #[serde(default)]
    pub needed: usize,
    /// `recreate`, `rolling`, `blue-green`, `canary`.
    pub strategy: String,
    /// Whether the analysis judges rollouts there.
    pub judged: bool,
    /// Whether a release enters by itself once the stage before has verified it.
    pub automatic: bool,
}
