//! Stories with databases that change hold every property, and databases are really expanded, contracted and left alone in
//! them.

use tidegate_domain::rollout::{Cause, Outcome, Phase};
use tidegate_domain::smoke::SmokePhase;
use tidegate_sim::{Options, Sabotage, play, scenario, with_databases};

#[derive(Default)]
struct Told {
    contracted: usize,
    left_alone: usize,
    not_expanded: usize,
}

fn hold(seeds: impl IntoIterator<Item = u64>) -> Told {
    let (mut told, mut failed) = (Told::default(), Vec::new());
    for seed in seeds {
        let report = play(seed, with_databases(scenario(seed), seed), Options::default());
        if let Some(failure) = report.failure {
            let (property, at_ms, what) = (failure.property, failure.at_ms, failure.what);
            failed.push(format!(
                "seed {seed} with databases: \"{property}\" does not hold at {at_ms} ms: {what}"
            ));
        }
        for rollout in report.ends {
            let succeeded = rollout.phase == Phase::Done(Outcome::Succeeded);
            let asked = rollout.plan.legs.iter().any(|leg| leg.database.contract.is_some());
            told.contracted += usize::from(succeeded && rollout.past_return);
            told.left_alone += usize::from(succeeded && asked && !rollout.past_return);
            let expand = |cause: &Cause| {
                matches!(cause, Cause::Smoke { phase: SmokePhase::Expand, faulted: false, .. })
            };
            told.not_expanded += usize::from(
                matches!(&rollout.phase, Phase::Done(Outcome::RolledBack { cause }) if expand(cause)),
            );
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    told
}

#[test]
fn stories_with_databases_0_to_300_hold_every_property() {
    let told = hold(0..300);
    let Told { contracted, left_alone, not_expanded } = told;
    assert!(
        contracted > 30 && left_alone > 30 && not_expanded > 10,
        "they tell little: {contracted} contracted, {left_alone} left alone, {not_expanded} not expanded"
    );
}

#[test]
fn stories_with_databases_300_to_600_hold_every_property() {
    hold(300..600);
}

/// The checker can fail.
#[test]
fn a_database_that_is_called_expanded_and_is_not_is_noticed() {
    const PROPERTY: &str = "no version meets a database that it cannot live with";
    let sabotage = Some(Sabotage::LiesAboutSmoke);
    let options = Options { story: false, sabotage, only: Some(PROPERTY) };
    let noticed = (0..400).any(|seed| {
        let failure = play(seed, with_databases(scenario(seed), seed), options).failure;
        failure.is_some_and(|failure| failure.what.contains("before its database was expanded"))
    });
    assert!(noticed);
}
