//! Events and states between the log and the domain.
//!
//! Invariant: an event is written once as JSON and read back by the type its stream names; folding is total.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_domain::catalog::{self, Catalog, CatalogEvent};
use tidegate_domain::id::{SlotId, StreamId};
use tidegate_domain::moment::Steady;
use tidegate_domain::release::{self, Release, ReleaseEvent};
use tidegate_domain::rollout::{self, Rollout, RolloutEvent};
use tidegate_domain::slot::{self, Slot, SlotEvent};
use tidegate_ports::{Entry, Fault, NewEvent};

/// The state of whatever a stream holds.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Shared: everything that is planned reads it, and it is large.
    Catalog(Arc<Catalog>),
    Release(Option<Release>),
    Slot(Box<Slot>),
    Rollout(Option<Box<Rollout>>),
}

/// An event of any aggregate.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Catalog(CatalogEvent),
    Release(ReleaseEvent),
    Slot(SlotEvent),
    Rollout(RolloutEvent),
}

impl State {
    pub fn empty(stream: &StreamId) -> Self {
        match stream {
            StreamId::Catalog => Self::Catalog(Arc::default()),
            StreamId::Release(_) => Self::Release(None),
            StreamId::Slot(id) => Self::Slot(Box::new(Slot::empty(id.clone()))),
            StreamId::Rollout(_) => Self::Rollout(None),
        }
    }

    #[must_use]
    pub fn evolve(self, event: &Event, at: Steady) -> Self {
        match (self, event) {
            (Self::Catalog(state), Event::Catalog(event)) => {
                Self::Catalog(Arc::new(catalog::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Release(state), Event::Release(event)) => Self::Release(release::evolve(state, event)),
            (Self::Slot(state), Event::Slot(event)) => Self::Slot(Box::new(slot::evolve(*state, event))),
            (Self::Rollout(state), Event::Rollout(event)) => {
                let state = rollout::evolve(state.map(|state| *state), event, at);
                Self::Rollout(state.map(Box::new))
            }
            // Events are decoded by their stream's kind, so the two always agree.
            (state, _) => state,
        }
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        match self {
            Self::Catalog(catalog) => catalog,
            Self::Release(_) | Self::Slot(_) | Self::Rollout(_) => panic!("not a catalog stream"),
        }
    }
    pub fn release(&self) -> Option<&Release> {
        match self {
            Self::Release(release) => release.as_ref(),
            Self::Catalog(_) | Self::Slot(_) | Self::Rollout(_) => None,
        }
    }
    pub fn rollout(&self) -> Option<&Rollout> {
        match self {
            Self::Rollout(rollout) => rollout.as_deref(),
            Self::Catalog(_) | Self::Slot(_) | Self::Release(_) => None,
        }
    }
    pub fn slot(&self, id: &SlotId) -> Slot {
        match self {
            Self::Slot(slot) => (**slot).clone(),
            Self::Catalog(_) | Self::Rollout(_) | Self::Release(_) => Slot::empty(id.clone()),
        }
    }
}

impl Event {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Catalog(event) => event.kind(),
            Self::Release(event) => event.kind(),
            Self::Slot(event) => event.kind(),
            Self::Rollout(event) => event.kind(),
        }
    }

    pub fn encode(&self) -> Result<NewEvent, Fault> {
        let body = match self {
            Self::Catalog(event) => text(event),
            Self::Release(event) => text(event),
            Self::Slot(event) => text(event),
            Self::Rollout(event) => text(event),
        }?;
        Ok(NewEvent { kind: self.kind().to_owned(), body })
    }

    pub fn decode(entry: &Entry) -> Result<Self, Fault> {
        match entry.stream {
            StreamId::Catalog => parse(entry).map(Self::Catalog),
            StreamId::Release(_) => parse(entry).map(Self::Release),
            StreamId::Slot(_) => parse(entry).map(Self::Slot),
            StreamId::Rollout(_) => parse(entry).map(Self::Rollout),
        }
    }
}

fn text(event: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(event).map_err(|why| {
        Fault::hold("event-unwritable", "an event could not be written as JSON").caused_by(why)
    })
}

fn parse<T: DeserializeOwned>(entry: &Entry) -> Result<T, Fault> {
    serde_json::from_str(&entry.body).map_err(|why| {
        let message = format!("event {} ({}) of {} cannot be read", entry.position, entry.kind, entry.stream);
        Fault::hold("event-unreadable", message)
            .with_help("run `tidegate audit verify`; if the log is whole, this Tidegate is older than the one that wrote it")
            .caused_by(why)
    })
}
