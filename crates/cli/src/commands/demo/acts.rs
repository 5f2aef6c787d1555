//! The story: five releases, told as they happen.
//!
//! Invariant: each release goes the way people take it (create, deploy, promote), through the API. Deliberately not
//! here: how it is shown and summed up.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use tidegate_client::api::{
    ApplyRequest, ChainState, CreateReleaseRequest, NewArtifact, PromoteRequest, Rollout, RolloutState,
    StartRolloutRequest,
};
use tidegate_client::{ClientError, EventsQuery};

use super::control::Control;
use super::report::{Audit, Kill, Report, Told};
use super::scene::{ENVIRONMENTS, Scene};
use super::screen::Screen;
use super::visitors::{Service, Visitors};
use crate::render::number;

pub struct Story<'a> {
    scene: &'a Scene,
    control: Control,
    screen: &'a Screen,
    rate: u32,
    visitors: Option<Visitors>,
    kill: Kill,
    keys: u32,
}

/// One release and how it should end.
struct Act {
    version: &'static str,
    components: &'static [&'static str],
    heading: &'static str,
    expected: &'static str,
    kill: bool,
}

const ACTS: [Act; 5] = [
    Act {
        version: "1.0.0",
        components: &["api", "web"],
        heading: "1.0.0, the first version: development, staging, production",
        expected: "released",
        kill: false,
    },
    Act {
        version: "1.1.0",
        components: &["api", "web"],
        heading: "1.1.0, healthy: by canary into production",
        expected: "released",
        kill: false,
    },
    Act {
        version: "1.2.0",
        components: &["api"],
        heading: "1.2.0 fails 5 % of its requests",
        expected: "rolled_back",
        kill: false,
    },
    Act {
        version: "1.3.0",
        components: &["api"],
        heading: "1.3.0 is five times slower",
        expected: "rolled_back",
        kill: false,
    },
    Act {
        version: "1.4.0",
        components: &["api"],
        heading: "1.4.0 is healthy, but the control plane is killed half way",
        expected: "released",
        kill: true,
    },
];

const POLL: Duration = Duration::from_millis(100);
const ROLLOUT_MAX: Duration = Duration::from_secs(150);

impl<'a> Story<'a> {
    pub fn new(scene: &'a Scene, control: Control, screen: &'a Screen, rate: u32) -> Self {
        Self { scene, control, screen, rate, visitors: None, kill: Kill::default(), keys: 0 }
    }

    pub async fn tell(&mut self) -> Result<Report> {
        self.open().await?;
        let mut releases = Vec::new();
        for act in &ACTS {
            releases.push(self.play(act).await?);
            if self.visitors.is_none() {
                self.screen.say(&format!(
                    "Visitors come now: {} requests a second at {}",
                    self.rate,
                    self.scene.production()
                ));
                self.visitors = Some(Visitors::arrive(&self.scene.production(), self.rate)?);
            }
        }
        self.close(releases).await
    }

    pub async fn clean_up(&mut self) {
        if let Some(visitors) = self.visitors.take() {
            visitors.leave().await;
        }
        self.control.end();
    }

    async fn open(&mut self) -> Result<()> {
        self.screen.heading("Tidegate demo: a shop of two services, three environments, five releases");
        self.screen.say(
            "Real processes, a real gateway, real requests. The clocks of the plan are shortened for the",
        );
        self.screen.say(
            "show (6 s steps instead of minutes, 10 s of latency warm-up instead of 60 s, a scrape each",
        );
        self.screen.say("second); the rule that judges is the one that ships.");
        let text = std::fs::read_to_string(self.scene.manifest_path())?;
        let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
        let key = self.key();
        let applied = self.control.client.apply(&request, &key).await.map_err(told)?;
        self.screen
            .event(&format!("tidegate apply: {}", number::counted(applied.changes.len() as u64, "change")));
        Ok(())
    }

    async fn play(&mut self, act: &Act) -> Result<Told> {
        self.screen.heading(act.heading);
        let began = Instant::now();
        self.create(act).await?;
        let mut last = None;
        for environment in ENVIRONMENTS {
            let id = self.enter(act.version, environment).await?;
            let rollout = self.watch(&id, act.kill && environment == "production").await?;
            let good = rollout.state == RolloutState::Succeeded;
            last = Some(rollout);
            if !good {
                break;
            }
        }
        let Some(rollout) = last else { bail!("no environment") };
        self.judge(act, &rollout, began.elapsed()).await
    }

