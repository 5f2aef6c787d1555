//! An environment differs from itself in nothing, from another in just what was written, and never by a value.

use proptest::prelude::*;

use super::*;
use crate::environment::{Placement, RouteSpec, Tier};
use crate::gate::{GateRule, GateSpec};
use crate::secret::{SecretCommand, decide, evolve};
use crate::strategy::{BlueGreen, Recreate, Strategy};

fn named<N: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> N {
    text.parse().unwrap()
}

fn environment(name: &str) -> EnvironmentSpec {
    let route = RouteSpec {
        listen: "127.0.0.1:8080".into(),
        hosts: Vec::new(),
        path_prefix: "/".into(),
        strip_prefix: false,
        sticky: None,
        preview: None,
    };
    EnvironmentSpec {
        variables: [("LOG".to_owned(), "warn".to_owned())].into(),
        placements: [(named("api"), Placement::new(2, Some(route)))].into(),
        ..EnvironmentSpec::new(named(name))
    }
}

fn stage(environment: &str, strategy: Strategy) -> StageSpec {
    StageSpec {
        environment: named(environment),
        beside: Vec::new(),
        succeed: None,
        on_failure: crate::pipeline::OnFailure::default(),
        strategy,
        analysis: None,
        analysis_off: true,
        scrape_interval_ms: 5_000,
        progress_deadline_seconds: 600,
        promotion: crate::pipeline::Promotion::Manual,
        gates: Vec::new(),
    }
}

fn set(secrets: Secrets, environment: &str, name: &str, fingerprint: &str) -> Secrets {
    let command = SecretCommand::Set {
        environment: named(environment),
        name: named(name),
        fingerprint: fingerprint.into(),
        by: "ann".into(),
        at_ms: 0,
    };
    decide(&secrets, command).unwrap().iter().fold(secrets, evolve)
}

struct World {
    first: EnvironmentSpec,
    second: EnvironmentSpec,
    components: BTreeMap<ComponentName, ComponentSpec>,
    stages: [Option<StageSpec>; 2],
    secrets: Secrets,
    versions: [BTreeMap<ComponentName, Version>; 2],
}

impl World {
    fn new() -> Self {
        let (first, second) = (environment("staging"), environment("production"));
        Self {
            first,
            second,
            components: BTreeMap::new(),
            stages: [None, None],
            secrets: Secrets::default(),
            versions: [BTreeMap::new(), BTreeMap::new()],
        }
    }

    fn compare(&self) -> Comparison {
        let side = |spec, index: usize| Side {
            spec,
            components: &self.components,
            stage: self.stages[index].as_ref(),
            secrets: &self.secrets,
            versions: &self.versions[index],
        };
        compare(side(&self.first, 0), side(&self.second, 1))
    }

    fn check(&self, expect: &[&str]) {
        let line = |found: &Difference| {
            let text = |told: &Option<Told>| match told {
                None => "-".to_owned(),
                Some(Told { value, inherited_from: None }) => value.clone(),
                Some(Told { value, inherited_from: Some(from) }) => format!("{value} ({from})"),
            };
            format!("{}: {} | {}", found.path, text(&found.first), text(&found.second))
        };
        let found: Vec<String> = self.compare().differences.iter().map(line).collect();
        assert_eq!(found, expect);
    }
}

#[test]
fn alike_but_for_the_name_is_no_difference() {
    World::new().check(&[]);
}

#[test]
fn what_was_written_differs_and_says_where() {
    let mut world = World::new();
    world.first.tier = Some(Tier::Staging);
    world.first.variables.insert("LOG".into(), "debug".into());
    world.first.variables.insert("LOG.MORE".into(), "1".into());
    world.first.origins = [("variables.LOG".to_owned(), named("base"))].into();
    world.second.protected = true;
    world.second.owner = Some("shop".into());
    let placement = world.second.placements.get_mut(&named::<ComponentName>("api")).unwrap();
    placement.replicas = 4;
    placement.route.as_mut().unwrap().hosts = vec!["a.example".into(), "b.example".into()];
    world.versions[0].insert(named("api"), named("1.1.0"));
    world.versions[1].insert(named("api"), named("1.0.0"));
    world.check(&[
        "components.api.replicas: 2 | 4",
        "components.api.route.hosts: all | a.example, b.example",
        "components.api.version: 1.1.0 | 1.0.0",
        "owner: - | shop",
        "protected: false | true",
        "tier: staging | -",
        "variables.LOG: debug (base) | warn",
        "variables.LOG.MORE: 1 | -",
    ]);
}

