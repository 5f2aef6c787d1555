//! The words of the project's first description must work as they stand there.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use tidegate_analysis::{Ladder, Metric, Trigger};
use tidegate_domain::pipeline::{Promotion, StageSpec};
use tidegate_domain::strategy::{Canary, CanaryStep, Climb, Setting, Strategy, steps};
use tidegate_manifest::parse;

const HEAD: &str = r#"
project: shop
components:
  api: {run: ["./shop", "api"]}
environments:
  - name: production
    components: {api: {route: {listen: "127.0.0.1:8080"}}}
"#;

fn stage(text: &str) -> StageSpec {
    let file = format!("{HEAD}pipeline:\n  stages:\n    - environment: production\n{text}");
    let manifest = parse("tidegate.yaml", &file).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    manifest.catalog.pipeline.unwrap().stages.remove(0)
}

fn climb(stage: &StageSpec) -> &Climb {
    let Strategy::Canary(canary) = &stage.strategy else { panic!("{:?}", stage.strategy) };
    &canary.climb
}

fn weights(stage: &StageSpec) -> Vec<u16> {
    let setting = Setting { replicas: 1, has_stable: true, ladder: &Ladder::default() };
    let weights =
        steps(&stage.strategy, &setting).into_iter().map(|step| step.traffic.candidate().basis_points());
    let mut weights: Vec<u16> = weights.filter(|weight| *weight > 0).collect();
    weights.dedup();
    weights
}

#[test]
fn initial_traffic_and_increment_as_bare_numbers_are_percent() {
    let stage = stage("      strategy: {canary: {initial_traffic: 5, increment: 10}}\n");
    assert_eq!(stage.strategy, Strategy::Canary(Canary::default()));
    assert_eq!(weights(&stage), [500, 1500, 2500, 3500, 4500, 5500, 6500, 7500, 8500, 9500, 10_000]);
}

#[test]
fn trigger_conditions_word_for_word() {
    let stage = stage(
        "      strategy: canary\n      analysis:\n        trigger_conditions: [\n          {\"metric\": \"error_rate\", \
         \"threshold\": 0.05, \"duration_seconds\": 60}\n        ]\n",
    );
    let trigger = Trigger { metric: Metric::ErrorRate, threshold: 0.05, duration_seconds: 60 };
    assert_eq!(stage.analysis.unwrap().ceilings, [trigger]);
}

#[test]
fn the_analysis_is_on_where_traffic_is_divided() {
    for (strategy, on) in [("recreate", false), ("rolling", false), ("blue-green", true), ("canary", true)] {
        assert_eq!(stage(&format!("      strategy: {strategy}\n")).analysis.is_some(), on, "{strategy}");
        assert!(stage(&format!("      strategy: {strategy}\n      analysis: on\n")).analysis.is_some());
        let off = stage(&format!("      strategy: {strategy}\n      analysis: off\n"));
        assert!(off.analysis.is_none() && off.analysis_off, "{strategy}");
        assert!(!stage(&format!("      strategy: {strategy}\n")).analysis_off, "{strategy}");
    }
    let default = stage("      strategy: canary\n");
    assert_eq!(default.promotion, Promotion::Manual);
    assert_eq!((default.scrape_interval_ms, default.progress_deadline_seconds), (5_000, 600));
}

#[test]
fn who_climbs_owns_the_weights() {
    let ladder = stage("      strategy: {canary: {climb: analysis}}\n");
    assert_eq!(climb(&ladder), &Climb::Analysis);
    let plan = stage(
        "      strategy:\n        canary:\n          steps:\n            - match: {header: {x-canary: \"1\"}}\n            \
         - shift: 5%\n            - wait: 60s\n            - confirm\n            - shift: 50%\n            - judge\n            \
         - mirror: 10%\n            - match: none\n",
    );
    assert_eq!(weights(&plan), [500, 5_000, 10_000]);
    let Climb::Steps(steps) = climb(&plan) else { panic!("no steps") };
    assert_eq!(steps.len(), 8);
    assert_eq!(steps[3], CanaryStep::Confirm);
    assert_eq!(steps[7], CanaryStep::Match(None));
}

#[test]
fn a_strategy_with_nothing_behind_it_has_its_defaults() {
    let written = "      strategy:\n        canary:\n";
    assert_eq!(stage(written).strategy, Strategy::Canary(Canary::default()));
    assert_eq!(stage("      strategy: {canary: {}}\n").strategy, Strategy::Canary(Canary::default()));
}
