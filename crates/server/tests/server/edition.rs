//! Who changes what somebody else changed since is told so.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{World, key};

struct Editor {
    world: World,
    http: reqwest::Client,
}

impl Editor {
    async fn start() -> Self {
        Self { world: World::applied().await, http: reqwest::Client::new() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.world.server.url)
    }

    async fn tag(&self, path: &str) -> String {
        let response = self.http.get(self.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.headers()["etag"].to_str().unwrap().to_owned()
    }

    async fn freeze(&self, name: &str, tag: Option<&str>) -> (StatusCode, Value) {
        let body = json!({ "kind": "freeze", "reason": "the sea is high", "from": "2026-12-24T18:00",
            "until": "2026-12-27", "zone": "Europe/Berlin" });
        let mut request = self.http.put(self.url(&format!("/calendar/{name}"))).json(&body);
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

#[tokio::test]
async fn a_change_to_what_was_changed_meanwhile_is_refused_and_changes_nothing() {
    let editor = Editor::start().await;
    assert_eq!(editor.tag("/calendar").await, "\"0\"");
    // Nobody has written it, so there is none to have seen.
    assert_eq!(editor.freeze("first", Some("*")).await.0, 412);
    assert_eq!(editor.freeze("first", Some("\"0\"")).await.0, 200);
    let seen = editor.tag("/calendar").await;
    assert_eq!(editor.freeze("second", None).await.0, 200);
    let (status, problem) = editor.freeze("third", Some(&seen)).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (412, Some("changed-meanwhile")));
    let entries: Value = editor.http.get(editor.url("/calendar")).send().await.unwrap().json().await.unwrap();
    assert!(!entries.to_string().contains("third"), "{entries}");
    let now = editor.tag("/calendar").await;
    assert_eq!(editor.freeze("third", Some(&format!("{seen}, {now}"))).await.0, 200);
    assert_eq!(editor.freeze("third", Some("*")).await.0, 200);
}

#[tokio::test]
async fn of_many_who_saw_the_same_edition_one_wins() {
    let editor = Editor::start().await;
    let seen = editor.tag("/calendar").await;
    let names: Vec<_> = (0..16).map(|index| format!("freeze-{index}")).collect();
    let asked = names.iter().map(|name| editor.freeze(name, Some(&seen)));
    let answers = futures_util::future::join_all(asked).await;
    let won = answers.iter().filter(|(status, _)| *status == 200).count();
    let lost = answers.iter().filter(|(status, _)| *status == 412).count();
    assert_eq!((won, lost), (1, 15), "{answers:?}");
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_it_was_though_its_own_change_made_the_tag_old() {
    let editor = Editor::start().await;
    let tag = editor.tag("/catalog").await;
    let mut text = editor.world.configuration();
    text.text.push_str("\n# seen\n");
    text.text = text.text.replace("replicas: 1", "replicas: 2");
    let key = key();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = editor.http.post(editor.url("/apply")).json(&text).header("if-match", &tag);
        let response = request.header("idempotency-key", key.as_str()).send().await.unwrap();
        answers.push((response.status().as_u16(), response.text().await.unwrap()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 200, "{answers:?}");
    assert_ne!(editor.tag("/catalog").await, tag, "{answers:?}");
}

#[tokio::test]
async fn a_header_that_means_nothing_here_is_refused() {
    let editor = Editor::start().await;
    for bad in ["seven", "\"7", "", "\"1\", *"] {
        let (status, problem) = editor.freeze("first", Some(bad)).await;
        assert_eq!((status.as_u16(), problem["code"].as_str()), (400, Some("bad-request")), "{bad}");
    }
    assert_eq!(editor.freeze("first", Some("W/\"0\"")).await.0, 412);
    let releases = editor.http.post(editor.url("/releases")).header("if-match", "\"1\"");
    let response = releases.json(&editor.world.wish("1.0.0")).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.text().await.unwrap().contains("takes no If-Match"));
    assert_eq!(editor.tag("/calendar").await, "\"0\"");
}
