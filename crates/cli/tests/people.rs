//! People, as they are typed: the first administrator, signing in, a token for a program.
//!
//! Invariant: no password and no token stands in an argument or in what a command says, but for a new token's one time.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};

use common::{run, run_with_input, tidegate};

const PASSWORD: &str = "a sentence nobody guesses";

struct Place {
    directory: tempfile::TempDir,
    server: Child,
}

impl Place {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let line = format!("up --listen 127.0.0.1:{port} --stop-services-on-exit --json");
        let mut up = tidegate(directory.path(), &line);
        let mut server = up.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("\"url\""), "it said {line:?} instead of where it listens");
        Self { directory, server }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn run(&self, line: &str) -> String {
        run(self.path(), line)
    }

    fn typed(&self, line: &str, input: &str) -> String {
        let told = run_with_input(self.path(), line, input);
        assert!(!told.contains(PASSWORD), "{told}");
        told
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let down = tidegate(self.directory.path(), "down --yes").output();
        let _ = (self.server.kill(), self.server.wait(), down);
    }
}

#[track_caller]
fn says(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "`{part}` is missing:\n{told}");
    }
}

#[test]
fn people_come_sign_in_and_go() {
    let place = Place::start();
    let line = format!("{PASSWORD}\n");
    says(&place.run("whoami"), &["ann, taken at your word", "exit code 0"]);
    says(&place.run("user create eve --no-password"), &["setup-first", "exit code 1"]);
    says(&place.run("user create ann --admin"), &["no-terminal", "exit code 2"]);
    let first = place.typed("user create ann --admin --password-stdin", &line);
    says(&first, &["ann (ann), a person", "admin", "exit code 0"]);
    assert!(!place.path().join(".tidegate/setup").exists());
    says(&place.run("whoami"), &["sign-in-required", "exit code 1"]);
    says(
        &place.typed("login ann --password-stdin", "wrong and long enough\n"),
        &["wrong-password", "exit code 1"],
    );
    says(
        &place.typed("login ann --password-stdin", &line),
        &["Signed in to http://127.0.0.1:", "as ann", "exit code 0"],
    );
    let kept = std::fs::read_to_string(place.path().join(".config/tidegate/credentials.json")).unwrap();
    assert!(kept.contains("tds_") && !kept.contains(PASSWORD));
    says(&place.run("whoami"), &["ann (ann), by session", "admin"]);

    says(
        &place.run("user create bob --role developer --environment staging --no-password"),
        &["developer in staging"],
    );
    says(
        &place.run("user grant bob --role approver --environment production"),
        &["developer in staging, approver in production"],
    );
    says(&place.run("user revoke bob --role admin"), &["no-such-grant", "exit code 1"]);
    says(
        &place.run("user revoke bob --role developer --environment staging"),
        &["may      approver in production"],
    );
    says(&place.run("user groups bob --group ops"), &["groups   ops"]);
    says(&place.run("group grant ops --role viewer"), &["ops", "viewer", "bob"]);
    says(&place.run("user list"), &["ann", "bob", "ops"]);

    says(&place.run("service create ci --role developer"), &["tidegate token create --for ci"]);
    let issued = tidegate(place.path(), "token create --for ci --label build --expires 1h").output().unwrap();
    let token = String::from_utf8(issued.stdout).unwrap().trim().to_owned();
    assert!(token.starts_with("tdg_"), "{token}");
    let by_token = |line: &str| {
        common::told(line, &tidegate(place.path(), line).env("TIDEGATE_TOKEN", &token).output().unwrap())
    };
    says(&by_token("whoami"), &["ci (ci), by token", "developer"]);
    says(&by_token("user list"), &["not-allowed", "ann can do it", "exit code 1"]);
    let listed = place.run("token list --for ci");
    says(&listed, &["build", "all of its owner"]);
    assert!(!listed.contains("never") && !listed.contains(&token), "{listed}");
    let id = token.split('_').nth(1).unwrap();
    says(&place.run(&format!("token revoke {id} --for ci")), &["is revoked"]);
    says(&by_token("whoami"), &["token-invalid", "exit code 1"]);

    says(&place.run("user disable bob --reason left"), &["bob (bob), disabled", "disabled left"]);
    says(&place.run("user disable ann --reason left"), &["last-administrator", "exit code 1"]);
    let both = format!("{PASSWORD}\nanother sentence of hers\n");
    says(&place.typed("user password --password-stdin", &both), &["exit code 0"]);
    says(&place.run("whoami"), &["session-ended"]);
    says(&place.typed("login ann --password-stdin", "another sentence of hers\n"), &["exit code 0"]);
    says(&place.run("logout"), &["ann is signed out", "exit code 0"]);
    says(&place.run("whoami"), &["sign-in-required"]);
}
