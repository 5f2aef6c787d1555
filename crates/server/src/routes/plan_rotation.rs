//! `/plan-rotation`: whose turn it is to manage a release.
//!
//! Invariant: who had the role before follows from the plans. Deliberately not here: who is next (`tidegate-plan`).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::Deserialize;
use tidegate_api::{PlanDaysOff, PlanPassedOver, PlanRotation, WritePlanRotationRequest};
use tidegate_domain::name::Version;
use tidegate_domain::plan_book::{MANAGER_ROLE, PlanBookCommand, Rotation};
use tidegate_engine::Command;
use tidegate_plan::document::{DaysOff, Plan};
use tidegate_plan::rotation::{Turn, next};
use utoipa::IntoParams;

use super::plans::look;
use super::problems::{Commanding, ReadingOne};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{Wanted, name};
use crate::problem::Trouble;
use crate::wire;

const BEFORE_MAX: usize = 20;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RotationWanted {
    /// For the time of this plan, whose version it is; for today where absent.
    plan: Option<String>,
}

/// Show whose turn it is
///
/// The one who has not had the role for the longest time; whoever has days off in the time of the plan is passed over and stays first in
/// line.
#[utoipa::path(
    get, path = "/plan-rotation", operation_id = "show_plan_rotation", tag = "plans", params(RotationWanted),
    responses((status = 200, description = "Whose turn it is", body = PlanRotation), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Wanted(wanted): Wanted<RotationWanted>,
) -> Result<Json<PlanRotation>, Trouble> {
    let version: Option<Version> = wanted.plan.as_deref().map(name).transpose()?;
    let plan = match &version {
        Some(version) => Some(look(&app, version).await?),
        None => None,
    };
    let document = plan.as_ref().map(|plan| &*plan.document);
    Ok(Json(told(&app, (version.as_ref(), document)).await?))
}

/// Say who takes turns
///
/// The whole of it: in which order people begin, and when each is away.
#[utoipa::path(
    put, path = "/plan-rotation", operation_id = "write_plan_rotation", tag = "plans",
    request_body = WritePlanRotationRequest,
    responses((status = 200, description = "Whose turn it is", body = PlanRotation), Commanding)
)]
pub(super) async fn write(
    State(app): State<Arc<App>>,
    asked: Asked<WritePlanRotationRequest>,
) -> Result<Json<PlanRotation>, Trouble> {
    let (body, asked) = asked.split();
    let WritePlanRotationRequest { role, people, away, note } = body;
    let away = away.into_iter().map(|(person, days)| {
        let days = days.iter().map(days_off).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, Trouble>((person, days))
    });
    let away = away.collect::<Result<BTreeMap<_, _>, _>>()?;
    let rotation = Rotation { role: role.unwrap_or_else(|| MANAGER_ROLE.to_owned()), people, away };
    let command = PlanBookCommand::WriteRotation { rotation };
    let command = Command::PlanBook(Box::new((command, note.unwrap_or_default())));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(told(&app, (None, None)).await?))
}

fn days_off(given: &PlanDaysOff) -> Result<DaysOff, Trouble> {
    let day = |text: &str| {
        text.parse::<Date>().map_err(|_| {
            Trouble::unfit(format!("`{}` is no day", text.escape_debug())).help("write a day like 2026-12-24")
        })
    };
    Ok(DaysOff { from: day(&given.from)?, until: day(&given.until)? })
}

async fn told(
    app: &App,
    (version, plan): (Option<&Version>, Option<&Plan>),
) -> Result<PlanRotation, Trouble> {
    let book = app.engine.plan_book().await?;
    let (rotation, said) = if let Some((rotation, said)) = &book.rotation {
        (rotation.clone(), Some(wire::plan_said(said)))
    } else {
        let (role, people) = (MANAGER_ROLE.to_owned(), Vec::new());
        (Rotation { role, people, away: BTreeMap::new() }, None)
    };
    let mut before = app.engine.held_before(&rotation.role, version.map(Version::as_str)).await?;
    let turn = turn(app, (&rotation, &before), plan)?;
    before.reverse();
    before.truncate(BEFORE_MAX);
    let off = |days: &DaysOff| PlanDaysOff { from: days.from.to_string(), until: days.until.to_string() };
    let passed_over = turn.passed_over.iter();
    Ok(PlanRotation {
        strangers: app.engine.nobody_called(&rotation.people).await?,
        role: rotation.role,
        people: rotation.people,
        away: rotation.away.iter().map(|(who, days)| (who.clone(), days.iter().map(off).collect())).collect(),
        before,
        next: turn.person,
        passed_over: passed_over
            .map(|it| PlanPassedOver { person: it.person.clone(), away: off(&it.away) })
            .collect(),
        why: turn.why,
        said,
    })
}

/// From the first day of a plan to its last, else today.
fn turn(app: &App, (rotation, before): (&Rotation, &[String]), plan: Option<&Plan>) -> Result<Turn, Trouble> {
    let now = i64::try_from(app.clock.now().wall_ms).map_err(|_| Trouble::bug())?;
    let now = jiff::Timestamp::from_millisecond(now).map_err(|_| Trouble::bug())?;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = plan.into_iter().flat_map(|plan| {
        let activities = plan.activities.iter().flat_map(|activity| [activity.start, activity.end]);
        activities.chain([plan.freeze_on, plan.ready_on]).flatten()
    });
    let days: Vec<Date> = days.collect();
    let from = days.iter().min().copied().unwrap_or(today);
    let until = days.iter().max().copied().unwrap_or(from);
    let mut away = rotation.away.clone();
    for person in plan.into_iter().flat_map(|plan| &plan.people) {
        away.entry(person.id.clone()).or_default().extend(&person.days_off);
    }
    Ok(next(&rotation.people, before, &away, DaysOff { from, until }))
}

/// The role, and whose turn it is to have it in a plan that is being made.
pub(super) async fn suggested(
    app: &App,
    version: &Version,
    plan: &Plan,
) -> Result<Option<(String, String)>, Trouble> {
    let book = app.engine.plan_book().await?;
    let Some((rotation, _)) = &book.rotation else { return Ok(None) };
    let before = app.engine.held_before(&rotation.role, Some(version.as_str())).await?;
    let person = turn(app, (rotation, &before), Some(plan))?.person;
    Ok(person.map(|person| (rotation.role.clone(), person)))
}
