//! Why a channel is not believed, or cannot be read.
//!
//! Invariant: rollback and freeze have names of their own. Not here: what a bundle itself is refused for.

use tough::error::Error;

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the channel shows an older state than was seen before: {0}")]
    RolledBack(String),
    #[error("the channel's time is over: {0}")]
    Expired(String),
    #[error("what the channel says or holds is not what its keys signed: {0}")]
    Untrusted(String),
    #[error("the channel does not name {0}")]
    NotNamed(String),
    #[error("`{0}` is there already")]
    Taken(String),
    #[error("`{0}` is no folder and no file:// address")]
    Address(String),
    #[error("{0} cannot be read or written")]
    Disk(String, #[source] std::io::Error),
    #[error("the channel cannot be read or written: {0}")]
    Other(String),
}

impl From<Error> for Refusal {
    /// By the first cause that has a name here: what a transport found wrong stands beneath its own error.
    fn from(error: Error) -> Self {
        let first: &(dyn std::error::Error + 'static) = &error;
        let mut causes = std::iter::successors(Some(first), |cause| cause.source());
        let named = causes.find_map(|cause| named(cause.downcast_ref()?));
        named.unwrap_or_else(|| Self::Other(error.to_string()))
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // there are eighty, of which these have names
fn named(error: &Error) -> Option<Refusal> {
    let said = error.to_string();
    match error {
        Error::OlderMetadata { .. }
        | Error::OlderSnapshotInTimestamp { .. }
        | Error::SnapshotRoleMissing { .. }
        | Error::SnapshotRoleRollback { .. }
        | Error::SystemTimeSteppedBackward { .. } => Some(Refusal::RolledBack(said)),
        Error::ExpiredMetadata { .. } => Some(Refusal::Expired(said)),
        Error::HashMismatch { .. }
        | Error::KeysNotFoundInRoot { .. }
        | Error::MaxSizeExceeded { .. }
        | Error::ParseMetadata { .. }
        | Error::ParseTrustedMetadata { .. }
        | Error::SigningKeysNotFound { .. }
        | Error::VerifyMetadata { .. }
        | Error::VerifyRoleMetadata { .. }
        | Error::VerifyTrustedMetadata { .. }
        | Error::VersionMismatch { .. } => Some(Refusal::Untrusted(said)),
        _ => None,
    }
}

impl Refusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::RolledBack(_) => "bundle-channel-rolled-back",
            Self::Expired(_) => "bundle-channel-expired",
            Self::Untrusted(_) => "bundle-channel-untrusted",
            Self::NotNamed(_) => "bundle-channel-not-named",
            Self::Taken(_) => "bundle-destination-taken",
            Self::Address(_) => "bundle-channel-address",
            Self::Disk(..) => "bundle-disk",
            Self::Other(_) => "bundle-channel-unusable",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::RolledBack(_) => {
                "somebody may be holding updates back: fetch the channel by another way, and tell who publishes it"
            }
            Self::Expired(_) => {
                "ask who publishes it to sign it anew (`tidegate bundle channel publish`); an old copy stays refused"
            }
            Self::Untrusted(_) => {
                "do not use it; fetch the channel again, and compare the root with who publishes it"
            }
            Self::NotNamed(_) => "see what it names with `tidegate bundle channel list`",
            Self::Taken(_) => "name another place, or move that one away; nothing was written",
            Self::Address(_) => "copy the channel's folder to this machine and name that",
            Self::Disk(..) => "check the path, the rights and the space that is left",
            Self::Other(_) => {
                "check that it is the folder that `tidegate bundle channel begin` made, and whole"
            }
        }
    }
}
