//! Incidents.

use tidegate_api::{Incident, IncidentNote, IncidentState};
use tidegate_engine::IncidentView;
use tidegate_ports::{Fault, Row};

use super::read_row;

/// Without its notes.
fn listed(view: IncidentView) -> Incident {
    Incident {
        id: view.id.into(),
        title: view.about.title,
        severity: view.about.severity,
        environment: view.about.environment.map(String::from),
        component: view.about.component.map(String::from),
        state: if view.resolved_ms.is_some() { IncidentState::Resolved } else { IncidentState::Open },
        detected_ms: view.about.detected_ms,
        resolved_ms: view.resolved_ms,
        by: view.by,
        rollouts: view.rollouts.into_iter().map(String::from).collect(),
        note_count: view.notes as u64,
        notes: Vec::new(),
    }
}

pub(crate) fn incident(incident: tidegate_domain::incident::Incident) -> Incident {
    let listed = listed(IncidentView::of(&incident));
    let note = |note: tidegate_domain::incident::Note| IncidentNote {
        by: note.by,
        at_ms: note.at_ms,
        text: note.text,
    };
    Incident { notes: incident.notes.into_iter().map(note).collect(), ..listed }
}

pub(crate) fn incident_of_row(row: &Row) -> Result<Incident, Fault> {
    read_row(row).map(listed)
}
