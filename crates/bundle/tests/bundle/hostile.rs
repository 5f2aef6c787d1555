//! Archives that mean harm, signed by somebody who is trusted: each refused by its name, and nothing written.
//!
//! Invariant: after a refusal the folder holds what it held before. The property tries 256 archives, the table names one
//! of each kind.

use proptest::prelude::*;
use tar::EntryType;
use tidegate_bundle::manifest::{Artifact, FORMAT, Kind, Manifest, Member, Role};
use tidegate_bundle::path::MemberPath;
use tidegate_bundle::{Bundle, Digest, Refusal, Trust};

use crate::scene::{Packed, Scene, pack, predicate, sealed};

const FILES: [(&str, &[u8]); 3] =
    [("bin/api", b"api"), ("config/a.toml", b"a = 1\n"), ("docs/x.txt", b"hello")];

fn manifest() -> Manifest {
    let member = |(path, content): (&str, &[u8])| Member {
        path: MemberPath::new(path).unwrap(),
        sha256: Digest::of(content),
        size: content.len() as u64,
        media_type: "text/plain".to_owned(),
        role: Role::Artifact,
        artifact: Some(Artifact { name: path.to_owned(), purl: None, kind: Kind::Config }),
    };
    Manifest {
        format: FORMAT.to_owned(),
        name: "shop".to_owned(),
        version: "1".to_owned(),
        created: None,
        files: FILES.map(member).to_vec(),
        statements: vec![predicate().stated().unwrap()],
    }
}

fn honest(manifest: &Manifest) -> Vec<Packed> {
    let own = Packed::file("bundle.json", &manifest.bytes().unwrap(), 0o644);
    let files = FILES.iter().map(|(path, content)| Packed::file(path, content, 0o644));
    std::iter::once(own).chain(files).collect()
}

/// What extracting says; nothing may be left behind.
fn extract(scene: &Scene, files: &[Packed], manifest: &Manifest) -> Result<(), Refusal> {
    extract_bytes(scene, &pack(files), manifest)
}

fn extract_bytes(scene: &Scene, archive: &[u8], manifest: &Manifest) -> Result<(), Refusal> {
    scene.write("bad", sealed(archive, manifest, &predicate(), &scene.key));
    let before = listing(scene);
    let keys = [scene.key.public()];
    let bundle = Bundle::open(&scene.at("bad"))?;
    match bundle.extract(Trust::Keys { keys: &keys, wanted: None }, &scene.at("out")) {
        Ok(_) => {
            std::fs::remove_dir_all(scene.at("out")).unwrap();
            Ok(())
        }
        Err(refusal) => {
            assert_eq!(listing(scene), before, "{refusal}");
            assert!(
                bundle.verify(Trust::Keys { keys: &keys, wanted: None }).is_err(),
                "verify is not milder"
            );
            Err(refusal)
        }
    }
}

