//! What may be done to a plan.
//!
//! Invariant: pure. Whoever votes is named by the plan, whoever calls is the one person it names for that, and the call is about
//! what stands now. Deliberately not here: which right each act takes (the server's table).

use tidegate_plan::document::{Plan, ScopeItem, check};
use tidegate_plan::retrospective::{Words, check_words};
use tidegate_plan::triage::triage;

use super::{
    Candidate, Choice, Judged, Mark, Phase, PlanAsking, PlanCommand, PlanEvent, PlanRefusal, ReleasePlan,
    Said, Seen, Wanted, named, plans_of,
};
use crate::name::Version;

/// As JSON.
pub const DOCUMENT_BYTES_MAX: usize = 256 << 10;
pub(super) const NOTE_CHARS_MAX: usize = 10_000;

impl PlanAsking<'_> {
    fn said(&self) -> Said {
        Said { by: self.by.to_owned(), at_ms: self.at_ms, note: self.note.trim().to_owned() }
    }
}

/// `version` is the plan that is meant, whether or not it is there.
pub fn decide(
    state: Option<&ReleasePlan>,
    version: &Version,
    command: PlanCommand,
    asking: &PlanAsking<'_>,
) -> Result<Vec<PlanEvent>, PlanRefusal> {
    let most = NOTE_CHARS_MAX;
    if asking.note.chars().count() > most {
        return Err(PlanRefusal::NoteTooLong { most });
    }
    match (state, command) {
        (None, PlanCommand::Write { document }) => {
            fits(&document)?;
            Ok(vec![PlanEvent::Written { version: version.clone(), document, said: asking.said() }])
        }
        // A release without a plan goes without one.
        (None, PlanCommand::Follow(_)) => Ok(Vec::new()),
        (None, _) => Err(PlanRefusal::Unknown { version: version.clone() }),
        (Some(plan), command) => plan.decide(command, asking),
    }
}

fn fits(document: &Plan) -> Result<(), PlanRefusal> {
    let bytes = serde_json::to_vec(document).map_or(usize::MAX, |text| text.len());
    if bytes > DOCUMENT_BYTES_MAX {
        return Err(PlanRefusal::TooLong { bytes, most: DOCUMENT_BYTES_MAX });
    }
    let problems = check(document);
    if problems.is_empty() { Ok(()) } else { Err(PlanRefusal::Unfit { problems }) }
}

impl ReleasePlan {
    fn decide(&self, command: PlanCommand, asking: &PlanAsking<'_>) -> Result<Vec<PlanEvent>, PlanRefusal> {
        let said = asking.said();
        match command {
            PlanCommand::Write { document } => self.rewrite(document, said),
            PlanCommand::Move { to, candidate, waiting } => self.step(to, (candidate, waiting), said),
            PlanCommand::Hold => {
                self.open()?;
                if said.note.is_empty() {
                    return Err(PlanRefusal::NoReason);
                }
                Ok(self.hold.is_none().then_some(PlanEvent::Held { said }).into_iter().collect())
            }
            PlanCommand::Resume => {
                // A release that is out may still be held.
                Ok(self.hold.is_some().then_some(PlanEvent::Resumed { said }).into_iter().collect())
            }
            PlanCommand::Triage { item, judged } => {
                self.open()?;
                let known = named::item(&self.document, &item)?;
                Ok(vec![self.judge(known, judged, said)?])
            }
            PlanCommand::Adopt { item, judged } => self.adopt(item, judged, said),
            PlanCommand::Mark(mark) => {
                if self.phase == Phase::Cancelled {
                    return Err(self.over());
                }
                named::marked(&self.document, &mark)?;
                if let Mark::File { case, file } = &mark {
                    return Ok(self
                        .attach(case, file)?
                        .map(|mark| PlanEvent::Marked { mark, said })
                        .into_iter()
                        .collect());
                }
                Ok(vec![PlanEvent::Marked { mark, said }])
            }
            PlanCommand::Vote { role, choice } => self.vote(role, choice, (asking, said)),
            PlanCommand::Call { choice, seen, now } => self.call(choice, (seen, &now), (asking, said)),
            PlanCommand::LookBack { words } => self.look_back(words, said),
            PlanCommand::Follow(turn) => Ok(self.follow(turn, said)),
        }
    }

