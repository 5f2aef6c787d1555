//! Whoever starts goes on from the latest time in the log, whatever the clocks and the kept timeline say by then.

use tidegate_domain::moment::Steady;

use super::{Checker, Verdict, View, require};
use crate::fact::{Control, Fact};

#[derive(Default)]
pub struct GoesOn {
    latest: Steady,
    /// What was the latest when a control plane last started.
    started: Steady,
}

impl Checker for GoesOn {
    fn property(&self) -> &'static str {
        "a restart goes on from the latest time in the log"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Control { what: Control::Started { .. }, .. } => self.started = self.latest,
            Fact::Recorded(record) => {
                let at = record.entry.at.steady;
                self.latest = self.latest.max(at);
                // Of two control planes, one may commit what it drew up before the other started.
                return require(view.scenario.replicas || at >= self.started, || {
                    let (position, started) = (record.entry.position, self.started.0);
                    format!("event {position} is recorded at {}, {started} stood there at the start", at.0)
                });
            }
            _ => {}
        }
        Ok(())
    }
}
