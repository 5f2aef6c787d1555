//! A release: a named, frozen set of component versions, and how far it has come.
//!
//! Invariant: its artifacts never change after it was created; an environment it was rolled back from stays barred to
//! automation until a person allows it. Deliberately not here: plans, notes and gates (they come with governance).

mod commits;
mod notes;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tidegate_evidence::Waiver;

pub use commits::{COMMITS_MAX, Commits, ReleaseCommit};
pub use notes::NotesRecord;
pub use refusal::ReleaseRefusal;

use crate::component::{Artifact, Source};
use crate::gate::{ChangeType, Choice, GateAnswer, Override, Vote};
use crate::id::RolloutId;
use crate::name::{ComponentName, EnvironmentName, GateName, PersonName, Version};
use crate::pipeline::{PipelineSpec, Promotion, StageSpec};
use crate::review::{Owed, Review, ReviewRefusal};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ReleaseKind {
    #[default]
    Planned,
    /// An urgent fix: it may take over from a rollout that waits for a person.
    Hotfix,
}

impl ReleaseKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Hotfix => "hotfix",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    pub version: Version,
    pub kind: ReleaseKind,
    pub components: BTreeMap<ComponentName, Artifact>,
    pub notes: Vec<String>,
    pub author: String,
    /// What is new in it, by who wrote it when: lead times are measured from there.
    #[serde(default, skip_serializing_if = "Commits::is_empty")]
    pub commits: Commits,
    pub standings: BTreeMap<EnvironmentName, Standing>,
    /// How much consent it needs.
    #[serde(default)]
    pub change: ChangeType,
    /// What people said at its gates, in the order they said it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub votes: BTreeMap<EnvironmentName, Vec<Vote>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<EnvironmentName, Vec<Override>>,
    /// Reports about its artifacts, in the order they came; what they hold stands beside the log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// The last news of each gate that asks another system; whether it still counts stands beside the log.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<EnvironmentName, BTreeMap<GateName, GateAnswer>>,
    /// Rollouts that were those of an emergency at some time on their way.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub emergencies: BTreeSet<RolloutId>,
    /// What those owe that have ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Owed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_notes: Option<NotesRecord>,
}

/// How a release stands in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Standing {
    Underway {
        rollout: RolloutId,
    },
    Verified {
        rollout: RolloutId,
    },
    /// Gone back, by whatever cause. Automation does not bring it here again until a person has allowed it; where it is
    /// barred, a promotion does not either.
    GoneBack {
        rollout: RolloutId,
        reason: String,
        barred: bool,
        allowed: bool,
    },
}

/// A report about an artifact of the release, as far as the log tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// SHA-256 of its bytes and of what it is for, hexadecimal.
    pub id: String,
    pub format: String,
    pub tool: String,
    pub name: String,
    /// The kind of gate it is for, where its uploader said.
    pub gate: Option<String>,
    /// Of the artifact it was bound to, where its uploader said.
    pub artifact: Option<String>,
    /// SHA-256 of the report as it was read and is kept, so that a change of it is seen.
    pub kept: String,
    pub findings: u64,
    pub at_ms: u64,
    /// The file itself, where it is kept beside the log and can be had again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<KeptFile>,
}

