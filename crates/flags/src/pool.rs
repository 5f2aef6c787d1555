//! What many flags of a document have alike, kept once while it is compiled: attributes looked at, and sets of variants.
//!
//! Invariant: sharing is never seen, except in memory and in the processor's cache. A pool ends with the compilation, so
//! it cannot grow over a set's life.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::flag::Variant;
use crate::rule::variable::Variable;

#[derive(Debug, Default)]
pub(crate) struct Pool {
    variables: RefCell<HashMap<Box<str>, Arc<Variable>>>,
    variants: RefCell<HashMap<String, Arc<[Variant]>>>,
}

impl Pool {
    /// The variable of this path, without a default.
    pub(crate) fn variable(&self, path: &str) -> Arc<Variable> {
        let mut known = self.variables.borrow_mut();
        if let Some(variable) = known.get(path) {
            return Arc::clone(variable);
        }
        let variable = Arc::new(Variable::named(path, None));
        known.insert(path.into(), Arc::clone(&variable));
        variable
    }

    pub(crate) fn variants(&self, given: &Map<String, Value>) -> Arc<[Variant]> {
        let make = || {
            given
                .iter()
                .map(|(name, value)| Variant { name: name.as_str().into(), value: value.clone() })
                .collect()
        };
        // Only small ones are likely to come again.
        if given.values().any(|value| value.is_object() || value.is_array()) || given.len() > 4 {
            return make();
        }
        let written = serde_json::to_string(given).unwrap_or_default();
        Arc::clone(self.variants.borrow_mut().entry(written).or_insert_with(make))
    }
}
