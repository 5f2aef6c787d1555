//! A slot's turn between rollouts: keep what was verified running, routed and supervised.
//!
//! Invariant: while a rollout holds the slot, nothing is done here.

use tidegate_domain::id::SlotId;
use tidegate_domain::moment::Moment;
use tidegate_domain::slot::{self, SlotCommand, SlotSeen};
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
        let seen = match self.keep(generation, id, &keep).await {
            Ok(seen) => seen,
            Err(fault) if fault.kind == FaultKind::Drop => return Err(fault),
            Err(fault) => SlotSeen { fault: words(&fault), ..slot.seen.clone() },
        };
        let well = seen.fault.is_empty()
            && seen.routed
            && seen.ready.len() as u32 >= keep.stable.replicas
            && keep.previous.is_none_or(|(_, kept)| kept == seen.previous_instances);
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
        id: &SlotId,
        keep: &slot::Keep<'_>,
    ) -> Result<SlotSeen, Fault> {
        let stable = self.ensure(generation, id, (keep.stable, keep.stable.replicas)).await?;
        let endpoints = addresses(&stable, keep.stable.replicas);
        let routed = match &keep.stable.route {
            None => true,
            Some(route) => {
                let version = keep.stable.version().clone();
                let serving = if endpoints.is_empty() {
                    Serving::Offline { reason: "no instance is ready".to_owned() }
                } else {
                    Serving::Split(vec![Backend { version, weight: Weight::ALL, endpoints }])
                };
                let (slot, route) = (id.clone(), route.clone());
                let intent = RouteIntent { slot, route, serving, matches: None, mirror: None };
                self.world.router.apply(generation, &intent).await?.serving == intent.serving
            }
        };
        // The version before goes only after traffic was read back on stable.
        let previous_instances = match keep.previous {
            Some(previous) if routed => self.ensure(generation, id, previous).await?.instances.len() as u32,
            Some((_, kept)) => kept.max(1),
            None => 0,
        };
        Ok(SlotSeen { ready: seen(&stable).ready, previous_instances, routed, fault: String::new() })
    }
}
