//! A version as it stands, or shall stand, in one place: everything a target and a router need to know.
//!
//! Invariant: frozen when its rollout was planned; later changes of the configuration do not reach into it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::component::{Artifact, ComponentSpec};
use crate::environment::RouteSpec;
use crate::name::{SecretName, Version};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    pub component: ComponentSpec,
    pub artifact: Artifact,
    /// The environment's, over the component's.
    pub variables: BTreeMap<String, String>,
    pub replicas: u32,
    pub route: Option<RouteSpec>,
    /// The secrets it gets, each with the revision that stood when this was planned. An instance that starts later gets
    /// the value as it is then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<SecretName, u64>,
}

impl Placed {
    pub fn version(&self) -> &Version {
        &self.artifact.version
    }
}
