//! The fake world: where versions run, who divides requests, what is counted, who was told.
//!
//! Invariant: it changes only by calls that arrive and by time. Deliberately not here: how calls travel (`ports`) and
//! what is true of all this (`checkers`).

pub mod metrics;
pub mod router;
pub mod target;

use std::collections::BTreeMap;

use metrics::FakeMetrics;
use router::FakeRouter;
use target::FakeTarget;

#[derive(Debug, Clone)]
pub struct World {
    pub target: FakeTarget,
    pub router: FakeRouter,
    pub metrics: FakeMetrics,
    /// How often each notice arrived.
    pub told: BTreeMap<String, u32>,
}

impl World {
    /// Counts what was served with the present weights, before they change or are asked for.
    pub fn accrue(&mut self, now: u64) {
        self.metrics.accrue(now, &self.router, &self.target);
    }
}
