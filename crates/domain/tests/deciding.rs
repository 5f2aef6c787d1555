//! The lines of the design's "Deciding" that the domain alone answers, one test a line, by its number.
//!
//! Not here: lines that need an engine, a store or two control planes (`tidegate-sim`, `tests/deciding.rs`).
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod story;

use story::{Story, Told, nothing_to, placed, plan, returning, word};
use tidegate_analysis::Parameters;
use tidegate_domain::gate::GateStatus;
use tidegate_domain::id::{RolloutId, SlotId};
use tidegate_domain::refusal::Refuse;
use tidegate_domain::replicas::Amount;
use tidegate_domain::rollout::*;
use tidegate_domain::slot::{self, Slot, SlotCommand};
use tidegate_domain::strategy::{BlueGreen, Canary, CanaryStep, Climb, Rolling, Strategy as Way, Traffic};
use tidegate_domain::weight::Weight;

fn canary(steps: &[CanaryStep], soak_seconds: u64) -> Way {
    Way::Canary(Canary { climb: Climb::Steps(steps.to_vec()), soak_seconds, ..Canary::default() })
}

fn half() -> CanaryStep {
    CanaryStep::Shift(Weight::from_percent(50))
}

fn percent(share: u16) -> Weight {
    Weight::from_basis_points(share * 100).unwrap()
}

fn stages(events: &[RolloutEvent]) -> Vec<Stage> {
    let stage = |event: &RolloutEvent| match event {
        RolloutEvent::StageEntered { stage, .. } => Some(*stage),
        _ => None,
    };
    events.iter().filter_map(stage).collect()
}

fn abort() -> RolloutCommand {
    RolloutCommand::Abort { reason: "stop".into() }
}

fn roll_back() -> RolloutCommand {
    RolloutCommand::RollBack { reason: "bad".into(), over_seconds: None }
}

fn roll_back_over(seconds: u64) -> RolloutCommand {
    RolloutCommand::RollBack { reason: "bad".into(), over_seconds: Some(seconds) }
}

#[test]
fn line_01_order_out_and_order_back() {
    let mut story = Story::of(plan(&canary(&[half(), CanaryStep::Confirm], 0), 1, 2));
    let raising = story.looks(|seen| seen.candidate.ready.clear());
    assert_eq!(stages(&raising), [], "traffic waits until the candidate is ready");
    story.settles();
    assert_eq!(stages(&story.told), [Stage::Shifting, Stage::Dwelling]);
    story.told.clear();
    story.asks("ada", roll_back()).unwrap();
    let restoring = story.looks(|seen| seen.stable.ready.clear());
    assert_eq!(stages(&restoring), [], "traffic stays until stable is ready");
    story.settles();
    assert_eq!(
        stages(&story.told),
        [Stage::ShiftingBack, Stage::Emptying, Stage::Removing],
        "traffic is back before the candidate stops"
    );
    assert!(matches!(story.state().phase, Phase::Done(Outcome::RolledBack { .. })));
}

#[test]
fn line_02_rounding_never_turns_some_into_none_or_all() {
    for replicas in [1, 2, 3, 7, 100] {
        for share in 1..=99 {
            let steps =
                plan(&canary(&[CanaryStep::Shift(percent(share))], 0), 1, replicas).legs.remove(0).steps;
            let weight = steps[0].traffic.candidate();
            assert_eq!(weight, percent(share));
            assert!(!weight.is_none() && !weight.is_all() && steps[0].candidate >= 1);
            assert_eq!(weight.basis_points() + weight.rest().basis_points(), 10_000);
        }
    }
}

#[test]
fn line_03_one_rollout_at_a_time() {
    let id = SlotId { environment: "production".parse().unwrap(), component: "api".parse().unwrap() };
    let (first, second) = (RolloutId::from_bits(1), RolloutId::from_bits(2));
    let claim = |rollout: &RolloutId, supersede| SlotCommand::Claim { rollout: rollout.clone(), supersede };
    let held = slot::decide(&Slot::empty(id), claim(&first, false)).unwrap();
    let held = held.iter().fold(Slot::empty(story_slot()), slot::evolve);
    let refused = slot::decide(&held, claim(&second, false)).unwrap_err();
    assert_eq!(refused.code(), "rollout-in-progress");
    assert!(refused.to_string().contains(&first.to_string()), "{refused}");

    let mut story = Story::of(plan(&canary(&[half(), CanaryStep::Confirm], 0), 1, 2));
    story.settles();
    story.asks("tidegate", RolloutCommand::Supersede { by: second.clone() }).unwrap();
    assert_eq!(
        story.ends(),
        Outcome::RolledBack { cause: Cause::Superseded { by: second } },
        "the first is back on stable before the slot is free"
    );
}

