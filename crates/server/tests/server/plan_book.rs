//! Templates of plans, plans begun from them, whose turn it is, and a plan's past.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate_client::Client;
use tidegate_client::api::{
    BeginPlanRequest, LookedAction, PlanActRequest, PlanActivityState, PlanDaysOff, PlanFormat, Role,
    WritePlanRequest, WritePlanRotationRequest, WritePlanTemplateRequest, WriteRetrospectiveRequest,
};

use crate::people::grant;
use crate::support::{World, key};

fn begin(template: &str) -> BeginPlanRequest {
    let ready_on = Some("2026-12-01".to_owned());
    BeginPlanRequest {
        template: template.to_owned(),
        edition: None,
        title: None,
        ready_on,
        carry: Vec::new(),
    }
}

async fn write(client: &Client, version: &str, document: Value) -> Result<u64, String> {
    let request = WritePlanRequest { document, note: Some("because".to_owned()) };
    let written = client.write_plan(version, (&request, None), &key()).await;
    written.map(|plan| plan.edition).map_err(|refused| {
        format!("{} {}", refused.code(), refused.problem().map(|it| it.detail.clone()).unwrap_or_default())
    })
}

#[tokio::test]
async fn a_plan_begins_from_a_template_and_the_teams_own_keeps_what_it_wrote() {
    let world = World::applied().await;
    let ann = world.client.clone().with_actor("ann");
    let old = BeginPlanRequest { edition: Some(1), ..begin("planned") };
    let plan = ann.begin_plan("2.0.0", &old, &key()).await.unwrap();
    assert_eq!(plan.document["template"], json!({ "name": "planned", "version": 1 }));
    assert!(plan.document["activities"][0]["start"].is_string(), "{:#}", plan.document["activities"][0]);
    for (version, request, code) in [
        ("2.0.0", begin("planned"), "plan-exists"),
        ("2.1.0", begin("plannde"), "unknown-plan-template"),
        ("2.1.0", BeginPlanRequest { edition: Some(77), ..begin("planned") }, "unknown-plan-template"),
        (
            "2.1.0",
            BeginPlanRequest { ready_on: Some("soon".to_owned()), ..begin("planned") },
            "members-unfit",
        ),
        (
            "2.1.0",
            BeginPlanRequest { carry: vec!["1.0.0/soak".to_owned()], ..begin("planned") },
            "members-unfit",
        ),
    ] {
        assert_eq!(ann.begin_plan(version, &request, &key()).await.unwrap_err().code(), code);
    }
    let mut changed = plan.document.clone();
    changed["objectives"].as_array_mut().unwrap().push(json!({ "id": "ours", "text": "Ours alone." }));
    write(&ann, "2.0.0", changed).await.unwrap();
    let to_template = ann.plan_difference_to_template("2.0.0").await.unwrap();
    let paths: Vec<_> = to_template.changes.iter().map(|it| (it.path.as_str(), it.how.as_str())).collect();
    assert_eq!(paths, [("/objectives/ours", "added")]);
    let saved =
        WritePlanTemplateRequest { plan: Some("2.0.0".to_owned()), ..WritePlanTemplateRequest::default() };
    let own = ann.write_plan_template("team", &saved, &key()).await.unwrap();
    assert!(own.own && own.version == 1 && !own.days.is_empty(), "{own:#?}");
    let listed = ann.plan_templates().await.unwrap().templates;
    let names: Vec<_> = listed.iter().map(|it| (it.name.as_str(), it.own, it.newer)).collect();
    let built_in = [("planned", false, None), ("hotfix", false, None), ("rollback", false, None)];
    assert!(
        built_in.iter().all(|it| names.contains(it)) && names.contains(&("team", true, Some(2))),
        "{names:?}"
    );
    let applied = ann.update_plan_template("team", &key()).await.unwrap();
    assert_eq!((applied.from, applied.to, applied.edition), (1, 2, 2));
    let newer = ann.plan_template("team", None).await.unwrap();
    let objectives = newer.document["objectives"].to_string();
    assert!(objectives.contains("Ours alone."), "what the team added stays: {objectives}");
    assert!(!ann.plan_template_difference("team", (Some(1), None)).await.unwrap().changes.is_empty());
    let renewed = ann.update_plan_from_template("2.0.0", &key()).await.unwrap();
    assert_eq!((renewed.from, renewed.to), (1, 2));
    assert!(ann.plan("2.0.0").await.unwrap().document["objectives"].to_string().contains("Ours alone."));
    assert_eq!(
        ann.write_plan_template("planned", &saved, &key()).await.unwrap_err().code(),
        "plan-template-built-in"
    );
    let neither = WritePlanTemplateRequest::default();
    assert_eq!(ann.write_plan_template("team", &neither, &key()).await.unwrap_err().code(), "members-unfit");
    ann.remove_plan_template("team", &key()).await.unwrap();
    assert_eq!(ann.plan_template("team", None).await.unwrap_err().code(), "unknown-plan-template");
}

