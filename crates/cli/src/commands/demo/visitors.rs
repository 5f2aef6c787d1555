//! Visitors of the shop: real requests at a steady rate, counted by the version that answered.
//!
//! Invariant: open loop, a slow answer does not slow the next request down; whatever the shop itself did not answer is
//! counted as dropped. Deliberately not here: the gateway's own counters (these are an independent witness).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Api,
    Web,
}

impl Service {
    pub fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Web => "web",
        }
    }
}

/// What one version of one service has answered.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub requests: u64,
    pub failed: u64,
    /// Of the newest requests, in microseconds.
    latencies: Vec<u32>,
    pub first: Option<Instant>,
    pub last: Option<Instant>,
}

#[derive(Debug, Default)]
pub struct Book {
    pub by_version: BTreeMap<(Service, String), Tally>,
    pub total: u64,
    pub dropped: u64,
    /// What the first dropped requests met.
    pub why: Vec<String>,
}

#[derive(Clone)]
pub struct Visitors {
    book: Arc<Mutex<Book>>,
    stop: Arc<AtomicBool>,
    done: Arc<tokio::sync::Notify>,
}

const LATENCIES_MAX: usize = 500;
const TIMEOUT: Duration = Duration::from_mins(1);

impl Visitors {
    /// Sends `rate` requests a second to the shop at `url` until stopped.
    pub fn arrive(url: &str, rate: u32) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        let visitors =
            Self { book: Arc::default(), stop: Arc::default(), done: Arc::new(tokio::sync::Notify::new()) };
        tokio::spawn(visitors.clone().visit(client, url.to_owned(), rate));
        Ok(visitors)
    }

    pub fn read<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the requests under way, too.
    pub async fn leave(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.done.notified().await;
    }

    async fn visit(self, client: reqwest::Client, url: String, rate: u32) {
        let mut beat = tokio::time::interval(Duration::from_secs(1) / rate);
        beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut under_way = tokio::task::JoinSet::new();
        let mut number: u64 = 0;
        while !self.stop.load(Ordering::Relaxed) {
            beat.tick().await;
            number += 1;
            under_way.spawn(self.clone().request(client.clone(), url.clone(), number));
            while under_way.try_join_next().is_some() {}
        }
        while under_way.join_next().await.is_some() {}
        self.done.notify_one();
    }

    /// Four of five look at products and order, one looks at the page (which asks the api itself).
    async fn request(self, client: reqwest::Client, url: String, number: u64) {
        let (service, request) = match number % 10 {
            0 | 5 => (Service::Web, client.get(format!("{url}/"))),
            3 => {
                let order = serde_json::json!({"product": 1, "quantity": 1});
                (Service::Api, client.post(format!("{url}/api/orders")).json(&order))
            }
            n if n % 2 == 0 => (Service::Api, client.get(format!("{url}/api/products"))),
            n => (Service::Api, client.get(format!("{url}/api/products/{}", n % 3 + 1))),
        };
        let began = Instant::now();
        let answer = async {
            let answer = request.send().await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            answer.bytes().await?;
            Ok::<_, reqwest::Error>((status, headers))
        }
        .await;
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.total += 1;
        let text = |headers: &reqwest::header::HeaderMap, name| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        match answer {
            Ok((status, headers)) => {
                if let Some(version) = text(&headers, "x-shop-version") {
                    book.by_version
                        .entry((service, version))
                        .or_default()
                        .add(began, status.is_server_error());
                } else {
                    let made = text(&headers, "x-tidegate-gateway").unwrap_or_default();
                    book.missed(format!("{status} {made}"));
                }
            }
            Err(error) => book.missed(chain(&error)),
        }
    }
}

/// An error with everything beneath it: the outermost alone never says what really happened.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Book {
    fn missed(&mut self, why: String) {
        self.dropped += 1;
        if self.why.len() < 5 && !self.why.contains(&why) {
            self.why.push(why);
        }
    }

    /// Requests and failures of one version, both services.
    pub fn of_version(&self, version: &str) -> (u64, u64) {
        self.versions(version).fold((0, 0), |sum, tally| (sum.0 + tally.requests, sum.1 + tally.failed))
    }

    /// When it first and last answered anybody.
    pub fn span_of(&self, version: &str) -> (Option<Instant>, Option<Instant>) {
        let first = self.versions(version).filter_map(|tally| tally.first).min();
        (first, self.versions(version).filter_map(|tally| tally.last).max())
    }

    fn versions<'a>(&'a self, version: &'a str) -> impl Iterator<Item = &'a Tally> {
        self.by_version.iter().filter(move |((_, at), _)| at == version).map(|(_, tally)| tally)
    }
}

impl Tally {
    fn add(&mut self, began: Instant, failed: bool) {
        let now = Instant::now();
        self.requests += 1;
        self.failed += u64::from(failed);
        self.first = Some(self.first.map_or(began, |first| first.min(began)));
        self.last = Some(now);
        if self.latencies.len() >= LATENCIES_MAX {
            self.latencies.remove(0);
        }
        self.latencies.push(u32::try_from(now.duration_since(began).as_micros()).unwrap_or(u32::MAX));
    }

    /// Of the newest requests, in milliseconds.
    pub fn p99_ms(&self) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * 99 / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}
