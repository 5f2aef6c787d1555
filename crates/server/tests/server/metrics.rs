//! `/metrics` as Prometheus reads it, and the dashboard that asks for it.
//!
//! Invariant: the whole page is read by the rules of the text format, so a line that Prometheus would refuse fails here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidegate_client::api::OpenIncidentRequest;

use crate::support::{World, key, until};

const DASHBOARD: &str = include_str!("../../../../docs/reference/grafana-dashboard.json");

#[derive(Debug, Default)]
struct Family {
    kind: String,
    help: String,
    /// By labels.
    series: BTreeMap<String, f64>,
}

fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    !text.is_empty() && !text.as_bytes()[0].is_ascii_digit() && text.bytes().all(fits)
}

/// The text format, version 0.0.4: HELP and TYPE first, once, then all series of the family in one piece.
fn read(text: &str) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(is_name(name) && !help.is_empty() && !families.contains_key(name), "{line}");
            families.insert(name.to_owned(), Family { help: help.to_owned(), ..Family::default() });
            name.clone_into(&mut current);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(name == current && matches!(kind, "counter" | "gauge"), "{line}");
            kind.clone_into(&mut families.get_mut(name).unwrap().kind);
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').map_or((series, ""), |(name, labels)| (name, labels));
            assert_eq!(name, current, "{line}");
            for label in labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty()) {
                let (label, value) = label.split_once('=').unwrap();
                let quoted = value.starts_with('"') && value.ends_with('"') && value.len() < 40;
                assert!(is_name(label) && quoted, "{line}");
            }
            let value: f64 = value.parse().unwrap();
            let family = families.get_mut(name).unwrap();
            assert!(!family.kind.is_empty(), "{line} before its type");
            assert!(family.kind == "gauge" || (value >= 0.0 && name.ends_with("_total")), "{line}");
            assert!(family.series.insert(labels.to_owned(), value).is_none(), "{line} stands twice");
        }
    }
    families
}

impl World {
    async fn families(&self) -> BTreeMap<String, Family> {
        let text = self.http.get(format!("{}/metrics", self.server.url)).send().await.unwrap().text().await;
        read(&text.unwrap())
    }
}

#[tokio::test]
async fn every_query_of_the_dashboard_names_what_is_told() {
    let (world, id) = World::held().await;
    world.client.roll_back(&id, &crate::support::bad(), &key()).await.unwrap();
    world.ended(&id).await;
    // A commit, so that there is a lead time.
    let commits = vec![tidegate_client::api::NewCommit {
        id: "a".to_owned(),
        authored_ms: 1,
        pull_request: None,
        message: None,
    }];
    let wish = tidegate_client::api::CreateReleaseRequest { commits, ..world.wish("1.2.0") };
    world.client.create_release(&wish, &key()).await.unwrap();
    let next = world.deploy("1.2.0", "production").await;
    until("it waits for a person", || async {
        let held = world.client.rollout(&next).await.unwrap().state;
        (held == tidegate_client::api::RolloutState::Held).then_some(())
    })
    .await;
    world.client.resume(&next, &key()).await.unwrap();
    world.ended(&next).await;
    let open = OpenIncidentRequest { title: "Orders fail".to_owned(), ..OpenIncidentRequest::default() };
    world.client.open_incident(&open, &key()).await.unwrap();
    let told = until("everything is measured", || async {
        let told = world.families().await;
        (told["tidegate_measures_behind_events"].series[""] < 0.5).then_some(told)
    })
    .await;
    let one = |name: &str| told[name].series[""];
    let counts = [one("tidegate_deployments_30d"), one("tidegate_deployments_failed_30d")];
    assert_eq!(counts.map(|count| count as u64), [3, 1]);
    assert!((one("tidegate_change_fail_rate_30d") - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(told["tidegate_incidents"].series["state=\"open\"}"] as u64, 1);
    assert_eq!(told["tidegate_change_lead_time_seconds_30d"].series.len(), 4);
    assert!(told["tidegate_responses_total"].series["class=\"2xx\"}"] > 5.0);
    assert!(told.values().all(|family| family.help.ends_with('.') && !family.series.is_empty()));
    assert!(told.values().all(|family| family.series.len() <= 8), "labels are few");

    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() > 10);
    let mut asked = BTreeSet::new();
    for panel in panels {
        assert!(panel["description"].as_str().is_some_and(|text| text.ends_with('.')), "{}", panel["title"]);
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty());
        for target in targets {
            let query = target["expr"].as_str().unwrap();
            let word = |byte: char| !(byte.is_ascii_alphanumeric() || byte == '_');
            let names: Vec<&str> = query.split(word).filter(|name| name.starts_with("tidegate_")).collect();
            assert!(!names.is_empty(), "{query}");
            for name in names {
                assert!(told.contains_key(name), "{query}: there is no {name}");
                asked.insert(name.to_owned());
            }
        }
    }
    let unasked: Vec<&String> = told
        .keys()
        .filter(|name| !asked.contains(*name))
        .filter(|name| {
            !matches!(name.as_str(), "tidegate_notices_sent_total" | "tidegate_webhook_turns_total")
        })
        .collect();
    assert!(unasked.is_empty(), "no panel shows {unasked:?}");
}
