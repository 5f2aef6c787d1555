//! What can be asked of the engine, and what it answers.
//!
//! Invariant: a request carries who asks and, for commands that must not happen twice, a key. Deliberately not here:
//! wire formats.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tidegate_domain::bundles::BundlesCommand;
use tidegate_domain::calendar::CalendarCommand;
use tidegate_domain::catalog::Catalog;
use tidegate_domain::component::Artifact;
use tidegate_domain::flag::FlagCommand;
use tidegate_domain::flag_keys::FlagKeysCommand;
use tidegate_domain::gate::{ChangeType, Choice, Reply};
use tidegate_domain::id::{IncidentId, RolloutId, StreamId};
use tidegate_domain::inbound::{Delivery, Source};
use tidegate_domain::incident::About;
use tidegate_domain::name::{
    ComponentName, EnvironmentName, FlagKey, GateName, GroupName, InboundName, PersonName, ProjectName,
    ScopeSourceName, SecretName, Version,
};
use tidegate_domain::person::PersonCommand;
use tidegate_domain::plan_book::PlanBookCommand;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{ReleaseCommit, ReleaseKind};
use tidegate_domain::release_plan::{Choice as PlanChoice, PlanCommand, Seen as PlanSeen};
use tidegate_domain::retention::RetentionCommand;
use tidegate_domain::review::Outcome;
use tidegate_domain::rights::Grant;
use tidegate_domain::scope_source::{ScopeCommand, SourceKind};
use tidegate_domain::smoke::{SmokePhase, SmokeResult};
use tidegate_domain::strategy::Strategy;
use tidegate_domain::webhook::WebhookCommand;
use tidegate_evidence::{Report, Waiver};
use tidegate_notes::kept::{Given, Line};
use tidegate_plan::cases::CaseRow;
use tidegate_plan::tracked::TrackedItem;
use tidegate_ports::Fault;

use crate::announcements::ForAnnouncements;

#[derive(Debug, Clone)]
pub struct Request {
    pub actor: String,
    /// From where and how: `127.0.0.1 cli`; none where Tidegate asks itself.
    pub origin: Option<String>,
    /// Whether a person (or a script on their behalf) asks, rather than automation.
    pub by_person: bool,
    pub key: Option<Key>,
    /// What the one who asks has seen; none where they did not say.
    pub seen: Option<Seen>,
    pub command: Command,
    /// Decide and answer, but change nothing.
    pub dry_run: bool,
}

/// Which editions of a history the one who asks has seen: the command counts only while it stands at one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub stream: StreamId,
    pub versions: Versions,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// Any, as long as there is one.
    Any,
    OneOf(Vec<u64>),
}

