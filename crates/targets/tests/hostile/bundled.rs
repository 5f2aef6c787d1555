//! Artifacts out of bundles: the same digests as any other way in, and nothing left where the bundle breaks.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use tidegate_domain::component::Source;
use tidegate_ports::Fault;
use tidegate_targets::{ArtifactStore, BundledFiles, Kept, digest_of};

use crate::archive::{Carrier, Entry, gzip, tar};

/// One file, of which so many bytes can be read.
#[derive(Debug)]
struct One {
    bytes: Vec<u8>,
    whole: bool,
}

impl BundledFiles for One {
    fn copy_out(&self, _: &str, _: &str, _: u64, to: &mut File) -> Result<bool, Fault> {
        let most = if self.whole { self.bytes.len() } else { self.bytes.len() / 2 };
        to.write_all(&self.bytes[..most]).unwrap();
        if self.whole { Ok(true) } else { Err(Fault::retry("disk-full", "no space")) }
    }
}

fn store(folder: &tempfile::TempDir, bytes: &[u8], whole: bool) -> ArtifactStore {
    let files = One { bytes: bytes.to_vec(), whole };
    ArtifactStore::open(folder.path().join("store")).unwrap().with_bundles(Arc::new(files))
}

fn source(path: &str) -> Source {
    Source::Bundled { bundle: format!("sha256:{}", "0".repeat(64)), path: path.to_owned() }
}

fn left(folder: &tempfile::TempDir) -> usize {
    std::fs::read_dir(folder.path().join("store")).unwrap().count()
}

#[test]
fn a_program_is_alone_in_its_directory_and_known_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, b"#!/bin/sh\n", true);
    let digest = store.take_in(&source("bin/api")).unwrap().unwrap();
    let by_hand = folder.path().join("by-hand");
    std::fs::create_dir(&by_hand).unwrap();
    std::fs::write(by_hand.join("api"), "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(by_hand.join("api"), PermissionsExt::from_mode(0o755)).unwrap();
    let directory = Source::Directory(by_hand.display().to_string());
    assert_eq!(digest_of(&directory).unwrap().unwrap(), digest, "as a directory with that one file");
    let place = store.admit(&source("bin/api"), Some(&digest)).unwrap().unwrap();
    assert!(place.join("api").metadata().unwrap().permissions().mode() & 0o111 != 0);
    assert_eq!(store.look(&source("bin/api"), &digest).unwrap(), Kept::Whole);
    // Lost, it comes out of the bundle again.
    store.remove(&digest).unwrap();
    assert_eq!(store.look(&source("bin/api"), &digest).unwrap(), Kept::Missing);
    assert_eq!(store.admit(&source("bin/api"), Some(&digest)).unwrap(), Some(place));
    let other = format!("sha256:{}", "1".repeat(64));
    let refused = store.admit(&source("bin/api"), Some(&other)).unwrap_err();
    assert_eq!((refused.code, left(&folder)), ("artifact-digest-mismatch", 1));
}

#[test]
fn an_archive_is_unpacked_under_its_own_digest() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = gzip(&tar(&[(Carrier::Header, Entry::file("api"))]));
    let path = folder.path().join("api.tar.gz");
    std::fs::write(&path, &bytes).unwrap();
    let store = store(&folder, &bytes, true);
    let digest = store.take_in(&source("bin/api.tar.gz")).unwrap().unwrap();
    assert_eq!(Some(&digest), digest_of(&Source::Archive(path.display().to_string())).unwrap().as_ref());
    let place = store.admit(&source("bin/api.tar.gz"), Some(&digest)).unwrap().unwrap();
    assert_eq!(std::fs::read(place.join("api")).unwrap(), b"content");
    assert_eq!(store.look(&source("bin/api.tar.gz"), &digest).unwrap(), Kept::Whole);
}

#[test]
fn a_disk_that_fills_up_leaves_nothing_half_done() {
    for path in ["bin/api", "bin/api.tar.gz"] {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder, &gzip(&tar(&[(Carrier::Header, Entry::file("api"))])), false);
        assert_eq!(store.take_in(&source(path)).unwrap_err().code, "disk-full");
        assert_eq!(left(&folder), 0);
    }
    let folder = tempfile::tempdir().unwrap();
    let without = ArtifactStore::open(folder.path().join("store")).unwrap();
    assert_eq!(without.take_in(&source("bin/api")).unwrap_err().code, "artifact-missing");
    assert_eq!(left(&folder), 0);
}
