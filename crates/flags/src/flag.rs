//! One flag, ready to be evaluated.
//!
//! Invariant: variants are named by their index, and every index here is one of the flag's own. Deliberately not here:
//! how a definition is read (`definition`), how a rule chooses (`rule`).

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::rule::Outcome;

pub(crate) type Metadata = Map<String, Value>;

/// In this order, so that what every evaluation reads lies together.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Flag {
    pub(crate) key: Box<str>,
    /// What few flags have.
    pub(crate) more: Option<Box<More>>,
    /// How the flag stands until its schedule says otherwise.
    pub(crate) phase: Phase,
    pub(crate) variants: Arc<[Variant]>,
    /// The flag's own over the set's.
    pub(crate) metadata: Arc<Metadata>,
    /// The definition as JSON, for export and for whoever edits it.
    pub(crate) source: Box<str>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) name: Box<str>,
    pub(crate) value: Value,
}

pub(crate) type VariantIndex = u16;

#[derive(Debug, Default)]
pub(crate) struct Phase {
    pub(crate) rule: Option<Outcome>,
    pub(crate) default: Option<VariantIndex>,
    pub(crate) off: Option<VariantIndex>,
    pub(crate) disabled: bool,
}

#[derive(Debug, Default)]
pub(crate) struct More {
    /// From which second on the flag stands otherwise, earliest first.
    pub(crate) later: Box<[(i64, Phase)]>,
    pub(crate) prerequisites: Box<[Prerequisite]>,
    /// Why the flag is not served.
    pub(crate) refused: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prerequisite {
    pub(crate) flag: Box<str>,
    pub(crate) variants: Box<[Box<str>]>,
}

impl Flag {
    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    #[inline]
    pub(crate) fn variant(&self, index: VariantIndex) -> Option<&Variant> {
        self.variants.get(usize::from(index))
    }

    pub(crate) fn named(&self, name: &str) -> Option<VariantIndex> {
        named(&self.variants, name)
    }

    pub(crate) fn prerequisites(&self) -> &[Prerequisite] {
        self.more.as_ref().map_or(&[], |more| &more.prerequisites)
    }

    pub(crate) fn refused(&self) -> Option<&str> {
        self.more.as_ref().and_then(|more| more.refused.as_deref())
    }

    /// How the flag stands at a time.
    pub(crate) fn phase_at(&self, timestamp_seconds: i64) -> &Phase {
        let later = self.more.as_ref().map_or(&[][..], |more| &more.later);
        let begun = later.partition_point(|(from, _)| *from <= timestamp_seconds);
        begun.checked_sub(1).and_then(|last| later.get(last)).map_or(&self.phase, |(_, phase)| phase)
    }
}

pub(crate) fn named(variants: &[Variant], name: &str) -> Option<VariantIndex> {
    let found = variants.iter().position(|variant| &*variant.name == name)?;
    VariantIndex::try_from(found).ok()
}
