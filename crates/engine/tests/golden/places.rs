//! The catalog, environments, pipelines and slots.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_domain::catalog::{Catalog, CatalogEvent};
use tidegate_domain::environment::{EnvironmentSpec, Placement, Tier};
use tidegate_domain::gate::{GateRule, GateSpec, WebhookRule};
use tidegate_domain::moment::Steady;
use tidegate_domain::name::{EnvironmentName, SecretName};
use tidegate_domain::pipeline::{OnFailure, PipelineSpec, StageSpec};
use tidegate_domain::placed::Placed;
use tidegate_domain::review::{Overdue, ReviewRule};
use tidegate_domain::slot::{Previous, SlotEvent, SlotSeen};
use tidegate_domain::strategy::{Recreate, Strategy};

use super::samples::{api, catalog, check, placed, production, rollout, route, slot};

fn catalog_events() -> Vec<CatalogEvent> {
    vec![CatalogEvent::Applied { catalog: catalog(), changes: vec!["+ component api".to_owned()] }]
}

fn slot_events() -> Vec<SlotEvent> {
    let previous = Previous { placed: placed("1.0.0"), kept: 2, until: Steady(1_000) };
    vec![
        SlotEvent::Claimed { slot: slot(), rollout: rollout() },
        SlotEvent::Queued { rollout: rollout() },
        SlotEvent::Unqueued { rollout: rollout() },
        SlotEvent::Promoted {
            rollout: rollout(),
            stable: Box::new(placed("2.0.0")),
            previous: Some(Box::new(previous)),
            contracted: false,
        },
        SlotEvent::Returned { rollout: rollout() },
        SlotEvent::Adjusted { replicas: 3, route: Some(route()) },
        SlotEvent::Seen(SlotSeen {
            ready: vec!["127.0.0.1:4000".to_owned()],
            previous_instances: 2,
            leftover_instances: 1,
            routed: true,
            fault: "the router does not answer".to_owned(),
        }),
    ]
}

#[test]
fn catalog_events_keep_their_form() {
    catalog_events().iter().for_each(|event| check(event.kind(), event));
}

/// Several environments in a stage, how many of them have to succeed and what one that goes back means for the others, a way
/// of its own for hotfixes, and a gate that asks another system.
#[test]
fn pipelines_with_all_they_can_have_keep_their_form() {
    let beside = |place: &str| place.parse::<EnvironmentName>().unwrap();
    let asks = WebhookRule {
        url: "https://change.example/gate".to_owned(),
        secret: "CHANGE_KEY".parse().unwrap(),
        deadline_seconds: 10,
        holds_seconds: 300,
    };
    let stage = |on_failure| StageSpec {
        beside: vec![beside("eu"), beside("us")],
        succeed: Some(2),
        on_failure,
        gates: vec![GateSpec::new("change".parse().unwrap(), GateRule::Webhook(asks.clone()))],
        ..StageSpec::new(production(), Strategy::Recreate(Recreate { soak_seconds: 1 }))
    };
    let pipeline = |name: &str, on_failure| PipelineSpec {
        review: ReviewRule { within_seconds: 60, overdue: Overdue::Tells },
        ..PipelineSpec::new(name, vec![stage(on_failure)])
    };
    let catalog = Catalog {
        pipeline: Some(pipeline("main", OnFailure::GoBackAtOnce)),
        hotfix_pipeline: Some(pipeline("hotfix", OnFailure::GoBackWhenLost)),
        ..catalog()
    };
    check("catalog.pipelines", &(catalog.pipeline, catalog.hotfix_pipeline));
}

/// What environments and placed versions got later stands beside the earlier form, which is still read.
#[test]
fn an_environment_with_all_it_can_have_keeps_its_form() {
    let name: SecretName = "DB_PASSWORD".parse().unwrap();
    let spec = EnvironmentSpec {
        placements: BTreeMap::from([(
            api(),
            Placement { secrets: BTreeSet::from([name.clone()]), ..Placement::new(2, None) },
        )]),
        tier: Some(Tier::Production),
        owner: Some("Team Shop".to_owned()),
        protected: true,
        secrets: BTreeSet::from([name.clone()]),
        origins: BTreeMap::from([("owner".to_owned(), "base".parse().unwrap())]),
        ..EnvironmentSpec::new(production())
    };
    check("catalog.environment", &spec);
    check("placed.with-secrets", &Placed { secrets: BTreeMap::from([(name, 3)]), ..placed("2.1.0") });
}

#[test]
fn slot_events_keep_their_form() {
    slot_events().iter().for_each(|event| check(event.kind(), event));
}

/// What an earlier form left out has a value that means the same.
#[test]
fn a_slot_seen_before_there_were_leftovers_is_read() {
    let before = r#"{"Seen":{"ready":[],"previous_instances":0,"routed":true,"fault":""}}"#;
    let event: SlotEvent = serde_json::from_str(before).unwrap();
    assert_eq!(event, SlotEvent::Seen(SlotSeen { routed: true, ..SlotSeen::default() }));
}
