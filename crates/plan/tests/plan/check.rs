//! What does not fit in a plan, with the place and the word for it.

use serde_json::{Value, json};
use tidegate_plan::Plan;
use tidegate_plan::document::check;

fn problems(members: Value) -> Vec<(String, &'static str, String)> {
    let mut document = json!({ "title": "P" });
    for (name, value) in members.as_object().unwrap() {
        document[name] = value.clone();
    }
    let plan: Plan = serde_json::from_value(document).unwrap();
    check(&plan).into_iter().map(|problem| (problem.path, problem.code, problem.says)).collect()
}

#[test]
fn each_mistake_has_its_place_and_its_word() {
    let expect = |members: Value, path: &str, code: &str| {
        let found = problems(members.clone());
        let told: Vec<(&str, &str)> = found.iter().map(|(path, code, _)| (path.as_str(), *code)).collect();
        assert_eq!(told, [(path, code)], "{members}");
    };
    let activity = |id: &str, more: Value| {
        let mut activity = json!({ "id": id, "name": id });
        activity.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        activity
    };
    expect(json!({ "title": " " }), "/title", "empty");
    expect(json!({ "title": "a\nb" }), "/title", "control-character");
    expect(json!({ "title": "a".repeat(301) }), "/title", "too-long");
    expect(json!({ "zone": "Europe/Atlantis" }), "/zone", "unknown-zone");
    expect(json!({ "ready_on": "0900-01-01" }), "/ready_on", "out-of-range");
    expect(json!({ "freeze_on": "2026-02-02", "ready_on": "2026-02-01" }), "/freeze_on", "end-before-start");
    expect(json!({ "objectives": [{ "id": "a b", "text": "" }] }), "/objectives/0/id", "bad-id");
    let twice = json!([{ "id": "a", "text": "x" }, { "id": "a", "text": "y" }]);
    expect(json!({ "objectives": twice }), "/objectives/1/id", "duplicate-id");
    expect(
        json!({ "activities": [activity("a", json!({ "after": ["b"] }))] }),
        "/activities/0/after/0",
        "unknown-reference",
    );
    let backwards = json!({ "start": "2026-01-02", "end": "2026-01-01" });
    expect(json!({ "activities": [activity("a", backwards)] }), "/activities/0/end", "end-before-start");
    expect(
        json!({ "activities": [activity("a", json!({ "done_on": "2026-01-01" }))] }),
        "/activities/0/done_on",
        "state-unfit",
    );
    let item = json!({ "id": "a", "title": "t", "component": "web" });
    expect(
        json!({ "components": [{ "id": "api" }], "scope": [item] }),
        "/scope/0/component",
        "unknown-reference",
    );
    let item = json!({ "id": "a", "title": "t", "labels": ["a,b"] });
    expect(json!({ "scope": [item] }), "/scope/0/labels/0", "bad-name");
    let item = json!({ "id": "a", "title": "t", "estimates": [{ "skill": "s", "hours": 10_001 }] });
    expect(json!({ "scope": [item] }), "/scope/0/estimates/0/hours", "out-of-range");
    let roles =
        json!([{ "id": "a", "name": "A", "decides": true }, { "id": "b", "name": "B", "decides": true }]);
    expect(json!({ "roles": roles }), "/roles/1/decides", "two-deciders");
    let person = json!({ "id": "Ana", "hours_per_week": 169 });
    expect(json!({ "people": [person] }), "/people/0/hours_per_week", "out-of-range");
    let off = json!({ "id": "Ana", "hours_per_week": 1, "days_off": [{ "from": "2026-01-02", "until": "2026-01-01" }] });
    expect(json!({ "people": [off] }), "/people/0/days_off/0/until", "end-before-start");
    let case = json!({ "id": "a", "title": "t", "feature": "none" });
    expect(json!({ "test_cases": [case] }), "/test_cases/0/feature", "unknown-reference");
    let item = json!({ "id": "a", "text": "t", "area": "x", "audience": "none" });
    expect(json!({ "readiness": [item] }), "/readiness/0/audience", "unknown-reference");
    let risk = json!({ "id": "a", "description": "d", "probability": 6, "impact": 1 });
    expect(json!({ "risks": [risk] }), "/risks/0/probability", "out-of-range");
    let window = json!({ "from": "2026-01-02T00:00:00", "until": "2026-01-01T00:00:00", "zone": "UTC" });
    expect(json!({ "deployment": { "window": window } }), "/deployment/window/until", "end-before-start");
    let years = json!({ "from": "2026-01-02T00:00:00", "until": "2028-01-01T00:00:00", "zone": "UTC" });
    expect(json!({ "deployment": { "window": years } }), "/deployment/window/until", "out-of-range");
    let step = json!({ "id": "a", "text": "  " });
    expect(json!({ "deployment": { "rollback": [step] } }), "/deployment/rollback/0/text", "empty");
    let told = json!({ "id": "a", "title": "t", "audience": "none", "when": { "moment": "started" } });
    expect(json!({ "announcements": [told] }), "/announcements/0/audience", "unknown-reference");
    let meeting = json!({ "id": "a", "kind": "planning", "title": "t", "minutes": 0 });
    expect(json!({ "meetings": [meeting] }), "/meetings/0/minutes", "out-of-range");
}

#[test]
fn a_circle_is_told_with_its_chain() {
    let activity = |id: &str, after: &[&str]| json!({ "id": id, "name": id, "after": after });
    let members = json!({ "activities": [
        activity("start", &[]), activity("build", &["start", "deploy"]), activity("test", &["build"]), activity("deploy", &["test"]),
    ]});
    let found = problems(members);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0.as_str(), found[0].1), ("/activities", "cycle"));
    assert!(found[0].2.contains("build after deploy after test after build"), "{}", found[0].2);
}

#[test]
fn lists_that_are_too_long_are_told_and_not_looked_into() {
    let notes: Vec<Value> = (0..100_000).map(|_| json!({ "heading": "", "text": "" })).collect();
    let found = problems(json!({ "notes": notes }));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0.as_str(), found[0].1), ("/notes", "too-many"));
}
