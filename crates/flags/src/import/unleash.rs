//! Unleash: what its API gives to clients (`/api/client/features`), and what its admin interface exports.
//!
//! A toggle without variants becomes a boolean flag, one with variants a flag of their payloads, which without a variant
//! is the caller's default. `userId` is the targeting key.

use serde_json::{Map, Value, json};

use super::{Import, Made, Reading, all, any, is_there, shares, subject, text, var};
use crate::problem::{Found, Path};

const BUCKETS: &str = "percentages keep their size, but other subjects are in them: Unleash hashes the group and the user, flagd the unit in CBOR";
const VARIANT_SCALE: u64 = 100;

/// Reads an export of Unleash.
pub fn unleash(export: &Value) -> Import {
    let mut made = Made::default();
    let mut path = Path::root();
    let Some(features) = export.get("features").and_then(Value::as_array) else {
        made.problems.push(path.here("an export of Unleash has a list of `features`").of_set());
        return made.import();
    };
    let given =
        |member: &str| export.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (index, segment) in given("segments").iter().enumerate() {
        let mut reading = Reading { path: &mut path, advice: Vec::new() };
        let condition = reading.at("segments", |reading| {
            reading
                .at(&index.to_string(), |reading| reading.each(segment, "constraints", constraint).map(all))
        });
        made.segment(segment_name(&segment["id"]), condition);
    }
    for (index, feature) in features.iter().enumerate() {
        let whole = with_environment(feature, given("featureStrategies"), given("featureEnvironments"));
        let mut reading = Reading { path: &mut path, advice: Vec::new() };
        let toggle = Toggle { feature: &whole, all: features, segments: &made.segments };
        let flag =
            reading.at("features", |reading| reading.at(&index.to_string(), |reading| toggle.flag(reading)));
        let advice = reading.advice;
        made.flag(text(feature, "name"), flag, advice);
    }
    made.import()
}

fn segment_name(id: &Value) -> String {
    format!("unleash-{id}")
}

/// The admin's export has strategies and states beside the toggles.
fn with_environment(feature: &Value, strategies: &[Value], environments: &[Value]) -> Value {
    let mut whole = feature.clone();
    let of = |one: &&Value| text(one, "featureName") == text(feature, "name");
    let own: Vec<Value> = strategies.iter().filter(of).cloned().collect();
    if !own.is_empty() {
        whole["strategies"] = own.into();
    }
    if let Some(environment) = environments.iter().find(of) {
        whole["enabled"] = environment["enabled"].clone();
        if whole["variants"].as_array().is_none_or(Vec::is_empty) {
            whole["variants"] = environment["variants"].clone();
        }
    }
    whole
}

struct Toggle<'a> {
    feature: &'a Value,
    all: &'a [Value],
    segments: &'a Map<String, Value>,
}