    fn look_back(&self, words: Box<Words>, said: Said) -> Result<Vec<PlanEvent>, PlanRefusal> {
        let bytes = serde_json::to_vec(&words).map_or(usize::MAX, |text| text.len());
        if bytes > DOCUMENT_BYTES_MAX {
            return Err(PlanRefusal::TooLong { bytes, most: DOCUMENT_BYTES_MAX });
        }
        let problems = check_words(&words);
        if !problems.is_empty() {
            return Err(PlanRefusal::UnfitWords { problems });
        }
        let stands = self.looked_back.as_ref().is_some_and(|(known, _)| **known == *words);
        Ok((!stands).then_some(PlanEvent::LookedBack { words, said }).into_iter().collect())
    }

    /// The decision is that of triage, whoever filed the item.
    fn adopt(&self, item: Box<ScopeItem>, judged: Judged, said: Said) -> Result<Vec<PlanEvent>, PlanRefusal> {
        self.open()?;
        let id = item.id.clone();
        let triaged = self.judge(&item, judged, said.clone())?;
        let mut events = Vec::new();
        if !self.document.scope.iter().any(|known| known.id == id) {
            let mut document = (*self.document).clone();
            document.scope.push((*item).clone());
            fits(&document)?;
            events.push(PlanEvent::Adopted { item, said });
        }
        events.push(triaged);
        Ok(events)
    }

    /// Where nobody says what is done, the matrix does, and its reason stands where nobody gave one.
    fn judge(&self, item: &ScopeItem, judged: Judged, mut said: Said) -> Result<PlanEvent, PlanRefusal> {
        let late = self.phase.is_frozen() || self.late_since_ms(said.at_ms).is_some();
        if late && said.note.is_empty() {
            return Err(PlanRefusal::NoReason);
        }
        let severity = judged.severity.or(item.severity);
        let fix_risk = judged.fix_risk.or(item.fix_risk);
        let matrix = self.document.matrix();
        let advice = severity.zip(fix_risk).map(|(severity, risk)| triage(&matrix, severity, risk, late));
        let decision = match (judged.decision, advice) {
            (Some(decision), _) => decision,
            (None, Some(advice)) => {
                if said.note.is_empty() {
                    said.note = advice.why;
                }
                advice.decision
            }
            (None, None) => {
                return Err(PlanRefusal::Unjudged {
                    version: self.version.clone(),
                    item: item.id.clone(),
                    severity: severity.is_none(),
                    fix_risk: fix_risk.is_none(),
                });
            }
        };
        Ok(PlanEvent::Triaged { item: item.id.clone(), decision, severity, fix_risk, late, said })
    }

    fn rewrite(&self, document: Box<Plan>, said: Said) -> Result<Vec<PlanEvent>, PlanRefusal> {
        self.open()?;
        fits(&document)?;
        if *document == *self.document {
            return Ok(Vec::new());
        }
        if matches!(self.phase, Phase::Go | Phase::RollingOut) {
            return Err(PlanRefusal::Decided { version: self.version.clone(), phase: self.phase });
        }
        if self.phase.is_frozen() {
            let before = &*self.document;
            let what = if named::scope(&document) != named::scope(before) {
                Some("the scope")
            } else if document.components != before.components {
                Some("the components")
            } else if document.roles != before.roles {
                Some("who decides")
            } else {
                None
            };
            if let Some(what) = what {
                return Err(PlanRefusal::Frozen { version: self.version.clone(), what });
            }
        }
        Ok(vec![PlanEvent::Written { version: self.version.clone(), document, said }])
    }

    fn step(
        &self,
        to: Phase,
        (candidate, waiting): (Option<Wanted>, Vec<String>),
        said: Said,
    ) -> Result<Vec<PlanEvent>, PlanRefusal> {
        let version = self.version.clone();
        if !self.phase.steps().contains(&to) {
            return Err(PlanRefusal::NoStep { version, from: self.phase, to });
        }
        if to != Phase::Cancelled {
            self.running()?;
        }
        if self.phase.takes_reason(to) && said.note.is_empty() {
            return Err(PlanRefusal::NoReason);
        }
        if matches!(to, Phase::Frozen | Phase::Candidate) && to >= self.phase {
            let mut items = named::untriaged(&self.document);
            items.extend(waiting);
            if !items.is_empty() {
                return Err(PlanRefusal::Untriaged { version, items });
            }
        }
        let candidate = if to == Phase::Candidate { Some(self.next_candidate(candidate)?) } else { None };
        Ok(vec![PlanEvent::Moved { to, candidate, said }])
    }

