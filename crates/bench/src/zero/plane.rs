//! The control plane that is measured: `tidegate up` with a gateway of its own, in a scratch directory.
//!
//! Invariant: server, gateway and services are ended together. Deliberately not here: what is measured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use tidegate_client::Client;
use tidegate_client::api::{
    ApplyRequest, CreateReleaseRequest, NewArtifact, ReleaseKind, StartRolloutRequest,
};

use super::fixture::FAULTS;
use crate::paths;
use crate::process::{self, Process};
use crate::startup::first_answer;

pub struct Plane {
    process: Process,
    pub client: Client,
    folder: PathBuf,
    analysis: &'static str,
    service_port: u16,
    keys: u32,
}

impl Plane {
    pub async fn start(folder: &Path, analysis: &'static str) -> Result<Self> {
        std::fs::create_dir(folder.join("faults"))?;
        let [port, service_port] = process::free_ports::<2>()?;
        let log = std::fs::File::create(folder.join("tidegate.log"))?;
        let mut command = Command::new(paths::tidegate()?);
        command.args(["up", "--stop-services-on-exit", "--listen", &format!("127.0.0.1:{port}"), "--data"]);
        command.arg(folder.join("data")).stdout(Stdio::null()).stderr(log);
        let mut process = Process::start("tidegate up", &mut command)?;
        first_answer(port, "/api/v1/health", &mut process)?;
        let client = Client::new(&format!("http://127.0.0.1:{port}"))?.with_actor("bench");
        let mut plane = Self { process, client, folder: folder.to_owned(), analysis, service_port, keys: 0 };
        plane.well().await?;
        Ok(plane)
    }

    pub fn service_port(&self) -> u16 {
        self.service_port
    }

    pub fn check(&mut self) -> Result<()> {
        self.process.check()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("tidegate.log")).unwrap_or_default()
    }

    pub async fn apply(&mut self) -> Result<()> {
        let text = self.manifest()?;
        let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
        let key = self.key();
        self.client.apply(&request, &key).await?;
        Ok(())
    }

    /// Creates a release and starts it; answers the rollout's id.
    pub async fn release(&mut self, version: &str) -> Result<String> {
        let artifact = NewArtifact { command: true, ..NewArtifact::default() };
        let request = CreateReleaseRequest {
            bundle: None,
            version: version.to_owned(),
            kind: ReleaseKind::Planned,
            components: BTreeMap::from([("service".to_owned(), artifact)]),
            notes: Vec::new(),
            commits: Vec::new(),
        };
        let key = self.key();
        self.client.create_release(&request, &key).await?;
        let request = StartRolloutRequest {
            release: version.to_owned(),
            strategy: None,
            supersede: false,
            independent: false,
        };
        let key = self.key();
        let started = self.client.start_rollout("production", &request, &key).await?;
        started.rollouts.into_iter().next().context("no rollout was started")
    }

    /// From now on this version fails.
    pub fn fail(&self, version: &str) -> Result<()> {
        std::fs::write(self.folder.join("faults").join(version), "")?;
        Ok(())
    }

    pub fn end(mut self) -> Result<()> {
        self.process.check()?;
        self.process.end();
        Ok(())
    }

    async fn well(&mut self) -> Result<()> {
        while !self.client.health().await.is_ok_and(|health| health.ok) {
            self.process.check()?;
            tokio::time::sleep(super::POLL).await;
        }
        Ok(())
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("bench-{}-{}", std::process::id(), self.keys)
    }

    fn manifest(&self) -> Result<String> {
        let (own, faults) = (paths::own()?, self.folder.join("faults"));
        let (port, analysis) = (self.service_port, self.analysis);
        Ok(format!(
            "project: bench
components:
  service:
    run: [\"{}\", \"serve-fixture\"]
    variables: {{{FAULTS}: \"{}\"}}
    readiness: {{http: /healthz, interval: 100ms}}
    stop: {{drain: 2s, kill_after: 5s}}
environments:
  - name: production
    components:
      service: {{replicas: 1, route: {{listen: \"127.0.0.1:{port}\"}}}}
pipeline:
  stages:
    - environment: production
      strategy: {{canary: {{steps: [{{shift: 50%}}, {{wait: 1h}}]}}}}
      analysis: {analysis}
",
            own.display(),
            faults.display()
        ))
    }
}
