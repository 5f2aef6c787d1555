//! `/rollouts/{id}/smoke-tests`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{Page, SmokeTest};
use tidegate_domain::id::RolloutId;
use tidegate_domain::name::ComponentName;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rollout::RolloutRefusal;
use utoipa::IntoParams;

use super::problems::ReadingOne;
use crate::app::App;
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SmokeWanted {
    /// Only of this component.
    #[param(value_type = Option<String>)]
    component: Option<ComponentName>,
}

/// List the smoke tests of a rollout
///
/// In the order in which they are asked, each before traffic and again with all of it, with what the last attempt wrote;
/// all on one page.
#[utoipa::path(
    get, path = "/rollouts/{id}/smoke-tests", operation_id = "list_smoke_tests", tag = "rollouts",
    params(("id" = String, Path, description = "`rol_…`"), SmokeWanted),
    responses((status = 200, description = "Smoke tests", body = Page<SmokeTest>), ReadingOne)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    Wanted(wanted): Wanted<SmokeWanted>,
) -> Result<Json<Page<SmokeTest>>, Trouble> {
    let id: RolloutId = name(&id)?;
    let found = app.engine.smoke_tests(&id, wanted.component.as_ref()).await?;
    let views = found.ok_or_else(|| Refusal::from(RolloutRefusal::Unknown { id }))?;
    let items = views.into_iter().map(wire::smoke_test).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next: None }))
}
