//! Commits as nodes: parents, tree and age, read once for all walks.
//!
//! Invariant: a commit is decoded at most once, and not at all where the commit-graph has it and nobody asks for its
//! message. Messages met on the way are kept up to a bound, because most walks end in reading them.

use gix::hashtable::HashMap;
use gix::objs::Kind;

use crate::open::History;
use crate::trouble::Trouble;
use crate::{Id, raw};

/// Of messages that were decoded on the way, in bytes.
const KEPT_MAX: usize = 64 << 20;
/// Later than every commit that the commit-graph has.
const OUTSIDE: u32 = u32::MAX;

#[derive(Debug, Clone)]
pub enum Parents {
    None,
    One(Id),
    Many(Box<[Id]>),
}

impl Parents {
    fn new(mut all: impl Iterator<Item = Id>) -> Self {
        match (all.next(), all.next()) {
            (None, _) => Self::None,
            (Some(one), None) => Self::One(one),
            (Some(one), Some(two)) => Self::Many([one, two].into_iter().chain(all).collect()),
        }
    }

    pub fn all(&self) -> &[Id] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(all) => all,
        }
    }
}

/// What orders a walk: a commit stands before its ancestors where the graph has both, else by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    /// `OUTSIDE` where the graph does not have it, 0 where it was written without.
    pub generation: u32,
    pub seconds: i64,
}

impl Age {
    pub fn is_known(self) -> bool {
        self.generation != OUTSIDE && self.generation != 0
    }
}

#[derive(Debug)]
pub struct Node {
    pub id: Id,
    pub parents: Parents,
    pub tree: Id,
    pub age: Age,
    pub is_cut: bool,
    message: Option<(Box<str>, bool)>,
}

/// An index into `Nodes`.
pub type At = u32;

#[derive(Debug, Default)]
pub struct Nodes {
    known: HashMap<Id, At>,
    all: Vec<Node>,
    kept: usize,
    buffer: Vec<u8>,
}

impl Nodes {
    pub fn node(&self, at: At) -> &Node {
        &self.all[at as usize]
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn find(&mut self, history: &History, id: Id) -> Result<At, Trouble> {
        if let Some(at) = self.known.get(&id) {
            return Ok(*at);
        }
        let node = match history.graph.as_ref().and_then(|graph| from_graph(graph, id)) {
            Some(node) => node,
            None => self.decoded(history, id)?,
        };
        let at = self.all.len() as At;
        self.all.push(node);
        self.known.insert(id, at);
        Ok(at)
    }

    fn decoded(&mut self, history: &History, id: Id) -> Result<Node, Trouble> {
        let bytes = history.object(id, Kind::Commit, &mut self.buffer)?;
        let commit =
            raw::Commit::parse(bytes).ok_or_else(|| Trouble::Unreadable(format!("{id} is damaged")))?;
        let is_cut = history.shallow.binary_search(&id).is_ok();
        let parents = if is_cut { Parents::None } else { Parents::new(commit.parents()) };
        let age = Age { generation: OUTSIDE, seconds: commit.seconds };
        let message = (self.kept < KEPT_MAX).then(|| commit.message());
        self.kept += message.as_ref().map_or(0, |(text, _)| text.len());
        let message = message.map(|(text, lossy)| (text.into_boxed_str(), lossy));
        Ok(Node { id, parents, tree: commit.tree, age, is_cut, message })
    }

    /// The message, and whether it was not readable as what it says it is.
    pub fn message(&mut self, history: &History, at: At) -> Result<(String, bool, i64), Trouble> {
        let node = &mut self.all[at as usize];
        let seconds = node.age.seconds;
        if let Some((text, lossy)) = node.message.take() {
            return Ok((text.into_string(), lossy, seconds));
        }
        let id = node.id;
        let bytes = history.object(id, Kind::Commit, &mut self.buffer)?;
        let commit =
            raw::Commit::parse(bytes).ok_or_else(|| Trouble::Unreadable(format!("{id} is damaged")))?;
        let (text, lossy) = commit.message();
        Ok((text, lossy, seconds))
    }
}

fn from_graph(graph: &gix::commitgraph::Graph, id: Id) -> Option<Node> {
    let commit = graph.commit_by_id(id)?;
    let mut parents = Vec::new();
    for parent in commit.iter_parents() {
        // A damaged line of the graph: the commit itself says who its parents are.
        parents.push(graph.id_at(parent.ok()?).to_owned());
    }
    let seconds = i64::try_from(commit.committer_timestamp()).unwrap_or(i64::MAX);
    Some(Node {
        id,
        parents: Parents::new(parents.into_iter()),
        tree: commit.root_tree_id().to_owned(),
        age: Age { generation: commit.generation(), seconds },
        is_cut: false,
        message: None,
    })
}
