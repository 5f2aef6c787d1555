//! Nothing of a version is routed before each of its smoke tests has really passed, no rollout succeeds before they have
//! again, and no outcome is counted twice.

use std::collections::BTreeSet;

use tidegate_domain::id::RolloutId;
use tidegate_domain::name::GateName;
use tidegate_domain::rollout::{Rollout, RolloutEvent};
use tidegate_domain::smoke::{SmokePhase, SmokeVerdict};

use super::{Checker, Verdict, View, endpoints, require};
use crate::fact::{Fact, Routed};
use crate::shadow::Event;

type Key = (RolloutId, usize, SmokePhase, GateName);

#[derive(Default)]
pub struct SmokedFirst {
    passed: BTreeSet<Key>,
    recorded: BTreeSet<Key>,
}

impl Checker for SmokedFirst {
    fn property(&self) -> &'static str {
        "smoke tests pass before traffic, and again before success"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Tested(tested) if tested.verdict == SmokeVerdict::Passed => {
                let asked = &tested.question;
                self.passed.insert((asked.rollout.clone(), asked.leg, asked.phase, asked.test.name.clone()));
                Ok(())
            }
            Fact::Routed(routed) if routed.accepted => self.routed(routed, view),
            Fact::Recorded(record) => match (&record.event, record.after.rollout()) {
                (Event::Rollout(RolloutEvent::SmokeTested { leg, phase, test, .. }), Some(rollout)) => {
                    // What went wrong with a database is tried again.
                    let fresh = self.recorded.insert((rollout.id.clone(), *leg, *phase, test.clone()))
                        || phase.is_of_database();
                    require(fresh, || format!("{} counts {test} {phase} twice", rollout.id))
                }
                (Event::Rollout(RolloutEvent::Succeeded), Some(rollout)) => (0..rollout.legs.len())
                    .try_for_each(|leg| self.has_passed((rollout, leg), SmokePhase::After, "succeeds")),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

impl SmokedFirst {
    fn routed(&self, routed: &Routed, view: &View<'_>) -> Verdict {
        let found = view.shadow.leg_of(routed.generation, &routed.intent.slot);
        let Some((rollout, leg)) = found else { return Ok(()) };
        let version = rollout.plan.legs[leg].candidate.version();
        if endpoints(&routed.intent.serving, version).is_empty() {
            return Ok(());
        }
        self.has_passed((rollout, leg), SmokePhase::Before, "is routed")
    }

    fn has_passed(&self, (rollout, leg): (&Rollout, usize), phase: SmokePhase, what: &str) -> Verdict {
        let missing = rollout.plan.legs[leg].smoke.iter().find(|test| {
            let key = (rollout.id.clone(), leg, phase, test.name.clone());
            !self.passed.contains(&key)
        });
        require(missing.is_none(), || {
            let name = missing.map(|test| test.name.to_string()).unwrap_or_default();
            format!("{} {what}, and its smoke test {name} has not passed ({phase})", rollout.id)
        })
    }
}
