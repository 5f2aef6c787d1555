//! How a release went for its users: what its rollouts came to, and what was said of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Feedback, Incident, MeasureRow, MeasureSpread};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseOutcome {
    pub release: String,
    /// Rollouts of it that reached users and are over, the newest first; a hundred at most.
    pub deployments: Vec<MeasureRow>,
    /// Of these, how many failed: went back, were undone or fixed by another one, or had an incident.
    pub failed: u64,
    /// How many went back or were undone.
    pub rolled_back: u64,
    /// From a commit to the end of the rollout that brought it first.
    pub lead_of_commits: Option<MeasureSpread>,
    /// From a failure until users were served again.
    pub recovery: Option<MeasureSpread>,
    /// Those that speak against these rollouts, the newest first.
    pub incidents: Vec<Incident>,
    /// Counted, with the newest few answers.
    pub feedback: Feedback,
}
