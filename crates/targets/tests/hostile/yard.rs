//! A store with surroundings that are watched.
//!
//! Invariant: `admit` fails the test if anything around the store changed, or if anything half done is left in it.
//! Deliberately not here: which archives are hostile.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tidegate_domain::component::Source;
use tidegate_ports::Fault;
use tidegate_targets::{ArtifactStore, Limits, digest_of};

pub struct Yard {
    pub folder: tempfile::TempDir,
    store: ArtifactStore,
}

impl Yard {
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub fn with_limits(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("outside")).unwrap();
        std::fs::write(folder.path().join("outside/victim"), "untouched").unwrap();
        let store = ArtifactStore::with_limits(folder.path().join("deep/er/store"), limits).unwrap();
        Self { folder, store }
    }

    pub fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    /// The place it was unpacked to, or why it was not.
    pub fn admit(&self, archive: &[u8]) -> Result<PathBuf, Fault> {
        let path = self.folder.path().join("artifact");
        std::fs::write(&path, archive).unwrap();
        let source = Source::Archive(path.display().to_string());
        let digest = digest_of(&source).unwrap();
        self.admit_source(&source, digest.as_deref())
    }

    pub fn admit_source(&self, source: &Source, digest: Option<&str>) -> Result<PathBuf, Fault> {
        let before = self.surroundings();
        let admitted = self.store.admit(source, digest).map(Option::unwrap);
        assert_eq!(self.surroundings(), before, "something outside of the store was touched");
        let store = self.folder.path().join("deep/er/store");
        for entry in std::fs::read_dir(&store).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            assert!(name.starts_with("sha256-"), "left behind: {name}");
        }
        if let Ok(place) = &admitted {
            assert_eq!(place.parent(), Some(store.canonicalize().unwrap().as_path()));
            check_tree(place, &place.canonicalize().unwrap());
        }
        admitted
    }

    /// Everything that is not in the store, with content and mode.
    fn surroundings(&self) -> BTreeMap<PathBuf, (u32, u64, Vec<u8>)> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                let (path, metadata) = (entry.path(), entry.metadata().unwrap());
                if metadata.is_dir() && !path.ends_with("deep/er/store") {
                    folders.push(path.clone());
                }
                let content = if metadata.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
                found.insert(path, (metadata.permissions().mode(), metadata.nlink(), content));
            }
        }
        // Its link count rises with each artifact in it.
        found.remove(&self.folder.path().join("deep/er/store"));
        found
    }
}

/// Only plain files, directories, and links that lead to something inside or nowhere.
fn check_tree(at: &Path, root: &Path) {
    for entry in std::fs::read_dir(at).unwrap().flatten() {
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        if metadata.is_dir() {
            check_tree(&path, root);
        } else if metadata.is_symlink() {
            if let Ok(leads_to) = path.canonicalize() {
                assert!(leads_to.starts_with(root), "{} leads to {}", path.display(), leads_to.display());
            }
        } else {
            assert!(metadata.is_file(), "{}", path.display());
            assert_eq!(metadata.nlink(), 1, "{} shares its content", path.display());
            assert_eq!(metadata.permissions().mode() & 0o7222, 0, "{} has a mode of its own", path.display());
        }
    }
}