/// SHA-256 of its bytes, hexadecimal, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    pub digest: String,
    pub bytes: u64,
    /// Whose it is: read by who may look there.
    pub environment: EnvironmentName,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ReleaseEvent {
    Created {
        version: Version,
        kind: ReleaseKind,
        components: BTreeMap<ComponentName, Artifact>,
        notes: Vec<String>,
        author: String,
    },
    Entered {
        environment: EnvironmentName,
        rollout: RolloutId,
    },
    Verified {
        environment: EnvironmentName,
        rollout: RolloutId,
    },
    WentBack {
        environment: EnvironmentName,
        rollout: RolloutId,
        reason: String,
        barred: bool,
    },
    Allowed {
        environment: EnvironmentName,
    },
    /// It is of another kind of change than a normal one.
    ChangeTyped {
        change: ChangeType,
    },
    /// Somebody said yes or no at a gate, or took their word back.
    Voted {
        environment: EnvironmentName,
        vote: Vote,
    },
    EvidenceAdded {
        evidence: EvidenceRecord,
    },
    Waived {
        waiver: Waiver,
    },
    /// Let through a freeze, or outside of its windows.
    Overridden {
        environment: EnvironmentName,
        pass: Override,
    },
    /// A rollout of it as an emergency has ended, and somebody has to look back at it.
    ReviewOwed {
        environment: EnvironmentName,
        rollout: RolloutId,
        ended_ms: u64,
        due_ms: u64,
    },
    Reviewed {
        rollout: RolloutId,
        review: Review,
    },
    /// Another system answered at a gate otherwise than before, or no longer answers.
    GateAnswered {
        environment: EnvironmentName,
        answer: GateAnswer,
    },
    /// Components that had no content got their artifacts.
    Completed {
        components: BTreeMap<ComponentName, Artifact>,
    },
    CommitsListed {
        commits: Commits,
    },
    NotesWritten {
        notes: NotesRecord,
    },
}

impl ReleaseEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "release.created",
            Self::Entered { .. } => "release.entered",
            Self::Verified { .. } => "release.verified",
            Self::WentBack { .. } => "release.went-back",
            Self::Allowed { .. } => "release.allowed",
            Self::ChangeTyped { .. } => "release.change-typed",
            Self::Voted { .. } => "release.voted",
            Self::EvidenceAdded { .. } => "release.evidence-added",
            Self::Waived { .. } => "release.waived",
            Self::Overridden { .. } => "release.overridden",
            Self::ReviewOwed { .. } => "release.review-owed",
            Self::Reviewed { .. } => "release.reviewed",
            Self::GateAnswered { .. } => "release.gate-answered",
            Self::Completed { .. } => "release.completed",
            Self::CommitsListed { .. } => "release.commits-listed",
            Self::NotesWritten { .. } => "release.notes-written",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum ReleaseCommand {
    Create {
        version: Version,
        kind: ReleaseKind,
        components: BTreeMap<ComponentName, Artifact>,
        notes: Vec<String>,
        author: String,
    },
    /// Its notes; also after it was released.
    WriteNotes {
        notes: NotesRecord,
    },
    /// What is new in it; as long as it has been nowhere.
    ListCommits {
        commits: Vec<ReleaseCommit>,
    },
    /// A rollout of it begins; `by_person` passes the bar.
    Enter {
        environment: EnvironmentName,
        rollout: RolloutId,
        by_person: bool,
    },
    Verify {
        environment: EnvironmentName,
        rollout: RolloutId,
    },
    GoBack {
        environment: EnvironmentName,
        rollout: RolloutId,
        reason: String,
        barred: bool,
    },
    /// A person lifts the bar: automation may bring it there again, once.
    Allow {
        environment: EnvironmentName,
    },
    SetChange {
        change: ChangeType,
    },
    Vote {
        environment: EnvironmentName,
        vote: Vote,
    },
    Override {
        environment: EnvironmentName,
        pass: Override,
    },
    AddEvidence {
        evidence: EvidenceRecord,
    },
    Waive {
        waiver: Waiver,
    },
    OweReview {
        environment: EnvironmentName,
        rollout: RolloutId,
        ended_ms: u64,
        due_ms: u64,
    },
    /// Of what has been owed there the longest.
    Review {
        environment: EnvironmentName,
        review: Review,
    },
    /// What another system said; only news are written.
    Answer {
        environment: EnvironmentName,
        answer: GateAnswer,
    },
}

const COMPONENTS_MAX: usize = 200;
/// At all gates of one environment.
const VOTES_MAX: usize = 1_000;
pub const EVIDENCE_MAX: usize = 500;