fn story_slot() -> SlotId {
    SlotId { environment: "production".parse().unwrap(), component: "api".parse().unwrap() }
}

#[test]
fn line_04_a_rollback_is_never_itself_rolled_back() {
    let mut story = Story::of(plan(&canary(&[half(), CanaryStep::Confirm], 0), 1, 2));
    story.settles();
    story.judges(Action::RollBack);
    for command in [RolloutCommand::Promote, RolloutCommand::Resume, abort(), roll_back()] {
        assert_eq!(story.asks("bob", command).unwrap_err().code(), "rollout-going-back");
    }
    let outcome = story.ends();
    let Outcome::RolledBack { cause } = &outcome else { panic!("{outcome:?}") };
    assert!(cause.bars(), "automation does not bring it again");
    assert_eq!(story.shares.last(), Some(&(0, Weight::NONE)));
}

/// On half of the traffic, asked to go back over 90 s, and there as far as the first step.
fn slowly_back() -> Story {
    let mut story = Story::of(plan(&canary(&[half(), CanaryStep::Confirm], 0), 1, 4));
    story.reaches(0, Stage::Dwelling);
    story.shares.clear();
    story.asks("ada", roll_back_over(90)).unwrap();
    story.settles();
    story
}

fn shares(story: &Story) -> Vec<u16> {
    let mut shares: Vec<u16> = story.shares.iter().map(|(_, share)| share.basis_points()).collect();
    shares.dedup();
    shares
}

#[test]
fn line_04_weighted_on_request() {
    let mut story = slowly_back();
    assert_eq!(shares(&story), [5_000, 4_500], "the first step goes at once");
    for _ in 0..8 {
        story.passes(9);
        assert!(story.looks(|_| ()).is_empty(), "not before its time");
        story.passes(1);
        story.settles();
    }
    assert_eq!(shares(&story), [5_000, 4_500, 4_000, 3_500, 3_000, 2_500, 2_000, 1_500, 1_000, 500]);
    story.passes(10);
    story.settles();
    assert_eq!(shares(&story).last(), Some(&0), "gone when the time is over");
    assert!(matches!(story.state().phase, Phase::Done(Outcome::RolledBack { cause: Cause::Person { .. } })));
}

#[test]
fn line_04_a_weighted_return_waits_for_no_candidate_that_fails() {
    let mut judged = slowly_back();
    judged.judges(Action::Continue);
    assert_eq!(shares(&judged).last(), Some(&4_500));
    judged.judges(Action::RollBack);
    assert_eq!(shares(&judged).last(), Some(&0), "evidence against it");

    let mut dead = slowly_back();
    dead.looks(|seen| seen.candidate.ready.truncate(1));
    assert_eq!(shares(&dead).last(), Some(&0), "too few left to carry it");

    let mut hurried = slowly_back();
    assert_eq!(hurried.asks("bob", roll_back_over(60)).unwrap_err().code(), "rollout-going-back");
    hurried.asks("bob", roll_back()).unwrap();
    assert_eq!(shares(&hurried).last(), Some(&0), "a person who asks for it at once");
    assert_eq!(hurried.asks("bob", roll_back()).unwrap_err().code(), "rollout-going-back");
    for mut story in [judged, dead, hurried] {
        story.settles();
        assert!(matches!(story.state().phase, Phase::Done(Outcome::RolledBack { .. })));
    }
}

#[test]
fn line_04_a_weighted_return_that_is_not_read_back_stands_still() {
    let mut story = slowly_back();
    story.passes(3_600);
    let told = story.looks(|seen| seen.route = None);
    assert!(matches!(told[..], [.., RolloutEvent::Alarmed { .. }]), "and a person is told: {told:?}");
    assert_eq!(shares(&story).last(), Some(&4_500));
    let refused =
        Story::of(plan(&canary(&[half()], 0), 1, 4)).asks("ada", roll_back_over(90_000)).unwrap_err();
    assert_eq!(refused.code(), "return-too-long");
}

