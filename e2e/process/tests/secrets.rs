//! A secret arrives in the service that needs it, and nowhere else.
//!
//! Invariant: whatever Tidegate writes or answers is searched, byte by byte, for every value that was ever set, also for its
//! usual encodings and its plain digest. Of what the service itself wrote to its own log file, only what is given out counts.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tidegate_e2e::{Install, Ran, healthy, program, until};

const SHOP: &str = r#"project: shop
components:
  api:
    run: ["sh", "-c", 'printf "the password is %s, as json {\"p\":\"%s\"}\n" "$DB_PASSWORD" "$DB_PASSWORD"; if [ -f crash ]; then printf "%s\n" "$DB_PASSWORD"; exit 3; fi; exec SHOP api']
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 1s, kill_after: 10s}
environments:
  - name: base
    abstract: true
    secrets: [DB_PASSWORD]
    components: {api: {replicas: 1, route: {path: /}}}
  - name: production
    inherits: base
    protected: true
    components: {api: {route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - {environment: production, strategy: {recreate: {soak: 0s}}}
"#;

/// Nothing else holds these letters.
const FIRST: &str = "canary-Zq7!first/value\\one";
const SECOND: &str = "canary-Zq7!second/value\\two";

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_arrives_in_the_service_and_nowhere_else() {
    let mut install = Install::prepare();
    install.log_level = Some("trace");
    install.restart().await;
    install.apply(SHOP).await;
    install.release("1.0.0", &[("api", healthy())]).await;

    let refused = said(&install, &["deploy", "1.0.0", "--to", "production"]).await.ended_with(1).error();
    assert_eq!(refused["code"], "secret-missing");
    assert!(refused["help"].as_str().unwrap().contains("`tidegate secret set DB_PASSWORD --env production`"));

    let mut heard = vec![set(&install, FIRST)];
    assert_eq!(heard[0]["revision"], 1);
    assert_eq!(set(&install, FIRST)["revision"], 1, "the same value again is no news");
    install.live("1.0.0", "production").await;
    assert_eq!(environment_of_service(&install), [FIRST]);
    let lines = logs(&install).await;
    assert!(lines.contains("the password is •••, as json {\"p\":\"•••\"}"), "{lines}");
    heard.push(json!(lines));

    heard.push(ends_with_its_secret_in_its_last_words(&install).await);
    heard.push(set(&install, SECOND));
    heard.push(said(&install, &["secret", "rotate"]).await.ended_with(0).json());
    install.stop().await;
    install.restart().await;
    // Started by a server that opened the store and the key anew, with the value as it is now.
    install.release("1.2.0", &[("api", healthy())]).await;
    install.live("1.2.0", "production").await;
    assert_eq!(environment_of_service(&install), [SECOND]);
    heard.push(json!(logs(&install).await));

    let remove = ["secret", "remove", "DB_PASSWORD", "--env", "production"];
    assert_eq!(said(&install, &remove).await.ended_with(1).error()["code"], "secret-needed");
    heard.push(said(&install, &["secret", "list"]).await.ended_with(0).json());
    heard.push(json!(every_answer(&install).await));
    let lines = command_lines(&install);
    assert!(lines.iter().any(|line| contains(line, b"shop")), "the service was looked at");
    install.audited().await;
    install.stop().await;

    let backup = install.directory().join("backup.db");
    std::fs::copy(install.data().join("tidegate.db"), &backup).unwrap();
    for value in [FIRST, SECOND] {
        assert_nowhere(value, heard.iter().map(|text| text.to_string().into_bytes()), "an answer");
        assert_nowhere(value, lines.iter().cloned(), "a command line");
        for path in files(install.directory()).into_iter().filter(|path| !is_own_log(path)) {
            let bytes = std::fs::read(&path).unwrap();
            assert_nowhere(value, std::iter::once(bytes), &path.display().to_string());
        }
    }
    let log = std::fs::read_to_string(install.directory().join("server.log")).unwrap();
    assert!(log.contains("TRACE"), "the server's log was not at TRACE");
    let key = install.data().join("secrets.key");
    assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
}

async fn said(install: &Install, arguments: &[&str]) -> Ran {
    let with: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    install.tidegate(&with).await
}

fn set(install: &Install, value: &str) -> Value {
    pipe(install, "DB_PASSWORD", value)
}

/// As a person does it: through a pipe, with a line end.
fn pipe(install: &Install, name: &str, value: &str) -> Value {
    let mut command = Command::new(program("tidegate"));
    command.args(["secret", "set", name, "--env", "production", "--json", "--server", &install.url()]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{value}").unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    serde_json::from_slice(&ended.stdout).unwrap()
}

async fn logs(install: &Install) -> String {
    let ran = install.tidegate(&["logs", "production/api"]).await;
    format!("{}{}", ran.out, ran.err)
}

/// It prints its secret and ends; what is told of it goes into the history.
async fn ends_with_its_secret_in_its_last_words(install: &Install) -> Value {
    let artifact = install.artifact("1.1.0", "api", &healthy());
    std::fs::write(artifact.join("crash"), "").unwrap();
    let component = format!("api={}", artifact.display());
    said(install, &["release", "create", "1.1.0", "--component", &component]).await.ended_with(0);
    let id = install.deploy("1.1.0", "production").await;
    let rollout = install
        .rollout_that(&id, "tells of its last words", |rollout| {
            rollout.legs[0]
                .reason
                .as_deref()
                .is_some_and(|reason| reason.contains("the last line of its log"))
        })
        .await;
    let reason = rollout.legs[0].reason.clone().unwrap();
    assert!(reason.contains("`•••`"), "{reason}");
    install.sent(async |client, key| client.abort(&id, "it ends", key).await).await.unwrap();
    install.ended(&id).await;
    serde_json::to_value(rollout).unwrap()
}

/// Of each service that runs, by the kernel's word.
fn environment_of_service(install: &Install) -> Vec<String> {
    let read = |id: u32| std::fs::read(format!("/proc/{id}/environ")).unwrap();
    let value = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.split('\0').find_map(|pair| pair.strip_prefix("DB_PASSWORD=")).unwrap().to_owned()
    };
    install.running().iter().map(|found| value(&read(found.process_id))).collect()
}

fn command_lines(install: &Install) -> Vec<Vec<u8>> {
    let of = |id: u32| std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    install.running().iter().map(|found| of(found.process_id)).collect()
}

/// Everything that can be read without a name being asked for, and what belongs to this test's names.
async fn every_answer(install: &Install) -> String {
    let paths = [
        "catalog",
        "environments",
        "environments/production",
        "environments/production/secrets",
        "environments/production/gates?release=1.0.0",
        "releases",
        "releases/1.0.0",
        "rollouts",
        "events?limit=1000",
        "logs/production/api",
        "calendar",
        "health",
        "audit",
        "openapi.json",
    ];
    let http = reqwest::Client::new();
    let mut all = String::new();
    for path in paths {
        let url = format!("{}/api/v1/{path}", install.url());
        let answer = until("it answers", async || http.get(&url).send().await.ok()).await;
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
        all.push_str(&answer.text().await.unwrap());
    }
    all.push_str(&http.get(format!("{}/metrics", install.url())).send().await.unwrap().text().await.unwrap());
    all
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found
}

/// What the service wrote by itself: `…/versions/1.0.0/0.log`.
fn is_own_log(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    path.iter().any(|part| part == "versions") && (name.ends_with("log") || name.ends_with("log.1"))
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn assert_nowhere(value: &str, places: impl Iterator<Item = Vec<u8>>, what: &str) {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap();
    let hex: String = value.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    let escaped = value.replace('\\', "\\\\");
    for bytes in places {
        for form in [value, &value[..14], &escaped, &hex, &hex.to_uppercase(), &base64(value)] {
            assert!(!contains(&bytes, form.as_bytes()), "{what} holds {form}");
        }
    }
}

/// RFC 4648, without padding, so that it is found at the end of something longer, too.
fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |bytes: &[u8]| {
        let word = bytes.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        (0..4).map(move |at| char::from(DIGITS[(word >> (18 - 6 * at)) as usize & 63]))
    };
    text.as_bytes().chunks_exact(3).flat_map(group).collect()
}
