//! `/plans`: what goes out and who does what, where it stands, and acts on it.
//!
//! Invariant: a document is written whole, and only where it fits together. Deliberately not here: what follows from it
//! (`plan_views`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use tidegate_api::{
    Page, Plan, PlanActRequest, PlanActivityState, PlanChoice, PlanOutcome, PlanPhase, PlanRiskState,
    PlanStepState, PlanSummary, WritePlanRequest,
};
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::{
    CaseOutcome, Choice, DOCUMENT_BYTES_MAX, Judged, Mark, Phase, PlanCommand, PlanRefusal, ReleasePlan,
    Seen, StepState,
};
use tidegate_domain::rights::{Place, Right};
use tidegate_engine::{Command, ForPlan, PLAN_ROW, PlanWish};
use tidegate_plan::document::{self, ActivityState, Problem, RiskState};
use tidegate_ports::RowQuery;
use utoipa::IntoParams;

use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, Wanted, name};
use crate::identity::must;
use crate::paging::{self, page_size};
use crate::problem::Trouble;
use crate::wire;

const PAGE: u32 = 50;
const PAGE_MAX: u32 = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PlansWanted {
    /// `next` of the page before.
    before: Option<u64>,
    /// At most 1000; 50 where absent.
    limit: Option<u32>,
}

/// List plans
///
/// The newest change first.
#[utoipa::path(
    get, path = "/plans", operation_id = "list_plans", tag = "plans", params(PlansWanted),
    responses((status = 200, description = "A page of plans", body = Page<PlanSummary>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Wanted(wanted): Wanted<PlansWanted>,
) -> Result<Json<Page<PlanSummary>>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)?;
    let query = RowQuery { kind: PLAN_ROW.to_owned(), before: wanted.before, limit, ..RowQuery::default() };
    let (rows, next) = paging::rows(&*app.store, query).await?;
    let items = rows.iter().map(wire::plan_of_row).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

/// Show a plan
///
/// Its document as it stands, with who marked, triaged, tested and voted.
#[utoipa::path(
    get, path = "/plans/{version}", operation_id = "show_plan", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "The plan", body = Plan), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(version): At<String>,
) -> Result<Json<Plan>, Trouble> {
    shown(&app, &name(&version)?).await
}

/// Write a plan
///
/// The whole of it, in the place of the one that stands, if there is one. What does not fit together is refused, every place
/// of it by its JSON pointer. From the freeze on, scope, components and roles stay as they are.
#[utoipa::path(
    put, path = "/plans/{version}", operation_id = "write_plan", tag = "plans", request_body = WritePlanRequest,
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "The plan", body = Plan), Commanding)
)]
pub(super) async fn write(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<WritePlanRequest>,
) -> Result<Json<Plan>, Trouble> {
    let (body, asked) = asked.split();
    let version: Version = name(&version)?;
    let document = Box::new(read(body.document)?);
    let wish = PlanWish::Command(PlanCommand::Write { document });
    done(&app, asked, (version, wish, body.note)).await
}

/// Act on a plan
///
/// `act` says what is done: `move` to another phase, `hold`, `resume`, `triage` an item, note how an `activity` stands, `tick` a
/// checklist item, say that an item of the `scope` is done, how a `case` went, what became of a `risk`, a contingency `step`, a `meeting` or an `action`, `vote` for a
/// role, or make the final `call`. Moving and triage take the right to create releases; the others that to sign somewhere, and
/// a vote and the call are the named person's. Answers with the plan as it stands then.
#[utoipa::path(
    post, path = "/plans/{version}/acts", operation_id = "act_on_plan", tag = "plans", request_body = PlanActRequest,
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "The plan", body = Plan), Commanding)
)]
pub(super) async fn act(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<PlanActRequest>,
) -> Result<Json<Plan>, Trouble> {
    let (body, asked) = asked.split();
    let version: Version = name(&version)?;
    let (wish, note, right) = wish(body)?;
    if let Some(right) = right {
        must(&app, &asked.caller, (right, Place::Project(app.engine.project().as_str()))).await?;
    }
    done(&app, asked, (version, wish, note)).await
}

type Wish = (PlanWish, Option<String>, Option<Right>);

