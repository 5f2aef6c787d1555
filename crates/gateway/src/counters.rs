//! What is counted per route and version, without a lock or a shared cache line on the request's path.
//!
//! Each worker thread writes only its own shard, by plain load and store; a scrape adds the shards up.
//! Invariant: counters never fall while the gateway lives, and in one shard `errors` ≤ `requests` = the
//! sum of the buckets (a scrape between two stores may be one request behind).
//! Not here: the text and JSON forms (`report`, `metrics`).

use crate::data::problem::CODES;
use crate::endpoint::UnderWay;
use crate::report::{
    BUCKET_COUNT, BUCKET_MICROS, EndpointInFlight, Meters, VersionCounters, VersionInFlight,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// Versions remembered per route; beyond it the one that served least recently by name is forgotten.
const VERSIONS_MAX: usize = 64;

/// What lives as long as the route's id: the walk's position and the versions' counters.
pub(crate) struct RouteMeter {
    pub id: String,
    pub sequence: AtomicU64,
    pub mirror_sequence: AtomicU64,
    workers: usize,
    versions: Mutex<BTreeMap<String, Arc<VersionMeter>>>,
}

pub(crate) struct VersionMeter {
    /// Requests that users wait for.
    live: Box<[Shard]>,
    /// Copies made by a mirror.
    mirror: Box<[Shard]>,
    /// Of both kinds, by endpoint; kept while a table names the endpoint or a request from such a table lives.
    endpoints: Mutex<BTreeMap<SocketAddr, Weak<UnderWay>>>,
}

/// Two cache lines apart, because processors fetch lines in pairs.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Shard {
    classes: [AtomicU64; 5],
    buckets: [AtomicU64; BUCKET_COUNT],
    errors: AtomicU64,
    micros: AtomicU64,
    in_flight: AtomicI64,
    retries: AtomicU64,
    failures: AtomicU64,
    attempts_failed: AtomicU64,
    aborted: AtomicU64,
    dropped: AtomicU64,
    same: AtomicU64,
    different: AtomicU64,
    uncompared: AtomicU64,
}

/// What belongs to no version: connections, and answers by code that the gateway gave itself.
#[derive(Default)]
pub(crate) struct GatewayMeter {
    accepted: AtomicU64,
    problems: [AtomicU64; CODES.len()],
}

