//! Stories with smoke tests hold every property, and the tests really pass and really turn rollouts back in them.

use tidegate_domain::rollout::{Cause, Outcome, Phase};
use tidegate_sim::{Options, Sabotage, play, scenario, with_smoke};

/// How many rollouts passed all of their tests, and how many went back because of one.
fn hold(seeds: impl IntoIterator<Item = u64>) -> (usize, usize) {
    let (mut passed, mut back, mut failed) = (0, 0, Vec::new());
    for seed in seeds {
        let report = play(seed, with_smoke(scenario(seed), seed), Options::default());
        if let Some(failure) = report.failure {
            let (property, at_ms, what) = (failure.property, failure.at_ms, failure.what);
            failed.push(format!(
                "seed {seed} with smoke tests: \"{property}\" does not hold at {at_ms} ms: {what}"
            ));
        }
        for rollout in report.ends {
            let tested = rollout.legs.iter().any(|leg| !leg.smoke.is_empty());
            passed += usize::from(tested && rollout.phase == Phase::Done(Outcome::Succeeded));
            let smoke = |cause: &Cause| matches!(cause, Cause::Smoke { faulted: false, .. });
            back += usize::from(
                matches!(&rollout.phase, Phase::Done(Outcome::RolledBack { cause }) if smoke(cause)),
            );
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    (passed, back)
}

#[test]
fn stories_with_smoke_tests_0_to_300_hold_every_property() {
    let (passed, back) = hold(0..300);
    assert!(passed > 60 && back > 40, "they tell little of smoke tests: {passed} passed, {back} went back");
}

#[test]
fn stories_with_smoke_tests_300_to_600_hold_every_property() {
    hold(300..600);
}

/// The checker can fail.
#[test]
fn a_tester_that_lies_is_noticed() {
    const PROPERTY: &str = "smoke tests pass before traffic, and again before success";
    let sabotage = Some(Sabotage::LiesAboutSmoke);
    let options = Options { story: false, sabotage, only: Some(PROPERTY) };
    let (mut routed, mut succeeded) = (false, false);
    for seed in 0..400 {
        let failure = play(seed, with_smoke(scenario(seed), seed), options).failure;
        let what = failure.filter(|failure| failure.property == PROPERTY).map(|failure| failure.what);
        routed |= what.as_ref().is_some_and(|what| what.contains(" is routed, "));
        succeeded |= what.as_ref().is_some_and(|what| what.contains(" succeeds, "));
        if routed && succeeded {
            return;
        }
    }
    panic!("traffic without a pass noticed: {routed}, success without one: {succeeded}");
}
