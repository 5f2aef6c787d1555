//! `/plans`: written whole, acted on by those who may, decided on by one, and moved by rollouts.

use serde_json::{Value, json};
use tidegate_client::api::{
    GoNoGo, Plan, PlanActRequest, PlanChoice, PlanFormat, PlanOutcome, PlanPhase, RolloutState,
    WritePlanRequest,
};
use tidegate_client::{Client, ClientError};

use crate::support::{World, bad, key, until};

fn document() -> Value {
    json!({
        "title": "EduLibra 1.1", "zone": "Europe/Berlin", "ready_on": "2026-12-01",
        "scope": [{ "id": "LIB-1", "title": "Lend to guests", "state": "in",
            "estimates": [{ "skill": "backend", "hours": 12 }] }],
        "roles": [
            { "id": "manager", "name": "Release Manager", "person": "ann", "decides": true },
            { "id": "qa", "name": "Quality", "person": "bob" },
        ],
        "people": [{ "id": "ann", "skills": ["backend"], "hours_per_week": 20 }],
        "activities": [
            { "id": "qa", "name": "Final QA", "start": "2026-11-23", "end": "2026-11-27" },
            { "id": "deploy", "name": "Deployment", "after": ["qa"] },
        ],
        "readiness": [{ "id": "notes", "text": "Notes are written", "area": "release-candidate" }],
        "test_cases": [{ "id": "lend", "title": "Lend a book", "assignee": "bob" }],
        "risks": [{ "id": "data", "description": "Data is lost", "probability": 2, "impact": 5 }],
    })
}

fn request(document: Value) -> WritePlanRequest {
    WritePlanRequest { document, note: None }
}

async fn write(client: &Client, document: Value) -> Result<Plan, ClientError> {
    client.write_plan("1.1.0", (&request(document), None), &key()).await
}

async fn act(client: &Client, act: PlanActRequest) -> Result<Plan, ClientError> {
    client.act_on_plan("1.1.0", &act, &key()).await
}

fn to(to: PlanPhase) -> PlanActRequest {
    PlanActRequest::Move { to, release: None, note: Some("because".to_owned()) }
}

fn vote(choice: PlanChoice) -> PlanActRequest {
    PlanActRequest::Vote { role: "qa".to_owned(), choice, note: Some("because".to_owned()) }
}

fn call(choice: PlanChoice, digest: &str) -> PlanActRequest {
    PlanActRequest::Call { choice, digest: digest.to_owned(), note: Some("because".to_owned()) }
}

/// Ann plans and calls, bob looks after quality; names are taken at their word while there is nobody.
async fn team() -> (World, Client, Client) {
    let world = World::live().await;
    let [ann, bob] = ["ann", "bob"].map(|name| world.client.clone().with_actor(name));
    (world, ann, bob)
}

/// With a candidate, on which the digest that was seen is answered.
async fn candidate(world: &World, ann: &Client) -> GoNoGo {
    write(ann, document()).await.unwrap();
    world.release("1.1.0").await;
    for step in [PlanPhase::Planned, PlanPhase::Frozen, PlanPhase::Candidate] {
        act(ann, to(step)).await.unwrap();
    }
    ann.go_no_go("1.1.0").await.unwrap()
}

