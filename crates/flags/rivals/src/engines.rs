//! Four evaluators behind one face, with the same flags in each one's own words.
//!
//! Invariant: each is asked in the quickest way it offers, with a context that is built once. Two kinds of flags: without a
//! rule, and on for a quarter of the subjects of ten countries.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use flagd_evaluation_engine::{FeatureFlag, FlagParser, Operator};
use launchdarkly_server_sdk_evaluation as ld;
use open_feature::EvaluationContext;
use serde_json::{Value, json};
use tidegate_flags::{Context, FlagSet};
use unleash_types::client_features::{ClientFeatures, ClientFeaturesDelta, DeltaEvent};
use unleash_yggdrasil::EngineState;

pub const COUNTRIES: [&str; 10] = ["AT", "BE", "CH", "DE", "DK", "ES", "FR", "IT", "NL", "SE"];
pub const NOW: i64 = 1_795_219_200;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Static,
    Rule,
}

/// A subject: its key and three attributes.
#[derive(Clone)]
pub struct Subject {
    pub key: String,
    pub country: &'static str,
}

pub trait Engine {
    const NAME: &'static str;
    fn document(kind: Kind, count: usize) -> String;
    fn load(document: &str, subject: &Subject) -> Self;
    fn is_on(&self, key: &str) -> bool;
    /// How many of these flags are on.
    fn all_on(&self, keys: &[String]) -> usize {
        keys.iter().filter(|key| self.is_on(key)).count()
    }
    /// The definition that switches a flag off, as it would arrive.
    fn change(key: &str, on: bool) -> String;
    fn flip(&mut self, key: &str, change: &str);
}

pub fn key(index: usize) -> String {
    format!("checkout.flag-{index:05}")
}

pub struct Tidegate {
    set: RwLock<Arc<FlagSet>>,
    now: Arc<FlagSet>,
    context: Context,
}

fn flagd_flag(kind: Kind, on: bool) -> Value {
    let mut flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": if on {"on"} else {"off"}});
    if kind == Kind::Rule {
        flag["defaultVariant"] = json!("off");
        flag["targeting"] = json!({"if": [
            {"in": [{"var": "country"}, COUNTRIES]},
            {"fractional": [["on", if on { 25 } else { 0 }], ["off", if on { 75 } else { 100 }]]},
            "off",
        ]});
    }
    flag
}

fn flagd_document(kind: Kind, count: usize) -> String {
    let flags: serde_json::Map<String, Value> = (0..count).map(|index| (key(index), flagd_flag(kind, true))).collect();
    json!({ "flags": flags }).to_string()
}

impl Engine for Tidegate {
    const NAME: &'static str = "tidegate-flags";

    fn document(kind: Kind, count: usize) -> String {
        flagd_document(kind, count)
    }

    fn load(document: &str, subject: &Subject) -> Self {
        let (set, problems) = FlagSet::parse(document);
        assert!(problems.is_empty(), "{problems:?}");
        let context = Context::at(NOW)
            .with_targeting_key(subject.key.as_str())
            .with("plan", "pro")
            .with("version", "2.1.0")
            .with("country", subject.country);
        let now = Arc::new(set);
        Self { set: RwLock::new(Arc::clone(&now)), now, context }
    }

    #[inline]
    fn is_on(&self, key: &str) -> bool {
        self.now.boolean(key, &self.context, false).value
    }

    fn all_on(&self, _keys: &[String]) -> usize {
        let each = self.now.evaluate_all(&self.context);
        each.filter(|(_, details)| details.value().and_then(Value::as_bool) == Some(true)).count()
    }

    fn change(_key: &str, on: bool) -> String {
        flagd_flag(Kind::Rule, on).to_string()
    }

    fn flip(&mut self, key: &str, change: &str) {
        let definition: Value = serde_json::from_str(change).unwrap();
        let next = Arc::new(self.set.read().unwrap().with(key, &definition).0);
        *self.set.write().unwrap() = Arc::clone(&next);
        self.now = next;
    }
}

pub struct Unleash {
    engine: EngineState,
    context: unleash_yggdrasil::Context,
    revision: u32,
}

fn unleash_feature(key: &str, kind: Kind, on: bool) -> Value {
    let strategies = match kind {
        Kind::Static => json!([{"name": "default", "parameters": {}}]),
        Kind::Rule => json!([{
            "name": "flexibleRollout",
            "parameters": {"rollout": "25", "stickiness": "default", "groupId": key},
            "constraints": [{"contextName": "country", "operator": "IN", "values": COUNTRIES}],
        }]),
    };
    json!({"name": key, "type": "release", "enabled": on, "project": "default", "strategies": strategies, "variants": []})
}

impl Engine for Unleash {
    const NAME: &'static str = "unleash-yggdrasil 0.21.7";

    fn document(kind: Kind, count: usize) -> String {
        let features: Vec<Value> = (0..count).map(|index| unleash_feature(&key(index), kind, true)).collect();
        json!({"version": 2, "features": features}).to_string()
    }

    fn load(document: &str, subject: &Subject) -> Self {
        let features: ClientFeatures = serde_json::from_str(document).unwrap();
        let engine = EngineState::default();
        assert!(engine.apply_client_features(features).is_none());
        let properties = [("plan", "pro"), ("version", "2.1.0"), ("country", subject.country)];
        let context = unleash_yggdrasil::Context {
            user_id: Some(subject.key.clone()),
            session_id: None,
            environment: None,
            app_name: None,
            current_time: None,
            remote_address: None,
            properties: Some(properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()),
        };
        Self { engine, context, revision: 1 }
    }

