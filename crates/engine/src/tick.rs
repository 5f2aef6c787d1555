//! One stream's turn: look at what it wants, do it, see what came of it, decide, write, and again until it is quiet.
//!
//! Invariant: effects follow from what is written; a turn ends by giving the lease back with the time of the next.

use tidegate_domain::gate::{GateSpec, GateStatus};
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_domain::rollout::{self, Phase, Plan, Rollout, RolloutCommand, RolloutKind};
use tidegate_ports::{AppendError, Fault, FaultKind, Generation, Lease};

use crate::Engine;
use crate::draft::{Draft, Error};
use crate::gates::Asked;

/// Who acts when nobody asked.
pub(crate) const AUTOMATION: &str = "tidegate";
/// Rounds in one turn; what is left waits for the next turn, so that one stream cannot starve the others.
const ROUNDS_MAX: usize = 16;
/// After a failure of the store or a refusal that should not be, the stream rests this long.
const REST_MS: u64 = 1_000;

/// How a round ended.
pub(crate) enum Round {
    /// Something was written: look again.
    Moved,
    /// Nothing to do before this time.
    Quiet(Option<Steady>),
}

impl Engine {
    /// `clock` is read anew for each round, because performing takes time.
    pub async fn tick(&self, lease: &Lease, clock: &(dyn Fn() -> Moment + Sync)) -> Result<(), Fault> {
        self.tick_rounds(lease, clock, ROUNDS_MAX).await
    }

    /// A single round, for when many are due at once: what this stream wants next is due at once, but behind those that
    /// are overdue already, so everybody's next step is written before anybody's is finished.
    pub async fn tick_once(&self, lease: &Lease, clock: &(dyn Fn() -> Moment + Sync)) -> Result<(), Fault> {
        self.tick_rounds(lease, clock, 1).await
    }

    async fn tick_rounds(
        &self,
        lease: &Lease,
        clock: &(dyn Fn() -> Moment + Sync),
        rounds: usize,
    ) -> Result<(), Fault> {
        let mut next = None;
        for _ in 0..rounds {
            match self.round(lease, clock).await {
                Ok(Round::Moved) => next = Some(clock().steady),
                Ok(Round::Quiet(at)) => {
                    next = at;
                    break;
                }
                Err(fault) if fault.kind == FaultKind::Drop => return Ok(()),
                Err(fault) => {
                    self.give_back(lease, Some(clock().steady.plus_ms(REST_MS))).await?;
                    return Err(fault);
                }
            }
        }
        self.give_back(lease, next).await
    }

    async fn give_back(&self, lease: &Lease, next: Option<Steady>) -> Result<(), Fault> {
        let seen = self.cache.load(&lease.stream).await?.version;
        self.store.release(lease, seen, next).await
    }

    async fn round(&self, lease: &Lease, clock: &(dyn Fn() -> Moment + Sync)) -> Result<Round, Fault> {
        match &lease.stream {
            StreamId::Rollout(id) => self.rollout_round(lease, id, clock).await,
            StreamId::Slot(id) => self.slot_round(lease, id, clock).await,
            StreamId::Release(version) => self.release_round(lease, version, clock()).await,
            StreamId::Catalog
            | StreamId::Calendar
            | StreamId::Groups
            | StreamId::Person(_)
            | StreamId::Projects
            | StreamId::Secrets
            | StreamId::Inbound
            | StreamId::Announcements
            | StreamId::Announcement(_)
            | StreamId::Webhooks
            | StreamId::Retention
            | StreamId::Flag(_)
            | StreamId::FlagKeys
            | StreamId::Bundles
            | StreamId::PlanBook
            | StreamId::Plan(_)
            | StreamId::Incident(_)
            | StreamId::ScopeSource(_) => Ok(Round::Quiet(None)),
        }
    }

