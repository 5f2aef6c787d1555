//! Secrets are set, removed and sealed anew: what the log tells of them, and beside it what only the vault reads.
//!
//! Invariant: an event and the sealed value it tells of are written in one transaction; no value reaches either in clear.
//! Deliberately not here: giving values to instances (the target asks for them itself).

use std::sync::Arc;

use secrecy::ExposeSecret;
use tidegate_domain::id::{SlotId, StreamId};
use tidegate_domain::name::{EnvironmentName, SecretName};
use tidegate_domain::placed::Placed;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::secret::{self, SecretCommand, Secrets};
use tidegate_domain::slot::Slot;
use tidegate_ports::{Fault, Note, Sealed, Vault};

use crate::Engine;
use crate::codec::Event;
use crate::command::{Answer, NewSecret};
use crate::draft::{Draft, Error};

/// The note beside the stream of secrets in which a sealed value is kept.
pub fn secret_note(environment: &EnvironmentName, name: &SecretName) -> String {
    format!("{environment}/{name}")
}

impl Engine {
    pub(crate) async fn set_secret(
        &self,
        draft: &mut Draft<'_>,
        wish: &NewSecret,
        by: &str,
    ) -> Result<Answer, Error> {
        let NewSecret { environment, name, value } = wish;
        let catalog = draft.state(&StreamId::Catalog).await?.catalog();
        catalog.environment(environment).map_err(Refusal::from)?;
        secret::check_value(value.expose_secret().as_bytes()).map_err(Refusal::from)?;
        let state = secrets(draft).await?;
        let before = self.store.note(&StreamId::Secrets, &secret_note(environment, name)).await?;
        // What a removal left nothing of has no earlier values.
        let before = before.filter(|_| state.record(environment, name).is_some());
        let revision = state.next_revision(environment, name);
        let sealed = self.vault()?.seal((environment, name), (value, revision), before.as_deref())?;
        let command = SecretCommand::Set {
            environment: environment.clone(),
            name: name.clone(),
            fingerprint: sealed.fingerprint.clone(),
            by: by.to_owned(),
            at_ms: draft.at().wall_ms,
        };
        self.decide_secret(draft, command, Some(sealed)).await
    }

    pub(crate) async fn remove_secret(
        &self,
        draft: &mut Draft<'_>,
        environment: &EnvironmentName,
        name: &SecretName,
    ) -> Result<Answer, Error> {
        let (environment, name) = (environment.clone(), name.clone());
        let needed_by = self.needed_by(draft, &environment, &name).await?;
        self.decide_secret(draft, SecretCommand::Remove { environment, name, needed_by }, None).await
    }

    pub(crate) async fn reseal_secrets(&self, draft: &mut Draft<'_>) -> Result<Answer, Error> {
        let state = secrets(draft).await?;
        for (environment, name, _) in state.all() {
            let kept = self.store.note(&StreamId::Secrets, &secret_note(environment, name)).await?;
            let Some(kept) = kept else { continue };
            let Some(sealed) = self.vault()?.reseal((environment, name), &kept)? else { continue };
            let fingerprint = sealed.fingerprint.clone();
            let (environment, name) = (environment.clone(), name.clone());
            let command = SecretCommand::Reseal { environment, name, fingerprint };
            self.decide_secret(draft, command, Some(sealed)).await?;
        }
        self.reseal_inbound(draft).await?;
        self.reseal_channels(draft).await?;
        Ok(Answer::Done)
    }

    async fn decide_secret(
        &self,
        draft: &mut Draft<'_>,
        command: SecretCommand,
        sealed: Option<Sealed>,
    ) -> Result<Answer, Error> {
        let (SecretCommand::Set { environment, name, .. }
        | SecretCommand::Remove { environment, name, .. }
        | SecretCommand::Reseal { environment, name, .. }) = &command;
        let note = secret_note(environment, name);
        let state = secrets(draft).await?;
        let events = secret::decide(&state, command).map_err(Refusal::from)?;
        if !events.is_empty() {
            let body = sealed.map(|sealed| sealed.body);
            draft.notes.push(Note { stream: StreamId::Secrets, name: note, body });
        }
        draft.push(&StreamId::Secrets, events.into_iter().map(Event::Secret).collect()).await?;
        Ok(Answer::Done)
    }

    /// What the configuration asks for, and what runs or may come back: its next start would find nothing.
    async fn needed_by(
        &self,
        draft: &mut Draft<'_>,
        environment: &EnvironmentName,
        name: &SecretName,
    ) -> Result<Option<String>, Fault> {
        let catalog = Arc::clone(draft.state(&StreamId::Catalog).await?.catalog());
        let Ok(spec) = catalog.environment(environment) else { return Ok(None) };
        if spec.all_secrets().contains(name) {
            return Ok(Some("tidegate.yaml".to_owned()));
        }
        if let Some((gate, _)) = catalog.webhook_gates(environment).find(|(_, rule)| rule.secret == *name) {
            return Ok(Some(format!("the gate `{gate}`")));
        }
        for component in catalog.components.keys() {
            let id = SlotId { environment: environment.clone(), component: component.clone() };
            let slot = draft.slot(&id).await?;
            if let Some(placed) = standing(&slot).find(|placed| placed.secrets.contains_key(name)) {
                return Ok(Some(format!("{component} {}", placed.version())));
            }
            if let Some(rollout) = slot.rollout {
                return Ok(Some(format!("{rollout}, which is under way")));
            }
        }
        Ok(None)
    }

    pub(crate) fn vault(&self) -> Result<&dyn Vault, Fault> {
        let none = || Fault::hold("secrets-key-unusable", "this Tidegate has no key for secrets");
        self.vault.as_deref().ok_or_else(none)
    }
}

fn standing(slot: &Slot) -> impl Iterator<Item = &Placed> {
    let kept = slot.previous.as_ref().filter(|previous| previous.kept > 0);
    slot.stable.iter().chain(kept.map(|previous| &previous.placed))
}

pub(crate) async fn secrets(draft: &mut Draft<'_>) -> Result<Arc<Secrets>, Fault> {
    Ok(Arc::clone(draft.state(&StreamId::Secrets).await?.secrets()))
}
