//! Where instances get their secrets: sealed notes of the store, opened by the vault.
//!
//! Invariant: whoever asks for an environment's redactor after a value was revealed there gets one that finds it. Deliberately
//! not here: ciphers and keys (`tidegate-secrets`), setting values (the engine).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::{EnvironmentName, SecretName};
use tidegate_domain::refusal::Refuse;
use tidegate_domain::secret::{Redactor, SecretEvent, SecretRefusal, Secrets, evolve};
use tidegate_engine::secret_note;
use tidegate_ports::{Fault, Revealed, SecretSource, Store};
use tidegate_secrets::FileVault;

/// Logs that are followed ask four times a second.
const REMEMBERED: Duration = Duration::from_secs(1);

pub(crate) struct StoredSecrets {
    store: Arc<dyn Store>,
    vault: Arc<FileVault>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Raised by each value that is revealed: what was made before may not know it.
    revealed: u64,
    redactors: BTreeMap<EnvironmentName, (Instant, Arc<Redactor>)>,
}

impl StoredSecrets {
    pub(crate) fn new(store: Arc<dyn Store>, vault: Arc<FileVault>) -> Self {
        Self { store, vault, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note(&self, place: (&EnvironmentName, &SecretName)) -> Result<Option<Vec<u8>>, Fault> {
        self.store.note(&StreamId::Secrets, &secret_note(place.0, place.1)).await
    }

    async fn state(&self) -> Result<Secrets, Fault> {
        let entries = self.store.load(&StreamId::Secrets, 0).await?;
        let event = |entry: &tidegate_ports::Entry| serde_json::from_str::<SecretEvent>(&entry.body);
        let events: Result<Vec<_>, _> = entries.iter().map(event).collect();
        let events = events.map_err(|why| {
            Fault::hold("event-unreadable", "an event about secrets cannot be read").caused_by(why)
        })?;
        Ok(events.iter().fold(Secrets::default(), evolve))
    }

    /// Every value that instances have or had not long ago.
    async fn values(&self, environment: &EnvironmentName) -> Result<Vec<SecretString>, Fault> {
        let mut values = Vec::new();
        for (name, _) in self.state().await?.of(environment) {
            if let Some(body) = self.note((environment, name)).await? {
                values.extend(self.vault.all_values((environment, name), &body)?);
            }
        }
        Ok(values)
    }
}

#[async_trait]
impl SecretSource for StoredSecrets {
    async fn reveal(
        &self,
        environment: &EnvironmentName,
        names: &BTreeSet<SecretName>,
    ) -> Result<BTreeMap<SecretName, Revealed>, Fault> {
        let mut revealed = BTreeMap::new();
        for name in names {
            let body = self.note((environment, name)).await?.ok_or_else(|| missing(environment, name))?;
            revealed.insert(name.clone(), self.vault.reveal((environment, name), &body)?);
        }
        let mut known = self.known();
        known.revealed += 1;
        known.redactors.remove(environment);
        Ok(revealed)
    }

    async fn redactor(&self, environment: &EnvironmentName) -> Result<Arc<Redactor>, Fault> {
        let revealed = {
            let known = self.known();
            match known.redactors.get(environment) {
                Some((made, redactor)) if made.elapsed() < REMEMBERED => return Ok(Arc::clone(redactor)),
                Some(_) | None => known.revealed,
            }
        };
        let values = self.values(environment).await?;
        let redactor = Arc::new(Redactor::new(values.iter().map(ExposeSecret::expose_secret)));
        let mut known = self.known();
        if known.revealed == revealed {
            known.redactors.insert(environment.clone(), (Instant::now(), Arc::clone(&redactor)));
        }
        Ok(redactor)
    }
}

fn missing(environment: &EnvironmentName, name: &SecretName) -> Fault {
    let refusal = SecretRefusal::Missing { environment: environment.clone(), names: vec![name.clone()] };
    Fault::retry("secret-missing", refusal.to_string()).with_help(refusal.help())
}
