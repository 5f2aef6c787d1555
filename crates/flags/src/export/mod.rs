//! A set in flagd's own words, with the same answers.
//!
//! Invariant: a flag is exported only if every evaluator of generation 3 answers for it what this crate answers: the same
//! variant and value. Reasons may differ where members were lowered: what was a schedule or a prerequisite is a rule.

mod lower;
mod total;

use serde_json::{Map, Value, json};

use self::lower::Lowering;
use crate::flag::{Flag, Phase};
use crate::problem::{Path, Problem};
use crate::set::FlagSet;

/// A document in flagd's format, and which flags could not be said in it.
#[derive(Clone, Debug)]
pub struct Export {
    pub document: Value,
    pub problems: Vec<Problem>,
}

pub(crate) fn export(set: &FlagSet) -> Export {
    let mut flags = Map::new();
    let mut problems = Vec::new();
    for flag in set.table.iter() {
        match definition(flag, &mut Lowering::of(set)) {
            Ok(definition) => {
                flags.insert(flag.key.to_string(), definition);
            }
            Err(detail) => problems.push(left_out(&flag.key, &detail)),
        }
    }
    let mut document = json!({ "flags": flags });
    let evaluators = Lowering::of(set).evaluators();
    if !evaluators.is_empty() {
        document["$evaluators"] = evaluators.into();
    }
    if !set.metadata().is_empty() {
        document["metadata"] = set.metadata().clone().into();
    }
    Export { document, problems }
}

fn left_out(key: &str, detail: &str) -> Problem {
    let mut path = Path::root();
    let here = |path: &mut Path| path.here(format!("left out of the export: {detail}"));
    path.at("flags", |path| path.at(key, here)).of_flag(key)
}

/// How a flag stands from a time on, with its rule as JSON.
pub(crate) struct Standing<'a> {
    from: Option<i64>,
    disabled: bool,
    default: Option<&'a str>,
    off: Option<&'a str>,
    rule: Value,
}

/// What a flag decides in one of its phases: a rule that gives a variant's name or null, and what null stands for.
struct Decision<'a> {
    from: Option<i64>,
    rule: Value,
    default: Option<&'a str>,
}

fn definition(flag: &Flag, lowering: &mut Lowering<'_>) -> Result<Value, String> {
    if let Some(refused) = lowering.refused(flag) {
        return Err(format!("it is refused: {refused}"));
    }
    let source: Value = serde_json::from_str(&flag.source).unwrap_or_default();
    let standings = standings(flag, &source);
    let off = standings.iter().all(|standing| standing.disabled && standing.off.is_none());
    let mut made = Map::new();
    made.insert("state".to_owned(), json!(if off { "DISABLED" } else { "ENABLED" }));
    made.insert("variants".to_owned(), source["variants"].clone());
    let decided = if off {
        // Whatever rule it has waits for the day that it is switched on.
        let first = &standings[0];
        Decision { from: None, rule: lowering.rule(&first.rule, None)?, default: first.default }
    } else {
        whole(flag, &standings, lowering)?
    };
    if let Some(default) = decided.default {
        made.insert("defaultVariant".to_owned(), json!(default));
    }
    if !decided.rule.is_null() {
        made.insert("targeting".to_owned(), decided.rule);
    }
    if let Some(metadata @ Value::Object(_)) = source.get("metadata") {
        made.insert("metadata".to_owned(), metadata.clone());
    }
    Ok(made.into())
}

/// All phases in one rule. Where they do not agree on the default, each names its own.
fn whole<'a>(
    flag: &Flag,
    standings: &[Standing<'a>],
    lowering: &mut Lowering<'_>,
) -> Result<Decision<'a>, String> {
    let decide = |standing| decided(flag, standing, lowering);
    let mut decisions: Vec<Decision<'a>> = standings.iter().map(decide).collect::<Result<_, _>>()?;
    if let [_] = decisions[..]
        && let Some(only) = decisions.pop()
    {
        return Ok(only);
    }
    let default = decisions[0].default;
    let agreed = decisions.iter().all(|decision| decision.default == default);
    if !agreed {
        for decision in &mut decisions {
            decision.rule = total::with_default(std::mem::take(&mut decision.rule), decision.default);
        }
    }
    let phases = decisions.into_iter().map(|decision| (decision.from, decision.rule)).collect();
    Ok(Decision { from: None, rule: by_time(phases), default: default.filter(|_| agreed) })
}

fn decided<'a>(
    flag: &Flag,
    standing: &Standing<'a>,
    lowering: &mut Lowering<'_>,
) -> Result<Decision<'a>, String> {
    let from = standing.from;
    if standing.disabled {
        // With nothing else to tell apart, the variant it is switched off to is simply the default.
        return Ok(Decision { from, rule: Value::Null, default: standing.off });
    }
    let rule = lowering.rule(&standing.rule, None)?;
    let rule = lowering.under_prerequisites(flag, rule, standing.off)?;
    Ok(Decision { from, rule, default: standing.default })
}

/// The newest phase that has begun decides.
pub(crate) fn by_time(mut phases: Vec<(Option<i64>, Value)>) -> Value {
    let mut parts = Vec::new();
    while let Some((from, rule)) = phases.pop() {
        if let Some(from) = from {
            parts.push(json!({">=": [{"var": "$flagd.timestamp"}, from]}));
        }
        parts.push(rule);
    }
    if parts.len() == 1 { parts.swap_remove(0) } else { json!({ "if": parts }) }
}

pub(crate) fn standings<'a>(flag: &'a Flag, source: &Value) -> Vec<Standing<'a>> {
    let name = |index: Option<u16>| index.and_then(|index| flag.variant(index)).map(|variant| &*variant.name);
    let standing = |from, phase: &Phase, rule: &Value| Standing {
        from,
        disabled: phase.disabled,
        default: name(phase.default),
        off: name(phase.off),
        rule: if phase.rule.is_some() { rule.clone() } else { Value::Null },
    };
    let mut rule = &source["targeting"];
    let mut all = vec![standing(None, &flag.phase, rule)];
    let entries = source["schedule"].as_array().into_iter().flatten();
    let later = flag.more.iter().flat_map(|more| &more.later);
    for (entry, (from, phase)) in entries.zip(later) {
        rule = entry.get("targeting").unwrap_or(rule);
        all.push(standing(Some(*from), phase, rule));
    }
    all
}
