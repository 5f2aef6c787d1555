//! `/environments/{environment}/diff`: how two environments differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::EnvironmentDiff;
use tidegate_domain::difference::{self, Side};
use tidegate_domain::environment::EnvironmentSpec;
use tidegate_domain::id::SlotId;
use tidegate_domain::name::{ComponentName, EnvironmentName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::Right;
use utoipa::IntoParams;

use super::problems::ReadingOne;
use crate::app::App;
use crate::asked::By;
use crate::extract::{At, Wanted, name};
use crate::identity::must_in;
use crate::problem::Trouble;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct With {
    /// The other environment; it takes the right to read there, too.
    with: String,
}

/// Compare two environments
///
/// Variables, secrets by fingerprint (never a value), tier, owner, protection, replicas and routes, versions, and the
/// pipeline's gates and strategy: what differs, and from where it was inherited.
#[utoipa::path(
    get, path = "/environments/{environment}/diff", operation_id = "diff_environments", tag = "environments",
    params(("environment" = String, Path, description = "The one"), With),
    responses((status = 200, description = "What differs", body = EnvironmentDiff), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    Wanted(With { with }): Wanted<With>,
    By(caller): By,
) -> Result<Json<EnvironmentDiff>, Trouble> {
    let (here, there): (EnvironmentName, EnvironmentName) = (name(&environment)?, name(&with)?);
    must_in(&app, &caller, (Right::Read, &there)).await?;
    let (catalog, secrets) = (app.engine.catalog().await?, app.engine.secrets().await?);
    let specs = [
        catalog.environment(&here).map_err(Refusal::from)?,
        catalog.environment(&there).map_err(Refusal::from)?,
    ];
    let versions = [standing(&app, specs[0]).await?, standing(&app, specs[1]).await?];
    let side = |index: usize| {
        let spec: &EnvironmentSpec = specs[index];
        let stage = catalog.pipeline.as_ref().and_then(|pipeline| pipeline.stage(&spec.name));
        let (components, versions) = (&catalog.components, &versions[index]);
        Side { spec, components, stage: stage.map(|(_, stage)| stage), secrets: &secrets, versions }
    };
    let found = difference::compare(side(0), side(1));
    Ok(Json(wire::difference(&here, &there, found)))
}

async fn standing(app: &App, spec: &EnvironmentSpec) -> Result<BTreeMap<ComponentName, Version>, Trouble> {
    let mut versions = BTreeMap::new();
    for component in spec.placements.keys() {
        let id = SlotId { environment: spec.name.clone(), component: component.clone() };
        if let Some(version) = app.engine.slot(&id).await?.version {
            versions.insert(component.clone(), name(&version)?);
        }
    }
    Ok(versions)
}
