//! Operators that work on the values of all their arguments.
//!
//! Invariant: arguments that make no sense give null, NaN or false as in json-logic-js, never an error.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::held::Held;
use super::variable::Data;
use super::{Expression, Run};
use crate::limits::TEXT_BYTES_MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    Same,
    NotEqual,
    NotSame,
    Not,
    Truth,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Max,
    Min,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    In,
    Cat,
    Substring,
    Merge,
    StartsWith,
    EndsWith,
}

impl Operator {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "==" => Self::Equal,
            "===" => Self::Same,
            "!=" => Self::NotEqual,
            "!==" => Self::NotSame,
            "!" => Self::Not,
            "!!" => Self::Truth,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "max" => Self::Max,
            "min" => Self::Min,
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "%" => Self::Remainder,
            "in" => Self::In,
            "cat" => Self::Cat,
            "substr" => Self::Substring,
            "merge" => Self::Merge,
            "starts_with" => Self::StartsWith,
            "ends_with" => Self::EndsWith,
            _ => return None,
        })
    }

    pub(crate) fn apply<'a>(
        self,
        parts: &'a [Expression],
        run: &mut Run<'a>,
        data: Data<'_, 'a>,
    ) -> Held<'a> {
        let mut part = |index: usize| {
            parts.get(index).map_or(Held::Null, |part: &'a Expression| part.evaluate(run, data))
        };
        match self {
            Self::Equal => Held::Bool(part(0).equal(&part(1))),
            Self::NotEqual => Held::Bool(!part(0).equal(&part(1))),
            Self::Same => Held::Bool(part(0).same(&part(1))),
            Self::NotSame => Held::Bool(!part(0).same(&part(1))),
            Self::Not => Held::Bool(!part(0).truth()),
            Self::Truth => Held::Bool(part(0).truth()),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => {
                let (one, other) = (part(0), part(1));
                let last = parts.get(2).map(|_| part(2));
                let right = self.ordered(&one, &other) && last.is_none_or(|last| self.ordered(&other, &last));
                Held::Bool(right)
            }
            Self::Subtract if parts.len() < 2 => Held::float(-part(0).number()),
            Self::Subtract => Held::float(part(0).number() - part(1).number()),
            Self::Divide => Held::float(part(0).number() / part(1).number()),
            Self::Remainder => Held::float(part(0).number() % part(1).number()),
            Self::Add => Held::float(numbers(parts, run, data, 0.0, |sum, number| sum + number)),
            Self::Multiply => Held::float(numbers(parts, run, data, 1.0, |product, number| product * number)),
            Self::Max => {
                Held::float(numbers(parts, run, data, f64::NEG_INFINITY, |a, b| extreme(a, b, f64::max)))
            }
            Self::Min => {
                Held::float(numbers(parts, run, data, f64::INFINITY, |a, b| extreme(a, b, f64::min)))
            }
            Self::In => Held::Bool(is_in(&part(0), &part(1), run)),
            Self::Cat => cat(parts, run, data),
            Self::Substring => substring(&part(0), &part(1), parts.get(2).map(|_| part(2))),
            Self::Merge => merge(parts, run, data),
            Self::StartsWith | Self::EndsWith => match (part(0), part(1)) {
                (Held::Text(text), Held::Text(affix)) if parts.len() == 2 => {
                    Held::Bool(self.affixed(&text, &affix))
                }
                _ => Held::Null,
            },
        }
    }

    fn ordered(self, one: &Held<'_>, other: &Held<'_>) -> bool {
        let Some(order) = one.order(other) else { return false };
        let or_equal = matches!(self, Self::LessOrEqual | Self::GreaterOrEqual);
        let wanted =
            if matches!(self, Self::Less | Self::LessOrEqual) { Ordering::Less } else { Ordering::Greater };
        order == wanted || or_equal && order == Ordering::Equal
    }

    fn affixed(self, text: &str, affix: &str) -> bool {
        if self == Self::StartsWith { text.starts_with(affix) } else { text.ends_with(affix) }
    }
}

fn numbers<'a>(
    parts: &'a [Expression],
    run: &mut Run<'a>,
    data: Data<'_, 'a>,
    from: f64,
    step: impl Fn(f64, f64) -> f64,
) -> f64 {
    parts.iter().fold(from, |so_far, part| step(so_far, part.evaluate(run, data).number()))
}

/// NaN wins, as with JavaScript's `Math.max`.
fn extreme(one: f64, other: f64, choose: impl Fn(f64, f64) -> f64) -> f64 {
    if one.is_nan() || other.is_nan() { f64::NAN } else { choose(one, other) }
}

/// An element of a list, or a part of a text.
fn is_in(needle: &Held<'_>, hay: &Held<'_>, run: &mut Run<'_>) -> bool {
    if let Some(hay) = hay.as_text() {
        return hay.contains(&*needle.text());
    }
    let is = |index: usize| hay.element(index).is_some_and(|held| held.same(needle));
    run.spend(hay.len() / 16) && (0..hay.len()).any(is)
}

fn cat<'a>(parts: &'a [Expression], run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
    let mut whole = String::new();
    for part in parts {
        let part = part.evaluate(run, data);
        let text = part.joined();
        if whole.len() + text.len() > TEXT_BYTES_MAX {
            run.failed = Some("the rule made a text that is too long");
            return Held::Null;
        }
        whole.push_str(&text);
    }
    Held::Text(Cow::Owned(whole))
}

/// From a place, counted from the end where it is negative; so many letters, or all but so many at the end.
fn substring<'a>(text: &Held<'a>, from: &Held<'_>, count: Option<Held<'_>>) -> Held<'a> {
    let letters: Vec<char> = text.text().chars().collect();
    let len = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    let from = from.number() as i64;
    let from = if from < 0 { (len + from).max(0) } else { from.min(len) };
    let to = match count.filter(|count| !matches!(count, Held::Null)).map(|count| count.number() as i64) {
        None => len,
        Some(count) if count < 0 => (len.saturating_add(count)).max(from),
        Some(count) => from.saturating_add(count).min(len),
    };
    Held::Text(Cow::Owned(letters[from as usize..to as usize].iter().collect()))
}

fn merge<'a>(parts: &'a [Expression], run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
    let mut whole = Vec::new();
    for part in parts {
        let part = part.evaluate(run, data);
        if !run.spend(1 + part.len()) {
            break;
        }
        if part.is_list() {
            whole.extend((0..part.len()).filter_map(|index| part.element(index)));
        } else {
            whole.push(part);
        }
    }
    Held::List(whole)
}
