//! `/calendar.ics`: freezes, windows, and what plans have dates for, for calendar programs to subscribe to.
//!
//! Invariant: an entry keeps its UID for life, and its SEQUENCE grows with each change of what it shows. Deliberately not here: the
//! form of a calendar (`tidegate-calendar`), and which entries a plan has (`domain::release_plan`).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use tidegate_calendar::{Entry, FeedEvent, FeedTime, Kind, Span, feed as to_feed};
use tidegate_domain::calendar::Calendar;
use tidegate_domain::name::{GateName, Version};
use tidegate_domain::release_plan::{Dated, When};
use tidegate_engine::PLAN_ROW;
use tidegate_ports::{Row, RowQuery};

use super::problems::Reading;
use crate::app::App;
use crate::paging;
use crate::problem::Trouble;
use crate::wire;

const DAY_MS: u64 = 86_400_000;
const AHEAD_MS: u64 = 400 * DAY_MS;
/// What is over stays in calendars for so long.
const BEHIND_MS: u64 = 180 * DAY_MS;
const OCCURRENCES_MAX: usize = 400;
/// The plans that were changed last.
const PLANS_MAX: u32 = 200;
const EVENTS_MAX: usize = 10_000;

/// What is planned and frozen, as iCalendar
///
/// Every occurrence of freezes and windows of the next 400 days; of the last 200 plans that were changed, the deployment window, the
/// code freeze, the day on which everything is ready, activities and meetings, from 180 days ago on. For calendar programs to
/// subscribe to (RFC 5545): they send no headers, so here a token may stand in the link, one whose scope is viewing and no more.
#[utoipa::path(
    get, path = "/calendar.ics", operation_id = "calendar_feed", tag = "calendar",
    params(("token" = Option<String>, Query, description = "A token with the scope `viewer`, for who cannot send a header")),
    responses((status = 200, description = "The feed", body = String, content_type = "text/calendar"), Reading)
)]
pub(super) async fn feed(State(app): State<Arc<App>>) -> Result<Response, Trouble> {
    let (calendar, changed) = app.engine.calendar().await?;
    let now_ms = app.clock.now().wall_ms;
    let mut events = Vec::new();
    for entry in &calendar.schedule.entries {
        events.extend(occurrences(&calendar, entry, now_ms, changed.wall_ms));
    }
    let query = RowQuery { kind: PLAN_ROW.to_owned(), limit: PLANS_MAX, ..RowQuery::default() };
    let (rows, _) = paging::rows(&*app.store, query).await?;
    for row in &rows {
        events.extend(of_plan(&app, row, now_ms).await?);
    }
    events.truncate(EVENTS_MAX);
    let headers = [(CONTENT_TYPE, "text/calendar; charset=utf-8")];
    Ok((headers, to_feed("Tidegate", &events)).into_response())
}

async fn of_plan(app: &App, row: &Row, now_ms: u64) -> Result<Vec<FeedEvent>, Trouble> {
    let Ok(version) = wire::plan_of_row(row)?.version.parse::<Version>() else { return Ok(Vec::new()) };
    let Some((plan, view, _)) = app.engine.release_plan(&version).await? else { return Ok(Vec::new()) };
    let project = app.engine.project();
    let event = |dated: Dated| {
        let when = when(&dated.when)?;
        let state = format!("{}: {}, {}", plan.version, plan.document.title, plan.word());
        let says = [state, dated.says].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let event = FeedEvent {
            uid: format!("plan/{}/{}@{project}.tidegate", plan.version, dated.name),
            sequence: plan.revisions.get(&dated.name).copied().unwrap_or(0),
            summary: format!("{} {}", plan.version, dated.title),
            description: says.join("\n"),
            when,
            cancelled: dated.off,
            changed_ms: view.changed_ms,
        };
        is_near(when, now_ms).then_some(event)
    };
    Ok(plan.dated().into_iter().filter_map(event).collect())
}

/// None where the clocks skip all of it.
fn when(when: &When) -> Option<FeedTime> {
    match when {
        When::Times { from, until, zone } => Span::local(*from, *until, zone).map(FeedTime::Span),
        When::Days { from, until } => Some(FeedTime::Days { from: *from, until: *until }),
    }
}

fn is_near(when: FeedTime, now_ms: u64) -> bool {
    let span = match when {
        FeedTime::Span(span) => Some(span),
        FeedTime::Days { from, until } => {
            let end = until.tomorrow().unwrap_or(until);
            Span::local(from.at(0, 0, 0, 0), end.at(0, 0, 0, 0), "UTC")
        }
    };
    span.is_some_and(|span| {
        span.until_ms > now_ms.saturating_sub(BEHIND_MS) && span.from_ms < now_ms.saturating_add(AHEAD_MS)
    })
}

/// One that happens once keeps its UID when it moves; those that recur are told apart by when they begin.
fn occurrences(calendar: &Calendar, entry: &Entry, now_ms: u64, changed_ms: u64) -> Vec<FeedEvent> {
    let known = GateName::new(entry.name.as_str()).ok();
    let set = known.as_ref().and_then(|name| calendar.entries.get(name));
    let recurs = set.is_some_and(|set| set.period.rule.is_some());
    let revision = known.as_ref().and_then(|name| calendar.revisions.get(name)).copied().unwrap_or(1);
    let kind = match entry.kind {
        Kind::Freeze => "freeze",
        Kind::Window => "window",
    };
    let event = |span: Span| FeedEvent {
        uid: if recurs {
            format!("{kind}/{}/{}@tidegate", entry.name, span.from_ms)
        } else {
            format!("{kind}/{}@tidegate", entry.name)
        },
        sequence: revision.saturating_sub(1),
        summary: format!("{kind}: {}", entry.name),
        description: entry.reason.clone(),
        when: FeedTime::Span(span),
        cancelled: false,
        changed_ms,
    };
    let spans = entry.period.spans(now_ms, now_ms.saturating_add(AHEAD_MS), OCCURRENCES_MAX);
    spans.into_iter().map(event).collect()
}
