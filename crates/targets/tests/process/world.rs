//! A data directory for one test, with a service to run in it.
//!
//! Invariant: on drop, nothing that carries the mark of this directory is alive. Deliberately not here: assertions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tidegate_domain::component::{Artifact, ComponentSpec, Probe, Readiness, Source, Stop};
use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_ports::{Generation, Instance, InstanceSet, InstanceState, Observed, Target};
use tidegate_targets::ProcessTarget;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const FIXTURE: &str = env!("CARGO_BIN_EXE_target-fixture");
pub const DEADLINE: Duration = Duration::from_secs(30);

pub struct World {
    pub folder: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
    pub fn open(&self) -> ProcessTarget {
        ProcessTarget::open(self.data()).unwrap()
    }
    /// Process ids that carry our mark.
    pub fn marked(&self) -> Vec<u32> {
        let Ok(text) = std::fs::read_to_string(self.data().join("target.id")) else { return Vec::new() };
        let owner = format!("TIDEGATE_OWNER={}", text.trim_matches('"'));
        let pids = std::fs::read_dir("/proc").unwrap().flatten();
        pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid: &u32| {
                let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
                environ.split(|byte| *byte == 0).any(|variable| variable == owner.as_bytes())
            })
            .collect()
    }
    /// For a control plane in another process.
    pub fn write_set(&self, wanted: &InstanceSet) -> PathBuf {
        let path = self.folder.path().join("set.json");
        let parts = (&wanted.slot, &wanted.component, &wanted.artifact, &wanted.variables, wanted.replicas);
        std::fs::write(&path, serde_json::to_vec(&parts).unwrap()).unwrap();
        path
    }
    pub fn state_file(&self, ordinal: u32) -> PathBuf {
        self.version_folder().join(format!("{ordinal}.json"))
    }
    pub fn version_folder(&self) -> PathBuf {
        self.data().join("processes/production/api/versions/1.2.0")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = self.marked();
            if left.is_empty() || Instant::now() > deadline {
                return;
            }
            for pid in left.iter().filter_map(|pid| Pid::from_raw(pid.cast_signed())) {
                let _gone = kill_process(pid, Signal::KILL);
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}

pub fn slot() -> SlotId {
    SlotId { environment: "production".parse().unwrap(), component: "api".parse().unwrap() }
}

/// The fixture as version 1.2.0 of `api`, ready over HTTP.
pub fn service(replicas: u32, variables: &[(&str, &str)]) -> InstanceSet {
    command(&[FIXTURE], replicas, variables)
}

pub fn command(run: &[&str], replicas: u32, variables: &[(&str, &str)]) -> InstanceSet {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let readiness = Readiness {
        probe: Probe::Http { path: "/healthz".to_owned() },
        interval_ms: 20,
        ..Readiness::default()
    };
    InstanceSet {
        slot: slot(),
        component: ComponentSpec {
            name: "api".parse().unwrap(),
            run: run.iter().map(|word| (*word).to_owned()).collect(),
            variables,
            readiness,
            stop: Stop { drain_seconds: 0, kill_after_seconds: 10 },
            depends_on: Vec::new(),
            smoke: Vec::new(),
            database: tidegate_domain::database::DatabaseSteps::default(),
        },
        artifact: Artifact { version: Version::new("1.2.0").unwrap(), source: Source::Command, digest: None },
        variables: BTreeMap::new(),
        secrets: BTreeSet::new(),
        replicas,
    }
}

pub fn generation(position: u64) -> Generation {
    Generation { fence: 1, position }
}

/// Ensures again and again until what is observed fits.
pub async fn until(
    target: &ProcessTarget,
    wanted: &InstanceSet,
    fits: impl Fn(&Observed) -> bool,
) -> Observed {
    let deadline = Instant::now() + DEADLINE;
    let mut changed = target.changed();
    loop {
        let observed = target.ensure(generation(1), wanted).await.unwrap();
        if fits(&observed) {
            return observed;
        }
        assert!(Instant::now() < deadline, "never fits: {observed:#?}");
        let _either = tokio::time::timeout(Duration::from_millis(200), changed.changed()).await;
    }
}

pub async fn until_ready(target: &ProcessTarget, wanted: &InstanceSet) -> Observed {
    until(target, wanted, |observed| observed.ready().count() == wanted.replicas as usize).await
}

/// Waits for anything else, with a deadline.
pub async fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn states(observed: &Observed) -> Vec<InstanceState> {
    observed.instances.iter().map(|instance| instance.state).collect()
}

pub fn pids(observed: &Observed) -> Vec<u32> {
    observed.instances.iter().filter_map(|instance| instance.process).collect()
}

pub async fn get(instance: &Instance, path: &str) -> String {
    get_from(instance.address.as_deref().unwrap(), path).await
}

/// The body of the answer.
pub async fn get_from(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
}

pub fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
