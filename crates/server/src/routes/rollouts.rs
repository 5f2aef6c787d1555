//! `/rollouts`, and `/environments/{environment}/rollouts` to start one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use tidegate_api::{
    ActRequest, Page, RollBackRequest, Rollout, RolloutState, RolloutsStarted, Sample, StartRolloutRequest,
    StrategyName,
};
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::Right;
use tidegate_domain::rollout::RolloutRefusal;
use tidegate_domain::strategy::Strategy;
use tidegate_engine::{Act, Answer, Command, Request, StartRollout};
use tidegate_ports::{Row, RowQuery, SamplesQuery};
use utoipa::IntoParams;

use super::gates::short;
use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, By};
use crate::extract::{At, Wanted, name};
use crate::inquiries;
use crate::paging::{self, page_size};
use crate::problem::Trouble;
use crate::wire;

const PAGE: u32 = 50;
const PAGE_MAX: u32 = 1_000;
const SAMPLES: u32 = 200;
const SAMPLES_MAX: u32 = 5_000;

type Started = Result<(StatusCode, Json<RolloutsStarted>), Trouble>;

/// Start a rollout
///
/// Brings a release into an environment, by the strategy of its stage or the one named. Answers once that is written.
#[utoipa::path(
    post, path = "/environments/{environment}/rollouts", operation_id = "start_rollout", tag = "rollouts",
    params(("environment" = String, Path, description = "Where it goes")), request_body = StartRolloutRequest,
    responses((status = 202, description = "Started", body = RolloutsStarted), Commanding)
)]
pub(super) async fn start(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    asked: Asked<StartRolloutRequest>,
) -> Started {
    let (body, asked) = asked.split();
    let (release, environment): (Version, EnvironmentName) = (name(&body.release)?, name(&environment)?);
    inquiries::ask(&app, &release, std::slice::from_ref(&environment)).await;
    let command = Command::StartRollout(StartRollout {
        release,
        environment,
        strategy: body.strategy.map(with_defaults),
        supersede: body.supersede,
        independent: body.independent,
    });
    submit(&app, &asked.to(command)).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RolloutsWanted {
    /// Only in this environment.
    #[param(value_type = Option<String>)]
    environment: Option<EnvironmentName>,
    /// Only in this state.
    state: Option<RolloutState>,
    /// `next` of the page before.
    before: Option<u64>,
    /// At most 1000; 50 where absent.
    limit: Option<u32>,
}

/// List rollouts
///
/// The newest change first; only those that the caller may see, so a page may be short though another one follows.
#[utoipa::path(
    get, path = "/rollouts", operation_id = "list_rollouts", tag = "rollouts", params(RolloutsWanted),
    responses((status = 200, description = "A page of rollouts", body = Page<Rollout>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(wanted): Wanted<RolloutsWanted>,
) -> Result<Json<Page<Rollout>>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)?;
    let query = RowQuery {
        kind: "rollout".to_owned(),
        scope: wanted.environment.map(String::from),
        state: wanted.state.map(|state| word(state).to_owned()),
        before: wanted.before,
        limit,
    };
    let (rows, next) = paging::rows(&*app.store, query).await?;
    let now_ms = app.clock.now().wall_ms;
    let seen =
        |row: &&Row| row.scope.parse().is_ok_and(|environment| caller.may_in(Right::Read, &environment));
    let items =
        rows.iter().filter(seen).map(|row| wire::rollout_of_row(row, now_ms)).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

/// Show a rollout
#[utoipa::path(
    get, path = "/rollouts/{id}", operation_id = "show_rollout", tag = "rollouts",
    params(("id" = String, Path, description = "`rol_…`")),
    responses((status = 200, description = "The rollout", body = Rollout), ReadingOne)
)]
pub(super) async fn show(State(app): State<Arc<App>>, At(id): At<String>) -> Result<Json<Rollout>, Trouble> {
    let id: RolloutId = name(&id)?;
    let found = app.engine.rollout(&id, app.clock.now()).await?;
    let view = found.ok_or_else(|| Refusal::from(RolloutRefusal::Unknown { id }))?;
    let mut rollout = wire::rollout(view)?;
    wire::say_what_is_awaited(&mut rollout);
    Ok(Json(rollout))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SamplesWanted {
    /// Only later measurements than this instant, and of these the oldest.
    after_ms: Option<u64>,
    /// At most 5000; 200 where absent.
    limit: Option<u32>,
}

/// List measurements of a rollout
///
/// Oldest first, all on one page: the newest `limit`, or the first `limit` after an instant.
#[utoipa::path(
    get, path = "/rollouts/{id}/samples", operation_id = "list_samples", tag = "rollouts",
    params(("id" = String, Path, description = "`rol_…`"), SamplesWanted),
    responses((status = 200, description = "Measurements", body = Page<Sample>), ReadingOne)
)]
pub(super) async fn samples(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    Wanted(wanted): Wanted<SamplesWanted>,
) -> Result<Json<Page<Sample>>, Trouble> {
    let id: RolloutId = name(&id)?;
    let limit = page_size(wanted.limit, SAMPLES, SAMPLES_MAX)?;
    if app.engine.rollout(&id, app.clock.now()).await?.is_none() {
        return Err(Refusal::from(RolloutRefusal::Unknown { id }).into());
    }
    let query = SamplesQuery { stream: StreamId::Rollout(id), after_ms: wanted.after_ms, limit };
    let kept = app.store.samples(query).await?;
    let items = kept.iter().map(wire::sample).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next: None }))
}

