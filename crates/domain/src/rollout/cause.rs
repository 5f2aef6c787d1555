//! Why a rollout goes back.
//!
//! Invariant: only what speaks against the release itself bars it from coming again by automation.

use serde::{Deserialize, Serialize};

use crate::id::RolloutId;
use crate::name::GateName;
use crate::smoke::SmokePhase;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The analysis failed it.
    Analysis {
        explanation: String,
    },
    /// The analysis came to no verdict in its time.
    Inconclusive {
        explanation: String,
    },
    /// Its instances ended or were never ready, with what the target said.
    Unready {
        component: String,
        reason: String,
    },
    /// It could not move for the whole progress deadline.
    Deadline {
        stage: String,
        seconds: u64,
    },
    /// A smoke test failed, or could not be asked.
    Smoke {
        component: String,
        test: GateName,
        phase: SmokePhase,
        expected: String,
        seen: String,
        /// Whoever asks has failed, and not the version.
        faulted: bool,
    },
    /// A person says it is bad.
    Person {
        by: String,
        reason: String,
    },
    /// A person stopped it; that says nothing about the release.
    Aborted {
        by: String,
        reason: String,
    },
    Superseded {
        by: RolloutId,
    },
}

impl Cause {
    /// Whether automation must not bring the release here again.
    pub fn bars(&self) -> bool {
        match self {
            Self::Analysis { .. } | Self::Unready { .. } | Self::Deadline { .. } | Self::Person { .. } => {
                true
            }
            Self::Smoke { faulted, .. } => !faulted,
            Self::Inconclusive { .. } | Self::Aborted { .. } | Self::Superseded { .. } => false,
        }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Analysis { explanation } => write!(out, "{explanation}"),
            Self::Inconclusive { explanation } => write!(out, "no verdict: {explanation}"),
            Self::Unready { component, reason } => write!(out, "{component} is not ready: {reason}"),
            Self::Deadline { stage, seconds } => write!(out, "no progress in {seconds} s while {stage}"),
            Self::Smoke { component, phase, seen, .. } if phase.is_of_database() => {
                write!(out, "the database of {component} could not be expanded: {seen}")
            }
            Self::Smoke { component, test, phase, expected, seen, faulted: false } => {
                write!(
                    out,
                    "the smoke test `{test}` of {component} failed {phase}: expected {expected}, saw {seen}"
                )
            }
            Self::Smoke { component, test, seen, faulted: true, .. } => {
                write!(out, "the smoke test `{test}` of {component} could not be asked: {seen}")
            }
            Self::Person { by, reason } => write!(out, "rolled back by {by}{}", quoted(reason)),
            Self::Aborted { by, reason } => write!(out, "aborted by {by}{}", quoted(reason)),
            Self::Superseded { by } => write!(out, "superseded by {by}"),
        }
    }
}

fn quoted(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}
