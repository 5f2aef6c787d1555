//! Configurations, releases, and how their versions behave.
//!
//! Invariant: every catalog drawn here is accepted; a version called bad is bad in one way that somebody should notice.

use std::collections::BTreeMap;

use tidegate_analysis::{CeilingMode, Metric, Parameters, Schedule, Trigger};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::component::{Artifact, ComponentSpec, Readiness, Source, Stop};
use tidegate_domain::environment::{EnvironmentSpec, Placement, RouteSpec};
use tidegate_domain::matching::Match;
use tidegate_domain::name::{ComponentName, EnvironmentName, Version};
use tidegate_domain::pipeline::{OnFailure, PipelineSpec, Promotion, StageSpec};
use tidegate_domain::release::ReleaseKind;
use tidegate_domain::replicas::Amount;
use tidegate_domain::strategy::{BlueGreen, Canary, CanaryStep, Climb, Recreate, Rolling, Strategy};
use tidegate_domain::weight::Weight;
use tidegate_engine::NewRelease;

use crate::random::Random;
use crate::world::target::Behaviour;

pub fn component(name: &str) -> ComponentName {
    ComponentName::new(name).unwrap_or_else(|why| unreachable!("{why}"))
}
pub fn environment(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).unwrap_or_else(|why| unreachable!("{why}"))
}
pub fn version(text: &str) -> Version {
    Version::new(text).unwrap_or_else(|why| unreachable!("{why}"))
}

pub fn catalog(random: &mut Random) -> Catalog {
    let names = ["api", "store", "web"];
    let count = 1 + random.index(10).saturating_sub(6).min(2);
    let components: BTreeMap<_, _> =
        names[..count].iter().enumerate().map(|(index, name)| spec(random, name, &names[..index])).collect();
    let places = ["development", "staging", "production"];
    let stages = 1 + random.index(3);
    let environments = places[..stages].iter().enumerate().map(|(index, place)| {
        let port = 8_000 + 100 * index as u64;
        let placements = components.keys().zip(port..);
        EnvironmentSpec {
            placements: placements.map(|(name, port)| (name.clone(), placement(random, port))).collect(),
            ..EnvironmentSpec::new(environment(place))
        }
    });
    let environments: Vec<_> = environments.collect();
    let stages = environments.iter().map(|environment| stage(random, environment.name.clone())).collect();
    let pipeline = Some(PipelineSpec::new("main", stages));
    Catalog {
        project: "simulation".to_owned(),
        components,
        environments,
        pipeline,
        teams: BTreeMap::new(),
        hotfix_pipeline: None,
        source: None,
    }
}

fn spec(random: &mut Random, name: &str, before: &[&str]) -> (ComponentName, ComponentSpec) {
    let depends_on = before.iter().filter(|_| random.chance(400)).map(|name| component(name)).collect();
    let spec = ComponentSpec {
        name: component(name),
        run: vec!["./serve".to_owned()],
        variables: BTreeMap::new(),
        readiness: Readiness::default(),
        stop: Stop { drain_seconds: random.up_to(6), kill_after_seconds: 5 },
        depends_on,
        smoke: Vec::new(),
        database: tidegate_domain::database::DatabaseSteps::default(),
    };
    (spec.name.clone(), spec)
}

fn placement(random: &mut Random, port: u64) -> Placement {
    let route = RouteSpec {
        listen: format!("127.0.0.1:{port}"),
        hosts: Vec::new(),
        path_prefix: "/".to_owned(),
        strip_prefix: false,
        sticky: None,
        preview: None,
    };
    Placement::new(random.between(1, 4) as u32, random.chance(900).then_some(route))
}

fn stage(random: &mut Random, environment: EnvironmentName) -> StageSpec {
    StageSpec {
        beside: Vec::new(),
        succeed: None,
        on_failure: OnFailure::GoOn,
        environment,
        strategy: strategy(random),
        analysis: random.chance(500).then(|| analysis(random)),
        analysis_off: false,
        scrape_interval_ms: random.between(500, 4_000),
        progress_deadline_seconds: random.between(15, 90),
        promotion: if random.chance(600) { Promotion::Automatic } else { Promotion::Manual },
        gates: Vec::new(),
    }
}

pub fn strategy(random: &mut Random) -> Strategy {
    let soak_seconds = random.up_to(12);
    let keep_stable_seconds = if random.chance(500) { random.up_to(30) } else { 0 };
    match random.up_to(9) {
        0 => Strategy::Recreate(Recreate { soak_seconds }),
        1 | 2 => Strategy::Rolling(Rolling {
            max_surge: amount(random),
            max_unavailable: amount(random),
            min_ready_seconds: random.up_to(5),
            soak_seconds,
        }),
        3 | 4 => Strategy::BlueGreen(BlueGreen {
            preview: random.chance(300).then(tester),
            preview_seconds: random.up_to(5),
            confirm: random.chance(300),
            soak_seconds,
            keep_stable_seconds,
        }),
        _ => Strategy::Canary(Canary { climb: climb(random), soak_seconds, keep_stable_seconds }),
    }
}

