//! Digests, directories, and several admissions at once.
//!
//! Invariant: equal content has one digest, and a digest names one content. Deliberately not here: tar.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tidegate_domain::component::Source;
use tidegate_targets::{ArtifactStore, Kept, digest_of};

use crate::archive::{Carrier, Entry, gzip, tar};
use crate::yard::Yard;

fn directory(at: &Path) -> Source {
    Source::Directory(at.display().to_string())
}

fn digest(at: &Path) -> String {
    digest_of(&directory(at)).unwrap().unwrap()
}

/// A file, an executable, an empty directory and a link.
fn make_tree(at: &Path) {
    std::fs::create_dir_all(at.join("bin")).unwrap();
    std::fs::create_dir_all(at.join("empty")).unwrap();
    std::fs::write(at.join("bin/server"), "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(at.join("bin/server"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(at.join("notes"), "hello\n").unwrap();
    symlink("bin", at.join("current")).unwrap();
}

#[test]
fn the_listing_is_the_documented_one() {
    let folder = tempfile::tempdir().unwrap();
    make_tree(folder.path());
    // What `sha256sum` says of the two files, and then of this text.
    let listing = concat!(
        "tidegate-tree 1\n",
        "directory\tbin\n",
        "file\tx\ta8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf\tbin/server\n",
        "link\tbin\tcurrent\n",
        "directory\tempty\n",
        "file\t-\t5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\tnotes\n",
    );
    let path = folder.path().join("listing");
    std::fs::write(&path, listing).unwrap();
    let by_hand = digest_of(&Source::Archive(path.display().to_string())).unwrap().unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(digest(folder.path()), by_hand);
}

#[test]
fn any_change_changes_the_digest_and_owners_and_times_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    make_tree(root);
    let first = digest(root);
    let again = tempfile::tempdir().unwrap();
    make_tree(again.path());
    std::fs::set_permissions(again.path().join("notes"), std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(digest(again.path()), first, "only whether it can be executed counts");

    let mut seen = vec![first];
    let mut changed = |what: &str| {
        let now = digest(root);
        assert!(!seen.contains(&now), "{what} is not in the digest");
        seen.push(now);
    };
    std::fs::write(root.join("notes"), "hellO\n").unwrap();
    changed("content");
    std::fs::rename(root.join("notes"), root.join("notez")).unwrap();
    changed("a name");
    std::fs::set_permissions(root.join("notez"), std::fs::Permissions::from_mode(0o755)).unwrap();
    changed("the executable bit");
    std::fs::remove_dir(root.join("empty")).unwrap();
    changed("an empty directory");
    std::fs::remove_file(root.join("current")).unwrap();
    symlink("bin/server", root.join("current")).unwrap();
    changed("where a link points");
}

#[test]
fn a_directory_in_the_store_has_the_digest_it_is_named_by() {
    let yard = Yard::new();
    let source = yard.folder.path().join("source");
    make_tree(&source);
    let expected = digest(&source);
    let place = yard.admit_source(&directory(&source), Some(&expected)).unwrap();
    assert_eq!(digest(&place), expected);
    std::fs::remove_dir_all(&source).unwrap();
    assert_eq!(
        yard.admit_source(&directory(&source), Some(&expected)).unwrap(),
        place,
        "it is not read again"
    );
}

#[test]
fn a_directory_with_what_cannot_be_released_is_refused() {
    let yard = Yard::new();
    let base = yard.folder.path().to_owned();
    let make = |name: &str, fill: &dyn Fn(&Path)| {
        let root = base.join(name);
        std::fs::create_dir(&root).unwrap();
        fill(&root);
        root
    };
    let outside = yard.outside();
    for (root, why) in [
        (make("absolute", &|root| symlink(&outside, root.join("x")).unwrap()), "absolute path"),
        (make("climbing", &|root| symlink("../outside", root.join("x")).unwrap()), "leaves the artifact"),
        (make("pipe", &|root| make_pipe(&root.join("x"))), "neither a file"),
        (make("setuid", &|root| set_mode(&root.join("x"), 0o4755)), "setuid"),
        (make("control", &|root| set_mode(&root.join("a\nb"), 0o644)), "control characters"),
        (
            make("case", &|root| {
                set_mode(&root.join("a"), 0o644);
                set_mode(&root.join("A"), 0o644);
            }),
            "upper and lower",
        ),
    ] {
        let fault = yard.admit_source(&directory(&root), None).unwrap_err();
        assert_eq!(fault.code, "artifact-unsafe", "{fault}");
        assert!(fault.message.contains(why), "{fault}");
        assert_eq!(
            digest_of(&directory(&root)).unwrap_err().message,
            fault.message,
            "known when the release is made"
        );
    }
    let fault = yard.admit_source(&directory(&base), None).unwrap_err();
    assert!(fault.message.contains("own data directory"), "{fault}");
}

fn make_pipe(at: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, at, FileType::Fifo, Mode::from(0o600), 0).unwrap();
}

