//! Laws of a rollout that shows a flag, for any order of what happens to it: the flag follows it, in the same transaction.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod story;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use story::{addresses, plan, word};
use tidegate_domain::consequences::{Consequence, of_flag, of_rollout};
use tidegate_domain::flag::{self, Asking, Change, Definition, Flag, FlagCommand, FlagEvent, Life};
use tidegate_domain::id::RolloutId;
use tidegate_domain::moment::Steady;
use tidegate_domain::name::{EnvironmentName, FlagKey};
use tidegate_domain::rollout::*;
use tidegate_domain::strategy::{Flagged, Strategy as Way, Traffic};
use tidegate_domain::weight::Weight;

#[derive(Debug, Clone)]
enum Turn {
    Look,
    Word(Action),
    Ask(RolloutCommand),
    SwitchOff,
    Pass(u64),
}

fn turn() -> impl Strategy<Value = Turn> {
    let action = prop_oneof![
        12 => Just(Action::Continue),
        1 => Just(Action::Stay),
        1 => Just(Action::RollBack),
    ];
    let ask = prop_oneof![
        Just(RolloutCommand::Promote),
        Just(RolloutCommand::Hold { reason: "wait".into() }),
        Just(RolloutCommand::Resume),
        Just(RolloutCommand::Abort { reason: String::new() }),
    ];
    prop_oneof![
        20 => Just(Turn::Look),
        12 => action.prop_map(Turn::Word),
        1 => ask.prop_map(Turn::Ask),
        1 => Just(Turn::SwitchOff),
        12 => (1u64..90).prop_map(Turn::Pass),
    ]
}

/// What is seen is what was wanted.
fn look(rollout: &Rollout) -> Observation {
    let see = |effect: &Effect<'_>| {
        let version = |count: u32| VersionObservation {
            ready: addresses(count),
            instances: count,
            ..VersionObservation::default()
        };
        let traffic = effect.wanted.traffic;
        let route = RouteObservation { traffic, as_set: true, candidate_in_flight: 0, stable_in_flight: 0 };
        let (candidate, stable) = (version(effect.wanted.candidate), version(effect.wanted.stable));
        LegObservation { leg: effect.leg, candidate, stable, route: Some(route), others: 0 }
    };
    Observation { legs: effects(rollout).legs.iter().map(see).collect(), ..Observation::default() }
}

fn key() -> FlagKey {
    "checkout".parse().unwrap()
}

fn production() -> EnvironmentName {
    "production".parse().unwrap()
}

/// The two histories, moved as the engine moves them.
struct World {
    now: Steady,
    rollout: Option<Rollout>,
    flag: Flag,
    base: Definition,
}

impl World {
    fn new(legs: usize) -> Self {
        let given =
            json!({ "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" });
        let base = Definition::compiled(&key(), &given).unwrap();
        let created = FlagEvent::Created { key: key(), life: Life::default() };
        let flag = flag::evolve(None, &created).unwrap();
        let mut world = Self { now: Steady(1_000), rollout: None, flag, base: base.clone() };
        world.of_people(Change::Configure { definition: base });
        let way = Way::Flag(Flagged::of(key()));
        let plan = Box::new(plan(&way, legs, 3));
        world.tell(RolloutCommand::Start { id: RolloutId::from_bits(7), plan, waiting_for: Vec::new() });
        world
    }

    /// Refusals change nothing.
    fn tell(&mut self, command: RolloutCommand) {
        let Ok(events) = decide(self.rollout.as_ref(), command, "ada", self.now) else { return };
        for event in events {
            self.rollout = evolve(self.rollout.take(), &event, self.now);
            for consequence in of_rollout(self.rollout.as_ref().unwrap(), &event, self.now) {
                if let Consequence::Flag(_, asked) = consequence {
                    self.of_flag(FlagCommand::ForRollout(asked)).unwrap();
                }
            }
        }
    }

    fn of_people(&mut self, change: Change) {
        self.of_flag(FlagCommand::Change { environment: production(), change }).unwrap();
    }

    fn of_flag(&mut self, command: FlagCommand) -> Result<(), flag::FlagRefusal> {
        let asking = Asking { by: "ada", is_person: true, at_ms: 1, reason: "", is_protected: &|_| false };
        for event in flag::decide(Some(&self.flag), &key(), command, &asking)? {
            self.flag = flag::evolve(Some(self.flag.clone()), &event).unwrap();
            if let Some(Consequence::RollBack(_, reason)) = of_flag(&self.flag, &event) {
                self.tell(RolloutCommand::RollBack { reason, over_seconds: None });
            }
        }
        Ok(())
    }