    async fn create(&mut self, act: &Act) -> Result<()> {
        let path = self.scene.artifact_path(act.version).display().to_string();
        let artifact = NewArtifact { path: Some(path), ..NewArtifact::default() };
        let components = act.components.iter().map(|name| ((*name).to_owned(), artifact.clone())).collect();
        let request = CreateReleaseRequest {
            bundle: None,
            version: act.version.to_owned(),
            kind: tidegate_client::api::ReleaseKind::Planned,
            components,
            notes: vec![act.heading.to_owned()],
            commits: Vec::new(),
        };
        let key = self.key();
        self.control.client.create_release(&request, &key).await.map_err(told)?;
        let names = act.components.join(" and ");
        self.screen.event(&format!("tidegate release create {}: {names}", act.version));
        Ok(())
    }

    /// Development by deploy, production by promote; staging takes a verified release by itself.
    async fn enter(&mut self, version: &str, environment: &str) -> Result<String> {
        let key = self.key();
        match environment {
            "development" => {
                self.screen.event(&format!("tidegate deploy {version} --to development"));
                let request = StartRolloutRequest {
                    release: version.to_owned(),
                    strategy: None,
                    supersede: false,
                    independent: false,
                };
                let started =
                    self.control.client.start_rollout(environment, &request, &key).await.map_err(told)?;
                first(started.rollouts)
            }
            "staging" => self.entered(version, environment).await,
            _ => {
                self.screen.event(&format!("tidegate promote {version}"));
                let request = PromoteRequest { to: Some(environment.to_owned()), supersede: false };
                let started =
                    self.control.client.promote_release(version, &request, &key).await.map_err(told)?;
                first(started.rollouts)
            }
        }
    }

