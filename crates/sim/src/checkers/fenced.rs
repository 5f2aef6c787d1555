//! A stale generation is never accepted, and a refused call changes nothing.

use std::collections::BTreeMap;

use tidegate_domain::id::SlotId;
use tidegate_ports::Generation;

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;

#[derive(Default)]
pub struct Fenced {
    newest: BTreeMap<(&'static str, SlotId), Generation>,
}

impl Checker for Fenced {
    fn property(&self) -> &'static str {
        "a stale generation is never accepted and changes nothing"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        match fact {
            Fact::Ensured(ensured) if ensured.accepted => {
                self.accept("target", &ensured.slot, ensured.generation)
            }
            Fact::Ensured(ensured) => require(ensured.stopped.is_empty(), || {
                format!("a refused call stopped {:?}", ensured.stopped)
            }),
            Fact::Routed(routed) if routed.accepted => {
                self.accept("router", &routed.intent.slot, routed.generation)
            }
            Fact::Routed(routed) => require(routed.before == routed.after, || {
                format!("a refused call changed the route of {}", routed.intent.slot)
            }),
            _ => Ok(()),
        }
    }
}

impl Fenced {
    fn accept(&mut self, who: &'static str, slot: &SlotId, given: Generation) -> Verdict {
        let newest = self.newest.entry((who, slot.clone())).or_default();
        require(given >= *newest, || format!("the {who} took {given} for {slot} after {newest}"))?;
        *newest = given;
        Ok(())
    }
}
