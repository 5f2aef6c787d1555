//! Plans: in a list, and one with where it stands.
//!
//! Invariant: whoever reads where it stands reads who brought it there. Not here: what follows from it (`plan_chart`,
//! `plan_decision`).

use serde_json::Value;
use tidegate_api::{
    Plan, PlanCandidate, PlanCasesImported, PlanChoice, PlanImported, PlanPhase, PlanSaid, PlanStranger,
    PlanSummary, PlanTriage,
};

use super::piece::{self, Row, wrapped};
use super::table::Table;
use super::{number, spelt};
use crate::paint::{Paint, Tone};

pub fn list(plans: &[PlanSummary], paint: Paint, width: Option<usize>) -> String {
    if plans.is_empty() {
        let hint = "No plans. Write one with `tidegate plan import FILE --for VERSION`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["version", "stands", "candidate", "ready on", "title"]);
    for plan in plans {
        table.row(vec![
            (Tone::Strong, plan.version.clone()),
            (tone(&plan.state), plan.state.clone()),
            (Tone::Plain, plan.candidate.as_ref().map_or_else(|| "-".to_owned(), candidate)),
            (Tone::Plain, plan.ready_on.clone().unwrap_or_else(|| "-".to_owned())),
            (Tone::Plain, plan.title.clone()),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn candidate(candidate: &PlanCandidate) -> String {
    format!("rc.{} ({})", candidate.number, candidate.release)
}

fn tone(state: &str) -> Tone {
    match state {
        "on-hold" => Tone::Warning,
        "cancelled" => Tone::Quiet,
        "go" | "released" => Tone::Good,
        "rolling-out" => Tone::Candidate,
        _ => Tone::Plain,
    }
}

pub fn word(phase: PlanPhase) -> &'static str {
    match phase {
        PlanPhase::Draft => "draft",
        PlanPhase::Planned => "planned",
        PlanPhase::Frozen => "frozen",
        PlanPhase::Candidate => "candidate",
        PlanPhase::Go => "go",
        PlanPhase::RollingOut => "rolling-out",
        PlanPhase::Released => "released",
        PlanPhase::Cancelled => "cancelled",
    }
}

pub fn choice(choice: PlanChoice) -> (Tone, &'static str) {
    match choice {
        PlanChoice::Go => (Tone::Good, "go"),
        PlanChoice::NoGo => (Tone::Bad, "no-go"),
        PlanChoice::Withdrawn => (Tone::Plain, "withdrawn"),
    }
}

/// Who, when, and in which words.
pub fn said(said: &PlanSaid) -> String {
    let note = said.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
    format!("{}, {}{note}", said.by, number::time(said.at_ms))
}

fn indented(text: &str, width: usize) -> impl Iterator<Item = Row> {
    wrapped(text, width.saturating_sub(2)).into_iter().map(|line| Row::new().plain(format!("  {line}")))
}

/// Where it stands, and what may come next.
pub fn head(plan: &Plan, paint: Paint, width: usize) -> String {
    piece::text(&head_rows(plan, width), paint)
}

fn head_rows(plan: &Plan, width: usize) -> Vec<Row> {
    let head = Row::new().add(Tone::Strong, &plan.version).plain(" is ").add(tone(&plan.state), &plan.state);
    let on = plan.candidate.as_ref().map(|found| format!(", {}", candidate(found))).unwrap_or_default();
    let mut rows = vec![head.plain(format!("{on} (edition {})", plan.edition))];
    rows.extend(indented(&format!("{} by {}", word(plan.phase), said(&plan.moved)), width));
    if let Some(held) = &plan.held {
        rows.extend(indented(&format!("on hold by {}", said(held)), width));
    }
    if let Some(call) = &plan.call {
        let told = format!("{} for rc.{} by {}", choice(call.choice).1, call.candidate, said(&call.said));
        rows.extend(indented(&told, width));
    }
    if !plan.steps.is_empty() {
        let steps: Vec<_> = plan.steps.iter().map(|step| word(*step)).collect();
        rows.extend(indented(&format!("from here: {}", steps.join(", ")), width));
    }
    rows
}

pub fn one(plan: &Plan, paint: Paint, width: usize) -> String {
    let mut rows = head_rows(plan, width);
    rows.push(Row::new());
    rows.extend(document_rows(&plan.document, width));
    if !plan.votes.is_empty() {
        rows.push(Row::new());
        let mut table = Table::new(&["role", "person", "says"]);
        for vote in &plan.votes {
            let (tone, says) = vote.choice.map_or((Tone::Quiet, "-"), choice);
            let decides = if vote.decides { " (decides)" } else { "" };
            table.row(vec![
                (Tone::Strong, format!("{}{decides}", vote.role)),
                (Tone::Plain, vote.person.clone().unwrap_or_else(|| "nobody".to_owned())),
                (tone, says.to_owned()),
            ]);
        }
        rows.extend(table.rows(Some(width)));
    }
    if !plan.triage.is_empty() {
        rows.push(Row::new());
        rows.push(Row::new().add(Tone::Strong, "Decided on"));
    }
    for (item, triage) in &plan.triage {
        rows.extend(indented(&triaged(item, triage), width));
    }
    piece::text(&rows, paint)
}

/// What is written in it: its words, its scope item by item, and how much there is of the rest.
fn document_rows(document: &Value, width: usize) -> Vec<Row> {
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut rows = vec![Row::new().add(Tone::Strong, text("title"))];
    rows.extend(indented(text("overview"), width));
    let counts = [
        ("objectives", "objective"),
        ("scope", "scope item"),
        ("components", "component"),
        ("activities", "activity"),
        ("readiness", "readiness item"),
        ("test_cases", "manual test case"),
        ("risks", "risk"),
        ("announcements", "announcement"),
        ("meetings", "meeting"),
    ];
    let held = |member: &str| document.get(member).and_then(Value::as_array).map_or(0, Vec::len);
    let counted: Vec<_> = counts
        .iter()
        .filter(|(member, _)| held(member) > 0)
        .map(|(member, one)| several(held(member), one))
        .collect();
    if !counted.is_empty() {
        rows.extend(indented(&counted.join(", "), width));
    }
    let scope = document.get("scope").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !scope.is_empty() {
        let mut table = Table::new(&["item", "is", "what it is"]);
        for item in scope {
            let word = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
            let (tone, is) = match word("state") {
                "done" => (Tone::Good, "done"),
                "out" => (Tone::Quiet, "out"),
                "in" => (Tone::Plain, "in"),
                _ => (Tone::Warning, "not triaged"),
            };
            let title = (Tone::Plain, word("title").to_owned());
            table.row(vec![(Tone::Strong, word("id").to_owned()), (tone, is.to_owned()), title]);
        }
        rows.push(Row::new());
        rows.extend(table.rows(Some(width)));
    }
    rows
}

/// Whoever is named and known to nobody.
pub fn strange(stranger: &PlanStranger) -> Row {
    let told = format!("{} ({})", piece::printable(&stranger.name), stranger.named_as.join(", "));
    Row::new().add(Tone::Warning, "Nobody here is called ").plain(told)
}

/// What is done about an item, by what, and who said so.
pub fn triaged(item: &str, triage: &PlanTriage) -> String {
    let severity = triage.severity.map(|severity| format!("severity {}", spelt(&severity)));
    let risk = triage.fix_risk.map(|risk| format!("a fix of {} risk", spelt(&risk)));
    let by: Vec<String> = severity.into_iter().chain(risk).collect();
    let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join(", ")) };
    let late = if triage.late { ", after the freeze" } else { "" };
    format!("{item}: {}{by}{late}, {}", spelt(&triage.decision), said(&triage.said))
}

/// What was understood, and what was not, by line.
pub fn imported(found: &PlanImported, paint: Paint, width: usize) -> String {
    let mut text = if let Some(plan) = &found.plan {
        one(plan, paint, width)
    } else {
        let mut rows = vec![Row::new().plain("Only read; nothing was written."), Row::new()];
        rows.extend(document_rows(&found.document, width));
        piece::text(&rows, paint)
    };
    let mut rows = vec![Row::new()];
    if found.remarks.is_empty() {
        rows.push(Row::new().add(Tone::Good, "All of it was understood."));
    }
    for remark in &found.remarks {
        rows.push(Row::new().add(Tone::Warning, format!("line {}: {}", remark.line, remark.code)));
        rows.extend(indented(&remark.says, width));
    }
    rows.extend(found.strangers.iter().map(strange));
    text.push_str(&piece::text(&rows, paint));
    text
}

/// What an import of test cases did.
pub fn cases(found: &PlanCasesImported, paint: Paint) -> String {
    let mut rows = Vec::new();
    if found.plan.is_none() {
        rows.push(Row::new().plain("Only read; nothing was written."));
    }
    for (word, ids) in [("added", &found.added), ("changed", &found.changed), ("as it was", &found.same)] {
        if !ids.is_empty() {
            let ids: Vec<_> = ids.iter().map(|id| piece::printable(id)).collect();
            rows.push(Row::new().add(Tone::Strong, format!("{word:<10}")).plain(ids.join(", ")));
        }
    }
    piece::text(&rows, paint)
}

fn several(count: usize, one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if count != 1 => format!("{count} {stem}ies"),
        _ => number::counted(count as u64, one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_api::PlanRemark;

    use crate::render::plan_samples::plan;

    #[test]
    fn a_plan_says_where_it_stands_and_who_brought_it_there() {
        let plan = plan();
        insta::assert_snapshot!("plan", one(&plan, Paint::default(), 80));
        let summary = PlanSummary {
            version: plan.version.clone(),
            title: "EduLibra 2.1".to_owned(),
            kind: "planned".to_owned(),
            state: plan.state.clone(),
            candidate: plan.candidate.clone(),
            ready_on: Some("2026-12-01".to_owned()),
            created_ms: 0,
            changed_ms: 0,
        };
        insta::assert_snapshot!("plans", list(&[summary], Paint::default(), None));
        let remark = PlanRemark {
            line: 41,
            code: "no-date-yet".to_owned(),
            says: "`MM/DD/YYYY` stands for a date; the activity has none".to_owned(),
        };
        let read = PlanImported {
            plan: None,
            document: plan.document,
            remarks: vec![remark],
            strangers: Vec::new(),
        };
        insta::assert_snapshot!("plan_imported", imported(&read, Paint::default(), 80));
        insta::assert_snapshot!("plans_none", list(&[], Paint::default(), None));
    }
}