pub fn decide(state: Option<&Release>, command: ReleaseCommand) -> Result<Vec<ReleaseEvent>, ReleaseRefusal> {
    match (state, command) {
        (None, ReleaseCommand::Create { version, kind, components, notes, author }) => {
            if components.is_empty() {
                return Err(ReleaseRefusal::Empty { version });
            }
            if components.len() > COMPONENTS_MAX {
                return Err(ReleaseRefusal::TooLarge { version, most: COMPONENTS_MAX });
            }
            Ok(vec![ReleaseEvent::Created { version, kind, components, notes, author }])
        }
        (Some(release), ReleaseCommand::Create { version, kind, components, notes, author }) => {
            let known = release.kind == kind && release.notes == notes;
            match release.completed_by(components).filter(|_| known) {
                Some(new) if new.is_empty() => Ok(Vec::new()),
                // Nobody else, who could approve it then.
                Some(components) if release.author == author => {
                    Ok(vec![ReleaseEvent::Completed { components }])
                }
                Some(_) | None => Err(ReleaseRefusal::Exists { version }),
            }
        }
        (None, _) => Err(ReleaseRefusal::NotCreated),
        (Some(release), ReleaseCommand::ListCommits { commits }) => release.list_commits(commits),
        (Some(release), ReleaseCommand::Enter { environment, rollout, by_person }) => {
            release.may_enter(&environment, by_person)?;
            Ok(vec![ReleaseEvent::Entered { environment, rollout }])
        }
        (Some(_), ReleaseCommand::Verify { environment, rollout }) => {
            Ok(vec![ReleaseEvent::Verified { environment, rollout }])
        }
        (Some(_), ReleaseCommand::GoBack { environment, rollout, reason, barred }) => {
            Ok(vec![ReleaseEvent::WentBack { environment, rollout, reason, barred }])
        }
        (Some(release), ReleaseCommand::Allow { environment }) => match release.standings.get(&environment) {
            Some(Standing::GoneBack { allowed: false, .. }) => {
                Ok(vec![ReleaseEvent::Allowed { environment }])
            }
            _ => Ok(Vec::new()),
        },
        (Some(release), ReleaseCommand::SetChange { change }) => {
            let new = release.change != change;
            Ok(new.then_some(ReleaseEvent::ChangeTyped { change }).into_iter().collect())
        }
        (Some(release), ReleaseCommand::Vote { environment, vote }) => release.vote(environment, vote),
        (Some(_), ReleaseCommand::Override { environment, pass }) => {
            Ok(vec![ReleaseEvent::Overridden { environment, pass }])
        }
        (Some(release), ReleaseCommand::OweReview { environment, rollout, ended_ms, due_ms }) => {
            let known = release.reviews.iter().any(|owed| owed.rollout == rollout);
            let owed = release.emergencies.contains(&rollout) && !known;
            let event = ReleaseEvent::ReviewOwed { environment, rollout, ended_ms, due_ms };
            Ok(owed.then_some(event).into_iter().collect())
        }
        (Some(release), ReleaseCommand::Review { environment, review }) => {
            let rollout = release.may_be_reviewed(&environment, &review.by)?;
            Ok(vec![ReleaseEvent::Reviewed { rollout, review }])
        }
        (Some(release), ReleaseCommand::Answer { environment, answer }) => {
            let before = release.answers.get(&environment).and_then(|gates| gates.get(&answer.gate));
            let news = before.is_none_or(|before| !answer.repeats(before));
            Ok(news.then_some(ReleaseEvent::GateAnswered { environment, answer }).into_iter().collect())
        }
        (Some(release), ReleaseCommand::AddEvidence { evidence }) => release.add_evidence(evidence),
        (Some(release), ReleaseCommand::WriteNotes { notes }) => {
            let known = release.kept_notes.as_ref().is_some_and(|known| known.digest == notes.digest);
            Ok(if known { Vec::new() } else { vec![ReleaseEvent::NotesWritten { notes }] })
        }
        (Some(release), ReleaseCommand::Waive { waiver }) => {
            if release.waivers.len() >= EVIDENCE_MAX {
                return Err(ReleaseRefusal::TooMuchEvidence {
                    version: release.version.clone(),
                    most: EVIDENCE_MAX,
                });
            }
            Ok(vec![ReleaseEvent::Waived { waiver }])
        }
    }
}

