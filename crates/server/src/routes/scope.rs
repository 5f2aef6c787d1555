//! `/scope`: where issues and pull requests are tracked, and what was read of them.
//!
//! Invariant: setting a source checks what it would ask, and asks nothing; reading is done in the background. Deliberately not here:
//! what items mean for a plan (`plan_scope`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{
    EmptyRequest, Page, ScopeImported, ScopeRowTrouble, ScopeSource, ScopeSourceKind, SetScopeSourceRequest,
    TrackedItems,
};
use tidegate_connectors::scope::{Columns, LabelMapping, read_table};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::ScopeSourceName;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::{Place, Right};
use tidegate_domain::scope_source::{
    self as domain, Definition, ScopeCommand, ScopeSourceRefusal, SourceKind, TokenPlace,
};
use tidegate_engine::{Command, ForScope};
use utoipa::IntoParams;

use super::Nothing;
use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, Sent};
use crate::extract::{At, Wanted, name};
use crate::identity::must;
use crate::paging::page_size;
use crate::problem::Trouble;
use crate::{scope, wire};

const PAGE: u32 = 100;
const PAGE_MAX: u32 = 1_000;
const EVERY_MINUTES: u32 = 15;
/// A week.
const EVERY_MINUTES_MAX: u32 = 10_080;
const TABLE_BYTES_MAX: usize = 16 << 20;

/// List sources of scope
///
/// In the order of their names, all on one page.
#[utoipa::path(
    get, path = "/scope/sources", operation_id = "list_scope_sources", tag = "plans",
    responses((status = 200, description = "Every source", body = Page<ScopeSource>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<ScopeSource>>, Trouble> {
    let mut items = Vec::new();
    for view in app.engine.scope_source_names().await? {
        let edition = edition(&app, &view.name).await?;
        if let Some(source) = app.engine.scope_source(&view.name).await? {
            items.push(wire::scope_source(&source, edition)?);
        }
    }
    Ok(Json(Page { items, next: None }))
}

/// Show a source of scope
#[utoipa::path(
    get, path = "/scope/sources/{source}", operation_id = "show_scope_source", tag = "plans",
    params(("source" = String, Path, description = "Its name")),
    responses((status = 200, description = "The source", body = ScopeSource), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(given): At<String>,
) -> Result<Json<ScopeSource>, Trouble> {
    Ok(Json(shown(&app, &name(&given)?).await?))
}

/// Set a source of scope
///
/// It is read in the background from then on: page by page, as fast as the tracker lets it. Set to read other things, it begins anew;
/// else what was read stays.
#[utoipa::path(
    put, path = "/scope/sources/{source}", operation_id = "set_scope_source", tag = "plans",
    params(("source" = String, Path, description = "Its name")), request_body = SetScopeSourceRequest,
    responses((status = 200, description = "The source", body = ScopeSource), Commanding)
)]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<SetScopeSourceRequest>,
) -> Result<Json<ScopeSource>, Trouble> {
    let (body, asked) = asked.split();
    let named: ScopeSourceName = name(&given)?;
    let definition = Box::new(definition(&app, body).await?);
    if let Some(token) = &definition.token {
        // Whoever says where a secret is sent could as well read it.
        let place = Place::Environment(app.engine.project().as_str(), &token.environment);
        must(&app, &asked.caller, (Right::WriteSecrets, place)).await?;
    }
    done(&app, asked, &named, ScopeCommand::Set { definition }).await?;
    Ok(Json(shown(&app, &named).await?))
}

