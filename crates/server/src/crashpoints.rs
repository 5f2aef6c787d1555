//! Named points before and after everything that is written or asked outside, at each of which a debug build can be
//! made to kill itself, so that a test may show that nothing is lost or done twice there.
//!
//! Invariant: a point kills once: its name is in the file that `TIDEGATE_CRASH_POINTS` names before SIGKILL comes, and
//! whoever finds it there passes. Without that variable, and in a release build, nothing stands around anything.
//! Deliberately not here: starting the server again and judging what came of it (`e2e`).

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rustix::process::{Signal, getpid, kill_process};
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::moment::Steady;
use tidegate_engine::World;
use tidegate_ports::{
    AppendError, Appended, Around, Batch, Fault, Generation, InstanceSet, Lease, Notice, Notifier, Observed,
    RouteIntent, RouteSeen, Serving, SmokeQuestion, SmokeTester, Store, Target, TrafficRouter,
};

const VARIABLE: &str = "TIDEGATE_CRASH_POINTS";

/// What is written and asked for goes through these points, where the variable asks for it.
pub(crate) fn around(
    store: Arc<dyn Store>,
    world: World,
    tester: Arc<dyn SmokeTester>,
) -> (Arc<dyn Store>, World, Arc<dyn SmokeTester>) {
    let Some(points) = Points::asked_for() else { return (store, world, tester) };
    let points = Arc::new(points);
    let world = World {
        target: Arc::new(Watched { inner: world.target, points: Arc::clone(&points) }),
        router: Arc::new(Watched { inner: world.router, points: Arc::clone(&points) }),
        metrics: world.metrics,
        notifier: Arc::new(Watched { inner: world.notifier, points: Arc::clone(&points) }),
    };
    let tester = Arc::new(Watched { inner: tester, points: Arc::clone(&points) });
    (Arc::new(Watched { inner: store, points }), world, tester)
}

struct Points {
    passed: Mutex<Passed>,
}

struct Passed {
    names: Vec<String>,
    file: File,
}

impl Points {
    fn asked_for() -> Option<Self> {
        let path = std::env::var_os(VARIABLE)?;
        match Self::open(Path::new(&path)) {
            Ok(points) => Some(points),
            Err(error) => {
                tracing::error!(%error, "{VARIABLE} names no file that can be written; no point kills");
                None
            }
        }
    }

    fn open(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let names = std::fs::read_to_string(path)?.lines().map(str::to_owned).collect();
        Ok(Self { passed: Mutex::new(Passed { names, file }) })
    }

    fn pass(&self, name: &str) {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.names.iter().any(|known| known == name) {
            return;
        }
        // What cannot be remembered must not kill, or it would at every start.
        if writeln!(passed.file, "{name}").is_ok() {
            let _ = kill_process(getpid(), Signal::KILL); // nobody is left to be told
        }
    }
}

struct Watched<T: ?Sized> {
    inner: Arc<T>,
    points: Arc<Points>,
}

impl<T: ?Sized> Watched<T> {
    async fn around<R>(&self, name: &str, doing: impl Future<Output = R>) -> R {
        self.points.pass(&format!("before {name}"));
        let done = doing.await;
        self.points.pass(&format!("after {name}"));
        done
    }
}

