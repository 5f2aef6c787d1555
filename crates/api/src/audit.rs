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
