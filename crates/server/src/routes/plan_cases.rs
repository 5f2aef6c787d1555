//! `/plans/{version}/cases` and `/files`: manual test cases from a file, and files of their runs.
//!
//! Invariant: a file of cases is taken whole or refused with the lines that are wrong; a file of a run is given back as it came, and
//! never shown. Deliberately not here: reading tables (`tidegate-plan`), and which files a run may have (`domain::release_plan`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use tidegate_api::{Plan, PlanCasesFormat, PlanCasesImported};
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::{FILE_BYTES_MAX, PlanRefusal};
use tidegate_engine::{Command, ForPlan, PlanWish, Request};
use tidegate_plan::cases::{self, BadRow, CASES_BYTES_MAX, CasesFormat};
use utoipa::IntoParams;

use super::plans::{done, look, shown};
use super::problems::{Commanding, ReadingOne};
use crate::app::App;
use crate::asked::Sent;
use crate::download::{attachment, file_changed};
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CasesSent {
    /// `csv` where absent.
    #[param(inline)]
    format: Option<PlanCasesFormat>,
    /// Only read them, and say what would change.
    dry_run: Option<bool>,
}

/// Import test cases
///
/// The body is a table or a list of manual test cases, at most 1 MiB: CSV with a heading, or Markdown. A case that is there already, by
/// its `id` or its title, is changed in the columns that the file has; none goes. Where a row is wrong nothing is imported, and
/// every wrong line is named.
#[utoipa::path(
    post, path = "/plans/{version}/cases/import", operation_id = "import_plan_cases", tag = "plans",
    params(("version" = String, Path, description = "Of the release that the plan is for"), CasesSent),
    request_body(content((String = "text/csv"), (String = "text/markdown"))),
    responses((status = 200, description = "What was imported", body = PlanCasesImported), Commanding)
)]
pub(super) async fn bring(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<CasesSent>,
    sent: Sent<CASES_BYTES_MAX>,
) -> Result<Json<PlanCasesImported>, Trouble> {
    let version: Version = name(&version)?;
    let plan = look(&app, &version).await?;
    let text = String::from_utf8(sent.bytes)
        .map_err(|_| Trouble::bad_request("the body is not written in UTF-8"))?;
    let format = match wanted.format.unwrap_or_default() {
        PlanCasesFormat::Csv => CasesFormat::Csv,
        PlanCasesFormat::Markdown => CasesFormat::Markdown,
    };
    let read = tokio::task::spawn_blocking(move || {
        let rows = cases::read(format, &text)?;
        let merged = cases::merge(&plan.document, &rows)?;
        Ok::<_, Vec<BadRow>>((rows, merged))
    });
    let (rows, merged) = read.await.map_err(|_| Trouble::bug())?.map_err(unfit)?;
    let dry_run = wanted.dry_run.unwrap_or(false);
    let command = ForPlan { version: version.clone(), wish: PlanWish::Cases { rows }, note: String::new() };
    let request = Request { dry_run, ..sent.asked.to(Command::Plan(Box::new(command))) };
    app.engine.submit(&request, app.clock.now()).await?;
    let plan = if dry_run { None } else { Some(shown(&app, &version).await?.0) };
    Ok(Json(PlanCasesImported { plan, added: merged.added, changed: merged.changed, same: merged.same }))
}

fn unfit(rows: Vec<BadRow>) -> Trouble {
    Refusal::from(PlanRefusal::BadCases { rows }).into()
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSent {
    /// What it is called; no path.
    #[param(min_length = 1, max_length = 120, pattern = "^[A-Za-z0-9]([A-Za-z0-9_. -]*[A-Za-z0-9_-])?$")]
    name: String,
}

/// Add a file to the last run of a test case
///
/// The body is a log or a picture that shows how it went, at most 8 MiB; a run on the candidate as it is has ten of them at most. The same
/// file is added once.
#[utoipa::path(
    post, path = "/plans/{version}/cases/{case}/files", operation_id = "attach_to_plan_case", tag = "plans",
    params(
        ("version" = String, Path, description = "Of the release that the plan is for"),
        ("case" = String, Path, description = "The id of the case in the plan"),
        FileSent
    ),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 200, description = "The plan", body = Plan), Commanding)
)]
pub(super) async fn attach(
    State(app): State<Arc<App>>,
    At((version, case)): At<(String, String)>,
    Wanted(FileSent { name: called }): Wanted<FileSent>,
    sent: Sent<FILE_BYTES_MAX>,
) -> Result<Json<Plan>, Trouble> {
    if sent.bytes.is_empty() {
        return Err(Trouble::unfit("the file is empty").help("send the bytes of the file as the body"));
    }
    let wish = PlanWish::Attach { case, name: called, bytes: sent.bytes };
    done(&app, sent.asked, (name(&version)?, wish, None)).await
}

/// Download a file of a run
///
/// As it came, under the name that it was sent with; to be saved, never to be shown in place.
#[utoipa::path(
    get, path = "/plans/{version}/files/{digest}", operation_id = "download_plan_file", tag = "plans",
    params(
        ("version" = String, Path, description = "Of the release that the plan is for"),
        ("digest" = String, Path, description = "Of the file, in the `files` of its run")
    ),
    responses((status = 200, description = "The file", body = String, content_type = "application/octet-stream"), ReadingOne)
)]
pub(super) async fn download(
    State(app): State<Arc<App>>,
    At((version, digest)): At<(String, String)>,
) -> Result<Response, Trouble> {
    let version: Version = name(&version)?;
    let plan = look(&app, &version).await?;
    if !plan.files.contains_key(&digest) {
        let detail = format!("no run of a test case of {version} has a file with this digest");
        return Err(Trouble::new(StatusCode::NOT_FOUND, "unknown-plan-file", detail)
            .help(format!("see which there are: `tidegate plan show {version} --json`")));
    }
    let (file, bytes) = app.engine.plan_file(&version, &digest).await?.ok_or_else(file_changed)?;
    Ok(attachment(&file.name, bytes))
}
