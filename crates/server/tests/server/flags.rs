//! Flags as people make and change them: one word, two words, history, documents.

use serde_json::{Value, json};
use tidegate_client::api::{
    ActRequest, CreateFlagRequest, EvaluateFlagsRequest, FlagFormat, ImportFlagsRequest, ProposeFlagRequest,
    RevertFlagRequest, Role, SetFlagRequest, SwitchFlagRequest,
};
use tidegate_client::{Client, FlagsQuery};

use crate::people::{grant, refused};
use crate::support::{World, key};

pub fn boolean(default: &str) -> Value {
    json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": default})
}

pub async fn create(client: &Client, flag: &str, environments: &[&str]) {
    let request = CreateFlagRequest {
        key: flag.to_owned(),
        owner: Some("Team Shop".to_owned()),
        definition: Some(boolean("off")).filter(|_| !environments.is_empty()),
        environments: environments.iter().map(|name| (*name).to_owned()).collect(),
        ..CreateFlagRequest::default()
    };
    client.create_flag(&request, &key()).await.unwrap();
}

pub fn set(definition: Value) -> SetFlagRequest {
    SetFlagRequest { definition, reason: Some("because".to_owned()) }
}

pub fn switch(on: bool) -> SwitchFlagRequest {
    SwitchFlagRequest { on, reason: None }
}

fn word() -> ActRequest {
    ActRequest { reason: Some("agreed".to_owned()) }
}

pub async fn protected() -> World {
    let world = World::applied().await;
    let with =
        |text: &str| text.replace("  - name: production\n", "  - name: production\n    protected: true\n");
    let configuration = world.configuration();
    let text = with(&configuration.text);
    world.client.apply(&tidegate_client::api::ApplyRequest { text, ..configuration }, &key()).await.unwrap();
    world
}

#[tokio::test]
async fn a_flag_is_made_changed_and_taken_back_and_its_history_says_how() {
    let world = World::applied().await;
    let client = &world.client;
    let at = ("new/checkout", "development");
    create(client, at.0, &["development"]).await;
    refused(
        client
            .create_flag(&CreateFlagRequest { key: at.0.to_owned(), ..CreateFlagRequest::default() }, &key())
            .await,
        409,
        "flag-exists",
    );
    let flag = client.set_flag(at, &set(boolean("on")), &key()).await.unwrap();
    assert_eq!(flag.environments[0].edition, 2);
    let again = client.set_flag(at, &set(boolean("on")), &key()).await.unwrap();
    assert_eq!(again.environments[0].edition, 2, "the same again is no change");
    let off = client.switch_flag(at, &switch(false), &key()).await.unwrap();
    assert_eq!((off.environments[0].edition, off.environments[0].on), (3, false));
    let revert = RevertFlagRequest { edition: Some(1), reason: None };
    let back = client.revert_flag(at, &revert, &key()).await.unwrap();
    assert_eq!(back.environments[0].definition.as_ref(), Some(&boolean("off")));
    let before = client.revert_flag(at, &RevertFlagRequest::default(), &key()).await.unwrap();
    assert!(!before.environments[0].on, "the one before was off");
    let unknown = RevertFlagRequest { edition: Some(99), reason: None };
    refused(client.revert_flag(at, &unknown, &key()).await, 404, "unknown-flag-edition");

    let history = client.flag_history(at.0, Some("development")).await.unwrap().items;
    let told: Vec<_> = history.iter().map(|change| (change.kind.as_str(), change.edition)).collect();
    let expect = [
        ("flag.reverted", Some(5)),
        ("flag.reverted", Some(4)),
        ("flag.switched", Some(3)),
        ("flag.configured", Some(2)),
        ("flag.configured", Some(1)),
    ];
    assert_eq!(told, expect);
    let changed: Vec<_> =
        history[3].differences.iter().map(|one| (one.path.as_str(), one.after.clone())).collect();
    assert_eq!(changed, [("/defaultVariant", Some(json!("on")))]);
    assert_eq!(history[3].reason.as_deref(), Some("because"));
    refused(client.flag_history("nobody", None).await, 404, "unknown-flag");
}

