//! What `/proc` says about processes (proc(5)).
//!
//! Invariant: a process is named by its id and its start time together; the id alone is used again by the kernel.
//! Deliberately not here: signals.

use std::fs::{self, File};
use std::io::{self, Read};

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};
use tidegate_ports::Fault;

/// The environment of one process is read up to this.
const ENVIRON_BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) pid: u32,
    /// Field 22 of `/proc/<pid>/stat`: clock ticks after boot.
    pub(crate) start_ticks: u64,
}

impl Identity {
    pub(crate) fn pid(self) -> Option<Pid> {
        Pid::from_raw(self.pid.cast_signed())
    }
    /// Whether this very process still runs; a zombie does not.
    pub(crate) fn runs(self) -> bool {
        stat(self.pid).is_ok_and(|stat| stat.start_ticks == self.start_ticks && stat.alive())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) state: u8,
    pub(crate) group: u32,
    pub(crate) start_ticks: u64,
}

impl Stat {
    pub(crate) fn alive(&self) -> bool {
        !matches!(self.state, b'Z' | b'X' | b'x')
    }
}

pub(crate) fn stat(pid: u32) -> io::Result<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat"))?;
    parse_stat(&text).ok_or_else(|| io::Error::other(format!("/proc/{pid}/stat makes no sense")))
}

/// The name in field 2 may hold spaces and brackets: count from the last closing one.
fn parse_stat(text: &[u8]) -> Option<Stat> {
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(text.get(end + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Stat {
        state: *fields.first()?.as_bytes().first()?,
        group: fields.get(2)?.parse().ok()?,
        start_ticks: fields.get(19)?.parse().ok()?,
    })
}

/// Changes with every start of the machine; start times of another boot mean nothing.
pub(crate) fn boot_id() -> Result<String, Fault> {
    read_kernel("/proc/sys/kernel/random/boot_id")
}

/// 122 random bits from the kernel.
pub(crate) fn random_id() -> Result<String, Fault> {
    read_kernel("/proc/sys/kernel/random/uuid")
}

fn read_kernel(path: &str) -> Result<String, Fault> {
    fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &str, error: io::Error) -> Fault {
    Fault::hold("proc-unreadable", format!("could not read {path}: {error}"))
        .with_help("the process target needs Linux with /proc mounted for its user; mount it and start again")
        .caused_by(error)
}

/// Fails once, at the start, where the kernel has no process file descriptors (before Linux 5.3).
pub(crate) fn check_kernel() -> Result<(), Fault> {
    let me = Pid::from_raw(std::process::id().cast_signed());
    let opened = me.map(|pid| pidfd_open(pid, PidfdFlags::empty()));
    match opened {
        Some(Err(error)) => {
            Err(Fault::hold("kernel-too-old", format!("pidfd_open does not work here: {error}")).with_help(
                "run Tidegate on Linux 5.3 or newer, outside of a sandbox that forbids pidfd_open",
            ))
        }
        Some(Ok(_)) | None => {
            stat(std::process::id()).map(drop).map_err(|error| unreadable("/proc/self/stat", error))
        }
    }
}

/// A running process that was started by a process target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) identity: Identity,
    pub(crate) group: u32,
    pub(crate) launch: String,
}

/// All running processes with our mark in the environment they were started with, children of services included.
pub(crate) fn marked(owner: &str) -> Result<Vec<Marked>, Fault> {
    let owner = format!("{}={owner}", super::launch::OWNER);
    let launch = format!("{}=", super::launch::LAUNCH);
    let found = pids()?.into_iter().filter_map(|pid| {
        let environ = environ(pid)?;
        let mut variables = environ.split(|byte| *byte == 0);
        variables.clone().find(|variable| *variable == owner.as_bytes())?;
        let launch = variables.find_map(|variable| variable.strip_prefix(launch.as_bytes()))?;
        let stat = stat(pid).ok().filter(Stat::alive)?;
        let launch = String::from_utf8_lossy(launch).into_owned();
        Some(Marked { identity: Identity { pid, start_ticks: stat.start_ticks }, group: stat.group, launch })
    });
    Ok(found.collect())
}

/// Everything alive that belongs to one start: its process group, and whatever carries its mark.
pub(crate) fn members(leader: Option<Identity>, launch: &str) -> Vec<Identity> {
    let mark = format!("{}={launch}", super::launch::LAUNCH);
    // A group keeps its number while anyone is in it; once another process leads a group of that number, ours is gone.
    let group = leader
        .filter(|leader| stat(leader.pid).map_or(true, |stat| stat.start_ticks == leader.start_ticks))
        .map(|leader| leader.pid);
    let belongs = |pid: u32| {
        let stat = stat(pid).ok().filter(Stat::alive)?;
        let ours = group == Some(stat.group)
            || environ(pid)?.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes());
        ours.then_some(Identity { pid, start_ticks: stat.start_ticks })
    };
    pids().unwrap_or_default().into_iter().filter_map(belongs).collect()
}

fn pids() -> Result<Vec<u32>, Fault> {
    let entries = fs::read_dir("/proc").map_err(|error| unreadable("/proc", error))?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// None for processes of other users, for kernel threads and for those that just ended.
fn environ(pid: u32) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(format!("/proc/{pid}/environ")).ok()?.take(ENVIRON_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_behind_the_last_bracket() {
        let tail = "S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 10 11";
        let expect = Some(Stat { state: b'S', group: 42, start_ticks: 987_654 });
        for name in ["(sh)", "(a b)", "(x) S 9 9)", "(:()"] {
            assert_eq!(parse_stat(format!("42 {name} {tail}").as_bytes()), expect, "{name}");
        }
        for broken in ["", "42 (sh", "42 (sh) S", "42 (sh) S 1 x"] {
            assert_eq!(parse_stat(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn this_process_runs_and_one_with_another_start_time_does_not() {
        let pid = std::process::id();
        let start_ticks = stat(pid).unwrap().start_ticks;
        assert!(Identity { pid, start_ticks }.runs());
        assert!(!Identity { pid, start_ticks: start_ticks + 1 }.runs());
    }
}
