//! Activities, checklists, test cases and risks.

use std::collections::BTreeSet;

use super::super::limits::{FEW_MAX, MEMBERS_MAX};
use super::super::{Activity, ActivityState, ChecklistItem, Plan, Risk};
use super::finding::Finding;
use crate::schedule::order;

pub(super) fn check(plan: &Plan, found: &mut Finding) {
    activities(&plan.activities, found);
    let audiences: BTreeSet<&str> = plan.audiences.iter().map(|audience| audience.id.as_str()).collect();
    checklist("/readiness", &plan.readiness, &audiences, found);
    checklist("/afterwards", &plan.afterwards, &audiences, found);
    test_cases(plan, found);
    found.ids("/risks", plan.risks.iter().map(|risk| risk.id.as_str()));
    for (index, given) in plan.risks.iter().enumerate() {
        risk(&format!("/risks/{index}"), given, found);
    }
}

fn activities(activities: &[Activity], found: &mut Finding) {
    found.ids("/activities", activities.iter().map(|activity| activity.id.as_str()));
    let known: BTreeSet<&str> = activities.iter().map(|activity| activity.id.as_str()).collect();
    for (index, activity) in activities.iter().enumerate() {
        let path = format!("/activities/{index}");
        found.line(&format!("{path}/name"), &activity.name);
        found.maybe_line(&format!("{path}/owner"), activity.owner.as_ref());
        found.maybe_date(&format!("{path}/start"), activity.start);
        found.maybe_date(&format!("{path}/end"), activity.end);
        found.maybe_date(&format!("{path}/done_on"), activity.done_on);
        if let (Some(start), Some(end)) = (activity.start, activity.end)
            && end < start
        {
            let says = format!("it ends ({end}) before it starts ({start})");
            found.say(&format!("{path}/end"), "end-before-start", &says);
        }
        if activity.done_on.is_some() && activity.state != ActivityState::Done {
            let says = "it has a day on which it was done, and its state is not done";
            found.say(&format!("{path}/done_on"), "state-unfit", says);
        }
        found.at_most(&format!("{path}/after"), activity.after.len(), MEMBERS_MAX);
        for (index, before) in activity.after.iter().enumerate().take(MEMBERS_MAX) {
            let path = format!("{path}/after/{index}");
            found.reference(&path, "the activity", before, known.contains(before.as_str()));
        }
    }
    if let Err(cycle) = order(activities) {
        found.say("/activities", "cycle", &cycle.to_string());
    }
}

fn checklist(list: &str, items: &[ChecklistItem], audiences: &BTreeSet<&str>, found: &mut Finding) {
    found.ids(list, items.iter().map(|item| item.id.as_str()));
    for (index, item) in items.iter().enumerate() {
        let path = format!("{list}/{index}");
        found.text(&format!("{path}/text"), &item.text);
        found.id(&format!("{path}/area"), &item.area);
        found.maybe_line(&format!("{path}/owner"), item.owner.as_ref());
        if let Some(audience) = &item.audience {
            let known = audiences.contains(audience.as_str());
            found.reference(&format!("{path}/audience"), "the audience", audience, known);
        }
    }
}

fn test_cases(plan: &Plan, found: &mut Finding) {
    found.ids("/test_cases", plan.test_cases.iter().map(|case| case.id.as_str()));
    let scope: BTreeSet<&str> = plan.scope.iter().map(|item| item.id.as_str()).collect();
    for (index, case) in plan.test_cases.iter().enumerate() {
        let path = format!("/test_cases/{index}");
        found.line(&format!("{path}/title"), &case.title);
        found.texts(&format!("{path}/steps"), &case.steps);
        found.text(&format!("{path}/expected"), &case.expected);
        found.maybe_line(&format!("{path}/assignee"), case.assignee.as_ref());
        found.words(&format!("{path}/sets"), &case.sets);
        if let Some(feature) = &case.feature {
            let known = scope.contains(feature.as_str());
            found.reference(&format!("{path}/feature"), "the scope item", feature, known);
        }
    }
}

fn risk(path: &str, risk: &Risk, found: &mut Finding) {
    found.text(&format!("{path}/description"), &risk.description);
    found.whole_number(&format!("{path}/probability"), u64::from(risk.probability), [1, 5]);
    found.whole_number(&format!("{path}/impact"), u64::from(risk.impact), [1, 5]);
    found.text(&format!("{path}/mitigation"), &risk.mitigation);
    found.text(&format!("{path}/trigger"), &risk.trigger);
    found.maybe_line(&format!("{path}/owner"), risk.owner.as_ref());
    if let Some(bound) = &risk.bound {
        found.id(&format!("{path}/bound/name"), &bound.name);
    }
    found.at_most(&format!("{path}/contingency"), risk.contingency.len(), FEW_MAX);
    super::delivery::runbook(&format!("{path}/contingency"), &risk.contingency, found);
}
