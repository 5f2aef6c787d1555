//! Reads the log into the index: from its beginning when the server starts, then event by event.
//!
//! Invariant: each event is read once and in order; what cannot be read is said to whoever asks, instead of a figure without it.

use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::name::Version;
use tidegate_domain::release::{Commits, ReleaseCommit};
use tidegate_engine::{Gather, Gathered};
use tidegate_measures::{Commit, Deployment, Incident, Kind, Outcome};
use tidegate_ports::{Entry, EventsAfter, Fault, FaultKind};

use crate::app::App;

const BATCH: u32 = 500;
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(2);

enum Row {
    Deployment(Box<Deployment>, u64),
    Incident(Incident, u64),
}

pub(crate) async fn run(app: Arc<App>) {
    let mut written = app.written.clone();
    let (mut gather, mut position) = (Gather::default(), 0);
    loop {
        let newest = *written.borrow_and_update();
        if position >= newest {
            if written.changed().await.is_err() {
                return;
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
        // Told before it can be read: the next look finds it.
        let Some(last) = entries.last() else {
            tokio::task::yield_now().await;
            continue;
        };
        let last = last.position;
        if let Err(fault) = take(&app, &mut gather, &entries).await {
            tracing::error!(code = fault.code, %fault, "measures end here");
            app.measures.read.send_modify(|read| read.broken = Some(fault.to_string().into()));
            return;
        }
        position = last;
        app.measures.read.send_modify(|read| {
            read.position = position;
            if read.production != *gather.production() {
                read.production.clone_from(gather.production());
            }
        });
    }
}

/// Fails only where trying again would not help.
async fn take(app: &App, gather: &mut Gather, entries: &[Entry]) -> Result<(), Fault> {
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
        match row {
            Row::Deployment(row, revision) => index.deployment(row, *revision),
            Row::Incident(row, revision) => index.incident(row, *revision),
        }
    }
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
