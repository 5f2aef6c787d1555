//! What is in a bundle: `bundle.json`, the first file of its archive.
//!
//! Invariant: it lists every other file with digest and size, in the order of the archive, and has one form as bytes.
//! Not here: what the author of a bundle writes (`recipe`).

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::path::{MemberPath, Places};
use crate::refusal::Refusal;

pub const FILE: &str = "bundle.json";
/// Where `extract` puts the envelopes.
pub const ATTESTATIONS: &str = "attestations";
pub const FORMAT: &str = "tidegate-bundle/1";
pub const MANIFEST_BYTES_MAX: u64 = 8 << 20;
pub const MEMBERS_MAX: usize = 10_000;
/// Of all files together, unpacked.
pub const BYTES_MAX: u64 = 64 << 30;
/// How much larger than its archive the content may be, beyond what is small anyway.
const RATIO_MAX: u64 = 100;
const SMALL_BYTES: u64 = 16 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: String,
    pub name: String,
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    pub files: Vec<Member>,
    pub statements: Vec<Stated>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub path: MemberPath,
    pub sha256: Digest,
    pub size: u64,
    pub media_type: String,
    pub role: Role,
    /// Only an artifact has what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Artifact>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Artifact,
    Notes,
    Bom,
    TestReport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Binary,
    Config,
    Document,
    Migration,
    Mobile,
}

/// A statement that goes with the archive, by the digest of what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    pub predicate_type: String,
    pub sha256: Digest,
}

impl Manifest {
    pub fn bytes(&self) -> Result<Vec<u8>, Refusal> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|why| Refusal::Manifest(why.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// As it stands in an archive of so many bytes.
    pub fn read(bytes: &[u8], archive_bytes: u64) -> Result<Self, Refusal> {
        let wrong = |why: String| Refusal::Malformed(format!("{FILE}: {why}"));
        let manifest: Self = serde_json::from_slice(bytes).map_err(|why| wrong(why.to_string()))?;
        if manifest.format != FORMAT {
            return Err(wrong(format!(
                "its format is `{}`, and this Tidegate reads {FORMAT}",
                manifest.format
            )));
        }
        if manifest.bytes()? != bytes {
            return Err(wrong("it is not in the form that Tidegate writes".to_owned()));
        }
        manifest.check(archive_bytes)?;
        Ok(manifest)
    }

    /// What holds of every manifest, written or read.
    pub fn check(&self, archive_bytes: u64) -> Result<(), Refusal> {
        if self.files.len() > MEMBERS_MAX {
            return Err(Refusal::TooLarge(format!(
                "{} files, and {MEMBERS_MAX} are the most",
                self.files.len()
            )));
        }
        let mut places = Self::places()?;
        self.files.iter().try_for_each(|member| places.take(&member.path))?;
        if !self.files.is_sorted_by(|one, next| one.path < next.path) {
            return Err(Refusal::Malformed(format!("{FILE}: its files do not ascend")));
        }
        let total = self.files.iter().try_fold(0_u64, |sum, member| sum.checked_add(member.size));
        let total = total.filter(|total| *total <= BYTES_MAX);
        let Some(total) = total else {
            return Err(Refusal::TooLarge(format!("its files have more than {BYTES_MAX} bytes")));
        };
        if total > archive_bytes.saturating_mul(RATIO_MAX).saturating_add(SMALL_BYTES) {
            let why = format!("{total} bytes out of {archive_bytes}, more than {RATIO_MAX} times as many");
            return Err(Refusal::TooLarge(why));
        }
        Ok(())
    }

    /// The places that no file may take.
    pub(crate) fn places() -> Result<Places, Refusal> {
        let mut places = Places::default();
        places.take(&MemberPath::new(FILE)?)?;
        places.take(&MemberPath::new(ATTESTATIONS)?)?;
        Ok(places)
    }

    pub fn artifacts(&self) -> impl Iterator<Item = (&Member, &Artifact)> {
        self.files.iter().filter_map(|member| Some((member, member.artifact.as_ref()?)))
    }

    pub fn archive_name(&self) -> String {
        format!("{}-{}.tar.zst", self.name, self.version)
    }
}

impl Member {
    pub fn mode(&self) -> u32 {
        let is_program = self.artifact.as_ref().is_some_and(|artifact| artifact.kind == Kind::Binary);
        if is_program { 0o755 } else { 0o644 }
    }
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Config => "config",
            Self::Document => "document",
            Self::Migration => "migration",
            Self::Mobile => "mobile",
        }
    }

    /// Where such files stand, and what they are unless somebody says so.
    pub(crate) fn usual(self) -> (&'static str, &'static str) {
        match self {
            Self::Binary => ("bin", "application/octet-stream"),
            Self::Config => ("config", "text/plain"),
            Self::Document => ("docs", "text/plain"),
            Self::Migration => ("migrations", "application/sql"),
            Self::Mobile => ("mobile", "application/octet-stream"),
        }
    }
}
