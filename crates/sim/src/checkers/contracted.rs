//! Nothing of a version runs before its database was really expanded; a database is contracted only while nothing else of its
//! component runs; and from there nothing goes back.

use std::collections::BTreeSet;

use tidegate_domain::id::RolloutId;
use tidegate_domain::rollout::RolloutEvent;
use tidegate_domain::smoke::{SmokePhase, SmokeVerdict};

use super::{Checker, Verdict, View, require};
use crate::fact::{Ensured, Fact, Tested};
use crate::shadow::Event;

#[derive(Default)]
pub struct Contracted {
    expanded: BTreeSet<(RolloutId, usize)>,
}

impl Checker for Contracted {
    fn property(&self) -> &'static str {
        "no version meets a database that it cannot live with"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Tested(tested) => self.asked(tested, view),
            Fact::Ensured(ensured) if ensured.accepted && ensured.replicas > 0 => self.runs(ensured, view),
            Fact::Recorded(record) => match (&record.event, record.before.rollout()) {
                (Event::Rollout(RolloutEvent::Returning { .. }), Some(rollout)) => {
                    require(!rollout.past_return, || {
                        format!("{} goes back from where nothing does", rollout.id)
                    })
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

impl Contracted {
    fn asked(&mut self, tested: &Tested, view: &View<'_>) -> Verdict {
        let asked = &tested.question;
        match asked.phase {
            SmokePhase::Expand if tested.verdict == SmokeVerdict::Passed => {
                self.expanded.insert((asked.rollout.clone(), asked.leg));
                Ok(())
            }
            SmokePhase::Contract => {
                let rollout = view.shadow.rollout(&asked.rollout);
                let past = rollout.is_some_and(|rollout| rollout.past_return);
                require(past, || format!("{} contracts, and could still go back", asked.rollout))?;
                let others = view.world.target.others_than(&asked.slot, &asked.version);
                require(others.is_empty(), || {
                    format!("{} contracts {} while {others:?} run", asked.rollout, asked.slot)
                })
            }
            SmokePhase::Expand | SmokePhase::Contracted | SmokePhase::Before | SmokePhase::After => Ok(()),
        }
    }

    fn runs(&self, ensured: &Ensured, view: &View<'_>) -> Verdict {
        let Some((rollout, leg)) = view.shadow.leg_of(ensured.generation, &ensured.slot) else {
            return Ok(());
        };
        let plan = &rollout.plan.legs[leg];
        let new = *plan.candidate.version() == ensured.version && plan.database.expand.is_some();
        let expanded = self.expanded.contains(&(rollout.id.clone(), leg));
        require(!new || expanded, || {
            format!("{} of {} runs before its database was expanded", ensured.version, ensured.slot)
        })
    }
}
