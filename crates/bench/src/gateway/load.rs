//! The client: wrk, told what to send, and its figures read back.
//!
//! Invariant: every answer that is not 2xx is counted as an error and shown. Deliberately not here: who is asked.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use tokio::process::Command;

/// What is asked, by how many.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    connections: u32,
    path: &'static str,
    post: bool,
    /// Whether the issue's aim is for it.
    pub aims: bool,
}

impl Case {
    pub fn all() -> [Self; 5] {
        let small =
            Self { name: "small, 64 connections", connections: 64, path: "/small", post: false, aims: true };
        [
            small,
            Self { name: "small, 1 connection", connections: 1, aims: false, ..small },
            Self { name: "64 KiB, 64 connections", path: "/large", aims: false, ..small },
            Self { name: "POST 1 KiB, 64 connections", post: true, aims: false, ..small },
            Self { name: "small, 512 connections", connections: 512, aims: false, ..small },
        ]
    }

    fn script(&self) -> String {
        let method = if self.post {
            "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n\
             wrk.body = string.rep(\"x\", 1024)\n"
        } else {
            ""
        };
        format!("{method}{DONE}")
    }
}

/// wrk's own output rounds; its summary does not (times are in microseconds).
const DONE: &str = r#"
function done(summary, latency, requests)
  io.write(string.format(
    'RESULT {"requests":%d,"micros":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.errors.status, summary.errors.connect, summary.errors.read,
    summary.errors.write, summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
"#;

/// Who runs on which cores, and with how many threads.
#[derive(Debug, Clone)]
pub struct Layout {
    pub name: String,
    /// For taskset; none where the system decides.
    pub proxy_cores: Option<String>,
    pub backend_cores: Option<String>,
    client_cores: Option<String>,
    pub proxy_threads: usize,
    pub backend_threads: usize,
    client_threads: usize,
    all_cases: bool,
}

impl Layout {
    /// The proxy alone on the last core; backends on the first; the client on those between, or with the backends.
    pub fn pinned(cores: usize) -> Self {
        let client = if cores > 2 { format!("1-{}", cores - 2) } else { "0".to_owned() };
        Self {
            name: "proxy on a core of its own".to_owned(),
            proxy_cores: Some((cores - 1).to_string()),
            backend_cores: Some("0".to_owned()),
            client_cores: Some(client),
            proxy_threads: 1,
            backend_threads: 1,
            client_threads: cores.saturating_sub(2).max(1),
            all_cases: true,
        }
    }

    /// A thread for each core and nothing pinned: everybody shares.
    pub fn shared(cores: usize) -> Self {
        Self {
            name: format!("all share {cores} cores"),
            proxy_cores: None,
            backend_cores: None,
            client_cores: None,
            proxy_threads: cores,
            backend_threads: 1,
            client_threads: 1,
            all_cases: cores == 1,
        }
    }

    pub fn runs(&self, case: &Case) -> bool {
        self.all_cases || case.aims
    }
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

#[derive(Debug, Clone, Copy)]
pub struct Answered {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub errors: u64,
    pub requests: f64,
    /// Of the proxy's processor time, for each request; what else runs on the machine hardly moves it.
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

pub async fn drive(folder: &Path, layout: &Layout, case: &Case, port: u16, seconds: u64) -> Result<Answered> {
    let script = folder.join("wrk.lua");
    std::fs::write(&script, case.script())?;
    let threads = layout.client_threads.min(case.connections as usize);
    let mut command = Command::from(on_cores(layout.client_cores.as_ref(), Path::new("wrk")));
    command
        .arg(format!("-t{threads}"))
        .arg(format!("-c{}", case.connections))
        .arg(format!("-d{seconds}s"))
        .args(["--timeout", "5s", "--latency", "-s"])
        .arg(&script)
        .arg(format!("http://127.0.0.1:{port}{}", case.path))
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
