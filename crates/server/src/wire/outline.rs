//! Outlines of rollouts.

use tidegate_api::{Outline, OutlineLeg, RollbackTrigger, Step, WouldRefuse};
use tidegate_domain::refusal::{Refusal, Refuse};
use tidegate_engine::{LegOutline, OutlineView, StepView};

use super::gate::gate;

pub(crate) fn outline(view: OutlineView) -> Outline {
    let trigger = |trigger: tidegate_analysis::Trigger| RollbackTrigger {
        metric: trigger.metric.name().to_owned(),
        threshold: trigger.threshold,
        duration_seconds: trigger.duration_seconds,
    };
    Outline {
        release: view.release,
        environment: view.environment,
        strategy: view.strategy,
        digest: view.digest,
        legs: view.legs.into_iter().map(leg).collect(),
        gates: view.gates.into_iter().map(gate).collect(),
        judged: view.judged,
        rollback_when: view.rollback_when.into_iter().map(trigger).collect(),
        refusal: view.refusal.as_ref().map(would_refuse),
    }
}

fn leg(leg: LegOutline) -> OutlineLeg {
    let LegOutline { component, stable, candidate, replicas, listen, runs, steps } = leg;
    let steps = steps.into_iter().map(step).collect();
    OutlineLeg { component, stable, candidate, replicas, listen, runs, steps }
}

pub(super) fn step(step: StepView) -> Step {
    let StepView { name, weight, exposed, dwell_seconds, confirm } = step;
    Step { name, weight, exposed, dwell_seconds, confirm }
}

fn would_refuse(refusal: &Refusal) -> WouldRefuse {
    WouldRefuse { code: refusal.code().to_owned(), detail: refusal.to_string(), help: refusal.help() }
}
