//! What travels between the server and its clients: requests, answers, problems.
//!
//! Invariant: these types, as JSON, are the HTTP API; fields are added, never renamed or given another meaning. Shares
//! of traffic are basis points (10000 is all), times are milliseconds since 1970-01-01 UTC and end in `_ms`.
//! Deliberately not here: what anything means (the domain), routes (the server), sending (the client).

mod act;
mod announcement;
mod audit;
mod bundle;
mod calendar;
mod catalog;
mod channel;
mod configuration;
mod difference;
mod drift;
mod empty;
mod environment;
mod event;
mod evidence;
mod flag;
mod gate;
mod health;
mod inbound;
mod incident;
mod log;
mod measure;
mod notes;
mod openid;
mod outcome;
mod outline;
mod page;
mod person;
mod plan;
mod plan_book;
mod plan_views;
mod problem;
mod project;
mod release;
mod retrospective;
mod review;
mod rollout;
mod sample;
mod sample_made;
mod scope;
mod secret;
mod session;
mod smoke;
mod token;
mod webhook;
mod whole;
mod why;

pub use act::{
    ActRequest, PromoteRequest, RollBackRequest, RolloutsStarted, StartRolloutRequest, StrategyName,
};
pub use announcement::{
    AnnounceAgainRequest, AnnounceRequest, AnnounceWhen, Announcement, AnnouncementDelivery,
    AnnouncementPreview, AnnouncementState, AnnouncementTemplate, CancelAnnouncementRequest, Feedback,
    FeedbackAnswer, FeedbackRequest, Occasion, PreviewAnnouncementRequest, Reaches,
    ScheduleAnnouncementsRequest, SetAnnouncementTemplateRequest, Subscriber, SubscriberState,
};
pub use audit::{
    CheckpointSent, CheckpointState, CompareRequest, EXPORT_FORMAT, ExportBegin, ExportedContent,
    ExportedEvent, NotedHead, Proof, RetentionRequest, RetentionState,
};
pub use bundle::{
    Bundle, BundleFile, BundleKey, BundleKind, BundleRole, BundleShown, BundleSigner, TrustBundleKeyRequest,
};
pub use calendar::{CalendarChanged, CalendarEntry, CalendarEntryRequest, CalendarKind, Occurrence};
pub use catalog::{Catalog, CatalogComponent, CatalogEnvironment, CatalogPlacement, CatalogStage, Route};
pub use channel::{
    Audience, Channel, ChannelKind, ChannelSet, ChannelTested, MailChannel, MailSecurity, PageChannel,
    SetAudienceRequest, SetChannelRequest, TestChannelRequest,
};
pub use configuration::{Applied, ApplyRequest, Configuration};
pub use difference::{EnvironmentDiff, EnvironmentDifference, WrittenValue};
pub use drift::{Changing, Drift, DriftSeverity, EnvironmentDrift};
pub use empty::EmptyRequest;
pub use environment::{Environment, Instance, InstanceState, Slot};
pub use event::Event;
pub use evidence::{
    EvidenceAdded, EvidenceFile, EvidenceFinding, EvidenceList, EvidenceReport, EvidenceShown,
    EvidenceWaiver, ReportedFinding, TestCounts, WaiveRequest,
};
pub use flag::{
    CreateFlagRequest, DescribeFlagRequest, EvaluateFlagsRequest, Flag, FlagChange, FlagDifference,
    FlagEnvironment, FlagEvaluation, FlagEvaluations, FlagExposure, FlagExposurePoint, FlagFormat, FlagKey,
    FlagKeyIssued, FlagKeyKind, FlagKind, FlagNotImported, FlagProposal, FlagServed, FlagWarning,
    FlagsImported, ImportFlagsRequest, IssueFlagKeyRequest, ProposeFlagRequest, RevertFlagRequest,
    SetFlagRequest, SwitchFlagRequest,
};
pub use gate::{ChangeRequest, ChangeType, Choice, Gate, Gates, OverrideRequest, Signing, VoteRequest};
pub use health::{Audit, ChainState, GatewayHealth, Health, StoreHealth};
pub use inbound::{AddInboundRequest, Firing, Inbound, InboundKind, InboundSecret, OnAlert, Taken};
pub use incident::{
    Incident, IncidentNote, IncidentState, LinkIncidentRequest, NoteIncidentRequest, OpenIncidentRequest,
    ResolveIncidentRequest, UnlinkIncidentRequest,
};
pub use log::LogLine;
pub use measure::{
    ActiveDays, Measure, MeasureAt, MeasureCause, MeasureCauseKind, MeasureFigures, MeasureLevel,
    MeasureName, MeasurePeriod, MeasureRestored, MeasureRow, MeasureRows, MeasureSpread, MeasureTable,
    MeasureUnit, MeasuredKind, MeasuredOutcome, MeasuredPeriod, MeasuredRows, Measures,
};
pub use notes::{
    NoteAudience, NoteSection, NoteWords, NotesFormat, ReleaseNote, ReleaseNotes, ReleaseNotesRenewed,
    RenewReleaseNotesRequest, ToldReleaseNote, WriteReleaseNote, WriteReleaseNotesRequest,
};
pub use openid::{FinishSignInRequest, Link, LinksRequest, Provider};
pub use outcome::ReleaseOutcome;
pub use outline::{Outline, OutlineLeg, RollbackTrigger, WouldRefuse};
pub use page::Page;
pub use person::{
    AddPersonRequest, DisableRequest, Grant, GrantsRequest, Group, GroupsRequest, PasswordRequest, Person,
    PersonKind, Right, Role,
};
pub use plan::{
    Plan, PlanActRequest, PlanActivityState, PlanCall, PlanCandidate, PlanCasesFormat, PlanCasesImported,
    PlanChoice, PlanDecision, PlanFile, PlanFixRisk, PlanFormat, PlanImported, PlanMatrix, PlanMatrixRow,
    PlanOutcome, PlanPhase, PlanRemark, PlanRiskState, PlanRun, PlanRunState, PlanRunbookStep, PlanSaid,
    PlanSeverity, PlanStepState, PlanSummary, PlanTriage, PlanVote, WritePlanRequest,
};
pub use plan_book::{
    BeginPlanRequest, PlanActions, PlanChange, PlanDay, PlanDaysOff, PlanDifference, PlanHistory,
    PlanHistoryEntry, PlanLateItem, PlanOpenAction, PlanPassedOver, PlanPoint, PlanProgress, PlanRotation,
    PlanTemplate, PlanTemplateApplied, PlanTemplateBrief, PlanTemplateConflict, PlanTemplateDays,
    PlanTemplateUse, PlanTemplates, WritePlanRotationRequest, WritePlanTemplateRequest,
};
pub use plan_views::{
    GoNoGo, PlanAdvice, PlanBar, PlanBottleneck, PlanCapacity, PlanCase, PlanConflict, PlanConflicts,
    PlanDrop, PlanExposed, PlanExposure, PlanLate, PlanOpen, PlanPart, PlanReadiness, PlanReadyItem,
    PlanRisk, PlanSchedule, PlanScore, PlanSkill, PlanStanding, PlanStranger, PlanUnbound, PlanWindow,
};
pub use problem::{Diagnostic, Diagnostics, Problem};
pub use project::{AddProjectRequest, Project};
pub use release::{
    AllowRequest, CreateReleaseRequest, NewArtifact, NewCommit, Release, ReleaseArtifact, ReleaseKind,
    Standing, StandingState,
};
pub use retrospective::{
    LookedAction, LookedFeedback, LookedIncident, LookedLine, LookedMeasure, LookedRollback, LookedWait,
    Retrospective, RetrospectiveFormat, WriteRetrospectiveRequest,
};
pub use review::{Review, ReviewOutcome, ReviewRequest, ReviewState};
pub use rollout::{
    Hold, Judgement, JudgementAction, Leg, MovedFlag, Next, Rollout, RolloutKind, RolloutState, Step, Verdict,
};
pub use sample::{ArmCounters, ArmRates, Evidence, Sample};
pub use sample_made::SampleMade;
pub use scope::{
    ComparedCommit, ComparedItem, PlanComparison, ScopeImported, ScopeRowTrouble, ScopeRule, ScopeSource,
    ScopeSourceKind, ScopeSourceState, ScopeStop, ScopeToken, SetScopeSourceRequest, TrackedItem,
    TrackedItems, UntriagedItem, UntriagedItems,
};
pub use secret::{Secret, SecretsRotated};
pub use session::{Hidden, May, SetupRequest, SignInRequest, SignedIn, SignedOut, Whoami};
pub use smoke::{SmokeBrief, SmokePhase, SmokeState, SmokeTest};
pub use token::{IssueTokenRequest, Token, TokenIssued};
pub use webhook::{
    AddWebhookRequest, Delivery, DeliveryState, ReplayRequest, Replayed, SwitchWebhookRequest, Webhook,
    WebhookFormat, WebhookSecret, WebhookTested,
};
pub use why::{Stands, Why};

/// Under which all routes but `/metrics` stand.
pub const BASE_PATH: &str = "/api/v1";
/// Makes a POST happen once however often it is sent.
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";
/// Who asks, as long as there are no people; `operator@local` where absent.
pub const ACTOR_HEADER: &str = "x-tidegate-actor";
/// What a page that is signed in by its cookie sends with whatever changes something.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// Names one request in answers and in the server's log.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
