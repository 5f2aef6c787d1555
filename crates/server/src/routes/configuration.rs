//! `/apply` and `/catalog`: what `tidegate.yaml` says.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{Applied, ApplyRequest, Catalog, Configuration, Diagnostic, Diagnostics};
use tidegate_connectors::guard::SendFailure;
use tidegate_domain::strategy::{Flagged, Strategy};
use tidegate_engine::{Answer, Command, Request};

use super::problems::{Commanding, Reading};
use crate::app::App;
use crate::asked::Asked;
use crate::inquiries;
use crate::problem::Trouble;
use crate::wire;

/// Apply a configuration
///
/// Applying what stands already changes nothing. With `dry_run` it only says what would change. A file with errors is
/// a problem with code `bad-configuration` and `diagnostics`.
#[utoipa::path(
    post, path = "/apply", operation_id = "apply", tag = "configuration", request_body = ApplyRequest,
    responses((status = 200, description = "What changed, or would", body = Applied), Commanding)
)]
pub(super) async fn apply(
    State(app): State<Arc<App>>,
    asked: Asked<ApplyRequest>,
) -> Result<Json<Applied>, Trouble> {
    let (ApplyRequest { file_name, text, dry_run }, asked) = asked.split();
    let manifest = tidegate_manifest::parse(&file_name, &text).map_err(bad_configuration)?;
    check_gates(&app, &manifest.catalog).await?;
    check_sources(&app, &manifest.catalog).await?;
    let request = Request { dry_run, ..asked.to(Command::Apply(manifest.catalog)) };
    let changes = match app.engine.submit(&request, app.clock.now()).await? {
        Answer::Applied { changes } => changes,
        Answer::Release { .. } | Answer::Rollouts { .. } | Answer::Done | Answer::Incident { .. } => {
            return Err(Trouble::bug());
        }
    };
    Ok(Json(Applied { changes, dry_run }))
}

/// No gate asks where it must not.
async fn check_gates(app: &App, catalog: &tidegate_domain::catalog::Catalog) -> Result<(), Trouble> {
    let desk = app.desk.get().ok_or_else(Trouble::bug)?;
    inquiries::check(&desk.guard, catalog).await.map_err(|(gate, environment, failure)| {
        let detail = format!("the gate `{gate}` of {environment} cannot ask there: {}", failure.explained());
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, failure.code(), detail).help(failure.help())
    })
}

/// Nor does an analysis. A name that nobody knows now may be known later.
async fn check_sources(app: &App, catalog: &tidegate_domain::catalog::Catalog) -> Result<(), Trouble> {
    let desk = app.desk.get().ok_or_else(Trouble::bug)?;
    for stage in catalog.pipeline.iter().chain(&catalog.hotfix_pipeline).flat_map(|way| &way.stages) {
        let Strategy::Flag(Flagged { prometheus: Some(at), .. }) = &stage.strategy else { continue };
        match desk.guard.check(&at.url).await {
            Ok(_) | Err(SendFailure::UnknownHost { .. }) => {}
            Err(failure) => {
                let (place, why) = (&stage.environment, failure.explained());
                let detail = format!("the Prometheus of {place} cannot be asked there: {why}");
                let trouble = Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, failure.code(), detail);
                return Err(trouble.help(failure.help()));
            }
        }
    }
    Ok(())
}

/// Show what is applied
#[utoipa::path(
    get, path = "/catalog", operation_id = "catalog", tag = "configuration",
    responses((status = 200, description = "What `tidegate.yaml` last said", body = Catalog), Reading)
)]
pub(super) async fn catalog(State(app): State<Arc<App>>) -> Result<Json<Catalog>, Trouble> {
    Ok(Json(wire::catalog(&app.engine.catalog().await?)))
}

/// Show the configuration as it was written
///
/// The text that was applied last, and the same as a JSON object, for programs that change it. Another wording of what
/// stands already is not kept.
#[utoipa::path(
    get, path = "/configuration", operation_id = "configuration", tag = "configuration",
    responses((status = 200, description = "The file", body = Configuration), Reading)
)]
pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Json<Configuration>, Trouble> {
    let catalog = app.engine.catalog().await?;
    let (file_name, text) = catalog.source.map(|source| (source.file_name, source.text)).unwrap_or_default();
    let document = tidegate_manifest::as_json(&text).unwrap_or_else(|| serde_json::json!({}));
    Ok(Json(Configuration { project: catalog.project, file_name, text, document }))
}

fn bad_configuration(found: tidegate_manifest::Diagnostics) -> Trouble {
    let detail = found.to_string();
    let entry = |entry: tidegate_manifest::Diagnostic| Diagnostic {
        code: entry.code,
        message: entry.message,
        line: entry.line,
        column: entry.column,
        length: entry.length,
        source_line: entry.source_line,
        source_column: entry.source_column,
        suggestion: entry.suggestion,
    };
    let diagnostics = Diagnostics {
        file: found.file,
        entries: found.entries.into_iter().map(entry).collect(),
        omitted: found.omitted,
    };
    let trouble = Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-configuration", detail)
        .help("correct the places that it names and apply it again; nothing was changed");
    Trouble { diagnostics: Some(Box::new(diagnostics)), ..trouble }
}
