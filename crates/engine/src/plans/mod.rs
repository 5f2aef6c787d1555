//! What is done to plans, how they are looked at, and what somebody sees who is to decide.
//!
//! Invariant: the digest of what was seen is worked out in the same transaction that decides on the call, from the same states.
//! Deliberately not here: the rules (`domain::release_plan`), and what follows from a document (`tidegate-plan`).

pub(crate) mod book;
pub(crate) mod bound;
mod gates;
pub(crate) mod past;
pub(crate) mod strangers;
mod tested;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::Release;
use tidegate_domain::release_plan::{
    Candidate, CaseFile, Judged, Mark, PARTS, Phase, PlanAsking, PlanCommand, PlanRefusal, ReleasePlan, Seen,
    Wanted,
};
use tidegate_plan::cases;
use tidegate_plan::document::{Kind, Plan};
use tidegate_plan::tracked::{Asking, Reason, meaning, scope_item, waits};
use tidegate_ports::{Fault, Note};

use self::book::{ActionBrief, actions_of};
use crate::Engine;
use crate::command::{Answer, ForPlan, PlanWish, SubmitError};
use crate::draft::{Draft, Error};
use crate::gates::{GatesView, hex_digest};

/// What kind of row it has.
pub const PLAN_ROW: &str = "plan";

/// A plan in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    pub version: String,
    pub title: String,
    pub kind: Kind,
    /// `draft`, `planned`, `frozen`, `candidate`, `go`, `rolling-out`, `released`, `cancelled` or `on-hold`.
    pub state: String,
    pub candidate: Option<Candidate>,
    pub ready_on: Option<String>,
    pub created_ms: u64,
    pub changed_ms: u64,
    /// Who has which role.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// Of its retrospective, and carried from earlier ones.
    #[serde(default)]
    pub actions: Vec<ActionBrief>,
}

/// What somebody sees who is to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decidable {
    pub plan: Arc<ReleasePlan>,
    /// Of every environment on the way of its release; none where there is no such release yet.
    pub gates: Vec<GatesView>,
    pub seen: Seen,
}

/// What a file of a run is kept as, beside the log.
fn file_note(digest: &str) -> String {
    format!("file/{digest}")
}

pub(crate) fn plan_view(plan: &ReleasePlan, (began, changed): (Moment, Moment)) -> PlanView {
    PlanView {
        version: plan.version.to_string(),
        title: plan.document.title.clone(),
        kind: plan.document.kind,
        state: plan.word().to_owned(),
        candidate: plan.candidate.clone(),
        ready_on: plan.document.ready_on.map(|day| day.to_string()),
        created_ms: began.wall_ms,
        changed_ms: changed.wall_ms,
        roles: plan
            .document
            .roles
            .iter()
            .filter_map(|role| Some((role.id.clone(), role.person.clone()?)))
            .collect(),
        actions: actions_of(plan),
    }
}