#[tokio::test]
async fn what_cannot_be_served_is_refused_with_its_place() {
    let world = World::applied().await;
    let client = &world.client;
    create(client, "f", &[]).await;
    let at = ("f", "development");
    let mut bad = boolean("on");
    bad["targeting"] = json!({"if": [{"no such operator": []}, "on"]});
    let said = refused(client.set_flag(at, &set(bad), &key()).await, 422, "flag-definition-invalid");
    assert!(said.contains("/targeting"), "{said}");
    refused(client.set_flag(at, &set(json!({})), &key()).await, 422, "flag-definition-invalid");
    let long = json!({"state": "ENABLED", "variants": {"on": "x".repeat(200_000)}});
    refused(client.set_flag(at, &set(long), &key()).await, 422, "flag-definition-too-long");
    refused(client.set_flag(("f", "nowhere"), &set(boolean("on")), &key()).await, 404, "unknown-environment");
    refused(client.set_flag(("g", "development"), &set(boolean("on")), &key()).await, 404, "unknown-flag");
    refused(client.switch_flag(at, &switch(true), &key()).await, 404, "flag-not-configured");
    refused(client.set_flag(("a b", "development"), &set(boolean("on")), &key()).await, 422, "bad-name");
    // A circle shows only beside the other flags.
    let needs = |other: &str| {
        let mut definition = boolean("on");
        definition["prerequisites"] = json!([{"flag": other, "variants": ["on"]}]);
        set(definition)
    };
    client.set_flag(at, &needs("g"), &key()).await.unwrap();
    create(client, "g", &[]).await;
    let circle = client.set_flag(("g", "development"), &needs("f"), &key()).await;
    refused(circle, 422, "flag-definition-invalid");
    let placed = async |definition: Value, expect: &str| {
        let body = json!({"definition": definition}).to_string();
        let (status, problem) =
            world.raw("PUT", "/api/v1/flags/f/environments/development", Some(&body)).await;
        assert_eq!((status, problem["pointer"].as_str()), (422, Some(expect)), "{problem}");
    };
    let ruled = |rule: Value| {
        let mut definition = boolean("on");
        definition["targeting"] = rule;
        definition
    };
    placed(ruled(json!({"if": [true, {"no such operator": []}, "on"]})), "/targeting/if/1/no such operator")
        .await;
    placed(json!({}), "/variants").await;
    let (_, other) = world.raw("GET", "/api/v1/flags/nobody", None).await;
    assert_eq!(other.get("pointer"), None, "{other}");
    let (status, problem) = world.raw("PUT", "/api/v1/flags/f", Some(r#"{"kind": "toggle"}"#)).await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("bad-request")));
    let (status, problem) = world.raw("GET", "/api/v1/flags?stale_days=0", None).await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("bad-request")));
}

#[tokio::test]
async fn where_it_is_protected_two_people_change_a_flag_and_one_stops_it() {
    let world = protected().await;
    let root = world.set_up().await;
    let manager = |name: &'static str| {
        let (world, root) = (&world, root.clone());
        async move { world.person(&root, name, vec![grant(Role::ReleaseManager, None)]).await }
    };
    let (ann, bob) = (manager("ann").await, manager("bob").await);
    let dev = world.person(&root, "dev", vec![grant(Role::Developer, None)]).await;
    let at = ("checkout", "production");
    create(&ann, "checkout", &[]).await;
    let refused_here = ann.set_flag(at, &set(boolean("on")), &key()).await;
    let said = refused(refused_here, 409, "flag-needs-approval");
    assert!(said.contains("tidegate flag propose checkout --env production"), "{said}");
    refused(dev.set_flag(at, &set(boolean("on")), &key()).await, 403, "not-allowed");

    let propose = |definition: Value| ProposeFlagRequest {
        definition: Some(definition),
        reason: Some("it is ready".to_owned()),
        ..ProposeFlagRequest::default()
    };
    let waiting = ann.propose_flag(at, &propose(boolean("on")), &key()).await.unwrap();
    assert_eq!((waiting.waiting, waiting.proposals.as_ref().map(Vec::len)), (1, Some(1)));
    let place = ("checkout", "production", 1);
    refused(ann.decide_flag(place, ("approve", &word()), &key()).await, 409, "flag-change-own");
    let elsewhere = ("checkout", "development", 1);
    refused(bob.decide_flag(elsewhere, ("approve", &word()), &key()).await, 404, "unknown-flag-change");
    let live = bob.decide_flag(place, ("approve", &word()), &key()).await.unwrap();
    let stands = &live.environments[0];
    assert_eq!((stands.changed_by.as_str(), stands.approved_by.as_deref()), ("ann", Some("bob")));
    assert_eq!(live.waiting, 0);

    // Switching off needs nobody else, and what waits about the state before counts no more.
    ann.propose_flag(at, &propose(boolean("off")), &key()).await.unwrap();
    let off = dev.switch_flag(at, &switch(false), &key()).await.unwrap();
    assert!(!off.environments[0].on);
    refused(
        bob.decide_flag(("checkout", "production", 2), ("approve", &word()), &key()).await,
        409,
        "flag-change-stale",
    );
    refused(dev.switch_flag(at, &switch(true), &key()).await, 403, "not-allowed");
    refused(ann.switch_flag(at, &switch(true), &key()).await, 409, "flag-needs-approval");
    let withdrawn =
        ann.decide_flag(("checkout", "production", 2), ("withdraw", &word()), &key()).await.unwrap();
    assert_eq!(withdrawn.proposals, Some(Vec::new()));
    let on = ProposeFlagRequest { on: Some(true), ..ProposeFlagRequest::default() };
    ann.propose_flag(at, &on, &key()).await.unwrap();
}

