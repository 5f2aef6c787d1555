//! What really runs, as the kernel tells it.
//!
//! Invariant: a process is taken for one of an installation's only by the mark it was started with. Deliberately not
//! here: what Tidegate believes runs.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// A running service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// `api-1.2.0-0`
    pub instance: String,
    pub environment: String,
    pub version: String,
    pub process_id: u32,
}

/// Every living process that carries the mark of the process target with this data directory.
pub fn find(data: &Path) -> Vec<Found> {
    let Ok(owner) = fs::read_to_string(data.join("processes").join("target.id")) else { return Vec::new() };
    let mark = format!("TIDEGATE_OWNER={}", owner.trim().trim_matches('"'));
    let mut found: Vec<Found> =
        living().into_iter().filter_map(|process_id| marked(process_id, &mark)).collect();
    found.sort();
    found
}

fn marked(process_id: u32, mark: &str) -> Option<Found> {
    let bytes = fs::read(format!("/proc/{process_id}/environ")).ok()?;
    let variables: Vec<&str> =
        bytes.split(|byte| *byte == 0).filter_map(|one| std::str::from_utf8(one).ok()).collect();
    if !variables.contains(&mark) {
        return None;
    }
    let value = |name: &str| {
        variables
            .iter()
            .find_map(|one| one.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_default()
            .to_owned()
    };
    let (instance, environment) = (value("TIDEGATE_INSTANCE"), value("TIDEGATE_ENVIRONMENT"));
    Some(Found { instance, environment, version: value("TIDEGATE_VERSION"), process_id })
}

/// Processes of ours whose command line names the data directory: server and gateway.
pub(crate) fn naming(data: &Path) -> Vec<u32> {
    let text = data.as_os_str().as_encoded_bytes();
    let names = |process_id: &u32| {
        let line = fs::read(format!("/proc/{process_id}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument.starts_with(text))
    };
    living().into_iter().filter(names).collect()
}

/// Without those that ended and were not yet waited for.
fn living() -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap();
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id| is_alive(*id))
        .collect()
}

pub(crate) fn is_alive(process_id: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{process_id}/stat")) else { return false };
    // proc_pid_stat(5): the state follows the name, which is in brackets.
    let state = stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

/// False where it was gone already.
pub fn signal_process(process_id: u32, signal: Signal) -> bool {
    let pid = i32::try_from(process_id).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
}
