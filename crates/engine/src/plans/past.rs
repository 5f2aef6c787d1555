//! A plan's past: what each edition said, who made it, and how far the work was on each day.
//!
//! Invariant: an edition is what its events up to there fold to, so a past never changes. Deliberately not here: comparing documents
//! (`tidegate-plan`).

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_domain::id::StreamId;
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::{self, PlanEvent, PlanRefusal, ReleasePlan};
use tidegate_plan::document::{ActivityState, Plan, ScopeState};
use tidegate_ports::Fault;

use crate::Engine;
use crate::codec::Event;
use crate::command::SubmitError;

/// One edition: what happened, and the document as it stood then.
#[derive(Debug, Clone)]
pub struct PlanEdition {
    pub edition: u64,
    pub actor: String,
    pub at_ms: u64,
    pub event: PlanEvent,
    pub document: Arc<Plan>,
}

/// How far the work was at the end of a day, in the plan's zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayCount {
    pub scope: u32,
    pub scope_done: u32,
    pub tests: u32,
    pub tests_passed: u32,
    pub activities: u32,
    pub activities_done: u32,
}

impl DayCount {
    fn of(plan: &ReleasePlan) -> Self {
        let document = &*plan.document;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let is_in = |state: ScopeState| matches!(state, ScopeState::In | ScopeState::Done);
        let scope = document.scope.iter().filter(|item| is_in(item.state));
        let activities =
            document.activities.iter().filter(|activity| activity.state != ActivityState::Cancelled);
        Self {
            scope_done: count(scope.clone().filter(|item| item.state == ScopeState::Done).count()),
            scope: count(scope.count()),
            tests: count(document.test_cases.len()),
            tests_passed: count(document.test_cases.iter().filter(|case| plan.has_passed(&case.id)).count()),
            activities_done: count(
                activities.clone().filter(|activity| activity.state == ActivityState::Done).count(),
            ),
            activities: count(activities.count()),
        }
    }
}

impl Engine {
    /// The oldest first.
    pub async fn plan_editions(&self, version: &Version) -> Result<Vec<PlanEdition>, SubmitError> {
        Ok(self.past(version).await?.into_iter().map(|(edition, _)| edition).collect())
    }

    /// Of each day on which something was said of it, the earliest first.
    pub async fn plan_days(&self, version: &Version) -> Result<BTreeMap<String, DayCount>, SubmitError> {
        let past = self.past(version).await?;
        let counted = past
            .iter()
            .filter_map(|(edition, plan)| Some((plan.today(edition.at_ms)?.to_string(), DayCount::of(plan))));
        Ok(counted.collect())
    }

    async fn past(&self, version: &Version) -> Result<Vec<(PlanEdition, ReleasePlan)>, SubmitError> {
        let entries = self.store.load(&StreamId::Plan(version.clone()), 0).await?;
        let mut editions = Vec::with_capacity(entries.len());
        let mut state = None;
        for entry in &entries {
            let Event::Plan(event) = Event::decode(entry)? else { continue };
            state = release_plan::evolve(state, &event);
            let Some(plan) = state.clone() else {
                return Err(Fault::hold("event-unreadable", "a plan does not begin with its writing").into());
            };
            let edition = PlanEdition {
                edition: entry.version,
                actor: entry.actor.clone(),
                at_ms: entry.at.wall_ms,
                event,
                document: Arc::clone(&plan.document),
            };
            editions.push((edition, plan));
        }
        if editions.is_empty() {
            return Err(Refusal::from(PlanRefusal::Unknown { version: version.clone() }).into());
        }
        Ok(editions)
    }
}
