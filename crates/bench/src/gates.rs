//! What fifty gates cost: asked by a person, and by each round of a rollout that waits.
//!
//! Invariant: the engine and its SQLite store as they ship, gates of every kind that needs no outside, real reports.
//! Deliberately not here: whether they are right (the domain's tests).

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use serde_json::json;
use tidegate_domain::component::{Artifact, Source};
use tidegate_domain::gate::Choice;
use tidegate_domain::moment::{Moment, Steady};
use tidegate_domain::name::{ComponentName, EnvironmentName, GateName, Version};
use tidegate_domain::release::ReleaseKind;
use tidegate_engine::{Command, Engine, NewEvidence, NewRelease, NewVote, Request, Settings};
use tidegate_evidence::Limits;
use tidegate_store::sqlite::SqliteStore;

use crate::drive::told;
use crate::measured::{Spread, Times};
use crate::paths;
use crate::result::{Row, Sheet, say};
use crate::world::InstantWorld;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How often all of them are asked in a round
    #[arg(long, default_value_t = 500)]
    asks: usize,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

const GATES: usize = 50;
const REPORTS: usize = 10;
const FINDINGS: usize = 50;
const DIGEST: &str = "sha256:ce114e4501d2f4e2dcea3e17b546f339ceaea0e1d6b0e8a3c1a4f3b6b0a1d2c3";

pub async fn run(args: &Args) -> Result<()> {
    let mut sheet = Sheet::begin("gates", &format!("a release with {GATES} gates and {REPORTS} reports"));
    let scratch = paths::scratch()?;
    let store = Arc::new(SqliteStore::open(scratch.path().join("tidegate.db")).map_err(told)?);
    let scene = Scene::new()?;
    let engine = engine(&store);
    scene.furnish(&engine).await?;
    let (mut rates, mut p50, mut p99, mut cold) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        // As after a restart: nothing folded, nothing read.
        let engine = self::engine(&store);
        let began = Instant::now();
        scene.ask(&engine).await?;
        cold.push(began.elapsed().as_secs_f64() * 1_000.0);
        let (began, mut times) = (Instant::now(), Vec::with_capacity(args.asks));
        for _ in 0..args.asks {
            let began = Instant::now();
            scene.ask(&engine).await?;
            times.push(began.elapsed());
        }
        rates.push(args.asks as f64 / began.elapsed().as_secs_f64());
        let times = Times::new(times);
        p50.push(times.at_ms(0.5));
        p99.push(times.at_ms(0.99));
    }
    let (rates, p50, p99, cold) = (Spread::of(&rates), Spread::of(&p50), Spread::of(&p99), Spread::of(&cold));
    say(&format!("    after a start: {} ms", cold.told(2)));
    sheet.row(Row::new(format!("{GATES} gates asked, a second, one caller"), rates.told(0)));
    sheet.row(Row::new("… p50 ms", p50.told(3)));
    sheet.row(Row::new("… p99 ms", p99.told(3)));
    sheet.row(Row::new("… the first time after a start, ms", cold.told(2)));
    sheet.end(json!({
        "asks_per_second": rates.median, "p50_ms": p50.median, "p99_ms": p99.median, "first_ms": cold.median,
    }))
}

fn engine(store: &Arc<SqliteStore>) -> Engine {
    let settings =
        Settings { holder: "bench".to_owned(), exclusive: true, ids: Box::new(|| 0x0123_4567_89ab_cdef) };
    Engine::new(store.clone(), InstantWorld::new(false).world(), settings)
}

struct Scene {
    release: Version,
    environment: EnvironmentName,
    now: Moment,
}

impl Scene {
    fn new() -> Result<Self> {
        let now = Moment { wall_ms: 1_795_000_000_000, steady: Steady(1_000) };
        Ok(Self { release: Version::new("2.1.0")?, environment: EnvironmentName::new("production")?, now })
    }

