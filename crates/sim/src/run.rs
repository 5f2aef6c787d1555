//! One seed from its beginning to rest, watched by every checker.
//!
//! Invariant: the run ends, at the latest after a bounded number of steps and of simulated time; what has not come to
//! rest by then is a failure of its own. Deliberately not here: what is drawn (`generate`) and what is true
//! (`checkers`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_domain::id::RolloutId;
use tidegate_domain::rollout::Rollout;
use tidegate_ports::{EventsAfter, Journal as _};
use tidegate_store::audit::Chain;

use crate::checkers::{self, Checker, View};
use crate::disturbance::{disturb, tend};
use crate::env::Env;
use crate::executor::{Executor, Turn};
use crate::fact::Fact;
use crate::people::{Act, Person, Steering, Wish};
use crate::process::Site;
use crate::random::Random;
use crate::replay;
use crate::sabotage::{Sabotage, rogue};
use crate::scenario::Scenario;
use crate::shadow::Shadow;
use crate::story;
use crate::world::World;
use crate::world::metrics::FakeMetrics;
use crate::world::router::FakeRouter;
use crate::world::target::FakeTarget;

/// Polls in one run; an ordinary one takes some ten thousand.
const STEPS_MAX: u64 = 400_000;
/// After the weather has calmed, everything has to come to rest within this: longer than the analysis with its defaults
/// waits before it asks a person a second time.
const REST_MS_MAX: u64 = 6_000_000;
/// Nothing was written for so long: nothing moves by itself any more.
const QUIET_MS: u64 = 20_000;
/// Everything that has not ended waits for a person, for so long.
const WAITED_MS: u64 = 60_000;
/// Persons who come at the end try everything first and abort after so many visits.
const VISITS_MAX: u32 = 12;

#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Keep the story, a line a fact.
    pub story: bool,
    pub sabotage: Option<Sabotage>,
    /// Watch this property alone: what else breaks first would hide it.
    pub only: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct Report {
    pub seed: u64,
    pub steps: u64,
    pub simulated_ms: u64,
    pub events: u64,
    pub rollouts: usize,
    /// Every rollout as it ended, in the order of ids.
    pub ends: Vec<Rollout>,
    /// The head of the audit tree: two runs with the same one had the same history.
    pub head: String,
    pub story: Vec<String>,
    pub failure: Option<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub property: String,
    pub what: String,
    pub at_ms: u64,
    pub step: u64,
}

pub fn run(seed: u64, options: Options) -> Report {
    play(seed, crate::scenario(seed), options)
}

/// The same with a scenario written by hand; the seed still decides what chance is left.
pub fn play(seed: u64, scenario: Scenario, options: Options) -> Report {
    let mut run = Run::new(seed, scenario, options);
    let failure = run.play().err();
    let audit = run.site.memory.audit();
    Report {
        seed,
        steps: run.site.env.with(|inner| inner.step),
        simulated_ms: run.now_ms(),
        events: run.shadow.position(),
        rollouts: run.shadow.rollouts().count(),
        ends: run.shadow.rollouts().cloned().collect(),
        head: audit.head_hex(),
        story: run.story,
        failure,
    }
}

struct Run {
    scenario: Scenario,
    site: Site,
    executor: Executor,
    shadow: Shadow,
    checkers: Vec<Box<dyn Checker>>,
    known: Arc<Mutex<Vec<RolloutId>>>,
    random: Random,
    options: Options,
    story: Vec<String>,
    people: usize,
    /// When something was last written.
    moved_ms: u64,
    visits: u32,
}

impl Run {
    fn new(seed: u64, scenario: Scenario, options: Options) -> Self {
        // Another stream than the scenario's, so that a change of what is drawn there does not change what happens here.
        let mut random = Random::new(!seed);
        let calm_from_ms = scenario.weather.calm_from_ms;
        let world = World {
            target: FakeTarget::new(scenario.behaviours.clone(), random.fork(), calm_from_ms),
            router: FakeRouter::new(random.fork()),
            metrics: FakeMetrics::new(random.fork(), scenario.requests_per_second, scenario.latencies)
                .with_harm(scenario.harm),
            told: std::collections::BTreeMap::new(),
        };
        let env = Env::new(world, scenario.weather.clone(), random.fork());
        let defects = options.sabotage.map(Sabotage::defects).unwrap_or_default();
        let site = Site::new(env.clone(), !scenario.replicas, defects, random.fork());
        if let Some(sabotage) = options.sabotage {
            sabotage.break_world(&site);
        }
        let deaths = (scenario.deaths_per_mille, scenario.deaths);
        Self {
            executor: Executor::new(env, random.fork(), deaths),
            scenario,
            site,
            shadow: Shadow::default(),
            checkers: checkers::all()
                .into_iter()
                .filter(|checker| options.only.is_none_or(|only| only == checker.property()))
                .collect(),
            known: Arc::default(),
            random,
            options,
            story: Vec::new(),
            people: 0,
            moved_ms: 0,
            visits: 0,
        }
    }

