//! A set of flags: compiled once, evaluated any number of times from any number of threads.
//!
//! Invariant: evaluating never fails and never panics: what cannot be answered is answered with an error code, and the
//! caller's default holds. A set is never changed; a change makes another that shares everything else, so a handle such
//! as an `ArcSwap<FlagSet>` is swapped under readers that do not notice.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::answer;
use crate::context::Context;
use crate::definition::{self, With};
use crate::details::{Details, ErrorCode, Resolved};
use crate::document::{self, Shared};
use crate::export::Export;
use crate::flag::Flag;
use crate::graph::Graph;
use crate::limits::FLAGS_MAX;
use crate::pool::Pool;
use crate::problem::{Path, Problem};
use crate::table::Table;

/// Flags that are served together. Cloning costs nothing.
#[derive(Clone, Debug)]
pub struct FlagSet {
    pub(crate) table: Table,
    pub(crate) shared: Arc<Shared>,
    pub(crate) graph: Arc<Graph>,
}

impl Default for FlagSet {
    fn default() -> Self {
        Self { table: Table::of([]), shared: Arc::default(), graph: Arc::default() }
    }
}

impl FlagSet {
    /// Compiles a document in flagd's format. A bad flag is refused alone: it is in the problems, and evaluating it answers
    /// `PARSE_ERROR`. A document that is no object gives an empty set.
    pub fn compile(document: &Value) -> (Self, Vec<Problem>) {
        document::compile(document)
    }

    /// The same from text. A text that is no JSON gives an empty set and one problem.
    pub fn parse(document: &str) -> (Self, Vec<Problem>) {
        match serde_json::from_str(document) {
            Ok(document) => Self::compile(&document),
            Err(wrong) => {
                let problem = Path::root().here(format!("this is no JSON: {wrong}")).of_set();
                (Self::default(), vec![problem])
            }
        }
    }

    /// This set with one flag defined anew, as compiling the whole document anew would give. The problems are that
    /// flag's, and those of flags that cannot be served any more because of it; whoever does not want that keeps the set
    /// they had. Segments, `$evaluators` and the set's metadata belong to the whole document: where those change, compile
    /// it anew.
    #[must_use]
    pub fn with(&self, key: &str, definition: &Value) -> (Self, Vec<Problem>) {
        let mut path = Path::root();
        if self.len() >= FLAGS_MAX && self.table.get(key).is_none() {
            let full = path
                .at("flags", |path| path.here(format!("a set has at most {FLAGS_MAX} flags")))
                .of_flag(key);
            return (self.clone(), vec![full]);
        }
        let pool = Pool::default();
        let with = With { shared: &self.shared, pool: &pool };
        let (flag, found) =
            path.at("flags", |path| path.at(key, |path| definition::compile(key, definition, with, path)));
        let mut problems: Vec<Problem> = found.into_iter().map(|found| found.of_flag(key)).collect();
        let graph = self.graph.with(key, flag.prerequisites());
        let new =
            |of: &&Problem| of.flag.as_deref().is_none_or(|of| of == key || self.graph.refused(of).is_none());
        problems.extend(graph.problems().filter(new).cloned());
        let set = Self { table: self.table.with(Arc::new(flag)), shared: Arc::clone(&self.shared), graph };
        (set, problems)
    }

    /// This set without one flag.
    #[must_use]
    pub fn without(&self, key: &str) -> Self {
        Self {
            table: self.table.without(key),
            shared: Arc::clone(&self.shared),
            graph: self.graph.with(key, &[]),
        }
    }

    pub fn len(&self) -> usize {
        self.table.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys of all flags, refused ones too, in an order that depends on the keys alone.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.table.iter().map(|flag| &*flag.key)
    }

    /// A flag's definition as it came, the members that are not flagd's included.
    pub fn definition(&self, key: &str) -> Option<Value> {
        self.table.get(key).and_then(|flag| serde_json::from_str(&flag.source).ok())
    }

    /// The keys of flags that are defined in another way here than there, or in one of both only, in order.
    pub fn differing<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let shares = self.shared.conditions.are(&other.shared.conditions);
        let same = |flag: &Flag, other: &Flag| {
            shares && flag.source == other.source && flag.metadata() == other.metadata()
        };
        let here = self.table.iter();
        let here = here.filter(|flag| !other.table.get(&flag.key).is_some_and(|there| same(flag, there)));
        let there = other.table.iter().filter(|flag| self.table.get(&flag.key).is_none());
        let mut keys: Vec<&str> = here.chain(there).map(|flag| &*flag.key).collect();
        keys.sort_unstable();
        keys
    }

    /// The metadata of the set.
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.shared.metadata
    }

    /// The set in flagd's own words, for providers that evaluate in process: segments become `$evaluators`, schedules
    /// conditions on `$flagd.timestamp`, prerequisites part of the rule. Every flag in it gives the same variants and
    /// values as here; one of which that cannot be said is left out and named in the problems.
    pub fn to_flagd(&self) -> Export {
        crate::export::export(self)
    }

    #[inline]
    pub fn evaluate<'a>(&'a self, key: &str, context: &Context) -> Details<'a> {
        match self.table.get(key) {
            Some(flag) => answer::flag(self, flag, context),
            None => Details::failure(ErrorCode::FlagNotFound, "there is no such flag"),
        }
    }

    /// Every flag for one subject, in the order of [`keys`](Self::keys).
    pub fn evaluate_all<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = (&'a str, Details<'a>)> {
        self.table.iter().map(move |flag: &Flag| (&*flag.key, answer::flag(self, flag, context)))
    }

    pub fn boolean(&self, key: &str, context: &Context, default: bool) -> Resolved<'_, bool> {
        self.evaluate(key, context).boolean(default)
    }

    pub fn string<'a>(&'a self, key: &str, context: &Context, default: &'a str) -> Resolved<'a, &'a str> {
        self.evaluate(key, context).string(default)
    }

    /// A number without a fraction. `2.0` is one.
    pub fn integer(&self, key: &str, context: &Context, default: i64) -> Resolved<'_, i64> {
        self.evaluate(key, context).integer(default)
    }

    pub fn float(&self, key: &str, context: &Context, default: f64) -> Resolved<'_, f64> {
        self.evaluate(key, context).float(default)
    }

    /// An object or a list.
    pub fn object<'a>(&'a self, key: &str, context: &Context, default: &'a Value) -> Resolved<'a, &'a Value> {
        self.evaluate(key, context).object(default)
    }
}
