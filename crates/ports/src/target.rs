//! A place that runs versions of components.
//!
//! Invariant: `ensure` says what should be and answers what is; it returns soon, never waits for readiness, and may
//! be repeated. Deliberately not here: traffic.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tidegate_domain::component::{Artifact, ComponentSpec};
use tidegate_domain::id::SlotId;
use tidegate_domain::name::SecretName;

use crate::Generation;
use crate::fault::Fault;

/// All instances of one version of a component in one environment, as they should be.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceSet {
    pub slot: SlotId,
    pub component: ComponentSpec,
    pub artifact: Artifact,
    /// The environment's variables, over the component's.
    pub variables: BTreeMap<String, String>,
    /// Secrets that each instance is given when it starts, by name only.
    pub secrets: BTreeSet<SecretName>,
    /// 0 stops them all.
    pub replicas: u32,
}

/// What is there now of that version, lowest ordinal first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Observed {
    pub instances: Vec<Instance>,
}

impl Observed {
    pub fn ready(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(|instance| instance.state == InstanceState::Ready)
    }
    /// Starts that ended by themselves, over all instances.
    pub fn restarts(&self) -> u32 {
        self.instances.iter().map(|instance| instance.restarts).sum()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// `api-1.2.0-0`
    pub name: String,
    pub ordinal: u32,
    /// Where it listens: `127.0.0.1:40123`.
    pub address: Option<String>,
    pub state: InstanceState,
    pub restarts: u32,
    /// Why it is not ready, in words: `exited with status 1`, `GET /healthz answered 503`.
    pub reason: String,
    pub process: Option<u32>,
    /// What it was started with, where that is known.
    #[serde(default)]
    pub started_with: Option<StartedWith>,
}

/// The part of an instance's environment that can have changed since it was started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StartedWith {
    /// [`variables_digest`] of what was configured.
    pub variables: String,
    pub secrets: BTreeMap<SecretName, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstanceState {
    Starting,
    Ready,
    /// Was ready, its probe fails now.
    Unready,
    /// Ended by itself; waits before the next start.
    BackingOff,
    Stopping,
}

/// Of the component's variables and the environment's over them, as an instance gets them: FNV-1a, 64 bits
/// (draft-eastlake-fnv). It tells one configuration from another; it keeps nothing secret.
pub fn variables_digest(
    component: &BTreeMap<String, String>,
    environment: &BTreeMap<String, String>,
) -> String {
    let merged: BTreeMap<_, _> = component.iter().chain(environment).collect();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let parts = merged.iter().flat_map(|(name, value)| [name.as_bytes(), &[0], value.as_bytes(), &[0]]);
    for byte in parts.flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[async_trait]
pub trait Target: Send + Sync {
    /// Starts what is missing, stops what is too much (highest ordinal first), and answers what is there now.
    /// An older generation than the slot has seen is refused with a fault of kind `Drop`.
    async fn ensure(&self, generation: Generation, wanted: &InstanceSet) -> Result<Observed, Fault>;
    /// What is there now, changing nothing.
    async fn observe(&self, slot: &SlotId) -> Result<BTreeMap<String, Observed>, Fault>;
}
