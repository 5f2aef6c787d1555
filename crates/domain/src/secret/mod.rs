//! Secrets by environment: which there are, which revision each is at, and who set it.
//!
//! Invariant: no value stands here, only a fingerprint of it under a key that the log does not hold; a revision is never
//! given twice, also not after a removal. Deliberately not here: keeping and opening values (`tidegate-secrets`).

mod redactor;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use redactor::{MARK, Redactor};
pub use refusal::SecretRefusal;

use crate::name::{EnvironmentName, SecretName};

/// Shorter ones would be found everywhere in a log by chance, and are no secrets.
pub const VALUE_CHARS_MIN: usize = 6;
/// Linux gives one environment variable 128 KiB.
pub const VALUE_BYTES_MAX: usize = 32 << 10;
const SECRETS_MAX: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    known: BTreeMap<EnvironmentName, BTreeMap<SecretName, SecretRecord>>,
    /// The last revision ever given.
    revisions: BTreeMap<(EnvironmentName, SecretName), u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRecord {
    /// 1, 2, 3 …
    pub revision: u64,
    /// Equal for equal values, and nothing else can be told from it without the key.
    pub fingerprint: String,
    pub by: String,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretEvent {
    Set {
        environment: EnvironmentName,
        name: SecretName,
        record: SecretRecord,
    },
    Removed {
        environment: EnvironmentName,
        name: SecretName,
    },
    /// Kept under another key; the value is the same.
    Resealed {
        environment: EnvironmentName,
        name: SecretName,
        fingerprint: String,
    },
}

impl SecretEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Set { .. } => "secret.set",
            Self::Removed { .. } => "secret.removed",
            Self::Resealed { .. } => "secret.resealed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretCommand {
    Set {
        environment: EnvironmentName,
        name: SecretName,
        fingerprint: String,
        by: String,
        at_ms: u64,
    },
    /// `needed_by`: what still asks for it, in words.
    Remove {
        environment: EnvironmentName,
        name: SecretName,
        needed_by: Option<String>,
    },
    Reseal {
        environment: EnvironmentName,
        name: SecretName,
        fingerprint: String,
    },
}

pub fn decide(state: &Secrets, command: SecretCommand) -> Result<Vec<SecretEvent>, SecretRefusal> {
    match command {
        SecretCommand::Set { environment, name, fingerprint, by, at_ms } => {
            let known = state.record(&environment, &name);
            if known.is_some_and(|record| record.fingerprint == fingerprint) {
                return Ok(Vec::new());
            }
            if known.is_none() && state.known.values().map(BTreeMap::len).sum::<usize>() >= SECRETS_MAX {
                return Err(SecretRefusal::TooMany { most: SECRETS_MAX });
            }
            let revision = state.next_revision(&environment, &name);
            let record = SecretRecord { revision, fingerprint, by, at_ms };
            Ok(vec![SecretEvent::Set { environment, name, record }])
        }
        SecretCommand::Remove { environment, name, needed_by } => {
            state.must_know(&environment, &name)?;
            match needed_by {
                Some(needed_by) => Err(SecretRefusal::Needed { environment, name, needed_by }),
                None => Ok(vec![SecretEvent::Removed { environment, name }]),
            }
        }
        SecretCommand::Reseal { environment, name, fingerprint } => {
            state.must_know(&environment, &name)?;
            Ok(vec![SecretEvent::Resealed { environment, name, fingerprint }])
        }
    }
}

pub fn evolve(mut state: Secrets, event: &SecretEvent) -> Secrets {
    match event {
        SecretEvent::Set { environment, name, record } => {
            state.revisions.insert((environment.clone(), name.clone()), record.revision);
            state.known.entry(environment.clone()).or_default().insert(name.clone(), record.clone());
        }
        SecretEvent::Removed { environment, name } => {
            if let Some(known) = state.known.get_mut(environment) {
                known.remove(name);
            }
            state.known.retain(|_, known| !known.is_empty());
        }
        SecretEvent::Resealed { environment, name, fingerprint } => {
            if let Some(record) = state.known.get_mut(environment).and_then(|known| known.get_mut(name)) {
                record.fingerprint.clone_from(fingerprint);
            }
        }
    }
    state
}

impl Secrets {
    pub fn record(&self, environment: &EnvironmentName, name: &SecretName) -> Option<&SecretRecord> {
        self.known.get(environment)?.get(name)
    }

    pub fn of(
        &self,
        environment: &EnvironmentName,
    ) -> impl Iterator<Item = (&SecretName, &SecretRecord)> + Clone {
        self.known.get(environment).into_iter().flatten()
    }

    pub fn all(&self) -> impl Iterator<Item = (&EnvironmentName, &SecretName, &SecretRecord)> {
        self.known
            .iter()
            .flat_map(|(place, known)| known.iter().map(move |(name, record)| (place, name, record)))
    }

    pub fn next_revision(&self, environment: &EnvironmentName, name: &SecretName) -> u64 {
        self.revisions.get(&(environment.clone(), name.clone())).copied().unwrap_or(0) + 1
    }

    /// The revision of each of these, or which of them have no value.
    pub fn revisions(
        &self,
        environment: &EnvironmentName,
        wanted: &BTreeSet<SecretName>,
    ) -> Result<BTreeMap<SecretName, u64>, SecretRefusal> {
        let found = |name: &SecretName| Some((name.clone(), self.record(environment, name)?.revision));
        let revisions: BTreeMap<_, _> = wanted.iter().filter_map(found).collect();
        let names: Vec<_> = wanted.iter().filter(|name| !revisions.contains_key(*name)).cloned().collect();
        if names.is_empty() {
            return Ok(revisions);
        }
        Err(SecretRefusal::Missing { environment: environment.clone(), names })
    }

    fn must_know(&self, environment: &EnvironmentName, name: &SecretName) -> Result<(), SecretRefusal> {
        if self.record(environment, name).is_some() {
            return Ok(());
        }
        let known = self.of(environment).map(|(name, _)| name.clone()).collect();
        Err(SecretRefusal::Unknown { environment: environment.clone(), name: name.clone(), known })
    }
}

/// Text that a process can be given in its environment, and that can be found again in what it writes.
pub fn check_value(value: &[u8]) -> Result<&str, SecretRefusal> {
    if value.len() > VALUE_BYTES_MAX {
        return Err(SecretRefusal::TooLong { bytes: value.len(), most: VALUE_BYTES_MAX });
    }
    let text = std::str::from_utf8(value).ok().filter(|text| !text.contains('\0'));
    let text = text.ok_or(SecretRefusal::NoText)?;
    if text.trim().chars().count() < VALUE_CHARS_MIN {
        return Err(SecretRefusal::TooShort { least: VALUE_CHARS_MIN });
    }
    Ok(text)
}