    async fn furnish(&self, engine: &Engine) -> Result<()> {
        let Ok(manifest) = tidegate_manifest::parse("tidegate.yaml", &manifest()) else {
            bail!("the benchmark's own tidegate.yaml is refused");
        };
        self.submit(engine, "ann", Command::Apply(manifest.catalog)).await?;
        let artifact = Artifact {
            version: self.release.clone(),
            source: Source::Directory("/srv/artifacts/api/2.1.0".to_owned()),
            digest: Some(DIGEST.to_owned()),
        };
        let components = [(ComponentName::new("api")?, artifact)].into();
        let (version, kind) = (self.release.clone(), ReleaseKind::Planned);
        let release =
            NewRelease { version, kind, components, notes: vec!["faster".to_owned()], commits: Vec::new() };
        self.submit(engine, "ann", Command::CreateRelease(release)).await?;
        for number in 0..REPORTS {
            self.submit(engine, "ci", Command::AddEvidence(Box::new(self.evidence(number)?))).await?;
        }
        for (number, person) in (0..GATES / 5).flat_map(|number| [(number, "ben"), (number, "cleo")]) {
            let vote = NewVote {
                release: self.release.clone(),
                environment: self.environment.clone(),
                at_most: None,
                gate: Some(GateName::new(format!("approval-{number}"))?),
                choice: Choice::Yes,
                reason: "looked at it".to_owned(),
            };
            self.submit(engine, person, Command::Vote(vote)).await?;
        }
        Ok(())
    }

    fn evidence(&self, number: usize) -> Result<NewEvidence> {
        let report = tidegate_evidence::read(sarif(number).as_bytes(), "scan.sarif", Limits::default())?;
        let artifact = DIGEST.parse().map_err(|_| anyhow::anyhow!("{DIGEST} is no digest"))?;
        let report = report.named(format!("scan-{number}")).bound_to(artifact);
        Ok(NewEvidence { release: self.release.clone(), id: format!("{number:064x}"), report })
    }

    async fn submit(&self, engine: &Engine, actor: &str, command: Command) -> Result<()> {
        let actor = actor.to_owned();
        let request =
            Request { actor, origin: None, by_person: true, key: None, seen: None, command, dry_run: false };
        engine.submit(&request, self.now).await?;
        Ok(())
    }

    async fn ask(&self, engine: &Engine) -> Result<()> {
        let view = engine.gates(&self.release, &self.environment, self.now).await?;
        if !view.open || view.gates.len() != GATES {
            let closed: Vec<_> = view.gates.iter().filter(|gate| !gate.open).map(|gate| &gate.why).collect();
            bail!("{} gates, of which are closed: {closed:?}", view.gates.len());
        }
        Ok(())
    }
}

/// A fifth of each: approvals by two, evidence twice over, expressions, and manual tests by one of those who approve.
fn manifest() -> String {
    let mut text = "project: bench
components: {api: {run: [./serve]}}
environments: [{name: production, components: {api: {replicas: 1}}}]
pipeline:
  stages:
    - environment: production
      strategy: recreate
      gates:
"
    .to_owned();
    for number in 0..GATES / 5 {
        // Writing into a string does not fail.
        let _ = write!(
            text,
            "        - approval: {{name: approval-{number}, count: 2}}
        - evidence: {{name: scan-{number}, kind: security_scan, threshold: no critical}}
        - evidence: {{name: high-{number}, kind: security_scan, threshold: no high or above}}
        - expression: {{name: rule-{number}, holds: 'release.author == \"ann\" && release.notes.size() >= 1'}}
        - evidence: {{name: few-{number}, kind: security_scan, threshold: at most {FINDINGS}0 medium}}
"
        );
    }
    text
}

/// Fifty medium findings, each with its rule.
fn sarif(number: usize) -> String {
    let rule =
        |index| json!({ "id": format!("R{number}-{index}"), "properties": { "security-severity": "5.0" } });
    let result = |index| {
        json!({
            "ruleId": format!("R{number}-{index}"), "level": "warning",
            "message": { "text": "a value from outside reaches a query" },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": format!("src/file{index}.rs") } } }],
        })
    };
    let rules: Vec<_> = (0..FINDINGS).map(rule).collect();
    let results: Vec<_> = (0..FINDINGS).map(result).collect();
    let driver = json!({ "name": format!("scanner-{number}"), "version": "1.0.0", "rules": rules });
    let artifacts = json!([{ "location": { "uri": "src/main.rs" } }]);
    json!({
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "artifacts": artifacts, "results": results }],
    })
    .to_string()
}
