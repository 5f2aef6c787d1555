//! A copy of what was learnt, for the next start.
//!
//! Invariant: the file is replaced whole, readable by its owner alone, and its time is when it was last known to be the
//! newest. What cannot be written is said and stops nothing. Deliberately not here: what is in it (`Learner`).

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

pub(super) struct Kept {
    path: PathBuf,
}

impl Kept {
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// With how long ago it was last known to be the newest; none where there is no such file, or a longer one.
    pub fn read(&self, bytes_max: usize) -> Option<(Vec<u8>, Duration)> {
        let file = File::open(&self.path).ok()?;
        let about = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let since = SystemTime::now().duration_since(about.modified().ok()?).unwrap_or_default();
        let mut bytes = Vec::new();
        file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() <= bytes_max).then_some((bytes, since))
    }

    pub fn write(&self, bytes: &[u8]) {
        if let Err(error) = replace(&self.path, bytes) {
            tracing::warn!(path = %self.path.display(), %error, "the copy of the flags could not be written");
        }
    }

    /// It is still the newest.
    pub fn confirm(&self) {
        let confirmed = File::options().append(true).open(&self.path);
        if let Err(error) = confirmed.and_then(|file| file.set_modified(SystemTime::now())) {
            tracing::debug!(path = %self.path.display(), %error, "the copy of the flags could not be confirmed");
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Each process has a name of its own for what is not whole yet.
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".{}.new", std::process::id()));
    let written = write_new(Path::new(&new), bytes).and_then(|()| std::fs::rename(&new, path));
    if written.is_err() {
        let _gone = std::fs::remove_file(&new);
    }
    written
}

/// Never through a link, never into a file that others may read already.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let _left_behind = std::fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_copy_is_replaced_whole_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flags.json");
        std::fs::write(&path, "something longer that others may read").unwrap();
        let kept = Kept::at(path.clone());
        kept.write(b"{}");
        assert_eq!(kept.read(2).unwrap().0, b"{}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(kept.read(1).is_none(), "longer than may be");
        kept.confirm();
        assert!(kept.read(2).is_some());
    }

    #[test]
    fn what_is_no_file_is_no_copy() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Kept::at(directory.path().to_owned()).read(10).is_none());
        let nowhere = Kept::at(directory.path().join("no/such/file"));
        nowhere.write(b"{}");
        nowhere.confirm();
        assert!(nowhere.read(10).is_none());
    }
}
