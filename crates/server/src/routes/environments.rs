//! `/environments`: what stands where.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use tidegate_api::{Environment, Page};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::environment::EnvironmentSpec;
use tidegate_domain::id::SlotId;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::Right;
use tidegate_ports::Fault;

use super::problems::{Reading, ReadingOne};
use crate::app::App;
use crate::asked::By;
use crate::extract::{At, name};
use crate::problem::Trouble;
use crate::wire;

/// List environments
///
/// Those that the caller may see, in their order, all on one page.
#[utoipa::path(
    get, path = "/environments", operation_id = "list_environments", tag = "environments",
    responses((status = 200, description = "Every environment", body = Page<Environment>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(caller): By,
) -> Result<Json<Page<Environment>>, Trouble> {
    let catalog = app.engine.catalog().await?;
    let mut items = Vec::with_capacity(catalog.environments.len());
    for spec in catalog.environments.iter().filter(|spec| caller.may_in(Right::Read, &spec.name)) {
        items.push(look(&app, &catalog, spec).await?);
    }
    Ok(Json(Page { items, next: None }))
}

/// Show an environment
///
/// The versions that stand there, the instances that run, and how the two differ.
#[utoipa::path(
    get, path = "/environments/{environment}", operation_id = "show_environment", tag = "environments",
    params(("environment" = String, Path, description = "Its name")),
    responses((status = 200, description = "The environment", body = Environment), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
) -> Result<Json<Environment>, Trouble> {
    let catalog = app.engine.catalog().await?;
    let spec = catalog.environment(&name(&environment)?).map_err(Refusal::from)?;
    Ok(Json(look(&app, &catalog, spec).await?))
}

async fn look(app: &App, catalog: &Catalog, spec: &EnvironmentSpec) -> Result<Environment, Fault> {
    let mut slots = Vec::with_capacity(spec.placements.len());
    for component in spec.placements.keys() {
        let id = SlotId { environment: spec.name.clone(), component: component.clone() };
        slots.push((app.engine.slot(&id).await?, app.target.observe(&id).await?));
    }
    Ok(wire::environment(catalog, spec, slots))
}
