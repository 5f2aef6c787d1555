//! A release past its gates, with the real command line: a freeze, missing and bad evidence, one's own approval, and a
//! freeze in the middle of a canary.
//!
//! Invariant: whatever stops a release names the command that opens the way, and nothing keeps a way back.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use serde_json::{Value, json};
use tidegate_api::{Rollout, RolloutState};
use tidegate_e2e::{Install, Ran, Visitors, healthy, until};

const SHOP: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: production
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy: {canary: {steps: [shift: 20%, confirm, shift: 60%], soak: 1s}}
      analysis: off
"#;

const GATES: &str = r"      gates:
        - evidence: {kind: security_scan, threshold: no critical}
        - approval: {from: [approver, release-manager]}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_past_its_gates_and_a_freeze_stops_it_in_the_middle() {
    let install = Install::start().await;
    install.apply(SHOP).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    confirmed(&install, "1.0.0").await;
    install.apply(&format!("{SHOP}{GATES}")).await;
    let artifact = format!("api={}", install.artifact("1.1.0", "api", &healthy()).display());
    said(&install, "ann", &["release", "create", "1.1.0", "--component", &artifact]).await.ended_with(0);

    refused_in_a_freeze(&install).await;
    refused_without_good_evidence(&install).await;
    refused_to_the_author(&install).await;

    let visitors = Visitors::of_api(install.route(1), 30);
    let first = at_its_share(&install).await;
    visitors.see("1.1.0", 5).await;
    stopped_by_a_freeze(&install, &first, &visitors).await;
    goes_back_in_the_freeze(&install, &first).await;

    said(&install, "cy", &["freeze", "remove", "stocktaking"]).await.ended_with(0);
    assert_eq!(confirmed(&install, "1.1.0").await.state, RolloutState::Succeeded);
    visitors.see("1.1.0", 20).await;
    visitors.leave().await.all_answered();
    install.stands("production", "api", &[("1.1.0", 2)]).await;
    install.audited().await;
}

/// As somebody, with answers and errors in JSON.
async fn said(install: &Install, who: &str, arguments: &[&str]) -> Ran {
    let with: Vec<&str> = arguments.iter().copied().chain(["--actor", who, "--json"]).collect();
    install.tidegate(&with).await
}

async fn deploy(install: &Install) -> Ran {
    said(install, "ann", &["deploy", "1.1.0", "--to", "production"]).await
}

/// Every closed gate by its name, with its reason and the command that opens it.
async fn closed(install: &Install) -> Vec<(String, String, String)> {
    let why = said(install, "ann", &["gate", "why", "1.1.0", "--to", "production"]).await.ended_with(0);
    let text = |gate: &Value, field: &str| gate[field].as_str().unwrap().to_owned();
    let gates = why.json()["gates"].as_array().unwrap().clone();
    let closed = gates.iter().filter(|gate| gate["open"] == json!(false));
    closed.map(|gate| (text(gate, "name"), text(gate, "why"), text(gate, "command"))).collect()
}

async fn names_closed(install: &Install) -> Vec<String> {
    closed(install).await.into_iter().map(|(name, ..)| name).collect()
}

async fn freeze(install: &Install, name: &str) {
    let period =
        ["--from", "2020-01-01", "--for", "400d", "--rule", "FREQ=YEARLY", "--zone", "Europe/Berlin"];
    let rest = ["--environment", "production", "--reason", "the accounts are being closed"];
    let add: Vec<&str> = ["freeze", "add", name].into_iter().chain(period).chain(rest).collect();
    let set = said(install, "cy", &add).await.ended_with(0).json();
    assert_eq!(set["holds_now"], json!(true), "{set}");
}

async fn refused_in_a_freeze(install: &Install) {
    freeze(install, "year-end").await;
    let refused = deploy(install).await.ended_with(1).error();
    assert_eq!(refused["code"], "gates-closed");
    let help = refused["help"].as_str().unwrap();
    assert!(help.contains("`freeze`") && help.contains("tidegate override 1.1.0"), "{help}");
    assert!(help.contains("--to production --name year-end"), "{help}");
    assert_eq!(names_closed(install).await, ["freeze", "security-scan", "approval"]);
    // Past the freeze, the others still stand; and a pass without a reason is none.
    let pass = ["override", "1.1.0", "--to", "production", "--name", "year-end", "--for", "2h", "--reason"];
    let no_reason: Vec<&str> = pass.into_iter().chain([""]).collect();
    assert_eq!(said(install, "cy", &no_reason).await.ended_with(1).error()["code"], "reason-missing");
    let with_reason: Vec<&str> = pass.into_iter().chain(["the till is down"]).collect();
    said(install, "cy", &with_reason).await.ended_with(0);
    assert_eq!(names_closed(install).await, ["security-scan", "approval"]);
    said(install, "cy", &["freeze", "remove", "year-end"]).await.ended_with(0);
}

