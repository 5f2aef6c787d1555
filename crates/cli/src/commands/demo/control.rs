//! The control plane of the demo: a real `tidegate up` in a process of its own, so that it can be killed.
//!
//! Invariant: only processes that this demo started are ended, by their pid. Deliberately not here: what is asked of it.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tidegate_client::Client;
use tidegate_server::Program;

use super::scene::Scene;

pub struct Control {
    program: Program,
    data: std::path::PathBuf,
    port: u16,
    child: Child,
    pub client: Client,
}

const START_MAX: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(10);

impl Control {
    pub async fn start(scene: &Scene, program: Program) -> Result<Self> {
        let (data, port) = (scene.data(), scene.ports.api);
        let client = Client::new(&format!("http://127.0.0.1:{port}"))?.with_actor("demo");
        let child = spawn(&program, &data, port)?;
        let mut control = Self { program, data, port, child, client };
        control.healthy().await?;
        Ok(control)
    }

    /// SIGKILL: no goodbye, nothing flushed.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again; answers how long it took until the API answered.
    pub async fn restart(&mut self) -> Result<Duration> {
        let began = Instant::now();
        self.child = spawn(&self.program, &self.data, self.port)?;
        self.healthy().await?;
        Ok(began.elapsed())
    }

    async fn healthy(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_MAX;
        loop {
            if self.client.health().await.is_ok_and(|health| health.ok) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("tidegate ended while starting ({status}); see {}", log(&self.data).display());
            }
            if Instant::now() > deadline {
                bail!("tidegate did not become healthy; see {}", log(&self.data).display());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Stops the control plane, the gateway and every service of this demo.
    pub fn end(&mut self) {
        let down = self
            .program
            .command()
            .args(["down", "--yes", "--data"])
            .arg(&self.data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if down.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn log(data: &std::path::Path) -> std::path::PathBuf {
    data.with_file_name("tidegate.log")
}

fn spawn(program: &Program, data: &std::path::Path, port: u16) -> Result<Child> {
    let log = std::fs::File::options().create(true).append(true).open(log(data))?;
    program
        .command()
        .args(["up", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("`tidegate up` could not be started")
}
