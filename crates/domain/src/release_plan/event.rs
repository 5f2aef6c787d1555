//! What happened to a plan.
//!
//! Invariant: each event says who, when and why, so that what stands can say it without the log. Deliberately not here: deciding.

use serde::{Deserialize, Serialize};
use tidegate_plan::document::{ActivityState, Decision, FixRisk, Plan, RiskState, ScopeItem, Severity};
use tidegate_plan::retrospective::Words;

use super::{Candidate, Phase, Seen};
use crate::id::RolloutId;
use crate::name::{EnvironmentName, Version};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub by: String,
    pub at_ms: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanEvent {
    /// The whole of it; the first one makes it.
    Written {
        version: Version,
        document: Box<Plan>,
        said: Said,
    },
    Moved {
        to: Phase,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        candidate: Option<Candidate>,
        said: Said,
    },
    /// A rollout of its release brought it there.
    Followed {
        to: Phase,
        rollout: RolloutId,
        environment: EnvironmentName,
        said: Said,
    },
    Held {
        said: Said,
    },
    Resumed {
        said: Said,
    },
    Triaged {
        item: String,
        decision: Decision,
        /// By which it was decided, and which the item has since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        severity: Option<Severity>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fix_risk: Option<FixRisk>,
        late: bool,
        said: Said,
    },
    /// One of a tracker came into the document, for the decision that follows.
    Adopted {
        item: Box<ScopeItem>,
        said: Said,
    },
    Marked {
        mark: Mark,
        said: Said,
    },
    Voted {
        role: String,
        choice: Choice,
        said: Said,
    },
    /// The final call, bound to what was seen.
    Called {
        choice: Choice,
        candidate: u32,
        seen: Seen,
        said: Said,
    },
    /// What people say looking back, the whole of it.
    LookedBack {
        words: Box<Words>,
        said: Said,
    },
}

impl PlanEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Written { .. } => "plan.written",
            Self::Moved { .. } => "plan.moved",
            Self::Followed { .. } => "plan.followed",
            Self::Held { .. } => "plan.held",
            Self::Resumed { .. } => "plan.resumed",
            Self::Triaged { .. } => "plan.triaged",
            Self::Adopted { .. } => "plan.adopted",
            Self::Marked { .. } => "plan.marked",
            Self::Voted { .. } => "plan.voted",
            Self::Called { .. } => "plan.called",
            Self::LookedBack { .. } => "plan.looked-back",
        }
    }

    /// Who said so, when and why.
    pub fn said(&self) -> &Said {
        match self {
            Self::Written { said, .. }
            | Self::Moved { said, .. }
            | Self::Followed { said, .. }
            | Self::Held { said }
            | Self::Resumed { said }
            | Self::Triaged { said, .. }
            | Self::Adopted { said, .. }
            | Self::Marked { said, .. }
            | Self::Voted { said, .. }
            | Self::Called { said, .. }
            | Self::LookedBack { said, .. } => said,
        }
    }
}

/// What is noted at one entry of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    Activity {
        activity: String,
        state: ActivityState,
    },
    /// Of the checklists before and after.
    Item {
        item: String,
        done: bool,
    },
    /// A manual test case was run; the note says what was seen.
    Case {
        case: String,
        outcome: CaseOutcome,
    },
    /// A file that shows what the last run of a case came to; the file itself is kept beside the log.
    File {
        case: String,
        file: CaseFile,
    },
    /// A risk has occurred, is over, or is open again.
    Risk {
        risk: String,
        state: RiskState,
    },
    /// Of a risk's contingency, or of the deployment's runbooks where no risk is named.
    Step {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        risk: Option<String>,
        step: String,
        state: StepState,
    },
    /// It took place; the note is what came of it.
    Meeting {
        meeting: String,
    },
    /// Something that a retrospective asked for.
    Action {
        action: String,
        done: bool,
    },
    /// An item of the scope is built, or is not after all.
    Scope {
        item: String,
        done: bool,
    },
}

/// A log or a picture of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// As it is offered again; no path.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    pub bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseOutcome {
    Passed,
    Failed,
    /// It could not be run.
    Blocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    Started,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    Go,
    NoGo,
    /// Takes the role's earlier word back; no final call.
    Withdrawn,
}

impl Choice {
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NoGo => "no-go",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Mark {
    /// What it is about, the same for every mark of one entry.
    pub fn key(&self) -> String {
        match self {
            Self::Activity { activity, .. } => format!("activity/{activity}"),
            Self::Item { item, .. } => format!("item/{item}"),
            Self::Case { case, .. } => format!("case/{case}"),
            Self::Risk { risk, .. } => format!("risk/{risk}"),
            Self::File { case, file } => format!("file/{case}/{}", file.digest),
            Self::Step { risk: Some(risk), step, .. } => format!("step/{risk}/{step}"),
            Self::Step { risk: None, step, .. } => format!("step//{step}"),
            Self::Meeting { meeting } => format!("meeting/{meeting}"),
            Self::Action { action, .. } => format!("action/{action}"),
            Self::Scope { item, .. } => format!("scope/{item}"),
        }
    }
}
