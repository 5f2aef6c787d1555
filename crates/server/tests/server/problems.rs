//! What is said when a request cannot be done: every problem that needs no special state, in one snapshot.

use serde_json::Value;

use crate::support::World;

const ASKED: &[(&str, &str, Option<&str>)] = &[
    ("GET", "/api/v1/nothing", None),
    ("GET", "/nothing", None),
    ("DELETE", "/api/v1/releases", None),
    ("GET", "/api/v1/releases/9.9.9", None),
    ("GET", "/api/v1/releases/9%209", None),
    ("GET", "/api/v1/releases?limit=0", None),
    ("GET", "/api/v1/rollouts/7", None),
    ("GET", "/api/v1/rollouts/rol_00000000000000ff", None),
    ("GET", "/api/v1/rollouts?state=lost", None),
    ("GET", "/api/v1/rollouts?colour=red", None),
    ("GET", "/api/v1/environments/nowhere", None),
    ("GET", "/api/v1/events?stream=x", None),
    ("POST", "/api/v1/releases", Some("{")),
    ("POST", "/api/v1/releases", Some("[]")),
    ("POST", "/api/v1/releases", Some(r#"{"version": 1, "components": {}}"#)),
    ("POST", "/api/v1/releases", Some(r#"{"version": "1", "components": {}}"#)),
    ("POST", "/api/v1/releases", Some(r#"{"version": "1", "components": {"web": {"file": "x"}}}"#)),
    ("POST", "/api/v1/environments/production/rollouts", Some("{}")),
    ("POST", "/api/v1/environments/production/rollouts", Some(r#"{"release": "9.9.9"}"#)),
    ("POST", "/api/v1/environments/production/rollouts", Some(r#"{"release": "9.9.9", "strategy": "hope"}"#)),
    ("POST", "/api/v1/releases/9.9.9/promotions", None),
    ("POST", "/api/v1/rollouts/rol_00000000000000ff/hold", None),
];

#[tokio::test]
async fn every_problem_has_a_code_a_sentence_and_a_next_step() {
    let world = World::applied().await;
    let mut text = String::new();
    for (method, path, body) in ASKED {
        let (status, mut problem) = world.raw(method, path, *body).await;
        assert!(problem["request_id"].as_str().is_some_and(|id| id.starts_with("req_")), "{problem}");
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail", "code", "help"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {problem}");
        }
        problem["request_id"] = Value::String("req_…".to_owned());
        let body = body.unwrap_or("");
        let problem = serde_json::to_string_pretty(&problem).unwrap();
        text.extend([method, " ", path, " ", body, "\n", &problem, "\n\n"]);
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_request_of_another_site_is_not_answered() {
    let world = World::start().await;
    let url = format!("{}/api/v1/catalog", world.server.url);
    let ask =
        |name: &'static str, value: &'static str| reqwest::Client::new().get(&url).header(name, value).send();
    for (name, value, expected) in [
        ("host", "rebound.example", 421),
        ("host", "localhost:7070", 200),
        ("origin", "http://other.example", 403),
        ("origin", "http://127.0.0.1:5173", 200),
        ("origin", "null", 403),
        ("x-tidegate-actor", "tidegate", 200),
    ] {
        assert_eq!(ask(name, value).await.unwrap().status().as_u16(), expected, "{name}: {value}");
    }
}

#[tokio::test]
async fn nobody_can_ask_in_the_name_of_automation() {
    let world = World::start().await;
    for actor in ["tidegate", " ", &"x".repeat(101)] {
        let request = reqwest::Client::new().post(format!("{}/api/v1/apply", world.server.url));
        let request = request.header("x-tidegate-actor", actor).header("content-type", "application/json");
        let response = request.body(r#"{"file_name": "a", "text": ""}"#).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 400, "{actor}");
    }
}
