//! Configurations that several tests have in common.
//!
//! Invariant: `SHOP` stands for the program of the sample shop, `PORT_1` for a port that is free.

/// One service in production, replaced at once and judged by nobody: for tests of what goes on around a rollout.
pub const ONE_API: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: production
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy: {recreate: {soak: 0s}}
      analysis: off
"#;
