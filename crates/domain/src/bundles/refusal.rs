//! Why a bundle is not taken, removed or released, and why a key is not trusted.

use crate::name::{BundleKeyName, Version};
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundlesRefusal {
    #[error("there is no bundle with the digest {digest}")]
    Unknown { digest: String },
    #[error("there is no trusted key `{name}`")]
    UnknownKey { name: BundleKeyName, known: Vec<String> },
    #[error("there is another trusted key `{name}`")]
    KeyExists { name: BundleKeyName },
    #[error("this key is trusted as `{other}` already")]
    KeyKnown { name: BundleKeyName, other: BundleKeyName },
    #[error("that would be more than {most} trusted keys")]
    TooManyKeys { most: usize },
    #[error("that would be more than {most} bundles")]
    TooMany { most: usize },
    #[error("no key is trusted here, so no bundle is taken")]
    NobodyTrusted,
    #[error("no key that signed {called} is trusted any more")]
    NotTrustedNow { called: String },
    #[error("the release {release} is made of {called}")]
    Needed { called: String, release: Version },
    #[error("the bundle is of version {is}, and the release would be {wanted}")]
    OtherVersion { is: String, wanted: Version },
}

impl Refuse for BundlesRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-bundle",
            Self::UnknownKey { .. } => "unknown-bundle-key",
            Self::KeyExists { .. } | Self::KeyKnown { .. } => "bundle-key-exists",
            Self::TooManyKeys { .. } => "bundle-keys-full",
            Self::TooMany { .. } => "bundles-full",
            Self::NobodyTrusted | Self::NotTrustedNow { .. } => "bundle-key-untrusted",
            Self::Needed { .. } => "bundle-needed",
            Self::OtherVersion { .. } => "bundle-other-version",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { .. } => {
                "see which there are: `tidegate bundle list`; bring one: `tidegate bundle upload FILE`".into()
            }
            Self::UnknownKey { known, .. } if known.is_empty() => {
                "there are none; trust one with `tidegate bundle trust NAME FILE.pub`".into()
            }
            Self::UnknownKey { known, .. } => format!("there are: {}", known.join(", ")),
            Self::KeyExists { name } => {
                format!("take another name, or let go of that one first: `tidegate bundle distrust {name}`")
            }
            Self::KeyKnown { other, .. } => {
                format!("use it as `{other}`, or let go of that one first: `tidegate bundle distrust {other}`")
            }
            Self::TooManyKeys { .. } => "let go of those that nobody signs with: `tidegate bundle keys`".into(),
            Self::TooMany { .. } => {
                "remove those that no release is made of: `tidegate bundle remove DIGEST`".into()
            }
            Self::NobodyTrusted => {
                "trust the key of whoever signs, by a way that you trust: `tidegate bundle trust NAME FILE.pub`".into()
            }
            Self::NotTrustedNow { .. } => {
                "trust the key of whoever signs, then upload the bundle again: `tidegate bundle trust NAME FILE.pub`, `tidegate bundle upload FILE`".into()
            }
            Self::Needed { .. } => "keep it: that release is put in place from it".into(),
            Self::OtherVersion { is, .. } => format!("name the release {is}, as the bundle does"),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::UnknownKey { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::OtherVersion { .. })
    }
}
