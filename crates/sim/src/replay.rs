//! Whether what an engine answers is what the log says, folded from the start.
//!
//! Invariant: asked of a running engine, cache and all, and of the read rows, when nothing is under way.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use tidegate_domain::catalog::Catalog;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_engine::{Engine, release_view, rollout_view, slot_view};
use tidegate_ports::{Fault, Journal as _};
use tidegate_store::memory::MemoryStore;

use crate::shadow::{Aggregate, Standing};

pub type Streams = BTreeMap<StreamId, Standing>;

/// The first difference, in words.
pub async fn compare(
    engine: &Engine,
    memory: &MemoryStore,
    streams: Arc<Streams>,
    now: Moment,
) -> Option<String> {
    for (stream, standing) in &*streams {
        if standing.state.rollout().is_some_and(|rollout| !rollout.is_done()) {
            // Of a rollout under way, an engine also shows the newest numbers of its analysis.
            continue;
        }
        let given = match answer(engine, stream, now).await {
            Ok(given) => given,
            Err(fault) => return Some(format!("{stream} cannot be read: {fault}")),
        };
        let folded = folded(standing, now);
        if given != folded {
            return Some(format!("{stream} is cached as {given} and folds to {folded}"));
        }
        if let Some(difference) = row(memory, stream, standing).await {
            return Some(difference);
        }
    }
    None
}

async fn answer(engine: &Engine, stream: &StreamId, now: Moment) -> Result<String, Fault> {
    Ok(match stream {
        StreamId::Catalog => json(&engine.catalog().await?),
        StreamId::Release(version) => json(&engine.release(version).await?),
        StreamId::Slot(id) => json(&engine.slot(id).await?),
        StreamId::Rollout(id) => json(&engine.rollout(id, now).await?),
        StreamId::Calendar
        | StreamId::Groups
        | StreamId::Person(_)
        | StreamId::Projects
        | StreamId::Secrets
        | StreamId::Inbound
        | StreamId::Announcements
        | StreamId::Announcement(_)
        | StreamId::Webhooks
        | StreamId::Retention
        | StreamId::Flag(_)
        | StreamId::FlagKeys
        | StreamId::Bundles
        | StreamId::PlanBook
        | StreamId::Plan(_)
        | StreamId::Incident(_)
        | StreamId::ScopeSource(_) => String::new(),
    })
}

fn folded(standing: &Standing, now: Moment) -> String {
    let span = (standing.began, standing.ended);
    match &standing.state {
        Aggregate::Catalog(catalog) => json::<Catalog>(catalog),
        Aggregate::Release(release) => json(&release.as_ref().map(|r| release_view(r, span.0, span.1))),
        Aggregate::Slot(slot) => json(&slot_view(slot)),
        Aggregate::Rollout(rollout) => json(&rollout.as_ref().map(|r| rollout_view(r, span, now))),
        // What is asked of flags is asked of their rows.
        Aggregate::Flag(_) | Aggregate::Other => String::new(),
    }
}

/// Rows are written with the batch, so they tell of the time of the last change.
async fn row(memory: &MemoryStore, stream: &StreamId, standing: &Standing) -> Option<String> {
    let (kind, id) = match stream {
        StreamId::Catalog
        | StreamId::Calendar
        | StreamId::Groups
        | StreamId::Person(_)
        | StreamId::Projects
        | StreamId::Secrets
        | StreamId::Inbound
        | StreamId::Announcements
        | StreamId::Announcement(_)
        | StreamId::Webhooks
        | StreamId::Retention
        | StreamId::Flag(_)
        | StreamId::FlagKeys
        | StreamId::Bundles
        | StreamId::PlanBook
        | StreamId::Plan(_)
        | StreamId::Incident(_)
        | StreamId::ScopeSource(_) => return None,
        StreamId::Release(version) => ("release", version.to_string()),
        StreamId::Slot(slot) => ("slot", slot.to_string()),
        StreamId::Rollout(id) => ("rollout", id.to_string()),
    };
    let kept = memory.row(kind, &id).await.ok().flatten().map(|row| row.body);
    let folded = folded(standing, standing.ended);
    (kept.as_ref() != Some(&folded)).then(|| format!("the row of {stream} is {kept:?} and folds to {folded}"))
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
