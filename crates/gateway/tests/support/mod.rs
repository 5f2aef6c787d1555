//! What the gateway's tests share: real services, a real gateway, a plain client.
//!
//! Invariant: every socket is on port 0 of 127.0.0.1, and everything ends with the value that holds it.
//! Not here: any assertion about the gateway.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)] // each test file uses its part; tests may unwrap

pub mod client;
pub mod service;

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tidegate_gateway::{Gateway, Options};

#[allow(unused_imports)] // as above
pub use client::{Answer, Client, get};
#[allow(unused_imports)] // as above
pub use service::{RawService, Service};

pub const LIMIT: Duration = Duration::from_secs(20);

pub struct Running {
    pub gateway: Option<Gateway>,
    pub admin: SocketAddr,
    pub directory: tempfile::TempDir,
}

pub async fn start() -> Running {
    start_with(|_| {}).await
}

pub async fn start_with(change: impl FnOnce(&mut Options)) -> Running {
    let directory = tempfile::tempdir().unwrap();
    let mut options = Options::new("127.0.0.1:0".parse().unwrap(), directory.path().join("gateway.json"));
    change(&mut options);
    let gateway = Gateway::start(options).await.unwrap();
    let admin = gateway.ready().admin;
    Running { gateway: Some(gateway), admin, directory }
}

impl Running {
    /// Sets `route` and says where it is served.
    pub async fn put(&self, position: u64, route: &Value) -> SocketAddr {
        let (status, body) = self.try_put((position, 1), route).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["confirmed"], true, "{body}");
        body["bound"].as_str().unwrap().parse().unwrap()
    }

    pub async fn try_put(&self, (position, fence): (u64, u64), route: &Value) -> (u16, Value) {
        let path = format!("/v1/routes/{}", route["id"].as_str().unwrap());
        let update = json!({"generation": {"position": position, "fence": fence}, "route": route});
        self.admin("PUT", &path, &update.to_string()).await
    }

    pub async fn admin(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let answer = client::admin(self.admin, method, path, body).await;
        let value = serde_json::from_str(&answer.body).unwrap_or(Value::String(answer.body.clone()));
        (answer.status, value)
    }

    pub async fn counters(&self, version: &str) -> Value {
        let (_, report) = self.admin("GET", "/v1/counters", "").await;
        let routes = report["routes"].as_array().unwrap().clone();
        let versions = routes.iter().flat_map(|route| route["versions"].as_array().unwrap().clone());
        versions.into_iter().find(|counted| counted["version"] == version).unwrap_or(Value::Null)
    }

    pub async fn in_flight(&self, id: &str, version: &str) -> u64 {
        let (_, state) = self.admin("GET", &format!("/v1/routes/{id}"), "").await;
        let of = state["in_flight"].as_array().unwrap().clone();
        of.iter().find(|v| v["version"] == version).and_then(|v| v["live"].as_u64()).unwrap_or(0)
    }
}

impl Running {
    pub async fn in_flight_at(&self, id: &str, version: &str, at: [SocketAddr; 2]) -> [u64; 2] {
        let (_, state) = self.admin("GET", &format!("/v1/routes/{id}"), "").await;
        let of = state["in_flight"].as_array().unwrap().clone();
        let endpoints = of.iter().find(|v| v["version"] == version).unwrap()["endpoints"].clone();
        let endpoints = endpoints.as_array().unwrap();
        let count = |address: SocketAddr| {
            let found = endpoints.iter().find(|endpoint| endpoint["address"] == address.to_string());
            found.map_or(0, |endpoint| endpoint["in_flight"].as_u64().unwrap())
        };
        at.map(count)
    }
}

/// A route that divides its requests among `versions`: name, weight, endpoints.
pub fn split(id: &str, versions: &[(&str, u16, &[SocketAddr])]) -> Value {
    let versions: Vec<Value> = versions
        .iter()
        .map(|(version, weight, endpoints)| json!({"version": version, "weight": weight, "endpoints": endpoints}))
        .collect();
    json!({"id": id, "listen": "127.0.0.1:0", "serving": {"split": {"versions": versions}}})
}

pub fn with(mut route: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("an object is wanted") };
    route.as_object_mut().unwrap().extend(more);
    route
}

/// Waits until `holds` says so, and fails after a deadline.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