impl Engine {
    pub(crate) async fn for_plan(
        &self,
        draft: &mut Draft<'_>,
        wish: &ForPlan,
        (by, is_person): (&str, bool),
    ) -> Result<Answer, Error> {
        let ForPlan { version, wish, note } = wish;
        let command = match wish {
            PlanWish::Command(PlanCommand::Triage { item, judged }) => {
                self.triage(draft, version, (item, *judged)).await?
            }
            PlanWish::Command(PlanCommand::Move { to, candidate, .. }) => {
                let waiting = self.waiting(version, *to).await?;
                PlanCommand::Move { to: *to, candidate: candidate.clone(), waiting }
            }
            PlanWish::Command(command) => {
                if let PlanCommand::Write { document } = command {
                    self.bound(draft, version, document).await?;
                }
                command.clone()
            }
            PlanWish::Cases { rows } => {
                let plan = draft.state(&StreamId::Plan(version.clone())).await?.plan().cloned();
                let plan =
                    plan.ok_or_else(|| Refusal::from(PlanRefusal::Unknown { version: version.clone() }))?;
                let merged = cases::merge(&plan.document, rows);
                let merged = merged.map_err(|rows| Refusal::from(PlanRefusal::BadCases { rows }))?;
                PlanCommand::Write { document: Box::new(merged.plan) }
            }
            PlanWish::Attach { case, name, bytes } => {
                let file =
                    CaseFile { name: name.clone(), digest: hex_digest(bytes), bytes: bytes.len() as u64 };
                PlanCommand::Mark(Mark::File { case: case.clone(), file })
            }
            PlanWish::Propose { release } => {
                let release = release.as_ref().unwrap_or(version);
                let stands = release_of(draft, release).await?;
                let artifacts = stands.as_ref().map(artifacts);
                let candidate = Some(Wanted { release: release.clone(), artifacts });
                let to = Phase::Candidate;
                PlanCommand::Move { to, candidate, waiting: self.waiting(version, to).await? }
            }
            PlanWish::Call { choice, seen } => {
                let looked = self.look(draft, version).await?;
                for stream in [StreamId::Catalog, StreamId::Calendar] {
                    draft.state(&stream).await?;
                    draft.guard(stream);
                }
                if let Some(candidate) = &looked.plan.candidate {
                    draft.guard(StreamId::Release(candidate.release.clone()));
                }
                PlanCommand::Call { choice: *choice, seen: seen.clone(), now: looked.seen }
            }
        };
        let asking = PlanAsking { by, is_person, at_ms: draft.at().wall_ms, note };
        draft.plan(version, command, &asking).await?;
        if let PlanWish::Attach { bytes, .. } = wish
            && draft.moved()
        {
            let (stream, name) = (StreamId::Plan(version.clone()), file_note(&hex_digest(bytes)));
            draft.notes.push(Note { stream, name, body: Some(bytes.clone()) });
        }
        Ok(Answer::Done)
    }

