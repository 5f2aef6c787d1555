//! Whether a deployment failed, why, and what restored service.
//!
//! Invariant: it failed or not, once, however much speaks against it; of several things that restored service, the first counts,
//! and nothing counts that lies before the failure.

use serde::Serialize;

use super::{Fact, Harm, Index, Known};
use crate::row::{Kind, Outcome};
use crate::share::Share;

/// One thing that speaks against a deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Why {
    /// It went back before it had succeeded.
    WentBack,
    /// A hotfix followed.
    Hotfixed {
        by: String,
    },
    /// A rollback undid it.
    Undone {
        by: String,
    },
    Incident {
        id: String,
    },
}

/// What restored service after a failed deployment, the first where there were several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    pub by: Why,
    pub at_ms: u64,
    /// Since the failure.
    pub span_ms: u64,
}

/// A span that ends before it begins, and counts in no figure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Backwards {
    /// Some commits are younger than the end of the rollout that brought them.
    Commits { count: u64 },
    /// It restored service before the deployment failed.
    Restored { by: Why, at_ms: u64, failed_ms: u64 },
    /// It was resolved before it was detected.
    Incident { id: String, detected_ms: u64, resolved_ms: u64 },
}

/// A time at which something may have restored service, or why it did not.
enum Ending {
    At(u64),
    Before,
}

impl Index {
    /// The part of a share that is about failing; without words, as it is worked out for every deployment of an answer.
    pub(super) fn judge(&self, number: u32, known: &Known, fact: &Fact, share: &mut Share) {
        let went_back = fact.outcome == Outcome::RolledBack;
        if !went_back && !known.is_harmed {
            return;
        }
        let (mut restored, mut errors, mut failed) = (None::<u64>, 0, went_back);
        let mut take = |ending: Ending| match ending {
            Ending::At(at) => restored = Some(restored.map_or(at, |first| first.min(at))),
            Ending::Before => errors += 1,
        };
        if went_back {
            take(ending(fact.finished_ms, fact));
        }
        if let Some(harm) = self.harms.get(&number) {
            failed |= self.speaks(harm);
            self.endings(harm).for_each(|(_, at)| take(at.map_or(Ending::Before, |at| ending(at, fact))));
        }
        share.is_failed = failed;
        share.errors += errors;
        share.recovery_ms = restored.filter(|_| failed).map(|at| at - fact.failed_ms);
        share.is_unrecovered = failed && restored.is_none();
    }

    /// Whether anything in it makes a deployment a failed one: what never reached users does not.
    fn speaks(&self, harm: &Harm) -> bool {
        let counts = |number: &u32| self.deployments[*number as usize].fact.is_some_and(|fact| fact.counts);
        !harm.incidents.is_empty() || harm.by.iter().any(counts)
    }

    /// Everything that may have restored service, and when; none where its own times contradict each other.
    fn endings<'a>(&'a self, harm: &'a Harm) -> impl Iterator<Item = (Ender, Option<u64>)> + 'a {
        let by = harm.by.iter().filter_map(|number| {
            let fact = self.deployments[*number as usize].fact?;
            let restores = fact.counts && fact.outcome == Outcome::Succeeded;
            restores.then_some((Ender::Deployment(*number), Some(fact.finished_ms)))
        });
        let incidents = harm.incidents.iter().filter_map(|id| {
            let incident = self.incidents.get(*id as usize)?;
            let resolved_ms = incident.resolved_ms?;
            Some((Ender::Incident(*id), Some(resolved_ms).filter(|at| *at >= incident.detected_ms)))
        });
        by.chain(incidents)
    }

    /// The same in words.
    pub(super) fn story(&self, number: u32) -> (Vec<Why>, Option<Restored>, Vec<Backwards>) {
        let Some(fact) = self.deployments[number as usize].fact else { return Default::default() };
        let (mut whys, mut backwards) = (Vec::new(), Vec::new());
        let mut candidates = Vec::new();
        if fact.outcome == Outcome::RolledBack {
            whys.push(Why::WentBack);
            candidates.push((fact.finished_ms, Why::WentBack));
        }
        if let Some(harm) = self.harms.get(&number) {
            whys.extend(harm.by.iter().filter_map(|by| self.why(*by)));
            let incident = |id: &u32| Why::Incident { id: self.incident_ids.get(*id).to_owned() };
            whys.extend(harm.incidents.iter().map(incident));
            for (ender, at) in self.endings(harm) {
                match (ender, at) {
                    (Ender::Deployment(by), Some(at)) => {
                        candidates.extend(self.why(by).map(|why| (at, why)));
                    }
                    (Ender::Incident(id), Some(at)) => {
                        candidates.push((at, incident(&id)));
                    }
                    (Ender::Incident(id), None) => backwards.extend(self.contradiction(id)),
                    (Ender::Deployment(_), None) => {}
                }
            }
        }
        // Of incidents the numbers follow the order in which they came, which must tell nothing.
        backwards.sort();
        candidates.sort();
        let failed_ms = fact.failed_ms;
        let early = candidates.iter().filter(|(at, _)| *at < failed_ms);
        backwards.extend(early.map(|(at, by)| Backwards::Restored { by: by.clone(), at_ms: *at, failed_ms }));
        let first = candidates.into_iter().find(|(at, _)| *at >= failed_ms).filter(|_| !whys.is_empty());
        let restored = first.map(|(at_ms, by)| Restored { by, at_ms, span_ms: at_ms - failed_ms });
        whys.sort();
        (whys, restored, backwards)
    }

    fn why(&self, by: u32) -> Option<Why> {
        let fact = self.deployments[by as usize].fact.filter(|fact| fact.counts)?;
        let by = self.ids.get(by).to_owned();
        match fact.kind {
            Kind::Hotfix => Some(Why::Hotfixed { by }),
            Kind::Rollback => Some(Why::Undone { by }),
            Kind::Planned => None,
        }
    }

    fn contradiction(&self, id: u32) -> Option<Backwards> {
        let incident = self.incidents.get(id as usize)?;
        let (detected_ms, resolved_ms) = (incident.detected_ms, incident.resolved_ms?);
        Some(Backwards::Incident { id: self.incident_ids.get(id).to_owned(), detected_ms, resolved_ms })
    }
}

enum Ender {
    Deployment(u32),
    Incident(u32),
}

fn ending(at_ms: u64, fact: &Fact) -> Ending {
    if at_ms < fact.failed_ms { Ending::Before } else { Ending::At(at_ms) }
}
