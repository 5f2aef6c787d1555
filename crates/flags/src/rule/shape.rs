//! Giving an operator and its arguments the form that is quickest to work out.
//!
//! Invariant: the form changes what it costs, never what comes out: constants are worked out by the same code as the rest.

use std::sync::Arc;

use serde_json::Value;

use super::held::Held;
use super::operate::Operator;
use super::texts::TextSet;
use super::variable::Data;
use super::{Expression, IsText, Run, Variable};
use crate::context::Context;

pub(super) fn operation(operator: Operator, parts: Vec<Expression>) -> Expression {
    if parts.iter().all(Expression::is_constant) {
        return folded(Expression::Operate(operator, parts.into()));
    }
    let [one, other] = match <[Expression; 2]>::try_from(parts) {
        Ok(both) => both,
        Err(parts) => return Expression::Operate(operator, parts.into()),
    };
    // `==` and its like do not mind which side stands first.
    let swapped = is_equality(operator) && one.is_constant();
    let (one, other) = if swapped { (other, one) } else { (one, other) };
    match (one, other) {
        (Expression::Variable(variable), Expression::Constant(value)) => compared(operator, variable, value),
        (one, other) => Expression::Operate(operator, Box::new([one, other])),
    }
}

fn is_equality(operator: Operator) -> bool {
    matches!(operator, Operator::Equal | Operator::Same | Operator::NotEqual | Operator::NotSame)
}

fn compared(operator: Operator, variable: Arc<Variable>, constant: Box<Value>) -> Expression {
    if let (Operator::In, Some(texts)) = (operator, all_texts(&constant)) {
        return Expression::InTexts(Box::new((variable, TextSet::of(&texts))));
    }
    match constant.as_str() {
        Some(text) if is_equality(operator) => Expression::IsText(Box::new(IsText {
            variable,
            text: text.into(),
            negated: matches!(operator, Operator::NotEqual | Operator::NotSame),
            strict: matches!(operator, Operator::Same | Operator::NotSame),
        })),
        Some(_) | None => {
            let parts = [Expression::Variable(variable), Expression::Constant(constant)];
            Expression::Operate(operator, Box::new(parts))
        }
    }
}

fn all_texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

/// `and` or `or`.
pub(super) fn joined(by: fn(Box<[Expression]>) -> Expression, parts: Vec<Expression>) -> Expression {
    let constant = parts.iter().all(Expression::is_constant);
    let joined = by(parts.into());
    if constant { folded(joined) } else { joined }
}

/// The constant that an expression of constants comes to; itself, where JSON has no word for that.
pub(super) fn folded(expression: Expression) -> Expression {
    let context = Context::default();
    let mut run = Run::new(&context, "");
    let value = expression.evaluate(&mut run, Data::Root).into_value();
    match value.filter(|_| run.failed.is_none()) {
        Some(value) => Expression::Constant(Box::new(value)),
        None => expression,
    }
}

/// Of condition, result, …, otherwise: without those that are known not to be chosen.
pub(super) fn pruned(parts: Vec<Expression>) -> Expression {
    let mut left: Vec<Expression> = Vec::new();
    let mut parts = parts.into_iter();
    while let Some(condition) = parts.next() {
        let Some(result) = parts.next() else {
            left.push(condition);
            break;
        };
        match condition.constant_truth() {
            None => left.extend([condition, result]),
            Some(false) => {}
            Some(true) => {
                left.push(result);
                break;
            }
        }
    }
    match left.len() {
        0 => Expression::Constant(Box::new(Value::Null)),
        1 => left.swap_remove(0),
        _ => Expression::If(left.into()),
    }
}

impl Expression {
    pub(super) fn is_constant(&self) -> bool {
        self.constant().is_some()
    }

    pub(super) fn constant(&self) -> Option<&Value> {
        if let Self::Constant(value) = self { Some(value) } else { None }
    }

    pub(super) fn constant_truth(&self) -> Option<bool> {
        self.constant().map(|value| Held::of(value).truth())
    }
}
