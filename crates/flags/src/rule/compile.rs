//! JSON → a rule, or what is wrong with it and where.
//!
//! Invariant: an operator that does not exist refuses the rule; arguments that flagd answers with null are compiled to
//! null, with advice. Deliberately not here: which form an expression takes (`shape`).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::conditions::{Compiled, Conditions, Kind, reference};
use super::fractional::{self, Fractional, Shares, Unit};
use super::held::Held;
use super::loops::Loop;
use super::texts::TextSet;
use super::variable::Variable;
use super::{
    Branches, Choice, Comparison, Either, Expression, Operator, Outcome, SemVer, Side, named, shape, version,
};
use crate::context::TARGETING_KEY;
use crate::flag::{self, Variant};
use crate::limits::{RULE_DEPTH_MAX, RULE_NODES_MAX};
use crate::pool::Pool;
use crate::problem::{Found, Path};

/// Where a rule stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// None in a condition that many flags share.
    pub(crate) key: Option<&'a str>,
    pub(crate) conditions: &'a Conditions,
    pub(crate) pool: &'a Pool,
}

pub(crate) fn compile(
    given: &Value,
    variants: &[Variant],
    place: Place<'_>,
    path: &mut Path,
    found: &mut Vec<Found>,
) -> Result<Outcome, Found> {
    Compiler { place, path, found, nodes: 0, work: 0, depth: 0, deepest: 0 }.outcome(given, variants)
}

/// A condition that rules share.
pub(super) fn condition(
    given: &Value,
    place: Place<'_>,
    path: &mut Path,
    found: &mut Vec<Found>,
) -> Result<Compiled, Found> {
    let mut compiler = Compiler { place, path, found, nodes: 0, work: 0, depth: 0, deepest: 0 };
    let expression = Arc::new(compiler.expression(given)?);
    Ok(Compiled { expression, depth: compiler.deepest, work: compiler.work })
}

struct Compiler<'c> {
    place: Place<'c>,
    path: &'c mut Path,
    found: &'c mut Vec<Found>,
    nodes: usize,
    /// Nodes that one evaluation may come by, shared conditions counted wherever they are used.
    work: usize,
    depth: usize,
    deepest: usize,
}

/// The one member of an object: an operator and its arguments.
fn operation(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (operator, arguments) = members.iter().next()?;
    (members.len() == 1).then_some((operator, arguments))
}

fn listed(arguments: &Value) -> &[Value] {
    match arguments {
        Value::Array(arguments) => arguments,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            std::slice::from_ref(arguments)
        }
    }
}

