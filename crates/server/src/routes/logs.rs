//! `/logs/{environment}/{component}`: what instances wrote.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use tidegate_api::{LogLine, Page};
use tidegate_domain::id::SlotId;
use tidegate_domain::refusal::Refusal;
use utoipa::IntoParams;

use super::events::permit;
use super::problems::ReadingOne;
use crate::app::App;
use crate::extract::{At, Wanted, name};
use crate::machine::LogsWanted;
use crate::paging::page_size;
use crate::problem::Trouble;

const LINES: u32 = 100;
const LINES_MAX: u32 = 10_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct LinesWanted {
    /// All versions where absent.
    version: Option<String>,
    /// The ordinal; all instances where absent.
    instance: Option<u32>,
    /// The last lines of each instance; at most 10000, 100 where absent.
    lines: Option<u32>,
}

/// Read logs
///
/// The last lines of each instance, by version and ordinal, also of versions that are gone.
#[utoipa::path(
    get, path = "/logs/{environment}/{component}", operation_id = "list_logs", tag = "environments",
    params(("environment" = String, Path), ("component" = String, Path), LinesWanted),
    responses((status = 200, description = "Lines", body = Page<LogLine>), ReadingOne)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    Wanted(wanted): Wanted<LinesWanted>,
) -> Result<Json<Page<LogLine>>, Trouble> {
    let wanted = wanted_of(&app, place, wanted, false).await?;
    let items = app.machine.logs(wanted).await?.lines;
    Ok(Json(Page { items, next: None }))
}

/// Follow logs
///
/// The last lines, then new ones as they come: JSON, one line each.
#[utoipa::path(
    get, path = "/logs/{environment}/{component}/stream", operation_id = "follow_logs", tag = "environments",
    params(("environment" = String, Path), ("component" = String, Path), LinesWanted),
    responses((status = 200, description = "Lines as they come", content_type = "application/x-ndjson", body = LogLine), ReadingOne)
)]
pub(super) async fn stream(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    Wanted(wanted): Wanted<LinesWanted>,
) -> Result<Response, Trouble> {
    let permit = permit(&app)?;
    let found = app.machine.logs(wanted_of(&app, place, wanted, true).await?).await?;
    let first = stream::iter(found.lines);
    let stopping = app.stopping.clone();
    let rest =
        stream::unfold((found.follow, stopping, permit), |(mut follow, mut stopping, permit)| async move {
            let line = tokio::select! {
                line = follow.as_mut()?.recv() => line?,
                _ = stopping.changed() => return None,
            };
            Some((line, (follow, stopping, permit)))
        });
    let lines = first.chain(rest).map(|line| Ok::<_, Infallible>(written(&line)));
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

fn written(line: &LogLine) -> Bytes {
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    Bytes::from(text)
}

async fn wanted_of(
    app: &App,
    (environment, component): (String, String),
    wanted: LinesWanted,
    follow: bool,
) -> Result<LogsWanted, Trouble> {
    let slot = SlotId { environment: name(&environment)?, component: name(&component)? };
    let catalog = app.engine.catalog().await?;
    catalog.environment(&slot.environment).map_err(Refusal::from)?;
    catalog.component(&slot.component).map_err(Refusal::from)?;
    Ok(LogsWanted {
        slot,
        version: wanted.version.as_deref().map(name).transpose()?,
        ordinal: wanted.instance,
        lines: page_size(wanted.lines, LINES, LINES_MAX)? as usize,
        follow,
    })
}
