//! Effects become calls: what starts is started before it is routed, what stops is unrouted before it is stopped.
//!
//! Invariant: a version without a ready instance gets no requests, whatever was wanted; weights always sum to the
//! whole. What could not be asked is said, never guessed.

use std::collections::BTreeMap;

use tidegate_domain::id::{SlotId, StreamId};
use tidegate_domain::placed::Placed;
use tidegate_domain::rollout::{
    Effect, Leg, LegObservation, Observation, Rollout, RouteObservation, Stage, VersionObservation, Wanted,
    effects,
};
use tidegate_domain::strategy::Traffic;
use tidegate_domain::weight::Weight;
use tidegate_ports::{
    Backend, Copying, Fault, FaultKind, Generation, InstanceSet, InstanceState, Observed, RouteIntent,
    RouteSeen, Serving,
};
use tracing::Instrument;
use tracing::field::Empty;

use crate::Engine;

impl Engine {
    /// Performs everything the rollout wants and says what is there now. Only `Drop` ends it; other faults become
    /// part of what was seen.
    pub(crate) async fn perform(
        &self,
        generation: Generation,
        rollout: &Rollout,
    ) -> Result<Observation, Fault> {
        let mut observation = Observation::default();
        for effect in effects(rollout).legs {
            let slot = rollout.slot(effect.leg);
            let leg = &rollout.legs[effect.leg];
            let span = tracing::info_span!(
                target: "tidegate::traces",
                "effect",
                tidegate.component = %slot.component,
                tidegate.environment = %slot.environment,
                tidegate.version = %effect.candidate.version(),
                tidegate.stage = ?leg.stage,
                error.type = Empty,
                otel.status_code = Empty,
            );
            let performed = self
                .perform_leg(generation, (&slot, leg, rollout.clears(effect.leg)), &effect)
                .instrument(span.clone())
                .await;
            if let Err(fault) = &performed {
                span.record("error.type", fault.code).record("otel.status_code", "ERROR");
            }
            match performed {
                Ok((seen, warning)) => {
                    observation.legs.push(seen);
                    if let Some(warning) = warning.filter(|_| observation.fault.is_empty()) {
                        observation.fault = warning;
                    }
                }
                Err(fault) if fault.kind == FaultKind::Drop => return Err(fault),
                Err(fault) => {
                    observation.fault = words(&fault);
                    observation.needs_person |= fault.kind == FaultKind::Hold;
                }
            }
        }
        Ok(observation)
    }

    async fn perform_leg(
        &self,
        generation: Generation,
        (slot, leg, clears): (&SlotId, &Leg, bool),
        effect: &Effect<'_>,
    ) -> Result<(LegObservation, Option<String>), Fault> {
        let wanted = &effect.wanted;
        let there = self.there(slot, leg, wanted).await?;
        let (old, new) = (effect.stable, (effect.candidate, wanted.candidate));
        // On the way back nothing is started of what may be broken: a candidate that cannot start must not keep
        // stable from coming back.
        let mut candidate = if is_going_back(leg.stage) {
            there.get(effect.candidate.version().as_str()).cloned().unwrap_or_default()
        } else {
            self.raise(generation, slot, new, &there).await?
        };
        let mut stable = match old {
            Some(old) => self.raise(generation, slot, (old, wanted.stable), &there).await?,
            None => Observed::default(),
        };
        let (route, warning) = if effect.routed && effect.candidate.route.is_some() {
            let (route, warning) =
                self.route(generation, (slot, leg.stage), effect, (&candidate, &stable)).await?;
            (Some(route), warning)
        } else {
            (None, None)
        };
        if route.as_ref().is_none_or(|route| route.as_set) {
            if too_many(&candidate, wanted.candidate) {
                candidate = self.ensure(generation, slot, new).await?;
            }
            if let Some(old) = old.filter(|_| too_many(&stable, wanted.stable)) {
                stable = self.ensure(generation, slot, (old, wanted.stable)).await?;
            }
        }
        let others = if clears { self.stop_others(generation, slot, effect).await? } else { 0 };
        let (leg, candidate, stable) = (effect.leg, seen(&candidate), seen(&stable));
        Ok((LegObservation { leg, candidate, stable, route, others }, warning))
    }

