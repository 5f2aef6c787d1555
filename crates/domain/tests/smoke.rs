//! A rollout with smoke tests: nothing gets traffic before they have passed, nothing is done before they have passed again.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod story;

use proptest::prelude::*;
use story::{Story, addresses, plan, returning};
use tidegate_domain::rollout::*;
use tidegate_domain::smoke::{SmokeAsk, SmokePhase, SmokeResult, SmokeTest, SmokeVerdict};
use tidegate_domain::strategy::{BlueGreen, Canary, Recreate, Rolling, Strategy as Way, Traffic};

fn test(name: &str) -> SmokeTest {
    SmokeTest {
        name: name.parse().unwrap(),
        ask: SmokeAsk::Run { command: vec!["./smoke".to_owned()] },
        timeout_ms: 2_000,
        retries: 1,
        environments: std::collections::BTreeSet::new(),
    }
}

fn tested(way: &Way, legs: usize, names: &[&str]) -> Plan {
    let mut plan = Plan { analysis: None, ..plan(way, legs, 2) };
    for leg in &mut plan.legs {
        leg.smoke = names.iter().map(|name| test(name)).collect();
    }
    plan
}

fn result(verdict: SmokeVerdict) -> SmokeResult {
    SmokeResult {
        verdict,
        attempts: 1,
        took_ms: 3,
        expected: "exit status 0".into(),
        seen: "exit status 1".into(),
        output_digest: String::new(),
    }
}

fn answer(story: &mut Story, verdict: SmokeVerdict) -> Vec<RolloutEvent> {
    let due = smoke_due(story.state()).unwrap();
    let (leg, phase, test) = (due.leg, due.phase, due.test.name.clone());
    let command = RolloutCommand::Smoked { leg, phase, test, result: result(verdict) };
    story.asks("tidegate", command).unwrap()
}

fn due(story: &Story) -> Option<(SmokePhase, String)> {
    smoke_due(story.state()).map(|due| (due.phase, due.test.name.to_string()))
}

fn ways() -> Vec<Way> {
    vec![
        Way::Recreate(Recreate::default()),
        Way::Rolling(Rolling::default()),
        Way::BlueGreen(BlueGreen::default()),
        Way::Canary(Canary::default()),
    ]
}

#[test]
fn they_are_asked_one_after_the_other_before_traffic_and_again_with_all_of_it() {
    for way in ways() {
        let mut story = Story::of(tested(&way, 1, &["answers", "buys"]));
        let mut asked = Vec::new();
        for _ in 0..4_000 {
            if story.state().is_done() {
                break;
            }
            if let Some(one) = due(&story) {
                asked.push(one);
                assert_eq!(answer(&mut story, SmokeVerdict::Passed).len(), 1);
            } else {
                story.passes(1);
                story.looks(|_| ());
            }
        }
        assert_eq!(story.state().phase, Phase::Done(Outcome::Succeeded), "{}", way.name());
        let expect = [
            (SmokePhase::Before, "answers".to_owned()),
            (SmokePhase::Before, "buys".to_owned()),
            (SmokePhase::After, "answers".to_owned()),
            (SmokePhase::After, "buys".to_owned()),
        ];
        assert_eq!(asked, expect, "{}", way.name());
    }
}

#[test]
fn a_failing_one_goes_back_before_anybody_is_sent_there() {
    for way in ways() {
        let mut story = Story::of(tested(&way, 1, &["buys"]));
        while due(&story).is_none() {
            story.looks(|_| ());
        }
        let told = answer(&mut story, SmokeVerdict::Failed);
        let cause = returning(&told).unwrap();
        assert!(cause.bars());
        let words = "the smoke test `buys` of c0 failed before it had traffic: expected exit status 0, saw exit status 1";
        assert_eq!(cause.to_string(), words);
        assert_eq!(story.ends(), Outcome::RolledBack { cause: cause.clone() });
        assert!(story.shares.iter().all(|(_, share)| share.is_none()), "{}: {:?}", way.name(), story.shares);
    }
}

#[test]
fn one_that_fails_with_all_traffic_goes_back_too() {
    let mut story = Story::of(tested(&Way::BlueGreen(BlueGreen::default()), 1, &["buys"]));
    while due(&story).is_none() {
        story.looks(|_| ());
    }
    answer(&mut story, SmokeVerdict::Passed);
    for _ in 0..100 {
        if due(&story).is_some() {
            break;
        }
        story.looks(|_| ());
    }
    assert_eq!(due(&story).unwrap().0, SmokePhase::After);
    let told = answer(&mut story, SmokeVerdict::Failed);
    assert!(returning(&told).unwrap().to_string().contains("failed with all traffic on it"));
    assert!(matches!(story.ends(), Outcome::RolledBack { .. }));
}

#[test]
fn whoever_asks_may_fail_without_blame_and_without_a_pass() {
    let mut story = Story::of(tested(&Way::Canary(Canary::default()), 1, &["buys"]));
    while due(&story).is_none() {
        story.looks(|_| ());
    }
    let told = answer(&mut story, SmokeVerdict::Faulted);
    let cause = returning(&told).unwrap();
    assert!(!cause.bars());
    assert_eq!(cause.to_string(), "the smoke test `buys` of c0 could not be asked: exit status 1");
}

