//! A world in which everything is done at once: instances are ready when asked for, routes are as set, counters run.
//!
//! Invariant: it costs next to nothing, so that what is measured is the engine. Deliberately not here: faults (the
//! simulation has them).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use tidegate_domain::id::SlotId;
use tidegate_engine::World;
use tidegate_ports::{
    Arm, Fault, Generation, Instance, InstanceSet, InstanceState, Measured, MetricSource, MetricsQuery,
    Notice, Notifier, Observed, RouteIntent, RouteSeen, Target, TrafficRouter,
};

const EDGES_MS: [f64; 8] = [5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0];
const REQUESTS_PER_SECOND: f64 = 300.0;

#[derive(Debug)]
pub struct InstantWorld {
    began: Instant,
    /// Slots that somebody asked about, where that is to be known.
    asked: Option<Mutex<BTreeSet<SlotId>>>,
}

impl InstantWorld {
    pub fn new(remembers: bool) -> Arc<Self> {
        Arc::new(Self { began: Instant::now(), asked: remembers.then(Mutex::default) })
    }

    pub fn world(self: &Arc<Self>) -> World {
        World { target: self.clone(), router: self.clone(), metrics: self.clone(), notifier: self.clone() }
    }

    pub fn asked_count(&self) -> usize {
        self.asked.as_ref().map_or(0, |asked| asked.lock().unwrap_or_else(PoisonError::into_inner).len())
    }

    /// Half a percent of errors, the same for both versions.
    fn arm(&self, share: f64) -> Vec<Arm> {
        let requests = (self.began.elapsed().as_secs_f64() * REQUESTS_PER_SECOND * share) as u64;
        let slow = requests / 20;
        let buckets = EDGES_MS.iter().map(|edge| if *edge < 50.0 { requests - slow } else { requests });
        let buckets = buckets.chain([requests]).collect();
        vec![Arm { instance: "gateway".to_owned(), requests, errors: requests / 200, buckets }]
    }
}

#[async_trait]
impl Target for InstantWorld {
    async fn ensure(&self, _: Generation, wanted: &InstanceSet) -> Result<Observed, Fault> {
        if let Some(asked) = &self.asked {
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            if !asked.contains(&wanted.slot) {
                asked.insert(wanted.slot.clone());
            }
        }
        let instance = |ordinal| Instance {
            name: format!("{}-{}-{ordinal}", wanted.slot.component, wanted.artifact.version),
            ordinal,
            address: Some(format!("127.0.0.1:{}", 20_000 + ordinal)),
            state: InstanceState::Ready,
            restarts: 0,
            reason: String::new(),
            process: None,
            started_with: None,
        };
        Ok(Observed { instances: (0..wanted.replicas).map(instance).collect() })
    }

    async fn observe(&self, _: &SlotId) -> Result<BTreeMap<String, Observed>, Fault> {
        Ok(BTreeMap::new())
    }
}

#[async_trait]
impl TrafficRouter for InstantWorld {
    async fn apply(&self, generation: Generation, intent: &RouteIntent) -> Result<RouteSeen, Fault> {
        let serving = intent.serving.clone();
        Ok(RouteSeen { generation, serving, in_flight: BTreeMap::new(), in_flight_at: None, durable: true })
    }

    async fn read(&self, _: &SlotId) -> Result<Option<RouteSeen>, Fault> {
        Ok(None)
    }
}

#[async_trait]
impl MetricSource for InstantWorld {
    async fn measure(&self, _: &MetricsQuery) -> Result<Measured, Fault> {
        let edges_ms = EDGES_MS.to_vec();
        Ok(Measured { edges_ms, stable: self.arm(0.9), candidate: self.arm(0.1) })
    }
}

#[async_trait]
impl Notifier for InstantWorld {
    async fn notify(&self, _: &Notice) -> Result<(), Fault> {
        Ok(())
    }
}