    /// What the slot keeps of earlier versions, for an instant return or because it has not stopped yet.
    async fn stop_others(
        &self,
        generation: Generation,
        slot: &SlotId,
        effect: &Effect<'_>,
    ) -> Result<u32, Fault> {
        let loaded = self.cache.load(&StreamId::Slot(slot.clone())).await?;
        let state = loaded.state.slot(slot);
        let previous = state.previous.iter().map(|previous| &previous.placed);
        let stays = |placed: &&Placed| {
            let stable = effect.stable.map(Placed::version);
            placed.version() != effect.candidate.version() && Some(placed.version()) != stable
        };
        let mut left = 0;
        for placed in previous.chain(&state.leftovers).filter(stays) {
            left += self.ensure(generation, slot, (placed, 0)).await?.instances.len() as u32;
        }
        Ok(left)
    }

    /// What runs, asked where something may have to stop: it leaves the route first.
    async fn there(
        &self,
        slot: &SlotId,
        leg: &Leg,
        wanted: &Wanted,
    ) -> Result<BTreeMap<String, Observed>, Fault> {
        let unseen = leg.candidate == VersionObservation::default() && leg.stable == leg.candidate;
        let falls = leg.candidate.instances > wanted.candidate || leg.stable.instances > wanted.stable;
        if unseen || falls || is_going_back(leg.stage) {
            self.world.target.observe(slot).await
        } else {
            Ok(BTreeMap::new())
        }
    }

    /// Starts what is missing; what is too much is only looked at.
    async fn raise(
        &self,
        generation: Generation,
        slot: &SlotId,
        (placed, replicas): (&Placed, u32),
        there: &BTreeMap<String, Observed>,
    ) -> Result<Observed, Fault> {
        match there.get(placed.version().as_str()) {
            Some(observed) if too_many(observed, replicas) => Ok(observed.clone()),
            Some(_) | None => self.ensure(generation, slot, (placed, replicas)).await,
        }
    }

    pub(crate) async fn ensure(
        &self,
        generation: Generation,
        slot: &SlotId,
        (placed, replicas): (&Placed, u32),
    ) -> Result<Observed, Fault> {
        let wanted = InstanceSet {
            slot: slot.clone(),
            component: placed.component.clone(),
            artifact: placed.artifact.clone(),
            variables: placed.variables.clone(),
            secrets: placed.secrets.keys().cloned().collect(),
            replicas,
        };
        self.world.target.ensure(generation, &wanted).await
    }

    async fn route(
        &self,
        generation: Generation,
        (slot, stage): (&SlotId, Stage),
        effect: &Effect<'_>,
        (candidate, stable): (&Observed, &Observed),
    ) -> Result<(RouteObservation, Option<String>), Fault> {
        let kept = addresses(stable, effect.wanted.stable_routed);
        let (candidate_at, spare) = candidate_at(candidate, effect.wanted.candidate, kept.is_empty());
        // Where those that stay are not ready and others are, the others answer a while longer.
        let moves = matches!(stage, Stage::Shifting | Stage::Draining);
        let waits = kept.is_empty() && (moves || candidate_at.is_empty());
        let stable_at = if waits { addresses(stable, u32::MAX) } else { kept };
        let complete = !spare && (!waits || stable_at.is_empty() || effect.wanted.stable_routed == 0);
        let leaving = leaving(stable, &stable_at);
        let intent = intent(slot, effect, (candidate_at, stable_at));
        let seen = self.world.router.apply(generation, &intent).await?;
        let traffic = traffic_of(effect.candidate, &seen);
        let as_set = complete && seen.serving == intent.serving && traffic == effect.wanted.traffic;
        let in_flight = |placed: Option<&Placed>| {
            placed.and_then(|placed| seen.in_flight.get(placed.version())).copied().unwrap_or(0)
        };
        // Of a version that goes on serving, only what is under way on the instances that are to stop counts.
        let stays = effect.wanted.stable_routed > 0;
        let stable_in_flight = match seen.in_flight_at.as_ref().filter(|_| stays) {
            Some(at) => leaving.iter().filter_map(|address| at.get(address)).sum(),
            None => in_flight(effect.stable),
        };
        let candidate_in_flight = in_flight(Some(effect.candidate));
        let route = RouteObservation { traffic, as_set, candidate_in_flight, stable_in_flight };
        Ok((route, (!seen.durable).then(not_durable)))
    }
}