    /// Waits until automation has brought the release there.
    async fn entered(&self, version: &str, environment: &str) -> Result<String> {
        let deadline = Instant::now() + ROLLOUT_MAX;
        while Instant::now() < deadline {
            let release = self.control.client.release(version).await.map_err(told)?;
            if let Some(standing) = release.standings.get(environment) {
                return Ok(standing.rollout.clone());
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("{version} did not reach {environment} by itself")
    }

    /// Follows a rollout to its end, and tells what changes.
    async fn watch(&mut self, id: &str, mut kill: bool) -> Result<Rollout> {
        let deadline = Instant::now() + ROLLOUT_MAX;
        let mut before = String::new();
        while Instant::now() < deadline {
            let rollout = self.control.client.rollout(id).await.map_err(told)?;
            let now = stage(&rollout);
            if now != before {
                self.screen.event(&now);
                before = now;
            }
            self.show(&rollout);
            if rollout.state.is_final() {
                return Ok(rollout);
            }
            if kill && half_way(&rollout) {
                kill = false;
                self.kill_and_restart().await?;
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("the rollout {id} did not end within {} s", ROLLOUT_MAX.as_secs())
    }

    async fn kill_and_restart(&mut self) -> Result<()> {
        let before = self.counts();
        let began = Instant::now();
        self.control.kill()?;
        self.screen.event("kill -9: the control plane is gone; gateway and services go on");
        self.control.restart().await?;
        let recovered = began.elapsed();
        let after = self.counts();
        self.kill = Kill {
            recovered_ms: ms(recovered),
            requests_dropped: after.1 - before.1,
            requests_served: after.0 - before.0,
        };
        self.screen.event(&format!("it is back after {} ms and goes on where it was", ms(recovered)));
        Ok(())
    }

    fn counts(&self) -> (u64, u64) {
        self.visitors.as_ref().map_or((0, 0), |visitors| visitors.read(|book| (book.total, book.dropped)))
    }

    async fn judge(&mut self, act: &Act, rollout: &Rollout, took: Duration) -> Result<Told> {
        let released = rollout.state == RolloutState::Succeeded;
        let (requests, failed) = self
            .visitors
            .as_ref()
            .map_or((0, 0), |visitors| visitors.read(|book| book.of_version(act.version)));
        let mut told = Told {
            version: act.version.to_owned(),
            outcome: if released { "released" } else { "rolled_back" }.to_owned(),
            seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
            requests_candidate: requests,
            failed_by_candidate: failed,
            detected_after_ms: None,
            traffic_zero_after_ms: None,
            why: rollout.cause.clone(),
            expected: act.expected,
        };
        if !released {
            let verdict = self.verdict_at(&rollout.id).await?;
            let span = self.visitors.as_ref().map(|visitors| visitors.read(|book| book.span_of(act.version)));
            let (first, last) = span.unwrap_or_default();
            told.detected_after_ms = first.map(|first| ms(verdict.saturating_duration_since(first)));
            told.traffic_zero_after_ms = last.map(|last| ms(last.saturating_duration_since(verdict)));
        }
        Ok(told)
    }

    /// When the log says the rollout turned back, on this process's own clock.
    async fn verdict_at(&self, id: &str) -> Result<Instant> {
        let stream = Some(format!("rollout/{id}"));
        let query = EventsQuery { after: None, stream, limit: Some(1000) };
        let page = self.control.client.events(&query).await.map_err(told)?;
        let turned = page.items.iter().find(|event| event.kind == "rollout.returning");
        let Some(turned) = turned else { bail!("{id} ended without a verdict") };
        let wall = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let ago = wall.saturating_sub(Duration::from_millis(turned.at_ms));
        Ok(Instant::now().checked_sub(ago).unwrap_or_else(Instant::now))
    }

    async fn close(&mut self, releases: Vec<Told>) -> Result<Report> {
        let (total, dropped) = match &self.visitors {
            Some(visitors) => {
                visitors.leave().await;
                for why in visitors.read(|book| book.why.clone()) {
                    self.screen.say(&format!("dropped: {why}"));
                }
                self.counts()
            }
            None => (0, 0),
        };
        self.visitors = None;
        let audit = self.control.client.audit().await.map_err(told)?;
        Ok(Report {
            releases,
            requests_total: total,
            requests_dropped: dropped,
            kill9: std::mem::take(&mut self.kill),
            audit: Audit {
                events: audit.events,
                chain: if audit.chain == ChainState::Ok { "ok" } else { "broken" }.to_owned(),
            },
            seconds: (self.screen.seconds() * 10.0).round() / 10.0,
        })
    }

    /// The line that changes: what visitors see of both versions.
    fn show(&self, rollout: &Rollout) {
        let Some(leg) = rollout.legs.iter().find(|leg| leg.component == rollout.component) else { return };
        let service = if leg.component == "web" { Service::Web } else { Service::Api };
        let seen = |version: &str| {
            let Some(visitors) = &self.visitors else { return String::new() };
            visitors.read(|book| match book.by_version.get(&(service, version.to_owned())) {
                Some(tally) => format!(
                    "{version}: {}, {} failed, p99 {:.0} ms",
                    number::counted(tally.requests, "request"),
                    tally.failed,
                    tally.p99_ms()
                ),
                None => format!("{version}: no requests"),
            })
        };
        let evidence = leg
            .judgement
            .as_ref()
            .map_or(String::new(), |judgement| format!(" · evidence {:.1} : 1", judgement.evidence));
        let stable = leg.stable.as_deref().map(|stable| format!(" · {}", seen(stable))).unwrap_or_default();
        self.screen.status(&format!("{}{stable}{evidence}", seen(&leg.candidate)));
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("demo-{}-{}", std::process::id(), self.keys)
    }
}

fn stage(rollout: &Rollout) -> String {
    let Some(leg) = rollout.legs.iter().find(|leg| leg.component == rollout.component) else {
        return String::new();
    };
    let what = match rollout.state {
        RolloutState::Succeeded => return format!("{}: {} is live", rollout.environment, rollout.release),
        RolloutState::RolledBack => {
            return format!("{}: {} was rolled back", rollout.environment, rollout.release);
        }
        RolloutState::Returning => format!("going back: {}", leg.stage),
        RolloutState::Waiting | RolloutState::Advancing | RolloutState::Held | RolloutState::Cancelled => {
            format!("{}: {}", leg.step_name, leg.stage)
        }
    };
    format!("{}: {} {} · {what}", rollout.environment, leg.component, leg.candidate)
}

/// The second rung of the canary is reached and watched.
fn half_way(rollout: &Rollout) -> bool {
    rollout.legs.iter().any(|leg| leg.step >= 2 && leg.stage == "watching")
}

fn first(ids: Vec<String>) -> Result<String> {
    ids.into_iter().next().ok_or_else(|| anyhow::anyhow!("no rollout was started"))
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn told(error: ClientError) -> anyhow::Error {
    let help = error.help().to_owned();
    anyhow::Error::new(error).context(help)
}
