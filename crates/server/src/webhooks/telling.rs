//! What a message says: an event of the log in Tidegate's words, or as CDEvents.
//!
//! Invariant: the same event makes the same messages with the same ids, whenever it is asked. Deliberately not here: JSON
//! of CDEvents (`connectors::cdevents`).

use tidegate_connectors::cdevents::{
    self, Artifact, Happening, Incident, Occurrence, ReleaseChange, ReleasePredicate, Service, Text,
};
use tidegate_connectors::deliver::Message;
use tidegate_connectors::standard_webhooks::MessageId;
use tidegate_domain::catalog::CatalogEvent;
use tidegate_domain::gate::Choice;
use tidegate_domain::id::{IncidentId, RolloutId, SlotId, StreamId};
use tidegate_domain::incident::IncidentEvent;
use tidegate_domain::name::{EnvironmentName, Version, WebhookName};
use tidegate_domain::release::ReleaseEvent;
use tidegate_domain::rollout::{Milestone, RolloutEvent};
use tidegate_domain::slot::SlotEvent;
use tidegate_domain::webhook::{Webhook, WebhookFormat};
use tidegate_engine::Event;
use tidegate_ports::{Entry, Fault};

use super::Desk;
use crate::app::App;
use crate::wire;

pub(super) async fn messages(
    app: &App,
    desk: &Desk,
    (name, webhook): (&WebhookName, &Webhook),
    entry: &Entry,
) -> Result<Vec<Message>, Fault> {
    let id = |index: usize| {
        MessageId::parse(&format!("msg_{}_{index}_{name}", entry.position))
            .map_err(|why| Fault::hold("webhook-unsendable", why.to_string()).with_help(why.help()))
    };
    match webhook.format {
        WebhookFormat::Tidegate => {
            let body = serde_json::to_vec(&wire::event(entry.clone())).unwrap_or_default();
            Ok(vec![Message::json(id(0)?, body)])
        }
        WebhookFormat::Cdevents => {
            let occurrences = occurrences(app, desk, entry).await?;
            let message = |(index, occurrence): (usize, &Occurrence)| {
                Ok(cdevents::structured(&cdevents::Event::of(occurrence), id(index)?))
            };
            occurrences.iter().enumerate().map(message).collect()
        }
    }
}

/// Which release goes where, for the events of a rollout.
struct Moved {
    release: Version,
    environment: EnvironmentName,
    state: String,
    is_rollback: bool,
}

pub(super) async fn occurrences(app: &App, desk: &Desk, entry: &Entry) -> Result<Vec<Occurrence>, Fault> {
    // What this version cannot read it cannot tell in other words; the log has it.
    let Ok(event) = Event::decode(entry) else { return Ok(Vec::new()) };
    let rollout = rollout_of(entry, &event);
    let moved = match &rollout {
        Some(id) => moved(app, id).await?,
        None => None,
    };
    let happenings = match (&entry.stream, &event) {
        (StreamId::Rollout(_), Event::Rollout(event)) => {
            moved.as_ref().and_then(|moved| of_rollout(event, moved))
        }
        (StreamId::Release(version), Event::Release(event)) => of_release(version, event),
        (StreamId::Slot(slot), Event::Slot(event)) => of_slot(app, slot, (event, moved.as_ref())).await?,
        (StreamId::Incident(id), Event::Incident(event)) => of_incident(app, id, event).await?,
        (_, Event::Catalog(CatalogEvent::Applied { changes, .. })) => {
            return Ok(told(desk, entry, of_catalog(changes), (None, None)));
        }
        _ => None,
    };
    let release = if let StreamId::Release(version) = &entry.stream {
        Some(version.clone())
    } else {
        moved.map(|moved| moved.release)
    };
    Ok(told(desk, entry, happenings.into_iter().collect(), (release, rollout)))
}

fn told(
    desk: &Desk,
    entry: &Entry,
    happenings: Vec<Happening>,
    (release, rollout): (Option<Version>, Option<RolloutId>),
) -> Vec<Occurrence> {
    let who = if entry.actor == "tidegate" { "system" } else { entry.actor.as_str() };
    let occurrence = |(index, happening): (usize, Happening)| {
        Some(Occurrence {
            id: Text::new(format!("{}-{index}", entry.position)).ok()?,
            at_ms: entry.at.wall_ms,
            server: desk.server.clone(),
            who: Text::new(who).ok()?,
            release: release.clone(),
            rollout: rollout.clone(),
            happening,
        })
    };
    happenings.into_iter().enumerate().filter_map(occurrence).collect()
}

