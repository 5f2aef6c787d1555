//! A plan holds everything it needs, and who judges it and owns the shares follows from the strategy.

use tidegate_analysis::Rung;

use super::*;
use crate::component::{ComponentSpec, Readiness, Source, Stop};
use crate::environment::{Placement, RouteSpec};
use crate::gate::ChangeType;
use crate::name::Version;
use crate::pipeline::{OnFailure, PipelineSpec, Promotion};
use crate::refusal::Refuse;
use crate::slot::Previous;
use crate::strategy::{CanaryStep, Recreate, Rolling, Traffic};
use crate::weight::Weight;

fn names(list: &[&str]) -> Vec<ComponentName> {
    list.iter().map(|name| name.parse().unwrap()).collect()
}

fn production() -> EnvironmentName {
    "production".parse().unwrap()
}

fn component(name: &str, depends_on: &[&str]) -> ComponentSpec {
    ComponentSpec {
        name: name.parse().unwrap(),
        run: vec!["./server".into()],
        variables: BTreeMap::new(),
        readiness: Readiness::default(),
        stop: Stop::default(),
        depends_on: names(depends_on),
        smoke: Vec::new(),
        database: crate::database::DatabaseSteps::default(),
    }
}

fn route() -> RouteSpec {
    RouteSpec {
        listen: "127.0.0.1:8080".into(),
        hosts: Vec::new(),
        path_prefix: "/".into(),
        strip_prefix: false,
        sticky: None,
        preview: None,
    }
}

/// `api` needs `store`; `elsewhere` is not placed.
fn catalog(strategy: Strategy, analysis: Option<Parameters>) -> Catalog {
    let components = [component("api", &["store"]), component("store", &[]), component("elsewhere", &[])];
    let placement = |name: &str| (name.parse().unwrap(), Placement::new(3, Some(route())));
    let place = EnvironmentSpec {
        variables: BTreeMap::from([("REGION".to_owned(), "north".to_owned())]),
        placements: ["api", "store"].map(placement).into(),
        ..EnvironmentSpec::new(production())
    };
    let stage = StageSpec {
        beside: Vec::new(),
        succeed: None,
        on_failure: OnFailure::GoOn,
        environment: production(),
        strategy,
        analysis,
        analysis_off: false,
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 60,
        promotion: Promotion::Manual,
        gates: Vec::new(),
    };
    Catalog {
        project: "shop".into(),
        components: components.map(|spec| (spec.name.clone(), spec)).into(),
        environments: vec![place],
        pipeline: Some(PipelineSpec::new("main", vec![stage])),
        teams: BTreeMap::new(),
        hotfix_pipeline: None,
        source: None,
    }
}

fn artifact(version: &str) -> Artifact {
    Artifact { version: Version::new(version).unwrap(), source: Source::Command, digest: None }
}

fn release(version: &str, components: &[&str]) -> Release {
    Release {
        version: Version::new(version).unwrap(),
        kind: ReleaseKind::Planned,
        components: names(components).into_iter().map(|name| (name, artifact(version))).collect(),
        notes: Vec::new(),
        author: "ada".into(),
        commits: crate::release::Commits::default(),
        standings: BTreeMap::new(),
        change: ChangeType::Normal,
        votes: BTreeMap::new(),
        overrides: BTreeMap::new(),
        evidence: Vec::new(),
        waivers: Vec::new(),
        answers: BTreeMap::new(),
        emergencies: std::collections::BTreeSet::new(),
        reviews: Vec::new(),
        kept_notes: None,
    }
}

/// Where this version of both components stands.
fn standing(catalog: &Catalog, version: &str) -> BTreeMap<ComponentName, Slot> {
    let place = &catalog.environments[0];
    let slot = |name: ComponentName| {
        let id = crate::id::SlotId { environment: production(), component: name.clone() };
        let ground = Ground { catalog, slots: &BTreeMap::new(), secrets: &Secrets::default(), flags: &[] };
        let stable = candidate(&ground, place, &name, &artifact(version)).unwrap();
        (name, Slot { stable: Some(stable), ..Slot::empty(id) })
    };
    names(&["api", "store"]).into_iter().map(slot).collect()
}

