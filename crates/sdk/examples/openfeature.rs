//! The same flags through the crate `open-feature`: how it is set up, and one answer of each kind.
//!
//! `TIDEGATE_FLAG_KEY=tdk_… cargo run -p tidegate-sdk --features openfeature --example openfeature -- http://127.0.0.1:7070 ann bob`
//!
//! The flags are those of `e2e/openfeature/agree.py`, which compares what is printed here with what other clients say.

use std::error::Error;
use std::io::Write as _;

use open_feature::{
    Client, EvaluationContext, EvaluationDetails, EvaluationError, EvaluationReason, EvaluationResult,
    OpenFeature, StructValue,
};
use serde_json::{Map, Value, json};
use tidegate_sdk::{Options, Provider};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let address = words.next().ok_or("openfeature ADDRESS SUBJECT…")?;
    let options = Options::new(address, std::env::var("TIDEGATE_FLAG_KEY")?);
    let flags = tidegate_sdk::Client::start(options)?;
    let mut api = OpenFeature::singleton_mut().await;
    api.set_provider(Provider::new(flags.clone())).await;
    let client = api.create_client();
    let mut split = Map::new();
    for subject in words {
        let who = EvaluationContext::default().with_targeting_key(&subject);
        let details = client.get_string_details("split", Some(&who), None).await;
        split.insert(subject, details.map_err(told_error)?.variant.into());
    }
    writeln!(std::io::stdout(), "{}", one_of_each(&client, split).await)?;
    flags.stop().await;
    Ok(())
}

async fn one_of_each(client: &Client, split: Map<String, Value>) -> Value {
    let ann = EvaluationContext::default().with_targeting_key("ann").with_custom_field("plan", "gold");
    let ann = Some(&ann);
    let nobody = EvaluationContext::default();
    json!({
        "split": split,
        "rule": told(client.get_string_details("rule", ann, None).await, &json!("default")),
        "off": told(client.get_bool_details("off", ann, None).await, &json!(true)),
        "missing": told(client.get_bool_details("missing", ann, None).await, &json!(true)),
        "object": told(client.get_struct_details::<Json>("object", ann, None).await, &json!({})),
        "number": told(client.get_float_details("number", ann, None).await, &json!(0)),
        "nobody": told(client.get_string_details("split", Some(&nobody), None).await, &json!("default")),
    })
}

/// Value, variant, reason, error: in the crate, the default is the caller's own affair.
fn told<T: Into<Value>>(details: EvaluationResult<EvaluationDetails<T>>, default: &Value) -> Value {
    match details {
        Ok(EvaluationDetails { value, variant, reason, .. }) => {
            let reason = reason.unwrap_or(EvaluationReason::Unknown).to_string();
            json!([value.into(), variant, reason, null])
        }
        Err(EvaluationError { code, .. }) => json!([default, null, "ERROR", code.to_string()]),
    }
}

fn told_error(EvaluationError { code, message }: EvaluationError) -> String {
    format!("{code}: {}", message.unwrap_or_default())
}

/// A structure as JSON.
struct Json(Value);

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        json.0
    }
}

impl From<StructValue> for Json {
    fn from(given: StructValue) -> Self {
        Self(object(given))
    }
}

fn object(given: StructValue) -> Value {
    Value::Object(given.fields.into_iter().map(|(name, value)| (name, plain(value))).collect())
}

fn plain(value: open_feature::Value) -> Value {
    match value {
        open_feature::Value::Bool(value) => value.into(),
        open_feature::Value::Int(value) => value.into(),
        open_feature::Value::Float(value) => value.into(),
        open_feature::Value::String(value) => value.into(),
        open_feature::Value::Array(values) => values.into_iter().map(plain).collect(),
        open_feature::Value::Struct(value) => object(value),
    }
}
