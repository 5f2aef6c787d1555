//! `/calendar`: freezes and windows, and feeds of them in.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tidegate_api::{CalendarChanged, CalendarEntry, CalendarEntryRequest, CalendarKind, Page};
use tidegate_calendar::{BadFeed, FEED_BYTES_MAX, Holiday, Kind, PeriodText, Reach, holidays};
use tidegate_domain::calendar::{self, Calendar, CalendarCommand};
use tidegate_domain::name::GateName;
use tidegate_engine::Command;
use utoipa::IntoParams;

use super::Nothing;
use super::problems::{Commanding, Reading};
use crate::app::App;
use crate::asked::{Asked, Sent};
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;
use crate::wire;

const AHEAD_MS: u64 = 400 * 86_400_000;

/// List freezes and windows
///
/// In the order of their names, all on one page, each with when it holds next.
#[utoipa::path(
    get, path = "/calendar", operation_id = "list_calendar", tag = "calendar",
    responses((status = 200, description = "Every entry", body = Page<CalendarEntry>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<CalendarEntry>>, Trouble> {
    let (calendar, _) = app.engine.calendar().await?;
    let now_ms = app.clock.now().wall_ms;
    let items = calendar.entries.keys().filter_map(|name| look(&calendar, name, now_ms)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Set a freeze or a window
///
/// In the place of the one of this name, if there is one.
#[utoipa::path(
    put, path = "/calendar/{name}", operation_id = "set_calendar_entry", tag = "calendar",
    params(("name" = String, Path, description = "Its name")), request_body = CalendarEntryRequest,
    responses((status = 200, description = "The entry", body = CalendarEntry), Commanding)
)]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<CalendarEntryRequest>,
) -> Result<Json<CalendarEntry>, Trouble> {
    let (body, asked) = asked.split();
    let named: GateName = name(&given)?;
    let entry = Box::new(entry(body));
    let command = Command::Calendar(CalendarCommand::Set { name: named.clone(), entry });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    let (calendar, _) = app.engine.calendar().await?;
    // Somebody may have removed it between.
    look(&calendar, &named, app.clock.now().wall_ms).map(Json).ok_or_else(Trouble::bug)
}

/// Remove a freeze or a window
#[utoipa::path(
    delete, path = "/calendar/{name}", operation_id = "remove_calendar_entry", tag = "calendar",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is removed", body = CalendarChanged), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<CalendarChanged>, Trouble> {
    let (Nothing {}, asked) = asked.split();
    let command = Command::Calendar(CalendarCommand::Remove { name: name(&given)? });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(CalendarChanged { entries: Vec::new() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedRead {
    /// For whole days, and for times that name no zone; UTC where absent.
    zone: Option<String>,
    /// What its events become; freezes where absent.
    #[param(inline)]
    kind: Option<CalendarKind>,
    /// Environments that they reach, with commas between; all where absent.
    environments: Option<String>,
}

/// Import a feed
///
/// Takes the events of an iCalendar document (the body, at most 2 MiB) as the freezes or windows of this feed: those that
/// it no longer names go.
#[utoipa::path(
    post, path = "/calendar/feeds/{feed}", operation_id = "import_feed", tag = "calendar",
    params(("feed" = String, Path, description = "What the feed is called here"), FeedRead),
    request_body(content = String, content_type = "text/calendar"),
    responses((status = 200, description = "The entries of the feed", body = CalendarChanged), Commanding)
)]
pub(super) async fn import(
    State(app): State<Arc<App>>,
    At(feed): At<String>,
    Wanted(wanted): Wanted<FeedRead>,
    sent: Sent<FEED_BYTES_MAX>,
) -> Result<Json<CalendarChanged>, Trouble> {
    let feed: GateName = name(&feed)?;
    let text = String::from_utf8(sent.bytes)
        .map_err(|_| bad_feed(&BadFeed::NotACalendar { why: "it is not written in UTF-8".to_owned() }))?;
    let zone = wanted.zone.as_deref().unwrap_or("UTC");
    let read = holidays(&text, zone).map_err(|bad| bad_feed(&bad))?;
    let environments = wanted.environments.as_deref().unwrap_or("").split(',').map(str::trim);
    let environments: Vec<String> = environments.filter(|text| !text.is_empty()).map(str::to_owned).collect();
    let reach = Reach { environments, ..Reach::default() };
    let kind = kind_of(wanted.kind.unwrap_or(CalendarKind::Freeze));
    let mut entries = BTreeMap::new();
    for holiday in read {
        entries.insert(named(&holiday)?, imported(holiday, kind, &reach));
    }
    let names = entries.keys().map(ToString::to_string).collect();
    let command = Command::Calendar(CalendarCommand::Import { feed: feed.into(), entries });
    app.engine.submit(&sent.asked.to(command), app.clock.now()).await?;
    Ok(Json(CalendarChanged { entries: names }))
}

fn imported(holiday: Holiday, kind: Kind, reach: &Reach) -> calendar::CalendarEntry {
    const REASON_CHARS_MAX: usize = 500;
    let reason: String = holiday.summary.chars().take(REASON_CHARS_MAX).collect();
    let reason = if reason.trim().is_empty() { "without a title".to_owned() } else { reason };
    calendar::CalendarEntry { kind, reason, reach: reach.clone(), period: holiday.period, feed: None }
}

/// What a person can read, and a part that tells apart what is called alike.
fn named(holiday: &Holiday) -> Result<GateName, Trouble> {
    const WORDS_CHARS_MAX: usize = 28;
    let mut words = String::new();
    for character in holiday.summary.to_ascii_lowercase().chars().take(WORDS_CHARS_MAX) {
        let fits = character.is_ascii_lowercase() || (character.is_ascii_digit() && !words.is_empty());
        if fits {
            words.push(character);
        } else if !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
    }
    let words = if words.is_empty() { "holiday" } else { words.trim_end_matches('-') };
    let seen = wire::hex(&Sha256::digest(format!("{}/{}", holiday.uid, holiday.period.from)));
    let seen: String = seen.chars().take(8).collect();
    name(&format!("{words}-{seen}"))
}

fn bad_feed(bad: &BadFeed) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, bad.code(), bad.to_string())
        .help("nothing was changed; correct the feed, or let its publisher, and import it again")
}

fn entry(body: CalendarEntryRequest) -> calendar::CalendarEntry {
    let CalendarEntryRequest { kind, reason, from, until, lasts_seconds, zone, rule, except, .. } = body;
    calendar::CalendarEntry {
        kind: kind_of(kind),
        reason,
        reach: Reach { environments: body.environments, components: body.components, tenants: body.tenants },
        period: PeriodText { from, until, lasts_seconds, zone, rule, except },
        feed: None,
    }
}

fn kind_of(kind: CalendarKind) -> Kind {
    match kind {
        CalendarKind::Freeze => Kind::Freeze,
        CalendarKind::Window => Kind::Window,
    }
}

fn look(calendar: &Calendar, name: &GateName, now_ms: u64) -> Option<CalendarEntry> {
    let entry = calendar.entries.get(name)?;
    let understood = calendar.schedule.entries.iter().find(|entry| entry.name == name.as_str());
    let next = understood
        .and_then(|entry| entry.period.spans(now_ms, now_ms.saturating_add(AHEAD_MS), 1).into_iter().next());
    Some(wire::calendar_entry(name.to_string(), entry, next, now_ms))
}
