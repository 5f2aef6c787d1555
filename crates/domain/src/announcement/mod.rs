//! What people are told of a release, when, and that they were told.
//!
//! Invariant: an announcement is told once: its words are fixed in the event that tells it, and whatever asks again after that,
//! or after somebody cancelled it, changes nothing; only what a release's plan asks for is planned anew while it waits. No address
//! of anybody is part of an event. Deliberately not here: ways out and audiences (`setup`), what a plan asks for (`of_plan`),
//! rendering words, sending, and to whom which letter goes.

mod id;
mod occasion;
pub mod of_plan;
mod refusal;
pub mod setup;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use id::{AnnouncementId, BadAnnouncementId};
pub use occasion::{Occasion, Template};
pub use of_plan::OfPlan;
pub use refusal::AnnouncementRefusal;
pub use setup::{
    Audience, Channel, ChannelKind, MailSecurity, MailSettings, PageSettings, Setup, SetupCommand, SetupEvent,
};

use crate::name::{AudienceName, EnvironmentName, Version};

pub const NOTE_CHARS_MAX: usize = 4_000;
pub const SUBJECT_CHARS_MAX: usize = 250;
pub const TEXT_BYTES_MAX: usize = 32 << 10;
/// Ninety days.
pub const DOWNTIME_MINUTES_MAX: u32 = 90 * 24 * 60;
pub const STEP_MAX: u32 = 1_000;

/// What a rollout does that an announcement can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reaches {
    Start,
    /// The first is 1.
    Step(u32),
    Success,
    Rollback,
}

/// When it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// A moment that is past is now.
    At { ms: u64 },
    /// When a rollout of its release in that environment comes so far, after this was said.
    Rollout {
        environment: EnvironmentName,
        reaches: Reaches,
        /// So long after it came so far.
        #[serde(default, skip_serializing_if = "is_none_of_them")]
        after_minutes: u32,
        /// It came so far; what is told waits for its minutes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        came: Option<Came>,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_none_of_them(minutes: &u32) -> bool {
    *minutes == 0
}

impl When {
    /// At once as a rollout comes so far.
    pub fn reached(environment: EnvironmentName, reaches: Reaches) -> Self {
        Self::Rollout { environment, reaches, after_minutes: 0, came: None }
    }

    /// From when on it is told by the clock; none while it waits for a rollout.
    pub fn due_ms(&self) -> Option<u64> {
        match self {
            Self::At { ms } => Some(*ms),
            Self::Rollout { after_minutes, came, .. } => {
                came.as_ref().map(|came| came.at_ms + u64::from(*after_minutes) * 60_000)
            }
        }
    }
}

/// What a rollout did, for words that are said later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    pub at_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub release: Version,
    pub occasion: Occasion,
    pub audience: AudienceName,
    pub when: When,
    /// Of which it tells, where a rollout does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// When the change is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downtime_minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Instead of the occasion's template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Template>,
    /// The entry of a release's plan that asks for it; none where people arranged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_plan: Option<OfPlan>,
    /// By these channels alone, as far as its audience has them; by all of its audience where it has none of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
}

