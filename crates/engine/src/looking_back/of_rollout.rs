//! What happened in a rollout: its steps, what held it, and its end.

use tidegate_domain::id::RolloutId;
use tidegate_domain::rollout::{Cause, Plan, RolloutEvent, RolloutKind};
use tidegate_domain::smoke::{SmokePhase, SmokeVerdict};
use tidegate_plan::retrospective::Rollback;

use super::{Record, because};

#[derive(Default)]
pub(super) struct Reading {
    plan: Option<Plan>,
    /// Which gates closed on its way, and since when.
    closed: Option<(Vec<String>, u64)>,
    turned_ms: Option<u64>,
}

impl Reading {
    pub fn take(
        &mut self,
        (id, event): (&RolloutId, &RolloutEvent),
        (at_ms, by): (u64, &str),
        record: &mut Record,
    ) {
        if let RolloutEvent::Started { plan, .. } = event {
            self.plan = Some((**plan).clone());
        }
        let Some(what) = self.told(event, at_ms, record) else { return };
        let environment = self.plan.as_ref().map(|plan| plan.environment.to_string());
        // What happened by itself is nobody's.
        let person = if let RolloutEvent::Started { by, .. }
        | RolloutEvent::Confirmed { by }
        | RolloutEvent::Held { by, .. }
        | RolloutEvent::Resumed { by }
        | RolloutEvent::Skipped { by, .. }
        | RolloutEvent::Promoted { by }
        | RolloutEvent::Returning {
            cause: Cause::Person { by, .. } | Cause::Aborted { by, .. },
        } = event
        {
            Some(by.as_str())
        } else {
            None
        };
        let who = person.or_else(|| Some(by).filter(|by| *by != crate::tick::AUTOMATION));
        record.line(at_ms, who, what);
        if let Some(line) = record.timeline.last_mut() {
            (line.environment, line.rollout) = (environment, Some(id.to_string()));
        }
    }

    fn told(&mut self, event: &RolloutEvent, at_ms: u64, record: &mut Record) -> Option<String> {
        let environment = self.plan.as_ref().map(|plan| plan.environment.to_string()).unwrap_or_default();
        Some(match event {
            RolloutEvent::Started { plan, .. } => {
                let what = match &plan.kind {
                    RolloutKind::Release => "rollout".to_owned(),
                    RolloutKind::Hotfix => "hotfix rollout".to_owned(),
                    RolloutKind::Rollback { of } => format!("rollback of {of}"),
                };
                format!("{what} of {} into {} began ({})", plan.release, plan.environment, plan.strategy)
            }
            RolloutEvent::StepEntered { leg, step } => {
                let leg = self.plan.as_ref()?.legs.get(*leg)?;
                let component = &leg.candidate.component.name;
                let name = &leg.steps.get(*step)?.name;
                format!("{component}: step {} of {}, {name}", step + 1, leg.steps.len())
            }
            RolloutEvent::SmokeTested { leg, phase, test, result } => {
                let component = &self.plan.as_ref()?.legs.get(*leg)?.candidate.component.name;
                let passed = result.verdict == SmokeVerdict::Passed;
                match phase {
                    SmokePhase::Expand if passed => format!("the database of {component} was expanded"),
                    SmokePhase::Contract if passed => format!("the database of {component} was contracted"),
                    SmokePhase::Expand | SmokePhase::Contract => {
                        let what = phase.word();
                        format!("{what} of the database of {component} went wrong: {}", result.seen)
                    }
                    SmokePhase::Contracted => return None,
                    SmokePhase::Before | SmokePhase::After => {
                        (!passed).then(|| format!("the smoke test {test} did not pass: {}", result.seen))?
                    }
                }
            }
            RolloutEvent::PointOfNoReturn { leg } => {
                let component = &self.plan.as_ref()?.legs.get(*leg)?.candidate.component.name;
                format!("the point of no return: the database of {component} is about to be contracted")
            }
            RolloutEvent::Confirmed { .. } => "confirmed".to_owned(),
            RolloutEvent::Held { reason, .. } => format!("held{}", because(reason)),
            RolloutEvent::Resumed { .. } => "resumed".to_owned(),
            RolloutEvent::GatesClosed { gates } => {
                let names: Vec<_> =
                    gates.iter().filter(|gate| !gate.open).map(|gate| gate.gate.to_string()).collect();
                let what = format!("waits before a closed gate: {}", names.join(", "));
                self.waited(&environment, at_ms, record);
                self.closed = Some((names, at_ms));
                what
            }
            RolloutEvent::GatesOpened => {
                self.waited(&environment, at_ms, record);
                "its gates are open again".to_owned()
            }
            RolloutEvent::Skipped { .. } => "the rest of its steps was skipped".to_owned(),
            RolloutEvent::Promoted { .. } => "promoted".to_owned(),
            RolloutEvent::Returning { cause } => {
                self.turned_ms = Some(at_ms);
                self.waited(&environment, at_ms, record);
                format!("goes back: {cause}")
            }
            RolloutEvent::Alarmed { reason } => format!("a person should look: {reason}"),
            RolloutEvent::Succeeded => {
                self.waited(&environment, at_ms, record);
                if let Some(RolloutKind::Rollback { of }) = self.plan.as_ref().map(|plan| &plan.kind) {
                    let why = format!("{of} was undone after it had succeeded");
                    record.rollbacks.push(Rollback { at_ms, environment, why, took_ms: None });
                }
                "the rollout succeeded".to_owned()
            }
            RolloutEvent::RolledBack { cause } => {
                let took_ms = self.turned_ms.map(|turned| at_ms.saturating_sub(turned));
                let at_ms = self.turned_ms.unwrap_or(at_ms);
                record.rollbacks.push(Rollback { at_ms, environment, why: cause.to_string(), took_ms });
                "everybody is back on the version before".to_owned()
            }
            RolloutEvent::Cancelled { cause } => format!("it touched nothing: {cause}"),
            RolloutEvent::SlotGained { .. }
            | RolloutEvent::Began
            | RolloutEvent::StageEntered { .. }
            | RolloutEvent::Seen { .. }
            | RolloutEvent::Judged { .. }
            | RolloutEvent::LegPromoted { .. }
            | RolloutEvent::Paced { .. }
            | RolloutEvent::ShareLowered { .. }
            | RolloutEvent::LegReturned { .. }
            | RolloutEvent::FaultSeen { .. } => return None,
        })
    }

    fn waited(&mut self, environment: &str, at_ms: u64, record: &mut Record) {
        let Some((gates, since_ms)) = self.closed.take() else { return };
        for gate in gates {
            record.wait(&gate, environment, at_ms.saturating_sub(since_ms));
        }
    }
}
