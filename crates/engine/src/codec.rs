//! Events and states between the log and the domain.
//!
//! Invariant: an event is written once as JSON and read back by the type its stream names; folding is total.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_domain::announcement::{self, Announcement, AnnouncementEvent, SetupEvent, setup};
use tidegate_domain::bundles::{self, Bundles, BundlesEvent};
use tidegate_domain::calendar::{self, Calendar, CalendarEvent};
use tidegate_domain::catalog::{self, Catalog, CatalogEvent};
use tidegate_domain::flag::{self, Flag, FlagEvent};
use tidegate_domain::flag_keys::{self, FlagKeys, FlagKeysEvent};
use tidegate_domain::groups::{self, Groups, GroupsEvent};
use tidegate_domain::id::{SlotId, StreamId};
use tidegate_domain::inbound::{self, Inbound, InboundEvent};
use tidegate_domain::incident::{self, Incident, IncidentEvent};
use tidegate_domain::moment::Steady;
use tidegate_domain::person::{self, Person, PersonEvent};
use tidegate_domain::plan_book::{self, PlanBook, PlanBookEvent};
use tidegate_domain::projects::{self, Projects, ProjectsEvent};
use tidegate_domain::release::{self, Release, ReleaseEvent};
use tidegate_domain::release_plan::{self, PlanEvent, ReleasePlan};
use tidegate_domain::retention::{self, Retention, RetentionEvent};
use tidegate_domain::rollout::{self, Rollout, RolloutEvent};
use tidegate_domain::scope_source::{self, ScopeSource, ScopeSourceEvent};
use tidegate_domain::secret::{self, SecretEvent, Secrets};
use tidegate_domain::slot::{self, Slot, SlotEvent};
use tidegate_domain::webhook::{self, WebhookEvent, Webhooks};
use tidegate_ports::{Entry, Fault, NewEvent};

/// The state of whatever a stream holds.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Shared: everything that is planned reads it, and it is large.
    Catalog(Arc<Catalog>),
    Release(Option<Box<Release>>),
    Slot(Box<Slot>),
    Rollout(Option<Box<Rollout>>),
    /// Shared: asked before each step.
    Calendar(Arc<Calendar>),
    Person(Option<Box<Person>>),
    Groups(Arc<Groups>),
    Projects(Arc<Projects>),
    /// Shared: every plan reads it.
    Secrets(Arc<Secrets>),
    /// Shared: asked for each event that is told.
    Webhooks(Arc<Webhooks>),
    Retention(Retention),
    Inbound(Arc<Inbound>),
    Announcements(Arc<setup::Setup>),
    Announcement(Option<Box<Announcement>>),
    /// Shared: whoever serves it keeps it.
    Flag(Option<Arc<Flag>>),
    FlagKeys(Arc<FlagKeys>),
    PlanBook(Arc<PlanBook>),
    /// Shared: it is large, and every page of it asks.
    Plan(Option<Arc<ReleasePlan>>),
    Incident(Option<Box<Incident>>),
    Bundles(Arc<Bundles>),
    /// Shared: it holds thousands of items.
    ScopeSource(Option<Arc<ScopeSource>>),
}

/// An event of any aggregate.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Catalog(CatalogEvent),
    Release(ReleaseEvent),
    Slot(SlotEvent),
    Rollout(RolloutEvent),
    Calendar(CalendarEvent),
    Person(PersonEvent),
    Groups(GroupsEvent),
    Projects(ProjectsEvent),
    Secret(SecretEvent),
    Webhook(WebhookEvent),
    Retention(RetentionEvent),
    Inbound(InboundEvent),
    Announcements(SetupEvent),
    Announcement(AnnouncementEvent),
    Flag(FlagEvent),
    FlagKeys(FlagKeysEvent),
    PlanBook(PlanBookEvent),
    Plan(PlanEvent),
    Incident(IncidentEvent),
    Bundles(BundlesEvent),
    ScopeSource(ScopeSourceEvent),
}

