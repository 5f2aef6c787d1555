//! How many replicas of each version run at each moment of a rollout.
//!
//! Invariant: pure arithmetic; a share of traffic between none and all never becomes none or all where that can be
//! avoided, and a step never crosses the fence posts. Deliberately not here: starting and stopping anything, and who
//! gets which request (a router's weights).

pub mod amount;
pub mod counts;
pub mod progress;
pub mod reconcile;
pub mod rolling;
pub mod share;

pub use amount::{Amount, BadAmount, FencePosts, resolve_fence_posts};
pub use counts::{AfterAbort, CandidateScale, Counts, Division, Group, Situation, next_counts};
pub use progress::{Headcount, ProgressMarks, stalled_too_long};
pub use reconcile::{Pace, RollingView, lower_to_least, unready_to_remove};
pub use rolling::{Batch, REPLICAS_MAX, next_batch, rolling_plan};
pub use share::replicas_for_weight;
