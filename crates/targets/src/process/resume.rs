//! What an earlier control plane left: which instances still run, which ended, and what nobody remembers.
//!
//! Invariant: a process is adopted by id and start time, or by the mark of a start whose record says that it was
//! about to happen; no start is adopted twice. Deliberately not here: acting on it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::{ComponentName, EnvironmentName};
use tidegate_ports::Fault;

use super::handle::Handle;
use super::health::back_off;
use super::instance::{Begin, Running, still_runs};
use super::layout::{self, Layout};
use super::proc::{Marked, marked};
use super::record::{Plan, Record, now_ms};
use crate::outside::io_fault;

/// One version with its instances.
pub(crate) struct Found {
    pub(crate) plan: Plan,
    pub(crate) folder: PathBuf,
    pub(crate) instances: Vec<FoundInstance>,
}

pub(crate) struct FoundInstance {
    pub(crate) ordinal: u32,
    pub(crate) begin: Begin,
    pub(crate) stop: bool,
}

pub(crate) struct Left {
    pub(crate) versions: Vec<Found>,
    /// Starts that are in no record; to be stopped.
    pub(crate) strays: BTreeSet<String>,
}

pub(crate) fn look(layout: &Layout, owner: &str, boot: &str) -> Result<Left, Fault> {
    let marked = marked(owner)?;
    let mut strays: BTreeSet<String> = marked.iter().map(|marked| marked.launch.clone()).collect();
    let mut versions = Vec::new();
    for folder in version_folders(layout)? {
        let Some(plan) = read::<Plan>(&layout::wanted(&folder))? else { continue };
        let mut instances = Vec::new();
        for (ordinal, path) in records(&folder)? {
            let Some(record) = read::<Record>(&path)? else { continue };
            strays.remove(&record.launch);
            let stop = record.stopping || ordinal >= plan.replicas;
            if let Some(begin) = begin(record, boot, &marked)? {
                instances.push(FoundInstance { ordinal, begin, stop });
            } else {
                fs::remove_file(&path).map_err(|error| io_fault("remove a state file", error))?;
            }
        }
        if instances.is_empty() && plan.replicas == 0 {
            fs::remove_file(layout::wanted(&folder))
                .map_err(|error| io_fault("remove a state file", error))?;
            continue;
        }
        versions.push(Found { plan, folder, instances });
    }
    Ok(Left { versions, strays })
}

/// None where it was being stopped and is gone.
fn begin(mut record: Record, boot: &str, marked: &[Marked]) -> Result<Option<Begin>, Fault> {
    let leader = |marked: &&Marked| marked.launch == record.launch && marked.group == marked.identity.pid;
    let alive =
        still_runs(&record, boot).or_else(|| marked.iter().find(leader).map(|marked| marked.identity));
    if let Some(identity) = alive
        && let Some(handle) = Handle::open(identity).map_err(|error| io_fault("watch a process", error))?
    {
        record.process = Some(identity);
        return Ok(Some(Begin::Adopt(Box::new(Running { handle, record }))));
    }
    if record.stopping {
        return Ok(None);
    }
    let pause = pause(&mut record, boot);
    Ok(Some(Begin::Wait(pause, Box::new(record))))
}

/// How long it still waits. An end that nobody saw counts like any other, unless the machine ended with it.
fn pause(record: &mut Record, boot: &str) -> Duration {
    if record.boot != boot {
        "the machine was started again".clone_into(&mut record.reason);
        return Duration::ZERO;
    }
    if let Some(at) = record.next_start_at_ms {
        // A clock that was set back must not turn seconds into hours.
        let longest = back_off(record.crashes_in_a_row);
        return Duration::from_millis(at.saturating_sub(now_ms())).min(longest);
    }
    if record.process.is_none() {
        "Tidegate ended just before it was started".clone_into(&mut record.reason);
        return Duration::ZERO;
    }
    record.restarts = record.restarts.saturating_add(1);
    record.crashes_in_a_row = record.crashes_in_a_row.saturating_add(1);
    "ended while Tidegate was not running".clone_into(&mut record.reason);
    back_off(record.crashes_in_a_row)
}

pub(crate) fn version_folders(layout: &Layout) -> Result<Vec<PathBuf>, Fault> {
    let mut found = Vec::new();
    for (environment, _) in folders(&layout.processes())? {
        let Ok(environment) = EnvironmentName::new(environment) else { continue };
        for (component, _) in folders(&layout.processes().join(environment.as_str()))? {
            let Ok(component) = ComponentName::new(component) else { continue };
            let slot = SlotId { environment: environment.clone(), component };
            found.extend(folders(&layout.versions(&slot))?.into_iter().map(|(_, path)| path));
        }
    }
    Ok(found)
}

/// Name and path of every directory in a directory; none where it is not there.
pub(crate) fn folders(at: &Path) -> Result<Vec<(String, PathBuf)>, Fault> {
    let failed = |error| io_fault(&format!("list {}", at.display()), error);
    let entries = match fs::read_dir(at) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if let (true, Ok(name)) = (entry.path().is_dir(), entry.file_name().into_string()) {
            found.push((name, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn records(folder: &Path) -> Result<Vec<(u32, PathBuf)>, Fault> {
    let entries =
        fs::read_dir(folder).map_err(|error| io_fault(&format!("list {}", folder.display()), error))?;
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((layout::ordinal(entry.file_name().to_str()?, "json")?, entry.path())))
        .collect();
    found.sort_unstable();
    Ok(found)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, Fault> {
    layout::read_json(path).map_err(|error| io_fault(&format!("read {}", path.display()), error))
}
