//! A fake router: fenced, read back after every change, with requests that end some time after their share went.
//!
//! Invariant: it does what the newest generation said, or what somebody else made of it (drift). Deliberately not here:
//! lost and late calls (`ports`).

use std::collections::BTreeMap;

use tidegate_domain::id::SlotId;
use tidegate_domain::matching::Match;
use tidegate_domain::name::Version;
use tidegate_domain::weight::Weight;
use tidegate_ports::{Backend, Copying, Fault, Generation, RouteIntent, RouteSeen, Serving};

use crate::random::Random;

#[derive(Debug, Clone)]
pub struct Route {
    pub newest: Generation,
    pub serving: Serving,
    pub matches: Option<(Match, Version)>,
    pub mirror: Option<Copying>,
    /// Requests of versions that lost their share end by then.
    draining: BTreeMap<Version, u64>,
    before: Serving,
}

#[derive(Debug, Clone)]
pub struct FakeRouter {
    pub routes: BTreeMap<SlotId, Route>,
    random: Random,
    pub accepts_stale: bool,
    /// Answers what was asked and does nothing.
    pub lies: bool,
    /// Gives every second accepted split a point too few.
    pub rounds_badly: bool,
}

impl FakeRouter {
    pub fn new(random: Random) -> Self {
        Self { routes: BTreeMap::new(), random, accepts_stale: false, lies: false, rounds_badly: false }
    }

    pub fn apply(
        &mut self,
        now: u64,
        generation: Generation,
        intent: &RouteIntent,
    ) -> Result<RouteSeen, Fault> {
        let known = self.routes.get(&intent.slot);
        if let Some(route) = known.filter(|route| generation < route.newest)
            && !self.accepts_stale
        {
            return Err(Fault::drop("stale-generation", format!("{} follows {}", intent.slot, route.newest)));
        }
        if self.lies && known.is_some() {
            let seen = known.map(|route| route.seen(now));
            return Ok(RouteSeen { serving: intent.serving.clone(), ..seen.unwrap_or_else(nothing) });
        }
        let before = known.map_or_else(off, |route| route.serving.clone());
        let mut draining = known.map(|route| route.draining.clone()).unwrap_or_default();
        draining.retain(|_, until| *until > now);
        for version in served(&before) {
            if weight(&intent.serving, &version).is_none() {
                let long = if self.random.chance(100) { 15_000 } else { 1_500 };
                draining.insert(version, now + self.random.up_to(long));
            }
        }
        let serving = if self.rounds_badly { a_point_less(&intent.serving) } else { intent.serving.clone() };
        let newest = known.map_or(generation, |route| route.newest.max(generation));
        let (matches, mirror) = (intent.matches.clone(), intent.mirror.clone());
        let route = Route { newest, serving, matches, mirror, draining, before };
        let seen = route.seen(now);
        self.routes.insert(intent.slot.clone(), route);
        Ok(seen)
    }

    pub fn read(&self, now: u64, slot: &SlotId) -> Option<RouteSeen> {
        self.routes.get(slot).map(|route| route.seen(now))
    }

    pub fn serving(&self, slot: &SlotId) -> Option<&Serving> {
        self.routes.get(slot).map(|route| &route.serving)
    }

    /// Somebody, or a restart with an old file, changes a route behind everybody's back.
    pub fn drift(&mut self) -> Option<SlotId> {
        let slots: Vec<SlotId> = self.routes.keys().cloned().collect();
        let slot = self.random.pick(&slots)?.clone();
        let route = self.routes.get_mut(&slot)?;
        route.serving = if self.random.chance(500) { route.before.clone() } else { off() };
        Some(slot)
    }
}

impl Route {
    fn seen(&self, now: u64) -> RouteSeen {
        let serving = served(&self.serving).into_iter().map(|version| (version, 3));
        let draining = self.draining.iter().filter(|(_, until)| **until > now);
        let draining = draining.map(|(version, _)| (version.clone(), 1));
        RouteSeen {
            generation: self.newest,
            serving: self.serving.clone(),
            in_flight: draining.chain(serving).collect(),
            in_flight_at: None,
            durable: true,
        }
    }
}

fn off() -> Serving {
    Serving::Offline { reason: "there is no route".to_owned() }
}

fn nothing() -> RouteSeen {
    RouteSeen {
        generation: Generation::default(),
        serving: off(),
        in_flight: BTreeMap::new(),
        in_flight_at: None,
        durable: true,
    }
}

fn a_point_less(serving: &Serving) -> Serving {
    let Serving::Split(backends) = serving else { return serving.clone() };
    let less = |backend: &Backend| {
        let points = backend.weight.basis_points().saturating_sub(1);
        Backend { weight: Weight::from_basis_points(points).unwrap_or(Weight::NONE), ..backend.clone() }
    };
    Serving::Split(backends.iter().map(less).collect())
}

/// The share a version has.
pub fn weight(serving: &Serving, version: &Version) -> Weight {
    match serving {
        Serving::Offline { .. } => Weight::NONE,
        Serving::Split(backends) => {
            backends.iter().find(|backend| backend.version == *version).map_or(Weight::NONE, |b| b.weight)
        }
    }
}

/// Versions with a share.
pub fn served(serving: &Serving) -> Vec<Version> {
    match serving {
        Serving::Offline { .. } => Vec::new(),
        Serving::Split(backends) => {
            backends.iter().filter(|b| !b.weight.is_none()).map(|b| b.version.clone()).collect()
        }
    }
}
