//! What a document holds by the names that acts use for it.
//!
//! Invariant: a mark is taken where its entry stands in the document, and changes that entry and no other. Deliberately not here:
//! whether a document fits (`tidegate-plan`).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tidegate_plan::document::{
    ActivityState, ChecklistItem, Decision, Plan, Role, RunbookStep, ScopeItem, ScopeState,
};

use super::{Mark, PlanRefusal, Said, Triaged};

/// Every name there is of a kind, and what the kind is called.
fn known<'a>(
    what: &'static str,
    name: &str,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), PlanRefusal> {
    let names: Vec<&String> = names.collect();
    if names.iter().any(|known| *known == name) {
        return Ok(());
    }
    let known = names.into_iter().take(KNOWN_MAX).cloned().collect();
    Err(PlanRefusal::UnknownMember { what, name: name.to_owned(), known })
}

/// More than anybody reads.
const KNOWN_MAX: usize = 30;

pub(super) fn item<'a>(document: &'a Plan, item: &str) -> Result<&'a ScopeItem, PlanRefusal> {
    known("scope item", item, document.scope.iter().map(|item| &item.id))?;
    let unknown =
        || PlanRefusal::UnknownMember { what: "scope item", name: item.to_owned(), known: Vec::new() };
    document.scope.iter().find(|known| known.id == item).ok_or_else(unknown)
}

pub(super) fn role<'a>(document: &'a Plan, role: &str) -> Result<&'a Role, PlanRefusal> {
    known("role", role, document.roles.iter().map(|role| &role.id))?;
    let unknown = || PlanRefusal::UnknownMember { what: "role", name: role.to_owned(), known: Vec::new() };
    document.roles.iter().find(|known| known.id == role).ok_or_else(unknown)
}

/// Who makes the final call, if the plan names somebody.
pub(super) fn decider(document: &Plan) -> Option<&str> {
    document.roles.iter().find(|role| role.decides)?.person.as_deref()
}

pub(super) fn marked(document: &Plan, mark: &Mark) -> Result<(), PlanRefusal> {
    match mark {
        Mark::Activity { activity, .. } => {
            known("activity", activity, document.activities.iter().map(|activity| &activity.id))
        }
        Mark::Item { item, .. } => {
            let lists = document.readiness.iter().chain(&document.afterwards);
            known("checklist item", item, lists.map(|item| &item.id))
        }
        Mark::Case { case, .. } | Mark::File { case, .. } => {
            known("test case", case, document.test_cases.iter().map(|case| &case.id))
        }
        Mark::Risk { risk, .. } => known("risk", risk, document.risks.iter().map(|risk| &risk.id)),
        Mark::Step { risk: Some(risk), step, .. } => {
            known("risk", risk, document.risks.iter().map(|risk| &risk.id))?;
            let steps = document.risks.iter().filter(|known| known.id == *risk);
            known("contingency step", step, steps.flat_map(|risk| &risk.contingency).map(|step| &step.id))
        }
        Mark::Step { risk: None, step, .. } => {
            known("deployment step", step, runbooks(document).map(|step| &step.id))
        }
        Mark::Meeting { meeting } => {
            known("meeting", meeting, document.meetings.iter().map(|meeting| &meeting.id))
        }
        Mark::Action { action, .. } => {
            known("action", action, document.actions.iter().map(|action| &action.id))
        }
        // What is out, or waits for a decision, is nobody's work here.
        Mark::Scope { item, .. } => {
            let is_in = |item: &&ScopeItem| matches!(item.state, ScopeState::In | ScopeState::Done);
            known("scope item that is in", item, document.scope.iter().filter(is_in).map(|item| &item.id))
        }
    }
}

fn runbooks(document: &Plan) -> impl Iterator<Item = &RunbookStep> {
    let deployment = &document.deployment;
    let ways = deployment.steps.iter().chain(&deployment.database_steps);
    ways.chain(&deployment.rollback).chain(&deployment.contingency)
}