#[test]
fn what_is_missing_as_a_whole_is_told_once() {
    let mut world = World::new();
    world.first.placements.insert(named("worker"), Placement::new(1, None));
    world.second.placements.get_mut(&named::<ComponentName>("api")).unwrap().route = None;
    world.versions[0].insert(named("worker"), named("1.0.0"));
    world.stages[0] = Some(stage("staging", Strategy::Recreate(Recreate::default())));
    world.check(&[
        "components.api.route: routed | -",
        "components.worker: placed | -",
        "stage: in the pipeline | -",
    ]);
}

#[test]
fn secrets_differ_by_their_fingerprints() {
    let mut world = World::new();
    for spec in [&mut world.first, &mut world.second] {
        spec.secrets = ["A", "B", "C", "D"].map(named::<SecretName>).into();
    }
    let given = [
        ("staging", "A", "f1"),
        ("production", "A", "f1"),
        ("staging", "B", "f2"),
        ("production", "B", "f3"),
    ];
    let given = given.into_iter().chain([("staging", "C", "f4"), ("production", "E", "f5")]);
    world.secrets = given.fold(Secrets::default(), |all, (place, name, print)| set(all, place, name, print));
    world.check(&["secrets.B: f2 | f3", "secrets.C: f4 | not set", "secrets.E: - | f5, nothing asks for it"]);
    assert_eq!(world.compare().same_secrets, [named::<SecretName>("A")]);
}

#[test]
fn a_secret_of_one_component_is_its_own_fact() {
    let mut world = World::new();
    world.first.placements.get_mut(&named::<ComponentName>("api")).unwrap().secrets = [named("A")].into();
    world.second.secrets = [named("A")].into();
    world.check(&["components.api.secrets.A: asked for | -"]);
}

#[test]
fn the_way_in_differs_by_strategy_gates_and_their_knobs() {
    let mut world = World::new();
    let soak = |seconds| GateSpec::new(named("soak"), GateRule::Soak { seconds });
    let with_gates = |stage: StageSpec, gates| Some(StageSpec { gates, ..stage });
    let blue =
        |keep_stable_seconds| Strategy::BlueGreen(BlueGreen { keep_stable_seconds, ..BlueGreen::default() });
    world.stages = [
        with_gates(stage("staging", blue(60)), vec![soak(60)]),
        with_gates(stage("production", blue(600)), vec![soak(3_600)]),
    ];
    world.check(&["stage.gates.soak.seconds: 60 | 3600", "stage.strategy.keep_stable_seconds: 60 | 600"]);
    let recreate = stage("staging", Strategy::Recreate(Recreate::default()));
    world.stages[0] = Some(StageSpec { analysis_off: false, ..recreate });
    world.check(&["stage.gates.soak: - | soak", "stage.strategy: recreate | blue-green"]);
}

proptest! {
    #[test]
    fn the_other_way_round_is_the_same_told_the_other_way(
        first in proptest::collection::btree_map("[A-D]", "[a-b]", 0..4),
        second in proptest::collection::btree_map("[A-D]", "[a-b]", 0..4),
    ) {
        let mut world = World::new();
        (world.first.variables, world.second.variables) = (first.clone(), second.clone());
        let there = world.compare().differences;
        std::mem::swap(&mut world.first, &mut world.second);
        let back: Vec<Difference> = world.compare().differences.into_iter()
            .map(|found| Difference { first: found.second, second: found.first, ..found }).collect();
        prop_assert_eq!(&there, &back);
        prop_assert_eq!(there.is_empty(), first == second);
    }
}