/// Remove a source of scope
///
/// What was read of it goes with it; what plans took in of it stays in them.
#[utoipa::path(
    delete, path = "/scope/sources/{source}", operation_id = "remove_scope_source", tag = "plans",
    params(("source" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is removed", body = ScopeSource), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<ScopeSource>, Trouble> {
    let (Nothing {}, asked) = asked.split();
    let named: ScopeSourceName = name(&given)?;
    let gone = shown(&app, &named).await?;
    done(&app, asked, &named, ScopeCommand::Remove).await?;
    Ok(Json(gone))
}

/// Read a source now
///
/// Only what changed since it was read last is asked for. One that stopped is tried again from where it stood.
#[utoipa::path(
    post, path = "/scope/sources/{source}/refresh", operation_id = "refresh_scope_source", tag = "plans",
    params(("source" = String, Path, description = "Its name")), request_body = EmptyRequest,
    responses((status = 200, description = "The source", body = ScopeSource), Commanding)
)]
pub(super) async fn refresh(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<ScopeSource>, Trouble> {
    let (_, asked) = asked.split();
    let named: ScopeSourceName = name(&given)?;
    done(&app, asked, &named, ScopeCommand::Refresh).await?;
    Ok(Json(shown(&app, &named).await?))
}

/// Bring a table
///
/// CSV in UTF-8 with a line of headers, as GitHub, GitLab and Jira write it, at most 16 MiB. Rows that cannot be read are told by
/// their line; the others are kept.
#[utoipa::path(
    post, path = "/scope/sources/{source}/import", operation_id = "import_scope", tag = "plans",
    params(("source" = String, Path, description = "Its name")),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, description = "What was read", body = ScopeImported), Commanding)
)]
pub(super) async fn import(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    sent: Sent<TABLE_BYTES_MAX>,
) -> Result<Json<ScopeImported>, Trouble> {
    let named: ScopeSourceName = name(&given)?;
    let Sent { bytes, asked } = sent;
    let reading = tokio::task::spawn_blocking(move || {
        read_table(&bytes, &Columns::default(), &LabelMapping::default())
    });
    let table = reading.await.map_err(|_| Trouble::bug())?.map_err(|refusal| scope::unfit(&refusal))?;
    let rows = table.items.len() as u64;
    done(&app, asked, &named, ScopeCommand::Table { items: table.items }).await?;
    let source = shown(&app, &named).await?;
    let trouble = |trouble: tidegate_connectors::scope::RowTrouble| ScopeRowTrouble {
        line: trouble.line,
        message: trouble.message,
    };
    let troubles = table.troubles.into_iter().map(trouble).collect();
    Ok(Json(ScopeImported { source, rows, troubles, left_out: table.left_out as u64 }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemsWanted {
    /// `next` of the page before.
    after: Option<String>,
    /// At most 1000; 100 where absent.
    limit: Option<u32>,
}

/// List what a source holds
#[utoipa::path(
    get, path = "/scope/sources/{source}/items", operation_id = "list_tracked_items", tag = "plans",
    params(("source" = String, Path, description = "Its name"), ItemsWanted),
    responses((status = 200, description = "A page of issues and pull requests", body = TrackedItems), ReadingOne)
)]
pub(super) async fn items(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    Wanted(wanted): Wanted<ItemsWanted>,
) -> Result<Json<TrackedItems>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)? as usize;
    let source = look(&app, &name(&given)?).await?;
    let from = match &wanted.after {
        Some(after) => std::ops::Bound::Excluded(after.as_str()),
        None => std::ops::Bound::Unbounded,
    };
    let mut rest = source.items.range::<str, _>((from, std::ops::Bound::Unbounded));
    let entries: Vec<_> = rest.by_ref().take(limit).map(|(_, item)| wire::tracked_item(item)).collect();
    let entries = entries.into_iter().collect::<Result<Vec<_>, _>>()?;
    let next = rest.next().and_then(|_| entries.last()).map(|last| last.key.clone());
    Ok(Json(TrackedItems { entries, next, total: source.items.len() as u64 }))
}

/// What would be asked is checked; whether somebody answers shows when it is read.
async fn definition(app: &App, body: SetScopeSourceRequest) -> Result<Definition, Trouble> {
    let every_minutes = body.every_minutes.unwrap_or(EVERY_MINUTES);
    if every_minutes > EVERY_MINUTES_MAX {
        return Err(Trouble::unfit(format!("`every_minutes` is at most {EVERY_MINUTES_MAX}, a week")));
    }
    let kind = match body.kind {
        ScopeSourceKind::Github => SourceKind::Github,
        ScopeSourceKind::Gitlab => SourceKind::Gitlab,
        ScopeSourceKind::Csv => SourceKind::Csv,
    };
    let rules = serde_json::to_value(&body.rules).and_then(serde_json::from_value);
    let rules = rules.map_err(|why| Trouble::unfit(format!("a rule says what it cannot: {why}")))?;
    let token = body.token.map(|token| -> Result<TokenPlace, Trouble> {
        Ok(TokenPlace { environment: name(&token.environment)?, name: name(&token.secret)? })
    });
    let definition = Definition {
        kind,
        base: body.base,
        project: body.project.unwrap_or_default(),
        milestone: body.milestone,
        labels: body.labels,
        token: token.transpose()?,
        rules,
        every_minutes,
    };
    if kind == SourceKind::Csv {
        let plain = definition.base.is_none()
            && definition.project.is_empty()
            && definition.milestone.is_none()
            && definition.labels.is_empty()
            && definition.token.is_none();
        return if plain {
            Ok(definition)
        } else {
            Err(Trouble::unfit("a source of tables has rules, and nothing that is asked of a tracker"))
        };
    }
    scope::query(&definition).map_err(|refusal| scope::unfit(&refusal))?;
    if let Some(base) = &definition.base {
        app.herald.guard().check(base).await.map_err(|failure| {
            let status = http::StatusCode::UNPROCESSABLE_ENTITY;
            Trouble::new(status, failure.code(), failure.explained()).help(failure.help())
        })?;
    }
    Ok(definition)
}

async fn done(
    app: &App,
    asked: Asked<()>,
    name: &ScopeSourceName,
    command: ScopeCommand,
) -> Result<(), Trouble> {
    let wish = ForScope { name: name.clone(), command };
    app.engine.submit(&asked.to(Command::Scope(Box::new(wish))), app.clock.now()).await?;
    Ok(())
}

async fn edition(app: &App, name: &ScopeSourceName) -> Result<u64, Trouble> {
    Ok(app.engine.version(&StreamId::ScopeSource(name.clone())).await?)
}

async fn look(app: &App, name: &ScopeSourceName) -> Result<Arc<domain::ScopeSource>, Trouble> {
    let found = app.engine.scope_source(name).await?;
    found.ok_or_else(|| Refusal::from(ScopeSourceRefusal::Unknown { name: name.clone() }).into())
}

async fn shown(app: &App, name: &ScopeSourceName) -> Result<ScopeSource, Trouble> {
    // Read before what it is the edition of: what is shown is never older than it says.
    let edition = edition(app, name).await?;
    let source = look(app, name).await?;
    Ok(wire::scope_source(&source, edition)?)
}
