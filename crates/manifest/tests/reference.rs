//! The reference page, the published schema and the parser say the same.
//!
//! `TIDEGATE_UPDATE=1 cargo test -p tidegate-manifest --test reference` writes the schema anew.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod schema_check;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use schema_check::violations;
use serde_json::Value;
use tidegate_manifest::{codes, json_schema, parse, starter};

fn reference(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(file)
}

fn page() -> String {
    std::fs::read_to_string(reference("configuration.md")).unwrap()
}

/// What surrounds an example that shows only a part: the text before it, and how far it is indented.
fn surroundings(part: &str) -> Option<(&'static str, usize)> {
    match part {
        "" => Some(("", 0)),
        "component" => Some(("project: shop\nenvironments: []\ncomponents:\n  api:\n", 4)),
        "environment" => Some((
            "project: shop\ncomponents: {api: {run: ./api}}\nenvironments:\n  - name: production\n    components:\n",
            6,
        )),
        "stage" => Some((
            "project: shop\ncomponents: {api: {run: ./api}}\nenvironments:\n  - name: production\n    components: \
             {api: {route: {listen: 127.0.0.1:80}}}\npipeline:\n  stages:\n    - environment: production\n",
            6,
        )),
        _ => None,
    }
}

fn examples() -> Vec<String> {
    let page = page();
    let mut all = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```yaml") else { continue };
        let part = info.trim();
        let (before, indent) = surroundings(part).unwrap_or_else(|| panic!("no surroundings for `{part}`"));
        let mut text = before.to_owned();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            writeln!(text, "{}{line}", " ".repeat(indent)).unwrap();
        }
        all.push(text);
    }
    all
}

fn as_json(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn every_example_parses_and_fits_the_schema() {
    let (examples, schema) = (examples(), json_schema());
    assert!(examples.len() >= 9, "{} examples", examples.len());
    for text in examples.iter().chain([&starter("shop")]) {
        if let Err(wrong) = parse("configuration.md", text) {
            panic!("{text}\n{}", wrong.render(false));
        }
        assert_eq!(violations(&schema, &as_json(text)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn the_schema_refuses_what_it_should() {
    let schema = json_schema();
    let good = starter("shop");
    let table = [
        ("replicas: 1", "replica: 1"),
        ("project: shop", "# no project"),
        ("strategy: recreate", "strategy: recreat"),
        ("strategy: recreate", "strategy: {recreate: {}, rolling: {}}"),
        ("duration_seconds: 60", "duration_seconds: soon"),
        ("promotion: manual", "promotion: [manual]"),
        ("run: [\"./server\"]", "run: []"),
        ("replicas: 3", "replicas: 300"),
    ];
    for (there, instead) in table {
        assert!(good.contains(there), "{there}");
        let broken = as_json(&good.replacen(there, instead, 1));
        assert_ne!(violations(&schema, &broken), Vec::<String>::new(), "{instead}");
    }
}

#[test]
fn the_published_schema_is_the_present_one() {
    let (path, schema) = (reference("tidegate.schema.json"), json_schema());
    if std::env::var_os("TIDEGATE_UPDATE").is_some() {
        std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&schema).unwrap())).unwrap();
    }
    let published: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    assert!(published == schema, "run with TIDEGATE_UPDATE=1 to publish the schema anew");
}

/// Names of all keys anywhere in the schema.
fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                found.extend(properties.keys().cloned());
            }
            object.values().for_each(|part| keys(part, found));
        }
        Value::Array(list) => list.iter().for_each(|part| keys(part, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_key_and_every_code_is_on_the_page() {
    let page = page();
    let mut all = BTreeSet::new();
    keys(&json_schema(), &mut all);
    assert!(all.len() > 60);
    // The strategies head their own tables; header and cookie stand in the sentence on matches.
    for key in all {
        let row = format!("| `{key}`");
        let heading = format!("**`{key}`**");
        let sentence = format!(" `{key}` ");
        assert!(
            page.contains(&row) || page.contains(&heading) || page.contains(&sentence),
            "`{key}` is missing"
        );
    }
    for (code, meaning) in codes() {
        assert!(
            page.contains(&format!("| `{code}` | {meaning} |")),
            "`{code}` is missing, or told differently"
        );
    }
}
