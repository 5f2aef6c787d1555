//! `/flags/{key}/environments/{environment}/exposure`: who was given what, over time.
//!
//! Invariant: what was given a moment ago stands in the last point, before it is kept. Deliberately not here: adding up
//! (`flags::exposure`).

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{FlagExposure, FlagExposurePoint};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::{EnvironmentName, FlagKey};
use tidegate_domain::refusal::Refusal;
use tidegate_ports::SamplesQuery;
use utoipa::IntoParams;

use super::flags::unknown;
use super::problems::ReadingOne;
use crate::app::App;
use crate::extract::{At, Wanted, name};
use crate::flags::exposure::{self, Counts, Span};
use crate::problem::Trouble;

const HOURS: u32 = 24;
/// Two weeks: so much is kept of every flag, also of one that is asked for all the time.
const HOURS_MAX: u32 = 336;
const POINTS: u32 = 96;
const POINTS_MAX: u32 = 500;
const HOUR_MS: u64 = 3_600_000;
/// Samples are kept this often; shorter steps would be empty now and then for no reason.
const STEP_MS_MIN: u64 = 300_000;
const SAMPLES_MAX: u32 = 10_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ExposureWanted {
    /// How far back; 24 where absent.
    #[param(minimum = 1, maximum = 336)]
    hours: Option<u32>,
    /// In how many steps; 96 where absent. Fewer are answered where a step would be shorter than five minutes.
    #[param(minimum = 1, maximum = 500)]
    points: Option<u32>,
}

/// Show what was given of a flag over time
///
/// How often each variant was given in each step of the last hours, to programs that asked the server or an edge.
#[utoipa::path(
    get, path = "/flags/{key}/environments/{environment}/exposure", operation_id = "show_flag_exposure", tag = "flags",
    params(
        ("key" = String, Path, description = "Its key"), ("environment" = String, Path, description = "Where"),
        ExposureWanted,
    ),
    responses((status = 200, description = "What was given", body = FlagExposure), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    Wanted(wanted): Wanted<ExposureWanted>,
) -> Result<Json<FlagExposure>, Trouble> {
    let (key, environment): (FlagKey, EnvironmentName) = (name(&place.0)?, name(&place.1)?);
    let span = span(&wanted, app.clock.now().wall_ms)?;
    app.engine.catalog().await?.environment(&environment).map_err(Refusal::from)?;
    app.engine.flag(&key).await?.ok_or_else(|| unknown(key.clone()))?;
    let stream = StreamId::Flag(key.clone());
    let query = SamplesQuery { stream, after_ms: Some(span.begin_ms()), limit: SAMPLES_MAX };
    let mut points = exposure::fold(&app.store.samples(query).await?, &environment, &span);
    if let Some(last) = points.last_mut() {
        let place = app.flags.place(&(app.engine.project().clone(), environment));
        exposure::add(last, place.uses.pending(key.as_str()));
    }
    Ok(Json(shown(&span, &points)))
}

fn span(wanted: &ExposureWanted, until_ms: u64) -> Result<Span, Trouble> {
    let hours = within("hours", wanted.hours.unwrap_or(HOURS), HOURS_MAX)?;
    let points = within("points", wanted.points.unwrap_or(POINTS), POINTS_MAX)?;
    let all_ms = u64::from(hours) * HOUR_MS;
    let points = u64::from(points).min(all_ms / STEP_MS_MIN);
    // Rounded up, so that the span is never shorter than what was asked for.
    Ok(Span { until_ms, step_ms: all_ms.div_ceil(points), points: points as usize })
}

fn within(what: &str, asked: u32, most: u32) -> Result<u32, Trouble> {
    if (1..=most).contains(&asked) {
        return Ok(asked);
    }
    Err(Trouble::bad_request(format!("`{what}` is {asked}; from 1 to {most} can be asked for")))
}

fn shown(span: &Span, points: &[Counts]) -> FlagExposure {
    let variants: BTreeSet<&String> = points.iter().flat_map(Counts::keys).collect();
    let given =
        |counts: &Counts| variants.iter().map(|variant| counts.get(*variant).copied().unwrap_or(0)).collect();
    let point = |(at, counts)| FlagExposurePoint { at_ms: span.end_ms(at), given: given(counts) };
    FlagExposure {
        from_ms: span.begin_ms(),
        until_ms: span.until_ms,
        step_ms: span.step_ms,
        points: points.iter().enumerate().map(point).collect(),
        variants: variants.into_iter().cloned().collect(),
    }
}
