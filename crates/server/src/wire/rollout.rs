//! Rollouts.

use tidegate_api::{Hold, Judgement, Leg, MovedFlag, Next, Rollout, RolloutState, SmokeState};
use tidegate_domain::rollout::Stage;
use tidegate_engine::{JudgementView, LegView, RolloutView};
use tidegate_ports::{Fault, Row};

use super::outline::step;
use super::{finite, read_row, word};

pub(crate) fn rollout(view: RolloutView) -> Result<Rollout, Fault> {
    Ok(Rollout {
        kind: word(&view.kind)?,
        state: word(&view.state)?,
        legs: view.legs.into_iter().map(leg).collect::<Result<_, _>>()?,
        hold: view.hold.map(|hold| Hold { by: hold.by, reason: hold.reason }),
        next: view.next.map(|next| Next { what: next.what, in_ms: next.in_ms }),
        flags: view
            .flags
            .into_iter()
            .map(|flag| MovedFlag { key: flag.key, variant: flag.variant })
            .collect(),
        smoke_tests: view.smoke.into_iter().map(super::smoke_brief).collect::<Result<_, _>>()?,
        id: view.id,
        release: view.release,
        environment: view.environment,
        strategy: view.strategy,
        cause: view.cause,
        started_by: view.started_by,
        started_ms: view.started_ms,
        changed_ms: view.changed_ms,
        component: view.component,
        fault: view.fault,
        alarmed: view.alarmed,
        past_return: view.past_return,
    })
}

/// A row was made when the rollout last changed, so what is left until its next step is less by now.
pub(crate) fn rollout_of_row(row: &Row, now_ms: u64) -> Result<Rollout, Fault> {
    let mut rollout = rollout(read_row(row)?)?;
    if let Some(next) = &mut rollout.next {
        next.in_ms = next.in_ms.saturating_sub(now_ms.saturating_sub(rollout.changed_ms));
    }
    say_what_is_awaited(&mut rollout);
    Ok(rollout)
}

/// A judged step whose time is over is left when the evidence is there: without that word a person would wait for a
/// clock that has stopped.
pub(crate) fn say_what_is_awaited(rollout: &mut Rollout) {
    let Some(leg) = rollout.legs.iter().find(|leg| leg.component == rollout.component) else { return };
    let Some(next) = rollout.next.as_mut().filter(|next| next.in_ms == 0) else { return };
    let stands = rollout.state == RolloutState::Advancing && leg.stage == Stage::Dwelling.to_string();
    let for_a_person =
        leg.step.checked_sub(1).and_then(|step| leg.plan.get(step)).is_some_and(|step| step.confirm);
    let for_a_test = rollout.smoke_tests.iter().any(|test| test.state == SmokeState::Running);
    if stands && !for_a_person && !for_a_test && leg.judgement.is_some() {
        next.what.push_str(", when the analysis has seen enough");
    }
}

fn leg(view: LegView) -> Result<Leg, Fault> {
    let plan = view.plan.into_iter().map(step);
    Ok(Leg {
        component: view.component,
        stable: view.stable,
        candidate: view.candidate,
        step: view.step,
        steps: view.steps,
        step_name: view.step_name,
        stage: view.stage,
        weight: view.weight,
        wanted_weight: view.wanted_weight,
        exposed: view.exposed,
        candidate_ready: view.candidate_ready,
        candidate_wanted: view.candidate_wanted,
        stable_ready: view.stable_ready,
        stable_wanted: view.stable_wanted,
        restarts: view.restarts,
        reason: view.reason,
        judgement: view.judgement.map(judgement).transpose()?,
        plan: plan.collect(),
    })
}

fn judgement(view: JudgementView) -> Result<Judgement, Fault> {
    Ok(Judgement {
        verdict: word(&view.verdict)?,
        action: word(&view.action)?,
        evidence: finite(view.evidence),
        allowed_weight: view.allowed_weight,
        explanation: view.explanation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_api::{JudgementAction, RolloutKind, RolloutState, Verdict};

    #[test]
    fn every_word_of_the_views_has_its_place_on_the_wire() {
        for text in ["waiting", "advancing", "held", "returning", "succeeded", "rolled-back", "cancelled"] {
            word::<RolloutState>(text).unwrap();
        }
        for text in ["release", "hotfix", "rollback"] {
            word::<RolloutKind>(text).unwrap();
        }
        for text in ["pass", "fail", "inconclusive"] {
            word::<Verdict>(text).unwrap();
        }
        for text in ["continue", "stay", "hold", "roll-back", "step-down", "promote"] {
            word::<JudgementAction>(text).unwrap();
        }
        assert_eq!(word::<RolloutState>("lost").unwrap_err().code, "row-unreadable");
    }
}
