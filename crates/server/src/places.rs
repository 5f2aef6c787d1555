//! Where things lie in a data directory.
//!
//! Invariant: these names are what other processes (the CLI, a next server) look for. Deliberately not here: what is in
//! the files.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tidegate_domain::name::ProjectName;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pub data: PathBuf,
}

impl Places {
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into() }
    }
    /// Another project of the same installation.
    pub fn project(&self, name: &ProjectName) -> Self {
        Self::new(self.data.join("projects").join(name.as_str()))
    }
    /// Those that were ever begun here, besides the first.
    pub fn projects(&self) -> impl Iterator<Item = Self> + use<> {
        let found = std::fs::read_dir(self.data.join("projects")).into_iter().flatten().flatten();
        found.map(|entry| entry.path()).filter(|path| path.is_dir()).map(Self::new)
    }
    /// The log of events and everything that follows from it.
    pub fn store(&self) -> PathBuf {
        self.data.join("tidegate.db")
    }
    /// Of the process target: artifacts, instances, their logs.
    pub fn target(&self) -> PathBuf {
        self.data.join("processes")
    }
    /// What secrets are sealed under.
    pub fn secrets_key(&self) -> PathBuf {
        self.data.join("secrets.key")
    }
    pub fn server_record(&self) -> PathBuf {
        self.data.join("server.json")
    }
    /// The secret by which the first administrator is made.
    pub fn setup(&self) -> PathBuf {
        self.data.join("setup")
    }
    /// What the versions of the sample are made of.
    pub fn sample(&self) -> PathBuf {
        self.data.join("sample")
    }
    pub fn timeline(&self) -> PathBuf {
        self.data.join("timeline.json")
    }
    /// One notice on each line.
    pub fn notices(&self) -> PathBuf {
        self.data.join("notices.jsonl")
    }
    /// The private key that signs checkpoints.
    pub fn audit_key(&self) -> PathBuf {
        self.data.join("audit.key")
    }
    /// Signed heads of the log, a file for each month.
    pub fn checkpoints(&self) -> PathBuf {
        self.data.join("checkpoints")
    }
    /// Addresses and secrets of webhooks.
    pub fn webhooks(&self) -> PathBuf {
        self.data.join("webhooks")
    }
    /// Bundles that were uploaded, by digest.
    pub fn bundles(&self) -> PathBuf {
        self.data.join("bundles")
    }
    /// What signs links in announcements.
    pub fn links_key(&self) -> PathBuf {
        self.data.join("links.key")
    }
    pub fn gateway_state(&self) -> PathBuf {
        self.data.join("gateway").join("state.json")
    }
    pub fn gateway_record(&self) -> PathBuf {
        self.data.join("gateway").join("process.json")
    }
    pub fn gateway_log(&self) -> PathBuf {
        self.data.join("gateway").join("gateway.log")
    }

    /// The server that last ran here; it may be gone.
    pub fn read_server_record(&self) -> Option<ServerRecord> {
        read_json(&self.server_record())
    }
}

/// `server.json`: how the CLI finds the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerRecord {
    pub address: SocketAddr,
    pub url: String,
    pub process_id: u32,
    pub version: String,
}

/// None where there is no such file, or something else in it.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Replaced whole, so that a reader never sees half of it.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(value).map_err(io::Error::other)?;
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path)
}
