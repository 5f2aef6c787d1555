//! The scratch directory of a demo: five versions of the shop, and the configuration.
//!
//! Invariant: everything stands under one temporary directory that goes when the demo ends. Deliberately not here:
//! starting anything.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

pub struct Scene {
    root: tempfile::TempDir,
    pub ports: Ports,
}

/// Where the API and the gateway of each environment listen.
pub struct Ports {
    pub api: u16,
    pub environments: [u16; 3],
}

pub const ENVIRONMENTS: [&str; 3] = ["development", "staging", "production"];

impl Scene {
    pub fn build(shop: Option<&Path>) -> Result<Self> {
        let shop = match shop {
            Some(given) => given.to_owned(),
            None => beside("shop")?,
        };
        let root = tempfile::Builder::new().prefix("tidegate-demo-").tempdir()?;
        let [api, development, staging, production] = free_ports()?;
        let ports = Ports { api, environments: [development, staging, production] };
        let scene = Self { root, ports };
        for (version, behaviour) in behaviours() {
            scene.artifact(&shop, version, &behaviour)?;
        }
        std::fs::write(scene.manifest_path(), scene.manifest())?;
        Ok(scene)
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }
    pub fn data(&self) -> PathBuf {
        self.root().join("data")
    }
    pub fn manifest_path(&self) -> PathBuf {
        self.root().join("tidegate.yaml")
    }
    pub fn artifact_path(&self, version: &str) -> PathBuf {
        self.root().join("artifacts").join(version)
    }
    pub fn production(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.environments[2])
    }
    pub fn keep(mut self) {
        self.root.disable_cleanup(true);
    }

    fn artifact(&self, shop: &Path, version: &str, behaviour: &Value) -> Result<()> {
        let directory = self.artifact_path(version);
        std::fs::create_dir_all(&directory)?;
        std::fs::copy(shop, directory.join("shop"))
            .with_context(|| format!("{} could not be copied", shop.display()))?;
        std::fs::write(directory.join("behaviour.json"), behaviour.to_string())?;
        Ok(())
    }

    /// The configuration that people would write, with the clocks of the plan shortened for the show.
    pub fn manifest(&self) -> String {
        let mut text = MANIFEST_HEAD.to_owned();
        for ((name, port), replicas) in ENVIRONMENTS.iter().zip(self.ports.environments).zip([1, 2, 2]) {
            text += &ENVIRONMENT
                .replace("{name}", name)
                .replace("{port}", &port.to_string())
                .replace("{replicas}", &replicas.to_string());
        }
        text + PIPELINE
    }
}

/// How the five versions behave. 1.2.0 fails one request in twenty, 1.3.0 takes five times as long.
fn behaviours() -> [(&'static str, Value); 5] {
    let healthy = |version: &str| json!({"version": version, "latency_ms_median": 6, "latency_ms_p99": 30});
    let mut failing = healthy("1.2.0");
    failing["fail_share"] = json!(0.05);
    let mut slow = healthy("1.3.0");
    slow["slow_factor"] = json!(5);
    [
        ("1.0.0", healthy("1.0.0")),
        ("1.1.0", healthy("1.1.0")),
        ("1.2.0", failing),
        ("1.3.0", slow),
        ("1.4.0", healthy("1.4.0")),
    ]
}

const MANIFEST_HEAD: &str = r#"project: shop
components:
  api:
    run: ["./shop", "api"]
    readiness: {http: /healthz}
    stop: {drain: 5s, kill_after: 5s}
  web:
    run: ["./shop", "web"]
    readiness: {http: /healthz}
    stop: {drain: 5s, kill_after: 5s}
    depends_on: [api]
environments:
"#;

const ENVIRONMENT: &str = r#"  - name: {name}
    variables: {API_URL: "http://127.0.0.1:{port}/api"}
    components:
      api: {replicas: {replicas}, route: {listen: "127.0.0.1:{port}", path: /api, strip_path: true}}
      web: {replicas: {replicas}, route: {listen: "127.0.0.1:{port}"}}
"#;

const PIPELINE: &str = r"pipeline:
  name: Main Release Pipeline
  stages:
    - environment: development
      strategy: {recreate: {soak: 1s}}
    - environment: staging
      strategy: {rolling: {max_surge: 1, max_unavailable: 0, min_ready: 1s}}
      promotion: automatic
    - environment: production
      strategy:
        canary:
          steps:
            - shift: 20%
            - wait: 6s
            - shift: 50%
            - wait: 6s
          soak: 3s
      analysis:
        scrape_interval: 1s
        warm_up: 10s
        grace: 15s
      promotion: manual
";

fn beside(name: &str) -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let found = program.with_file_name(name);
    if !found.is_file() {
        bail!(
            "the sample shop is not beside this program ({}): build it with `cargo build -p shop`, or name it with --shop",
            found.display()
        );
    }
    Ok(found)
}

/// Ports that were free a moment ago; all are held until the last is known, so that they differ.
fn free_ports() -> Result<[u16; 4]> {
    let mut held = Vec::new();
    let mut ports = [0; 4];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_configuration_parses() {
        let root = tempfile::tempdir().unwrap();
        let scene = Scene { root, ports: Ports { api: 1, environments: [8081, 8082, 8083] } };
        if let Err(wrong) = tidegate_manifest::parse("tidegate.yaml", &scene.manifest()) {
            panic!("{}", wrong.render(false));
        }
    }
}
