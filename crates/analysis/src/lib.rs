//! Judges a rollout: cumulative counters of two arms in, a verdict in words and numbers out.
//!
//! Invariant: every function here is a pure function of its arguments. The same samples give the same
//! findings, bit for bit, also when the [`Judge`] was written to disk and read back between any two.
//!
//! Not here: where samples come from, who moves the traffic, and what time it is.
//!
//! Read in this order: [`harm`], [`non_inferiority`] (the two formulas), [`evidence`] (how they add up
//! over time), [`decide`] (what follows). The reasoning is in `docs/concepts/analysis.md`.

// Tests compare exact results on purpose, and tables of cases have long types.
#![cfg_attr(test, allow(clippy::float_cmp, clippy::type_complexity))]

pub mod block;
pub mod ceiling;
pub mod channel;
pub mod counters;
pub mod decide;
pub mod evidence;
mod exact;
pub mod explain;
pub mod finding;
pub mod guard;
pub mod harm;
pub mod intake;
pub mod judge;
pub mod ladder;
pub mod latency_edges;
pub mod non_inferiority;
pub mod overdispersion;
pub mod parameters;
pub mod protocol;
pub mod sample;
pub mod scales;
pub mod trigger;

pub use counters::ArmCounters;
pub use finding::{
    Action, ChannelEvidence, ChannelName, Evidence, Finding, HoldReason, InconclusiveReason, Numbers,
    RollbackReason, Verdict,
};
pub use guard::NoData;
pub use judge::Judge;
pub use ladder::{Foot, Ladder, Rung, Schedule};
pub use parameters::{ErrorTolerance, LatencyTolerance, OnSourceDown, ParameterError, Parameters};
pub use protocol::{JudgeSession, ProtocolError};
pub use sample::{Instance, Reading, Sample};
pub use trigger::{CeilingMode, Metric, Trigger};
