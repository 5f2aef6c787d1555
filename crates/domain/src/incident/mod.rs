//! An incident: for a while, something was wrong for users.
//!
//! Invariant: it ends after it began, and neither lies ahead; to which rollouts it is linked is what somebody said, or what an
//! alert fired at, never worked out from times. What it holds has limits. Deliberately not here: what alerts are
//! (`inbound`), and what incidents do to measures (`tidegate-measures`).

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use refusal::IncidentRefusal;

use crate::id::{IncidentId, RolloutId};
use crate::name::{ComponentName, EnvironmentName};

pub const TITLE_CHARS_MAX: usize = 300;
pub const NOTE_CHARS_MAX: usize = 2_000;
pub const SEVERITY_CHARS_MAX: usize = 40;
const LINKS_MAX: usize = 100;
const NOTES_MAX: usize = 500;

/// What it is, as it was told first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// In a line.
    pub title: String,
    /// In the words of whoever tells it: `critical`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Where; none where that is not known, or everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentName>,
    pub detected_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    pub about: About,
    /// Who told it: a person, or `inbound/alerts`.
    pub by: String,
    pub resolved_ms: Option<u64>,
    pub rollouts: BTreeSet<RolloutId>,
    pub notes: Vec<Note>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub by: String,
    pub at_ms: u64,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum IncidentEvent {
    Opened { id: IncidentId, about: About, by: String },
    Linked { rollout: RolloutId },
    Unlinked { rollout: RolloutId },
    Resolved { at_ms: u64 },
    Reopened,
    Noted { note: Note },
}

impl IncidentEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "incident.opened",
            Self::Linked { .. } => "incident.linked",
            Self::Unlinked { .. } => "incident.unlinked",
            Self::Resolved { .. } => "incident.resolved",
            Self::Reopened => "incident.reopened",
            Self::Noted { .. } => "incident.noted",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentCommand {
    Open {
        about: About,
    },
    Link {
        rollout: RolloutId,
    },
    Unlink {
        rollout: RolloutId,
    },
    /// Now, where no time is given.
    Resolve {
        at_ms: Option<u64>,
    },
    /// It was not over.
    Reopen,
    Note {
        text: String,
    },
}

/// Who says it, and when.
#[derive(Debug, Clone, Copy)]
pub struct Saying<'a> {
    pub by: &'a str,
    pub now_ms: u64,
}

pub fn decide(
    state: Option<&Incident>,
    id: &IncidentId,
    command: IncidentCommand,
    saying: Saying<'_>,
) -> Result<Vec<IncidentEvent>, IncidentRefusal> {
    let id = id.clone();
    let Some(incident) = state else {
        let IncidentCommand::Open { about } = command else { return Err(IncidentRefusal::Unknown { id }) };
        about.check(saying.now_ms)?;
        return Ok(vec![IncidentEvent::Opened { id, about, by: saying.by.to_owned() }]);
    };
    match command {
        // What opens it is one thing, however often it is told.
        IncidentCommand::Open { .. } => Ok(Vec::new()),
        IncidentCommand::Link { rollout } if incident.rollouts.contains(&rollout) => Ok(Vec::new()),
        IncidentCommand::Link { .. } if incident.rollouts.len() >= LINKS_MAX => {
            Err(IncidentRefusal::Full { id, what: "links", most: LINKS_MAX })
        }
        IncidentCommand::Link { rollout } => Ok(vec![IncidentEvent::Linked { rollout }]),
        IncidentCommand::Unlink { rollout } if incident.rollouts.contains(&rollout) => {
            Ok(vec![IncidentEvent::Unlinked { rollout }])
        }
        IncidentCommand::Unlink { rollout } => Err(IncidentRefusal::NotLinked { id, rollout }),
        IncidentCommand::Resolve { at_ms } => incident.resolve(at_ms, saying.now_ms),
        IncidentCommand::Reopen if incident.resolved_ms.is_none() => Err(IncidentRefusal::Open { id }),
        IncidentCommand::Reopen => Ok(vec![IncidentEvent::Reopened]),
        IncidentCommand::Note { .. } if incident.notes.len() >= NOTES_MAX => {
            Err(IncidentRefusal::Full { id, what: "notes", most: NOTES_MAX })
        }
        IncidentCommand::Note { text } => {
            check_text("note", &text, NOTE_CHARS_MAX, true)?;
            let (by, at_ms) = (saying.by.to_owned(), saying.now_ms);
            Ok(vec![IncidentEvent::Noted { note: Note { by, at_ms, text } }])
        }
    }
}

pub fn evolve(state: Option<Incident>, event: &IncidentEvent) -> Option<Incident> {
    if let IncidentEvent::Opened { id, about, by } = event {
        let (id, about, by) = (id.clone(), about.clone(), by.clone());
        return Some(Incident {
            id,
            about,
            by,
            resolved_ms: None,
            rollouts: BTreeSet::new(),
            notes: Vec::new(),
        });
    }
    let mut incident = state?;
    match event {
        IncidentEvent::Opened { .. } => {}
        IncidentEvent::Linked { rollout } => {
            incident.rollouts.insert(rollout.clone());
        }
        IncidentEvent::Unlinked { rollout } => {
            incident.rollouts.remove(rollout);
        }
        IncidentEvent::Resolved { at_ms } => incident.resolved_ms = Some(*at_ms),
        IncidentEvent::Reopened => incident.resolved_ms = None,
        IncidentEvent::Noted { note } => incident.notes.push(note.clone()),
    }
    Some(incident)
}

impl Incident {
    pub fn is_open(&self) -> bool {
        self.resolved_ms.is_none()
    }

    fn resolve(&self, at_ms: Option<u64>, now_ms: u64) -> Result<Vec<IncidentEvent>, IncidentRefusal> {
        let (id, detected_ms) = (self.id.clone(), self.about.detected_ms);
        if self.resolved_ms.is_some() {
            return Err(IncidentRefusal::Resolved { id });
        }
        match at_ms {
            Some(at_ms) if at_ms < detected_ms => Err(IncidentRefusal::EndsFirst { id }),
            Some(at_ms) if at_ms > now_ms => Err(IncidentRefusal::Ahead { what: "end" }),
            // The wall clock may have been set back since it was told.
            at_ms => Ok(vec![IncidentEvent::Resolved { at_ms: at_ms.unwrap_or(now_ms).max(detected_ms) }]),
        }
    }
}

impl About {
    fn check(&self, now_ms: u64) -> Result<(), IncidentRefusal> {
        check_text("title", &self.title, TITLE_CHARS_MAX, false)?;
        if let Some(severity) = &self.severity {
            check_text("severity", severity, SEVERITY_CHARS_MAX, false)?;
        }
        if self.detected_ms > now_ms {
            return Err(IncidentRefusal::Ahead { what: "beginning" });
        }
        Ok(())
    }
}

/// `lines`: whether it may have more than one.
fn check_text(what: &'static str, text: &str, most: usize, lines: bool) -> Result<(), IncidentRefusal> {
    let fits = |letter: char| !letter.is_control() || (lines && letter == '\n');
    let is_text = !text.trim().is_empty() && text.chars().all(fits) && text.chars().count() <= most;
    if is_text { Ok(()) } else { Err(IncidentRefusal::Text { what, most }) }
}
