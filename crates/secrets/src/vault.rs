//! The vault over a key file: seals for the engine, opens for whoever starts instances.
//!
//! Invariant: an environment's redactor knows every value that was revealed to its instances before it was asked for.
//! Deliberately not here: the store that keeps what was sealed.

use std::sync::{PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tidegate_ports::{Fault, Revealed, Sealed, SecretPlace, Vault};
use zeroize::{Zeroize, Zeroizing};

use crate::keyfile::KeyFile;
use crate::keyring::{Keyring, MasterKey};

/// How many values from before are still looked for in logs.
const EARLIER_MAX: usize = 4;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    value: String,
    revision: u64,
    /// The newest first.
    earlier: Vec<String>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.value.zeroize();
        self.earlier.zeroize();
    }
}

pub struct FileVault {
    file: KeyFile,
    ring: RwLock<Keyring>,
}

impl FileVault {
    pub fn open(file: KeyFile) -> Result<Self, Fault> {
        let ring = Keyring::new(&file.read()?)?;
        Ok(Self { file, ring: RwLock::new(ring) })
    }

    pub fn reveal(&self, place: SecretPlace<'_>, body: &[u8]) -> Result<Revealed, Fault> {
        let kept = self.kept(place, body)?;
        Ok(Revealed { value: SecretString::from(kept.value.clone()), revision: kept.revision })
    }

    /// The present value and those from before.
    pub fn all_values(&self, place: SecretPlace<'_>, body: &[u8]) -> Result<Vec<SecretString>, Fault> {
        let kept = self.kept(place, body)?;
        let all = std::iter::once(&kept.value).chain(&kept.earlier);
        Ok(all.map(|value| SecretString::from(value.clone())).collect())
    }

    /// From now on a new key seals; the old ones still open. A file that is somebody else's is read anew instead.
    pub fn begin_rotation(&self) -> Result<(), Fault> {
        let mut keys = self.file.read()?;
        if self.file.is_own() {
            keys.insert(0, MasterKey::random()?);
            self.file.write(&keys)?;
        }
        self.take(&keys)
    }

    /// Forgets all keys but the newest. To be called once nothing is sealed under the others.
    pub fn end_rotation(&self) -> Result<(), Fault> {
        if !self.file.is_own() {
            return Ok(());
        }
        let mut keys = self.file.read()?;
        keys.truncate(1);
        self.file.write(&keys)?;
        self.take(&keys)
    }

    /// Whether the file is the operator's, who then removes old keys from it.
    pub fn is_given(&self) -> bool {
        !self.file.is_own()
    }

    fn take(&self, keys: &[MasterKey]) -> Result<(), Fault> {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Keyring::new(keys)?;
        Ok(())
    }

    fn with<T>(&self, ask: impl FnOnce(&Keyring) -> T) -> T {
        ask(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn kept(&self, place: SecretPlace<'_>, body: &[u8]) -> Result<Kept, Fault> {
        let plain = self.with(|ring| ring.open(place, body))?;
        serde_json::from_slice(&plain).map_err(|_| {
            // What serde says may quote the value.
            let (environment, name) = place;
            Fault::hold(
                "secret-unreadable",
                format!("what is kept of the secret {name} of {environment} is of an unknown form"),
            )
        })
    }

    fn sealed(&self, place: SecretPlace<'_>, kept: &Kept) -> Result<Sealed, Fault> {
        let plain = serde_json::to_vec(kept).map(Zeroizing::new);
        let plain = plain.map_err(|_| Fault::hold("secret-unreadable", "a secret could not be written"))?;
        self.with(|ring| {
            let fingerprint = ring.fingerprint(kept.value.as_bytes());
            Ok(Sealed { fingerprint, body: ring.seal(place, &plain)? })
        })
    }
}

impl Vault for FileVault {
    fn seal(
        &self,
        place: SecretPlace<'_>,
        (value, revision): (&SecretString, u64),
        before: Option<&[u8]>,
    ) -> Result<Sealed, Fault> {
        // What no longer opens is only missed in logs; it must not keep a new value out.
        let before = before.and_then(|body| self.kept(place, body).ok());
        let earlier = before.iter().flat_map(|kept| std::iter::once(&kept.value).chain(&kept.earlier));
        let earlier = earlier.filter(|earlier| *earlier != value.expose_secret()).take(EARLIER_MAX).cloned();
        let kept = Kept { value: value.expose_secret().to_owned(), revision, earlier: earlier.collect() };
        self.sealed(place, &kept)
    }

    fn reseal(&self, place: SecretPlace<'_>, body: &[u8]) -> Result<Option<Sealed>, Fault> {
        if self.with(|ring| ring.is_newest(body)) {
            return Ok(None);
        }
        let kept = self.kept(place, body)?;
        self.sealed(place, &kept).map(Some)
    }

    fn fingerprint(&self, value: &[u8]) -> String {
        self.with(|ring| ring.fingerprint(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_rotation_only_the_new_key_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.key");
        let vault = FileVault::open(KeyFile::own(&path)).unwrap();
        let place = (&"production".parse().unwrap(), &"DB_PASSWORD".parse().unwrap());
        let first = vault.seal(place, (&"hunter2-1".into(), 1), None).unwrap();
        let second = vault.seal(place, (&"hunter2-2".into(), 2), Some(&first.body)).unwrap();
        let old_file = std::fs::read_to_string(&path).unwrap();

        vault.begin_rotation().unwrap();
        let again = vault.reseal(place, &second.body).unwrap().unwrap();
        assert!(vault.reseal(place, &again.body).unwrap().is_none());
        assert_eq!(vault.reveal(place, &second.body).unwrap().revision, 2);
        vault.end_rotation().unwrap();
        assert!(vault.reveal(place, &second.body).is_err(), "the old key is gone");

        let reopened = FileVault::open(KeyFile::own(&path)).unwrap();
        assert_eq!(reopened.reveal(place, &again.body).unwrap().value.expose_secret(), "hunter2-2");
        let all: Vec<String> = reopened
            .all_values(place, &again.body)
            .unwrap()
            .iter()
            .map(|v| v.expose_secret().to_owned())
            .collect();
        assert_eq!(all, ["hunter2-2", "hunter2-1"]);
        let new_file = std::fs::read_to_string(&path).unwrap();
        assert!(old_file.lines().filter(|line| !line.starts_with('#')).all(|line| !new_file.contains(line)));
    }

    #[test]
    fn a_file_of_the_operators_is_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("given.key");
        KeyFile::own(&path).read().unwrap();
        let before = std::fs::read(&path).unwrap();
        let vault = FileVault::open(KeyFile::given(&path)).unwrap();
        vault.begin_rotation().unwrap();
        vault.end_rotation().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
