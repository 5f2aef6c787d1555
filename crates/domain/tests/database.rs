//! A rollout that changes databases: expanded before anything new runs, contracted once nothing else does, and no way back
//! from there.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod story;

use proptest::prelude::*;
use story::{Story, addresses, plan, returning};
use tidegate_domain::database::DatabaseSteps;
use tidegate_domain::refusal::Refuse;
use tidegate_domain::rollout::*;
use tidegate_domain::smoke::{SmokeAsk, SmokePhase, SmokeResult, SmokeTest, SmokeVerdict};
use tidegate_domain::strategy::{BlueGreen, Canary, Recreate, Rolling, Strategy as Way};

fn step(name: &str) -> SmokeTest {
    SmokeTest {
        name: name.parse().unwrap(),
        ask: SmokeAsk::Run { command: vec!["./migrate".to_owned(), name.to_owned()] },
        timeout_ms: 120_000,
        retries: 0,
        environments: std::collections::BTreeSet::new(),
    }
}

/// With `asks`, each is asked first whether anything is left.
fn changed(way: &Way, legs: usize, asks: bool) -> Plan {
    let mut plan = Plan { analysis: None, ..plan(way, legs, 2) };
    for leg in &mut plan.legs {
        let contracted = asks.then(|| step("contracted"));
        leg.database =
            DatabaseSteps { expand: Some(step("expand")), contracted, contract: Some(step("contract")) };
        leg.steps.last_mut().unwrap().stable = 0;
    }
    plan
}

fn answer(story: &mut Story, verdict: SmokeVerdict) -> Vec<RolloutEvent> {
    let due = smoke_due(story.state()).unwrap();
    let (leg, phase, test) = (due.leg, due.phase, due.test.name.clone());
    let result = SmokeResult {
        verdict,
        attempts: 1,
        took_ms: 3,
        expected: "exit status 0".into(),
        seen: "exit status 1".into(),
        output_digest: String::new(),
    };
    story.asks("tidegate", RolloutCommand::Smoked { leg, phase, test, result }).unwrap()
}

fn due(story: &Story) -> Option<(usize, SmokePhase)> {
    smoke_due(story.state()).map(|due| (due.leg, due.phase))
}

fn ways() -> Vec<Way> {
    vec![
        Way::Recreate(Recreate::default()),
        Way::Rolling(Rolling::default()),
        Way::BlueGreen(BlueGreen::default()),
        Way::Canary(Canary::default()),
    ]
}

/// Everything passes, until this is asked for.
fn until(story: &mut Story, wanted: SmokePhase) {
    for _ in 0..4_000 {
        match due(story) {
            Some((_, phase)) if phase == wanted => return,
            // The question whether nothing is left is answered with no.
            Some((_, SmokePhase::Contracted)) => drop(answer(story, SmokeVerdict::Failed)),
            Some(_) => drop(answer(story, SmokeVerdict::Passed)),
            None => {
                story.passes(1);
                story.looks(|_| ());
            }
        }
    }
    panic!("{wanted:?} was never asked for: {:?}", story.state());
}

fn ends(story: &mut Story, verdict: impl Fn(SmokePhase) -> SmokeVerdict) -> Vec<(usize, SmokePhase)> {
    let mut asked = Vec::new();
    for _ in 0..8_000 {
        if story.state().is_done() {
            break;
        }
        if let Some(one) = due(story) {
            asked.push(one);
            answer(story, verdict(one.1));
        } else {
            story.passes(1);
            story.looks(|_| ());
        }
    }
    asked
}

#[test]
fn databases_are_expanded_first_and_contracted_last() {
    for way in ways() {
        let mut story = Story::of(changed(&way, 2, false));
        let asked = ends(&mut story, |_| SmokeVerdict::Passed);
        assert_eq!(story.state().phase, Phase::Done(Outcome::Succeeded), "{}", way.name());
        let expected = [
            (0, SmokePhase::Expand),
            (1, SmokePhase::Expand),
            (0, SmokePhase::Contract),
            (1, SmokePhase::Contract),
        ];
        assert_eq!(asked, expected, "{}", way.name());
        let passed = story.told.iter().filter(|event| matches!(event, RolloutEvent::PointOfNoReturn { .. }));
        assert_eq!(passed.count(), 1);
        assert!(story.state().has_contracted(0) && story.state().has_contracted(1));
    }
}

