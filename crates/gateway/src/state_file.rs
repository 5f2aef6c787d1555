//! The table on disk, so that a gateway that is started again serves what it served before.
//!
//! Invariant: the file is always a whole table: it is written beside, synced, renamed and the directory
//! synced; one gateway owns it, by a lock that the operating system lifts when the process ends.
//! Not here: when to write (`keeper`).

use crate::GatewayError;
use crate::table::book::Book;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FORMAT: u32 = 1;
const BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    format: u32,
    table: T,
}

pub(crate) struct StateFile {
    path: PathBuf,
    _lock: File,
}

impl StateFile {
    /// Takes the file and reads it; a file that does not exist is an empty table.
    pub fn open(path: &Path) -> Result<(StateFile, Book), GatewayError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let fault = |source| GatewayError::StateUnreadable { path: path.clone(), source };
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(fault)?;
        }
        let lock = File::create(beside(&path, "lock")).map_err(fault)?;
        if let Err(refused) = lock.try_lock() {
            return Err(match refused {
                fs::TryLockError::WouldBlock => GatewayError::StateInUse { path },
                fs::TryLockError::Error(source) => fault(source),
            });
        }
        let book = read(&path)?;
        Ok((StateFile { path, _lock: lock }, book))
    }

    /// Returns when the table is on the disk.
    pub fn write(&self, book: &Book) -> io::Result<()> {
        let text = serde_json::to_vec(&Stored { format: FORMAT, table: book }).map_err(io::Error::other)?;
        let new = beside(&self.path, "new");
        let written = write_synced(&new, &text).and_then(|()| fs::rename(&new, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&new); // a full disk should not stay fuller than it was
        }
        written?;
        self.path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    }
}

fn write_synced(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn read(path: &Path) -> Result<Book, GatewayError> {
    let corrupt = |problem: String| GatewayError::StateCorrupt { path: path.to_owned(), problem };
    let text = match fs::metadata(path) {
        Ok(found) if found.len() > BYTES_MAX => {
            return Err(corrupt(format!("longer than {BYTES_MAX} bytes")));
        }
        Ok(_) => fs::read(path)
            .map_err(|source| GatewayError::StateUnreadable { path: path.to_owned(), source })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Book::default()),
        Err(source) => return Err(GatewayError::StateUnreadable { path: path.to_owned(), source }),
    };
    let stored: Stored<Book> = serde_json::from_slice(&text).map_err(|error| corrupt(error.to_string()))?;
    if stored.format != FORMAT {
        return Err(corrupt(format!("format {} is not known to this build", stored.format)));
    }
    stored.table.check().map_err(|refusal| corrupt(refusal.to_string()))?;
    Ok(stored.table)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_code(path: &Path) -> Option<&'static str> {
        StateFile::open(path).err().map(|error| error.code())
    }

    #[test]
    fn a_file_that_is_no_table_is_refused_and_left_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("empty", ""),
            ("cut", "{\"format\":1,\"table\":{\"rou"),
            ("future", "{\"format\":2,\"table\":{\"routes\":{}}}"),
            ("other", "[1,2]"),
        ] {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            assert_eq!(error_code(&path), Some("gateway-state-corrupt"), "{name}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn one_gateway_owns_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state/gateway.json");
        let first = StateFile::open(&path).unwrap();
        assert_eq!(error_code(&path), Some("gateway-state-in-use"));
        first.0.write(&first.1).unwrap();
        drop(first);
        assert_eq!(error_code(&path), None);
    }
}