fn rollout_of(entry: &Entry, event: &Event) -> Option<RolloutId> {
    match (&entry.stream, event) {
        (StreamId::Rollout(id), _) => Some(id.clone()),
        (_, Event::Slot(SlotEvent::Promoted { rollout, .. } | SlotEvent::Returned { rollout })) => {
            Some(rollout.clone())
        }
        (
            _,
            Event::Release(
                ReleaseEvent::Entered { rollout, .. }
                | ReleaseEvent::Verified { rollout, .. }
                | ReleaseEvent::WentBack { rollout, .. },
            ),
        ) => Some(rollout.clone()),
        _ => None,
    }
}

/// Release and environment of a rollout never change, so asking for them later gives the same.
async fn moved(app: &App, id: &RolloutId) -> Result<Option<Moved>, Fault> {
    let Some(view) = app.engine.rollout(id, app.clock.now()).await? else { return Ok(None) };
    let (Ok(release), Ok(environment)) = (view.release.parse(), view.environment.parse()) else {
        return Ok(None);
    };
    let is_rollback = view.kind == "rollback";
    Ok(Some(Moved { release, environment, state: view.state, is_rollback }))
}

fn of_rollout(event: &RolloutEvent, moved: &Moved) -> Option<Happening> {
    use ReleasePredicate as It;
    let (predicate, reason) = match event.milestone()? {
        Milestone::Started => (It::Started, String::new()),
        Milestone::Entered { step } => (It::Advanced, format!("step {}", step + 1)),
        Milestone::Held { reason } => (It::Held, reason.to_owned()),
        Milestone::Resumed => (It::Resumed, String::new()),
        Milestone::Promoted => (It::Promoted, String::new()),
        Milestone::Alarmed { reason } => (It::Alarmed, reason.to_owned()),
        Milestone::Returning(cause) => (It::Returning, cause.to_string()),
        Milestone::RolledBack(cause) => (It::RolledBack, cause.to_string()),
        Milestone::Cancelled(cause) => (It::Cancelled, cause.to_string()),
        Milestone::Succeeded => (It::Succeeded, String::new()),
        // Who is told that it was started need not be told twice.
        Milestone::Began => return None,
    };
    Some(changed(predicate, &moved.release, Some(&moved.environment), reason))
}

fn of_release(version: &Version, event: &ReleaseEvent) -> Option<Happening> {
    use ReleasePredicate as It;
    match event {
        ReleaseEvent::Created { components, .. } => {
            let artifact = |(component, artifact): (&_, &tidegate_domain::component::Artifact)| {
                of_artifact(component, &artifact.version, artifact.digest.as_deref())
            };
            let artifacts = components.iter().map(artifact).collect();
            Some(Happening::ReleaseChanged(ReleaseChange {
                predicate: It::Created,
                release: version.clone(),
                environment: None,
                artifacts,
                reason: String::new(),
            }))
        }
        ReleaseEvent::Verified { environment, .. } => {
            Some(changed(It::Verified, version, Some(environment), String::new()))
        }
        ReleaseEvent::WentBack { environment, barred: true, reason, .. } => {
            Some(changed(It::Barred, version, Some(environment), reason.clone()))
        }
        ReleaseEvent::Voted { environment, vote } => match vote.choice {
            Choice::Yes => Some(changed(It::Approved, version, Some(environment), vote.reason.clone())),
            Choice::No => Some(changed(It::Rejected, version, Some(environment), vote.reason.clone())),
            Choice::Withdrawn => None,
        },
        ReleaseEvent::Entered { .. }
        | ReleaseEvent::WentBack { .. }
        | ReleaseEvent::Allowed { .. }
        | ReleaseEvent::ChangeTyped { .. }
        | ReleaseEvent::EvidenceAdded { .. }
        | ReleaseEvent::Waived { .. }
        | ReleaseEvent::ReviewOwed { .. }
        | ReleaseEvent::Reviewed { .. }
        | ReleaseEvent::GateAnswered { .. }
        | ReleaseEvent::Completed { .. }
        | ReleaseEvent::CommitsListed { .. }
        | ReleaseEvent::NotesWritten { .. }
        | ReleaseEvent::Overridden { .. } => None,
    }
}