impl Versions {
    pub fn hold(&self, version: u64) -> bool {
        match self {
            Self::Any => version > 0,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

/// An idempotency key: asked again with it, the same command gives the same answer and happens once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub text: String,
    /// Of everything that makes the command what it is.
    pub digest: String,
}

#[derive(Debug, Clone)]
pub enum Command {
    Apply(Catalog),
    CreateRelease(NewRelease),
    StartRollout(StartRollout),
    /// Into the next stage, or those named, if it is verified in the stage before.
    Promote {
        release: Version,
        to: Vec<EnvironmentName>,
        supersede: bool,
    },
    /// Lifts the bar that a rollback left.
    Allow {
        release: Version,
        environment: EnvironmentName,
    },
    Rollout {
        id: RolloutId,
        act: Act,
    },
    /// Freezes and windows.
    Calendar(CalendarCommand),
    /// Who outside is told what.
    Webhook(WebhookCommand),
    /// How long origins are remembered, and that some are not any more.
    Retention(RetentionCommand),
    /// What people are told, by which ways.
    Announcements(Box<ForAnnouncements>),
    /// From which systems deliveries are taken.
    SetInbound(NewSource),
    /// One thing that another system told.
    Receive(NewInbound),
    /// How much consent a release needs.
    SetChange {
        release: Version,
        change: ChangeType,
    },
    Vote(NewVote),
    /// Through a freeze, or outside of its windows.
    Override(NewOverride),
    /// Of an emergency that is over.
    Review(NewReview),
    AddEvidence(Box<NewEvidence>),
    Notes(Box<ForNotes>),
    /// What another system said at a gate, or that it said nothing.
    AnswerGate(NewAnswer),
    /// What came of a smoke test.
    AnswerSmoke(Box<NewSmoke>),
    Waive {
        release: Version,
        waiver: Waiver,
    },
    Person(Box<ForPerson>),
    Group(NewGroup),
    AddProject(ProjectName),
    SetSecret(NewSecret),
    RemoveSecret {
        environment: EnvironmentName,
        name: SecretName,
    },
    /// Everything that is not kept under the newest key is.
    ResealSecrets,
    Flags(Box<ForFlags>),
    FlagKeys(FlagKeysCommand),
    Plan(Box<ForPlan>),
    /// With why.
    PlanBook(Box<(PlanBookCommand, String)>),
    Incident(Box<ForIncident>),
    Scope(Box<ForScope>),
    /// Whose bundles are taken, and which.
    Bundles(Box<BundlesCommand>),
}

/// About one source of scope.
#[derive(Debug, Clone)]
pub struct ForScope {
    pub name: ScopeSourceName,
    pub command: ScopeCommand,
}

/// About one plan.
#[derive(Debug, Clone)]
pub struct ForPlan {
    pub version: Version,
    pub wish: PlanWish,
    pub note: String,
}

#[derive(Debug, Clone)]
pub enum PlanWish {
    Command(PlanCommand),
    /// The manual cases of a file, among those that are there.
    Cases {
        rows: Vec<CaseRow>,
    },
    /// A file that shows what the last run of a case came to.
    Attach {
        case: String,
        name: String,
        bytes: Vec<u8>,
    },
    /// A release as its candidate; the one of its own version where none is named.
    Propose {
        release: Option<Version>,
    },
    /// The final call, on what was seen.
    Call {
        choice: PlanChoice,
        seen: PlanSeen,
    },
}

#[derive(Debug, Clone)]
pub enum ForIncident {
    /// Linked to these at once.
    Open {
        about: About,
        links: Vec<LinkTo>,
    },
    Link {
        id: IncidentId,
        to: LinkTo,
    },
    Unlink {
        id: IncidentId,
        rollout: RolloutId,
    },
    Resolve {
        id: IncidentId,
        at_ms: Option<u64>,
    },
    Reopen {
        id: IncidentId,
    },
    Note {
        id: IncidentId,
        text: String,
    },
}

/// What an incident is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTo {
    Rollout(RolloutId),
    /// Its newest rollout there, or everywhere that counts as production.
    Release {
        release: Version,
        environment: Option<EnvironmentName>,
    },
}

/// One after the other, all or none.
#[derive(Debug, Clone)]
pub struct ForFlags {
    pub commands: Vec<(FlagKey, FlagCommand)>,
    pub reason: String,
}

#[derive(Debug, Clone)]
pub struct ForPerson {
    pub name: PersonName,
    /// One after the other, all or none.
    pub commands: Vec<PersonCommand>,
    /// What is kept beside the log and changes with this: names, and bodies that are never printed.
    pub notes: Vec<(String, Option<Vec<u8>>)>,
}

#[derive(Debug, Clone)]
pub struct NewGroup {
    pub group: GroupName,
    /// None takes everything away.
    pub grants: Vec<Grant>,
}

/// A value that only the vault reads. Its `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct NewSecret {
    pub environment: EnvironmentName,
    pub name: SecretName,
    pub value: SecretString,
}

#[derive(Debug, Clone)]
pub struct NewVote {
    pub release: Version,
    pub environment: EnvironmentName,
    /// May be absent where only one gate is for people to sign.
    pub gate: Option<GateName>,
    pub choice: Choice,
    pub reason: String,
    /// As what the one who asks may speak here at most (a token's scope); whatever they are where absent.
    pub at_most: Option<Vec<Grant>>,
}

