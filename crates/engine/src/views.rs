//! States as people look at them, and the read rows kept of them.
//!
//! Invariant: a view says nothing that the state does not; times are wall times in milliseconds since 1970.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_analysis::Verdict;
use tidegate_domain::gate::ChangeType;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_domain::release::{Release, ReleaseKind, Standing};
use tidegate_domain::rollout::{
    Action, FlagPlan, Hold, Leg, LegPlan, Outcome, Phase, Rollout, RolloutKind, Stage, smoke_due, wanted,
};
use tidegate_domain::slot::Slot;
use tidegate_domain::strategy::{Step, Traffic};
use tidegate_ports::Row;

use crate::announcements;
use crate::codec::State;
use crate::directory::{PERSON_ROW, PersonRow};
use crate::flags::{FLAG_ROW, flag_view};
use crate::incidents;
use crate::plans::{PLAN_ROW, plan_view};
use crate::scope;
use crate::smoke::{self, SmokeBrief};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RolloutView {
    pub id: String,
    pub release: String,
    pub environment: String,
    /// `release`, `hotfix` or `rollback`.
    pub kind: String,
    pub strategy: String,
    /// `waiting`, `advancing`, `held`, `returning`, `succeeded`, `rolled-back`, `cancelled`.
    pub state: String,
    /// Why it goes back, or went.
    pub cause: Option<String>,
    pub started_by: String,
    pub started_ms: u64,
    pub changed_ms: u64,
    /// The component that moves.
    pub component: String,
    pub legs: Vec<LegView>,
    pub hold: Option<HoldView>,
    pub fault: Option<String>,
    pub alarmed: bool,
    /// Nothing goes back any more: a database loses what earlier versions need.
    #[serde(default)]
    pub past_return: bool,
    /// What comes next and when, if it is a matter of time.
    pub next: Option<NextView>,
    /// Feature flags that it moves.
    #[serde(default)]
    pub flags: Vec<MovedFlag>,
    /// Its smoke tests in the order in which they are asked; their outputs are asked for by themselves.
    #[serde(default)]
    pub smoke: Vec<SmokeBrief>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedFlag {
    pub key: String,
    /// Shown by the steps; none for one that is switched on at the end.
    pub variant: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LegView {
    pub component: String,
    pub stable: Option<String>,
    pub candidate: String,
    /// 1-based.
    pub step: usize,
    pub steps: usize,
    pub step_name: String,
    pub stage: String,
    /// The candidate's share as last read back, in basis points; none while nobody answers.
    pub weight: Option<u16>,
    pub wanted_weight: u16,
    /// Of all subjects, those whom the flag is shown; none where this leg shows none.
    #[serde(default)]
    pub exposed: Option<u16>,
    pub candidate_ready: u32,
    pub candidate_wanted: u32,
    pub stable_ready: u32,
    pub stable_wanted: u32,
    pub restarts: u32,
    /// Why instances are not ready.
    pub reason: Option<String>,
    pub judgement: Option<JudgementView>,
    /// The rungs, for a picture of the whole way.
    pub plan: Vec<StepView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    pub name: String,
    pub weight: Option<u16>,
    /// Of all subjects, those whom the flag is shown.
    #[serde(default)]
    pub exposed: Option<u16>,
    pub dwell_seconds: u64,
    pub confirm: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgementView {
    /// `pass`, `fail` or `inconclusive`.
    pub verdict: String,
    pub action: String,
    pub evidence: f64,
    pub allowed_weight: u16,
    pub explanation: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    pub by: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextView {
    pub what: String,
    /// Milliseconds from when the view was made; 0 when it could be any moment.
    pub in_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseView {
    pub version: String,
    /// `planned` or `hotfix`.
    pub kind: String,
    #[serde(default)]
    pub change: ChangeType,
    pub author: String,
    pub created_ms: u64,
    pub changed_ms: u64,
    pub notes: Vec<String>,
    #[serde(default)]
    pub commits: u64,
    /// Version and digest of each component.
    pub components: BTreeMap<String, (String, Option<String>)>,
    pub standings: BTreeMap<String, StandingView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingView {
    /// `underway`, `verified`, `gone-back`.
    pub state: String,
    pub rollout: String,
    pub reason: Option<String>,
    pub barred: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotView {
    pub environment: String,
    pub component: String,
    pub version: Option<String>,
    pub digest: Option<String>,
    pub previous: Option<String>,
    pub replicas: u32,
    pub ready: Vec<String>,
    pub listen: Option<String>,
    pub path: Option<String>,
    /// The rollout that changes it now.
    pub rollout: Option<String>,
    pub fault: Option<String>,
}

pub fn rollout_view(rollout: &Rollout, (began, changed): (Moment, Moment), now: Moment) -> RolloutView {
    RolloutView {
        id: rollout.id.to_string(),
        release: rollout.plan.release.to_string(),
        environment: rollout.plan.environment.to_string(),
        kind: match rollout.plan.kind {
            RolloutKind::Release => "release",
            RolloutKind::Hotfix => "hotfix",
            RolloutKind::Rollback { .. } => "rollback",
        }
        .to_owned(),
        strategy: rollout.plan.strategy.clone(),
        state: state_word(rollout).to_owned(),
        cause: cause(rollout),
        started_by: rollout.started_by.clone(),
        started_ms: began.wall_ms,
        changed_ms: changed.wall_ms,
        component: rollout.plan.legs[rollout.current].candidate.component.name.to_string(),
        legs: (0..rollout.legs.len()).map(|index| leg_view(rollout, index)).collect(),
        hold: rollout
            .hold
            .as_ref()
            .map(|Hold { by, reason }| HoldView { by: by.clone(), reason: reason.clone() }),
        fault: filled(&rollout.fault),
        alarmed: rollout.alarmed,
        past_return: rollout.past_return,
        next: next(rollout, now),
        flags: rollout.plan.flags.iter().map(moved_flag).collect(),
        smoke: smoke::briefs(rollout),
    }
}

fn moved_flag(flag: &FlagPlan) -> MovedFlag {
    MovedFlag { key: flag.key.to_string(), variant: flag.variant.clone() }
}

pub fn state_word(rollout: &Rollout) -> &'static str {
    match &rollout.phase {
        Phase::Waiting { .. } => "waiting",
        Phase::Advancing if rollout.waits_for_person() => "held",
        Phase::Advancing => "advancing",
        Phase::Returning { .. } => "returning",
        Phase::Done(Outcome::Succeeded) => "succeeded",
        Phase::Done(Outcome::RolledBack { .. }) => "rolled-back",
        Phase::Done(Outcome::Cancelled { .. }) => "cancelled",
    }
}

fn cause(rollout: &Rollout) -> Option<String> {
    match &rollout.phase {
        Phase::Returning { cause }
        | Phase::Done(Outcome::RolledBack { cause } | Outcome::Cancelled { cause }) => {
            Some(cause.to_string())
        }
        Phase::Waiting { .. } | Phase::Advancing | Phase::Done(Outcome::Succeeded) => None,
    }
}

fn leg_view(rollout: &Rollout, index: usize) -> LegView {
    let (plan, leg): (&LegPlan, &Leg) = (&rollout.plan.legs[index], &rollout.legs[index]);
    let wanted = wanted(rollout, index);
    LegView {
        component: plan.candidate.component.name.to_string(),
        stable: plan.stable.as_ref().map(|stable| stable.version().to_string()),
        candidate: plan.candidate.version().to_string(),
        step: leg.step + 1,
        steps: plan.steps.len(),
        step_name: plan.steps[leg.step].name.clone(),
        stage: leg.stage.to_string(),
        weight: leg.traffic.map_or(plan.stable.as_ref().map(|_| 0), share),
        wanted_weight: wanted.traffic.candidate().basis_points(),
        exposed: rollout.exposure(index).map(|exposure| exposure.share.basis_points()),
        candidate_ready: leg.candidate.ready_count(),
        candidate_wanted: wanted.candidate,
        stable_ready: leg.stable.ready_count(),
        stable_wanted: wanted.stable,
        restarts: leg.candidate.restarts,
        reason: filled(&leg.candidate.reason),
        judgement: leg.judgement.as_ref().map(judgement_view),
        plan: plan.steps.iter().map(step_view).collect(),
    }
}

fn judgement_view(judgement: &tidegate_domain::rollout::Judgement) -> JudgementView {
    JudgementView {
        verdict: match judgement.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
        }
        .to_owned(),
        action: match judgement.action {
            Action::Continue => "continue",
            Action::Stay => "stay",
            Action::Hold => "hold",
            Action::RollBack => "roll-back",
            Action::StepDown => "step-down",
            Action::Promote => "promote",
        }
        .to_owned(),
        evidence: judgement.evidence,
        allowed_weight: judgement.allowed.basis_points(),
        explanation: judgement.explanation.clone(),
    }
}

pub(crate) fn step_view(step: &Step) -> StepView {
    let (dwell_seconds, confirm) = (step.leave.dwell_seconds, step.leave.confirm);
    let exposed = step.exposure.as_ref().map(|exposure| exposure.share.basis_points());
    StepView { name: step.name.clone(), weight: share(step.traffic), exposed, dwell_seconds, confirm }
}

fn share(traffic: Traffic) -> Option<u16> {
    match traffic {
        Traffic::Offline => None,
        Traffic::Candidate(weight) => Some(weight.basis_points()),
    }
}

pub(crate) fn next(rollout: &Rollout, now: Moment) -> Option<NextView> {
    let soon = |what: String| Some(NextView { what, in_ms: 0 });
    let (plan, leg) = rollout.leg();
    match &rollout.phase {
        Phase::Waiting { slots } => {
            let names: Vec<_> = slots.iter().map(ToString::to_string).collect();
            soon(format!("begins when {} is free", names.join(", ")))
        }
        Phase::Done(_) => None,
        Phase::Returning { .. } => soon(leg.stage.to_string()),
        Phase::Advancing if rollout.hold.is_some() => soon("waits for a person to resume it".to_owned()),
        Phase::Advancing if !rollout.closed.is_empty() => {
            let gates = rollout.closed.iter().map(|gate| format!("`{}`: {}", gate.gate, gate.why));
            soon(format!("waits for its gates to open ({})", gates.collect::<Vec<_>>().join("; ")))
        }
        Phase::Advancing if rollout.waits_for_person() => {
            soon("waits for a person to let it go on".to_owned())
        }
        Phase::Advancing if smoke_due(rollout).is_some() => soon(smoke::waits_for(rollout)),
        Phase::Advancing if leg.stage != Stage::Dwelling => soon(leg.stage.to_string()),
        Phase::Advancing => {
            let what = match plan.steps.get(leg.step + 1) {
                Some(step) => format!("{} of {}", step.name, plan.candidate.component.name),
                None if rollout.current + 1 < rollout.legs.len() => "the next component".to_owned(),
                None => "done".to_owned(),
            };
            let end = leg.since.plus_seconds(rollout.step().leave.dwell_seconds);
            Some(NextView { what, in_ms: end.since_ms(now.steady) })
        }
    }
}

pub fn release_view(release: &Release, began: Moment, changed: Moment) -> ReleaseView {
    ReleaseView {
        version: release.version.to_string(),
        kind: match release.kind {
            ReleaseKind::Planned => "planned",
            ReleaseKind::Hotfix => "hotfix",
        }
        .to_owned(),
        change: release.change,
        author: release.author.clone(),
        created_ms: began.wall_ms,
        changed_ms: changed.wall_ms,
        notes: release.notes.clone(),
        commits: release.commits.as_slice().len() as u64,
        components: release
            .components
            .iter()
            .map(|(name, artifact)| {
                (name.to_string(), (artifact.version.to_string(), artifact.digest.clone()))
            })
            .collect(),
        standings: release.standings.iter().map(|(name, s)| (name.to_string(), standing_view(s))).collect(),
    }
}

fn standing_view(standing: &Standing) -> StandingView {
    let view = |state: &str, rollout: &tidegate_domain::id::RolloutId| StandingView {
        state: state.to_owned(),
        rollout: rollout.to_string(),
        reason: None,
        barred: false,
    };
    match standing {
        Standing::Underway { rollout } => view("underway", rollout),
        Standing::Verified { rollout } => view("verified", rollout),
        Standing::GoneBack { rollout, reason, barred, .. } => {
            StandingView { reason: Some(reason.clone()), barred: *barred, ..view("gone-back", rollout) }
        }
    }
}

pub fn slot_view(slot: &Slot) -> SlotView {
    let stable = slot.stable.as_ref();
    SlotView {
        environment: slot.id.environment.to_string(),
        component: slot.id.component.to_string(),
        version: stable.map(|placed| placed.version().to_string()),
        digest: stable.and_then(|placed| placed.artifact.digest.clone()),
        previous: slot.previous.as_ref().map(|previous| previous.placed.version().to_string()),
        replicas: stable.map_or(0, |placed| placed.replicas),
        ready: slot.seen.ready.clone(),
        listen: stable.and_then(|placed| placed.route.as_ref()).map(|route| route.listen.clone()),
        path: stable.and_then(|placed| placed.route.as_ref()).map(|route| route.path_prefix.clone()),
        rollout: slot.rollout.as_ref().map(ToString::to_string),
        fault: filled(&slot.seen.fault),
    }
}

/// The row of a stream, for lists.
pub(crate) fn row(stream: &StreamId, state: &State, span: (Moment, Moment)) -> Option<Row> {
    match (stream, state) {
        (StreamId::Rollout(id), State::Rollout(Some(rollout))) => {
            let view = rollout_view(rollout, span, span.1);
            let (scope, word) = (view.environment.clone(), view.state.clone());
            filled_row("rollout", id.to_string(), (scope, word), &view)
        }
        (StreamId::Release(version), State::Release(Some(release))) => {
            let view = release_view(release, span.0, span.1);
            filled_row("release", version.to_string(), (String::new(), view.kind.clone()), &view)
        }
        (StreamId::Slot(id), State::Slot(slot)) => {
            let view = slot_view(slot);
            let word = if view.rollout.is_some() { "changing" } else { "steady" };
            filled_row("slot", id.to_string(), (view.environment.clone(), word.to_owned()), &view)
        }
        (StreamId::Person(name), State::Person(Some(person))) => {
            let word = if person.disabled.is_some() { "disabled" } else { "active" };
            let (added_ms, changed_ms) = (span.0.wall_ms, span.1.wall_ms);
            let row = PersonRow { person: (**person).clone(), added_ms, changed_ms };
            filled_row(PERSON_ROW, name.to_string(), (String::new(), word.to_owned()), &row)
        }
        (StreamId::Flag(key), State::Flag(Some(flag))) => {
            let view = flag_view(flag, span);
            let word = if view.archived { "archived" } else { view.life.kind.word() };
            let release = flag.life.release.as_ref().map_or_else(String::new, ToString::to_string);
            filled_row(FLAG_ROW, key.to_string(), (release, word.to_owned()), &view)
        }
        (StreamId::Plan(version), State::Plan(Some(plan))) => {
            let view = plan_view(plan, span);
            filled_row(PLAN_ROW, version.to_string(), (String::new(), view.state.clone()), &view)
        }
        (StreamId::ScopeSource(name), State::ScopeSource(source)) => {
            let view = scope::view(name, source.as_deref());
            let word = source.as_ref().map_or("removed", |source| source.word());
            filled_row(scope::SCOPE_ROW, name.to_string(), (String::new(), word.to_owned()), &view)
        }
        (StreamId::Incident(_), State::Incident(Some(incident))) => incidents::row(incident),
        (StreamId::Announcement(id), State::Announcement(Some(state))) => {
            let view = announcements::view(state, span);
            let (scope, word) = (state.plan.release.to_string(), view.state.clone());
            filled_row(announcements::ANNOUNCEMENT_ROW, id.to_string(), (scope, word), &view)
        }
        _ => None,
    }
}

fn filled_row(
    kind: &str,
    id: String,
    (scope, state): (String, String),
    view: &impl Serialize,
) -> Option<Row> {
    let body = serde_json::to_string(view).ok()?;
    Some(Row { kind: kind.to_owned(), id, scope, state, body })
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
