//! Every fact worth telling is told once: no two facts share a notice, none is lost, and where nothing fails none comes
//! twice.

use std::collections::BTreeMap;

use tidegate_domain::rollout::RolloutEvent;

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;
use crate::scenario::{Scenario, Trouble};
use crate::shadow::Event;

#[derive(Default)]
pub struct Notices {
    /// Facts to tell, by their rollout and kind.
    facts: BTreeMap<String, usize>,
    told: BTreeMap<String, u32>,
}

impl Checker for Notices {
    fn property(&self) -> &'static str {
        "every fact is told once"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Recorded(record) => {
                if let (Event::Rollout(event), Some(rollout)) = (&record.event, record.after.rollout())
                    && let Some(topic) = topic(event)
                {
                    *self.facts.entry(format!("{}/{topic}", rollout.id)).or_default() += 1;
                }
                Ok(())
            }
            Fact::Told { notice, .. } => {
                let times = self.told.entry(notice.id.clone()).or_default();
                *times += 1;
                require(*times == 1 || may_repeat(view.scenario), || {
                    format!("{} is told again although nothing failed", notice.id)
                })
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, _: &View<'_>) -> Verdict {
        for (fact, count) in &self.facts {
            let told =
                self.told.keys().filter(|id| *id == fact || id.starts_with(&format!("{fact}-"))).count();
            require(told == *count, || format!("{fact} happened {count} times and was told {told} times"))?;
        }
        Ok(())
    }
}

fn topic(event: &RolloutEvent) -> Option<&'static str> {
    match event {
        RolloutEvent::Began => Some("began"),
        RolloutEvent::Succeeded => Some("succeeded"),
        RolloutEvent::Returning { .. } => Some("returning"),
        RolloutEvent::RolledBack { .. } => Some("rolled-back"),
        RolloutEvent::Cancelled { .. } => Some("cancelled"),
        RolloutEvent::Held { .. } => Some("held"),
        RolloutEvent::Alarmed { .. } => Some("alarmed"),
        _ => None,
    }
}

/// A repeat needs a reason: a lost answer, a death, or two that send.
fn may_repeat(scenario: &Scenario) -> bool {
    let weather = &scenario.weather;
    let dies = |what: Trouble| matches!(what, Trouble::Kill | Trouble::Reboot { .. });
    scenario.replicas
        || scenario.deaths > 0
        || !weather.outages.is_empty()
        || weather.mishaps_per_mille.iter().any(|rate| *rate > 0)
        || scenario.disturbances.iter().any(|one| dies(one.what))
}
