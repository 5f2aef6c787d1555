//! `/environments/{environment}/outline`: what a rollout would do.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{Outline, StrategyName};
use tidegate_engine::StartRollout;
use utoipa::IntoParams;

use super::problems::ReadingOne;
use super::rollouts::with_defaults;
use crate::app::App;
use crate::asked::By;
use crate::extract::{At, Wanted, name};
use crate::inquiries;
use crate::problem::Trouble;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OutlineWanted {
    /// The release that would enter.
    release: String,
    /// With its defaults, instead of the one of the pipeline's stage.
    strategy: Option<StrategyName>,
}

/// Show what a rollout would do
///
/// Its steps for each component, the gates before it, the ceilings that would take it back, and why a start would be
/// refused now. Nothing is changed.
#[utoipa::path(
    get, path = "/environments/{environment}/outline", operation_id = "outline", tag = "rollouts",
    params(("environment" = String, Path, description = "Where it would go"), OutlineWanted),
    responses((status = 200, description = "What would happen", body = Outline), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    Wanted(wanted): Wanted<OutlineWanted>,
    By(caller): By,
) -> Result<Json<Outline>, Trouble> {
    let wish = StartRollout {
        release: name(&wanted.release)?,
        environment: name(&environment)?,
        strategy: wanted.strategy.map(with_defaults),
        supersede: false,
        independent: false,
    };
    inquiries::ask(&app, &wish.release, std::slice::from_ref(&wish.environment)).await;
    let view = app.engine.outline(&caller.name, &wish, app.clock.now()).await?;
    Ok(Json(wire::outline(view)))
}
