//! One entry of the log: what happened, to what, by whom.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// 1, 2, 3 … over the whole log, without gaps. Also the id in a stream of server-sent events.
    pub position: u64,
    /// What it happened to: `rollout/rol_…`, `release/1.2.0`, `slot/production/api`, `catalog`.
    pub stream: String,
    /// 1, 2, 3 … within the stream.
    pub version: u64,
    /// `rollout.step-entered`
    pub kind: String,
    /// A person, or `tidegate`.
    pub actor: String,
    /// From where they asked, and how: `127.0.0.1 cli`; absent where Tidegate acted by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    pub at_ms: u64,
    /// As it was recorded: an object with the event's name, or the name alone where nothing goes with it.
    pub body: serde_json::Value,
}