pub fn evolve(state: Option<Release>, event: &ReleaseEvent) -> Option<Release> {
    if let ReleaseEvent::Created { version, kind, components, notes, author } = event {
        return Some(Release {
            version: version.clone(),
            kind: *kind,
            components: components.clone(),
            notes: notes.clone(),
            author: author.clone(),
            commits: Commits::default(),
            standings: BTreeMap::new(),
            change: ChangeType::Normal,
            votes: BTreeMap::new(),
            overrides: BTreeMap::new(),
            evidence: Vec::new(),
            waivers: Vec::new(),
            answers: BTreeMap::new(),
            emergencies: BTreeSet::new(),
            reviews: Vec::new(),
            kept_notes: None,
        });
    }
    let mut release = state?;
    match event {
        ReleaseEvent::Created { .. } => {}
        ReleaseEvent::Entered { environment, rollout } => {
            release.standings.insert(environment.clone(), Standing::Underway { rollout: rollout.clone() });
            release.note_emergencies();
        }
        ReleaseEvent::Verified { environment, rollout } => {
            release.standings.insert(environment.clone(), Standing::Verified { rollout: rollout.clone() });
        }
        ReleaseEvent::WentBack { environment, rollout, reason, barred } => {
            let (rollout, reason, barred) = (rollout.clone(), reason.clone(), *barred);
            let standing = Standing::GoneBack { rollout, reason, barred, allowed: false };
            release.standings.insert(environment.clone(), standing);
        }
        ReleaseEvent::Allowed { environment } => {
            if let Some(Standing::GoneBack { barred, allowed, .. }) = release.standings.get_mut(environment) {
                (*barred, *allowed) = (false, true);
            }
        }
        ReleaseEvent::ChangeTyped { change } => {
            release.change = *change;
            release.note_emergencies();
        }
        ReleaseEvent::ReviewOwed { environment, rollout, ended_ms, due_ms } => {
            release.emergencies.remove(rollout);
            let (environment, rollout) = (environment.clone(), rollout.clone());
            let owed = Owed { environment, rollout, ended_ms: *ended_ms, due_ms: *due_ms, done: None };
            release.reviews.push(owed);
        }
        ReleaseEvent::Reviewed { rollout, review } => {
            if let Some(owed) = release.reviews.iter_mut().find(|owed| owed.rollout == *rollout) {
                owed.done = Some(review.clone());
            }
        }
        ReleaseEvent::Voted { environment, vote } => {
            release.votes.entry(environment.clone()).or_default().push(vote.clone());
        }
        ReleaseEvent::EvidenceAdded { evidence } => release.evidence.push(evidence.clone()),
        ReleaseEvent::Waived { waiver } => release.waivers.push(waiver.clone()),
        ReleaseEvent::GateAnswered { environment, answer } => {
            let gates = release.answers.entry(environment.clone()).or_default();
            gates.insert(answer.gate.clone(), answer.clone());
        }
        ReleaseEvent::Completed { components } => release.components.extend(components.clone()),
        ReleaseEvent::CommitsListed { commits } => release.commits = commits.clone(),
        ReleaseEvent::NotesWritten { notes } => release.kept_notes = Some(notes.clone()),
        ReleaseEvent::Overridden { environment, pass } => {
            release.overrides.entry(environment.clone()).or_default().push(pass.clone());
        }
    }
    Some(release)
}

impl Release {
    /// Lead times are measured from them once it has ended somewhere, so they never change then.
    fn list_commits(&self, commits: Vec<ReleaseCommit>) -> Result<Vec<ReleaseEvent>, ReleaseRefusal> {
        let version = self.version.clone();
        let commits = Commits::checked(commits, &version)?;
        if commits == self.commits {
            return Ok(Vec::new());
        }
        if !self.commits.is_empty() || !self.standings.is_empty() {
            return Err(ReleaseRefusal::Exists { version });
        }
        Ok(vec![ReleaseEvent::CommitsListed { commits }])
    }