impl State {
    pub fn empty(stream: &StreamId) -> Self {
        match stream {
            StreamId::Catalog => Self::Catalog(Arc::default()),
            StreamId::Release(_) => Self::Release(None),
            StreamId::Slot(id) => Self::Slot(Box::new(Slot::empty(id.clone()))),
            StreamId::Rollout(_) => Self::Rollout(None),
            StreamId::Calendar => Self::Calendar(Arc::default()),
            StreamId::Person(_) => Self::Person(None),
            StreamId::Groups => Self::Groups(Arc::default()),
            StreamId::Projects => Self::Projects(Arc::default()),
            StreamId::Secrets => Self::Secrets(Arc::default()),
            StreamId::Webhooks => Self::Webhooks(Arc::default()),
            StreamId::Retention => Self::Retention(Retention::default()),
            StreamId::Inbound => Self::Inbound(Arc::default()),
            StreamId::Announcements => Self::Announcements(Arc::default()),
            StreamId::Announcement(_) => Self::Announcement(None),
            StreamId::Flag(_) => Self::Flag(None),
            StreamId::FlagKeys => Self::FlagKeys(Arc::default()),
            StreamId::PlanBook => Self::PlanBook(Arc::default()),
            StreamId::Plan(_) => Self::Plan(None),
            StreamId::Incident(_) => Self::Incident(None),
            StreamId::Bundles => Self::Bundles(Arc::default()),
            StreamId::ScopeSource(_) => Self::ScopeSource(None),
        }
    }

