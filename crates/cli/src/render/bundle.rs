//! Bundles as text for people.
//!
//! Invariant: who signed is only said where it was checked. Not here: the JSON form (the commands).

use std::fmt::Write as _;
use std::path::Path;

use tidegate_bundle::delta::Told;
use tidegate_bundle::{Digest, KeyId, Manifest};

pub fn built(file: &Path, manifest: &Manifest, archive: Digest) -> String {
    format!("{}\n{}", file.display(), contents(manifest, archive))
}

pub fn shown(manifest: &Manifest, archive: Digest, signers: &[KeyId]) -> String {
    let mut text = contents(manifest, archive);
    text.push_str(if signers.is_empty() {
        "nobody has signed it\n"
    } else {
        "says that it is signed (not checked) by\n"
    });
    ids(&mut text, signers);
    text
}

pub fn verified(manifest: &Manifest, archive: Digest, signers: &[KeyId], to: Option<&Path>) -> String {
    let mut text = contents(manifest, archive);
    text.push_str(if signers.is_empty() {
        "whole; whoever signed it was not asked for\n"
    } else {
        "whole, and signed by\n"
    });
    ids(&mut text, signers);
    if let Some(to) = to {
        let _infallible = writeln!(text, "written to {}", to.display());
    }
    text
}

pub fn delta(file: &Path, told: Told) -> String {
    let Told { kept_bytes, taken_bytes } = told;
    format!("{}: {taken_bytes} bytes are new, {kept_bytes} are taken over\n", file.display())
}

fn contents(manifest: &Manifest, archive: Digest) -> String {
    let mut text = format!("{} {}\nsha256:{archive}\n", manifest.name, manifest.version);
    for member in &manifest.files {
        let what = member.artifact.as_ref().map_or("", |artifact| artifact.kind.word());
        let _infallible = writeln!(text, "  {:<9} {:>12}  {}", what, member.size, member.path);
    }
    for stated in &manifest.statements {
        let _infallible = writeln!(text, "  states {}", stated.predicate_type);
    }
    text
}

fn ids(text: &mut String, signers: &[KeyId]) {
    for id in signers {
        let _infallible = writeln!(text, "  {id}");
    }
}
