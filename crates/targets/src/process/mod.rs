//! The process target: runs versions as operating-system processes on this machine.
//!
//! Invariant: whatever instant this process is killed at, the next one finds every process it started, and starts
//! none a second time. Deliberately not here: one instance's life (`instance`), traffic.

mod admission;
mod cell;
mod ensure;
mod handle;
mod health;
mod instance;
mod launch;
mod layout;
mod log_query;
mod logs;
mod ports;
mod probe;
mod proc;
mod record;
mod resume;
mod smoke;
mod stopping;
mod tidying;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rustix::fs::{FlockOperation, flock};
use tidegate_domain::id::SlotId;
use tidegate_domain::name::{EnvironmentName, SecretName, Version};
use tidegate_domain::secret::Redactor;
use tidegate_ports::{Fault, Generation, InstanceSet, Observed, Revealed, SecretSource, Target};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::artifact::{ArtifactStore, BundledFiles};
use crate::outside::io_fault;
use admission::Admissions;
use cell::{Cell, Common};
use ensure::Slot;
use instance::{Actor, Begin};
use layout::Layout;
use ports::Ports;
use record::Plan;

pub use log_query::{LogFile, LogLine, LogQuery, Logs};

/// A killed holder's lock goes with it; one that is just ending needs a moment.
const LOCK_TRIES: u32 = 20;
const STRAY_KILL_AFTER: Duration = Duration::from_secs(10);

/// One version that runs here, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningVersion {
    pub slot: SlotId,
    pub version: Version,
    pub replicas_wanted: u32,
    pub observed: Observed,
}

/// Runs versions as processes. Dropping it leaves them running; [`ProcessTarget::stop_all`] ends them.
pub struct ProcessTarget {
    inner: Arc<Inner>,
    /// Held as long as this lives: two targets on one directory would start everything twice.
    _lock: File,
}

struct Inner {
    layout: Layout,
    artifacts: ArtifactStore,
    admissions: Admissions,
    common: Arc<Common>,
    slots: Mutex<BTreeMap<SlotId, Arc<Slot>>>,
    tasks: Mutex<Vec<AbortHandle>>,
}

impl ProcessTarget {
    /// Takes over the directory with all that still runs there. To be called on a tokio runtime with I/O and time.
    /// No instance that needs a secret starts.
    pub fn open(data_dir: impl AsRef<Path>) -> Result<Self, Fault> {
        Self::open_with(data_dir, Arc::new(NoSecrets))
    }

    /// With somebody who gives instances their secrets.
    pub fn open_with(data_dir: impl AsRef<Path>, secrets: Arc<dyn SecretSource>) -> Result<Self, Fault> {
        Self::open_over(data_dir, secrets, None)
    }

    /// With somebody who has the files of bundles, too.
    pub fn open_over(
        data_dir: impl AsRef<Path>,
        secrets: Arc<dyn SecretSource>,
        bundles: Option<Arc<dyn BundledFiles>>,
    ) -> Result<Self, Fault> {
        proc::check_kernel()?;
        let data_dir = data_dir.as_ref();
        let failed = |error| io_fault(&format!("open the data directory {}", data_dir.display()), error);
        fs::create_dir_all(data_dir).map_err(failed)?;
        let layout = Layout { root: data_dir.canonicalize().map_err(failed)? };
        let lock = lock(&layout)?;
        let owner = owner(&layout)?;
        let boot = proc::boot_id()?;
        let left = resume::look(&layout, &owner, &boot)?;
        let common = Arc::new(Common {
            ports: Ports::new(&proc::random_id()?),
            owner,
            boot,
            secrets,
            changed: watch::Sender::new(0),
        });
        let artifacts = ArtifactStore::open(layout.artifacts())?;
        let artifacts = match bundles {
            Some(bundles) => artifacts.with_bundles(bundles),
            None => artifacts,
        };
        let inner = Arc::new(Inner {
            admissions: Admissions::new(artifacts.clone(), Arc::clone(&common)),
            artifacts,
            layout,
            common,
            slots: Mutex::default(),
            tasks: Mutex::default(),
        });
        inner.take_over(left)?;
        Ok(Self { inner, _lock: lock })
    }

    /// The artifacts this target runs from, so that a release can be brought in when it is created.
    pub fn artifacts(&self) -> &ArtifactStore {
        &self.inner.artifacts
    }

    /// A number that rises whenever an instance's state, address or reason changes.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.common.changed.subscribe()
    }

    /// Everything that runs here or should.
    pub fn list(&self) -> Vec<RunningVersion> {
        let slots: Vec<(SlotId, Arc<Slot>)> = lock_of(&self.inner.slots).clone().into_iter().collect();
        slots.iter().flat_map(|(id, slot)| slot.list(id)).collect()
    }

    /// Ends every process, and forgets that any should run. Answers once they are gone.
    pub async fn stop_all(&self) -> Result<(), Fault> {
        let slots: Vec<Arc<Slot>> = lock_of(&self.inner.slots).values().cloned().collect();
        for slot in &slots {
            slot.stop_all(&self.inner.layout).await?;
        }
        let mut changed = self.changed();
        while slots.iter().any(|slot| !slot.is_empty()) {
            // The sender lives as long as we do, so this only ends with a change.
            let _changed = changed.changed().await;
        }
        Ok(())
    }
}

