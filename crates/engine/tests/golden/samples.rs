//! What several forms are made of, and how a form is held to its file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_analysis::{
    CeilingMode, ErrorTolerance, LatencyTolerance, Metric, OnSourceDown, Parameters, Schedule, Trigger,
};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::component::{Artifact, ComponentSpec, Probe, Readiness, Source, Stop};
use tidegate_domain::environment::{EnvironmentSpec, Placement, RouteSpec, Sticky, TargetKind};
use tidegate_domain::id::{RolloutId, SlotId};
use tidegate_domain::matching::Match;
use tidegate_domain::name::{ComponentName, EnvironmentName, PersonName, Version};
use tidegate_domain::pipeline::{OnFailure, PipelineSpec, Promotion, StageSpec};
use tidegate_domain::placed::Placed;
use tidegate_domain::replicas::Amount;
use tidegate_domain::rollout::{LegPlan, Plan, RolloutKind, VersionObservation};
use tidegate_domain::strategy::{
    BlueGreen, Canary, CanaryStep, Climb, Exposure, Judged, Leave, Recreate, Rolling, Step, Strategy, Traffic,
};
use tidegate_domain::weight::Weight;

pub fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}

pub fn api() -> ComponentName {
    "api".parse().unwrap()
}

pub fn production() -> EnvironmentName {
    "production".parse().unwrap()
}

pub fn slot() -> SlotId {
    SlotId { environment: production(), component: api() }
}

pub fn rollout() -> RolloutId {
    RolloutId::from_bits(0x1c2d_3e4f_5a6b_7c8d)
}

pub fn ana() -> String {
    "ana".to_owned()
}

pub fn name() -> PersonName {
    "ana".parse().unwrap()
}

pub fn because() -> String {
    "because".to_owned()
}

pub fn component() -> ComponentSpec {
    ComponentSpec {
        name: api(),
        run: vec!["./api".to_owned(), "--serve".to_owned()],
        variables: BTreeMap::from([("LEVEL".to_owned(), "info".to_owned())]),
        readiness: Readiness {
            probe: Probe::Http { path: "/healthz".to_owned() },
            interval_ms: 200,
            timeout_ms: 1_000,
            min_ready_seconds: 1,
        },
        stop: Stop { drain_seconds: 10, kill_after_seconds: 10 },
        depends_on: vec!["store".parse().unwrap()],
        smoke: Vec::new(),
        database: tidegate_domain::database::DatabaseSteps::default(),
    }
}

pub fn artifact(text: &str) -> Artifact {
    Artifact {
        version: version(text),
        source: Source::Archive("api.tar.zst".to_owned()),
        digest: Some("sha256:00".to_owned()),
    }
}

pub fn route() -> RouteSpec {
    RouteSpec {
        listen: "127.0.0.1:8080".to_owned(),
        hosts: vec!["shop.example".to_owned()],
        path_prefix: "/api".to_owned(),
        strip_prefix: true,
        sticky: Some(Sticky { cookie: "side".to_owned(), max_age_seconds: 60 }),
        preview: None,
    }
}

pub fn placed(text: &str) -> Placed {
    Placed {
        component: component(),
        artifact: artifact(text),
        variables: BTreeMap::from([("REGION".to_owned(), "north".to_owned())]),
        replicas: 2,
        route: Some(route()),
        secrets: BTreeMap::new(),
    }
}

/// Every knob by its name: defaults may change, the form may not.
pub fn parameters() -> Parameters {
    Parameters {
        alpha: 0.01,
        beta: 0.05,
        amber_evidence: 10.0,
        errors: ErrorTolerance {
            harm_ratio: 1.0,
            harm_points: 0.000_5,
            margin_points: 0.005,
            margin_ratio: 1.5,
        },
        latency: LatencyTolerance {
            harm_ratio: 1.05,
            harm_points: 0.002,
            margin_points_p50: 0.15,
            margin_points_p90: 0.05,
            margin_points_p99: 0.01,
        },
        min_duration_seconds: 900,
        timeout_seconds: 1_800,
        timeout_error_points: 0.05,
        hold_seconds_max: 600,
        warm_up_seconds: 60,
        grace_seconds: 120,
        warm_up_weight_basis_points: 1_000,
        block_ms: 5_000,
        block_nats_max: 2.0,
        ceilings: vec![Trigger { metric: Metric::ErrorRate, threshold: 0.05, duration_seconds: 60 }],
        ceiling_mode: CeilingMode::Attributed,
        shared_breach_seconds_max: 300,
        no_data_wait_seconds_max: 600,
        on_source_down: OnSourceDown::Hold,
        schedule: Schedule::Plan { weights_basis_points: vec![500, 10_000] },
    }
}

