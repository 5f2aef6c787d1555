//! Flags at an edge: served while the control plane is gone, and caught up when it is back.
//!
//! Invariant: whoever asks an edge always gets an answer, and one that may be old says so.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use reqwest::StatusCode;
use serde_json::json;
use tidegate_api::{CreateFlagRequest, FlagKeyKind, IssueFlagKeyRequest, SetFlagRequest, SwitchFlagRequest};
use tidegate_e2e::{Edge, Install, key, until};

const PLACES: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
environments:
  - name: production
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_1"}}}
"#;

async fn set(install: &Install, default: &str) {
    let definition =
        json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": default});
    let request = SetFlagRequest { definition, reason: None };
    install.client.set_flag(("f", "production"), &request, &key()).await.unwrap();
}

async fn issue(install: &Install, kind: FlagKeyKind) -> (String, String) {
    let request = IssueFlagKeyRequest { kind, label: "edge".to_owned(), expires_seconds: None };
    let issued = install.client.issue_flag_key("production", &request, &key()).await.unwrap();
    (issued.key.id, issued.secret.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_outlives_the_control_plane_and_catches_up() {
    let mut install = Install::start().await;
    install.apply(PLACES).await;
    let flag = CreateFlagRequest { key: "f".to_owned(), ..CreateFlagRequest::default() };
    install.client.create_flag(&flag, &key()).await.unwrap();
    set(&install, "off").await;
    let (_, server) = issue(&install, FlagKeyKind::Server).await;
    let (client_id, client) = issue(&install, FlagKeyKind::Client).await;
    let states = tempfile::tempdir().unwrap();
    let [first, second] = ["a.json", "b.json"].map(|name| states.path().join(name));
    let edge = Edge::start(&install.url(), &server, &first);
    // An edge of an edge is one, too.
    let further = Edge::start(&edge.url, &server, &second);
    for edge in [&edge, &further] {
        edge.says(&client, "off", false).await;
        assert_eq!(edge.ask("tdk_nobody").await.0, StatusCode::UNAUTHORIZED);
    }
    set(&install, "on").await;
    edge.says(&client, "on", false).await;
    further.says(&client, "on", false).await;

    // SIGKILL: it goes on with what it knows, and says so.
    install.kill();
    let old = edge.says(&client, "on", true).await;
    assert_eq!(old["metadata"]["stale"], true);
    assert_eq!(edge.health().await["status"], "stale");
    drop(edge);
    // Started again while the control plane is gone, from its copy.
    let edge = Edge::start(&install.url(), &server, &first);
    edge.says(&client, "on", true).await;
    // One that never learnt anything asks its clients to come back.
    let empty = Edge::start(&install.url(), &server, &states.path().join("none.json"));
    assert_eq!(empty.ask(&client).await.0, StatusCode::SERVICE_UNAVAILABLE);

    install.restart().await;
    edge.says(&client, "on", false).await;
    empty.says(&client, "on", false).await;
    let off = SwitchFlagRequest { on: false, reason: None };
    install.client.switch_flag(("f", "production"), &off, &key()).await.unwrap();
    until("the switch arrives", || async {
        let (_, _, answer) = edge.ask(&client).await;
        (answer["reason"] == "DISABLED").then_some(())
    })
    .await;
    // A key that is revoked is no key at an edge either.
    install.client.revoke_flag_key("production", &client_id, &key()).await.unwrap();
    until("the revocation arrives", || async {
        (edge.ask(&client).await.0 == StatusCode::UNAUTHORIZED).then_some(())
    })
    .await;
}
