//! A real edge, which ends with the test.
//!
//! Invariant: it is asked until it says what is waited for. Deliberately not here: the control plane (`install`).

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::programs::program;
use crate::waiting::until;

/// Ended with the test.
pub struct Edge {
    pub url: String,
    process: Child,
}

impl Edge {
    /// Where it is `upstream` that it follows, by this key, and keeps its copy here.
    pub fn start(upstream: &str, secret: &str, state: &Path) -> Self {
        let mut command = Command::new(program("tidegate"));
        command
            .args(["edge", "--json", "--upstream", upstream, "--listen", "127.0.0.1:0", "--state"])
            .arg(state);
        command.env("TIDEGATE_FLAG_KEY", secret).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}"));
        Self { url: said["url"].as_str().unwrap().to_owned(), process }
    }

    /// What the flag `f` is for somebody there: status, header of staleness, answer.
    pub async fn ask(&self, secret: &str) -> (StatusCode, Option<u64>, Value) {
        let url = format!("{}/ofrep/v1/evaluate/flags/f", self.url);
        let body = json!({"context": {"targetingKey": "ann"}});
        let response = reqwest::Client::new().post(url).bearer_auth(secret).json(&body).send().await.unwrap();
        let stale = response.headers().get("tidegate-flags-stale");
        let stale = stale.map(|seconds| seconds.to_str().unwrap().parse().unwrap());
        (response.status(), stale, response.json().await.unwrap_or_default())
    }

    pub async fn says(&self, secret: &str, variant: &str, is_stale: bool) -> Value {
        until(&format!("`{variant}` is served, stale: {is_stale}"), || async {
            let (status, stale, answer) = self.ask(secret).await;
            let holds =
                status == StatusCode::OK && answer["variant"] == variant && stale.is_some() == is_stale;
            holds.then_some(answer)
        })
        .await
    }

    pub async fn health(&self) -> Value {
        reqwest::get(format!("{}/health", self.url)).await.unwrap().json().await.unwrap()
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