fn amount(random: &mut Random) -> Amount {
    if random.chance(500) {
        Amount::Count(random.up_to(3) as u32)
    } else {
        Amount::Percent(random.up_to(100) as u32)
    }
}

fn tester() -> Match {
    Match::Header { name: "x-tester".to_owned(), value: "yes".to_owned() }
}

fn climb(random: &mut Random) -> Climb {
    match random.up_to(9) {
        0..=4 => Climb::Ramp {
            initial_traffic: share(random),
            increment: Weight::from_percent(random.between(20, 100) as u8),
            interval_seconds: random.between(1, 8),
        },
        5 => Climb::Analysis,
        _ => Climb::Steps(steps(random)),
    }
}

fn share(random: &mut Random) -> Weight {
    Weight::from_basis_points(random.between(1, 10_000) as u16).unwrap_or(Weight::ALL)
}

fn steps(random: &mut Random) -> Vec<CanaryStep> {
    let mut shares: Vec<Weight> = (0..random.between(1, 3)).map(|_| share(random)).collect();
    shares.sort();
    let mut steps = Vec::new();
    for weight in shares {
        if random.chance(200) {
            steps.push(CanaryStep::Match(random.chance(700).then(tester)));
        }
        if random.chance(150) {
            steps.push(CanaryStep::Mirror(share(random)));
        }
        steps.push(CanaryStep::Shift(weight));
        match random.up_to(9) {
            0 | 1 => steps.push(CanaryStep::Confirm),
            2 => steps.push(CanaryStep::Judge),
            _ => steps.push(CanaryStep::Wait { seconds: random.up_to(6) }),
        }
    }
    steps
}

fn analysis(random: &mut Random) -> Parameters {
    let min_duration_seconds = random.between(5, 20);
    let threshold = random.between(20, 100) as f64 / 1_000.0;
    let ceiling = Trigger { metric: Metric::ErrorRate, threshold, duration_seconds: random.between(2, 15) };
    Parameters {
        min_duration_seconds,
        timeout_seconds: min_duration_seconds + random.between(5, 60),
        hold_seconds_max: random.between(5, 40),
        warm_up_seconds: random.up_to(4),
        grace_seconds: random.up_to(8),
        block_ms: random.between(500, 3_000),
        ceilings: if random.chance(700) { vec![ceiling] } else { Vec::new() },
        ceiling_mode: if random.chance(800) { CeilingMode::Attributed } else { CeilingMode::Strict },
        shared_breach_seconds_max: random.between(5, 30),
        no_data_wait_seconds_max: random.between(5, 40),
        schedule: if random.chance(700) {
            Schedule::Plan { weights_basis_points: Vec::new() }
        } else {
            Schedule::default()
        },
        ..Parameters::default()
    }
}

pub fn releases(random: &mut Random, catalog: &Catalog) -> Vec<NewRelease> {
    let count = random.between(2, 4);
    (1..=count)
        .map(|number| {
            let text = format!("{number}.0.0");
            let mut components: BTreeMap<_, _> = catalog
                .components
                .keys()
                .filter(|_| number == 1 || random.chance(800))
                .map(|name| (name.clone(), artifact(&text)))
                .collect();
            if components.is_empty() {
                components
                    .extend(catalog.components.keys().take(1).map(|name| (name.clone(), artifact(&text))));
            }
            let kind = if random.chance(200) { ReleaseKind::Hotfix } else { ReleaseKind::Planned };
            NewRelease { version: version(&text), kind, components, notes: Vec::new(), commits: Vec::new() }
        })
        .collect()
}

fn artifact(text: &str) -> Artifact {
    Artifact { version: version(text), source: Source::Command, digest: None }
}

/// The first release is sound; of the others, about one component in three has a flaw.
pub fn behaviours(
    random: &mut Random,
    releases: &[NewRelease],
) -> BTreeMap<(ComponentName, Version), Behaviour> {
    let mut behaviours = BTreeMap::new();
    for (index, release) in releases.iter().enumerate() {
        for name in release.components.keys() {
            let behaviour = behaviour(random, index == 0);
            behaviours.insert((name.clone(), release.version.clone()), behaviour);
        }
    }
    behaviours
}

fn behaviour(random: &mut Random, sound: bool) -> Behaviour {
    let mut behaviour = Behaviour { start_ms_max: random.between(200, 6_000), ..Behaviour::default() };
    if random.chance(300) {
        behaviour.trouble_every_ms = Some(random.between(3_000, 40_000));
    }
    if !sound && random.chance(350) {
        match random.up_to(4) {
            0 => behaviour.never_ready = true,
            1 => behaviour.dies_after_ms = Some(random.between(50, 8_000)),
            2 => behaviour.latency_ms = 120.0,
            _ => behaviour.error_share = random.between(10, 1_000) as f64 / 1_000.0,
        }
    }
    behaviour
}