#[test]
fn line_06_nothing_known_is_never_a_pass() {
    let mut story = Story::of(plan(&canary(&[half(), CanaryStep::Wait { seconds: 5 }], 0), 1, 2));
    story.settles();
    let wait_seconds = Parameters::default().no_data_wait_seconds_max;
    story.passes(6);
    story.settles();
    assert_eq!(story.state().leg().1.step, 0, "without a word no rung is left");
    story.judges(Action::Stay);
    story.passes(wait_seconds / 2);
    story.settles();
    assert_eq!((story.state().leg().1.step, &story.state().hold), (0, &None));

    let mut blind = Story::of(plan(&canary(&[half(), CanaryStep::Wait { seconds: 5 }], 0), 1, 2));
    blind.settles();
    blind.passes(wait_seconds + 5);
    blind.looks(|_| ());
    assert!(blind.state().hold.is_some(), "after so long a person is asked");
    assert_eq!(blind.state().phase, Phase::Advancing, "and nobody is blamed");
}

#[test]
fn line_07_a_deadline_counts_only_time_in_which_it_could_move() {
    let unready = |seen: &mut LegObservation| seen.candidate.ready.clear();
    let mut story = Story::of(plan(&Way::BlueGreen(BlueGreen::default()), 1, 2));
    story.passes(50);
    assert_eq!(returning(&story.looks(unready)), None);
    story.asks("ada", RolloutCommand::Hold { reason: "lunch".into() }).unwrap();
    story.passes(3_600);
    assert_eq!(returning(&story.looks(unready)), None, "a hold stops the clock");
    story.asks("ada", RolloutCommand::Resume).unwrap();
    story.passes(9);
    assert_eq!(returning(&story.looks(unready)), None, "and does not set it back");
    story.passes(1);
    let events = story.looks(unready);
    assert!(matches!(returning(&events), Some(Cause::Deadline { seconds: 60, .. })), "{events:?}");
}

#[test]
fn line_07_a_ready_count_that_flaps_is_no_progress() {
    let mut story = Story::of(plan(&Way::BlueGreen(BlueGreen::default()), 1, 2));
    let mut ended = None;
    for second in 0..120_u64 {
        story.passes(1);
        let ready = (second % 2) as usize;
        let events = story.looks(|seen| seen.candidate.ready.truncate(ready));
        ended = ended.or(returning(&events).map(|_| second + 1));
    }
    assert_eq!(ended, Some(60));
}

#[test]
fn line_07_progress_that_is_seen_late_counts_before_the_deadline() {
    let mut story = Story::of(plan(&Way::BlueGreen(BlueGreen::default()), 1, 2));
    story.looks(|seen| seen.candidate.ready.clear());
    story.passes(90);
    let events = story.looks(|_| ());
    assert_eq!(returning(&events), None, "it was ready when somebody looked again");
    assert_eq!(stages(&events), [Stage::Shifting]);
    story.passes(90);
    let events = story.looks(|seen| seen.route = None);
    assert!(matches!(returning(&events), Some(Cause::Deadline { .. })), "each stage has its own: {events:?}");
}

fn gates(closed: bool) -> RolloutCommand {
    let freeze = GateStatus::closed(&"freeze".parse().unwrap(), "freeze", "the year ends");
    RolloutCommand::Gates { closed: closed.then_some(freeze).into_iter().collect() }
}

#[test]
fn line_09_a_freeze_in_the_middle_takes_no_step_forward_and_always_a_way_back() {
    let quarter = percent_shift(25);
    for (step, stage) in [
        (0, Stage::Raising),
        (0, Stage::Shifting),
        (0, Stage::Dwelling),
        (1, Stage::Raising),
        (1, Stage::Shifting),
    ] {
        let frozen = || {
            let mut story = Story::of(plan(&canary(&[quarter.clone(), half()], 30), 1, 4));
            story.reaches(step, stage);
            story.looks(|seen| {
                // Traffic has not moved yet where it is about to.
                let before = if step == 0 { Weight::NONE } else { percent(25) };
                if let Some(route) = seen.route.as_mut().filter(|_| stage == Stage::Shifting) {
                    (route.traffic, route.as_set) = (Traffic::Candidate(before), false);
                }
            });
            assert_eq!(story.asks("tidegate", gates(true)).unwrap().len(), 1);
            assert!(story.asks("tidegate", gates(true)).unwrap().is_empty(), "the same again is no news");
            story
        };
        let mut story = frozen();
        let had = story.state().legs[0].traffic.map_or(Weight::NONE, Traffic::candidate);
        for _ in 0..200 {
            story.passes(30);
            if story.state().leg().1.stage == Stage::Dwelling {
                story.judges(Action::Promote);
            }
            story.looks(|_| ());
        }
        assert_eq!(story.state().phase, Phase::Advancing, "no deadline counts meanwhile");
        let has = story.state().legs[0].traffic.map_or(Weight::NONE, Traffic::candidate);
        assert!(has <= had, "{step} {stage}: {had:?} grew to {has:?}");
        story.asks("tidegate", gates(false)).unwrap();
        assert_eq!(story.ends(), Outcome::Succeeded, "{step} {stage}: it goes on when the freeze is over");

        let mut back = frozen();
        back.asks("ada", roll_back()).unwrap();
        assert!(matches!(back.ends(), Outcome::RolledBack { .. }), "{step} {stage}");
        assert!(back.asks("tidegate", gates(true)).unwrap().is_empty(), "nothing keeps a way back");
    }
}

