//! Incidents: what people and alerts say of them, and what is linked to what.
//!
//! Invariant: an alert is linked to the rollouts that were under way where it fired, in the transaction that keeps its delivery;
//! every other link is what a person said. Deliberately not here: the rules (`domain::incident`), measures (`measuring`).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tidegate_domain::id::{IncidentId, RolloutId, StreamId};
use tidegate_domain::inbound::{Delivery, Known, Outage};
use tidegate_domain::incident::{
    self, About, Incident, IncidentCommand, IncidentRefusal, SEVERITY_CHARS_MAX, Saying,
};
use tidegate_domain::name::{EnvironmentName, InboundName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{ReleaseRefusal, Standing};
use tidegate_domain::rollout::{RolloutKind, RolloutRefusal};
use tidegate_ports::{Fault, Row};

use crate::Engine;
use crate::codec::Event;
use crate::command::{Answer, ForIncident, LinkTo};
use crate::draft::{Draft, Error};

const INCIDENT_ROW: &str = "incident";

/// An incident in a list: without its notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentView {
    pub id: IncidentId,
    pub about: About,
    pub by: String,
    pub resolved_ms: Option<u64>,
    pub rollouts: Vec<RolloutId>,
    pub notes: usize,
}

impl IncidentView {
    pub fn of(incident: &Incident) -> Self {
        Self {
            id: incident.id.clone(),
            about: incident.about.clone(),
            by: incident.by.clone(),
            resolved_ms: incident.resolved_ms,
            rollouts: incident.rollouts.iter().cloned().collect(),
            notes: incident.notes.len(),
        }
    }
}

pub(crate) fn row(incident: &Incident) -> Option<Row> {
    let state = if incident.is_open() { "open" } else { "resolved" };
    let scope = incident.about.environment.as_ref().map_or_else(String::new, ToString::to_string);
    let body = serde_json::to_string(&IncidentView::of(incident)).ok()?;
    let (kind, id, state) = (INCIDENT_ROW.to_owned(), incident.id.to_string(), state.to_owned());
    Some(Row { kind, id, scope, state, body })
}

/// What an alert means for an incident.
pub(crate) enum Told {
    Begins(IncidentId),
    Joins(IncidentId),
    Ends(IncidentId),
}

