//! A fake place that runs versions: instances that take their time, fail, crash, loop and stop.
//!
//! Invariant: as the real one, only the newest generation changes a slot, the highest ordinal stops first, and an
//! ordinal that still stops is waited for. Instances outlive every control plane.

use std::collections::BTreeMap;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::{ComponentName, Version};
use tidegate_domain::smoke::SmokePhase;
use tidegate_ports::{Fault, Generation, Instance, InstanceSet, InstanceState, Observed};

use crate::random::Random;

/// How one version of a component behaves, wherever it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    pub start_ms_min: u64,
    pub start_ms_max: u64,
    pub never_ready: bool,
    /// Ends by itself so long after each start.
    pub dies_after_ms: Option<u64>,
    /// Mean time between crashes or failing probes while the weather is rough.
    pub trouble_every_ms: Option<u64>,
    pub error_share: f64,
    pub latency_ms: f64,
    /// Its smoke tests fail then.
    pub fails_smoke: Option<SmokePhase>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            start_ms_min: 100,
            start_ms_max: 1_500,
            never_ready: false,
            dies_after_ms: None,
            trouble_every_ms: None,
            error_share: 0.002,
            latency_ms: 20.0,
            fails_smoke: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Starting { ready_at: Option<u64>, dies_at: Option<u64> },
    Ready { dies_at: Option<u64>, trouble_at: Option<u64> },
    Unready { until: u64, dies_at: Option<u64> },
    BackingOff { until: u64 },
    Stopping { until: u64 },
}

#[derive(Debug, Clone)]
struct Cell {
    address: String,
    life: Life,
    restarts: u32,
}

#[derive(Debug, Clone, Default)]
struct Running {
    wanted: u32,
    cells: BTreeMap<u32, Cell>,
}

#[derive(Debug, Clone, Default)]
struct Place {
    newest: Generation,
    versions: BTreeMap<Version, Running>,
}

#[derive(Debug, Clone)]
pub struct FakeTarget {
    places: BTreeMap<SlotId, Place>,
    behaviours: BTreeMap<(ComponentName, Version), Behaviour>,
    random: Random,
    ports: u64,
    /// Instances stop failing by chance at this time.
    calm_from_ms: u64,
    pub accepts_stale: bool,
    /// Calls instances ready that only start.
    pub ready_too_early: bool,
    /// Leaves instances running that should stop.
    pub never_stops: bool,
    /// Does not tell of instances that stop.
    pub hides_stopping: bool,
}

impl FakeTarget {
    pub fn new(
        behaviours: BTreeMap<(ComponentName, Version), Behaviour>,
        random: Random,
        calm_from_ms: u64,
    ) -> Self {
        Self {
            places: BTreeMap::new(),
            behaviours,
            random,
            ports: 20_000,
            calm_from_ms,
            accepts_stale: false,
            ready_too_early: false,
            never_stops: false,
            hides_stopping: false,
        }
    }

    pub fn behaviour(&self, component: &ComponentName, version: &Version) -> Behaviour {
        self.behaviours.get(&(component.clone(), version.clone())).cloned().unwrap_or_default()
    }

    /// Versions of which something is ready there, but for this one.
    pub fn others_than(&self, slot: &SlotId, version: &Version) -> Vec<Version> {
        let Some(place) = self.places.get(slot) else { return Vec::new() };
        let ready = |running: &Running| {
            running.cells.values().any(|cell| matches!(cell.life, Life::Ready { .. } | Life::Unready { .. }))
        };
        let others = place.versions.iter().filter(|(known, running)| *known != version && ready(running));
        others.map(|(known, _)| known.clone()).collect()
    }

    /// From now on these run well: what people verified works when nothing disturbs it.
    pub fn heal(&mut self, component: &ComponentName, version: &Version) {
        let key = (component.clone(), version.clone());
        let behaviour = self.behaviours.entry(key).or_default();
        (behaviour.never_ready, behaviour.dies_after_ms) = (false, None);
    }

