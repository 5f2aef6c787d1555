//! What can be asked of a plan.
//!
//! Invariant: a wish carries everything that deciding on it takes. Deliberately not here: rights.

use tidegate_plan::document::{Decision, FixRisk, Plan, ScopeItem, Severity};
use tidegate_plan::retrospective::Words;

use super::{Choice, Mark, Phase, Seen, Turn};
use crate::name::Version;

/// Who asks, and when.
#[derive(Debug, Clone, Copy)]
pub struct PlanAsking<'a> {
    pub by: &'a str,
    /// Rather than a program: only a person votes and calls.
    pub is_person: bool,
    pub at_ms: u64,
    pub note: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanCommand {
    Write {
        document: Box<Plan>,
    },
    Move {
        to: Phase,
        /// The release that would be the candidate.
        candidate: Option<Wanted>,
        /// What trackers have of it that nobody has decided on.
        waiting: Vec<String>,
    },
    Hold,
    Resume,
    Triage {
        item: String,
        judged: Judged,
    },
    /// One that a tracker has and the plan does not name yet.
    Adopt {
        item: Box<ScopeItem>,
        judged: Judged,
    },
    Mark(Mark),
    Vote {
        role: String,
        choice: Choice,
    },
    /// `now` is what could be seen at this moment.
    Call {
        choice: Choice,
        seen: Seen,
        now: Seen,
    },
    /// Once it is planned, and also after its end.
    LookBack {
        words: Box<Words>,
    },
    Follow(Turn),
}

/// What somebody says of a bug: what is done about it, or how bad it is and what its fix could break, so that the matrix says what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    /// As the plan's matrix says, where absent.
    pub decision: Option<Decision>,
    /// As the item has it, where absent.
    pub severity: Option<Severity>,
    pub fix_risk: Option<FixRisk>,
}

/// A release, with what its artifacts are; none where there is no such release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub release: Version,
    pub artifacts: Option<String>,
}
