//! What people are told of a release, and what became of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::DeliveryState;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// What will change when, and how long nothing answers meanwhile.
    Schedule,
    /// How far it is.
    Progress,
    /// That it is done.
    Confirmation,
    /// That it went back.
    Rollback,
    /// Asks how it is.
    Feedback,
}

/// What a rollout does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reaches {
    Start,
    /// With `step`.
    Step,
    Success,
    Rollback,
}

/// A rollout of the release that is waited for; one that came so far before does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnounceWhen {
    pub environment: String,
    pub reaches: Reaches,
    /// The first is 1.
    #[serde(
        default,
        deserialize_with = "crate::whole::maybe_small",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1, maximum = 1000)]
    pub step: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnounceRequest {
    pub release: String,
    pub occasion: Occasion,
    pub audience: String,
    /// At a time; now where neither this nor `when` is there.
    #[serde(default, deserialize_with = "crate::whole::maybe", skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// When a rollout comes so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<AnnounceWhen>,
    /// Of which it tells, where `when` does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// When the change is expected; where absent, as the release's plan says.
    #[serde(default, deserialize_with = "crate::whole::maybe", skip_serializing_if = "Option::is_none")]
    pub starts_ms: Option<u64>,
    #[serde(
        default,
        deserialize_with = "crate::whole::maybe_small",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(maximum = 129_600)]
    pub downtime_minutes: Option<u32>,
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub note: String,
    /// Instead of the template's; with `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 250)]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 32768)]
    pub text: Option<String>,
}

/// What a release's rollout in one place is announced by: its schedule, that it is on its way, that it is out, that it went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleAnnouncementsRequest {
    pub release: String,
    pub audience: String,
    /// Whose rollouts are waited for.
    pub environment: String,
    /// When the schedule is told; now where absent.
    #[serde(default, deserialize_with = "crate::whole::maybe", skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// When the change is expected; where absent, when the deployment window of the release's plan begins.
    #[serde(default, deserialize_with = "crate::whole::maybe", skip_serializing_if = "Option::is_none")]
    pub starts_ms: Option<u64>,
    /// Where absent, as the plan expects it.
    #[serde(
        default,
        deserialize_with = "crate::whole::maybe_small",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(maximum = 129_600)]
    pub downtime_minutes: Option<u32>,
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub note: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnnouncementState {
    /// Waits for its time, or for its rollout.
    Planned,
    Told,
    /// What had not gone out by then does not.
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Announcement {
    pub id: String,
    pub release: String,
    pub occasion: Occasion,
    pub audience: String,
    pub state: AnnouncementState,
    pub at_ms: Option<u64>,
    pub when: Option<AnnounceWhen>,
    /// So long after that.
    pub after_minutes: Option<u32>,
    /// The plan that asks for it, and its entry there; absent where people arranged it.
    pub plan: Option<String>,
    pub entry: Option<String>,
    pub environment: Option<String>,
    pub starts_ms: Option<u64>,
    pub downtime_minutes: Option<u32>,
    pub note: String,
    pub planned_ms: u64,
    pub told_ms: Option<u64>,
    /// As it went out, or as it would now.
    pub subject: String,
    pub text: String,
    /// Where readers find it; only of one that was told on the public page.
    pub url: Option<String>,
    /// Why it was cancelled.
    pub cancelled: Option<String>,
    /// Letters and messages: all, those that arrived, wait, or were given up.
    pub deliveries: u64,
    pub delivered: u64,
    pub waiting: u64,
    pub dead: u64,
}

/// One letter to one recipient, or one message to one room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnnouncementDelivery {
    /// The same at each attempt: of a letter's `Message-ID`, and `webhook-id`.
    pub id: String,
    pub announcement: String,
    pub channel: String,
    /// An address, a subscriber's id, or the host of a room.
    pub recipient: String,
    pub state: DeliveryState,
    pub attempts: u32,
    pub attempted_ms: Option<u64>,
    /// When it is tried again.
    pub next_ms: Option<u64>,
    /// What the other side said last, or why it said nothing.
    pub said: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelAnnouncementRequest {
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnounceAgainRequest {
    /// One delivery, whether it arrived or not; all that were given up where absent.
    #[serde(default)]
    #[schema(max_length = 120)]
    pub delivery: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnnouncementTemplate {
    pub occasion: Occasion,
    pub subject: String,
    pub text: String,
    /// Whether somebody wrote it, rather than that it came with Tidegate.
    pub own: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAnnouncementTemplateRequest {
    /// With places: `{{ release }}`, `{% if downtime %}…{% endif %}`.
    #[schema(min_length = 1, max_length = 250)]
    pub subject: String,
    #[schema(min_length = 1, max_length = 32768)]
    pub text: String,
}

/// Words tried on values: those of a release where one is named, else of an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewAnnouncementRequest {
    pub occasion: Occasion,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Instead of the template's; with `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 250)]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 32768)]
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnnouncementPreview {
    pub subject: String,
    pub text: String,
    /// The same, as mail programs and the page show it.
    pub html: String,
    /// What a template may name.
    pub names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubscriberState {
    /// The letter that asks whether it was them is on its way, or was not answered.
    Asked,
    Confirmed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subscriber {
    pub id: String,
    pub address: String,
    pub state: SubscriberState,
    pub asked_ms: u64,
    pub confirmed_ms: Option<u64>,
}

/// What a program brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackRequest {
    /// 1 (bad) to 5 (good).
    #[serde(deserialize_with = "crate::whole::small")]
    #[schema(minimum = 1, maximum = 5)]
    pub rating: u8,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub text: String,
}

/// What users said about a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Feedback {
    pub release: String,
    /// Answers in all.
    pub count: u64,
    /// Of the ratings; absent where nobody answered.
    pub average: Option<f64>,
    /// How often each rating was given, 1 first.
    pub ratings: Vec<u64>,
    /// The newest, 500 at most.
    pub answers: Vec<FeedbackAnswer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedbackAnswer {
    pub id: String,
    pub release: String,
    /// By whose link; absent from a program.
    pub announcement: Option<String>,
    pub rating: u8,
    pub text: String,
    pub at_ms: u64,
}