#[test]
fn line_09_a_bad_candidate_goes_back_in_a_freeze_by_itself() {
    let mut story = Story::of(plan(&canary(&[half()], 30), 1, 4));
    story.reaches(0, Stage::Dwelling);
    story.asks("tidegate", gates(true)).unwrap();
    story.judges(Action::RollBack);
    assert!(matches!(story.ends(), Outcome::RolledBack { cause: Cause::Analysis { .. } }));
}

#[test]
fn line_09_a_person_who_resumes_does_not_open_a_gate() {
    let mut story = Story::of(plan(&canary(&[percent_shift(25), half()], 30), 1, 4));
    story.reaches(0, Stage::Dwelling);
    story.asks("tidegate", gates(true)).unwrap();
    story.asks("ada", RolloutCommand::Hold { reason: "lunch".into() }).unwrap();
    story.asks("ada", RolloutCommand::Resume).unwrap();
    for _ in 0..50 {
        story.passes(30);
        story.judges(Action::Promote);
        story.looks(|_| ());
    }
    assert_eq!(story.state().leg().1.step, 0);
}

fn percent_shift(share: u16) -> CanaryStep {
    CanaryStep::Shift(percent(share))
}

/// What each of two people is told, one after the other on the same rollout.
fn both(first: RolloutCommand, second: RolloutCommand) -> (Story, Told, Told) {
    let steps =
        [half(), CanaryStep::Confirm, CanaryStep::Shift(Weight::ALL), CanaryStep::Wait { seconds: 30 }];
    let mut story = Story::of(plan(&canary(&steps, 30), 1, 2));
    story.reaches(0, Stage::Dwelling);
    let (one, other) = (story.asks("ada", first), story.asks("bob", second));
    (story, one, other)
}

#[test]
fn line_11_of_abort_and_promote_one_wins_and_the_other_is_told() {
    use RolloutCommand::{Promote, Resume};
    let table: [(&str, RolloutCommand, RolloutCommand, Option<&str>, &str); 9] = [
        ("promote, abort", Promote, abort(), Some("rollout-promoted"), "was promoted by ada"),
        ("promote, promote", Promote, Promote, Some("rollout-promoted"), "was promoted by ada"),
        ("promote, resume", Promote, Resume, Some("rollout-not-held"), "waits for nobody"),
        ("promote, rollback", Promote, roll_back(), None, "rolled back by bob: bad"),
        ("abort, promote", abort(), Promote, Some("rollout-going-back"), "aborted by ada: stop"),
        ("abort, resume", abort(), Resume, Some("rollout-going-back"), "aborted by ada: stop"),
        ("abort, rollback", abort(), roll_back(), Some("rollout-going-back"), "aborted by ada: stop"),
        ("rollback, abort", roll_back(), abort(), Some("rollout-going-back"), "rolled back by ada: bad"),
        ("resume, abort", Resume, abort(), None, "aborted by bob: stop"),
    ];
    for (name, first, second, code, words) in table {
        let (mut story, one, other) = both(first, second);
        assert!(one.is_ok(), "{name}: the first wins");
        let told = other.map_err(|why| (why.code(), why.to_string()));
        match (code, told) {
            (None, Ok(events)) => {
                assert!(returning(&events).unwrap().to_string().contains(words), "{name}: {events:?}");
            }
            (Some(code), Err((said, text))) => {
                assert_eq!(said, code, "{name}");
                assert!(text.contains(words), "{name}: {text}");
            }
            (_, told) => panic!("{name}: {told:?}"),
        }
        let back = story.told.iter().any(|event| matches!(event, RolloutEvent::Returning { .. }));
        let outcome = story.ends();
        assert_eq!(back, outcome != Outcome::Succeeded, "{name}: what was answered is what happens");
    }
}

