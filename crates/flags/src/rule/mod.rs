//! A rule, compiled: what is looked at, and which variant follows.
//!
//! Invariant: a rule only reads; it ends after a bounded number of steps, because its depth is bounded when it is
//! compiled and its loops while they run. Operators are those of flagd's `targeting.json`.

mod compile;
mod conditions;
mod evaluate;
mod fractional;
pub(crate) mod held;
pub(crate) mod loops;
mod operate;
mod shape;
mod texts;
pub(crate) mod variable;
mod version;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

pub(crate) use self::compile::{Place, compile};
pub(crate) use self::conditions::{Conditions, Kind, reference};
use self::fractional::Fractional;
use self::operate::Operator;
use self::texts::TextSet;
use self::variable::Variable;
use self::version::Comparison;
use crate::context::Context;
use crate::flag::VariantIndex;
use crate::limits::EVALUATION_STEPS_MAX;

/// What a rule as a whole comes to, with variants known by their index where they stand in the rule.
#[derive(Debug)]
pub(crate) enum Outcome {
    Nothing,
    Variant(VariantIndex),
    /// A variant that the flag does not have.
    Absent,
    Either(Box<Either>),
    If(Box<Branches>),
    Fractional(Box<Fractional<Outcome>>),
    Computed(Box<Expression>),
}

#[derive(Debug)]
pub(crate) struct Either {
    condition: Expression,
    then: Outcome,
    otherwise: Outcome,
}

#[derive(Debug)]
pub(crate) struct Branches {
    cases: Box<[(Expression, Outcome)]>,
    otherwise: Outcome,
}

#[derive(Debug)]
pub(crate) enum Expression {
    Constant(Box<Value>),
    /// A list with something in it that is not constant.
    List(Box<[Expression]>),
    Variable(Arc<Variable>),
    /// A variable whose name is worked out, and what holds without it.
    Named(Box<[Expression]>),
    Missing(Box<[Expression]>),
    MissingSome(Box<[Expression]>),
    If(Box<[Expression]>),
    And(Box<[Expression]>),
    Or(Box<[Expression]>),
    /// A variable compared with a constant text.
    IsText(Box<IsText>),
    /// A variable looked up in constant texts.
    InTexts(Box<(Arc<Variable>, TextSet)>),
    Operate(Operator, Box<[Expression]>),
    Loop(loops::Loop, Box<[Expression]>),
    SemVer(Box<SemVer>),
    Fractional(Box<Fractional<Expression>>),
    /// A condition that other rules use too.
    Shared(Arc<Expression>),
}

#[derive(Debug)]
pub(crate) struct IsText {
    variable: Arc<Variable>,
    text: Box<str>,
    /// Of `!=` and `!==`.
    negated: bool,
    strict: bool,
}

#[derive(Debug)]
pub(crate) struct SemVer {
    one: Side,
    comparison: Comparison,
    other: Side,
}

#[derive(Debug)]
enum Side {
    Known(semver::Version),
    Found(Expression),
}

/// Which variant a rule chose.
#[derive(Debug)]
pub(crate) enum Choice<'a> {
    Variant(VariantIndex),
    Nothing,
    Named(Cow<'a, str>),
    Failed(&'static str),
}

/// One evaluation under way.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    context: &'a Context,
    /// The flag's.
    key: &'a str,
    steps_left: u32,
    lacks_targeting_key: bool,
    failed: Option<&'static str>,
}

impl<'a> Run<'a> {
    #[inline]
    pub(crate) fn new(context: &'a Context, key: &'a str) -> Self {
        Self { context, key, steps_left: EVALUATION_STEPS_MAX, lacks_targeting_key: false, failed: None }
    }

    pub(crate) fn lacks_targeting_key(&self) -> bool {
        self.lacks_targeting_key
    }

    /// Whether there is room for so much more work. If not, the evaluation has failed, whatever its result.
    fn spend(&mut self, steps: usize) -> bool {
        match u32::try_from(steps).ok().and_then(|steps| self.steps_left.checked_sub(steps)) {
            Some(left) => self.steps_left = left,
            None => self.failed = Some("the rule took more steps than one evaluation may"),
        }
        self.failed.is_none()
    }
}

const NO_VARIANT: &str = "the rule chose a variant that the flag does not have";

impl Outcome {
    #[inline]
    pub(crate) fn run<'a>(&'a self, run: &mut Run<'a>) -> Choice<'a> {
        let choice = self.choose(run);
        match run.failed {
            None => choice,
            Some(message) => Choice::Failed(message),
        }
    }

    fn choose<'a>(&'a self, run: &mut Run<'a>) -> Choice<'a> {
        match self {
            Self::Nothing => Choice::Nothing,
            Self::Variant(index) => Choice::Variant(*index),
            Self::Absent => Choice::Failed(NO_VARIANT),
            Self::Either(either) => {
                let then = either.condition.holds(run, variable::Data::Root);
                if then { &either.then } else { &either.otherwise }.choose(run)
            }
            Self::If(branches) => {
                let case =
                    branches.cases.iter().find(|(condition, _)| condition.holds(run, variable::Data::Root));
                case.map_or(&branches.otherwise, |(_, outcome)| outcome).choose(run)
            }
            Self::Fractional(fractional) => fractional
                .choose(run, variable::Data::Root)
                .map_or(Choice::Nothing, |outcome| outcome.choose(run)),
            Self::Computed(expression) => named(expression.evaluate(run, variable::Data::Root)),
        }
    }
}

fn named(held: held::Held<'_>) -> Choice<'_> {
    match held {
        held::Held::Null => Choice::Nothing,
        held::Held::Bool(true) => Choice::Named(Cow::Borrowed("true")),
        held::Held::Bool(false) => Choice::Named(Cow::Borrowed("false")),
        held::Held::Number(number) => Choice::Named(Cow::Owned(number.text())),
        held::Held::Text(name) => Choice::Named(name),
        held::Held::List(_) | held::Held::Object(_) | held::Held::Json(_) => {
            Choice::Failed("the rule chose something that names no variant")
        }
    }
}