    fn next_candidate(&self, wanted: Option<Wanted>) -> Result<Candidate, PlanRefusal> {
        self.not_stopped()?;
        let release = wanted.as_ref().map_or_else(|| self.version.clone(), |wanted| wanted.release.clone());
        if !plans_of(&release).contains(&self.version) {
            return Err(PlanRefusal::OtherRelease { version: self.version.clone(), release });
        }
        let artifacts = wanted.and_then(|wanted| wanted.artifacts);
        let artifacts = artifacts.ok_or_else(|| PlanRefusal::NoRelease { release: release.clone() })?;
        Ok(Candidate { number: self.candidate_number() + 1, release, artifacts })
    }

    fn vote(
        &self,
        role: String,
        choice: Choice,
        (asking, said): (&PlanAsking<'_>, Said),
    ) -> Result<Vec<PlanEvent>, PlanRefusal> {
        let known = named::role(&self.document, &role)?;
        if known.person.as_deref() != Some(asking.by) || !asking.is_person {
            let (by, person) = (asking.by.to_owned(), known.person.clone());
            return Err(PlanRefusal::NotYourVote { version: self.version.clone(), role, by, person });
        }
        self.running()?;
        self.is_candidate()?;
        if choice == Choice::NoGo && said.note.is_empty() {
            return Err(PlanRefusal::NoReason);
        }
        Ok(vec![PlanEvent::Voted { role, choice, said }])
    }

    fn call(
        &self,
        choice: Choice,
        (seen, now): (Seen, &Seen),
        (asking, said): (&PlanAsking<'_>, Said),
    ) -> Result<Vec<PlanEvent>, PlanRefusal> {
        let decider = named::decider(&self.document);
        if decider != Some(asking.by) || !asking.is_person {
            let (by, person) = (asking.by.to_owned(), decider.map(str::to_owned));
            return Err(PlanRefusal::NotYourCall { version: self.version.clone(), by, person });
        }
        self.running()?;
        self.is_candidate()?;
        if choice == Choice::Withdrawn {
            return Err(PlanRefusal::NoCall { version: self.version.clone() });
        }
        if seen != *now {
            return Err(PlanRefusal::Stale { version: self.version.clone(), changed: seen.changed(now) });
        }
        if choice == Choice::Go {
            self.not_stopped()?;
        }
        let against = self.votes.values().any(|vote| vote.choice == Choice::NoGo);
        if said.note.is_empty() && (choice == Choice::NoGo || against) {
            return Err(PlanRefusal::NoReason);
        }
        Ok(vec![PlanEvent::Called { choice, candidate: self.candidate_number(), seen, said }])
    }

    fn over(&self) -> PlanRefusal {
        PlanRefusal::Over { version: self.version.clone(), phase: self.phase }
    }

    fn open(&self) -> Result<(), PlanRefusal> {
        if self.is_over() { Err(self.over()) } else { Ok(()) }
    }

    fn running(&self) -> Result<(), PlanRefusal> {
        self.open()?;
        match &self.hold {
            Some(hold) => Err(PlanRefusal::Held {
                version: self.version.clone(),
                by: hold.by.clone(),
                why: hold.note.clone(),
            }),
            None => Ok(()),
        }
    }

    fn is_candidate(&self) -> Result<(), PlanRefusal> {
        if self.phase == Phase::Candidate {
            return Ok(());
        }
        Err(PlanRefusal::NoCandidate { version: self.version.clone(), phase: self.phase })
    }

    fn not_stopped(&self) -> Result<(), PlanRefusal> {
        let items = named::stopping(&self.document);
        if items.is_empty() {
            return Ok(());
        }
        Err(PlanRefusal::Stopped { version: self.version.clone(), items })
    }
}
