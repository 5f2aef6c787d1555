//! Serving feature flags: what stands, compiled, and whoever may ask for it.
//!
//! Invariant: asking for flags never waits for a writer and never reaches the store; what was changed and answered is
//! served from then on; where things are at all old, that is said. The same code serves in the control plane and at its
//! edges. Deliberately not here: deciding on flags (the domain), evaluating them (`tidegate-flags`).

mod answer;
mod bundle;
pub(crate) mod exposure;
mod keys;
pub(crate) mod ofrep;
mod outcomes;
mod place;
pub(crate) mod reply;
mod stream;
mod usage;
mod uses;
mod variants;
mod written;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tidegate_domain::name::{EnvironmentName, ProjectName};
use tokio::sync::{Semaphore, watch};

pub(crate) use bundle::{Bundle, export};
pub(crate) use keys::{Key, Keys};
pub(crate) use place::{Place, Served};
pub(crate) use usage::{begin, flush, keep};
pub(crate) use uses::stale;
pub(crate) use variants::VariantsMeasured;
pub(crate) use written::{Written, load};

use crate::pace::Pace;

/// Large answers on their way at once: a herd of clients that all begin anew must not take all memory.
const PAYLOADS_MAX: usize = 256;

pub(crate) type Where = (ProjectName, EnvironmentName);

pub(crate) struct Serving {
    places: ArcSwap<BTreeMap<Where, Arc<Place>>>,
    placing: Mutex<()>,
    keys: ArcSwap<Keys>,
    keying: Mutex<u64>,
    pace: Option<Pace>,
    /// One permit for each open stream of changes.
    streams: Arc<Semaphore>,
    payloads: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
    /// Since when nothing new could be learnt, for an edge; 0 while all is well.
    cut_off_ms: AtomicU64,
    /// False as long as an edge has learnt nothing yet.
    ready: AtomicBool,
    pub evaluations: AtomicU64,
}

impl Serving {
    pub fn new(pace: Option<Pace>, streams: Arc<Semaphore>, stopping: watch::Receiver<bool>) -> Self {
        Self {
            places: ArcSwap::default(),
            placing: Mutex::default(),
            keys: ArcSwap::default(),
            keying: Mutex::default(),
            pace,
            streams,
            payloads: Arc::new(Semaphore::new(PAYLOADS_MAX)),
            stopping,
            cut_off_ms: AtomicU64::new(0),
            ready: AtomicBool::new(true),
            evaluations: AtomicU64::new(0),
        }
    }

    /// Nothing is answered until something was learnt.
    #[must_use]
    pub fn not_ready(self) -> Self {
        self.ready.store(false, Ordering::Relaxed);
        self
    }

    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    pub fn now_ready(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    /// Begun where it is first asked for: whoever follows it learns of its first flag.
    pub fn place(&self, at: &Where) -> Arc<Place> {
        if let Some(place) = self.places.load().get(at) {
            return Arc::clone(place);
        }
        let _one = self.placing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places = BTreeMap::clone(&self.places.load());
        let place = Arc::clone(places.entry(at.clone()).or_default());
        self.places.store(Arc::new(places));
        place
    }

    /// Those of one project, or of all.
    pub fn places(&self, project: Option<&ProjectName>) -> Vec<(Where, Arc<Place>)> {
        let places = self.places.load();
        let wanted = places.iter().filter(|(at, _)| project.is_none_or(|project| at.0 == *project));
        wanted.map(|(at, place)| (at.clone(), Arc::clone(place))).collect()
    }

    pub fn keys(&self) -> Arc<Keys> {
        self.keys.load_full()
    }

    /// Seconds since it was last known that nothing is missing; none while all is well.
    pub fn stale_seconds(&self) -> Option<u64> {
        match self.cut_off_ms.load(Ordering::Relaxed) {
            0 => None,
            since => Some(now_ms().saturating_sub(since) / 1_000),
        }
    }

    /// From when on nothing new can be learnt, unless that is known already; 0 when it can again.
    pub fn cut_off(&self, since_ms: u64) {
        if since_ms == 0 {
            self.cut_off_ms.store(0, Ordering::Relaxed);
        } else {
            let _known = self.cut_off_ms.compare_exchange(0, since_ms, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

/// As evaluation counts time.
pub(crate) fn seconds(ms: u64) -> i64 {
    (ms / 1_000).cast_signed()
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
