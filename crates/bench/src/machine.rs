//! What the machine and its processes say of themselves (proc(5)).
//!
//! Invariant: read when asked, never guessed; what cannot be read is 0 or "unknown". Deliberately not here: judging it.

use std::fs::read_to_string;
use std::num::NonZeroUsize;

/// proc_pid_stat(5) counts in these; a hundred a second on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

pub fn load() -> String {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    let parts: Vec<&str> = text.split(' ').take(3).collect();
    if parts.is_empty() { "unknown".to_owned() } else { parts.join(" ") }
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

pub fn described() -> String {
    let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{} cores ({model}), Linux {}", cores(), kernel.trim())
}

/// Of this thread so far, in milliseconds: what it took without the time that others had the processor.
pub fn own_cpu_ms() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1_000.0 + now.tv_nsec as f64 / 1_000_000.0
}

/// Of a process so far, in user and system mode.
pub fn cpu_seconds(process_id: u32) -> f64 {
    let stat = read_to_string(format!("/proc/{process_id}/stat")).unwrap_or_default();
    // The second field, the name, is in brackets and may hold anything; utime and stime are fields 14 and 15.
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

/// The same with its children, as nginx's workers are.
pub fn cpu_seconds_with_children(process_id: u32) -> f64 {
    let path = format!("/proc/{process_id}/task/{process_id}/children");
    let children = read_to_string(path).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    children.map(cpu_seconds).sum::<f64>() + cpu_seconds(process_id)
}

/// Resident memory of a process, in MiB.
pub fn resident_mib(process_id: u32) -> f64 {
    status_kib(process_id, "VmRSS:") / 1_024.0
}

/// The most it has ever been.
pub fn resident_mib_max(process_id: u32) -> f64 {
    status_kib(process_id, "VmHWM:") / 1_024.0
}

fn status_kib(process_id: u32, name: &str) -> f64 {
    let status = read_to_string(format!("/proc/{process_id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0.0)
}
