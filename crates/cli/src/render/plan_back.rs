//! A release looked back at.
//!
//! Invariant: what nobody measured or said is told so. Not here: the form for programs.

use tidegate_api::{LookedMeasure, Retrospective};

use super::piece::{self, Row, wrapped};
use super::table::Table;
use super::{number, plan};
use crate::paint::{Paint, Tone};

pub fn one(found: &Retrospective, paint: Paint, width: usize) -> String {
    let mut rows = vec![
        Row::new()
            .plain("Retrospective of ")
            .add(Tone::Strong, &found.release)
            .plain(format!(", a {} release, {} (edition {})", found.kind, found.state, found.edition)),
    ];
    lines(&mut rows, &found.summary, width);
    heading(&mut rows, "Timeline", found.timeline.is_empty());
    for line in &found.timeline {
        let who = line.who.as_ref().map_or_else(String::new, |who| format!(" ({who})"));
        let place = line.environment.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        lines(&mut rows, &format!("{}  {place}{}{who}", number::time(line.at_ms), line.what), width);
    }
    heading(&mut rows, "Waits by gate", found.waits.is_empty());
    if !found.waits.is_empty() {
        let mut table = Table::new(&["gate", "before", "waited", ""]);
        for wait in &found.waits {
            let open = if wait.open { "still closed" } else { "" };
            table.row(vec![
                (Tone::Strong, wait.gate.clone()),
                (Tone::Plain, wait.environment.clone()),
                (Tone::Plain, number::duration(wait.waited_ms)),
                (Tone::Warning, open.to_owned()),
            ]);
        }
        rows.extend(table.rows(Some(width)));
    }
    heading(&mut rows, "Rollbacks", found.rollbacks.is_empty());
    for back in &found.rollbacks {
        let took =
            back.took_ms.map_or_else(String::new, |took| format!(", back after {}", number::duration(took)));
        let what = format!("{}  {}: {}{took}", number::time(back.at_ms), back.environment, back.why);
        lines(&mut rows, &what, width);
    }
    heading(&mut rows, "Incidents", found.incidents.is_empty());
    for incident in &found.incidents {
        let end = incident.resolved_ms.map_or_else(
            || "not resolved yet".to_owned(),
            |end| format!("resolved after {}", number::duration(end.saturating_sub(incident.at_ms))),
        );
        lines(&mut rows, &format!("{}  {}, {end}", number::time(incident.at_ms), incident.what), width);
    }
    heading(&mut rows, "Measures", found.measures.is_empty());
    if !found.measures.is_empty() {
        rows.extend(measures(&found.measures).rows(Some(width)));
        let with = if found.compared_with.is_empty() {
            "There is no earlier release to compare it with.".to_owned()
        } else {
            format!("Before: {}, the newest first.", found.compared_with.join(", "))
        };
        lines(&mut rows, &with, width);
    }
    if let Some(heard) = &found.feedback {
        heading(&mut rows, "Feedback", false);
        let mean = heard.average.map_or_else(String::new, |mean| format!(", {mean:.2} of 5 on average"));
        lines(&mut rows, &format!("{}{mean}", number::counted(heard.count, "answer")), width);
    }
    for (name, said) in [("What went well", &found.went_well), ("What to improve", &found.to_improve)] {
        heading(&mut rows, name, said.is_empty());
        for line in said {
            lines(&mut rows, &format!("- {line}"), width);
        }
    }
    heading(&mut rows, "Actions", found.actions.is_empty());
    if !found.actions.is_empty() {
        let mut table = Table::new(&["", "id", "what", "owner", "due"]);
        for action in &found.actions {
            let (tone, done) = if action.done { (Tone::Good, "done") } else { (Tone::Warning, "open") };
            table.row(vec![
                (tone, done.to_owned()),
                (Tone::Strong, action.id.clone()),
                (Tone::Plain, action.text.clone()),
                (Tone::Plain, action.owner.clone().unwrap_or_else(|| "nobody".to_owned())),
                (Tone::Plain, action.due.clone().unwrap_or_else(|| "-".to_owned())),
            ]);
        }
        rows.extend(table.rows(Some(width)));
    }
    if let Some(said) = &found.said {
        rows.push(Row::new());
        lines(&mut rows, &format!("written by {}", plan::said(said)), width);
    }
    piece::text(&rows, paint)
}

fn measures(found: &[LookedMeasure]) -> Table {
    let mut table = Table::new(&["measure", "this release", "before"]);
    for measure in found {
        let figure =
            |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |value| format!("{value:.2}"));
        let before: Vec<_> = measure.before.iter().map(|value| figure(*value)).collect();
        table.row(vec![
            (Tone::Strong, format!("{} ({})", measure.measure, measure.unit)),
            (Tone::Plain, figure(measure.this)),
            (Tone::Plain, before.join(", ")),
        ]);
    }
    table
}

fn heading(rows: &mut Vec<Row>, name: &str, is_empty: bool) {
    rows.push(Row::new());
    let none = if is_empty { ": none" } else { "" };
    rows.push(Row::new().add(Tone::Strong, name).plain(none));
}

fn lines(rows: &mut Vec<Row>, text: &str, width: usize) {
    if !text.is_empty() {
        let pieces = wrapped(text, width.saturating_sub(2)).into_iter();
        rows.extend(pieces.map(|line| Row::new().plain(format!("  {line}"))));
    }
}

#[cfg(test)]
mod tests {
    use tidegate_api::{
        LookedAction, LookedFeedback, LookedIncident, LookedLine, LookedRollback, LookedWait, PlanSaid,
    };

    use super::*;
    use crate::render::samples::STARTED_MS;

    #[test]
    fn a_release_is_looked_back_at() {
        let line = LookedLine {
            at_ms: STARTED_MS,
            what: "goes back: error rate".to_owned(),
            who: Some("ann".to_owned()),
            environment: Some("production".to_owned()),
            rollout: Some("rol_0123456789abcdef".to_owned()),
        };
        let wait = LookedWait {
            gate: "approval".to_owned(),
            environment: "production".to_owned(),
            waited_ms: 5_400_000,
            open: true,
        };
        let back = LookedRollback {
            at_ms: STARTED_MS,
            environment: "production".to_owned(),
            why: "error rate".to_owned(),
            took_ms: Some(42_000),
        };
        let incident =
            LookedIncident { at_ms: STARTED_MS, what: "Logins fail".to_owned(), resolved_ms: None };
        let measure = LookedMeasure {
            measure: "change fail rate".to_owned(),
            unit: "percent".to_owned(),
            this: Some(50.0),
            before: vec![Some(0.0), None],
        };
        let action = LookedAction {
            id: "soak".to_owned(),
            text: "Soak a day".to_owned(),
            owner: Some("ann".to_owned()),
            due: Some("2027-01-15".to_owned()),
            done: false,
        };
        let found = Retrospective {
            release: "2.1.0".to_owned(),
            edition: 30,
            kind: "planned".to_owned(),
            state: "released".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            summary: "It went back once.".to_owned(),
            timeline: vec![line],
            waits: vec![wait],
            rollbacks: vec![back],
            incidents: vec![incident],
            measures: vec![measure],
            compared_with: vec!["2.0.0".to_owned(), "1.9.0".to_owned()],
            feedback: Some(LookedFeedback { count: 2, average: Some(4.5) }),
            went_well: vec!["The way back".to_owned()],
            to_improve: Vec::new(),
            actions: vec![action],
            said: Some(PlanSaid { by: "ann".to_owned(), at_ms: STARTED_MS, note: None }),
        };
        insta::assert_snapshot!("plan_retrospective", one(&found, Paint::default(), 80));
    }
}
