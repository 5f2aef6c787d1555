//! What people see when something is wrong: each as it is printed, with its exit code.
//!
//! Invariant: every message has a code and a next step. Not here: what only a server can refuse (`journey.rs`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{run, run_with_input, snapshot};

/// Port 9 (discard) is below those that anybody is given, and nobody runs that service any more.
const NOBODY: &str = "--server http://127.0.0.1:9";

#[test]
fn no_server() {
    let directory = tempfile::tempdir().unwrap();
    snapshot("no-server", &run(directory.path(), &format!("rollout list {NOBODY}")));
    snapshot("no-server-json", &run(directory.path(), &format!("rollout list --json {NOBODY}")));
    let deploy = format!("deploy 2.1.0 --to production --watch {NOBODY}");
    snapshot("no-server-deploy", &run(directory.path(), &deploy));
    snapshot("no-server-version", &run(directory.path(), &format!("version {NOBODY}")));
    let every = [
        "release list",
        "release show 1",
        "promote 1",
        "allow 1 --in x",
        "env list",
        "env show x",
        "logs a/b",
        "logs a/b --follow",
        "events",
        "events --follow",
        "audit verify",
        "rollout watch",
        "rollout hold rol_1",
        "rollout resume rol_1",
        "rollout promote rol_1",
        "rollout abort rol_1",
        "rollout rollback rol_1",
        "rollout show rol_1",
        "release create 1 --command api",
    ];
    for line in every {
        let told = run(directory.path(), &format!("{line} {NOBODY}"));
        assert!(told.contains("server-unreachable") && told.ends_with("--- exit code 3\n"), "{told}");
    }
}

#[test]
fn wrong_use() {
    let directory = tempfile::tempdir().unwrap();
    let lines = [
        "release create 2.1.0 --component ./api",
        "deploy 2.1.0",
        "logs production",
        "rolout list",
        "deploy 2.1.0 --to production --strategy canry",
        "rollout list --server nonsense",
        "release create 2.1.0 --component api=a --command api",
        "up --listen 0.0.0.0:0",
        "gateway --state state.json --admin 0.0.0.0:0",
        "down --data nowhere",
        "down --data .",
        "apply",
        "audit verify --file nowhere.db",
    ];
    let told: Vec<String> = lines.iter().map(|line| run(directory.path(), line)).collect();
    snapshot("wrong-use", &told.join("\n"));
}

#[test]
fn explanations() {
    let directory = tempfile::tempdir().unwrap();
    let lines = [
        "explain rollout-in-progress",
        "explain unknown-key",
        "explain rollout-in-progres",
        "explain pineapple",
    ];
    let told: Vec<String> = lines.iter().map(|line| run(directory.path(), line)).collect();
    snapshot("explanations", &told.join("\n"));
    let all = run(directory.path(), "explain");
    assert!(all.contains("server-unreachable") && all.ends_with("--- exit code 0\n"));
    assert!(run(directory.path(), "explain no-route --json").contains("\"code\": \"no-route\""));
}

#[test]
fn broken_files() {
    let directory = tempfile::tempdir().unwrap();
    let files = [
        ("not-yaml", "components: [\n"),
        ("unknown-key", "project: x\ncomponets:\n  api: {run: [\"./api\"]}\n"),
        (
            "two-mistakes",
            "project: shop\ncomponents:\n  api:\n    run: [\"./api\"]\n    depends_on: [cart]\nenvironments:\n  - name: Production\n    components:\n      api: {replicas: 0}\n",
        ),
        ("empty", ""),
    ];
    let mut told = String::new();
    for (name, text) in files {
        std::fs::write(directory.path().join(format!("{name}.yaml")), text).unwrap();
        told.push_str(&run(directory.path(), &format!("apply --check offline --file {name}.yaml")));
        told.push('\n');
    }
    snapshot("broken-files", &told);
    std::fs::write(directory.path().join("large.yaml"), "#".repeat(2 << 20)).unwrap();
    std::fs::write(directory.path().join("binary.yaml"), [0xff, 0xfe]).unwrap();
    snapshot("large-file", &run(directory.path(), "apply --check offline --file large.yaml"));
    snapshot("binary-file", &run(directory.path(), "apply --check offline --file binary.yaml"));
    let json = run(directory.path(), "apply --check offline --json --file unknown-key.yaml");
    assert!(json.contains(r#""code":"unknown-key""#), "{json}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 6, "a check leaves nothing behind");
}

#[test]
fn a_first_file_is_written_once() {
    let top = tempfile::tempdir().unwrap();
    let directory = top.path().join("My Shop");
    std::fs::create_dir(&directory).unwrap();
    snapshot("init", &run(&directory, "init"));
    snapshot("init-again", &run(&directory, "init"));
    snapshot("init-check", &run(&directory, "apply --check offline"));
    let with_program = run(&directory, "init --file other.yaml --project till -- ./server --verbose");
    assert!(with_program.ends_with("--- exit code 0\n"), "{with_program}");
    let text = std::fs::read_to_string(directory.join("other.yaml")).unwrap();
    assert!(text.contains("project: till") && text.contains(r#"run: ["./server", "--verbose"]"#), "{text}");
    let piped = run_with_input(&directory, "apply --check offline --file -", &text);
    assert!(piped.contains("stdin is good: 1 component and 3 environments."), "{piped}");
}

#[test]
fn the_judge_answers_line_by_line() {
    let scrape = |t: u32, requests: u32, errors: u32| {
        let arm = |errors: u32| {
            format!(
                r#"{{"requests":{requests},"errors":{errors},"buckets":[{requests},{requests},{requests}]}}"#
            )
        };
        let (stable, candidate) = (arm(0), arm(errors));
        format!(
            r#"{{"type":"scrape","t":{t},"weight":0.5,"arms":{{"baseline":{stable},"canary":{candidate}}}}}"#
        )
    };
    let mut lines = vec![r#"{"type":"start","le_ms":[5,10]}"#.to_owned()];
    lines.extend((0..12).map(|n| scrape(n * 5, n * 1_000, n * 500)));
    let directory = tempfile::tempdir().unwrap();
    let told = run_with_input(directory.path(), "judge", &format!("{}\n", lines.join("\n")));
    let answers: Vec<&str> = told.lines().filter(|line| line.starts_with("{\"verdict\"")).collect();
    assert_eq!(answers.len(), 12, "one answer for each scrape, none for the start: {told}");
    assert!(answers.last().unwrap().contains("\"verdict\":\"rollback\""), "{told}");
    assert!(told.ends_with("--- exit code 0\n"), "{told}");
    let bad = "{\"type\":\"dance\"}\n{\"type\":\"scrape\",\"t\":0,\"weight\":0}\n\n{\"type\":\"start\",\"le_ms\":[2,1]}\n";
    snapshot("judge-mistakes", &run_with_input(directory.path(), "judge", bad));
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    use std::process::Stdio;
    let directory = tempfile::tempdir().unwrap();
    let mut child = common::tidegate(directory.path(), "explain")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
