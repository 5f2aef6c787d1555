//! Whatever is routed was ready when it was last asked, just before.

use std::collections::BTreeMap;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_ports::{Generation, Serving};

use super::{Checker, Verdict, View, require};
use crate::fact::{Arrival, Fact, ProcessId, Routed};

/// A repeated call may arrive long after it was sent.
const REMEMBERED: usize = 200;

type Key = (ProcessId, SlotId, Version);

#[derive(Default)]
pub struct RoutedReady {
    /// A look belongs to no generation.
    asked: BTreeMap<Key, Vec<(u64, Option<Generation>, Vec<String>)>>,
}

impl Checker for RoutedReady {
    fn property(&self) -> &'static str {
        "routed versions are ready versions"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        match fact {
            Fact::Ensured(ensured) if ensured.accepted && ensured.call.arrival == Arrival::InTime => {
                let key = (ensured.call.by, ensured.slot.clone(), ensured.version.clone());
                self.remember(key, (ensured.step, Some(ensured.generation), ensured.truly_ready.clone()));
            }
            Fact::Looked(looked) if looked.call.arrival == Arrival::InTime => {
                for (version, ready) in &looked.truly_ready {
                    let key = (looked.call.by, looked.slot.clone(), version.clone());
                    self.remember(key, (looked.step, None, ready.clone()));
                }
            }
            Fact::Routed(routed) if routed.accepted => return self.check(routed),
            _ => {}
        }
        Ok(())
    }
}

impl RoutedReady {
    fn remember(&mut self, key: Key, seen: (u64, Option<Generation>, Vec<String>)) {
        let asked = self.asked.entry(key).or_default();
        asked.push(seen);
        if asked.len() > REMEMBERED {
            asked.remove(0);
        }
    }

    fn check(&self, routed: &Routed) -> Verdict {
        let Serving::Split(backends) = &routed.intent.serving else { return Ok(()) };
        for backend in backends {
            let key = (routed.call.by, routed.intent.slot.clone(), backend.version.clone());
            let asked = self.asked.get(&key).map_or(&[][..], Vec::as_slice);
            let asked_for = |given: &Option<Generation>| given.is_none_or(|given| given == routed.generation);
            let last = asked
                .iter()
                .rev()
                .find(|(step, generation, _)| *step <= routed.call.sent && asked_for(generation));
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
