//! A run as people read it, a line a fact.
//!
//! Invariant: what is written here depends on the facts alone, so that two runs of one seed can be compared by it.

use tidegate_domain::rollout::RolloutEvent;
use tidegate_domain::slot::SlotEvent;
use tidegate_ports::Serving;

use crate::fact::{Arrival, Call, Control, Fact};
use crate::shadow::Event;

pub fn line(now_ms: u64, step: u64, fact: &Fact) -> Option<String> {
    let text = match fact {
        Fact::Appended { .. } => return None,
        Fact::Recorded(record) => {
            let entry = &record.entry;
            format!("{:>4} {} · {} ({})", entry.position, entry.stream, event(&record.event), entry.actor)
        }
        Fact::Ensured(ensured) => format!(
            "     target {}{} {} × {}{} → ready {}{}",
            ensured.slot,
            call(ensured.call),
            ensured.replicas,
            ensured.version,
            refused(ensured.accepted, ensured.generation),
            ensured.truly_ready.len(),
            if ensured.stopped.is_empty() { String::new() } else { format!(", stops {:?}", ensured.stopped) },
        ),
        Fact::Looked(looked) => {
            let ready =
                looked.truly_ready.iter().map(|(version, ready)| format!("{version} ready {}", ready.len()));
            let ready = ready.collect::<Vec<_>>().join(", ");
            format!("     target {}{} is looked at: {ready}", looked.slot, call(looked.call))
        }
        Fact::Routed(routed) => format!(
            "     router {}{} {}{}",
            routed.intent.slot,
            call(routed.call),
            serving(&routed.intent.serving),
            refused(routed.accepted, routed.generation),
        ),
        Fact::Drifted { slot } => format!("     router {slot} was changed by somebody else"),
        Fact::Told { by, notice } => format!("     plane-{by} tells {}", notice.text),
        Fact::Answered(answered) => {
            format!("     {} try {} → {:?}", answered.actor, answered.attempt, answered.answer)
        }
        Fact::Tested(tested) => format!(
            "     plane-{} asks {} of {} {} {:?}: {:?}",
            tested.by,
            tested.question.test.name,
            tested.question.slot,
            tested.question.version,
            tested.question.phase,
            tested.verdict
        ),
        Fact::Control { process, what: Control::Faulted { stream, why } } => {
            format!("     plane-{process} {stream}: {why}")
        }
        Fact::Control { process, what } => format!("==== plane-{process} {what:?}"),
        Fact::Weather(what) => format!("==== {what}"),
    };
    Some(format!("{:>9.3} {step:>6} {text}", now_ms as f64 / 1_000.0))
}

fn call(call: Call) -> String {
    let arrival = match call.arrival {
        Arrival::InTime => "",
        Arrival::Late => " LATE",
        Arrival::Again => " AGAIN",
    };
    format!(" plane-{}{arrival}", call.by)
}

fn refused(accepted: bool, generation: tidegate_ports::Generation) -> String {
    format!(" [{generation}]{}", if accepted { "" } else { " REFUSED" })
}

fn serving(serving: &Serving) -> String {
    match serving {
        Serving::Offline { reason } => format!("offline ({reason})"),
        Serving::Split(backends) => {
            let shares =
                backends.iter().map(|b| format!("{} {} on {}", b.version, b.weight, b.endpoints.len()));
            shares.collect::<Vec<_>>().join(" + ")
        }
    }
}

fn event(event: &Event) -> String {
    match event {
        Event::Catalog(_) => "catalog.applied".to_owned(),
        Event::Other => "something else".to_owned(),
        Event::Release(event) => format!("{event:?}"),
        Event::Flag(event) => format!("{event:?}"),
        Event::Slot(SlotEvent::Promoted { rollout, stable, .. }) => {
            format!("Promoted {} by {rollout}", stable.version())
        }
        Event::Slot(event) => format!("{event:?}"),
        Event::Rollout(RolloutEvent::Started { plan, waiting_for, .. }) => {
            let legs = plan.legs.iter().map(|leg| {
                let stable = leg.stable.as_ref().map_or("nothing".to_owned(), |s| s.version().to_string());
                let name = &leg.candidate.component.name;
                format!("{name} {stable} → {} × {}", leg.candidate.version(), leg.candidate.replicas)
            });
            let legs = legs.collect::<Vec<_>>().join(", ");
            format!(
                "Started {} of {} in {}: {legs} (waits for {waiting_for:?})",
                plan.strategy, plan.release, plan.environment
            )
        }
        Event::Rollout(RolloutEvent::Judged { leg, judgement }) => {
            format!(
                "Judged leg {leg}: {:?} {:?} ({})",
                judgement.verdict, judgement.action, judgement.explanation
            )
        }
        Event::Rollout(RolloutEvent::Seen { observation }) => {
            let route = observation
                .route
                .as_ref()
                .map(|route| (route.traffic.candidate().basis_points(), route.as_set));
            format!(
                "Seen leg {}: candidate {}/{} stable {}/{} route {route:?}",
                observation.leg,
                observation.candidate.ready_count(),
                observation.candidate.instances,
                observation.stable.ready_count(),
                observation.stable.instances,
            )
        }
        Event::Rollout(event) => format!("{event:?}"),
    }
}
