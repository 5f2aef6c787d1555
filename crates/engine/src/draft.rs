//! A transaction being drawn up: events of several streams that belong together.
//!
//! Invariant: what is committed is exactly what was decided on the loaded versions; if any stream moved on meanwhile,
//! nothing is written. Consequences for other streams are settled before the commit, in the same batch.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tidegate_domain::consequences::{self, Consequence};
use tidegate_domain::flag::{self, Asking, FlagCommand, ForRollout};
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{FlagKey, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{self, ReleaseCommand, ReleaseEvent};
use tidegate_domain::release_plan::{self, PlanAsking, PlanCommand};
use tidegate_domain::rollout::{self, RolloutCommand};
use tidegate_domain::slot::{self, SlotCommand};
use tidegate_ports::{
    AppendError, Batch, Fault, Lease, Note, Notice, Origin, Receipt, Row, Sample, StreamAppend, Wake,
};

use crate::Engine;
use crate::cache::Loaded;
use crate::codec::{Event, State};
use crate::command::Versions;
use crate::{notices, reviews, views};

/// Consequences of consequences end long before this.
const SETTLE_MAX: usize = 10_000;

pub struct Draft<'e> {
    engine: &'e Engine,
    at: Moment,
    actor: String,
    origin: Option<Origin>,
    streams: BTreeMap<StreamId, Open>,
    /// Streams in the order in which they got their first event.
    order: Vec<StreamId>,
    /// Streams that must not have moved on, though nothing is written to them.
    guards: Vec<StreamId>,
    consequences: VecDeque<Consequence>,
    notices: Vec<Notice>,
    pub notes: Vec<Note>,
    /// Beside those that follow from the streams; written only together with an event.
    pub rows: Vec<Row>,
    pub samples: Vec<Sample>,
    pub receipt: Option<Receipt>,
}

struct Open {
    /// Shared with the cache until the first event is folded in.
    loaded: Arc<Loaded>,
    expected: u64,
    events: Vec<Event>,
}

impl<'e> Draft<'e> {
    pub fn new(engine: &'e Engine, actor: &str, at: Moment) -> Self {
        Self {
            engine,
            at,
            actor: actor.to_owned(),
            origin: None,
            streams: BTreeMap::new(),
            order: Vec::new(),
            guards: Vec::new(),
            consequences: VecDeque::new(),
            notices: Vec::new(),
            notes: Vec::new(),
            rows: Vec::new(),
            samples: Vec::new(),
            receipt: None,
        }
    }

    /// Asked for from there.
    pub fn from(mut self, origin: Option<&str>) -> Self {
        self.origin = origin.map(|text| {
            let bits = u128::from((self.engine.ids)()) << 64 | u128::from((self.engine.ids)());
            Origin { text: text.to_owned(), salt: bits.to_be_bytes() }
        });
        self
    }

    pub fn at(&self) -> Moment {
        self.at
    }

    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Whether any event was decided.
    pub fn moved(&self) -> bool {
        !self.order.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty() && self.notes.is_empty() && self.samples.is_empty()
    }

    pub async fn state(&mut self, stream: &StreamId) -> Result<&State, Fault> {
        Ok(&self.open(stream).await?.loaded.state)
    }

    /// What was decided holds only while this stream, which was looked at, stays as it is.
    pub fn guard(&mut self, stream: StreamId) {
        if !self.guards.contains(&stream) {
            self.guards.push(stream);
        }
    }

    /// Whether a stream stands where somebody saw it; if it does, it must until the commit.
    pub async fn still(&mut self, stream: &StreamId, versions: &Versions) -> Result<bool, Fault> {
        let holds = versions.hold(self.open(stream).await?.expected);
        if holds {
            self.guard(stream.clone());
        }
        Ok(holds)
    }

    pub async fn slot(&mut self, id: &SlotId) -> Result<slot::Slot, Fault> {
        Ok(self.state(&StreamId::Slot(id.clone())).await?.slot(id))
    }

    pub async fn release(&mut self, version: &Version, command: ReleaseCommand) -> Result<(), Error> {
        let stream = StreamId::Release(version.clone());
        let events = release::decide(self.state(&stream).await?.release(), command).map_err(Refusal::from)?;
        let ends = |event: &&ReleaseEvent| {
            matches!(
                event,
                ReleaseEvent::Entered { .. } | ReleaseEvent::WentBack { .. } | ReleaseEvent::Verified { .. }
            )
        };
        let end = events.iter().find(ends).cloned();
        self.push(&stream, events.into_iter().map(Event::Release).collect()).await?;
        let Some(end) = end else { return Ok(()) };
        let now_ms = self.at.wall_ms;
        let catalog = Arc::clone(self.state(&StreamId::Catalog).await?.catalog());
        let Some(release) = self.state(&stream).await?.release() else { return Ok(()) };
        let pipeline = catalog.pipeline_for(release.kind);
        let follows = pipeline.map(|pipeline| consequences::of_release(release, &end, pipeline, now_ms));
        let plans = consequences::of_release_for_plans(release, &end, pipeline);
        self.consequences.extend(follows.unwrap_or_default());
        self.consequences.extend(plans);
        Ok(())
    }

