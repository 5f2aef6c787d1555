//! What an environment inherits, and that the catalog tells where it was written.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write as _;

use tidegate_domain::environment::{EnvironmentSpec, Tier};
use tidegate_manifest::parse;

const FILE: &str = r#"project: shop
components:
  api: {run: ./api}
  web: {run: ./web}
environments:
  - name: base
    abstract: true
    owner: Team Shop
    variables: {LOG: info, CACHE: "on"}
    secrets: [DB_PASSWORD]
    components:
      api: {replicas: 3, route: {path: /api, strip_path: true}, secrets: [SIGNING_KEY]}
      web:
  - name: live
    inherits: base
    abstract: true
    protected: true
    tier: production
    variables: {LOG: warn}
  - name: development
    inherits: base
    variables: {LOG: debug}
    components:
      api: {replicas: 1, route: {listen: "127.0.0.1:8081"}}
  - name: production
    inherits: live
    owner: Team Till
    secrets: [MAIL_TOKEN]
    components:
      api: {route: {listen: "127.0.0.1:8082", path: /}}
"#;

fn environments() -> Vec<EnvironmentSpec> {
    parse("tidegate.yaml", FILE).map_err(|wrong| wrong.render(false)).unwrap().catalog.environments
}

#[test]
fn the_nearest_value_counts_and_its_origin_is_kept() {
    let all = environments();
    assert_eq!(all.len(), 2, "what is abstract is no environment");
    insta::assert_json_snapshot!("inherited", all);
}

#[test]
fn knobs_of_a_route_are_inherited_one_by_one() {
    let [development, production] = <[EnvironmentSpec; 2]>::try_from(environments()).unwrap();
    let route = |spec: &EnvironmentSpec| spec.placements[&"api".parse().unwrap()].route.clone().unwrap();
    let (own, inherited) = (route(&production), route(&development));
    assert_eq!((own.path_prefix.as_str(), own.strip_prefix), ("/", true));
    assert_eq!((inherited.path_prefix.as_str(), inherited.listen.as_str()), ("/api", "127.0.0.1:8081"));
}

#[test]
fn what_is_not_written_anywhere_has_its_default() {
    let [development, production] = <[EnvironmentSpec; 2]>::try_from(environments()).unwrap();
    assert_eq!((development.tier, development.protected), (None, false));
    assert_eq!((production.tier, production.protected), (Some(Tier::Production), true));
    assert_eq!(production.placements[&"web".parse().unwrap()].replicas, 1);
}

#[test]
fn a_chain_is_only_so_long() {
    let mut text = String::from("project: shop\ncomponents: {api: {run: ./api}}\nenvironments:\n");
    text.push_str("  - {name: e0, components: {api: }}\n");
    for number in 1..9 {
        let parent = number - 1;
        writeln!(text, "  - {{name: e{number}, inherits: e{parent}, components: {{api: }}}}").unwrap();
    }
    let wrong = parse("tidegate.yaml", &text).unwrap_err();
    assert_eq!(wrong.entries.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>(), ["too-many"]);
}

#[test]
fn a_circle_beside_another_ends_too() {
    let text = "project: shop\ncomponents: {api: {run: ./api}}\nenvironments:\n\
                \x20 - {name: a, inherits: b, components: {api: }}\n\
                \x20 - {name: b, inherits: c, components: {api: }}\n\
                \x20 - {name: c, inherits: b, components: {api: }}\n";
    let wrong = parse("tidegate.yaml", text).unwrap_err();
    assert_eq!(wrong.entries.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>(), ["inherits-cycle"]);
}
