//! The log read by the simulation itself, beside the engine: every state after every event.
//!
//! Invariant: folded from the log alone, by the domain's own `evolve`. Deliberately not here: the engine's cache, which
//! is compared with this.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::from_str;
use tidegate_domain::catalog::{self, Catalog, CatalogEvent};
use tidegate_domain::flag::{self, Flag, FlagEvent};
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_domain::name::{FlagKey, Version};
use tidegate_domain::release::{self, Release, ReleaseEvent};
use tidegate_domain::rollout::{self, Rollout, RolloutEvent};
use tidegate_domain::slot::{self, Slot, SlotEvent};
use tidegate_ports::{Entry, Generation};

use crate::fact::Record;

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Catalog(CatalogEvent),
    Release(ReleaseEvent),
    Slot(SlotEvent),
    Rollout(RolloutEvent),
    Flag(FlagEvent),
    /// What the simulated people do not touch yet.
    Other,
}

/// The state of one stream.
#[derive(Debug, Clone)]
pub enum Aggregate {
    Catalog(Arc<Catalog>),
    Release(Option<Arc<Release>>),
    Slot(Arc<Slot>),
    Rollout(Option<Arc<Rollout>>),
    Flag(Option<Arc<Flag>>),
    Other,
}

impl Aggregate {
    fn empty(stream: &StreamId) -> Self {
        match stream {
            StreamId::Catalog => Self::Catalog(Arc::default()),
            StreamId::Release(_) => Self::Release(None),
            StreamId::Slot(id) => Self::Slot(Arc::new(Slot::empty(id.clone()))),
            StreamId::Rollout(_) => Self::Rollout(None),
            StreamId::Flag(_) => Self::Flag(None),
            StreamId::Calendar
            | StreamId::Groups
            | StreamId::Person(_)
            | StreamId::Projects
            | StreamId::Secrets
            | StreamId::Inbound
            | StreamId::Announcements
            | StreamId::Announcement(_)
            | StreamId::Webhooks
            | StreamId::Retention
            | StreamId::FlagKeys
            | StreamId::Bundles
            | StreamId::PlanBook
            | StreamId::Plan(_)
            | StreamId::Incident(_)
            | StreamId::ScopeSource(_) => Self::Other,
        }
    }

    pub fn rollout(&self) -> Option<&Rollout> {
        if let Self::Rollout(Some(rollout)) = self { Some(rollout) } else { None }
    }
    pub fn slot(&self) -> Option<&Slot> {
        if let Self::Slot(slot) = self { Some(slot) } else { None }
    }
    pub fn flag(&self) -> Option<&Flag> {
        if let Self::Flag(Some(flag)) = self { Some(flag) } else { None }
    }
    pub fn release(&self) -> Option<&Release> {
        if let Self::Release(Some(release)) = self { Some(release) } else { None }
    }
}

/// A stream as it stands, with when it began and last changed.
#[derive(Debug, Clone)]
pub struct Standing {
    pub state: Aggregate,
    pub version: u64,
    pub began: Moment,
    pub ended: Moment,
}

#[derive(Debug, Default)]
pub struct Shadow {
    pub streams: BTreeMap<StreamId, Standing>,
    /// Slots and rollouts as they stood after the event at a position: what an intent with it follows from.
    pub at_position: BTreeMap<u64, Aggregate>,
    pub records: Vec<Arc<Record>>,
    batches: u64,
}

impl Shadow {
    pub fn position(&self) -> u64 {
        self.records.len() as u64
    }

    /// Folds one batch in.
    pub fn follow(&mut self, entries: Vec<Entry>, true_ms: u64) -> Result<Vec<Arc<Record>>, String> {
        self.batches += 1;
        let batch = self.batches;
        entries.into_iter().map(|entry| self.fold(entry, batch, true_ms)).collect()
    }

    fn fold(&mut self, entry: Entry, batch: u64, true_ms: u64) -> Result<Arc<Record>, String> {
        let event = read(&entry)?;
        let known = self.streams.get(&entry.stream);
        let before = known.map_or_else(|| Aggregate::empty(&entry.stream), |known| known.state.clone());
        let after = evolve(&before, &event, entry.at.steady);
        let standing = Standing {
            state: after.clone(),
            version: known.map_or(0, |known| known.version) + 1,
            began: known.map_or(entry.at, |known| known.began),
            ended: entry.at,
        };
        self.streams.insert(entry.stream.clone(), standing);
        if matches!(after, Aggregate::Slot(_) | Aggregate::Rollout(_)) {
            self.at_position.insert(entry.position, after.clone());
        }
        let record = Arc::new(Record { entry, event, before, after, batch, true_ms });
        self.records.push(Arc::clone(&record));
        Ok(record)
    }

