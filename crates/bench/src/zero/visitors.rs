//! Requests at a steady rate, and which version answered when.
//!
//! Invariant: open loop, a slow answer does not delay the next request; whatever no version answered is counted as
//! dropped. Deliberately not here: the gateway's own counters.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

use super::now_ms;

#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub failed: u64,
    pub last_sent_ms: u64,
    pub last_answered_ms: u64,
}

#[derive(Debug, Default)]
struct Book {
    versions: Mutex<BTreeMap<String, Tally>>,
    dropped: Mutex<u64>,
    stop: AtomicBool,
}

pub struct Visitors {
    book: Arc<Book>,
    task: JoinHandle<()>,
}

impl Visitors {
    pub fn arrive(port: u16, rate: u32) -> Self {
        let book = Arc::<Book>::default();
        let task = tokio::spawn(visit(Arc::clone(&book), format!("http://127.0.0.1:{port}/"), rate));
        Self { book, task }
    }

    pub fn tally(&self, version: &str) -> Option<Tally> {
        self.book.versions.lock().unwrap_or_else(PoisonError::into_inner).get(version).copied()
    }

    /// Waits for requests under way; answers how many no version answered.
    pub async fn leave(self) -> u64 {
        self.book.stop.store(true, Ordering::Relaxed);
        // It ends by itself; a bug in it has been told.
        let _ = self.task.await;
        *self.book.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn visit(book: Arc<Book>, url: String, rate: u32) {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build();
    let client = client.unwrap_or_default();
    let mut beat = tokio::time::interval(Duration::from_secs(1) / rate);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = JoinSet::new();
    while !book.stop.load(Ordering::Relaxed) {
        beat.tick().await;
        under_way.spawn(request(Arc::clone(&book), client.clone(), url.clone()));
        while under_way.try_join_next().is_some() {}
    }
    while under_way.join_next().await.is_some() {}
}

async fn request(book: Arc<Book>, client: reqwest::Client, url: String) {
    let sent_ms = now_ms();
    let answer = async {
        let answer = client.get(url).send().await.ok()?;
        let (status, version) = (answer.status(), version(answer.headers())?);
        answer.bytes().await.ok()?;
        Some((status, version))
    };
    let Some((status, version)) = answer.await else {
        *book.dropped.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        return;
    };
    let mut versions = book.versions.lock().unwrap_or_else(PoisonError::into_inner);
    let tally = versions.entry(version).or_default();
    tally.failed += u64::from(status.is_server_error());
    tally.last_sent_ms = tally.last_sent_ms.max(sent_ms);
    tally.last_answered_ms = tally.last_answered_ms.max(now_ms());
}

fn version(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("x-version")?.to_str().ok()?.to_owned())
}
