//! The same story with a flag that its rollouts show.
//!
//! Invariant: what is drawn here is drawn from a chance of its own, so that stories without flags stay as they were.

use serde_json::json;
use tidegate_domain::flag::{Change, Definition, FlagCommand, Life};
use tidegate_domain::name::FlagKey;
use tidegate_domain::strategy::{Code, Flagged, Reach, Recreate, Ring, Rolling, Strategy};
use tidegate_domain::weight::Weight;

use crate::people::{Act, Wish};
use crate::random::Random;
use crate::scenario::Scenario;

const KEY: &str = "checkout";

/// Each stage shows the flag; somebody may switch it off in the middle.
pub fn with_flags(scenario: Scenario, seed: u64) -> Scenario {
    let mut random = Random::new(seed ^ 0x00F1_A650);
    let random = &mut random;
    let (Ok(key), environments) = (KEY.parse::<FlagKey>(), scenario.environments()) else { return scenario };
    let Ok(definition) = Definition::compiled(
        &key,
        &json!({ "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" }),
    ) else {
        return scenario;
    };
    let mut scenario = scenario;
    for pipeline in scenario.catalog.pipeline.iter_mut().chain(scenario.catalog.hotfix_pipeline.iter_mut()) {
        for stage in &mut pipeline.stages {
            if random.chance(800) {
                stage.strategy = Strategy::Flag(flagged(random, &key));
            }
        }
    }
    let catalog = scenario.catalog.clone();
    for act in &mut scenario.acts {
        if let Wish::Apply(applied) = &mut act.wish {
            applied.pipeline.clone_from(&catalog.pipeline);
            applied.hotfix_pipeline.clone_from(&catalog.hotfix_pipeline);
        }
    }
    let mut commands = vec![(key.clone(), FlagCommand::Create { key: key.clone(), life: Life::default() })];
    commands.extend(environments.iter().map(|environment| {
        let change = Change::Configure { definition: definition.clone() };
        (key.clone(), FlagCommand::Change { environment: environment.clone(), change })
    }));
    scenario.acts.push(act(700, Wish::Flag(commands)));
    let ends_ms = scenario.ends_ms();
    for _ in 0..random.up_to(3) {
        // Off, on, or back to the default: what a rollout shows to everybody could not be shown again.
        let environment = environments[random.index(environments.len())].clone();
        let change = match random.up_to(3) {
            0 => Change::Switch { on: false },
            1 => Change::Switch { on: true },
            _ => Change::Configure { definition: definition.clone() },
        };
        let command = FlagCommand::Change { environment, change };
        scenario.acts.push(act(random.between(2_000, ends_ms), Wish::Flag(vec![(key.clone(), command)])));
    }
    Scenario { harm: if random.chance(300) { 0.4 } else { 0.0 }, ..scenario }
}

fn act(at_ms: u64, wish: Wish) -> Act {
    Act { at_ms, wish, doubled: false }
}

fn flagged(random: &mut Random, key: &FlagKey) -> Flagged {
    let mut shares: Vec<u16> = (0..random.up_to(3)).map(|_| random.between(1, 9_999) as u16).collect();
    shares.sort_unstable();
    shares.dedup();
    shares.push(10_000);
    let ring = |share: u16, random: &mut Random| Ring {
        name: format!("{share} of 10000"),
        reach: Reach::Share(Weight::from_basis_points(share).unwrap_or(Weight::ALL)),
        soak_seconds: random.up_to(6),
        confirm: random.chance(150),
        judge: random.chance(150),
    };
    let rings = shares.into_iter().map(|share| ring(share, random)).collect();
    let code = if random.chance(300) {
        Code::Recreate(Recreate { soak_seconds: random.up_to(3) })
    } else {
        Code::Rolling(Rolling { min_ready_seconds: random.up_to(3), soak_seconds: 0, ..Rolling::default() })
    };
    Flagged { code, rings, soak_seconds: random.up_to(6), ..Flagged::of(key.clone()) }
}
