//! A plan's history folded to how it stands.
//!
//! Invariant: total: what was recorded is never refused. Deliberately not here: deciding.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_plan::document::Plan;

use super::{Call, Candidate, Choice, Mark, Phase, PlanEvent, ReleasePlan, Run, Said, Triaged, Vote, named};
/// The first event is the first writing.
pub fn evolve(state: Option<ReleasePlan>, event: &PlanEvent) -> Option<ReleasePlan> {
    let Some(mut plan) = state else {
        let PlanEvent::Written { version, document, said } = event else { return None };
        return Some(ReleasePlan {
            version: version.clone(),
            document: Arc::new((**document).clone()),
            written: said.clone(),
            phase: Phase::Draft,
            moved: said.clone(),
            hold: None,
            candidate: None,
            marks: BTreeMap::new(),
            runs: BTreeMap::new(),
            triage: BTreeMap::new(),
            votes: BTreeMap::new(),
            call: None,
        });
    };
    match event {
        PlanEvent::Written { document, said, .. } => plan.write(document, said),
        PlanEvent::Moved { to, candidate, said } => plan.bring((*to, candidate.as_ref()), said),
        PlanEvent::Followed { to, said, .. } => plan.bring((*to, None), said),
        PlanEvent::Held { said } => plan.hold = Some(said.clone()),
        PlanEvent::Resumed { .. } => plan.hold = None,
        PlanEvent::Triaged { item, decision, late, said } => {
            named::triaged(Arc::make_mut(&mut plan.document), item, *decision);
            let triaged = Triaged { decision: *decision, late: *late, said: said.clone() };
            plan.triage.insert(item.clone(), triaged);
        }
        PlanEvent::Marked { mark, said } => plan.mark(mark, said),
        PlanEvent::Voted { role, choice: Choice::Withdrawn, .. } => {
            plan.votes.remove(role);
        }
        PlanEvent::Voted { role, choice, said } => {
            plan.votes.insert(role.clone(), Vote { choice: *choice, said: said.clone() });
        }
        PlanEvent::Called { choice, candidate, seen, said } => {
            let (seen, said) = (seen.clone(), said.clone());
            plan.bring((if *choice == Choice::Go { Phase::Go } else { Phase::Frozen }, None), &said);
            plan.call = Some(Call { choice: *choice, candidate: *candidate, seen, said });
        }
    }
    Some(plan)
}

impl ReleasePlan {
    /// What was said about entries stays while they stand as it was said.
    fn write(&mut self, document: &Plan, said: &Said) {
        let (before, now) = (named::entries(&self.document), named::entries(document));
        self.marks.retain(|key, _| now.contains_key(key) && now.get(key) == before.get(key));
        self.runs.retain(|case, _| now.contains_key(&format!("case/{case}")));
        let decision =
            |id: &str| document.scope.iter().find(|item| item.id == id).and_then(|item| item.decision);
        self.triage.retain(|item, triaged| decision(item) == Some(triaged.decision));
        self.document = Arc::new(document.clone());
        self.written = said.clone();
    }

    fn bring(&mut self, (to, candidate): (Phase, Option<&Candidate>), said: &Said) {
        self.phase = to;
        self.moved = said.clone();
        if let Some(candidate) = candidate {
            self.candidate = Some(candidate.clone());
            self.votes.clear();
        }
    }

    fn mark(&mut self, mark: &Mark, said: &Said) {
        named::apply(Arc::make_mut(&mut self.document), mark, said);
        self.marks.insert(mark.key(), said.clone());
        if let Mark::Case { case, outcome } = mark {
            let run = Run { outcome: *outcome, candidate: self.candidate_number(), said: said.clone() };
            self.runs.insert(case.clone(), run);
        }
    }
}
