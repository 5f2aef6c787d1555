//! `/releases/{version}/outcome`: what a release's rollouts came to, beside what its users say.
//!
//! Invariant: each deployment here counts in the measures as it does here. Deliberately not here: how it counts
//! (`tidegate-measures`).

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use tidegate_api::ReleaseOutcome;
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::ReleaseRefusal;
use tidegate_measures::{Counted, Outcome, Spread, Why};

use super::feedback;
use super::problems::ReadingOne;
use crate::app::App;
use crate::asked::By;
use crate::extract::{At, name};
use crate::measures::{Asks, asking};
use crate::problem::Trouble;
use crate::wire;

const DEPLOYMENTS_MAX: usize = 100;
const ANSWERS_MAX: usize = 5;

/// Show how a release went
///
/// Its rollouts that reached users, with lead times, failures and incidents as the measures count them, and what users said. Only
/// environments that the caller may see are counted.
#[utoipa::path(
    get, path = "/releases/{version}/outcome", operation_id = "show_release_outcome", tag = "releases",
    params(("version" = String, Path, description = "Of the release")),
    responses((status = 200, description = "How it went", body = ReleaseOutcome), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(given): At<String>,
) -> Result<Json<ReleaseOutcome>, Trouble> {
    let version: Version = name(&given)?;
    let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: version.clone() });
    app.engine.release(&version).await?.ok_or_else(unknown)?;
    let filter = asking(&app, &caller, &Asks::default()).await?.question.filter;
    let deployments = app.measures.of_release(version.to_string(), filter, DEPLOYMENTS_MAX).await?;
    let is_back = |row: &&Counted| {
        row.outcome == Outcome::RolledBack || row.failed.iter().any(|why| matches!(why, Why::Undone { .. }))
    };
    let mut incidents = Vec::new();
    let told: BTreeSet<&String> =
        deployments.iter().flat_map(|row| &row.failed).filter_map(incident).collect();
    for id in told {
        let found = app.engine.incident(&name(id)?).await?;
        incidents.extend(found.map(wire::incident));
    }
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.detected_ms));
    let lead = deployments.iter().flat_map(|row| row.commits_ms.iter().copied()).collect();
    let restored = deployments.iter().filter_map(|row| row.restored.as_ref()).map(|it| it.span_ms).collect();
    Ok(Json(ReleaseOutcome {
        feedback: feedback::counted(&app, &version, ANSWERS_MAX).await?,
        release: version.to_string(),
        failed: deployments.iter().filter(|row| !row.failed.is_empty()).count() as u64,
        rolled_back: deployments.iter().filter(is_back).count() as u64,
        lead_of_commits: Spread::of(lead).map(wire::spread),
        recovery: Spread::of(restored).map(wire::spread),
        incidents,
        deployments: deployments.into_iter().map(wire::measure_row).collect(),
    }))
}

fn incident(why: &Why) -> Option<&String> {
    if let Why::Incident { id } = why { Some(id) } else { None }
}