    /// The part of all subjects that its definition shows `on`, in basis points.
    fn share(&self) -> u64 {
        let value = self.flag.served(&production()).unwrap().value();
        if value["defaultVariant"] == "on" {
            return 10_000;
        }
        value["targeting"]["fractional"][0][1].as_u64().unwrap_or(0)
    }

    fn holds(&self, before: u64) {
        let (rollout, share) = (self.rollout.as_ref().unwrap(), self.share());
        let standing = &self.flag.environments[&production()];
        let base = self.base.switched(standing.current.definition.is_on());
        match &rollout.phase {
            Phase::Advancing => {
                assert!(share >= before, "{before} fell to {share}");
                assert!(standing.showing.is_some());
                let all = |leg: &Leg| leg.traffic == Some(Traffic::Candidate(Weight::ALL));
                assert!(share == 0 || rollout.legs.iter().all(all), "shown before all of the code was there");
            }
            Phase::Done(Outcome::Succeeded) => {
                assert_eq!((share, &standing.showing), (10_000, &None));
                assert!(standing.current.definition.is_on());
            }
            Phase::Waiting { .. } => assert_eq!(share, 0),
            // Before any traffic has moved, and from then on.
            Phase::Returning { .. } | Phase::Done(_) => assert_eq!(standing.current.definition, base),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_flag_follows_its_rollout(legs in 1usize..3, turns in prop::collection::vec(turn(), 1..200)) {
        let mut world = World::new(legs);
        for turn in turns {
            let before = world.share();
            let rollout = world.rollout.clone().unwrap();
            match turn {
                Turn::Look => world.tell(RolloutCommand::Observe(look(&rollout))),
                Turn::Word(action) => {
                    world.tell(RolloutCommand::Judge { leg: rollout.current, judgement: word(action) });
                }
                Turn::Ask(command) => world.tell(command),
                Turn::SwitchOff => {
                    let under_way = !rollout.is_done();
                    world.of_people(Change::Switch { on: false });
                    let back = !matches!(world.rollout.as_ref().unwrap().phase, Phase::Advancing);
                    assert!(!under_way || back, "it goes on with a flag that is off");
                    if rollout.is_done() {
                        break;
                    }
                }
                Turn::Pass(seconds) => world.now = world.now.plus_seconds(seconds),
            }
            world.holds(before);
        }
    }
}

/// Without obstacles everybody is shown it in the end, and a way back afterwards takes the default back alone.
#[test]
fn what_was_shown_to_everybody_can_be_taken_back() {
    let mut world = World::new(2);
    let mut shares = BTreeSet::new();
    for _ in 0..200 {
        let rollout = world.rollout.clone().unwrap();
        if rollout.is_done() {
            break;
        }
        world.tell(RolloutCommand::Observe(look(&rollout)));
        world.tell(RolloutCommand::Judge { leg: rollout.current, judgement: word(Action::Continue) });
        shares.insert(world.share());
        world.now = world.now.plus_seconds(30);
    }
    assert_eq!(world.rollout.as_ref().unwrap().phase, Phase::Done(Outcome::Succeeded));
    assert_eq!(shares.into_iter().collect::<Vec<_>>(), [0, 500, 2_500, 5_000, 10_000]);
    // Somebody changes the rules since.
    let mut rules = world.flag.served(&production()).unwrap().value();
    rules["targeting"] = json!({ "if": [{ "==": [{ "var": "tenant" }, "acme"] }, "on"] });
    world.of_people(Change::Configure { definition: Definition::compiled(&key(), &rules).unwrap() });
    let done = world.rollout.take().unwrap();
    let of = done.id.clone();
    let plan = Box::new(Plan { kind: RolloutKind::Rollback { of }, ..done.plan });
    world.tell(RolloutCommand::Start { id: RolloutId::from_bits(8), plan, waiting_for: Vec::new() });
    let now = world.flag.served(&production()).unwrap().value();
    assert_eq!((&now["defaultVariant"], &now["targeting"]), (&json!("off"), &rules["targeting"]));
}