#[tokio::test]
async fn a_plan_is_decided_on_by_the_named_person_and_released_by_its_rollout() {
    let (world, ann, bob) = team().await;
    let found = candidate(&world, &ann).await;
    assert_eq!((found.phase, found.decider.as_deref()), (PlanPhase::Candidate, Some("ann")));
    let places: Vec<_> = found.gates.iter().map(|gates| gates.environment.as_str()).collect();
    assert_eq!(places, ["development", "production"]);
    for (client, what, expect) in [
        (&ann, vote(PlanChoice::Go), "plan-vote-not-yours"),
        (&bob, call(PlanChoice::Go, &found.digest), "plan-call-not-yours"),
    ] {
        let refused = act(client, what).await.unwrap_err();
        assert_eq!((refused.problem().unwrap().status, refused.code()), (409, expect));
    }
    act(&bob, vote(PlanChoice::Go)).await.unwrap();
    let stale = act(&ann, call(PlanChoice::Go, &found.digest)).await.unwrap_err();
    assert_eq!(stale.code(), "plan-call-stale");
    assert!(stale.problem().unwrap().detail.contains("the votes"), "{stale:?}");
    let now = ann.go_no_go("1.1.0").await.unwrap();
    let gone = act(&ann, call(PlanChoice::Go, &now.digest)).await.unwrap();
    assert_eq!((gone.phase, gone.call.unwrap().digest), (PlanPhase::Go, now.digest));
    // Into the stage before the last one, nothing is said about it.
    let first = world.deploy("1.1.0", "development").await;
    world.ended(&first).await;
    assert_eq!(ann.plan("1.1.0").await.unwrap().phase, PlanPhase::Go);
    let id = world.deploy("1.1.0", "production").await;
    assert_eq!(ann.plan("1.1.0").await.unwrap().phase, PlanPhase::RollingOut);
    assert_eq!(write(&ann, json!({"title": "other"})).await.unwrap_err().code(), "plan-decided");
    assert_eq!(world.ended(&id).await.state, RolloutState::Succeeded);
    let plan = ann.plan("1.1.0").await.unwrap();
    assert_eq!((plan.phase, plan.state.as_str()), (PlanPhase::Released, "released"));
    assert_eq!(act(&ann, to(PlanPhase::Planned)).await.unwrap_err().code(), "plan-step");
    let listed = ann.plans(None, None).await.unwrap().items;
    assert_eq!((listed[0].version.as_str(), listed[0].state.as_str()), ("1.1.0", "released"));
    assert_eq!(ann.plan_risk("1.1.0").await.unwrap().score.score, 0, "what is out is no risk any more");
}

