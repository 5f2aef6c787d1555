//! What can be wrong with an artifact, as faults.
//!
//! Invariant: names that come out of an artifact are escaped and cut before they are shown. Deliberately not here:
//! errors of the operating system (`outside`).

use std::path::Path;

use tidegate_ports::Fault;

/// A name from an artifact, fit for one line of a terminal.
pub(crate) fn shown(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    let mut short: String = text.chars().take(120).flat_map(char::escape_debug).collect();
    if text.chars().nth(120).is_some() {
        short.push('…');
    }
    short
}

pub(crate) fn missing(path: &Path) -> Fault {
    Fault::hold("artifact-missing", format!("the artifact {} is not there", path.display()))
        .with_help("build it, or correct the path, then create the release again")
}

pub(crate) fn mismatch(from: &str, expected: &str, found: &str) -> Fault {
    Fault::hold(
        "artifact-digest-mismatch",
        format!("{from} has the digest {found}, but the release was made with {expected}"),
    )
    .with_help("it was changed after `tidegate release create`; restore it, or create a new release from it")
}

pub(crate) fn malformed_digest(given: &str) -> Fault {
    Fault::hold("artifact-digest-malformed", format!("`{}` is not a digest", shown(given.as_bytes())))
        .with_help("a digest looks like sha256: and 64 hexadecimal digits; `tidegate release show` prints it")
}

pub(crate) fn unsafe_entry(name: &[u8], why: &str) -> Fault {
    Fault::hold("artifact-unsafe", format!("the artifact's entry `{}` {why}", shown(name)))
        .with_help("build the artifact without that entry and create the release again")
}

pub(crate) fn too_big(why: impl std::fmt::Display) -> Fault {
    Fault::hold("artifact-too-big", format!("the artifact {why}"))
        .with_help("make it smaller; the limits are in docs/reference/process-target.md")
}

pub(crate) fn damaged(why: impl std::fmt::Display) -> Fault {
    Fault::hold("artifact-damaged", format!("the artifact cannot be read: {why}"))
        .with_help("build it again as .tar.gz or .tar.zst and create the release again")
}