    /// One that is still on its way out goes back; to any other nothing happens.
    async fn turn(&mut self, id: &RolloutId, command: RolloutCommand) -> Result<(), Error> {
        match self.rollout(id, command).await {
            Err(Error::Refused(_)) => Ok(()),
            other => other,
        }
    }

    pub async fn claim(&mut self, id: &SlotId, command: SlotCommand) -> Result<(), Error> {
        let state = self.slot(id).await?;
        let waiting = state.next.clone();
        let events = slot::decide(&state, command).map_err(Refusal::from)?;
        for event in &events {
            self.consequences.extend(consequences::of_slot(event, waiting.as_ref()));
        }
        self.push(&StreamId::Slot(id.clone()), events.into_iter().map(Event::Slot).collect()).await
    }

    pub async fn rollout(&mut self, id: &RolloutId, command: RolloutCommand) -> Result<(), Error> {
        let stream = StreamId::Rollout(id.clone());
        let (actor, now) = (self.actor.clone(), self.at.steady);
        let state = self.state(&stream).await?.rollout();
        let events = rollout::decide(state, command, &actor, now).map_err(Refusal::from)?;
        self.push(&stream, events.into_iter().map(Event::Rollout).collect()).await
    }

    pub async fn flag(
        &mut self,
        key: &FlagKey,
        command: FlagCommand,
        asking: &Asking<'_>,
    ) -> Result<(), Error> {
        let stream = StreamId::Flag(key.clone());
        let state = self.state(&stream).await?.flag().map(AsRef::as_ref);
        let events = flag::decide(state, key, command, asking).map_err(Refusal::from)?;
        self.push(&stream, events.into_iter().map(Event::Flag).collect()).await
    }

    /// What a rollout does to a flag.
    async fn flag_for_rollout(&mut self, key: &FlagKey, asked: ForRollout) -> Result<(), Error> {
        let (actor, at_ms) = (self.actor.clone(), self.at.wall_ms);
        let reason = format!("by {}", asked.rollout);
        let command = FlagCommand::ForRollout(asked);
        // Its gates were passed when it started, and before each ring.
        let asking =
            Asking { by: &actor, is_person: false, at_ms, reason: &reason, is_protected: &|_| false };
        self.flag(key, command, &asking).await
    }

    pub async fn plan(
        &mut self,
        version: &Version,
        command: PlanCommand,
        asking: &PlanAsking<'_>,
    ) -> Result<(), Error> {
        let stream = StreamId::Plan(version.clone());
        let state = self.state(&stream).await?.plan().map(AsRef::as_ref);
        let events = release_plan::decide(state, version, command, asking).map_err(Refusal::from)?;
        self.push(&stream, events.into_iter().map(Event::Plan).collect()).await
    }

    /// What a rollout of its release does to a plan.
    async fn plan_follows(&mut self, version: &Version, turn: release_plan::Turn) -> Result<(), Error> {
        let (actor, at_ms) = (self.actor.clone(), self.at.wall_ms);
        let asking = PlanAsking { by: &actor, is_person: false, at_ms, note: "" };
        self.plan(version, PlanCommand::Follow(turn), &asking).await
    }

