//! A server's life: where it may listen, who may share its directory, what outlives it.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::StreamExt;
use rustix::process::{Pid, Signal, kill_process};
use tidegate_client::api::{
    ApplyRequest, CreateReleaseRequest, Health, NewArtifact, ReleaseKind, RolloutState,
};
use tidegate_client::{Client, EventsFrom, Followed};
use tidegate_server::{GatewayMode, OnStop, Options, Places, ServeError, serve, take_down};

use crate::support::{FIXTURE, Server, World, deploy, free_port, key, until};

fn no_gateway() -> GatewayMode {
    GatewayMode::Url("http://127.0.0.1:9".to_owned())
}

async fn refused(data: &Path, listen: SocketAddr) -> ServeError {
    let options = Options::new(data, listen, no_gateway());
    serve(options, |ready| panic!("it serves at {}", ready.url), std::future::pending()).await.unwrap_err()
}

#[tokio::test]
async fn other_machines_are_not_served_unencrypted() {
    let data = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:7070", "10.1.2.3:7070", "[::]:7070"] {
        let error = refused(data.path(), address.parse().unwrap()).await;
        assert_eq!(error.code(), "tls-required");
        assert!(error.help().contains("--tls-cert"), "{}", error.help());
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing was begun");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let _holder = TcpListener::bind(taken).unwrap();
    let error = refused(data.path(), taken).await;
    assert_eq!(error.code(), "port-in-use");
    assert!(error.to_string().contains(&taken.port().to_string()), "{error}");
    assert!(error.help().contains("--listen"), "{}", error.help());
}

#[tokio::test]
async fn one_server_owns_a_data_directory() {
    let world = World::start().await;
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    assert_eq!(refused(world.data.path(), any).await.code(), "store-in-use");
    let record = Places::new(world.data.path()).read_server_record().unwrap();
    assert_eq!(record.url, world.server.url, "the first one's record stands");
    assert!(world.client.health().await.unwrap().store.ok);
}

#[tokio::test]
async fn a_file_where_the_directory_should_be_is_told() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(refused(&file, (Ipv4Addr::LOCALHOST, 0).into()).await.code(), "data-directory-unusable");
}

#[tokio::test]
async fn a_restart_goes_on_with_what_was_there() {
    let data = tempfile::tempdir().unwrap();
    let first = Server::start(data.path(), no_gateway(), OnStop::LeaveRunning).unwrap();
    let text = crate::support::manifest([free_port(), free_port()]);
    let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
    first.client().apply(&request, &key()).await.unwrap();
    let before = first.client().events(&tidegate_client::EventsQuery::default()).await.unwrap();
    tokio::task::spawn_blocking(move || drop(first)).await.unwrap();
    let second = Server::start(data.path(), no_gateway(), OnStop::LeaveRunning).unwrap();
    let after = second.client().events(&tidegate_client::EventsQuery::default()).await.unwrap();
    assert_eq!(before, after);
    assert_eq!(second.client().health().await.unwrap().position, 1);
    tokio::task::spawn_blocking(move || drop(second)).await.unwrap();
}

#[tokio::test]
async fn a_followed_log_misses_nothing_over_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let listen = (Ipv4Addr::LOCALHOST, free_port()).into();
    let start = || Server::run(Options::new(data.path(), listen, no_gateway())).unwrap();
    let apply = |client: Client, ports| async move {
        let text = crate::support::manifest(ports);
        let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
        client.apply(&request, &key()).await.unwrap();
    };
    let first = start();
    let client = first.client();
    let said = client.follow_events(&EventsFrom { after: Some(0), stream: None });
    let positions = said.filter_map(|said| async {
        match said {
            Followed::Event(event) => Some(event.position),
            Followed::Connected | Followed::Lost(_) => None,
            Followed::Refused(error) => panic!("{error}"),
        }
    });
    let following = tokio::spawn(positions.take(2).collect::<Vec<_>>());
    apply(client.clone(), [free_port(), free_port()]).await;
    tokio::task::spawn_blocking(move || drop(first)).await.unwrap();
    let second = start();
    apply(client, [free_port(), free_port()]).await;
    let followed = tokio::time::timeout(Duration::from_secs(30), following).await.unwrap().unwrap();
    assert_eq!(followed, [1, 2]);
    tokio::task::spawn_blocking(move || drop(second)).await.unwrap();
}

/// A server in a process of its own, with a gateway in another.
struct Apart {
    process: Child,
    client: Client,
}

impl Apart {
    fn start(data: &Path) -> Self {
        let mut command = Command::new(FIXTURE);
        let mut process = command.arg("serve").arg(data).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stderr.take().unwrap()).read_line(&mut line).unwrap();
        Self { client: Client::new(line.trim()).unwrap(), process }
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    async fn well(&self) -> Health {
        until("server and gateway are well", || async {
            self.client.health().await.ok().filter(|health| health.ok)
        })
        .await
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // It may have been killed by the test.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Stops what servers left running in a directory, also when a test failed.
struct Cleared(tempfile::TempDir);

impl Drop for Cleared {
    fn drop(&mut self) {
        let path = self.0.path().to_owned();
        let clearing = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(take_down(&path)).unwrap();
        });
        clearing.join().unwrap();
    }
}

