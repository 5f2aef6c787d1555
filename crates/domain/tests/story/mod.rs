//! A rollout told by hand: plans, a world that does what is asked of it, and a state that follows its events.
//!
//! Invariant: time passes only when a story says so. Not here: what the stories show.
#![allow(dead_code, clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

use std::collections::BTreeMap;

use tidegate_analysis::{Ladder, Parameters, Verdict};
use tidegate_domain::component::{Artifact, ComponentSpec, Readiness, Source, Stop};
use tidegate_domain::environment::RouteSpec;
use tidegate_domain::id::RolloutId;
use tidegate_domain::moment::Steady;
use tidegate_domain::name::Version;
use tidegate_domain::placed::Placed;
use tidegate_domain::rollout::*;
use tidegate_domain::strategy::{Setting, Strategy as Way, Traffic, steps};
use tidegate_domain::weight::Weight;

pub fn placed(name: &str, version: &str, replicas: u32) -> Placed {
    Placed {
        component: ComponentSpec {
            name: name.parse().unwrap(),
            run: vec!["./server".into()],
            variables: BTreeMap::new(),
            readiness: Readiness::default(),
            stop: Stop::default(),
            depends_on: Vec::new(),
            smoke: Vec::new(),
            database: tidegate_domain::database::DatabaseSteps::default(),
        },
        artifact: Artifact { version: Version::new(version).unwrap(), source: Source::Command, digest: None },
        variables: BTreeMap::new(),
        replicas,
        route: Some(RouteSpec {
            listen: "127.0.0.1:8080".into(),
            hosts: Vec::new(),
            path_prefix: "/".into(),
            strip_prefix: false,
            sticky: None,
            preview: None,
        }),
        secrets: BTreeMap::new(),
    }
}

/// `2.0.0` over `1.0.0` for as many components as there are legs, judged, with a deadline of a minute.
pub fn plan(way: &Way, legs: usize, replicas: u32) -> Plan {
    let leg = |index: usize| {
        let name = format!("c{index}");
        let setting = Setting { replicas, has_stable: true, ladder: &Ladder::default() };
        LegPlan {
            candidate: placed(&name, "2.0.0", replicas),
            stable: Some(placed(&name, "1.0.0", replicas)),
            steps: steps(way, &setting),
            smoke: Vec::new(),
            database: tidegate_domain::database::DatabaseSteps::default(),
        }
    };
    let mut legs: Vec<LegPlan> = (0..legs).map(leg).collect();
    let mut flags = Vec::new();
    if let (Way::Flag(knobs), Some(last)) = (way, legs.last_mut()) {
        last.steps.extend(knobs.exposures(replicas));
        flags.push(FlagPlan {
            key: knobs.flag.clone(),
            variant: Some(knobs.variant.clone()),
            prometheus: None,
        });
    }
    Plan {
        release: Version::new("2.0.0").unwrap(),
        environment: "production".parse().unwrap(),
        kind: RolloutKind::Release,
        strategy: way.name().into(),
        legs,
        analysis: Some(Parameters::default()),
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 60,
        keep_stable_seconds: 0,
        gates: Vec::new(),
        flags,
        digest: String::new(),
    }
}

pub fn addresses(count: u32) -> Vec<String> {
    (0..count).map(|port| format!("127.0.0.1:{}", 4_000 + port)).collect()
}

pub fn word(action: Action) -> Judgement {
    let verdict = match action {
        Action::RollBack => Verdict::Fail,
        Action::Continue | Action::Promote => Verdict::Pass,
        Action::Stay | Action::Hold | Action::StepDown => Verdict::Inconclusive,
    };
    Judgement { verdict, action, allowed: Weight::ALL, evidence: 1.0, explanation: "because".into() }
}

/// What is seen when everything that is wanted has come true.
pub fn obeyed(rollout: &Rollout) -> Observation {
    let see = |effect: &Effect<'_>| {
        let wanted = &effect.wanted;
        let version = |count: u32| VersionObservation {
            ready: addresses(count),
            instances: count,
            ..VersionObservation::default()
        };
        let route = RouteObservation {
            traffic: wanted.traffic,
            as_set: true,
            candidate_in_flight: 0,
            stable_in_flight: 0,
        };
        LegObservation {
            leg: effect.leg,
            candidate: version(wanted.candidate),
            stable: version(wanted.stable),
            route: Some(route),
            others: 0,
        }
    };
    Observation { legs: effects(rollout).legs.iter().map(see).collect(), ..Observation::default() }
}

