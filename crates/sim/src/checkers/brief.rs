//! A rollout writes at most 1 000 events between two acts of people, however long the world misbehaves.

use std::collections::BTreeMap;

use tidegate_domain::id::StreamId;

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;

const EVENTS_MAX: u32 = 1_000;

#[derive(Default)]
pub struct Brief {
    events: BTreeMap<StreamId, u32>,
}

impl Checker for Brief {
    fn property(&self) -> &'static str {
        "at most 1 000 events a rollout between two acts of people"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        if !matches!(record.entry.stream, StreamId::Rollout(_)) {
            return Ok(());
        }
        let count = self.events.entry(record.entry.stream.clone()).or_default();
        *count = if record.entry.actor == "tidegate" { *count + 1 } else { 0 };
        require(*count <= EVENTS_MAX, || {
            format!("{} has more than {EVENTS_MAX} events in a row", record.entry.stream)
        })
    }
}