    pub fn rollouts(&self) -> impl Iterator<Item = &Rollout> {
        self.streams.values().filter_map(|standing| standing.state.rollout())
    }
    pub fn rollout(&self, id: &RolloutId) -> Option<&Rollout> {
        self.streams.get(&StreamId::Rollout(id.clone()))?.state.rollout()
    }
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.streams.values().filter_map(|standing| standing.state.slot())
    }
    pub fn slot(&self, id: &SlotId) -> Option<&Slot> {
        self.streams.get(&StreamId::Slot(id.clone()))?.state.slot()
    }
    pub fn flags(&self) -> impl Iterator<Item = &Flag> {
        self.streams.values().filter_map(|standing| standing.state.flag())
    }
    pub fn flag(&self, key: &FlagKey) -> Option<&Flag> {
        self.streams.get(&StreamId::Flag(key.clone()))?.state.flag()
    }
    pub fn release(&self, version: &Version) -> Option<&Release> {
        self.streams.get(&StreamId::Release(version.clone()))?.state.release()
    }
    pub fn catalog(&self) -> Catalog {
        match self.streams.get(&StreamId::Catalog).map(|standing| &standing.state) {
            Some(Aggregate::Catalog(catalog)) => (**catalog).clone(),
            _ => Catalog::default(),
        }
    }

    /// The rollout and leg that an intent of this generation for this slot follows from.
    pub fn leg_of(&self, generation: Generation, slot: &SlotId) -> Option<(&Rollout, usize)> {
        let rollout = self.at_position.get(&generation.position)?.rollout()?;
        let index = (0..rollout.legs.len()).find(|index| rollout.slot(*index) == *slot)?;
        Some((rollout, index))
    }
}

fn read(entry: &Entry) -> Result<Event, String> {
    let event = match entry.stream {
        StreamId::Catalog => from_str(&entry.body).map(Event::Catalog),
        StreamId::Release(_) => from_str(&entry.body).map(Event::Release),
        StreamId::Slot(_) => from_str(&entry.body).map(Event::Slot),
        StreamId::Rollout(_) => from_str(&entry.body).map(Event::Rollout),
        StreamId::Flag(_) => from_str(&entry.body).map(Event::Flag),
        StreamId::Calendar
        | StreamId::Groups
        | StreamId::Person(_)
        | StreamId::Projects
        | StreamId::Secrets
        | StreamId::Inbound
        | StreamId::Announcements
        | StreamId::Announcement(_)
        | StreamId::Webhooks
        | StreamId::Retention
        | StreamId::FlagKeys
        | StreamId::Bundles
        | StreamId::PlanBook
        | StreamId::Plan(_)
        | StreamId::Incident(_)
        | StreamId::ScopeSource(_) => Ok(Event::Other),
    };
    event.map_err(|why| format!("event {} ({}) cannot be read: {why}", entry.position, entry.kind))
}

fn evolve(before: &Aggregate, event: &Event, at: Steady) -> Aggregate {
    match (before, event) {
        (Aggregate::Catalog(state), Event::Catalog(event)) => {
            Aggregate::Catalog(Arc::new(catalog::evolve((**state).clone(), event)))
        }
        (Aggregate::Release(state), Event::Release(event)) => {
            let state = state.as_deref().cloned();
            Aggregate::Release(release::evolve(state, event).map(Arc::new))
        }
        (Aggregate::Slot(state), Event::Slot(event)) => {
            Aggregate::Slot(Arc::new(slot::evolve((**state).clone(), event)))
        }
        (Aggregate::Rollout(state), Event::Rollout(event)) => {
            let state = state.as_deref().cloned();
            Aggregate::Rollout(rollout::evolve(state, event, at).map(Arc::new))
        }
        (Aggregate::Flag(state), Event::Flag(event)) => {
            Aggregate::Flag(flag::evolve(state.as_deref().cloned(), event).map(Arc::new))
        }
        (state, _) => state.clone(),
    }
}
