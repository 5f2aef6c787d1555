//! Working out an expression.
//!
//! Invariant: conditions that look at one attribute are answered without making a value.

use super::held::Held;
use super::variable::{Data, look_up};
use super::{Expression, IsText, Run, SemVer, Side, version};
use crate::hash;

impl Expression {
    /// Whether it is true, as `if` sees it.
    #[inline]
    pub(super) fn holds<'a>(&'a self, run: &mut Run<'a>, data: Data<'_, 'a>) -> bool {
        if data.in_loop() && !run.spend(1) {
            return false;
        }
        match self {
            Self::InTexts(known) => {
                let (variable, texts) = &**known;
                if let Some(attribute) = variable.attribute(run, data) {
                    let text = attribute.value.as_str();
                    return text.is_some_and(|text| texts.contains(attribute.text_hash, text));
                }
                let found = variable.find(run, data);
                found.as_text().is_some_and(|text| texts.contains(hash::short(text), text))
            }
            Self::IsText(is) => is.holds(run, data),
            Self::And(parts) => parts.iter().all(|part| part.holds(run, data)) && !parts.is_empty(),
            Self::Or(parts) => parts.iter().any(|part| part.holds(run, data)),
            Self::Shared(condition) => condition.holds(run, data),
            Self::Constant(_)
            | Self::List(_)
            | Self::Variable(_)
            | Self::Named(_)
            | Self::Missing(_)
            | Self::MissingSome(_)
            | Self::If(_)
            | Self::Operate(..)
            | Self::Loop(..)
            | Self::SemVer(_)
            | Self::Fractional(_) => self.evaluate(run, data).truth(),
        }
    }

    pub(super) fn evaluate<'a>(&'a self, run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
        if data.in_loop() && !run.spend(1) {
            return Held::Null;
        }
        match self {
            Self::Constant(value) => Held::of(value),
            Self::List(parts) => {
                run.spend(parts.len());
                Held::List(parts.iter().map(|part| part.evaluate(run, data)).collect())
            }
            Self::Variable(variable) => variable.find(run, data),
            Self::Named(parts) => named(parts, run, data),
            Self::Missing(parts) => {
                let names = parts.iter().map(|part| part.evaluate(run, data)).collect();
                missing(names, run, data)
            }
            Self::MissingSome(parts) => missing_some(parts, run, data),
            Self::If(parts) => chosen(parts, run, data).map_or(Held::Null, |part| part.evaluate(run, data)),
            Self::And(parts) => first(parts, run, data, false),
            Self::Or(parts) => first(parts, run, data, true),
            Self::IsText(_) | Self::InTexts(_) => Held::Bool(self.holds(run, data)),
            Self::Operate(operator, parts) => operator.apply(parts, run, data),
            Self::Loop(kind, parts) => kind.run(parts, run, data),
            Self::SemVer(compare) => compare.evaluate(run, data),
            Self::Fractional(fractional) => match fractional.choose(run, data) {
                Some(part) => part.evaluate(run, data),
                None => Held::Null,
            },
            Self::Shared(condition) => condition.evaluate(run, data),
        }
    }
}

/// Of condition, result, condition, result, …, otherwise.
fn chosen<'a>(parts: &'a [Expression], run: &mut Run<'a>, data: Data<'_, 'a>) -> Option<&'a Expression> {
    let (pairs, otherwise) = parts.as_chunks::<2>();
    for [condition, result] in pairs {
        if condition.holds(run, data) {
            return Some(result);
        }
    }
    otherwise.first()
}

/// The first part of this truth, or the last.
fn first<'a>(parts: &'a [Expression], run: &mut Run<'a>, data: Data<'_, 'a>, truth: bool) -> Held<'a> {
    let mut held = Held::Null;
    for part in parts {
        held = part.evaluate(run, data);
        if held.truth() == truth {
            break;
        }
    }
    held
}

fn named<'a>(parts: &'a [Expression], run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
    let name = parts.first().map_or(Held::Null, |part| part.evaluate(run, data));
    let found = look_up(&name.joined(), run, data);
    match (&found, parts.get(1)) {
        (Held::Null, Some(default)) => default.evaluate(run, data),
        _ => found,
    }
}

/// The names under which there is nothing. They stand as arguments, or as a list that is the first of them.
fn missing<'a>(names: Vec<Held<'a>>, run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
    let listed = names.first().filter(|first| first.is_list()).map(elements);
    let mut absent = Vec::new();
    for name in listed.unwrap_or(names) {
        let found = look_up(&name.joined(), run, data);
        let empty = matches!(&found, Held::Text(text) if text.is_empty());
        if run.spend(1) && (empty || matches!(found, Held::Null)) {
            absent.push(name);
        }
    }
    Held::List(absent)
}

fn missing_some<'a>(parts: &'a [Expression], run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
    let [needed, names, ..] = parts else { return Held::List(Vec::new()) };
    let needed = needed.evaluate(run, data).number();
    let names = names.evaluate(run, data);
    let count = names.len();
    let absent = missing(elements(&names), run, data);
    if (count - absent.len().min(count)) as f64 >= needed { Held::List(Vec::new()) } else { absent }
}

pub(super) fn elements<'a>(list: &Held<'a>) -> Vec<Held<'a>> {
    (0..list.len()).filter_map(|index| list.element(index)).collect()
}

impl IsText {
    #[inline]
    fn holds<'a>(&'a self, run: &mut Run<'a>, data: Data<'_, 'a>) -> bool {
        let attribute = self.variable.attribute(run, data);
        let text = attribute.and_then(|attribute| attribute.value.as_str());
        let equal = match text {
            Some(text) => *text == *self.text,
            None => self.against(&self.variable.find(run, data)),
        };
        equal != self.negated
    }

    fn against(&self, held: &Held<'_>) -> bool {
        let text = Held::Text(std::borrow::Cow::Borrowed(&*self.text));
        if self.strict { held.same(&text) } else { held.equal(&text) }
    }
}

impl SemVer {
    fn evaluate<'a>(&'a self, run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
        let mut found = [None, None];
        for (side, found) in [&self.one, &self.other].into_iter().zip(&mut found) {
            if let Side::Found(expression) = side {
                *found = version::read(&expression.evaluate(run, data));
            }
        }
        let [one, other] = &found;
        match (self.one.known().or(one.as_ref()), self.other.known().or(other.as_ref())) {
            (Some(one), Some(other)) => Held::Bool(self.comparison.holds(one, other)),
            _ => Held::Null,
        }
    }
}

impl Side {
    pub(super) fn known(&self) -> Option<&semver::Version> {
        match self {
            Self::Known(version) => Some(version),
            Self::Found(_) => None,
        }
    }
}
