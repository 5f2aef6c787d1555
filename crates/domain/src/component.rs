//! What runs: components, how they are started and stopped, and the artifacts that hold them.
//!
//! Invariant: a spec is complete; defaults were filled in when it was made. Deliberately not here: where it runs
//! (`environment.rs`) and how it gets there (`strategy`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::database::DatabaseSteps;
use crate::name::{ComponentName, Version};
use crate::smoke::SmokeTest;

/// One thing that is built and versioned, and how a process of it lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentSpec {
    pub name: ComponentName,
    /// The program and its arguments. A program with a `/` in it is looked up in the artifact's directory, else on
    /// the PATH.
    pub run: Vec<String>,
    /// Set for every instance, under those of the environment. `PORT` is always set by the target.
    pub variables: BTreeMap<String, String>,
    pub readiness: Readiness,
    pub stop: Stop,
    /// Rolled out before this one.
    pub depends_on: Vec<ComponentName>,
    /// What every new version of it is asked after it was deployed. Not of what stands somewhere: a plan has its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smoke: Vec<SmokeTest>,
    /// What is run on its database while a new version is brought out. As with smoke tests, a plan has its own.
    #[serde(default, skip_serializing_if = "DatabaseSteps::is_empty")]
    pub database: DatabaseSteps,
}

/// When an instance may be sent requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    pub probe: Probe,
    /// Between two probes.
    pub interval_ms: u64,
    /// One probe may take this long.
    pub timeout_ms: u64,
    /// Ready without a break for this long before it counts.
    pub min_ready_seconds: u64,
}

impl Default for Readiness {
    fn default() -> Self {
        Self { probe: Probe::Tcp, interval_ms: 200, timeout_ms: 1_000, min_ready_seconds: 0 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Probe {
    /// GET answers 2xx.
    Http { path: String },
    /// The port accepts a connection.
    Tcp,
    /// The process runs (a worker without a port).
    Alive,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// How long requests under way may take once no new ones arrive.
    pub drain_seconds: u64,
    /// From SIGTERM to SIGKILL.
    pub kill_after_seconds: u64,
}

impl Default for Stop {
    fn default() -> Self {
        Self { drain_seconds: 10, kill_after_seconds: 10 }
    }
}

/// An immutable thing that can run, by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    pub version: Version,
    pub source: Source,
    /// `sha256:…` of the archive's bytes, or of the directory's tree; absent for a command, which has no content.
    pub digest: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A directory, copied by digest before it runs.
    Directory(String),
    /// A `.tar.gz` or `.tar.zst`.
    Archive(String),
    /// A file of a bundle that was taken: by the digest of its archive, and its path in there.
    Bundled { bundle: String, path: String },
    /// Nothing to unpack: the component's `run` names a program that is there already.
    Command,
}

/// Whether a file of this name is unpacked rather than run as it is.
pub fn names_an_archive(path: &str) -> bool {
    [".tar.gz", ".tgz", ".tar.zst", ".tzst"].iter().any(|ending| path.ends_with(ending))
}
