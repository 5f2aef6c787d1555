//! The shelf: whole files under their digests, and one file out of a bundle.

use std::io;

use tidegate_bundle::seal::Seal;
use tidegate_bundle::{Bundle, Digest, Shelf};

use crate::scene::{RECIPE, Scene};

fn signed(scene: &Scene) -> Digest {
    scene.signed(RECIPE, "shop");
    scene.verify("shop").unwrap().archive
}

#[test]
fn a_file_is_had_of_the_bundle_that_is_meant_alone() {
    let scene = Scene::new();
    let digest = signed(&scene);
    let bundle = Bundle::open(&scene.at("shop")).unwrap();
    let mut out = Vec::new();
    let (member, _) = bundle.copy_out(digest, ("bin/api", u64::MAX), &mut out).unwrap();
    assert_eq!((out, member.mode()), (std::fs::read(scene.at("build/api")).unwrap(), 0o755));
    let code =
        |digest, path: &str| bundle.copy_out(digest, (path, u64::MAX), &mut Vec::new()).unwrap_err().code();
    assert_eq!(code(Digest::of(b"another"), "bin/api"), "bundle-changed");
    assert_eq!(code(digest, "bin/admin"), "bundle-member-missing");
    assert_eq!(code(digest, "bundle.json"), "bundle-member-missing");
    let (size, mut out) = (member.size, Vec::<u8>::new());
    assert_eq!(
        bundle.copy_out(digest, ("bin/api", size - 1), &mut out).unwrap_err().code(),
        "bundle-too-large"
    );
    assert!(out.is_empty(), "it was written before its size was looked at");
    assert!(bundle.copy_out(digest, ("bin/api", size), &mut out).is_ok());
    let papers = bundle.papers(digest).unwrap();
    let names: Vec<&str> = papers.iter().map(|(member, _)| member.path.as_str()).collect();
    assert_eq!(names, ["bom/bundle.cdx.json", "notes.md", "tests/unit.xml"]);
    assert_eq!(papers[1].1, b"# 2.1.0\n");
    let (manifest, own) = bundle.manifest().unwrap();
    assert_eq!(own, Digest::of(&manifest.bytes().unwrap()));
}

/// Takes so many bytes, as a disk that fills up.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A server looks at who signed it as soon as this much has come.
#[test]
fn how_long_its_beginning_is_stands_in_its_first_bytes() {
    let scene = Scene::new();
    signed(&scene);
    let whole = std::fs::read(scene.at("shop")).unwrap();
    let seal = Bundle::open(&scene.at("shop")).unwrap().seal_bytes();
    assert_eq!(Seal::span(&whole[..7]).unwrap(), None);
    assert_eq!(Seal::span(&whole[..8]).unwrap(), Some(seal));
    assert_eq!(Seal::span(&whole).unwrap(), Some(seal));
    assert!(Seal::read(&whole[..seal as usize]).is_ok() && Seal::read(&whole[..seal as usize - 1]).is_err());
    assert_eq!(Seal::span(b"no bundle").unwrap_err().code(), "bundle-malformed");
}

#[test]
fn any_flipped_bit_and_a_full_disk_are_told() {
    let scene = Scene::new();
    let digest = signed(&scene);
    let whole = std::fs::read(scene.at("shop")).unwrap();
    let full = Bundle::open(&scene.at("shop")).unwrap().copy_out(digest, ("bin/api", u64::MAX), &mut Full(5));
    assert_eq!(full.unwrap_err().code(), "bundle-disk");
    let seal = Bundle::open(&scene.at("shop")).unwrap().seal_bytes() as usize;
    for at in (seal..whole.len()).step_by(7) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        scene.write("flipped", flipped);
        let bundle = Bundle::open(&scene.at("flipped")).unwrap();
        let refused = bundle.copy_out(digest, ("bin/api", u64::MAX), &mut Vec::new()).unwrap_err();
        assert_eq!(refused.code(), "bundle-changed", "{at}");
    }
}

#[test]
fn a_name_is_given_to_what_is_whole_alone() {
    let scene = Scene::new();
    let digest = signed(&scene);
    let root = scene.at("shelf");
    let shelf = Shelf::open(&root).unwrap();
    let count = || std::fs::read_dir(&root).unwrap().count();
    drop(shelf.incoming().unwrap());
    assert_eq!(count(), 0, "one that is given up is gone");
    let put = |shelf: &Shelf| {
        let incoming = shelf.incoming().unwrap();
        std::fs::copy(scene.at("shop"), incoming.path()).unwrap();
        shelf.keep(incoming, digest).unwrap();
    };
    put(&shelf);
    put(&shelf);
    assert_eq!((shelf.digests().unwrap(), count()), (vec![digest], 1));
    assert!(shelf.bundle(digest).unwrap().verify(tidegate_bundle::Trust::Anybody).is_ok());
    // What a killed process was writing, and what is not ours.
    std::fs::write(root.join(".incoming-x7"), b"half").unwrap();
    std::fs::write(root.join("README"), b"not ours").unwrap();
    let again = Shelf::open(&root).unwrap();
    assert_eq!((again.digests().unwrap(), count()), (vec![digest], 2));
    again.remove(digest).unwrap();
    again.remove(digest).unwrap();
    assert_eq!(again.digests().unwrap(), []);
    assert_eq!(again.bundle(digest).unwrap_err().code(), "bundle-disk");
}
