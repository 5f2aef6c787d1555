//! `components:` as it is written.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::database::DatabaseText;
use super::entries::Entries;
use super::form::{At, Form, ShortForm};
use super::kinds::Switch;
use super::quantities::{Milliseconds, Seconds};
use super::scalar::{Scalar, schema};
use super::smoke::SmokeText;
use super::texts::{ComponentKind, PathKind, TeamKind, TextKind};

/// One thing that is built and versioned.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Component")]
pub struct ComponentText {
    /// The program and its arguments: a list, or one line that is split at blanks. PORT is set for it.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<At<RunText>>,
    /// Known by its name only: it has nothing to run yet, so `run` is left out and nothing of it can be deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<Scalar<Switch>>,
    /// Whose it is: measures can be asked for by team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Scalar<TeamKind>>,
    /// Environment variables of every instance.
    #[serde(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Entries<Scalar<TextKind>>>,
    /// When an instance may be sent requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readiness: Option<At<Form<ReadinessText>>>,
    /// How an instance is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopText>,
    /// Components that are released before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<Scalar<ComponentKind>>>,
    /// What every new version is asked before it gets traffic, and again once it has all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smoke: Option<Vec<At<SmokeText>>>,
    /// What is run on its database while a new version is brought out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<At<DatabaseText>>,
}

/// The program and its arguments.
#[derive(Debug)]
pub enum RunText {
    Line(String),
    Words(Vec<Scalar<TextKind>>),
}

struct RunVisitor;

impl<'de> Visitor<'de> for RunVisitor {
    type Value = RunText;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list like [\"./server\", \"--verbose\"], or one line")
    }
    fn visit_str<E: Error>(self, line: &str) -> Result<RunText, E> {
        Ok(RunText::Line(line.to_owned()))
    }
    fn visit_bool<E: Error>(self, given: bool) -> Result<RunText, E> {
        Ok(RunText::Line(given.to_string()))
    }
    fn visit_unit<E: Error>(self) -> Result<RunText, E> {
        Ok(RunText::Words(Vec::new()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RunText, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element()? {
            words.push(word);
        }
        Ok(RunText::Words(words))
    }
}

impl<'de> Deserialize<'de> for RunText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RunVisitor)
    }
}

impl Serialize for RunText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Line(line) => to.serialize_str(line),
            Self::Words(words) => words.serialize(to),
        }
    }
}

impl JsonSchema for RunText {
    fn schema_name() -> Cow<'static, str> {
        "Run".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let word = generator.subschema_for::<Scalar<TextKind>>();
        schema(json!({ "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": word, "minItems": 1 },
        ] }))
    }
}

/// How readiness is found out. One of `http`, `tcp` and `alive`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Readiness")]
pub struct ReadinessText {
    /// A path that answers 2xx to GET.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Scalar<PathKind>>,
    /// The port accepts a connection (the default).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Scalar<Switch>>,
    /// The process runs: for a worker without a port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alive: Option<Scalar<Switch>>,
    /// Between two probes; 200ms unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Scalar<Milliseconds>>,
    /// How long one probe may take; 1s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Scalar<Milliseconds>>,
    /// Ready without a break for this long before it counts; 0s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_ready: Option<Scalar<Seconds>>,
}

impl ShortForm for ReadinessText {
    const NAME: &'static str = "ReadinessForm";
    const EXPECTED: &'static str = "`tcp`, `alive`, a path like /healthz, or a mapping like {http: /healthz}";
    fn short_schema() -> Value {
        json!({ "type": "string", "pattern": "^(tcp|alive|/.*)$" })
    }
}

/// How an instance is stopped.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Stop")]
pub struct StopText {
    /// How long requests under way may take once no new ones arrive; 10s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain: Option<Scalar<Seconds>>,
    /// From SIGTERM to SIGKILL; 10s unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kill_after: Option<Scalar<Seconds>>,
}