/// Hold a rollout
///
/// It stays where it is until somebody resumes it; the analysis goes on watching.
#[utoipa::path(
    post, path = "/rollouts/{id}/hold", operation_id = "hold_rollout", tag = "rollouts",
    params(("id" = String, Path, description = "`rol_…`")), request_body = ActRequest,
    responses((status = 202, description = "Held", body = RolloutsStarted), Commanding)
)]
pub(super) async fn hold(State(app): State<Arc<App>>, at: At<String>, asked: Asked<ActRequest>) -> Started {
    act(&app, at, asked, |reason| Act::Hold { reason }).await
}

/// Resume a rollout
///
/// Ends a hold, or lets a step go that waits for a person.
#[utoipa::path(
    post, path = "/rollouts/{id}/resume", operation_id = "resume_rollout", tag = "rollouts",
    params(("id" = String, Path, description = "`rol_…`")), request_body = ActRequest,
    responses((status = 202, description = "Resumed", body = RolloutsStarted), Commanding)
)]
pub(super) async fn resume(State(app): State<Arc<App>>, at: At<String>, asked: Asked<ActRequest>) -> Started {
    act(&app, at, asked, |_| Act::Resume).await
}

/// Skip the steps that are left
///
/// All traffic goes to the candidate; the analysis goes on watching.
#[utoipa::path(
    post, path = "/rollouts/{id}/promote", operation_id = "promote_rollout", tag = "rollouts",
    params(("id" = String, Path, description = "`rol_…`")), request_body = ActRequest,
    responses((status = 202, description = "Promoted", body = RolloutsStarted), Commanding)
)]
pub(super) async fn skip(State(app): State<Arc<App>>, at: At<String>, asked: Asked<ActRequest>) -> Started {
    act(&app, at, asked, |_| Act::Promote).await
}

/// Abort a rollout
///
/// Stops it and goes back; says nothing about the release.
#[utoipa::path(
    post, path = "/rollouts/{id}/abort", operation_id = "abort_rollout", tag = "rollouts",
    params(("id" = String, Path, description = "`rol_…`")), request_body = ActRequest,
    responses((status = 202, description = "Going back", body = RolloutsStarted), Commanding)
)]
pub(super) async fn abort(State(app): State<Arc<App>>, at: At<String>, asked: Asked<ActRequest>) -> Started {
    act(&app, at, asked, |reason| Act::Abort { reason }).await
}

/// Roll back
///
/// Goes back because the release is bad, which bars it here: at once, or over a time in even steps. After the rollout has
/// succeeded this is a new rollout to the version before, whose id is answered.
#[utoipa::path(
    post, path = "/rollouts/{id}/rollback", operation_id = "roll_back_rollout", tag = "rollouts",
    params(("id" = String, Path, description = "`rol_…`")), request_body = RollBackRequest,
    responses((status = 202, description = "Going back", body = RolloutsStarted), Commanding)
)]
pub(super) async fn roll_back(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    asked: Asked<RollBackRequest>,
) -> Started {
    let (body, asked) = asked.split();
    let (reason, over_seconds) = (reason(body.reason)?, body.over_seconds);
    let command = Command::Rollout { id: name(&id)?, act: Act::RollBack { reason, over_seconds } };
    submit(&app, &asked.to(command)).await
}

async fn act(
    app: &App,
    At(id): At<String>,
    asked: Asked<ActRequest>,
    to_act: impl FnOnce(String) -> Act,
) -> Started {
    let (body, asked) = asked.split();
    let command = Command::Rollout { id: name(&id)?, act: to_act(reason(body.reason)?) };
    submit(app, &asked.to(command)).await
}

fn reason(given: Option<String>) -> Result<String, Trouble> {
    short(given.unwrap_or_default())
}

/// For every command that is answered with rollouts.
pub(super) async fn submit(app: &App, request: &Request) -> Started {
    match app.engine.submit(request, app.clock.now()).await? {
        Answer::Rollouts { ids } => {
            for id in &ids {
                app.origins.remember(&StreamId::Rollout(id.clone()));
            }
            let rollouts = ids.into_iter().map(String::from).collect();
            Ok((StatusCode::ACCEPTED, Json(RolloutsStarted { rollouts })))
        }
        Answer::Applied { .. } | Answer::Release { .. } | Answer::Done | Answer::Incident { .. } => {
            Err(Trouble::bug())
        }
    }
}

pub(super) fn with_defaults(strategy: StrategyName) -> Strategy {
    match strategy {
        StrategyName::Recreate => Strategy::Recreate(tidegate_domain::strategy::Recreate::default()),
        StrategyName::Rolling => Strategy::Rolling(tidegate_domain::strategy::Rolling::default()),
        StrategyName::BlueGreen => Strategy::BlueGreen(tidegate_domain::strategy::BlueGreen::default()),
        StrategyName::Canary => Strategy::Canary(tidegate_domain::strategy::Canary::default()),
        StrategyName::Phased => Strategy::Phased(tidegate_domain::strategy::Phased::default()),
        StrategyName::Shadow => Strategy::Shadow(tidegate_domain::strategy::Shadow::default()),
    }
}

fn word(state: RolloutState) -> &'static str {
    match state {
        RolloutState::Waiting => "waiting",
        RolloutState::Advancing => "advancing",
        RolloutState::Held => "held",
        RolloutState::Returning => "returning",
        RolloutState::Succeeded => "succeeded",
        RolloutState::RolledBack => "rolled-back",
        RolloutState::Cancelled => "cancelled",
    }
}
