//! The gateway as a process of its own: started, or found running and adopted; started again when it dies.
//!
//! Invariant: the gateway outlives this server however it ends, and there is one gateway for a data directory: the
//! address is recorded before it is started, and its state file lets only one in. Deliberately not here: routes
//! (`tidegate-traffic`).

mod process;

use std::path::PathBuf;
use std::time::Duration;

use tidegate_gateway::report::HealthReport;
use tokio::sync::watch;

use crate::places::Places;
use crate::program::Program;
pub(crate) use process::terminate_recorded;
use process::{Running, Spawner};

/// Where the gateway comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayMode {
    /// Runs `program gateway --admin ADDRESS --state FILE`, or adopts the one that runs from an earlier start.
    Spawn { program: Program },
    /// Somebody else looks after it; this is the URL of its admin API.
    Url(String),
}

/// How the gateway does, as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GatewayStatus {
    pub url: Option<String>,
    pub instance_id: Option<String>,
    pub process_id: Option<u32>,
    /// What is wrong; none when it answers.
    pub detail: Option<String>,
}

impl GatewayStatus {
    pub fn is_well(&self) -> bool {
        self.url.is_some() && self.detail.is_none()
    }
}

const LOOK_EVERY: Duration = Duration::from_secs(1);
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// From its start until it must answer.
const START_MAX: Duration = Duration::from_secs(10);

pub(crate) struct Supervisor {
    mode: GatewayMode,
    spawner: Spawner,
    http: reqwest::Client,
    status: watch::Sender<GatewayStatus>,
}

impl Supervisor {
    pub fn new(mode: GatewayMode, places: &Places) -> (Self, watch::Receiver<GatewayStatus>) {
        let (status, seen) = watch::channel(GatewayStatus::default());
        let program = match &mode {
            GatewayMode::Spawn { program } => program.clone(),
            GatewayMode::Url(_) => Program::from(PathBuf::new()),
        };
        let spawner = Spawner { program, places: places.clone() };
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build();
        // The builder only fails over TLS and DNS settings, which are not used here.
        (Self { mode, spawner, http: http.unwrap_or_default(), status }, seen)
    }

    /// Looks after the gateway until the future is dropped; dropping it leaves the gateway running.
    pub async fn run(self) {
        match &self.mode {
            GatewayMode::Url(url) => self.look_at(url.trim_end_matches('/')).await,
            GatewayMode::Spawn { .. } => self.keep_running().await,
        }
    }

    async fn look_at(&self, url: &str) {
        loop {
            let health = self.health(url).await;
            self.tell(url, health);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn keep_running(&self) {
        let mut pause = PAUSE_FIRST;
        loop {
            match self.begin().await {
                Ok(running) => {
                    pause = PAUSE_FIRST;
                    self.follow(running).await;
                }
                Err(detail) => {
                    tracing::warn!(%detail, "the gateway does not run");
                    self.status.send_modify(|status| status.detail = Some(detail));
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Adopts the gateway that runs, or starts one; answers once it is ready.
    async fn begin(&self) -> Result<Running, String> {
        if let Some(record) = self.spawner.recorded()
            && let Ok(health) = self.health(&record.url()).await
            && self.spawner.is_ours(&record, &health)
        {
            return Ok(self.taken(Running::adopted(record, health.process_id), &health, "adopted"));
        }
        let (mut running, how) = match self.spawner.find() {
            Some(running) => (running, "found and adopted"),
            None => (self.spawner.start()?, "started"),
        };
        let waiting = tokio::time::timeout(START_MAX, self.answered(&mut running)).await;
        let health = waiting.map_err(|_| format!("the gateway does not answer within {START_MAX:?}"))??;
        Ok(self.taken(running, &health, how))
    }

    async fn answered(&self, running: &mut Running) -> Result<HealthReport, String> {
        loop {
            if let Some(end) = running.ended() {
                return Err(format!(
                    "the gateway ended as it started ({end}): {}",
                    self.spawner.last_words()
                ));
            }
            if let Ok(health) = self.health(&running.url()).await {
                return Ok(health);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn taken(&self, running: Running, health: &HealthReport, how: &str) -> Running {
        tracing::info!(process_id = health.process_id, url = running.url(), "{how} the gateway");
        if let Err(error) = self.spawner.record(&running, health) {
            tracing::warn!(%error, "the gateway could not be recorded");
        }
        self.tell(&running.url(), Ok(health.clone()));
        running
    }

    /// Until it has ended.
    async fn follow(&self, mut running: Running) {
        loop {
            tokio::select! {
                () = running.end() => {
                    let detail = format!("the gateway ended: {}", self.spawner.last_words());
                    tracing::error!(%detail, "it is started again");
                    self.status.send_modify(|status| status.detail = Some(detail));
                    return;
                }
                () = tokio::time::sleep(LOOK_EVERY) => {
                    let health = self.health(&running.url()).await;
                    self.tell(&running.url(), health);
                }
            }
        }
    }

    fn tell(&self, url: &str, health: Result<HealthReport, String>) {
        let new = match health {
            Ok(health) => GatewayStatus {
                url: Some(url.to_owned()),
                instance_id: Some(health.instance_id),
                process_id: Some(health.process_id),
                detail: (!health.persisted).then(|| "its routes are not on the disk; is it full?".to_owned()),
            },
            Err(detail) => GatewayStatus {
                url: Some(url.to_owned()),
                detail: Some(detail),
                ..self.status.borrow().clone()
            },
        };
        self.status.send_if_modified(|status| {
            let differs = *status != new;
            *status = new;
            differs
        });
    }

    async fn health(&self, url: &str) -> Result<HealthReport, String> {
        let silent =
            |error: reqwest::Error| format!("the gateway does not answer at {url}: {}", root_of(&error));
        let answer = self.http.get(format!("{url}/v1/health")).send().await.map_err(silent)?;
        let body = answer.error_for_status().map_err(silent)?.bytes().await.map_err(silent)?;
        serde_json::from_slice(&body).map_err(|_| format!("something else than a gateway answers at {url}"))
    }
}

fn root_of(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
