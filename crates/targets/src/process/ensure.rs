//! What should run in one slot, made to be.
//!
//! Invariant: only the newest generation changes a slot; what is wanted is on disk before anything is started or
//! stopped. Deliberately not here: the life of an instance once it was started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_ports::{Fault, Generation, Instance, InstanceSet, InstanceState, Observed};
use tokio::sync::watch;

use super::admission::Admission;
use super::cell::{Cell, name};
use super::layout::{self, Keep, Layout};
use super::record::Plan;
use super::{Inner, RunningVersion, lock_of, tidying};
use crate::outside::io_fault;

const REPLICAS_MAX: u32 = 1_000;

/// One component in one environment, with every version of it that runs.
pub(crate) struct Slot {
    /// Held while versions are changed; the newest generation that was followed.
    ensuring: tokio::sync::Mutex<Generation>,
    versions: Mutex<BTreeMap<Version, Versioned>>,
}

struct Versioned {
    plan: watch::Sender<Arc<Plan>>,
    cells: BTreeMap<u32, Arc<Cell>>,
}

impl Slot {
    pub(crate) fn load(layout: &Layout, id: &SlotId) -> Result<Self, Fault> {
        let path = layout.generation(id);
        let seen =
            layout::read_json(&path).map_err(|error| io_fault(&format!("read {}", path.display()), error))?;
        Ok(Self { ensuring: tokio::sync::Mutex::new(seen.unwrap_or_default()), versions: Mutex::default() })
    }

    pub(crate) fn set_plan(&self, plan: Plan) -> watch::Receiver<Arc<Plan>> {
        let mut versions = lock_of(&self.versions);
        let plan = Arc::new(plan);
        let known = versions.entry(plan.version().clone()).or_insert_with(|| Versioned {
            plan: watch::Sender::new(Arc::clone(&plan)),
            cells: BTreeMap::new(),
        });
        known.plan.send_replace(plan);
        known.plan.subscribe()
    }

    pub(crate) fn put(&self, version: &Version, ordinal: u32, cell: Arc<Cell>) {
        if let Some(known) = lock_of(&self.versions).get_mut(version) {
            known.cells.insert(ordinal, cell);
        }
    }

    pub(crate) fn observe(&self) -> BTreeMap<String, Observed> {
        let versions = lock_of(&self.versions);
        versions
            .iter()
            .filter(|(_, known)| known.wanted() > 0 || !known.is_empty())
            .map(|(version, known)| (version.to_string(), known.observe()))
            .collect()
    }

    pub(crate) fn list(&self, id: &SlotId) -> Vec<RunningVersion> {
        let versions = lock_of(&self.versions);
        let shown = versions.iter().filter(|(_, known)| known.wanted() > 0 || !known.is_empty());
        shown
            .map(|(version, known)| RunningVersion {
                slot: id.clone(),
                version: version.clone(),
                replicas_wanted: known.wanted(),
                observed: known.observe(),
            })
            .collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        lock_of(&self.versions).values().all(Versioned::is_empty)
    }

    pub(crate) async fn stop_all(&self, layout: &Layout) -> Result<(), Fault> {
        let _alone = self.ensuring.lock().await;
        let plans: Vec<Arc<Plan>> = lock_of(&self.versions).values().map(Versioned::plan).collect();
        for plan in plans {
            let plan = Plan { replicas: 0, ..Plan::clone(&plan) };
            self.want(layout, plan).await?;
        }
        Ok(())
    }

    /// Writes down what is wanted, then stops what is too much.
    async fn want(&self, layout: &Layout, plan: Plan) -> Result<(), Fault> {
        let path = layout::wanted(&layout.version(&plan.slot, plan.version()));
        let (version, replicas) = (plan.version().clone(), plan.replicas);
        let known = lock_of(&self.versions).get(&version).map(Versioned::plan);
        if known.as_deref() != Some(&plan) {
            let plan = write_down(path, plan).await?;
            self.set_plan(plan);
        }
        let mut versions = lock_of(&self.versions);
        let Some(known) = versions.get_mut(&version) else { return Ok(()) };
        known.cells.retain(|_, cell| !cell.gone());
        for (_, cell) in known.cells.range(replicas..).rev() {
            cell.ask_to_stop();
        }
        Ok(())
    }

