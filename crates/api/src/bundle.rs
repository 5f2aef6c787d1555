//! Bundles that were uploaded, and the keys whose bundles are taken.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A bundle that was verified and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bundle {
    /// Of its archive: signing does not change it.
    #[schema(example = "sha256:0f5d…")]
    pub digest: String,
    pub name: String,
    pub version: String,
    /// Of the whole file.
    pub bytes: u64,
    /// The keys that were trusted when it was taken.
    pub signers: Vec<BundleSigner>,
    pub uploaded_by: String,
    pub uploaded_ms: u64,
    /// What is made of it; such a bundle stays.
    pub releases: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleSigner {
    /// SHA-256 of the public key's 32 bytes.
    pub id: String,
    /// What it is called here; absent where it is not trusted any more.
    pub name: Option<String>,
}

/// A bundle with what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleShown {
    #[serde(flatten)]
    pub bundle: Bundle,
    pub files: Vec<BundleFile>,
    /// What is stated and signed, by the types of the statements.
    pub statements: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleFile {
    pub path: String,
    pub sha256: String,
    pub bytes: u64,
    pub media_type: String,
    pub role: BundleRole,
    /// Of an artifact: what it is called. One of kind `binary` is the component of that name.
    pub artifact: Option<String>,
    pub kind: Option<BundleKind>,
    pub purl: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BundleRole {
    Artifact,
    Notes,
    Bom,
    TestReport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BundleKind {
    Binary,
    Config,
    Document,
    Migration,
    Mobile,
}

/// A public key whose bundles are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleKey {
    pub name: String,
    /// SHA-256 of its 32 bytes.
    pub id: String,
    /// In PEM.
    pub pem: String,
    pub trusted_by: String,
    pub trusted_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustBundleKeyRequest {
    /// An ed25519 public key in PEM, as `tidegate bundle key` writes it to `FILE.pub`.
    #[schema(min_length = 1, max_length = 16384)]
    pub pem: String,
}