fn planned(catalog: &Catalog, given: Option<&Strategy>) -> Plan {
    let slots = standing(catalog, "1.0.0");
    plan(
        &Ground { catalog, slots: &slots, secrets: &Secrets::default(), flags: &[] },
        &release("2.0.0", &["api", "store"]),
        &production(),
        given,
    )
    .unwrap()
}

fn recreate() -> Strategy {
    Strategy::Recreate(Recreate::default())
}

fn canary(climb: Climb) -> Strategy {
    Strategy::Canary(Canary { climb, ..Canary::default() })
}

#[test]
fn components_go_in_the_order_of_what_they_need_and_bring_all_they_need() {
    let catalog = catalog(recreate(), None);
    let slots = BTreeMap::new();
    let ground = Ground { catalog: &catalog, slots: &slots, secrets: &Secrets::default(), flags: &[] };
    let plan = plan(&ground, &release("2.0.0", &["api", "elsewhere", "store"]), &production(), None).unwrap();
    let order: Vec<&str> = plan.legs.iter().map(|leg| leg.candidate.component.name.as_str()).collect();
    assert_eq!(order, ["store", "api"], "what is not placed here stays out of it");
    for leg in &plan.legs {
        assert_eq!((leg.candidate.replicas, &leg.candidate.route), (3, &Some(route())));
        assert_eq!(leg.candidate.variables["REGION"], "north");
        assert_eq!((&leg.stable, leg.steps.len()), (&None, 1), "the first version has one rung");
    }
}

#[test]
fn what_stands_already_is_passed_over_and_told_when_nothing_is_left() {
    let mut catalog = catalog(recreate(), None);
    let api: ComponentName = "api".parse().unwrap();
    let slots = standing(&catalog, "1.0.0");
    let mut mixed = release("2.0.0", &["api", "store"]);
    mixed.components.insert("store".parse().unwrap(), artifact("1.0.0"));
    let planned = plan(
        &Ground { catalog: &catalog, slots: &slots, secrets: &Secrets::default(), flags: &[] },
        &mixed,
        &production(),
        None,
    )
    .unwrap();
    assert_eq!(planned.legs.len(), 1);
    let code = |catalog: &Catalog, release: &Release| {
        plan(
            &Ground { catalog, slots: &slots, secrets: &Secrets::default(), flags: &[] },
            release,
            &production(),
            None,
        )
        .unwrap_err()
        .code()
        .to_owned()
    };
    assert_eq!(code(&catalog, &release("1.0.0", &["api", "store"])), "nothing-to-do");
    assert_eq!(code(&catalog, &release("2.0.0", &["elsewhere"])), "nothing-placed");
    catalog.environments[0].placements.get_mut(&api).unwrap().replicas = 9;
    assert_eq!(code(&catalog, &release("1.0.0", &["api"])), "nothing-to-do", "a size follows by itself");
    catalog.components.get_mut(&api).unwrap().run.push("--more".into());
    assert_eq!(code(&catalog, &release("1.0.0", &["api"])), "same-version");
}

