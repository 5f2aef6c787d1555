//! Where numbers come from: cumulative counters of stable and candidate.
//!
//! Invariant: counters only grow, but for a restart of who counts; a missing arm is said, never filled with zeros.
//! Deliberately not here: what the numbers mean.

use async_trait::async_trait;
use tidegate_domain::id::SlotId;
use tidegate_domain::name::{EnvironmentName, FlagKey, Version};

use crate::fault::Fault;

/// Whose requests are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricsQuery {
    Versions(OfVersions),
    Variants(OfVariants),
}

/// Of those whom the flag gives the variant (the candidate), and of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfVariants {
    pub environment: EnvironmentName,
    pub flag: FlagKey,
    pub variant: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfVersions {
    pub slot: SlotId,
    pub stable: Option<Version>,
    pub candidate: Version,
    /// Whether copies are counted for the candidate, whose answers nobody gets, and not what users waited for.
    pub copies: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Upper edges of the latency buckets in milliseconds, ascending, without the last (infinite) one.
    pub edges_ms: Vec<f64>,
    pub stable: Vec<Arm>,
    pub candidate: Vec<Arm>,
}

/// What one counting instance has counted for one version since it started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arm {
    /// Who counted; another name is another set of counters.
    pub instance: String,
    pub requests: u64,
    pub errors: u64,
    /// Requests at most as slow as each edge; the last counts all.
    pub buckets: Vec<u64>,
}

#[async_trait]
pub trait MetricSource: Send + Sync {
    async fn measure(&self, query: &MetricsQuery) -> Result<Measured, Fault>;
}
