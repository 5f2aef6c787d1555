//! Whatever is routed was ready when it was last asked, just before.

use std::collections::BTreeMap;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_ports::{Generation, Serving};

use super::{Checker, Verdict, View, require};
use crate::fact::{Arrival, Ensured, Fact, ProcessId, Routed};

const REMEMBERED: usize = 8;

type Key = (ProcessId, SlotId, Version);

#[derive(Default)]
pub struct RoutedReady {
    asked: BTreeMap<Key, Vec<(u64, Generation, Vec<String>)>>,
}

impl Checker for RoutedReady {
    fn property(&self) -> &'static str {
        "routed versions are ready versions"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        match fact {
            Fact::Ensured(ensured) if ensured.accepted => self.remember(ensured),
            Fact::Routed(routed) if routed.accepted => return self.check(routed),
            _ => {}
        }
        Ok(())
    }
}

impl RoutedReady {
    fn remember(&mut self, ensured: &Ensured) {
        if ensured.call.arrival != Arrival::InTime {
            return;
        }
        let key = (ensured.call.by, ensured.slot.clone(), ensured.version.clone());
        let asked = self.asked.entry(key).or_default();
        asked.push((ensured.step, ensured.generation, ensured.truly_ready.clone()));
        if asked.len() > REMEMBERED {
            asked.remove(0);
        }
    }

    fn check(&self, routed: &Routed) -> Verdict {
        let Serving::Split(backends) = &routed.intent.serving else { return Ok(()) };
        for backend in backends {
            let key = (routed.call.by, routed.intent.slot.clone(), backend.version.clone());
            let asked = self.asked.get(&key).map_or(&[][..], Vec::as_slice);
            let last = asked
                .iter()
                .rev()
                .find(|(step, generation, _)| *step <= routed.call.sent && *generation == routed.generation);
            let ready = last.map_or(&[][..], |(_, _, ready)| ready.as_slice());
            let unready = backend.endpoints.iter().find(|endpoint| !ready.contains(endpoint));
            require(unready.is_none(), || {
                format!(
                    "{} of {} in {} is routed and was not ready",
                    unready.map_or("", String::as_str),
                    backend.version,
                    routed.intent.slot
                )
            })?;
            require(backend.weight.is_none() || !backend.endpoints.is_empty(), || {
                format!("{} in {} has a share and nobody to serve it", backend.version, routed.intent.slot)
            })?;
        }
        Ok(())
    }
}