/// The document with the mark on its entry; runs and steps are history and stand beside it.
pub(super) fn apply(document: &mut Plan, mark: &Mark, said: &Said) {
    match mark {
        Mark::Activity { activity, state } => {
            let today = day(said.at_ms, &document.zone);
            let found = document.activities.iter_mut().find(|known| known.id == *activity);
            if let Some(known) = found {
                known.state = *state;
                known.done_on = today.filter(|_| *state == ActivityState::Done);
            }
        }
        Mark::Item { item, done } => {
            let mut lists = document.readiness.iter_mut().chain(&mut document.afterwards);
            if let Some(known) = lists.find(|known: &&mut ChecklistItem| known.id == *item) {
                known.done = *done;
            }
        }
        Mark::Risk { risk, state } => {
            if let Some(known) = document.risks.iter_mut().find(|known| known.id == *risk) {
                known.state = *state;
            }
        }
        Mark::Meeting { meeting } => {
            if let Some(known) = document.meetings.iter_mut().find(|known| known.id == *meeting) {
                known.outcome.clone_from(&said.note);
            }
        }
        Mark::Action { action, done } => {
            if let Some(known) = document.actions.iter_mut().find(|known| known.id == *action) {
                known.done = *done;
            }
        }
        Mark::Scope { item, done } => {
            if let Some(known) = document.scope.iter_mut().find(|known| known.id == *item) {
                known.state = if *done { ScopeState::Done } else { ScopeState::In };
            }
        }
        Mark::Case { .. } | Mark::File { .. } | Mark::Step { .. } => {}
    }
}

pub(super) fn triaged(document: &mut Plan, item: &str, triaged: &Triaged) {
    if let Some(known) = document.scope.iter_mut().find(|known| known.id == item) {
        known.decision = Some(triaged.decision);
        known.severity = triaged.severity.or(known.severity);
        known.fix_risk = triaged.fix_risk.or(known.fix_risk);
        known.state = match (triaged.decision, known.state) {
            (Decision::FixNow | Decision::StopRelease, ScopeState::Done) => ScopeState::Done,
            (Decision::FixNow | Decision::StopRelease, _) => ScopeState::In,
            (Decision::FixNext | Decision::KnownIssue, _) => ScopeState::Out,
        };
    }
}

/// What is in, whether or not it is done.
pub(super) fn scope(document: &Plan) -> BTreeSet<&str> {
    let is_in = |item: &&ScopeItem| matches!(item.state, ScopeState::In | ScopeState::Done);
    document.scope.iter().filter(is_in).map(|item| item.id.as_str()).collect()
}

/// Filed, and nobody has said yet whether it is in.
pub(super) fn untriaged(document: &Plan) -> Vec<String> {
    let waits = |item: &&ScopeItem| item.state == ScopeState::New && item.decision.is_none();
    document.scope.iter().filter(waits).map(|item| item.id.clone()).collect()
}

/// What triage says stops the release, while it is not done.
pub(super) fn stopping(document: &Plan) -> Vec<String> {
    let stops =
        |item: &&ScopeItem| item.decision == Some(Decision::StopRelease) && item.state != ScopeState::Done;
    document.scope.iter().filter(stops).map(|item| item.id.clone()).collect()
}

/// By the keys that their marks have, the entries and how each stands: whoever writes it otherwise takes a mark back.
pub(super) fn entries(document: &Plan) -> BTreeMap<String, String> {
    let of = |kind: &str, id: &String, stands: String| (format!("{kind}/{id}"), stands);
    let mut entries = BTreeMap::new();
    let lists = document.readiness.iter().chain(&document.afterwards);
    entries.extend(
        document.activities.iter().map(|entry| of("activity", &entry.id, format!("{:?}", entry.state))),
    );
    entries.extend(document.scope.iter().map(|entry| of("scope", &entry.id, format!("{:?}", entry.state))));
    entries.extend(lists.map(|entry| of("item", &entry.id, entry.done.to_string())));
    entries.extend(document.test_cases.iter().map(|entry| of("case", &entry.id, String::new())));
    entries.extend(document.meetings.iter().map(|entry| of("meeting", &entry.id, entry.outcome.clone())));
    entries.extend(document.actions.iter().map(|entry| of("action", &entry.id, entry.done.to_string())));
    entries.extend(runbooks(document).map(|entry| of("step/", &entry.id, String::new())));
    for risk in &document.risks {
        entries.extend([of("risk", &risk.id, format!("{:?}", risk.state))]);
        let steps = risk.contingency.iter().map(|step| format!("step/{}/{}", risk.id, step.id));
        entries.extend(steps.map(|key| (key, String::new())));
    }
    entries
}

pub(super) fn day(at_ms: u64, zone: &str) -> Option<Date> {
    let instant = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Some(instant.to_zoned(zone).date())
}
