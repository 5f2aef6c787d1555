//! `smoke:` of a component as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::component::RunText;
use super::entries::Entries;
use super::form::{At, Form, ShortForm};
use super::quantities::Milliseconds;
use super::scalar::{Kind, Scalar};
use super::texts::{EnvironmentKind, PathKind, TextKind};
use super::words_of_gates::GateNameKind;
use crate::diagnostic::quoted;
use crate::problems::Wrong;

/// Something that every new version is asked before it gets traffic, and again once it has all of it. One of `http` and
/// `run`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SmokeTest")]
pub struct SmokeText {
    /// Its own within the component.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<GateNameKind>>,
    /// A GET of each ready instance, past the gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<At<Form<SmokeHttpText>>>,
    /// A program and its arguments, without a shell; it passes when it ends with status 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<At<RunText>>,
    /// How long one attempt may take; 10s unless given, 10m at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Scalar<Milliseconds>>,
    /// Attempts after the first; none unless given, 10 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Scalar<RetriesKind>>,
    /// Where it is asked; everywhere unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<Scalar<EnvironmentKind>>>,
}

/// What a GET is to be answered.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SmokeHttp")]
pub struct SmokeHttpText {
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Scalar<PathKind>>,
    /// Any 2xx unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Scalar<StatusKind>>,
    /// Stands in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<Scalar<TextKind>>,
    /// By name, what the value of each has in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Entries<Scalar<TextKind>>>,
}

impl ShortForm for SmokeHttpText {
    const NAME: &'static str = "SmokeHttpForm";
    const EXPECTED: &'static str = "a path like /healthz, or a mapping like {path: /cart, status: 200}";
    fn short_schema() -> Value {
        json!({ "type": "string", "pattern": "^/" })
    }
}

/// A status of HTTP.
pub struct StatusKind;

/// A number of attempts after the first.
pub struct RetriesKind;

const RETRIES_MAX: u32 = 10;

impl Kind for RetriesKind {
    type Value = u32;
    const NAME: &'static str = "Retries";

    fn read(text: &str) -> Result<u32, Wrong> {
        text.parse().ok().filter(|count| *count <= RETRIES_MAX).ok_or_else(|| {
            let message = format!("{} is no possible number of retries", quoted(text));
            Wrong::new("bad-number", message, "write one from 0 to 10")
        })
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": RETRIES_MAX })
    }
}

impl Kind for StatusKind {
    type Value = u16;
    const NAME: &'static str = "Status";

    fn read(text: &str) -> Result<u16, Wrong> {
        text.parse().ok().filter(|status| (100..=599).contains(status)).ok_or_else(|| {
            let message = format!("{} is no status of HTTP", quoted(text));
            Wrong::new("bad-number", message, "write one from 100 to 599, like `200`")
        })
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 100, "maximum": 599 })
    }
}
