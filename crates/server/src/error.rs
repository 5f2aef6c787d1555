//! Why a server does not start, or ends.
//!
//! Invariant: each has a stable code and a next step; `Display` never includes its source.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tidegate_ports::Fault;

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "others than this machine would reach {address}, and there is nobody yet, so everybody could do everything"
    )]
    LoopbackOnly { address: SocketAddr },
    #[error(
        "{address} can be reached from other machines, and passwords and tokens would cross the network unencrypted"
    )]
    Unencrypted { address: SocketAddr },
    #[error("{} cannot be used for TLS: {why}", path.display())]
    TlsUnusable { path: PathBuf, why: String },
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
            Self::Unencrypted { .. } => "tls-required",
            Self::TlsUnusable { .. } => "tls-files-unusable",
            Self::PortInUse { .. } => "port-in-use",
            Self::Listen { .. } => "cannot-listen",
            Self::DataDirectory { .. } => "data-directory-unusable",
            Self::Fault(fault) => fault.code,
        }
    }

    pub fn help(&self) -> String {
        match self {
            Self::LoopbackOnly { address } => format!(
                "listen on 127.0.0.1:{} and make the first administrator (`tidegate user create NAME --admin`), or \
                 pass --require-login",
                address.port()
            ),
            Self::Unencrypted { .. } => {
                "pass --tls-cert FILE and --tls-key FILE, or --behind-tls-proxy where a proxy before it does that".to_owned()
            }
            Self::TlsUnusable { .. } => {
                "both are PEM files: the certificate with its chain, and its key, which belongs to it".to_owned()
            }
            Self::PortInUse { address, .. } => format!(
                "pass another one (`--listen 127.0.0.1:PORT`; 0 takes any), or see who has it: \
                 `ss -ltnp 'sport = :{}'`",
                address.port()
            ),
            Self::Listen { .. } => "pass another address: `--listen 127.0.0.1:PORT`".to_owned(),
            Self::DataDirectory { .. } => {
                "check that it may be written, or pass another one: `tidegate up --data DIRECTORY`".to_owned()
            }
            Self::Fault(fault) => fault.help.clone(),
        }
    }
}
