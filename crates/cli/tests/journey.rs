//! The whole way through the binary: a real server, a real gateway, real processes, real requests.
//!
//! Invariant: whatever fails on the way, nothing stays behind: everything is stopped when the place is dropped. Not
//! here: crashes and their repair (`e2e`), figures (`bench`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use common::{run, tidegate};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(90);

/// The service that is released: this very program, started again. What differs between two versions is whether a
/// file `fail` lies in the artifact. Ends at once when nobody gave it a port.
#[test]
fn service() {
    let Ok(port) = std::env::var("PORT") else { return };
    let fails = Path::new("fail").exists();
    let version = std::fs::read_to_string("version").unwrap_or_default();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    eprintln!("service {version} listens");
    for connection in listener.incoming() {
        let (mut stream, version) = (connection.unwrap(), version.clone());
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                if line == "\r\n" {
                    let status = if fails { "500 Internal Server Error" } else { "200 OK" };
                    let head =
                        format!("HTTP/1.1 {status}\r\nx-version: {version}\r\ncontent-length: 0\r\n\r\n");
                    if stream.write_all(head.as_bytes()).is_err() {
                        return;
                    }
                }
                line.clear();
            }
        });
    }
}

/// A data directory with a server on it.
struct Place {
    directory: tempfile::TempDir,
    server: Child,
    server_port: u16,
    route_port: u16,
}

