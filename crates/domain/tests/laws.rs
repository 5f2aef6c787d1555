//! Laws of a rollout, for any order of commands, observations and verdicts.
#![allow(clippy::unwrap_used)]

mod story;

use proptest::prelude::*;
use story::{addresses, plan, word};
use tidegate_domain::id::RolloutId;
use tidegate_domain::moment::Steady;
use tidegate_domain::rollout::*;
use tidegate_domain::strategy::{BlueGreen, Canary, Flagged, Recreate, Rolling, Strategy as Way, Traffic};
use tidegate_domain::weight::Weight;

/// Something that happens; what is seen is what was wanted, or less.
#[derive(Debug, Clone)]
enum Turn {
    Look { ready: u8, obeyed: bool, restarts: u32 },
    Word(Action),
    Ask(RolloutCommand),
    Pass { seconds: u64 },
}

fn turn() -> impl Strategy<Value = Turn> {
    let action = prop_oneof![
        4 => Just(Action::Continue),
        1 => Just(Action::Stay),
        1 => Just(Action::Hold),
        1 => Just(Action::RollBack),
        1 => Just(Action::Promote),
    ];
    let ask = prop_oneof![
        Just(RolloutCommand::Resume),
        Just(RolloutCommand::Promote),
        Just(RolloutCommand::Hold { reason: "wait".into() }),
        Just(RolloutCommand::Abort { reason: String::new() }),
    ];
    prop_oneof![
        8 => (0u8..=4, prop::bool::weighted(0.9), 0u32..7).prop_map(|(ready, obeyed, restarts)| Turn::Look {
            ready: if ready > 0 { 100 } else { 0 },
            obeyed,
            restarts: restarts.saturating_sub(5),
        }),
        3 => action.prop_map(Turn::Word),
        1 => ask.prop_map(Turn::Ask),
        3 => (0u64..90).prop_map(|seconds| Turn::Pass { seconds }),
    ]
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![
        Just(Way::Recreate(Recreate::default())),
        Just(Way::Rolling(Rolling::default())),
        Just(Way::BlueGreen(BlueGreen::default())),
        Just(Way::Canary(Canary::default())),
        Just(by_flag()),
    ]
}

fn by_flag() -> Way {
    Way::Flag(Flagged::of("checkout".parse().unwrap()))
}

fn look(rollout: &Rollout, ready: u8, obeyed: bool, restarts: u32) -> Observation {
    let see = |effect: &Effect<'_>| {
        let wanted = &effect.wanted;
        let version = |count: u32| VersionObservation {
            ready: addresses(if ready > 0 { count } else { 0 }),
            instances: count,
            restarts: 0,
            reason: String::new(),
        };
        let candidate = VersionObservation { restarts, ..version(wanted.candidate) };
        let before = rollout.legs[effect.leg].traffic.unwrap_or(Traffic::Candidate(Weight::NONE));
        let traffic = if obeyed { wanted.traffic } else { before };
        let route = RouteObservation { traffic, as_set: obeyed, candidate_in_flight: 0, stable_in_flight: 0 };
        LegObservation {
            leg: effect.leg,
            candidate,
            stable: version(wanted.stable),
            route: Some(route),
            others: 0,
        }
    };
    Observation { legs: effects(rollout).legs.iter().map(see).collect(), ..Observation::default() }
}

fn entered(events: &[RolloutEvent]) -> usize {
    let counts = |event: &&RolloutEvent| {
        matches!(
            event,
            RolloutEvent::StageEntered { .. }
                | RolloutEvent::StepEntered { .. }
                | RolloutEvent::Returning { .. }
        )
    };
    events.iter().filter(counts).count()
}

/// Plays the turns and hands every decision to `law`; answers all events and the last state.
fn play(
    way: &Way,
    legs: usize,
    turns: Vec<Turn>,
    law: impl Fn(&Rollout, &RolloutCommand, &[RolloutEvent]),
) -> (Vec<(RolloutEvent, Steady)>, Rollout) {
    let mut now = Steady(1_000);
    let start = RolloutCommand::Start {
        id: RolloutId::from_bits(7),
        plan: Box::new(plan(way, legs, 3)),
        waiting_for: Vec::new(),
    };
    let mut told: Vec<(RolloutEvent, Steady)> = Vec::new();
    let mut state = None;
    for event in decide(None, start, "ada", now).unwrap() {
        state = evolve(state, &event, now);
        told.push((event, now));
    }
    for turn in turns {
        let rollout = state.clone().unwrap();
        let command = match turn {
            Turn::Pass { seconds } => {
                now = now.plus_seconds(seconds);
                continue;
            }
            Turn::Look { ready, obeyed, restarts } => {
                RolloutCommand::Observe(look(&rollout, ready, obeyed, restarts))
            }
            Turn::Word(action) => RolloutCommand::Judge { leg: rollout.current, judgement: word(action) },
            Turn::Ask(command) => command,
        };
        let Ok(events) = decide(Some(&rollout), command.clone(), "ada", now) else { continue };
        law(&rollout, &command, &events);
        for event in events {
            state = evolve(state, &event, now);
            told.push((event, now));
        }
    }
    (told, state.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn one_observation_enters_at_most_one_stage(
        way in ways(), legs in 1usize..3, turns in prop::collection::vec(turn(), 1..120)
    ) {
        play(&way, legs, turns, |_, command, events| {
            if matches!(command, RolloutCommand::Observe(_)) {
                assert!(entered(events) <= 1, "{events:?}");
            }
        });
    }

    #[test]
    fn replaying_gives_the_same_state_and_asking_twice_the_same_effects(
        way in ways(), legs in 1usize..3, turns in prop::collection::vec(turn(), 1..120)
    ) {
        let (told, state) = play(&way, legs, turns, |_, _, _| {});
        let again = told.iter().fold(None, |state, (event, at)| evolve(state, event, *at)).unwrap();
        prop_assert_eq!(&again, &state);
        prop_assert_eq!(effects(&state), effects(&again));
    }

    #[test]
    fn a_rollback_is_final(way in ways(), turns in prop::collection::vec(turn(), 1..160)) {
        play(&way, 2, turns, |rollout, _, events| {
            let back = matches!(rollout.phase, Phase::Returning { .. });
            let done = rollout.is_done();
            let forward = |event: &RolloutEvent| {
                matches!(event, RolloutEvent::StepEntered { .. } | RolloutEvent::Succeeded | RolloutEvent::Skipped { .. })
            };
            assert!(!(back && events.iter().any(forward)), "{events:?}");
            assert!(!done || events.is_empty(), "{events:?}");
        });
    }

    #[test]
    fn it_is_called_rolled_back_only_after_traffic_was_read_back(
        way in ways(), turns in prop::collection::vec(turn(), 1..160)
    ) {
        play(&way, 1, turns, |rollout, command, events| {
            if events.iter().any(|event| matches!(event, RolloutEvent::RolledBack { .. })) {
                let RolloutCommand::Observe(seen) = command else { panic!("{command:?}") };
                let route = seen.legs[rollout.current].route.as_ref().unwrap();
                assert_eq!(route.traffic, Traffic::Candidate(Weight::NONE));
            }
        });
    }
}
