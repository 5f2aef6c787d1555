//! A plan taken as the beginning of others.
//!
//! Invariant: what belongs to one release alone stays out: scope, states, dates, people, outcomes, decisions and what was carried in.
//! Deliberately not here: names and versions of templates.

use jiff::civil::Date;

use super::Days;
use crate::document::{ActivityState, Plan, RiskState};

/// With the days of its activities, counted from the one on which all was ready, where the plan says which that was.
pub fn of_plan(plan: &Plan) -> (Plan, Vec<Days>) {
    let mut saved = plan.clone();
    let ready = plan.ready_on;
    (saved.freeze_on, saved.ready_on) = (None, None);
    saved.scope.clear();
    saved.components.clear();
    saved.people.clear();
    saved.actions.clear();
    saved.notes.clear();
    saved.deployment.window = None;
    for role in &mut saved.roles {
        role.person = None;
    }
    let mut days = Vec::new();
    for activity in &mut saved.activities {
        let counted = |day: Date| ready.map(|ready| (day - ready).get_days());
        let from = activity.start.or(activity.end).and_then(counted);
        let until = activity.end.or(activity.start).and_then(counted);
        if let Some((from, until)) = from.zip(until) {
            days.push(Days { activity: activity.id.clone(), from, until });
        }
        (activity.start, activity.end, activity.done_on) = (None, None, None);
        activity.state = ActivityState::Open;
    }
    for item in saved.readiness.iter_mut().chain(&mut saved.afterwards) {
        item.done = false;
    }
    for case in &mut saved.test_cases {
        // What it tested is in no other plan.
        case.feature = None;
        case.assignee = None;
    }
    for risk in &mut saved.risks {
        risk.state = RiskState::Open;
    }
    for material in &mut saved.materials {
        material.done = false;
    }
    for meeting in &mut saved.meetings {
        meeting.at = None;
        meeting.outcome.clear();
    }
    (saved, days)
}
