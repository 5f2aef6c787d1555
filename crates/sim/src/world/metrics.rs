//! Fake counters, driven by the weights that the router really has.
//!
//! Invariant: counters only grow, but for a restart of who counts, which changes the counter's name or begins at zero.

use std::collections::BTreeMap;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_ports::{Arm, Copying, Counted, Measured, OfVersions, Serving};

use super::router::FakeRouter;
use super::target::FakeTarget;
use crate::random::Random;

const EDGES_MS: [f64; 5] = [10.0, 25.0, 50.0, 100.0, 500.0];

/// Of all requests, how many ask for the candidate where they may; they come on top.
const ASKING: f64 = 0.05;

#[derive(Debug, Clone, Default)]
struct Count {
    requests: u64,
    errors: u64,
    buckets: [u64; 6],
}

#[derive(Debug, Clone)]
pub struct FakeMetrics {
    counts: BTreeMap<(SlotId, Version), Count>,
    /// Of copies, whose answers nobody gets.
    copies: BTreeMap<(SlotId, Version), Count>,
    counted_ms: u64,
    /// Which run of the counting gateway this is.
    run: u32,
    random: Random,
    requests_per_second: f64,
    /// Whether latencies are measured at all.
    latencies: bool,
    /// What a program has counted for those whom a flag is shown, and for the others; by environment.
    shown: BTreeMap<EnvironmentName, Shown>,
    /// Of requests of those whom it is shown, so many fail.
    harm: f64,
}

#[derive(Debug, Clone, Default)]
struct Shown {
    /// Of all subjects.
    share: f64,
    with: Count,
    others: Count,
}

impl FakeMetrics {
    pub fn new(random: Random, requests_per_second: f64, latencies: bool) -> Self {
        Self {
            counts: BTreeMap::new(),
            copies: BTreeMap::new(),
            counted_ms: 0,
            run: 0,
            random,
            requests_per_second,
            latencies,
            shown: BTreeMap::new(),
            harm: 0.0,
        }
    }

    /// What is shown does so much harm.
    #[must_use]
    pub fn with_harm(self, harm: f64) -> Self {
        Self { harm, ..self }
    }

    /// From now on the flag is shown to so many there.
    pub fn show(&mut self, environment: &EnvironmentName, share: f64) {
        self.shown.entry(environment.clone()).or_default().share = share;
    }

    /// Counts what was served since the last time; called before every change of a route.
    pub fn accrue(&mut self, now: u64, router: &FakeRouter, target: &FakeTarget) {
        let seconds = now.saturating_sub(self.counted_ms) as f64 / 1_000.0;
        self.counted_ms = now;
        if seconds <= 0.0 {
            return;
        }
        // Without chance, so that worlds without flags stay as they were.
        for shown in self.shown.values_mut() {
            let requests = (self.requests_per_second * seconds) as u64;
            let with = (requests as f64 * shown.share) as u64;
            shown.with.add(with, (with as f64 * self.harm) as u64, 0, 5.0);
            shown.others.add(requests - with, 0, 0, 5.0);
        }
        for (slot, route) in &router.routes {
            let Serving::Split(backends) = &route.serving else { continue };
            if let Some(Copying { share, version, .. }) = &route.mirror {
                // As many as the share says, without chance, so that older worlds stay as they were.
                let share = f64::from(share.basis_points()) / 10_000.0;
                let requests = (self.requests_per_second * share * seconds) as u64;
                let behaviour = target.behaviour(&slot.component, version);
                let errors = (requests as f64 * behaviour.error_share) as u64;
                let count = self.copies.entry((slot.clone(), version.clone())).or_default();
                count.add(requests, errors.min(requests), 0, behaviour.latency_ms);
            }
            for backend in backends {
                let asked = route.matches.as_ref().is_some_and(|(_, version)| *version == backend.version);
                let asking = if asked { ASKING } else { 0.0 };
                let share = f64::from(backend.weight.basis_points()) / 10_000.0 + asking;
                let requests = self.random.count_around(self.requests_per_second * share * seconds);
                let behaviour = target.behaviour(&slot.component, &backend.version);
                let errors = self.random.count_around(requests as f64 * behaviour.error_share).min(requests);
                let slow = self.random.count_around(requests as f64 * 0.05).min(requests);
                let count = self.counts.entry((slot.clone(), backend.version.clone())).or_default();
                count.add(requests, errors, slow, behaviour.latency_ms);
            }
        }
    }

    /// The gateway starts anew and counts from zero; sometimes under another name.
    pub fn reset(&mut self) {
        self.counts.clear();
        self.copies.clear();
        self.run += u32::from(self.random.chance(500));
    }

    pub fn measure(&self, query: &OfVersions) -> Measured {
        Measured {
            edges_ms: if self.latencies { EDGES_MS.to_vec() } else { Vec::new() },
            stable: query
                .stable
                .as_ref()
                .map(|version| self.arm(query, version, (&self.counts, "")))
                .unwrap_or_default(),
            candidate: if query.counted == Counted::Requests {
                self.arm(query, &query.candidate, (&self.counts, ""))
            } else {
                self.arm(query, &query.candidate, (&self.copies, "/copies"))
            },
        }
    }

    /// What the one program there reports.
    pub fn measure_shown(&self, environment: &EnvironmentName) -> Measured {
        let arm = |count: &Count| {
            vec![Arm {
                instance: "program".to_owned(),
                requests: count.requests,
                errors: count.errors,
                buckets: if self.latencies { count.buckets.to_vec() } else { Vec::new() },
            }]
        };
        let shown = self.shown.get(environment);
        Measured {
            edges_ms: if self.latencies { EDGES_MS.to_vec() } else { Vec::new() },
            stable: shown.map(|shown| arm(&shown.others)).unwrap_or_default(),
            candidate: shown.map(|shown| arm(&shown.with)).unwrap_or_default(),
        }
    }

    fn arm(
        &self,
        query: &OfVersions,
        version: &Version,
        (counts, name): (&BTreeMap<(SlotId, Version), Count>, &str),
    ) -> Vec<Arm> {
        let Some(count) = counts.get(&(query.slot.clone(), version.clone())) else { return Vec::new() };
        vec![Arm {
            instance: format!("gateway-{}{name}", self.run),
            requests: count.requests,
            errors: count.errors,
            buckets: if self.latencies { count.buckets.to_vec() } else { Vec::new() },
        }]
    }
}

impl Count {
    /// Most requests take the usual time, a few four times as long.
    fn add(&mut self, requests: u64, errors: u64, slow: u64, latency_ms: f64) {
        self.requests += requests;
        self.errors += errors;
        let edges = EDGES_MS.iter().copied().chain([f64::INFINITY]);
        for (bucket, edge) in self.buckets.iter_mut().zip(edges) {
            let usual = if latency_ms <= edge { requests - slow } else { 0 };
            let late = if latency_ms * 4.0 <= edge { slow } else { 0 };
            *bucket += usual + late;
        }
    }
}
