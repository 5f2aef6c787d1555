//! Deployment, audiences, announcements, material and meetings.

use std::collections::BTreeSet;

use super::super::limits::FEW_MAX;
use super::super::{Plan, RunbookStep};
use super::finding::Finding;

/// A window is days long at most; one of years is a mistyped year.
const WINDOW_DAYS_MAX: i32 = 31;
/// A year, before or after.
const MINUTES_MAX: i32 = 366 * 24 * 60;
const DAY_SECONDS: u64 = 86_400;

pub(super) fn check(plan: &Plan, found: &mut Finding) {
    deployment(plan, found);
    found.ids("/audiences", plan.audiences.iter().map(|audience| audience.id.as_str()));
    for (index, audience) in plan.audiences.iter().enumerate() {
        found.line(&format!("/audiences/{index}/name"), &audience.name);
        found.words(&format!("/audiences/{index}/channels"), &audience.channels);
    }
    let audiences: BTreeSet<&str> = plan.audiences.iter().map(|audience| audience.id.as_str()).collect();
    found.ids("/announcements", plan.announcements.iter().map(|announcement| announcement.id.as_str()));
    for (index, announcement) in plan.announcements.iter().enumerate() {
        let path = format!("/announcements/{index}");
        found.line(&format!("{path}/title"), &announcement.title);
        found.words(&format!("{path}/channels"), &announcement.channels);
        found.maybe_line(&format!("{path}/template"), announcement.template.as_ref());
        let known = audiences.contains(announcement.audience.as_str());
        found.reference(&format!("{path}/audience"), "the audience", &announcement.audience, known);
        let minutes = u64::from(announcement.when.minutes.unsigned_abs());
        found.whole_number(&format!("{path}/when/minutes"), minutes, [0, MINUTES_MAX as u64]);
    }
    found.ids("/materials", plan.materials.iter().map(|material| material.id.as_str()));
    for (index, material) in plan.materials.iter().enumerate() {
        let path = format!("/materials/{index}");
        found.line(&format!("{path}/title"), &material.title);
        found.maybe_line(&format!("{path}/owner"), material.owner.as_ref());
        found.maybe_line(&format!("{path}/location"), material.location.as_ref());
        if let Some(audience) = &material.audience {
            let known = audiences.contains(audience.as_str());
            found.reference(&format!("{path}/audience"), "the audience", audience, known);
        }
    }
    meetings(plan, found);
}

fn deployment(plan: &Plan, found: &mut Finding) {
    let deployment = &plan.deployment;
    if let Some(window) = &deployment.window {
        found.date("/deployment/window/from", window.from.date());
        found.date("/deployment/window/until", window.until.date());
        found.zone("/deployment/window/zone", &window.zone);
        let (from, until) = (window.from, window.until);
        if until <= from {
            let says = format!("the window ends ({until}) before it begins ({from})");
            found.say("/deployment/window/until", "end-before-start", &says);
        } else if (until.date() - from.date()).get_days() > WINDOW_DAYS_MAX {
            let says = format!("a window of more than {WINDOW_DAYS_MAX} days is none");
            found.say("/deployment/window/until", "out-of-range", &says);
        }
    }
    if let Some(seconds) = deployment.expected_downtime_seconds {
        let path = "/deployment/expected_downtime_seconds";
        found.whole_number(path, seconds, [0, WINDOW_DAYS_MAX as u64 * DAY_SECONDS]);
    }
    if let Some(strategy) = &deployment.strategy {
        found.id("/deployment/strategy", strategy);
    }
    runbook("/deployment/steps", &deployment.steps, found);
    runbook("/deployment/database_steps", &deployment.database_steps, found);
    runbook("/deployment/rollback", &deployment.rollback, found);
    runbook("/deployment/contingency", &deployment.contingency, found);
}

pub(super) fn runbook(list: &str, steps: &[RunbookStep], found: &mut Finding) {
    found.ids(list, steps.iter().take(FEW_MAX).map(|step| step.id.as_str()));
    for (index, step) in steps.iter().enumerate().take(FEW_MAX) {
        let path = format!("{list}/{index}");
        found.text(&format!("{path}/text"), &step.text);
        if step.text.trim().is_empty() {
            found.say(&format!("{path}/text"), "empty", "a step has to say what is done");
        }
        if let Some(command) = &step.command {
            if command.trim().is_empty() {
                found.say(&format!("{path}/command"), "empty", "leave the command out where there is none");
            }
            found.text(&format!("{path}/command"), command);
        }
    }
}

fn meetings(plan: &Plan, found: &mut Finding) {
    found.ids("/meetings", plan.meetings.iter().map(|meeting| meeting.id.as_str()));
    for (index, meeting) in plan.meetings.iter().enumerate() {
        let path = format!("/meetings/{index}");
        found.line(&format!("{path}/title"), &meeting.title);
        found.texts(&format!("{path}/agenda"), &meeting.agenda);
        found.text(&format!("{path}/outcome"), &meeting.outcome);
        if let Some(at) = meeting.at {
            found.date(&format!("{path}/at"), at.date());
        }
        if let Some(minutes) = meeting.minutes {
            found.whole_number(&format!("{path}/minutes"), u64::from(minutes), [1, 24 * 60]);
        }
    }
}
