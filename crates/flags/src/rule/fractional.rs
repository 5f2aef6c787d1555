//! `fractional`: a stable share of the subjects for each of several results.
//!
//! Invariant: which result a subject gets follows from its unit and the weights alone, as generation 3 of flagd has it:
//! murmur3 (32 bits, seed 0) over the unit's canonical CBOR, times the sum of the weights, divided by 2^32. With the sum
//! unchanged, a result that stands first and gains weight loses nobody.

use super::held::{Held, Number};
use super::variable::{Data, FLAGD, look_up};
use super::{Expression, Operator, Run};
use crate::cbor;
use crate::context::TARGETING_KEY;
use crate::limits::WEIGHT_SUM_MAX;
use crate::murmur::Murmur;

/// Parts of a `cat` that are hashed without being put together.
const JOINED_MAX: usize = 8;

#[derive(Debug)]
pub(crate) struct Fractional<T> {
    pub(super) unit: Unit,
    pub(super) shares: Shares<T>,
}

#[derive(Debug)]
pub(crate) enum Unit {
    /// The flag's key and the targeting key: the hash with the first of them in it already.
    Subject(Murmur),
    /// The same in a condition that many flags share.
    SubjectOfAny,
    Of {
        expression: Expression,
        needs_targeting_key: bool,
    },
}

#[derive(Debug)]
pub(crate) enum Shares<T> {
    /// Where each result's share ends; the last is the sum of the weights.
    Known(Box<[(u32, T)]>),
    /// With weights that are worked out.
    Found(Box<[(Expression, T)]>),
}

impl Unit {
    pub(super) fn subject(key: Option<&str>) -> Self {
        let Some(key) = key else { return Self::SubjectOfAny };
        Self::Subject(subject_of(key))
    }

    fn hash<'a>(&'a self, run: &mut Run<'a>, data: Data<'_, 'a>) -> Option<u32> {
        match (self, data) {
            (Self::Subject(flag), Data::Root) => subject(*flag, run),
            (Self::SubjectOfAny, Data::Root) => subject(subject_of(run.key), run),
            (Self::Subject(_) | Self::SubjectOfAny, Data::Element(_) | Data::Fold { .. }) => {
                subject_in(run, data)
            }
            (Self::Of { expression, needs_targeting_key }, _) => {
                if *needs_targeting_key && run.context.targeting_key().is_none_or(str::is_empty) {
                    run.lacks_targeting_key = true;
                }
                if let Expression::Operate(Operator::Cat, parts) = expression
                    && let Some(hash) = joined(parts, run, data)
                {
                    return Some(hash);
                }
                let held = expression.evaluate(run, data);
                if matches!(held, Held::Null) || held.is_list() {
                    return None;
                }
                let mut murmur = Murmur::default();
                cbor::write(&held, &mut murmur);
                Some(murmur.finish())
            }
        }
    }
}

fn subject_of(key: &str) -> Murmur {
    let mut murmur = Murmur::default();
    cbor::list_head(2, &mut murmur);
    cbor::write_text(key, &mut murmur);
    murmur
}

#[inline]
fn subject(mut flag: Murmur, run: &mut Run<'_>) -> Option<u32> {
    match run.context.targeting_key() {
        Some(key) if !key.is_empty() => {
            cbor::write_text(key, &mut flag);
            Some(flag.finish())
        }
        Some(_) | None => {
            run.lacks_targeting_key = true;
            None
        }
    }
}

/// In a loop both keys are looked for in what the loop is at, as flagd's evaluators do.
fn subject_in<'a>(run: &mut Run<'a>, data: Data<'_, 'a>) -> Option<u32> {
    let Held::Text(subject) = look_up(TARGETING_KEY, run, data) else { return None };
    let flag = look_up(&format!("{FLAGD}.flagKey"), run, data);
    let mut murmur = subject_of(&flag.joined());
    cbor::write_text(&subject, &mut murmur);
    (!subject.is_empty()).then(|| murmur.finish())
}

/// The hash of texts one after the other, where all of them are texts already.
fn joined<'a>(parts: &'a [Expression], run: &mut Run<'a>, data: Data<'_, 'a>) -> Option<u32> {
    let mut texts = [""; JOINED_MAX];
    let texts = texts.get_mut(..parts.len())?;
    for (part, text) in parts.iter().zip(&mut *texts) {
        *text = match (part.constant(), part) {
            (Some(value), _) => value.as_str()?,
            (None, Expression::Variable(variable))
                if variable.is_flag_key() && matches!(data, Data::Root) =>
            {
                run.key
            }
            (None, Expression::Variable(variable)) => variable.attribute(run, data)?.value.as_str()?,
            (None, _) => return None,
        };
    }
    let mut murmur = Murmur::default();
    cbor::text_head(texts.iter().map(|text| text.len()).sum(), &mut murmur);
    for text in texts {
        murmur.write(text.as_bytes());
    }
    Some(murmur.finish())
}

impl<T> Fractional<T> {
    /// The result that the subject gets, if it has a unit and the weights make sense.
    #[inline]
    pub(super) fn choose<'a>(&'a self, run: &mut Run<'a>, data: Data<'_, 'a>) -> Option<&'a T> {
        let hash = self.unit.hash(run, data)?;
        match &self.shares {
            Shares::Known(shares) => {
                let bucket = bucket(hash, shares.last()?.0);
                shares.iter().find(|(end, _)| bucket < *end).map(|(_, result)| result)
            }
            Shares::Found(shares) => found(shares, hash, run, data),
        }
    }
}

#[inline]
fn bucket(hash: u32, sum: u32) -> u32 {
    ((u64::from(hash) * u64::from(sum)) >> 32) as u32
}

fn found<'a, T>(
    shares: &'a [(Expression, T)],
    hash: u32,
    run: &mut Run<'a>,
    data: Data<'_, 'a>,
) -> Option<&'a T> {
    let mut ends = Vec::with_capacity(shares.len());
    let mut sum = 0;
    for (weight, _) in shares {
        sum = add(sum, weight_of(&weight.evaluate(run, data))?)?;
        ends.push(sum);
    }
    let bucket = bucket(hash, sum);
    let index = ends.iter().position(|end| bucket < *end)?;
    shares.get(index).map(|(_, result)| result)
}

pub(super) fn add(sum: u32, weight: u32) -> Option<u32> {
    sum.checked_add(weight).filter(|sum| *sum <= WEIGHT_SUM_MAX)
}

/// A whole number; a negative one, which a calculation can come to, counts as none.
pub(super) fn weight_of(held: &Held<'_>) -> Option<u32> {
    let Held::Number(number) = held else { return None };
    match number.normal() {
        Number::Int(whole) => u32::try_from(whole.max(0)).ok(),
        Number::Unsigned(_) => None,
        Number::Float(_) => None,
    }
}
