//! Bad input and a bad outside: each gets a clear refusal or fault with its next step.
//!
//! Invariant: nothing is lost or half done, and visitors of what stands are not dropped. Deliberately not here: bad
//! releases that the analysis finds (`judged`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)] // tests may unwrap, their helpers too

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use serde_json::json;
use tidegate_api::{
    CreateReleaseRequest, NewArtifact, Problem, ReleaseKind, RolloutState, StartRolloutRequest,
};
use tidegate_client::{ClientError, EventsQuery};
use tidegate_e2e::{Install, Visitors, behaviour, deploy_request, healthy, key, run, until};

const TWO: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: staging
    components: {api: {route: {listen: "127.0.0.1:PORT_1"}}}
  - name: production
    components: {api: {route: {listen: "127.0.0.1:PORT_2"}}}
pipeline:
  stages:
    - {environment: staging, strategy: {canary: {steps: [shift: 50%, confirm], soak: 0s}}, analysis: off}
    - environment: production
      strategy: {canary: {steps: [shift: 50%, confirm], soak: 0s}}
      analysis: off
      progress_deadline: DEADLINE
"#;

/// 1.0.0 stands in both environments.
async fn standing() -> Install {
    let install = Install::start().await;
    install.apply(&TWO.replace("DEADLINE", "10m")).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "staging").await;
    install.live("1.0.0", "production").await;
    install
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_come_up_goes_back_and_says_why() {
    let install = standing().await;
    install.apply(&TWO.replace("DEADLINE", "3s")).await;
    let visitors = [Visitors::of_api(install.route(1), 20), Visitors::of_api(install.route(2), 20)];
    install.release("1.1.0", &[("api", behaviour(json!({"fail_share": 2})))]).await;
    install.release("1.2.0", &[("api", behaviour(json!({"warm_up_ms": 600_000})))]).await;
    let crashing = install.deploy("1.1.0", "staging").await;
    let waiting = install.deploy("1.2.0", "production").await;
    for (id, version, environment, reason, line) in [
        (waiting, "1.2.0", "production", "503", "shop api 1.2.0 listening on"),
        (crashing, "1.1.0", "staging", "exited with status 2", "fail_share is 2: a share is from 0 to 1"),
    ] {
        let ended = install.ended(&id).await;
        assert_eq!(ended.state, RolloutState::RolledBack, "{ended:?}");
        let cause = ended.cause.unwrap();
        assert!(cause.contains(reason), "{cause}");
        let place = format!("{environment}/api");
        let logs = install.tidegate(&["logs", &place, "--version", version]).await.ended_with(0);
        assert!(logs.out.contains(line), "{logs:?}");
        install.stands(environment, "api", &[("1.0.0", 1)]).await;
    }
    for visitors in visitors {
        visitors.see("1.0.0", 10).await;
        let book = visitors.leave().await;
        book.all_answered();
        assert_eq!(book.by_version.len(), 1, "{book:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let install = standing().await;
    let position = install.client.health().await.unwrap().position;
    wrong_artifacts(&install).await;
    unknown_names(&install).await;
    broken_configuration(&install).await;
    let query = EventsQuery { after: Some(position), ..EventsQuery::default() };
    let since = install.client.events(&query).await.unwrap().items;
    let asked: Vec<_> = since.iter().filter(|event| event.actor != "tidegate").collect();
    assert!(asked.is_empty(), "something was written: {asked:?}");
    keys_used_twice(&install).await;
}

async fn wrong_artifacts(install: &Install) {
    let directory = install.artifact("9.0.0", "api", &healthy()).display().to_string();
    let wrong = format!("sha256:{}", "0".repeat(64));
    let artifact = NewArtifact { path: Some(directory), digest: Some(wrong), ..NewArtifact::default() };
    let wish = CreateReleaseRequest {
        bundle: None,
        version: "9.0.0".to_owned(),
        kind: ReleaseKind::Planned,
        components: [("api".to_owned(), artifact)].into(),
        notes: Vec::new(),
        commits: Vec::new(),
    };
    let refused = install.sent(async |client, key| client.create_release(&wish, key).await).await;
    let problem = problem(&refused.unwrap_err());
    assert_eq!((problem.status, problem.code.as_str()), (422, "artifact-digest-mismatch"), "{problem:?}");

    let hostile = install.directory().join("hostile.tar.gz");
    archive(&hostile, "../escaped", b"out");
    let damaged = install.directory().join("damaged.tar.gz");
    std::fs::write(&damaged, b"\x1f\x8b\x08\x00 this is no archive").unwrap();
    for (path, code) in [
        (hostile.as_path(), "artifact-unsafe"),
        (damaged.as_path(), "artifact-damaged"),
        (&install.directory().join("nowhere"), "artifact-missing"),
    ] {
        let assignment = format!("api={}", path.display());
        refused_with(install, &["release", "create", "9.0.0", "--component", &assignment], code).await;
    }
    let outside = [install.directory(), install.data(), &install.data().join("processes/artifacts")];
    assert!(outside.iter().all(|directory| !directory.join("escaped").exists()), "it escaped");
}

/// One file, under a name that a careful writer of archives would refuse.
fn archive(path: &Path, name: &str, content: &[u8]) {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    let mut field = |at: usize, text: String| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    field(100, "0000644".to_owned());
    field(124, format!("{:011o}", content.len()));
    field(136, format!("{:011o}", 0));
    field(156, "0".to_owned());
    field(257, "ustar\x0000".to_owned());
    // POSIX.1-1988 ustar: the sum of all bytes, with the sum's own field taken as blanks.
    field(148, " ".repeat(8));
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out =
        flate2::write::GzEncoder::new(std::fs::File::create(path).unwrap(), flate2::Compression::fast());
    out.write_all(&header).unwrap();
    out.write_all(content).unwrap();
    out.write_all(&vec![0; 512 - content.len() % 512 + 1024]).unwrap();
    out.finish().unwrap();
}

async fn unknown_names(install: &Install) {
    let artifact = format!("nope={}", install.artifact("9.0.0", "api", &healthy()).display());
    for (arguments, code) in [
        (vec!["release", "create", "9.0.0", "--component", &artifact], "unknown-component"),
        (vec!["deploy", "1.0.0", "--to", "nowhere"], "unknown-environment"),
        (vec!["env", "show", "nowhere"], "unknown-environment"),
        (vec!["deploy", "7.7.7", "--to", "production"], "unknown-release"),
        (vec!["rollout", "show", "rol_0000000000000000"], "unknown-rollout"),
        (vec!["deploy", "1.0.0", "--to", "production"], "nothing-to-do"),
    ] {
        refused_with(install, &arguments, code).await;
    }
}

/// Exit code 1, the code, and a next step.
async fn refused_with(install: &Install, arguments: &[&str], code: &str) {
    let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let ran = install.tidegate(&with_json).await.ended_with(1);
    let error = ran.error();
    assert_eq!(error["code"], code, "{error}");
    assert!(error["help"].as_str().is_some_and(|help| !help.is_empty()), "{error}");
    let explained = run(&["explain", code], install.directory()).await.ended_with(0);
    assert!(explained.out.contains(code), "{explained:?}");
}

async fn broken_configuration(install: &Install) {
    let file = install.directory().join("tidegate.yaml");
    let text = install.filled(&TWO.replace("DEADLINE", "10m")).replace("readiness:", "readyness:");
    std::fs::write(&file, text).unwrap();
    for arguments in [vec!["apply"], vec!["apply", "--check", "offline"]] {
        let ran = install.tidegate(&arguments).await.ended_with(1);
        for words in ["tidegate.yaml:5:5", "^^^^^^^^^", "`readiness`"] {
            assert!(ran.err.contains(words), "no {words}:\n{}", ran.err);
        }
    }
    std::fs::write(&file, "project: \"shop").unwrap();
    let ran = install.tidegate(&["apply"]).await.ended_with(1);
    assert!(ran.err.contains('^') && ran.err.contains("yaml-syntax"), "{}", ran.err);
    install.tidegate(&["apply", "--file", "nowhere.yaml"]).await.ended_with(2);
}

async fn keys_used_twice(install: &Install) {
    install.release("1.1.0", &[("api", healthy())]).await;
    let (key, client) = (key(), &install.client);
    let request = deploy_request("1.1.0");
    let first = client.start_rollout("production", &request, &key).await.unwrap();
    let second = client.start_rollout("production", &request, &key).await.unwrap();
    assert_eq!(first, second);
    let other = StartRolloutRequest { supersede: true, ..request };
    let problem = problem(&client.start_rollout("production", &other, &key).await.unwrap_err());
    assert_eq!((problem.status, problem.code.as_str()), (422, "idempotency-key-reused"));
    let page = client.rollouts(&tidegate_client::RolloutsQuery::default()).await.unwrap();
    assert_eq!(page.items.iter().filter(|rollout| rollout.release == "1.1.0").count(), 1);
}

#[track_caller]
fn problem(error: &ClientError) -> Problem {
    error.problem().unwrap_or_else(|| panic!("{error:?}")).clone()
}

/// Until a rollout waits for a person at half of the requests.
async fn half_way(install: &Install, version: &str) -> String {
    let id = install.deploy(version, "production").await;
    let seen = install.rollout_that(&id, "is half way", |now| now.state == RolloutState::Held).await;
    assert_eq!(seen.state, RolloutState::Held, "{seen:?}");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn one_rollout_at_a_time_and_one_word_wins() {
    let install = standing().await;
    let visitors = Visitors::of_api(install.route(2), 50);
    for version in ["1.1.0", "1.2.0"] {
        install.release(version, &[("api", healthy())]).await;
    }
    let first = half_way(&install, "1.1.0").await;
    let second = install.tidegate(&["deploy", "1.2.0", "--to", "production", "--json"]).await.ended_with(1);
    assert_eq!(second.error()["code"], "rollout-in-progress");
    assert!(second.error()["detail"].as_str().unwrap().contains(&first), "{second:?}");
    assert!(second.error()["help"].as_str().unwrap().contains("--supersede"), "{second:?}");

    let taken = install.tidegate(&["deploy", "1.2.0", "--to", "production", "--supersede", "--json"]).await;
    let second = taken.ended_with(0).json()["rollouts"][0].as_str().unwrap().to_owned();
    let ended = install.ended(&first).await;
    assert_eq!(ended.state, RolloutState::RolledBack, "{ended:?}");
    assert!(ended.cause.unwrap().contains(&second));
    let taken =
        install.rollout_that(&second, "waits in its turn", |now| now.state == RolloutState::Held).await;
    assert_eq!(taken.legs[0].stable.as_deref(), Some("1.0.0"), "it starts from stable");
    install.stands("production", "api", &[("1.0.0", 1), ("1.2.0", 1)]).await;
    install.sent(async |client, key| client.abort(&second, "", key).await).await.unwrap();
    install.ended(&second).await;

    for _ in 0..4 {
        let id = half_way(&install, "1.1.0").await;
        if abort_and_promote(&install, &id).await == RolloutState::Succeeded {
            break;
        }
    }
    visitors.leave().await.all_answered();
    install.audited().await;
}

/// Both at once. One wins; who comes too late is told what happened.
async fn abort_and_promote(install: &Install, id: &str) -> RolloutState {
    let (one, other) = (install.client.clone(), install.client.clone());
    let (abort_key, promote_key) = (key(), key());
    let (aborted, promoted) =
        tokio::join!(one.abort(id, "stop", &abort_key), other.promote(id, &promote_key));
    let ended = install.ended(id).await;
    let told = |error: ClientError, words: &str| {
        let problem = problem(&error);
        let codes = ["rollout-going-back", "rollout-promoted", "rollout-ended"];
        assert!(codes.contains(&problem.code.as_str()), "{problem:?}");
        let ended = problem.code == "rollout-ended" && problem.detail.contains("it succeeded");
        assert!(ended || problem.detail.contains(words), "{problem:?}");
    };
    match (aborted, promoted) {
        (Ok(one), Ok(other)) => panic!("both won: {one:?}, {other:?}"),
        (Ok(_), Err(late)) => {
            assert_eq!(ended.state, RolloutState::RolledBack, "{ended:?}");
            told(late, "aborted by e2e: stop");
        }
        (Err(late), Ok(_)) => {
            assert_eq!(ended.state, RolloutState::Succeeded, "{ended:?}");
            told(late, "was promoted by e2e");
        }
        (Err(one), Err(other)) => panic!("nobody won: {one:?}, {other:?}"),
    }
    ended.state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named_and_waited_for() {
    let mut install = Install::prepare();
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, install.ports.get(0))).unwrap();
    let data = install.data().to_str().unwrap().to_owned();
    let address = held.local_addr().unwrap().to_string();
    let ran = run(&["up", "--json", "--listen", &address, "--data", &data], install.directory()).await;
    let ran = ran.ended_with(3);
    assert_eq!(ran.error()["code"], "port-in-use");
    assert!(ran.error()["help"].as_str().unwrap().contains("--listen"), "{ran:?}");
    let ran = run(&["up", "--json", "--listen", "0.0.0.0:0", "--data", &data], install.directory()).await;
    assert_eq!(ran.ended_with(2).error()["code"], "tls-required");
    drop(held);

    install.restart().await;
    install.apply(&TWO.replace("DEADLINE", "10m")).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, install.route(1))).unwrap();
    let id = install.deploy("1.0.0", "staging").await;
    let stuck = install.rollout_that(&id, "names the port", |now| now.fault.is_some()).await;
    let fault = stuck.fault.unwrap_or_else(|| panic!("it ended: {:?}", stuck.state));
    assert!(fault.contains(&install.route(1).to_string()), "{fault}");
    drop(held);
    let ended = install.ended(&id).await;
    assert_eq!((ended.state, ended.fault), (RolloutState::Succeeded, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_database_is_found_at_the_start_and_a_copy_brings_everything_back() {
    let mut install = standing().await;
    let visitors = Visitors::of_api(install.route(2), 20);
    install.stop().await;
    let database = install.data().join("tidegate.db");
    let good = std::fs::read(&database).unwrap();
    let mut bad = good.clone();
    let middle = 4096..bad.len().min(10 * 4096);
    bad[middle].fill(0xa5);
    std::fs::write(&database, bad).unwrap();
    let data = install.data().to_str().unwrap().to_owned();
    let ran = run(&["up", "--json", "--listen", "127.0.0.1:0", "--data", &data], install.directory()).await;
    let ran = ran.ended_with(3);
    assert_eq!(ran.error()["code"], "store-corrupt", "{ran:?}");
    assert!(ran.error()["help"].as_str().unwrap().contains("tidegate audit verify"), "{ran:?}");
    visitors.see("1.0.0", 10).await;

    std::fs::write(&database, good).unwrap();
    install.restart().await;
    install.audited().await;
    assert_eq!(install.slot("production", "api").await.version.as_deref(), Some("1.0.0"));
    visitors.leave().await.all_answered();
}

/// A small file system of its own; gone with it.
struct SmallDisk {
    at: tempfile::TempDir,
}

impl SmallDisk {
    /// None where this user may not mount.
    fn mount() -> Option<Self> {
        let at = tempfile::Builder::new().prefix("tidegate-e2e-disk-").tempdir().unwrap();
        let mut command = std::process::Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"]).arg(at.path());
        let mounted = command.stderr(std::process::Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self { at })
    }

    /// Until not one byte fits; answers the file that takes the room.
    fn fill(&self) -> std::path::PathBuf {
        let path = self.at.path().join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        for size in [1 << 16, 1 << 10, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut command = std::process::Command::new("umount");
        let gone = command.arg(self.at.path()).status();
        if !gone.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.at.path().display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_changes_keeps_serving_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("not tried: this user may not mount a small file system");
        return;
    };
    let mut install = Install::prepare_in(disk.at.path());
    install.restart().await;
    install.apply(&TWO.replace("DEADLINE", "10m")).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    let visitors = Visitors::of_api(install.route(2), 20);
    visitors.see("1.0.0", 10).await;
    let before = install.audited().await;

    let ballast = disk.fill();
    // What is small may still fit into pages that are there; sooner or later nothing does.
    let refused = until("a change is refused for want of room", async || {
        let wish = tidegate_api::ApplyRequest {
            file_name: "tidegate.yaml".to_owned(),
            text: install.filled(&TWO.replace("DEADLINE", &format!("{}s", 100 + fresh()))),
            dry_run: false,
        };
        install.client.apply(&wish, &key()).await.err()
    })
    .await;
    let refused = problem(&refused);
    assert_eq!((refused.status, refused.code.as_str()), (507, "disk-full"), "{refused:?}");
    assert!(!refused.help.is_empty());
    let ran = install.tidegate(&["deploy", "1.0.0", "--to", "staging", "--json"]).await.ended_with(3);
    assert_eq!(ran.error()["code"], "disk-full", "{ran:?}");
    install.tidegate(&["env", "list"]).await.ended_with(0);
    visitors.see("1.0.0", 20).await;

    std::fs::remove_file(ballast).unwrap();
    install.live("1.0.0", "staging").await;
    assert!(install.audited().await > before);
    visitors.leave().await.all_answered();
    install.stop().await;
    install.restart().await;
    install.audited().await;
}

/// Another number each time.
fn fresh() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
