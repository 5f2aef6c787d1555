//! Reads the sources of scope in the background: each from where it stands, page by page.
//!
//! Invariant: a page is written together with the cursor to go on from, so an end of the process asks again for one page at most; a
//! pause that a tracker asks for is kept, also across a start. Deliberately not here: what an answer means (`connectors::scope`), what
//! is kept (`domain::scope_source`).

mod items;
mod walking;

pub(crate) use items::{query, tracked_by_webhook, unfit};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::name::ScopeSourceName;
use tidegate_domain::scope_source::{ScopeSource, SourceKind};
use tidegate_ports::SecretSource;

use crate::app::App;
use crate::each::Each;

const LOOK: Duration = Duration::from_secs(1);
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(2);

pub(crate) struct Scoping {
    secrets: Arc<dyn SecretSource>,
}

impl Scoping {
    pub fn new(secrets: Arc<dyn SecretSource>) -> Self {
        Self { secrets }
    }
}

/// One task for each source that is a tracker, as long as it is there.
pub(crate) async fn run(app: Arc<App>) {
    let mut written = app.written.clone();
    let mut each: Each<ScopeSourceName, SourceKind> = Each::default();
    loop {
        written.mark_unchanged();
        match app.engine.scope_source_names().await {
            Ok(all) => {
                let trackers = all.into_iter().filter_map(|view| {
                    let kind = view.kind.filter(|kind| *kind != SourceKind::Csv)?;
                    Some((view.name, kind))
                });
                let wanted: BTreeMap<_, _> = trackers.collect();
                each.keep(wanted, |name, _| tokio::spawn(walking::follow(Arc::clone(&app), name.clone())));
            }
            Err(fault) => {
                tracing::warn!(code = fault.code, %fault, "sources of scope wait");
                tokio::time::sleep(PAUSE_AFTER_FAULT).await;
            }
        }
        if written.changed().await.is_err() {
            return;
        }
        // Writes that come together are looked at together.
        tokio::time::sleep(LOOK).await;
    }
}

/// When the source is looked at by itself again; none where only somebody's asking begins a walk.
fn next_ms(source: &ScopeSource, looked_ms: Option<u64>) -> Option<u64> {
    let every_ms = u64::from(source.definition.every_minutes) * 60_000;
    let last_ms = looked_ms.max(source.read_ms).unwrap_or(0);
    (every_ms > 0 && source.whole && source.stop.is_none()).then(|| last_ms + every_ms)
}
