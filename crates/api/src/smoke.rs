//! Smoke tests of a rollout: what each version is asked before it gets traffic, and again once it has all of it. What is
//! run on a component's database stands among them, in phases of its own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One test in one of its two phases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SmokeTest {
    pub component: String,
    #[schema(example = "can-buy")]
    pub name: String,
    pub phase: SmokePhase,
    pub state: SmokeState,
    /// `GET /cart`, or the command.
    pub asks: String,
    pub expected: String,
    /// Of one attempt.
    pub timeout_ms: u64,
    /// Attempts after the first.
    pub retries: u32,
    /// How often it was asked; absent before its outcome.
    pub attempts: Option<u32>,
    pub took_ms: Option<u64>,
    /// What was answered, or how the command ended.
    pub seen: Option<String>,
    /// The end of what the last attempt wrote or was answered, without values of secrets.
    pub output: Option<String>,
    /// SHA-256 of the output, hexadecimal; it stands in the log.
    pub output_digest: Option<String>,
}

/// The same in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SmokeBrief {
    pub component: String,
    pub name: String,
    pub phase: SmokePhase,
    pub state: SmokeState,
    /// Of one that did not pass.
    pub seen: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SmokePhase {
    /// A step of the database's: before anything of the version runs.
    Expand,
    /// Nobody is sent to the version yet.
    BeforeTraffic,
    /// Everybody is.
    WithAllTraffic,
    /// A step of the database's: passes where nothing is left to contract.
    Contracted,
    /// A step of the database's: once nothing but the version runs; from its beginning nothing goes back.
    Contract,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SmokeState {
    /// Its turn has not come.
    Waiting,
    Running,
    Passed,
    Failed,
    /// It could not be asked, which is no pass.
    Faulted,
}
