//! From a seed to a scenario.
//!
//! Invariant: every draw comes from the seed, in one order. What is drawn is small on purpose: many short stories find
//! more than a few long ones.

mod catalog;
mod flags;
mod plot;
mod smoke;

pub use flags::with_flags;
pub use smoke::{with_databases, with_smoke};

use crate::random::Random;
use crate::scenario::Scenario;
use crate::weather::{Outage, Port, Weather};

pub fn scenario(seed: u64) -> Scenario {
    let mut random = Random::new(seed);
    let random = &mut random;
    let catalog = catalog::catalog(random);
    let releases = catalog::releases(random, &catalog);
    let behaviours = catalog::behaviours(random, &releases);
    let calm_from_ms = random.between(20_000, 150_000);
    let acts = plot::acts(random, &catalog, &releases, calm_from_ms);
    let replicas = random.chance(350);
    let disturbances = plot::disturbances(random, calm_from_ms, replicas);
    let busy = random.chance(700);
    let rough = random.chance(700);
    Scenario {
        catalog,
        releases,
        behaviours,
        acts,
        disturbances,
        weather: weather(random, calm_from_ms, rough),
        requests_per_second: if busy { random.between(20, 400) as f64 } else { random.up_to(3) as f64 },
        latencies: random.chance(400),
        replicas,
        harm: 0.0,
        deaths_per_mille: if rough { random.between(1, 25) } else { 0 },
        deaths: if rough { random.up_to(8) as u32 } else { 0 },
    }
}

fn weather(random: &mut Random, calm_from_ms: u64, rough: bool) -> Weather {
    let mut mishaps_per_mille = [0; 6];
    if rough {
        for rate in &mut mishaps_per_mille {
            *rate = if random.chance(500) { random.up_to(60) } else { 0 };
        }
    }
    let count = if rough { random.up_to(3) } else { 0 };
    let outages = (0..count).filter_map(|_| outage(random, calm_from_ms)).collect();
    Weather {
        calm_from_ms,
        mishaps_per_mille,
        outages,
        delay_ms_max: random.between(1, 40),
        slow_per_mille: if rough { random.up_to(8) } else { 0 },
    }
}

fn outage(random: &mut Random, calm_from_ms: u64) -> Option<Outage> {
    let port = *random.pick(&Port::ALL)?;
    let from_ms = random.up_to(calm_from_ms);
    // A disk that is full for long only makes everybody wait.
    let most = if matches!(port, Port::Read | Port::Write) { 8_000 } else { 60_000 };
    Some(Outage { port, from_ms, until_ms: from_ms + random.between(500, most) })
}