#[async_trait]
impl Target for ProcessTarget {
    async fn ensure(&self, generation: Generation, wanted: &InstanceSet) -> Result<Observed, Fault> {
        self.inner.ensure(generation, wanted).await
    }

    async fn observe(&self, slot: &SlotId) -> Result<BTreeMap<String, Observed>, Fault> {
        let found = lock_of(&self.inner.slots).get(slot).cloned();
        Ok(found.map(|slot| slot.observe()).unwrap_or_default())
    }
}

impl Drop for ProcessTarget {
    fn drop(&mut self) {
        for task in lock_of(&self.inner.tasks).drain(..) {
            task.abort();
        }
    }
}

impl Inner {
    fn take_over(&self, left: resume::Left) -> Result<(), Fault> {
        for found in left.versions {
            let slot = self.slot(&found.plan.slot)?;
            let plan = slot.set_plan(found.plan);
            for instance in found.instances {
                let known = (instance.ordinal, &instance.begin);
                let (actor, cell) =
                    Actor::new(Arc::clone(&self.common), plan.clone(), found.folder.clone(), known);
                if instance.stop {
                    cell.ask_to_stop();
                }
                slot.put(plan.borrow().version(), instance.ordinal, cell);
                self.keep(tokio::spawn(actor.run(instance.begin)).abort_handle());
            }
        }
        for launch in left.strays {
            tracing::warn!(%launch, "a process of ours is in no record; it is stopped");
            let sweeping = async move { stopping::sweep(None, &launch, STRAY_KILL_AFTER).await };
            self.keep(tokio::spawn(sweeping).abort_handle());
        }
        Ok(())
    }

    fn slot(&self, id: &SlotId) -> Result<Arc<Slot>, Fault> {
        let mut slots = lock_of(&self.slots);
        if let Some(slot) = slots.get(id) {
            return Ok(Arc::clone(slot));
        }
        let slot = Arc::new(Slot::load(&self.layout, id)?);
        slots.insert(id.clone(), Arc::clone(&slot));
        Ok(slot)
    }

    /// Starts one instance; its first start is reported.
    fn start_instance(&self, plan: watch::Receiver<Arc<Plan>>, folder: PathBuf, ordinal: u32) -> Started {
        let (report, outcome) = tokio::sync::oneshot::channel();
        let begin = Begin::Start(report);
        let (actor, cell) = Actor::new(Arc::clone(&self.common), plan, folder, (ordinal, &begin));
        self.keep(tokio::spawn(actor.run(begin)).abort_handle());
        Started { cell, outcome }
    }

    fn keep(&self, task: AbortHandle) {
        let mut tasks = lock_of(&self.tasks);
        tasks.retain(|task| !task.is_finished());
        tasks.push(task);
    }
}

/// Nobody who could open a secret is there: what needs one cannot start, and what was written is shown as it is only where
/// no secret can be in it.
struct NoSecrets;

#[async_trait]
impl SecretSource for NoSecrets {
    async fn reveal(
        &self,
        environment: &EnvironmentName,
        _: &BTreeSet<SecretName>,
    ) -> Result<BTreeMap<SecretName, Revealed>, Fault> {
        let message = format!("nobody is here who could open the secrets of {environment}");
        Err(Fault::retry("secrets-unavailable", message).with_help("start the server: `tidegate up`"))
    }

    async fn redactor(&self, _: &EnvironmentName) -> Result<Arc<Redactor>, Fault> {
        Ok(Arc::default())
    }
}

struct Started {
    cell: Arc<Cell>,
    outcome: tokio::sync::oneshot::Receiver<Result<(), Fault>>,
}

/// A panic elsewhere leaves these maps whole: each change is one insert or remove.
fn lock_of<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(layout: &Layout) -> Result<File, Fault> {
    let path = layout.lock();
    let failed = |error| io_fault(&format!("lock {}", path.display()), error);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    for _ in 0..LOCK_TRIES {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => return Err(failed(error.into())),
        }
    }
    Err(Fault::hold("data-directory-in-use", format!("another Tidegate runs on {}", layout.root.display()))
        .with_help("stop the other one, or give this one a data directory of its own"))
}

/// Made once for a data directory; it marks every process that is started from there.
fn owner(layout: &Layout) -> Result<String, Fault> {
    let path = layout.owner();
    let failed = |error| io_fault(&format!("read {}", path.display()), error);
    if let Some(owner) = layout::read_json::<String>(&path).map_err(failed)? {
        return Ok(owner);
    }
    let owner = proc::random_id()?;
    layout::write_json(&path, &owner, layout::Keep::Machine).map_err(failed)?;
    Ok(owner)
}
