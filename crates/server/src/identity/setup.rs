//! The secret by which the first administrator is made.
//!
//! Invariant: it is there only while there is nobody, readable by the owner of the data directory alone, and used up by
//! the first administrator; the same one stays over restarts until then. Deliberately not here: making the
//! administrator (`routes::session`).

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tidegate_identity::Secret;
use tidegate_ports::Fault;
use tokio::sync::{Mutex, MutexGuard};

const DIGITS: usize = 64;

pub(crate) struct Setup {
    path: PathBuf,
    secret: Mutex<Option<Secret>>,
}

impl Setup {
    pub fn open(path: PathBuf, nobody: bool) -> Result<Self, Fault> {
        let secret =
            if nobody { Some(kept_or_new(&path).map_err(|error| unusable(&path, error))?) } else { None };
        let setup = Self { path, secret: Mutex::new(secret) };
        if !nobody {
            setup.remove();
        }
        Ok(setup)
    }

    /// Held while the administrator is made, so that of two who come at once one is first.
    pub async fn take(&self) -> MutexGuard<'_, Option<Secret>> {
        self.secret.lock().await
    }

    pub fn remove(&self) {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, path = %self.path.display(), "the setup secret could not be removed; it is void");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

fn kept_or_new(path: &Path) -> std::io::Result<Secret> {
    let kept = std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    if let Some(kept) =
        kept.filter(|text| text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        return Ok(Secret::new(kept));
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let secret = Secret::new(crate::wire::hex(&rand::random::<[u8; DIGITS / 2]>()));
    let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", secret.expose())?;
    Ok(secret)
}

fn unusable(path: &Path, error: std::io::Error) -> Fault {
    Fault::hold("setup-unwritable", format!("cannot write the setup secret to {}", path.display()))
        .with_help("check who owns the data directory, and whether the disk is full")
        .caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn it_stays_until_there_is_somebody_and_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("setup");
        drop(Setup::open(path.clone(), true).unwrap());
        let first = read(&path);
        assert_eq!(first.trim().len(), DIGITS);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(Setup::open(path.clone(), true).unwrap());
        assert_eq!(read(&path), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(Setup::open(path.clone(), false).unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_secret_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("setup");
        std::fs::write(&path, "").unwrap();
        drop(Setup::open(path.clone(), true).unwrap());
        assert_eq!(read(&path).trim().len(), DIGITS);
    }
}
