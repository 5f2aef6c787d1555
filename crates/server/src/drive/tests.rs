//! The drive over a store in memory and a target that can be slow or broken.
//!
//! Invariant: nothing here waits for a time; it waits for a condition.

mod disk;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tidegate_api::{Audit, CheckpointState, Proof};
use tidegate_connectors::guard::{Allowance, Guard, Limits};
use tidegate_domain::component::{Artifact, Source};
use tidegate_domain::id::SlotId;
use tidegate_domain::release::ReleaseKind;
use tidegate_engine::{Answer, Engine, NewRelease, RolloutView, Settings, StartRollout, World};
use tidegate_ports::{
    Generation, Instance, InstanceSet, InstanceState, Measured, MetricSource, MetricsQuery, Notice, Notifier,
    Observed, RouteIntent, RouteSeen, Store, Target, TrafficRouter,
};
use tidegate_store::audit::Checkpoint;
use tidegate_store::memory::MemoryStore;
use tidegate_traces::Origins;
use tokio::sync::Semaphore;

use super::*;
use crate::announce::Announcing;
use crate::app::Counts;
use crate::clock::Clock;
use crate::gateway::{GatewayMode, GatewayStatus};
use crate::machine::{LogsFound, LogsWanted, Machine};
use crate::options::Options;
use crate::project::{Ground, Projects};
use disk::Disk;

/// Everything outside, at once: what is asked for is there, except where a component's name says otherwise.
#[derive(Default)]
struct Outside {
    asked_together: AtomicU64,
    asked_together_most: AtomicU64,
    /// Closed to components called `blocked…` until the test lets them through.
    gate: tokio::sync::Notify,
    /// For whom it was asked, in order.
    asked: Mutex<Vec<SlotId>>,
}

