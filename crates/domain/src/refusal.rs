//! An answer that says no: a stable code, a sentence, and the next command.
//!
//! Invariant: every refusal has all three, and its code has a page. Deliberately not here: faults of the outside
//! (`tidegate-ports`) and bugs.

use crate::announcement::AnnouncementRefusal;
use crate::bundles::BundlesRefusal;
use crate::calendar::CalendarRefusal;
use crate::catalog::CatalogRefusal;
use crate::flag::FlagRefusal;
use crate::flag_keys::FlagKeysRefusal;
use crate::gate::GateRefusal;
use crate::inbound::InboundRefusal;
use crate::incident::IncidentRefusal;
use crate::person::PersonRefusal;
use crate::plan_book::PlanBookRefusal;
use crate::projects::ProjectsRefusal;
use crate::release::ReleaseRefusal;
use crate::release_plan::PlanRefusal;
use crate::retention::RetentionRefusal;
use crate::review::ReviewRefusal;
use crate::rollout::RolloutRefusal;
use crate::scope_source::ScopeSourceRefusal;
use crate::secret::SecretRefusal;
use crate::slot::SlotRefusal;
use crate::webhook::WebhookRefusal;

/// What every aggregate's refusals can say.
pub trait Refuse: std::error::Error {
    /// Stable, kebab-case; `tidegate explain <code>` knows it.
    fn code(&self) -> &'static str;
    /// What to do next, naming a command where there is one.
    fn help(&self) -> String;
    /// Whether what was asked for does not exist (rather than being refused in the present state).
    fn is_unknown(&self) -> bool {
        false
    }
    /// Whether the request itself is wrong, whatever the state.
    fn is_invalid(&self) -> bool {
        false
    }
    /// Where it is wrong: a JSON pointer into what was sent.
    fn pointer(&self) -> Option<&str> {
        None
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Catalog(#[from] CatalogRefusal),
    #[error(transparent)]
    Release(#[from] ReleaseRefusal),
    #[error(transparent)]
    Review(#[from] ReviewRefusal),
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    #[error(transparent)]
    Rollout(#[from] RolloutRefusal),
    #[error(transparent)]
    Person(#[from] PersonRefusal),
    #[error(transparent)]
    Calendar(#[from] CalendarRefusal),
    #[error(transparent)]
    Gate(#[from] GateRefusal),
    #[error(transparent)]
    Projects(#[from] ProjectsRefusal),
    #[error(transparent)]
    Retention(#[from] RetentionRefusal),
    #[error(transparent)]
    Secret(#[from] SecretRefusal),
    #[error(transparent)]
    Inbound(#[from] InboundRefusal),
    #[error(transparent)]
    Incident(#[from] IncidentRefusal),
    #[error(transparent)]
    Announcement(#[from] AnnouncementRefusal),
    #[error(transparent)]
    Webhook(#[from] WebhookRefusal),
    #[error(transparent)]
    Flag(#[from] FlagRefusal),
    #[error(transparent)]
    FlagKeys(#[from] FlagKeysRefusal),
    #[error(transparent)]
    Plan(#[from] PlanRefusal),
    #[error(transparent)]
    PlanBook(#[from] PlanBookRefusal),
    #[error(transparent)]
    Bundles(#[from] BundlesRefusal),
    #[error(transparent)]
    ScopeSource(#[from] ScopeSourceRefusal),
}

impl Refusal {
    fn inner(&self) -> &dyn Refuse {
        match self {
            Self::Catalog(refusal) => refusal,
            Self::Release(refusal) => refusal,
            Self::Review(refusal) => refusal,
            Self::Slot(refusal) => refusal,
            Self::Rollout(refusal) => refusal,
            Self::Person(refusal) => refusal,
            Self::Calendar(refusal) => refusal,
            Self::Gate(refusal) => refusal,
            Self::Projects(refusal) => refusal,
            Self::Retention(refusal) => refusal,
            Self::Secret(refusal) => refusal,
            Self::Inbound(refusal) => refusal,
            Self::Incident(refusal) => refusal,
            Self::Announcement(refusal) => refusal,
            Self::Webhook(refusal) => refusal,
            Self::Flag(refusal) => refusal,
            Self::FlagKeys(refusal) => refusal,
            Self::Plan(refusal) => refusal,
            Self::PlanBook(refusal) => refusal,
            Self::Bundles(refusal) => refusal,
            Self::ScopeSource(refusal) => refusal,
        }
    }
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        self.inner().code()
    }
    fn help(&self) -> String {
        self.inner().help()
    }
    fn is_unknown(&self) -> bool {
        self.inner().is_unknown()
    }
    fn is_invalid(&self) -> bool {
        self.inner().is_invalid()
    }
    fn pointer(&self) -> Option<&str> {
        self.inner().pointer()
    }
}
