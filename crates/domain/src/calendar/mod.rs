//! The freezes and windows of a project, and who set them.
//!
//! Invariant: every entry was understood when it was set. Deliberately not here: what they mean for an instant
//! (`tidegate-calendar`), and letting one release through (`release`).

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_calendar::{Entry, Kind, PeriodText, Reach, Schedule};

pub use refusal::CalendarRefusal;

use crate::name::GateName;

const ENTRIES_MAX: usize = 2_000;
const REASON_CHARS_MAX: usize = 500;

/// A freeze or a window as somebody set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarEntry {
    pub kind: Kind,
    pub reason: String,
    pub reach: Reach,
    pub period: PeriodText,
    /// The feed it was read from; such entries come and go with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calendar {
    pub entries: BTreeMap<GateName, CalendarEntry>,
    /// The same, understood.
    pub schedule: Schedule,
    /// How often each was set, also of those that are gone: what comes back is newer than what went.
    pub revisions: BTreeMap<GateName, u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalendarEvent {
    Set { name: GateName, entry: Box<CalendarEntry> },
    Removed { name: GateName },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarCommand {
    Set {
        name: GateName,
        entry: Box<CalendarEntry>,
    },
    Remove {
        name: GateName,
    },
    /// What a feed says now: what it no longer names goes.
    Import {
        feed: String,
        entries: BTreeMap<GateName, CalendarEntry>,
    },
}

impl CalendarCommand {
    /// Everything that it would reach.
    pub fn reaches(&self) -> Vec<&Reach> {
        match self {
            Self::Set { entry, .. } => vec![&entry.reach],
            Self::Remove { .. } => Vec::new(),
            Self::Import { entries, .. } => entries.values().map(|entry| &entry.reach).collect(),
        }
    }
}

impl CalendarEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Set { .. } => "calendar.set",
            Self::Removed { .. } => "calendar.removed",
        }
    }
}

pub fn decide(state: &Calendar, command: CalendarCommand) -> Result<Vec<CalendarEvent>, CalendarRefusal> {
    match command {
        CalendarCommand::Set { name, entry } => set(state, name, *entry),
        CalendarCommand::Remove { name } if state.entries.contains_key(&name) => {
            Ok(vec![CalendarEvent::Removed { name }])
        }
        CalendarCommand::Remove { name } => {
            let known = state.entries.keys().map(ToString::to_string).collect();
            Err(CalendarRefusal::Unknown { name, known })
        }
        CalendarCommand::Import { feed, entries } => import(state, &feed, entries),
    }
}

fn set(
    state: &Calendar,
    name: GateName,
    entry: CalendarEntry,
) -> Result<Vec<CalendarEvent>, CalendarRefusal> {
    understood(&name, &entry)?;
    if !state.entries.contains_key(&name) && state.entries.len() >= ENTRIES_MAX {
        return Err(CalendarRefusal::TooMany { most: ENTRIES_MAX });
    }
    let same = state.entries.get(&name) == Some(&entry);
    Ok(if same { Vec::new() } else { vec![CalendarEvent::Set { name, entry: Box::new(entry) }] })
}

fn import(
    state: &Calendar,
    feed: &str,
    entries: BTreeMap<GateName, CalendarEntry>,
) -> Result<Vec<CalendarEvent>, CalendarRefusal> {
    let of_feed = |entry: &CalendarEntry| entry.feed.as_deref() == Some(feed);
    let gone = state.entries.iter().filter(|(name, entry)| of_feed(entry) && !entries.contains_key(*name));
    let mut events: Vec<_> = gone.map(|(name, _)| CalendarEvent::Removed { name: name.clone() }).collect();
    let others = state.entries.values().filter(|entry| !of_feed(entry)).count();
    if others + entries.len() > ENTRIES_MAX {
        return Err(CalendarRefusal::TooMany { most: ENTRIES_MAX });
    }
    for (name, entry) in entries {
        if state.entries.get(&name).is_some_and(|known| !of_feed(known)) {
            return Err(CalendarRefusal::Taken { name });
        }
        events.extend(set(state, name, CalendarEntry { feed: Some(feed.to_owned()), ..entry })?);
    }
    Ok(events)
}

fn understood(name: &GateName, entry: &CalendarEntry) -> Result<Entry, CalendarRefusal> {
    if entry.reason.trim().is_empty() || entry.reason.chars().count() > REASON_CHARS_MAX {
        return Err(CalendarRefusal::NoReason { most: REASON_CHARS_MAX });
    }
    let told = (entry.reason.as_str(), entry.reach.clone());
    Entry::parse(name.as_str(), entry.kind, told, &entry.period)
        .map_err(|why| CalendarRefusal::Bad { name: name.clone(), why })
}

pub fn evolve(mut state: Calendar, event: &CalendarEvent) -> Calendar {
    let name = match event {
        CalendarEvent::Set { name, entry } => {
            state.entries.insert(name.clone(), (**entry).clone());
            let revision = state.revisions.entry(name.clone()).or_default();
            *revision = revision.saturating_add(1);
            name
        }
        CalendarEvent::Removed { name } => {
            state.entries.remove(name);
            name
        }
    };
    state.schedule.entries.retain(|entry| entry.name != name.as_str());
    // What was recorded was understood; a later Tidegate that reads it otherwise leaves it out rather than end.
    let read = state.entries.get(name).and_then(|entry| understood(name, entry).ok());
    state.schedule.entries.extend(read);
    state
}