    pub fn ensure(
        &mut self,
        now: u64,
        generation: Generation,
        wanted: &InstanceSet,
    ) -> Result<Observed, Fault> {
        self.advance(now);
        let place = self.places.entry(wanted.slot.clone()).or_default();
        if generation < place.newest && !self.accepts_stale {
            return Err(Fault::drop("stale-generation", format!("{} follows {}", wanted.slot, place.newest)));
        }
        place.newest = place.newest.max(generation);
        let version = wanted.artifact.version.clone();
        place.versions.entry(version.clone()).or_default().wanted = wanted.replicas;
        self.scale(now, &wanted.slot, &version);
        Ok(self.observed(&wanted.slot, &version))
    }

    fn scale(&mut self, now: u64, slot: &SlotId, version: &Version) {
        let behaviour = self.behaviour(&slot.component, version);
        let stop_ms = self.random.between(0, 2_000);
        let Some(running) = self.places.get_mut(slot).and_then(|place| place.versions.get_mut(version))
        else {
            return;
        };
        if !self.never_stops {
            for cell in running.cells.range_mut(running.wanted..).map(|(_, cell)| cell) {
                if !matches!(cell.life, Life::Stopping { .. }) {
                    cell.life = Life::Stopping { until: now + stop_ms };
                }
            }
        }
        for ordinal in 0..running.wanted {
            running.cells.entry(ordinal).or_insert_with(|| {
                self.ports += 1;
                let address = format!("127.0.0.1:{}", self.ports);
                Cell { address, life: start(&behaviour, &mut self.random, now), restarts: 0 }
            });
        }
    }

    /// Everything that happens by itself up to now.
    pub fn advance(&mut self, now: u64) {
        let Self { places, behaviours, random, calm_from_ms, .. } = self;
        let standard = Behaviour::default();
        for (slot, place) in places.iter_mut() {
            for (version, running) in &mut place.versions {
                let key = (slot.component.clone(), version.clone());
                let behaviour = behaviours.get(&key).unwrap_or(&standard);
                running.cells.retain(|_, cell| {
                    let mut course = Course { behaviour, random, calm_from_ms: *calm_from_ms, now };
                    course.run(cell)
                });
            }
        }
    }

    pub fn observed(&self, slot: &SlotId, version: &Version) -> Observed {
        let running = self.places.get(slot).and_then(|place| place.versions.get(version));
        let cells = running.map(|running| &running.cells).into_iter().flatten();
        let told = |cell: &Cell| !(self.hides_stopping && matches!(cell.life, Life::Stopping { .. }));
        let cells = cells.filter(|(_, cell)| told(cell));
        let instances = cells.map(|(ordinal, cell)| self.instance(slot, version, *ordinal, cell)).collect();
        Observed { instances }
    }

    fn instance(&self, slot: &SlotId, version: &Version, ordinal: u32, cell: &Cell) -> Instance {
        let (state, reason) = match cell.life {
            Life::Starting { .. } if self.ready_too_early => (InstanceState::Ready, ""),
            Life::Starting { .. } => (InstanceState::Starting, "it starts"),
            Life::Ready { .. } => (InstanceState::Ready, ""),
            Life::Unready { .. } => (InstanceState::Unready, "its probe fails"),
            Life::BackingOff { .. } => (InstanceState::BackingOff, "it ended by itself"),
            Life::Stopping { .. } => (InstanceState::Stopping, "it stops"),
        };
        Instance {
            name: format!("{}-{version}-{ordinal}", slot.component),
            ordinal,
            address: Some(cell.address.clone()),
            state,
            restarts: cell.restarts,
            reason: reason.to_owned(),
            process: None,
            started_with: None,
        }
    }

