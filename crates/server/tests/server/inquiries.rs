//! Gates that ask another system, against real receivers: yes, no, every way to give no answer, and what follows mid-rollout.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Value, json};
use tidegate_client::api::{
    ApplyRequest, CreateReleaseRequest, Gate, Gates, NewArtifact, ReleaseKind, RolloutState,
};
use tidegate_client::{Client, EventsQuery};
use tidegate_server::take_down;

use crate::receiver::{Got, Receiver};
use crate::support::{World, deploy, free_port, key, manifest, until};
use crate::webhooks::Apart;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A manifest whose stage of that environment has these gates.
fn gated(text: &str, environment: &str, gates: &[String]) -> String {
    let stage = format!("    - environment: {environment}\n");
    let list: Vec<String> = gates.iter().map(|gate| format!("        - webhook: {gate}\n")).collect();
    let list = list.concat();
    text.replace(&stage, &format!("{stage}      gates:\n{list}"))
}

fn ask(receiver: &Receiver, knobs: &str) -> String {
    format!("{{url: \"{}\", secret: CHANGE_KEY{knobs}}}", receiver.url())
}

impl World {
    async fn gates_of(&self, environment: &str, gates: &[String]) {
        let text = gated(&self.configuration().text, environment, gates);
        self.client.apply(&ApplyRequest { text, ..self.configuration() }, &key()).await.unwrap();
    }
}

async fn set_key(client: &Client, environment: &str) {
    client.set_secret((environment, "CHANGE_KEY"), SECRET.as_bytes().to_vec(), &key()).await.unwrap();
}

async fn gate(client: &Client, environment: &str, release: &str) -> Gate {
    client.gates(environment, release).await.unwrap().gates.remove(0)
}

fn says(open: bool, reason: &str) -> Response {
    axum::Json(json!({ "open": open, "reason": reason })).into_response()
}

/// Headers at once, and never a body.
fn endless() -> Response {
    let nothing = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    Response::new(Body::from_stream(nothing))
}

#[tokio::test]
async fn another_system_is_asked_with_a_signed_question_and_opens_or_closes() {
    let world = World::start().await;
    let answer = Arc::new(Mutex::new((false, "CHG1 waits for the board")));
    let now = Arc::clone(&answer);
    let receiver = Receiver::answering(move |_, _| {
        let (open, reason) = *now.lock().unwrap();
        says(open, reason)
    })
    .await;
    world.gates_of("development", &[ask(&receiver, ", name: change")]).await;
    set_key(&world.client, "development").await;
    world.release("1.0.0").await;

    let refused = world.client.start_rollout("development", &deploy("1.0.0"), &key()).await.unwrap_err();
    assert_eq!(refused.code(), "gates-closed");
    assert!(refused.to_string().contains("says no: CHG1 waits for the board"), "{refused}");
    let gates: Gates = world.client.gates("development", "1.0.0").await.unwrap();
    let got: Vec<Got> = receiver.got();
    got[0].verify(SECRET);
    let question = got[0].json();
    let expect = json!({
        "type": "gate.asked", "project": "default", "release": "1.0.0", "kind": "planned", "change": "normal",
        "author": question["author"], "environment": "development", "stage": ["development"],
        "gate": "change", "digest": gates.digest, "rollout": null, "asked_at_ms": question["asked_at_ms"],
        "components": { "web": { "version": "1.0.0", "digest": question["components"]["web"]["digest"] } },
        "link": format!("{}/api/v1/environments/development/gates?release=1.0.0", world.server.url),
    });
    assert_eq!(question, expect);
    assert!(question["components"]["web"]["digest"].as_str().unwrap().starts_with("sha256:"));

    // Whoever looks again is told the new word soon, and it is in the log with what it is about.
    *answer.lock().unwrap() = (true, "CHG1 is approved");
    until("the gate opens", async || gate(&world.client, "development", "1.0.0").await.open.then_some(()))
        .await;
    let id = world.deploy("1.0.0", "development").await;
    assert_eq!(world.ended(&id).await.state, RolloutState::Succeeded);
    let query = EventsQuery { stream: Some("release/1.0.0".to_owned()), ..EventsQuery::default() };
    let told: Vec<Value> = world
        .client
        .events(&query)
        .await
        .unwrap()
        .items
        .into_iter()
        .filter(|event| event.kind == "release.gate-answered")
        .map(|event| event.body["GateAnswered"]["answer"].clone())
        .collect();
    let replies: Vec<_> = told.iter().map(|answer| answer["reply"].clone()).collect();
    assert_eq!(
        replies,
        [
            json!({ "Said": { "open": false, "reason": "CHG1 waits for the board" } }),
            json!({ "Said": { "open": true, "reason": "CHG1 is approved" } }),
        ]
    );
    assert!(told.iter().all(|answer| answer["digest"] == gates.digest.as_str() && answer["at_ms"].is_u64()));
    // An answer that holds is not asked for again.
    let asked = receiver.got().len();
    gate(&world.client, "development", "1.0.0").await;
    assert_eq!(receiver.got().len(), asked);
    // Neither the path of the URL nor the key is told to who looks.
    let all =
        serde_json::to_string(&(told, world.client.gates("development", "1.0.0").await.unwrap())).unwrap();
    assert!(!all.contains("s3cret-path") && !all.contains(&SECRET["whsec_".len()..]), "{all}");
}