#[tokio::test]
async fn the_role_goes_round_and_what_was_asked_for_is_carried_until_it_is_done() {
    let world = World::applied().await;
    let ann = world.client.clone().with_actor("ann");
    let people = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let turns = |names: &[&str]| WritePlanRotationRequest {
        role: None,
        people: people(names),
        away: BTreeMap::new(),
        note: None,
    };
    assert_eq!(ann.plan_rotation(None).await.unwrap().next, None);
    let nobody = ann.write_plan_rotation(&turns(&[]), &key()).await.unwrap_err();
    assert_eq!((nobody.problem().unwrap().status, nobody.code()), (422, "members-unfit"));
    let first = ann.write_plan_rotation(&turns(&["ann", "bob", "cid"]), &key()).await.unwrap();
    assert_eq!(first.next.as_deref(), Some("ann"));
    let manager = |document: &Value| {
        let roles = document["roles"].as_array().unwrap().clone();
        roles.into_iter().find(|role| role["id"] == "release-manager").unwrap()["person"].clone()
    };
    let one = ann.begin_plan("1.1.0", &begin("planned"), &key()).await.unwrap();
    assert_eq!(manager(&one.document), "ann");
    let off = PlanDaysOff { from: "2026-11-01".to_owned(), until: "2026-12-31".to_owned() };
    let away = WritePlanRotationRequest {
        away: BTreeMap::from([("bob".to_owned(), vec![off])]),
        ..turns(&["ann", "bob", "cid"])
    };
    ann.write_plan_rotation(&away, &key()).await.unwrap();
    let action = LookedAction {
        id: "soak".to_owned(),
        text: "Soak a day".to_owned(),
        owner: Some("ann".to_owned()),
        due: Some("2027-01-15".to_owned()),
        done: false,
    };
    let said = WriteRetrospectiveRequest { actions: vec![action], ..WriteRetrospectiveRequest::default() };
    ann.write_retrospective("1.1.0", (&said, None), &key()).await.unwrap();
    let open = ann.plan_actions().await.unwrap().actions;
    assert_eq!((open.len(), open[0].from.as_str(), open[0].carried_by.len()), (1, "1.1.0", 0));
    let carrying = BeginPlanRequest { carry: vec!["1.1.0/soak".to_owned()], ..begin("planned") };
    let two = ann.begin_plan("1.2.0", &carrying, &key()).await.unwrap();
    assert_eq!(manager(&two.document), "cid", "bob is away and passed over");
    assert_eq!(two.document["actions"][0]["from"], "1.1.0");
    let told = ann.plan_rotation(Some("1.2.0")).await.unwrap();
    assert_eq!((told.passed_over[0].person.as_str(), told.before.as_slice()), ("bob", &people(&["ann"])[..]));
    assert_eq!(ann.plan_actions().await.unwrap().actions[0].carried_by, ["1.2.0"]);
    let done = PlanActRequest::Action { action: "soak".to_owned(), done: true, note: None };
    ann.act_on_plan("1.2.0", &done, &key()).await.unwrap();
    assert_eq!(ann.plan_actions().await.unwrap().actions, [], "done where it was carried to");
}