async fn refused_without_good_evidence(install: &Install) {
    let refused = deploy(install).await.ended_with(1).error();
    assert_eq!(refused["code"], "gates-closed");
    assert!(
        refused["help"].as_str().unwrap().contains("tidegate evidence add FILE --for 1.1.0"),
        "{refused}"
    );

    let added = add_scan(install, "bad.sarif", &[("sql-injection", "9.8")]).await;
    assert_eq!(added["severities"], json!({"critical": 1}));
    let why = closed(install).await.remove(0).1;
    assert!(why.contains("`no critical` does not hold"), "{why}");
    assert_eq!(deploy(install).await.ended_with(1).error()["code"], "gates-closed");

    add_scan(install, "clean.sarif", &[]).await;
    assert_eq!(names_closed(install).await, ["approval"]);
}

/// The later report of the same name and tool takes the place of the one before.
async fn add_scan(install: &Install, file: &str, findings: &[(&str, &str)]) -> Value {
    let rules =
        findings.iter().map(|(id, score)| json!({"id": id, "properties": {"security-severity": score}}));
    let results = findings
        .iter()
        .map(|(id, _)| json!({"ruleId": id, "message": {"text": "a query is built from text"}}));
    let run = json!({
        "tool": {"driver": {"name": "scanner", "rules": rules.collect::<Vec<_>>()}},
        "artifacts": [{"location": {"uri": "src/till.py"}}],
        "results": results.collect::<Vec<_>>(),
    });
    let report = json!({"version": "2.1.0", "runs": [run]});
    std::fs::write(install.directory().join(file), report.to_string()).unwrap();
    said(install, "ci", &["evidence", "add", file, "--for", "1.1.0", "--artifact", "api", "--name", "till"])
        .await
        .ended_with(0)
        .json()
}

async fn refused_to_the_author(install: &Install) {
    let approve = ["approve", "1.1.0", "--to", "production", "--reason", "seen"];
    assert_eq!(said(install, "ann", &approve).await.ended_with(1).error()["code"], "author-may-not-sign");
    assert_eq!(deploy(install).await.ended_with(1).error()["code"], "gates-closed");
    let gates = said(install, "bo", &approve).await.ended_with(0).json();
    assert_eq!(gates["open"], json!(true), "{gates}");
}

async fn at_its_share(install: &Install) -> String {
    let started = deploy(install).await.ended_with(0).json();
    let id = started["rollouts"][0].as_str().unwrap().to_owned();
    install.rollout_that(&id, "stands at a share", |now| now.state == RolloutState::Held).await;
    id
}

/// A person lets it go on, and it does not while the freeze holds.
async fn stopped_by_a_freeze(install: &Install, id: &str, visitors: &Visitors) {
    // Another one than was overridden: that one lets this release through for its two hours.
    freeze(install, "stocktaking").await;
    install.rollout_that(id, "waits for its gates", waits_for_gates).await;
    install.tidegate(&["rollout", "resume", id]).await.ended_with(0);
    let kinds = install.kinds(&format!("rollout/{id}")).await;
    assert!(kinds.iter().any(|kind| kind == "rollout.gates-closed"), "{kinds:?}");
    for answered in [20, 40, 60] {
        visitors.see("1.1.0", answered).await;
        let now = install.rollout(id).await;
        assert!(waits_for_gates(&now), "{now:?}");
        assert_eq!(now.legs[0].weight, Some(2_000), "{now:?}");
    }
    let shown = install.tidegate(&["rollout", "show", id]).await.ended_with(0);
    assert!(shown.out.contains("waits for its gates to open"), "{}", shown.out);
}

fn waits_for_gates(rollout: &Rollout) -> bool {
    let waits = |what: &str| what.contains("waits for its gates to open") && what.contains("stocktaking");
    rollout.next.as_ref().is_some_and(|next| waits(&next.what))
}

async fn goes_back_in_the_freeze(install: &Install, id: &str) {
    let back = ["rollout", "rollback", id, "--reason", "not in the freeze"];
    install.tidegate(&back).await.ended_with(0);
    assert_eq!(install.ended(id).await.state, RolloutState::RolledBack);
    install.stands("production", "api", &[("1.0.0", 2)]).await;
    assert_eq!(deploy(install).await.ended_with(1).error()["code"], "gates-closed");
}

/// Deployed, and let on where it waits for a person.
async fn confirmed(install: &Install, version: &str) -> Rollout {
    let id = install.deploy(version, "production").await;
    until("it ends or waits for a person", async || {
        let now = install.rollout(&id).await;
        if now.state == RolloutState::Held {
            install.sent(async |client, key| client.resume(&id, key).await).await.ok();
        }
        now.state.is_final().then_some(())
    })
    .await;
    let ended = install.rollout(&id).await;
    assert_eq!(ended.state, RolloutState::Succeeded, "{ended:?}");
    ended
}
