//! Reviews that emergencies owe once they are over.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What one rollout of an emergency owes, or owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    pub release: String,
    pub environment: String,
    pub rollout: String,
    pub state: ReviewState,
    /// Who made the release, and does not review it.
    pub author: String,
    /// Who said yes at its gates there; one who was alone does not review it.
    pub signed_by: Vec<String>,
    /// When the rollout ended, and until when the review is due.
    pub ended_ms: u64,
    pub due_ms: u64,
    pub outcome: Option<ReviewOutcome>,
    pub note: Option<String>,
    pub reviewed_by: Option<String>,
    pub reviewed_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewState {
    Due,
    /// Due, and its time is over.
    Overdue,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewOutcome {
    /// It had to be an emergency.
    Justified,
    /// It could have gone the normal way.
    Unjustified,
}

/// What somebody found when they looked back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    /// Where the emergency went.
    pub environment: String,
    pub outcome: ReviewOutcome,
    /// What was found, and what follows from it.
    #[schema(min_length = 1, max_length = 1000)]
    pub note: String,
}
