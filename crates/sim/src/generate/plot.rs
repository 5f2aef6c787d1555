//! Who will do what and when, and what will disturb them.
//!
//! Invariant: the plot begins with a configuration and a first release, so that there is something to disturb.

use tidegate_domain::catalog::Catalog;
use tidegate_domain::environment::EnvironmentSpec;
use tidegate_domain::name::EnvironmentName;
use tidegate_engine::NewRelease;

use super::catalog::strategy;
use crate::people::{Act, Steering, Wish};
use crate::random::Random;
use crate::scenario::{Disturbance, Trouble};

pub fn acts(random: &mut Random, catalog: &Catalog, releases: &[NewRelease], calm_from_ms: u64) -> Vec<Act> {
    let places: Vec<EnvironmentName> = catalog.environments.iter().map(|place| place.name.clone()).collect();
    let mut acts = vec![act(0, Wish::Apply(Box::new(catalog.clone())))];
    let mut at_ms = 1_000;
    for release in releases {
        acts.push(act(at_ms, Wish::Create(Box::new(release.clone()))));
        acts.push(Act {
            doubled: random.chance(200),
            ..act(at_ms + 1_500, deploy(random, release, &places, true))
        });
        if random.chance(400) {
            let wish = Wish::Promote { release: release.version.clone(), supersede: random.chance(500) };
            acts.push(act(at_ms + random.between(5_000, 60_000), wish));
        }
        at_ms += random.between(500, calm_from_ms / releases.len() as u64);
    }
    for _ in 0..random.up_to(6) {
        let at_ms = random.between(2_000, calm_from_ms + 20_000);
        let wish = meddling(random, catalog, releases, &places);
        acts.push(Act { doubled: random.chance(200), ..act(at_ms, wish) });
    }
    acts
}

fn act(at_ms: u64, wish: Wish) -> Act {
    Act { at_ms, wish, doubled: false }
}

fn deploy(random: &mut Random, release: &NewRelease, places: &[EnvironmentName], first: bool) -> Wish {
    let place = if first { 0 } else { random.index(places.len()) };
    Wish::Deploy {
        release: release.version.clone(),
        environment: places[place].clone(),
        strategy: random.chance(200).then(|| strategy(random)),
        supersede: random.chance(400),
        independent: random.chance(100),
    }
}

fn meddling(
    random: &mut Random,
    catalog: &Catalog,
    releases: &[NewRelease],
    places: &[EnvironmentName],
) -> Wish {
    let release = &releases[random.index(releases.len())];
    match random.up_to(19) {
        0 => Wish::Apply(Box::new(changed(random, catalog))),
        1 | 2 => deploy(random, release, places, false),
        3 => Wish::Promote { release: release.version.clone(), supersede: random.chance(500) },
        4 => Wish::Allow {
            release: release.version.clone(),
            environment: places[random.index(places.len())].clone(),
        },
        draw => {
            let how = match draw {
                5..=8 => Steering::Hold,
                9..=12 => Steering::Resume,
                13 | 14 => Steering::Promote,
                15 | 16 => Steering::Abort,
                17 | 18 => Steering::RollBack,
                _ => Steering::RollBackOver { seconds: 20 },
            };
            Wish::Steer { back: random.index(3), how }
        }
    }
}

/// The same configuration with other sizes.
fn changed(random: &mut Random, catalog: &Catalog) -> Catalog {
    let resized = |environment: &EnvironmentSpec, random: &mut Random| {
        let mut environment = environment.clone();
        for placement in environment.placements.values_mut() {
            placement.replicas = random.between(1, 4) as u32;
        }
        environment
    };
    let environments = catalog.environments.iter().map(|environment| resized(environment, random)).collect();
    Catalog { environments, ..catalog.clone() }
}

pub fn disturbances(random: &mut Random, calm_from_ms: u64, replicas: bool) -> Vec<Disturbance> {
    (0..random.up_to(5))
        .map(|_| {
            let what = match random.up_to(9) {
                // One process alone keeps its store to itself: stopping it only makes everybody wait.
                0..=2 if replicas => Trouble::Pause { ms: random.between(1_000, 60_000) },
                0..=2 => Trouble::Pause { ms: random.between(100, 20_000) },
                3 | 4 => Trouble::WallClock { by_ms: jump(random) },
                5 => Trouble::Reboot { down_ms: random.between(1_000, 30_000), by_ms: jump(random) },
                6 | 7 => Trouble::Drift,
                _ => Trouble::Kill,
            };
            Disturbance { at_ms: random.between(2_000, calm_from_ms), what }
        })
        .collect()
}

/// An hour or a day, either way, or a little.
fn jump(random: &mut Random) -> i64 {
    let by_ms = *random.pick(&[3_600_000, 86_400_000, 500, 0]).unwrap_or(&0);
    if random.chance(500) { by_ms } else { -by_ms }
}
