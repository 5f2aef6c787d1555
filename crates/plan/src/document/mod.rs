//! A plan as one document: plain data with ids, so that events, votes and people can speak of one entry.
//!
//! Invariant: an unknown member is refused when it is read, and whatever is absent has one meaning. What must hold between
//! members (ids that exist, ends after starts, bounds) is said by `check`, not by the types. Times without a zone are
//! local in the plan's zone.

mod check;
mod communication;
mod deployment;
mod limits;
mod matrix;
mod people;
mod plan;
mod problem;
mod quality;
mod risk;
mod scope;
mod words;
mod work;

pub use check::check;
pub(crate) use check::{Finding, bad_id};
pub use communication::{Announcement, Audience, Material, MaterialKind, Moment, When};
pub use deployment::{Deployment, RunbookStep, Window};
pub use limits::*;
pub use matrix::{ByRisk, Matrix};
pub use people::{DaysOff, Person, Role};
pub use plan::{Action, Kind, Note, Objective, Plan, TemplateUse};
pub use problem::Problem;
pub use quality::{ACCEPTANCE, ChecklistItem, REGRESSION, TestCase};
pub use risk::{Bound, BoundKind, Risk, RiskState};
pub use scope::{Component, Decision, Estimate, FixRisk, ScopeItem, ScopeState, Severity, TestNeed};
pub use work::{Activity, ActivityState, Meeting, MeetingKind};

/// For members that are left out where they say nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
pub(crate) fn is_false(flag: &bool) -> bool {
    !*flag
}