#[tokio::test]
async fn what_is_no_answer_closes_and_says_what_went_wrong() {
    let world = World::start().await;
    let receiver = Receiver::answering(|_, got| {
        let body = |text: String| Response::new(Body::from(text));
        match got.json()["gate"].as_str().unwrap() {
            "slow" => endless(),
            "broken" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            "elsewhere" => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "/other")]).into_response(),
            "giant" => body(format!("{{\"open\": true, \"reason\": \"{}\"}}", "x".repeat(1 << 20))),
            "word" => body("yes".to_owned()),
            "text" => body("{\"open\": \"true\"}".to_owned()),
            "bare" => body("{}".to_owned()),
            _ => says(true, "fine"),
        }
    })
    .await;
    let table = [
        ("slow", "endpoint-too-slow", "did not answer in time"),
        ("broken", "gate-answer-refused", "status 500"),
        ("elsewhere", "gate-answer-refused", "redirect (307)"),
        ("giant", "gate-answer-unreadable", "longer than"),
        ("word", "gate-answer-unreadable", "not a JSON object"),
        ("text", "gate-answer-unreadable", "expected a boolean"),
        ("bare", "gate-answer-unreadable", "missing field `open`"),
    ];
    let named = |name: &str| ask(&receiver, &format!(", name: {name}, deadline: 1s"));
    let mut gates: Vec<String> = table.iter().map(|(name, ..)| named(name)).collect();
    gates.push(named("fine"));
    gates.push(format!("{{name: gone, url: \"http://127.0.0.1:{}/\", secret: CHANGE_KEY}}", free_port()));
    gates.push(format!("{{name: keyless, url: \"{}\", secret: OTHER_KEY}}", receiver.url()));
    world.gates_of("development", &gates).await;
    set_key(&world.client, "development").await;
    world.release("1.0.0").await;

    let gates = world.client.gates("development", "1.0.0").await.unwrap();
    let found = |name: &str| gates.gates.iter().find(|gate| gate.name == name).unwrap();
    for (name, code, words) in table {
        let gate = found(name);
        assert!(!gate.open && gate.why.contains(code) && gate.why.contains(words), "{name}: {}", gate.why);
        assert!(gate.why.contains("asked again in"), "{name}: {}", gate.why);
        let of_this = receiver.got().iter().filter(|got| got.json()["gate"] == name).count();
        assert_eq!(of_this, 1, "{name} is asked once, and nothing is followed");
    }
    assert!(found("fine").open, "{:?}", found("fine"));
    assert!(found("gone").why.contains("endpoint-unreachable"), "{:?}", found("gone"));
    let keyless = found("keyless");
    assert!(keyless.why.contains("secret-missing"), "{keyless:?}");
    assert_eq!(keyless.command, "tidegate secret set OTHER_KEY --env development");
    assert!(receiver.got().iter().all(|got| got.json()["gate"] != "keyless"), "unsigned, nothing is sent");
    assert!(!gates.open);
    let secrets = world.client.secrets("development").await.unwrap().items;
    let asked_for: Vec<_> = secrets.iter().map(|secret| (secret.name.as_str(), secret.asked_for)).collect();
    assert_eq!(asked_for, [("CHANGE_KEY", true), ("OTHER_KEY", true)]);
    let needed = world.client.remove_secret(("development", "CHANGE_KEY"), &key()).await.unwrap_err();
    assert_eq!(needed.code(), "secret-needed");
}