#[tokio::test]
async fn whoever_develops_proposes_and_somebody_who_answers_for_it_approves() {
    let world = protected().await;
    let root = world.set_up().await;
    let person = |name: &'static str, role: Role| {
        let (world, root) = (&world, root.clone());
        async move { world.person(&root, name, vec![grant(role, None)]).await }
    };
    let (dev, other) = (person("dev", Role::Developer).await, person("other", Role::Developer).await);
    let (viewer, ann) = (person("vic", Role::Viewer).await, person("ann", Role::ReleaseManager).await);
    let approver = person("eve", Role::Approver).await;
    let at = ("checkout", "production");
    create(&ann, "checkout", &[]).await;
    let propose = |definition: Value| ProposeFlagRequest {
        definition: Some(definition),
        reason: Some("it is ready".to_owned()),
        ..ProposeFlagRequest::default()
    };
    for nobody in [&viewer, &approver] {
        refused(nobody.propose_flag(at, &propose(boolean("on")), &key()).await, 403, "not-allowed");
    }
    let place = |id| ("checkout", "production", id);
    dev.propose_flag(at, &propose(boolean("on")), &key()).await.unwrap();
    refused(other.decide_flag(place(1), ("approve", &word()), &key()).await, 403, "not-allowed");
    refused(other.decide_flag(place(1), ("withdraw", &word()), &key()).await, 403, "not-allowed");
    let live = approver.decide_flag(place(1), ("approve", &word()), &key()).await.unwrap();
    assert_eq!(live.environments[0].approved_by.as_deref(), Some("eve"));
    // Their own they take back, and anybody's who may ship there.
    for (id, whose) in [(2, &dev), (3, &ann)] {
        dev.propose_flag(at, &propose(boolean("off")), &key()).await.unwrap();
        let left = whose.decide_flag(place(id), ("withdraw", &word()), &key()).await.unwrap();
        assert_eq!(left.proposals, Some(Vec::new()));
    }
    // Of one who may ship there, anybody may approve it who may sign.
    ann.propose_flag(at, &propose(boolean("off")), &key()).await.unwrap();
    dev.decide_flag(place(4), ("approve", &word()), &key()).await.unwrap();

    // What was proposed is told, also when it was to go back.
    let back = ProposeFlagRequest { edition: Some(1), ..ProposeFlagRequest::default() };
    dev.propose_flag(at, &back, &key()).await.unwrap();
    let off = ProposeFlagRequest { on: Some(false), ..ProposeFlagRequest::default() };
    dev.propose_flag(at, &off, &key()).await.unwrap();
    let history = dev.flag_history("checkout", Some("production")).await.unwrap().items;
    let told = |proposal: u64| {
        let proposed = |change: &&tidegate_api::FlagChange| {
            change.kind == "flag.change-proposed" && change.proposal == Some(proposal)
        };
        let change = history.iter().find(proposed).unwrap();
        let one =
            |one: &tidegate_api::FlagDifference| (one.path.clone(), one.before.clone(), one.after.clone());
        change.differences.iter().map(one).collect::<Vec<_>>()
    };
    let default = |before: &str, after: &str| {
        vec![("/defaultVariant".to_owned(), Some(json!(before)), Some(json!(after)))]
    };
    assert!(told(1).contains(&("/defaultVariant".to_owned(), None, Some(json!("on")))), "{:?}", told(1));
    assert_eq!(told(2), default("on", "off"));
    assert_eq!(told(5), default("off", "on"));
    let switched = vec![("/state".to_owned(), Some(json!("ENABLED")), Some(json!("DISABLED")))];
    assert_eq!(told(6), switched);
}

