//! LaunchDarkly: the flags and segments that its SDKs and its relay are given, `{"flags": {…}, "segments": {…}}`.
//!
//! Variations get names: `on` and `off` where they are true and false, `variation-0` and so on elsewhere. The key of a
//! context of the kind `user` is the targeting key; other kinds do not carry over.

use serde_json::{Map, Value, json};

use super::{Import, Made, Reading, all, any, is_there, shares, subject, text, var};
use crate::problem::{Found, Path};

const BUCKETS: &str = "percentages keep their size, but other subjects are in them: LaunchDarkly hashes with SHA-1, flagd with murmur3";
/// Weights are thousandths of a percent.
const WHOLE: u64 = 100_000;

/// Reads the flags of one environment of LaunchDarkly.
pub fn launchdarkly(export: &Value) -> Import {
    let mut made = Made::default();
    let mut path = Path::root();
    let export = export.get("data").unwrap_or(export);
    let Some(flags) = export.get("flags").and_then(Value::as_object) else {
        made.problems.push(path.here("an export of LaunchDarkly has an object of `flags`").of_set());
        return made.import();
    };
    for (key, segment) in export.get("segments").and_then(Value::as_object).into_iter().flatten() {
        let mut reading = Reading { path: &mut path, advice: Vec::new() };
        let condition =
            reading.at("segments", |reading| reading.at(key, |reading| condition(key, segment, reading)));
        made.segment(key.clone(), condition);
    }
    for (key, flag) in flags {
        let mut reading = Reading { path: &mut path, advice: Vec::new() };
        let source = Source { key, flag, flags, segments: &made.segments };
        let flag = reading.at("flags", |reading| reading.at(key, |reading| source.flag(reading)));
        let advice = reading.advice;
        made.flag(key, flag, advice);
    }
    made.import()
}

struct Source<'a> {
    key: &'a str,
    flag: &'a Value,
    flags: &'a Map<String, Value>,
    segments: &'a Map<String, Value>,
}

