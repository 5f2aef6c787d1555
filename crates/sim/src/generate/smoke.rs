//! The same story with smoke tests, and versions that fail them.
//!
//! Invariant: what is drawn here is drawn from a chance of its own, so that stories without them stay as they were; the first
//! version passes, so that there is something to go back to.

use std::collections::BTreeSet;

use tidegate_domain::database::DatabaseSteps;
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::smoke::{SmokeAsk, SmokePhase, SmokeTest};

use crate::people::Wish;
use crate::random::Random;
use crate::scenario::Scenario;

/// The same story with databases that are expanded and contracted, and versions for which that fails.
pub fn with_databases(scenario: Scenario, seed: u64) -> Scenario {
    let mut random = Random::new(seed ^ 0x00da_7aba);
    let random = &mut random;
    let mut scenario = scenario;
    for spec in scenario.catalog.components.values_mut() {
        let mut may = |thousandths, name: &str| {
            if random.chance(thousandths) { step(random, name) } else { None }
        };
        let (expand, contract) = (may(800, "expand"), may(700, "contract"));
        let contracted = if contract.is_some() { may(500, "contracted") } else { None };
        spec.database = DatabaseSteps { expand, contracted, contract };
    }
    let catalog = scenario.catalog.clone();
    for act in &mut scenario.acts {
        let Wish::Apply(applied) = &mut act.wish else { continue };
        for (name, spec) in &mut applied.components {
            let known = catalog.components.get(name);
            spec.database = known.map(|known| known.database.clone()).unwrap_or_default();
        }
    }
    let first = scenario.releases.first().map(|release| release.version.clone());
    for ((_, version), behaviour) in &mut scenario.behaviours {
        // What fails the question whether nothing is left to contract has something left.
        behaviour.fails_smoke = match random.up_to(9) {
            0 | 1 if Some(version) != first.as_ref() => Some(SmokePhase::Expand),
            2..6 => Some(SmokePhase::Contracted),
            _ => None,
        };
    }
    scenario
}

fn step(random: &mut Random, name: &str) -> Option<SmokeTest> {
    Some(SmokeTest {
        name: name.parse().ok()?,
        ask: SmokeAsk::Run { command: vec!["./migrate".to_owned(), name.to_owned()] },
        timeout_ms: random.between(200, 6_000),
        retries: 0,
        environments: BTreeSet::new(),
    })
}

pub fn with_smoke(scenario: Scenario, seed: u64) -> Scenario {
    let mut random = Random::new(seed ^ 0x0005_3011);
    let random = &mut random;
    let (environments, mut scenario) = (scenario.environments(), scenario);
    for spec in scenario.catalog.components.values_mut() {
        let count = random.up_to(2);
        spec.smoke = (0..count).filter_map(|number| test(random, number, &environments)).collect();
    }
    let catalog = scenario.catalog.clone();
    for act in &mut scenario.acts {
        let Wish::Apply(applied) = &mut act.wish else { continue };
        for (name, spec) in &mut applied.components {
            spec.smoke = catalog.components.get(name).map(|known| known.smoke.clone()).unwrap_or_default();
        }
    }
    let first = scenario.releases.first().map(|release| release.version.clone());
    for ((_, version), behaviour) in &mut scenario.behaviours {
        if Some(version) != first.as_ref() && random.chance(350) {
            let phase = if random.chance(600) { SmokePhase::Before } else { SmokePhase::After };
            behaviour.fails_smoke = Some(phase);
        }
    }
    scenario
}

fn test(random: &mut Random, number: u64, environments: &[EnvironmentName]) -> Option<SmokeTest> {
    let only = if random.chance(200) { environments.first().cloned() } else { None };
    Some(SmokeTest {
        name: format!("test-{number}").parse().ok()?,
        ask: SmokeAsk::Run { command: vec!["./smoke".to_owned()] },
        timeout_ms: random.between(200, 6_000),
        retries: random.up_to(2) as u32,
        environments: only.into_iter().collect::<BTreeSet<_>>(),
    })
}
