//! `/flags/{key}/environments/{environment}`: how a flag stands there, and changes that wait for a second person.
//!
//! Invariant: whoever may stop anything there may switch a flag off at once; anything else takes the right to ship there,
//! and where it is protected a second person's word. Deliberately not here: the rules (`domain::flag`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{
    ActRequest, Flag, ProposeFlagRequest, RevertFlagRequest, SetFlagRequest, SwitchFlagRequest,
};
use tidegate_domain::flag::{Change, Definition, FlagCommand, FlagRefusal};
use tidegate_domain::name::{EnvironmentName, FlagKey, PersonName};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::{Place, Right, permits};

use super::flags::{check, done, unknown};
use super::problems::Commanding;
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, name};
use crate::identity::{Caller, must_in};
use crate::problem::Trouble;

/// Set a flag's definition
///
/// In flagd's format. It is compiled first: one that cannot be served is refused with the place. Served from the answer on.
#[utoipa::path(
    put, path = "/flags/{key}/environments/{environment}", operation_id = "set_flag", tag = "flags",
    params(("key" = String, Path, description = "Its key"), ("environment" = String, Path, description = "Where")),
    request_body = SetFlagRequest,
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    asked: Asked<SetFlagRequest>,
) -> Result<Json<Flag>, Trouble> {
    let (body, asked) = asked.split();
    let (key, environment): (FlagKey, EnvironmentName) = (name(&place.0)?, name(&place.1)?);
    let definition = Definition::compiled(&key, &body.definition).map_err(Refusal::from)?;
    check(&app, (&key, &environment), &definition)?;
    let change = FlagCommand::Change { environment, change: Change::Configure { definition } };
    done(&app, asked, &key, (vec![change], body.reason)).await
}

/// Switch a flag on or off
///
/// Off: its rules are no longer asked, and everybody gets its off variant. Whoever may stop rollouts there may do that at
/// once, also where a change otherwise needs a second person.
#[utoipa::path(
    post, path = "/flags/{key}/environments/{environment}/switch", operation_id = "switch_flag", tag = "flags",
    params(("key" = String, Path, description = "Its key"), ("environment" = String, Path, description = "Where")),
    request_body = SwitchFlagRequest,
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn switch(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    asked: Asked<SwitchFlagRequest>,
) -> Result<Json<Flag>, Trouble> {
    let (body, asked) = asked.split();
    let (key, environment): (FlagKey, EnvironmentName) = (name(&place.0)?, name(&place.1)?);
    if body.on {
        must_in(&app, &asked.caller, (Right::Deploy, &environment)).await?;
    }
    let change = FlagCommand::Change { environment, change: Change::Switch { on: body.on } };
    done(&app, asked, &key, (vec![change], body.reason)).await
}

/// Go back to an earlier edition
///
/// The one before, or the one named; it becomes the newest.
#[utoipa::path(
    post, path = "/flags/{key}/environments/{environment}/revert", operation_id = "revert_flag", tag = "flags",
    params(("key" = String, Path, description = "Its key"), ("environment" = String, Path, description = "Where")),
    request_body = RevertFlagRequest,
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn revert(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    asked: Asked<RevertFlagRequest>,
) -> Result<Json<Flag>, Trouble> {
    let (body, asked) = asked.split();
    let (key, environment): (FlagKey, EnvironmentName) = (name(&place.0)?, name(&place.1)?);
    let to = match body.edition {
        Some(to) => to,
        None => before(&app, &key, &environment).await?,
    };
    let change = FlagCommand::Change { environment, change: Change::Revert { to } };
    done(&app, asked, &key, (vec![change], body.reason)).await
}

/// Propose a change
///
/// For a second person to approve. It is bound to how the flag stands now, and changes nothing before: whoever develops may
/// propose, also where they may not ship.
#[utoipa::path(
    post, path = "/flags/{key}/environments/{environment}/proposals", operation_id = "propose_flag_change", tag = "flags",
    params(("key" = String, Path, description = "Its key"), ("environment" = String, Path, description = "Where")),
    request_body = ProposeFlagRequest,
    responses((status = 201, description = "The flag, with what waits", body = Flag), Commanding)
)]
pub(super) async fn propose(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    asked: Asked<ProposeFlagRequest>,
) -> Result<(StatusCode, Json<Flag>), Trouble> {
    let (body, asked) = asked.split();
    let (key, environment): (FlagKey, EnvironmentName) = (name(&place.0)?, name(&place.1)?);
    let change = match (body.definition, body.on, body.edition) {
        (Some(given), None, None) => {
            let definition = Definition::compiled(&key, &given).map_err(Refusal::from)?;
            check(&app, (&key, &environment), &definition)?;
            Change::Configure { definition }
        }
        (None, Some(on), None) => Change::Switch { on },
        (None, None, Some(to)) => Change::Revert { to },
        _ => return Err(Trouble::unfit("exactly one of `definition`, `on` and `edition` is proposed")),
    };
    let command = FlagCommand::Propose { environment, change };
    let flag = done(&app, asked, &key, (vec![command], body.reason)).await?;
    Ok((StatusCode::CREATED, flag))
}

