//! Incidents: a list, and one with everything that was said of it.

use tidegate_api::{Incident, IncidentState};

use super::number;
use super::piece::{self, Row, wrapped};
use super::table::Table;
use crate::paint::{Paint, Tone};

fn state(incident: &Incident) -> (Tone, String) {
    match (incident.state, incident.resolved_ms) {
        (IncidentState::Open, _) => (Tone::Bad, "open".to_owned()),
        (IncidentState::Resolved, Some(end)) => {
            let lasted = number::duration(end.saturating_sub(incident.detected_ms));
            (Tone::Good, format!("over after {lasted}"))
        }
        (IncidentState::Resolved, None) => (Tone::Good, "over".to_owned()),
    }
}

fn place(incident: &Incident) -> String {
    let parts = incident.environment.iter().chain(&incident.component);
    let text = parts.map(String::as_str).collect::<Vec<_>>().join("/");
    if text.is_empty() { "-".to_owned() } else { text }
}

pub fn list(incidents: &[Incident], all: bool, paint: Paint, width: Option<usize>) -> String {
    if incidents.is_empty() {
        let hint = if all {
            "No incidents. Tell of one with `tidegate incident open \"Orders fail\" --in production`."
        } else {
            "No incident is open. Those that are over: `tidegate incident list --all`."
        };
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["incident", "state", "where", "began", "linked to", "title"]);
    for incident in incidents {
        let (tone, word) = state(incident);
        let linked = match incident.rollouts.as_slice() {
            [] => "nothing".to_owned(),
            [one] => one.clone(),
            several => number::counted(several.len() as u64, "rollout"),
        };
        table.row(vec![
            (Tone::Strong, incident.id.clone()),
            (tone, word),
            (Tone::Plain, place(incident)),
            (Tone::Plain, number::time(incident.detected_ms)),
            (Tone::Plain, linked),
            (Tone::Plain, incident.title.clone()),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn one(incident: &Incident, paint: Paint, width: usize) -> String {
    let (tone, word) = state(incident);
    let head = Row::new().add(Tone::Strong, &incident.id).plain(": ").add(tone, word);
    let mut rows = vec![head.plain(format!(": {}", incident.title))];
    let severity = incident.severity.as_ref().map(|word| format!(", {word}")).unwrap_or_default();
    rows.push(Row::new().plain(format!(
        "  {}{severity}; began {}, told by {}",
        place(incident),
        number::time(incident.detected_ms),
        incident.by
    )));
    for rollout in &incident.rollouts {
        rows.push(Row::new().plain("  linked to ").add(Tone::Strong, rollout));
    }
    if incident.rollouts.is_empty() {
        let hint = format!(
            "  linked to nothing; say what caused it: tidegate incident link {} --release VERSION",
            incident.id
        );
        rows.push(Row::new().add(Tone::Quiet, hint));
    }
    for note in &incident.notes {
        rows.push(Row::new().add(Tone::Quiet, format!("  {}, {}:", number::time(note.at_ms), note.by)));
        let lines = note.text.lines().flat_map(|line| wrapped(line, width.saturating_sub(4)));
        rows.extend(lines.map(|line| Row::new().plain(format!("    {line}"))));
    }
    piece::text(&rows, paint)
}

#[cfg(test)]
mod tests {
    use tidegate_api::IncidentNote;

    use super::*;
    use crate::render::samples::STARTED_MS;

    #[test]
    fn incidents_say_what_is_known() {
        let over = Incident {
            id: "inc_0123456789abcdef".to_owned(),
            title: "Orders fail".to_owned(),
            severity: Some("critical".to_owned()),
            environment: Some("production".to_owned()),
            component: Some("api".to_owned()),
            state: IncidentState::Resolved,
            detected_ms: STARTED_MS,
            resolved_ms: Some(STARTED_MS + 41 * 60_000),
            by: "inbound/alerts".to_owned(),
            rollouts: vec!["rol_4f1e9c0a7b3d2e58".to_owned()],
            note_count: 1,
            notes: vec![IncidentNote {
                by: "ann".to_owned(),
                at_ms: STARTED_MS,
                text: "The pool of connections was empty.\nIt is larger now.".to_owned(),
            }],
        };
        let open = Incident {
            state: IncidentState::Open,
            resolved_ms: None,
            severity: None,
            environment: None,
            component: None,
            rollouts: Vec::new(),
            notes: Vec::new(),
            ..over.clone()
        };
        let both = [over.clone(), open.clone()];
        insta::assert_snapshot!("incidents", list(&both, true, Paint::default(), Some(120)));
        insta::assert_snapshot!("incidents_none", list(&[], false, Paint::default(), None));
        insta::assert_snapshot!("incident_over", one(&over, Paint::default(), 80));
        insta::assert_snapshot!("incident_open", one(&open, Paint::default(), 80));
    }
}