#[derive(Debug, Clone)]
pub struct NewOverride {
    pub release: Version,
    pub environment: EnvironmentName,
    /// The freeze that is meant; whatever holds where absent.
    pub name: Option<String>,
    pub reason: String,
    pub seconds: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct NewReview {
    pub release: Version,
    pub environment: EnvironmentName,
    pub outcome: Outcome,
    pub note: String,
}

/// A value that only the vault reads. Its `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub enum NewSource {
    Add { name: InboundName, source: Source, secret: SecretString },
    Rotate { name: InboundName, secret: SecretString },
    Remove { name: InboundName },
}

impl NewSource {
    pub fn name(&self) -> &InboundName {
        match self {
            Self::Add { name, .. } | Self::Rotate { name, .. } | Self::Remove { name } => name,
        }
    }
}

/// Its sender is proved.
#[derive(Debug, Clone)]
pub struct NewInbound {
    pub name: InboundName,
    pub delivery: Delivery,
    /// What it tells of a tracker's issue or pull request.
    pub tracked: Option<Box<Tracked>>,
}

/// News of one project of a tracker.
#[derive(Debug, Clone)]
pub struct Tracked {
    pub kind: SourceKind,
    pub project: String,
    /// The thing itself; none where the tracker has to be asked for it.
    pub item: Option<TrackedItem>,
}

/// About the notes of one release.
#[derive(Debug, Clone)]
pub struct ForNotes {
    pub release: Version,
    pub wish: NotesWish,
}

#[derive(Debug, Clone)]
pub enum NotesWish {
    /// All that their source tells now.
    Renew(Vec<Line>),
    /// The whole of them, as a person wants them.
    Write(Vec<Given>),
}

#[derive(Debug, Clone)]
pub struct NewEvidence {
    pub release: Version,
    /// SHA-256 of its bytes and of what it is for, hexadecimal.
    pub id: String,
    pub report: Report,
}

/// Bound to what was asked about, which may have changed since.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    pub release: Version,
    pub environment: EnvironmentName,
    pub gate: GateName,
    pub digest: String,
    pub reply: Reply,
}

#[derive(Debug, Clone)]
pub struct NewSmoke {
    pub rollout: RolloutId,
    pub leg: usize,
    pub phase: SmokePhase,
    pub test: GateName,
    pub result: SmokeResult,
    /// Kept beside the log.
    pub output: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct NewRelease {
    pub version: Version,
    pub kind: ReleaseKind,
    pub components: BTreeMap<ComponentName, Artifact>,
    pub notes: Vec<String>,
    pub commits: Vec<ReleaseCommit>,
}

#[derive(Debug, Clone)]
pub struct StartRollout {
    pub release: Version,
    pub environment: EnvironmentName,
    /// Instead of the stage's.
    pub strategy: Option<Strategy>,
    /// Take over from a rollout in progress: it goes back to stable first.
    pub supersede: bool,
    /// One rollout for each component, instead of one for all or nothing.
    pub independent: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Hold {
        reason: String,
    },
    Resume,
    Promote,
    Abort {
        reason: String,
    },
    /// At once, or in even steps over this time.
    RollBack {
        reason: String,
        over_seconds: Option<u64>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// In words; empty when everything stood already.
    Applied {
        changes: Vec<String>,
    },
    Release {
        version: Version,
    },
    /// Started, or acted on; several when components go independently.
    Rollouts {
        ids: Vec<RolloutId>,
    },
    Done,
    Incident {
        id: IncidentId,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key was used for another command.
    #[error("this idempotency key was used for another command")]
    KeyReused,
    /// It is no longer what the one who asks has seen; nothing was decided.
    #[error("it was changed since it was read")]
    ChangedMeanwhile,
    #[error(transparent)]
    Fault(#[from] Fault),
}
