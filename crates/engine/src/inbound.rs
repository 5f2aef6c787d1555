//! Deliveries of other systems: kept once, and what they do, in one transaction.
//!
//! Invariant: a copy writes nothing, so it does nothing; what an alert does to a rollout is written together with the
//! delivery. Deliberately not here: verifying who sends (the server), and what a delivery says (the connectors).

use secrecy::ExposeSecret;
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::inbound::{self, Alert, Delivery, InboundCommand, OnAlert};
use tidegate_domain::name::{ComponentName, EnvironmentName, InboundName, SecretName};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rollout::RolloutCommand;
use tidegate_domain::secret;
use tidegate_ports::{Fault, Note};

use crate::Engine;
use crate::codec::Event;
use crate::command::{Answer, NewInbound, NewSource};
use crate::draft::{Draft, Error};
use crate::incidents;

/// The note beside the stream in which a source's secret is kept.
pub fn inbound_note(name: &InboundName) -> String {
    format!("secret/{name}")
}

/// What a source's secret is sealed for: no environment has such a name.
pub fn inbound_place(name: &InboundName) -> (EnvironmentName, SecretName) {
    (EnvironmentName::of_inbound(name), SecretName::of_inbound())
}

impl Engine {
    pub(crate) async fn set_inbound(&self, draft: &mut Draft<'_>, wish: &NewSource) -> Result<Answer, Error> {
        let at_ms = draft.at().wall_ms;
        let (command, sealed) = match wish {
            NewSource::Add { name, source, secret } => {
                let command = InboundCommand::Add { name: name.clone(), source: *source };
                (command, Some(self.seal_inbound(name, secret, None)?))
            }
            NewSource::Rotate { name, secret } => {
                let before = self.store.note(&StreamId::Inbound, &inbound_note(name)).await?;
                let command = InboundCommand::RotateSecret { name: name.clone(), at_ms };
                (command, Some(self.seal_inbound(name, secret, before.as_deref())?))
            }
            NewSource::Remove { name } => (InboundCommand::Remove { name: name.clone() }, None),
        };
        self.decide_inbound(draft, command).await?;
        let name = inbound_note(wish.name());
        draft.notes.push(Note { stream: StreamId::Inbound, name, body: sealed });
        Ok(Answer::Done)
    }

    fn seal_inbound(
        &self,
        name: &InboundName,
        value: &secrecy::SecretString,
        before: Option<&[u8]>,
    ) -> Result<Vec<u8>, Error> {
        secret::check_value(value.expose_secret().as_bytes()).map_err(Refusal::from)?;
        let (environment, secret) = inbound_place(name);
        Ok(self.vault()?.seal((&environment, &secret), (value, 1), before)?.body)
    }

    /// Under the newest key, like every other secret.
    pub(crate) async fn reseal_inbound(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        let names: Vec<_> =
            draft.state(&StreamId::Inbound).await?.inbound().by_name.keys().cloned().collect();
        for name in names {
            let note = inbound_note(&name);
            let Some(kept) = self.store.note(&StreamId::Inbound, &note).await? else { continue };
            let (environment, secret) = inbound_place(&name);
            if let Some(sealed) = self.vault()?.reseal((&environment, &secret), &kept)? {
                draft.notes.push(Note { stream: StreamId::Inbound, name: note, body: Some(sealed.body) });
            }
        }
        Ok(())
    }

    async fn decide_inbound(&self, draft: &mut Draft<'_>, command: InboundCommand) -> Result<bool, Error> {
        let state = draft.state(&StreamId::Inbound).await?.inbound();
        let events = inbound::decide(state, command).map_err(Refusal::from)?;
        let news = !events.is_empty();
        draft.push(&StreamId::Inbound, events.into_iter().map(Event::Inbound).collect()).await?;
        Ok(news)
    }

    pub(crate) async fn receive(&self, draft: &mut Draft<'_>, wish: &NewInbound) -> Result<Answer, Error> {
        let NewInbound { name, delivery, tracked } = wish;
        let state = draft.state(&StreamId::Inbound).await?.inbound();
        let known = state.known(name).map_err(Refusal::from)?;
        let begins = known.begins(delivery).cloned().filter(|_| known.source.on_alert != OnAlert::Record);
        let on_alert = known.source.on_alert;
        let told = incidents::told(name, known, delivery);
        let command = InboundCommand::Receive { name: name.clone(), delivery: delivery.clone() };
        let news = self.decide_inbound(draft, command).await?;
        if let Some(tracked) = tracked.as_ref().filter(|_| news) {
            self.scope_told(draft, tracked).await?;
        }
        if let Some(told) = told.filter(|_| news) {
            let at = match &delivery.alert {
                Some(alert) => rollouts_at(draft, alert).await?,
                None => Vec::new(),
            };
            self.incident_told(draft, told, (delivery, &at)).await?;
        }
        if let Some(alert) = begins.filter(|_| news) {
            for id in rollouts_at(draft, &alert).await? {
                act(draft, &id, on_alert, delivery).await?;
            }
        }
        Ok(Answer::Done)
    }
}

/// Those that change what the alert is about: the component where it names one, else anything in its environment.
async fn rollouts_at(draft: &mut Draft<'_>, alert: &Alert) -> Result<Vec<RolloutId>, Fault> {
    let environment = alert.environment.as_deref().and_then(|name| EnvironmentName::new(name).ok());
    let Some(environment) = environment else { return Ok(Vec::new()) };
    let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
    let named = |name: &ComponentName| alert.component.as_deref().is_none_or(|of| of == name.as_str());
    let mut found = Vec::new();
    for component in catalog.components.keys().filter(|name| named(name)) {
        let slot = SlotId { environment: environment.clone(), component: component.clone() };
        found.extend(draft.slot(&slot).await?.rollout);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// One that is held or on its way back already is left alone.
async fn act(
    draft: &mut Draft<'_>,
    id: &RolloutId,
    on_alert: OnAlert,
    delivery: &Delivery,
) -> Result<(), Error> {
    let reason = format!("an alert fires: {}", delivery.says);
    let command = match on_alert {
        OnAlert::Record => return Ok(()),
        OnAlert::Hold => RolloutCommand::Hold { reason },
        OnAlert::Abort => RolloutCommand::Abort { reason },
    };
    match draft.rollout(id, command).await {
        Err(Error::Refused(_)) => Ok(()),
        other => other,
    }
}
