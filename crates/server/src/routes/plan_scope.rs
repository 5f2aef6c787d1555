//! `/plans/{version}/untriaged` and `/comparison`: what trackers have beside a plan, and what its release really holds.
//!
//! Invariant: nothing here changes anything; deciding is an act of the plan. Deliberately not here: how (`tidegate_plan::tracked`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{ComparedCommit, ComparedItem, PlanComparison, UntriagedItem, UntriagedItems};
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{ReleaseCommit, ReleaseRefusal};
use tidegate_domain::release_plan::{PlanRefusal, ReleasePlan};
use tidegate_domain::scope_source::ScopeSource;
use tidegate_plan::tracked::{
    Asking, Change, Compared, Known, Meaning, Reason, TrackedItem, Waiting, compare, is_late, meaning,
    references, waits,
};
use utoipa::IntoParams;

use super::problems::ReadingOne;
use crate::app::App;
use crate::extract::{At, Wanted, name};
use crate::paging::page_size;
use crate::problem::Trouble;
use crate::wire;

const PAGE: u32 = 100;
const PAGE_MAX: u32 = 1_000;
const UNNAMED_SHOWN: usize = 100;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct UntriagedWanted {
    /// `next` of the page before.
    after: Option<String>,
    /// At most 1000; 100 where absent.
    limit: Option<u32>,
}

/// List what trackers have and the plan has not decided on
///
/// Issues and pull requests whose milestone or labels belong to this version, and open issues that were filed after the plan was made
/// and name no version; until the act `triage` takes each in or leaves it out.
#[utoipa::path(
    get, path = "/plans/{version}/untriaged", operation_id = "list_plan_untriaged", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for"), UntriagedWanted),
    responses((status = 200, description = "A page of what waits", body = UntriagedItems), ReadingOne)
)]
pub(super) async fn untriaged(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<UntriagedWanted>,
) -> Result<Json<UntriagedItems>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)? as usize;
    let version: Version = name(&version)?;
    let (plan, created_ms) = look(&app, &version).await?;
    let sources = app.engine.scope_sources().await?;
    let of = (version.as_str(), &*plan.document);
    let late_since_ms = plan.late_since_ms(app.clock.now().wall_ms);
    let asking = Asking::new(of, (created_ms, late_since_ms));
    let mut gone = Vec::new();
    let mut found = Vec::new();
    for source in &sources {
        for item in source.items.values() {
            if item.gone_ms.is_some() && asking.holds(item) {
                gone.push(wire::tracked_item(item)?);
            }
            let meant = meaning(&source.definition.rules, item);
            if let Some(waiting) = waits(&asking, item, &meant) {
                found.push(Found { source, item, meant, waiting });
            }
        }
    }
    found.sort_by(|one, other| one.item.key.cmp(&other.item.key));
    // What two sources hold is one thing.
    found.dedup_by(|one, other| one.item.key == other.item.key);
    let total = found.len() as u64;
    let late = found.iter().filter(|found| found.waiting.late).count() as u64;
    if let Some(after) = &wanted.after {
        found.retain(|found| found.item.key > *after);
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let entries = found.iter().map(entry).collect::<Result<Vec<_>, Trouble>>()?;
    let next = entries.last().filter(|_| more).map(|last| last.item.key.clone());
    Ok(Json(UntriagedItems { entries, next, total, late, frozen_ms: late_since_ms, gone }))
}

struct Found<'a> {
    source: &'a ScopeSource,
    item: &'a TrackedItem,
    meant: Meaning,
    waiting: Waiting,
}

fn entry(found: &Found<'_>) -> Result<UntriagedItem, Trouble> {
    let Found { source, item, meant, waiting } = found;
    let reason = match waiting.reason {
        Reason::Mapped => "mapped",
        Reason::Filed => "filed",
    };
    Ok(UntriagedItem {
        source: source.name.to_string(),
        item: wire::tracked_item(item)?,
        reason: reason.to_owned(),
        late: waiting.late,
        severity: wire::retold(&meant.severity)?,
        fix_risk: wire::retold(&meant.fix_risk)?,
        advice: wire::retold(&waiting.advice.as_ref().map(|advice| advice.decision))?,
        advice_why: waiting.advice.as_ref().map(|advice| advice.why.clone()),
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ComparisonWanted {
    /// Whose commits are read; the candidate's, or the release of the plan's own version, where absent.
    release: Option<String>,
}

/// Compare what is in a release with what was planned
///
/// By the commits that the release was created with, what their messages name, and what the pull requests among that close.
#[utoipa::path(
    get, path = "/plans/{version}/comparison", operation_id = "compare_plan", tag = "plans",
    params(("version" = String, Path, description = "Of the release that it is for"), ComparisonWanted),
    responses((status = 200, description = "Planned and in, planned and not in, in and not planned", body = PlanComparison), ReadingOne)
)]
pub(super) async fn comparison(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<ComparisonWanted>,
) -> Result<Json<PlanComparison>, Trouble> {
    let version: Version = name(&version)?;
    let (plan, _) = look(&app, &version).await?;
    let release: Version = match &wanted.release {
        Some(given) => name(given)?,
        None => plan.candidate.as_ref().map_or(&plan.version, |candidate| &candidate.release).clone(),
    };
    if app.engine.release(&release).await?.is_none() {
        return Err(Refusal::from(ReleaseRefusal::Unknown { version: release }).into());
    }
    let commits = app.engine.commits(&release).await?;
    let changes: Vec<Change> = commits.as_slice().iter().map(change).collect();
    let sources = app.engine.scope_sources().await?;
    let late_since_ms = plan.late_since_ms(app.clock.now().wall_ms);
    let items = sources.iter().flat_map(|source| source.items.values());
    let known: Vec<Known<'_>> =
        items.map(|item| Known { item, late: is_late(late_since_ms, item) }).collect();
    let told = compare(&plan.document, &known, &changes);
    let list = |list: Vec<Compared>| list.into_iter().map(compared).collect();
    let commit = |change: &Change| ComparedCommit { id: change.id.clone(), title: change.title.clone() };
    Ok(Json(PlanComparison {
        release: release.to_string(),
        commits: changes.len() as u64,
        planned_in: list(told.planned_in),
        planned_not_in: list(told.planned_not_in),
        in_not_planned: list(told.in_not_planned),
        unnamed: told.unnamed.iter().take(UNNAMED_SHOWN).map(commit).collect(),
        unnamed_count: told.unnamed.len() as u64,
    }))
}

fn change(commit: &ReleaseCommit) -> Change {
    let mut named = commit.references.clone();
    let request = commit.pull_request.as_deref().map(|request| {
        let bare = request.bytes().all(|byte| byte.is_ascii_digit());
        references(&if bare { format!("#{request}") } else { request.to_owned() })
    });
    named.extend(request.into_iter().flatten());
    Change { id: commit.id.clone(), title: commit.title.clone(), references: named }
}

fn compared(compared: Compared) -> ComparedItem {
    let Compared { id, title, url, late, left_out, commits } = compared;
    ComparedItem { id, title, url, late, left_out, commits }
}

/// With when it was made.
async fn look(app: &App, version: &Version) -> Result<(Arc<ReleasePlan>, u64), Trouble> {
    let found = app.engine.release_plan(version).await?.map(|(plan, view, _)| (plan, view.created_ms));
    found.ok_or_else(|| Refusal::from(PlanRefusal::Unknown { version: version.clone() }).into())
}
