//! What happened, in Tidegate's words.
//!
//! Invariant: every value can be told as an event: ids are never empty, addresses are URLs. Deliberately not here: JSON.

use reqwest::Url;
use tidegate_domain::id::RolloutId;
use tidegate_domain::name::{ComponentName, EnvironmentName, Version};

use super::types::Text;

/// One thing that happened, with what is true of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The same fact has the same id, however often it is told.
    pub id: Text,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// Where this installation is reached; the `source` of its events.
    pub server: Url,
    /// The person or service account; `system` where Tidegate acted by itself.
    pub who: Text,
    pub release: Option<Version>,
    /// Joins all events of one rollout to a chain.
    pub rollout: Option<RolloutId>,
    pub happening: Happening,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    EnvironmentCreated(EnvironmentName),
    EnvironmentModified(EnvironmentName),
    EnvironmentDeleted(EnvironmentName),
    /// The first version of a component in an environment.
    ServiceDeployed(Service, Artifact),
    ServiceUpgraded(Service, Artifact),
    /// With the artifact that serves again.
    ServiceRolledBack(Service, Artifact),
    ServiceRemoved(Service),
    /// Users reach it: it has an address, or its first traffic.
    ServicePublished(Service),
    IncidentDetected(Incident),
    /// With the page of the ticket.
    IncidentReported(Incident, Url),
    IncidentResolved(Incident),
    TestCaseRun(TestCase, TestState),
    ArtifactPublished(Artifact),
    /// What CDEvents has no subject for.
    ReleaseChanged(ReleaseChange),
}

/// A component where it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub environment: EnvironmentName,
    pub component: ComponentName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    pub component: ComponentName,
    pub version: Version,
    /// `sha256:…`
    pub digest: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub id: Text,
    pub environment: EnvironmentName,
    pub component: Option<ComponentName>,
    pub artifact: Option<Artifact>,
    pub description: String,
}

/// A manual test, a UAT session, or a check of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// Of this run.
    pub run: Text,
    pub case: Text,
    pub name: String,
    pub environment: EnvironmentName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestState {
    Queued,
    Started,
    Skipped { reason: String },
    Finished { outcome: TestOutcome, reason: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestOutcome {
    Success,
    Failure,
    Cancel,
    Error,
}

impl TestOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancel => "cancel",
            Self::Error => "error",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseChange {
    pub predicate: ReleasePredicate,
    pub release: Version,
    pub environment: Option<EnvironmentName>,
    pub artifacts: Vec<Artifact>,
    pub reason: String,
}

/// What happened to a release; the predicate of `dev.cdeventsx.tidegate-release`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleasePredicate {
    Created,
    Approved,
    Rejected,
    Started,
    Advanced,
    Held,
    Resumed,
    Alarmed,
    Returning,
    RolledBack,
    Succeeded,
    Cancelled,
    Verified,
    Promoted,
    Barred,
}

impl ReleasePredicate {
    pub const ALL: [Self; 15] = [
        Self::Created,
        Self::Approved,
        Self::Rejected,
        Self::Started,
        Self::Advanced,
        Self::Held,
        Self::Resumed,
        Self::Alarmed,
        Self::Returning,
        Self::RolledBack,
        Self::Succeeded,
        Self::Cancelled,
        Self::Verified,
        Self::Promoted,
        Self::Barred,
    ];

    /// Letters alone: the schema of custom events takes nothing else.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Started => "started",
            Self::Advanced => "advanced",
            Self::Held => "held",
            Self::Resumed => "resumed",
            Self::Alarmed => "alarmed",
            Self::Returning => "returning",
            Self::RolledBack => "rolledback",
            Self::Succeeded => "succeeded",
            Self::Cancelled => "cancelled",
            Self::Verified => "verified",
            Self::Promoted => "promoted",
            Self::Barred => "barred",
        }
    }
}
