//! `/audit/events` and `/audit/export`: who did what, and the log to take away.
//!
//! Invariant: what is about people is told to those who may see it; an export says of the rest that it is there, so that it
//! proves itself all the same, and one that breaks off is an error, never a shorter export. Deliberately not here:
//! verifying (`audit`).

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use tidegate_api::{
    EXPORT_FORMAT, Event, ExportBegin, ExportedContent, ExportedEvent, Page, RetentionRequest, RetentionState,
};
use tidegate_domain::name::{EnvironmentName, PersonName, Version};
use tidegate_domain::retention::{Retention, RetentionCommand};
use tidegate_engine::Command;
use tidegate_store::audit::{Seal, Tree};
use tidegate_store::sqlite::{Exported, Search};
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;

use super::events::permit;
use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, By};
use crate::extract::{Wanted, name};
use crate::identity::sees_people;
use crate::paging::page_size;
use crate::problem::Trouble;
use crate::wire::{self, hex};

const PAGE: u32 = 100;
const PAGE_MAX: u32 = 1_000;
const KIND_CHARS_MAX: usize = 80;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    /// What they did, and what was done about them; `tidegate` did what nobody asked for.
    person: Option<String>,
    /// Of a release and its rollouts.
    release: Option<String>,
    /// Of its slots and rollouts, and whatever names it.
    environment: Option<String>,
    /// `rollout.held`; with `*` at the end all kinds that begin so.
    #[param(pattern = r"^[a-z.-]{0,79}\*?$", min_length = 1)]
    kind: Option<String>,
    /// Not older.
    since_ms: Option<u64>,
    /// Older.
    until_ms: Option<u64>,
    /// Positions below this one: `next` of the page before.
    before: Option<u64>,
    /// At most 1000; 100 where absent.
    limit: Option<u32>,
}

/// Search the log
///
/// Newest first; every condition that is there must hold. A page looks at a part of a long log, so it may hold less than
/// its limit, or nothing, although `next` says where to go on.
#[utoipa::path(
    get, path = "/audit/events", operation_id = "search_audit", tag = "events", params(Sought),
    responses((status = 200, description = "A page of events", body = Page<Event>), Reading)
)]
pub(super) async fn search(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(sought): Wanted<Sought>,
) -> Result<Json<Page<Event>>, Trouble> {
    let Sought { person, release, environment, kind, since_ms, until_ms, before, limit } = sought;
    let search = Search {
        person: person.as_deref().map(name::<PersonName>).transpose()?.map(|name| name.to_string()),
        release: release.as_deref().map(name::<Version>).transpose()?.map(|name| name.to_string()),
        environment: environment
            .as_deref()
            .map(name::<EnvironmentName>)
            .transpose()?
            .map(|name| name.to_string()),
        kind: kind.map(kind_of).transpose()?,
        since_ms,
        until_ms,
        before,
        of_project_only: !sees_people(&caller),
        limit: page_size(limit, PAGE, PAGE_MAX)?,
    };
    let found = app.machine.search(search).await?;
    Ok(Json(Page { items: found.entries.into_iter().map(wire::event).collect(), next: found.next }))
}

