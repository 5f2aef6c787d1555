//! Rules in flagd's own operators: segments, prerequisites, and what an inlined rule knew about its flag.
//!
//! Invariant: inside another flag's rule a rule still buckets by its own flag's key. Where flagd has no words for that (a
//! `fractional` without a unit buckets by a list, and a unit may not be one) the flag is left out.

use serde_json::{Map, Value, json};

use super::{by_time, standings, total};
use crate::context::TARGETING_KEY;
use crate::flag::{Flag, Prerequisite};
use crate::limits::EXPORT_NODES_MAX;
use crate::rule::loops::Loop;
use crate::rule::variable::{FLAG_KEY, FLAGD};
use crate::rule::{Kind, reference};
use crate::set::FlagSet;

pub(crate) struct Lowering<'a> {
    set: &'a FlagSet,
    /// Before the names of segments among `$evaluators`.
    prefix: String,
    nodes: usize,
}

/// What becomes of a rule's surroundings.
#[derive(Clone, Copy)]
struct How<'a> {
    /// The rule moves into another flag; this was its own.
    key: Option<&'a str>,
    /// Shared conditions are written out.
    expand: bool,
}

impl<'a> Lowering<'a> {
    pub(crate) fn of(set: &'a FlagSet) -> Self {
        let mut prefix = "segment/".to_owned();
        let taken = |prefix: &str| {
            let mut names = set.shared.conditions.iter().filter(|(kind, ..)| *kind == Kind::Evaluator);
            names.any(|(_, name, _)| name.starts_with(prefix))
        };
        while taken(&prefix) {
            prefix.push('/');
        }
        Self { set, prefix, nodes: 0 }
    }

    pub(crate) fn refused(&self, flag: &'a Flag) -> Option<&'a str> {
        flag.refused().or_else(|| self.set.graph.refused(&flag.key).map(|problem| &*problem.detail))
    }

    /// All shared conditions, each by itself: not every evaluator follows a reference inside of one.
    pub(crate) fn evaluators(&mut self) -> Map<String, Value> {
        let mut all = Map::new();
        let set = self.set;
        for (kind, name, condition) in
            set.shared.conditions.iter().filter(|(.., known)| known.compiled.is_some())
        {
            self.nodes = 0;
            if let Ok(source) = self.rewritten(&condition.source, How { key: None, expand: true }) {
                all.insert(self.exported((kind, name)), source);
            }
        }
        all
    }

    /// A flag's own rule, or with a key one that moves into another flag.
    pub(crate) fn rule(&mut self, rule: &Value, key: Option<&str>) -> Result<Value, String> {
        self.rewritten(rule, How { key, expand: false })
    }

    /// The rule where all prerequisites are met, the variant the flag is switched off to (null for the default) elsewhere.
    pub(crate) fn under_prerequisites(
        &mut self,
        flag: &Flag,
        rule: Value,
        off: Option<&str>,
    ) -> Result<Value, String> {
        let met: Vec<Value> =
            flag.prerequisites().iter().map(|wanted| self.met(wanted)).collect::<Result<_, _>>()?;
        Ok(match met.len() {
            0 => rule,
            _ => json!({"if": [{"and": met}, rule, off]}),
        })
    }

    fn met(&mut self, wanted: &Prerequisite) -> Result<Value, String> {
        let Some(other) = self.set.table.get(&wanted.flag).filter(|other| self.refused(other).is_none())
        else {
            return Ok(json!(false));
        };
        let known: Vec<&str> =
            wanted.variants.iter().map(|name| &**name).filter(|name| other.named(name).is_some()).collect();
        let decided =
            self.decided(other).map_err(|detail| format!("prerequisite `{}`: {detail}", other.key))?;
        Ok(json!({"in": [decided, known]}))
    }

    /// The name of the variant that a flag gives; null while it is switched off.
    fn decided(&mut self, flag: &Flag) -> Result<Value, String> {
        let source: Value = serde_json::from_str(&flag.source).unwrap_or_default();
        let mut phases = Vec::new();
        for standing in standings(flag, &source) {
            if standing.disabled {
                phases.push((standing.from, Value::Null));
                continue;
            }
            let rule = self.rule(&standing.rule, Some(&flag.key))?;
            let rule = total::as_text(rule, standing.default);
            let instead = standing.off.or(standing.default);
            phases.push((standing.from, self.under_prerequisites(flag, rule, instead)?));
        }
        Ok(by_time(phases))
    }

    fn exported(&self, (kind, name): (Kind, &str)) -> String {
        match kind {
            Kind::Evaluator => name.to_owned(),
            Kind::Segment => format!("{}{name}", self.prefix),
        }
    }

    fn rewritten(&mut self, rule: &Value, how: How<'_>) -> Result<Value, String> {
        self.nodes += 1;
        if self.nodes > EXPORT_NODES_MAX {
            return Err(format!(
                "written out, its rule has more than {EXPORT_NODES_MAX} operators and values"
            ));
        }
        if let Some(name) = reference(rule) {
            return self.referred(name, how);
        }
        match rule {
            Value::Array(parts) => self.each(parts, |_| how),
            Value::Object(members) => match members.iter().next() {
                Some((operator, arguments)) if members.len() == 1 => self.operation(operator, arguments, how),
                Some(_) | None => Ok(rule.clone()),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(rule.clone()),
        }
    }

    fn each<'h>(&mut self, parts: &[Value], how: impl Fn(usize) -> How<'h>) -> Result<Value, String> {
        let each = parts.iter().enumerate();
        each.map(|(index, part)| self.rewritten(part, how(index)))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::from)
    }

