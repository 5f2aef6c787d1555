//! One address of a service and what the gateway has learnt about it by using it.
//!
//! Invariant: an endpoint that refused a connection is passed over for a moment (100 ms, doubled at each
//! further refusal, at most 5 s) and then tried again; when all of a version's endpoints are passed over
//! they are tried all the same, so a version is never given up.
//! Not here: active health checks, which are the control plane's readiness probes, and counters by version
//! (`counters`).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

const PAUSE_MS_FIRST: u64 = 100;
const PAUSE_MS_MAX: u64 = 5_000;

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub address: SocketAddr,
    /// On the gateway's clock (milliseconds since its start); 0 when in use.
    paused_until_ms: AtomicU64,
    refusals_in_a_row: AtomicU32,
    refusals: AtomicU64,
}

/// Requests of one version under way at one of its endpoints. Each worker writes only its own cell, by plain
/// load and store.
pub(crate) struct UnderWay {
    by_worker: Box<[Cell]>,
}

/// Two cache lines apart, because processors fetch lines in pairs.
#[derive(Default)]
#[repr(align(128))]
struct Cell(AtomicI64);

impl UnderWay {
    pub fn new(workers: usize) -> UnderWay {
        UnderWay { by_worker: (0..workers).map(|_| Cell::default()).collect() }
    }

    pub fn begin(&self, worker: usize) {
        let cell = &self.by_worker[worker].0;
        cell.store(cell.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    pub fn end(&self, worker: usize) {
        let cell = &self.by_worker[worker].0;
        cell.store(cell.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
    }

    pub fn count(&self) -> u64 {
        let sum: i64 = self.by_worker.iter().map(|cell| cell.0.load(Ordering::Relaxed)).sum();
        u64::try_from(sum).unwrap_or(0)
    }
}

impl Endpoint {
    fn new(address: SocketAddr) -> Endpoint {
        Endpoint {
            address,
            paused_until_ms: AtomicU64::new(0),
            refusals_in_a_row: AtomicU32::new(0),
            refusals: AtomicU64::new(0),
        }
    }

    pub fn is_paused(&self, now_ms: u64) -> bool {
        self.paused_until_ms.load(Ordering::Relaxed) > now_ms
    }

    pub fn refused(&self, now_ms: u64) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        let before = self.refusals_in_a_row.fetch_add(1, Ordering::Relaxed).min(16);
        let pause_ms = (PAUSE_MS_FIRST << before).min(PAUSE_MS_MAX);
        self.paused_until_ms.store(now_ms + pause_ms, Ordering::Relaxed);
    }

    pub fn connected(&self) {
        if self.refusals_in_a_row.load(Ordering::Relaxed) != 0 {
            self.refusals_in_a_row.store(0, Ordering::Relaxed);
            self.paused_until_ms.store(0, Ordering::Relaxed);
        }
    }

    pub fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }
}

/// The endpoints that some table names; what was learnt about one survives a change of weights.
#[derive(Default)]
pub(crate) struct Endpoints {
    known: HashMap<SocketAddr, Weak<Endpoint>>,
}

impl Endpoints {
    pub fn get(&mut self, address: SocketAddr) -> Arc<Endpoint> {
        if let Some(endpoint) = self.known.get(&address).and_then(Weak::upgrade) {
            return endpoint;
        }
        let endpoint = Arc::new(Endpoint::new(address));
        self.known.retain(|_, known| known.strong_count() > 0);
        self.known.insert(address, Arc::downgrade(&endpoint));
        endpoint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_pauses_longer_each_time_and_a_connection_forgives() {
        let endpoint = Endpoint::new(SocketAddr::from(([127, 0, 0, 1], 1)));
        assert!(!endpoint.is_paused(0));
        endpoint.refused(1_000);
        assert!(endpoint.is_paused(1_099) && !endpoint.is_paused(1_100));
        endpoint.refused(2_000);
        assert!(endpoint.is_paused(2_199) && !endpoint.is_paused(2_200));
        (0..40).for_each(|_| endpoint.refused(3_000));
        assert!(endpoint.is_paused(7_999) && !endpoint.is_paused(8_000));
        endpoint.connected();
        assert!(!endpoint.is_paused(3_000));
        assert_eq!(endpoint.refusals(), 42);
    }

    #[test]
    fn one_address_is_one_endpoint_while_somebody_holds_it() {
        let mut endpoints = Endpoints::default();
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let first = endpoints.get(address);
        first.refused(0);
        assert_eq!(endpoints.get(address).refusals(), 1);
        drop(first);
        assert_eq!(endpoints.get(address).refusals(), 0);
    }
}
