//! The programs under test, and running the command line as a person would.
//!
//! Invariant: the programs of the same build as the tests, never others that happen to be on the PATH.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::waiting::DEADLINE;

/// A program of this workspace, from the directory in which this test was built.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let directory = test.parent().and_then(Path::parent).unwrap();
    let found = directory.join(name);
    assert!(
        found.is_file(),
        "{} is not there: build it with `cargo build --workspace --bins` (`make test` does), then run the tests again",
        found.display()
    );
    found
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Ran {
    /// None where a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The exit code it must have; otherwise the test fails with everything it said.
    #[track_caller]
    pub fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}", self.out))
    }

    /// One object on each line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        self.out.lines().map(parse).collect()
    }

    /// The error on stderr, written with `--json`.
    #[track_caller]
    pub fn error(&self) -> serde_json::Value {
        let parsed: serde_json::Value =
            serde_json::from_str(&self.err).unwrap_or_else(|why| panic!("{why}: {}", self.err));
        parsed["error"].clone()
    }
}

/// Runs `tidegate` to its end, in `directory`.
pub async fn run(arguments: &[&str], directory: &Path) -> Ran {
    let mut command = Command::new(program("tidegate"));
    command.args(arguments).current_dir(directory).stdin(Stdio::null()).kill_on_drop(true);
    command.env_remove("TIDEGATE_SERVER").env_remove("TIDEGATE_ACTOR").env_remove("RUST_LOG");
    let ended = tokio::time::timeout(DEADLINE, command.output()).await;
    let ended = ended.unwrap_or_else(|_| panic!("`tidegate {}` did not end", arguments.join(" "))).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: ended.status.code(), out: text(&ended.stdout), err: text(&ended.stderr) }
}
