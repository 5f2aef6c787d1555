//! When everything has come to rest: every rollout has ended, and the world is what the slots say.

use tidegate_domain::slot::Slot;
use tidegate_domain::weight::Weight;
use tidegate_ports::Serving;

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;

pub struct Settled;

impl Checker for Settled {
    fn property(&self) -> &'static str {
        "what started ends, and the world is as it should be"
    }

    fn see(&mut self, _: &Fact, _: &View<'_>) -> Verdict {
        Ok(())
    }

    fn end(&mut self, view: &View<'_>) -> Verdict {
        for rollout in view.shadow.rollouts() {
            require(rollout.is_done(), || {
                let (_, leg) = rollout.leg();
                format!("{} has not ended: {:?}, {}", rollout.id, rollout.phase, leg.stage)
            })?;
        }
        view.shadow.slots().try_for_each(|slot| stands(slot, view))
    }
}

fn stands(slot: &Slot, view: &View<'_>) -> Verdict {
    let Some(stable) = &slot.stable else {
        let census = view.world.target.census(&slot.id);
        let left: usize = census.values().sum();
        return require(left == 0, || format!("{census:?} run in {}, where nothing should", slot.id));
    };
    require(slot.rollout.is_none(), || format!("{} is still held by {:?}", slot.id, slot.rollout))?;
    for (version, count) in view.world.target.census(&slot.id) {
        let wanted = if version == *stable.version() { stable.replicas as usize } else { 0 };
        require(count == wanted, || format!("{count} of {version} run in {}, {wanted} should", slot.id))?;
    }
    let mut ready = view.world.target.truly_ready(&slot.id, stable.version());
    require(ready.len() == stable.replicas as usize, || format!("{} is not fully ready", slot.id))?;
    if stable.route.is_none() {
        return Ok(());
    }
    let Some(Serving::Split(backends)) = view.world.router.serving(&slot.id) else {
        return Err(format!("{} is not served", slot.id));
    };
    ready.sort();
    let right = backends.iter().all(|backend| {
        let mut endpoints = backend.endpoints.clone();
        endpoints.sort();
        backend.version == *stable.version() && backend.weight == Weight::ALL && endpoints == ready
    });
    require(right, || format!("{} is served by {backends:?}", slot.id))
}