async fn of_slot(
    app: &App,
    slot: &SlotId,
    (event, moved): (&SlotEvent, Option<&Moved>),
) -> Result<Option<Happening>, Fault> {
    let service = || Service { environment: slot.environment.clone(), component: slot.component.clone() };
    match event {
        SlotEvent::Promoted { stable, previous, .. } => {
            let artifact = &stable.artifact;
            let artifact = of_artifact(&slot.component, &artifact.version, artifact.digest.as_deref());
            Ok(Some(match previous {
                _ if moved.is_some_and(|moved| moved.is_rollback) => {
                    Happening::ServiceRolledBack(service(), artifact)
                }
                None => Happening::ServiceDeployed(service(), artifact),
                Some(_) => Happening::ServiceUpgraded(service(), artifact),
            }))
        }
        // One that ended before it changed anything is no rollback.
        SlotEvent::Returned { .. } if moved.is_some_and(|moved| moved.state == "rolled-back") => {
            let view = app.engine.slot(slot).await?;
            let version = view.version.and_then(|version| version.parse().ok());
            Ok(Some(match version {
                Some(version) => {
                    let artifact = of_artifact(&slot.component, &version, view.digest.as_deref());
                    Happening::ServiceRolledBack(service(), artifact)
                }
                None => Happening::ServiceRemoved(service()),
            }))
        }
        SlotEvent::Claimed { .. }
        | SlotEvent::Queued { .. }
        | SlotEvent::Unqueued { .. }
        | SlotEvent::Returned { .. }
        | SlotEvent::Adjusted { .. }
        | SlotEvent::Seen(_) => Ok(None),
    }
}

/// CDEvents asks for a place; one that has none is told in Tidegate's own words alone.
async fn of_incident(app: &App, id: &IncidentId, event: &IncidentEvent) -> Result<Option<Happening>, Fault> {
    let of: fn(Incident) -> Happening = match event {
        IncidentEvent::Opened { .. } | IncidentEvent::Reopened => Happening::IncidentDetected,
        IncidentEvent::Resolved { .. } => Happening::IncidentResolved,
        IncidentEvent::Linked { .. } | IncidentEvent::Unlinked { .. } | IncidentEvent::Noted { .. } => {
            return Ok(None);
        }
    };
    // What it is about never changes, so asking for it later gives the same.
    let about = app.engine.incident(id).await?.map(|found| found.about);
    let happening = about.and_then(|about| {
        let (environment, component, description) = (about.environment?, about.component, about.title);
        let id = Text::new(id.as_str()).ok()?;
        Some(of(Incident { id, environment, component, artifact: None, description }))
    });
    Ok(happening)
}

/// The changes are written by `domain::catalog::changes`, one line for each.
fn of_catalog(changes: &[String]) -> Vec<Happening> {
    let one = |change: &String| {
        let mut words = change.split(' ');
        let (sign, what, name) = (words.next()?, words.next()?, words.next()?);
        let name: EnvironmentName = name.trim_end_matches(':').parse().ok()?;
        match (sign, what) {
            ("+", "environment") => Some(Happening::EnvironmentCreated(name)),
            ("~", "environment") => Some(Happening::EnvironmentModified(name)),
            ("-", "environment") => Some(Happening::EnvironmentDeleted(name)),
            _ => None,
        }
    };
    changes.iter().filter_map(one).collect()
}

fn changed(
    predicate: ReleasePredicate,
    release: &Version,
    environment: Option<&EnvironmentName>,
    reason: String,
) -> Happening {
    let (release, environment) = (release.clone(), environment.cloned());
    Happening::ReleaseChanged(ReleaseChange {
        predicate,
        release,
        environment,
        artifacts: Vec::new(),
        reason,
    })
}

fn of_artifact(
    component: &tidegate_domain::name::ComponentName,
    version: &Version,
    digest: Option<&str>,
) -> Artifact {
    let digest = digest.and_then(|digest| Text::new(digest).ok());
    Artifact { component: component.clone(), version: version.clone(), digest }
}
