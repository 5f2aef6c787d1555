//! How flags are used, kept beside their history: what stands, and a sample of what was given since.
//!
//! Invariant: kept now and then and at the end, a bounded part at a time; a crash loses what was counted since, and
//! nothing else. Deliberately not here: counting (`tidegate_sdk::usage`), what samples add up to (`exposure`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::id::StreamId;
use tidegate_domain::name::FlagKey;
use tidegate_ports::{AppendError, Batch, Fault, Note, Sample};
use tidegate_sdk::usage::{News, UseSeen};

use super::Where;
use super::exposure::Given;
use crate::app::App;

const EVERY: Duration = Duration::from_mins(5);
/// Flags of one environment in one write, or so many notes of all of them.
const BATCH_MAX: usize = 500;

pub(crate) async fn keep(app: Arc<App>) {
    loop {
        tokio::time::sleep(EVERY).await;
        flush(&app).await;
    }
}

/// What was counted so far.
pub(crate) async fn flush(app: &App) {
    loop {
        let (news, more) = gather(app);
        if let Err(fault) = write(app, news).await {
            tracing::warn!(code = fault.code, %fault, "how flags are used could not be kept");
            return;
        }
        if !more {
            return;
        }
    }
}

type Gathered = BTreeMap<FlagKey, Vec<(Where, News)>>;

/// What is new of each flag in all environments, and whether there is more than was taken.
fn gather(app: &App) -> (Gathered, bool) {
    let (mut gathered, mut more) = (Gathered::new(), false);
    for (at, place) in app.flags.places(Some(app.engine.project())) {
        let news = place.uses.news(BATCH_MAX);
        more |= news.len() == BATCH_MAX;
        for news in news {
            let Ok(key) = news.key.parse::<FlagKey>() else { continue };
            gathered.entry(key).or_default().push((at.clone(), news));
        }
    }
    (gathered, more)
}

async fn write(app: &App, gathered: Gathered) -> Result<(), Fault> {
    let now = app.clock.now();
    let empty = || Batch { at: now, actor: "tidegate".to_owned(), ..Batch::default() };
    let mut batch = empty();
    for (key, news) in gathered {
        let stream = StreamId::Flag(key);
        let mut given = Given::default();
        for (at, News { seen, given: counts, .. }) in news {
            let body = serde_json::to_vec(&seen).unwrap_or_default();
            batch.notes.push(Note { stream: stream.clone(), name: name(&at), body: Some(body) });
            given.put(&at.1, counts);
        }
        batch.samples.extend(given.body().map(|body| Sample { stream, at: now, body }));
        if batch.notes.len() >= BATCH_MAX {
            append(app, std::mem::replace(&mut batch, empty())).await?;
        }
    }
    append(app, batch).await
}

async fn append(app: &App, batch: Batch) -> Result<(), Fault> {
    if batch.notes.is_empty() {
        return Ok(());
    }
    match app.store.append(batch).await {
        Err(AppendError::Fault(fault)) => Err(fault),
        // Notes and samples name no version, lease or key that could be refused.
        Ok(_) | Err(_) => Ok(()),
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
