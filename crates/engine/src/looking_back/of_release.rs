//! What happened to a candidate: who let it through which gate, and which rollouts it had.

use std::collections::BTreeMap;

use tidegate_domain::gate::Choice;
use tidegate_domain::name::{EnvironmentName, GateName, Version};
use tidegate_domain::release::ReleaseEvent;

use super::Record;

#[derive(Default)]
pub(super) struct Reading {
    /// From when on it could have gone further: made, or verified in the stage before.
    free_ms: u64,
    /// The last yes at each gate that nobody entered behind yet, and since when it was waited for.
    signed: BTreeMap<(EnvironmentName, GateName), (u64, u64)>,
}

impl Reading {
    pub fn take(
        &mut self,
        (release, event): (&Version, &ReleaseEvent),
        (at_ms, by): (u64, &str),
        record: &mut Record,
    ) {
        let told = match event {
            ReleaseEvent::Created { .. } => {
                self.free_ms = at_ms;
                Some((None, format!("release {release} was made")))
            }
            ReleaseEvent::Entered { environment, rollout } => {
                record.rollouts.insert(rollout.clone());
                self.entered(environment, record);
                None
            }
            ReleaseEvent::Verified { rollout, .. } => {
                record.rollouts.insert(rollout.clone());
                self.free_ms = at_ms;
                None
            }
            ReleaseEvent::WentBack { rollout, .. } => {
                record.rollouts.insert(rollout.clone());
                None
            }
            ReleaseEvent::Voted { environment, vote } => {
                let key = (environment.clone(), vote.gate.clone());
                let said = match vote.choice {
                    Choice::Yes => "yes",
                    Choice::No => "no",
                    Choice::Withdrawn => "takes their word back",
                };
                if vote.choice == Choice::Yes {
                    self.signed.insert(key, (self.free_ms, at_ms));
                } else {
                    self.signed.remove(&key);
                }
                let what = format!("{release} at gate {}: {said}{}", vote.gate, super::because(&vote.reason));
                Some((Some(environment), what))
            }
            ReleaseEvent::Overridden { environment, pass } => {
                let what = format!("{release} let through {}: {}", pass.name, pass.reason);
                Some((Some(environment), what))
            }
            ReleaseEvent::Waived { waiver } => {
                Some((None, format!("{} waived for {release}: {}", waiver.waives, waiver.why)))
            }
            ReleaseEvent::Allowed { environment } => {
                Some((Some(environment), format!("{release} may be brought there again")))
            }
            ReleaseEvent::Reviewed { rollout, review } => {
                Some((None, format!("{rollout} was looked back at{}", super::because(&review.note))))
            }
            ReleaseEvent::ChangeTyped { .. }
            | ReleaseEvent::EvidenceAdded { .. }
            | ReleaseEvent::ReviewOwed { .. }
            | ReleaseEvent::GateAnswered { .. }
            | ReleaseEvent::Completed { .. }
            | ReleaseEvent::CommitsListed { .. }
            | ReleaseEvent::NotesWritten { .. } => None,
        };
        if let Some((environment, what)) = told {
            record.line(at_ms, Some(by), what);
            if let Some(line) = record.timeline.last_mut() {
                line.environment = environment.map(ToString::to_string);
            }
        }
    }

    /// Whoever signed for it was waited for until their last yes.
    fn entered(&mut self, environment: &EnvironmentName, record: &mut Record) {
        let gates: Vec<_> = self.signed.keys().filter(|(place, _)| place == environment).cloned().collect();
        for key in gates {
            let Some((free_ms, yes_ms)) = self.signed.remove(&key) else { continue };
            record.wait(key.1.as_str(), environment.as_str(), yes_ms.saturating_sub(free_ms));
        }
    }

    /// What was signed and never entered was waited for all the same.
    pub fn end(self, record: &mut Record) {
        for ((environment, gate), (free_ms, yes_ms)) in self.signed {
            record.wait(gate.as_str(), environment.as_str(), yes_ms.saturating_sub(free_ms));
        }
    }
}
