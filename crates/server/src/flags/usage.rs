//! How flags are used, kept beside their history: what stands, and a sample of what was given since.
//!
//! Invariant: kept now and then and at the end, a bounded part at a time; a crash loses what was counted since, and
//! nothing else. Deliberately not here: counting (`uses`).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tidegate_domain::id::StreamId;
use tidegate_domain::name::FlagKey;
use tidegate_ports::{AppendError, Batch, Fault, Note, Sample};
use tidegate_sdk::usage::{News, UseSeen};

use super::{Place, Where};
use crate::app::App;

const EVERY: Duration = Duration::from_mins(5);
/// Flags in one write.
const BATCH_MAX: usize = 500;

pub(crate) async fn keep(app: Arc<App>) {
    loop {
        tokio::time::sleep(EVERY).await;
        flush(&app).await;
    }
}

/// What was counted so far.
pub(crate) async fn flush(app: &App) {
    for (at, place) in app.flags.places(Some(app.engine.project())) {
        loop {
            match write(app, (&at, &place)).await {
                Ok(flags) if flags == BATCH_MAX => {}
                Ok(_) => break,
                Err(fault) => {
                    tracing::warn!(code = fault.code, %fault, "how flags are used could not be kept");
                    break;
                }
            }
        }
    }
}

/// How many flags it was about.
async fn write(app: &App, (at, place): (&Where, &Place)) -> Result<usize, Fault> {
    let (now, news) = (app.clock.now(), place.uses.news(BATCH_MAX));
    let flags = news.len();
    let mut batch = Batch { at: now, actor: "tidegate".to_owned(), ..Batch::default() };
    for News { key, seen, given } in news {
        let Ok(key) = key.parse::<FlagKey>() else { continue };
        let stream = StreamId::Flag(key);
        let body = serde_json::to_vec(&seen).unwrap_or_default();
        batch.notes.push(Note { stream: stream.clone(), name: name(at), body: Some(body) });
        let variants: serde_json::Map<_, _> =
            given.into_iter().map(|(variant, count)| (variant, count.into())).collect();
        let body = json!({ "environment": at.1.as_str(), "variants": variants }).to_string();
        batch.samples.push(Sample { stream, at: now, body });
    }
    if batch.notes.is_empty() {
        return Ok(0);
    }
    match app.store.append(batch).await {
        Ok(_) => Ok(flags),
        Err(AppendError::Fault(fault)) => Err(fault),
        // Notes and samples name no version, lease or key that could be refused.
        Err(_) => Ok(flags),
    }
}

/// What earlier starts kept.
pub(crate) async fn begin(app: &App) -> Result<(), Fault> {
    for (at, place) in app.flags.places(Some(app.engine.project())) {
        let keys: Vec<String> = place.served().set.keys().map(str::to_owned).collect();
        for key in keys {
            let Ok(stream) = key.parse().map(StreamId::Flag) else { continue };
            let kept = app.store.note(&stream, &name(&at)).await?;
            if let Some(seen) = kept.and_then(|bytes| serde_json::from_slice::<UseSeen>(&bytes).ok()) {
                place.uses.remember(&key, &seen);
            }
        }
    }
    Ok(())
}

fn name(at: &Where) -> String {
    format!("use/{}", at.1)
}
