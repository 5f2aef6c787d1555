//! What happened to the plan itself: its phases, the votes, the call, and what people marked.

use tidegate_domain::release_plan::{CaseOutcome, Choice, Mark, Phase, PlanEvent, Said, StepState};
use tidegate_plan::document::{ActivityState, Decision, RiskState};

use super::{Record, because};

/// Since when somebody is waited for.
#[derive(Default)]
pub(super) struct Reading {
    written: u32,
    candidate_since: Option<u64>,
    held_since: Option<u64>,
}

impl Reading {
    pub fn take(&mut self, event: &PlanEvent, record: &mut Record) {
        let (what, said) = match event {
            PlanEvent::Written { said, .. } => {
                self.written += 1;
                let what = if self.written == 1 { "the plan was written" } else { "the plan was changed" };
                (format!("{what}{}", because(&said.note)), said)
            }
            PlanEvent::Moved { to, candidate, said } => {
                self.candidate_since = candidate.as_ref().map(|_| said.at_ms);
                let is = candidate.as_ref();
                let is = is.map_or_else(String::new, |it| format!(": rc.{} is {}", it.number, it.release));
                (format!("the plan became {to}{is}{}", because(&said.note)), said)
            }
            // Its rollout tells it in its own words; what the plan adds is that it went without a go, or came back.
            PlanEvent::Followed { to, said, .. } => {
                if *to != Phase::Candidate {
                    self.candidate_since = None;
                }
                (format!("the plan followed to {to}{}", because(&said.note)), said)
            }
            PlanEvent::Held { said } => {
                self.held_since = Some(said.at_ms);
                (format!("put on hold{}", because(&said.note)), said)
            }
            PlanEvent::Resumed { said } => {
                if let Some(since) = self.held_since.take() {
                    record.wait("on-hold", "plan", said.at_ms.saturating_sub(since));
                }
                (format!("resumed{}", because(&said.note)), said)
            }
            PlanEvent::Triaged { item, decision, late, said, .. } => {
                if !late && *decision != Decision::StopRelease {
                    return;
                }
                let late = if *late { ", after the freeze" } else { "" };
                (format!("{item}: {}{late}{}", decision.word(), because(&said.note)), said)
            }
            PlanEvent::Marked { mark, said } => {
                let Some(what) = marked(mark, said) else { return };
                (what, said)
            }
            PlanEvent::Voted { role, choice, said } => {
                (format!("vote of {role}: {}{}", choice.word(), because(&said.note)), said)
            }
            PlanEvent::Called { choice, candidate, said, .. } => {
                if let Some(since) = self.candidate_since.take() {
                    record.wait("go-no-go", "plan", said.at_ms.saturating_sub(since));
                }
                let call = if *choice == Choice::Go { "go" } else { "no-go" };
                (format!("the final call on rc.{candidate}: {call}{}", because(&said.note)), said)
            }
            // The decision that follows tells of what came in.
            PlanEvent::Adopted { .. } | PlanEvent::LookedBack { .. } => return,
        };
        record.line(said.at_ms, Some(&said.by), what);
    }
}

/// Ticks, and what is as it was to be, would drown the rest.
fn marked(mark: &Mark, said: &Said) -> Option<String> {
    let note = because(&said.note);
    Some(match mark {
        Mark::Activity { activity, state } => {
            let how = match state {
                ActivityState::Done => "done",
                ActivityState::Cancelled => "cancelled",
                ActivityState::Open | ActivityState::UnderWay => return None,
            };
            format!("activity {activity} was {how}{note}")
        }
        Mark::Case { case, outcome } => {
            let how = match outcome {
                CaseOutcome::Passed => return None,
                CaseOutcome::Failed => "failed",
                CaseOutcome::Blocked => "could not be run",
            };
            format!("manual test {case} {how}{note}")
        }
        Mark::Risk { risk, state } => {
            let how = match state {
                RiskState::Occurred => "occurred",
                RiskState::Closed => "is over",
                RiskState::Open => "is open again",
            };
            format!("risk {risk} {how}{note}")
        }
        Mark::Step { risk, step, state } => {
            let of = risk.as_ref().map_or_else(String::new, |risk| format!(" against {risk}"));
            let how = match state {
                StepState::Started => "was started",
                StepState::Done => "was done",
            };
            format!("runbook step {step}{of} {how}{note}")
        }
        Mark::Meeting { meeting } => format!("meeting {meeting}{note}"),
        Mark::Item { .. } | Mark::Action { .. } | Mark::Scope { .. } | Mark::File { .. } => return None,
    })
}