impl Toggle<'_> {
    fn flag(&self, reading: &mut Reading<'_>) -> Result<Value, Found> {
        let variants = variants(self.feature);
        let cases =
            reading.each(self.feature, "strategies", |reading, strategy| self.case(strategy, reading))?;
        let enabled = self.feature["enabled"].as_bool().unwrap_or_default();
        let mut flag = json!({ "state": if enabled { "ENABLED" } else { "DISABLED" }, "variants": variants });
        if variants.contains_key("off") {
            flag["defaultVariant"] = json!("off");
            flag["offVariant"] = json!("off");
        }
        let chain: Vec<Value> = if cases.is_empty() {
            vec![json!(true), self.result(&Value::Null, reading)]
        } else {
            cases.into_iter().flat_map(|(condition, result)| [condition, result]).collect()
        };
        flag["targeting"] = json!({ "if": chain });
        let wanted =
            reading.each(self.feature, "dependencies", |reading, on| self.prerequisite(on, reading))?;
        if !wanted.is_empty() {
            flag["prerequisites"] = wanted.into();
        }
        let metadata = metadata(self.feature);
        if !metadata.is_empty() {
            flag["metadata"] = metadata.into();
        }
        Ok(flag)
    }

    fn case(&self, strategy: &Value, reading: &mut Reading<'_>) -> Result<(Value, Value), Found> {
        let mut conditions = reading.each(strategy, "constraints", constraint)?;
        conditions.extend(reading.each(strategy, "segments", |reading, id| {
            let name = segment_name(id);
            if self.segments.contains_key(&name) {
                return Ok(json!({ "segment": name }));
            }
            reading.wrong("this segment did not come over")
        })?);
        conditions.extend(self.strategy(strategy, reading)?);
        Ok((all(conditions), self.result(strategy, reading)))
    }

    fn strategy(&self, strategy: &Value, reading: &mut Reading<'_>) -> Result<Option<Value>, Found> {
        let parameter = |name: &str| text(&strategy["parameters"], name);
        let group = Some(parameter("groupId")).filter(|group| !group.is_empty()).unwrap_or(self.name());
        match text(strategy, "name") {
            "default" => Ok(None),
            "userWithId" => {
                let users: Vec<&str> = parameter("userIds").split(',').map(str::trim).collect();
                Ok(Some(json!({"in": [subject(), users]})))
            }
            "flexibleRollout" => {
                share(group, parameter("stickiness"), parameter("rollout"), reading).map(Some)
            }
            "gradualRolloutUserId" => share(group, "userId", parameter("percentage"), reading).map(Some),
            "gradualRolloutSessionId" => {
                share(group, "sessionId", parameter("percentage"), reading).map(Some)
            }
            other => reading
                .at("name", |reading| reading.wrong(format!("the strategy `{other}` does not carry over"))),
        }
    }

    /// What whoever a strategy is for gets: one of its variants, of the toggle's, or just `on`.
    fn result(&self, strategy: &Value, reading: &mut Reading<'_>) -> Value {
        let own = [strategy, self.feature]
            .into_iter()
            .find_map(|of| of["variants"].as_array().filter(|own| !own.is_empty()));
        let Some(variants) = own else { return json!("on") };
        reading.advise(BUCKETS);
        let weighted =
            variants.iter().map(|one| (one["name"].clone(), one["weight"].as_u64().unwrap_or_default()));
        let stickiness = variants.first().map(|first| text(first, "stickiness")).unwrap_or_default();
        let unit = if stickiness == "random" { subject() } else { attribute(stickiness) };
        let mut chain: Vec<Value> = variants.iter().flat_map(overridden).collect();
        chain.push(shares(self.name(), &unit, weighted.collect(), &Value::Null));
        json!({ "if": chain })
    }

    fn prerequisite(&self, on: &Value, reading: &mut Reading<'_>) -> Result<Value, Found> {
        let parent = text(on, "feature");
        if on["enabled"] == json!(false) {
            return reading.wrong("a flag cannot need that another one is off");
        }
        let Some(known) = self.all.iter().find(|feature| text(feature, "name") == parent) else {
            return reading.wrong(format!("the export has no `{parent}`"));
        };
        let mut names: Vec<String> = variants(known).keys().filter(|name| *name != "off").cloned().collect();
        if let Some(wanted) = on["variants"].as_array().filter(|wanted| !wanted.is_empty()) {
            names.retain(|name| wanted.iter().any(|one| one == name));
        }
        Ok(json!({"flag": parent, "variants": names}))
    }

    fn name(&self) -> &str {
        text(self.feature, "name")
    }
}

/// Those of the toggle and of its strategies, or on and off.
fn variants(feature: &Value) -> Map<String, Value> {
    let strategies = feature["strategies"].as_array().into_iter().flatten();
    let lists = std::iter::once(feature).chain(strategies).filter_map(|of| of["variants"].as_array());
    let mut named: Map<String, Value> =
        lists.flatten().map(|variant| (text(variant, "name").to_owned(), payload(variant))).collect();
    if named.is_empty() {
        named = Map::from_iter([("on".to_owned(), json!(true)), ("off".to_owned(), json!(false))]);
    } else if feature["strategies"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|strategy| no_variants(strategy, feature))
    {
        named.entry("on").or_insert(Value::from("on"));
    }
    named
}

fn no_variants(strategy: &Value, feature: &Value) -> bool {
    [strategy, feature].iter().all(|of| of["variants"].as_array().is_none_or(Vec::is_empty))
}

fn payload(variant: &Value) -> Value {
    let written = text(&variant["payload"], "value");
    let read = || serde_json::from_str(written).unwrap_or_else(|_| json!(written));
    match text(&variant["payload"], "type") {
        "json" | "number" => read(),
        "" => variant["name"].clone(),
        _ => json!(written),
    }
}