#[test]
fn who_owns_the_shares_follows_from_the_strategy() {
    let shares = |strategy: Strategy| {
        let catalog = catalog(strategy, Some(Parameters::default()));
        match planned(&catalog, None).analysis.unwrap().schedule {
            Schedule::Plan { weights_basis_points } => Some(weights_basis_points),
            Schedule::Ladder(_) => None,
        }
    };
    let steps = [
        CanaryStep::Shift(Weight::from_percent(5)),
        CanaryStep::Confirm,
        CanaryStep::Shift(Weight::from_percent(50)),
    ];
    let many = Climb::Ramp {
        initial_traffic: Weight::from_percent(1),
        increment: Weight::from_percent(1),
        interval_seconds: 1,
    };
    assert_eq!(shares(canary(Climb::Steps(steps.to_vec()))), Some(vec![500, 5_000, 10_000]));
    assert_eq!(shares(Strategy::BlueGreen(BlueGreen::default())), Some(vec![10_000]));
    assert_eq!(shares(canary(many)), Some(Vec::new()), "more than the rule looks ahead");
    assert_eq!(shares(Strategy::Rolling(Rolling::default())), Some(Vec::new()));
    assert_eq!(shares(recreate()), Some(Vec::new()));
    assert_eq!(shares(canary(Climb::Analysis)), None, "the analysis climbs its own ladder");
}

#[test]
fn the_stages_own_ladder_is_climbed() {
    let rung = |weight_basis_points| Rung { weight_basis_points, dwell_seconds: 1 };
    let own = Ladder { rungs: vec![rung(2_000), rung(6_000)], ..Ladder::default() };
    let parameters = Parameters { schedule: Schedule::Ladder(own.clone()), ..Parameters::default() };
    let planned = planned(&catalog(canary(Climb::Analysis), Some(parameters)), None);
    assert_eq!(planned.analysis.unwrap().schedule, Schedule::Ladder(own));
    let weights: Vec<u16> =
        planned.legs[0].steps.iter().map(|step| step.traffic.candidate().basis_points()).collect();
    assert_eq!(weights, [100, 2_000, 6_000, 8_000, 10_000]);
}

#[test]
fn a_strategy_for_one_time_has_the_analysis_that_fits_it() {
    let canary = || canary(Climb::default());
    let table = [
        ("canary on a plain stage", recreate(), None, false, Some(canary()), true),
        (
            "blue-green on a plain stage",
            recreate(),
            None,
            false,
            Some(Strategy::BlueGreen(BlueGreen::default())),
            true,
        ),
        ("canary where the stage says off", recreate(), None, true, Some(canary()), false),
        (
            "blue-green where a canary is not judged",
            canary(),
            None,
            false,
            Some(Strategy::BlueGreen(BlueGreen::default())),
            false,
        ),
        ("the stage's own", recreate(), None, false, None, false),
        ("the stage's canary, switched off", canary(), None, false, None, false),
        (
            "rolling, asked to be judged",
            Strategy::Rolling(Rolling::default()),
            Some(Parameters::default()),
            false,
            None,
            true,
        ),
    ];
    for (name, strategy, analysis, off, given, judged) in table {
        let mut catalog = catalog(strategy, analysis);
        catalog.pipeline.as_mut().unwrap().stages[0].analysis_off = off;
        assert_eq!(planned(&catalog, given.as_ref()).analysis.is_some(), judged, "{name}");
    }
}

#[test]
fn a_strategy_that_cannot_be_walked_is_refused() {
    let falls = [CanaryStep::Shift(Weight::from_percent(50)), CanaryStep::Shift(Weight::from_percent(5))];
    let catalog = catalog(recreate(), None);
    let slots = BTreeMap::new();
    let ground = Ground { catalog: &catalog, slots: &slots, secrets: &Secrets::default(), flags: &[] };
    let given = canary(Climb::Steps(falls.to_vec()));
    let refused = plan(&ground, &release("2.0.0", &["api"]), &production(), Some(&given)).unwrap_err();
    assert_eq!(refused.code(), "bad-strategy");
}