#[tokio::test]
async fn a_plans_past_says_who_changed_what_and_how_far_the_work_was() {
    let world = World::applied().await;
    let [ann, bob] = ["ann", "bob"].map(|name| world.client.clone().with_actor(name));
    let document = |title: &str| {
        json!({
            "title": title, "zone": "UTC",
            "activities": [{ "id": "qa", "name": "QA", "start": "2026-01-05", "end": "2026-01-09" }],
            "scope": [{ "id": "LIB-1", "title": "Lend", "state": "in" }],
        })
    };
    write(&ann, "1.1.0", document("A")).await.unwrap();
    write(&bob, "1.1.0", document("B")).await.unwrap();
    let done =
        PlanActRequest::Activity { activity: "qa".to_owned(), state: PlanActivityState::Done, note: None };
    ann.act_on_plan("1.1.0", &done, &key()).await.unwrap();
    let history = ann.plan_history("1.1.0").await.unwrap().editions;
    let told: Vec<_> = history.iter().map(|it| (it.edition, it.by.as_str(), it.kind.as_str())).collect();
    assert_eq!(told, [(3, "ann", "plan.marked"), (2, "bob", "plan.written"), (1, "ann", "plan.written")]);
    assert_eq!(
        (history[1].places.as_slice(), history[1].note.as_deref()),
        (&["/title".to_owned()][..], Some("because"))
    );
    let all = ann.plan_difference("1.1.0", (Some(1), None)).await.unwrap();
    let title = all.changes.iter().find(|it| it.path == "/title").unwrap();
    assert_eq!((title.said.as_ref().unwrap().by.as_str(), &title.before), ("bob", &Some(json!("A"))));
    assert!(all.changes.iter().any(|it| it.path == "/activities/qa/state"), "{all:#?}");
    assert_eq!(ann.plan_difference("1.1.0", (None, None)).await.unwrap().from, "edition 2");
    let first = ann.export_plan("1.1.0", (PlanFormat::Json, Some(1))).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&first).unwrap()["title"], "A");
    let unknown = ann.export_plan("1.1.0", (PlanFormat::Markdown, Some(99))).await.unwrap_err();
    assert_eq!(unknown.code(), "members-unfit");
    let built = PlanActRequest::Scope { item: "LIB-1".to_owned(), done: true, note: None };
    assert_eq!(ann.act_on_plan("1.1.0", &built, &key()).await.unwrap().document["scope"][0]["state"], "done");
    for wanted in [(Some(3), Some(2)), (Some(1), Some(99)), (Some(0), None)] {
        assert_eq!(ann.plan_difference("1.1.0", wanted).await.unwrap_err().code(), "members-unfit");
    }
    assert_eq!(ann.plan_difference_to_template("1.1.0").await.unwrap_err().code(), "members-unfit");
    let progress = ann.plan_progress("1.1.0").await.unwrap();
    assert_eq!((progress.total_days, progress.planned_days, progress.done_days), (5, 5, 5));
    let [day] = progress.days.as_slice() else { panic!("{progress:#?}") };
    assert_eq!((day.activities_done, day.activities, day.scope_done, day.scope), (1, 1, 1, 1));
    assert_eq!(progress.late[0].late.how, "was-late");
    assert_eq!(ann.plan_progress("9.9.9").await.unwrap_err().code(), "unknown-plan");
}

#[tokio::test]
async fn a_mitigation_is_bound_to_something_that_is_there() {
    let world = World::applied().await;
    let ann = world.client.clone().with_actor("ann");
    let document = |kind: &str, name: &str| {
        json!({ "title": "A", "risks": [{
            "id": "data", "description": "Data is lost", "probability": 2, "impact": 5,
            "bound": { "kind": kind, "name": name },
        }] })
    };
    // There is no flag yet: it may come, and until then the plan is not ready.
    write(&ann, "1.1.0", document("flag", "new-checkout")).await.unwrap();
    let readiness = ann.plan_readiness("1.1.0").await.unwrap();
    assert!(!readiness.ready);
    let [unbound] = readiness.unbound.as_slice() else { panic!("{readiness:#?}") };
    assert_eq!((unbound.risk.as_str(), unbound.kind.as_str(), unbound.known.len()), ("data", "flag", 0));
    let mut wish = world.configuration();
    let gates = "      gates:\n        - plan: go\n";
    wish.text = wish.text.replace("      analysis: off\n", &format!("      analysis: off\n{gates}"));
    world.client.apply(&wish, &key()).await.unwrap();
    let refused = write(&ann, "1.1.0", document("gate", "go-or-not")).await.unwrap_err();
    assert!(refused.starts_with("plan-unfit") && refused.contains("there are: go-no-go"), "{refused}");
    write(&ann, "1.1.0", document("gate", "go-no-go")).await.unwrap();
    assert_eq!(ann.plan_readiness("1.1.0").await.unwrap().unbound, []);
}

#[tokio::test]
async fn whoever_is_known_to_nobody_is_told_once_anybody_is_known() {
    let world = World::applied().await;
    let document = json!({
        "title": "A", "people": [{ "id": "eva", "hours_per_week": 40 }],
        "roles": [{ "id": "qa", "name": "Quality", "person": "anne" }],
        "activities": [
            { "id": "build", "name": "Build", "owner": "anne" }, { "id": "test", "name": "Test", "owner": "Quality" },
            { "id": "train", "name": "Train", "owner": "eva" }, { "id": "go", "name": "Go", "owner": "root" },
        ],
    });
    write(&world.client.clone().with_actor("ann"), "1.1.0", document).await.unwrap();
    assert_eq!(world.client.plan_readiness("1.1.0").await.unwrap().strangers, []);
    let root = world.set_up().await;
    let strangers = root.plan_readiness("1.1.0").await.unwrap().strangers;
    let [anne] = strangers.as_slice() else { panic!("{strangers:#?}") };
    assert_eq!(
        (anne.name.as_str(), anne.named_as.join(", ")),
        ("anne", "role qa, activity build".to_owned())
    );
    let text =
        "# Plan\n\n## Key Activities and Timeline\n\n| Activity | Owner |\n|---|---|\n| Final QA | anne |\n";
    let bob = world.person(&root, "bob", vec![grant(Role::ReleaseManager, None)]).await;
    let read = bob.import_plan("1.2.0", (text.into(), true, None), &key()).await.unwrap();
    assert_eq!(read.strangers.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["anne"], "{read:?}");
}
