//! Plans: what goes out, who does what, where it stands, and what people said about it.
//!
//! The document of a plan is one JSON object, described in docs/reference/plans.md; it is written whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Where a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanPhase {
    Draft,
    Planned,
    /// The scope stands, and who decides.
    Frozen,
    /// A release with fixed artifacts is looked at.
    Candidate,
    /// The named person said so.
    Go,
    RollingOut,
    Released,
    Cancelled,
}

/// A plan in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanSummary {
    pub version: String,
    pub title: String,
    /// `planned`, `hotfix` or `rollback`.
    pub kind: String,
    /// The phase, or `on-hold`.
    pub state: String,
    pub candidate: Option<PlanCandidate>,
    /// The day on which everything has to be ready.
    #[schema(example = "2026-12-01")]
    pub ready_on: Option<String>,
    pub created_ms: u64,
    pub changed_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanCandidate {
    /// rc.1, rc.2 …
    pub number: u32,
    pub release: String,
}

/// Who said something, when, and in which words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanSaid {
    pub by: String,
    pub at_ms: u64,
    pub note: Option<String>,
}

/// A plan as it stands: what was written, with everything that was marked since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    pub version: String,
    /// The number in its `ETag`: one more with each act.
    pub edition: u64,
    /// The phase, or `on-hold`.
    pub state: String,
    pub phase: PlanPhase,
    /// Where a person may bring it from here; `go` is the final call's, the rest follows from rollouts.
    pub steps: Vec<PlanPhase>,
    pub written: PlanSaid,
    pub moved: PlanSaid,
    /// Present while it is on hold.
    pub held: Option<PlanSaid>,
    pub candidate: Option<PlanCandidate>,
    pub call: Option<PlanCall>,
    pub votes: Vec<PlanVote>,
    /// Who marked an entry last, by `activity/ID`, `item/ID`, `risk/ID`, `case/ID`, `step/RISK/ID`, `step//ID`, `meeting/ID`,
    /// `action/ID`, `scope/ID`.
    pub marks: BTreeMap<String, PlanSaid>,
    /// Every step of the runbooks, of the deployment first, then of each risk; with how far it is.
    #[serde(default)]
    pub runbook: Vec<PlanRunbookStep>,
    /// The last run of each manual test case.
    pub runs: BTreeMap<String, PlanRun>,
    pub triage: BTreeMap<String, PlanTriage>,
    /// By which triage is advised: the plan's own table, or Tidegate's.
    #[serde(default)]
    pub matrix: Option<PlanMatrix>,
    /// What it says now: once the code is frozen, a fix is one step riskier.
    #[serde(default)]
    pub advice: Option<PlanMatrix>,
    #[schema(value_type = Object)]
    pub document: Value,
}

/// A step of a runbook, and who did what of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanRunbookStep {
    /// Whose contingency it belongs to; absent for those of the deployment.
    pub risk: Option<String>,
    /// `steps`, `database_steps`, `rollback` or `contingency`.
    pub list: String,
    pub id: String,
    pub text: String,
    pub command: Option<String>,
    pub state: PlanRunState,
    pub started: Option<PlanSaid>,
    pub done: Option<PlanSaid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanRunState {
    Open,
    Started,
    Done,
}

/// What the role's person says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanVote {
    pub role: String,
    pub name: String,
    /// Whom the plan names for the role.
    pub person: Option<String>,
    /// Whether this role makes the final call.
    pub decides: bool,
    /// `go` or `no-go`; absent while nothing was said about this candidate.
    pub choice: Option<PlanChoice>,
    pub said: Option<PlanSaid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanChoice {
    Go,
    NoGo,
    /// Takes an earlier vote back.
    Withdrawn,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanCall {
    pub choice: PlanChoice,
    /// rc.1, rc.2 …
    pub candidate: u32,
    /// Of what was seen.
    pub digest: String,
    pub said: PlanSaid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanOutcome {
    Passed,
    Failed,
    /// It could not be run.
    Blocked,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanRun {
    pub outcome: PlanOutcome,
    /// On which candidate; 0 where there was none yet.
    pub candidate: u32,
    /// Whether it counts for the candidate as it is.
    pub counts: bool,
    /// Logs and pictures of it; `GET /plans/{version}/files/{digest}` gives each.
    pub files: Vec<PlanFile>,
    pub said: PlanSaid,
}

/// A file that shows what a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanFile {
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    pub bytes: u64,
}

/// In which form test cases are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanCasesFormat {
    /// A heading with `title`, and a row for each case.
    #[default]
    Csv,
    /// Tables with such a heading, and lists with the steps of each case below it.
    Markdown,
}

/// What an import of test cases did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanCasesImported {
    /// The plan as it stands now; absent where the file was only read.
    pub plan: Option<Plan>,
    /// The ids of cases that are new to the plan.
    pub added: Vec<String>,
    pub changed: Vec<String>,
    /// That stood there as the file has them.
    pub same: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanDecision {
    FixNow,
    FixNext,
    KnownIssue,
    StopRelease,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanTriage {
    pub decision: PlanDecision,
    /// By which it was decided, where anybody has said.
    #[serde(default)]
    pub severity: Option<PlanSeverity>,
    #[serde(default)]
    pub fix_risk: Option<PlanFixRisk>,
    /// After the scope was frozen.
    pub late: bool,
    pub said: PlanSaid,
}

/// How bad a bug is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanSeverity {
    Trivial,
    Minor,
    Major,
    Critical,
}

/// How much of the product a fix could break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanFixRisk {
    Low,
    Medium,
    High,
}

