//! Who keeps secrets safe, and who gives them to the instances that need them.
//!
//! Invariant: a value travels only in these two traits' answers and arguments; whatever is written elsewhere is sealed or a
//! fingerprint. Deliberately not here: ciphers and keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use tidegate_domain::name::{EnvironmentName, SecretName};
use tidegate_domain::secret::Redactor;

use crate::fault::Fault;

/// A value as it may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub fingerprint: String,
    pub body: Vec<u8>,
}

pub type SecretPlace<'a> = (&'a EnvironmentName, &'a SecretName);

/// Seals values. What it has sealed, it opens for nobody but itself and its [`SecretSource`].
pub trait Vault: Send + Sync {
    /// `before` is what was kept of it until now: earlier values are still looked for in logs.
    fn seal(
        &self,
        place: SecretPlace<'_>,
        new: (&SecretString, u64),
        before: Option<&[u8]>,
    ) -> Result<Sealed, Fault>;
    /// Under the newest key; none where it is already.
    fn reseal(&self, place: SecretPlace<'_>, body: &[u8]) -> Result<Option<Sealed>, Fault>;
    fn fingerprint(&self, value: &[u8]) -> String;
}

/// A secret as an instance is given it.
#[derive(Debug, Clone)]
pub struct Revealed {
    pub value: SecretString,
    pub revision: u64,
}

/// Where instances get their secrets from.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// All of these as they are now, or why not.
    async fn reveal(
        &self,
        environment: &EnvironmentName,
        names: &BTreeSet<SecretName>,
    ) -> Result<BTreeMap<SecretName, Revealed>, Fault>;
    /// Finds every value that the environment's instances have, or had not long ago.
    async fn redactor(&self, environment: &EnvironmentName) -> Result<Arc<Redactor>, Fault>;
}