/// Approve a change
///
/// As a second person, who may sign there: it happens at once. Where the environment is protected, one of the two may ship
/// there, or the second one is an approver. Refused when the flag was changed there since it was proposed.
#[utoipa::path(
    post, path = "/flags/{key}/environments/{environment}/proposals/{proposal}/approve",
    operation_id = "approve_flag_change", tag = "flags", request_body = ActRequest,
    params(
        ("key" = String, Path, description = "Its key"), ("environment" = String, Path, description = "Where"),
        ("proposal" = u64, Path, description = "The change's number"),
    ),
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn approve(
    State(app): State<Arc<App>>,
    At(place): At<(String, String, u64)>,
    asked: Asked<ActRequest>,
) -> Result<Json<Flag>, Trouble> {
    at_least_one_may_ship(&app, &asked.caller, &place).await?;
    decide(&app, place, asked, |id| FlagCommand::Approve { id }).await
}

/// Reject a change
#[utoipa::path(
    post, path = "/flags/{key}/environments/{environment}/proposals/{proposal}/reject",
    operation_id = "reject_flag_change", tag = "flags", request_body = ActRequest,
    params(
        ("key" = String, Path, description = "Its key"), ("environment" = String, Path, description = "Where"),
        ("proposal" = u64, Path, description = "The change's number"),
    ),
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn reject(
    State(app): State<Arc<App>>,
    At(place): At<(String, String, u64)>,
    asked: Asked<ActRequest>,
) -> Result<Json<Flag>, Trouble> {
    decide(&app, place, asked, |id| FlagCommand::Reject { id }).await
}

/// Take a proposed change back
///
/// One's own; that of somebody else takes the right to ship there.
#[utoipa::path(
    post, path = "/flags/{key}/environments/{environment}/proposals/{proposal}/withdraw",
    operation_id = "withdraw_flag_change", tag = "flags", request_body = ActRequest,
    params(
        ("key" = String, Path, description = "Its key"), ("environment" = String, Path, description = "Where"),
        ("proposal" = u64, Path, description = "The change's number"),
    ),
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    At(place): At<(String, String, u64)>,
    asked: Asked<ActRequest>,
) -> Result<Json<Flag>, Trouble> {
    let environment: EnvironmentName = name(&place.1)?;
    if proposed_by(&app, &place).await?.is_some_and(|by| !by.eq_ignore_ascii_case(&asked.caller.name)) {
        must_in(&app, &asked.caller, (Right::Deploy, &environment)).await?;
    }
    decide(&app, place, asked, |id| FlagCommand::Withdraw { id }).await
}

/// None of what does not wait any more.
async fn proposed_by(app: &App, (key, _, id): &(String, String, u64)) -> Result<Option<String>, Trouble> {
    let found = app.engine.flag(&name(key)?).await?;
    Ok(found.and_then(|(flag, _, _)| flag.proposals.get(id).map(|known| known.said.by.clone())))
}

/// Else two people who may not ship there would change what is protected.
async fn at_least_one_may_ship(
    app: &App,
    caller: &Caller,
    place: &(String, String, u64),
) -> Result<(), Trouble> {
    let environment: EnvironmentName = name(&place.1)?;
    let catalog = app.engine.catalog().await?;
    let is_protected = catalog.environment(&environment).is_ok_and(|spec| spec.protected);
    let Some(by) = proposed_by(app, place).await?.filter(|_| is_protected) else { return Ok(()) };
    let directory = app.engine.directory().await?;
    let project = app.engine.project();
    let there = Place::Environment(project.as_str(), &environment);
    let known = by.parse().ok().and_then(|name: PersonName| directory.get(&name).cloned());
    let may_ship = known.is_some_and(|known| permits(&known.grants, Right::DeployProtected, there));
    if may_ship || directory.is_empty() {
        return Ok(());
    }
    must_in(app, caller, (Right::Approve, &environment)).await
}

async fn decide(
    app: &App,
    (key, environment, id): (String, String, u64),
    asked: Asked<ActRequest>,
    command: impl FnOnce(u64) -> FlagCommand,
) -> Result<Json<Flag>, Trouble> {
    let (body, asked) = asked.split();
    let (key, environment): (FlagKey, EnvironmentName) = (name(&key)?, name(&environment)?);
    // Its own environment is what the caller was admitted to; one that is decided on already is told by the command.
    let found = app.engine.flag(&key).await?;
    let (flag, _, _) = found.ok_or_else(|| unknown(key.clone()))?;
    if flag.proposals.get(&id).is_some_and(|known| known.environment != environment) {
        let known = flag.proposals.iter().filter(|(_, known)| known.environment == environment);
        let known = known.map(|(id, _)| *id).collect();
        return Err(Refusal::from(FlagRefusal::UnknownProposal { key, id, known }).into());
    }
    done(app, asked, &key, (vec![command(id)], body.reason)).await
}

/// The edition before the one that stands.
async fn before(app: &App, key: &FlagKey, environment: &EnvironmentName) -> Result<u64, Trouble> {
    let found = app.engine.flag(key).await?;
    let (flag, _, _) = found.ok_or_else(|| unknown(key.clone()))?;
    let standing = flag.environments.get(environment);
    let edition = standing.and_then(|standing| standing.earlier.back()).map(|edition| edition.number);
    let (key, environment) = (key.clone(), environment.clone());
    edition.ok_or_else(|| Refusal::from(FlagRefusal::UnknownEdition { key, environment, edition: 0 }).into())
}
