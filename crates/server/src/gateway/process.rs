//! The gateway's process: its record on the disk, its start, its end.
//!
//! Invariant: a process is taken for ours only when its command line names our state file, so a recycled process id is
//! never mistaken. Deliberately not here: when to start it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tidegate_gateway::report::HealthReport;
use tokio::process::{Child, Command};

use crate::places::{Places, read_json, write_json};
use crate::program::Program;

const LOG_BYTES_MAX: u64 = 16 << 20;
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// `gateway/process.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub admin: SocketAddr,
    /// Known once it has answered.
    pub process_id: Option<u32>,
    pub instance_id: Option<String>,
}

impl Record {
    pub fn url(&self) -> String {
        format!("http://{}", self.admin)
    }
}

pub(super) struct Spawner {
    pub program: Program,
    pub places: Places,
}

/// A gateway that was started or adopted.
pub(super) struct Running {
    record: Record,
    process: Process,
}

enum Process {
    Ours(Child),
    /// Started by an earlier server: it has another parent now, so its end must be looked for.
    Adopted(u32),
}

impl Running {
    pub fn adopted(record: Record, process_id: u32) -> Self {
        Self { record, process: Process::Adopted(process_id) }
    }

    pub fn url(&self) -> String {
        self.record.url()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<String> {
        match &mut self.process {
            Process::Ours(child) => child.try_wait().ok().flatten().map(|status| status.to_string()),
            Process::Adopted(id) => (!is_alive(*id)).then(|| "gone".to_owned()),
        }
    }

    pub async fn end(&mut self) {
        match &mut self.process {
            // A child that cannot be waited for is not ours any more.
            Process::Ours(child) => drop(child.wait().await),
            Process::Adopted(id) => {
                while is_alive(*id) {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }
}

impl Spawner {
    pub fn recorded(&self) -> Option<Record> {
        read_json(&self.places.gateway_record())
    }

    /// A gateway on our state file that no record leads to: its server was killed before it could write one.
    pub fn find(&self) -> Option<Running> {
        let process_id = found(&self.places)?;
        let admin = admin_of(process_id)?;
        let record = Record { admin, process_id: Some(process_id), instance_id: None };
        Some(Running::adopted(record, process_id))
    }

    pub fn is_ours(&self, record: &Record, health: &HealthReport) -> bool {
        let known = record.process_id == Some(health.process_id)
            && record.instance_id.as_ref() == Some(&health.instance_id);
        known || runs_on(health.process_id, &self.places)
    }

    pub fn record(&self, running: &Running, health: &HealthReport) -> io::Result<()> {
        let (process_id, instance_id) = (Some(health.process_id), Some(health.instance_id.clone()));
        write_json(
            &self.places.gateway_record(),
            &Record { process_id, instance_id, ..running.record.clone() },
        )
    }

    /// In a process group of its own, so that a signal to ours does not reach it.
    pub fn start(&self) -> Result<Running, String> {
        let failed = |what: &str, error: io::Error| format!("cannot {what}: {error}");
        let folder = self.places.data.join("gateway");
        std::fs::create_dir_all(&folder).map_err(|error| failed("make the gateway's directory", error))?;
        let admin = self.address().map_err(|error| failed("find a port for the gateway", error))?;
        let record = Record { admin, process_id: None, instance_id: None };
        write_json(&self.places.gateway_record(), &record)
            .map_err(|error| failed("record the gateway", error))?;
        let (out, err) = self.log().map_err(|error| failed("open the gateway's log", error))?;
        let mut command = Command::from(self.program.command());
        command.arg("gateway").arg("--admin").arg(admin.to_string());
        command.arg("--state").arg(self.places.gateway_state());
        command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0).kill_on_drop(false);
        let child = command
            .spawn()
            .map_err(|error| failed(&format!("run {}", self.program.path().display()), error))?;
        Ok(Running { record, process: Process::Ours(child) })
    }

    /// The one it had, if that is free: then whoever knows it need not learn another.
    fn address(&self) -> io::Result<SocketAddr> {
        let free = |address: SocketAddr| TcpListener::bind(address).and_then(|found| found.local_addr());
        let before = self.recorded().map(|record| record.admin).filter(|admin| admin.ip().is_loopback());
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        before.and_then(|admin| free(admin).ok()).map_or_else(|| free(any), Ok)
    }

    fn log(&self) -> io::Result<(File, File)> {
        let path = self.places.gateway_log();
        if std::fs::metadata(&path).is_ok_and(|found| found.len() > LOG_BYTES_MAX) {
            std::fs::rename(&path, path.with_extension("log.1"))?;
        }
        let out = OpenOptions::new().create(true).append(true).open(path)?;
        let err = out.try_clone()?;
        Ok((out, err))
    }

    /// The end of its log, for a sentence.
    pub fn last_words(&self) -> String {
        let text = tail(&self.places.gateway_log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = lines[lines.len().saturating_sub(3)..].join(" / ");
        let place = self.places.gateway_log().display().to_string();
        if last.is_empty() { format!("see {place}") } else { format!("{last} (see {place})") }
    }
}

fn tail(path: &std::path::Path) -> io::Result<String> {
    const BYTES: u64 = 2_048;
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(BYTES)))?;
    let mut bytes = Vec::new();
    file.take(BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A process that ended and was not yet waited for is not alive.
fn is_alive(process_id: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{process_id}/stat")) else { return false };
    // proc_pid_stat(5): the state follows the name, which is in brackets and may hold any character.
    let state = stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

/// The process that was started as our gateway, recorded or not.
fn found(places: &Places) -> Option<u32> {
    let mut processes = std::fs::read_dir("/proc").ok()?.flatten();
    let id_of = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    processes.find_map(|entry| id_of(entry).filter(|id| runs_on(*id, places)))
}

/// Whether it was started as our gateway, by its command line.
fn runs_on(process_id: u32, places: &Places) -> bool {
    let state = places.gateway_state();
    is_alive(process_id)
        && argument(process_id, "--state").is_some_and(|given| given == state.as_os_str().as_encoded_bytes())
}

fn admin_of(process_id: u32) -> Option<SocketAddr> {
    String::from_utf8(argument(process_id, "--admin")?).ok()?.parse().ok()
}

/// What follows an option on the command line of a process (proc_pid_cmdline(5)).
fn argument(process_id: u32, option: &str) -> Option<Vec<u8>> {
    let line = std::fs::read(format!("/proc/{process_id}/cmdline")).ok()?;
    let mut words = line.split(|byte| *byte == 0);
    words.find(|word| *word == option.as_bytes())?;
    words.next().map(<[u8]>::to_vec)
}

/// Asks the gateway recorded in a data directory to end, and waits until it has. Nothing is done where none runs. One that
/// had only just been started is not recorded yet, and is looked for.
pub(crate) async fn terminate_recorded(places: &Places, within: Duration) {
    let Some(record) = read_json::<Record>(&places.gateway_record()) else { return };
    let recorded = record.process_id.filter(|process_id| runs_on(*process_id, places));
    let Some(process_id) = recorded.or_else(|| found(places)) else { return };
    let Some(pid) = i32::try_from(process_id).ok().and_then(Pid::from_raw) else { return };
    signal(pid, Signal::TERM);
    let gone = async {
        while is_alive(process_id) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(within, gone).await.is_err() {
        signal(pid, Signal::KILL);
    }
}

fn signal(pid: Pid, signal: Signal) {
    if let Err(error) = kill_process(pid, signal) {
        tracing::debug!(?pid, %error, "the gateway was gone already");
    }
}
