//! The state of a rollout, folded from its events.
//!
//! Invariant: everything here follows from events alone.

use serde::{Deserialize, Serialize};

use super::observation::VersionObservation;
use super::{Cause, Judgement, LegPlan, Plan, Smoked, Wanted};
use crate::gate::GateStatus;
use crate::id::{RolloutId, SlotId};
use crate::moment::Steady;
use crate::strategy::{Exposure, Step, Traffic};
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    pub id: RolloutId,
    pub plan: Plan,
    pub started_by: String,
    pub phase: Phase,
    /// The leg that moves, in `Advancing` and `Returning`.
    pub current: usize,
    /// As many as the plan has.
    pub legs: Vec<Leg>,
    pub hold: Option<Hold>,
    /// Gates that forbid a step forward now; freezes among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<GateStatus>,
    /// Who promoted the component that moves, until it is all there.
    pub promoted: Option<String>,
    /// The time that a way back in steps takes for each component; none for one at once.
    pub pace_seconds: Option<u64>,
    pub clock: Clock,
    /// What is wrong outside, in words; empty when nothing is.
    pub fault: String,
    pub alarmed: bool,
    /// A database has begun to lose what earlier versions need.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub past_return: bool,
    /// Events since a person last acted that only tell what was seen or thought.
    pub told: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Phase {
    /// Until these slots are free.
    Waiting {
        slots: Vec<SlotId>,
    },
    Advancing,
    Returning {
        cause: Cause,
    },
    Done(Outcome),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    Succeeded,
    RolledBack {
        cause: Cause,
    },
    /// Ended before it touched anything.
    Cancelled {
        cause: Cause,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub by: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    pub step: usize,
    pub stage: Stage,
    pub since: Steady,
    /// A person let this rung go.
    pub confirmed: bool,
    /// The newest word of the analysis in this rung.
    pub judgement: Option<Judgement>,
    pub candidate: VersionObservation,
    pub stable: VersionObservation,
    /// The traffic last read back.
    pub traffic: Option<Traffic>,
    /// Since when fewer candidate instances are ready than its traffic needs.
    pub short_since: Option<Steady>,
    /// What was wanted when it entered its rung, or turned back.
    pub base: Option<Wanted>,
    /// On a way back in steps, until the share is gone.
    pub way_back: Option<WayBack>,
    /// Smoke tests that have an outcome.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smoke: Vec<Smoked>,
}

/// Where a share stands that goes back in even steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBack {
    /// What it was when it began.
    pub from: Weight,
    /// What the candidate may still have.
    pub share: Weight,
}

/// Where a leg is within its rung, on the way out and on the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Its turn has not come.
    Pending,
    /// The candidate's instances start.
    Raising,
    /// Traffic moves.
    Shifting,
    /// Requests under way on stable end.
    Draining,
    /// Stable's surplus instances stop.
    Lowering,
    /// The rung's conditions are awaited.
    Dwelling,
    /// All of it is on the candidate.
    Promoted,
    /// Stable comes back to full size.
    Restoring,
    /// Traffic goes back.
    ShiftingBack,
    /// Requests under way on the candidate end.
    Emptying,
    /// The candidate's instances stop.
    Removing,
    /// It is as it was.
    Returned,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Pending => "waiting for its turn",
            Self::Raising => "starting the candidate",
            Self::Shifting => "moving traffic",
            Self::Draining => "draining stable",
            Self::Lowering => "stopping stable",
            Self::Dwelling => "watching",
            Self::Promoted => "promoted",
            Self::Restoring => "restoring stable",
            Self::ShiftingBack => "returning traffic",
            Self::Emptying => "draining the candidate",
            Self::Removing => "stopping the candidate",
            Self::Returned => "returned",
        })
    }
}

/// How long the rollout could have moved and did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Clock {
    pub spent_ms: u64,
    /// None while a hold stops it.
    pub running_since: Option<Steady>,
}

