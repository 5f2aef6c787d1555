//! Catalogs and releases to move through the engine.
//!
//! Invariant: plain requests, as the API makes them. Deliberately not here: when they are sent.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use tidegate_analysis::Parameters;
use tidegate_domain::catalog::Catalog;
use tidegate_domain::component::{Artifact, ComponentSpec, Readiness, Source, Stop};
use tidegate_domain::environment::{EnvironmentSpec, Placement, RouteSpec};
use tidegate_domain::id::RolloutId;
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{ComponentName, EnvironmentName, Version};
use tidegate_domain::pipeline::{OnFailure, PipelineSpec, Promotion, StageSpec};
use tidegate_domain::release::ReleaseKind;
use tidegate_domain::strategy::{Canary, CanaryStep, Climb, Strategy};
use tidegate_domain::weight::Weight;
use tidegate_engine::{Answer, Command, Engine, NewRelease, Request, StartRollout};

/// How every rollout goes.
#[derive(Debug, Clone)]
pub struct Shape {
    pub strategy: Strategy,
    pub analysis: Option<Parameters>,
    pub scrape_interval_ms: u64,
    pub replicas: u32,
}

/// Ten rungs, each left as soon as it is reached.
pub fn brisk() -> Shape {
    Shape {
        strategy: canary((1..=10).map(|tenth| CanaryStep::Shift(Weight::from_percent(tenth * 10))).collect()),
        analysis: None,
        scrape_interval_ms: 5_000,
        replicas: 2,
    }
}

/// A few shares with a stay at each.
pub fn dwelling(seconds: u64) -> Shape {
    let rung = |percent| [CanaryStep::Shift(Weight::from_percent(percent)), CanaryStep::Wait { seconds }];
    Shape { strategy: canary([5, 10, 20, 30, 50, 75].into_iter().flat_map(rung).collect()), ..brisk() }
}

fn canary(steps: Vec<CanaryStep>) -> Strategy {
    Strategy::Canary(Canary { climb: Climb::Steps(steps), soak_seconds: 0, keep_stable_seconds: 0 })
}

pub fn component(number: usize) -> Result<ComponentName> {
    Ok(ComponentName::new(format!("component-{number}"))?)
}

/// One environment with so many components, and a pipeline of one stage.
pub fn catalog(environment: &str, components: usize, shape: &Shape) -> Result<Catalog> {
    let name = EnvironmentName::new(environment)?;
    let names = (0..components).map(component).collect::<Result<Vec<_>>>()?;
    let environment = EnvironmentSpec {
        placements: names
            .iter()
            .zip(10_000..)
            .map(|(name, port)| (name.clone(), placement(port, shape)))
            .collect(),
        ..EnvironmentSpec::new(name.clone())
    };
    let stage = StageSpec {
        beside: Vec::new(),
        succeed: None,
        on_failure: OnFailure::GoOn,
        environment: name,
        strategy: shape.strategy.clone(),
        analysis: shape.analysis.clone(),
        analysis_off: false,
        scrape_interval_ms: shape.scrape_interval_ms,
        progress_deadline_seconds: 600,
        promotion: Promotion::Manual,
        gates: Vec::new(),
    };
    Ok(Catalog {
        project: "bench".to_owned(),
        components: names.into_iter().map(|name| (name.clone(), spec(name))).collect(),
        environments: vec![environment],
        pipeline: Some(PipelineSpec::new("main", vec![stage])),
        teams: BTreeMap::new(),
        hotfix_pipeline: None,
        source: None,
    })
}

fn spec(name: ComponentName) -> ComponentSpec {
    ComponentSpec {
        name,
        run: vec!["./serve".to_owned(), "--quiet".to_owned()],
        variables: BTreeMap::from([("LOG".to_owned(), "info".to_owned())]),
        readiness: Readiness::default(),
        stop: Stop::default(),
        depends_on: Vec::new(),
        smoke: Vec::new(),
        database: tidegate_domain::database::DatabaseSteps::default(),
    }
}

fn placement(port: u32, shape: &Shape) -> Placement {
    let route = RouteSpec {
        listen: format!("127.0.0.1:{port}"),
        hosts: Vec::new(),
        path_prefix: "/".to_owned(),
        strip_prefix: false,
        sticky: None,
        preview: None,
    };
    Placement::new(shape.replicas, Some(route))
}

pub async fn submit(engine: &Engine, command: Command, now: Moment) -> Result<Answer> {
    let (actor, origin) = ("bench".to_owned(), None);
    let request = Request { actor, origin, by_person: true, key: None, seen: None, command, dry_run: false };
    Ok(engine.submit(&request, now).await?)
}

/// Creates a release of one component and starts it.
pub async fn release(
    engine: &Engine,
    (environment, component): (&str, usize),
    number: usize,
    now: Moment,
) -> Result<RolloutId> {
    let version = Version::new(format!("{number}.0.0-{environment}-{component}"))?;
    let artifact = Artifact {
        version: version.clone(),
        source: Source::Directory(format!("/srv/artifacts/component-{component}/{number}")),
        digest: Some(format!("sha256:{:064x}", number * 1_000_003 + component)),
    };
    let wish = NewRelease {
        version: version.clone(),
        kind: ReleaseKind::Planned,
        components: BTreeMap::from([(self::component(component)?, artifact)]),
        notes: Vec::new(),
        commits: Vec::new(),
    };
    submit(engine, Command::CreateRelease(wish), now).await?;
    let wish = StartRollout {
        release: version,
        environment: EnvironmentName::new(environment)?,
        strategy: None,
        supersede: false,
        independent: false,
    };
    let Answer::Rollouts { ids } = submit(engine, Command::StartRollout(wish), now).await? else {
        bail!("starting a rollout was answered with something else");
    };
    ids.into_iter().next().context("no rollout was started")
}