#[test]
fn where_nothing_is_left_to_contract_there_is_a_way_back() {
    let mut story = Story::of(changed(&Way::Rolling(Rolling::default()), 2, true));
    let asked = ends(&mut story, |_| SmokeVerdict::Passed);
    let expected = [
        (0, SmokePhase::Expand),
        (1, SmokePhase::Expand),
        (0, SmokePhase::Contracted),
        (1, SmokePhase::Contracted),
    ];
    assert_eq!(asked, expected);
    assert_eq!(story.state().phase, Phase::Done(Outcome::Succeeded));
    assert!(!story.state().past_return && !story.state().has_contracted(0));
}

#[test]
fn a_database_that_cannot_be_expanded_starts_nothing() {
    for way in ways() {
        let mut story = Story::of(changed(&way, 1, false));
        assert_eq!(due(&story), Some((0, SmokePhase::Expand)));
        story.looks(|_| ());
        let told = answer(&mut story, SmokeVerdict::Failed);
        let cause = returning(&told).unwrap();
        assert!(cause.bars());
        assert_eq!(cause.to_string(), "the database of c0 could not be expanded: exit status 1");
        assert_eq!(story.ends(), Outcome::RolledBack { cause: cause.clone() });
        assert!(story.shares.iter().all(|(_, share)| share.is_none()), "{}", way.name());
    }
}

#[test]
fn an_expansion_has_its_own_time_and_what_follows_has_the_whole_of_its_own() {
    let mut story = Story::of(changed(&Way::Canary(Canary::default()), 1, false));
    // It may take 120 s and the answer another 60; the plan's deadline is a minute.
    story.passes(60 + 120 + 59);
    let told = story.looks(|_| ());
    assert!(returning(&told).is_none(), "{told:?}");
    answer(&mut story, SmokeVerdict::Passed);
    story.passes(50);
    let told = story.looks(|seen| seen.candidate.ready = addresses(0));
    assert!(returning(&told).is_none(), "{told:?}");
}

#[test]
fn past_the_point_of_no_return_nothing_goes_back() {
    let mut story = Story::of(changed(&Way::Canary(Canary::default()), 1, true));
    until(&mut story, SmokePhase::Contract);
    assert!(story.state().past_return);
    let back = RolloutCommand::RollBack { reason: "slow".into(), over_seconds: Some(600) };
    let supersede = RolloutCommand::Supersede { by: story.state().id.clone() };
    for command in [back, supersede, RolloutCommand::Abort { reason: String::new() }] {
        let refused = story.asks("ada", command).unwrap_err();
        assert_eq!(refused.code(), "past-point-of-no-return");
        assert!(refused.help().contains("feature flag") && refused.help().contains("tidegate deploy"));
    }
    // What would have turned it back is told, once.
    let told = story.judges(Action::RollBack);
    let alarms = told.iter().filter(|event| matches!(event, RolloutEvent::Alarmed { .. })).count();
    assert_eq!(alarms, 1, "{told:?}");
    assert!(
        !story.judges(Action::StepDown).iter().any(|event| matches!(event, RolloutEvent::Alarmed { .. }))
    );
    let told = story.looks(|seen| seen.candidate.restarts = 9);
    assert!(returning(&told).is_none(), "{told:?}");
    // It is awaited all the same.
    assert_eq!(due(&story), Some((0, SmokePhase::Contract)));
    answer(&mut story, SmokeVerdict::Passed);
    story.settles();
    assert_eq!(story.state().phase, Phase::Done(Outcome::Succeeded));
}

#[test]
fn a_contraction_that_fails_waits_for_a_person_and_is_tried_again() {
    let mut story = Story::of(changed(&Way::Rolling(Rolling::default()), 1, false));
    until(&mut story, SmokePhase::Contract);
    let told = answer(&mut story, SmokeVerdict::Failed);
    let held = |event: &RolloutEvent| match event {
        RolloutEvent::Held { reason, .. } => {
            reason == "the database of c0 could not be contracted: exit status 1"
        }
        _ => false,
    };
    assert!(told.iter().any(held), "{told:?}");
    assert_eq!(due(&story), None);
    story.settles();
    assert_eq!(story.state().phase, Phase::Advancing);
    story.asks("ada", RolloutCommand::Resume).unwrap();
    assert_eq!(due(&story), Some((0, SmokePhase::Contract)));
    answer(&mut story, SmokeVerdict::Passed);
    story.settles();
    assert_eq!(story.state().phase, Phase::Done(Outcome::Succeeded));
}