    fn play(&mut self) -> Result<(), Failure> {
        self.begin();
        let ends_ms = self.scenario.ends_ms();
        self.play_until(ends_ms)?;
        self.executor.calm();
        self.heal();
        loop {
            self.rest(ends_ms + REST_MS_MAX)?;
            if self.visit() {
                continue;
            }
            // What is kept for an instant return goes when its time is over.
            let kept_ms = self.now_ms() + 45_000;
            self.play_until(kept_ms)?;
            self.rest(ends_ms + REST_MS_MAX)?;
            if !self.visit() {
                break;
            }
        }
        self.compare()?;
        self.end()
    }

    fn begin(&mut self) {
        let places = if self.scenario.replicas { 2 } else { 1 };
        for _ in 0..places {
            self.site.env.spawn(None, tend(self.site.clone(), self.random.fork()));
        }
        if self.options.sabotage == Some(Sabotage::Rogue) {
            self.site.env.spawn(None, rogue(self.site.env.clone()));
        }
        for disturbance in self.scenario.disturbances.clone() {
            self.site.env.spawn(None, disturb(self.site.clone(), self.random.fork(), disturbance));
        }
        for act in self.scenario.acts.clone() {
            self.send(act);
        }
    }

    fn send(&mut self, act: Act) {
        self.people += 1;
        let person = Person {
            site: self.site.clone(),
            random: self.random.fork(),
            name: format!("person-{}", self.people),
            known: Arc::clone(&self.known),
        };
        self.site.env.spawn(None, person.act(act));
    }

    /// What people verified works once nothing disturbs it any more.
    fn heal(&mut self) {
        let verified: Vec<_> = self.shadow.slots().filter_map(|slot| slot.stable.clone()).collect();
        let previous: Vec<_> = self.shadow.slots().filter_map(|slot| slot.previous.clone()).collect();
        let placed = verified.into_iter().chain(previous.into_iter().map(|previous| previous.placed));
        self.site.env.with(|inner| {
            for placed in placed {
                inner.world.target.heal(&placed.component.name, placed.version());
            }
        });
    }

    fn play_until(&mut self, until_ms: u64) -> Result<(), Failure> {
        while self.now_ms() < until_ms {
            if self.executor.turn(until_ms) == Turn::Idle {
                self.site.env.with(|inner| inner.now_ms = until_ms);
            }
            self.watch()?;
        }
        Ok(())
    }

    /// Goes on until nothing moves by itself.
    fn rest(&mut self, limit_ms: u64) -> Result<(), Failure> {
        self.moved_ms = self.now_ms();
        let (mut seen, mut moved_ms) = (0, self.moved_ms);
        loop {
            if self.executor.turn(limit_ms) == Turn::Idle {
                self.site.env.with(|inner| inner.now_ms = inner.now_ms.max(limit_ms));
            }
            self.watch()?;
            let now_ms = self.now_ms();
            let still =
                now_ms - self.moved_ms >= QUIET_MS && self.site.env.with(|inner| inner.under_way == 0);
            if self.shadow.position() != seen {
                seen = self.shadow.position();
                self.heal();
            }
            let moving = self.shadow.rollouts().find(|r| !r.is_done() && !r.waits_for_person());
            if moving.is_some() {
                moved_ms = now_ms;
            }
            // What waits for a person may go on telling of its instances that come and go.
            if moving.is_none() && (still || now_ms - moved_ms >= WAITED_MS && self.waits()) {
                return Ok(());
            }
            if now_ms >= limit_ms {
                let what = moving.map_or("somebody keeps writing".to_owned(), |rollout| {
                    let (_, leg) = rollout.leg();
                    let judgement = leg.judgement.as_ref().map(|j| (j.action, j.explanation.clone()));
                    format!(
                        "{} neither ends nor waits for a person: {:?}, {} {judgement:?}",
                        rollout.id, rollout.phase, leg.stage
                    )
                });
                return Err(self.failure("every rollout ends or waits for a person", what));
            }
        }
    }

    fn waits(&self) -> bool {
        self.shadow.rollouts().any(tidegate_domain::rollout::Rollout::waits_for_person)
    }

    /// Somebody comes to look after what waits for a person, if anything does.
    fn visit(&mut self) -> bool {
        let waiting = self.shadow.rollouts().filter(|rollout| rollout.waits_for_person());
        let waiting: Vec<RolloutId> = waiting.map(|rollout| rollout.id.clone()).collect();
        self.visits += u32::from(!waiting.is_empty());
        for id in &waiting {
            let ways = [Steering::Resume, Steering::Promote, Steering::Resume, Steering::RollBack];
            let how = match self.random.pick(&ways) {
                Some(how) if self.visits < VISITS_MAX => *how,
                _ => Steering::Abort,
            };
            let at_ms = self.now_ms() + self.random.between(1, 3_000);
            self.send(Act { at_ms, wish: Wish::Certain { id: id.clone(), how }, doubled: false });
        }
        !waiting.is_empty()
    }

