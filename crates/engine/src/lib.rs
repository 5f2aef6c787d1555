//! Submit (a command becomes events), tick (what a stream wants of the world now), perform (wants become calls).
//!
//! Invariant: intents are written before effects, everything is fenced by a lease, and what was seen comes back as a
//! command. No runtime and no clock: time comes in as a [`Moment`], the world through ports. Deliberately not here:
//! deciding (the domain), and waiting (whoever drives).

mod announcements;
mod bundles;
mod cache;
mod codec;
mod command;
mod directory;
mod draft;
mod drift;
mod flags;
mod gates;
mod govern;
mod inbound;
mod incidents;
mod inquiries;
mod judging;
mod keep;
mod looking_back;
mod measuring;
mod notices;
mod outline;
mod people;
mod perform;
mod plans;
mod promote;
mod release_notes;
mod reports;
mod reviews;
mod scope;
mod secrets;
mod smoke;
mod smoke_evidence;
mod start;
mod submit;
mod tick;
mod timeline;
mod views;
mod why;

use std::collections::BTreeSet;
use std::sync::Arc;

use tidegate_domain::bundles::Bundles;
use tidegate_domain::calendar::Calendar;
use tidegate_domain::catalog::Catalog;
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::inbound::Inbound;
use tidegate_domain::moment::{Moment, Steady};
use tidegate_domain::name::{EnvironmentName, ProjectName, Version};
use tidegate_domain::release::EvidenceRecord;
use tidegate_domain::retention::Retention;
use tidegate_domain::secret::Secrets;
use tidegate_domain::webhook::Webhooks;
use tidegate_evidence::{Report, Waiver};
use tidegate_ports::{
    Fault, Inquirer, Lease, MetricSource, Notifier, SamplesQuery, SmokeTester, Store, Target, TrafficRouter,
    Vault,
};

pub use announcements::{
    AnnouncementView, ForAnnouncement, ForAnnouncements, NewSetup, channel_note, channel_place,
};
pub use codec::{Event, State};
pub use command::{
    Act, Answer, Command, ForFlags, ForIncident, ForNotes, ForPerson, ForPlan, ForScope, Key, LinkTo,
    NewAnswer, NewEvidence, NewGroup, NewInbound, NewOverride, NewRelease, NewReview, NewSecret, NewSmoke,
    NewSource, NewVote, NotesWish, PlanWish, Request, Seen, StartRollout, SubmitError, Tracked, Versions,
};
pub use directory::{Directory, Known};
pub use drift::{DriftFound, DriftView, Severity};
pub use flags::{FlagEntry, FlagStands, FlagView, Watching};
pub use gates::GatesView;
pub use govern::OVERRIDE_SECONDS_MAX;
pub use inbound::{inbound_note, inbound_place};
pub use incidents::IncidentView;
pub use looking_back::Record;
pub use measuring::{Gather, Gathered};
pub use outline::{LegOutline, OutlineView};
pub use plans::book::{ActionBrief, OpenAction};
pub use plans::bound::Unbound;
pub use plans::past::{DayCount, PlanEdition};
pub use plans::strangers::Stranger;
pub use plans::{Decidable, PLAN_ROW, PlanView};
pub use reviews::ReviewView;
pub use scope::{SCOPE_ROW, ScopeSourceView};
pub use secrets::secret_note;
pub use smoke::{SmokeBrief, SmokeView};
pub use timeline::{Reading, Timeline, latest};
pub use views::{
    HoldView, JudgementView, LegView, NextView, ReleaseView, RolloutView, SlotView, StandingView, StepView,
    release_view, rollout_view, slot_view,
};

pub use why::WhyView;

/// The world that effects are performed on.
#[derive(Clone)]
pub struct World {
    pub target: Arc<dyn Target>,
    pub router: Arc<dyn TrafficRouter>,
    pub metrics: Arc<dyn MetricSource>,
    pub notifier: Arc<dyn Notifier>,
}