    /// Ordinals that should run and do not. One that is still stopping is waited for.
    fn missing(&self, version: &Version, replicas: u32) -> Vec<u32> {
        let mut versions = lock_of(&self.versions);
        let Some(known) = versions.get_mut(version) else { return (0..replicas).collect() };
        known.cells.retain(|_, cell| !cell.gone());
        (0..replicas).filter(|ordinal| !known.cells.contains_key(ordinal)).collect()
    }

    /// Where a version that runs here runs from.
    pub(crate) fn runs_from(&self, version: &Version) -> Option<PathBuf> {
        lock_of(&self.versions).get(version).map(|known| known.plan().directory.clone())
    }

    /// Where the version runs from, if all of that is there already.
    fn directory(&self, wanted: &InstanceSet) -> Option<PathBuf> {
        let plan = lock_of(&self.versions).get(&wanted.artifact.version).map(Versioned::plan)?;
        (plan.artifact == wanted.artifact && plan.directory.is_dir()).then(|| plan.directory.clone())
    }

    fn observe_version(&self, version: &Version) -> Observed {
        lock_of(&self.versions).get(version).map(Versioned::observe).unwrap_or_default()
    }

    /// Forgets a version of which nothing is wanted and nothing is left; says whether there was one.
    fn forget(&self, layout: &Layout, id: &SlotId, version: &Version) -> bool {
        let mut versions = lock_of(&self.versions);
        let stopped = versions.get(version).is_some_and(|known| known.wanted() == 0 && known.is_empty());
        if stopped {
            versions.remove(version);
            let path = layout::wanted(&layout.version(id, version));
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "could not be removed");
            }
        }
        stopped
    }
}

impl Versioned {
    fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan.borrow())
    }
    fn wanted(&self) -> u32 {
        self.plan.borrow().replicas
    }
    fn is_empty(&self) -> bool {
        self.cells.values().all(|cell| cell.gone())
    }
    fn observe(&self) -> Observed {
        let there = self.cells.values().filter(|cell| !cell.gone());
        Observed { instances: there.map(|cell| seen(cell)).collect() }
    }
}

/// One that was asked to stop is stopping, even before its task has heard.
fn seen(cell: &Cell) -> Instance {
    let mut view = cell.view();
    if cell.asked_to_stop() {
        view.state = InstanceState::Stopping;
    }
    view
}

impl Inner {
    pub(crate) async fn ensure(
        &self,
        generation: Generation,
        wanted: &InstanceSet,
    ) -> Result<Observed, Fault> {
        if wanted.replicas > REPLICAS_MAX {
            return Err(Fault::hold(
                "too-many-replicas",
                format!("{} instances of {} are asked for", wanted.replicas, wanted.slot),
            )
            .with_help(format!(
                "one machine runs at most {REPLICAS_MAX} of one version; lower `replicas` in tidegate.yaml"
            )));
        }
        let slot = self.slot(&wanted.slot)?;
        follow(&mut *slot.ensuring.lock().await, generation, &self.layout, &wanted.slot)?;
        let Some(directory) = self.directory(&slot, wanted).await? else {
            return Ok(being_unpacked(&slot, wanted));
        };
        // The artifact may have taken its time, and somebody newer may have come meanwhile.
        let mut seen = slot.ensuring.lock().await;
        follow(&mut seen, generation, &self.layout, &wanted.slot)?;
        self.apply(&slot, wanted, directory).await
    }

    async fn directory(&self, slot: &Slot, wanted: &InstanceSet) -> Result<Option<PathBuf>, Fault> {
        let folder = self.layout.version(&wanted.slot, &wanted.artifact.version);
        if wanted.replicas == 0 {
            return Ok(Some(folder));
        }
        if let Some(directory) = slot.directory(wanted) {
            return Ok(Some(directory));
        }
        match self.admissions.admit(&wanted.artifact).await? {
            Admission::Here(Some(directory)) => Ok(Some(directory)),
            Admission::Here(None) => work_directory(&folder).map(Some),
            Admission::Pending => Ok(None),
        }
    }

