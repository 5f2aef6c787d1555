//! A repository in a directory of its own, written by git.
//!
//! Invariant: nothing of the developer's configuration reaches it, and times are given, so ids are the same every run.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tidegate_history::{History, Id, Range};

pub struct Scene {
    pub directory: TempDir,
    clock: std::cell::Cell<i64>,
}

impl Scene {
    pub fn new() -> Self {
        Self::of(&["init", "-q", "-b", "main"])
    }

    /// Made by these words of git.
    pub fn of(init: &[&str]) -> Self {
        let scene =
            Self { directory: tempfile::tempdir().unwrap(), clock: std::cell::Cell::new(1_700_000_000) };
        scene.git(init);
        scene
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn git(&self, words: &[&str]) -> String {
        self.git_with(words, b"")
    }

    pub fn git_with(&self, words: &[&str], input: &[u8]) -> String {
        use std::io::Write as _;
        let at = format!("{} +0000", self.clock.get());
        let mut child = Command::new("git")
            .args(words)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.com")])
            .envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@example.com")])
            .envs([("GIT_AUTHOR_DATE", &at), ("GIT_COMMITTER_DATE", &at)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is installed");
        child.stdin.take().unwrap().write_all(input).unwrap();
        let told = child.wait_with_output().unwrap();
        assert!(told.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8_lossy(&told.stdout).trim_end().to_owned()
    }

    /// The next commit is this many seconds later; fewer than none is a clock that is wrong.
    pub fn wait(&self, seconds: i64) {
        self.clock.set(self.clock.get() + seconds);
    }

    pub fn commit(&self, message: &str) -> Id {
        self.wait(60);
        self.git(&["commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message]);
        self.id("HEAD")
    }

    /// With a file of this name and content.
    pub fn change(&self, file: &str, content: &str, message: &str) -> Id {
        let path = self.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.git(&["add", "-A"]);
        self.commit(message)
    }

    pub fn id(&self, name: &str) -> Id {
        Id::from_hex(self.git(&["rev-parse", name]).as_bytes()).unwrap()
    }

    pub fn open(&self) -> History {
        History::open(self.path()).unwrap()
    }
}

/// First lines, from the oldest to the newest.
pub fn subjects(range: &Range) -> Vec<&str> {
    range.commits.iter().map(|commit| commit.message.lines().next().unwrap_or_default()).collect()
}