#[tokio::test]
async fn archived_flags_are_out_of_sight_until_they_come_back() {
    let world = World::applied().await;
    let client = &world.client;
    create(client, "old", &["development"]).await;
    client.archive_flag("old", &word(), &key()).await.unwrap();
    assert!(client.flags(&FlagsQuery::default()).await.unwrap().items.is_empty());
    let archived = FlagsQuery { archived: true, ..FlagsQuery::default() };
    assert_eq!(client.flags(&archived).await.unwrap().items[0].key, "old");
    refused(client.set_flag(("old", "development"), &set(boolean("on")), &key()).await, 409, "flag-archived");
    client.restore_flag("old", &word(), &key()).await.unwrap();
    let by_owner = FlagsQuery { owner: Some("Team Shop".to_owned()), ..FlagsQuery::default() };
    assert_eq!(client.flags(&by_owner).await.unwrap().items.len(), 1);
    let other = FlagsQuery { owner: Some("nobody".to_owned()), ..FlagsQuery::default() };
    assert!(client.flags(&other).await.unwrap().items.is_empty());
    let kind = FlagsQuery { kind: Some("experiment".to_owned()), ..FlagsQuery::default() };
    assert!(client.flags(&kind).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_document_may_be_longer_than_other_bodies_and_has_its_limit() {
    let world = World::applied().await;
    let at = "/api/v1/environments/development/flags/import";
    let padded = |bytes: usize| {
        let mut definition = boolean("on");
        definition["metadata"] = json!({"note": "x".repeat(60_000)});
        let count = bytes.div_ceil(60_000);
        let flags = (0..count).map(|number| (format!("f{number}"), definition.clone()));
        let flags: serde_json::Map<String, Value> = flags.collect();
        json!({"document": {"flags": flags}, "dry_run": true}).to_string()
    };
    let two = padded(2 << 20);
    let (status, told) = world.raw("POST", at, Some(&two)).await;
    assert_eq!((status, told["created"].as_array().map(Vec::len)), (200, Some(35)), "{told}");
    let (status, problem) = world.raw("POST", at, Some(&padded(17 << 20))).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("body-too-large")), "{problem}");
    let (status, problem) = world.raw("POST", "/api/v1/flags", Some(&two)).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("body-too-large")), "{problem}");
}

#[tokio::test]
async fn a_document_comes_in_flag_by_flag_and_goes_out_whole() {
    let world = World::applied().await;
    let client = &world.client;
    create(client, "kept", &["development"]).await;
    let staff = json!({"ends_with": [{"var": "email"}, "@example.com"]});
    let mut ruled = boolean("off");
    ruled["targeting"] = json!({"if": [{"$ref": "staff"}, "on", null]});
    let document = json!({
        "$evaluators": {"staff": staff},
        "flags": {
            "kept": boolean("off"), "ruled": ruled, "broken": {"state": "ON"},
            "lost": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"$ref": "nobody"}},
        },
    });
    let request = |dry_run| ImportFlagsRequest {
        format: FlagFormat::Flagd,
        document: document.clone(),
        dry_run,
        ..ImportFlagsRequest::default()
    };
    let would = client.import_flags("development", &request(true), &key()).await.unwrap();
    assert_eq!(client.flags(&FlagsQuery::default()).await.unwrap().items.len(), 1, "nothing was written");
    let did = client.import_flags("development", &request(false), &key()).await.unwrap();
    assert_eq!(did.created, ["ruled"]);
    assert_eq!(did.unchanged, ["kept"]);
    let refused_places: Vec<_> = did.refused.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(refused_places.len(), 2, "{:?}", did.refused);
    assert!(refused_places.iter().any(|path| path.starts_with("/flags/broken/")), "{refused_places:?}");
    assert_eq!((would.created, would.refused), (did.created, did.refused));
    let exported = client.export_flags("development").await.unwrap();
    assert_eq!(exported["flags"]["ruled"]["targeting"]["if"][0], staff, "it stands by itself");
    let again = client.import_flags("development", &request(false), &key()).await.unwrap();
    assert_eq!(again.unchanged, ["kept", "ruled"]);
    let other = ImportFlagsRequest { document: json!({"toggles": []}), ..ImportFlagsRequest::default() };
    refused(client.import_flags("development", &other, &key()).await, 422, "members-unfit");
}

