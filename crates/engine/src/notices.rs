//! What is worth telling people about a rollout.
//!
//! Invariant: the same fact has the same id, so it is told once, also across restarts.

use tidegate_domain::moment::Moment;
use tidegate_domain::rollout::{Rollout, RolloutEvent};
use tidegate_ports::Notice;

pub(crate) fn of_rollout(rollout: &Rollout, event: &RolloutEvent, at: Moment) -> Option<Notice> {
    let (release, environment) = (&rollout.plan.release, &rollout.plan.environment);
    let told = |topic: &str, text: String| {
        let body = serde_json::json!({
            "rollout": rollout.id, "release": release, "environment": environment, "topic": topic,
        });
        let (id, topic) = (format!("{}/{topic}", rollout.id), topic.to_owned());
        Notice { id, topic, at, text, body: body.to_string() }
    };
    match event {
        RolloutEvent::Began => Some(told("began", format!("{release} begins in {environment}"))),
        RolloutEvent::Succeeded => Some(told("succeeded", format!("{release} is live in {environment}"))),
        RolloutEvent::Returning { cause } => {
            Some(told("returning", format!("{release} goes back in {environment}: {cause}")))
        }
        RolloutEvent::RolledBack { cause } => {
            Some(told("rolled-back", format!("{release} was rolled back in {environment}: {cause}")))
        }
        RolloutEvent::Cancelled { cause } => {
            Some(told("cancelled", format!("{release} was cancelled in {environment}: {cause}")))
        }
        RolloutEvent::Held { by, reason } => {
            let topic = format!("held-{}", at.steady.0);
            Some(told(&topic, format!("{release} is held in {environment} by {by}: {reason}")))
        }
        RolloutEvent::GatesClosed { gates } => {
            let topic = format!("gates-closed-{}", at.steady.0);
            let why: Vec<_> = gates.iter().map(|gate| gate.why.as_str()).collect();
            Some(told(
                &topic,
                format!("{release} takes no step forward in {environment}: {}", why.join("; ")),
            ))
        }
        RolloutEvent::Alarmed { reason } => {
            let topic = format!("alarmed-{}", at.steady.0);
            Some(told(&topic, format!("{release} needs a person in {environment}: {reason}")))
        }
        RolloutEvent::Started { .. }
        | RolloutEvent::SlotGained { .. }
        | RolloutEvent::StepEntered { .. }
        | RolloutEvent::StageEntered { .. }
        | RolloutEvent::Seen { .. }
        | RolloutEvent::Judged { .. }
        | RolloutEvent::Confirmed { .. }
        | RolloutEvent::Resumed { .. }
        | RolloutEvent::GatesOpened
        | RolloutEvent::Skipped { .. }
        | RolloutEvent::Promoted { .. }
        | RolloutEvent::LegPromoted { .. }
        | RolloutEvent::Paced { .. }
        | RolloutEvent::ShareLowered { .. }
        | RolloutEvent::LegReturned { .. }
        | RolloutEvent::FaultSeen { .. } => None,
    }
}

impl crate::Engine {
    /// Sends what waits in the outbox, oldest first; what fails stays there for the next time.
    pub async fn send_notices(&self) -> Result<usize, tidegate_ports::Fault> {
        let waiting = self.store.unsent(100).await?;
        for notice in &waiting {
            self.world.notifier.notify(notice).await?;
            self.store.sent(&notice.id).await?;
        }
        Ok(waiting.len())
    }
}
