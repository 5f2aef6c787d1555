//! Checkpoints of the log, and proofs about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The newest signed head of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckpointState {
    /// Verifies checkpoints; keep it where this server's administrators cannot write.
    pub key: String,
    /// Events that it covers.
    pub size: Option<u64>,
    /// Of the tree over them, hexadecimal.
    pub head: Option<String>,
    /// The signed note (C2SP tlog-checkpoint).
    pub note: Option<String>,
    pub sent: Vec<CheckpointSent>,
}

/// A place outside that gets checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckpointSent {
    pub to: String,
    /// Of the newest that arrived there since the server started.
    pub size: Option<u64>,
    /// Why the last attempt failed.
    pub failure: Option<String>,
}

/// Signed elsewhere: the log had this head at this size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotedHead {
    #[serde(deserialize_with = "crate::whole::whole")]
    pub size: u64,
    /// Hexadecimal.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub head: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareRequest {
    #[schema(max_items = 10_000)]
    pub checkpoints: Vec<NotedHead>,
}

/// By RFC 6962, all hashes hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Proof {
    pub position: u64,
    /// Of the tree that the proof is about.
    pub size: u64,
    pub head: String,
    /// Of the event.
    pub leaf: String,
    /// From the leaf up to the head.
    pub inclusion: Vec<String>,
    pub from: Option<u64>,
    /// That the first `from` events are the beginning of this tree.
    pub consistency: Option<Vec<String>>,
}

/// The first line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportBegin {
    /// `tidegate-audit-1`
    pub format: String,
    pub project: String,
    /// Events before the first one in it.
    pub after: u64,
    /// Position of the last one in it.
    pub until: u64,
    /// What the tree over the events before is made of: the heads of its perfect trees, the widest first, hexadecimal. With
    /// them and the leaves the head at each later size can be worked out.
    pub peaks: Vec<String>,
}

/// Each later line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportedEvent {
    pub position: u64,
    /// Hexadecimal: SHA-256 over a zero byte and, each as its length (4 bytes, big-endian) and its bytes, position, stream,
    /// version, kind, body, actor, both times (numbers in 8 bytes, big-endian), and the hash of the origin where there is one.
    pub leaf: String,
    /// Absent where the one who exports may not see it: events about people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<ExportedContent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportedContent {
    pub stream: String,
    pub version: u64,
    pub kind: String,
    /// JSON as it was recorded, byte for byte.
    pub body: String,
    pub actor: String,
    pub wall_ms: u64,
    pub steady_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Hexadecimal, 16 bytes. The hash of the origin is SHA-256 over salt and origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_salt: Option<String>,
    /// Hexadecimal: all that is left of an origin that was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_hash: Option<String>,
}

/// What [`ExportBegin`] says it is.
pub const EXPORT_FORMAT: &str = "tidegate-audit-1";

/// How long the log remembers from where somebody asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RetentionState {
    /// Absent where origins are kept for ever.
    pub origin_days: Option<u32>,
    /// Of all events up to this position origins are forgotten, or about to be.
    pub forgotten_through: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionRequest {
    /// 1 to 36525; 0 keeps them for ever.
    #[serde(deserialize_with = "crate::whole::small")]
    #[schema(maximum = 36525)]
    pub origin_days: u32,
}
