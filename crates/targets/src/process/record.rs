//! What is remembered of a version and of each instance, so that a new control plane finds them again.
//!
//! Invariant: written before the thing is done (the intent), and again after. Deliberately not here: values of
//! secrets; the files are readable by our user only all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tidegate_domain::component::{Artifact, ComponentSpec};
use tidegate_domain::id::SlotId;
use tidegate_domain::name::{SecretName, Version};
use tidegate_ports::StartedWith;

use super::proc::Identity;

/// How instances of one version are started, and how many there should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) slot: SlotId,
    pub(crate) component: ComponentSpec,
    pub(crate) artifact: Artifact,
    pub(crate) variables: BTreeMap<String, String>,
    /// Names only: each start asks for the values.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) secrets: BTreeSet<SecretName>,
    pub(crate) replicas: u32,
    /// Where it runs: the unpacked artifact, or an empty directory for a command.
    pub(crate) directory: PathBuf,
}

impl Plan {
    pub(crate) fn version(&self) -> &Version {
        &self.artifact.version
    }
    pub(crate) fn kill_after(&self) -> Duration {
        Duration::from_secs(self.component.stop.kill_after_seconds)
    }
}

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Names one start; the process carries it in its environment.
    pub(crate) launch: String,
    /// Absent from the intent to start until the start is known, and while it waits to be started again.
    pub(crate) process: Option<Identity>,
    pub(crate) boot: String,
    pub(crate) port: u16,
    pub(crate) digest: Option<String>,
    pub(crate) restarts: u32,
    pub(crate) crashes_in_a_row: u32,
    pub(crate) started_at_ms: u64,
    pub(crate) ready: bool,
    pub(crate) stopping: bool,
    /// While it waits to be started again.
    pub(crate) next_start_at_ms: Option<u64>,
    pub(crate) reason: String,
    /// Absent of those that an older Tidegate started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) started_with: Option<StartedWith>,
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}
