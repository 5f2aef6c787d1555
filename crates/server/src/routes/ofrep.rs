//! OFREP for people and their tokens: the same answers as for flag keys, in the environment that the path names.
//!
//! Invariant: they stand in the table of rights like every other route. Deliberately not here: the answers
//! (`crate::flags::ofrep`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::refusal::Refusal;

use crate::app::App;
use crate::extract::{At, name};
use crate::flags::{Place, ofrep};
use crate::problem::Trouble;

pub(super) const BULK: &str = "/api/v1/environments/{environment}/ofrep/v1/evaluate/flags";
pub(super) const ONE: &str = "/api/v1/environments/{environment}/ofrep/v1/evaluate/flags/{key}";

pub(super) async fn bulk(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let place = place(&app, &environment).await?;
    let (head, body) = request.into_parts();
    Ok(ofrep::evaluate_all(&app.flags, (&place, None), &head.headers, body).await)
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    At((environment, key)): At<(String, String)>,
    request: Request,
) -> Result<Response, Trouble> {
    let place = place(&app, &environment).await?;
    Ok(ofrep::evaluate_one(&app.flags, &place, &key, request.into_body()).await)
}

async fn place(app: &App, environment: &str) -> Result<Arc<Place>, Trouble> {
    let environment: EnvironmentName = name(environment)?;
    app.engine.catalog().await?.environment(&environment).map_err(Refusal::from)?;
    Ok(app.flags.place(&(app.engine.project().clone(), environment)))
}
