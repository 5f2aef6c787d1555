//! A provider for the `open-feature` crate (0.3, feature `openfeature`).
//!
//! Invariant: it answers what [`Client`] answers. Where the client leaves a flag to the caller's default, the provider
//! answers an error, since the crate's providers are not told the default. Deliberately not here: events, which the crate
//! does not have.

use std::time::Duration;

use jiff::Timestamp;
use open_feature::provider::{FeatureProvider, ProviderMetadata, ProviderStatus, ResolutionDetails};
use open_feature::{
    EvaluationContext, EvaluationContextFieldValue as Field, EvaluationError, EvaluationErrorCode,
    EvaluationReason, EvaluationResult, FlagMetadata, FlagMetadataValue, StructValue, Value as Given,
    async_trait,
};
use serde_json::{Map, Number, Value};
use tidegate_flags::limits::{CONTEXT_ATTRIBUTES_MAX, CONTEXT_DEPTH_MAX};
use tidegate_flags::{Context, ErrorCode, Reason, TARGETING_KEY};

use crate::client::Client;
use crate::evaluation::Evaluation;

/// How long `initialize` waits for flags.
const READY_WITHIN: Duration = Duration::from_secs(10);

pub struct Provider {
    client: Client,
    metadata: ProviderMetadata,
    ready_within: Duration,
}

impl Provider {
    pub fn new(client: Client) -> Self {
        let metadata = ProviderMetadata::new("tidegate");
        Self { client, metadata, ready_within: READY_WITHIN }
    }

    /// How long `initialize` waits for flags: 10 s unless said otherwise. After that they are followed all the same.
    #[must_use]
    pub fn with_ready_within(mut self, ready_within: Duration) -> Self {
        self.ready_within = ready_within;
        self
    }

    fn asked<T>(
        &self,
        given: &EvaluationContext,
        ask: impl FnOnce(&Context) -> Evaluation<T>,
    ) -> EvaluationResult<ResolutionDetails<T>> {
        let context = context(given, self.client.context())?;
        told(ask(&context))
    }
}

#[async_trait]
impl FeatureProvider for Provider {
    async fn initialize(&mut self, _: &EvaluationContext) {
        if let Err(not_ready) = self.client.ready(self.ready_within).await {
            tracing::warn!(%not_ready, "callers get their defaults until flags are learnt");
        }
    }

    fn status(&self) -> ProviderStatus {
        match (self.client.is_ready(), self.client.stale_for()) {
            (false, _) => ProviderStatus::NotReady,
            (true, None) => ProviderStatus::Ready,
            (true, Some(_)) => ProviderStatus::STALE,
        }
    }

    fn metadata(&self) -> &ProviderMetadata {
        &self.metadata
    }

    async fn resolve_bool_value(
        &self,
        key: &str,
        given: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<bool>> {
        self.asked(given, |context| self.client.boolean_details(key, context, false))
    }

    async fn resolve_int_value(
        &self,
        key: &str,
        given: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<i64>> {
        self.asked(given, |context| self.client.integer_details(key, context, 0))
    }

    async fn resolve_float_value(
        &self,
        key: &str,
        given: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<f64>> {
        self.asked(given, |context| self.client.float_details(key, context, 0.0))
    }

    async fn resolve_string_value(
        &self,
        key: &str,
        given: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        self.asked(given, |context| self.client.string_details(key, context, ""))
    }

    async fn resolve_struct_value(
        &self,
        key: &str,
        given: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        let evaluation =
            self.asked(given, |context| self.client.object_details(key, context, &Value::Null))?;
        let ResolutionDetails { value, variant, reason, flag_metadata } = evaluation;
        match written(&value) {
            Some(Given::Struct(value)) => Ok(ResolutionDetails { value, variant, reason, flag_metadata }),
            _ => Err(failed(EvaluationErrorCode::TypeMismatch, "the flag's value is a list")),
        }
    }
}

fn told<T>(evaluation: Evaluation<T>) -> EvaluationResult<ResolutionDetails<T>> {
    let Evaluation { value, variant, reason, error, message, metadata } = evaluation;
    if let Some(error) = error {
        return Err(failed(code(error), message.as_deref().unwrap_or("the flag cannot be evaluated")));
    }
    if variant.is_none() {
        let general = EvaluationErrorCode::General("the flag leaves it to the caller's default".to_owned());
        return Err(failed(general, "it has no default variant"));
    }
    let reason = match reason {
        Reason::Static => EvaluationReason::Static,
        Reason::Default => EvaluationReason::Default,
        Reason::TargetingMatch => EvaluationReason::TargetingMatch,
        Reason::Disabled => EvaluationReason::Disabled,
        Reason::Error => EvaluationReason::Error,
    };
    let mut flag_metadata = FlagMetadata::default();
    for (name, value) in metadata {
        if let Some(value) = simple(&value) {
            flag_metadata.values.insert(name, value);
        }
    }
    Ok(ResolutionDetails { value, variant, reason: Some(reason), flag_metadata: Some(flag_metadata) })
}

fn failed(code: EvaluationErrorCode, message: &str) -> EvaluationError {
    EvaluationError { code, message: Some(message.to_owned()) }
}

fn code(error: ErrorCode) -> EvaluationErrorCode {
    match error {
        ErrorCode::FlagNotFound => EvaluationErrorCode::FlagNotFound,
        ErrorCode::ParseError => EvaluationErrorCode::ParseError,
        ErrorCode::TypeMismatch => EvaluationErrorCode::TypeMismatch,
        ErrorCode::TargetingKeyMissing => EvaluationErrorCode::TargetingKeyMissing,
        ErrorCode::InvalidContext => EvaluationErrorCode::InvalidContext,
        ErrorCode::ProviderNotReady => EvaluationErrorCode::ProviderNotReady,
        ErrorCode::General => EvaluationErrorCode::General(error.as_str().to_owned()),
    }
}

/// Metadata are texts, numbers and booleans.
fn simple(value: &Value) -> Option<FlagMetadataValue> {
    Some(match value {
        Value::Bool(value) => (*value).into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64()?.into(),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}

/// None for what the crate has no word for, which is null.
fn written(value: &Value) -> Option<Given> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => Given::Bool(*value),
        Value::String(text) => Given::String(text.clone()),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Given::Float(number.as_f64().unwrap_or_default()), Given::Int)
        }
        Value::Array(elements) => Given::Array(elements.iter().filter_map(written).collect()),
        Value::Object(members) => {
            let fields = members.iter().filter_map(|(name, value)| Some((name.clone(), written(value)?)));
            Given::Struct(StructValue { fields: fields.collect() })
        }
    })
}