    fn referred(&mut self, name: (Kind, &str), how: How<'_>) -> Result<Value, String> {
        let set = self.set;
        let Some(condition) = set.shared.conditions.get(name) else { return Ok(json!(false)) };
        if how.expand || how.key.is_some() && about_flag(&condition.source) {
            return self.rewritten(&condition.source, How { expand: true, ..how });
        }
        Ok(json!({"$ref": self.exported(name)}))
    }

    fn operation(&mut self, operator: &str, arguments: &Value, how: How<'_>) -> Result<Value, String> {
        let looped = Loop::of(operator);
        if let (Some(key), None) = (how.key, looped) {
            match flag_in(operator, arguments) {
                Some(OfFlag::Key) => return Ok(json!(key)),
                Some(OfFlag::Whole) => return Err("it looks at all attributes at once".to_owned()),
                Some(OfFlag::Subject) => {
                    let advice = format!(
                        "its `fractional` names no unit; {{\"var\": \"{TARGETING_KEY}\"}} in a `cat` would be one"
                    );
                    return Err(advice);
                }
                None => {}
            }
        }
        // What is inside a loop looks at what the loop is at, not at the flag.
        let inside = |index: usize| match looped {
            Some(kind) if index > 0 && !(kind == Loop::Reduce && index == 2) => How { key: None, ..how },
            Some(_) | None => how,
        };
        let arguments = match arguments {
            Value::Array(parts) => self.each(parts, inside)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.rewritten(arguments, how)?
            }
        };
        Ok(json!({ operator: arguments }))
    }
}

/// What in a rule depends on which flag it stands in.
enum OfFlag {
    Key,
    Whole,
    Subject,
}

fn flag_in(operator: &str, arguments: &Value) -> Option<OfFlag> {
    let first = arguments.as_array().map_or(Some(arguments), |arguments| arguments.first());
    match operator {
        "var" => match first.map(|name| name.as_str().unwrap_or_default()) {
            Some(name)
                if name.strip_prefix(FLAGD).and_then(|rest| rest.strip_prefix('.')) == Some(FLAG_KEY) =>
            {
                Some(OfFlag::Key)
            }
            Some("" | FLAGD) | None => Some(OfFlag::Whole),
            Some(_) => None,
        },
        "fractional" => first.is_some_and(Value::is_array).then_some(OfFlag::Subject),
        _ => None,
    }
}

fn about_flag(rule: &Value) -> bool {
    match rule {
        Value::Array(parts) => parts.iter().any(about_flag),
        Value::Object(members) => members.iter().any(|(operator, arguments)| {
            flag_in(operator, arguments).is_some()
                || Kind::ALL.iter().any(|kind| kind.operator() == operator)
                || about_flag(arguments)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
