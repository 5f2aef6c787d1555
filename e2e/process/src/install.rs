//! One Tidegate of a test's own: a server, its gateway and its services, in a directory of their own.
//!
//! Invariant: dropping it ends everything it started; what `tidegate down` leaves running fails the test. Deliberately
//! not here: what is asked of it (`asking`).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;
use tidegate_client::Client;

use crate::ports::Ports;
use crate::processes::{self, Found, find, signal_process};
use crate::programs::{Ran, program, run};
use crate::waiting::DEADLINE;

pub struct Install {
    pub client: Client,
    /// The first is the API's; the others stand in configurations as `PORT_1` and so on.
    pub ports: Ports,
    scratch: TempDir,
    data: PathBuf,
    server: Option<Child>,
    /// The file by which a server kills itself once at each of its crash points.
    pub crash_points: Option<PathBuf>,
    /// Where it may ask, though that is not public.
    pub allowed_hosts: Vec<String>,
    /// What the server logs; its default where absent.
    pub log_level: Option<&'static str>,
    /// What else stands in its environment.
    pub variables: Vec<(&'static str, String)>,
}

/// Ports for routes.
const ROUTES: usize = 8;

impl Install {
    pub async fn start() -> Self {
        let mut install = Self::prepare();
        install.restart().await;
        install
    }

    /// With nothing started yet.
    pub fn prepare() -> Self {
        let mut install = Self::prepare_in(&std::env::temp_dir());
        install.data = install.directory().canonicalize().unwrap().join("data");
        install
    }

    /// As `prepare`, with its data in a directory of the caller's.
    pub fn prepare_in(directory: &Path) -> Self {
        let scratch = tempfile::Builder::new().prefix("tidegate-e2e-").tempdir().unwrap();
        let ports = Ports::reserve(ROUTES + 1);
        let client = Client::new(&format!("http://127.0.0.1:{}", ports.get(0))).unwrap().with_actor("e2e");
        let data = directory.canonicalize().unwrap().join("data");
        Self {
            client,
            ports,
            scratch,
            data,
            server: None,
            crash_points: None,
            allowed_hosts: Vec::new(),
            log_level: None,
            variables: Vec::new(),
        }
    }

    pub fn directory(&self) -> &Path {
        self.scratch.path()
    }
    pub fn data(&self) -> &Path {
        &self.data
    }
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.get(0))
    }
    /// Of `PORT_1` and so on.
    pub fn route(&self, number: usize) -> u16 {
        self.ports.get(number)
    }

    /// Starts the server and waits until it says that all is well.
    pub async fn restart(&mut self) {
        self.spawn();
        self.well().await;
    }

    /// Starts the server and waits for nothing.
    pub fn spawn(&mut self) {
        assert!(self.server.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = Command::new(program("tidegate"));
        command
            .args(["up", "--listen", &format!("127.0.0.1:{}", self.ports.get(0)), "--data"])
            .arg(&self.data);
        command.args(self.allowed_hosts.iter().flat_map(|host| ["--allow-host", host.as_str()]));
        command.current_dir(self.directory()).env_remove("RUST_LOG").stdin(Stdio::null());
        if let Some(level) = self.log_level {
            command.env("RUST_LOG", level);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(path) = &self.crash_points {
            command.env("TIDEGATE_CRASH_POINTS", path);
        }
        self.server = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    }

    /// Starts the server again where it has ended; says whether it had.
    pub fn revive(&mut self) -> bool {
        let ended = self.server.as_mut().is_none_or(|server| server.try_wait().unwrap().is_some());
        if ended {
            self.server = None;
            self.spawn();
        }
        ended
    }

    pub async fn well(&mut self) {
        let client = self.client.clone();
        let began = Instant::now();
        while !client.health().await.is_ok_and(|health| health.ok) {
            if let Some(ended) = self.server.as_mut().and_then(|server| server.try_wait().unwrap()) {
                panic!("the server ended while starting: {ended}\n{}", self.last_words());
            }
            assert!(began.elapsed() < DEADLINE, "the server did not become well\n{}", self.last_words());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGKILL: no goodbye, nothing flushed.
    pub fn kill(&mut self) {
        let mut server = self.server.take().expect("no server runs");
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// As Ctrl-C does it: services and gateway go on.
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        let mut server = self.server.take().unwrap();
        let ended = tokio::task::spawn_blocking(move || server.wait());
        let status =
            tokio::time::timeout(DEADLINE, ended).await.expect("the server does not end").unwrap().unwrap();
        assert!(status.success(), "{status}\n{}", self.last_words());
    }

    pub fn signal(&self, signal: Signal) {
        let id = self.server.as_ref().expect("no server runs").id();
        assert!(signal_process(id, signal), "no process {id}");
    }

    /// Services that really run, by the kernel's word.
    pub fn running(&self) -> Vec<Found> {
        find(&self.data)
    }

    /// `tidegate` on this server.
    pub async fn tidegate(&self, arguments: &[&str]) -> Ran {
        let url = self.url();
        let with_server: Vec<&str> = arguments.iter().copied().chain(["--server", &url]).collect();
        run(&with_server, self.directory()).await
    }

    fn log(&self) -> PathBuf {
        self.scratch.path().join("server.log")
    }

    /// The end of what server and gateway said, for whoever reads a failure.
    pub fn last_words(&self) -> String {
        let tail = |path: &Path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(30)..].join("\n")
        };
        let gateway = self.data.join("gateway").join("gateway.log");
        format!("server:\n{}\ngateway:\n{}", tail(&self.log()), tail(&gateway))
    }

    fn take_down(&mut self) {
        if let Some(server) = &self.server {
            signal_process(server.id(), Signal::CONT);
        }
        let down = Command::new(program("tidegate"))
            .args(["down", "--yes", "--data"])
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn();
        if let Ok(mut down) = down {
            let began = Instant::now();
            while began.elapsed() < DEADLINE && matches!(down.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = down.kill();
            let _ = down.wait();
        }
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Drop for Install {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.last_words());
        }
        if !self.data.is_dir() {
            return;
        }
        self.take_down();
        let services = find(&self.data);
        let others = processes::naming(&self.data);
        for process_id in services.iter().map(|service| service.process_id).chain(others.iter().copied()) {
            signal_process(process_id, Signal::KILL);
        }
        if !std::thread::panicking() {
            assert!(services.is_empty(), "`tidegate down` left services running: {services:?}");
            assert!(others.is_empty(), "`tidegate down` left the server or the gateway running: {others:?}");
        }
    }
}
