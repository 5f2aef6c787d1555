//! `database:` of a component as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::component::RunText;
use super::form::At;
use super::quantities::Milliseconds;
use super::scalar::Scalar;
use super::smoke::RetriesKind;
use super::texts::EnvironmentKind;

/// What is run on the component's database while a new version is brought out.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Database")]
pub struct DatabaseText {
    /// Before anything of the new version runs: what both versions can live with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expand: Option<At<DatabaseStepText>>,
    /// Once nothing but the new version runs: what only earlier ones needed is taken away, and nothing goes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<At<DatabaseContractText>>,
}

/// A command of the team's choice, which can be run again.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DatabaseStep")]
pub struct DatabaseStepText {
    /// A program and its arguments, without a shell; it has done its work when it ends with status 0.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<At<RunText>>,
    /// How long one attempt may take; 10m unless given, 6h at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Scalar<Milliseconds>>,
    /// Attempts after the first; none unless given, 10 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Scalar<RetriesKind>>,
    /// Where it is run; everywhere unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<Scalar<EnvironmentKind>>>,
}

/// The same with a question before it.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DatabaseContract")]
pub struct DatabaseContractText {
    /// A program and its arguments, without a shell; it has done its work when it ends with status 0.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<At<RunText>>,
    /// Asked first: where it ends with status 0 nothing is left to contract, and there is a way back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unless: Option<At<RunText>>,
    /// How long one attempt may take; 10m unless given, 6h at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Scalar<Milliseconds>>,
    /// Attempts after the first; none unless given, 10 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Scalar<RetriesKind>>,
    /// Where it is run; everywhere unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<Scalar<EnvironmentKind>>>,
}