    /// What trackers have and nobody has decided on. All of it keeps the scope from being frozen; what was filed meanwhile, and
    /// says no version, keeps nobody from proposing a candidate.
    async fn waiting(&self, version: &Version, to: Phase) -> Result<Vec<String>, Fault> {
        if !matches!(to, Phase::Frozen | Phase::Candidate) {
            return Ok(Vec::new());
        }
        let Some((plan, view, _)) = self.release_plan(version).await? else { return Ok(Vec::new()) };
        let asking = Asking::new((version.as_str(), &*plan.document), (view.created_ms, None));
        let mut found = BTreeSet::new();
        for source in self.scope_sources().await? {
            let rules = &source.definition.rules;
            for item in source.items.values() {
                let waiting = waits(&asking, item, &meaning(rules, item));
                if waiting.is_some_and(|waiting| to == Phase::Frozen || waiting.reason == Reason::Mapped) {
                    found.insert(item.key.clone());
                }
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Of an item that the plan does not name, what a tracker has of it comes into the plan with the decision.
    async fn triage(
        &self,
        draft: &mut Draft<'_>,
        version: &Version,
        (item, judged): (&str, Judged),
    ) -> Result<PlanCommand, Error> {
        let plan = draft.state(&StreamId::Plan(version.clone())).await?.plan().cloned();
        let named = |plan: &Arc<ReleasePlan>| plan.document.scope.iter().any(|known| known.id == item);
        if plan.as_ref().is_some_and(|plan| !named(plan)) {
            for source in self.scope_sources().await? {
                if let Some(found) = source.items.get(item) {
                    let meaning = meaning(&source.definition.rules, found);
                    let item = Box::new(scope_item(source.name.as_str(), found, &meaning));
                    return Ok(PlanCommand::Adopt { item, judged });
                }
            }
        }
        Ok(PlanCommand::Triage { item: item.to_owned(), judged })
    }

    /// A file of a run, by its digest; none where no run of this plan had it, or what is kept is not what was sent.
    pub async fn plan_file(
        &self,
        version: &Version,
        digest: &str,
    ) -> Result<Option<(CaseFile, Vec<u8>)>, Fault> {
        let stream = StreamId::Plan(version.clone());
        let loaded = self.cache.load(&stream).await?;
        let Some(file) = loaded.state.plan().and_then(|plan| plan.files.get(digest)).cloned() else {
            return Ok(None);
        };
        let kept = self.store.note(&stream, &file_note(digest)).await?;
        Ok(kept.filter(|bytes| hex_digest(bytes) == file.digest).map(|bytes| (file, bytes)))
    }

    /// With how it stands in a list, and its edition.
    pub async fn release_plan(
        &self,
        version: &Version,
    ) -> Result<Option<(Arc<ReleasePlan>, PlanView, u64)>, Fault> {
        let loaded = self.cache.load(&StreamId::Plan(version.clone())).await?;
        let view = |plan: &Arc<ReleasePlan>| plan_view(plan, (loaded.began, loaded.ended));
        Ok(loaded.state.plan().map(|plan| (Arc::clone(plan), view(plan), loaded.version)))
    }

    pub async fn decidable(&self, version: &Version, now: Moment) -> Result<Decidable, SubmitError> {
        let mut draft = Draft::new(self, "", now);
        Ok(self.look(&mut draft, version).await?)
    }

    async fn look(&self, draft: &mut Draft<'_>, version: &Version) -> Result<Decidable, Error> {
        let stream = StreamId::Plan(version.clone());
        let plan = draft.state(&stream).await?.plan().cloned();
        let plan = plan.ok_or_else(|| Refusal::from(PlanRefusal::Unknown { version: version.clone() }))?;
        let release = plan.candidate.as_ref().map_or(&plan.version, |candidate| &candidate.release).clone();
        let stands = release_of(draft, &release).await?;
        let mut gates = Vec::new();
        if let Some(stands) = &stands {
            for environment in self.way(draft, stands).await? {
                gates.push(self.gates_view(draft, &release, &environment).await?);
            }
        }
        let seen = seen(&plan, stands.as_ref(), &gates);
        Ok(Decidable { plan, gates, seen })
    }

    /// Every environment of its pipeline, in their order.
    pub(crate) async fn way(
        &self,
        draft: &mut Draft<'_>,
        release: &Release,
    ) -> Result<Vec<EnvironmentName>, Error> {
        let catalog = Arc::clone(draft.state(&StreamId::Catalog).await?.catalog());
        let pipeline = catalog.pipeline_for(release.kind);
        let stages = pipeline.into_iter().flat_map(|pipeline| &pipeline.stages);
        Ok(stages.flat_map(|stage| stage.environments().cloned().collect::<Vec<_>>()).collect())
    }
}

async fn release_of(draft: &mut Draft<'_>, release: &Version) -> Result<Option<Release>, Error> {
    Ok(draft.state(&StreamId::Release(release.clone())).await?.release().cloned())
}

/// SHA-256 over its components' versions and digests.
pub(crate) fn artifacts(release: &Release) -> String {
    let components =
        release.components.iter().map(|(name, artifact)| (name, &artifact.version, &artifact.digest));
    digest(&components.collect::<Vec<_>>())
}

fn digest(what: &impl Serialize) -> String {
    hex_digest(&serde_json::to_vec(what).unwrap_or_default())
}

/// What nobody decides on (notes, meetings, training, what comes after) plays no part, and the gate that waits for this
/// decision neither.
fn seen(plan: &ReleasePlan, release: Option<&Release>, gates: &[GatesView]) -> Seen {
    let document = &*plan.document;
    let itself = Plan {
        activities: Vec::new(),
        readiness: Vec::new(),
        test_cases: Vec::new(),
        risks: Vec::new(),
        announcements: Vec::new(),
        materials: Vec::new(),
        meetings: Vec::new(),
        afterwards: Vec::new(),
        actions: Vec::new(),
        notes: Vec::new(),
        ..document.clone()
    };
    let stands = |gates: &GatesView| {
        let gates_there = gates.gates.iter().filter(|gate| gate.kind != "go-no-go");
        let all: Vec<_> = gates_there.map(|gate| (gate.gate.to_string(), gate.open)).collect();
        (gates.environment.clone(), all)
    };
    let parts: [String; PARTS.len()] = [
        digest(&(&itself, &plan.triage)),
        digest(&(&plan.candidate, release.map(artifacts))),
        digest(&document.activities),
        digest(&document.readiness),
        digest(&(&document.test_cases, &plan.runs)),
        digest(&document.risks),
        digest(&plan.votes),
        digest(&gates.iter().map(stands).collect::<Vec<_>>()),
    ];
    Seen::new(&digest(&parts), &parts)
}
