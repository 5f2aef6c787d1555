//! `/events`: pages of the log, and the log as it grows.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event as Sent, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_api::{Event, Page};
use tidegate_domain::id::StreamId;
use tidegate_domain::rights::{Place, Right};
use tidegate_ports::EventsAfter;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;

use super::problems::Reading;
use crate::app::App;
use crate::asked::By;
use crate::extract::Wanted;
use crate::identity::{Caller, Seen, Sight, sees_whole};
use crate::paging::page_size;
use crate::problem::Trouble;
use crate::tail::{Said, Tail};
use crate::wire;

const PAGE: u32 = 200;
const PAGE_MAX: u32 = 1_000;
/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(1);
const LAST_EVENT_ID: &str = "last-event-id";

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsWanted {
    /// Positions above this one: `next` of the page before.
    after: Option<u64>,
    /// Only of one stream: `rollout/rol_…`, `release/1.2.0`, `slot/production/api`, `catalog`.
    stream: Option<String>,
    /// At most 1000; 200 where absent.
    limit: Option<u32>,
}

/// List events
///
/// Oldest first.
#[utoipa::path(
    get, path = "/events", operation_id = "list_events", tag = "events", params(EventsWanted),
    responses((status = 200, description = "A page of events", body = Page<Event>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(wanted): Wanted<EventsWanted>,
) -> Result<Json<Page<Event>>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)?;
    // One more than the page holds says whether another page follows.
    let (position, stream) = (wanted.after.unwrap_or(0), of(wanted.stream)?);
    let mut found = app.store.events(EventsAfter { position, stream, limit: limit + 1 }).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().map(|entry| entry.position).filter(|_| more);
    let items =
        found.into_iter().filter(|entry| sees_whole(&caller, &entry.stream)).map(wire::event).collect();
    Ok(Json(Page { items, next }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamWanted {
    /// Positions above this one; what happens from now on where absent.
    after: Option<u64>,
    /// Only of one stream.
    stream: Option<String>,
}

/// Follow events
///
/// Server-sent events: the id is the position, the data an event as JSON. `Last-Event-ID` goes on where a connection
/// broke. The first message has only an id, so that this works before the first event, too. Beside the log come messages
/// with names: `measured` (`rollout`), when new samples of a rollout can be read, and `alive` (`at_ms`) every ten seconds,
/// both without ids. Who may read in some environments only gets the events of their rollouts and slots; of what all
/// environments share they are told that it changed: `changed` (`stream`). Clients pass over names that they do not know.
#[utoipa::path(
    get, path = "/events/stream", operation_id = "follow_events", tag = "events",
    params(StreamWanted, ("Last-Event-ID" = Option<u64>, Header, description = "Goes before `after`")),
    responses((status = 200, description = "Events as they happen", content_type = "text/event-stream", body = String), Reading)
)]
pub(super) async fn stream(
    State(app): State<Arc<App>>,
    By(caller): By,
    headers: HeaderMap,
    Wanted(wanted): Wanted<StreamWanted>,
) -> Result<Response, Trouble> {
    let permit = permit(&app)?;
    let position = last_id(&headers)?.or(wanted.after).unwrap_or_else(|| *app.written.borrow());
    let tail = Tail::new(Arc::clone(&app), position, of(wanted.stream)?);
    let begin = Sent::default().id(position.to_string()).retry(RETRY);
    let events = stream::once(async { Ok(begin) }).chain(sent(tail, (app, caller), permit));
    Ok(Sse::new(events).into_response())
}

fn sent(
    tail: Tail,
    who: (Arc<App>, Arc<Caller>),
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Sent, Infallible>> {
    stream::unfold(
        (tail, who, Sight::default(), permit),
        |(mut tail, (app, caller), mut sight, permit)| async move {
            loop {
                // A fault ends the stream; who follows connects again from the id that came last.
                let said = tail.next().await?.ok()?;
                // Whoever may no longer look is not told more.
                let caller = caller
                    .again(&app)
                    .await
                    .filter(|now| now.may(Right::Read, Place::Somewhere(app.engine.project().as_str())))?;
                if let Some(sent) = message(said, (&app, &caller), &mut sight).await {
                    return Some((Ok(sent), (tail, (app, caller), sight, permit)));
                }
            }
        },
    )
}

/// None of what the caller may not see. Only an event of the log has an id, so that nothing else moves where a client
/// goes on.
async fn message(said: Said, (app, caller): (&App, &Caller), sight: &mut Sight) -> Option<Sent> {
    let named = |name: &str, data: Value| Sent::default().event(name).data(data.to_string());
    match said {
        Said::Event(told) => {
            let position = told.position.to_string();
            match sight.of((app, caller), &told.stream).await {
                Seen::Whole => Some(Sent::default().id(position).data(&told.data)),
                Seen::ThatItChanged => {
                    Some(named("changed", json!({ "stream": told.stream.to_string() })).id(position))
                }
                Seen::Nothing => None,
            }
        }
        Said::Measured(id) => {
            let seen = sight.of((app, caller), &StreamId::Rollout(id.clone())).await;
            (seen == Seen::Whole).then(|| named("measured", json!({ "rollout": id.to_string() })))
        }
        Said::Alive => Some(named("alive", json!({ "at_ms": app.clock.now().wall_ms }))),
    }
}

/// The right to keep one stream open.
pub(super) fn permit(app: &App) -> Result<OwnedSemaphorePermit, Trouble> {
    Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
        let detail = "as many streams are open as this server keeps";
        let trouble = Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-streams", detail)
            .help("close some of them, or read pages from GET /api/v1/events");
        Trouble { retry_after_seconds: Some(5), ..trouble }
    })
}

fn last_id(headers: &HeaderMap) -> Result<Option<u64>, Trouble> {
    let Some(given) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let id = given.to_str().ok().and_then(|text| text.trim().parse().ok());
    id.map(Some).ok_or_else(|| Trouble::bad_request("the header Last-Event-ID is not a position"))
}

fn of(stream: Option<String>) -> Result<Option<StreamId>, Trouble> {
    let stream = stream.map(|text| text.parse::<StreamId>()).transpose();
    stream.map_err(|why| {
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-name", why.to_string()).help(
            "streams look like rollout/rol_0123456789abcdef, release/1.2.0, slot/production/api, catalog",
        )
    })
}
