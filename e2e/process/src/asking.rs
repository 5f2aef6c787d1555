//! What tests ask of a server, in one line each.
//!
//! Invariant: asked again while nobody answers, with the same key, so a machine that stands still fails no test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tidegate_api::{
    ApplyRequest, ChainState, CreateReleaseRequest, Environment, NewArtifact, Release, ReleaseKind,
    RollBackRequest, Rollout, RolloutState, Slot, StartRolloutRequest,
};
use tidegate_client::{Client, ClientError, EventsQuery};

use crate::install::Install;
use crate::programs::program;
use crate::waiting::until;

/// Each new, over all tests.
pub fn key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("e2e-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Quick and without fault.
pub fn healthy() -> Value {
    behaviour(json!({}))
}

/// A healthy shop, but for what is given.
pub fn behaviour(changes: Value) -> Value {
    let mut all = json!({"latency_ms_median": 3, "latency_ms_p99": 10, "warm_up_ms": 100});
    if let (Some(all), Value::Object(changes)) = (all.as_object_mut(), changes) {
        all.extend(changes);
    }
    all
}

/// A rollback at once.
pub fn because(reason: &str) -> RollBackRequest {
    RollBackRequest { reason: Some(reason.to_owned()), over_seconds: None }
}

pub fn deploy_request(version: &str) -> StartRolloutRequest {
    StartRolloutRequest { release: version.to_owned(), strategy: None, supersede: false, independent: false }
}

impl Install {
    /// A configuration with `SHOP` for the shop's program and `PORT_1` … for ports of this test.
    pub fn filled(&self, text: &str) -> String {
        let shop = program("shop").display().to_string();
        let with_ports = self.ports.all().iter().enumerate().skip(1).rev();
        with_ports.fold(text.replace("SHOP", &shop), |text, (number, port)| {
            text.replace(&format!("PORT_{number}"), &port.to_string())
        })
    }

    pub async fn apply(&self, text: &str) {
        let (file_name, text) = ("tidegate.yaml".to_owned(), self.filled(text));
        let request = ApplyRequest { file_name, text, dry_run: false };
        self.sent(async |client, key| client.apply(&request, key).await).await.unwrap();
    }

    /// A release of the shop, each component with its behaviour.
    pub async fn release(&self, version: &str, components: &[(&str, Value)]) -> Release {
        self.release_of(ReleaseKind::Planned, version, components).await
    }

    pub async fn release_of(
        &self,
        kind: ReleaseKind,
        version: &str,
        components: &[(&str, Value)],
    ) -> Release {
        let mut wish = CreateReleaseRequest {
            bundle: None,
            version: version.to_owned(),
            kind,
            components: std::collections::BTreeMap::new(),
            notes: Vec::new(),
            commits: Vec::new(),
        };
        for (component, behaviour) in components {
            let path = Some(self.artifact(version, component, behaviour).display().to_string());
            wish.components.insert((*component).to_owned(), NewArtifact { path, ..NewArtifact::default() });
        }
        self.sent(async |client, key| client.create_release(&wish, key).await).await.unwrap()
    }

    /// The directory that a component of a release runs in.
    pub fn artifact(&self, version: &str, component: &str, behaviour: &Value) -> PathBuf {
        let directory = self.directory().join("artifacts").join(version).join(component);
        std::fs::create_dir_all(&directory).unwrap();
        let mut behaviour = behaviour.clone();
        behaviour["version"] = json!(version);
        std::fs::write(directory.join("behaviour.json"), behaviour.to_string()).unwrap();
        directory
    }

    /// The id of the rollout that was started.
    pub async fn deploy(&self, version: &str, environment: &str) -> String {
        self.start_rollouts(&deploy_request(version), environment).await.unwrap().remove(0)
    }

    pub async fn start_rollouts(
        &self,
        request: &StartRolloutRequest,
        environment: &str,
    ) -> Result<Vec<String>, ClientError> {
        let started = self.sent(async |client, key| client.start_rollout(environment, request, key).await);
        Ok(started.await?.rollouts)
    }

    /// Deployed to its end, which must be a good one.
    pub async fn live(&self, version: &str, environment: &str) -> Rollout {
        let id = self.deploy(version, environment).await;
        let rollout = self.ended(&id).await;
        assert_eq!(rollout.state, RolloutState::Succeeded, "{rollout:?}");
        rollout
    }

    /// Sends a command until it is answered.
    pub async fn sent<T>(
        &self,
        send: impl AsyncFn(&Client, &str) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let key = key();
        until("a command is answered", async || match send(&self.client, &key).await {
            Err(ClientError::Unreachable { .. }) => None,
            answer => Some(answer),
        })
        .await
    }

    pub async fn rollout(&self, id: &str) -> Rollout {
        until("a rollout is shown", async || self.client.rollout(id).await.ok()).await
    }

    pub async fn rollout_that(&self, id: &str, what: &str, is: impl Fn(&Rollout) -> bool) -> Rollout {
        until(&format!("{id} {what}"), async || {
            self.client.rollout(id).await.ok().filter(|rollout| is(rollout) || rollout.state.is_final())
        })
        .await
    }

    /// As it ended.
    pub async fn ended(&self, id: &str) -> Rollout {
        self.rollout_that(id, "ends", |_| false).await
    }

    pub async fn environment(&self, name: &str) -> Environment {
        until("an environment is shown", async || self.client.environment(name).await.ok()).await
    }

    pub async fn slot(&self, environment: &str, component: &str) -> Slot {
        let found = self.environment(environment).await.slots;
        found.into_iter().find(|slot| slot.component == component).unwrap()
    }

    /// Until exactly these versions of a component run, so many instances of each, for Tidegate and for the kernel.
    pub async fn stands(&self, environment: &str, component: &str, versions: &[(&str, usize)]) {
        let expected = |found: &dyn Fn(&str) -> usize, all: usize| {
            let wanted: usize = versions.iter().map(|(_, count)| count).sum();
            wanted == all && versions.iter().all(|(version, count)| found(version) == *count)
        };
        let prefix = format!("{component}-");
        until(&format!("{environment}/{component} runs {versions:?}"), async || {
            let told = self.slot(environment, component).await.instances;
            let ran: Vec<_> = self.running().into_iter().collect();
            let here =
                |one: &&crate::Found| one.environment == environment && one.instance.starts_with(&prefix);
            let count = |version: &str| told.iter().filter(|one| one.version == version).count();
            let really = |version: &str| ran.iter().filter(here).filter(|one| one.version == version).count();
            let both = expected(&count, told.len()) && expected(&really, ran.iter().filter(here).count());
            both.then_some(())
        })
        .await;
    }

    /// Kinds of the events of one stream, in their order.
    pub async fn kinds(&self, stream: &str) -> Vec<String> {
        let query = EventsQuery { stream: Some(stream.to_owned()), limit: Some(1000), after: None };
        let page = until("events are shown", async || self.client.events(&query).await.ok()).await;
        page.items.into_iter().map(|event| event.kind).collect()
    }

    /// The whole log is as it was written; answers how many events it has.
    pub async fn audited(&self) -> u64 {
        let audit = until("the log is audited", async || self.client.audit().await.ok()).await;
        assert_eq!(audit.chain, ChainState::Ok, "{audit:?}");
        audit.events
    }
}
