//! `/environments/{environment}/drift`: what runs there against what was recorded.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use tidegate_api::{Changing, EnvironmentDrift};
use tidegate_domain::name::EnvironmentName;
use tidegate_engine::{DriftFound, DriftView, Severity};
use tidegate_targets::Kept;

use super::problems::ReadingOne;
use crate::app::App;
use crate::extract::{At, name};
use crate::problem::Trouble;
use crate::wire;

/// Compare what runs with what was recorded
///
/// Instances, the gateway's route, artifacts on the disk (read whole for this), what instances were started with, and what was
/// configured since: what differs, how bad that is, and what mends it.
#[utoipa::path(
    get, path = "/environments/{environment}/drift", operation_id = "environment_drift", tag = "environments",
    params(("environment" = String, Path)),
    responses((status = 200, description = "What differs", body = EnvironmentDrift), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
) -> Result<Json<EnvironmentDrift>, Trouble> {
    let environment: EnvironmentName = name(&environment)?;
    let mut answer =
        EnvironmentDrift { environment: environment.to_string(), drifts: Vec::new(), changing: Vec::new() };
    for mut view in app.engine.drift(&environment, app.clock.now()).await? {
        if let Some(rollout) = view.rollout.take() {
            answer.changing.push(Changing { component: view.component, rollout });
            continue;
        }
        let mut found = std::mem::take(&mut view.found);
        found.splice(0..0, artifact(&app, &view).await?);
        answer.drifts.extend(found.into_iter().map(|found| wire::drift(environment.as_str(), &view, found)));
    }
    Ok(Json(answer))
}

async fn artifact(app: &App, view: &DriftView) -> Result<Option<DriftFound>, Trouble> {
    let Some(artifact) = &view.artifact else { return Ok(None) };
    let Some(digest) = artifact.digest.clone() else { return Ok(None) };
    // It reads all of it. The semaphore is never closed.
    let _permit = app.readers.acquire().await;
    let (kind, observed) = match app.machine.kept(artifact.source.clone(), digest.clone()).await? {
        Kept::Whole | Kept::Unknown => return Ok(None),
        Kept::Changed => ("artifact-changed", "other content on the disk"),
        Kept::Missing => ("artifact-missing", "not on the disk"),
    };
    Ok(Some(DriftFound {
        kind,
        severity: Severity::Broken,
        subject: artifact.version.to_string(),
        recorded: digest,
        observed: observed.to_owned(),
    }))
}