pub struct Engine {
    store: Arc<dyn Store>,
    world: World,
    holder: String,
    cache: cache::Cache,
    reports: reports::Reports,
    people: directory::Kept,
    project: ProjectName,
    /// The engine of the first project, which knows the people; none in that one itself.
    home: Option<Arc<Engine>>,
    /// Of commands that were overtaken, one at a time.
    turns: futures_util::lock::Mutex<()>,
    ids: Box<dyn Fn() -> u64 + Send + Sync>,
    vault: Option<Arc<dyn Vault>>,
    inquirer: Option<Arc<dyn Inquirer>>,
    tester: Option<Arc<dyn SmokeTester>>,
    watching: std::sync::OnceLock<Arc<dyn Watching>>,
}

/// What an engine is told when it is made.
pub struct Settings {
    /// Who drives, unique for each start of a process.
    pub holder: String,
    /// Whether no other process writes to the store, so that what is cached is what stands.
    pub exclusive: bool,
    /// Random bits for new ids.
    pub ids: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Engine {
    pub fn new(store: Arc<dyn Store>, world: World, settings: Settings) -> Self {
        let Settings { holder, exclusive, ids } = settings;
        let cache = cache::Cache::new(Arc::clone(&store), exclusive);
        let (reports, people) = (reports::Reports::default(), directory::Kept::default());
        let project = ProjectName::first();
        let turns = futures_util::lock::Mutex::default();
        let (home, vault, inquirer, tester) = (None, None, None, None);
        let watching = std::sync::OnceLock::new();
        Self {
            store,
            world,
            holder,
            cache,
            reports,
            people,
            project,
            home,
            turns,
            ids,
            vault,
            inquirer,
            tester,
            watching,
        }
    }

    /// The same for another project of the installation whose people `home` knows.
    #[must_use]
    pub fn of_project(self, project: ProjectName, home: Arc<Self>) -> Self {
        Self { project, home: Some(home), ..self }
    }

    pub fn project(&self) -> &ProjectName {
        &self.project
    }

    /// The projects besides the first.
    pub async fn projects(&self) -> Result<BTreeSet<ProjectName>, Fault> {
        Ok(self.cache.load(&StreamId::Projects).await?.state.projects().names.clone())
    }

    /// With somebody who seals secrets; without, none can be set.
    #[must_use]
    pub fn with_vault(self, vault: Arc<dyn Vault>) -> Self {
        Self { vault: Some(vault), ..self }
    }

    /// With somebody who asks other systems; without, gates that need their answers stay closed.
    #[must_use]
    pub fn with_inquirer(self, inquirer: Arc<dyn Inquirer>) -> Self {
        Self { inquirer: Some(inquirer), ..self }
    }

    /// With somebody who asks smoke tests; without, none ever passes.
    #[must_use]
    pub fn with_tester(self, tester: Arc<dyn SmokeTester>) -> Self {
        Self { tester: Some(tester), ..self }
    }

    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// How many events a stream has: its edition.
    pub async fn version(&self, stream: &StreamId) -> Result<u64, Fault> {
        Ok(self.cache.load(stream).await?.version)
    }

    pub async fn catalog(&self) -> Result<Catalog, Fault> {
        Ok(self.cache.load(&StreamId::Catalog).await?.state.catalog().as_ref().clone())
    }

    pub async fn release(&self, version: &Version) -> Result<Option<ReleaseView>, Fault> {
        let loaded = self.cache.load(&StreamId::Release(version.clone())).await?;
        Ok(loaded.state.release().map(|release| release_view(release, loaded.began, loaded.ended)))
    }

    pub async fn rollout(&self, id: &RolloutId, now: Moment) -> Result<Option<RolloutView>, Fault> {
        let stream = StreamId::Rollout(id.clone());
        let loaded = self.cache.load(&stream).await?;
        let span = (loaded.began, loaded.ended);
        let Some(rollout) = loaded.state.rollout() else { return Ok(None) };
        let mut view = rollout_view(rollout, span, now);
        if !rollout.is_done() {
            let newest = SamplesQuery::newest(stream, view.legs.len() as u32);
            judging::newest(&self.store.samples(newest).await?, &mut view);
        }
        Ok(Some(view))
    }

    /// The calendar, and when it was last changed.
    pub async fn calendar(&self) -> Result<(Arc<Calendar>, Moment), Fault> {
        let loaded = self.cache.load(&StreamId::Calendar).await?;
        Ok((Arc::clone(loaded.state.calendar()), loaded.ended))
    }

    /// Which secrets there are, without their values.
    pub async fn secrets(&self) -> Result<Arc<Secrets>, Fault> {
        Ok(Arc::clone(self.cache.load(&StreamId::Secrets).await?.state.secrets()))
    }

    /// Whose bundles are taken, and which there are.
    pub async fn bundles(&self) -> Result<Arc<Bundles>, Fault> {
        Ok(Arc::clone(self.cache.load(&StreamId::Bundles).await?.state.bundles()))
    }

    pub async fn inbound(&self) -> Result<Arc<Inbound>, Fault> {
        Ok(Arc::clone(self.cache.load(&StreamId::Inbound).await?.state.inbound()))
    }

    pub async fn webhooks(&self) -> Result<Arc<Webhooks>, Fault> {
        Ok(Arc::clone(self.cache.load(&StreamId::Webhooks).await?.state.webhooks()))
    }

    /// How long origins are remembered.
    pub async fn retention(&self) -> Result<Retention, Fault> {
        Ok(self.cache.load(&StreamId::Retention).await?.state.retention().clone())
    }

    /// The reports and waivers of a release; none where there is no such release.
    pub async fn evidence(
        &self,
        version: &Version,
    ) -> Result<Option<(Vec<EvidenceRecord>, Vec<Waiver>)>, Fault> {
        let loaded = self.cache.load(&StreamId::Release(version.clone())).await?;
        Ok(loaded.state.release().map(|release| (release.evidence.clone(), release.waivers.clone())))
    }

    /// A report of a release; none where what is kept of it is not what was added.
    pub async fn report(
        &self,
        version: &Version,
        record: &EvidenceRecord,
    ) -> Result<Option<Arc<Report>>, Fault> {
        self.reports.one(&*self.store, (version, record)).await
    }

    /// The file of a report; none where there is none, or what is kept is not what was added.
    pub async fn report_file(
        &self,
        version: &Version,
        record: &EvidenceRecord,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some(file) = &record.file else { return Ok(None) };
        let kept =
            self.store.note(&StreamId::Release(version.clone()), &reports::file_note(&record.id)).await?;
        Ok(kept.filter(|bytes| gates::hex_digest(bytes) == file.digest))
    }

    /// Where promoting it would bring it: every environment of the next stage that is open to it; none where it can go nowhere.
    pub async fn next_stage_of(&self, version: &Version) -> Result<Vec<EnvironmentName>, Fault> {
        let catalog = Arc::clone(self.cache.load(&StreamId::Catalog).await?.state.catalog());
        let loaded = self.cache.load(&StreamId::Release(version.clone())).await?;
        let Some(release) = loaded.state.release() else { return Ok(Vec::new()) };
        let next = catalog.pipeline_for(release.kind).and_then(|pipeline| release.next_stage(pipeline).ok());
        Ok(next.unwrap_or_default())
    }

    pub async fn slot(&self, id: &SlotId) -> Result<SlotView, Fault> {
        let loaded = self.cache.load(&StreamId::Slot(id.clone())).await?;
        Ok(slot_view(&loaded.state.slot(id)))
    }

    /// Takes what is due; each lease goes to [`Engine::tick`].
    pub async fn due(&self, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        self.store.claim(&self.holder, now, limit).await
    }
}