/// Where the candidate answers: of more instances than are wanted (those of an earlier time as stable) only the ones that
/// stay, so that the others leave the route before they stop; but where it is wanted and nobody else is ready, whoever is.
/// The second says that those are still routed.
fn candidate_at(candidate: &Observed, wanted: u32, alone: bool) -> (Vec<String>, bool) {
    let staying = addresses(candidate, wanted);
    if !alone || wanted == 0 || !staying.is_empty() {
        return (staying, false);
    }
    let all = addresses(candidate, u32::MAX);
    let spare = !all.is_empty();
    (all, spare)
}

/// Where the instances are that get no new requests.
fn leaving(observed: &Observed, routed: &[String]) -> Vec<String> {
    let addresses = observed.instances.iter().filter_map(|instance| instance.address.clone());
    addresses.filter(|address| !routed.contains(address)).collect()
}

/// The route serves, so the rollout goes on; who reads it should know what a restart would bring back.
fn not_durable() -> String {
    let fault =
        Fault::retry("route-not-stored", "the new route serves, but the gateway could not store it: started again, it would serve the one before until Tidegate sets it anew")
            .with_help("make room on the disk of the data directory; it is tried again each second");
    words(&fault)
}

/// The candidate still answers, but no more of it is wanted.
fn is_going_back(stage: Stage) -> bool {
    matches!(stage, Stage::Restoring | Stage::ShiftingBack | Stage::Emptying)
}

fn intent(
    slot: &SlotId,
    effect: &Effect<'_>,
    (candidate_at, stable_at): (Vec<String>, Vec<String>),
) -> RouteIntent {
    let wanted = &effect.wanted;
    let version = effect.candidate.version();
    let reachable = !candidate_at.is_empty();
    RouteIntent {
        slot: slot.clone(),
        route: effect.candidate.route.clone().unwrap_or_else(no_route),
        matches: wanted.matches.clone().filter(|_| reachable).map(|matches| (matches, version.clone())),
        mirror: Some(wanted.mirror).filter(|share| reachable && !share.is_none()).map(|share| Copying {
            share,
            version: version.clone(),
            compare_body: wanted.compare_body,
        }),
        serving: serving(effect, wanted, (candidate_at, stable_at)),
    }
}

/// Only called where a route exists; an empty one routes nothing.
fn no_route() -> tidegate_domain::environment::RouteSpec {
    tidegate_domain::environment::RouteSpec {
        listen: String::new(),
        hosts: Vec::new(),
        path_prefix: "/".to_owned(),
        strip_prefix: false,
        sticky: None,
        preview: None,
    }
}

fn serving(effect: &Effect<'_>, wanted: &Wanted, (candidate, stable): (Vec<String>, Vec<String>)) -> Serving {
    let Traffic::Candidate(share) = wanted.traffic else {
        return Serving::Offline { reason: "the version is being replaced".to_owned() };
    };
    let needed = share.replicas_needed(effect.candidate.replicas).min(wanted.candidate.max(1));
    let share = possible(share, needed, (&candidate, &stable));
    let Some(share) = share else {
        return Serving::Offline { reason: "no instance is ready".to_owned() };
    };
    let backend =
        |placed: &Placed, weight, endpoints| Backend { version: placed.version().clone(), weight, endpoints };
    let old = effect.stable.map(|placed| backend(placed, share.rest(), stable));
    let new = (!candidate.is_empty()).then(|| backend(effect.candidate, share, candidate));
    // Who gets no requests is left out, so that no instance stands in a route when it is told to stop.
    let special = wanted.matches.is_some() || !wanted.mirror.is_none();
    let asked = |backend: &Backend| special && backend.version == *effect.candidate.version();
    let keep = |backend: &Backend| !backend.weight.is_none() || asked(backend);
    Serving::Split(old.into_iter().chain(new).filter(keep).collect())
}

