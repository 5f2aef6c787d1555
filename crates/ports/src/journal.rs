//! Where history is kept: an event log, and in the same transaction the read rows, wake-ups, outbox and receipts.
//!
//! Invariant: a batch is written whole or not at all, and once `append` has answered, it survives a crash. Events are
//! opaque here (a kind and a JSON body): what they mean is the domain's. Deliberately not here: any decision.

use async_trait::async_trait;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::{Moment, Steady};

use crate::fault::Fault;
use crate::notice::Notice;

/// Everything that one decision changes.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub at: Moment,
    /// Who asked: a person, a token, or `tidegate`.
    pub actor: String,
    /// From where, where somebody asked.
    pub origin: Option<Origin>,
    /// Present when the writer drives: the batch is refused when the lease has passed to another.
    pub lease: Option<Lease>,
    pub appends: Vec<StreamAppend>,
    pub rows: Vec<Row>,
    pub wakes: Vec<Wake>,
    pub outbox: Vec<Notice>,
    pub receipt: Option<Receipt>,
    pub notes: Vec<Note>,
    pub samples: Vec<Sample>,
}

/// Where a request came from. The log's hashes hold it only together with the salt, so that it can be forgotten later
/// without breaking them, and nobody finds it again by trying all addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `127.0.0.1 cli`
    pub text: String,
    /// Random, new for each batch.
    pub salt: [u8; 16],
}

#[derive(Debug, Clone)]
pub struct StreamAppend {
    pub stream: StreamId,
    /// How many events the writer knew of; any other number is a conflict.
    pub expected_version: u64,
    pub events: Vec<NewEvent>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub kind: String,
    /// JSON text, stored and hashed as it is.
    pub body: String,
}

/// One event as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 1, 2, 3 … over the whole log, without gaps.
    pub position: u64,
    pub stream: StreamId,
    /// 1, 2, 3 … within the stream.
    pub version: u64,
    pub kind: String,
    pub body: String,
    pub actor: String,
    /// `127.0.0.1 cli`; none where Tidegate acted by itself, or where it was forgotten.
    pub origin: Option<String>,
    pub at: Moment,
}

/// A read row: the present state of one thing, for lists and pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `rollout`, `release`, `slot` …
    pub kind: String,
    pub id: String,
    /// What lists filter by: an environment, the release of a flag, or empty.
    pub scope: String,
    /// What lists filter by: `advancing`, `done` …
    pub state: String,
    /// JSON text.
    pub body: String,
}

/// When a stream next wants attention; `None` means not before somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    pub stream: StreamId,
    pub at: Option<Steady>,
}

/// The answer to a command, kept under the caller's idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub key: String,
    /// Of actor and command; the same key with another digest is refused.
    pub command_digest: String,
    /// JSON text.
    pub answer: String,
}

/// A replaceable value that belongs to a stream but is no history: the state of an analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub stream: StreamId,
    pub name: String,
    /// `None` forgets it.
    pub body: Option<Vec<u8>>,
}

/// One measurement, kept apart from the log so that the log stays short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    pub stream: StreamId,
    pub at: Moment,
    /// JSON text.
    pub body: String,
}

/// The right to drive one stream for a while. Whoever acts on a stream's behalf holds one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub stream: StreamId,
    pub holder: String,
    /// Raised whenever another holder takes the stream over; over the whole store it only grows.
    pub fence: u64,
    pub until: Steady,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position of the newest event in the log after this batch (or before it, if the batch held none).
    pub position: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody wrote first: load again, decide again.
    #[error("stream {stream} has moved on")]
    Conflict { stream: StreamId },
    /// The lease has passed to another holder: stop.
    #[error("the lease on {stream} has passed to another holder")]
    LeaseLost { stream: StreamId },
    /// This key was answered before; here is what was answered.
    #[error("this idempotency key was answered before")]
    Answered(Receipt),
    #[error(transparent)]
    Fault(#[from] Fault),
}

#[derive(Debug, Clone, Default)]
pub struct EventsAfter {
    /// Positions above this one.
    pub position: u64,
    pub stream: Option<StreamId>,
    pub limit: u32,
}

/// Rows in the order of their last change, newest first.
#[derive(Debug, Clone, Default)]
pub struct RowQuery {
    pub kind: String,
    pub scope: Option<String>,
    pub state: Option<String>,
    /// Rows last changed at positions below this one; `None` starts at the newest.
    pub before: Option<u64>,
    pub limit: u32,
}

/// Samples of a stream, oldest first.
#[derive(Debug, Clone)]
pub struct SamplesQuery {
    pub stream: StreamId,
    /// What was written after the newest that is no later than this wall time, the oldest of it first; the newest
    /// samples where absent.
    pub after_ms: Option<u64>,
    pub limit: u32,
}

impl SamplesQuery {
    pub fn newest(stream: StreamId, limit: u32) -> Self {
        Self { stream, after_ms: None, limit }
    }
}

#[async_trait]
pub trait Journal: Send + Sync {
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError>;
    /// The events of one stream with versions above `after_version`, oldest first.
    async fn load(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Entry>, Fault>;
    async fn events(&self, query: EventsAfter) -> Result<Vec<Entry>, Fault>;
    async fn receipt(&self, key: &str) -> Result<Option<Receipt>, Fault>;
    async fn note(&self, stream: &StreamId, name: &str) -> Result<Option<Vec<u8>>, Fault>;
    /// Each row with the position of its last change.
    async fn rows(&self, query: RowQuery) -> Result<Vec<(u64, Row)>, Fault>;
    async fn row(&self, kind: &str, id: &str) -> Result<Option<Row>, Fault>;
    async fn samples(&self, query: SamplesQuery) -> Result<Vec<Sample>, Fault>;
}

/// Who drives what, and when.
#[async_trait]
pub trait Agenda: Send + Sync {
    /// Takes up to `limit` streams that are due and free, most overdue first. A stream is free when nobody holds it,
    /// when the holder's time is up, or when the holder belongs to an earlier start of the same store.
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault>;
    /// Takes the lease again for longer; none when another holder has it.
    async fn renew(&self, lease: &Lease, now: Steady) -> Result<Option<Lease>, Fault>;
    /// Gives the stream back and says when it is due again. `seen_version` is the version that this time follows
    /// from: if the stream has moved on meanwhile, it is due at once (else a wake-up that came in between is lost).
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault>;
    /// When the next stream that nobody holds is due.
    async fn next_due(&self) -> Result<Option<Steady>, Fault>;
    /// Notices written and not yet sent, oldest first.
    async fn unsent(&self, limit: u32) -> Result<Vec<Notice>, Fault>;
    async fn sent(&self, notice_id: &str) -> Result<(), Fault>;
}

pub trait Store: Journal + Agenda {}
impl<S: Journal + Agenda> Store for S {}