#[test]
fn a_hold_keeps_the_point_of_no_return_away() {
    let mut story = Story::of(changed(&Way::Rolling(Rolling::default()), 1, true));
    until(&mut story, SmokePhase::Contracted);
    story.asks("ada", RolloutCommand::Hold { reason: "wait".into() }).unwrap();
    answer(&mut story, SmokeVerdict::Failed);
    story.settles();
    assert!(!story.state().past_return);
    story.asks("ada", RolloutCommand::Abort { reason: String::new() }).unwrap();
    assert!(matches!(story.ends(), Outcome::RolledBack { .. }));
}

#[test]
fn nothing_is_contracted_while_anything_of_before_runs() {
    let mut story = Story::of(changed(&Way::Rolling(Rolling::default()), 1, false));
    for _ in 0..4_000 {
        if story.state().is_finishing() {
            break;
        }
        if due(&story).is_some() {
            answer(&mut story, SmokeVerdict::Passed);
        } else {
            story.passes(1);
            story.looks(|_| ());
        }
    }
    for _ in 0..3 {
        story.looks(|seen| seen.others = 1);
        assert!(!story.state().past_return);
    }
    story.looks(|_| ());
    assert!(story.state().past_return);
}

#[derive(Debug, Clone)]
enum Turn {
    Look { ready: bool },
    Answer(SmokeVerdict),
    Ask(RolloutCommand),
    Judge(Action),
    Pass(u64),
}

fn turn() -> impl Strategy<Value = Turn> {
    let verdict = prop_oneof![
        8 => Just(SmokeVerdict::Passed),
        1 => Just(SmokeVerdict::Failed),
        1 => Just(SmokeVerdict::Faulted),
    ];
    let ask = prop_oneof![
        3 => Just(RolloutCommand::Promote),
        1 => Just(RolloutCommand::Hold { reason: "wait".into() }),
        3 => Just(RolloutCommand::Resume),
        1 => Just(RolloutCommand::Abort { reason: String::new() }),
        1 => Just(RolloutCommand::RollBack { reason: String::new(), over_seconds: None }),
    ];
    let action = prop_oneof![
        Just(Action::Continue),
        Just(Action::Hold),
        Just(Action::Stay),
        Just(Action::RollBack),
        Just(Action::StepDown),
    ];
    prop_oneof![
        24 => prop::bool::weighted(0.95).prop_map(|ready| Turn::Look { ready }),
        16 => verdict.prop_map(Turn::Answer),
        2 => ask.prop_map(Turn::Ask),
        1 => action.prop_map(Turn::Judge),
        8 => (1u64..60).prop_map(Turn::Pass),
    ]
}

fn has(rollout: &Rollout, leg: usize, phase: SmokePhase, verdict: SmokeVerdict) -> bool {
    rollout.legs[leg].smoke.iter().any(|done| done.phase == phase && done.result.verdict == verdict)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Whatever the order of what happens: nothing new runs on a database that was not expanded, none is contracted while
    /// anything else stands, and from there nothing goes back.
    #[test]
    fn no_version_meets_a_database_it_cannot_live_with(
        way in 0usize..4,
        legs in 1usize..3,
        asks in any::<bool>(),
        turns in prop::collection::vec(turn(), 1..200),
    ) {
        let mut story = Story::of(changed(&ways()[way], legs, asks));
        let mut past = false;
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
                Turn::Judge(action) => {
                    story.judges(action);
                }
                Turn::Pass(seconds) => story.passes(seconds),
            }
            let rollout = story.state();
            for effect in effects(rollout).legs {
                let expanded = has(rollout, effect.leg, SmokePhase::Expand, SmokeVerdict::Passed);
                prop_assert!(expanded || effect.wanted.candidate == 0);
            }
            if let Some(SmokeDue { phase: SmokePhase::Contract, .. }) = smoke_due(rollout) {
                prop_assert!(rollout.past_return);
                prop_assert!(effects(rollout).legs.iter().all(|effect| effect.wanted.stable == 0));
            }
            past |= rollout.past_return;
            let back = matches!(rollout.phase, Phase::Returning { .. } | Phase::Done(Outcome::RolledBack { .. }));
            prop_assert!(!(past && back), "it goes back from the point of no return");
            if rollout.phase == Phase::Done(Outcome::Succeeded) {
                for leg in 0..legs {
                    let nothing = has(rollout, leg, SmokePhase::Contracted, SmokeVerdict::Passed);
                    prop_assert!(nothing != rollout.has_contracted(leg));
                }
            }
        }
    }
}
