//! Each list of a plan as a table.

use super::parts::{Cell, Table, maybe, text, yes};
use crate::document::{
    Action, Activity, Announcement, Audience, ChecklistItem, Component, Decision, FixRisk, Material, Matrix,
    Meeting, Person, Risk, Role, RunbookStep, ScopeItem, Severity, TestCase, When,
};

fn table<T>(columns: &'static [&'static str], entries: &[T], row: impl Fn(&T) -> Vec<Cell>) -> Table {
    Table { columns, rows: entries.iter().map(row).collect() }
}

fn one(word: &(impl ToString + ?Sized)) -> Cell {
    vec![word.to_string()]
}

pub(super) fn scope(items: &[ScopeItem]) -> Table {
    let columns = &[
        "Id",
        "Title",
        "State",
        "Component",
        "Labels",
        "Severity",
        "Fix risk",
        "Decision",
        "Estimates",
        "Priority",
        "Feature",
        "Tests",
        "Suites",
        "Source",
        "URL",
    ];
    table(columns, items, |item| {
        let estimates =
            item.estimates.iter().map(|estimate| format!("{}: {} h", estimate.skill, estimate.hours));
        vec![
            one(&item.id),
            text(&item.title),
            one(item.state.word()),
            maybe(item.component.as_ref()),
            item.labels.clone(),
            maybe(item.severity.map(Severity::word)),
            maybe(item.fix_risk.map(FixRisk::word)),
            maybe(item.decision.map(Decision::word)),
            estimates.collect(),
            maybe((item.priority > 0).then_some(item.priority)),
            yes(item.feature),
            item.tests.iter().map(|test| test.word().to_owned()).collect(),
            item.suites.clone(),
            maybe(item.source.as_ref()),
            maybe(item.url.as_ref()),
        ]
    })
}

pub(super) fn matrix(matrix: &Matrix) -> Table {
    table(&["Severity", "Low risk", "Medium risk", "High risk"], Severity::EACH, |severity| {
        let row = matrix.row(*severity);
        let said = |decision: Decision| one(decision.word());
        vec![one(severity.word()), said(row.low), said(row.medium), said(row.high)]
    })
}

pub(super) fn components(components: &[Component]) -> Table {
    table(&["Component", "Change"], components, |component| vec![one(&component.id), text(&component.change)])
}

pub(super) fn roles(roles: &[Role]) -> Table {
    table(&["Role", "Responsibilities", "Person", "Final call", "Id"], roles, |role| {
        vec![
            text(&role.name),
            text(&role.responsibilities),
            maybe(role.person.as_ref()),
            yes(role.decides),
            one(&role.id),
        ]
    })
}

pub(super) fn people(people: &[Person]) -> Table {
    table(&["Person", "Skills", "Hours per week", "Days off", "Time zone"], people, |person| {
        let off = |off: &crate::document::DaysOff| {
            if off.from == off.until {
                off.from.to_string()
            } else {
                format!("{} to {}", off.from, off.until)
            }
        };
        vec![
            one(&person.id),
            person.skills.clone(),
            one(&person.hours_per_week),
            person.days_off.iter().map(off).collect(),
            maybe(person.zone.as_ref()),
        ]
    })
}

pub(super) fn activities(activities: &[Activity]) -> Table {
    let columns = &["Activity", "Owner", "Start Date", "End Date", "After", "State", "Done on", "Id"];
    table(columns, activities, |activity| {
        vec![
            text(&activity.name),
            maybe(activity.owner.as_ref()),
            maybe(activity.start),
            maybe(activity.end),
            activity.after.clone(),
            one(activity.state.word()),
            maybe(activity.done_on),
            one(&activity.id),
        ]
    })
}

pub(super) fn checklist(items: &[ChecklistItem]) -> Table {
    table(&["Area", "Item", "Audience", "Owner", "Done", "Id"], items, |item| {
        vec![
            one(&item.area),
            text(&item.text),
            maybe(item.audience.as_ref()),
            maybe(item.owner.as_ref()),
            yes(item.done),
            one(&item.id),
        ]
    })
}

