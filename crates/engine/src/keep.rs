//! A slot's turn between rollouts: keep what was verified running, routed and supervised.
//!
//! Invariant: while a rollout holds the slot, nothing is done here.

use tidegate_domain::id::SlotId;
use tidegate_domain::moment::Moment;
use tidegate_domain::placed::Placed;
use tidegate_domain::slot::{self, Slot, SlotCommand, SlotSeen};
use tidegate_domain::weight::Weight;
use tidegate_ports::{Backend, Fault, FaultKind, Generation, Lease, RouteIntent, Serving};

use crate::Engine;
use crate::draft::Draft;
use crate::perform::{addresses, seen, words};
use crate::tick::{AUTOMATION, Round, settle_refusal};

/// How often a quiet slot is looked after; a target that sees a change says so earlier.
const QUIET_MS: u64 = 10_000;
/// How often one that is not as it should be is looked after.
const UNREADY_MS: u64 = 500;

impl Engine {
    pub(crate) async fn slot_round(
        &self,
        lease: &Lease,
        id: &SlotId,
        clock: &(dyn Fn() -> Moment + Sync),
    ) -> Result<Round, Fault> {
        let loaded = self.cache.load(&lease.stream).await?;
        let slot = loaded.state.slot(id);
        let now = clock();
        let Some(keep) = slot::effects(&slot, now.steady) else { return Ok(Round::Quiet(None)) };
        let generation = Generation { position: loaded.position, fence: lease.fence };
        let seen = match self.keep(generation, &slot, &keep).await {
            Ok(seen) => seen,
            Err(fault) if fault.kind == FaultKind::Drop => return Err(fault),
            Err(fault) => SlotSeen { fault: words(&fault), ..unknown(&slot, &keep) },
        };
        let well = seen.fault.is_empty()
            && seen.routed
            && seen.ready.len() as u32 >= keep.stable.replicas
            && keep.previous.is_none_or(|(_, kept)| kept == seen.previous_instances)
            && seen.leftover_instances == 0;
        let mut draft = Draft::new(self, AUTOMATION, clock());
        settle_refusal(draft.claim(id, SlotCommand::Observe(seen)).await)?;
        if !draft.is_empty() {
            self.write(draft, lease).await?;
            return Ok(Round::Moved);
        }
        let pause = now.steady.plus_ms(if well { QUIET_MS } else { UNREADY_MS });
        let own = slot::wake_at(&slot, now.steady).unwrap_or(pause);
        Ok(Round::Quiet(Some(pause.min(own))))
    }

    async fn keep(
        &self,
        generation: Generation,
        slot: &Slot,
        keep: &slot::Keep<'_>,
    ) -> Result<SlotSeen, Fault> {
        let replicas = keep.stable.replicas;
        if !self.unroute(generation, &slot.id, keep).await? {
            return Ok(SlotSeen { routed: false, ..unknown(slot, keep) });
        }
        let stable = self.ensure(generation, &slot.id, (keep.stable, replicas)).await?;
        let endpoints = addresses(&stable, replicas);
        let routed = self.serve(generation, &slot.id, (keep.stable, endpoints)).await?;
        // Other versions go only after traffic was read back on stable.
        let previous_instances = match keep.previous {
            Some(previous) if routed => {
                self.ensure(generation, &slot.id, previous).await?.instances.len() as u32
            }
            Some((_, kept)) => kept.max(1),
            None => 0,
        };
        let mut leftover_instances = keep.leftovers.len() as u32;
        if routed {
            leftover_instances = 0;
            for placed in keep.leftovers {
                let left = self.ensure(generation, &slot.id, (placed, 0)).await?;
                leftover_instances += left.instances.len() as u32;
            }
        }
        let ready = seen(&stable).ready;
        Ok(SlotSeen { ready, previous_instances, leftover_instances, routed, fault: String::new() })
    }

    /// Takes instances that are to stop out of the route while they still answer; says whether that was read back.
    /// As long as none of those that stay is ready, the others go on answering.
    async fn unroute(
        &self,
        generation: Generation,
        id: &SlotId,
        keep: &slot::Keep<'_>,
    ) -> Result<bool, Fault> {
        let there = self.world.target.observe(id).await?;
        let (placed, replicas) = (keep.stable, keep.stable.replicas);
        let Some(stable) = there.get(placed.version().as_str()) else { return Ok(true) };
        if stable.instances.len() as u32 <= replicas {
            return Ok(true);
        }
        let (staying, all) = (addresses(stable, replicas), addresses(stable, u32::MAX));
        let waits = staying.is_empty() && !all.is_empty();
        let endpoints = if waits { all } else { staying };
        Ok(self.serve(generation, id, (placed, endpoints)).await? && !waits)
    }

    /// All requests to these instances of stable; whether that is what the router says it does.
    async fn serve(
        &self,
        generation: Generation,
        id: &SlotId,
        (placed, endpoints): (&Placed, Vec<String>),
    ) -> Result<bool, Fault> {
        let Some(route) = &placed.route else { return Ok(true) };
        let version = placed.version().clone();
        let serving = if endpoints.is_empty() {
            Serving::Offline { reason: "no instance is ready".to_owned() }
        } else {
            Serving::Split(vec![Backend { version, weight: Weight::ALL, endpoints }])
        };
        let (slot, route) = (id.clone(), route.clone());
        let intent = RouteIntent { slot, route, serving, matches: None, mirror: None };
        Ok(self.world.router.apply(generation, &intent).await?.serving == intent.serving)
    }
}

/// What was seen before; of what may still run, that it may.
fn unknown(slot: &Slot, keep: &slot::Keep<'_>) -> SlotSeen {
    SlotSeen {
        previous_instances: keep.previous.map_or(0, |(_, kept)| kept.max(1)),
        leftover_instances: keep.leftovers.len() as u32,
        ..slot.seen.clone()
    }
}