    /// Addresses that are ready, whatever the answers say.
    pub fn truly_ready(&self, slot: &SlotId, version: &Version) -> Vec<String> {
        let running = self.places.get(slot).and_then(|place| place.versions.get(version));
        let cells = running.map(|running| running.cells.values()).into_iter().flatten();
        cells
            .filter(|cell| matches!(cell.life, Life::Ready { .. }))
            .map(|cell| cell.address.clone())
            .collect()
    }

    /// How many instances of each version exist there.
    pub fn census(&self, slot: &SlotId) -> BTreeMap<Version, usize> {
        let versions = self.places.get(slot).map(|place| &place.versions).into_iter().flatten();
        versions.map(|(version, running)| (version.clone(), running.cells.len())).collect()
    }

    pub fn all(&self, slot: &SlotId) -> BTreeMap<String, Observed> {
        let versions: Vec<Version> = self.census(slot).into_keys().collect();
        versions.iter().map(|version| (version.to_string(), self.observed(slot, version))).collect()
    }
}

fn start(behaviour: &Behaviour, random: &mut Random, now: u64) -> Life {
    let took = random.between(behaviour.start_ms_min, behaviour.start_ms_max);
    Life::Starting {
        ready_at: (!behaviour.never_ready).then_some(now + took),
        dies_at: behaviour.dies_after_ms.map(|ms| now + ms),
    }
}

/// One instance on its way through time.
struct Course<'a> {
    behaviour: &'a Behaviour,
    random: &'a mut Random,
    calm_from_ms: u64,
    now: u64,
}

impl Course<'_> {
    /// Whether the instance is still there.
    fn run(&mut self, cell: &mut Cell) -> bool {
        // Each turn takes at least a millisecond of the instance's life, so this comes to an end.
        while let Some(at) = next_turn(cell.life).filter(|at| *at <= self.now) {
            if matches!(cell.life, Life::Stopping { .. }) {
                return false;
            }
            self.turn(cell, at);
        }
        true
    }

    fn turn(&mut self, cell: &mut Cell, at: u64) {
        let dies = |dies_at: Option<u64>| dies_at.is_some_and(|dies_at| dies_at <= at);
        match cell.life {
            Life::Starting { dies_at, .. } if dies(dies_at) => end(cell, at),
            Life::Starting { dies_at, .. } => cell.life = self.ready(at, dies_at),
            Life::Ready { dies_at, .. } if dies(dies_at) => end(cell, at),
            Life::Ready { .. } if self.random.chance(400) => end(cell, at),
            Life::Ready { dies_at, .. } => {
                cell.life = Life::Unready { until: at + self.random.between(200, 6_000), dies_at };
            }
            Life::Unready { dies_at, .. } if dies(dies_at) => end(cell, at),
            Life::Unready { dies_at, .. } => cell.life = self.ready(at, dies_at),
            Life::BackingOff { .. } => {
                cell.life = start(self.behaviour, self.random, at);
            }
            Life::Stopping { .. } => {}
        }
    }

    fn ready(&mut self, at: u64, dies_at: Option<u64>) -> Life {
        let trouble = self.behaviour.trouble_every_ms.map(|every| at + 1 + self.random.up_to(2 * every));
        Life::Ready { dies_at, trouble_at: trouble.filter(|at| *at < self.calm_from_ms) }
    }
}

fn end(cell: &mut Cell, at: u64) {
    cell.restarts += 1;
    let pause = 250 << cell.restarts.min(5);
    cell.life = Life::BackingOff { until: at + pause };
}

fn next_turn(life: Life) -> Option<u64> {
    let earlier = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
    match life {
        Life::Starting { ready_at, dies_at } => earlier(ready_at, dies_at),
        Life::Ready { dies_at, trouble_at } => earlier(dies_at, trouble_at),
        Life::Unready { until, dies_at } => earlier(Some(until), dies_at),
        Life::BackingOff { until } | Life::Stopping { until } => Some(until),
    }
}