#[test]
fn no_outcome_is_no_pass() {
    let mut story = Story::of(tested(&Way::Canary(Canary::default()), 1, &["buys"]));
    story.settles();
    assert!(due(&story).is_some());
    // Its attempts may take 6 s, and the plan's deadline is a minute.
    story.passes(60 + 6 + 59);
    assert_eq!(story.looks(|_| ()), []);
    story.passes(2);
    let told = story.looks(|_| ());
    assert!(returning(&told).unwrap().to_string().contains("could not be asked: no outcome in"), "{told:?}");

    let mut story = Story::of(tested(&Way::Recreate(Recreate::default()), 1, &["buys"]));
    while due(&story).is_none() {
        story.looks(|_| ());
    }
    answer(&mut story, SmokeVerdict::Passed);
    while due(&story).is_none() {
        story.looks(|_| ());
    }
    story.passes(1_000);
    let told = story.looks(|_| ());
    assert!(
        matches!(&told[..], [.., RolloutEvent::Held { reason, .. }] if reason.contains("`buys`")),
        "{told:?}"
    );
    assert_eq!(story.state().phase, Phase::Advancing);
}

#[test]
fn an_outcome_of_what_is_not_awaited_is_no_news() {
    let mut story = Story::of(tested(&Way::Canary(Canary::default()), 1, &["answers", "buys"]));
    let ask = |story: &mut Story, phase, name: &str| {
        let (leg, test, result) = (0, name.parse().unwrap(), result(SmokeVerdict::Failed));
        story.asks("tidegate", RolloutCommand::Smoked { leg, phase, test, result }).unwrap()
    };
    // Nobody is ready yet.
    assert_eq!(ask(&mut story, SmokePhase::Before, "answers"), []);
    story.settles();
    for (phase, name) in
        [(SmokePhase::After, "answers"), (SmokePhase::Before, "buys"), (SmokePhase::Before, "other")]
    {
        assert_eq!(ask(&mut story, phase, name), []);
    }
    answer(&mut story, SmokeVerdict::Passed);
    assert_eq!(ask(&mut story, SmokePhase::Before, "answers"), []);
    assert_eq!(story.state().phase, Phase::Advancing);
    story.asks("ada", RolloutCommand::Abort { reason: String::new() }).unwrap();
    assert_eq!(due(&story), None);
    assert_eq!(ask(&mut story, SmokePhase::Before, "buys"), []);
}

#[derive(Debug, Clone)]
enum Turn {
    Look { ready: bool },
    Answer(SmokeVerdict),
    Ask(RolloutCommand),
    Pass(u64),
}

fn turn() -> impl Strategy<Value = Turn> {
    let verdict = prop_oneof![
        8 => Just(SmokeVerdict::Passed),
        1 => Just(SmokeVerdict::Failed),
        1 => Just(SmokeVerdict::Faulted),
    ];
    let ask = prop_oneof![
        Just(RolloutCommand::Promote),
        Just(RolloutCommand::Hold { reason: "wait".into() }),
        Just(RolloutCommand::Resume),
        Just(RolloutCommand::Abort { reason: String::new() }),
    ];
    prop_oneof![
        20 => prop::bool::weighted(0.8).prop_map(|ready| Turn::Look { ready }),
        12 => verdict.prop_map(Turn::Answer),
        2 => ask.prop_map(Turn::Ask),
        8 => (1u64..60).prop_map(Turn::Pass),
    ]
}

fn passed(rollout: &Rollout, leg: usize, phase: SmokePhase) -> bool {
    let done = |test: &SmokeTest| {
        rollout.legs[leg].smoke.iter().any(|done| {
            done.phase == phase && done.test == test.name && done.result.verdict == SmokeVerdict::Passed
        })
    };
    rollout.plan.legs[leg].smoke.iter().all(done)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the order of what happens: no share without passing tests, no success without them, none counted twice.
    #[test]
    fn nothing_gets_traffic_or_success_without_passing(
        way in 0usize..4,
        legs in 1usize..3,
        turns in prop::collection::vec(turn(), 1..120),
    ) {
        let mut story = Story::of(tested(&ways()[way], legs, &["answers", "buys"]));
        for turn in turns {
            match turn {
                Turn::Look { ready } => {
                    story.looks(|seen| {
                        if !ready {
                            seen.candidate.ready = addresses(0);
                        }
                    });
                }
                Turn::Answer(verdict) if smoke_due(story.state()).is_some() => {
                    answer(&mut story, verdict);
                }
                Turn::Answer(_) => {}
                Turn::Ask(command) => drop(story.asks("ada", command)),
                Turn::Pass(seconds) => story.passes(seconds),
            }
            let rollout = story.state();
            for effect in effects(rollout).legs {
                let sent = effect.wanted.matches.is_some()
                    || !effect.wanted.mirror.is_none()
                    || !matches!(effect.wanted.traffic, Traffic::Offline)
                        && !effect.wanted.traffic.candidate().is_none();
                prop_assert!(!sent || passed(rollout, effect.leg, SmokePhase::Before));
            }
            for (index, leg) in rollout.legs.iter().enumerate() {
                prop_assert!(leg.stage != Stage::Promoted || passed(rollout, index, SmokePhase::After));
                let names: Vec<_> = leg.smoke.iter().map(|done| (done.phase, &done.test)).collect();
                let mut once = names.clone();
                once.sort();
                once.dedup();
                prop_assert_eq!(once.len(), names.len());
            }
            if rollout.phase == Phase::Done(Outcome::Succeeded) {
                prop_assert!((0..legs).all(|leg| passed(rollout, leg, SmokePhase::After)));
            }
        }
    }
}
