//! The file as it is written: one type for each mapping in it, each value still with its place.
//!
//! Invariant: these types are the only description of the format; the parser and the published JSON Schema both come
//! from them, and their doc comments are the schema's descriptions. No tags, no flattening, no untagged enums: those
//! lose places. Deliberately not here: what the values mean (`lower`).

pub mod analysis;
pub mod component;
pub mod database;
pub mod entries;
pub mod environment;
pub mod form;
pub mod gates;
pub mod kinds;
pub mod pipeline;
pub mod quantities;
pub mod scalar;
pub mod smoke;
pub mod strategy;
pub mod texts;
pub mod words;
pub mod words_of_gates;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use component::ComponentText;
use entries::Entries;
use environment::EnvironmentText;
use form::At;
use pipeline::{PipelineText, PipelinesText};
use scalar::Scalar;
use texts::ProjectKind;

/// What runs, where it runs, and how a release gets there.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "tidegate.yaml")]
pub struct ManifestText {
    /// The name of this project.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<Scalar<ProjectKind>>,
    /// The things that are built and versioned, by name.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Entries<ComponentText>>,
    /// Where users are, in the order a release reaches them.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<At<EnvironmentText>>>,
    /// The stages a release goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<At<PipelineText>>,
    /// Instead of `pipeline`, where hotfixes go another way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipelines: Option<At<PipelinesText>>,
}
