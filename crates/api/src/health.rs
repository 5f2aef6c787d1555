//! How Tidegate itself does.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// To strangers, once there are people, `ok` alone, its own and those of its parts; on the server's own machine its
/// `process_id`, too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Whether store and gateway are well.
    pub ok: bool,
    /// Of this server.
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub process_id: u32,
    #[serde(default)]
    pub uptime_ms: u64,
    /// Of the newest event.
    #[serde(default)]
    pub position: u64,
    pub store: StoreHealth,
    pub gateway: GatewayHealth,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct StoreHealth {
    pub ok: bool,
    /// What is wrong.
    pub detail: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct GatewayHealth {
    pub ok: bool,
    /// What is wrong.
    pub detail: Option<String>,
    /// Of its admin API.
    pub url: Option<String>,
    /// Another one after each start of the gateway.
    pub instance_id: Option<String>,
    pub process_id: Option<u32>,
}

/// The log worked out again from its first event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Audit {
    pub events: u64,
    /// Of the tree over all events, hexadecimal. Note it elsewhere to find a rewrite of the whole log.
    pub head: String,
    pub chain: ChainState,
    /// Of the first event that is not as it was written.
    pub first_bad_position: Option<u64>,
    /// What is wrong with it.
    pub why: Option<String>,
    /// So many signed checkpoints were compared with it.
    #[serde(default)]
    pub checkpoints: u64,
    /// Of so many events the origin was forgotten, as the log says; their leaves are what they were.
    #[serde(default)]
    pub forgotten_origins: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChainState {
    Ok,
    Broken,
}
