//! Why a bundle, a key or a delta is not accepted: a code for each, a sentence, and the next step.
//!
//! Invariant: an attack has a name of its own, so that who reads it knows what happened. Not here: faults of the disk,
//! which stay `io::Error`s behind [`Refusal::Disk`].

use std::io;

use crate::key::KeyId;

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    Manifest(String),
    #[error("this is no bundle, or not the whole of one: {0}")]
    Malformed(String),
    #[error("nobody has signed this bundle")]
    Unsigned,
    #[error("the signature of {0} does not belong to this bundle")]
    SignatureWrong(KeyId),
    #[error("{found} of the {given} trusted keys signed this bundle, and {wanted} must")]
    SignerMissing { found: usize, given: usize, wanted: usize },
    #[error("the archive is not the one that was signed: it is {found}, and {signed} was signed")]
    Changed { found: String, signed: String },
    #[error("what is stated of this bundle does not fit what is in it: {0}")]
    StatementWrong(String),
    #[error("`{0}` is in the archive and not in its manifest")]
    MemberExtra(String),
    #[error("`{0}` is in the manifest and not in the archive")]
    MemberMissing(String),
    #[error("`{path}` is not what the manifest says: {why}")]
    MemberChanged { path: String, why: String },
    #[error("the path `{path}` leads elsewhere or cannot be had everywhere: {why}")]
    PathUnsafe { path: String, why: &'static str },
    #[error("`{path}` is {what}; a bundle holds files alone")]
    MemberKind { path: String, what: &'static str },
    #[error("`{0}` and `{1}` would be one file, or one in the other's place")]
    PathTwice(String, String),
    #[error("it would become too large: {0}")]
    TooLarge(String),
    #[error("{path}: {why}")]
    Key { path: String, why: &'static str },
    #[error("`{0}` is there already")]
    DestinationTaken(String),
    #[error("this delta begins at the bundle {wanted}, and the one given is {found}")]
    DeltaBase { wanted: String, found: String },
    #[error("this is no delta between bundles, or not the whole of one: {0}")]
    DeltaMalformed(String),
    #[error("{path} cannot be {done}")]
    Disk { path: String, done: &'static str, source: io::Error },
}

impl Refusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Manifest(_) => "bundle-manifest-invalid",
            Self::Malformed(_) => "bundle-malformed",
            Self::Unsigned => "bundle-unsigned",
            Self::SignatureWrong(_) => "bundle-signature-wrong",
            Self::SignerMissing { .. } => "bundle-signer-missing",
            Self::Changed { .. } => "bundle-changed",
            Self::StatementWrong(_) => "bundle-statement-wrong",
            Self::MemberExtra(_) => "bundle-member-extra",
            Self::MemberMissing(_) => "bundle-member-missing",
            Self::MemberChanged { .. } => "bundle-member-changed",
            Self::PathUnsafe { .. } => "bundle-path-unsafe",
            Self::MemberKind { .. } => "bundle-member-kind",
            Self::PathTwice(..) => "bundle-path-twice",
            Self::TooLarge(_) => "bundle-too-large",
            Self::Key { .. } => "bundle-key-unusable",
            Self::DestinationTaken(_) => "bundle-destination-taken",
            Self::DeltaBase { .. } => "bundle-delta-base",
            Self::DeltaMalformed(_) => "bundle-delta-malformed",
            Self::Disk { .. } => "bundle-disk",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::Manifest(_) => "mend the file; docs/reference/bundle-manifest.md lists every field",
            Self::Malformed(_) => "fetch it again from where it was published, and compare its digest",
            Self::Unsigned => "sign it with `tidegate bundle sign`, or ask its sender for the signed one",
            Self::SignatureWrong(_) => {
                "do not use it: somebody changed it or the signature; fetch it again from its sender"
            }
            Self::SignerMissing { .. } => {
                "ask the sender who signed it, give that public key with --key, or fewer with --threshold"
            }
            Self::Changed { .. } => "do not use it: fetch it again from its sender",
            Self::StatementWrong(_) => {
                "do not use it: build and sign it again with `tidegate bundle build` and `sign`"
            }
            Self::MemberExtra(_) | Self::MemberMissing(_) | Self::MemberChanged { .. } => {
                "do not use it: build it again with `tidegate bundle build`, which writes what its manifest says"
            }
            Self::PathUnsafe { .. } => {
                "name files by letters, digits and `._-+@~=,()#` in folders below the bundle's own"
            }
            Self::MemberKind { .. } => "put the file itself into the bundle, in place of what leads to it",
            Self::PathTwice(..) => {
                "give one of them another path; capitals do not tell two files apart everywhere"
            }
            Self::TooLarge(_) => {
                "split it in several bundles; the limits stand in docs/reference/bundle-manifest.md"
            }
            Self::Key { .. } => {
                "make one with `tidegate bundle key --out FILE`; its public half is in FILE.pub"
            }
            Self::DestinationTaken(_) => "name another place, or move that one away; nothing was written",
            Self::DeltaBase { .. } => "apply it to that bundle, or fetch the whole new one",
            Self::DeltaMalformed(_) => "fetch it again, or the whole new bundle",
            Self::Disk { .. } => {
                "check the path, the rights and the space that is left; nothing half done stays"
            }
        }
    }
}

/// The path's own words for an error of the disk.
pub(crate) fn disk(path: &std::path::Path, done: &'static str) -> impl Fn(io::Error) -> Refusal {
    let path = path.display().to_string();
    move |source| Refusal::Disk { path: path.clone(), done, source }
}
