//! `var`: an attribute of the context, a part of one, or what a loop is at.
//!
//! Invariant: what is not there is null, and null is replaced by the default. A name is split at its dots when the rule is
//! compiled; an attribute with a dot in its own name is not found, in flagd neither.

use std::borrow::Cow;

use serde_json::Value;

use super::held::{Held, Number};
use super::{Expression, Run};
use crate::context::Attribute;
use crate::hash;

/// Under this name flagd puts the flag's key and the time among the attributes.
pub(crate) const FLAGD: &str = "$flagd";
pub(crate) const FLAG_KEY: &str = "flagKey";
const TIMESTAMP: &str = "timestamp";

#[derive(Debug)]
pub(crate) struct Variable {
    root: Root,
    name_hash: u32,
    /// The first part of the path; empty for all data.
    name: Box<str>,
    rest: Box<[Box<str>]>,
    default: Option<Box<Expression>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Attribute,
    Flagd,
    Whole,
}

/// What variables are looked up in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Data<'s, 'a> {
    Root,
    Element(&'s Held<'a>),
    Fold { current: &'s Held<'a>, accumulator: &'s Held<'a> },
}

impl Data<'_, '_> {
    pub(crate) fn in_loop(self) -> bool {
        !matches!(self, Self::Root)
    }
}

impl Variable {
    pub(crate) fn named(path: &str, default: Option<Expression>) -> Self {
        let mut parts = path.split('.');
        let name = parts.next().unwrap_or_default();
        let root = match name {
            _ if path.is_empty() => Root::Whole,
            FLAGD => Root::Flagd,
            _ => Root::Attribute,
        };
        Self {
            root,
            name_hash: hash::short(name),
            name: name.into(),
            rest: parts.map(Box::from).collect(),
            default: default.map(Box::new),
        }
    }

    pub(crate) fn is_flag_key(&self) -> bool {
        self.root == Root::Flagd && matches!(&*self.rest, [only] if &**only == FLAG_KEY)
    }

    /// The attribute itself, where the variable is one as a whole and has no default.
    #[inline]
    pub(crate) fn attribute<'a>(&self, run: &Run<'a>, data: Data<'_, 'a>) -> Option<&'a Attribute> {
        let plain = self.root == Root::Attribute && self.rest.is_empty() && self.default.is_none();
        if plain && matches!(data, Data::Root) { run.context.find(self.name_hash, &self.name) } else { None }
    }

    #[inline]
    pub(crate) fn find<'a>(&'a self, run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
        let found = match (data, self.root) {
            (Data::Root, Root::Attribute) => {
                let attribute = run.context.find(self.name_hash, &self.name);
                attribute.map_or(Held::Null, |attribute| Held::of(&attribute.value))
            }
            (Data::Root, Root::Flagd) => return self.flagd(run),
            (Data::Root, Root::Whole) => whole(run),
            (Data::Element(element), Root::Whole) => element.clone(),
            (Data::Element(element), Root::Attribute | Root::Flagd) => part(element, &self.name),
            (Data::Fold { current, accumulator }, root) => fold(root, &self.name, current, accumulator),
        };
        let spent = run.spend(weight(&found));
        let found = if self.rest.is_empty() { found } else { self.inside(found) };
        match (&found, &self.default) {
            (Held::Null, Some(default)) if spent => default.evaluate(run, data),
            _ => found,
        }
    }

    fn inside<'a>(&self, found: Held<'a>) -> Held<'a> {
        self.rest.iter().fold(found, |found, name| part(&found, name))
    }

    fn flagd<'a>(&'a self, run: &mut Run<'a>) -> Held<'a> {
        match &*self.rest {
            [only] if &**only == FLAG_KEY => Held::Text(Cow::Borrowed(run.key)),
            [only] if &**only == TIMESTAMP => timestamp(run),
            [] => properties(run),
            _ => self.default.as_ref().map_or(Held::Null, |default| default.evaluate(run, Data::Root)),
        }
    }
}

/// A variable whose name was worked out.
pub(crate) fn look_up<'a>(path: &str, run: &mut Run<'a>, data: Data<'_, 'a>) -> Held<'a> {
    let Some(first) = path.split('.').next().filter(|_| !path.is_empty()) else {
        return match data {
            Data::Root => whole(run),
            Data::Element(element) => element.clone(),
            Data::Fold { current, accumulator } => fold(Root::Whole, "", current, accumulator),
        };
    };
    let found = match data {
        Data::Root if first == FLAGD => properties(run),
        Data::Root => run.context.get(first).map_or(Held::Null, Held::of),
        Data::Element(element) => part(element, first),
        Data::Fold { current, accumulator } => fold(Root::Attribute, first, current, accumulator),
    };
    path.split('.').skip(1).fold(found, |found, name| part(&found, name))
}

/// How many elements copying a value copies: only what a rule made itself is copied.
fn weight(held: &Held<'_>) -> usize {
    match held {
        Held::List(elements) => 1 + elements.iter().map(weight).sum::<usize>(),
        Held::Object(members) => 1 + members.iter().map(|(_, held)| weight(held)).sum::<usize>(),
        Held::Text(Cow::Owned(text)) => text.len() / 64,
        Held::Text(Cow::Borrowed(_)) | Held::Null | Held::Bool(_) | Held::Number(_) | Held::Json(_) => 0,
    }
}

fn timestamp<'a>(run: &Run<'a>) -> Held<'a> {
    Held::Number(Number::Int(run.context.timestamp_seconds()))
}

fn properties<'a>(run: &Run<'a>) -> Held<'a> {
    Held::Object(vec![
        (Cow::Borrowed(FLAG_KEY), Held::Text(Cow::Borrowed(run.key))),
        (Cow::Borrowed(TIMESTAMP), timestamp(run)),
    ])
}

fn whole<'a>(run: &Run<'a>) -> Held<'a> {
    let own = run.context.attributes().filter(|(name, _)| *name != FLAGD);
    let own = own.map(|(name, value)| (Cow::Borrowed(name), Held::of(value)));
    Held::Object(own.chain([(Cow::Borrowed(FLAGD), properties(run))]).collect())
}

fn fold<'a>(root: Root, name: &str, current: &Held<'a>, accumulator: &Held<'a>) -> Held<'a> {
    match (root, name) {
        (Root::Whole, _) => Held::Object(vec![
            (Cow::Borrowed("current"), current.clone()),
            (Cow::Borrowed("accumulator"), accumulator.clone()),
        ]),
        (_, "current") => current.clone(),
        (_, "accumulator") => accumulator.clone(),
        _ => Held::Null,
    }
}

/// A member of an object, an element of a list or a letter of a text, or how many there are.
fn part<'a>(held: &Held<'a>, name: &str) -> Held<'a> {
    if held.is_object() {
        return held.member(name).unwrap_or(Held::Null);
    }
    let count = |count: usize| Held::Number(Number::Unsigned(count as u64));
    let index = || name.parse::<usize>().ok().filter(|index| index.to_string() == name);
    match held {
        Held::Text(text) if name == "length" => count(text.chars().count()),
        Held::Text(text) => {
            let letter = index().and_then(|index| text.chars().nth(index));
            letter.map_or(Held::Null, |letter| Held::Text(Cow::Owned(letter.to_string())))
        }
        Held::List(_) | Held::Json(Value::Array(_)) if name == "length" => count(held.len()),
        Held::List(_) | Held::Json(_) => index().and_then(|index| held.element(index)).unwrap_or(Held::Null),
        Held::Null | Held::Bool(_) | Held::Number(_) | Held::Object(_) => Held::Null,
    }
}
