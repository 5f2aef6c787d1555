//! Stories in which rollouts show a flag hold every property, and the flag is really shown and really taken back in them.

use tidegate_domain::rollout::{Outcome, Phase};
use tidegate_sim::{Options, play, scenario, with_flags};

/// How many rollouts showed their flag to everybody, and how many went back after their code was there.
fn hold(seeds: impl IntoIterator<Item = u64>) -> (usize, usize) {
    let (mut shown, mut back, mut failed) = (0, 0, Vec::new());
    for seed in seeds {
        let report = play(seed, with_flags(scenario(seed), seed), Options::default());
        if let Some(failure) = report.failure {
            let (property, at_ms, what) = (failure.property, failure.at_ms, failure.what);
            failed
                .push(format!("seed {seed} with flags: \"{property}\" does not hold at {at_ms} ms: {what}"));
        }
        for rollout in report.ends.iter().filter(|rollout| rollout.plan.shown().is_some()) {
            let last = rollout.legs.len() - 1;
            let reached = rollout.plan.legs[last].steps[rollout.legs[last].step].exposure.is_some();
            shown += usize::from(rollout.phase == Phase::Done(Outcome::Succeeded));
            back += usize::from(reached && matches!(rollout.phase, Phase::Done(Outcome::RolledBack { .. })));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    (shown, back)
}

#[test]
fn stories_with_flags_0_to_500_hold_every_property() {
    let (shown, back) = hold(0..500);
    assert!(shown > 100 && back > 50, "they tell little of flags: {shown} shown to all, {back} taken back");
}
#[test]
fn stories_with_flags_500_to_1000_hold_every_property() {
    hold(500..1_000);
}
