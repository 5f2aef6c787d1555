//! Why a server does not start, or ends.
//!
//! Invariant: each has a stable code and a next step; `Display` never includes its source.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tidegate_ports::Fault;

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{address} can be reached from other machines, and Tidegate does not know yet who may do what")]
    LoopbackOnly { address: SocketAddr },
    #[error("port {} of {} is in use by another process", address.port(), address.ip())]
    PortInUse { address: SocketAddr, source: io::Error },
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot use the data directory {}", path.display())]
    DataDirectory { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl ServeError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::LoopbackOnly { .. } => "loopback-only",
            Self::PortInUse { .. } => "port-in-use",
            Self::Listen { .. } => "cannot-listen",
            Self::DataDirectory { .. } => "data-directory-unusable",
            Self::Fault(fault) => fault.code,
        }
    }

    pub fn help(&self) -> String {
        match self {
            Self::LoopbackOnly { address } => format!(
                "listen on 127.0.0.1:{} instead; other addresses come with identities, in a later version",
                address.port()
            ),
            Self::PortInUse { address, .. } => format!(
                "pass another one (`tidegate up --listen 127.0.0.1:PORT`; 0 takes any), or see who has it: \
                 `ss -ltnp 'sport = :{}'`",
                address.port()
            ),
            Self::Listen { .. } => "pass another address: `tidegate up --listen 127.0.0.1:PORT`".to_owned(),
            Self::DataDirectory { .. } => {
                "check that it may be written, or pass another one: `tidegate up --data DIRECTORY`".to_owned()
            }
            Self::Fault(fault) => fault.help.clone(),
        }
    }
}