    async fn apply(&self, slot: &Slot, wanted: &InstanceSet, directory: PathBuf) -> Result<Observed, Fault> {
        let version = &wanted.artifact.version;
        let nothing = wanted.replicas == 0 && slot.observe_version(version).instances.is_empty();
        if nothing {
            if slot.forget(&self.layout, &wanted.slot, version) {
                let (layout, slot, store) =
                    (self.layout.clone(), wanted.slot.clone(), self.artifacts.clone());
                tokio::task::spawn_blocking(move || tidying::forget_oldest(&layout, &slot, &store));
            }
            return Ok(Observed::default());
        }
        let plan = Plan {
            slot: wanted.slot.clone(),
            component: wanted.component.clone(),
            artifact: wanted.artifact.clone(),
            variables: wanted.variables.clone(),
            secrets: wanted.secrets.clone(),
            replicas: wanted.replicas,
            directory,
        };
        slot.want(&self.layout, plan).await?;
        for ordinal in slot.missing(version, wanted.replicas) {
            self.start_one(slot, wanted, ordinal).await?;
        }
        Ok(slot.observe_version(version))
    }

    async fn start_one(&self, slot: &Slot, wanted: &InstanceSet, ordinal: u32) -> Result<(), Fault> {
        let version = &wanted.artifact.version;
        let plan = lock_of(&slot.versions).get(version).map(|known| known.plan.subscribe());
        let Some(plan) = plan else { return Ok(()) };
        let started = self.start_instance(plan, self.layout.version(&wanted.slot, version), ordinal);
        slot.put(version, ordinal, started.cell);
        // No answer means that this target was dropped; then nobody reads ours either.
        started.outcome.await.unwrap_or(Ok(()))
    }
}

fn follow(seen: &mut Generation, given: Generation, layout: &Layout, slot: &SlotId) -> Result<(), Fault> {
    if given < *seen {
        return Err(Fault::drop(
            "stale-generation",
            format!("{slot} follows generation {seen}; {given} is older"),
        )
        .with_help("another control plane has taken over; this one must stop acting on the slot"));
    }
    if given > *seen {
        let path = layout.generation(slot);
        // No control plane outlives the machine, so neither need its generation.
        layout::write_json(&path, &given, Keep::Process)
            .map_err(|error| io_fault(&format!("write {}", path.display()), error))?;
        *seen = given;
    }
    Ok(())
}

/// Waiting for the disk is not for an async thread.
async fn write_down(path: PathBuf, plan: Plan) -> Result<Plan, Fault> {
    let doing = format!("write {}", path.display());
    let writing = tokio::task::spawn_blocking(move || {
        tidying::note_artifact(path.parent().unwrap_or(&path), &plan)?;
        layout::write_json(&path, &plan, Keep::Machine).map(|()| plan)
    });
    writing.await.map_err(std::io::Error::other).flatten().map_err(|error| io_fault(&doing, error))
}

pub(crate) fn work_directory(folder: &Path) -> Result<PathBuf, Fault> {
    let directory = folder.join("work");
    std::fs::create_dir_all(&directory)
        .map_err(|error| io_fault(&format!("make {}", directory.display()), error))?;
    Ok(directory)
}

/// What there is, and for the rest why it is not there yet.
fn being_unpacked(slot: &Slot, wanted: &InstanceSet) -> Observed {
    let mut observed = slot.observe_version(&wanted.artifact.version);
    let missing = slot.missing(&wanted.artifact.version, wanted.replicas);
    observed.instances.extend(missing.into_iter().map(|ordinal| Instance {
        name: name(&wanted.slot, &wanted.artifact.version, ordinal),
        ordinal,
        address: None,
        state: InstanceState::Starting,
        restarts: 0,
        reason: "its artifact is being unpacked".to_owned(),
        process: None,
        started_with: None,
    }));
    observed.instances.sort_by_key(|instance| instance.ordinal);
    observed
}