async fn bring_live(client: &Client, ports: [u16; 2], artifacts: &Path) {
    let text = crate::support::manifest(ports);
    let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
    client.apply(&request, &key()).await.unwrap();
    for version in ["1.0.0", "1.1.0"] {
        let folder = artifacts.join(version);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("version"), version).unwrap();
        let artifact = NewArtifact { path: Some(folder.display().to_string()), ..NewArtifact::default() };
        let wish = CreateReleaseRequest {
            bundle: None,
            version: version.to_owned(),
            kind: ReleaseKind::Planned,
            components: [("web".to_owned(), artifact)].into(),
            notes: Vec::new(),
            commits: Vec::new(),
        };
        client.create_release(&wish, &key()).await.unwrap();
    }
    let first = client.start_rollout("production", &deploy("1.0.0"), &key()).await.unwrap();
    wait_for(client, &first.rollouts[0], RolloutState::Succeeded).await;
}

async fn wait_for(client: &Client, id: &str, state: RolloutState) {
    until(&format!("{id} is {state:?}"), || async {
        let rollout = client.rollout(id).await.ok()?;
        assert!(!rollout.state.is_final() || rollout.state == state, "{rollout:?}");
        (rollout.state == state).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_and_gateway_outlive_a_killed_server_and_are_adopted() {
    let data = Cleared(tempfile::tempdir().unwrap());
    let artifacts = tempfile::tempdir().unwrap();
    let ports = [free_port(), free_port()];
    let mut first = Apart::start(data.0.path());
    let health = first.well().await;
    bring_live(&first.client, ports, artifacts.path()).await;
    let started = first.client.start_rollout("production", &deploy("1.1.0"), &key()).await.unwrap();
    let id = started.rollouts[0].clone();
    wait_for(&first.client, &id, RolloutState::Held).await;
    let before = first.client.environment("production").await.unwrap().slots[0].instances.clone();
    first.kill();
    let visited = reqwest::get(format!("http://127.0.0.1:{}/", ports[1])).await.unwrap();
    assert_eq!(visited.status().as_u16(), 200, "users are served without a control plane");
    let second = Apart::start(data.0.path());
    assert_eq!(second.well().await.gateway, health.gateway, "the same gateway was adopted");
    let after = second.client.environment("production").await.unwrap().slots[0].instances.clone();
    let ids = |instances: &[tidegate_client::api::Instance]| {
        instances.iter().map(|found| (found.name.clone(), found.process_id)).collect::<Vec<_>>()
    };
    assert_eq!(ids(&before), ids(&after), "the same processes were adopted");
    second.client.resume(&id, &key()).await.unwrap();
    wait_for(&second.client, &id, RolloutState::Succeeded).await;
    let visited = reqwest::get(format!("http://127.0.0.1:{}/", ports[1])).await.unwrap();
    assert_eq!(visited.text().await.unwrap(), "1.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_found_without_its_record() {
    let data = Cleared(tempfile::tempdir().unwrap());
    let mut first = Apart::start(data.0.path());
    let health = first.well().await;
    first.kill();
    let places = Places::new(data.0.path().canonicalize().unwrap());
    std::fs::remove_file(places.gateway_record()).unwrap();
    let second = Apart::start(data.0.path());
    assert_eq!(second.well().await.gateway, health.gateway);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_is_started_again_with_its_routes() {
    let data = Cleared(tempfile::tempdir().unwrap());
    let artifacts = tempfile::tempdir().unwrap();
    let ports = [free_port(), free_port()];
    let server = Apart::start(data.0.path());
    let health = server.well().await;
    bring_live(&server.client, ports, artifacts.path()).await;
    let pid = Pid::from_raw(health.gateway.process_id.unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    until("another gateway serves", || async {
        let now = server.client.health().await.unwrap();
        (now.ok && now.gateway.instance_id != health.gateway.instance_id).then_some(())
    })
    .await;
    let visited = reqwest::get(format!("http://127.0.0.1:{}/", ports[1])).await.unwrap();
    assert_eq!(visited.text().await.unwrap(), "1.0.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_cannot_start_is_told_and_the_server_serves() {
    let data = tempfile::tempdir().unwrap();
    let program = data.path().join("no-such-program");
    let server =
        Server::start(data.path(), GatewayMode::Spawn { program: program.into() }, OnStop::LeaveRunning)
            .unwrap();
    let detail =
        until("it is told", || async { server.client().health().await.unwrap().gateway.detail }).await;
    assert!(detail.contains("no-such-program") || detail == "it is starting", "{detail}");
    assert!(server.client().catalog().await.is_ok());
    tokio::time::timeout(Duration::from_secs(20), tokio::task::spawn_blocking(move || drop(server)))
        .await
        .unwrap()
        .unwrap();
}

/// A server that ends while its gateway begins knows the process by nothing but its command line.
#[tokio::test(flavor = "multi_thread")]
async fn no_gateway_is_left_by_a_server_that_ends_at_once() {
    for _ in 0..3 {
        let data = tempfile::tempdir().unwrap();
        let program = std::path::PathBuf::from(FIXTURE);
        let mode = GatewayMode::Spawn { program: program.into() };
        let server = Server::start(data.path(), mode, OnStop::StopEverything).unwrap();
        let record = data.path().join("gateway/process.json");
        until("it is begun", || async { record.exists().then_some(()) }).await;
        tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
        let path = data.path().canonicalize().unwrap();
        let ours = |line: &Vec<u8>| String::from_utf8_lossy(line).contains(&*path.to_string_lossy());
        until("nothing of it runs", || async {
            let lines = std::fs::read_dir("/proc").unwrap().flatten();
            let mut lines = lines.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
            (!lines.any(|line| ours(&line))).then_some(())
        })
        .await;
    }
}
