//! A small shop's release, and archives packed by hand as an attacker would.
//!
//! Invariant: what is packed by hand is signed by a trusted key, so that only the reading of the archive protects.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tar::{EntryType, Header};
use tidegate_bundle::manifest::Manifest;
use tidegate_bundle::seal::Seal;
use tidegate_bundle::statement::{PROVENANCE, Predicate};
use tidegate_bundle::{Bundle, Digest, PublicKey, Recipe, Refusal, SecretKey, Trust, Verified, make};

pub const RECIPE: &str = "\
name: shop
version: 2.1.0
created: 2026-11-22T12:00:00Z
notes: NOTES.md
artifacts:
  - {name: api, path: build/api, kind: binary, purl: 'pkg:generic/api@2.1.0', licences: [Apache-2.0]}
  - {name: settings, path: shop.toml, kind: config}
  - {name: app, path: app.aab, kind: mobile, media_type: application/octet-stream}
  - {name: first, path: 0001.sql, kind: migration}
  - {name: manual, path: manual.txt, kind: document, place: docs/en/manual.txt}
  - {name: nothing, path: empty, kind: document}
provenance:
  builder: https://ci.example.com/runner
  sources: [{uri: 'git+https://git.example.com/shop', commit: 0123456789abcdef0123456789abcdef01234567}]
tests: [unit.xml]
decisions:
  - {environment: production, go: true, by: 'mailto:ann@example.com', at: 2026-11-22T13:00:00Z, policy: 'urn:example:go'}
";

pub struct Scene {
    pub folder: tempfile::TempDir,
    pub key: SecretKey,
}

impl Scene {
    pub fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap(), key: SecretKey::from_seed(&[9; 32]) };
        let unit = "<testsuite name=\"u\" tests=\"2\"><testcase name=\"a\"/><testcase name=\"b\"><skipped/></testcase></testsuite>";
        for (path, text) in [
            ("build/api", "#!/bin/sh\necho hello\n"),
            ("shop.toml", "port = 1\n"),
            ("app.aab", "PK app"),
            ("0001.sql", "create table a(b);\n"),
            ("manual.txt", "Read me.\n"),
            ("empty", ""),
            ("NOTES.md", "# 2.1.0\n"),
            ("unit.xml", unit),
        ] {
            scene.write(path, text);
        }
        scene
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        std::fs::write(self.at(name), text).unwrap();
    }

    pub fn make(&self, recipe: &str, name: &str) -> Result<(Manifest, Digest), Refusal> {
        make::make(&Recipe::read(recipe)?, self.folder.path(), &self.at(name))
    }

    pub fn signed(&self, recipe: &str, name: &str) -> Manifest {
        let (manifest, _) = self.make(recipe, name).unwrap();
        Bundle::open(&self.at(name)).unwrap().sign(&self.key, &self.at(name)).unwrap();
        manifest
    }

    pub fn verify(&self, name: &str) -> Result<Verified, Refusal> {
        verify(&self.at(name), &[self.key.public()])
    }
}

pub fn verify(path: &Path, keys: &[PublicKey]) -> Result<Verified, Refusal> {
    Bundle::open(path)?.verify(Trust::Keys { keys, wanted: None })
}

/// One file as an attacker packs it.
#[derive(Debug, Clone)]
pub struct Packed {
    pub name: Vec<u8>,
    pub content: Vec<u8>,
    pub kind: EntryType,
    pub mode: u32,
    pub link: Option<Vec<u8>>,
    /// What the header says, where it lies.
    pub size: Option<u64>,
}

impl Packed {
    pub fn file(name: &str, content: &[u8], mode: u32) -> Self {
        let (name, content) = (name.as_bytes().to_vec(), content.to_vec());
        Self { name, content, kind: EntryType::Regular, mode, link: None, size: None }
    }

    fn header(&self) -> Vec<u8> {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..self.name.len().min(100)]
            .copy_from_slice(&self.name[..self.name.len().min(100)]);
        if let Some(link) = &self.link {
            header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
        }
        header.set_size(self.size.unwrap_or(self.content.len() as u64));
        header.set_mode(self.mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_entry_type(self.kind);
        header.set_cksum();
        header.as_bytes().to_vec()
    }
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn pack(files: &[Packed]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut pad = 0;
    for file in files {
        archive.extend(frame(&[vec![0; pad], file.header()].concat()));
        if !file.content.is_empty() {
            archive.extend(frame(&file.content));
        }
        pad = (512 - file.content.len() % 512) % 512;
    }
    archive.extend(frame(&vec![0; pad + 1024]));
    archive
}

/// A bundle of whatever archive, stated and signed as if it were right.
pub fn sealed(archive: &[u8], manifest: &Manifest, predicate: &Predicate, key: &SecretKey) -> Vec<u8> {
    let statement = predicate.about(Digest::of(archive), manifest);
    let mut seal = Seal::of(&[statement]).unwrap();
    seal.sign(key).unwrap();
    [seal.bytes().unwrap(), archive.to_vec()].concat()
}

pub fn predicate() -> Predicate {
    Predicate { predicate_type: PROVENANCE, says: serde_json::json!({}) }
}