    /// What is new where all else is as it stands: artifacts of components that have none yet, as long as it has been
    /// nowhere. From then on a release never changes.
    fn completed_by(
        &self,
        given: BTreeMap<ComponentName, Artifact>,
    ) -> Option<BTreeMap<ComponentName, Artifact>> {
        let whole = given.len() == self.components.len();
        let new: BTreeMap<_, _> = given
            .into_iter()
            .filter(|(name, artifact)| self.components.get(name) != Some(artifact))
            .collect();
        if new.is_empty() {
            return whole.then_some(new);
        }
        let open = |name| self.components.get(name).is_some_and(|known| known.source == Source::Command);
        (self.standings.is_empty() && new.keys().all(open)).then_some(new)
    }

    /// What is on its way while it is an emergency stays one, whatever is said of the release later.
    fn note_emergencies(&mut self) {
        if self.change != ChangeType::Emergency {
            return;
        }
        for standing in self.standings.values() {
            if let Standing::Underway { rollout } = standing {
                self.emergencies.insert(rollout.clone());
            }
        }
    }

    /// Whose last word at some gate there is yes.
    pub fn signed_by(&self, environment: &EnvironmentName) -> BTreeSet<PersonName> {
        let mut last = BTreeMap::new();
        for vote in self.votes.get(environment).into_iter().flatten() {
            last.insert((&vote.gate, &vote.person), vote.choice);
        }
        let yes = last.into_iter().filter(|(_, choice)| *choice == Choice::Yes);
        yes.map(|((_, person), _)| person.clone()).collect()
    }

    /// The rollout that this person would review.
    fn may_be_reviewed(
        &self,
        environment: &EnvironmentName,
        by: &PersonName,
    ) -> Result<RolloutId, ReviewRefusal> {
        let there = || self.reviews.iter().filter(|owed| owed.environment == *environment);
        let (version, person, environment) = (self.version.clone(), by.clone(), environment.clone());
        let Some(owed) = there().find(|owed| owed.done.is_none()) else {
            return Err(match there().next_back().and_then(|owed| owed.done.as_ref()) {
                Some(done) => ReviewRefusal::Done { version, environment, by: done.by.clone() },
                None => ReviewRefusal::NotOwed { version, environment },
            });
        };
        if self.author == by.as_str() {
            return Err(ReviewRefusal::Author { person, version });
        }
        let signed = self.signed_by(&environment);
        if signed.len() == 1 && signed.contains(by) {
            return Err(ReviewRefusal::LetItThrough { person, version });
        }
        Ok(owed.rollout.clone())
    }

    /// The same word about the same thing is said once.
    fn vote(&self, environment: EnvironmentName, vote: Vote) -> Result<Vec<ReleaseEvent>, ReleaseRefusal> {
        let said = self.votes.get(&environment).map_or(&[][..], Vec::as_slice);
        if said.len() >= VOTES_MAX {
            return Err(ReleaseRefusal::TooManyVotes { version: self.version.clone(), environment });
        }
        let last =
            said.iter().rev().find(|earlier| earlier.gate == vote.gate && earlier.person == vote.person);
        let same = last.is_some_and(|last| {
            (last.choice, &last.digest, &last.reason) == (vote.choice, &vote.digest, &vote.reason)
        });
        Ok(if same { Vec::new() } else { vec![ReleaseEvent::Voted { environment, vote }] })
    }

    /// The same bytes for the same gate are added once.
    fn add_evidence(&self, evidence: EvidenceRecord) -> Result<Vec<ReleaseEvent>, ReleaseRefusal> {
        if self.evidence.iter().any(|known| known.id == evidence.id) {
            return Ok(Vec::new());
        }
        if self.evidence.len() >= EVIDENCE_MAX {
            return Err(ReleaseRefusal::TooMuchEvidence {
                version: self.version.clone(),
                most: EVIDENCE_MAX,
            });
        }
        Ok(vec![ReleaseEvent::EvidenceAdded { evidence }])
    }

    pub fn verified_in(&self, environment: &EnvironmentName) -> bool {
        matches!(self.standings.get(environment), Some(Standing::Verified { .. }))
    }

