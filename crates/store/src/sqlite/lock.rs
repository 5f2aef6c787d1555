//! One process at a time: a lock file beside the database.
//!
//! Invariant: the lock ends with the process, however it ends, and child processes do not inherit it. Deliberately
//! not here: locks between threads.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use tidegate_ports::Fault;

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct LockFile {
    _file: File,
}

impl LockFile {
    pub fn acquire(database: &Path) -> Result<Self, Fault> {
        let path = path_beside(database);
        let unreachable = |error: std::io::Error| {
            Fault::hold("store-unreachable", format!("cannot open {}", path.display()))
                .with_help("check that the data directory exists and may be written")
                .caused_by(error)
        };
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).to_owned();
        let mut file = options.open(&path).map_err(unreachable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(database, &mut file)),
            Err(TryLockError::Error(error)) => return Err(unreachable(error)),
        }
        write_owner(&mut file).map_err(unreachable)?;
        Ok(Self { _file: file })
    }
}

fn path_beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn write_owner(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

fn in_use(database: &Path, file: &mut File) -> Fault {
    let mut owner = String::new();
    // Best effort: between taking the lock and writing its number the owner leaves the file empty.
    let known = file.take(20).read_to_string(&mut owner).is_ok() && owner.parse::<u32>().is_ok();
    let owner = if known { format!("process {owner}") } else { "another process".to_owned() };
    Fault::hold("store-in-use", format!("{} is in use by {owner}", database.display()))
        .with_help("stop that process first, or use another data directory")
}
