//! `/plans/{version}/retrospective`: filled from the record, with what people say.

use serde_json::{Value, json};
use tidegate_client::Client;
use tidegate_client::api::{
    FeedbackRequest, LookedAction, OpenIncidentRequest, PlanActRequest, PlanRunState, PlanStepState,
    Retrospective, WritePlanRequest, WriteRetrospectiveRequest,
};

use crate::support::{World, bad, key};

fn document() -> Value {
    json!({
        "title": "EduLibra 1.1", "zone": "Europe/Berlin",
        "roles": [{ "id": "manager", "name": "Release Manager", "person": "ann", "decides": true }],
        "deployment": { "steps": [{ "id": "switch", "text": "Switch" }] },
        "risks": [{
            "id": "data", "description": "Data is lost", "probability": 2, "impact": 5,
            "contingency": [{ "id": "restore", "text": "Restore", "command": "make restore" }],
        }],
    })
}

async fn write(client: &Client, version: &str) {
    let request = WritePlanRequest { document: document(), note: None };
    client.write_plan(version, (&request, None), &key()).await.unwrap();
}

fn action(id: &str, owner: Option<&str>) -> LookedAction {
    let owner = owner.map(str::to_owned);
    LookedAction { id: id.to_owned(), text: "Soak a day".to_owned(), owner, due: None, done: false }
}

fn says(found: &Retrospective, what: &str) -> bool {
    found.timeline.iter().any(|line| line.what.contains(what))
}

#[tokio::test]
async fn a_release_that_went_back_is_looked_back_at_from_its_record() {
    let (world, id) = World::held().await;
    let ann = world.client.clone().with_actor("ann");
    write(&ann, "1.1.0").await;
    world.client.roll_back(&id, &bad(), &key()).await.unwrap();
    world.ended(&id).await;
    let incident = OpenIncidentRequest {
        title: "Logins fail".to_owned(),
        severity: None,
        environment: Some("production".to_owned()),
        component: None,
        detected_ms: None,
        rollout: Some(id.clone()),
        release: None,
    };
    ann.open_incident(&incident, &key()).await.unwrap();
    let rated = FeedbackRequest { rating: 2, text: String::new() };
    ann.add_feedback("1.1.0", &rated, &key()).await.unwrap();
    let found = ann.retrospective("1.1.0").await.unwrap();
    assert!(says(&found, "rollout of 1.1.0 into production began"), "{found:#?}");
    assert!(says(&found, "goes back: ") && says(&found, "everybody is back"), "{found:#?}");
    let mine: Vec<_> =
        found.timeline.iter().filter(|line| line.rollout.as_deref() == Some(id.as_str())).collect();
    assert!(mine.len() > 3 && mine.iter().all(|line| line.environment.as_deref() == Some("production")));
    assert!(found.timeline.is_sorted_by_key(|line| line.at_ms));
    let [back] = found.rollbacks.as_slice() else { panic!("{found:#?}") };
    assert!(back.environment == "production" && back.why.contains("it is bad") && back.took_ms.is_some());
    assert_eq!(found.incidents[0].what, "Logins fail");
    assert_eq!(found.feedback.as_ref().unwrap().average, Some(2.0));
    assert_eq!((found.compared_with.as_slice(), found.said), (&["1.0.0".to_owned()][..], None));
    let figure = |name: &str| found.measures.iter().find(|measure| measure.measure == name).unwrap().clone();
    assert_eq!((figure("deployments").this, figure("deployments").before), (Some(1.0), vec![Some(1.0)]));
    assert_eq!(
        (figure("change fail rate").this, figure("change fail rate").before),
        (Some(100.0), vec![Some(0.0)])
    );
    let text = ann.retrospective_text("1.1.0").await.unwrap();
    assert!(text.starts_with("# Retrospective of 1.1.0") && text.contains("Logins fail"), "{text}");
    assert_eq!(ann.retrospective("9.9.9").await.unwrap_err().code(), "unknown-plan");
}

#[tokio::test]
async fn people_say_what_they_learnt_and_nobody_owns_no_action() {
    let world = World::applied().await;
    let ann = world.client.clone().with_actor("ann");
    write(&ann, "1.1.0").await;
    let said = WriteRetrospectiveRequest {
        summary: "It went well.".to_owned(),
        went_well: vec!["The tests".to_owned()],
        actions: vec![action("soak", Some("ann"))],
        ..WriteRetrospectiveRequest::default()
    };
    let send = async |request: &WriteRetrospectiveRequest, edition| {
        ann.write_retrospective("1.1.0", (request, edition), &key()).await
    };
    let kept = send(&said, Some(1)).await.unwrap();
    assert_eq!((kept.edition, kept.actions.as_slice()), (2, said.actions.as_slice()));
    assert_eq!(kept.said.unwrap().by, "ann");
    assert_eq!(send(&said, None).await.unwrap().edition, 2, "the same again is no change");
    assert_eq!(
        send(&WriteRetrospectiveRequest::default(), Some(1)).await.unwrap_err().code(),
        "changed-meanwhile"
    );
    let with = |actions: Vec<LookedAction>| WriteRetrospectiveRequest { actions, ..said.clone() };
    let late = LookedAction { due: Some("tomorrow".to_owned()), ..action("soak", Some("ann")) };
    for (request, code, pointer) in [
        (with(vec![action("soak", None)]), "retrospective-unfit", Some("/actions/0/owner")),
        (with(vec![action("soak", Some(" "))]), "retrospective-unfit", Some("/actions/0/owner")),
        (
            with(vec![action("a", Some("ann")), action("a", Some("ann"))]),
            "retrospective-unfit",
            Some("/actions/1/id"),
        ),
        (with(vec![late]), "members-unfit", None),
    ] {
        let refused = send(&request, None).await.unwrap_err();
        let problem = refused.problem().unwrap();
        assert_eq!((problem.status, problem.code.as_str(), problem.pointer.as_deref()), (422, code, pointer));
    }
    assert_eq!(ann.retrospective("1.1.0").await.unwrap().summary, "It went well.");
}

#[tokio::test]
async fn each_step_of_a_runbook_says_who_began_and_who_ended_it() {
    let world = World::applied().await;
    let [ann, bob] = ["ann", "bob"].map(|name| world.client.clone().with_actor(name));
    write(&ann, "1.1.0").await;
    let step = |state| PlanActRequest::Step {
        risk: Some("data".to_owned()),
        step: "restore".to_owned(),
        state,
        note: None,
    };
    let plan = ann.plan("1.1.0").await.unwrap();
    let states: Vec<_> =
        plan.runbook.iter().map(|step| (step.id.as_str(), step.risk.as_deref(), step.state)).collect();
    assert_eq!(states, [("switch", None, PlanRunState::Open), ("restore", Some("data"), PlanRunState::Open)]);
    ann.act_on_plan("1.1.0", &step(PlanStepState::Started), &key()).await.unwrap();
    let done = bob.act_on_plan("1.1.0", &step(PlanStepState::Done), &key()).await.unwrap();
    let restore = &done.runbook[1];
    assert_eq!((restore.state, restore.command.as_deref()), (PlanRunState::Done, Some("make restore")));
    let by = |said: &Option<tidegate_client::api::PlanSaid>| said.as_ref().unwrap().by.clone();
    assert_eq!((by(&restore.started), by(&restore.done)), ("ann".to_owned(), "bob".to_owned()));
    let again = ann.act_on_plan("1.1.0", &step(PlanStepState::Started), &key()).await.unwrap();
    assert_eq!((again.runbook[1].state, again.runbook[1].done.clone()), (PlanRunState::Started, None));
}