impl Drop for Place {
    fn drop(&mut self) {
        let down = tidegate(self.directory.path(), "down --yes").output();
        let _ = (self.server.kill(), self.server.wait());
        if !std::thread::panicking() {
            let down = down.expect("it starts");
            assert!(down.status.success(), "{}", String::from_utf8_lossy(&down.stderr));
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server_port = free_port();
        let server = start_server(directory.path(), server_port);
        Self { directory, server, server_port, route_port: free_port() }
    }

    fn kill_server(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write_configuration(&self) {
        let service = std::env::current_exe().unwrap();
        let (service, port) = (service.display(), self.route_port);
        let text = format!(
            r#"
project: journey
components:
  api:
    run: ["{service}", "--exact", "service", "--nocapture"]
environments:
  - name: staging
    components: {{api: {{}}}}
  - name: production
    components:
      api: {{replicas: 2, route: {{listen: "127.0.0.1:{port}"}}}}
pipeline:
  name: main
  stages:
    - environment: staging
      strategy: {{recreate: {{soak: 1s}}}}
    - environment: production
      strategy: {{canary: {{steps: [{{shift: 50%}}, confirm], soak: 1s}}}}
      analysis: {{scrape_interval: 250ms, block: 1s}}
"#
        );
        std::fs::write(self.path().join("tidegate.yaml"), text).unwrap();
    }

    fn write_artifact(&self, version: &str, fails: bool) {
        let artifact = self.path().join("build").join(version);
        std::fs::create_dir_all(&artifact).unwrap();
        std::fs::write(artifact.join("version"), version).unwrap();
        if fails {
            std::fs::write(artifact.join("fail"), "").unwrap();
        }
    }

    /// Runs it, and fails with everything it said unless it ends as expected.
    fn tidegate(&self, line: &str, code: i32) -> String {
        let told = run(self.path(), line);
        assert!(told.ends_with(&format!("--- exit code {code}\n")), "expected exit code {code}:\n{told}");
        told
    }

    fn json(&self, line: &str) -> Value {
        let output = tidegate(self.path(), &format!("{line} --json")).output().unwrap();
        assert!(output.status.success(), "{}", common::told(line, &output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn wait_for(&self, what: &str, line: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.json(line);
            if is_so(&value) {
                return value;
            }
            assert!(Instant::now() < deadline, "waited in vain until {what}: {value:#}");
        }
    }
}

/// Returns when it says where it listens.
fn start_server(directory: &Path, port: u16) -> Child {
    let mut command = tidegate(directory, &format!("up --listen 127.0.0.1:{port} --json"));
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("\"url\""), "it said {line:?} instead of where it listens");
    server
}

/// Two hundred requests a second, as long as they stay: more would use up the ports of this machine.
struct Visitors {
    stay: Vec<mpsc::Sender<()>>,
    threads: Vec<std::thread::JoinHandle<Vec<String>>>,
}

const PACE: Duration = Duration::from_millis(10);

impl Visitors {
    fn come(port: u16) -> Self {
        let (mut stay, mut threads) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let (here, gone) = mpsc::channel();
            stay.push(here);
            threads.push(std::thread::spawn(move || {
                let mut unanswered = Vec::new();
                while gone.recv_timeout(PACE) == Err(mpsc::RecvTimeoutError::Timeout) {
                    unanswered.extend(get(port).err().map(|error| error.to_string()));
                }
                unanswered
            }));
        }
        Self { stay, threads }
    }

    /// Why requests got no answer at all.
    fn leave(self) -> Vec<String> {
        drop(self.stay);
        self.threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    }
}

fn get(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1") { Ok(answer) } else { Err(std::io::Error::other("no answer")) }
}

#[test]
fn a_good_release_arrives_and_a_bad_one_comes_back() {
    let place = Place::new();
    place.write_configuration();
    for (version, fails) in [("1.0.0", false), ("1.1.0", false), ("1.2.0", true)] {
        place.write_artifact(version, fails);
    }
    applied(&place);
    created(&place);
    arrived(&place);
    let visitors = Visitors::come(place.route_port);
    confirmed_by_a_person(&place);
    came_back(&place);
    assert_eq!(
        visitors.leave(),
        Vec::<String>::new(),
        "every request was answered by a version or by the gateway"
    );
    remembered(&place);
}

fn applied(place: &Place) {
    let told = place.tidegate("apply --dry-run", 0);
    assert!(told.contains("Would change:\n  + component api"), "{told}");
    assert!(place.tidegate("apply", 0).contains("Changed:"));
    assert!(place.tidegate("apply", 0).contains("Nothing to change"), "applying twice changes nothing");
    let told = place.tidegate("env list", 0);
    assert!(told.contains("production") && told.contains("nothing yet"), "{told}");
}

fn created(place: &Place) {
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        place.tidegate(&format!("release create {version} --component api=build/{version} --note new"), 0);
    }
    let told = place.tidegate("release create 1.0.0 --component api=build/1.1.0", 1);
    assert!(told.contains("code: release-exists") && told.contains("  request: req_"), "{told}");
    let told = place.tidegate("release create 2.0.0 --component api=nowhere", 1);
    assert!(told.contains("code: artifact-missing"), "{told}");
    let told = place.tidegate("release create 2.0.0 --component till=build/1.0.0", 1);
    assert!(told.contains("code: unknown-component"), "{told}");
    let page = place.json("release list");
    assert_eq!(page["items"].as_array().map(Vec::len), Some(3));
}

fn arrived(place: &Place) {
    let told = place.tidegate("promote 1.0.0 --to production --annotations github --report junit=no.xml", 1);
    assert!(told.contains("code: not-verified"), "{told}");
    assert!(told.contains("::error title=1.0.0 to production::1.0.0 is not verified"), "{told}");
    let report = std::fs::read_to_string(place.path().join("no.xml")).unwrap();
    assert!(report.contains("<failure message=\"1.0.0 is not verified"), "{report}");
    let told = place.tidegate("deploy 1.0.0 --to staging --dry-run", 0);
    assert!(told.contains("It would start."), "{told}");
    place.tidegate("deploy 1.0.0 --to staging --report xml=a", 2);
    let told = place.tidegate("deploy 1.0.0 --to staging --wait --timeout 600 --report junit=staging.xml", 0);
    let report = std::fs::read_to_string(place.path().join("staging.xml")).unwrap();
    assert!(report.contains("failures=\"0\"") && report.contains("rollout.staging.api"), "{report}");
    assert!(told.contains("1.0.0 is live in staging after"), "{told}");
    let told = place.tidegate("promote 1.0.0 --wait", 0);
    assert!(told.contains("1.0.0 is live in production after"), "{told}");
    assert!(get(place.route_port).unwrap().contains("x-version: 1.0.0"));
    let told = place.tidegate("logs production/api", 0);
    assert!(told.contains("api-1.0.0-1  service 1.0.0 listens"), "{told}");
    let told = place.tidegate("env show production", 0);
    assert!(told.contains("api 1.0.0, 2 of 2 ready"), "{told}");
}

/// A canary that waits at 50 % for a person.
fn confirmed_by_a_person(place: &Place) {
    place.tidegate("deploy 1.1.0 --to production", 0);
    let told = place.tidegate("deploy 1.2.0 --to production", 1);
    assert!(told.contains("code: rollout-in-progress"), "{told}");
    place.wait_for("the canary waits", "rollout show", |rollout| rollout["state"] == "held");
    let told = place.tidegate("rollout show", 0);
    assert!(told.contains("stable 50 %") && told.contains("50 % candidate"), "{told}");
    let told = place.tidegate("rollout watch --timeout-seconds 0", 3);
    assert!(told.contains("code: still-under-way"), "{told}");
    place.tidegate("rollout hold --reason lunch", 0);
    let told = place.tidegate("rollout hold", 1);
    assert!(told.contains("code: rollout-held"), "{told}");
    place.tidegate("rollout resume", 0);
    place.tidegate("rollout promote", 0);
    let told = place.tidegate("rollout watch", 0);
    assert!(told.contains("1.1.0 is live in production after"), "{told}");
    let told = place.tidegate("rollout resume", 1);
    assert!(told.contains("code: no-rollout-under-way"), "{told}");
}

fn came_back(place: &Place) {
    let line = "deploy 1.2.0 --to production --watch --annotations github --report junit=back.xml";
    let told = place.tidegate(line, 1);
    assert!(told.contains("::error title=1.2.0 to production%3A api at "), "{told}");
    let report = std::fs::read_to_string(place.path().join("back.xml")).unwrap();
    assert!(report.contains("failures=\"1\""), "{report}");
    assert!(told.contains("going back to stable: ") && told.contains("evidence"), "{told}");
    assert!(told.contains("1.2.0 was rolled back from production after"), "{told}");
    assert!(told.contains("api 1.1.0 serves all requests."), "{told}");
    let told = place.tidegate("release show 1.2.0", 0);
    assert!(told.contains("rolled back, barred"), "{told}");
    place.tidegate("allow 1.2.0 --in production", 0);
    // A person takes the good one back too: a rollout of its own, to what stood there before.
    let good = place.json("rollout list --state succeeded --environment production -n 1");
    let id = good["items"][0]["id"].as_str().unwrap().to_owned();
    let told = place.tidegate(&format!("rollout rollback {id} --reason regret --over-seconds 2"), 0);
    assert!(told.contains("goes back"), "{told}");
    let told = place.tidegate("rollout watch", 0);
    assert!(told.contains("production is back on api 1.0.0 after"), "{told}");
    // Now there is nothing left to watch, and that is said before the past is shown.
    let told = place.tidegate("rollout watch", 0);
    assert!(told.contains("is not under way: it ended"), "{told}");
    assert!(get(place.route_port).unwrap().contains("x-version: 1.0.0"));
}

fn remembered(place: &Place) {
    let told = place.tidegate("events", 0);
    for kind in ["catalog.applied", "release.created", "rollout.held", "rollout.rolled-back"] {
        assert!(told.contains(kind), "no {kind} in\n{told}");
    }
    assert!(told.contains("by ann"), "who asked stands in the history");
    let few = place.tidegate("events --stream release/1.0.0 -n 2", 0);
    assert_eq!(few.lines().filter(|line| line.contains("  release/1.0.0  by ")).count(), 2, "{few}");
    let positions = |line: &str| -> Vec<u64> {
        let told = place.tidegate(line, 0);
        told.lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["position"].as_u64())
            .collect()
    };
    let all = positions("events --json");
    assert_eq!(positions("events -n 3 --json"), all[all.len() - 3..], "the newest, in order");
    assert_eq!(positions("events --from-start -n 3 --json"), [1, 2, 3]);
    assert_eq!(positions("events --after 3 -n 2 --json"), [4, 5]);
    let of_one = positions("events --stream release/1.0.0 --json");
    assert_eq!(positions("events --stream release/1.0.0 -n 1 --json"), of_one[of_one.len() - 1..]);
    let followed = place.tidegate("events --follow --after 0 -n 3 --json", 0);
    assert_eq!(followed.lines().filter(|line| line.starts_with('{')).count(), 3, "{followed}");
    let online = place.json("audit verify");
    assert_eq!(online["chain"], "ok");
    let offline = place.json("audit verify --file .tidegate/tidegate.db");
    assert!(offline["events"].as_u64() >= online["events"].as_u64());
    let version = place.json("version");
    assert_eq!(version["server"]["ok"], true, "{version:#}");
}

