//! What is known by its name only, and a file that is read, changed and applied again by a program.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use serde_json::{Value, json};
use tidegate_domain::catalog::Catalog;
use tidegate_manifest::{as_json, parse, starter};

fn catalog(text: &str) -> Catalog {
    let manifest = parse("tidegate.yaml", text).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    Catalog { source: None, ..manifest.catalog }
}

const PLANNED: &str = r"
project: shop
components:
  api: {planned: on}
environments:
  - name: staging
    planned: on
  - name: production
    components: {api: }
pipeline:
  stages:
    - {environment: staging, strategy: canary}
    - {environment: production, strategy: canary}
";

#[test]
fn a_component_and_an_environment_may_be_known_by_their_names_only() {
    let catalog = catalog(PLANNED);
    assert!(catalog.components.values().all(|spec| spec.run.is_empty()));
    assert!(catalog.environments[0].placements.is_empty());
    assert_eq!(catalog.environments[1].placements.len(), 1);
}

#[test]
fn what_is_finished_needs_its_route_again() {
    let finished = PLANNED.replace("{planned: on}", "{run: ./api}");
    let wrong = parse("tidegate.yaml", &finished).unwrap_err();
    let codes: Vec<&str> = wrong.entries.iter().map(|entry| entry.code.as_str()).collect();
    assert_eq!(codes, ["no-route"], "{}", wrong.render(false));
    for missing in ["  api: {}\n", "  api:\n    variables: {A: b}\n"] {
        let text = PLANNED.replace("  api: {planned: on}\n", missing);
        assert!(parse("tidegate.yaml", &text).is_err(), "only `planned` says that nothing is missing");
    }
}

#[test]
fn a_file_as_json_means_the_same() {
    let whole = r"
project: shop
defaults-are: not-here
";
    assert!(as_json(whole).is_none(), "what cannot be read has no other form");
    let anchors = "project: shop\ncomponents:\n  api: &a {run: [./api, \"1.10\"], variables: {V: 1.10, E: \"\"}}\n  web: *a\n\
                   environments:\n  - {name: production, components: {api: , web: {replicas: 2}}}\n";
    for text in [PLANNED, anchors, &starter("shop")] {
        let document = as_json(text).unwrap();
        let again = serde_json::to_string_pretty(&document).unwrap();
        assert_eq!(catalog(&again), catalog(text), "{again}");
        assert_eq!(as_json(&again).unwrap(), document);
    }
    let document = as_json(anchors).unwrap();
    assert_eq!(document["components"]["api"]["variables"], json!({"V": "1.10", "E": ""}));
    assert_eq!(document["environments"][0]["components"]["api"], Value::Null);
}

#[test]
fn every_example_of_the_reference_survives_being_json() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/configuration.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut seen = 0;
    for part in page.split("```yaml\n").skip(1) {
        let text = part.split("```").next().unwrap();
        let again = serde_json::to_string(&as_json(text).unwrap()).unwrap();
        assert_eq!(catalog(&again), catalog(text));
        seen += 1;
    }
    assert!(seen >= 2);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-z{}:\\[\\]\", \n-]{0,80}") {
        let _ = as_json(&text);
    }
}