    async fn rollout_round(
        &self,
        lease: &Lease,
        id: &RolloutId,
        clock: &(dyn Fn() -> Moment + Sync),
    ) -> Result<Round, Fault> {
        let loaded = self.cache.load(&lease.stream).await?;
        let Some(state) = loaded.state.rollout() else { return Ok(Round::Quiet(None)) };
        self.attend_smoke(state);
        if rollout::effects(state).legs.is_empty() {
            return Ok(Round::Quiet(rollout::wake_at(state, clock().steady)));
        }
        let generation = Generation { position: loaded.position, fence: lease.fence };
        if let Some(closed) = self.gates_moved(state, clock()).await? {
            let mut draft = Draft::new(self, AUTOMATION, clock());
            settle_refusal(draft.rollout(id, RolloutCommand::Gates { closed }).await)?;
            self.write(draft, lease).await?;
            return Ok(Round::Moved);
        }
        let judged = self.judge(state, clock()).await?;
        // A verdict that moves the rollout is written before anything else is done for it: what is seen meanwhile would
        // be of the state before.
        let now = clock().steady;
        let moves = judged.iter().any(|judged| judged.moves(state, now));
        let seen = if moves { None } else { Some(self.perform(generation, state).await?) };
        let mut draft = Draft::new(self, AUTOMATION, clock());
        for judged in judged {
            let command = judged.command();
            draft.notes.push(judged.note);
            draft.samples.push(judged.sample);
            settle_refusal(draft.rollout(id, command).await)?;
        }
        if let Some(seen) = seen {
            settle_refusal(draft.rollout(id, RolloutCommand::Observe(seen)).await)?;
        }
        settle_refusal(draft.settle().await)?;
        let moved = draft.moved();
        if draft.is_empty() || self.write(draft, lease).await? {
            let after = self.cache.load(&lease.stream).await?;
            let at = after.state.rollout().and_then(|state| rollout::wake_at(state, clock().steady));
            return Ok(if moved { Round::Moved } else { Round::Quiet(at) });
        }
        Ok(Round::Moved)
    }

    /// The gates that are closed now, where that is news to the rollout. Nothing keeps a way back.
    async fn gates_moved(&self, state: &Rollout, now: Moment) -> Result<Option<Vec<GateStatus>>, Fault> {
        let forward =
            state.phase == Phase::Advancing && !matches!(state.plan.kind, RolloutKind::Rollback { .. });
        if !forward {
            return Ok(None);
        }
        let Plan { release, environment, gates, digest, .. } = &state.plan;
        let gates = &asked_now(gates, state);
        let calendar = self.cache.load(&StreamId::Calendar).await?;
        let nothing_asks = gates.is_empty() && calendar.state.calendar().schedule.entries.is_empty();
        if nothing_asks && state.closed.is_empty() {
            return Ok(None);
        }
        let loaded = self.cache.load(&StreamId::Release(release.clone())).await?;
        let Some(release) = loaded.state.release() else { return Ok(None) };
        let mut draft = Draft::new(self, AUTOMATION, now);
        let asked = Asked { release, environment, gates, digest, enters: false };
        let statuses = match self.gate_statuses(&mut draft, asked).await {
            Ok(statuses) => statuses,
            Err(Error::Fault(fault)) => return Err(fault),
            Err(Error::Refused(refusal)) => return Err(Fault::hold("gates-refused", refusal.to_string())),
        };
        self.want_step((release, state), &statuses, now.wall_ms).await?;
        let closed: Vec<_> = statuses.into_iter().filter(|gate| !gate.open).collect();
        Ok(state.gates_are_news(&closed).then_some(closed))
    }

    /// Whether it was written; a conflict means somebody else moved the stream, and the round starts over.
    pub(crate) async fn write(&self, draft: Draft<'_>, lease: &Lease) -> Result<bool, Fault> {
        match draft.commit(Some(lease)).await {
            Ok(()) => Ok(true),
            Err(AppendError::Conflict { stream }) => {
                self.cache.refresh(&stream).await?;
                self.cache.refresh(&lease.stream).await?;
                Ok(false)
            }
            Err(AppendError::LeaseLost { stream }) => {
                Err(Fault::drop("lease-lost", format!("the lease on {stream} has passed to another holder")))
            }
            Err(AppendError::Answered(_)) => Ok(true),
            Err(AppendError::Fault(fault)) => Err(fault),
        }
    }
}

/// Those of the whole way, and those before the ring that comes next.
pub(crate) fn asked_now(gates: &[GateSpec], state: &Rollout) -> Vec<GateSpec> {
    let (plan, leg) = state.leg();
    let next = plan.steps.get(leg.step + 1).map(|step| step.name.as_str());
    gates.iter().filter(|gate| gate.is_asked_before(next)).cloned().collect()
}

/// Automation is never refused by its own rules; if it is, that is held for a person to see, not retried in a loop.
pub(crate) fn settle_refusal(result: Result<(), Error>) -> Result<(), Fault> {
    match result {
        Ok(()) => Ok(()),
        Err(Error::Fault(fault)) => Err(fault),
        Err(Error::Refused(refusal)) => {
            Err(Fault::hold("automation-refused", format!("automation was refused: {refusal}"))
                .with_help("this is a bug in Tidegate: please report it with the rollout's events"))
        }
    }
}
