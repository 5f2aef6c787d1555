//! Giving an operator and its arguments the form that is quickest to work out.
//!
//! Invariant: the form changes what it costs, never what comes out: constants are worked out by the same code as the rest.

use serde_json::Value;

use super::held::Held;
use super::operate::Operator;
use super::texts::TextSet;
use super::variable::Data;
use super::{Expression, IsText, Run, Variable};
use crate::context::Context;

pub(super) fn operation(operator: Operator, mut parts: Vec<Expression>) -> Expression {
    if parts.iter().all(Expression::is_constant) {
        return folded(Expression::Operate(operator, parts.into()));
    }
    if parts.len() == 2 {
        if let Some((left, right)) = variable_and_constant(operator, &mut parts) {
            return match special(operator, left, *right) {
                Ok(special) => special,
                Err((left, right)) => Expression::Operate(operator, Box::new([left, right])),
            };
        }
    }
    Expression::Operate(operator, parts.into())
}

/// Takes them out, in this order; `==` and its like do not mind which stood first.
fn variable_and_constant(
    operator: Operator,
    parts: &mut Vec<Expression>,
) -> Option<(Box<Variable>, Box<Value>)> {
    let either =
        matches!(operator, Operator::Equal | Operator::Same | Operator::NotEqual | Operator::NotSame);
    if !either && operator != Operator::In {
        return None;
    }
    let constant_first = matches!(&parts[..], [Expression::Constant(_), Expression::Variable(_)]);
    if constant_first && either {
        parts.swap(0, 1);
    }
    let fits = match &parts[..] {
        [Expression::Variable(_), Expression::Constant(value)] => match operator {
            Operator::In => all_texts(value).is_some(),
            _ => value.is_string(),
        },
        _ => false,
    };
    let constant = if fits { parts.pop() } else { None };
    match (parts.pop().filter(|_| fits), constant) {
        (Some(Expression::Variable(variable)), Some(Expression::Constant(value))) => Some((variable, value)),
        _ => None,
    }
}

fn special(
    operator: Operator,
    variable: Box<Variable>,
    constant: Value,
) -> Result<Expression, (Expression, Expression)> {
    if let (Operator::In, Some(texts)) = (operator, all_texts(&constant)) {
        return Ok(Expression::InTexts(Box::new((*variable, TextSet::of(&texts)))));
    }
    let Value::String(text) = constant else {
        return Err((Expression::Variable(variable), Expression::Constant(Box::new(constant))));
    };
    let negated = matches!(operator, Operator::NotEqual | Operator::NotSame);
    let strict = matches!(operator, Operator::Same | Operator::NotSame);
    Ok(Expression::IsText(Box::new(IsText { variable: *variable, text: text.into(), negated, strict })))
}

fn all_texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
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
        matches!(self, Self::Constant(_))
    }

    pub(super) fn constant_truth(&self) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(Held::of(value).truth()),
            _ => None,
        }
    }
}
