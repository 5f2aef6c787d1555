//! Scope, components, people, objectives, actions and notes.

use std::collections::BTreeSet;

use super::super::limits::{HOURS_MAX, MEMBERS_MAX, WEEK_HOURS};
use super::super::{Plan, ScopeItem};
use super::finding::Finding;

pub(super) fn check(plan: &Plan, found: &mut Finding) {
    found.ids("/objectives", plan.objectives.iter().map(|objective| objective.id.as_str()));
    for (index, objective) in plan.objectives.iter().enumerate() {
        found.text(&format!("/objectives/{index}/text"), &objective.text);
    }
    found.ids("/scope", plan.scope.iter().map(|item| item.id.as_str()));
    let components: BTreeSet<&str> = plan.components.iter().map(|component| component.id.as_str()).collect();
    for (index, item) in plan.scope.iter().enumerate() {
        scope_item(&format!("/scope/{index}"), item, &components, found);
    }
    found.ids("/components", plan.components.iter().map(|component| component.id.as_str()));
    for (index, component) in plan.components.iter().enumerate() {
        found.text(&format!("/components/{index}/change"), &component.change);
    }
    roles(plan, found);
    people(plan, found);
    found.ids("/actions", plan.actions.iter().map(|action| action.id.as_str()));
    for (index, action) in plan.actions.iter().enumerate() {
        let path = format!("/actions/{index}");
        found.text(&format!("{path}/text"), &action.text);
        found.maybe_line(&format!("{path}/owner"), action.owner.as_ref());
        found.maybe_line(&format!("{path}/from"), action.from.as_ref());
        found.maybe_date(&format!("{path}/due"), action.due);
    }
    for (index, note) in plan.notes.iter().enumerate() {
        found.line(&format!("/notes/{index}/heading"), &note.heading);
        found.text(&format!("/notes/{index}/text"), &note.text);
    }
}

fn scope_item(path: &str, item: &ScopeItem, components: &BTreeSet<&str>, found: &mut Finding) {
    found.line(&format!("{path}/title"), &item.title);
    found.maybe_line(&format!("{path}/source"), item.source.as_ref());
    found.maybe_line(&format!("{path}/url"), item.url.as_ref());
    found.words(&format!("{path}/labels"), &item.labels);
    if let Some(component) = &item.component {
        found.id(&format!("{path}/component"), component);
        // A plan that lists no components leaves them to the catalog.
        let known = components.is_empty() || components.contains(component.as_str());
        found.reference(&format!("{path}/component"), "the component", component, known);
    }
    found.at_most(&format!("{path}/estimates"), item.estimates.len(), MEMBERS_MAX);
    let mut skills = BTreeSet::new();
    for (index, estimate) in item.estimates.iter().enumerate().take(MEMBERS_MAX) {
        let path = format!("{path}/estimates/{index}");
        found.word(&format!("{path}/skill"), &estimate.skill);
        found.whole_number(&format!("{path}/hours"), u64::from(estimate.hours), [0, u64::from(HOURS_MAX)]);
        if !skills.insert(estimate.skill.as_str()) {
            found.say(&format!("{path}/skill"), "duplicate-id", "each skill is estimated once");
        }
    }
    found.at_most(&format!("{path}/tests"), item.tests.len(), MEMBERS_MAX);
    found.words(&format!("{path}/suites"), &item.suites);
}

fn roles(plan: &Plan, found: &mut Finding) {
    found.ids("/roles", plan.roles.iter().map(|role| role.id.as_str()));
    let mut decides: Option<&str> = None;
    for (index, role) in plan.roles.iter().enumerate() {
        let path = format!("/roles/{index}");
        found.line(&format!("{path}/name"), &role.name);
        found.text(&format!("{path}/responsibilities"), &role.responsibilities);
        found.maybe_line(&format!("{path}/person"), role.person.as_ref());
        if role.decides
            && let Some(other) = decides.replace(&role.id)
        {
            let says = format!("the final call is made by one role, and {other:?} makes it already");
            found.say(&format!("{path}/decides"), "two-deciders", &says);
        }
    }
}

fn people(plan: &Plan, found: &mut Finding) {
    let mut seen = BTreeSet::new();
    for (index, person) in plan.people.iter().enumerate() {
        let path = format!("/people/{index}");
        // Names of people have spaces, so they are words and not ids.
        found.word(&format!("{path}/id"), &person.id);
        if !seen.insert(person.id.as_str()) {
            let says = format!("{:?} stands in the list twice", person.id);
            found.say(&format!("{path}/id"), "duplicate-id", &says);
        }
        found.words(&format!("{path}/skills"), &person.skills);
        let hours = u64::from(person.hours_per_week);
        found.whole_number(&format!("{path}/hours_per_week"), hours, [0, u64::from(WEEK_HOURS)]);
        if let Some(zone) = &person.zone {
            found.zone(&format!("{path}/zone"), zone);
        }
        found.at_most(&format!("{path}/days_off"), person.days_off.len(), MEMBERS_MAX);
        for (index, off) in person.days_off.iter().enumerate().take(MEMBERS_MAX) {
            let path = format!("{path}/days_off/{index}");
            found.date(&format!("{path}/from"), off.from);
            found.date(&format!("{path}/until"), off.until);
            if off.until < off.from {
                let says = format!("the last day off ({}) is before the first ({})", off.until, off.from);
                found.say(&format!("{path}/until"), "end-before-start", &says);
            }
        }
    }
}
