//! Why a release stands where it stands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Gate;

/// A release in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    pub release: String,
    pub environment: String,
    pub stands: Stands,
    /// In a sentence.
    pub why: String,
    /// What moves it, as it is typed; empty where nothing has to.
    pub command: String,
    /// The rollout that brought it, or that it waits for.
    pub rollout: Option<String>,
    /// When it moves by itself, where that is known.
    pub opens_ms: Option<u64>,
    /// The gates that are closed.
    pub gates: Vec<Gate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stands {
    /// Verified, and what users get.
    Live,
    /// Verified, and replaced by another since.
    Verified,
    UnderWay,
    /// Under way, and it waits for a person.
    Held,
    /// On its way back.
    Returning,
    /// Its pipeline does not lead there.
    NotInPipeline,
    /// Not verified in the stage before.
    NotYet,
    /// Rolled back from there, and not allowed again.
    Barred,
    SecretMissing,
    GatesClosed,
    /// Another rollout is there.
    Busy,
    /// Nothing keeps it.
    Ready,
}
