//! `/plans/{version}/import` and `/export`: plans as Markdown, and as a page to print.
//!
//! Invariant: an import tells every line that it did not understand, and changes nothing where the plan does not fit together.
//! Deliberately not here: reading Markdown (`tidegate-plan`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde::Deserialize;
use tidegate_api::{PlanFormat, PlanImported};
use tidegate_domain::name::Version;
use tidegate_domain::release_plan::PlanCommand;
use tidegate_engine::{Command, ForPlan, PlanWish, Request};
use tidegate_plan::markdown::{self, BYTES_MAX, BadMarkdown};
use utoipa::IntoParams;

use super::plan_past::edition;
use super::plans::{look, shown};
use super::problems::{Commanding, ReadingOne};
use crate::app::App;
use crate::asked::Sent;
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanSent {
    /// Only read it, and say what would be written.
    dry_run: Option<bool>,
}

/// Import a plan
///
/// The body is a plan in Markdown, at most 1 MiB; it is written whole, in the place of the one that stands. What is not understood
/// is kept in the plan's notes and told by its line.
#[utoipa::path(
    post, path = "/plans/{version}/import", operation_id = "import_plan", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for"), PlanSent),
    request_body(content = String, content_type = "text/markdown"),
    responses((status = 200, description = "What was read", body = PlanImported), Commanding)
)]
pub(super) async fn bring(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<PlanSent>,
    sent: Sent<BYTES_MAX>,
) -> Result<Json<PlanImported>, Trouble> {
    let version: Version = name(&version)?;
    let text = String::from_utf8(sent.bytes)
        .map_err(|_| Trouble::bad_request("the body is not written in UTF-8"))?;
    let read =
        tokio::task::spawn_blocking(move || markdown::import(&text)).await.map_err(|_| Trouble::bug())?;
    let read = read.map_err(|bad| unreadable(&bad))?;
    let document = serde_json::to_value(&read.plan).map_err(|_| Trouble::bug())?;
    let remarks = wire::retold(&read.remarks)?;
    let strangers = app.engine.strangers(&read.plan).await?.into_iter().map(wire::stranger).collect();
    let dry_run = wanted.dry_run.unwrap_or(false);
    let wish = PlanWish::Command(PlanCommand::Write { document: Box::new(read.plan) });
    let command = Command::Plan(Box::new(ForPlan { version: version.clone(), wish, note: String::new() }));
    let request = Request { dry_run, ..sent.asked.to(command) };
    app.engine.submit(&request, app.clock.now()).await?;
    let plan = if dry_run { None } else { Some(shown(&app, &version).await?.0) };
    Ok(Json(PlanImported { plan, document, remarks, strangers }))
}

fn unreadable(bad: &BadMarkdown) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, bad.code(), bad.to_string())
        .help("nothing was changed; shorten the text there, and import it again")
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportWanted {
    /// `markdown` where absent.
    #[param(inline)]
    format: Option<PlanFormat>,
    /// As it was then; the newest where absent.
    edition: Option<u64>,
}

/// Export a plan
///
/// As Markdown that can be imported again, as a page to print, or as its document.
#[utoipa::path(
    get, path = "/plans/{version}/export", operation_id = "export_plan", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for"), ExportWanted),
    responses((status = 200, description = "The plan", content((String = "text/markdown"), (String = "text/html"), (Object = "application/json"))), ReadingOne)
)]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<ExportWanted>,
) -> Result<Response, Trouble> {
    let version: Version = name(&version)?;
    let plan = look(&app, &version).await?;
    let document = match wanted.edition {
        Some(wanted) => Arc::clone(&edition(&app.engine.plan_editions(&version).await?, wanted)?.document),
        None => Arc::clone(&plan.document),
    };
    let document = &*document;
    Ok(match wanted.format.unwrap_or(PlanFormat::Markdown) {
        PlanFormat::Markdown => {
            ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], markdown::export(document)).into_response()
        }
        PlanFormat::Html => {
            let today = plan.today(app.clock.now().wall_ms).ok_or_else(Trouble::bug)?;
            // Whatever stands in a plan, nothing of it runs here.
            let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
            let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, policy)];
            (headers, markdown::page_on(document, today)).into_response()
        }
        PlanFormat::Json => Json(document).into_response(),
    })
}
