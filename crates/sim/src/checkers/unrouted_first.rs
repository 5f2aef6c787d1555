//! No instance is stopped while requests are sent to it: it leaves the route first.

use std::collections::BTreeSet;

use tidegate_domain::id::SlotId;

use super::{Checker, Verdict, View, endpoints, require};
use crate::fact::Fact;

#[derive(Default)]
pub struct UnroutedFirst {
    /// Routes that somebody else changed since Tidegate last set them.
    drifted: BTreeSet<SlotId>,
}

impl Checker for UnroutedFirst {
    fn property(&self) -> &'static str {
        "an instance leaves the route before it stops"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Drifted { slot } => {
                self.drifted.insert(slot.clone());
            }
            Fact::Routed(routed) if routed.accepted => {
                self.drifted.remove(&routed.intent.slot);
            }
            Fact::Ensured(ensured) if !self.drifted.contains(&ensured.slot) => {
                let Some(serving) = view.world.router.serving(&ensured.slot) else { return Ok(()) };
                let routed = endpoints(serving, &ensured.version);
                let cut = ensured.stopped.iter().find(|address| routed.contains(address));
                return require(cut.is_none(), || {
                    let (address, version) = (cut.map_or("", String::as_str), &ensured.version);
                    format!("{address} of {version} in {} is told to stop and still routed", ensured.slot)
                });
            }
            _ => {}
        }
        Ok(())
    }
}