    /// Folds the events in, keeps them for the batch, and notes what they mean for others.
    pub async fn push(&mut self, stream: &StreamId, events: Vec<Event>) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let at = self.at;
        self.open(stream).await?;
        let Some(open) = self.streams.get_mut(stream) else { return Ok(()) };
        if open.events.is_empty() {
            self.order.push(stream.clone());
        }
        for event in events {
            let loaded = Arc::make_mut(&mut open.loaded);
            let state = std::mem::replace(&mut loaded.state, State::Rollout(None));
            loaded.state = state.evolve(&event, at.steady);
            if let (State::Rollout(Some(state)), Event::Rollout(event)) = (&loaded.state, &event) {
                self.consequences.extend(consequences::of_rollout(state, event, at.steady));
                self.notices.extend(notices::of_rollout(state, event, at));
            }
            if let (State::Plan(Some(plan)), Event::Plan(event)) = (&loaded.state, &event) {
                self.notices.extend(notices::of_plan(plan, event, at));
            }
            if let (State::Flag(Some(flag)), Event::Flag(event)) = (&loaded.state, &event) {
                self.consequences.extend(consequences::of_flag(flag, event));
            }
            open.events.push(event);
        }
        Ok(())
    }

    /// Decides what follows for other streams, and what follows from that.
    pub async fn settle(&mut self) -> Result<(), Error> {
        for _ in 0..SETTLE_MAX {
            let Some(consequence) = self.consequences.pop_front() else { return Ok(()) };
            match consequence {
                Consequence::Release(version, command) => self.release(&version, command).await?,
                Consequence::Slot(slot, command) => self.claim(&slot, command).await?,
                Consequence::Rollout(id, command) => self.rollout(&id, command).await?,
                Consequence::CallBack(id, reason) => {
                    self.turn(&id, RolloutCommand::Abort { reason }).await?;
                }
                Consequence::RollBack(id, reason) => {
                    self.turn(&id, RolloutCommand::RollBack { reason, over_seconds: None }).await?;
                }
                Consequence::Flag(key, asked) => self.flag_for_rollout(&key, asked).await?,
                Consequence::Plan(version, turn) => self.plan_follows(&version, turn).await?,
            }
        }
        panic!("consequences do not come to an end");
    }

    /// Writes everything or nothing. Under a lease, the leased stream's next wake-up is left to its release.
    pub async fn commit(mut self, lease: Option<&Lease>) -> Result<(), AppendError> {
        let batch = self.batch(lease)?;
        let appended = match self.engine.store.append(batch).await {
            Ok(appended) => appended,
            Err(error) => {
                for stream in &self.order {
                    self.engine.cache.forget(stream);
                }
                return Err(error);
            }
        };
        let total: u64 = self.order.iter().map(|stream| self.streams[stream].events.len() as u64).sum();
        let mut position = appended.position - total;
        for stream in &self.order {
            let Some(mut open) = self.streams.remove(stream) else { continue };
            let added = open.events.len() as u64;
            position += added;
            let loaded = Arc::make_mut(&mut open.loaded);
            if open.expected == 0 {
                loaded.began = self.at;
            }
            (loaded.version, loaded.position, loaded.ended) = (open.expected + added, position, self.at);
            self.engine.people.written(stream, &open.loaded);
            self.engine.tell_watching(stream, &open.loaded);
            self.engine.cache.put(stream, open.loaded);
        }
        Ok(())
    }

    /// Takes out of the draft what only the batch needs.
    fn batch(&mut self, lease: Option<&Lease>) -> Result<Batch, Fault> {
        let mut appends = Vec::with_capacity(self.order.len());
        let (mut rows, mut wakes) = (std::mem::take(&mut self.rows), Vec::new());
        for stream in &self.order {
            let open = &self.streams[stream];
            let events = open.events.iter().map(Event::encode).collect::<Result<_, _>>()?;
            appends.push(StreamAppend { stream: stream.clone(), expected_version: open.expected, events });
            rows.extend(self.row(stream, open));
            rows.extend(open.loaded.state.release().into_iter().flat_map(reviews::rows));
            if lease.is_none_or(|lease| lease.stream != *stream) {
                wakes.extend(self.wake(stream, &open.loaded.state));
            }
        }
        for stream in self.guards.drain(..).filter(|stream| !self.order.contains(stream)) {
            let expected_version = self.streams[&stream].expected;
            appends.push(StreamAppend { stream, expected_version, events: Vec::new() });
        }
        Ok(Batch {
            at: self.at,
            actor: self.actor.clone(),
            origin: self.origin.clone(),
            lease: lease.cloned(),
            appends,
            rows,
            wakes,
            outbox: std::mem::take(&mut self.notices),
            receipt: self.receipt.take(),
            notes: std::mem::take(&mut self.notes),
            samples: std::mem::take(&mut self.samples),
        })
    }

    fn row(&self, stream: &StreamId, open: &Open) -> Option<Row> {
        let began = if open.expected == 0 { self.at } else { open.loaded.began };
        views::row(stream, &open.loaded.state, (began, self.at))
    }

    /// Whoever is touched looks at the world at once; what cannot move by itself sleeps.
    fn wake(&self, stream: &StreamId, state: &State) -> Option<Wake> {
        let due = match state {
            State::Catalog(_)
            | State::Calendar(_)
            | State::Groups(_)
            | State::Person(_)
            | State::Projects(_)
            | State::Secrets(_)
            | State::Inbound(_)
            | State::Announcements(_)
            | State::Announcement(_)
            | State::Webhooks(_)
            | State::Retention(_)
            | State::Flag(_)
            | State::FlagKeys(_)
            | State::Bundles(_)
            | State::PlanBook(_)
            | State::Plan(_)
            | State::Incident(_)
            | State::ScopeSource(_) => return None,
            State::Release(release) => release.is_some(),
            State::Slot(slot) => slot.stable.is_some() && slot.rollout.is_none(),
            State::Rollout(rollout) => rollout.as_ref().is_some_and(|rollout| !rollout.is_done()),
        };
        Some(Wake { stream: stream.clone(), at: due.then_some(self.at.steady) })
    }

    async fn open(&mut self, stream: &StreamId) -> Result<&mut Open, Fault> {
        if !self.streams.contains_key(stream) {
            let loaded = self.engine.cache.load(stream).await?;
            let expected = loaded.version;
            self.streams.insert(stream.clone(), Open { loaded, expected, events: Vec::new() });
        }
        self.streams.get_mut(stream).ok_or_else(|| Fault::hold("draft-lost", "a stream was lost in a draft"))
    }
}

/// Why a draft could not be drawn up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Fault(#[from] Fault),
}
