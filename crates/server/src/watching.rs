//! What goes on beside the drive: streams are woken when what runs changes, notices are sent, the timeline is kept.
//!
//! Invariant: each of these may fail and is tried again; none of them ends the server. Deliberately not here: ticks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::id::{SlotId, StreamId};
use tidegate_ports::{AppendError, Batch, Fault, Observed, RowQuery, Wake};
use tokio::sync::watch;

use crate::app::App;
use crate::gateway::GatewayStatus;

/// Changes that come together are looked at together.
const GATHER: Duration = Duration::from_millis(20);
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(2);
const KEEP_TIMELINE_EVERY: Duration = Duration::from_secs(2);

type Running = BTreeMap<SlotId, BTreeMap<String, Observed>>;

/// Wakes the streams whose instances changed.
pub(crate) async fn instances(app: Arc<App>) {
    let mut changed = app.machine.changed();
    let mut before = app.machine.running();
    while changed.changed().await.is_ok() {
        tokio::time::sleep(GATHER).await;
        changed.mark_unchanged();
        let now = app.machine.running();
        let slots = different(&before, &now);
        before = now;
        if let Err(fault) = wake(&app, slots).await {
            tracing::warn!(code = fault.code, %fault, "streams could not be woken; they look by themselves later");
        }
    }
}

fn different(before: &Running, now: &Running) -> Vec<SlotId> {
    let gone = before.keys().filter(|slot| !now.contains_key(slot));
    let other = now.iter().filter(|(slot, seen)| before.get(slot) != Some(seen)).map(|(slot, _)| slot);
    gone.chain(other).cloned().collect()
}

/// Another gateway may know no routes: every slot looks.
pub(crate) async fn gateway(app: Arc<App>, mut status: watch::Receiver<GatewayStatus>) {
    let mut known: Option<String> = status.borrow().instance_id.clone();
    while status.changed().await.is_ok() {
        let now = status.borrow_and_update().instance_id.clone();
        if now.is_none() || now == known {
            continue;
        }
        if known.is_some()
            && let Err(fault) = wake_all(&app).await
        {
            tracing::warn!(code = fault.code, %fault, "slots could not be woken; they look by themselves later");
        }
        known = now;
    }
}

async fn wake_all(app: &App) -> Result<(), Fault> {
    let query = RowQuery { kind: "slot".to_owned(), limit: 10_000, ..RowQuery::default() };
    let rows = app.store.rows(query).await?;
    let slots = rows.into_iter().filter_map(|(_, row)| match format!("slot/{}", row.id).parse() {
        Ok(StreamId::Slot(slot)) => Some(slot),
        Ok(_) | Err(_) => None,
    });
    wake(app, slots.collect()).await
}

/// The slot itself, and the rollout that changes it.
async fn wake(app: &App, slots: Vec<SlotId>) -> Result<(), Fault> {
    let at = app.clock.now();
    let mut wakes = Vec::new();
    for slot in slots {
        let view = app.engine.slot(&slot).await?;
        let rollout = view.rollout.and_then(|id| id.parse().ok()).map(StreamId::Rollout);
        let stream = rollout.or_else(|| view.version.is_some().then_some(StreamId::Slot(slot)));
        wakes.extend(stream.map(|stream| Wake { stream, at: Some(at.steady) }));
    }
    if wakes.is_empty() {
        return Ok(());
    }
    let batch = Batch { at, actor: "tidegate".to_owned(), wakes, ..Batch::default() };
    match app.store.append(batch).await {
        Err(AppendError::Fault(fault)) => Err(fault),
        // Wake-ups alone name no version, lease or key that could be refused.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Sends what waits in the outbox.
pub(crate) async fn notices(app: Arc<App>) {
    let mut written = app.written.clone();
    loop {
        written.mark_unchanged();
        match app.engine.send_notices().await {
            Ok(0) => {
                if written.changed().await.is_err() {
                    return;
                }
                tokio::time::sleep(GATHER).await;
            }
            Ok(sent) => {
                app.counts.notices_sent.fetch_add(sent as u64, std::sync::atomic::Ordering::Relaxed);
            }
            Err(fault) => {
                tracing::warn!(code = fault.code, %fault, "notices wait");
                tokio::time::sleep(PAUSE_AFTER_FAULT).await;
            }
        }
    }
}

pub(crate) async fn timeline(app: Arc<App>) {
    loop {
        tokio::time::sleep(KEEP_TIMELINE_EVERY).await;
        if let Err(fault) = app.clock.keep() {
            tracing::warn!(code = fault.code, %fault, "the timeline was not kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slots_that_differ_are_woken() {
        let slot = |text: &str| match format!("slot/{text}").parse() {
            Ok(StreamId::Slot(slot)) => slot,
            other => panic!("{other:?}"),
        };
        let ran = |version: &str| BTreeMap::from([(version.to_owned(), Observed::default())]);
        let before =
            BTreeMap::from([(slot("a/x"), ran("1")), (slot("a/y"), ran("1")), (slot("a/z"), ran("1"))]);
        let now = BTreeMap::from([(slot("a/x"), ran("1")), (slot("a/y"), ran("2")), (slot("b/w"), ran("1"))]);
        assert_eq!(different(&before, &now), [slot("a/z"), slot("a/y"), slot("b/w")]);
        assert!(different(&now, &now).is_empty());
    }
}
