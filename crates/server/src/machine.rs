//! What the server asks of this machine beyond the engine's ports: artifacts, logs, the audit, what runs.
//!
//! Invariant: an adapter is reached through this or a port, so only `compose` knows which it is.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tidegate_api::{Audit, CheckpointState, LogLine, Proof};
use tidegate_domain::component::Source;
use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_ports::{Fault, Observed, SmokeOutcome, SmokeQuestion};
use tidegate_store::audit::{Checkpoint, Tree};
use tidegate_store::sqlite::{Exported, Found, Past, Search};
use tidegate_targets::Kept;
use tokio::sync::{mpsc, watch};

/// Whose logs, and how much of them.
#[derive(Debug, Clone)]
pub(crate) struct LogsWanted {
    pub slot: SlotId,
    pub version: Option<Version>,
    pub ordinal: Option<u32>,
    pub lines: usize,
    pub follow: bool,
}

pub(crate) struct LogsFound {
    pub lines: Vec<LogLine>,
    /// New lines, until it is dropped.
    pub follow: Option<mpsc::Receiver<LogLine>>,
}

/// That an event is in the log of this size (of the newest checkpoint where absent), and that the log of size `from` is its
/// beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProofWanted {
    pub position: u64,
    pub size: Option<u64>,
    pub from: Option<u64>,
}

#[async_trait]
pub(crate) trait Machine: Send + Sync {
    /// Reads the artifact, keeps a copy by its digest, and answers the digest; none for a command. With `expected`,
    /// another digest is refused and nothing is kept.
    async fn bring_in(&self, source: Source, expected: Option<String>) -> Result<Option<String>, Fault>;
    /// Whether the copy of an artifact is what its digest says; reads all of it.
    async fn kept(&self, source: Source, digest: String) -> Result<Kept, Fault>;
    async fn logs(&self, wanted: LogsWanted) -> Result<LogsFound, Fault>;
    /// Reads the whole log; takes as long as that takes.
    /// Compares with these checkpoints, or with all that this server signed.
    async fn audit(&self, against: Option<Vec<Checkpoint>>) -> Result<Audit, Fault>;
    /// The newest checkpoint, and where it went.
    fn checkpoint(&self) -> CheckpointState;
    /// What of the log, above a position, is older than this, without a gap.
    async fn past(&self, after: u64, before_ms: u64) -> Result<Past, Fault>;
    /// Answers how many there were; asked again, it goes on.
    async fn forget_origins(&self, after: u64, through: u64) -> Result<u64, Fault>;
    async fn search(&self, search: Search) -> Result<Found, Fault>;
    /// The tree over the first `after` events, and how many there are by now; none where there are fewer.
    async fn export_begins(&self, after: u64) -> Result<Option<(Tree, u64)>, Fault>;
    /// The next events above `after`, oldest first.
    async fn exported(&self, after: u64, until: u64) -> Result<Vec<Exported>, Fault>;
    /// None where there are not so many events.
    async fn proof(&self, wanted: ProofWanted) -> Result<Option<Proof>, Fault>;
    /// Every version that runs or should, by slot.
    fn running(&self) -> BTreeMap<SlotId, BTreeMap<String, Observed>>;
    /// A number that rises with every change of what `running` answers.
    fn changed(&self) -> watch::Receiver<u64>;
    /// Asks a smoke test of what runs here; dropped, it ends what it started.
    async fn smoke(&self, question: &SmokeQuestion) -> SmokeOutcome;
    /// Ends every process it runs.
    async fn stop_all(&self) -> Result<(), Fault>;
}
