//! `/why`: why a release stands where it stands, and what would move it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{Page, Stands, Why};
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::rights::Right;
use utoipa::IntoParams;

use super::problems::ReadingOne;
use crate::app::App;
use crate::asked::By;
use crate::extract::{At, Wanted, name};
use crate::identity::Caller;
use crate::inquiries;
use crate::problem::Trouble;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhyWanted {
    /// Only there; everywhere where absent.
    #[param(example = "production")]
    environment: Option<String>,
    /// Only where somebody has to act: held, a gate closed, a secret missing.
    waiting: Option<bool>,
}

/// Why does it not move?
///
/// For each of the newest 50 releases (with more than 50 environments fewer, at least 10) and each environment: live, under way and what it waits for, held, barred, a gate that is
/// closed, a stage before, a missing secret, another rollout; each with the command that moves it.
#[utoipa::path(
    get, path = "/why", operation_id = "list_why", tag = "releases", params(WhyWanted),
    responses((status = 200, description = "One answer for each", body = Page<Why>), ReadingOne)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(wanted): Wanted<WhyWanted>,
) -> Result<Json<Page<Why>>, Trouble> {
    answer((&app, &caller), None, wanted).await
}

/// Why does this release not move?
///
/// One answer for each environment, in their order.
#[utoipa::path(
    get, path = "/releases/{version}/why", operation_id = "show_why", tag = "releases",
    params(("version" = String, Path, description = "Its version"), WhyWanted),
    responses((status = 200, description = "One answer for each environment", body = Page<Why>), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(version): At<String>,
    Wanted(wanted): Wanted<WhyWanted>,
) -> Result<Json<Page<Why>>, Trouble> {
    let version: Version = name(&version)?;
    answer((&app, &caller), Some(&version), wanted).await
}

async fn answer(
    (app, caller): (&Arc<App>, &Caller),
    version: Option<&Version>,
    wanted: WhyWanted,
) -> Result<Json<Page<Why>>, Trouble> {
    let to: Option<EnvironmentName> = wanted.environment.as_deref().map(name).transpose()?;
    // Of everything at once, what is known is told: one look would ask hundreds of questions.
    if let (Some(version), Some(to)) = (version, &to)
        && caller.may_in(Right::Read, to)
    {
        inquiries::ask(app, version, std::slice::from_ref(to)).await;
    }
    let answers = app.engine.why(version, to.as_ref(), app.clock.now()).await?;
    let seen = answers.into_iter().filter(|answer| caller.may_in(Right::Read, &answer.environment));
    let all = !wanted.waiting.unwrap_or(false);
    let items = seen.map(wire::why).filter(|why| all || waits(why.stands)).collect();
    Ok(Json(Page { items, next: None }))
}

fn waits(stands: Stands) -> bool {
    match stands {
        Stands::Held | Stands::GatesClosed | Stands::SecretMissing => true,
        Stands::Live
        | Stands::Verified
        | Stands::UnderWay
        | Stands::Returning
        | Stands::NotInPipeline
        | Stands::NotYet
        | Stands::Barred
        | Stands::Busy
        | Stands::Ready => false,
    }
}