    #[inline]
    fn is_on(&self, key: &str) -> bool {
        self.engine.is_enabled(key, &self.context, &None)
    }

    fn change(key: &str, on: bool) -> String {
        unleash_feature(key, Kind::Rule, on).to_string()
    }

    fn flip(&mut self, _key: &str, change: &str) {
        self.revision += 1;
        let feature = serde_json::from_str(change).unwrap();
        let update = DeltaEvent::FeatureUpdated { event_id: self.revision, feature };
        assert!(self.engine.apply_delta(&ClientFeaturesDelta { events: vec![update] }).is_none());
    }
}

pub struct LaunchDarkly {
    store: Flags,
    context: ld::Context,
}

struct Flags(HashMap<String, ld::Flag>);

impl ld::Store for Flags {
    fn flag(&self, key: &str) -> Option<ld::Flag> {
        self.0.get(key).cloned()
    }

    fn segment(&self, _key: &str) -> Option<ld::Segment> {
        None
    }
}

fn ld_flag(key: &str, kind: Kind, on: bool) -> Value {
    let rules = match kind {
        Kind::Static => json!([]),
        Kind::Rule => json!([{
            "id": "countries",
            "clauses": [{"attribute": "country", "contextKind": "user", "op": "in", "values": COUNTRIES, "negate": false}],
            "rollout": {"variations": [{"variation": 0, "weight": 25_000}, {"variation": 1, "weight": 75_000}]},
            "trackEvents": false,
        }]),
    };
    let fallthrough = if kind == Kind::Static { 0 } else { 1 };
    json!({
        "key": key, "version": 1, "on": on, "targets": [], "rules": rules, "prerequisites": [],
        "fallthrough": {"variation": fallthrough}, "offVariation": 1, "variations": [true, false], "salt": "salt",
        "clientSideAvailability": {"usingEnvironmentId": true, "usingMobileKey": true},
    })
}

impl Engine for LaunchDarkly {
    const NAME: &'static str = "launchdarkly-server-sdk-evaluation 2.2.1";

    fn document(kind: Kind, count: usize) -> String {
        let flags: serde_json::Map<String, Value> =
            (0..count).map(|index| (key(index), ld_flag(&key(index), kind, true))).collect();
        Value::from(flags).to_string()
    }

    fn load(document: &str, subject: &Subject) -> Self {
        let flags: HashMap<String, ld::Flag> = serde_json::from_str(document).unwrap();
        let mut builder = ld::ContextBuilder::new(subject.key.as_str());
        builder.set_string("plan", "pro").set_string("version", "2.1.0").set_string("country", subject.country);
        Self { store: Flags(flags), context: builder.build().unwrap() }
    }

    #[inline]
    fn is_on(&self, key: &str) -> bool {
        let Some(flag) = self.store.0.get(key) else { return false };
        let detail = ld::evaluate(&self.store, flag, &self.context, None);
        matches!(detail.value, Some(ld::FlagValue::Bool(true)))
    }

    fn change(key: &str, on: bool) -> String {
        ld_flag(key, Kind::Rule, on).to_string()
    }

    fn flip(&mut self, key: &str, change: &str) {
        self.store.0.insert(key.to_owned(), serde_json::from_str(change).unwrap());
    }
}

pub struct Flagd {
    flags: HashMap<String, FeatureFlag>,
    operator: Operator,
    context: EvaluationContext,
    document: Value,
}

impl Engine for Flagd {
    const NAME: &'static str = "open-feature-flagd 0.3.0 (its evaluator)";

    fn document(kind: Kind, count: usize) -> String {
        flagd_document(kind, count)
    }

    fn load(document: &str, subject: &Subject) -> Self {
        let flags = FlagParser::parse_string(document).unwrap().flags;
        let context = EvaluationContext::default()
            .with_targeting_key(subject.key.as_str())
            .with_custom_field("plan", "pro")
            .with_custom_field("version", "2.1.0")
            .with_custom_field("country", subject.country);
        Self { flags, operator: Operator::new(), context, document: Value::Null }
    }

    /// What its resolvers do, without their locks, copies and caches.
    fn is_on(&self, key: &str) -> bool {
        let Some(flag) = self.flags.get(key).filter(|flag| flag.state == "ENABLED") else { return false };
        let targeting = flag.get_targeting();
        let chosen = if targeting == "{}" { None } else { self.operator.apply(key, &targeting, &self.context).unwrap() };
        let variant = chosen.as_ref().unwrap_or(&flag.default_variant);
        flag.variants.get(variant).and_then(Value::as_bool).unwrap_or_default()
    }

    fn change(_key: &str, on: bool) -> String {
        flagd_flag(Kind::Rule, on).to_string()
    }

    /// It knows whole documents only.
    fn flip(&mut self, key: &str, change: &str) {
        if self.document.is_null() {
            self.document = serde_json::from_str(&flagd_document(Kind::Rule, self.flags.len())).unwrap();
        }
        self.document["flags"][key] = serde_json::from_str(change).unwrap();
        self.flags = FlagParser::parse_string(&self.document.to_string()).unwrap().flags;
    }
}