fn listing(scene: &Scene) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        std::fs::read_dir(scene.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn each_attack_has_its_name() {
    let scene = Scene::new();
    let manifest = manifest();
    extract(&scene, &honest(&manifest), &manifest).expect("packed by hand, an honest one passes");
    let with = |change: &dyn Fn(&mut Vec<Packed>)| {
        let mut files = honest(&manifest);
        change(&mut files);
        extract(&scene, &files, &manifest).map_err(|refusal| refusal.code())
    };
    let named = |name: &[u8]| {
        let name = name.to_vec();
        with(&move |files| files[2].name.clone_from(&name))
    };
    for name in [
        &b"/etc/passwd"[..],
        b"../x",
        b"a/../../x",
        b"./config/a.toml",
        b"a//b",
        b"a\0b",
        b"C:\\x",
        b"a\xffb",
        b"aux",
        b"a\nb",
    ] {
        assert_eq!(named(name), Err("bundle-path-unsafe"), "{}", name.escape_ascii());
    }
    for (kind, link) in [
        (EntryType::Symlink, Some(b"/etc/passwd".to_vec())),
        (EntryType::Link, Some(b"bin/api".to_vec())),
        (EntryType::Char, None),
        (EntryType::Block, None),
        (EntryType::Fifo, None),
        (EntryType::Directory, None),
        (EntryType::GNUSparse, None),
        (EntryType::GNULongName, None),
        (EntryType::XHeader, None),
        (EntryType::XGlobalHeader, None),
        (EntryType::new(b'Z'), None),
    ] {
        let told = with(&|files| {
            files[2].kind = kind;
            files[2].link.clone_from(&link);
        });
        assert_eq!(told, Err("bundle-member-kind"), "{kind:?}");
    }
    assert_eq!(with(&|files| files.push(files[1].clone())), Err("bundle-path-twice"));
    assert_eq!(with(&|files| files.push(files[0].clone())), Err("bundle-path-twice"), "a second manifest");
    assert_eq!(named(b"BIN/API"), Err("bundle-path-twice"));
    assert_eq!(named(b"bin/api/x"), Err("bundle-path-twice"));
    assert_eq!(named(b"attestations/000.dsse.json"), Err("bundle-path-twice"));
    assert_eq!(with(&|files| files.push(Packed::file("more", b"x", 0o644))), Err("bundle-member-extra"));
    assert_eq!(with(&|files| drop(files.remove(2))), Err("bundle-member-missing"));
    assert_eq!(with(&|files| drop(files.pop())), Err("bundle-member-missing"));
    assert_eq!(with(&|files| files.swap(1, 2)), Err("bundle-member-missing"), "out of its order");
    assert_eq!(with(&|files| files[2].content = b"a = 2\n".to_vec()), Err("bundle-member-changed"));
    assert_eq!(with(&|files| files[2].content = b"a".to_vec()), Err("bundle-member-changed"));
    assert_eq!(with(&|files| files[2].content = vec![0; 64 << 20]), Err("bundle-too-large"), "a bomb");
    assert_eq!(with(&|files| files[2].size = Some(u64::MAX >> 1)), Err("bundle-too-large"));
    assert_eq!(with(&|files| files[2].mode = 0o4755), Err("bundle-malformed"), "rights that are not written");
    assert_eq!(with(&|files| drop(files.remove(0))), Err("bundle-malformed"), "no manifest");
    assert_eq!(with(&|files| files[0].size = Some(1 << 40)), Err("bundle-too-large"));
}

#[test]
fn a_manifest_that_asks_for_too_much_is_refused_before_anything_is_unpacked() {
    let scene = Scene::new();
    for (size, code) in
        [(1 << 30, "bundle-too-large"), (u64::MAX, "bundle-too-large"), (4, "bundle-member-changed")]
    {
        let mut manifest = manifest();
        manifest.files[0].size = size;
        let told = extract(&scene, &honest(&manifest), &manifest).unwrap_err();
        assert_eq!(told.code(), code, "{size}: {told}");
    }
    let mut twice = manifest();
    twice.files[1] = twice.files[0].clone();
    assert_eq!(extract(&scene, &honest(&twice), &twice).unwrap_err().code(), "bundle-path-twice");
    let mut text = String::from_utf8(manifest().bytes().unwrap()).unwrap();
    text = text.replace("bin/api\",\n      \"sha", "../api\",\n      \"sha");
    let mut files = honest(&manifest());
    files[0].content = text.into_bytes();
    assert_eq!(extract(&scene, &files, &manifest()).unwrap_err().code(), "bundle-malformed");
}

#[test]
fn a_frame_that_hides_is_refused() {
    let scene = Scene::new();
    let manifest = manifest();
    let archive = pack(&honest(&manifest));
    let hidden = [&0x184D_2A50_u32.to_le_bytes()[..], &5_u32.to_le_bytes(), b"hello"].concat();
    for bytes in [
        [&archive[..], &hidden].concat(),
        [&hidden[..], &archive].concat(),
        [&archive[..], &archive].concat(),
    ] {
        assert_eq!(extract_bytes(&scene, &bytes, &manifest).unwrap_err().code(), "bundle-malformed");
    }
    // A frame whose window would need two gigabytes.
    let wide = [&0xFD2F_B528_u32.to_le_bytes()[..], &[0x00, 0xA8, 0x01, 0, 0]].concat();
    assert_eq!(extract_bytes(&scene, &wide, &manifest).unwrap_err().code(), "bundle-malformed");
}

fn attack() -> impl Strategy<Value = (usize, u8, Vec<u8>, u8)> {
    (0..4_usize, 0..8_u8, proptest::collection::vec(any::<u8>(), 1..24), any::<u8>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_hostile_archive_writes_anything(attacks in proptest::collection::vec(attack(), 1..4)) {
        thread_local!(static SCENE: Scene = Scene::new());
        SCENE.with(|scene| {
            let manifest = manifest();
            let mut files = honest(&manifest);
            for (at, how, bytes, kind) in &attacks {
                let at = at % files.len();
                match how {
                    0 => files[at].name.clone_from(bytes),
                    1 => { files[at].name = [b"../", &bytes[..]].concat(); }
                    2 => files[at].content.extend(bytes),
                    3 => { files[at].kind = EntryType::new(*kind | 1); files[at].link = Some(bytes.clone()); }
                    4 => files.push(Packed { name: bytes.clone(), ..Packed::file("", bytes, 0o644) }),
                    5 => { files.push(files[at].clone()); }
                    6 => files[at].mode = u32::from(*kind) | 0o1000,
                    _ => { files[at].size = Some(files[at].content.len() as u64 + 1 + u64::from(*kind)); }
                }
            }
            prop_assert!(extract(scene, &files, &manifest).is_err(), "{attacks:?}");
            Ok(())
        })?;
    }

    #[test]
    fn whatever_bytes_stand_for_an_archive_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), packed in any::<bool>()) {
        thread_local!(static SCENE: Scene = Scene::new());
        SCENE.with(|scene| {
            let archive = if packed { zstd::stream::encode_all(&bytes[..], 1).unwrap() } else { bytes };
            prop_assert!(extract_bytes(scene, &archive, &manifest()).is_err());
            Ok(())
        })?;
    }
}
