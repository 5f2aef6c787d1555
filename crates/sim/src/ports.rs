//! How calls reach the fake world: each gives way before it arrives and before its answer does, and can be lost,
//! doubled, late or answered with a fault on the way.
//!
//! Invariant: what a call does, it does at one instant, and the fact of it is noted there.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_ports::{
    Fault, Generation, InstanceSet, Measured, MetricSource, MetricsQuery, Notice, Notifier, Observed,
    RouteIntent, RouteSeen, Target, TrafficRouter,
};

use crate::env::{Env, Inner};
use crate::fact::{Arrival, Call, Ensured, Fact, Looked, ProcessId, Routed};
use crate::weather::{Mishap, Port};

/// The world as one process reaches it.
#[derive(Clone)]
pub struct Reach {
    pub env: Env,
    pub by: ProcessId,
}

impl Reach {
    /// Sends something that can happen twice, or too late.
    async fn send<T, E>(&self, port: Port, effect: E) -> Result<T, Fault>
    where
        E: Fn(&mut Inner, Call) -> Result<T, Fault> + Clone + Send + 'static,
    {
        let (call, mishap, there_ms, back_ms) = self.env.with(|inner| {
            let call = Call { by: self.by, sent: inner.step, arrival: Arrival::InTime };
            let Inner { weather, random, now_ms, .. } = inner;
            let there_ms = weather.delay_ms(*now_ms, random);
            let back_ms = weather.delay_ms(*now_ms, random);
            (call, weather.mishap(port, *now_ms, random), there_ms, back_ms)
        });
        self.env.pause(there_ms).await;
        match mishap {
            Some(Mishap::Before) => return Err(unreachable_port(port)),
            Some(Mishap::Late { after_ms }) => {
                let call = Call { arrival: Arrival::Late, ..call };
                self.deliver(after_ms, move |inner| drop(effect(inner, call)));
                return Err(unreachable_port(port));
            }
            Some(Mishap::Twice { again_ms }) => {
                let (again, effect) = (Call { arrival: Arrival::Again, ..call }, effect.clone());
                self.deliver(again_ms, move |inner| drop(effect(inner, again)));
            }
            Some(Mishap::Answerless) | None => {}
        }
        let answer = self.env.with(|inner| effect(inner, call));
        self.env.pause(back_ms).await;
        if mishap == Some(Mishap::Answerless) { Err(unreachable_port(port)) } else { answer }
    }

    /// What is under way arrives, whoever sent it and whether they still live.
    fn deliver(&self, after_ms: u64, effect: impl FnOnce(&mut Inner) + Send + 'static) {
        let env = self.env.clone();
        self.env.with(|inner| inner.under_way += 1);
        self.env.spawn(None, async move {
            env.pause(after_ms).await;
            env.with(|inner| {
                inner.under_way -= 1;
                effect(inner);
            });
        });
    }
}

fn unreachable_port(port: Port) -> Fault {
    match port {
        Port::Read | Port::Write => Fault::retry("disk-full", "the disk is full"),
        Port::Target => Fault::retry("target-unreachable", "the target does not answer"),
        Port::Router => Fault::retry("router-unreachable", "the router does not answer"),
        Port::Metrics => Fault::retry("metrics-unreachable", "the metrics source does not answer"),
        Port::Notifier => Fault::retry("notifier-unreachable", "nobody takes the notice"),
    }
}

#[async_trait]
impl Target for Reach {
    async fn ensure(&self, generation: Generation, wanted: &InstanceSet) -> Result<Observed, Fault> {
        let wanted = wanted.clone();
        self.send(Port::Target, move |inner, call| ensure(inner, call, generation, &wanted)).await
    }

