//! A server to test, the service that it releases, and waiting for what must come.
//!
//! Invariant: dropping a [`World`] stops its services, also when the test failed.

use std::future::Future;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tidegate_client::Client;
use tidegate_client::api::{
    ApplyRequest, CreateReleaseRequest, NewArtifact, Release, ReleaseKind, Rollout, RolloutState,
    StartRolloutRequest,
};
use tidegate_gateway::Gateway;
use tidegate_server::{GatewayMode, OnStop, Options, Outside, ServeError, serve};
use tokio::sync::oneshot;

pub const FIXTURE: &str = env!("CARGO_BIN_EXE_server-fixture");
const DEADLINE: Duration = Duration::from_secs(30);

/// A server in this process, on a thread of its own.
pub struct Server {
    pub url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Server {
    pub fn start(data: &Path, gateway: GatewayMode, on_stop: OnStop) -> Result<Self, ServeError> {
        Self::run(Self::options(data, gateway, on_stop))
    }

    fn options(data: &Path, gateway: GatewayMode, on_stop: OnStop) -> Options {
        let listen = (Ipv4Addr::LOCALHOST, 0).into();
        let outside = Outside { allowed_hosts: vec!["127.0.0.1".to_owned()], ..Outside::default() };
        Options { on_stop, outside, ..Options::new(data, listen, gateway) }
    }

    pub fn run(options: Options) -> Result<Self, ServeError> {
        let (stop, asked) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let ready = |ready: &tidegate_server::Ready| tell.send(ready.url.clone()).unwrap();
            runtime.unwrap().block_on(serve(options, ready, async { drop(asked.await) }))
        });
        match told.recv() {
            Ok(url) => Ok(Self { url, stop: Some(stop), thread: Some(thread) }),
            Err(_) => Err(thread.join().unwrap().unwrap_err()),
        }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap().unwrap();
        }
    }
}

/// A server with a gateway beside it and a data directory around it.
pub struct World {
    pub client: Client,
    /// For what the client would not ask. Making one reads every certificate of the machine, so there is one.
    pub http: reqwest::Client,
    pub server: Server,
    /// Where the gateway takes requests for `web` in development and production.
    pub ports: [u16; 2],
    pub data: TempDir,
    pub gateway: Gateway,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With options of its own.
    pub async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let admin = (Ipv4Addr::LOCALHOST, 0).into();
        let options = tidegate_gateway::Options {
            workers: std::num::NonZeroUsize::new(1),
            ..tidegate_gateway::Options::new(admin, data.path().join("gateway.json"))
        };
        let gateway = Gateway::start(options).await.unwrap();
        let mode = GatewayMode::Url(format!("http://{}", gateway.ready().admin));
        let mut options = Server::options(data.path(), mode, OnStop::StopEverything);
        change(&mut options);
        let server = Server::run(options).unwrap();
        // Shorter than the server keeps an idle connection.
        let idle = Duration::from_secs(5);
        let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(idle).build().unwrap();
        Self { client: server.client(), http, server, ports: [free_port(), free_port()], data, gateway }
    }

    /// With the configuration applied.
    pub async fn applied() -> Self {
        let world = Self::start().await;
        world.client.apply(&world.configuration(), &key()).await.unwrap();
        world
    }

    /// With 1.0.0 live in development.
    pub async fn live() -> Self {
        Self::start().await.with_one_live().await
    }

    pub async fn with_one_live(self) -> Self {
        self.client.apply(&self.configuration(), &key()).await.unwrap();
        self.release("1.0.0").await;
        let id = self.deploy("1.0.0", "development").await;
        let rollout = self.ended(&id).await;
        assert_eq!(rollout.state, RolloutState::Succeeded, "{rollout:?}");
        self
    }

    /// With 1.1.0 waiting for a person in production, at a tenth of the requests.
    pub async fn held() -> (Self, String) {
        let world = Self::live().await;
        let first = world.deploy("1.0.0", "production").await;
        world.ended(&first).await;
        world.release("1.1.0").await;
        let id = world.deploy("1.1.0", "production").await;
        until("it waits for a person", || async {
            let rollout = world.client.rollout(&id).await.unwrap();
            (rollout.state == RolloutState::Held).then_some(())
        })
        .await;
        (world, id)
    }

    pub fn configuration(&self) -> ApplyRequest {
        let text = manifest(self.ports);
        ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false }
    }

    /// A release of a directory that holds its version.
    pub async fn release(&self, version: &str) -> Release {
        self.client.create_release(&self.wish(version), &key()).await.unwrap()
    }

    pub fn wish(&self, version: &str) -> CreateReleaseRequest {
        let path = self.artifact(version);
        let artifact = NewArtifact { path: Some(path.display().to_string()), ..NewArtifact::default() };
        CreateReleaseRequest {
            bundle: None,
            version: version.to_owned(),
            kind: ReleaseKind::Planned,
            components: [("web".to_owned(), artifact)].into(),
            notes: vec!["A note".to_owned()],
            commits: Vec::new(),
        }
    }

    pub fn artifact(&self, version: &str) -> PathBuf {
        let path = self.data.path().join("built").join(version);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("version"), version).unwrap();
        path
    }

    pub async fn deploy(&self, version: &str, environment: &str) -> String {
        let request = deploy(version);
        let started = self.client.start_rollout(environment, &request, &key()).await.unwrap();
        started.rollouts[0].clone()
    }

    pub async fn ended(&self, id: &str) -> Rollout {
        until("the rollout ends", || async {
            let rollout = self.client.rollout(id).await.unwrap();
            rollout.state.is_final().then_some(rollout)
        })
        .await
    }

    /// A request as anybody may send it.
    pub async fn raw(&self, method: &str, path: &str, body: Option<&str>) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.server.url));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    /// What a visitor of development gets: status and body.
    pub async fn visit(&self, port: u16) -> (u16, String) {
        let response = reqwest::get(format!("http://127.0.0.1:{port}/")).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

pub fn deploy(version: &str) -> StartRolloutRequest {
    let release = version.to_owned();
    StartRolloutRequest { release, strategy: None, supersede: false, independent: false }
}

/// Development replaces at once; production stands still after its first step until somebody resumes it, and judges
/// nothing, since nobody visits it.
pub fn manifest([development, production]: [u16; 2]) -> String {
    format!(
        r#"project: tests
components:
  web:
    run: ["sh", "-c", "[ -f fails ] && export FAIL=1; VERSION=$(cat version) exec {FIXTURE} service"]
    readiness: {{http: /healthz, interval: 50ms}}
    stop: {{drain: 1s, kill_after: 2s}}
environments:
  - name: development
    components:
      web: {{replicas: 1, route: {{listen: "127.0.0.1:{development}"}}}}
  - name: production
    components:
      web: {{replicas: 1, route: {{listen: "127.0.0.1:{production}"}}}}
pipeline:
  name: main
  stages:
    - environment: development
      strategy:
        recreate: {{soak: 0s}}
    - environment: production
      strategy:
        canary:
          steps: [shift: 10%, confirm]
          soak: 0s
      analysis: off
"#
    )
}

/// A rollback at once.
pub fn bad() -> tidegate_client::api::RollBackRequest {
    tidegate_client::api::RollBackRequest { reason: Some("it is bad".to_owned()), over_seconds: None }
}

pub fn key() -> String {
    format!("test-{:016x}", rand::random::<u64>())
}

/// Free when it was asked for.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Asks again until there is an answer, and gives up loudly.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < DEADLINE, "waited {DEADLINE:?} until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