fn context(given: &EvaluationContext, mut context: Context) -> Result<Context, EvaluationError> {
    let invalid = |message: &str| failed(EvaluationErrorCode::InvalidContext, message);
    if given.custom_fields.len() >= CONTEXT_ATTRIBUTES_MAX {
        return Err(invalid("it has too many attributes"));
    }
    for (name, field) in &given.custom_fields {
        let value = attribute(field)
            .ok_or_else(|| invalid(&format!("`{name}` is no serde_json::Value, nor an open_feature one")))?;
        if name == TARGETING_KEY && !value.is_string() {
            return Err(invalid("`targetingKey` is not a string"));
        }
        context = context.with(name.clone(), value);
    }
    Ok(match &given.targeting_key {
        Some(key) => context.with_targeting_key(key.as_str()),
        None => context,
    })
}

fn attribute(field: &Field) -> Option<Value> {
    Some(match field {
        Field::Bool(value) => Value::Bool(*value),
        Field::Int(value) => Value::from(*value),
        Field::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
        Field::String(text) => Value::String(text.clone()),
        Field::DateTime(at) => {
            let at = Timestamp::new(at.unix_timestamp(), at.nanosecond().cast_signed()).ok()?;
            Value::String(at.to_string())
        }
        // Whatever somebody put in; two kinds can be read.
        Field::Struct(any) => {
            if let Some(value) = any.downcast_ref::<Value>() {
                return Some(value.clone()).filter(|value| read_depth(value, CONTEXT_DEPTH_MAX));
            }
            let value = any.downcast_ref::<StructValue>()?;
            object(value, CONTEXT_DEPTH_MAX)?
        }
    })
}

fn read_depth(value: &Value, left: usize) -> bool {
    let deeper = |value: &Value| left > 0 && read_depth(value, left - 1);
    match value {
        Value::Array(elements) => elements.iter().all(deeper),
        Value::Object(members) => members.values().all(deeper),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn object(value: &StructValue, left: usize) -> Option<Value> {
    let members = value.fields.iter().map(|(name, value)| Some((name.clone(), read(value, left)?)));
    Some(Value::Object(members.collect::<Option<Map<_, _>>>()?))
}

fn read(value: &Given, left: usize) -> Option<Value> {
    let left = left.checked_sub(1)?;
    Some(match value {
        Given::Bool(value) => Value::Bool(*value),
        Given::Int(value) => Value::from(*value),
        Given::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
        Given::String(text) => Value::String(text.clone()),
        Given::Array(elements) => {
            Value::Array(elements.iter().map(|value| read(value, left)).collect::<Option<_>>()?)
        }
        Given::Struct(value) => object(value, left)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_context_comes_over_whole_or_not_at_all() {
        let given = EvaluationContext::default()
            .with_targeting_key("ann")
            .with_custom_field("age", 33)
            .with_custom_field("share", 0.5)
            .with_custom_field("user", Field::new_struct(json!({"email": "ann@example.com"})))
            .with_custom_field("list", Field::new_struct(StructValue::default().with_field("a", vec![1, 2])));
        let read = context(&given, Context::at(7)).unwrap();
        assert_eq!((read.targeting_key(), read.timestamp_seconds()), (Some("ann"), 7));
        assert_eq!(read.get("user"), Some(&json!({"email": "ann@example.com"})));
        assert_eq!(read.get("list"), Some(&json!({"a": [1, 2]})));
        assert_eq!((read.get("age"), read.get("share")), (Some(&json!(33)), Some(&json!(0.5))));
        let refuse = |field: Field| {
            let given = EvaluationContext::default().with_custom_field("x", field);
            assert_eq!(
                context(&given, Context::at(0)).unwrap_err().code,
                EvaluationErrorCode::InvalidContext
            );
        };
        refuse(Field::new_struct(std::time::Instant::now()));
        let deep = (0..100).fold(json!(1), |inside, _| json!([inside]));
        refuse(Field::new_struct(deep));
        let no_text = EvaluationContext::default().with_custom_field("targetingKey", 7);
        assert!(context(&no_text, Context::at(0)).is_err());
    }

    #[test]
    fn what_an_object_holds_comes_over_without_its_nulls() {
        let Some(Given::Struct(value)) = written(&json!({"a": [1, 2.5, "x", true, null], "b": null})) else {
            panic!()
        };
        let list = vec![Given::Int(1), Given::Float(2.5), Given::String("x".to_owned()), Given::Bool(true)];
        assert_eq!(value, StructValue::default().with_field("a", Given::Array(list)));
    }
}
