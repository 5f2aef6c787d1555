//! A rollout: one release moving through one strategy in one environment.
//!
//! The three questions are asked apart: `decide` (what follows from this command?), `evolve` (what is the state after
//! this event?) and `effects` (what should the world look like now?). Invariant: routed versions are ready versions, a
//! rollback is final, and one observation moves at most one stage, so that every effect is asked for by a recorded
//! intent. Deliberately not here: performing anything.

mod advance;
mod cause;
mod command;
mod database;
mod decide;
mod effects;
mod event;
mod evolve;
mod judgement;
mod milestone;
mod observation;
mod patience;
mod plan;
mod refusal;
mod returning;
mod smoke;
mod state;
mod wanted;

pub use cause::Cause;
pub use command::RolloutCommand;
pub use decide::{RETURN_SECONDS_MAX, decide};
pub use effects::{Arms, Effect, Effects, effects, wake_at};
pub use event::RolloutEvent;
pub use evolve::evolve;
pub use judgement::{Action, Judgement};
pub use milestone::Milestone;
pub use observation::{LegObservation, Observation, RouteObservation, VersionObservation};
pub use plan::{FlagPlan, LegPlan, Plan, RolloutKind};
pub use refusal::RolloutRefusal;
pub use smoke::{SmokeDue, Smoked, smoke_due};
pub use state::{Hold, Leg, Outcome, Phase, Rollout, Stage, WayBack};
pub use wanted::{Wanted, wanted};