/// The names of a flag's variations, in their order.
fn names(flag: &Value) -> Vec<String> {
    let variations = flag["variations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let boolean =
        variations.len() == 2 && variations.iter().all(Value::is_boolean) && variations[0] != variations[1];
    let name = |(index, value): (usize, &Value)| match value.as_bool().filter(|_| boolean) {
        Some(true) => "on".to_owned(),
        Some(false) => "off".to_owned(),
        None => format!("variation-{index}"),
    };
    variations.iter().enumerate().map(name).collect()
}

impl Source<'_> {
    fn flag(&self, reading: &mut Reading<'_>) -> Result<Value, Found> {
        let names = names(self.flag);
        let values = self.flag["variations"].as_array().into_iter().flatten().cloned();
        let variants: Map<String, Value> = names.iter().cloned().zip(values).collect();
        let state = if self.flag["on"] == json!(true) { "ENABLED" } else { "DISABLED" };
        let mut flag = json!({ "state": state, "variants": variants });
        if !self.flag["offVariation"].is_null() {
            flag["offVariant"] =
                reading.at("offVariation", |reading| name(&names, &self.flag["offVariation"], reading))?;
        }
        let mut chain = self.targets("targets", &names, reading)?;
        chain.extend(self.targets("contextTargets", &names, reading)?);
        let rules = reading.each(self.flag, "rules", |reading, rule| {
            let clauses =
                reading.each(rule, "clauses", |reading, one| clause(one, Some(self.segments), reading))?;
            Ok([all(clauses), self.served(rule, &names, reading)?])
        })?;
        chain.extend(rules.into_iter().flatten());
        let fallthrough = &self.flag["fallthrough"];
        let fallthrough = reading.at("fallthrough", |reading| self.served(fallthrough, &names, reading))?;
        if fallthrough.is_string() {
            flag["defaultVariant"] = fallthrough;
        } else {
            chain.push(fallthrough);
        }
        if !chain.is_empty() {
            flag["targeting"] = json!({ "if": chain });
        }
        let wanted =
            reading.each(self.flag, "prerequisites", |reading, one| self.prerequisite(one, reading))?;
        if !wanted.is_empty() {
            flag["prerequisites"] = wanted.into();
        }
        Ok(flag)
    }

    /// Subjects named one by one.
    fn targets(
        &self,
        member: &str,
        names: &[String],
        reading: &mut Reading<'_>,
    ) -> Result<Vec<Value>, Found> {
        let targets = reading.each(self.flag, member, |reading, target| {
            of_users(target, reading)?;
            Ok([json!({"in": [subject(), target["values"]]}), name(names, &target["variation"], reading)?])
        })?;
        Ok(targets.into_iter().flatten().collect())
    }

    /// A variation, or shares of several.
    fn served(&self, of: &Value, names: &[String], reading: &mut Reading<'_>) -> Result<Value, Found> {
        let rollout = &of["rollout"];
        if rollout.is_null() {
            return reading.at("variation", |reading| name(names, &of["variation"], reading));
        }
        reading.at("rollout", |reading| {
            of_users(rollout, reading)?;
            let weighted = reading.each(rollout, "variations", |reading, one| {
                Ok((name(names, &one["variation"], reading)?, one["weight"].as_u64().unwrap_or_default()))
            })?;
            let Some((first, _)) = weighted.first().cloned() else {
                return reading.wrong("a rollout has variations");
            };
            reading.advise(BUCKETS);
            if text(rollout, "kind") == "experiment" {
                reading
                    .advise("an experiment comes over as shares; who is not tracked is not known any more");
            }
            let unit = unit(rollout, reading)?;
            let seed = rollout["seed"].as_i64().map_or_else(|| self.key.to_owned(), |seed| seed.to_string());
            // Without a bucket LaunchDarkly serves the first.
            Ok(shares(&seed, &unit, weighted, &first))
        })
    }

    fn prerequisite(&self, wanted: &Value, reading: &mut Reading<'_>) -> Result<Value, Found> {
        let other = text(wanted, "key");
        let Some(known) = self.flags.get(other) else {
            return reading.wrong(format!("the export has no flag `{other}`"));
        };
        let variant = name(&names(known), &wanted["variation"], reading)?;
        Ok(json!({"flag": other, "variants": [variant]}))
    }
}

fn name(names: &[String], index: &Value, reading: &mut Reading<'_>) -> Result<Value, Found> {
    let known =
        index.as_u64().and_then(|index| usize::try_from(index).ok()).and_then(|index| names.get(index));
    match known {
        Some(name) => Ok(json!(name)),
        None => reading.wrong("the flag has no such variation"),
    }
}

fn of_users(of: &Value, reading: &mut Reading<'_>) -> Result<(), Found> {
    match text(of, "contextKind") {
        "" | "user" => Ok(()),
        other => reading.wrong(format!("contexts of the kind `{other}` do not carry over")),
    }
}

fn unit(of: &Value, reading: &mut Reading<'_>) -> Result<Value, Found> {
    match text(of, "bucketBy") {
        "" => Ok(subject()),
        attribute => named(attribute, reading),
    }
}

/// `/address/city` is a path; a plain name is an attribute.
fn named(reference: &str, reading: &mut Reading<'_>) -> Result<Value, Found> {
    let parts: Vec<&str> =
        reference.strip_prefix('/').map_or(vec![reference], |path| path.split('/').collect());
    if parts.iter().any(|part| part.is_empty() || part.contains(['.', '~'])) {
        return reading.wrong("an attribute with a dot or a slash in its name is not found by flagd's rules");
    }
    match &parts[..] {
        ["key"] => Ok(subject()),
        ["kind"] => reading.wrong("kinds of contexts do not carry over"),
        _ => Ok(var(&parts.join("."))),
    }
}

