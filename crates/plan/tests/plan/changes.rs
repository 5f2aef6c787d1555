//! What two documents say otherwise.

use serde_json::{Value, json};
use tidegate_plan::Plan;
use tidegate_plan::changes::{How, changes};

fn plan(value: Value) -> Plan {
    serde_json::from_value(value).unwrap()
}

#[test]
fn places_are_told_by_ids_and_what_moved_has_not_changed() {
    let before = plan(json!({
        "title": "A", "objectives": [{ "id": "a", "text": "one" }, { "id": "b", "text": "two" }],
        "risks": [{ "id": "data", "description": "Data", "probability": 2, "impact": 5 }],
    }));
    let after = plan(json!({
        "title": "B", "objectives": [{ "id": "b", "text": "two" }, { "id": "a", "text": "other" }],
        "roles": [{ "id": "qa", "name": "Quality" }],
    }));
    assert_eq!(changes(&before, &before), []);
    let mut found: Vec<_> =
        changes(&before, &after).into_iter().map(|change| (change.path, change.how)).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        ("/objectives/a/text", How::Changed),
        ("/risks/data", How::Removed),
        ("/roles/qa", How::Added),
        ("/title", How::Changed),
    ];
    assert_eq!(found, expected.map(|(path, how)| (path.to_owned(), how)));
    let back = changes(&after, &before);
    let title = back.iter().find(|change| change.path == "/title").unwrap();
    assert_eq!((&title.before, &title.after), (&Some(json!("B")), &Some(json!("A"))));
}