/// What is asked for, its note, and which right it takes beyond signing somewhere.
fn wish(act: PlanActRequest) -> Result<Wish, Trouble> {
    let command = |command: PlanCommand, note: Option<String>, right: Option<Right>| {
        (PlanWish::Command(command), note, right)
    };
    let mark = |mark: Mark, note: Option<String>| command(PlanCommand::Mark(mark), note, None);
    let plans = Some(Right::CreateRelease);
    Ok(match act {
        PlanActRequest::Move { to: PlanPhase::Candidate, release, note } => {
            let release = release.as_deref().map(name).transpose()?;
            (PlanWish::Propose { release }, note, plans)
        }
        PlanActRequest::Move { release: Some(_), .. } => {
            return Err(Trouble::unfit("`release` goes with `to: candidate` only"));
        }
        PlanActRequest::Move { to, release: None, note } => {
            command(PlanCommand::Move { to: phase(to), candidate: None, waiting: Vec::new() }, note, plans)
        }
        PlanActRequest::Hold { note } => command(PlanCommand::Hold, Some(note), None),
        PlanActRequest::Resume { note } => command(PlanCommand::Resume, note, plans),
        PlanActRequest::Triage { item, decision, severity, fix_risk, note } => {
            let judged = Judged {
                decision: wire::retold(&decision)?,
                severity: wire::retold(&severity)?,
                fix_risk: wire::retold(&fix_risk)?,
            };
            command(PlanCommand::Triage { item, judged }, note, plans)
        }
        PlanActRequest::Activity { activity, state, note } => {
            mark(Mark::Activity { activity, state: activity_state(state) }, note)
        }
        PlanActRequest::Tick { item, done, note } => mark(Mark::Item { item, done }, note),
        PlanActRequest::Case { case, outcome, note } => {
            let outcome = match outcome {
                PlanOutcome::Passed => CaseOutcome::Passed,
                PlanOutcome::Failed => CaseOutcome::Failed,
                PlanOutcome::Blocked => CaseOutcome::Blocked,
            };
            mark(Mark::Case { case, outcome }, note)
        }
        PlanActRequest::Risk { risk, state, note } => {
            let state = match state {
                PlanRiskState::Open => RiskState::Open,
                PlanRiskState::Occurred => RiskState::Occurred,
                PlanRiskState::Closed => RiskState::Closed,
            };
            mark(Mark::Risk { risk, state }, note)
        }
        PlanActRequest::Step { risk, step, state, note } => {
            let state = match state {
                PlanStepState::Started => StepState::Started,
                PlanStepState::Done => StepState::Done,
            };
            mark(Mark::Step { risk, step, state }, note)
        }
        PlanActRequest::Meeting { meeting, note } => mark(Mark::Meeting { meeting }, Some(note)),
        PlanActRequest::Action { action, done, note } => mark(Mark::Action { action, done }, note),
        PlanActRequest::Scope { item, done, note } => mark(Mark::Scope { item, done }, note),
        PlanActRequest::Vote { role, choice, note } => {
            command(PlanCommand::Vote { role, choice: chosen(choice) }, note, None)
        }
        PlanActRequest::Call { choice, digest, note } => {
            let seen: Seen = digest.parse().map_err(|bad: <Seen as std::str::FromStr>::Err| {
                Trouble::unfit(bad.to_string()).help("look at it first: `tidegate plan go-no-go VERSION` ends with the whole command, and GET /plans/{version}/go-no-go has it as `digest`")
            })?;
            (PlanWish::Call { choice: chosen(choice), seen }, note, None)
        }
    })
}

fn phase(to: PlanPhase) -> Phase {
    match to {
        PlanPhase::Draft => Phase::Draft,
        PlanPhase::Planned => Phase::Planned,
        PlanPhase::Frozen => Phase::Frozen,
        PlanPhase::Candidate => Phase::Candidate,
        PlanPhase::Go => Phase::Go,
        PlanPhase::RollingOut => Phase::RollingOut,
        PlanPhase::Released => Phase::Released,
        PlanPhase::Cancelled => Phase::Cancelled,
    }
}

fn activity_state(state: PlanActivityState) -> ActivityState {
    match state {
        PlanActivityState::Open => ActivityState::Open,
        PlanActivityState::UnderWay => ActivityState::UnderWay,
        PlanActivityState::Done => ActivityState::Done,
        PlanActivityState::Cancelled => ActivityState::Cancelled,
    }
}

fn chosen(choice: PlanChoice) -> Choice {
    match choice {
        PlanChoice::Go => Choice::Go,
        PlanChoice::NoGo => Choice::NoGo,
        PlanChoice::Withdrawn => Choice::Withdrawn,
    }
}

/// A document of the right form; whether its members fit one another is decided later.
pub(super) fn read(given: Value) -> Result<document::Plan, Trouble> {
    let bytes = given.to_string().len();
    if bytes > DOCUMENT_BYTES_MAX {
        return Err(Refusal::from(PlanRefusal::TooLong { bytes, most: DOCUMENT_BYTES_MAX }).into());
    }
    serde_json::from_value(given).map_err(|why| {
        let (path, code, says) = (String::new(), "form", why.to_string());
        let problem = Problem { path, code, says };
        Refusal::from(PlanRefusal::Unfit { problems: vec![problem] }).into()
    })
}

pub(super) async fn done(
    app: &App,
    asked: Asked<()>,
    (version, wish, note): (Version, PlanWish, Option<String>),
) -> Result<Json<Plan>, Trouble> {
    let wish = ForPlan { version: version.clone(), wish, note: note.unwrap_or_default() };
    app.engine.submit(&asked.to(Command::Plan(Box::new(wish))), app.clock.now()).await?;
    shown(app, &version).await
}

pub(super) async fn shown(app: &App, version: &Version) -> Result<Json<Plan>, Trouble> {
    let (plan, edition) = found(app, version).await?;
    Ok(Json(wire::plan((&plan, app.clock.now().wall_ms), edition)?))
}

pub(super) async fn look(app: &App, version: &Version) -> Result<Arc<ReleasePlan>, Trouble> {
    Ok(found(app, version).await?.0)
}

pub(super) async fn found(app: &App, version: &Version) -> Result<(Arc<ReleasePlan>, u64), Trouble> {
    let found = app.engine.release_plan(version).await?.map(|(plan, _, edition)| (plan, edition));
    found.ok_or_else(|| Refusal::from(PlanRefusal::Unknown { version: version.clone() }).into())
}
