//! What a server is told when it starts, and what it tells once it serves.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::gateway::GatewayMode;

#[derive(Debug, Clone)]
pub struct Options {
    /// Everything is kept here; made where it is missing.
    pub data: PathBuf,
    /// Loopback only, as long as there are no identities. Port 0 asks the system for one.
    pub listen: SocketAddr,
    pub gateway: GatewayMode,
    pub on_stop: OnStop,
    /// Answer nobody without proof, also while there is nobody yet.
    pub require_login: bool,
}

impl Options {
    /// Services go on when it ends; nobody needs to sign in as long as there is nobody.
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr, gateway: GatewayMode) -> Self {
        Self { data: data.into(), listen, gateway, on_stop: OnStop::LeaveRunning, require_login: false }
    }
}

/// What happens to services and gateway when the server is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnStop {
    /// They go on serving; the next server adopts them.
    #[default]
    LeaveRunning,
    /// They are stopped too: for scratch directories.
    StopEverything,
}

/// The server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    pub address: SocketAddr,
    /// `http://127.0.0.1:7070`
    pub url: String,
    /// Where the secret for the first administrator is, while there is nobody.
    pub setup: Option<PathBuf>,
}