/// The words as they went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub at_ms: u64,
    pub subject: String,
    pub text: String,
    /// Whether it stands on the public page.
    pub public: bool,
    /// To how many it goes besides.
    pub letters: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    pub id: AnnouncementId,
    pub plan: Plan,
    pub told: Option<Told>,
    /// Why what had not gone out by then does not.
    pub cancelled: Option<String>,
    /// Its plan took it back, and may ask for it again.
    pub withdrawn: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnnouncementEvent {
    /// Again where the plan that asks for it changed.
    Planned {
        id: AnnouncementId,
        plan: Box<Plan>,
    },
    Told(Told),
    Cancelled {
        reason: String,
        #[serde(default, skip_serializing_if = "is_no")]
        withdrawn: bool,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_no(yes: &bool) -> bool {
    !*yes
}

impl AnnouncementEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Planned { .. } => "announcement.planned",
            Self::Told(_) => "announcement.told",
            Self::Cancelled { .. } => "announcement.cancelled",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnnouncementCommand {
    Plan(Box<Plan>),
    /// As the release's plan asks for it now: made, changed while it waits, or taken up again.
    Follow(Box<Plan>),
    Tell(Told),
    Cancel {
        reason: String,
    },
    /// Its plan no longer asks for it; what was told stays told.
    Withdraw {
        reason: String,
    },
}

impl Announcement {
    pub fn waits(&self) -> bool {
        self.told.is_none() && self.cancelled.is_none()
    }

    /// `planned`, `told` or `cancelled`.
    pub fn word(&self) -> &'static str {
        match (&self.told, &self.cancelled) {
            (_, Some(_)) => "cancelled",
            (Some(_), None) => "told",
            (None, None) => "planned",
        }
    }
}

pub fn decide(
    state: Option<&Announcement>,
    id: &AnnouncementId,
    command: AnnouncementCommand,
) -> Result<Vec<AnnouncementEvent>, AnnouncementRefusal> {
    let known = || state.ok_or_else(|| AnnouncementRefusal::Unknown { id: id.clone() });
    match command {
        // The same one again; ids are made for each request.
        AnnouncementCommand::Plan(_) if state.is_some() => Ok(Vec::new()),
        AnnouncementCommand::Plan(plan) => {
            check(&plan)?;
            Ok(vec![AnnouncementEvent::Planned { id: id.clone(), plan }])
        }
        AnnouncementCommand::Follow(plan) => {
            let open = state.is_none_or(|state| {
                let is_its = state.plan.of_plan.as_ref().zip(plan.of_plan.as_ref());
                let is_its = is_its.is_some_and(|(one, other)| one.is_same(other));
                is_its && (state.withdrawn || state.waits() && state.plan != *plan)
            });
            if !open {
                return Ok(Vec::new());
            }
            check(&plan)?;
            Ok(vec![AnnouncementEvent::Planned { id: id.clone(), plan }])
        }
        AnnouncementCommand::Tell(told) => {
            Ok(if known()?.waits() { vec![AnnouncementEvent::Told(told)] } else { Vec::new() })
        }
        AnnouncementCommand::Cancel { reason } => {
            // By a person, also where its plan took it back before: it does not come again.
            let stands = known()?.cancelled.is_none() || known()?.withdrawn;
            let cancelled = AnnouncementEvent::Cancelled { reason, withdrawn: false };
            Ok(if stands { vec![cancelled] } else { Vec::new() })
        }
        AnnouncementCommand::Withdraw { reason } => {
            let cancelled = AnnouncementEvent::Cancelled { reason, withdrawn: true };
            Ok(if known()?.waits() { vec![cancelled] } else { Vec::new() })
        }
    }
}

fn check(plan: &Plan) -> Result<(), AnnouncementRefusal> {
    let unfit = |why: &'static str| Err(AnnouncementRefusal::Unfit { why });
    if plan.note.chars().count() > NOTE_CHARS_MAX {
        return unfit("a note has at most 4000 characters");
    }
    if plan.downtime_minutes.is_some_and(|minutes| minutes > DOWNTIME_MINUTES_MAX) {
        return unfit("a downtime is at most ninety days");
    }
    match &plan.when {
        When::Rollout { environment, .. }
            if plan.environment.as_ref().is_some_and(|it| it != environment) =>
        {
            unfit("it waits for a rollout in one environment and tells of another")
        }
        When::Rollout { reaches: Reaches::Step(step), .. } if !(1..=STEP_MAX).contains(step) => {
            unfit("steps are counted from 1")
        }
        When::Rollout { .. } | When::At { .. } => plan.words.as_ref().map_or(Ok(()), Template::check),
    }
}

/// Nothing before it was planned.
pub fn evolve(state: Option<Announcement>, event: &AnnouncementEvent) -> Option<Announcement> {
    match (state, event) {
        (None, AnnouncementEvent::Planned { id, plan }) => Some(Announcement {
            id: id.clone(),
            plan: (**plan).clone(),
            told: None,
            cancelled: None,
            withdrawn: false,
        }),
        (Some(state), AnnouncementEvent::Planned { plan, .. }) if state.told.is_none() => {
            Some(Announcement { plan: (**plan).clone(), cancelled: None, withdrawn: false, ..state })
        }
        (Some(state), AnnouncementEvent::Told(told)) => {
            Some(Announcement { told: Some(told.clone()), ..state })
        }
        (Some(state), AnnouncementEvent::Cancelled { reason, withdrawn }) => {
            Some(Announcement { cancelled: Some(reason.clone()), withdrawn: *withdrawn, ..state })
        }
        (state, _) => state,
    }
}
