//! Whether the members of a plan fit one another.
//!
//! Invariant: what a plan may hold is bounded, each entry has an id that is its own, and whatever one entry says of another exists.
//! Deliberately not here: whether owners and roles' people exist, because people come and go outside of the plan.

mod delivery;
mod finding;
mod lists;
mod work;

use super::limits::{ENTRIES_MAX, FEW_MAX};
use super::{Plan, Problem};
pub(crate) use finding::{Finding, bad_id};

/// Problems told at once; a plan with more has them told after these are gone.
const PROBLEMS_MAX: usize = 200;

/// Everything that does not fit; empty for a plan that may be kept.
pub fn check(plan: &Plan) -> Vec<Problem> {
    let mut found = Finding::new(PROBLEMS_MAX);
    found.line("/title", &plan.title);
    found.zone("/zone", &plan.zone);
    found.text("/overview", &plan.overview);
    if let Some(template) = &plan.template {
        found.id("/template/name", &template.name);
    }
    found.maybe_date("/freeze_on", plan.freeze_on);
    found.maybe_date("/ready_on", plan.ready_on);
    if let (Some(freeze), Some(ready)) = (plan.freeze_on, plan.ready_on)
        && freeze > ready
    {
        let says = format!("the code freeze ({freeze}) is after the day on which all is ready ({ready})");
        found.say("/freeze_on", "end-before-start", &says);
    }
    counts(plan, &mut found);
    if found.is_full_of_too_many() {
        return found.into_problems();
    }
    lists::check(plan, &mut found);
    work::check(plan, &mut found);
    delivery::check(plan, &mut found);
    found.into_problems()
}

fn counts(plan: &Plan, found: &mut Finding) {
    let many = [
        ("/scope", plan.scope.len()),
        ("/activities", plan.activities.len()),
        ("/readiness", plan.readiness.len()),
        ("/test_cases", plan.test_cases.len()),
        ("/risks", plan.risks.len()),
        ("/afterwards", plan.afterwards.len()),
    ];
    for (path, held) in many {
        found.at_most(path, held, ENTRIES_MAX);
    }
    let few = [
        ("/objectives", plan.objectives.len()),
        ("/components", plan.components.len()),
        ("/roles", plan.roles.len()),
        ("/people", plan.people.len()),
        ("/audiences", plan.audiences.len()),
        ("/announcements", plan.announcements.len()),
        ("/materials", plan.materials.len()),
        ("/meetings", plan.meetings.len()),
        ("/actions", plan.actions.len()),
        ("/notes", plan.notes.len()),
        ("/deployment/steps", plan.deployment.steps.len()),
        ("/deployment/database_steps", plan.deployment.database_steps.len()),
        ("/deployment/rollback", plan.deployment.rollback.len()),
        ("/deployment/contingency", plan.deployment.contingency.len()),
    ];
    for (path, held) in few {
        found.at_most(path, held, FEW_MAX);
    }
}