fn overridden(variant: &Value) -> Vec<Value> {
    let each = variant["overrides"].as_array().into_iter().flatten();
    let cases = each.map(|one| json!({"in": [attribute(text(one, "contextName")), one["values"]]}));
    let conditions: Vec<Value> = cases.collect();
    if conditions.is_empty() { Vec::new() } else { vec![any(conditions), variant["name"].clone()] }
}

fn share(group: &str, stickiness: &str, percent: &str, reading: &mut Reading<'_>) -> Result<Value, Found> {
    if stickiness == "random" {
        return reading.wrong("a percentage that is drawn anew each time does not carry over");
    }
    let Ok(percent) = percent.trim().parse::<u64>() else {
        return reading.wrong("a percentage is a whole number of 0 to 100");
    };
    let percent = percent.min(VARIANT_SCALE);
    if percent == VARIANT_SCALE {
        return Ok(json!({"!!": [attribute(stickiness)]}));
    }
    reading.advise(BUCKETS);
    let both = vec![(json!(true), percent), (json!(false), VARIANT_SCALE - percent)];
    Ok(shares(group, &attribute(stickiness), both, &json!(false)))
}

fn attribute(name: &str) -> Value {
    match name {
        "userId" | "default" | "" => subject(),
        other => var(other),
    }
}

fn constraint(reading: &mut Reading<'_>, constraint: &Value) -> Result<Value, Found> {
    let name = text(constraint, "contextName");
    if name.contains('.') {
        return reading.wrong("an attribute with a dot in its name is not found by flagd's rules");
    }
    let attribute = attribute(name);
    let values = constraint["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    let operator = text(constraint, "operator");
    let by_text = ["STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS"].contains(&operator);
    if by_text && constraint["caseInsensitive"] == json!(true) {
        return reading.wrong("flagd's rules cannot compare without regard to case");
    }
    let each = |make: &dyn Fn(&Value) -> Value| any(values.iter().map(make).collect());
    let condition = match operator {
        "IN" => json!({"in": [attribute, values]}),
        "NOT_IN" => json!({"!": [{"in": [attribute, values]}]}),
        "STR_STARTS_WITH" => each(&|value| json!({"starts_with": [attribute, value]})),
        "STR_ENDS_WITH" => each(&|value| json!({"ends_with": [attribute, value]})),
        "STR_CONTAINS" => each(&|value| json!({"in": [value, attribute]})),
        _ => single(operator, name, &attribute, constraint, reading)?,
    };
    Ok(if constraint["inverted"] == json!(true) { json!({"!": [condition]}) } else { condition })
}

/// Operators that compare with one value.
fn single(
    operator: &str,
    name: &str,
    attribute: &Value,
    constraint: &Value,
    reading: &mut Reading<'_>,
) -> Result<Value, Found> {
    let value = text(constraint, "value");
    let (family, comparison) = operator.split_once('_').unwrap_or((operator, ""));
    let symbol = match comparison {
        "EQ" => "=",
        "GT" | "AFTER" => ">",
        "GTE" => ">=",
        "LT" | "BEFORE" => "<",
        "LTE" => "<=",
        _ => return reading.wrong(format!("the operator `{operator}` does not carry over")),
    };
    match (family, value.parse::<f64>(), value.parse::<jiff::Timestamp>()) {
        ("SEMVER", ..) => Ok(json!({"sem_ver": [attribute, symbol, value]})),
        ("NUM", Ok(number), _) => {
            let symbol = if symbol == "=" { "==" } else { symbol };
            Ok(all(vec![is_there(attribute), json!({ symbol: [attribute, number] })]))
        }
        ("DATE", _, Ok(at)) if name == "currentTime" => {
            Ok(json!({ symbol: [var("$flagd.timestamp"), at.as_second()] }))
        }
        _ => reading.wrong(format!("`{operator}` with `{value}` does not carry over")),
    }
}

fn metadata(feature: &Value) -> Map<String, Value> {
    let kept = ["description", "project", "type"];
    let members = kept.into_iter().filter(|name| !text(feature, name).is_empty());
    members.map(|name| (name.to_owned(), feature[name].clone())).collect()
}
