//! An API token, as far as the log knows it: a hash, a scope, an end.
//!
//! Invariant: what a token may do is what its owner may do, and its scope, both; after its end or its revocation, and
//! while its owner is disabled, it may nothing. Deliberately not here: the secret, which nobody has but the caller.

use serde::{Deserialize, Serialize};

use super::Person;
use crate::name::EnvironmentName;
use crate::rights::{Grant, Right, allowed, may};

/// The public part of a token, by which it is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenId(pub String);

impl std::fmt::Display for TokenId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub label: String,
    /// SHA-256 of the secret, hexadecimal.
    pub hash: String,
    pub scope: TokenScope,
    pub issued_ms: u64,
    pub expires_ms: u64,
    pub revoked: bool,
}

/// The most a token may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenScope {
    /// Whatever its owner may.
    Owner,
    Grants(Vec<Grant>),
}

impl Token {
    pub fn is_valid(&self, now_ms: u64) -> bool {
        !self.revoked && self.issued_ms <= now_ms && now_ms < self.expires_ms
    }

    /// Whether the token allows this, given what its owner may do now.
    pub fn allows(
        &self,
        owner: &[Grant],
        right: Right,
        (project, environment): (&str, Option<&EnvironmentName>),
    ) -> bool {
        let place = (project, environment);
        let scoped = match &self.scope {
            TokenScope::Owner => true,
            TokenScope::Grants(grants) => allowed(grants, right, place),
        };
        scoped && allowed(owner, right, place)
    }
}

impl Person {
    /// The valid token with this id.
    pub fn token(&self, id: &TokenId, now_ms: u64) -> Option<&Token> {
        let valid = |token: &&Token| self.disabled.is_none() && token.is_valid(now_ms);
        self.tokens.get(id).filter(valid)
    }
}

impl TokenScope {
    /// Whether any line of it could ever allow this: to refuse a scope that means nothing.
    pub fn could(&self, right: Right) -> bool {
        match self {
            Self::Owner => true,
            Self::Grants(grants) => grants.iter().any(|grant| may(grant.role, right)),
        }
    }
}
