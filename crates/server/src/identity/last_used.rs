//! When each token was last used.
//!
//! Invariant: written at most once a minute for each token, and never while its request waits. Deliberately not here:
//! whether it is valid.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_domain::id::StreamId;
use tidegate_domain::name::PersonName;
use tidegate_domain::person::TokenId;
use tidegate_ports::{Batch, Fault, Note};

use crate::app::App;

const EVERY_MS: u64 = 60_000;
/// Beyond this all are forgotten, and written once more when they are next used.
const KEPT_MAX: usize = 100_000;

#[derive(Default)]
pub(crate) struct LastUsed {
    written: Mutex<BTreeMap<TokenId, u64>>,
}

impl LastUsed {
    pub fn note(app: &Arc<App>, owner: &PersonName, id: &TokenId) {
        let now = app.clock.now();
        {
            let mut written = app.identity.last_used.written.lock().unwrap_or_else(PoisonError::into_inner);
            if written.get(id).is_some_and(|at| now.wall_ms < at.saturating_add(EVERY_MS)) {
                return;
            }
            if written.len() >= KEPT_MAX {
                written.clear();
            }
            written.insert(id.clone(), now.wall_ms);
        }
        let note = Note {
            stream: StreamId::Person(owner.clone()),
            name: name(id),
            body: Some(now.wall_ms.to_string().into_bytes()),
        };
        let (app, actor) = (Arc::clone(app), owner.to_string());
        tokio::spawn(async move {
            let batch = Batch { at: now, actor, notes: vec![note], ..Batch::default() };
            if let Err(error) = app.store.append(batch).await {
                tracing::warn!(%error, "when a token was used could not be written");
            }
        });
    }

    /// None where it never was.
    pub async fn of(app: &App, owner: &PersonName, id: &TokenId) -> Result<Option<u64>, Fault> {
        let known =
            app.identity.last_used.written.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied();
        if known.is_some() {
            return Ok(known);
        }
        let kept = app.store.note(&StreamId::Person(owner.clone()), &name(id)).await?;
        Ok(kept.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()))
    }
}

fn name(id: &TokenId) -> String {
    format!("used/{id}")
}