/// The id follows from the source and the alert that it began with, so that its end finds it.
pub(crate) fn told(source: &InboundName, known: &Known, delivery: &Delivery) -> Option<Told> {
    let id = |lead: &str| {
        let digest = Sha256::digest(format!("{source}/{lead}"));
        IncidentId::from_bits(digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    };
    Some(match known.outage(delivery)? {
        Outage::Begins { lead } => Told::Begins(id(lead)),
        Outage::Joins { lead } => Told::Joins(id(lead)),
        Outage::Ends { lead } => Told::Ends(id(lead)),
    })
}

impl Engine {
    pub async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, Fault> {
        Ok(self.cache.load(&StreamId::Incident(id.clone())).await?.state.incident().cloned())
    }

    pub(crate) async fn for_incident(
        &self,
        draft: &mut Draft<'_>,
        wish: &ForIncident,
        by: &str,
    ) -> Result<Answer, Error> {
        let id = match wish {
            ForIncident::Open { .. } => IncidentId::from_bits((self.ids)()),
            ForIncident::Link { id, .. }
            | ForIncident::Unlink { id, .. }
            | ForIncident::Resolve { id, .. }
            | ForIncident::Reopen { id }
            | ForIncident::Note { id, .. } => id.clone(),
        };
        match wish {
            ForIncident::Open { about, links } => {
                if let Some(environment) = &about.environment {
                    let catalog = draft.state(&StreamId::Catalog).await?.catalog();
                    catalog.environment(environment).map_err(Refusal::from)?;
                    if let Some(component) = &about.component {
                        catalog.component(component).map_err(Refusal::from)?;
                    }
                }
                say(draft, &id, by, IncidentCommand::Open { about: about.clone() }).await?;
                for to in links {
                    self.link(draft, &id, by, to).await?;
                }
            }
            ForIncident::Link { to, .. } => self.link(draft, &id, by, to).await?,
            ForIncident::Unlink { rollout, .. } => {
                say(draft, &id, by, IncidentCommand::Unlink { rollout: rollout.clone() }).await?;
            }
            ForIncident::Resolve { at_ms, .. } => {
                say(draft, &id, by, IncidentCommand::Resolve { at_ms: *at_ms }).await?;
            }
            ForIncident::Reopen { .. } => say(draft, &id, by, IncidentCommand::Reopen).await?,
            ForIncident::Note { text, .. } => {
                say(draft, &id, by, IncidentCommand::Note { text: text.clone() }).await?;
            }
        }
        Ok(Answer::Incident { id })
    }

    async fn link(&self, draft: &mut Draft<'_>, id: &IncidentId, by: &str, to: &LinkTo) -> Result<(), Error> {
        let incident = draft.state(&StreamId::Incident(id.clone())).await?.incident();
        let incident = incident.ok_or_else(|| Refusal::from(IncidentRefusal::Unknown { id: id.clone() }))?;
        let here = incident.about.environment.clone();
        let rollouts = match to {
            LinkTo::Rollout(rollout) => vec![rollout.clone()],
            LinkTo::Release { release, environment } => {
                rollouts_of(draft, release, environment.as_ref().or(here.as_ref())).await?
            }
        };
        for rollout in rollouts {
            let known = draft.state(&StreamId::Rollout(rollout.clone())).await?.rollout();
            let unknown = || Refusal::from(RolloutRefusal::Unknown { id: rollout.clone() });
            let there = &known.ok_or_else(unknown)?.plan.environment;
            if let Some(environment) = here.clone().filter(|here| here != there) {
                let id = id.clone();
                return Err(Refusal::from(IncidentRefusal::Elsewhere { id, rollout, environment }).into());
            }
            say(draft, id, by, IncidentCommand::Link { rollout }).await?;
        }
        Ok(())
    }

    /// What an alert says; `at` are the rollouts under way where it fires. Nothing that was told keeps the delivery out.
    pub(crate) async fn incident_told(
        &self,
        draft: &mut Draft<'_>,
        told: Told,
        (delivery, at): (&Delivery, &[RolloutId]),
    ) -> Result<(), Error> {
        let Some(alert) = &delivery.alert else { return Ok(()) };
        let now_ms = draft.at().wall_ms;
        let at_ms = alert.at_ms.unwrap_or(now_ms).min(now_ms);
        let title = if delivery.says.is_empty() { &delivery.event } else { &delivery.says };
        let (id, command) = match told {
            Told::Begins(id) => {
                let severity =
                    alert.severity.as_ref().map(|text| text.chars().take(SEVERITY_CHARS_MAX).collect());
                let about = About {
                    title: title.clone(),
                    severity,
                    environment: alert.environment.as_deref().and_then(|name| name.parse().ok()),
                    component: alert.component.as_deref().and_then(|name| name.parse().ok()),
                    detected_ms: at_ms,
                };
                (id, IncidentCommand::Open { about })
            }
            Told::Joins(id) => (id, IncidentCommand::Note { text: format!("fires too: {title}") }),
            Told::Ends(id) => {
                let began = draft.state(&StreamId::Incident(id.clone())).await?.incident();
                // An end before the beginning is not believed: it ended when it was told.
                let at_ms = began.is_none_or(|began| began.about.detected_ms <= at_ms).then_some(at_ms);
                (id, IncidentCommand::Resolve { at_ms })
            }
        };
        let links = if alert.firing { at } else { &[] };
        let commands = std::iter::once(command)
            .chain(links.iter().map(|rollout| IncidentCommand::Link { rollout: rollout.clone() }));
        for command in commands {
            let by = draft.actor().to_owned();
            match say(draft, &id, &by, command).await {
                Err(Error::Refused(_)) => {}
                other => other?,
            }
        }
        Ok(())
    }
}

async fn say(
    draft: &mut Draft<'_>,
    id: &IncidentId,
    by: &str,
    command: IncidentCommand,
) -> Result<(), Error> {
    let stream = StreamId::Incident(id.clone());
    let saying = Saying { by, now_ms: draft.at().wall_ms };
    let state = draft.state(&stream).await?.incident();
    let events = incident::decide(state, id, command, saying).map_err(Refusal::from)?;
    draft.push(&stream, events.into_iter().map(Event::Incident).collect()).await
}

/// The newest rollout of a release in an environment, or in each that counts as production. What took it back is not what
/// the incident speaks against.
async fn rollouts_of(
    draft: &mut Draft<'_>,
    release: &Version,
    environment: Option<&EnvironmentName>,
) -> Result<Vec<RolloutId>, Error> {
    let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
    let places = match environment {
        Some(environment) => {
            catalog.environment(environment).map_err(Refusal::from)?;
            vec![environment.clone()]
        }
        None => catalog.production().into_iter().collect(),
    };
    let known = draft.state(&StreamId::Release(release.clone())).await?.release();
    let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: release.clone() });
    let known = known.ok_or_else(unknown)?;
    let newest = |place: &EnvironmentName| match known.standings.get(place)? {
        Standing::Underway { rollout }
        | Standing::Verified { rollout }
        | Standing::GoneBack { rollout, .. } => Some(rollout.clone()),
    };
    let found: Vec<RolloutId> = places.iter().filter_map(newest).collect();
    if let (true, Some(environment)) = (found.is_empty(), places.into_iter().next()) {
        let release = release.clone();
        return Err(Refusal::from(IncidentRefusal::NotThere { release, environment }).into());
    }
    let mut rollouts = Vec::new();
    for id in found {
        let rollout = draft.state(&StreamId::Rollout(id.clone())).await?.rollout();
        rollouts.push(match rollout.map(|rollout| &rollout.plan.kind) {
            Some(RolloutKind::Rollback { of }) => of.clone(),
            Some(RolloutKind::Release | RolloutKind::Hotfix) | None => id,
        });
    }
    Ok(rollouts)
}
