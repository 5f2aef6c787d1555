//! What follows from a plan: when it is over, who is missing, what is not ready, how risky it is, and what to decide on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Gates;
use crate::plan::{PlanActivityState, PlanCall, PlanCandidate, PlanOutcome, PlanPhase, PlanSaid, PlanVote};

/// Activities as a chart, as foreseen on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanSchedule {
    /// The day on which it was looked at, in the plan's zone.
    pub today: String,
    /// In the order of the plan.
    pub rows: Vec<PlanBar>,
    /// The chain of activities that decides when all is over, first to last.
    pub critical_path: Vec<String>,
    /// The first day and the last as they are foreseen; absent where no activity has a date.
    pub from: Option<String>,
    pub until: Option<String>,
    /// What stands in the way of the deployment window and of the activities.
    pub conflicts: PlanConflicts,
}

/// What stands in the way of a plan's times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanConflicts {
    /// Where the release goes last, of what the caller may see: whose freezes and windows count.
    pub environments: Vec<String>,
    /// What it changes; everything where empty.
    pub components: Vec<String>,
    pub found: Vec<PlanConflict>,
    /// When the deployment window could be instead, in milliseconds since 1970; absent where it is free as it is, where the plan
    /// has none, and where no time is free within a year.
    pub next_free_ms: Option<u64>,
    /// The same on the clock of the window's zone.
    pub next_free: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanConflict {
    /// The activity that it is about; the deployment window where absent.
    pub activity: Option<String>,
    /// `freeze`, `outside-windows`, `plan`, `rollout` or `person`.
    pub kind: String,
    /// The freeze, the version of the other plan, the id of the rollout, or the person.
    pub who: String,
    pub environment: Option<String>,
    pub from_ms: u64,
    pub until_ms: u64,
    /// The same in a sentence.
    pub says: String,
}

/// A bar of the chart. Days are counted from the first one of the chart, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanBar {
    pub id: String,
    pub name: String,
    pub owner: Option<String>,
    pub after: Vec<String>,
    pub state: PlanActivityState,
    pub planned_start: Option<String>,
    pub planned_end: Option<String>,
    pub days: u32,
    /// As foreseen: never before what comes first, never in the past for what is not done.
    pub start: Option<String>,
    pub end: Option<String>,
    pub start_day: u32,
    pub end_day: u32,
    /// By how many days it may be longer before all is over later.
    pub slack_days: u32,
    pub critical: bool,
    pub late: Option<PlanLate>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanLate {
    /// `overdue`, `not-started`, `will-slip` or `was-late`.
    pub how: String,
    pub days: u32,
}

/// What has to be ready, and what is not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanReadiness {
    /// Whether nothing is missing of checklist, manual tests and triage.
    pub ready: bool,
    pub items: Vec<PlanReadyItem>,
    pub cases: Vec<PlanCase>,
    /// What is open of checklists, material and scope, area by area.
    pub areas: Vec<PlanPart>,
    /// The same for whom it has to be ready.
    pub audiences: Vec<PlanPart>,
    /// Filed, and nobody has said yet whether it is in.
    pub untriaged: Vec<String>,
    /// What triage says stops the release, while it is not done.
    pub stopping: Vec<String>,
    /// Risks whose mitigation is bound to something that is not there.
    #[serde(default)]
    pub unbound: Vec<PlanUnbound>,
    /// Who is named in it and known to nobody here.
    #[serde(default)]
    pub strangers: Vec<PlanStranger>,
}

/// A name that is neither somebody's, nor a group's, nor of the plan's own people or roles: nobody is reached by it, and nobody votes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanStranger {
    pub name: String,
    /// Such as `role qa`, `activity build`, `risk data`.
    pub named_as: Vec<String>,
}

/// A flag, a rollback rule or a gate that a risk names and that is not there (yet, or any more).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanUnbound {
    pub risk: String,
    /// `flag`, `rollback-rule` or `gate`.
    pub kind: String,
    pub name: String,
    /// Those of the kind that there are.
    pub known: Vec<String>,
}

/// An area, or an audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanPart {
    pub name: String,
    pub done: u32,
    pub total: u32,
    pub open: Vec<PlanOpen>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanOpen {
    /// `checklist`, `material`, `scope` or `test`.
    pub what: String,
    /// Of the entry in the plan.
    pub id: String,
    pub text: String,
    pub owner: Option<String>,
    pub why: String,
}

