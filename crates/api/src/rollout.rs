//! A rollout as people look at it: one release moving through one strategy in one environment.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::SmokeBrief;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rollout {
    #[schema(example = "rol_0123456789abcdef")]
    pub id: String,
    pub release: String,
    pub environment: String,
    pub kind: RolloutKind,
    /// `canary`, or `rollback` for the way back after a rollout had ended.
    pub strategy: String,
    pub state: RolloutState,
    /// Why it goes back, or went.
    pub cause: Option<String>,
    pub started_by: String,
    pub started_ms: u64,
    pub changed_ms: u64,
    /// The component that moves.
    pub component: String,
    /// One for each component, in the order in which they move.
    pub legs: Vec<Leg>,
    pub hold: Option<Hold>,
    /// What is wrong outside, in words; the rollout tries on.
    pub fault: Option<String>,
    /// Whether a person should look, because it cannot be brought to its end.
    pub alarmed: bool,
    /// Whether nothing goes back any more, because a database began to lose what earlier versions need.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub past_return: bool,
    /// What comes next.
    pub next: Option<Next>,
    /// Feature flags that it moves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<MovedFlag>,
    /// Its smoke tests, in the order in which they are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smoke_tests: Vec<SmokeBrief>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MovedFlag {
    #[schema(example = "new-checkout")]
    pub key: String,
    /// What its steps show to growing shares; absent for a flag of the release, which is switched on once everybody has
    /// the code.
    pub variant: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutKind {
    Release,
    Hotfix,
    Rollback,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// Until what it changes is free.
    Waiting,
    Advancing,
    /// Until a person acts.
    Held,
    /// On its way back to stable.
    Returning,
    Succeeded,
    RolledBack,
    /// Ended before it touched anything.
    Cancelled,
}

impl RolloutState {
    /// Whether nothing comes after it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::RolledBack | Self::Cancelled)
    }
}

/// One component's part of a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Leg {
    pub component: String,
    /// The version before; absent at the first.
    pub stable: Option<String>,
    pub candidate: String,
    /// Of `steps`, from 1.
    pub step: usize,
    pub steps: usize,
    pub step_name: String,
    /// What is being done in this step, in words: `moving traffic`.
    pub stage: String,
    /// The candidate's share as last read back, in basis points; absent while nobody answers.
    pub weight: Option<u16>,
    /// The share it should have, in basis points.
    pub wanted_weight: u16,
    /// Of all subjects, those whom the flag is shown, in basis points; absent where this component's steps show none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposed: Option<u16>,
    pub candidate_ready: u32,
    pub candidate_wanted: u32,
    pub stable_ready: u32,
    pub stable_wanted: u32,
    /// Starts of the candidate that ended by themselves.
    pub restarts: u32,
    /// Why instances are not ready.
    pub reason: Option<String>,
    pub judgement: Option<Judgement>,
    /// Every step, for a picture of the whole way.
    pub plan: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    pub name: String,
    /// In basis points; absent where nobody answers.
    pub weight: Option<u16>,
    /// Of all subjects, those whom the flag is shown, in basis points; absent where the step moves requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposed: Option<u16>,
    /// How long it lasts at least.
    pub dwell_seconds: u64,
    /// Whether a person must let it go.
    pub confirm: bool,
}

/// The newest word of the analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Judgement {
    pub verdict: Verdict,
    pub action: JudgementAction,
    /// That the candidate does harm, as odds against chance.
    pub evidence: f64,
    /// The share that the evidence allows, in basis points.
    pub allowed_weight: u16,
    /// In words and numbers.
    pub explanation: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Pass,
    Fail,
    /// Not known (yet).
    Inconclusive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JudgementAction {
    Continue,
    /// No step forward for now.
    Stay,
    /// A person must look.
    Hold,
    RollBack,
    /// Back without blame: no verdict in time, or both versions suffer.
    StepDown,
    /// Enough evidence for all traffic.
    Promote,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    pub by: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Next {
    /// In words.
    pub what: String,
    /// From when the answer was made; 0 when it could be any moment.
    pub in_ms: u64,
}
