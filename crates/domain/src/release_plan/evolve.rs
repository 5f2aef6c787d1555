//! A plan's history folded to how it stands.
//!
//! Invariant: total: what was recorded is never refused. Deliberately not here: deciding.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_plan::document::Plan;

use super::{
    Call, Candidate, Choice, Mark, Phase, PlanEvent, ReleasePlan, Run, Said, StepRun, StepState, Triaged,
    Vote, named,
};

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
            files: BTreeMap::new(),
            revisions: BTreeMap::new(),
            triage: BTreeMap::new(),
            votes: BTreeMap::new(),
            call: None,
            steps: BTreeMap::new(),
            looked_back: None,
            frozen_ms: None,
        });
    };
    let before = plan.may_date(event).then(|| plan.stamps());
    match event {
        PlanEvent::Written { document, said, .. } => plan.write(document, said),
        PlanEvent::Moved { to, candidate, said } => plan.bring((*to, candidate.as_ref()), said),
        PlanEvent::Followed { to, said, .. } => plan.bring((*to, None), said),
        PlanEvent::Held { said } => plan.hold = Some(said.clone()),
        PlanEvent::Resumed { .. } => plan.hold = None,
        &PlanEvent::Triaged { ref item, decision, severity, fix_risk, late, ref said } => {
            let triaged = Triaged { decision, severity, fix_risk, late, said: said.clone() };
            named::triaged(Arc::make_mut(&mut plan.document), item, &triaged);
            plan.triage.insert(item.clone(), triaged);
        }
        PlanEvent::Adopted { item, .. } => {
            Arc::make_mut(&mut plan.document).scope.push((**item).clone());
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
        PlanEvent::LookedBack { words, said } => {
            plan.looked_back = Some((Arc::new((**words).clone()), said.clone()));
        }
    }
    if let Some(before) = before {
        plan.count_changes(&before);
    }
    Some(plan)
}

impl ReleasePlan {
    /// What was said about entries stays while they stand as it was said.
    fn write(&mut self, document: &Plan, said: &Said) {
        let (before, now) = (named::entries(&self.document), named::entries(document));
        self.marks.retain(|key, _| now.contains_key(key) && now.get(key) == before.get(key));
        self.runs.retain(|case, _| now.contains_key(&format!("case/{case}")));
        self.steps.retain(|step, _| now.contains_key(step));
        let decision =
            |id: &str| document.scope.iter().find(|item| item.id == id).and_then(|item| item.decision);
        self.triage.retain(|item, triaged| decision(item) == Some(triaged.decision));
        self.document = Arc::new(document.clone());
        self.written = said.clone();
    }

    fn bring(&mut self, (to, candidate): (Phase, Option<&Candidate>), said: &Said) {
        let frozen = to.is_frozen() || to == Phase::Released;
        self.frozen_ms = frozen.then(|| self.frozen_ms.unwrap_or(said.at_ms));
        self.phase = to;
        self.moved = said.clone();
        if let Some(candidate) = candidate {
            self.candidate = Some(candidate.clone());
            self.votes.clear();
        }
    }

    fn mark(&mut self, mark: &Mark, said: &Said) {
        if let Mark::File { case, file } = mark {
            if let Some(run) = self.runs.get_mut(case) {
                run.files.push(file.clone());
            }
            self.files.insert(file.digest.clone(), file.clone());
            return;
        }
        named::apply(Arc::make_mut(&mut self.document), mark, said);
        self.marks.insert(mark.key(), said.clone());
        if let Mark::Case { case, outcome } = mark {
            let candidate = self.candidate_number();
            let run = Run { outcome: *outcome, candidate, files: Vec::new(), said: said.clone() };
            self.runs.insert(case.clone(), run);
        }
        if let Mark::Step { state, .. } = mark {
            let run = self.steps.entry(mark.key()).or_default();
            match state {
                // Begun again, what was done before counts no more.
                StepState::Started => *run = StepRun { started: Some(said.clone()), done: None },
                StepState::Done => run.done = Some(said.clone()),
            }
        }
    }
}