#[test]
fn services_outlive_the_server_and_down_ends_them() {
    let mut place = Place::new();
    place.write_configuration();
    place.write_artifact("1.0.0", false);
    place.tidegate("apply", 0);
    place.tidegate("release create 1.0.0 --component api=build/1.0.0", 0);
    place.tidegate("deploy 1.0.0 --to production --wait", 0);
    let told = place.tidegate("up --listen 127.0.0.1:0", 3);
    assert!(told.contains("-in-use"), "a second server on the same data is refused: {told}");
    place.kill_server();
    assert!(
        get(place.route_port).unwrap().contains("x-version: 1.0.0"),
        "killed, and users see nothing of it"
    );
    let told = place.tidegate("rollout list", 3);
    assert!(told.contains("code: server-unreachable"), "{told}");
    place.server = start_server(place.path(), place.server_port);
    let told = place.tidegate("env show production", 0);
    assert!(told.contains("api 1.0.0"), "{told}");
    place.tidegate("down --yes", 0);
    assert!(get(place.route_port).is_err(), "the gateway has gone too");
    let told = place.tidegate("version", 0);
    assert!(told.contains("no server answers at"), "{told}");
}

#[test]
fn a_watch_goes_on_over_a_killed_server() {
    let mut place = Place::new();
    place.write_configuration();
    place.tidegate("apply", 0);
    for version in ["1.0.0", "1.1.0"] {
        place.write_artifact(version, false);
        place.tidegate(&format!("release create {version} --component api=build/{version}"), 0);
    }
    place.tidegate("deploy 1.0.0 --to production --wait", 0);
    place.tidegate("deploy 1.1.0 --to production", 0);
    place.wait_for("the canary waits", "rollout show", |rollout| rollout["state"] == "held");
    let mut command = tidegate(place.path(), "rollout watch");
    let mut watch = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut remarks = BufReader::new(watch.stderr.take().unwrap());
    let mut lines = BufReader::new(watch.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(line.contains("1.1.0 to production, canary, started by ann"), "{line}");
    place.kill_server();
    let mut remark = String::new();
    remarks.read_line(&mut remark).unwrap();
    assert!(remark.contains("no Tidegate answers"), "{remark}");
    place.server = start_server(place.path(), place.server_port);
    place.tidegate("rollout promote", 0);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("1.1.0 is live in production after"), "{rest}");
    assert!(watch.wait().unwrap().success());
}
