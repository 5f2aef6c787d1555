//! `/window-advice`: when to deploy, by the traffic of each hour of the week.
//!
//! Invariant: no window that is advised touches a freeze of the calendar, lies outside of its windows, or in a night of the plan's
//! people. Deliberately not here: choosing (`tidegate-plan`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::PlanAdvice;
use tidegate_calendar::{Kind, Schedule, Span, Subject};
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::ReleasePlan;
use tidegate_plan::advice::{CSV_BYTES_MAX, Freeze, Owner, Question, Traffic, advise};
use utoipa::IntoParams;

use super::plans::look;
use super::problems::Commanding;
use crate::app::App;
use crate::asked::Sent;
use crate::extract::{Wanted, name};
use crate::problem::Trouble;
use crate::wire;

const DAY_MS: u64 = 86_400_000;
const DAYS: u32 = 14;
const MINUTES: u32 = 60;
const WINDOWS: usize = 5;
/// Of one entry of the calendar.
const SPANS_MAX: usize = 200;
/// As many freezes as a question takes.
const FREEZES_MAX: usize = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AdviceWanted {
    /// Whose calendar keeps windows free; only what reaches everything where absent.
    environment: Option<String>,
    /// The version of a plan whose people have to be awake.
    plan: Option<String>,
    /// Whose clock the traffic follows, of the IANA database; the plan's, or UTC.
    zone: Option<String>,
    /// How long a window is; 60 where absent.
    #[param(minimum = 1, maximum = 1440)]
    minutes: Option<u32>,
    /// How far ahead to look; 14 where absent.
    #[param(minimum = 1, maximum = 92)]
    days: Option<u32>,
    /// How many windows at most; 5 where absent.
    #[param(minimum = 1, maximum = 50)]
    windows: Option<u32>,
}

/// Ask when to deploy
///
/// The body is a table of traffic, `hour,count` with the 168 hours of a week (0 is Monday, midnight to one) or `time,count`, at most
/// 8 MiB. The answer are the quietest windows, outside of freezes and nights. Nothing is kept.
#[utoipa::path(
    post, path = "/window-advice", operation_id = "advise_window", tag = "plans", params(AdviceWanted),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, description = "The quietest windows", body = PlanAdvice), Commanding)
)]
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Wanted(wanted): Wanted<AdviceWanted>,
    sent: Sent<CSV_BYTES_MAX>,
) -> Result<Json<PlanAdvice>, Trouble> {
    let environment: Option<EnvironmentName> = wanted.environment.as_deref().map(name).transpose()?;
    if let Some(environment) = &environment {
        // A calendar may be kept before anything else is.
        let catalog = app.engine.catalog().await?;
        if !catalog.environments.is_empty() {
            catalog.environment(environment).map_err(Refusal::from)?;
        }
    }
    let version: Option<Version> = wanted.plan.as_deref().map(name).transpose()?;
    let plan = match &version {
        Some(version) => Some(look(&app, version).await?),
        None => None,
    };
    let own = plan.as_ref().map_or("UTC", |plan| plan.document.zone.as_str());
    let zone = wanted.zone.unwrap_or_else(|| own.to_owned());
    let text = String::from_utf8(sent.bytes)
        .map_err(|_| Trouble::bad_request("the body is not written in UTF-8"))?;
    let (from_ms, days) = (app.clock.now().wall_ms, wanted.days.unwrap_or(DAYS));
    let until_ms = from_ms.saturating_add(u64::from(days).saturating_mul(DAY_MS));
    let (calendar, _) = app.engine.calendar().await?;
    let question = Question {
        freezes: kept_free(&calendar.schedule, environment.as_ref(), (from_ms, until_ms)),
        owners: plan.as_deref().map(owners).unwrap_or_default(),
        from_ms,
        days,
        minutes: wanted.minutes.unwrap_or(MINUTES),
        windows: wanted.windows.map_or(WINDOWS, |count| count as usize),
        zone,
    };
    let advised = tokio::task::spawn_blocking(move || {
        let traffic = Traffic::of_csv(&text, &question.zone).map_err(|bad| bad.to_string())?;
        advise(&traffic, &question).map_err(|bad| bad.to_string())
    });
    let advice = advised.await.map_err(|_| Trouble::bug())?.map_err(Trouble::unfit)?;
    Ok(Json(wire::retold(&advice)?))
}

fn owners(plan: &ReleasePlan) -> Vec<Owner> {
    let zone = &plan.document.zone;
    let one = |person: &tidegate_plan::document::Person| Owner {
        name: person.id.clone(),
        zone: person.zone.clone().unwrap_or_else(|| zone.clone()),
        night_from: 22,
        night_until: 7,
    };
    plan.document.people.iter().map(one).collect()
}

/// Freezes, and the time outside of windows where there are any.
fn kept_free(
    schedule: &Schedule,
    environment: Option<&EnvironmentName>,
    (from_ms, until_ms): (u64, u64),
) -> Vec<Freeze> {
    let environment = environment.map_or("", EnvironmentName::as_str);
    let subject = Subject { environment, components: &[], tenants: &[] };
    let (mut freezes, mut windows, mut any) = (Vec::new(), Vec::new(), false);
    for entry in schedule.entries.iter().filter(|entry| entry.reach.reaches(&subject)) {
        let spans = entry.period.spans(from_ms, until_ms, SPANS_MAX);
        match entry.kind {
            Kind::Freeze => freezes.extend(spans.iter().map(|span| Freeze {
                from_ms: span.from_ms,
                until_ms: span.until_ms,
                reason: entry.reason.clone(),
            })),
            Kind::Window => {
                any = true;
                windows.extend(spans);
            }
        }
    }
    if any {
        freezes.extend(outside(windows, (from_ms, until_ms)));
    }
    freezes.truncate(FREEZES_MAX);
    freezes
}

/// A window that is left over at the end may lie ahead of what was looked at, so it ends there.
pub(super) fn outside(mut windows: Vec<Span>, (from_ms, until_ms): (u64, u64)) -> Vec<Freeze> {
    windows.sort_unstable();
    let (mut free, mut at) = (Vec::new(), from_ms);
    let mut close = |from_ms: u64, until_ms: u64| {
        if from_ms < until_ms {
            free.push(Freeze { from_ms, until_ms, reason: "outside of its windows".to_owned() });
        }
    };
    for window in windows {
        close(at, window.from_ms.min(until_ms));
        at = at.max(window.until_ms);
    }
    // A day more, since a window that is advised may begin just before the end.
    close(at, until_ms.saturating_add(DAY_MS));
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_window_holds_is_kept_free() {
        let span = |from_ms, until_ms| Span { from_ms, until_ms };
        let free = |windows: Vec<Span>| -> Vec<(u64, u64)> {
            outside(windows, (10, 100)).iter().map(|freeze| (freeze.from_ms, freeze.until_ms)).collect()
        };
        let end = 100 + DAY_MS;
        assert_eq!(free(vec![]), [(10, end)]);
        assert_eq!(free(vec![span(30, 50), span(0, 20), span(40, 60)]), [(20, 30), (60, end)]);
        assert_eq!(free(vec![span(0, end)]), []);
    }
}
