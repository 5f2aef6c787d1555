//! By what programs prove that they may ask for the flags of one environment.
//!
//! Invariant: a key is of one project and one environment, and only a hash of its secret stands here; after its end or
//! its revocation it opens nothing. Deliberately not here: the secret, flags, and people's tokens (`person`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::{EnvironmentName, ProjectName};
use crate::person::TokenId;
use crate::refusal::Refuse;

/// That hold, over all projects.
const KEYS_MAX: usize = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagKeyKind {
    /// Stands in pages and apps that anybody can read: it is answered values, never rules.
    Client,
    /// Stays among our own programs, which may read definitions too.
    Server,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagSdkKey {
    pub project: ProjectName,
    pub environment: EnvironmentName,
    pub kind: FlagKeyKind,
    pub label: String,
    /// SHA-256 of the secret, hexadecimal.
    pub hash: String,
    pub by: String,
    pub issued_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
}

impl FlagSdkKey {
    pub fn is_valid(&self, now_ms: u64) -> bool {
        !self.revoked && self.expires_ms.is_none_or(|end| now_ms < end)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagKeys {
    pub by_id: BTreeMap<TokenId, FlagSdkKey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlagKeysEvent {
    Issued { id: TokenId, key: FlagSdkKey },
    Revoked { id: TokenId },
}

impl FlagKeysEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Issued { .. } => "flag-keys.issued",
            Self::Revoked { .. } => "flag-keys.revoked",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagKeysCommand {
    Issue {
        id: TokenId,
        key: FlagSdkKey,
    },
    /// One of this project and environment.
    Revoke {
        id: TokenId,
        project: ProjectName,
        environment: EnvironmentName,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlagKeysRefusal {
    #[error("{environment} has no flag key `{id}`")]
    Unknown { environment: EnvironmentName, id: TokenId },
    #[error("there is a flag key `{id}` already")]
    Exists { id: TokenId },
    #[error("that would be more than {most} flag keys that hold")]
    TooMany { most: usize },
}

pub fn decide(state: &FlagKeys, command: FlagKeysCommand) -> Result<Vec<FlagKeysEvent>, FlagKeysRefusal> {
    match command {
        FlagKeysCommand::Issue { id, key } => {
            if state.by_id.contains_key(&id) {
                return Err(FlagKeysRefusal::Exists { id });
            }
            if state.by_id.values().filter(|known| known.is_valid(key.issued_ms)).count() >= KEYS_MAX {
                return Err(FlagKeysRefusal::TooMany { most: KEYS_MAX });
            }
            Ok(vec![FlagKeysEvent::Issued { id, key }])
        }
        FlagKeysCommand::Revoke { id, project, environment } => {
            let known = state.by_id.get(&id);
            match known.filter(|key| key.project == project && key.environment == environment) {
                None => Err(FlagKeysRefusal::Unknown { environment, id }),
                Some(key) if key.revoked => Ok(Vec::new()),
                Some(_) => Ok(vec![FlagKeysEvent::Revoked { id }]),
            }
        }
    }
}

pub fn evolve(mut state: FlagKeys, event: &FlagKeysEvent) -> FlagKeys {
    match event {
        FlagKeysEvent::Issued { id, key } => {
            // What opens nothing any more is remembered by the log alone.
            if state.by_id.len() >= 2 * KEYS_MAX {
                state.by_id.retain(|_, known| known.is_valid(key.issued_ms));
            }
            state.by_id.insert(id.clone(), key.clone());
        }
        FlagKeysEvent::Revoked { id } => {
            if let Some(key) = state.by_id.get_mut(id) {
                key.revoked = true;
            }
        }
    }
    state
}

impl FlagKeys {
    /// Of one environment, the newest first.
    pub fn of(&self, project: &ProjectName, environment: &EnvironmentName) -> Vec<(&TokenId, &FlagSdkKey)> {
        let theirs = |key: &FlagSdkKey| key.project == *project && key.environment == *environment;
        let mut found: Vec<_> = self.by_id.iter().filter(|(_, key)| theirs(key)).collect();
        found.sort_by_key(|(_, key)| std::cmp::Reverse(key.issued_ms));
        found
    }
}

impl Refuse for FlagKeysRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-flag-key",
            Self::Exists { .. } => "flag-key-exists",
            Self::TooMany { .. } => "too-many-flag-keys",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { environment, .. } => {
                format!("see which there are: `tidegate flag keys list --env {environment}`")
            }
            Self::Exists { .. } => "send the request again, for a key of its own".into(),
            Self::TooMany { .. } => {
                "revoke those that nothing uses: `tidegate flag keys revoke ID --env ENVIRONMENT`".into()
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(project: &str, environment: &str) -> FlagSdkKey {
        FlagSdkKey {
            project: project.parse().unwrap(),
            environment: environment.parse().unwrap(),
            kind: FlagKeyKind::Server,
            label: "api".to_owned(),
            hash: "00ff".to_owned(),
            by: "ann".to_owned(),
            issued_ms: 10,
            expires_ms: None,
            revoked: false,
        }
    }

    fn revoke(id: &str, project: &str, environment: &str) -> FlagKeysCommand {
        let (project, environment) = (project.parse().unwrap(), environment.parse().unwrap());
        FlagKeysCommand::Revoke { id: TokenId(id.to_owned()), project, environment }
    }

    #[test]
    fn a_key_is_revoked_where_it_belongs_and_nowhere_else() {
        let id = TokenId("a".to_owned());
        let issue = FlagKeysCommand::Issue { id: id.clone(), key: key("shop", "production") };
        let issued = decide(&FlagKeys::default(), issue.clone()).unwrap();
        let state = issued.iter().fold(FlagKeys::default(), evolve);
        assert!(state.by_id[&id].is_valid(11));
        assert_eq!(decide(&state, issue).unwrap_err().code(), "flag-key-exists");
        for (project, environment) in [("bank", "production"), ("shop", "staging")] {
            assert!(decide(&state, revoke("a", project, environment)).unwrap_err().is_unknown());
        }
        let events = decide(&state, revoke("a", "shop", "production")).unwrap();
        let state = events.iter().fold(state, evolve);
        assert!(!state.by_id[&id].is_valid(11));
        assert!(decide(&state, revoke("a", "shop", "production")).unwrap().is_empty());
    }

    #[test]
    fn a_key_ends_when_it_says() {
        let key = FlagSdkKey { expires_ms: Some(20), ..key("shop", "production") };
        assert_eq!([19, 20, 21].map(|now| key.is_valid(now)), [true, false, false]);
    }

    #[test]
    fn there_is_a_limit_of_keys_that_hold() {
        let ids = (0..KEYS_MAX).map(|index| TokenId(index.to_string()));
        let by_id = ids.map(|id| (id, key("shop", "production"))).collect();
        let issue =
            FlagKeysCommand::Issue { id: TokenId("one more".to_owned()), key: key("shop", "production") };
        assert_eq!(decide(&FlagKeys { by_id }, issue).unwrap_err().code(), "too-many-flag-keys");
    }
}