    fn may_enter(&self, environment: &EnvironmentName, by_person: bool) -> Result<(), ReleaseRefusal> {
        match self.standings.get(environment) {
            Some(Standing::GoneBack { reason, barred: true, .. }) if !by_person => {
                Err(ReleaseRefusal::Barred {
                    version: self.version.clone(),
                    environment: environment.clone(),
                    reason: reason.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Only what was verified in the stage before may enter a stage.
    pub fn may_be_promoted(
        &self,
        pipeline: &PipelineSpec,
        environment: &EnvironmentName,
    ) -> Result<(), ReleaseRefusal> {
        let Some((index, _)) = pipeline.stage(environment) else { return Ok(()) };
        match index.checked_sub(1).and_then(|before| pipeline.stages.get(before)) {
            Some(before) if !self.verified_in_stage(before) => Err(ReleaseRefusal::NotVerified {
                version: self.version.clone(),
                environment: environment.clone(),
                before: self.first_open(before).clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Where a promotion leads: the first stage that is not verified, with each of its environments where the release is
    /// neither verified nor on its way. One that it was rolled back from is left out while others are left.
    pub fn next_stage(&self, pipeline: &PipelineSpec) -> Result<Vec<EnvironmentName>, ReleaseRefusal> {
        let version = self.version.clone();
        let stage = pipeline.stages.iter().find(|stage| !self.verified_in_stage(stage));
        let Some(stage) = stage else { return Err(ReleaseRefusal::NothingLeft { version }) };
        let standing = |environment: &EnvironmentName| self.standings.get(environment);
        let open = stage
            .environments()
            .filter(|environment| matches!(standing(environment), None | Some(Standing::GoneBack { .. })));
        let (barred, free): (Vec<_>, Vec<_>) = open.cloned().partition(|environment| {
            matches!(standing(environment), Some(Standing::GoneBack { barred: true, .. }))
        });
        if !free.is_empty() || !barred.is_empty() {
            return Ok(if free.is_empty() { barred } else { free });
        }
        let under_way = stage.environments().find_map(|environment| match standing(environment) {
            Some(Standing::Underway { rollout }) => Some((environment.clone(), rollout.clone())),
            Some(Standing::Verified { .. } | Standing::GoneBack { .. }) | None => None,
        });
        match under_way {
            Some((environment, rollout)) => Err(ReleaseRefusal::OnItsWay { version, environment, rollout }),
            None => Err(ReleaseRefusal::NothingLeft { version }),
        }
    }

    /// The environments that automation should bring it to now: those of the stage after a verified one, when that stage
    /// takes releases by itself and this one has not been there, or was allowed again.
    pub fn promotion_due(&self, pipeline: &PipelineSpec) -> Vec<EnvironmentName> {
        let verified = |index: usize| self.verified_in_stage(&pipeline.stages[index]);
        let fresh = |environment: &&EnvironmentName| {
            matches!(self.standings.get(*environment), None | Some(Standing::GoneBack { allowed: true, .. }))
        };
        let due = |index: usize| {
            let stage = pipeline.after(index).filter(|stage| stage.promotion == Promotion::Automatic)?;
            let due: Vec<_> = stage.environments().filter(fresh).cloned().collect();
            (!due.is_empty()).then_some(due)
        };
        (0..pipeline.stages.len()).filter(|index| verified(*index)).find_map(due).unwrap_or_default()
    }

    pub fn verified_count(&self, stage: &StageSpec) -> usize {
        stage.environments().filter(|environment| self.verified_in(environment)).count()
    }

    /// Whether as many of its environments have verified it as the stage asks for.
    pub fn verified_in_stage(&self, stage: &StageSpec) -> bool {
        self.verified_count(stage) >= stage.needed()
    }

    fn first_open<'a>(&self, stage: &'a StageSpec) -> &'a EnvironmentName {
        let open = stage.environments().find(|environment| !self.verified_in(environment));
        open.unwrap_or(&stage.environment)
    }
}