#[test]
fn line_11_a_promotion_that_is_held_or_waits_can_be_aborted() {
    let steps = [half(), CanaryStep::Confirm, CanaryStep::Shift(Weight::ALL), CanaryStep::Confirm];
    let mut story = Story::of(plan(&canary(&steps, 0), 1, 2));
    story.reaches(0, Stage::Dwelling);
    story.asks("ada", RolloutCommand::Promote).unwrap();
    let refused = story.asks("bob", abort()).unwrap_err();
    assert!(
        refused.help().contains("rollout hold") && refused.help().contains("rollout rollback"),
        "{refused:?}"
    );
    story.asks("bob", RolloutCommand::Hold { reason: "wait".into() }).unwrap();
    story.asks("bob", abort()).unwrap();
    assert!(matches!(story.ends(), Outcome::RolledBack { cause: Cause::Aborted { .. } }));

    let mut waits = Story::of(plan(&canary(&steps, 0), 1, 2));
    waits.reaches(0, Stage::Dwelling);
    waits.asks("ada", RolloutCommand::Promote).unwrap();
    waits.reaches(1, Stage::Dwelling);
    assert!(waits.state().waits_for_person());
    waits.asks("bob", abort()).unwrap();
}

#[test]
fn line_11_a_promotion_is_of_the_component_that_moves() {
    let mut story = Story::of(plan(&canary(&[half(), CanaryStep::Wait { seconds: 5 }], 5), 2, 2));
    story.reaches(0, Stage::Dwelling);
    story.asks("ada", RolloutCommand::Promote).unwrap();
    assert_eq!(story.asks("bob", abort()).unwrap_err().code(), "rollout-promoted");
    story.reaches(1, Stage::Dwelling);
    assert_eq!(story.asks("bob", abort()).unwrap_err().code(), "rollout-promoted");
    story.reaches(0, Stage::Raising);
    assert_eq!(story.state().current, 1);
    story.asks("bob", abort()).unwrap();
}

#[test]
fn line_12_several_components_go_back_together_newest_first() {
    let way = Way::Rolling(Rolling { max_surge: Amount::Count(1), ..Rolling::default() });
    let mut story = Story::of(plan(&way, 3, 2));
    while story.state().current < 2 || story.state().leg().1.stage == Stage::Raising {
        story.passes(10);
        story.judges(Action::Continue);
        story.looks(|_| ());
    }
    assert_eq!(story.state().legs[0].stage, Stage::Promoted);
    story.asks("tidegate", RolloutCommand::Judge { leg: 0, judgement: word(Action::RollBack) }).unwrap();
    story.told.clear();
    assert!(matches!(story.ends(), Outcome::RolledBack { .. }));
    let order = story.told.iter().filter_map(|event| match event {
        RolloutEvent::LegReturned { leg } => Some(*leg),
        _ => None,
    });
    assert_eq!(order.collect::<Vec<_>>(), [2, 1, 0]);
    for leg in 0..3 {
        assert!(nothing_to(wanted(story.state(), leg).traffic));
        assert_eq!(wanted(story.state(), leg).stable, placed("c0", "1.0.0", 2).replicas);
    }
}

#[test]
fn line_13_a_clock_that_stands_or_steps_back_fires_nothing() {
    let mut story = Story::of(plan(&canary(&[half(), CanaryStep::Wait { seconds: 30 }], 0), 1, 2));
    story.reaches(0, Stage::Dwelling);
    story.judges(Action::Continue);
    let since = story.now;
    story.now = tidegate_domain::moment::Steady(0);
    story.settles();
    assert_eq!(story.state().leg().1.stage, Stage::Dwelling, "a step back is no time that passed");
    story.now = since.plus_seconds(29);
    story.settles();
    assert_eq!(story.state().leg().1.step, 0);
    story.now = since.plus_seconds(30);
    story.settles();
    assert_eq!(story.state().leg().1.step, 1, "and the recorded time counts on");
    assert_ne!(story.state().leg().0.steps[1].traffic, Traffic::Offline);
}