#[tokio::test]
async fn what_goes_back_brings_the_plan_back_and_a_bad_one_is_held() {
    let (world, id) = World::held().await;
    let ann = world.client.clone().with_actor("ann");
    write(&ann, document()).await.unwrap();
    assert_eq!(ann.plan("1.1.0").await.unwrap().phase, PlanPhase::Draft);
    world.client.roll_back(&id, &bad(), &key()).await.unwrap();
    world.ended(&id).await;
    // It was on its way before it was planned.
    assert_eq!(ann.plan("1.1.0").await.unwrap().phase, PlanPhase::Draft);
    world.release("1.2.0").await;
    let request = request(document());
    ann.write_plan("1.2.0", (&request, None), &key()).await.unwrap();
    let id = world.deploy("1.2.0", "production").await;
    assert_eq!(ann.plan("1.2.0").await.unwrap().phase, PlanPhase::RollingOut);
    world.client.roll_back(&id, &bad(), &key()).await.unwrap();
    world.ended(&id).await;
    let plan = until("the plan has followed", || async {
        let plan = ann.plan("1.2.0").await.unwrap();
        (plan.phase == PlanPhase::Frozen).then_some(plan)
    })
    .await;
    assert_eq!(plan.state, "on-hold");
    assert!(plan.held.unwrap().note.unwrap().contains("it is bad"));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_place() {
    let world = World::applied().await;
    let client = &world.client;
    let with = |member: &str, value: Value| {
        let mut document = document();
        document[member] = value;
        document
    };
    let cycle =
        json!([{ "id": "a", "name": "A", "after": ["b"] }, { "id": "b", "name": "B", "after": ["a"] }]);
    for (document, status, code, pointer) in [
        (with("activities", cycle), 422, "plan-unfit", Some("/activities")),
        (with("zone", json!("Europe/Atlantis")), 422, "plan-unfit", Some("/zone")),
        (with("scope", json!([{ "id": "a", "title": "A", "colour": "red" }])), 422, "plan-unfit", Some("")),
        (with("overview", json!("x".repeat(300_000))), 422, "plan-too-long", None),
        (json!({}), 422, "plan-unfit", Some("")),
    ] {
        let refused = write(client, document).await.unwrap_err();
        let problem = refused.problem().unwrap();
        assert_eq!((problem.status, problem.code.as_str()), (status, code), "{problem:?}");
        match (pointer, &problem.pointer) {
            (Some(expect), Some(found)) => assert!(found.starts_with(expect), "{problem:?}"),
            (expect, found) => assert_eq!(expect.map(str::to_owned), *found, "{problem:?}"),
        }
    }
    assert_eq!(client.plan("1.1.0").await.unwrap_err().code(), "unknown-plan");
    let unknown = act(client, to(PlanPhase::Planned)).await.unwrap_err();
    assert_eq!((unknown.problem().unwrap().status, unknown.code()), (404, "unknown-plan"));
}

#[tokio::test]
async fn a_stale_edition_and_a_wrong_act_change_nothing() {
    let world = World::applied().await;
    let ann = world.client.clone().with_actor("ann");
    let first = write(&ann, document()).await.unwrap();
    let tick = |item: &str| PlanActRequest::Tick { item: item.to_owned(), done: true, note: None };
    let ticked = act(&ann, tick("notes")).await.unwrap();
    assert_eq!(ticked.marks["item/notes"].by, "ann");
    let over =
        ann.write_plan("1.1.0", (&request(document()), Some(first.edition)), &key()).await.unwrap_err();
    assert_eq!((over.problem().unwrap().status, over.code()), (412, "changed-meanwhile"));
    let mut newer = ticked.document.clone();
    newer["overview"] = "better".into();
    let written = ann.write_plan("1.1.0", (&request(newer), Some(ticked.edition)), &key()).await.unwrap();
    assert_eq!(written.marks["item/notes"].by, "ann", "what stands as it was marked keeps who marked it");
    let case = PlanActRequest::Case { case: "lend".to_owned(), outcome: PlanOutcome::Passed, note: None };
    assert_eq!(act(&ann, case).await.unwrap().runs["lend"].candidate, 0);
    for (what, status, code) in [
        (tick("nothing"), 404, "unknown-plan-member"),
        (to(PlanPhase::Go), 409, "plan-step"),
        (to(PlanPhase::Released), 409, "plan-step"),
        (call(PlanChoice::Go, "what I saw"), 422, "members-unfit"),
        (
            PlanActRequest::Move { to: PlanPhase::Planned, release: Some("1.1.0".to_owned()), note: None },
            422,
            "members-unfit",
        ),
    ] {
        let refused = act(&ann, what).await.unwrap_err();
        assert_eq!((refused.problem().unwrap().status, refused.code()), (status, code));
    }
    let body = json!({ "act": "tick", "item": "notes", "colour": "red" });
    let response =
        world.http.post(format!("{}/api/v1/plans/1.1.0/acts", world.server.url)).json(&body).send().await;
    assert_eq!(response.unwrap().status().as_u16(), 400);
}

#[tokio::test]
async fn what_follows_from_a_plan_is_told() {
    let (world, ann, bob) = team().await;
    let found = candidate(&world, &ann).await;
    let chart = ann.plan_schedule("1.1.0").await.unwrap();
    assert_eq!(chart.critical_path, ["qa", "deploy"]);
    assert_eq!(chart.rows.len(), 2);
    let capacity = ann.plan_capacity("1.1.0", Some("2026-12-31")).await.unwrap();
    assert!(capacity.feasible_on.is_some() && !capacity.says.is_empty(), "{capacity:?}");
    assert_eq!(ann.plan_capacity("1.1.0", Some("2026-13-31")).await.unwrap_err().code(), "members-unfit");
    assert!(!found.readiness.ready);
    let before = ann.plan_risk("1.1.0").await.unwrap();
    assert_eq!((before.exposure.highest, before.standing.work_total), (10, 3));
    let case = PlanActRequest::Case { case: "lend".to_owned(), outcome: PlanOutcome::Failed, note: None };
    act(&bob, case).await.unwrap();
    let after = ann.plan_risk("1.1.0").await.unwrap();
    assert_eq!(after.standing.policies_broken, before.standing.policies_broken + 1);
    let readiness = ann.plan_readiness("1.1.0").await.unwrap();
    assert!(readiness.cases[0].counts && readiness.cases[0].outcome == Some(PlanOutcome::Failed));
    let later = ann.go_no_go("1.1.0").await.unwrap();
    assert_ne!(later.digest, found.digest);
    // A look changes nothing.
    assert_eq!(ann.go_no_go("1.1.0").await.unwrap().digest, later.digest);
}

#[tokio::test]
async fn each_act_takes_its_right() {
    use tidegate_client::api::Role;

    use crate::people::grant;
    let world = World::applied().await;
    let root = world.set_up().await;
    let approver = world.person(&root, "bob", vec![grant(Role::Approver, Some("production"))]).await;
    let manager = world.person(&root, "ann", vec![grant(Role::ReleaseManager, None)]).await;
    assert_eq!(write(&approver, document()).await.unwrap_err().code(), "not-allowed");
    write(&manager, document()).await.unwrap();
    assert_eq!(act(&approver, to(PlanPhase::Planned)).await.unwrap_err().code(), "not-allowed");
    let tick = PlanActRequest::Tick { item: "notes".to_owned(), done: true, note: None };
    assert_eq!(act(&approver, tick).await.unwrap().marks["item/notes"].by, "bob");
    assert_eq!(act(&root, to(PlanPhase::Planned)).await.unwrap_err().code(), "not-allowed");
    assert_eq!(approver.plan("1.1.0").await.unwrap().phase, PlanPhase::Draft);
}

/// Production asks the plan; development asks nothing.
async fn bound() -> (World, Client, Client) {
    let world = World::start().await;
    let mut wish = world.configuration();
    let gates =
        "      gates:\n        - plan: go\n        - plan: manual_tests\n        - plan: {risk: 60}\n";
    wish.text = wish.text.replace("      analysis: off\n", &format!("      analysis: off\n{gates}"));
    world.client.apply(&wish, &key()).await.unwrap();
    let [ann, bob] = ["ann", "bob"].map(|name| world.client.clone().with_actor(name));
    (world, ann, bob)
}

#[tokio::test]
async fn a_plan_keeps_its_release_out_until_it_is_tested_and_decided_on() {
    use crate::support::deploy;
    let (world, ann, bob) = bound().await;
    world.release("1.1.0").await;
    let closed = async |expect: &[&str]| {
        let gates = world.client.gates("production", "1.1.0").await.unwrap();
        let closed: Vec<_> = gates.gates.into_iter().filter(|gate| !gate.open).collect();
        let names: Vec<_> = closed.iter().map(|gate| gate.name.as_str()).collect();
        assert_eq!(names, expect, "{closed:#?}");
        assert!(closed.iter().all(|gate| !gate.who.is_empty() && gate.command.starts_with("tidegate plan ")));
        closed
    };
    let without = closed(&["go-no-go", "manual-tests", "risk-ceiling"]).await;
    assert!(without[0].why.contains("no plan"), "{without:?}");
    let refused = world.client.start_rollout("production", &deploy("1.1.0"), &key()).await.unwrap_err();
    assert_eq!(refused.code(), "gates-closed");
    let found = candidate_of(&ann).await;
    // Nothing of its work is done, and it is due soon.
    let high = closed(&["go-no-go", "manual-tests", "risk-ceiling"]).await;
    assert!(high[2].why.contains("above 60"), "{high:?}");
    let mut done = ann.plan("1.1.0").await.unwrap().document;
    for activity in done["activities"].as_array_mut().unwrap() {
        activity["state"] = "done".into();
    }
    done["scope"][0]["state"] = "done".into();
    write(&ann, done).await.unwrap();
    let case = |outcome| PlanActRequest::Case { case: "lend".to_owned(), outcome, note: None };
    act(&bob, case(PlanOutcome::Failed)).await.unwrap();
    assert_eq!(closed(&["go-no-go", "manual-tests"]).await[1].who, "bob");
    act(&bob, case(PlanOutcome::Passed)).await.unwrap();
    closed(&["go-no-go"]).await;
    assert_eq!(act(&ann, call(PlanChoice::Go, &found.digest)).await.unwrap_err().code(), "plan-call-stale");
    let now = ann.go_no_go("1.1.0").await.unwrap();
    act(&ann, call(PlanChoice::Go, &now.digest)).await.unwrap();
    closed(&[]).await;
    act(&bob, PlanActRequest::Hold { note: "a complaint".to_owned() }).await.unwrap();
    assert!(closed(&["go-no-go"]).await[0].why.contains("on hold by bob: a complaint"));
    act(&ann, PlanActRequest::Resume { note: None }).await.unwrap();
    let id = world.deploy("1.1.0", "production").await;
    assert_eq!(world.ended(&id).await.state, RolloutState::Succeeded);
    assert_eq!(ann.plan("1.1.0").await.unwrap().phase, PlanPhase::Released);
    // The next one needs a plan of its own.
    world.release("1.2.0").await;
    let refused = world.client.start_rollout("production", &deploy("1.2.0"), &key()).await.unwrap_err();
    assert_eq!(refused.code(), "gates-closed");
}

async fn candidate_of(ann: &Client) -> GoNoGo {
    write(ann, document()).await.unwrap();
    for step in [PlanPhase::Planned, PlanPhase::Frozen, PlanPhase::Candidate] {
        act(ann, to(step)).await.unwrap();
    }
    ann.go_no_go("1.1.0").await.unwrap()
}

#[tokio::test]
async fn another_release_than_the_one_that_was_decided_on_stays_out() {
    let (world, ann, bob) = bound().await;
    world.release("1.1.0-rc.1").await;
    world.release("1.1.0").await;
    write(&ann, document()).await.unwrap();
    for step in [PlanPhase::Planned, PlanPhase::Frozen] {
        act(&ann, to(step)).await.unwrap();
    }
    let release = Some("1.1.0-rc.1".to_owned());
    act(&ann, PlanActRequest::Move { to: PlanPhase::Candidate, release, note: None }).await.unwrap();
    let case = PlanActRequest::Case { case: "lend".to_owned(), outcome: PlanOutcome::Passed, note: None };
    act(&bob, case).await.unwrap();
    let seen = ann.go_no_go("1.1.0").await.unwrap();
    assert_eq!(seen.gates[0].release, "1.1.0-rc.1");
    act(&ann, call(PlanChoice::Go, &seen.digest)).await.unwrap();
    let go = async |release: &str| {
        let gates = world.client.gates("production", release).await.unwrap().gates;
        gates.into_iter().find(|gate| gate.kind == "go-no-go").unwrap()
    };
    assert!(go("1.1.0-rc.1").await.open);
    let other = go("1.1.0").await;
    assert!(!other.open && other.why.contains("no plan by which 1.1.0 goes"), "{other:?}");
}

const WRITTEN: &str = "# Release Plan for EduLibra\n\n## Objectives\n- Minimize disruption.\n\n\
    ## Key Activities and Timeline\n\n| Activity | Start Date | End Date |\n|---|---|---|\n\
    | Final QA | 2026-11-23 | 2026-11-27 |\n| Deployment | MM/DD/YYYY | MM/DD/YYYY |\n";

#[tokio::test]
async fn a_plan_in_markdown_is_read_and_written_out_again() {
    let world = World::applied().await;
    let client = &world.client;
    let only_read = client.import_plan("1.1.0", (WRITTEN.into(), true, None), &key()).await.unwrap();
    assert!(only_read.plan.is_none() && only_read.document["activities"].as_array().unwrap().len() == 2);
    assert!(only_read.remarks.iter().any(|remark| remark.code == "no-date-yet"), "{only_read:?}");
    assert_eq!(client.plan("1.1.0").await.unwrap_err().code(), "unknown-plan", "nothing was written");
    let read = client.import_plan("1.1.0", (WRITTEN.into(), false, None), &key()).await.unwrap();
    let plan = read.plan.unwrap();
    assert_eq!((plan.phase, &plan.document), (PlanPhase::Draft, &only_read.document));
    let text = client.export_plan("1.1.0", (PlanFormat::Markdown, None)).await.unwrap();
    let again = client.import_plan("1.1.0", (text, false, Some(1)), &key()).await.unwrap().plan.unwrap();
    assert_eq!(
        (&again.document, again.edition),
        (&plan.document, plan.edition),
        "the same again is no change"
    );
    let mut hostile = plan.document.clone();
    hostile["title"] = "<script>alert(1)</script>".into();
    write(client, hostile).await.unwrap();
    let page = client.export_plan("1.1.0", (PlanFormat::Html, None)).await.unwrap();
    assert!(!String::from_utf8(page).unwrap().contains("<script"));
    let deep = format!("{}x", "> ".repeat(200));
    let refused = client.import_plan("1.1.0", (deep.into(), false, None), &key()).await.unwrap_err();
    assert_eq!((refused.problem().unwrap().status, refused.code()), (422, "markdown-too-deep"));
}

#[tokio::test]
async fn windows_are_advised_outside_of_freezes() {
    use tidegate_client::WindowWish;
    use tidegate_client::api::{CalendarEntryRequest, CalendarKind};
    let world = World::applied().await;
    let client = &world.client;
    // Every hour of the week the same, but for the first hour of each day.
    let rows = (0..168).map(|hour| format!("{hour},{}\n", if hour % 24 == 0 { 1 } else { 100 }));
    let table: String = rows.collect();
    let wish = WindowWish { environment: Some("production".to_owned()), ..WindowWish::default() };
    let ask = async || client.advise_window(&wish, table.clone().into(), "").await.unwrap();
    let free = ask().await;
    assert!(free.frozen == 0 && free.windows.iter().all(|window| window.from.contains("00:00")), "{free:?}");
    let freeze = CalendarEntryRequest {
        kind: CalendarKind::Freeze,
        reason: "backups run".to_owned(),
        from: "2020-01-01T00:00".to_owned(),
        until: None,
        lasts_seconds: Some(7_200),
        zone: "UTC".to_owned(),
        rule: Some("FREQ=DAILY".to_owned()),
        except: Vec::new(),
        environments: vec!["production".to_owned()],
        components: Vec::new(),
        tenants: Vec::new(),
    };
    client.set_calendar_entry("backups", &freeze, &key()).await.unwrap();
    let kept = ask().await;
    assert!(kept.frozen > 0 && !kept.windows.is_empty());
    assert!(kept.windows.iter().all(|window| !window.from.contains("00:00")), "{kept:?}");
    let short = client.advise_window(&wish, "0,1\n".into(), "").await.unwrap_err();
    assert_eq!((short.problem().unwrap().status, short.code()), (422, "members-unfit"));
    let nowhere = WindowWish { zone: Some("Europe/Atlantis".to_owned()), ..wish };
    let refused = client.advise_window(&nowhere, table.into(), "").await.unwrap_err();
    assert_eq!(refused.code(), "members-unfit");
}