impl Compiler<'_> {
    fn at<T>(&mut self, member: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.path.enter(member);
        let answer = inside(self);
        self.path.leave(before);
        answer
    }

    /// Inside of an argument; a single one may stand without a list around it.
    fn at_argument<T>(&mut self, all: &Value, index: usize, inside: impl FnOnce(&mut Self) -> T) -> T {
        if all.is_array() { self.at(&index.to_string(), inside) } else { inside(self) }
    }

    fn wrong<T>(&self, detail: impl Into<String>) -> Result<T, Found> {
        Err(self.path.here(detail))
    }

    fn advise(&mut self, detail: &str) {
        let advice = self.path.advice(detail);
        self.found.push(advice);
    }

    /// Counts a node, and how deep it is.
    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T, Found>) -> Result<T, Found> {
        self.nodes += 1;
        self.work += 1;
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        if self.nodes > RULE_NODES_MAX || self.work > RULE_NODES_MAX {
            return self.wrong(format!("the rule has more than {RULE_NODES_MAX} operators and values"));
        }
        if self.depth > RULE_DEPTH_MAX {
            return self.wrong(format!("the rule is nested deeper than {RULE_DEPTH_MAX}"));
        }
        let answer = inside(self);
        self.depth -= 1;
        answer
    }

    fn expression(&mut self, given: &Value) -> Result<Expression, Found> {
        self.deeper(|compiler| match given {
            Value::Array(parts) => compiler.list(parts),
            Value::Object(members) => match operation(members) {
                Some((operator, arguments)) => compiler.operation(given, operator, arguments),
                None => Ok(constant(given)),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(constant(given)),
        })
    }

    fn list(&mut self, parts: &[Value]) -> Result<Expression, Found> {
        let each = parts.iter().enumerate();
        let parts: Vec<Expression> = each
            .map(|(index, part)| {
                // Long lists of texts are common, and a path for each of them would cost more than the rest.
                if part.is_string() {
                    return self.expression(part);
                }
                self.at(&index.to_string(), |compiler| compiler.expression(part))
            })
            .collect::<Result<_, _>>()?;
        let constant = parts.iter().all(Expression::is_constant);
        let list = Expression::List(parts.into());
        Ok(if constant { shape::folded(list) } else { list })
    }

    fn arguments(&mut self, arguments: &Value) -> Result<Vec<Expression>, Found> {
        let each = listed(arguments).iter().enumerate();
        each.map(|(index, part)| self.at_argument(arguments, index, |compiler| compiler.expression(part)))
            .collect()
    }

    fn operation(&mut self, whole: &Value, operator: &str, arguments: &Value) -> Result<Expression, Found> {
        if let Some(name) = reference(whole) {
            return self.shared(name);
        }
        self.at(operator, |compiler| {
            if let Some(operator) = Operator::of(operator) {
                compiler.check_count(operator, arguments);
                if let Some((hay, needle)) = texts_searched(operator, arguments) {
                    let needle = compiler.at("0", |compiler| compiler.expression(needle))?;
                    return Ok(compiler.among(needle, &hay, arguments));
                }
                return Ok(shape::operation(operator, compiler.arguments(arguments)?));
            }
            if let Some(kind) = Loop::of(operator) {
                return compiler.looped(kind, arguments);
            }
            match operator {
                "var" => compiler.variable(arguments),
                "missing" => Ok(Expression::Missing(compiler.arguments(arguments)?.into())),
                "missing_some" => Ok(Expression::MissingSome(compiler.arguments(arguments)?.into())),
                "if" | "?:" => Ok(shape::pruned(compiler.arguments(arguments)?)),
                "and" => Ok(shape::joined(Expression::And, compiler.arguments(arguments)?)),
                "or" => Ok(shape::joined(Expression::Or, compiler.arguments(arguments)?)),
                "sem_ver" => compiler.sem_ver(arguments),
                "fractional" => {
                    let made = compiler.fractional(arguments, Self::expression)?;
                    Ok(made.map_or_else(
                        || constant(&Value::Null),
                        |made| Expression::Fractional(Box::new(made)),
                    ))
                }
                _ => compiler.wrong(format!("there is no operator `{operator}`")),
            }
        })
    }

    /// A value among constant texts, which are not made into values of their own where they need not be.
    fn among(&mut self, needle: Expression, hay: &[&str], arguments: &Value) -> Expression {
        self.nodes += hay.len();
        if let Expression::Variable(variable) = needle {
            return Expression::InTexts(Box::new((variable, TextSet::of(hay))));
        }
        shape::operation(Operator::In, vec![needle, constant(&arguments[1])])
    }

    fn check_count(&mut self, operator: Operator, arguments: &Value) {
        let affix = matches!(operator, Operator::StartsWith | Operator::EndsWith);
        if affix && listed(arguments).len() != 2 {
            self.advise("this takes two texts; as it stands it is null");
        }
    }

    /// Inside a loop variables mean what the loop is at, so there the flag's key is not known.
    fn looped(&mut self, kind: Loop, arguments: &Value) -> Result<Expression, Found> {
        let outside = self.place;
        let mut parts = Vec::new();
        for (index, part) in listed(arguments).iter().enumerate() {
            let from = kind == Loop::Reduce && index == 2;
            self.place.key = outside.key.filter(|_| index == 0 || from);
            let made = self.at_argument(arguments, index, |compiler| compiler.expression(part));
            self.place = outside;
            parts.push(made?);
        }
        Ok(Expression::Loop(kind, parts.into()))
    }

    fn shared(&mut self, name: (Kind, &str)) -> Result<Expression, Found> {
        let (kind, known) = (name.0.operator(), self.place.conditions.get(name));
        match known.map(|known| known.compiled.as_ref()) {
            Some(Some(known)) if self.depth + known.depth <= RULE_DEPTH_MAX => {
                self.deepest = self.deepest.max(self.depth + known.depth);
                self.work = self.work.saturating_add(known.work);
                Ok(Expression::Shared(Arc::clone(&known.expression)))
            }
            Some(Some(_)) => {
                self.wrong(format!("with `{}` the rule is nested deeper than {RULE_DEPTH_MAX}", name.1))
            }
            Some(None) => self.wrong(format!("{kind} `{}` is refused itself", name.1)),
            None => self.wrong(format!("{kind} `{}` is not there", name.1)),
        }
    }

    fn variable(&mut self, arguments: &Value) -> Result<Expression, Found> {
        let mut parts = self.arguments(arguments)?;
        let name = match parts.first() {
            None => String::new(),
            Some(Expression::Constant(value)) => Held::of(value).joined().into_owned(),
            Some(_) => return Ok(Expression::Named(parts.into())),
        };
        let default = (parts.len() > 1).then(|| parts.swap_remove(1));
        let variable = match default {
            None => self.place.pool.variable(&name),
            Some(default) => Arc::new(Variable::named(&name, Some(default))),
        };
        match self.place.key {
            Some(key) if variable.is_flag_key() => Ok(constant(&Value::from(key))),
            _ => Ok(Expression::Variable(variable)),
        }
    }

    fn sem_ver(&mut self, arguments: &Value) -> Result<Expression, Found> {
        let parts = self.arguments(arguments)?;
        let Ok([one, operator, other]) = <[Expression; 3]>::try_from(parts) else {
            self.advise("this takes a version, an operator and a version; as it stands it is null");
            return Ok(constant(&Value::Null));
        };
        let comparison = operator.constant().and_then(Value::as_str).and_then(Comparison::of);
        let (Some(comparison), Some(one), Some(other)) = (comparison, side(one), side(other)) else {
            self.advise("no version, or no operator for versions (= != < <= > >= ~ ^): it is null");
            return Ok(constant(&Value::Null));
        };
        let known = one.known().is_some() && other.known().is_some();
        let compare = Expression::SemVer(Box::new(SemVer { one, comparison, other }));
        Ok(if known { shape::folded(compare) } else { compare })
    }

    /// None where it is null for everybody.
    fn fractional<T>(
        &mut self,
        arguments: &Value,
        result: impl Fn(&mut Self, &Value) -> Result<T, Found>,
    ) -> Result<Option<Fractional<T>>, Found> {
        let arguments = listed(arguments);
        let explicit = arguments.first().is_some_and(|first| !first.is_array());
        let unit = match arguments.first() {
            Some(first) if explicit => self.at("0", |compiler| compiler.unit(first))?,
            Some(_) | None => Some(Unit::subject(self.place.key)),
        };
        let (mut shares, mut whole) = (Vec::new(), true);
        for (index, bucket) in arguments.iter().enumerate().skip(usize::from(explicit)) {
            let made = self.at(&index.to_string(), |compiler| compiler.bucket(bucket, &result))?;
            match made {
                Some(share) => shares.push(share),
                None => whole = false,
            }
        }
        let shares = self.shares(shares);
        let both = unit.zip(shares).filter(|_| whole);
        Ok(both.map(|(unit, shares)| Fractional { unit, shares }))
    }

    fn unit(&mut self, given: &Value) -> Result<Option<Unit>, Found> {
        let expression = self.expression(given)?;
        if expression.constant().is_some_and(|value| value.is_null() || value.is_array()) {
            self.advise("there is nothing to divide subjects by: it is null");
            return Ok(None);
        }
        Ok(Some(Unit::Of { expression, needs_targeting_key: mentions_targeting_key(given) }))
    }

    fn bucket<T>(
        &mut self,
        given: &Value,
        result: impl Fn(&mut Self, &Value) -> Result<T, Found>,
    ) -> Result<Option<(T, Expression)>, Found> {
        let (made, weight) = match given.as_array().map(Vec::as_slice) {
            Some([made]) => (made, &Value::Null),
            Some([made, weight]) => (made, weight),
            Some(_) | None => {
                self.advise("a share is written as [variant, weight]: the whole is null");
                return Ok(None);
            }
        };
        let made = self.at("0", |compiler| result(compiler, made))?;
        let weight = match given.as_array().map(Vec::len) {
            Some(1) => constant(&Value::from(1)),
            _ => self.at("1", |compiler| compiler.expression(weight))?,
        };
        Ok(Some((made, weight)))
    }

    fn shares<T>(&mut self, given: Vec<(T, Expression)>) -> Option<Shares<T>> {
        if given.is_empty() || !given.iter().all(|(_, weight)| weight.is_constant()) {
            let shares: Box<[_]> = given.into_iter().map(|(result, weight)| (weight, result)).collect();
            return (!shares.is_empty()).then_some(Shares::Found(shares));
        }
        let mut sum = Some(0);
        let known = given.into_iter().map(|(result, weight)| {
            let weight = weight.constant().and_then(|weight| fractional::weight_of(&Held::of(weight)));
            sum = sum.zip(weight).and_then(|(sum, weight)| fractional::add(sum, weight));
            Some((sum?, result))
        });
        let known: Option<Box<[(u32, T)]>> = known.collect();
        let known = known.filter(|shares| shares.last().is_some_and(|(sum, _)| *sum > 0));
        if known.is_none() {
            self.advise("weights are whole numbers with a sum of 1 to 2147483647: the whole is null");
        }
        known.map(Shares::Known)
    }

    fn outcome(&mut self, given: &Value, variants: &[Variant]) -> Result<Outcome, Found> {
        let special = given.as_object().and_then(operation);
        match special {
            Some((operator @ ("if" | "?:"), arguments)) => self
                .deeper(|compiler| compiler.at(operator, |compiler| compiler.branches(arguments, variants))),
            Some((operator @ "fractional", arguments)) => self.deeper(|compiler| {
                let result = |compiler: &mut Self, given: &Value| compiler.outcome(given, variants);
                let made = compiler.at(operator, |compiler| compiler.fractional(arguments, result))?;
                Ok(made.map_or(Outcome::Nothing, |made| Outcome::Fractional(Box::new(made))))
            }),
            _ => match reference(given).and_then(|name| self.place.conditions.get(name)) {
                Some(known) if known.compiled.is_some() => {
                    self.deeper(|compiler| compiler.inlined(given, &known.source, variants))
                }
                Some(_) | None => self.expression(given).map(|expression| self.chosen(expression, variants)),
            },
        }
    }

    /// A shared condition that the whole rule, or a result of it, is made of: its results are variants of this flag.
    fn inlined(&mut self, at: &Value, source: &Value, variants: &[Variant]) -> Result<Outcome, Found> {
        let Some((kind, name)) = reference(at) else { return self.outcome(source, variants) };
        let was = self.path.elsewhere([kind.member(), name]);
        let outcome = self.outcome(source, variants);
        self.path.back(was);
        outcome
    }

    fn branches(&mut self, arguments: &Value, variants: &[Variant]) -> Result<Outcome, Found> {
        let given = listed(arguments);
        let mut cases = Vec::new();
        let mut otherwise = Outcome::Nothing;
        let mut decided = false;
        for (number, pair) in given.chunks(2).enumerate() {
            let at = number * 2;
            let [condition, result] = pair else {
                let last =
                    self.at_argument(arguments, at, |compiler| compiler.outcome(&pair[0], variants))?;
                otherwise = if decided { otherwise } else { last };
                break;
            };
            let condition = self.at_argument(arguments, at, |compiler| compiler.expression(condition))?;
            let result =
                self.at_argument(arguments, at + 1, |compiler| compiler.outcome(result, variants))?;
            match condition.constant_truth() {
                None if !decided => cases.push((condition, result)),
                Some(true) if !decided => (otherwise, decided) = (result, true),
                Some(_) | None => {}
            }
        }
        if cases.len() < 2 {
            return Ok(match cases.pop() {
                None => otherwise,
                Some((condition, then)) => Outcome::Either(Box::new(Either { condition, then, otherwise })),
            });
        }
        Ok(Outcome::If(Box::new(Branches { cases: cases.into(), otherwise })))
    }

    fn chosen(&mut self, expression: Expression, variants: &[Variant]) -> Outcome {
        let Some(value) = expression.constant() else { return Outcome::Computed(Box::new(expression)) };
        match named(Held::of(value)) {
            Choice::Nothing => Outcome::Nothing,
            Choice::Variant(index) => Outcome::Variant(index),
            Choice::Named(name) => flag::named(variants, &name).map_or_else(
                || {
                    self.advise(&format!("there is no variant `{name}`; whoever gets here gets an error"));
                    Outcome::Absent
                },
                Outcome::Variant,
            ),
            Choice::Failed(_) => {
                self.advise("this names no variant; whoever gets here gets an error");
                Outcome::Absent
            }
        }
    }
}

fn constant(value: &Value) -> Expression {
    Expression::Constant(Box::new(value.clone()))
}

/// None for a constant that is no version.
fn side(expression: Expression) -> Option<Side> {
    match expression.constant() {
        Some(value) => version::read(&Held::of(value)).map(Side::Known),
        None => Some(Side::Found(expression)),
    }
}

fn texts_searched(operator: Operator, arguments: &Value) -> Option<(Vec<&str>, &Value)> {
    let [needle, hay] = arguments.as_array()?.as_slice() else { return None };
    let texts: Option<Vec<&str>> = hay.as_array()?.iter().map(Value::as_str).collect();
    Some((texts.filter(|texts| operator == Operator::In && texts.len() < RULE_NODES_MAX)?, needle))
}

fn mentions_targeting_key(given: &Value) -> bool {
    match given {
        Value::Array(parts) => parts.iter().any(mentions_targeting_key),
        Value::Object(members) => members.iter().any(|(operator, arguments)| {
            let named =
                operator == "var" && listed(arguments).first().is_some_and(|name| name == TARGETING_KEY);
            named || mentions_targeting_key(arguments)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
