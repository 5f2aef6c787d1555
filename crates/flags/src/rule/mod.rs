//! Rules.
use serde_json::{Map, Value};

use crate::context::Context;
use crate::document::Shared;
use crate::flag::{Variant, VariantIndex};
use crate::problem::{Found, Path};

#[derive(Debug)]
pub(crate) enum Outcome {
    Nothing,
}

pub(crate) enum Choice<'a> {
    Variant(VariantIndex),
    Nothing,
    Named(std::borrow::Cow<'a, str>),
    Failed(&'static str),
}

pub(crate) struct Run<'a> {
    context: &'a Context,
    key: &'a str,
    lacks: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(context: &'a Context, key: &'a str) -> Self {
        Self { context, key, lacks: false }
    }
    pub(crate) fn lacks_targeting_key(&self) -> bool {
        self.lacks
    }
}

impl Outcome {
    pub(crate) fn choose<'a>(&'a self, _run: &mut Run<'a>) -> Choice<'a> {
        Choice::Nothing
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) key: Option<&'a str>,
    pub(crate) shared: &'a Shared,
}

pub(crate) fn compile(
    _given: &Value,
    _variants: &[Variant],
    _place: Place<'_>,
    path: &mut Path,
    _found: &mut Vec<Found>,
) -> Result<Outcome, Found> {
    Err(path.here("rules come with the next commit"))
}

#[derive(Debug, Default)]
pub(crate) struct Conditions {}

impl Conditions {
    pub(crate) fn read(_members: &Map<String, Value>, _path: &mut Path) -> (Self, Vec<Found>) {
        (Self {}, Vec::new())
    }
}