/// With no segments, one of a segment itself.
fn clause(
    clause: &Value,
    segments: Option<&Map<String, Value>>,
    reading: &mut Reading<'_>,
) -> Result<Value, Found> {
    of_users(clause, reading)?;
    let values = clause["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    let negated = clause["negate"] == json!(true);
    if text(clause, "op") == "segmentMatch" {
        let known = |name: &&Value| {
            segments.is_some_and(|all| name.as_str().is_some_and(|name| all.contains_key(name)))
        };
        if !values.iter().all(|name| known(&name)) {
            return reading.wrong("a segment that this names did not come over");
        }
        let condition = any(values.iter().map(|name| json!({ "segment": name })).collect());
        return Ok(if negated { json!({"!": [condition]}) } else { condition });
    }
    let attribute = named(text(clause, "attribute"), reading)?;
    let condition = compared(text(clause, "op"), &attribute, values, reading)?;
    // Of an attribute that is not there nothing holds, its opposite neither.
    Ok(if negated { all(vec![is_there(&attribute), json!({"!": [condition]})]) } else { condition })
}

fn compared(
    operator: &str,
    attribute: &Value,
    values: &[Value],
    reading: &mut Reading<'_>,
) -> Result<Value, Found> {
    let each = |make: &dyn Fn(&Value) -> Value| any(values.iter().map(make).collect());
    let by_number =
        |symbol: &str| all(vec![is_there(attribute), each(&|value| json!({ symbol: [attribute, value] }))]);
    let by_version = |symbol: &str| each(&|value| json!({"sem_ver": [attribute, symbol, value]}));
    Ok(match operator {
        "in" => json!({"in": [attribute, values]}),
        "startsWith" => each(&|value| json!({"starts_with": [attribute, value]})),
        "endsWith" => each(&|value| json!({"ends_with": [attribute, value]})),
        "contains" => each(&|value| json!({"in": [value, attribute]})),
        "lessThan" => by_number("<"),
        "lessThanOrEqual" => by_number("<="),
        "greaterThan" => by_number(">"),
        "greaterThanOrEqual" => by_number(">="),
        "semVerEqual" => by_version("="),
        "semVerLessThan" => by_version("<"),
        "semVerGreaterThan" => by_version(">"),
        other => {
            return reading
                .at("op", |reading| reading.wrong(format!("the operator `{other}` does not carry over")));
        }
    })
}

/// Who is in a segment: those named, not those excluded, and whoever a rule is for.
fn condition(key: &str, segment: &Value, reading: &mut Reading<'_>) -> Result<Value, Found> {
    if segment["unbounded"] == json!(true) {
        return reading.wrong("a big segment keeps its members elsewhere and does not carry over");
    }
    for member in ["includedContexts", "excludedContexts"] {
        reading.each(segment, member, |reading, target| of_users(target, reading))?;
    }
    let rules = reading.each(segment, "rules", |reading, rule| {
        let mut conditions = reading.each(rule, "clauses", |reading, one| clause(one, None, reading))?;
        if let Some(weight) = rule["weight"].as_u64() {
            let both = vec![(json!(true), weight), (json!(false), WHOLE.saturating_sub(weight))];
            conditions.push(shares(key, &unit(rule, reading)?, both, &json!(false)));
        }
        Ok(all(conditions))
    })?;
    let named = |members: [&str; 2]| {
        let own = segment[members[0]].as_array().into_iter().flatten();
        let of_kinds = segment[members[1]].as_array().into_iter().flatten();
        let all: Vec<&Value> = own
            .chain(of_kinds.flat_map(|target| target["values"].as_array().into_iter().flatten()))
            .collect();
        json!({"in": [subject(), all]})
    };
    let (included, excluded) =
        (named(["included", "includedContexts"]), named(["excluded", "excludedContexts"]));
    Ok(json!({"if": [included, true, excluded, false, any(rules)]}))
}
