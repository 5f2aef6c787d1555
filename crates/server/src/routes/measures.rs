//! `/measures`: the five of DORA, the rows that each came from, and the same for spreadsheets.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;
use tidegate_api::{MeasurePeriod, MeasureRows, MeasuredRows, Measures};
use tidegate_measures::{Measure, RowsQuestion, Which};
use utoipa::IntoParams;

use super::problems::ReadingOne;
use crate::app::App;
use crate::asked::By;
use crate::extract::Wanted;
use crate::measures::{Asking, Asks, asking, csv};
use crate::paging::page_size;
use crate::problem::Trouble;
use crate::wire;

const PAGE: u32 = 50;
const PAGE_MAX: u32 = 1_000;
const AFTER_CHARS_MAX: usize = 64;

/// Show the measures
///
/// Deployment frequency, change lead time, change fail rate, failed deployment recovery time and deployment rework rate, of
/// rollouts that ended in production; each with its definition, its level by DORA's table, and what it was before. Only
/// environments that the caller may see are counted.
#[utoipa::path(
    get, path = "/measures", operation_id = "show_measures", tag = "measures", params(Asks),
    responses((status = 200, description = "The figures", body = Measures), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(asks): Wanted<Asks>,
) -> Result<Json<Measures>, Trouble> {
    let Asking { question, environments } = asking(&app, &caller, &asks).await?;
    let answer = app.measures.answer(question.clone()).await?;
    Ok(Json(wire::measures(&question, environments, &answer)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RowsWanted {
    /// Whose rows: all deployments for the frequency; for the others those above the line of the fraction, or with a span.
    measure: MeasuredRows,
    /// As of the measures.
    components: Option<String>,
    /// As of the measures.
    teams: Option<String>,
    /// As of the measures.
    environments: Option<String>,
    /// As of the measures.
    from: Option<String>,
    /// As of the measures.
    to: Option<String>,
    /// As of the measures.
    period: Option<MeasurePeriod>,
    /// As of the measures.
    zone: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most 1000; 50 where absent.
    limit: Option<u32>,
}

/// List the rows of a measure
///
/// The rollouts that a figure came from, the newest first, each with why it counts.
#[utoipa::path(
    get, path = "/measures/rows", operation_id = "list_measure_rows", tag = "measures", params(RowsWanted),
    responses((status = 200, description = "A page of rows", body = MeasureRows), ReadingOne)
)]
pub(super) async fn rows(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(wanted): Wanted<RowsWanted>,
) -> Result<Json<MeasureRows>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)? as usize;
    let which = match wanted.measure {
        MeasuredRows::DeploymentFrequency => Which::Of(Measure::DeploymentFrequency),
        MeasuredRows::ChangeLeadTime => Which::Of(Measure::ChangeLeadTime),
        MeasuredRows::ChangeFailRate => Which::Of(Measure::ChangeFailRate),
        MeasuredRows::FailedDeploymentRecoveryTime => Which::Of(Measure::FailedDeploymentRecoveryTime),
        MeasuredRows::DeploymentReworkRate => Which::Of(Measure::DeploymentReworkRate),
        MeasuredRows::Errors => Which::Errors,
    };
    let after = wanted.after.filter(|after| !after.is_empty());
    if after.as_ref().is_some_and(|after| after.len() > AFTER_CHARS_MAX) {
        return Err(Trouble::bad_request("`after` is no `next` of a page"));
    }
    let RowsWanted { components, teams, environments, from, to, period, zone, .. } = wanted;
    let asks = Asks { components, teams, environments, from, to, period, zone };
    let question = asking(&app, &caller, &asks).await?.question;
    // One more says whether there is another page.
    let asked = RowsQuestion { question, which, after, limit: limit + 1 };
    let mut found = app.measures.rows(asked).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|row| row.id.clone());
    Ok(Json(MeasureRows { items: found.into_iter().map(wire::measure_row).collect(), next }))
}

/// Show the measures as comma-separated values
///
/// One line for each period and one for all of them together, with the names of the columns first.
#[utoipa::path(
    get, path = "/measures.csv", operation_id = "export_measures", tag = "measures", params(Asks),
    responses((status = 200, description = "The figures", body = String, content_type = "text/csv"), ReadingOne)
)]
pub(super) async fn table(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(asks): Wanted<Asks>,
) -> Result<Response, Trouble> {
    let question = asking(&app, &caller, &asks).await?.question;
    let answer = app.measures.answer(question).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"measures.csv\""),
    ];
    Ok((headers, csv(&answer)).into_response())
}
