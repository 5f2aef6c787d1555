//! A plan as headings with what stands below them; the reader knows the same headings and columns.

use super::tables;
use crate::document::{Plan, Window};

pub(super) struct Part<'a> {
    /// 2 and more; 0 for what has no heading.
    pub level: u8,
    pub heading: &'a str,
    pub body: Body<'a>,
}

pub(super) enum Body<'a> {
    Nothing,
    /// Paragraphs.
    Text(&'a str),
    /// Ids and texts.
    Items(Vec<(&'a str, &'a str)>),
    Table(Table),
    /// Kept as it was read, Markdown or not.
    Note(&'a str),
}

pub(super) struct Table {
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<Cell>>,
}

/// Lines of a cell: those of a text, or one for each member of a list.
pub(super) type Cell = Vec<String>;

pub(super) fn text(text: &str) -> Cell {
    text.split('\n').map(str::to_owned).collect()
}

pub(super) fn maybe(value: Option<impl ToString>) -> Cell {
    value.map_or_else(Vec::new, |value| vec![value.to_string()])
}

pub(super) fn yes(flag: bool) -> Cell {
    if flag { vec!["yes".to_owned()] } else { Vec::new() }
}

pub(super) fn parts<'a>(plan: &'a Plan) -> Vec<Part<'a>> {
    let mut parts = vec![Part { level: 0, heading: "", body: Body::Table(facts(plan)) }];
    let mut part = |level, heading: &'a str, body: Option<Body<'a>>| {
        if let Some(body) = body {
            parts.push(Part { level, heading, body });
        }
    };
    let overview = (!plan.overview.is_empty()).then_some(Body::Text(&plan.overview));
    part(2, "Overview", overview);
    let objectives: Vec<(&str, &str)> =
        plan.objectives.iter().map(|objective| (objective.id.as_str(), objective.text.as_str())).collect();
    part(2, "Objectives", (!objectives.is_empty()).then_some(Body::Items(objectives)));
    part(2, "Release Scope", table(tables::scope(&plan.scope)));
    part(2, "Triage Matrix", plan.triage.as_ref().and_then(|matrix| table(tables::matrix(matrix))));
    part(2, "Components", table(tables::components(&plan.components)));
    part(2, "Roles and Responsibilities", table(tables::roles(&plan.roles)));
    part(2, "People and Availability", table(tables::people(&plan.people)));
    part(2, "Key Activities and Timeline", table(tables::activities(&plan.activities)));
    part(2, "Release Preparation", table(tables::checklist(&plan.readiness)));
    part(2, "Test Cases", table(tables::test_cases(&plan.test_cases)));
    if !plan.deployment.is_empty() {
        part(2, "Release Deployment", Some(Body::Table(deployment(plan))));
        part(3, "Deployment Steps", table(tables::runbook(&plan.deployment.steps)));
        part(3, "Database Steps", table(tables::runbook(&plan.deployment.database_steps)));
        part(3, "Rollback Procedure", table(tables::runbook(&plan.deployment.rollback)));
        part(3, "Deployment Contingency", table(tables::runbook(&plan.deployment.contingency)));
    }
    part(2, "Audiences", table(tables::audiences(&plan.audiences)));
    part(2, "Communication Plan", table(tables::announcements(&plan.announcements)));
    part(2, "Support and Training Material", table(tables::materials(&plan.materials)));
    part(2, "Post-Deployment Activities", table(tables::checklist(&plan.afterwards)));
    part(2, "Risk Management", table(tables::risks(&plan.risks)));
    part(2, "Risk Contingency", table(tables::risk_steps(&plan.risks)));
    part(2, "Meetings", table(tables::meetings(&plan.meetings)));
    part(2, "Actions", table(tables::actions(&plan.actions)));
    if !plan.notes.is_empty() {
        part(2, "Notes", Some(Body::Nothing));
        for note in &plan.notes {
            part(3, &note.heading, Some(Body::Note(&note.text)));
        }
    }
    parts
}

fn table(table: Table) -> Option<Body<'static>> {
    (!table.rows.is_empty()).then_some(Body::Table(table))
}

fn facts(plan: &Plan) -> Table {
    let template = plan.template.as_ref().map(|used| format!("{} version {}", used.name, used.version));
    let given = [
        ("Kind", Some(plan.kind.word().to_owned())),
        ("Template", template),
        ("Time zone", Some(plan.zone.clone())),
        ("Code freeze", plan.freeze_on.map(|day| day.to_string())),
        ("Ready on", plan.ready_on.map(|day| day.to_string())),
    ];
    pairs(&["Plan", "Value"], &given)
}

fn deployment(plan: &Plan) -> Table {
    let deployment = &plan.deployment;
    let window = deployment.window.as_ref();
    let of = |tell: fn(&Window) -> String| window.map(tell);
    let given = [
        ("Window from", of(|window| window.from.to_string())),
        ("Window until", of(|window| window.until.to_string())),
        ("Window time zone", of(|window| window.zone.clone())),
        (
            "Expected downtime",
            deployment.expected_downtime_seconds.map(|seconds| format!("{seconds} seconds")),
        ),
        ("Strategy", deployment.strategy.clone()),
    ];
    pairs(&["Deployment", "Value"], &given)
}

fn pairs(columns: &'static [&'static str], given: &[(&str, Option<String>)]) -> Table {
    let row = |(name, value): &(&str, Option<String>)| {
        let value = value.clone()?;
        Some(vec![vec![(*name).to_owned()], vec![value]])
    };
    Table { columns, rows: given.iter().filter_map(row).collect() }
}
