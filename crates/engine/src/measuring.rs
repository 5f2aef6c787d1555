//! Rows for measures out of the log: rollouts that ended in production, and incidents.
//!
//! Invariant: everything follows from events alone, in their order: what an environment or a team was is what the configuration
//! said when the rollout ended, what a hotfix fixes is the rollout that had ended last in its slots. Deliberately not here: figures
//! (`tidegate-measures`), keeping rows (the server), commits (asked of the release, which never changes once it has been anywhere).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tidegate_domain::catalog::CatalogEvent;
use tidegate_domain::id::{IncidentId, RolloutId, SlotId, StreamId};
use tidegate_domain::incident::{self, Incident};
use tidegate_domain::name::{ComponentName, EnvironmentName, TeamName, Version};
use tidegate_domain::release::Commits;
use tidegate_domain::rollout::{LegPlan, Plan, RolloutEvent, RolloutKind, Stage};
use tidegate_domain::strategy::{Step, Traffic};
use tidegate_measures::{Deployment, Kind, Outcome};
use tidegate_ports::{Entry, Fault};

use crate::Engine;
use crate::codec::Event;

/// A row, and the position of the event that it follows from.
#[derive(Debug, Clone, PartialEq)]
pub enum Gathered {
    /// Without commits.
    Deployment(Box<Deployment>, u64),
    Incident(tidegate_measures::Incident, u64),
}