pub struct Story {
    state: Option<Rollout>,
    pub now: Steady,
    pub told: Vec<RolloutEvent>,
    /// Of each leg, every share that was ever wanted of the router, in order.
    pub shares: Vec<(usize, Weight)>,
}

pub type Told = Result<Vec<RolloutEvent>, RolloutRefusal>;

impl Story {
    pub fn of(plan: Plan) -> Self {
        let mut story = Self { state: None, now: Steady(1_000), told: Vec::new(), shares: Vec::new() };
        let id = RolloutId::from_bits(7);
        story
            .asks("ada", RolloutCommand::Start { id, plan: Box::new(plan), waiting_for: Vec::new() })
            .unwrap();
        story
    }

    pub fn state(&self) -> &Rollout {
        self.state.as_ref().unwrap()
    }

    pub fn asks(&mut self, actor: &str, command: RolloutCommand) -> Told {
        let events = decide(self.state.as_ref(), command, actor, self.now)?;
        for event in &events {
            self.state = evolve(self.state.take(), event, self.now);
            let state = self.state.as_ref().unwrap();
            for effect in effects(state).legs {
                let share = (effect.leg, effect.wanted.traffic.candidate());
                if self.shares.iter().rev().find(|(leg, _)| *leg == effect.leg) != Some(&share) {
                    self.shares.push(share);
                }
            }
        }
        self.told.extend(events.iter().cloned());
        Ok(events)
    }

    pub fn sees(&mut self, observation: Observation) -> Vec<RolloutEvent> {
        self.asks("tidegate", RolloutCommand::Observe(observation)).unwrap()
    }

    /// The world obeys, once; `but` is what it does not do.
    pub fn looks(&mut self, but: impl FnOnce(&mut LegObservation)) -> Vec<RolloutEvent> {
        let mut observation = obeyed(self.state());
        let current = self.state().current;
        if let Some(leg) = observation.legs.iter_mut().find(|seen| seen.leg == current) {
            but(leg);
        }
        self.sees(observation)
    }

    /// The world obeys until nothing follows from it any more.
    pub fn settles(&mut self) {
        for _ in 0..400 {
            if self.looks(|_| ()).is_empty() {
                return;
            }
        }
        panic!("it never settles: {:?}", self.state());
    }

    pub fn judges(&mut self, action: Action) -> Vec<RolloutEvent> {
        let leg = self.state().current;
        self.asks("tidegate", RolloutCommand::Judge { leg, judgement: word(action) }).unwrap()
    }

    pub fn passes(&mut self, seconds: u64) {
        self.now = self.now.plus_seconds(seconds);
    }

    /// Time, a good word and an obedient world, until the rollout stands in this stage of this rung.
    pub fn reaches(&mut self, step: usize, stage: Stage) {
        for _ in 0..2_000 {
            let (_, leg) = self.state().leg();
            if (leg.step, leg.stage) == (step, stage) {
                return;
            }
            if leg.stage == Stage::Dwelling {
                self.passes(1);
                self.judges(Action::Continue);
            }
            self.looks(|_| ());
        }
        panic!("it never reaches {stage} of step {step}: {:?}", self.state());
    }

    /// Time, good words and an obedient world, to its end.
    pub fn ends(&mut self) -> Outcome {
        for _ in 0..4_000 {
            if let Phase::Done(outcome) = &self.state().phase {
                return outcome.clone();
            }
            self.passes(1);
            if self.state().phase == Phase::Advancing && self.state().leg().1.stage == Stage::Dwelling {
                self.judges(Action::Continue);
            }
            self.looks(|_| ());
        }
        panic!("it never ends: {:?}", self.state());
    }
}

pub fn returning(events: &[RolloutEvent]) -> Option<&Cause> {
    events.iter().find_map(|event| match event {
        RolloutEvent::Returning { cause } => Some(cause),
        _ => None,
    })
}

pub fn nothing_to(traffic: Traffic) -> bool {
    traffic == Traffic::Candidate(Weight::NONE)
}
