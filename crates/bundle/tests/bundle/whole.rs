//! What a bundle holds, that it is the same each time, and that a changed one is refused.

use std::process::Command;

use proptest::prelude::*;
use tidegate_bundle::{Bundle, SecretKey, Trust};

use crate::scene::{RECIPE, Scene, verify};

#[test]
fn built_twice_it_is_the_same_byte_for_byte() {
    let (one, two) = (Scene::new(), Scene::new());
    one.signed(RECIPE, "a.bundle");
    let api = std::fs::File::options().append(true).open(two.at("build/api")).unwrap();
    api.set_modified(std::time::UNIX_EPOCH).unwrap();
    two.signed(RECIPE, "b.bundle");
    assert!(std::fs::read(one.at("a.bundle")).unwrap() == std::fs::read(two.at("b.bundle")).unwrap());
    let swapped = RECIPE
        .replace("  - {name: nothing, path: empty, kind: document}\n", "")
        .replace("artifacts:\n", "artifacts:\n  - {name: nothing, path: empty, kind: document}\n");
    two.signed(&swapped, "c.bundle");
    assert!(
        std::fs::read(two.at("c.bundle")).unwrap() == std::fs::read(two.at("b.bundle")).unwrap(),
        "in any order"
    );
}

#[test]
fn what_was_built_is_what_comes_out() {
    let scene = Scene::new();
    let manifest = scene.signed(RECIPE, "a.bundle");
    let keys = [scene.key.public()];
    let bundle = Bundle::open(&scene.at("a.bundle")).unwrap();
    let verified = bundle.extract(Trust::Keys { keys: &keys, wanted: None }, &scene.at("out")).unwrap();
    assert_eq!(verified.manifest, manifest);
    assert_eq!(verified.signers, [scene.key.public().id()]);
    for (from, to) in [
        ("build/api", "bin/api"),
        ("shop.toml", "config/shop.toml"),
        ("app.aab", "mobile/app.aab"),
        ("0001.sql", "migrations/0001.sql"),
        ("manual.txt", "docs/en/manual.txt"),
        ("empty", "docs/empty"),
        ("NOTES.md", "notes.md"),
        ("unit.xml", "tests/unit.xml"),
    ] {
        assert_eq!(
            std::fs::read(scene.at(from)).unwrap(),
            std::fs::read(scene.at("out").join(to)).unwrap(),
            "{to}"
        );
    }
    let bom: serde_json::Value = read(&scene, "out/bom/bundle.cdx.json");
    assert_eq!((&bom["bomFormat"], &bom["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    assert_eq!(bom["components"][0]["hashes"][0]["content"].as_str().unwrap().len(), 64);
    for (index, kind) in [(0, "provenance/v1"), (1, "test-result/v0.1"), (2, "verification_summary/v1")] {
        let envelope: serde_json::Value = read(&scene, &format!("out/attestations/{index:03}.dsse.json"));
        let payload = data_encoding::BASE64.decode(envelope["payload"].as_str().unwrap().as_bytes()).unwrap();
        let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
        assert!(statement["predicateType"].as_str().unwrap().ends_with(kind), "{statement}");
        assert_eq!(statement["subject"][0]["digest"]["sha256"], verified.archive.to_string());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &str| std::fs::metadata(scene.at(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("out/bin/api") & 0o100, mode("out/notes.md") & 0o111), (0o100, 0));
    }
    let again = bundle.extract(Trust::Anybody, &scene.at("out")).unwrap_err();
    assert_eq!(again.code(), "bundle-destination-taken");
}

fn read(scene: &Scene, path: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(scene.at(path)).unwrap()).unwrap()
}

/// Other programs unpack it too: the frame in front is one that Zstandard passes over.
#[test]
fn tar_of_other_people_reads_it() {
    let scene = Scene::new();
    let manifest = scene.signed(RECIPE, "a.tar.zst");
    let bytes = std::fs::read(scene.at("a.tar.zst")).unwrap();
    let tar = zstd::stream::decode_all(&bytes[..]).unwrap();
    scene.write("a.tar", &tar);
    let told = Command::new("tar").arg("tf").arg(scene.at("a.tar")).output().expect("tar is installed");
    assert!(told.status.success(), "{told:?}");
    let listed = String::from_utf8(told.stdout).unwrap();
    let expected: Vec<&str> = std::iter::once("bundle.json")
        .chain(manifest.files.iter().map(|member| member.path.as_str()))
        .collect();
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn who_must_have_signed_must_have() {
    let scene = Scene::new();
    scene.make(RECIPE, "a.bundle").unwrap();
    let (own, other) = (scene.key.public(), SecretKey::from_seed(&[3; 32]));
    assert_eq!(scene.verify("a.bundle").unwrap_err().code(), "bundle-unsigned");
    let at = scene.at("a.bundle");
    Bundle::open(&at).unwrap().sign(&other, &at).unwrap();
    assert_eq!(scene.verify("a.bundle").unwrap_err().code(), "bundle-signer-missing");
    Bundle::open(&at).unwrap().sign(&scene.key, &at).unwrap();
    let both = [own, other.public()];
    assert_eq!(verify(&at, &both).unwrap().signers.len(), 2);
    let third = [both[0].clone(), SecretKey::from_seed(&[4; 32]).public()];
    assert_eq!(verify(&at, &third).unwrap_err().code(), "bundle-signer-missing", "all that are given");
    let wanted = Trust::Keys { keys: &third, wanted: Some(1) };
    assert_eq!(Bundle::open(&at).unwrap().verify(wanted).unwrap().signers.len(), 1);
    let none = Trust::Keys { keys: &[], wanted: None };
    assert_eq!(
        Bundle::open(&at).unwrap().verify(none).unwrap_err().code(),
        "bundle-signer-missing",
        "no keys, no trust"
    );
}

#[test]
fn a_forged_signature_and_a_foreign_archive_have_names() {
    let scene = Scene::new();
    scene.signed(RECIPE, "a.bundle");
    scene.write("shop.toml", "port = 2\n");
    scene.signed(RECIPE, "b.bundle");
    let (one, two) =
        (std::fs::read(scene.at("a.bundle")).unwrap(), std::fs::read(scene.at("b.bundle")).unwrap());
    let seal = |bytes: &[u8]| 8 + u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    scene.write("swapped", [&one[..seal(&one)], &two[seal(&two)..]].concat());
    assert_eq!(scene.verify("swapped").unwrap_err().code(), "bundle-changed");
    let text = String::from_utf8(one[8..seal(&one)].to_vec()).unwrap();
    let at = text.find("\"sig\":\"").unwrap() + 7;
    let other = if text.as_bytes()[at] == b'A' { 'B' } else { 'A' };
    let forged = format!("{}{other}{}", &text[..at], &text[at + 1..]);
    scene.write("forged", [&one[..8], forged.as_bytes(), &one[seal(&one)..]].concat());
    assert_eq!(scene.verify("forged").unwrap_err().code(), "bundle-signature-wrong");
    scene.write("longer", [&one[..], &[0]].concat());
    assert_eq!(scene.verify("longer").unwrap_err().code(), "bundle-changed");
    let bundle = Bundle::open(&scene.at("a.bundle")).unwrap();
    assert_eq!(bundle.seal().envelopes().len(), 3);
    // Field order as it is written, so that only the number differs.
    let parts: Vec<&str> = text.rsplitn(2, ",{\"payload\"").collect();
    let fewer = format!("{}]}}", parts[1]);
    let mut bytes = one[..4].to_vec();
    bytes.extend((fewer.len() as u32).to_le_bytes());
    bytes.extend(fewer.as_bytes());
    bytes.extend(&one[seal(&one)..]);
    scene.write("fewer", bytes);
    assert_eq!(
        scene.verify("fewer").unwrap_err().code(),
        "bundle-statement-wrong",
        "a decision cannot be taken out"
    );
}

#[test]
fn a_bundle_cut_anywhere_is_refused() {
    let scene = Scene::new();
    scene.signed(RECIPE, "a.bundle");
    let bytes = std::fs::read(scene.at("a.bundle")).unwrap();
    for cut in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        scene.write("cut", &bytes[..cut]);
        assert!(scene.verify("cut").is_err(), "{cut}");
        assert!(Bundle::open(&scene.at("cut")).and_then(|cut| cut.verify(Trust::Anybody)).is_err(), "{cut}");
    }
}

#[test]
fn files_that_cannot_go_along_are_refused() {
    let scene = Scene::new();
    let code = |from: &str, to: &str| scene.make(&RECIPE.replace(from, to), "x.bundle").unwrap_err().code();
    assert_eq!(code("path: empty", "path: absent"), "bundle-disk");
    assert_eq!(code("path: empty", "path: build"), "bundle-member-kind");
    assert_eq!(code("docs/en/manual.txt", "../manual.txt"), "bundle-path-unsafe");
    assert_eq!(code("docs/en/manual.txt", "BIN/api"), "bundle-path-twice");
    assert_eq!(code("docs/en/manual.txt", "bundle.json"), "bundle-path-twice");
    assert_eq!(code("docs/en/manual.txt", "attestations/000.dsse.json"), "bundle-path-twice");
    assert_eq!(code("tests: [unit.xml]", "tests: [NOTES.md]"), "bundle-manifest-invalid");
    assert_eq!(code("notes: NOTES.md", "notes: NOTES.md\nboms: [unit.xml]"), "bundle-manifest-invalid");
    scene.write("build/api", vec![0; 40 << 20]);
    assert_eq!(code("x", "x"), "bundle-too-large", "what no reader would unpack is not built");
    assert!(!scene.at("x.bundle").exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn a_flipped_bit_anywhere_is_refused(at in 0.0..1.0_f64, bit in 0..8_u8) {
        thread_local!(static MADE: (Scene, Vec<u8>) = {
            let scene = Scene::new();
            scene.signed(RECIPE, "a.bundle");
            let bytes = std::fs::read(scene.at("a.bundle")).unwrap();
            (scene, bytes)
        });
        MADE.with(|(scene, bytes)| {
            let mut bytes = bytes.clone();
            let at = (at * bytes.len() as f64) as usize;
            bytes[at] ^= 1 << bit;
            scene.write("flipped", &bytes);
            prop_assert!(scene.verify("flipped").is_err(), "byte {at}, bit {bit}");
            Ok(())
        })?;
    }
}