pub(super) fn test_cases(cases: &[TestCase]) -> Table {
    let columns =
        &["Test", "Steps", "Expected", "Assignee", "Regression", "Acceptance", "Sets", "Feature", "Id"];
    table(columns, cases, |case| {
        vec![
            text(&case.title),
            case.steps.clone(),
            text(&case.expected),
            maybe(case.assignee.as_ref()),
            yes(case.regression),
            yes(case.acceptance),
            case.sets.clone(),
            maybe(case.feature.as_ref()),
            one(&case.id),
        ]
    })
}

fn step(step: &RunbookStep) -> Vec<Cell> {
    vec![text(&step.text), step.command.as_deref().map_or_else(Vec::new, text), one(&step.id)]
}

pub(super) fn runbook(steps: &[RunbookStep]) -> Table {
    table(&["Step", "Command", "Id"], steps, step)
}

pub(super) fn audiences(audiences: &[Audience]) -> Table {
    table(&["Audience", "Channels", "Id"], audiences, |audience| {
        vec![text(&audience.name), audience.channels.clone(), one(&audience.id)]
    })
}

pub(super) fn when(when: When) -> String {
    let moment = when.moment.word();
    match when.minutes {
        0 => moment.to_owned(),
        before if before < 0 => format!("{} minutes before {moment}", before.unsigned_abs()),
        after => format!("{after} minutes after {moment}"),
    }
}

pub(super) fn announcements(announcements: &[Announcement]) -> Table {
    let columns = &["Announcement", "Audience", "Channels", "Template", "When", "Id"];
    table(columns, announcements, |announcement| {
        vec![
            text(&announcement.title),
            one(&announcement.audience),
            announcement.channels.clone(),
            maybe(announcement.template.as_ref()),
            one(&when(announcement.when)),
            one(&announcement.id),
        ]
    })
}

pub(super) fn materials(materials: &[Material]) -> Table {
    table(&["Material", "Kind", "Audience", "Owner", "Location", "Done", "Id"], materials, |material| {
        vec![
            text(&material.title),
            one(material.kind.word()),
            maybe(material.audience.as_ref()),
            maybe(material.owner.as_ref()),
            maybe(material.location.as_ref()),
            yes(material.done),
            one(&material.id),
        ]
    })
}

pub(super) fn risks(risks: &[Risk]) -> Table {
    let columns =
        &["Risk", "Probability", "Impact", "State", "Mitigation", "Mitigated by", "Trigger", "Owner", "Id"];
    table(columns, risks, |risk| {
        vec![
            text(&risk.description),
            one(&risk.probability),
            one(&risk.impact),
            one(risk.state.word()),
            text(&risk.mitigation),
            maybe(risk.bound.as_ref().map(|bound| format!("{} {}", bound.kind.word(), bound.name))),
            text(&risk.trigger),
            maybe(risk.owner.as_ref()),
            one(&risk.id),
        ]
    })
}

pub(super) fn risk_steps(risks: &[Risk]) -> Table {
    let row = |risk: &Risk, given: &RunbookStep| {
        let mut row = vec![one(&risk.id)];
        row.extend(step(given));
        row
    };
    let rows = risks.iter().flat_map(|risk| risk.contingency.iter().map(move |step| row(risk, step)));
    Table { columns: &["Risk", "Step", "Command", "Id"], rows: rows.collect() }
}

pub(super) fn meetings(meetings: &[Meeting]) -> Table {
    table(&["Meeting", "Kind", "At", "Minutes", "Agenda", "Outcome", "Id"], meetings, |meeting| {
        vec![
            text(&meeting.title),
            one(meeting.kind.word()),
            maybe(meeting.at),
            maybe(meeting.minutes),
            meeting.agenda.clone(),
            text(&meeting.outcome),
            one(&meeting.id),
        ]
    })
}

pub(super) fn actions(actions: &[Action]) -> Table {
    table(&["Action", "Owner", "Due", "From", "Done", "Id"], actions, |action| {
        vec![
            text(&action.text),
            maybe(action.owner.as_ref()),
            maybe(action.due),
            maybe(action.from.as_ref()),
            yes(action.done),
            one(&action.id),
        ]
    })
}