#[async_trait]
impl Target for Outside {
    async fn ensure(&self, _: Generation, wanted: &InstanceSet) -> Result<Observed, Fault> {
        assert!(!wanted.slot.component.as_str().starts_with("bug"), "this is what the test is about");
        self.asked.lock().unwrap().push(wanted.slot.clone());
        let together = self.asked_together.fetch_add(1, Ordering::SeqCst) + 1;
        self.asked_together_most.fetch_max(together, Ordering::SeqCst);
        if wanted.slot.component.as_str().starts_with("blocked") {
            self.gate.notified().await;
        }
        // Long enough that everything due is asked for before the first answers.
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.asked_together.fetch_sub(1, Ordering::SeqCst);
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

fn not_asked() -> Fault {
    Fault::hold("not-asked", "nobody asks for this here")
}

#[async_trait]
impl TrafficRouter for Outside {
    async fn apply(&self, _: Generation, _: &RouteIntent) -> Result<RouteSeen, Fault> {
        Err(not_asked())
    }
    async fn read(&self, _: &SlotId) -> Result<Option<RouteSeen>, Fault> {
        Err(not_asked())
    }
}

#[async_trait]
impl MetricSource for Outside {
    async fn measure(&self, _: &MetricsQuery) -> Result<Measured, Fault> {
        Err(not_asked())
    }
}

#[async_trait]
impl Notifier for Outside {
    async fn notify(&self, _: &Notice) -> Result<(), Fault> {
        Ok(())
    }
}

#[async_trait]
impl Machine for Outside {
    async fn bring_in(&self, _: Source, _: Option<String>) -> Result<Option<String>, Fault> {
        Err(not_asked())
    }
    async fn logs(&self, _: LogsWanted) -> Result<LogsFound, Fault> {
        Err(not_asked())
    }
    async fn audit(&self, _: Option<Vec<Checkpoint>>) -> Result<Audit, Fault> {
        Err(not_asked())
    }
    async fn smoke(&self, _: &tidegate_ports::SmokeQuestion) -> tidegate_ports::SmokeOutcome {
        panic!("nobody asks smoke tests here")
    }
    fn checkpoint(&self) -> CheckpointState {
        panic!("nobody asks for checkpoints here")
    }
    async fn kept(
        &self,
        _: tidegate_domain::component::Source,
        _: String,
    ) -> Result<tidegate_targets::Kept, Fault> {
        Err(not_asked())
    }
    async fn past(&self, _: u64, _: u64) -> Result<tidegate_store::sqlite::Past, Fault> {
        Err(not_asked())
    }
    async fn forget_origins(&self, _: u64, _: u64) -> Result<u64, Fault> {
        Err(not_asked())
    }
    async fn search(
        &self,
        _: tidegate_store::sqlite::Search,
    ) -> Result<tidegate_store::sqlite::Found, Fault> {
        Err(not_asked())
    }
    async fn export_begins(&self, _: u64) -> Result<Option<(tidegate_store::audit::Tree, u64)>, Fault> {
        Err(not_asked())
    }
    async fn exported(&self, _: u64, _: u64) -> Result<Vec<tidegate_store::sqlite::Exported>, Fault> {
        Err(not_asked())
    }
    async fn proof(&self, _: crate::machine::ProofWanted) -> Result<Option<Proof>, Fault> {
        Err(not_asked())
    }
    fn running(&self) -> BTreeMap<SlotId, BTreeMap<String, Observed>> {
        BTreeMap::new()
    }
    fn changed(&self) -> watch::Receiver<u64> {
        watch::Sender::new(0).subscribe()
    }
    async fn stop_all(&self) -> Result<(), Fault> {
        Ok(())
    }
}

struct Scene {
    app: Arc<App>,
    outside: Arc<Outside>,
    disk: Arc<Disk>,
    stop: watch::Sender<bool>,
    driving: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let outside = Arc::new(Outside::default());
        let disk = Arc::new(Disk { inner: MemoryStore::new(), full: AtomicBool::new(false) });
        let announcing = Announcing::over(disk.clone()).await.unwrap();
        let written = announcing.written();
        let store: Arc<dyn Store> = Arc::new(announcing);
        let world = World {
            target: outside.clone(),
            router: outside.clone(),
            metrics: outside.clone(),
            notifier: outside.clone(),
        };
        let ids = Box::new(rand::random::<u64>);
        let settings = Settings { holder: "test".to_owned(), exclusive: true, ids };
        let (stop, stopping) = watch::channel(false);
        let listen = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        let options = Options::new(folder.path(), listen, GatewayMode::Url(String::new()));
        let server: tidegate_connectors::guard::Url = "http://127.0.0.1".parse().unwrap();
        let setup = folder.path().join("setup");
        let identity = crate::identity::Identity::open(setup, true, (&options, &server)).unwrap();
        let (failed, _) = tokio::sync::mpsc::unbounded_channel();
        let ground = Ground { options, server, stopping: stopping.clone(), failed };
        let key = tidegate_secrets::KeyFile::own(folder.path().join("secrets.key"));
        let vault = Arc::new(tidegate_secrets::FileVault::open(key).unwrap());
        let secrets = crate::secrets::StoredSecrets::new(Arc::clone(&store), Arc::clone(&vault));
        let secrets: Arc<dyn tidegate_ports::SecretSource> = Arc::new(secrets);
        let scope = crate::scope::Scoping::new(Arc::clone(&secrets));
        let (inquiries, _questions) = crate::inquiries::Inquiries::new(secrets);
        let limits = Limits::default();
        let guard = Guard::new(Allowance::default(), &limits).unwrap();
        let links = folder.path().join("links.key");
        let app = Arc::new(App {
            herald: crate::announcements::Herald::new(guard, &links, "http://127.0.0.1").unwrap(),
            bundles: crate::bundles::Keeping::new(
                tidegate_bundle::Shelf::open(folder.path().join("bundles")).unwrap(),
            ),
            inquiries,
            scope,
            vault,
            rotating: tokio::sync::Mutex::default(),
            engine: Arc::new(Engine::new(Arc::clone(&store), world, settings)),
            store,
            target: outside.clone(),
            machine: outside.clone(),
            places: crate::places::Places::new(folder.path()),
            program: crate::program::Program::new("", Vec::new()),
            clock: Arc::new(Clock::open(folder.path().join("timeline.json")).unwrap()),
            gateway: watch::channel(GatewayStatus::default()).1,
            written,
            measured: Arc::default(),
            measures: crate::measures::Measured::default(),
            stopping: stopping.clone(),
            recent: crate::recent::Recent::default(),
            flags: Arc::new(crate::flags::Serving::new(None, Arc::new(Semaphore::new(1)), stopping.clone())),
            streams: Arc::new(Semaphore::new(1)),
            readers: Arc::new(Semaphore::new(1)),
            identity: Arc::new(identity),
            home: None,
            projects: Projects::new(ground),
            desk: std::sync::OnceLock::new(),
            retained: tokio::sync::Notify::new(),
            counts: Counts::default(),
            origins: Origins::default(),
            started: Instant::now(),
        });
        let driving = tokio::spawn(Drive::new(Arc::clone(&app)).run(stopping));
        Self { app, outside, disk, stop, driving, _folder: folder }
    }

    /// Drives what waits, so many at once.
    fn drive(&mut self, ticks_max: usize) {
        let (stop, stopping) = watch::channel(false);
        let drive = Drive { ticks_max, ..Drive::new(Arc::clone(&self.app)) };
        self.driving = tokio::spawn(drive.run(stopping));
        self.stop = stop;
    }

    /// With nobody driving.
    async fn still() -> Self {
        let mut scene = Self::start().await;
        scene.stop.send(true).unwrap();
        (&mut scene.driving).await.unwrap();
        scene
    }

    async fn submit(&self, command: Command) -> Answer {
        let (actor, key) = ("ann".to_owned(), None);
        let request =
            Request { actor, origin: None, by_person: true, key, seen: None, command, dry_run: false };
        self.app.engine.submit(&request, self.app.clock.now()).await.unwrap()
    }

    /// One rollout for each component, all at once.
    async fn roll_out(&self, components: &[String]) -> Vec<RolloutId> {
        let entry = |name: &String| format!("  {name}: {{run: [\"true\"], readiness: alive}}\n");
        let place = |name: &String| format!("      {name}: {{replicas: 1}}\n");
        let (defined, placed): (String, String) =
            (components.iter().map(entry).collect(), components.iter().map(place).collect());
        let text = format!(
            "project: tests\ncomponents:\n{defined}environments:\n  - name: here\n    components:\n{placed}\
             pipeline:\n  name: main\n  stages:\n    - {{environment: here, strategy: rolling}}\n"
        );
        let manifest = tidegate_manifest::parse("test", &text).unwrap_or_else(|found| panic!("{found:?}"));
        self.submit(Command::Apply(manifest.catalog)).await;
        let version: tidegate_domain::name::Version = "1.0.0".parse().unwrap();
        let artifact = Artifact { version: version.clone(), source: Source::Command, digest: None };
        let components = components.iter().map(|name| (name.parse().unwrap(), artifact.clone())).collect();
        let (kind, notes) = (ReleaseKind::Planned, Vec::new());
        self.submit(Command::CreateRelease(NewRelease {
            version: version.clone(),
            kind,
            components,
            notes,
            commits: Vec::new(),
        }))
        .await;
        let environment = "here".parse().unwrap();
        let wish = StartRollout {
            release: version,
            environment,
            strategy: None,
            supersede: false,
            independent: true,
        };
        let answer = self.submit(Command::StartRollout(wish)).await;
        let Answer::Rollouts { ids } = answer else { panic!("{answer:?}") };
        ids
    }

    async fn rollout(&self, id: &RolloutId) -> RolloutView {
        self.app.engine.rollout(id, self.app.clock.now()).await.unwrap().unwrap()
    }

    async fn until(&self, id: &RolloutId, state: &str) -> RolloutView {
        let began = Instant::now();
        loop {
            let rollout = self.rollout(id).await;
            if rollout.state == state {
                return rollout;
            }
            assert!(began.elapsed() < Duration::from_mins(2), "{state} expected: {rollout:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn stop(self) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_mins(2), self.driving).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_bug_in_one_tick_holds_that_rollout_and_no_other() {
    let scene = Scene::start().await;
    let ids = scene.roll_out(&["bug".to_owned(), "good".to_owned()]).await;
    let of = |view: &RolloutView| view.component.clone();
    for id in &ids {
        if of(&scene.rollout(id).await) == "good" {
            scene.until(id, "succeeded").await;
        } else {
            let held = scene.until(id, "held").await;
            assert_eq!(held.hold.unwrap().by, "tidegate");
        }
    }
    assert_eq!(scene.app.counts.tick_panics.load(Ordering::Relaxed), 1, "its stream rests");
    scene.stop().await;
}

#[tokio::test]
async fn many_streams_are_driven_together_but_not_too_many() {
    let mut scene = Scene::still().await;
    let components: Vec<String> = (0..94).map(|index| format!("part-{index}")).collect();
    let ids = scene.roll_out(&components).await;
    scene.drive(64);
    for id in &ids {
        scene.until(id, "succeeded").await;
    }
    let most = scene.outside.asked_together_most.load(Ordering::SeqCst);
    assert!((2..=64).contains(&most), "{most} together");
    scene.stop().await;
}

#[tokio::test]
async fn everybody_gets_a_step_before_anybody_gets_a_second() {
    let mut scene = Scene::still().await;
    let components: Vec<String> = (0..94).map(|index| format!("part-{index}")).collect();
    let ids = scene.roll_out(&components).await;
    scene.drive(64);
    for id in &ids {
        scene.until(id, "succeeded").await;
    }
    let asked = scene.outside.asked.lock().unwrap().clone();
    let mut seen = std::collections::BTreeSet::new();
    let before_a_second = asked.iter().take_while(|slot| seen.insert((*slot).clone())).count();
    assert_eq!(before_a_second, components.len(), "of {} calls", asked.len());
    scene.stop().await;
}

#[tokio::test]
async fn a_stream_claimed_again_while_it_is_driven_goes_on_afterwards() {
    let scene = Scene::still().await;
    let mut drive = Drive::new(Arc::clone(&scene.app));
    scene.roll_out(&["blocked".to_owned()]).await;
    let rollouts = |leases: Vec<Lease>| leases.into_iter().find(|l| matches!(l.stream, StreamId::Rollout(_)));
    let now = scene.app.clock.now().steady;
    let first = rollouts(scene.app.engine.due(now, 10).await.unwrap()).unwrap();
    // The lease has ended by the store's reckoning, though the tick goes on.
    let later = first.until.plus_ms(1);
    let second = rollouts(scene.app.engine.due(later, 10).await.unwrap()).unwrap();
    assert!(second.stream == first.stream && second.fence > first.fence);
    drive.start(first, false);
    drive.start(second.clone(), false);
    assert_eq!((drive.running.len(), drive.again.len()), (1, 1), "one at a time");
    scene.outside.gate.notify_one();
    let ended = drive.running.join_next_with_id().await.unwrap();
    drive.ended(ended).await;
    assert_eq!((drive.running.len(), drive.again.len()), (1, 0));
    assert_eq!(drive.leases.values().next(), Some(&second));
    scene.outside.gate.notify_one();
    drive.finish().await;
}

#[tokio::test]
async fn a_lease_that_a_full_disk_kept_is_let_go_when_there_is_space() {
    let scene = Scene::still().await;
    let mut drive = Drive::new(Arc::clone(&scene.app));
    scene.roll_out(&["part".to_owned()]).await;
    let now = scene.app.clock.now().steady;
    let leases = scene.app.engine.due(now, 10).await.unwrap();
    let streams = |leases: &[Lease]| leases.iter().map(|lease| lease.stream.clone()).collect::<Vec<_>>();
    let rollout = leases.into_iter().find(|lease| matches!(lease.stream, StreamId::Rollout(_))).unwrap();
    scene.disk.full.store(true, Ordering::SeqCst);
    drive.start(rollout.clone(), false);
    let ended = drive.running.join_next_with_id().await.unwrap();
    drive.ended(ended).await;
    assert_eq!(scene.app.counts.tick_faults.load(Ordering::Relaxed), 1);
    scene.disk.full.store(false, Ordering::SeqCst);
    assert!(streams(&scene.app.engine.due(now, 10).await.unwrap()).is_empty(), "its lease is still held");
    drive.letting_go.join_next().await.unwrap().unwrap();
    assert_eq!(streams(&scene.app.engine.due(now, 10).await.unwrap()), [rollout.stream]);
}

#[tokio::test]
async fn the_end_waits_for_what_is_under_way() {
    let scene = Scene::start().await;
    scene.roll_out(&["part".to_owned()]).await;
    let began = Instant::now();
    while scene.outside.asked_together.load(Ordering::SeqCst) == 0 {
        assert!(began.elapsed() < Duration::from_mins(2), "nothing was driven");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (app, outside) = (Arc::clone(&scene.app), Arc::clone(&scene.outside));
    scene.stop().await;
    assert_eq!(outside.asked_together.load(Ordering::SeqCst), 0);
    assert_eq!(app.counts.ticks_running.load(Ordering::Relaxed), 0);
}
