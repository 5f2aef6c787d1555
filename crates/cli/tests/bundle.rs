//! `tidegate bundle` as people use it: from files to a bundle, a channel, and files again.
//!
//! Invariant: no server runs, and each ending has its exit code and its code. Not here: hostile archives (`crates/bundle`)
//! and attacks on a channel (`crates/updates`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;

use common::{run, snapshot};

const MANIFEST: &str = "name: shop\nversion: 2.1.0\nnotes: NOTES.md\nprovenance: {builder: 'https://ci.example.com'}\n\
    artifacts:\n  - {name: api, path: api, kind: binary}\n  - {name: settings, path: shop.toml, kind: config}\n";

fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("bundle.yaml", MANIFEST),
        ("NOTES.md", "# 2.1.0\n"),
        ("api", "#!/bin/sh\n"),
        ("shop.toml", "port = 1\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn done(folder: &Path, line: &str) -> String {
    let told = run(folder, line);
    assert!(told.ends_with("--- exit code 0\n"), "{told}");
    told
}

fn refused(folder: &Path, line: &str, code: &str, exit: u8) {
    let told = run(folder, line);
    assert!(
        told.contains(&format!("code: {code}")) && told.ends_with(&format!("--- exit code {exit}\n")),
        "{told}"
    );
}

#[test]
fn from_files_to_a_bundle_and_back() {
    let folder = scene();
    let at = folder.path();
    let built = done(at, "bundle build");
    done(at, "bundle build --out again");
    assert!(
        std::fs::read(at.join("again")).unwrap() == std::fs::read(at.join("shop-2.1.0.tar.zst")).unwrap()
    );
    done(at, "bundle key --out release");
    done(at, "bundle key --out other");
    refused(at, "bundle key --out release", "bundle-destination-taken", 1);
    refused(at, "bundle verify again --key release.pub", "bundle-unsigned", 1);
    done(at, "bundle sign shop-2.1.0.tar.zst --key release");
    refused(at, "bundle verify shop-2.1.0.tar.zst --key other.pub", "bundle-signer-missing", 1);
    refused(at, "bundle verify shop-2.1.0.tar.zst --key release", "bundle-key-unusable", 2);
    refused(at, "bundle verify absent --key release.pub", "bundle-disk", 3);
    refused(at, "bundle verify bundle.yaml --key release.pub", "bundle-malformed", 1);
    let verified = done(at, "bundle verify shop-2.1.0.tar.zst --key release.pub");
    let shown = done(at, "bundle show shop-2.1.0.tar.zst");
    done(at, "bundle extract shop-2.1.0.tar.zst --key release.pub --to out");
    assert_eq!(std::fs::read_to_string(at.join("out/config/shop.toml")).unwrap(), "port = 1\n");
    refused(
        at,
        "bundle extract shop-2.1.0.tar.zst --key release.pub --to out",
        "bundle-destination-taken",
        1,
    );
    let missing = run(at, "bundle verify shop-2.1.0.tar.zst");
    assert!(missing.ends_with("--- exit code 2\n"), "{missing}");
    snapshot("bundle", &[built, verified, shown].concat());
}

#[test]
fn a_delta_and_a_channel_bring_the_next_bundle() {
    let folder = scene();
    let at = folder.path();
    done(at, "bundle build");
    std::fs::write(at.join("shop.toml"), "port = 2\n").unwrap();
    std::fs::write(at.join("next.yaml"), MANIFEST.replace("2.1.0", "2.2.0")).unwrap();
    done(at, "bundle build next.yaml");
    done(at, "bundle key --out release");
    done(at, "bundle key --out root");
    for version in ["2.1.0", "2.2.0"] {
        done(at, &format!("bundle sign shop-{version}.tar.zst --key release"));
    }
    done(at, "bundle delta shop-2.1.0.tar.zst shop-2.2.0.tar.zst --key release.pub --out d");
    done(at, "bundle apply shop-2.1.0.tar.zst d --key release.pub --out made");
    let next = std::fs::read(at.join("shop-2.2.0.tar.zst")).unwrap();
    assert!(std::fs::read(at.join("made")).unwrap() == next);
    refused(at, "bundle apply shop-2.2.0.tar.zst d --key release.pub --out x", "bundle-delta-base", 1);
    done(at, "bundle channel begin site --root-key root --key release");
    std::fs::copy(at.join("site/metadata/1.root.json"), at.join("root.json")).unwrap();
    done(at, "bundle channel publish site shop-2.1.0.tar.zst --key release");
    done(at, "bundle channel publish site shop-2.2.0.tar.zst --key release");
    let listed = done(at, "bundle channel list site --root root.json --state seen");
    assert!(listed.find("shop-2.2.0").unwrap() < listed.find("shop-2.1.0").unwrap(), "{listed}");
    done(at, "bundle channel fetch site --root root.json --state seen --to in");
    assert!(std::fs::read(at.join("in/shop-2.2.0.tar.zst")).unwrap() == next);
    done(at, "bundle verify in/shop-2.2.0.tar.zst --key release.pub");
    refused(
        at,
        "bundle channel list https://example.com/x --root root.json --state seen",
        "bundle-channel-address",
        2,
    );
}

#[test]
fn a_manifest_that_is_wrong_is_told() {
    let folder = scene();
    std::fs::write(folder.path().join("bundle.yaml"), MANIFEST.replace("kind: config", "kind: link"))
        .unwrap();
    refused(folder.path(), "bundle build", "bundle-manifest-invalid", 2);
    refused(folder.path(), "bundle build absent.yaml", "file-unreadable", 2);
}