fn set_mode(at: &Path, mode: u32) {
    std::fs::write(at, "x").unwrap();
    std::fs::set_permissions(at, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_not_there_or_not_right_has_its_own_code() {
    let yard = Yard::new();
    let file = |name: &str, content: &[u8]| {
        let path = yard.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let good = gzip(&tar(&[(Carrier::Header, Entry::file("x"))]));
    let other = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    for (source, digest, code) in [
        (Source::Archive("/no/such/file".to_owned()), None, "artifact-missing"),
        (Source::Directory("/no/such/directory".to_owned()), None, "artifact-missing"),
        (Source::Archive(yard.folder.path().display().to_string()), None, "artifact-damaged"),
        (Source::Directory(file("plain", b"x")), None, "artifact-damaged"),
        (Source::Archive(file("empty", b"")), None, "artifact-damaged"),
        (Source::Archive(file("text", b"hello")), None, "artifact-damaged"),
        (Source::Archive(file("zip", b"PK\x03\x04")), None, "artifact-damaged"),
        (Source::Archive(file("short.gz", &good[..good.len() / 2])), None, "artifact-damaged"),
        (Source::Archive(file("good.gz", &good)), Some(other), "artifact-digest-mismatch"),
        (Source::Archive(file("good2.gz", &good)), Some("sha256:../../x"), "artifact-digest-malformed"),
        (Source::Archive(file("good3.gz", &good)), Some(""), "artifact-digest-malformed"),
    ] {
        let fault = yard.admit_source(&source, digest).unwrap_err();
        assert_eq!(fault.code, code, "{source:?}: {fault}");
        assert!(!fault.help.is_empty());
    }
}

#[test]
fn many_admissions_of_one_artifact_end_in_one_place() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    make_tree(&source);
    let store = ArtifactStore::open(folder.path().join("store")).unwrap();
    let expected = digest(&source);
    let places: Vec<_> = std::thread::scope(|scope| {
        let admit = || store.admit(&directory(&source), Some(&expected)).unwrap().unwrap();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(admit)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(places.iter().all(|place| *place == places[0]));
    assert_eq!(digest(&places[0]), expected);
    assert_eq!(std::fs::read_dir(folder.path().join("store")).unwrap().count(), 1);
    assert_eq!(store.digests().unwrap(), std::slice::from_ref(&expected));
    store.remove(&expected).unwrap();
    store.remove(&expected).unwrap();
    assert!(store.digests().unwrap().is_empty());
}

#[test]
fn what_a_killed_process_left_half_done_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    // No process has this id: it is above the largest the kernel gives (proc(5), pid_max).
    std::fs::create_dir_all(folder.path().join("store/.incoming-4194305-0/half")).unwrap();
    ArtifactStore::open(folder.path().join("store")).unwrap();
    assert_eq!(std::fs::read_dir(folder.path().join("store")).unwrap().count(), 0);
}

/// Made with GNU tar 1.34, gzip 1.12 and zstd 1.5.4 from one directory: a program, a settings file, 5 000 words.
#[test]
fn archives_of_the_usual_tools_unpack_to_the_same_tree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/data");
    let yard = Yard::new();
    let mut digests = std::collections::BTreeSet::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let place = yard.admit(&std::fs::read(entry.path()).unwrap()).unwrap();
        assert_eq!(std::fs::metadata(place.join("bin/run")).unwrap().permissions().mode() & 0o777, 0o555);
        digests.insert(digest(&place));
        count += 1;
    }
    assert_eq!((count, digests.len()), (6, 1));
}

/// A byte that was changed on the disk is found, of a directory's copy and of an unpacked archive.
#[test]
fn a_copy_that_was_changed_is_told_from_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    make_tree(&source);
    let archive =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/data")).unwrap();
    let archive = archive.flatten().next().unwrap().path();
    let store = ArtifactStore::open(folder.path().join("store")).unwrap();
    for source in [directory(&source), Source::Archive(archive.display().to_string())] {
        let digest = digest_of(&source).unwrap().unwrap();
        let place = store.admit(&source, Some(&digest)).unwrap().unwrap();
        let look = || store.look(&source, &digest).unwrap();
        assert_eq!(look(), Kept::Whole, "{source:?}");
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(place.join("added"), "x").unwrap();
        assert_eq!(look(), Kept::Changed);
        std::fs::remove_file(place.join("added")).unwrap();
        assert_eq!(look(), Kept::Whole);
        std::os::unix::fs::symlink("/etc/passwd", place.join("outside")).unwrap();
        assert_eq!(look(), Kept::Changed, "what no artifact may hold");
        store.remove(&digest).unwrap();
        assert_eq!(look(), Kept::Missing);
        assert_eq!(std::fs::read_dir(folder.path().join("store")).unwrap().count(), 0);
    }
    assert_eq!(
        store.look(&Source::Command, "sha256:").map_err(|fault| fault.code),
        Err("artifact-digest-malformed")
    );
}
