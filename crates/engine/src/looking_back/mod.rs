//! The record of a release, read for looking back: what happened to its plan, to its candidates and in their rollouts.
//!
//! Invariant: everything told follows from events of the log, each in one line with who and when; what happened in an environment
//! names it, so that whoever may not see there is not told. Deliberately not here: measures and feedback (the server), what people
//! say (`tidegate-plan`).

mod of_plan;
mod of_release;
mod of_rollout;

use std::collections::{BTreeMap, BTreeSet};

use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::{PlanEvent, PlanRefusal};
use tidegate_plan::retrospective::{Event as Line, Rollback, Wait};
use tidegate_ports::{Fault, Row, RowQuery};

use crate::Engine;
use crate::codec::Event;
use crate::command::SubmitError;
use crate::incidents::IncidentView;

/// Incidents that are looked through at once, and how often.
const PAGE: u32 = 1_000;
const PAGES_MAX: usize = 20;

/// What the log holds of a plan, its candidates and their rollouts.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The plan's own version, and every candidate that it had.
    pub releases: BTreeSet<Version>,
    pub rollouts: BTreeSet<RolloutId>,
    /// The earliest first.
    pub timeline: Vec<Line>,
    pub waits: Vec<Wait>,
    pub rollbacks: Vec<Rollback>,
    /// Those that are linked to one of the rollouts, the earliest first.
    pub incidents: Vec<IncidentView>,
}

impl Record {
    fn line(&mut self, at_ms: u64, who: Option<&str>, what: String) {
        let who = who.filter(|who| !who.is_empty()).map(str::to_owned);
        self.timeline.push(Line { at_ms, what, who, environment: None, rollout: None });
    }

    /// A gate that was waited for more than once is one line with all of it.
    fn wait(&mut self, gate: &str, environment: &str, waited_ms: u64) {
        let same = |wait: &&mut Wait| wait.gate == gate && wait.environment == environment;
        if let Some(wait) = self.waits.iter_mut().find(same) {
            wait.waited_ms = wait.waited_ms.saturating_add(waited_ms);
            return;
        }
        let (gate, environment) = (gate.to_owned(), environment.to_owned());
        self.waits.push(Wait { gate, environment, waited_ms, open: false });
    }
}

/// `: because`, where somebody said so.
fn because(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(": {note}") }
}

impl Engine {
    pub async fn record_of_plan(&self, version: &Version) -> Result<Record, SubmitError> {
        let mut record = Record { releases: BTreeSet::from([version.clone()]), ..Record::default() };
        let mut reading = of_plan::Reading::default();
        let entries = self.store.load(&StreamId::Plan(version.clone()), 0).await?;
        if entries.is_empty() {
            return Err(Refusal::from(PlanRefusal::Unknown { version: version.clone() }).into());
        }
        for entry in &entries {
            let Event::Plan(event) = Event::decode(entry)? else { continue };
            if let PlanEvent::Moved { candidate: Some(candidate), .. } = &event {
                record.releases.insert(candidate.release.clone());
            }
            reading.take(&event, &mut record);
        }
        for release in record.releases.clone() {
            let mut reading = of_release::Reading::default();
            for entry in &self.store.load(&StreamId::Release(release.clone()), 0).await? {
                let Event::Release(event) = Event::decode(entry)? else { continue };
                reading.take((&release, &event), (entry.at.wall_ms, &entry.actor), &mut record);
            }
            reading.end(&mut record);
        }
        for rollout in record.rollouts.clone() {
            let mut reading = of_rollout::Reading::default();
            for entry in &self.store.load(&StreamId::Rollout(rollout.clone()), 0).await? {
                let Event::Rollout(event) = Event::decode(entry)? else { continue };
                reading.take((&rollout, &event), (entry.at.wall_ms, &entry.actor), &mut record);
            }
        }
        record.incidents = self.incidents_of(&record.rollouts).await?;
        record.timeline.sort_by_key(|line| line.at_ms);
        record.rollbacks.sort_by_key(|rollback| rollback.at_ms);
        Ok(record)
    }

    async fn incidents_of(&self, rollouts: &BTreeSet<RolloutId>) -> Result<Vec<IncidentView>, Fault> {
        let mut found = BTreeMap::new();
        let mut query = RowQuery { kind: "incident".to_owned(), limit: PAGE, ..RowQuery::default() };
        for _ in 0..PAGES_MAX {
            let rows = self.store.rows(query.clone()).await?;
            let linked = |(_, row): &(u64, Row)| {
                let view: IncidentView = serde_json::from_str(&row.body).ok()?;
                let is = view.rollouts.iter().any(|rollout| rollouts.contains(rollout));
                is.then_some(((view.about.detected_ms, view.id.clone()), view))
            };
            found.extend(rows.iter().filter_map(linked));
            let Some((last, _)) = rows.last().filter(|_| rows.len() >= PAGE as usize) else { break };
            query.before = Some(*last);
        }
        Ok(found.into_values().collect())
    }
}