    async fn observe(&self, slot: &SlotId) -> Result<BTreeMap<String, Observed>, Fault> {
        let slot = slot.clone();
        self.send(Port::Target, move |inner, call| {
            inner.world.target.advance(inner.now_ms);
            let target = &inner.world.target;
            let ready = |version: Version| {
                let ready = target.truly_ready(&slot, &version);
                (version, ready)
            };
            let truly_ready = target.census(&slot).into_keys().map(ready).collect();
            let step = inner.step;
            inner.facts.push(Fact::Looked(Looked { call, step, slot: slot.clone(), truly_ready }));
            Ok(inner.world.target.all(&slot))
        })
        .await
    }
}

fn ensure(
    inner: &mut Inner,
    call: Call,
    generation: Generation,
    wanted: &InstanceSet,
) -> Result<Observed, Fault> {
    let (slot, version) = (&wanted.slot, &wanted.artifact.version);
    inner.world.target.advance(inner.now_ms);
    let before = inner.world.target.truly_ready(slot, version);
    let answer = inner.world.target.ensure(inner.now_ms, generation, wanted);
    let truly_ready = inner.world.target.truly_ready(slot, version);
    let ready = |seen: &Observed| seen.ready().filter_map(|instance| instance.address.clone()).collect();
    inner.facts.push(Fact::Ensured(Ensured {
        call,
        step: inner.step,
        generation,
        slot: slot.clone(),
        version: version.clone(),
        replicas: wanted.replicas,
        accepted: answer.is_ok(),
        said_ready: answer.as_ref().map(ready).unwrap_or_default(),
        stopped: before.into_iter().filter(|address| !truly_ready.contains(address)).collect(),
        truly_ready,
    }));
    answer
}

#[async_trait]
impl TrafficRouter for Reach {
    async fn apply(&self, generation: Generation, intent: &RouteIntent) -> Result<RouteSeen, Fault> {
        let intent = intent.clone();
        self.send(Port::Router, move |inner, call| route(inner, call, generation, &intent)).await
    }

    async fn read(&self, slot: &SlotId) -> Result<Option<RouteSeen>, Fault> {
        let slot = slot.clone();
        self.send(Port::Router, move |inner, _| Ok(inner.world.router.read(inner.now_ms, &slot))).await
    }
}

fn route(
    inner: &mut Inner,
    call: Call,
    generation: Generation,
    intent: &RouteIntent,
) -> Result<RouteSeen, Fault> {
    inner.world.accrue(inner.now_ms);
    inner.world.target.advance(inner.now_ms);
    let before = inner.world.router.serving(&intent.slot).cloned();
    let answer = inner.world.router.apply(inner.now_ms, generation, intent);
    inner.facts.push(Fact::Routed(Routed {
        call,
        step: inner.step,
        generation,
        intent: intent.clone(),
        accepted: answer.is_ok(),
        before,
        after: inner.world.router.serving(&intent.slot).cloned(),
        said: answer.as_ref().ok().map(|seen| seen.serving.clone()),
    }));
    answer
}

#[async_trait]
impl MetricSource for Reach {
    async fn measure(&self, query: &MetricsQuery) -> Result<Measured, Fault> {
        let query = query.clone();
        self.send(Port::Metrics, move |inner, _| {
            inner.world.accrue(inner.now_ms);
            let rough = inner.now_ms < inner.weather.calm_from_ms;
            if rough && inner.random.chance(10) {
                return Err(Fault::retry("metrics-unreadable", "the answer is not a number"));
            }
            if rough && inner.random.chance(5) {
                inner.world.metrics.reset();
            }
            match &query {
                MetricsQuery::Versions(query) => Ok(inner.world.metrics.measure(query)),
                MetricsQuery::Variants(query) => Ok(inner.world.metrics.measure_shown(&query.environment)),
            }
        })
        .await
    }
}

#[async_trait]
impl Notifier for Reach {
    async fn notify(&self, notice: &Notice) -> Result<(), Fault> {
        let notice = notice.clone();
        self.send(Port::Notifier, move |inner, call| {
            *inner.world.told.entry(notice.id.clone()).or_default() += 1;
            inner.facts.push(Fact::Told { by: call.by, notice: notice.clone() });
            Ok(())
        })
        .await
    }
}
