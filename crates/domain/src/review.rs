//! The review that an emergency owes once it is over: was it one, and what is learnt from it?
//!
//! Invariant: one review for each rollout of an emergency through a stage that people approve; nobody reviews their own
//! release, nor the one that they alone let through. Deliberately not here: what is owed by whom (`release`), and that an
//! overdue one closes the way of the next emergency (`gate`).

use serde::{Deserialize, Serialize};

use crate::gate::{GateRule, SignAct};
use crate::id::RolloutId;
use crate::name::{EnvironmentName, PersonName, Version};
use crate::pipeline::StageSpec;
use crate::refusal::Refuse;

/// Until when a review is due, and what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRule {
    pub within_seconds: u64,
    pub overdue: Overdue,
}

impl Default for ReviewRule {
    fn default() -> Self {
        Self { within_seconds: 72 * 3_600, overdue: Overdue::Closes }
    }
}

impl ReviewRule {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overdue {
    /// No other emergency starts before it is done.
    Closes,
    /// It is only told.
    Tells,
}

/// What one rollout of an emergency owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    pub environment: EnvironmentName,
    pub rollout: RolloutId,
    pub ended_ms: u64,
    pub due_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Review>,
}

impl Owed {
    pub fn is_overdue(&self, now_ms: u64) -> bool {
        self.done.is_none() && self.due_ms <= now_ms
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub by: PersonName,
    pub outcome: Outcome,
    pub note: String,
    pub at_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It had to be an emergency.
    Justified,
    /// It could have gone the normal way.
    Unjustified,
}

/// Only where people would have had more of a say.
pub fn is_owed_for(stage: &StageSpec) -> bool {
    let approval = |rule: &GateRule| matches!(rule, GateRule::Sign(rule) if rule.act == SignAct::Approval);
    stage.gates.iter().any(|gate| approval(&gate.rule))
}

/// Why a review cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefusal {
    #[error("{version} owes no review in {environment}")]
    NotOwed { version: Version, environment: EnvironmentName },
    #[error("{version} has been reviewed in {environment}, by {by}")]
    Done { version: Version, environment: EnvironmentName, by: PersonName },
    #[error("{person} made {version}, and somebody else reviews it")]
    Author { person: PersonName, version: Version },
    #[error("{person} alone let {version} through, and somebody else reviews that")]
    LetItThrough { person: PersonName, version: Version },
    #[error("{person} is no person who may sign in {environment}")]
    NobodyWhoMaySign { person: PersonName, environment: EnvironmentName },
}

impl Refuse for ReviewRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotOwed { .. } => "no-review-owed",
            Self::Done { .. } => "reviewed-already",
            Self::Author { .. } | Self::LetItThrough { .. } | Self::NobodyWhoMaySign { .. } => {
                "may-not-review"
            }
        }
    }

    fn help(&self) -> String {
        match self {
            Self::NotOwed { version, .. } => {
                format!(
                    "an emergency owes one once its rollout has ended where people approve; see what is owed: `tidegate review list`, `tidegate review show {version}`"
                )
            }
            Self::Done { version, .. } => format!("read it: `tidegate review show {version}`"),
            Self::Author { version, .. } | Self::LetItThrough { version, .. } => {
                format!(
                    "ask somebody else who may sign there: `tidegate review done {version} --in ENVIRONMENT --outcome justified --note \"…\"`"
                )
            }
            Self::NobodyWhoMaySign { .. } => {
                "an approver, a developer or a release manager of the environment reviews; a program does not: `tidegate whoami` says what you are".into()
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::NotOwed { .. })
    }
}