/// The share that can be: none goes where nobody is ready, and what fewer than `needed` instances cannot carry stays
/// with stable. A candidate that should have nothing yet gets nothing.
fn possible(share: Weight, needed: u32, (candidate, stable): (&[String], &[String])) -> Option<Weight> {
    match (candidate.is_empty(), stable.is_empty()) {
        (false, false) => Some(share.carried_by(candidate.len() as u32, needed)),
        (true, false) => Some(Weight::NONE),
        (false, true) if !share.is_none() => Some(Weight::ALL),
        (false | true, true) => None,
    }
}

/// Where the first `most` instances answer, as far as they are ready. Those above are the first to stop.
pub(crate) fn addresses(observed: &Observed, most: u32) -> Vec<String> {
    let stays = observed.ready().filter(|instance| instance.ordinal < most);
    stays.filter_map(|instance| instance.address.clone()).collect()
}

fn too_many(observed: &Observed, replicas: u32) -> bool {
    observed.instances.len() as u32 > replicas
}

fn traffic_of(candidate: &Placed, seen: &RouteSeen) -> Traffic {
    match seen.serving {
        Serving::Offline { .. } => Traffic::Offline,
        Serving::Split(_) => Traffic::Candidate(seen.weight_of(candidate.version())),
    }
}

pub(crate) fn seen(observed: &Observed) -> VersionObservation {
    let unready = observed.instances.iter().find(|instance| instance.state != InstanceState::Ready);
    VersionObservation {
        ready: observed.ready().map(|i| i.address.clone().unwrap_or_else(|| i.name.clone())).collect(),
        instances: observed.instances.len() as u32,
        restarts: observed.restarts(),
        reason: unready.map(|instance| instance.reason.clone()).unwrap_or_default(),
    }
}

/// A fault as a person reads it, with its next step.
pub(crate) fn words(fault: &Fault) -> String {
    if fault.help.is_empty() {
        format!("{} ({})", fault.message, fault.code)
    } else {
        format!("{} ({}): {}", fault.message, fault.code, fault.help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_is_who_is_not_routed() {
        let instance = |ordinal: u32, address: Option<&str>| tidegate_ports::Instance {
            name: format!("api-1.0.0-{ordinal}"),
            ordinal,
            address: address.map(str::to_owned),
            state: InstanceState::Ready,
            restarts: 0,
            reason: String::new(),
            process: None,
            started_with: None,
        };
        let observed =
            Observed { instances: vec![instance(0, Some("a")), instance(1, Some("b")), instance(2, None)] };
        assert_eq!(leaving(&observed, &["a".to_owned()]), ["b"]);
        assert_eq!(leaving(&observed, &["a".to_owned(), "b".to_owned()]), Vec::<String>::new());
    }

    #[test]
    fn nobody_is_sent_where_nobody_is_ready() {
        let (five, half) = (Weight::from_percent(5), Weight::from_percent(50));
        let (some, none) = (vec!["a".to_owned()], Vec::new());
        let table = [
            (five, 1, (&some, &some), Some(five)),
            (five, 1, (&none, &some), Some(Weight::NONE)),
            (five, 1, (&some, &none), Some(Weight::ALL)),
            (Weight::NONE, 0, (&some, &none), None),
            (five, 1, (&none, &none), None),
            (half, 2, (&some, &some), Some(Weight::from_percent(25))),
        ];
        for (share, needed, (candidate, stable), expect) in table {
            assert_eq!(possible(share, needed, (candidate, stable)), expect, "{share} {needed}");
        }
    }
}