/// What is done about a bug of each severity, by the risk of its fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanMatrix {
    pub trivial: PlanMatrixRow,
    pub minor: PlanMatrixRow,
    pub major: PlanMatrixRow,
    pub critical: PlanMatrixRow,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanMatrixRow {
    pub low: PlanDecision,
    pub medium: PlanDecision,
    pub high: PlanDecision,
}

/// The whole of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WritePlanRequest {
    /// At most 256 KiB; every member is described in docs/reference/plans.md.
    #[schema(value_type = Object)]
    pub document: Value,
    /// Why it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub note: Option<String>,
}

/// One act on a plan; `act` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PlanActRequest {
    /// To another phase; a step back, and the end, take a note.
    Move {
        to: PlanPhase,
        /// With `candidate`: which release is looked at, where it is not the plan's own version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        release: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Nothing moves until somebody resumes it.
    Hold { note: String },
    Resume {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Whether an item of the scope goes out with it.
    Triage {
        item: String,
        /// As the matrix says of severity and risk, where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<PlanDecision>,
        /// How bad it is; as the item has it, where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        severity: Option<PlanSeverity>,
        /// How much its fix could break; as the item has it, where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fix_risk: Option<PlanFixRisk>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Where an activity stands.
    Activity {
        activity: String,
        state: PlanActivityState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Ticks an item of a checklist, or takes the tick away.
    Tick {
        item: String,
        #[serde(default = "yes")]
        done: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A manual test case was run on the candidate.
    Case {
        case: String,
        outcome: PlanOutcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A risk has occurred, is over, or is open again.
    Risk {
        risk: String,
        state: PlanRiskState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A step of a risk's contingency, or of the deployment's runbooks where no risk is named.
    Step {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        risk: Option<String>,
        step: String,
        state: PlanStepState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// What came of a meeting.
    Meeting { meeting: String, note: String },
    /// Something that a retrospective asked for.
    Action {
        action: String,
        #[serde(default = "yes")]
        done: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// An item of the scope that is in is done, or is not after all.
    Scope {
        item: String,
        #[serde(default = "yes")]
        done: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// By the person whom the plan names for the role; a no takes a note.
    Vote {
        role: String,
        choice: PlanChoice,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The final call, by the one person whom the plan names for it, on what they saw.
    Call {
        choice: PlanChoice,
        /// As `GET /plans/{version}/go-no-go` showed it.
        #[schema(pattern = "^[0-9a-f]{32}[.][0-9a-f]{32}$")]
        digest: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanActivityState {
    Open,
    UnderWay,
    Done,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanRiskState {
    Open,
    Occurred,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStepState {
    Started,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanFormat {
    /// Can be imported again.
    Markdown,
    /// A page to print.
    Html,
    /// The document.
    Json,
}

/// What was read of a plan in Markdown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanImported {
    /// The plan as it stands now; absent where it was only read.
    pub plan: Option<Plan>,
    /// What was understood.
    #[schema(value_type = Object)]
    pub document: Value,
    /// What was not, and what was assumed, by line.
    pub remarks: Vec<PlanRemark>,
    /// Who is named in it and known to nobody here.
    #[serde(default)]
    pub strangers: Vec<crate::PlanStranger>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanRemark {
    pub line: u64,
    /// `kept-in-notes`, `no-date-yet`, `no-such-day`, `ambiguous-date`, `not-understood`, `assumed` or `shortened`.
    pub code: String,
    pub says: String,
}