#[tokio::test]
async fn what_other_systems_export_comes_in_with_what_is_different() {
    let world = World::applied().await;
    let parameters = json!({"rollout": "50", "stickiness": "default", "groupId": "g"});
    let export = json!({"version": 2, "features": [
        {"name": "banner", "enabled": true, "strategies": [{"name": "flexibleRollout", "parameters": parameters}]},
        {"name": "lost", "enabled": true, "strategies": [{"name": "remoteAddress", "parameters": {"IPs": "127.0.0.1"}}]},
    ]});
    let request =
        ImportFlagsRequest { format: FlagFormat::Unleash, document: export, ..ImportFlagsRequest::default() };
    let told = world.client.import_flags("development", &request, &key()).await.unwrap();
    assert_eq!(told.created, ["banner"]);
    assert!(told.refused.iter().any(|one| one.key.as_deref() == Some("lost")), "{:?}", told.refused);
    assert!(told.advice.iter().any(|one| one.key.as_deref() == Some("banner")), "{:?}", told.advice);
    assert!(world.client.flag("banner").await.unwrap().environments[0].on);
}

#[tokio::test]
async fn a_subject_is_tried_with_what_stands_and_with_what_could() {
    let world = World::applied().await;
    let client = &world.client;
    create(client, "f", &["development"]).await;
    let context = json!({"targetingKey": "ann", "email": "ann@example.com"});
    let ask = |definition: Option<Value>| EvaluateFlagsRequest {
        key: Some("f".to_owned()),
        context: Some(context.clone()),
        definition,
        ..EvaluateFlagsRequest::default()
    };
    let stands = client.evaluate_flags("development", &ask(None)).await.unwrap();
    assert_eq!(
        (stands.items[0].variant.as_deref(), stands.items[0].reason.as_str()),
        (Some("off"), "STATIC")
    );
    let mut ruled = boolean("off");
    ruled["targeting"] = json!({"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, "on"]});
    let could = client.evaluate_flags("development", &ask(Some(ruled))).await.unwrap();
    assert_eq!(could.items[0].variant.as_deref(), Some("on"));
    let flag = client.flag("f").await.unwrap();
    assert_eq!(flag.environments[0].evaluated_ms, None, "trying counts nowhere");
    let all = EvaluateFlagsRequest { context: Some(json!({})), ..EvaluateFlagsRequest::default() };
    assert_eq!(client.evaluate_flags("development", &all).await.unwrap().items.len(), 1);
    let bad = EvaluateFlagsRequest { context: Some(json!([])), ..EvaluateFlagsRequest::default() };
    refused(client.evaluate_flags("development", &bad).await, 400, "bad-request");
}

#[tokio::test]
async fn many_subjects_are_tried_at_once_in_their_order() {
    let world = World::applied().await;
    let client = &world.client;
    create(client, "f", &["development"]).await;
    let mut ruled = boolean("off");
    ruled["targeting"] = json!({"if": [{"==": [{"var": "team"}, "shop"]}, "on"]});
    let subject = |at: usize| json!({"targetingKey": at.to_string(), "team": if at.is_multiple_of(3) { "shop" } else { "x" }});
    let ask = |key: Option<&str>, contexts: Vec<Value>| EvaluateFlagsRequest {
        key: key.map(str::to_owned),
        contexts,
        definition: key.map(|_| ruled.clone()),
        ..EvaluateFlagsRequest::default()
    };
    let asked = ask(Some("f"), (0..1_000).map(subject).collect());
    let told = client.evaluate_flags("development", &asked).await.unwrap();
    let given: Vec<bool> = told.items.iter().map(|one| one.variant.as_deref() == Some("on")).collect();
    assert_eq!(given, (0..1_000).map(|at: usize| at.is_multiple_of(3)).collect::<Vec<_>>());
    for (request, status, code) in [
        (ask(None, vec![json!({}), json!({})]), 422, "members-unfit"),
        (ask(Some("f"), Vec::new()), 422, "members-unfit"),
        (
            EvaluateFlagsRequest { context: Some(json!({})), ..ask(Some("f"), vec![json!({})]) },
            422,
            "members-unfit",
        ),
        (ask(Some("f"), (0..1_001).map(subject).collect()), 400, "bad-request"),
        (ask(Some("f"), vec![json!({}), json!(7)]), 400, "bad-request"),
    ] {
        refused(client.evaluate_flags("development", &request).await, status, code);
    }
}

#[tokio::test]
async fn who_changes_what_somebody_else_changed_since_is_told() {
    let world = World::applied().await;
    create(&world.client, "f", &["development"]).await;
    let path = "/api/v1/flags/f/environments/development";
    let seen = world.ask("GET", "/api/v1/flags/f", &[], None).await;
    let tag = seen.headers["etag"].to_str().unwrap().to_owned();
    let body = |default: &str| Some(json!({"definition": boolean(default)}));
    assert_eq!(world.ask("PUT", path, &[("if-match", &tag)], body("on")).await.status, 200);
    world.ask("PUT", path, &[("if-match", &tag)], body("off")).await.is(412, "changed-meanwhile");
}
