//! Where the process target keeps its files.
//!
//! Invariant: every path is made of names that passed their rule, so none can leave the data directory.
//! Deliberately not here: what is in the files.
//!
//! ```text
//! target.lock  target.id  artifacts/sha256-…/
//! processes/<environment>/<component>/generation.json
//! processes/<environment>/<component>/versions/<version>/{wanted.json, artifact.json, 0.json, 0.log, 0.log.1, work/}
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;

#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
}

impl Layout {
    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("target.lock")
    }
    pub(crate) fn owner(&self) -> PathBuf {
        self.root.join("target.id")
    }
    pub(crate) fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }
    pub(crate) fn processes(&self) -> PathBuf {
        self.root.join("processes")
    }
    pub(crate) fn slot(&self, slot: &SlotId) -> PathBuf {
        self.processes().join(slot.environment.as_str()).join(slot.component.as_str())
    }
    pub(crate) fn generation(&self, slot: &SlotId) -> PathBuf {
        self.slot(slot).join("generation.json")
    }
    pub(crate) fn versions(&self, slot: &SlotId) -> PathBuf {
        self.slot(slot).join("versions")
    }
    pub(crate) fn version(&self, slot: &SlotId, version: &Version) -> PathBuf {
        self.versions(slot).join(version.as_str())
    }
}

pub(crate) fn wanted(version: &Path) -> PathBuf {
    version.join("wanted.json")
}
/// What it ran from; stays when it has stopped.
pub(crate) fn artifact(version: &Path) -> PathBuf {
    version.join("artifact.json")
}
pub(crate) fn record(version: &Path, ordinal: u32) -> PathBuf {
    version.join(format!("{ordinal}.json"))
}
pub(crate) fn log(version: &Path, ordinal: u32) -> PathBuf {
    version.join(format!("{ordinal}.log"))
}
pub(crate) fn rotated(log: &Path) -> PathBuf {
    log.with_extension("log.1")
}

/// The ordinal of `3.json` or `3.log`; none for any other file.
pub(crate) fn ordinal(name: &str, extension: &str) -> Option<u32> {
    name.strip_suffix(extension)?.strip_suffix('.')?.parse().ok()
}

/// How much a written file must survive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The death of this process: the kernel has it.
    Process,
    /// The death of the machine.
    Machine,
}

/// Replaces the file in one step: a reader sees the old content or the new, never half.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T, keep: Keep) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let staged = path.with_extension("json.new");
    let mut file = private_file(&staged)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    if keep == Keep::Machine {
        file.sync_all()?;
    }
    drop(file);
    fs::rename(&staged, path)?;
    if keep == Keep::Machine {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Variables may hold secrets: only our user reads these files.
fn private_file(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// None where the file is not there. What cannot be understood is put aside, said once, and counts as not there.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a state file is damaged and was put aside");
            fs::rename(path, path.with_extension("json.damaged"))?;
            Ok(None)
        }
    }
}