    #[must_use]
    pub fn evolve(self, event: &Event, at: Steady) -> Self {
        match (self, event) {
            (Self::Catalog(state), Event::Catalog(event)) => {
                Self::Catalog(Arc::new(catalog::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Release(state), Event::Release(event)) => {
                Self::Release(release::evolve(state.map(|state| *state), event).map(Box::new))
            }
            (Self::Slot(state), Event::Slot(event)) => Self::Slot(Box::new(slot::evolve(*state, event))),
            (Self::Rollout(state), Event::Rollout(event)) => {
                let state = rollout::evolve(state.map(|state| *state), event, at);
                Self::Rollout(state.map(Box::new))
            }
            (Self::Calendar(state), Event::Calendar(event)) => {
                Self::Calendar(Arc::new(calendar::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Person(state), Event::Person(event)) => {
                Self::Person(person::evolve(state.map(|state| *state), event).map(Box::new))
            }
            (Self::Groups(state), Event::Groups(event)) => {
                Self::Groups(Arc::new(groups::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Projects(state), Event::Projects(event)) => {
                Self::Projects(Arc::new(projects::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Secrets(state), Event::Secret(event)) => {
                Self::Secrets(Arc::new(secret::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Webhooks(state), Event::Webhook(event)) => {
                Self::Webhooks(Arc::new(webhook::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Retention(state), Event::Retention(event)) => {
                Self::Retention(retention::evolve(state, event))
            }
            (Self::Inbound(state), Event::Inbound(event)) => {
                Self::Inbound(Arc::new(inbound::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Announcements(state), Event::Announcements(event)) => {
                Self::Announcements(Arc::new(setup::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Announcement(state), Event::Announcement(event)) => {
                Self::Announcement(announcement::evolve(state.map(|state| *state), event).map(Box::new))
            }
            (Self::Flag(state), Event::Flag(event)) => {
                Self::Flag(flag::evolve(state.map(Arc::unwrap_or_clone), event).map(Arc::new))
            }
            (Self::FlagKeys(state), Event::FlagKeys(event)) => {
                Self::FlagKeys(Arc::new(flag_keys::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::PlanBook(state), Event::PlanBook(event)) => {
                Self::PlanBook(Arc::new(plan_book::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::Plan(state), Event::Plan(event)) => {
                Self::Plan(release_plan::evolve(state.map(Arc::unwrap_or_clone), event).map(Arc::new))
            }
            (Self::Incident(state), Event::Incident(event)) => {
                Self::Incident(incident::evolve(state.map(|state| *state), event).map(Box::new))
            }
            (Self::Bundles(state), Event::Bundles(event)) => {
                Self::Bundles(Arc::new(bundles::evolve(Arc::unwrap_or_clone(state), event)))
            }
            (Self::ScopeSource(state), Event::ScopeSource(event)) => {
                let state = scope_source::evolve(state.map(Arc::unwrap_or_clone), event);
                Self::ScopeSource(state.map(Arc::new))
            }
            // Events are decoded by their stream's kind, so the two always agree.
            (state, _) => state,
        }
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        let Self::Catalog(catalog) = self else { panic!("not a catalog stream") };
        catalog
    }
    pub fn calendar(&self) -> &Arc<Calendar> {
        let Self::Calendar(calendar) = self else { panic!("not the calendar's stream") };
        calendar
    }
    pub fn secrets(&self) -> &Arc<Secrets> {
        let Self::Secrets(secrets) = self else { panic!("not the stream of secrets") };
        secrets
    }
    pub fn webhooks(&self) -> &Arc<Webhooks> {
        let Self::Webhooks(webhooks) = self else { panic!("not the webhooks' stream") };
        webhooks
    }
    pub fn retention(&self) -> &Retention {
        let Self::Retention(retention) = self else { panic!("not the stream of what is forgotten") };
        retention
    }
    pub fn inbound(&self) -> &Arc<Inbound> {
        let Self::Inbound(inbound) = self else { panic!("not the inbound stream") };
        inbound
    }
    pub fn announcements(&self) -> &Arc<setup::Setup> {
        let Self::Announcements(setup) = self else { panic!("not the stream of announcements' setup") };
        setup
    }
    pub fn announcement(&self) -> Option<&Announcement> {
        if let Self::Announcement(state) = self { state.as_deref() } else { None }
    }
    pub fn flag(&self) -> Option<&Arc<Flag>> {
        if let Self::Flag(flag) = self { flag.as_ref() } else { None }
    }
    pub fn flag_keys(&self) -> &Arc<FlagKeys> {
        let Self::FlagKeys(keys) = self else { panic!("not the stream of flag keys") };
        keys
    }
    pub fn plan_book(&self) -> &Arc<PlanBook> {
        let Self::PlanBook(book) = self else { panic!("not the stream of plans' templates") };
        book
    }
    pub fn plan(&self) -> Option<&Arc<ReleasePlan>> {
        if let Self::Plan(plan) = self { plan.as_ref() } else { None }
    }
    pub fn bundles(&self) -> &Arc<Bundles> {
        let Self::Bundles(bundles) = self else { panic!("not the stream of bundles") };
        bundles
    }
    pub fn scope_source(&self) -> Option<&Arc<ScopeSource>> {
        if let Self::ScopeSource(source) = self { source.as_ref() } else { None }
    }
    pub fn incident(&self) -> Option<&Incident> {
        if let Self::Incident(incident) = self { incident.as_deref() } else { None }
    }
    pub fn release(&self) -> Option<&Release> {
        if let Self::Release(release) = self { release.as_deref() } else { None }
    }
    pub fn rollout(&self) -> Option<&Rollout> {
        if let Self::Rollout(rollout) = self { rollout.as_deref() } else { None }
    }
    pub fn person(&self) -> Option<&Person> {
        if let Self::Person(person) = self { person.as_deref() } else { None }
    }
    pub fn groups(&self) -> &Arc<Groups> {
        let Self::Groups(groups) = self else { panic!("not the stream of groups") };
        groups
    }
    pub fn projects(&self) -> &Arc<Projects> {
        let Self::Projects(projects) = self else { panic!("not the stream of projects") };
        projects
    }
    pub fn slot(&self, id: &SlotId) -> Slot {
        if let Self::Slot(slot) = self { (**slot).clone() } else { Slot::empty(id.clone()) }
    }
}

impl Event {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Catalog(event) => event.kind(),
            Self::Release(event) => event.kind(),
            Self::Slot(event) => event.kind(),
            Self::Rollout(event) => event.kind(),
            Self::Calendar(event) => event.kind(),
            Self::Person(event) => event.kind(),
            Self::Groups(event) => event.kind(),
            Self::Projects(event) => event.kind(),
            Self::Secret(event) => event.kind(),
            Self::Webhook(event) => event.kind(),
            Self::Retention(event) => event.kind(),
            Self::Inbound(event) => event.kind(),
            Self::Announcements(event) => event.kind(),
            Self::Announcement(event) => event.kind(),
            Self::Flag(event) => event.kind(),
            Self::FlagKeys(event) => event.kind(),
            Self::PlanBook(event) => event.kind(),
            Self::Plan(event) => event.kind(),
            Self::Incident(event) => event.kind(),
            Self::Bundles(event) => event.kind(),
            Self::ScopeSource(event) => event.kind(),
        }
    }

    pub fn encode(&self) -> Result<NewEvent, Fault> {
        let body = match self {
            Self::Catalog(event) => text(event),
            Self::Release(event) => text(event),
            Self::Slot(event) => text(event),
            Self::Rollout(event) => text(event),
            Self::Calendar(event) => text(event),
            Self::Person(event) => text(event),
            Self::Groups(event) => text(event),
            Self::Projects(event) => text(event),
            Self::Secret(event) => text(event),
            Self::Webhook(event) => text(event),
            Self::Retention(event) => text(event),
            Self::Inbound(event) => text(event),
            Self::Announcements(event) => text(event),
            Self::Announcement(event) => text(event),
            Self::Flag(event) => text(event),
            Self::FlagKeys(event) => text(event),
            Self::PlanBook(event) => text(event),
            Self::Plan(event) => text(event),
            Self::Incident(event) => text(event),
            Self::Bundles(event) => text(event),
            Self::ScopeSource(event) => text(event),
        }?;
        Ok(NewEvent { kind: self.kind().to_owned(), body })
    }

    pub fn decode(entry: &Entry) -> Result<Self, Fault> {
        match entry.stream {
            StreamId::Catalog => parse(entry).map(Self::Catalog),
            StreamId::Release(_) => parse(entry).map(Self::Release),
            StreamId::Slot(_) => parse(entry).map(Self::Slot),
            StreamId::Rollout(_) => parse(entry).map(Self::Rollout),
            StreamId::Calendar => parse(entry).map(Self::Calendar),
            StreamId::Person(_) => parse(entry).map(Self::Person),
            StreamId::Groups => parse(entry).map(Self::Groups),
            StreamId::Projects => parse(entry).map(Self::Projects),
            StreamId::Secrets => parse(entry).map(Self::Secret),
            StreamId::Webhooks => parse(entry).map(Self::Webhook),
            StreamId::Retention => parse(entry).map(Self::Retention),
            StreamId::Inbound => parse(entry).map(Self::Inbound),
            StreamId::Announcements => parse(entry).map(Self::Announcements),
            StreamId::Announcement(_) => parse(entry).map(Self::Announcement),
            StreamId::Flag(_) => parse(entry).map(Self::Flag),
            StreamId::FlagKeys => parse(entry).map(Self::FlagKeys),
            StreamId::PlanBook => parse(entry).map(Self::PlanBook),
            StreamId::Plan(_) => parse(entry).map(Self::Plan),
            StreamId::Incident(_) => parse(entry).map(Self::Incident),
            StreamId::Bundles => parse(entry).map(Self::Bundles),
            StreamId::ScopeSource(_) => parse(entry).map(Self::ScopeSource),
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
