//! An address for previews stands at the strategy, and every route of its environment has it.

#![allow(clippy::unwrap_used, clippy::panic)]

use tidegate_domain::matching::Match;
use tidegate_domain::strategy::Strategy;
use tidegate_manifest::parse;

const TEXT: &str = r#"project: shop
components:
  api: {run: ./shop}
  web: {run: ./shop}
  worker: {run: ./shop, readiness: alive}
environments:
  - name: production
    components:
      api: {route: {listen: "127.0.0.1:8080", path: /api}}
      web: {route: {listen: "127.0.0.1:8080"}}
      worker: {}
pipeline:
  stages:
    - environment: production
      strategy: {blue-green: {preview: {listen: "127.0.0.1:8081"}}}
"#;

#[test]
fn every_route_there_gets_it() {
    let catalog =
        parse("tidegate.yaml", TEXT).unwrap_or_else(|wrong| panic!("{}", wrong.render(false))).catalog;
    let placements = &catalog.environments[0].placements;
    let previews: Vec<_> =
        placements.values().map(|placed| placed.route.as_ref()?.preview.as_deref()).collect();
    assert_eq!(previews, [Some("127.0.0.1:8081"), Some("127.0.0.1:8081"), None]);
    let Strategy::BlueGreen(knobs) = &catalog.pipeline.unwrap().stages[0].strategy else {
        panic!("another one")
    };
    assert_eq!(knobs.preview, Some(Match::Address { listen: "127.0.0.1:8081".to_owned() }));
}