pub fn header() -> Match {
    Match::Header { name: "x-tester".to_owned(), value: "yes".to_owned() }
}

pub fn strategies() -> Vec<Strategy> {
    let steps = vec![
        CanaryStep::Match(Some(header())),
        CanaryStep::Mirror(Weight::from_percent(10)),
        CanaryStep::Shift(Weight::from_percent(50)),
        CanaryStep::Wait { seconds: 30 },
        CanaryStep::Confirm,
        CanaryStep::Judge,
    ];
    let ramp = Climb::Ramp {
        initial_traffic: Weight::from_percent(5),
        increment: Weight::from_percent(10),
        interval_seconds: 60,
    };
    let canary = |climb| Strategy::Canary(Canary { climb, soak_seconds: 60, keep_stable_seconds: 0 });
    let (max_surge, max_unavailable) = (Amount::Count(1), Amount::Percent(25));
    vec![
        Strategy::Recreate(Recreate { soak_seconds: 10 }),
        Strategy::Rolling(Rolling { max_surge, max_unavailable, min_ready_seconds: 10, soak_seconds: 0 }),
        Strategy::BlueGreen(BlueGreen {
            preview: Some(header()),
            preview_seconds: 5,
            confirm: true,
            soak_seconds: 60,
            keep_stable_seconds: 600,
        }),
        canary(ramp),
        canary(Climb::Analysis),
        canary(Climb::Steps(steps)),
    ]
}

pub fn catalog() -> Catalog {
    let stage = |(index, strategy): (usize, Strategy)| StageSpec {
        beside: Vec::new(),
        succeed: None,
        on_failure: OnFailure::GoOn,
        environment: format!("stage-{index}").parse().unwrap(),
        strategy,
        analysis: (index == 0).then(parameters),
        analysis_off: false,
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 600,
        promotion: if index == 0 { Promotion::Manual } else { Promotion::Automatic },
        gates: Vec::new(),
    };
    Catalog {
        project: "shop".to_owned(),
        components: BTreeMap::from([(api(), component())]),
        environments: vec![EnvironmentSpec {
            target: TargetKind::Process,
            placements: BTreeMap::from([(api(), Placement::new(2, Some(route())))]),
            ..EnvironmentSpec::new(production())
        }],
        pipeline: Some(PipelineSpec::new("main", strategies().into_iter().enumerate().map(stage).collect())),
        teams: BTreeMap::new(),
        hotfix_pipeline: None,
        source: None,
    }
}

pub fn plan() -> Box<Plan> {
    let step = |traffic, judged, confirm| Step {
        name: "50 %".to_owned(),
        candidate: 1,
        stable: 2,
        traffic,
        matches: Some(header()),
        mirror: Weight::from_percent(1),
        compare_body: false,
        exposure: None,
        leave: Leave { dwell_seconds: 30, confirm, judged },
    };
    let leg = LegPlan {
        candidate: placed("2.0.0"),
        stable: Some(placed("1.0.0")),
        steps: vec![
            step(Traffic::Offline, Judged::NotAgainst, false),
            step(Traffic::Candidate(Weight::from_percent(50)), Judged::Pass, true),
            step(Traffic::Candidate(Weight::ALL), Judged::AllowsNext, false),
        ],
        smoke: Vec::new(),
        database: tidegate_domain::database::DatabaseSteps::default(),
    };
    Box::new(Plan {
        release: version("2.0.0"),
        environment: production(),
        kind: RolloutKind::Rollback { of: rollout() },
        strategy: "canary".to_owned(),
        legs: vec![leg],
        analysis: Some(parameters()),
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 600,
        keep_stable_seconds: 60,
        gates: Vec::new(),
        flags: Vec::new(),
        digest: String::new(),
    })
}

pub fn seen(ready: u32) -> VersionObservation {
    VersionObservation {
        ready: (0..ready).map(|index| format!("127.0.0.1:4{index:03}")).collect(),
        instances: 2,
        restarts: 1,
        reason: "exited with status 1".to_owned(),
    }
}

/// What was written once is read as the same event, and written the same way again.
pub fn check<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, event: &E) {
    let written = serde_json::to_string_pretty(event).unwrap() + "\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.v1.json"));
    if !path.exists() && std::env::var("TIDEGATE_GOLDEN").is_ok_and(|word| word == "write") {
        std::fs::write(&path, &written).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    assert_eq!(golden, written, "the form of {name} has changed");
    assert_eq!(serde_json::from_str::<E>(&golden).unwrap(), *event, "{name} reads back as another event");
}

pub fn exposure() -> Exposure {
    let who =
        tidegate_domain::strategy::Who { attribute: "tenant".to_owned(), values: vec!["acme".to_owned()] };
    Exposure { named: vec![who], share: Weight::from_percent(5) }
}
