//! Processes that a benchmark starts.
//!
//! Invariant: each is ended with the value that stands for it, by its own pid, and waited for. Deliberately not here:
//! which processes there are.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

const END_MAX: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(2);

pub struct Process {
    name: String,
    child: Child,
    ended: bool,
}

impl Process {
    /// What it says on stderr is shown; stdout as the command has it.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let child =
            command.stdin(Stdio::null()).spawn().with_context(|| format!("{name} cannot be started"))?;
        Ok(Self { name: name.to_owned(), child, ended: false })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Refused when it has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended by itself ({status})", self.name),
        }
    }

    /// SIGKILL: no goodbye.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        self.ended = true;
        Ok(())
    }

    /// SIGTERM, and SIGKILL when that takes too long.
    pub fn end(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        if let Some(pid) = i32::try_from(self.id()).ok().and_then(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + END_MAX;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits until somebody listens at a local port.
pub async fn listens(port: u16, process: &mut Process) -> Result<()> {
    let deadline = Instant::now() + END_MAX;
    while Instant::now() < deadline {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(());
        }
        process.check()?;
        tokio::time::sleep(POLL).await;
    }
    bail!("nobody listens at port {port}")
}

/// Ports that nobody listens at; held open together so that they differ.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// What a command line says, told this on its stdin; one that fails is an error.
pub fn told(words: &[&str], command: &mut Command, input: &str) -> Result<String> {
    let mut child = command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("no stdin")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("tidegate {} failed", words.join(" "));
    }
    Ok(String::from_utf8(output.stdout)?)
}
