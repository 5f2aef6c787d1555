//! Runs the real binary and writes down what a person would see.
//!
//! Invariant: nothing of the developer's surroundings (variables, working directory, colours) reaches it. Not here:
//! what is expected.
#![allow(dead_code, unreachable_pub)] // each test binary uses a part of it

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// `tidegate` with the words of a command line, alone in `directory`.
pub fn tidegate(directory: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.args(line.split_whitespace()).current_dir(directory).stdin(Stdio::null());
    for name in [
        "TIDEGATE_SERVER",
        "TIDEGATE_TOKEN",
        "TIDEGATE_SETUP_TOKEN",
        "XDG_CONFIG_HOME",
        "USER",
        "NO_COLOR",
        "RUST_LOG",
        "COLUMNS",
    ] {
        command.env_remove(name);
    }
    command.env("TIDEGATE_ACTOR", "ann").env("TERM", "xterm").env("HOME", directory);
    command
}

/// What was typed, what was said, and how it ended.
pub fn told(line: &str, output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = match String::from_utf8_lossy(&output.stderr) {
        nothing if nothing.is_empty() => String::new(),
        text => format!("--- stderr\n{text}"),
    };
    let code = output.status.code().expect("it ended by itself");
    format!("$ tidegate {line}\n{said}{complained}--- exit code {code}\n")
}

pub fn run(directory: &Path, line: &str) -> String {
    told(line, &tidegate(directory, line).output().expect("it starts"))
}

pub fn run_with_input(directory: &Path, line: &str, input: &str) -> String {
    let mut command = tidegate(directory, line);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("it reads");
    // It may end before it has read everything; then what it said is what counts.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    told(line, &child.wait_with_output().expect("it ends"))
}

/// Named filters: what differs from run to run and means nothing.
fn filters() -> Vec<(&'static str, &'static str)> {
    vec![
        (r"rol_[0-9a-f]{16}", "[rollout]"),
        (r"req_[0-9a-f]{16}", "[request]"),
        (r"sha256:[0-9a-f]{64}", "[digest]"),
        (r"\b[0-9a-f]{64}\b", "[hash]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "[time]"),
        (r"127\.0\.0\.1:\d{5}\b", "127.0.0.1:[port]"),
        (r"\(os error \d+\)", "(os error [number])"),
        (r"/[^\s`]*/\.tmp[^/\s`]+", "[directory]"),
    ]
}

/// Compares with `tests/snapshots/<name>.snap`.
pub fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    for (pattern, replacement) in filters() {
        settings.add_filter(pattern, replacement);
    }
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots");
    settings.bind(|| insta::assert_snapshot!(name, text));
}