/// Whether these people can do this work by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanCapacity {
    /// The day on which the work would begin.
    pub from: String,
    /// The first day at whose end all of it can be done; absent where it never can.
    pub feasible_on: Option<String>,
    pub bottleneck: Option<PlanBottleneck>,
    pub skills: Vec<PlanSkill>,
    /// What to leave out to keep the wanted day; absent where it can be kept, or none was wanted.
    pub drop: Option<PlanDrop>,
    /// The same in sentences.
    pub says: Vec<String>,
}

/// The skill that holds it up the longest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanBottleneck {
    pub skill: String,
    /// With the same people behind them.
    pub skills: Vec<String>,
    pub people: Vec<String>,
    pub needed_hours: u64,
    /// What these people have until the day before it is feasible, or by the wanted day.
    pub available_hours: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanSkill {
    pub skill: String,
    pub needed_hours: u64,
    pub people: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanDrop {
    pub wanted_on: String,
    /// With these out it is feasible, and none of them could stay.
    pub items: Vec<String>,
    pub hours: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanReadyItem {
    pub id: String,
    pub text: String,
    pub area: String,
    pub audience: Option<String>,
    pub owner: Option<String>,
    pub done: bool,
    pub said: Option<PlanSaid>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanCase {
    pub id: String,
    pub title: String,
    pub assignee: Option<String>,
    pub acceptance: bool,
    pub regression: bool,
    /// Of its last run; absent where it was never run.
    pub outcome: Option<PlanOutcome>,
    /// Whether that run was on the candidate as it is.
    pub counts: bool,
    pub said: Option<PlanSaid>,
}

/// How risky the release is now: the score of the whole, and the register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanRisk {
    pub score: PlanScore,
    pub standing: PlanStanding,
    pub exposure: PlanExposure,
}

/// 0 to 100; `round(100·(0.3·work + 0.4·policy + 0.1·progress + 0.2·time))`, or, without a readiness date,
/// `round(100·(0.5·work + 0.4·policy + 0.1·progress))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanScore {
    pub score: u8,
    pub work: f64,
    pub policy: f64,
    pub progress: f64,
    pub time: Option<f64>,
}

/// What the score is worked out from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanStanding {
    /// Pieces of work: scope items that are in, and activities that are not cancelled.
    pub work_total: u64,
    pub work_closed: u64,
    /// Gates, checklist items and manual tests that said something, and those that say no.
    pub policies_completed: u64,
    pub policies_broken: u64,
    /// Until the readiness date; negative after it.
    pub days_left: Option<i64>,
    /// Released or cancelled.
    pub over: bool,
}

/// Probability × impact, over all that may still happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanExposure {
    pub open: u32,
    pub occurred: u32,
    pub closed: u32,
    pub total: u32,
    /// Of one risk, 1 to 25.
    pub highest: u32,
    /// Open risks by probability (rows, 1 to 5) and impact (columns, 1 to 5).
    pub matrix: Vec<Vec<u32>>,
    /// Open risks, the worst first.
    pub order: Vec<PlanExposed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanExposed {
    pub id: String,
    pub exposure: u32,
    /// Of `owner`, `mitigation`, `trigger`, `contingency`.
    pub missing: Vec<String>,
}

/// What somebody sees who is to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GoNoGo {
    pub version: String,
    /// The phase, or `on-hold`.
    pub state: String,
    pub phase: PlanPhase,
    pub candidate: Option<PlanCandidate>,
    /// Of all of this; the final call names it.
    #[schema(example = "0f1e2d3c4b5a69788796a5b4c3d2e1f0.00112233445566778899aabbccddeeff")]
    pub digest: String,
    /// The person who makes the final call; absent where the plan names nobody.
    pub decider: Option<String>,
    pub call: Option<PlanCall>,
    /// Whether that call still lets it go.
    pub goes: bool,
    pub votes: Vec<PlanVote>,
    /// Of every environment on its way that the caller may see.
    pub gates: Vec<Gates>,
    pub readiness: PlanReadiness,
    pub risk_score: u8,
}

/// The quietest windows first; none of them overlap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanAdvice {
    pub windows: Vec<PlanWindow>,
    /// Beginnings that were looked at, and how many of them were left out.
    pub looked_at: u64,
    pub frozen: u64,
    pub at_night: u64,
    /// The same in sentences.
    pub says: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanWindow {
    pub from_ms: u64,
    pub until_ms: u64,
    /// On the clock of the zone.
    pub from: String,
    pub until: String,
    /// Of a week's traffic, 0 to 1.
    pub share: f64,
    /// Against a window of the same length at the mean of the week: 1 is average.
    pub times_mean: f64,
}
