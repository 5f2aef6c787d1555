//! A newer version of a template, brought into a plan that was made from an older one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::merge::{Conflict, Merging, texts};
use super::{Template, instantiate};
use crate::document::{Plan, TemplateUse};
use crate::schedule::order;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    pub plan: Plan,
    /// Where both changed the same and the team's stands.
    pub conflicts: Vec<Conflict>,
    /// What else was done so that the plan still fits together, as sentences.
    pub says: Vec<String>,
}

/// `base` is the version that the plan was made from, `newer` the one to bring in. A plan that fitted together still does.
pub fn apply(base: &Template, newer: &Template, team: &Plan) -> Applied {
    // Dates that came from the readiness date are the template's, not the team's, as long as they stand.
    let made = |template: &Template| {
        let mut plan = instantiate(template, &team.title, team.ready_on);
        plan.template.clone_from(&team.template);
        serde_json::to_value(plan).unwrap_or_default()
    };
    let (was, is) = (made(base), made(newer));
    let have = serde_json::to_value(team).unwrap_or_default();
    let mut spoken_of = BTreeSet::new();
    texts(&own(&was, &have), &mut spoken_of);
    let mut merging = Merging { conflicts: Vec::new(), spoken_of };
    let merged = merging.value("", Some(&was), Some(&is), Some(&have));
    let plan = merged.and_then(|merged| serde_json::from_value::<Plan>(merged).ok());
    let mut plan = plan.unwrap_or_else(|| team.clone());
    plan.template = Some(TemplateUse { name: newer.name.clone(), version: newer.version });
    let mut says = Vec::new();
    mend(&mut plan, team, &mut says);
    Applied { plan, conflicts: merging.conflicts, says }
}

/// The entries of the team's document that are not as the template had them; the rest goes with the template.
fn own(was: &Value, have: &Value) -> Value {
    match (was, have) {
        _ if was == have => Value::Null,
        (Value::Object(was), Value::Object(have)) => {
            let changed = have.iter().map(|(name, value)| {
                (name.clone(), was.get(name).map_or_else(|| value.clone(), |was| own(was, value)))
            });
            Value::Object(changed.collect())
        }
        (Value::Array(was), Value::Array(have)) => {
            let changed = have.iter().filter(|entry| !was.contains(entry));
            Value::Array(changed.cloned().collect())
        }
        _ => have.clone(),
    }
}

/// What the template says of something that the team took out, or that no longer fits.
fn mend(plan: &mut Plan, team: &Plan, says: &mut Vec<String>) {
    let known: BTreeSet<String> = plan.activities.iter().map(|activity| activity.id.clone()).collect();
    for activity in &mut plan.activities {
        let id = &activity.id;
        activity.after.retain(|before| {
            let there = known.contains(before);
            if !there {
                says.push(format!("{id} no longer waits for {before}, which the plan does not have"));
            }
            there
        });
    }
    if let Err(cycle) = order(&plan.activities) {
        says.push(format!(
            "the template's new order would not fit the team's, so the team's stands: {cycle}"
        ));
        let had: BTreeMap<&str, &Vec<String>> =
            team.activities.iter().map(|activity| (activity.id.as_str(), &activity.after)).collect();
        for activity in &mut plan.activities {
            match had.get(activity.id.as_str()) {
                Some(after) => activity.after.clone_from(after),
                // What is new and would still wait in a circle waits for nothing.
                None => activity.after.retain(|before| had.contains_key(before.as_str())),
            }
        }
        for activity in &mut plan.activities {
            activity.after.retain(|before| known.contains(before));
        }
    }
    let audiences: BTreeSet<String> = plan.audiences.iter().map(|audience| audience.id.clone()).collect();
    let missing = |audience: &Option<String>| audience.as_ref().is_some_and(|id| !audiences.contains(id));
    let lists = plan.readiness.iter_mut().chain(&mut plan.afterwards);
    for audience in lists
        .map(|item| &mut item.audience)
        .chain(plan.materials.iter_mut().map(|material| &mut material.audience))
    {
        if missing(audience) {
            *audience = None;
        }
    }
    plan.announcements.retain(|announcement| {
        let there = audiences.contains(&announcement.audience);
        if !there {
            says.push(format!("{} is for an audience that the plan does not have", announcement.id));
        }
        there
    });
    let components: BTreeSet<&str> = plan.components.iter().map(|component| component.id.as_str()).collect();
    for item in &mut plan.scope {
        let there = |id: &String| components.is_empty() || components.contains(id.as_str());
        item.component = item.component.take().filter(there);
    }
    let scope: BTreeSet<&str> = plan.scope.iter().map(|item| item.id.as_str()).collect();
    for case in &mut plan.test_cases {
        case.feature = case.feature.take().filter(|id| scope.contains(id.as_str()));
    }
    one_decides(plan, team, says);
    ends_after_starts(plan, team);
}

fn one_decides(plan: &mut Plan, team: &Plan, says: &mut Vec<String>) {
    if plan.roles.iter().filter(|role| role.decides).count() <= 1 {
        return;
    }
    says.push("the final call stays with the role that the team gave it to".to_owned());
    let teams = team.roles.iter().find(|role| role.decides).map(|role| role.id.clone());
    for role in &mut plan.roles {
        role.decides = Some(&role.id) == teams.as_ref();
    }
}

/// A start of one side and an end of the other may not fit: then both are the team's.
fn ends_after_starts(plan: &mut Plan, team: &Plan) {
    for activity in &mut plan.activities {
        let unfit = matches!((activity.start, activity.end), (Some(start), Some(end)) if end < start);
        if let Some(had) = team.activities.iter().find(|had| had.id == activity.id).filter(|_| unfit) {
            (activity.start, activity.end) = (had.start, had.end);
        }
        if activity.done_on.is_some() && activity.state != crate::document::ActivityState::Done {
            activity.done_on = None;
        }
    }
    let window = plan.deployment.window.as_ref().is_some_and(|window| window.until <= window.from);
    if window {
        plan.deployment.window.clone_from(&team.deployment.window);
    }
    if matches!((plan.freeze_on, plan.ready_on), (Some(freeze), Some(ready)) if freeze > ready) {
        (plan.freeze_on, plan.ready_on) = (team.freeze_on, team.ready_on);
    }
}
