//! Where numbers come from: cumulative counters of stable and candidate.
//!
//! Invariant: counters only grow, but for a restart of who counts; a missing arm is said, never filled with zeros.
//! Deliberately not here: what the numbers mean.

use async_trait::async_trait;
use tidegate_domain::id::SlotId;
use tidegate_domain::name::{EnvironmentName, FlagKey, Version};
use tidegate_domain::strategy::Prometheus;

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
    /// Who counted; Tidegate itself, to which programs report, where absent.
    pub prometheus: Option<Prometheus>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfVersions {
    pub slot: SlotId,
    pub stable: Option<Version>,
    pub candidate: Version,
    /// What counts for the candidate.
    pub counted: Counted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// What users waited for.
    Requests,
    /// Copies, whose answers nobody gets.
    Copies,
    /// Copies whose answer could be compared with the one that users got; another answer is a failure.
    Compared,
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
