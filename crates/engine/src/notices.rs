//! What is worth telling people about a rollout, and about a plan.
//!
//! Invariant: the same fact has the same id, so it is told once, also across restarts.

use tidegate_domain::moment::Moment;
use tidegate_domain::release_plan::{Phase, PlanEvent, ReleasePlan};
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
        | RolloutEvent::SmokeTested { .. }
        | RolloutEvent::Confirmed { .. }
        | RolloutEvent::Resumed { .. }
        | RolloutEvent::GatesOpened
        | RolloutEvent::Skipped { .. }
        | RolloutEvent::Promoted { .. }
        | RolloutEvent::LegPromoted { .. }
        | RolloutEvent::PointOfNoReturn { .. }
        | RolloutEvent::Paced { .. }
        | RolloutEvent::ShareLowered { .. }
        | RolloutEvent::LegReturned { .. }
        | RolloutEvent::FaultSeen { .. } => None,
    }
}

/// What people of a plan wait for: a candidate, the final call, a hold, and where a rollout brought it.
pub(crate) fn of_plan(plan: &ReleasePlan, event: &PlanEvent, at: Moment) -> Option<Notice> {
    let version = &plan.version;
    let because = |note: &str| if note.is_empty() { String::new() } else { format!(": {note}") };
    let (topic, text) = match event {
        PlanEvent::Moved { to: Phase::Candidate, candidate: Some(candidate), .. } => {
            let text =
                format!("rc.{} of {version} is there to decide on: {}", candidate.number, candidate.release);
            ("candidate", text)
        }
        PlanEvent::Called { choice, candidate, said, .. } => {
            let (by, why) = (&said.by, because(&said.note));
            ("called", format!("{by} says {} to rc.{candidate} of {version}{why}", choice.word()))
        }
        PlanEvent::Held { said } => {
            ("on-hold", format!("{version} is put on hold by {}{}", said.by, because(&said.note)))
        }
        PlanEvent::Resumed { said } => ("resumed", format!("{version} goes on, says {}", said.by)),
        PlanEvent::Followed { to, environment, said, .. } => {
            ("followed", format!("{version} is {to} by its rollout in {environment}{}", because(&said.note)))
        }
        PlanEvent::Written { .. }
        | PlanEvent::Moved { .. }
        | PlanEvent::Triaged { .. }
        | PlanEvent::Adopted { .. }
        | PlanEvent::Marked { .. }
        | PlanEvent::Voted { .. }
        | PlanEvent::LookedBack { .. } => return None,
    };
    let body = serde_json::json!({ "plan": version, "topic": topic });
    // Of one instant and topic there is one for each plan: acts are one in a transaction.
    let id = format!("plan/{version}/{topic}-{}", at.steady.0);
    Some(Notice { id, topic: topic.to_owned(), at, text, body: body.to_string() })
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
