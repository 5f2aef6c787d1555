//! `/plans/{version}/…`: what follows from a plan.
//!
//! Invariant: nothing here changes anything, and each answer is worked out from what stands now. Deliberately not here: how
//! (`tidegate-plan`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::Deserialize;
use tidegate_api::{GoNoGo, PlanCapacity, PlanReadiness, PlanRisk, PlanSchedule};
use tidegate_domain::gate::GateStatus;
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::rights::Right;
use tidegate_engine::{Decidable, GatesView};
use tidegate_plan::document::{YEAR_MAX, YEAR_MIN};
use tidegate_plan::{capacity, risk, schedule};
use utoipa::IntoParams;

use super::plan_conflicts;
use super::plans::look;
use super::problems::ReadingOne;
use crate::app::App;
use crate::asked::By;
use crate::extract::{At, Wanted, day, name, no_day};
use crate::inquiries;
use crate::problem::Trouble;
use crate::wire;

/// Show the activities as a chart
///
/// As foreseen today: what is late, what comes when, how much room each has, the critical path, and what stands in the way: freezes,
/// windows, other plans that change the same components, rollouts, people who are wanted twice, with the next free time.
#[utoipa::path(
    get, path = "/plans/{version}/schedule", operation_id = "show_plan_schedule", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "The chart", body = PlanSchedule), ReadingOne)
)]
pub(super) async fn show_schedule(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(version): At<String>,
) -> Result<Json<PlanSchedule>, Trouble> {
    let plan = look(&app, &name(&version)?).await?;
    let today = plan.today(app.clock.now().wall_ms).ok_or_else(Trouble::bug)?;
    // A plan with a cycle was never kept.
    let chart = schedule::schedule(&plan.document.activities, today).map_err(|_| Trouble::bug())?;
    let mut told = serde_json::to_value(&chart).map_err(|_| Trouble::bug())?;
    told["today"] = today.to_string().into();
    let conflicts = plan_conflicts::of_plan(&app, &caller, &plan).await?;
    told["conflicts"] = serde_json::to_value(&conflicts).map_err(|_| Trouble::bug())?;
    Ok(Json(wire::retold(&told)?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CapacityWanted {
    /// The day that is wanted, such as 2026-12-01; the plan's readiness date where absent.
    #[param(min_length = 10, max_length = 10)]
    on: Option<String>,
}

/// Show whether the people can do the work by then
///
/// From the estimates of what is in and not done, by skill, against the hours that the plan's people have from today on: the first
/// feasible day, the skill that holds it up, and what to leave out where a day is wanted that cannot be kept.
#[utoipa::path(
    get, path = "/plans/{version}/capacity", operation_id = "show_plan_capacity", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for"), CapacityWanted),
    responses((status = 200, description = "The earliest date, and what it hangs on", body = PlanCapacity), ReadingOne)
)]
pub(super) async fn show_capacity(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<CapacityWanted>,
) -> Result<Json<PlanCapacity>, Trouble> {
    let version: Version = name(&version)?;
    let on = wanted.on.as_deref().map(|text| planned_day("on", text)).transpose()?;
    let plan = look(&app, &version).await?;
    let today = plan.today(app.clock.now().wall_ms).ok_or_else(Trouble::bug)?;
    let found = capacity::capacity(&plan.document, today, on.or(plan.document.ready_on));
    Ok(Json(wire::retold(&found)?))
}

/// Of the years that a plan may name.
fn planned_day(what: &str, text: &str) -> Result<Date, Trouble> {
    let found = day(what, text)?;
    if (YEAR_MIN..=YEAR_MAX).contains(&found.year()) { Ok(found) } else { Err(no_day(what, text)) }
}

/// Show what is not ready
///
/// The readiness checklist, the manual test cases with their last run, and what triage has left open.
#[utoipa::path(
    get, path = "/plans/{version}/readiness", operation_id = "show_plan_readiness", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "What is ready and what is not", body = PlanReadiness), ReadingOne)
)]
pub(super) async fn show_readiness(
    State(app): State<Arc<App>>,
    At(version): At<String>,
) -> Result<Json<PlanReadiness>, Trouble> {
    let plan = look(&app, &name(&version)?).await?;
    let found = (app.engine.unbound(&plan.document).await?, app.engine.strangers(&plan.document).await?);
    Ok(Json(wire::plan_readiness(&plan, found)?))
}

/// Show how risky it is
///
/// The score of the whole with its parts, and the register of risks, the worst first.
#[utoipa::path(
    get, path = "/plans/{version}/risk", operation_id = "show_plan_risk", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "The score and the register", body = PlanRisk), ReadingOne)
)]
pub(super) async fn show_risk(
    State(app): State<Arc<App>>,
    At(version): At<String>,
) -> Result<Json<PlanRisk>, Trouble> {
    let version: Version = name(&version)?;
    let now = app.clock.now();
    let Decidable { plan, gates, .. } = app.engine.decidable(&version, now).await?;
    let standing = plan.standing(counted(&gates), now.wall_ms);
    Ok(Json(PlanRisk {
        score: wire::retold(&risk::score(&standing))?,
        standing: wire::retold(&standing)?,
        exposure: wire::retold(&risk::exposure(&plan.document.risks))?,
    }))
}

/// Show what to decide on
///
/// Every gate on the way of the release, votes by role, readiness and risk, with a digest over all of it that the final call names.
/// Other systems that a gate asks are asked anew where it is time to.
#[utoipa::path(
    get, path = "/plans/{version}/go-no-go", operation_id = "show_go_no_go", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "What to decide on", body = GoNoGo), ReadingOne)
)]
pub(super) async fn go_no_go(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(version): At<String>,
) -> Result<Json<GoNoGo>, Trouble> {
    let version: Version = name(&version)?;
    let found = app.engine.decidable(&version, app.clock.now()).await?;
    if let Some(candidate) = &found.plan.candidate {
        let way: Vec<EnvironmentName> =
            found.gates.iter().filter_map(|gates| gates.environment.parse().ok()).collect();
        inquiries::ask(&app, &candidate.release, &way).await;
    }
    let now = app.clock.now();
    let Decidable { plan, gates, seen } = app.engine.decidable(&version, now).await?;
    let score = risk::score(&plan.standing(counted(&gates), now.wall_ms)).score;
    let found = (app.engine.unbound(&plan.document).await?, app.engine.strangers(&plan.document).await?);
    let may_see = |gates: &GatesView| {
        gates.environment.parse().is_ok_and(|environment| caller.may_in(Right::Read, &environment))
    };
    Ok(Json(GoNoGo {
        version: plan.version.to_string(),
        state: plan.word().to_owned(),
        phase: wire::plan_phase(plan.phase),
        candidate: wire::plan_candidate(&plan),
        digest: seen.to_string(),
        decider: plan.decider().map(str::to_owned),
        call: plan.call.as_ref().map(wire::plan_call),
        goes: plan.go().is_some(),
        votes: wire::plan_votes(&plan),
        gates: gates.into_iter().filter(may_see).map(wire::gates).collect(),
        readiness: wire::plan_readiness(&plan, found)?,
        risk_score: score,
    }))
}

/// How many gates there are, and how many of them are closed.
fn counted(gates: &[GatesView]) -> (u64, u64) {
    // What decides on it, or is decided by it, is none of its reasons.
    let counts = |gate: &&GateStatus| !matches!(gate.kind.as_str(), "go-no-go" | "risk-ceiling");
    let all = || gates.iter().flat_map(|gates| &gates.gates).filter(counts);
    (all().count() as u64, all().filter(|gate| !gate.open).count() as u64)
}
