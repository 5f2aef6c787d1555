//! A flag's share grows, and what the analysis makes of the time around it.
//!
//! Invariant: the clock and all counters are the test's own; nothing here waits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tidegate_analysis::Parameters;
use tidegate_domain::catalog::Catalog;
use tidegate_domain::component::{Artifact, ComponentSpec, Readiness, Source, Stop};
use tidegate_domain::environment::{EnvironmentSpec, Placement};
use tidegate_domain::flag::{Change, Definition, FlagCommand, Life};
use tidegate_domain::id::{SlotId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_domain::name::{EnvironmentName, FlagKey, Version};
use tidegate_domain::pipeline::{PipelineSpec, StageSpec};
use tidegate_domain::release::ReleaseKind;
use tidegate_domain::strategy::{Code, Flagged, Prometheus, Reach, Recreate, Ring, Strategy};
use tidegate_domain::weight::Weight;
use tidegate_engine::{
    Answer, Command, Engine, ForFlags, NewRelease, Request, Settings, StartRollout, World,
};
use tidegate_ports::{
    Arm, Fault, Generation, Instance, InstanceSet, InstanceState, Measured, MetricSource, MetricsQuery,
    Notice, Notifier, Observed, RouteIntent, RouteSeen, SamplesQuery, Store, Target, TrafficRouter,
};
use tidegate_store::memory::MemoryStore;

/// What was counted with the variant and without, or the code of why nobody can say.
#[derive(Default)]
struct Outside {
    counted: Mutex<(u64, u64)>,
    failing: Mutex<Option<&'static str>>,
}

#[async_trait]
impl MetricSource for Outside {
    async fn measure(&self, _: &MetricsQuery) -> Result<Measured, Fault> {
        if let Some(code) = *self.failing.lock().unwrap() {
            return Err(Fault::retry(code, "the source has something to say"));
        }
        let arm = |requests| vec![Arm { instance: "one".to_owned(), requests, ..Arm::default() }];
        let (with, without) = *self.counted.lock().unwrap();
        Ok(Measured { edges_ms: Vec::new(), stable: arm(without), candidate: arm(with) })
    }
}

#[async_trait]
impl Target for Outside {
    async fn ensure(&self, _: Generation, wanted: &InstanceSet) -> Result<Observed, Fault> {
        let instance = |ordinal| Instance {
            name: format!("{}-{ordinal}", wanted.slot.component),
            ordinal,
            address: None,
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
impl TrafficRouter for Outside {
    async fn apply(&self, _: Generation, _: &RouteIntent) -> Result<RouteSeen, Fault> {
        panic!("nothing here has a route")
    }
    async fn read(&self, _: &SlotId) -> Result<Option<RouteSeen>, Fault> {
        panic!("nothing here has a route")
    }
}

#[async_trait]
impl Notifier for Outside {
    async fn notify(&self, _: &Notice) -> Result<(), Fault> {
        Ok(())
    }
}

fn key() -> FlagKey {
    "checkout".parse().unwrap()
}

fn place() -> EnvironmentName {
    "production".parse().unwrap()
}

fn catalog(prometheus: Option<Prometheus>) -> Catalog {
    let component = ComponentSpec {
        name: "api".parse().unwrap(),
        run: vec!["./serve".into()],
        variables: BTreeMap::new(),
        readiness: Readiness::default(),
        stop: Stop { drain_seconds: 0, kill_after_seconds: 1 },
        depends_on: Vec::new(),
        smoke: Vec::new(),
        database: tidegate_domain::database::DatabaseSteps::default(),
    };
    let ring = |percent, soak_seconds| Ring {
        name: format!("{percent} %"),
        reach: Reach::Share(Weight::from_percent(percent)),
        soak_seconds,
        confirm: false,
        judge: false,
    };
    let flagged = Flagged {
        code: Code::Recreate(Recreate { soak_seconds: 0 }),
        rings: vec![ring(10, 10), ring(50, 3_600), ring(100, 0)],
        prometheus,
        ..Flagged::of(key())
    };
    let stage = StageSpec {
        analysis: Some(Parameters { block_ms: 1_000, ..Parameters::default() }),
        ..StageSpec::new(place(), Strategy::Flag(flagged))
    };
    let placements = BTreeMap::from([(component.name.clone(), Placement::new(1, None))]);
    Catalog {
        project: "shop".into(),
        components: BTreeMap::from([(component.name.clone(), component)]),
        environments: vec![EnvironmentSpec { placements, ..EnvironmentSpec::new(place()) }],
        pipeline: Some(PipelineSpec::new("main", vec![stage])),
        teams: BTreeMap::new(),
        hotfix_pipeline: None,
        source: None,
    }
}

struct Scene {
    engine: Engine,
    store: Arc<dyn Store>,
    outside: Arc<Outside>,
    now_ms: Arc<AtomicU64>,
    rollout: Option<StreamId>,
}

impl Scene {
    fn new(prometheus: Option<Prometheus>) -> Self {
        let (store, outside) = (Arc::new(MemoryStore::new()), Arc::new(Outside::default()));
        let world = World {
            target: outside.clone(),
            router: outside.clone(),
            metrics: outside.clone(),
            notifier: outside.clone(),
        };
        let next = AtomicU64::new(1);
        let ids = Box::new(move || next.fetch_add(1, Ordering::Relaxed));
        let settings = Settings { holder: "test".to_owned(), exclusive: true, ids };
        let engine = Engine::new(store.clone(), world, settings);
        let now_ms = Arc::new(AtomicU64::new(1_000));
        let mut scene = Self { engine, store, outside, now_ms, rollout: None };
        scene.submit(Command::Apply(catalog(prometheus)));
        let json =
            json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
        let change = Change::Configure { definition: Definition::compiled(&key(), &json).unwrap() };
        let commands = vec![
            (key(), FlagCommand::Create { key: key(), life: Life::default() }),
            (key(), FlagCommand::Change { environment: place(), change }),
        ];
        scene.submit(Command::Flags(Box::new(ForFlags { commands, reason: String::new() })));
        let version: Version = "1.0.0".parse().unwrap();
        let artifact = Artifact { version: version.clone(), source: Source::Command, digest: None };
        scene.submit(Command::CreateRelease(NewRelease {
            version: version.clone(),
            kind: ReleaseKind::Planned,
            components: BTreeMap::from([("api".parse().unwrap(), artifact)]),
            notes: Vec::new(),
            commits: Vec::new(),
        }));
        let started = scene.submit(Command::StartRollout(StartRollout {
            release: version,
            environment: place(),
            strategy: None,
            supersede: false,
            independent: false,
        }));
        let Answer::Rollouts { ids } = started else { panic!("no rollout started") };
        scene.rollout = Some(StreamId::Rollout(ids[0].clone()));
        scene
    }

    fn now(&self) -> Moment {
        moment(&self.now_ms)
    }

    fn submit(&self, command: Command) -> Answer {
        let request = Request {
            actor: "test".to_owned(),
            origin: None,
            by_person: true,
            key: None,
            seen: None,
            command,
            dry_run: false,
        };
        // What is kept in memory makes nobody wait.
        self.engine.submit(&request, self.now()).now_or_never().unwrap().unwrap()
    }

    /// A second goes by, with so many requests for whom it is shown and for the others; then whatever is due.
    fn second(&self, with: u64, without: u64) {
        self.now_ms.fetch_add(1_000, Ordering::Relaxed);
        {
            let mut counted = self.outside.counted.lock().unwrap();
            *counted = (counted.0 + with, counted.1 + without);
        }
        let due = self.engine.due(self.now().steady, 100).now_or_never().unwrap().unwrap();
        let now_ms = Arc::clone(&self.now_ms);
        // Each round of a turn takes its time.
        let clock = move || {
            now_ms.fetch_add(5, Ordering::Relaxed);
            moment(&now_ms)
        };
        for lease in due {
            self.engine.tick(&lease, &clock).now_or_never().unwrap().unwrap();
        }
    }

    fn sample(&self) -> Option<Value> {
        let query = SamplesQuery::newest(self.rollout.clone().unwrap(), 1);
        let newest = self.store.samples(query).now_or_never().unwrap().unwrap().pop();
        newest.map(|sample| serde_json::from_str(&sample.body).unwrap())
    }

    /// The share that the flag is served with.
    fn shown(&self) -> String {
        let state = self.store.load(&StreamId::Flag(key()), 0).now_or_never().unwrap().unwrap();
        let shown = state.iter().rev().find(|entry| entry.kind == "flag.shown");
        shown.map(|entry| entry.body.clone()).unwrap_or_default()
    }

    /// Until the share has just grown.
    fn until_it_grows(&self) {
        let before = self.shown();
        for _ in 0..600 {
            self.second(20, 180);
            if self.shown() != before {
                return;
            }
        }
        panic!("nothing more is shown; the newest sample is {:#?}", self.sample());
    }
}

fn moment(now_ms: &AtomicU64) -> Moment {
    let now_ms = now_ms.load(Ordering::Relaxed);
    Moment { wall_ms: now_ms, steady: Steady(now_ms) }
}

const CROWD: u64 = 1_000_000;

/// Whether a crowd is judged that came so many seconds after the share had grown.
fn is_judged(scene: &Scene, after_seconds: u64) -> bool {
    scene.until_it_grows();
    scene.until_it_grows();
    (0..after_seconds).for_each(|_| scene.second(100, 100));
    scene.second(CROWD, CROWD);
    (0..60).for_each(|_| scene.second(100, 100));
    let sample = scene.sample().unwrap();
    assert_eq!(sample["weight"], 5_000, "{sample:#}");
    let judged = sample["finding"]["numbers"]["candidate_requests"].as_u64().unwrap();
    assert!(judged > 0, "{sample:#}");
    judged >= CROWD
}

#[test]
fn what_was_counted_while_a_share_grew_is_not_compared() {
    assert!(!is_judged(&Scene::new(None), 0), "the interval of both shares was weighed");
    assert!(is_judged(&Scene::new(None), 1), "what came after it is lost");
}

#[test]
fn a_prometheus_that_learns_late_is_not_believed_too_soon() {
    let late = || Prometheus { delay_seconds: 10, ..Prometheus::new("http://p", "a", "b", "variant") };
    for after_seconds in [0, 1, 9] {
        assert!(!is_judged(&Scene::new(Some(late())), after_seconds), "after {after_seconds} s");
    }
    assert!(is_judged(&Scene::new(Some(late())), 12), "it is never believed");
}

/// The four kinds of nothing: none lets a ring go, and each is told.
#[test]
fn nothing_is_not_a_pass() {
    let table = [
        (Some("metrics-unreachable"), "unreachable"),
        (Some("metrics-unreadable"), "not a number"),
        (Some("metrics-empty"), "not a number"),
        (Some("metrics-query-refused"), "not a number"),
        (None, "no requests reach both versions"),
    ];
    let prometheus = Prometheus::new("http://p", "a", "b", "variant");
    for (code, words) in table {
        let scene = Scene::new(Some(prometheus.clone()));
        *scene.outside.failing.lock().unwrap() = code;
        scene.until_it_grows();
        let shown = scene.shown();
        (0..300).for_each(|_| scene.second(0, 0));
        assert_eq!(scene.shown(), shown, "{code:?}: it went on");
        let sample = scene.sample().unwrap_or_else(|| panic!("{code:?}: nothing is said"));
        let said = sample["finding"]["explanation"].as_str().unwrap();
        assert!(said.contains(words), "{code:?}: {said}");
        let why = code.map(|code| format!(": the source has something to say ({code})"));
        assert!(said.ends_with(why.as_deref().unwrap_or_default()), "{code:?}: {said}");
        assert_ne!(sample["finding"]["verdict"], "pass", "{code:?}: {sample:#}");
    }
}
