//! wrk as a client: told what to send, and its figures read back.
//!
//! Invariant: every answer that is not 2xx is counted as an error and shown. Deliberately not here: who is asked.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use tokio::process::Command;

/// wrk's own output rounds; its summary does not (times are in microseconds).
const DONE: &str = r#"
function done(summary, latency, requests)
  io.write(string.format(
    'RESULT {"requests":%d,"micros":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.errors.status, summary.errors.connect, summary.errors.read,
    summary.errors.write, summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
"#;

/// What is asked, by how many, for how long.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    pub url: String,
    /// Lua that says what a request is; empty for a plain GET.
    pub request: &'a str,
    pub connections: u32,
    pub threads: usize,
    pub seconds: u64,
    pub cores: Option<&'a String>,
}

#[derive(Debug, Clone, Copy)]
pub struct Answered {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub errors: u64,
    pub requests: f64,
    /// Processor time for each request of whoever answered, filled in by who looks at it: what else runs on the machine
    /// hardly moves it.
    pub cpu_micros: f64,
}

#[derive(Deserialize)]
struct Told {
    requests: f64,
    micros: f64,
    status: u64,
    connect: u64,
    read: u64,
    write: u64,
    timeout: u64,
    p50: f64,
    p99: f64,
}

/// A command, held to some cores.
pub fn on_cores(cores: Option<&String>, program: &Path) -> std::process::Command {
    match cores {
        None => std::process::Command::new(program),
        Some(cores) => {
            let mut command = std::process::Command::new("taskset");
            command.arg("-c").arg(cores).arg(program);
            command
        }
    }
}

pub async fn drive(folder: &Path, asked: &Asked<'_>) -> Result<Answered> {
    let script = folder.join("wrk.lua");
    std::fs::write(&script, format!("{}{DONE}", asked.request))?;
    let mut command = Command::from(on_cores(asked.cores, Path::new("wrk")));
    command
        .arg(format!("-t{}", asked.threads))
        .arg(format!("-c{}", asked.connections))
        .arg(format!("-d{}s", asked.seconds))
        .args(["--timeout", "5s", "--latency", "-s"])
        .arg(&script)
        .arg(&asked.url)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command.output().await.context("wrk cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(line) = text.lines().find_map(|line| line.strip_prefix("RESULT ")) else {
        bail!("wrk told nothing: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    let told: Told = serde_json::from_str(line)?;
    Ok(Answered {
        per_second: told.requests * 1e6 / told.micros,
        p50_ms: told.p50 / 1_000.0,
        p99_ms: told.p99 / 1_000.0,
        requests: told.requests,
        cpu_micros: 0.0,
        errors: told.status + told.connect + told.read + told.write + told.timeout,
    })
}