#[tokio::test]
async fn line_9_an_answer_that_expires_is_asked_for_again_and_a_no_holds_the_rollout_where_it_is() {
    let (world, answer) = (World::live().await, Arc::new(Mutex::new(true)));
    let first = world.deploy("1.0.0", "production").await;
    world.ended(&first).await;
    let now = Arc::clone(&answer);
    let receiver = Receiver::answering(move |_, _| says(*now.lock().unwrap(), "as told")).await;
    world.gates_of("production", &[ask(&receiver, ", deadline: 1s, holds: 3s")]).await;
    set_key(&world.client, "production").await;
    world.release("1.1.0").await;
    let dev = world.deploy("1.1.0", "development").await;
    world.ended(&dev).await;
    let id = world.deploy("1.1.0", "production").await;
    until("it waits for a person", async || {
        (world.client.rollout(&id).await.unwrap().state == RolloutState::Held).then_some(())
    })
    .await;
    // Asked anew by the rollout itself.
    let before = receiver.got().len();
    until("it is asked again", async || (receiver.got().len() >= before + 2).then_some(())).await;
    assert_eq!(receiver.got().last().unwrap().json()["rollout"], id.as_str());
    let kinds = async || {
        let query =
            EventsQuery { stream: Some(format!("rollout/{id}")), limit: Some(500), ..EventsQuery::default() };
        let items = world.client.events(&query).await.unwrap().items;
        items.into_iter().map(|event| event.kind).collect::<Vec<_>>()
    };
    *answer.lock().unwrap() = false;
    until("the no is written", async || {
        let query = EventsQuery {
            stream: Some("release/1.1.0".to_owned()),
            limit: Some(500),
            ..EventsQuery::default()
        };
        let items = world.client.events(&query).await.unwrap().items;
        let no = |event: &tidegate_client::api::Event| {
            event.body["GateAnswered"]["answer"]["reply"]["Said"]["open"] == false
        };
        items.iter().any(no).then_some(())
    })
    .await;
    until("the rollout sees it", async || {
        let gates = kinds().await.into_iter().rfind(|kind| kind.starts_with("rollout.gates-"));
        (gates.as_deref() == Some("rollout.gates-closed")).then_some(())
    })
    .await;
    world.client.resume(&id, &key()).await.unwrap();
    let steps = || async { kinds().await.iter().filter(|kind| *kind == "rollout.step-entered").count() };
    let stands = steps().await;
    let asked = receiver.got().len();
    until("it was asked again meanwhile", async || (receiver.got().len() > asked).then_some(())).await;
    assert_eq!(steps().await, stands, "no step forward while the gate is closed");
    assert!(!world.client.rollout(&id).await.unwrap().state.is_final());

    // Whoever looks is why it is asked again soon.
    *answer.lock().unwrap() = true;
    until("the gate is open again", async || {
        gate(&world.client, "production", "1.1.0").await;
        let gates = kinds().await.into_iter().rfind(|kind| kind.starts_with("rollout.gates-"));
        (gates.as_deref() == Some("rollout.gates-opened")).then_some(())
    })
    .await;
    assert_eq!(world.ended(&id).await.state, RolloutState::Succeeded);
}

#[tokio::test]
async fn where_a_gate_must_not_ask_is_refused_when_it_is_applied() {
    let world = World::start().await;
    for url in [
        "http://10.0.0.1/x",
        "http://169.254.169.254/latest",
        "http://2130706434/",
        "http://[::ffff:10.0.0.1]/",
    ] {
        let gates = [format!("{{url: \"{url}\", secret: CHANGE_KEY}}")];
        let text = gated(&world.configuration().text, "development", &gates);
        let refused = world.client.apply(&ApplyRequest { text, ..world.configuration() }, &key()).await;
        assert_eq!(refused.unwrap_err().code(), "address-not-allowed", "{url}");
    }
    assert!(world.client.catalog().await.unwrap().stages.is_empty(), "nothing was kept");
}

#[tokio::test]
async fn a_question_that_a_kill_swallowed_is_asked_again_under_its_id() {
    let data = tempfile::tempdir().unwrap();
    let receiver =
        Receiver::answering(|number, _| if number == 0 { endless() } else { says(true, "") }).await;
    let server = Apart::start(data.path());
    let text = manifest([free_port(), free_port()]);
    let text = gated(&text, "development", &[ask(&receiver, ", deadline: 20s, holds: 60s")]);
    let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
    server.client.apply(&request, &key()).await.unwrap();
    set_key(&server.client, "development").await;
    let built = data.path().join("built");
    std::fs::create_dir_all(&built).unwrap();
    std::fs::write(built.join("version"), "1.0.0").unwrap();
    let artifact = NewArtifact { path: Some(built.display().to_string()), ..NewArtifact::default() };
    let wish = CreateReleaseRequest {
        bundle: None,
        version: "1.0.0".to_owned(),
        kind: ReleaseKind::Planned,
        components: [("web".to_owned(), artifact)].into(),
        notes: Vec::new(),
        commits: Vec::new(),
    };
    server.client.create_release(&wish, &key()).await.unwrap();
    let client = server.client.clone();
    let looking = tokio::spawn(async move { client.gates("development", "1.0.0").await.is_err() });
    until("it is asked", async || (receiver.got().len() == 1).then_some(())).await;
    drop(server);
    assert!(looking.await.unwrap(), "whoever looked got no answer");

    let server = Apart::start(data.path());
    assert!(gate(&server.client, "development", "1.0.0").await.open);
    let ids: Vec<_> = receiver.got().iter().map(Got::id).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    drop(server);
    take_down(data.path()).await.unwrap();
}
