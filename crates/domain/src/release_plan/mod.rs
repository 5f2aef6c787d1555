//! The life of a release's plan: what it says, who marked what, how people voted, and the one call that lets it go.
//!
//! Invariant: `Go` is reached by the final call of the person whom the plan names and by nothing else, `RollingOut` and `Released`
//! by rollouts and by nothing else, and a hold ends by a person's word. Deliberately not here: what a plan may say and
//! what follows from it (`tidegate-plan`), gates (`gate`), and which right each act takes (the server).

mod command;
mod dated;
mod decide;
mod event;
mod evolve;
mod files;
mod named;
mod phase;
mod refusal;
mod seen;
mod standing;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidegate_plan::document::{Decision, FixRisk, Plan, Severity};
use tidegate_plan::retrospective::Words;

pub use command::{Judged, PlanAsking, PlanCommand, Wanted};
pub use dated::{Dated, When};
pub use decide::{DOCUMENT_BYTES_MAX, decide};
pub use event::{CaseFile, CaseOutcome, Choice, Mark, PlanEvent, Said, StepState};
pub use evolve::evolve;
pub use files::{FILE_BYTES_MAX, FILES_MAX};
pub use phase::Phase;
pub use refusal::PlanRefusal;
pub use seen::{PARTS, Seen};
pub(crate) use turn::turn;
pub use turn::{Turn, What};

use crate::name::Version;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePlan {
    pub version: Version,
    /// As it stands: what was written, with everything that was marked since.
    pub document: Arc<Plan>,
    pub written: Said,
    pub phase: Phase,
    /// Who brought it there.
    pub moved: Said,
    pub hold: Option<Said>,
    /// The newest one, also once it was turned down.
    pub candidate: Option<Candidate>,
    /// Who marked what last; an entry that the document no longer holds has none.
    pub marks: BTreeMap<String, Said>,
    /// The last run of each manual case.
    pub runs: BTreeMap<String, Run>,
    /// By digest, every file of a run, also of those that were run again since.
    pub files: BTreeMap<String, CaseFile>,
    /// How often each entry with a date was changed, by its name in calendars.
    pub revisions: BTreeMap<String, u32>,
    pub triage: BTreeMap<String, Triaged>,
    /// Of this candidate, by role.
    pub votes: BTreeMap<String, Vote>,
    /// The last one, of this candidate or one before.
    pub call: Option<Call>,
    /// How far each step of a runbook is, by the key of its mark.
    pub steps: BTreeMap<String, StepRun>,
    /// What people said looking back, and who said it last.
    pub looked_back: Option<(Arc<Words>, Said)>,
    /// Since when nothing should change any more; none before the freeze.
    pub frozen_ms: Option<u64>,
}

/// A step of a runbook: who began it, and who brought it to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepRun {
    pub started: Option<Said>,
    pub done: Option<Said>,
}

/// A release that could go out by this plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// rc.1, rc.2 …
    pub number: u32,
    pub release: Version,
    /// SHA-256 over its components' versions and digests.
    pub artifacts: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub outcome: CaseOutcome,
    /// On which candidate; 0 where there was none yet.
    pub candidate: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<CaseFile>,
    pub said: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triaged {
    pub decision: Decision,
    /// By which it was decided, where anybody has said.
    pub severity: Option<Severity>,
    pub fix_risk: Option<FixRisk>,
    /// After the scope was frozen.
    pub late: bool,
    pub said: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    pub choice: Choice,
    pub said: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub choice: Choice,
    pub candidate: u32,
    pub seen: Seen,
    pub said: Said,
}

impl ReleasePlan {
    /// `on-hold` hides where it stands, but for its end; what it is held from stands beside it.
    pub fn word(&self) -> &'static str {
        let holds = self.hold.is_some() && self.phase != Phase::Cancelled;
        if holds { "on-hold" } else { self.phase.word() }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Released | Phase::Cancelled)
    }

    /// Since when changes are late: since it was frozen, or since the day that the document names, whichever was first.
    pub fn late_since_ms(&self, now_ms: u64) -> Option<u64> {
        let named = self.document.freeze_ms().filter(|freeze_ms| *freeze_ms <= now_ms);
        named.into_iter().chain(self.frozen_ms).min()
    }

    /// Of its candidate, or 0.
    pub fn candidate_number(&self) -> u32 {
        self.candidate.as_ref().map_or(0, |candidate| candidate.number)
    }

    /// The final call by which it stands where it does; none before somebody made it, and none once it was taken back.
    pub fn go(&self) -> Option<&Call> {
        let gone = matches!(self.phase, Phase::Go | Phase::RollingOut | Phase::Released);
        let counts = |call: &&Call| call.choice == Choice::Go && call.candidate == self.candidate_number();
        self.call.as_ref().filter(|_| gone).filter(counts)
    }

    /// Whether a manual case has passed on the candidate as it is.
    pub fn has_passed(&self, case: &str) -> bool {
        let counts =
            |run: &Run| run.outcome == CaseOutcome::Passed && run.candidate == self.candidate_number();
        self.candidate.is_some() && self.runs.get(case).is_some_and(counts)
    }

    /// Whether a release goes out by this plan: it has its version, or is the candidate.
    pub fn is_about(&self, release: &Version) -> bool {
        match &self.candidate {
            Some(candidate) => candidate.release == *release,
            None => self.version == *release,
        }
    }
}

/// The plan by which a release goes: its own, or, of `2.1.0-rc.2`, that of `2.1.0`.
pub fn plans_of(release: &Version) -> Vec<Version> {
    let core = release.as_str().split_once('-').and_then(|(core, _)| Version::new(core).ok());
    std::iter::once(release.clone()).chain(core).collect()
}