impl Clock {
    pub fn started(now: Steady) -> Self {
        Self { spent_ms: 0, running_since: Some(now) }
    }
    pub fn spent_at(self, now: Steady) -> u64 {
        self.spent_ms + self.running_since.map_or(0, |since| now.since_ms(since))
    }
    #[must_use]
    pub fn stopped(self, now: Steady) -> Self {
        Self { spent_ms: self.spent_at(now), running_since: None }
    }
    #[must_use]
    pub fn resumed(self, now: Steady) -> Self {
        Self { running_since: self.running_since.or(Some(now)), ..self }
    }
}

impl Leg {
    pub fn pending() -> Self {
        Self {
            step: 0,
            stage: Stage::Pending,
            since: Steady::default(),
            confirmed: false,
            judgement: None,
            candidate: VersionObservation::default(),
            stable: VersionObservation::default(),
            traffic: None,
            short_since: None,
            base: None,
            way_back: None,
            smoke: Vec::new(),
        }
    }
}

impl Rollout {
    pub fn leg(&self) -> (&LegPlan, &Leg) {
        (&self.plan.legs[self.current], &self.legs[self.current])
    }
    /// Whether other gates are closed than those known: how long they still are is no news.
    pub fn gates_are_news(&self, closed: &[GateStatus]) -> bool {
        let named = |gate: &GateStatus| (gate.gate.clone(), gate.kind.clone());
        !closed.iter().map(named).eq(self.closed.iter().map(named))
    }
    /// The rung the current leg is in.
    pub fn step(&self) -> &Step {
        let (plan, leg) = self.leg();
        &plan.steps[leg.step]
    }
    /// The share that a leg's next rung would give its candidate.
    pub fn next_share(&self, leg: usize) -> Weight {
        let next = self.plan.legs[leg].steps.get(self.legs[leg].step + 1);
        next.map_or(Weight::ALL, Step::share)
    }
    /// Whom the flag is shown now: what a rung adds is there once all else of it is.
    pub fn exposure(&self, leg: usize) -> Option<&Exposure> {
        let (plan, state) = (&self.plan.legs[leg], &self.legs[leg]);
        let stands = matches!(state.stage, Stage::Dwelling | Stage::Promoted);
        let step = if stands { Some(state.step) } else { state.step.checked_sub(1) };
        let out = matches!(self.phase, Phase::Advancing | Phase::Done(Outcome::Succeeded));
        plan.steps.get(step.filter(|_| out && state.stage != Stage::Pending)?)?.exposure.as_ref()
    }
    /// Whether no step forward is taken: a person holds it, or a gate has closed.
    pub fn is_stopped(&self) -> bool {
        self.hold.is_some() || !self.closed.is_empty()
    }
    /// Whether everybody has every component, and only the databases are left.
    pub fn is_finishing(&self) -> bool {
        self.phase == Phase::Advancing && self.legs.iter().all(|leg| leg.stage == Stage::Promoted)
    }
    pub fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Done(_))
    }
    /// Whether it stands still until a person acts.
    pub fn waits_for_person(&self) -> bool {
        let (_, leg) = self.leg();
        let confirm = leg.stage == Stage::Dwelling && self.step().leave.confirm && !leg.confirmed;
        self.phase == Phase::Advancing && (self.hold.is_some() || confirm)
    }
    /// Who promoted it, while that is being carried out: not before the promotion, not after its end, and not while a
    /// hold or a rung stops it for a person.
    pub fn promotion_under_way(&self) -> Option<&str> {
        let moves = self.phase == Phase::Advancing && !self.waits_for_person();
        self.promoted.as_deref().filter(|_| moves)
    }
    pub fn slot(&self, leg: usize) -> SlotId {
        SlotId {
            environment: self.plan.environment.clone(),
            component: self.plan.legs[leg].candidate.component.name.clone(),
        }
    }
}
