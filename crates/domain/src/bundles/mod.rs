//! Bundles of releases: whose signatures are believed here, which bundles were taken, and which releases are made of them.
//!
//! Invariant: no bundle is taken or released that nobody signs whom this project trusts at that time; one that a release is made of stays.
//! Deliberately not here: reading bundles and checking signatures (`tidegate-bundle`), and their files (the server).

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use refusal::BundlesRefusal;

use crate::name::{BundleKeyName, Version};

const KEYS_MAX: usize = 100;
/// That no release is made of: the others cannot be removed.
const BUNDLES_MAX: usize = 1_000;

/// A public key whose signature is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedKey {
    /// The SHA-256 of its 32 public bytes, in hexadecimal digits.
    pub id: String,
    /// In PEM, in the one form that Tidegate writes.
    pub pem: String,
    pub by: String,
    pub at_ms: u64,
}

/// What is remembered of a bundle, by the digest of its archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleRecord {
    /// Of what, and of which version, in the bundle's own words.
    pub name: String,
    pub version: String,
    /// Of the whole file.
    pub bytes: u64,
    /// SHA-256 of its manifest, so that it can be shown without unpacking everything.
    pub manifest: String,
    /// The trusted keys that signed it, by id.
    pub signers: BTreeSet<String>,
    pub by: String,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundles {
    pub keys: BTreeMap<BundleKeyName, TrustedKey>,
    pub taken: BTreeMap<String, BundleRecord>,
    /// By bundle: the releases that are made of it.
    pub releases: BTreeMap<String, BTreeSet<Version>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BundlesEvent {
    KeyTrusted { name: BundleKeyName, key: TrustedKey },
    KeyDistrusted { name: BundleKeyName },
    Taken { digest: String, record: BundleRecord },
    Removed { digest: String },
    Released { digest: String, release: Version },
}

impl BundlesEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::KeyTrusted { .. } => "bundle.key-trusted",
            Self::KeyDistrusted { .. } => "bundle.key-distrusted",
            Self::Taken { .. } => "bundle.taken",
            Self::Removed { .. } => "bundle.removed",
            Self::Released { .. } => "bundle.released",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BundlesCommand {
    Trust {
        name: BundleKeyName,
        key: TrustedKey,
    },
    Distrust {
        name: BundleKeyName,
    },
    /// It was verified, and its file is where it belongs.
    Take {
        digest: String,
        record: BundleRecord,
    },
    Remove {
        digest: String,
    },
    /// A release of its version is made of it.
    Release {
        digest: String,
        release: Version,
    },
}

/// What stands already changes nothing, and says so with no event.
pub fn decide(state: &Bundles, command: BundlesCommand) -> Result<Vec<BundlesEvent>, BundlesRefusal> {
    match command {
        BundlesCommand::Trust { name, key } => trust(state, name, key),
        BundlesCommand::Distrust { name } => {
            state.key(&name)?;
            Ok(vec![BundlesEvent::KeyDistrusted { name }])
        }
        BundlesCommand::Take { digest, record } => {
            state.must_trust(&record)?;
            match state.taken.get(&digest) {
                // The same archive again, perhaps with other signatures: who brought it first, and when, stays.
                Some(known) if known.signers == record.signers => Ok(Vec::new()),
                Some(known) => {
                    let record = BundleRecord { by: known.by.clone(), at_ms: known.at_ms, ..record };
                    Ok(vec![BundlesEvent::Taken { digest, record }])
                }
                None if state.loose() >= BUNDLES_MAX => Err(BundlesRefusal::TooMany { most: BUNDLES_MAX }),
                None => Ok(vec![BundlesEvent::Taken { digest, record }]),
            }
        }
        BundlesCommand::Remove { digest } => {
            let record = state.record(&digest)?;
            match state.releases.get(&digest).and_then(BTreeSet::first) {
                Some(release) => {
                    let called = format!("{} {}", record.name, record.version);
                    Err(BundlesRefusal::Needed { called, release: release.clone() })
                }
                None => Ok(vec![BundlesEvent::Removed { digest }]),
            }
        }
        BundlesCommand::Release { digest, release } => {
            let record = state.record(&digest)?;
            if state.releases.get(&digest).is_some_and(|releases| releases.contains(&release)) {
                return Ok(Vec::new());
            }
            state.must_trust(record)?;
            if record.version != release.as_str() {
                return Err(BundlesRefusal::OtherVersion { is: record.version.clone(), wanted: release });
            }
            Ok(vec![BundlesEvent::Released { digest, release }])
        }
    }
}

fn trust(state: &Bundles, name: BundleKeyName, key: TrustedKey) -> Result<Vec<BundlesEvent>, BundlesRefusal> {
    if let Some(known) = state.keys.get(&name) {
        // A name that comes to mean another key would change what the log says of earlier bundles.
        return if known.id == key.id { Ok(Vec::new()) } else { Err(BundlesRefusal::KeyExists { name }) };
    }
    if let Some((other, _)) = state.keys.iter().find(|(_, known)| known.id == key.id) {
        return Err(BundlesRefusal::KeyKnown { name, other: other.clone() });
    }
    if state.keys.len() >= KEYS_MAX {
        return Err(BundlesRefusal::TooManyKeys { most: KEYS_MAX });
    }
    Ok(vec![BundlesEvent::KeyTrusted { name, key }])
}

pub fn evolve(mut state: Bundles, event: &BundlesEvent) -> Bundles {
    match event {
        BundlesEvent::KeyTrusted { name, key } => {
            state.keys.insert(name.clone(), key.clone());
        }
        BundlesEvent::KeyDistrusted { name } => {
            state.keys.remove(name);
        }
        BundlesEvent::Taken { digest, record } => {
            state.taken.insert(digest.clone(), record.clone());
        }
        BundlesEvent::Removed { digest } => {
            state.taken.remove(digest);
        }
        BundlesEvent::Released { digest, release } => {
            state.releases.entry(digest.clone()).or_default().insert(release.clone());
        }
    }
    state
}

impl Bundles {
    fn loose(&self) -> usize {
        let is_loose = |digest: &&String| self.releases.get(*digest).is_none_or(BTreeSet::is_empty);
        self.taken.keys().filter(is_loose).count()
    }

    pub fn key(&self, name: &BundleKeyName) -> Result<&TrustedKey, BundlesRefusal> {
        self.keys.get(name).ok_or_else(|| BundlesRefusal::UnknownKey {
            name: name.clone(),
            known: self.keys.keys().map(ToString::to_string).collect(),
        })
    }

    pub fn record(&self, digest: &str) -> Result<&BundleRecord, BundlesRefusal> {
        self.taken.get(digest).ok_or_else(|| BundlesRefusal::Unknown { digest: digest.to_owned() })
    }

    /// Whose bundles are taken; refused where nobody's are, before anything is read.
    pub fn trusted(&self) -> Result<impl Iterator<Item = &TrustedKey>, BundlesRefusal> {
        if self.keys.is_empty() { Err(BundlesRefusal::NobodyTrusted) } else { Ok(self.keys.values()) }
    }

    /// What the keys that signed it are called now.
    pub fn signers(&self, record: &BundleRecord) -> impl Iterator<Item = (&BundleKeyName, &TrustedKey)> {
        self.keys.iter().filter(|(_, key)| record.signers.contains(&key.id))
    }

    fn must_trust(&self, record: &BundleRecord) -> Result<(), BundlesRefusal> {
        if self.signers(record).next().is_some() {
            return Ok(());
        }
        let called = format!("{} {}", record.name, record.version);
        Err(BundlesRefusal::NotTrustedNow { called })
    }
}