/// What is known of the log so far; it can be kept, and gone on with later.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Gather {
    production: BTreeSet<EnvironmentName>,
    teams: BTreeMap<ComponentName, TeamName>,
    /// Under way.
    rollouts: BTreeMap<RolloutId, UnderWay>,
    /// Of those that reached users and ended, the newest that was no rollback.
    #[serde(with = "pairs")]
    last: BTreeMap<SlotId, RolloutId>,
    /// Those that are not over, and those that are: they may be opened again.
    incidents: BTreeMap<IncidentId, Incident>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct UnderWay {
    release: Version,
    environment: EnvironmentName,
    kind: RolloutKind,
    legs: Vec<Leg>,
    started_ms: u64,
    reached_ms: Option<u64>,
    turned_ms: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Leg {
    component: ComponentName,
    step: usize,
    /// Of each step, whether users meet it.
    meets: Vec<bool>,
}

impl Gather {
    /// Whether an event of this kind says anything here: most do not, and need not be read.
    pub fn wants(kind: &str) -> bool {
        const KINDS: [&str; 9] = [
            "catalog.applied",
            "rollout.started",
            "rollout.step-entered",
            "rollout.skipped",
            "rollout.stage-entered",
            "rollout.returning",
            "rollout.succeeded",
            "rollout.rolled-back",
            "rollout.cancelled",
        ];
        KINDS.contains(&kind) || kind.starts_with("incident.")
    }

    /// Where users are now.
    pub fn production(&self) -> &BTreeSet<EnvironmentName> {
        &self.production
    }

    /// The next event of the log.
    pub fn take(&mut self, entry: &Entry) -> Result<Option<Gathered>, Fault> {
        if !Self::wants(&entry.kind) {
            return Ok(None);
        }
        let at_ms = entry.at.wall_ms;
        match (&entry.stream, Event::decode(entry)?) {
            (_, Event::Catalog(CatalogEvent::Applied { catalog, .. })) => {
                self.production = catalog.production();
                self.teams = catalog.teams;
                Ok(None)
            }
            (StreamId::Rollout(id), Event::Rollout(event)) => {
                let row = self.rollout(id, event, at_ms);
                Ok(row.map(|row| Gathered::Deployment(Box::new(row), entry.position)))
            }
            (StreamId::Incident(id), Event::Incident(event)) => {
                let before = self.incidents.remove(id);
                let Some(after) = incident::evolve(before, &event) else { return Ok(None) };
                let row = row(&after);
                self.incidents.insert(id.clone(), Incident { notes: Vec::new(), ..after });
                Ok(Some(Gathered::Incident(row, entry.position)))
            }
            _ => Ok(None),
        }
    }

    fn rollout(&mut self, id: &RolloutId, event: RolloutEvent, at_ms: u64) -> Option<Deployment> {
        if let RolloutEvent::Started { plan, .. } = event {
            self.rollouts.insert(id.clone(), UnderWay::of(*plan, at_ms));
            return None;
        }
        if let RolloutEvent::Cancelled { .. } = event {
            // It touched nothing.
            self.rollouts.remove(id);
            return None;
        }
        let outcome = if event == RolloutEvent::Succeeded {
            Outcome::Succeeded
        } else if let RolloutEvent::RolledBack { .. } = event {
            Outcome::RolledBack
        } else {
            self.rollouts.get_mut(id)?.follow(&event, at_ms);
            return None;
        };
        let mut ended = self.rollouts.remove(id)?;
        if outcome == Outcome::Succeeded {
            ended.reached_ms = ended.reached_ms.or(Some(at_ms));
        }
        let row = self.row(id, &ended, (outcome, at_ms));
        if ended.reached_ms.is_some() && !matches!(ended.kind, RolloutKind::Rollback { .. }) {
            self.last.extend(ended.slots().map(|slot| (slot, id.clone())));
        }
        self.production.contains(&ended.environment).then_some(row)
    }

    fn row(&self, id: &RolloutId, ended: &UnderWay, (outcome, finished_ms): (Outcome, u64)) -> Deployment {
        let teams: BTreeSet<_> = ended.legs.iter().filter_map(|leg| self.teams.get(&leg.component)).collect();
        let (kind, recovers) = match &ended.kind {
            RolloutKind::Release => (Kind::Planned, BTreeSet::new()),
            RolloutKind::Rollback { of } => (Kind::Rollback, BTreeSet::from([of.clone()])),
            RolloutKind::Hotfix => {
                (Kind::Hotfix, ended.slots().filter_map(|slot| self.last.get(&slot).cloned()).collect())
            }
        };
        Deployment {
            id: id.to_string(),
            release: ended.release.to_string(),
            environment: ended.environment.to_string(),
            components: ended.legs.iter().map(|leg| leg.component.to_string()).collect(),
            teams: teams.into_iter().map(ToString::to_string).collect(),
            kind,
            started_ms: ended.started_ms,
            reached_ms: ended.reached_ms,
            turned_ms: ended.turned_ms,
            finished_ms,
            outcome,
            recovers: recovers.iter().map(ToString::to_string).collect(),
            commits: Vec::new(),
        }
    }
}

impl UnderWay {
    fn of(plan: Plan, started_ms: u64) -> Self {
        let previews = plan.strategy == "blue-green";
        let leg = |leg: &LegPlan| Leg {
            component: leg.candidate.component.name.clone(),
            step: 0,
            meets: leg.steps.iter().map(|step| !leg.routed() || meets(step, previews)).collect(),
        };
        Self {
            legs: plan.legs.iter().map(leg).collect(),
            release: plan.release,
            environment: plan.environment,
            kind: plan.kind,
            started_ms,
            reached_ms: None,
            turned_ms: None,
        }
    }

    fn slots(&self) -> impl Iterator<Item = SlotId> {
        let slot =
            |leg: &Leg| SlotId { environment: self.environment.clone(), component: leg.component.clone() };
        self.legs.iter().map(slot)
    }

    fn follow(&mut self, event: &RolloutEvent, at_ms: u64) {
        if let RolloutEvent::StepEntered { leg, step } | RolloutEvent::Skipped { leg, step, .. } = event {
            if let Some(leg) = self.legs.get_mut(*leg) {
                leg.step = *step;
            }
        } else if let RolloutEvent::StageEntered { leg, stage: Stage::Shifting | Stage::Dwelling } = event {
            let leg = self.legs.get(*leg);
            if leg.is_some_and(|leg| leg.meets.get(leg.step) == Some(&true)) {
                self.reached_ms = self.reached_ms.or(Some(at_ms));
            }
        } else if let RolloutEvent::Returning { .. } = event {
            self.turned_ms = self.turned_ms.or(Some(at_ms));
        }
    }
}

/// Whether users meet what a step does: the new version, or that nobody answers. Copies of their requests they do not
/// see, and whoever asks for a preview is no user.
fn meets(step: &Step, previews: bool) -> bool {
    match step.traffic {
        Traffic::Offline => true,
        Traffic::Candidate(share) => !share.is_none() || (step.matches.is_some() && !previews),
    }
}

fn row(incident: &Incident) -> tidegate_measures::Incident {
    tidegate_measures::Incident {
        id: incident.id.to_string(),
        detected_ms: incident.about.detected_ms,
        resolved_ms: incident.resolved_ms,
        deployments: incident.rollouts.iter().map(ToString::to_string).collect(),
    }
}

/// A place is no text, so it cannot be the name of a member.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};
    use tidegate_domain::id::{RolloutId, SlotId};

    pub fn serialize<S: Serializer>(map: &BTreeMap<SlotId, RolloutId>, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(map)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<SlotId, RolloutId>, D::Error> {
        Ok(Vec::<(SlotId, RolloutId)>::deserialize(from)?.into_iter().collect())
    }
}

impl Engine {
    /// What a release brings; empty where nobody said, or where there is none.
    pub async fn commits(&self, version: &Version) -> Result<Commits, Fault> {
        let loaded = self.cache.load(&StreamId::Release(version.clone())).await?;
        Ok(loaded.state.release().map(|release| release.commits.clone()).unwrap_or_default())
    }
}
