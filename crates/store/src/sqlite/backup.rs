//! A copy of the database while it is in use.
//!
//! Invariant: the copy is one state of the store, complete and on the disk under its name, or it is not there at all.
//! Deliberately not here: when to make one, where to keep it.

use std::fs::File;
use std::path::{Path, PathBuf};

use tidegate_ports::Fault;
use tokio::sync::oneshot;

use super::failure::{Failure, Meaning};
use super::opening::{fault_at_open, open_reader};
use super::{SqliteStore, no_thread};

impl SqliteStore {
    /// Writes a copy to `target`, which must not exist; readers and the writer go on meanwhile.
    pub async fn backup(&self, target: impl AsRef<Path>) -> Result<(), Fault> {
        let (path, target) = (self.shared.path.clone(), target.as_ref().to_owned());
        let (reply, answer) = oneshot::channel();
        let thread = std::thread::Builder::new().name("store-backup".to_owned());
        thread.spawn(move || drop(reply.send(copy(&path, &target)))).map_err(no_thread)?;
        answer.await.map_err(|_| self.ended())?
    }
}

fn copy(path: &Path, target: &Path) -> Result<(), Fault> {
    let failed = |error: std::io::Error| {
        Fault::hold("backup-failed", format!("cannot write the backup {}", target.display()))
            .with_help("name a file in a directory that exists, may be written and has space")
            .caused_by(error)
    };
    if target.exists() {
        return Err(Fault::hold("backup-exists", format!("{} exists already", target.display()))
            .with_help("name a new file: a backup never replaces another"));
    }
    let part = beside(target);
    let copied = copy_to(path, &part).and_then(|()| publish(&part, target).map_err(failed));
    if copied.is_err() {
        // What is left of a failed copy is worth nothing; that it may not even exist is no news.
        drop(std::fs::remove_file(&part));
    }
    copied
}

fn copy_to(path: &Path, part: &Path) -> Result<(), Fault> {
    drop(std::fs::remove_file(part));
    let text = part.to_str().ok_or_else(|| {
        Fault::hold("backup-failed", format!("{} is not a name in UTF-8", part.display()))
            .with_help("name the backup in plain letters")
    })?;
    let connection = open_reader(path).map_err(|error| fault_at_open(path, &error))?;
    connection.execute("VACUUM INTO ?1", [text]).map(drop).map_err(|error| {
        let failure = Failure::of(&error);
        let is_full = failure.meaning == Meaning::DiskFull;
        let message = format!("cannot write the backup {}", part.display());
        let fault =
            if is_full { Fault::retry("disk-full", message) } else { Fault::hold("backup-failed", message) };
        fault
            .with_help("name a file in a directory that exists, may be written and has space")
            .caused_by(error)
    })
}

/// On the disk first, then under its name: a copy with that name is a whole one.
fn publish(part: &Path, target: &Path) -> std::io::Result<()> {
    File::open(part)?.sync_all()?;
    std::fs::rename(part, target)?;
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn beside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
