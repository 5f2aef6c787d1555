//! What a server is told when it starts, and what it tells once it serves.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::gateway::GatewayMode;
use crate::pace::Paces;
use crate::tls::TlsFiles;

#[derive(Debug, Clone)]
pub struct Options {
    /// Everything is kept here; made where it is missing.
    pub data: PathBuf,
    /// Beyond loopback only when somebody must sign in, and encrypted. Port 0 asks the system for one.
    pub listen: SocketAddr,
    pub gateway: GatewayMode,
    pub on_stop: OnStop,
    /// Answer nobody without proof, also while there is nobody yet.
    pub require_login: bool,
    /// HTTPS instead of HTTP.
    pub tls: Option<TlsFiles>,
    /// A proxy before it speaks TLS with clients, says where they are (`X-Forwarded-For`), and is the only one that
    /// reaches this server.
    pub behind_tls_proxy: bool,
    /// The file that names identity providers.
    pub sign_in: Option<PathBuf>,
    /// How often one may ask, once somebody must sign in.
    pub paces: Paces,
    pub outside: Outside,
}

impl Options {
    /// Services go on when it ends; nobody needs to sign in as long as there is nobody.
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr, gateway: GatewayMode) -> Self {
        Self {
            data: data.into(),
            listen,
            gateway,
            on_stop: OnStop::LeaveRunning,
            require_login: false,
            tls: None,
            behind_tls_proxy: false,
            sign_in: None,
            paces: Paces::default(),
            outside: Outside::default(),
        }
    }

    /// Whether others than this machine can ask.
    pub(crate) fn is_public(&self) -> bool {
        !self.listen.ip().is_loopback() || self.behind_tls_proxy
    }
}

/// Other systems that are told, or may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outside {
    /// Where checkpoints of the log go besides the data directory: `file:PATH`, `git:PATH`, a URL.
    pub checkpoint_to: Vec<String>,
    /// Hosts and networks within reach although they are not public: names, `*.corp.example`, `10.1.0.0/16`.
    pub allowed_hosts: Vec<String>,
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
