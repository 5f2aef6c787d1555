//! The same story with smoke tests, and versions that fail them.
//!
//! Invariant: what is drawn here is drawn from a chance of its own, so that stories without them stay as they were; the first
//! version passes, so that there is something to go back to.

use std::collections::BTreeSet;

use tidegate_domain::name::EnvironmentName;
use tidegate_domain::smoke::{SmokeAsk, SmokePhase, SmokeTest};

use crate::people::Wish;
use crate::random::Random;
use crate::scenario::Scenario;

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
