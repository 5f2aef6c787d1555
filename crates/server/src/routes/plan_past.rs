//! `/plans/{version}/history`, `/difference` and `/progress`: what a plan said before, who changed what, and how far the work was.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{
    PlanChange, PlanDay, PlanDifference, PlanHistory, PlanHistoryEntry, PlanLateItem, PlanProgress, PlanSaid,
};
use tidegate_domain::name::Version;
use tidegate_engine::PlanEdition;
use tidegate_plan::changes::{Change, changes};
use tidegate_plan::schedule;
use tidegate_plan::templates::instantiate;
use utoipa::IntoParams;

use super::plans::look;
use super::problems::ReadingOne;
use crate::app::App;
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;
use crate::wire;

/// Of one edition; the difference to the one before has all of them.
const PLACES_MAX: usize = 20;
const EDITIONS_MAX: usize = 1_000;

/// Show a plan's history
///
/// Every edition, the newest first: what happened, who did it, and which places of the document it changed.
#[utoipa::path(
    get, path = "/plans/{version}/history", operation_id = "show_plan_history", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "The history", body = PlanHistory), ReadingOne)
)]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    At(version): At<String>,
) -> Result<Json<PlanHistory>, Trouble> {
    let version: Version = name(&version)?;
    let past = app.engine.plan_editions(&version).await?;
    let mut editions = Vec::with_capacity(past.len().min(EDITIONS_MAX));
    for (index, edition) in past.iter().enumerate().rev().take(EDITIONS_MAX) {
        let before = index.checked_sub(1).and_then(|index| past.get(index));
        let places =
            before.filter(|before| before.document != edition.document).map_or_else(Vec::new, |before| {
                let found = changes(&before.document, &edition.document);
                found.into_iter().take(PLACES_MAX).map(|change| change.path).collect()
            });
        editions.push(PlanHistoryEntry {
            edition: edition.edition,
            kind: edition.event.kind().to_owned(),
            by: edition.actor.clone(),
            at_ms: edition.at_ms,
            note: Some(edition.event.said().note.clone()).filter(|note| !note.is_empty()),
            places,
        });
    }
    Ok(Json(PlanHistory { editions }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DifferenceWanted {
    /// The earlier edition; the one before `to` where absent.
    from: Option<u64>,
    /// The later edition; the newest where absent.
    to: Option<u64>,
    /// Against the template that the plan was made from, instead of `from`.
    template: Option<bool>,
}

/// Show what two editions of a plan say otherwise
///
/// Place by place, with who changed each last; or what the plan says otherwise than the template it was made from.
#[utoipa::path(
    get, path = "/plans/{version}/difference", operation_id = "show_plan_difference", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for"), DifferenceWanted),
    responses((status = 200, description = "What they say otherwise", body = PlanDifference), ReadingOne)
)]
pub(super) async fn difference(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<DifferenceWanted>,
) -> Result<Json<PlanDifference>, Trouble> {
    let version: Version = name(&version)?;
    let past = app.engine.plan_editions(&version).await?;
    let newest = past.last().map_or(0, |edition| edition.edition);
    let to = wanted.to.unwrap_or(newest);
    let later = edition(&past, to)?;
    if wanted.template.unwrap_or(false) {
        if wanted.from.is_some() {
            return Err(Trouble::unfit("`from` does not go with `template`"));
        }
        let used = later.document.template.as_ref().ok_or_else(|| {
            Trouble::unfit(format!("the plan of {version} was not made from a template"))
                .help("compare two of its editions: `tidegate plan diff VERSION --from NUMBER`")
        })?;
        let book = app.engine.plan_book().await?;
        let template =
            book.find(&used.name, Some(used.version)).map_err(tidegate_domain::refusal::Refusal::from)?;
        let made = instantiate(&template, &later.document.title, later.document.ready_on);
        let changes = changes(&made, &later.document).into_iter().map(|it| told(it, None)).collect();
        let from = format!("{}, edition {}", used.name, used.version);
        return Ok(Json(PlanDifference { from, to: format!("edition {to}"), changes }));
    }
    let from = wanted.from.unwrap_or_else(|| to.saturating_sub(1).max(1));
    if from > to {
        return Err(Trouble::unfit("`from` is later than `to`").help("give the earlier edition as `from`"));
    }
    let earlier = edition(&past, from)?;
    let who = who_changed(&past, (from, to));
    let found = changes(&earlier.document, &later.document);
    let changes = found.into_iter().map(|change| {
        // Of an entry that is new or gone, somebody may have changed a part of it before.
        let said = who.get(&change.path).or_else(|| {
            let below = |path: &&String| path.starts_with(&format!("{}/", change.path));
            let above = |path: &&String| change.path.starts_with(&format!("{path}/"));
            who.keys().find(|path| below(path) || above(path)).and_then(|path| who.get(path))
        });
        told(change, said.cloned())
    });
    let changes = changes.collect();
    Ok(Json(PlanDifference { from: format!("edition {from}"), to: format!("edition {to}"), changes }))
}

pub(super) fn edition(past: &[PlanEdition], wanted: u64) -> Result<&PlanEdition, Trouble> {
    past.iter().find(|edition| edition.edition == wanted).ok_or_else(|| {
        let newest = past.last().map_or(0, |edition| edition.edition);
        Trouble::unfit(format!("there is no edition {wanted} of this plan"))
            .help(format!("there are editions 1 to {newest}: `tidegate plan history VERSION`"))
    })
}

/// By place, the last one who changed it between two editions.
fn who_changed(past: &[PlanEdition], (from, to): (u64, u64)) -> BTreeMap<String, PlanSaid> {
    let mut who = BTreeMap::new();
    for pair in past.windows(2) {
        let [before, after] = pair else { continue };
        if after.edition <= from || after.edition > to || before.document == after.document {
            continue;
        }
        let note = Some(after.event.said().note.clone()).filter(|note| !note.is_empty());
        let said = PlanSaid { by: after.actor.clone(), at_ms: after.at_ms, note };
        for change in changes(&before.document, &after.document) {
            who.insert(change.path, said.clone());
        }
    }
    who
}

pub(super) fn told(change: Change, said: Option<PlanSaid>) -> PlanChange {
    let Change { path, how, before, after } = change;
    let how = match how {
        tidegate_plan::changes::How::Added => "added",
        tidegate_plan::changes::How::Removed => "removed",
        tidegate_plan::changes::How::Changed => "changed",
    };
    PlanChange { path, how: how.to_owned(), before, after, said }
}

/// Show progress against the plan
///
/// Days of work that should be done by each day and that are, how far scope, manual tests and activities were on each day, and what is
/// late.
#[utoipa::path(
    get, path = "/plans/{version}/progress", operation_id = "show_plan_progress", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "The progress", body = PlanProgress), ReadingOne)
)]
pub(super) async fn progress(
    State(app): State<Arc<App>>,
    At(version): At<String>,
) -> Result<Json<PlanProgress>, Trouble> {
    let version: Version = name(&version)?;
    let plan = look(&app, &version).await?;
    let today = plan.today(app.clock.now().wall_ms).ok_or_else(Trouble::bug)?;
    let activities = &plan.document.activities;
    let found = schedule::progress(activities, today);
    let chart = schedule::schedule(activities, today).map_err(|_| Trouble::bug())?;
    let late = chart.rows.iter().filter_map(|row| {
        let late = wire::retold(&row.late?);
        Some(late.map(|late| PlanLateItem {
            id: row.id.clone(),
            name: row.name.clone(),
            owner: row.owner.clone(),
            late,
        }))
    });
    let days = app.engine.plan_days(&version).await?;
    let days = days.into_iter().map(|(day, count)| PlanDay {
        day,
        scope: count.scope,
        scope_done: count.scope_done,
        tests: count.tests,
        tests_passed: count.tests_passed,
        activities: count.activities,
        activities_done: count.activities_done,
    });
    Ok(Json(PlanProgress {
        today: today.to_string(),
        total_days: found.total_days,
        planned_days: found.planned_days,
        done_days: found.done_days,
        points: wire::retold(&found.points)?,
        days: days.collect(),
        late: late.collect::<Result<_, _>>()?,
    }))
}
