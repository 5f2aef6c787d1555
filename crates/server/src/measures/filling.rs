//! Reads the log into the index: from where the last server was when this one starts, then event by event.
//!
//! Invariant: events are read in order and their rows are kept, so that the next server reads few of them again; what cannot be
//! read is said to whoever asks, instead of a figure without it.

use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::name::Version;
use tidegate_domain::release::{Commits, ReleaseCommit};
use tidegate_engine::{Gather, Gathered};
use tidegate_measures::{Commit, Deployment, Kind, Outcome};
use tidegate_ports::{Entry, EventsAfter, Fault, FaultKind};

use super::keeping::{Keeping, Row};
use crate::app::App;

const BATCH: u32 = 500;
/// Events after which what was read of them is kept.
const KEEP_AFTER: u64 = 5_000;
/// Rows are kept once nobody writes for so long.
const KEEP_WHEN_QUIET: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(2);

pub(crate) async fn run(app: Arc<App>) {
    let mut written = app.written.clone();
    let kept = begin(&app).await.unwrap_or_else(|fault| {
        tracing::warn!(code = fault.code, %fault, "what was kept for measures cannot be read; the log is");
        None
    });
    let (mut keeping, mut gather) = kept.unwrap_or_default();
    let mut position = keeping.position;
    told(&app, position, &gather);
    loop {
        let newest = *written.borrow_and_update();
        if position >= keeping.position + KEEP_AFTER {
            keep(&app, &mut keeping, (position, &gather)).await;
        }
        if position >= newest {
            let quiet = if keeping.has_more() { KEEP_WHEN_QUIET } else { Duration::MAX };
            match tokio::time::timeout(quiet, written.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(_) => keep(&app, &mut keeping, (position, &gather)).await,
            }
            continue;
        }
        let query = EventsAfter { position, stream: None, limit: BATCH };
        let entries = match app.store.events(query).await {
            Ok(entries) => entries,
            Err(fault) => {
                tracing::warn!(code = fault.code, %fault, "the log cannot be read for measures; it is tried again");
                tokio::time::sleep(PAUSE_AFTER_FAULT).await;
                continue;
            }
        };
        // What was told of can be read; should it ever not be, that must not become a busy loop.
        let Some(last) = entries.last() else {
            _ = tokio::time::timeout(LOOK_AGAIN, written.changed()).await;
            continue;
        };
        let last = last.position;
        if let Err(fault) = take(&app, (&mut gather, &mut keeping), &entries).await {
            tracing::error!(code = fault.code, %fault, "measures end here");
            app.measures.read.send_modify(|read| read.broken = Some(fault.to_string().into()));
            return;
        }
        position = last;
        told(&app, position, &gather);
    }
}

fn told(app: &App, position: u64, gather: &Gather) {
    app.measures.read.send_modify(|read| {
        read.position = position;
        if read.production != *gather.production() {
            read.production.clone_from(gather.production());
        }
    });
}

/// What the last server had read; none where that cannot be had.
async fn begin(app: &App) -> Result<Option<(Keeping, Gather)>, Fault> {
    let (store, newest) = (app.store.as_ref(), *app.written.borrow());
    let Some((keeping, gather)) = Keeping::open(store, newest).await? else { return Ok(None) };
    for number in 0..keeping.blocks() {
        // Rows of the blocks before come again from the log, with the same revision, and change nothing.
        let Some(rows) = keeping.rows(store, number).await? else { return Ok(None) };
        let mut index = app.measures.index.lock().await;
        for row in &rows {
            row.enter(&mut index);
        }
    }
    Ok(Some((keeping, gather)))
}

/// Where it cannot be written the log has it, and the next time is soon.
async fn keep(app: &App, keeping: &mut Keeping, (position, gather): (u64, &Gather)) {
    if let Err(fault) = keeping.keep(app.store.as_ref(), (app.clock.now(), position, gather)).await {
        tracing::warn!(code = fault.code, %fault, "rows for measures cannot be kept");
    }
}

/// Fails only where trying again would not help.
async fn take(
    app: &App,
    (gather, keeping): (&mut Gather, &mut Keeping),
    entries: &[Entry],
) -> Result<(), Fault> {
    let mut rows = Vec::new();
    for entry in entries {
        match gather.take(entry)? {
            Some(Gathered::Deployment(row, revision)) => {
                rows.push(Row::Deployment(with_commits(app, row).await?, revision));
            }
            Some(Gathered::Incident(row, revision)) => rows.push(Row::Incident(row, revision)),
            None => {}
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let mut index = app.measures.index.lock().await;
    for row in &rows {
        row.enter(&mut index);
    }
    drop(index);
    keeping.add(rows);
    Ok(())
}

/// Of a release that has been anywhere, they never change.
async fn with_commits(app: &App, mut row: Box<Deployment>) -> Result<Box<Deployment>, Fault> {
    let brings = row.outcome == Outcome::Succeeded && row.kind != Kind::Rollback && row.reached_ms.is_some();
    if let (true, Ok(version)) = (brings, row.release.parse()) {
        let commits = commits(app, &version).await?;
        let commit = |commit: &ReleaseCommit| Commit {
            id: commit.id.clone(),
            authored_ms: commit.authored_ms,
            pull_request: commit.pull_request.clone(),
        };
        row.commits = commits.as_slice().iter().map(commit).collect();
    }
    Ok(row)
}

async fn commits(app: &App, version: &Version) -> Result<Commits, Fault> {
    loop {
        match app.engine.commits(version).await {
            Err(fault) if fault.kind != FaultKind::Hold => {
                tracing::warn!(code = fault.code, %fault, "measures wait");
                tokio::time::sleep(PAUSE_AFTER_FAULT).await;
            }
            answer => return answer,
        }
    }
}