#[test]
fn the_way_back_brings_what_stood_before_in_reverse_order_and_only_the_newest() {
    let catalog = catalog(recreate(), None);
    let done = planned(&catalog, None);
    let mut slots = standing(&catalog, "2.0.0");
    let id = RolloutId::from_bits(7);
    let code = |slots: &BTreeMap<ComponentName, Slot>| {
        plan_back(
            &Ground { catalog: &catalog, slots, secrets: &Secrets::default(), flags: &[] },
            &id,
            &done,
            None,
        )
        .unwrap_err()
        .code()
        .to_owned()
    };
    assert_eq!(code(&slots), "no-way-back");
    for (name, before) in standing(&catalog, "1.0.0") {
        let placed = before.stable.unwrap();
        slots.get_mut(&name).unwrap().previous =
            Some(Previous { placed, kept: 0, until: crate::moment::Steady(0) });
    }
    let back = plan_back(
        &Ground { catalog: &catalog, slots: &slots, secrets: &Secrets::default(), flags: &[] },
        &id,
        &done,
        None,
    )
    .unwrap();
    assert_eq!(back.kind, RolloutKind::Rollback { of: id.clone() });
    let order: Vec<&str> = back.legs.iter().map(|leg| leg.candidate.component.name.as_str()).collect();
    assert_eq!(order, ["api", "store"]);
    for leg in &back.legs {
        assert_eq!(leg.candidate.version().as_str(), "1.0.0");
        assert_eq!(leg.steps.last().unwrap().traffic, Traffic::Candidate(Weight::ALL));
    }
    let slow = |over| {
        plan_back(
            &Ground { catalog: &catalog, slots: &slots, secrets: &Secrets::default(), flags: &[] },
            &id,
            &done,
            Some(over),
        )
    };
    let steps = &slow(90).unwrap().legs[0].steps;
    assert_eq!((steps.len(), steps[0].leave.dwell_seconds, steps[9].leave.dwell_seconds), (10, 10, 0));
    assert_eq!(slow(90_000).unwrap_err().code(), "return-too-long");
    assert_eq!(code(&standing(&catalog, "3.0.0")), "not-newest");
}

#[test]
fn what_has_nothing_to_run_has_a_way_and_cannot_take_it() {
    let mut catalog = catalog(canary(Climb::default()), None);
    for name in names(&["api", "store"]) {
        catalog.components.get_mut(&name).unwrap().run.clear();
    }
    let slots = BTreeMap::new();
    let ground = Ground { catalog: &catalog, slots: &slots, secrets: &Secrets::default(), flags: &[] };
    let release = release("2.0.0", &["api", "store"]);
    let refused = plan(&ground, &release, &production(), None).unwrap_err();
    assert_eq!(refused.code(), "nothing-to-run");
    assert_eq!(refused.to_string(), "the components `store`, `api` have nothing to run yet");
    assert!(refused.help().contains("configure_components"), "{}", refused.help());
    assert!(!refused.is_invalid(), "it may be given something to run");
    assert_eq!(outline(&ground, &release, &production(), None).unwrap().legs.len(), 2);
}

#[test]
fn a_gate_before_a_ring_is_passed_by_no_plan() {
    use crate::gate::GateRule;
    use crate::strategy::Phased;
    let mut catalog = catalog(Strategy::Phased(Phased::default()), None);
    let soak = GateSpec::new("soak".parse().unwrap(), GateRule::Soak { seconds: 60 });
    let before_half = GateSpec { ring: Some("50 %".to_owned()), ..soak };
    for stage in &mut catalog.pipeline.as_mut().unwrap().stages {
        stage.gates = vec![before_half.clone()];
    }
    assert_eq!(planned(&catalog, None).gates, std::slice::from_ref(&before_half));
    // A strategy for one time has no such ring, and a first version none at all: then it is asked at the door.
    let at_the_door = GateSpec { ring: None, ..before_half };
    assert_eq!(planned(&catalog, Some(&recreate())).gates, std::slice::from_ref(&at_the_door));
    let (slots, secrets) = (BTreeMap::new(), Secrets::default());
    let ground = Ground { catalog: &catalog, slots: &slots, secrets: &secrets, flags: &[] };
    let first = plan(&ground, &release("1.0.0", &["api", "store"]), &production(), None).unwrap();
    assert_eq!(first.gates, [at_the_door]);
}