fn kind_of(text: String) -> Result<String, Trouble> {
    let start = text.strip_suffix('*').unwrap_or(&text);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'.' || byte == b'-';
    if !text.is_empty() && text.len() <= KIND_CHARS_MAX && start.bytes().all(plain) {
        return Ok(text);
    }
    Err(Trouble::bad_request(format!("`{}` is no kind of events", text.escape_debug()))
        .help("name kinds as `tidegate events` shows them, with * at the end: rollout.*, release.created"))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportWanted {
    /// Positions above this one; from the first event on where absent.
    after: Option<u64>,
    /// Positions up to this one; to the newest event where absent.
    until: Option<u64>,
}

/// Export the log
///
/// Lines of JSON: first an `ExportBegin`, then an `ExportedEvent` for each event, oldest first, with everything that its hash
/// is made of. `tidegate audit verify --export` checks them without server and database.
#[utoipa::path(
    get, path = "/audit/export", operation_id = "export_audit", tag = "events", params(ExportWanted),
    responses((status = 200, description = "Lines of JSON", content_type = "application/x-ndjson", body = ExportedEvent), ReadingOne)
)]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(wanted): Wanted<ExportWanted>,
) -> Result<Response, Trouble> {
    let permit = permit(&app)?;
    let after = wanted.after.unwrap_or(0);
    let (tree, size) = before_it(&app, after).await?.ok_or_else(|| unknown(after))?;
    let until = wanted.until.unwrap_or(size);
    if until > size || until < after {
        return Err(unknown(until));
    }
    let begin = ExportBegin {
        format: EXPORT_FORMAT.to_owned(),
        project: app.engine.project().to_string(),
        after,
        until,
        peaks: tree.peaks().iter().map(|peak| hex(peak)).collect(),
    };
    let reading = Exporting { with_people: sees_people(&caller), app, after, until, _permit: permit };
    let first = stream::once(async move { line(&begin).map(Bytes::from) });
    let lines = first.chain(stream::try_unfold(reading, Exporting::next));
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

async fn before_it(app: &App, after: u64) -> Result<Option<(Tree, u64)>, Trouble> {
    // It may read the whole log's hashes. The semaphore is never closed.
    let _permit = app.readers.acquire().await;
    Ok(app.machine.export_begins(after).await?)
}

fn unknown(position: u64) -> Trouble {
    let detail = format!("there is no event {position}, or it comes before the first one that is asked for");
    Trouble::new(StatusCode::NOT_FOUND, "unknown-position", detail).help(
        "GET /api/v1/audit/checkpoint says up to where the log is signed, GET /api/v1/health where it ends",
    )
}

/// An export under way.
struct Exporting {
    app: Arc<App>,
    after: u64,
    until: u64,
    with_people: bool,
    _permit: OwnedSemaphorePermit,
}

impl Exporting {
    /// A page as lines; none at the end.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.after >= self.until {
            return Ok(None);
        }
        if *self.app.stopping.borrow() {
            return Err(io::Error::other("the server is stopping"));
        }
        let page = self.app.machine.exported(self.after, self.until).await.map_err(io::Error::other)?;
        let last = page
            .last()
            .ok_or_else(|| io::Error::other(format!("the log has no event above {} any more", self.after)))?;
        self.after = last.position;
        let mut text = Vec::new();
        for event in page {
            text.extend(line(&exported(event, self.with_people))?);
        }
        Ok(Some((Bytes::from(text), self)))
    }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(value).map_err(io::Error::other)?;
    text.push(b'\n');
    Ok(text)
}

fn exported(event: Exported, with_people: bool) -> ExportedEvent {
    let (position, leaf) = (event.position, hex(&event.leaf));
    let about_people =
        event.stream.starts_with("person/") || ["groups", "projects"].contains(&event.stream.as_str());
    let event = (with_people || !about_people).then(|| content(event));
    ExportedEvent { position, leaf, event }
}

fn content(event: Exported) -> ExportedContent {
    let (origin_salt, origin_hash) = match &event.seal {
        None => (None, None),
        Some(Seal::Salt(salt)) => (Some(hex(salt)), None),
        Some(Seal::Hash(hash)) => (None, Some(hex(hash))),
    };
    ExportedContent {
        stream: event.stream,
        version: event.version,
        kind: event.kind,
        body: event.body,
        actor: event.actor,
        wall_ms: event.wall_ms,
        steady_ms: event.steady_ms,
        origin: event.origin,
        origin_salt,
        origin_hash,
    }
}

/// Show how long origins are remembered
#[utoipa::path(
    get, path = "/audit/retention", operation_id = "retention", tag = "events",
    responses((status = 200, description = "How long", body = RetentionState), Reading)
)]
pub(super) async fn retention(State(app): State<Arc<App>>) -> Result<Json<RetentionState>, Trouble> {
    let Retention { origin_days, forgotten_through } = app.engine.retention().await?;
    Ok(Json(RetentionState { origin_days, forgotten_through }))
}

/// Set how long origins are remembered
///
/// From where somebody asked is forgotten once it is so many days ago, now and then each day. Events themselves stay, and
/// their hashes are what they were.
#[utoipa::path(
    put, path = "/audit/retention", operation_id = "set_retention", tag = "events", request_body = RetentionRequest,
    responses((status = 200, description = "How long from now on", body = RetentionState), Commanding)
)]
pub(super) async fn set_retention(
    State(app): State<Arc<App>>,
    asked: Asked<RetentionRequest>,
) -> Result<Json<RetentionState>, Trouble> {
    let (body, asked) = asked.split();
    let origin_days = Some(body.origin_days).filter(|days| *days > 0);
    let command = Command::Retention(RetentionCommand::Set { origin_days });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    app.retained.notify_one();
    retention(State(app)).await
}