    fn compare(&mut self) -> Result<(), Failure> {
        let mut random = self.random.fork();
        let Some((_, engine)) = self.site.any(&mut random) else { return Ok(()) };
        let streams = Arc::new(self.shadow.streams.clone());
        let result = Arc::new(Mutex::new(None));
        let (into, memory, now) = (Arc::clone(&result), self.site.memory.clone(), self.site.moment());
        self.site.env.spawn(None, async move {
            let difference = replay::compare(&engine, &memory, streams, now).await;
            *into.lock().unwrap_or_else(PoisonError::into_inner) = Some(difference);
        });
        loop {
            self.executor.turn(u64::MAX);
            self.watch()?;
            let done = result.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(difference) = done {
                return match difference {
                    Some(what) => Err(self.failure("what is cached is what the log folds to", what)),
                    None => Ok(()),
                };
            }
        }
    }

    fn end(&mut self) -> Result<(), Failure> {
        let audit = self.site.memory.audit();
        if let Chain::Broken { first_bad_position, why } = &audit.chain {
            let what = format!("event {first_bad_position}: {why}");
            return Err(self.failure("the audit tree is whole", what));
        }
        self.ask(|checker, view| checker.end(view))
    }

    /// Shows the checkers what has happened since the last time.
    fn watch(&mut self) -> Result<(), Failure> {
        let (facts, steps) = self.site.env.with(|inner| (std::mem::take(&mut inner.facts), inner.step));
        if steps > STEPS_MAX {
            return Err(self.failure("a run ends", format!("after {STEPS_MAX} steps it still goes on")));
        }
        let mut facts = VecDeque::from(facts);
        while let Some(fact) = facts.pop_front() {
            if let Fact::Appended { .. } = fact {
                let records = self.follow()?;
                for record in records.into_iter().rev() {
                    facts.push_front(Fact::Recorded(record));
                }
                continue;
            }
            self.tell(&fact);
            self.ask(|checker, view| checker.see(&fact, view))?;
        }
        Ok(())
    }

    fn follow(&mut self) -> Result<Vec<Arc<crate::fact::Record>>, Failure> {
        let query = EventsAfter { position: self.shadow.position(), stream: None, limit: u32::MAX };
        let entries = ready(self.site.memory.events(query)).and_then(Result::ok).unwrap_or_default();
        let now_ms = self.now_ms();
        self.moved_ms = now_ms;
        let records = match self.shadow.follow(entries, now_ms) {
            Ok(records) => records,
            Err(what) => return Err(self.failure("every event can be read", what)),
        };
        let ids = self.shadow.rollouts().map(|rollout| rollout.id.clone());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            if !known.contains(&id) {
                known.push(id);
            }
        }
        drop(known);
        self.show();
        Ok(records)
    }

    /// Programs ask for their flags, and are given what stands.
    fn show(&mut self) {
        for flag in self.shadow.flags() {
            for environment in flag.environments.keys() {
                let share = flag.served(environment).map_or(0.0, checkers::share_of);
                self.site.env.with(|inner| {
                    let now_ms = inner.now_ms;
                    inner.world.accrue(now_ms);
                    inner.world.metrics.show(environment, share);
                });
            }
        }
    }

    fn tell(&mut self, fact: &Fact) {
        if self.options.story {
            let (now_ms, step) = self.site.env.with(|inner| (inner.now_ms, inner.step));
            self.story.extend(story::line(now_ms, step, fact));
        }
    }

    fn ask(
        &mut self,
        mut question: impl FnMut(&mut dyn Checker, &View<'_>) -> checkers::Verdict,
    ) -> Result<(), Failure> {
        let Self { site, shadow, scenario, checkers, .. } = self;
        let failed = site.env.with(|inner| {
            let now_ms = inner.now_ms;
            inner.world.target.advance(now_ms);
            let view = View { now_ms, shadow, world: &inner.world, scenario };
            checkers.iter_mut().find_map(|checker| {
                question(checker.as_mut(), &view).err().map(|what| (checker.property(), what))
            })
        });
        match failed {
            Some((property, what)) => Err(self.failure(property, what)),
            None => Ok(()),
        }
    }

    fn failure(&self, property: &str, what: String) -> Failure {
        let (at_ms, step) = self.site.env.with(|inner| (inner.now_ms, inner.step));
        Failure { property: property.to_owned(), what, at_ms, step }
    }

    fn now_ms(&self) -> u64 {
        self.site.env.with(|inner| inner.now_ms)
    }
}

/// The memory store answers when first polled.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}