/// The kinds of what is written, each once, with the stage that is entered.
fn kinds(batch: &Batch) -> String {
    let events = batch.appends.iter().flat_map(|append| &append.events);
    let mut kinds: Vec<String> = Vec::new();
    for event in events {
        let stage = event.body.split_once(r#""stage":""#).and_then(|(_, rest)| rest.split('"').next());
        let kind = stage.map_or_else(|| event.kind.clone(), |stage| format!("{} {stage}", event.kind));
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(" + ") }
}

#[async_trait]
impl Around for Watched<dyn Store> {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        // What is only kept to save reading the log again comes when nobody writes: a kill then is told from none.
        if batch.lease.is_none() && batch.appends.is_empty() && batch.rows.is_empty() {
            return self.inner.append(batch).await;
        }
        let name = format!("append {}", kinds(&batch));
        self.around(&name, self.inner.append(batch)).await
    }
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        let claimed = self.inner.claim(holder, now, limit).await?;
        for lease in &claimed {
            self.points.pass(&format!("after claim {}", family(&lease.stream)));
        }
        Ok(claimed)
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        let name = format!("release {}", family(&lease.stream));
        self.around(&name, self.inner.release(lease, seen_version, next)).await
    }
    async fn sent(&self, notice_id: &str) -> Result<(), Fault> {
        self.around("sent", self.inner.sent(notice_id)).await
    }
}

/// `rollout` of `rollout/rol_1`.
fn family(stream: &StreamId) -> String {
    stream.to_string().split('/').next().unwrap_or_default().to_owned()
}

#[async_trait]
impl Target for Watched<dyn Target> {
    async fn ensure(&self, generation: Generation, wanted: &InstanceSet) -> Result<Observed, Fault> {
        let name = format!("ensure {} {}", wanted.artifact.version, wanted.replicas);
        self.around(&name, self.inner.ensure(generation, wanted)).await
    }
    async fn observe(&self, slot: &SlotId) -> Result<BTreeMap<String, Observed>, Fault> {
        self.inner.observe(slot).await
    }
}

#[async_trait]
impl TrafficRouter for Watched<dyn TrafficRouter> {
    async fn apply(&self, generation: Generation, intent: &RouteIntent) -> Result<RouteSeen, Fault> {
        let name = format!("route {}", division(&intent.serving));
        self.around(&name, self.inner.apply(generation, intent)).await
    }
    async fn read(&self, slot: &SlotId) -> Result<Option<RouteSeen>, Fault> {
        self.inner.read(slot).await
    }
}

fn division(serving: &Serving) -> String {
    match serving {
        Serving::Offline { .. } => "offline".to_owned(),
        Serving::Split(backends) => {
            let part = |backend: &tidegate_ports::Backend| {
                format!(
                    "{} {} at {}",
                    backend.version,
                    backend.weight.basis_points(),
                    backend.endpoints.len()
                )
            };
            backends.iter().map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

#[async_trait]
impl Notifier for Watched<dyn Notifier> {
    async fn notify(&self, notice: &Notice) -> Result<(), Fault> {
        self.around("notify", self.inner.notify(notice)).await
    }
}

impl SmokeTester for Watched<dyn SmokeTester> {
    fn attend(&self, rollout: &RolloutId, wanted: Option<SmokeQuestion>) {
        let name =
            wanted.as_ref().map(|asked| format!("smoke test {} {}", asked.test.name, asked.phase.word()));
        for when in ["before", "after"] {
            if when == "after" {
                self.inner.attend(rollout, wanted.clone());
            }
            if let Some(name) = &name {
                self.points.pass(&format!("{when} {name}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_ports::{NewEvent, StreamAppend};

    fn event(kind: &str, body: &str) -> NewEvent {
        NewEvent { kind: kind.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn a_batch_is_called_by_what_it_says() {
        assert_eq!(kinds(&Batch::default()), "nothing");
        let stage = event("rollout.stage-entered", r#"{"StageEntered":{"leg":0,"stage":"Shifting"}}"#);
        let events = vec![event("rollout.seen", "{}"), event("rollout.seen", "{}"), stage];
        let append = StreamAppend { stream: StreamId::Catalog, expected_version: 0, events };
        let batch = Batch { appends: vec![append], ..Batch::default() };
        assert_eq!(kinds(&batch), "rollout.seen + rollout.stage-entered Shifting");
    }

    #[test]
    fn what_was_passed_is_passed_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("points");
        std::fs::write(&path, "before sent\n").unwrap();
        Points::open(&path).unwrap().pass("before sent"); // or this test would be killed
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before sent\n");
    }
}
