//! Why a gateway does not start.
//!
//! Invariant: each has a stable code and says what to do; `Display` never includes its source.
//! Not here: what happens while it runs, which never ends it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error("the admin API takes no address but a loopback one, not {address}")]
    AdminNotLoopback { address: SocketAddr },
    #[error("the admin API cannot listen on {address}")]
    AdminBind { address: SocketAddr, source: io::Error },
    #[error("the state file {} belongs to a gateway that is running", path.display())]
    StateInUse { path: PathBuf },
    #[error("the state file {} cannot be read or locked", path.display())]
    StateUnreadable { path: PathBuf, source: io::Error },
    #[error("the state file {} holds no routing table: {problem}", path.display())]
    StateCorrupt { path: PathBuf, problem: String },
    #[error("a thread or its runtime could not be started")]
    Thread { source: io::Error },
}

impl GatewayError {
    pub fn code(&self) -> &'static str {
        match self {
            GatewayError::AdminNotLoopback { .. } => "gateway-admin-not-loopback",
            GatewayError::AdminBind { .. } => "gateway-admin-address-in-use",
            GatewayError::StateInUse { .. } => "gateway-state-in-use",
            GatewayError::StateUnreadable { .. } => "gateway-state-unreadable",
            GatewayError::StateCorrupt { .. } => "gateway-state-corrupt",
            GatewayError::Thread { .. } => "gateway-thread-failed",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            GatewayError::AdminNotLoopback { .. } => "pass --admin 127.0.0.1:PORT",
            GatewayError::AdminBind { .. } => {
                "pass another port with --admin; `ss -ltnp` shows who holds this one, perhaps a gateway already running"
            }
            GatewayError::StateInUse { .. } => {
                "use the gateway that is running, or pass another --state FILE"
            }
            GatewayError::StateUnreadable { .. } => {
                "check the path and its permissions, or pass another --state FILE"
            }
            GatewayError::StateCorrupt { .. } => {
                "move the file away and start again: the control plane sets every route anew (`tidegate up`)"
            }
            GatewayError::Thread { .. } => "check the limits on processes and open files (`ulimit -a`)",
        }
    }
}