impl GatewayMeter {
    pub fn accepted(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub fn accepted_total(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    pub fn problem(&self, code: &str) {
        if let Some(index) = CODES.iter().position(|known| *known == code) {
            self.problems[index].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn problems(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CODES.iter().zip(&self.problems).map(|(code, count)| (*code, count.load(Ordering::Relaxed)))
    }
}

/// How a request ended for the version that was to answer it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub status: u16,
    /// From the request's head to the response's head.
    pub took: Duration,
    /// An attempt before had failed, so it counts as a failure whatever the status.
    pub after_failure: bool,
}

impl RouteMeter {
    pub fn new(id: &str, workers: usize) -> RouteMeter {
        RouteMeter {
            id: id.to_owned(),
            sequence: AtomicU64::new(0),
            mirror_sequence: AtomicU64::new(0),
            workers,
            versions: Mutex::default(),
        }
    }

    pub fn version(&self, name: &str) -> Arc<VersionMeter> {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = versions.get(name) {
            return Arc::clone(known);
        }
        if versions.len() >= VERSIONS_MAX {
            let unused = versions.iter().find(|(_, meter)| Arc::strong_count(meter) == 1);
            if let Some(name) = unused.map(|(name, _)| name.clone()) {
                versions.remove(&name);
            }
        }
        let meter = Arc::new(VersionMeter::new(self.workers));
        versions.insert(name.to_owned(), Arc::clone(&meter));
        meter
    }

    pub fn read(&self) -> Vec<VersionCounters> {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.iter().map(|(name, meter)| meter.read(name)).collect()
    }

    pub fn in_flight(&self) -> Vec<VersionInFlight> {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.iter().map(|(name, meter)| meter.in_flight(name)).collect()
    }
}

impl VersionMeter {
    fn new(workers: usize) -> VersionMeter {
        let shards = || (0..workers).map(|_| Shard::default()).collect();
        VersionMeter { live: shards(), mirror: shards(), endpoints: Mutex::default() }
    }

    /// What is under way at one endpoint; the same as long as anybody holds it.
    pub fn at(&self, address: SocketAddr) -> Arc<UnderWay> {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = endpoints.get(&address).and_then(Weak::upgrade) {
            return known;
        }
        endpoints.retain(|_, known| known.strong_count() > 0);
        let under_way = Arc::new(UnderWay::new(self.live.len()));
        endpoints.insert(address, Arc::downgrade(&under_way));
        under_way
    }

    pub fn live(&self, worker: usize) -> &Shard {
        &self.live[worker]
    }

    pub fn mirror(&self, worker: usize) -> &Shard {
        &self.mirror[worker]
    }

    fn in_flight(&self, name: &str) -> VersionInFlight {
        let sum = |shards: &[Shard]| shards.iter().map(Shard::in_flight).sum::<usize>() as u64;
        let endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = endpoints.iter().filter_map(|(address, known)| Some((*address, known.upgrade()?)));
        let at = alive
            .map(|(address, under_way)| EndpointInFlight { address, in_flight: under_way.count() })
            .collect();
        VersionInFlight {
            version: name.to_owned(),
            live: sum(&self.live),
            mirror: sum(&self.mirror),
            endpoints: Some(at),
        }
    }

    fn read(&self, name: &str) -> VersionCounters {
        VersionCounters { version: name.to_owned(), live: summed(&self.live), mirror: summed(&self.mirror) }
    }
}

impl Shard {
    pub fn begin(&self) {
        let before = self.in_flight.load(Ordering::Relaxed);
        self.in_flight.store(before + 1, Ordering::Relaxed);
    }

    pub fn end(&self) {
        let before = self.in_flight.load(Ordering::Relaxed);
        self.in_flight.store(before - 1, Ordering::Relaxed);
    }

    /// A response's head, or the gateway's own answer on behalf of the version.
    pub fn answered(&self, outcome: Outcome) {
        let micros = u64::try_from(outcome.took.as_micros()).unwrap_or(u64::MAX);
        add(&self.buckets[BUCKET_MICROS.partition_point(|bound| *bound < micros)], 1);
        add(&self.micros, micros);
        add(&self.classes[usize::from(outcome.status / 100).clamp(1, 5) - 1], 1);
        if outcome.status >= 500 {
            add(&self.errors, 1);
        }
        if outcome.status >= 500 || outcome.after_failure {
            add(&self.failures, 1);
        }
    }

    /// The service broke off a response whose head was already sent on and was no error.
    pub fn broken_off(&self, after_failure: bool) {
        add(&self.errors, 1);
        if !after_failure {
            add(&self.failures, 1);
        }
    }

    pub fn attempt_failed(&self) {
        add(&self.attempts_failed, 1);
    }

    pub fn in_flight(&self) -> usize {
        usize::try_from(self.in_flight.load(Ordering::Relaxed)).unwrap_or(0)
    }

    pub fn retried(&self) {
        add(&self.retries, 1);
    }

    /// The client went away before there was an answer.
    pub fn aborted(&self) {
        add(&self.aborted, 1);
    }

    /// A copy that was not sent because the mirror had no room.
    pub fn dropped(&self) {
        add(&self.dropped, 1);
    }

    /// A copy that was answered as the request itself was.
    pub fn same(&self) {
        add(&self.same, 1);
    }

    pub fn different(&self) {
        add(&self.different, 1);
    }

    /// A copy that was answered well, and nobody can say whether as the request itself was.
    pub fn uncompared(&self) {
        add(&self.uncompared, 1);
    }
}

/// Only the shard's own thread writes, so that load and store need no locked instruction.
fn add(cell: &AtomicU64, by: u64) {
    cell.store(cell.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
}

fn summed(shards: &[Shard]) -> Meters {
    let mut sum = Meters::default();
    let mut in_flight = 0;
    for shard in shards {
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        sum.errors += read(&shard.errors);
        sum.duration_micros_sum = sum.duration_micros_sum.wrapping_add(read(&shard.micros));
        sum.retries += read(&shard.retries);
        sum.failures += read(&shard.failures);
        sum.attempts_failed += read(&shard.attempts_failed);
        sum.aborted += read(&shard.aborted);
        sum.dropped += read(&shard.dropped);
        sum.same += read(&shard.same);
        sum.different += read(&shard.different);
        sum.uncompared += read(&shard.uncompared);
        for (total, cell) in sum.classes.iter_mut().zip(&shard.classes) {
            *total += read(cell);
        }
        let mut cumulative = 0;
        for (total, cell) in sum.buckets.iter_mut().zip(&shard.buckets) {
            cumulative += read(cell);
            *total += cumulative;
        }
        in_flight += shard.in_flight.load(Ordering::Relaxed);
    }
    sum.requests = sum.buckets[BUCKET_COUNT - 1];
    sum.errors = sum.errors.min(sum.requests);
    sum.failures = sum.failures.clamp(sum.errors, sum.requests);
    sum.in_flight = u64::try_from(in_flight).unwrap_or(0);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_add_up_and_buckets_are_cumulative() {
        let meter = VersionMeter::new(2);
        let outcome = |status, ms| Outcome { status, took: Duration::from_millis(ms), after_failure: false };
        meter.live(0).answered(outcome(200, 4));
        meter.live(0).answered(outcome(200, 5));
        meter.live(1).answered(outcome(503, 20_000));
        meter.live(1).answered(outcome(404, 6));
        meter.live(1).begin();
        meter.mirror(0).dropped();
        let read = meter.read("1.0.0");
        assert_eq!((read.live.requests, read.live.errors, read.live.in_flight), (4, 1, 1));
        assert_eq!(read.live.classes, [0, 2, 0, 1, 1]);
        assert_eq!(read.live.buckets[..3], [2, 3, 3], "5 ms is within le=0.005");
        assert_eq!(read.live.buckets[10..], [3, 4]);
        assert_eq!((read.mirror.requests, read.mirror.dropped), (0, 1));
    }

    #[test]
    fn versions_that_no_table_names_are_forgotten_when_there_are_too_many() {
        let meter = RouteMeter::new("a/b", 1);
        let kept = meter.version("0.kept");
        (0..200).for_each(|n| drop(meter.version(&format!("1.{n:03}"))));
        let read = meter.read();
        assert_eq!(read.len(), VERSIONS_MAX);
        assert_eq!(read[0].version, "0.kept");
        drop(kept);
    }
}
