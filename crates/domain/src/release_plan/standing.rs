//! What the risk score of a plan is worked out from.
//!
//! Invariant: a policy counts once it has said something; before there is a candidate, gates have nothing to say about it.
//! Deliberately not here: the score itself (`tidegate-plan`).

use jiff::civil::Date;
use tidegate_plan::document::{Activity, ActivityState, ScopeItem, ScopeState};
use tidegate_plan::risk::Standing;

use super::{CaseOutcome, ReleasePlan, named};

impl ReleasePlan {
    /// Which day it is for the people of this plan.
    pub fn today(&self, now_ms: u64) -> Option<Date> {
        named::day(now_ms, &self.document.zone)
    }

    /// `gates` is how many there are on its way, and how many of them are closed.
    pub fn standing(&self, (all, closed): (u64, u64), now_ms: u64) -> Standing {
        let document = &*self.document;
        let is_in = |item: &&ScopeItem| matches!(item.state, ScopeState::In | ScopeState::Done);
        let counts = |activity: &&Activity| activity.state != ActivityState::Cancelled;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let items = document.scope.iter().filter(is_in);
        let items_done = items.clone().filter(|item| item.state == ScopeState::Done).count();
        let activities = document.activities.iter().filter(counts);
        let activities_done =
            activities.clone().filter(|activity| activity.state == ActivityState::Done).count();
        let runs = self.runs.values().filter(|run| run.candidate == self.candidate_number());
        let failed = runs.clone().filter(|run| run.outcome != CaseOutcome::Passed).count();
        let (all, closed) = if self.candidate.is_some() { (all, closed) } else { (0, 0) };
        let ready_on = document.ready_on.zip(self.today(now_ms));
        Standing {
            work_total: count(items.count() + activities.count()),
            work_closed: count(items_done + activities_done),
            policies_completed: all + count(runs.count()),
            policies_broken: closed + count(failed),
            days_left: ready_on.map(|(ready, today)| i64::from((ready - today).get_days())),
            over: self.is_over(),
        }
    }

    /// Filed, and nobody has said yet whether it is in.
    pub fn untriaged(&self) -> Vec<String> {
        named::untriaged(&self.document)
    }

    /// What triage says stops the release, while it is not done.
    pub fn stopping(&self) -> Vec<String> {
        named::stopping(&self.document)
    }

    /// Who makes the final call, where the plan names somebody.
    pub fn decider(&self) -> Option<&str> {
        named::decider(&self.document)
    }
}
