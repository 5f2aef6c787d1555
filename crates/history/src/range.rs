//! The commits that one point has and others have not: `git log others..point`.
//!
//! Invariant: a commit that an excluded point reaches is never in the answer where the commit-graph knows both; without
//! it, clocks that are wrong by less than a day do no harm. The order is the same every time.

use std::collections::BinaryHeap;

use crate::Id;
use crate::graph::{Age, At, Nodes};
use crate::open::History;
use crate::paths::{Paths, Touching};
use crate::trouble::Trouble;

const WRONG_CLOCK_SECONDS: i64 = 86_400;

const SEEN: u8 = 1;
const EXCLUDED: u8 = 2;
const QUEUED: u8 = 4;
const FOUND: u8 = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub id: Id,
    /// How many; two or more is a merge.
    pub parents: usize,
    /// When it was committed, since 1970.
    pub seconds: i64,
    pub message: String,
    /// Signs of the message stand in for what could not be read.
    pub is_lossy: bool,
    /// Which of the asked sets of paths it touches, by their order; empty where none were asked.
    pub touches: Vec<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// From the oldest to the newest.
    pub commits: Vec<Commit>,
    /// The clone ends within it, so there may have been more.
    pub is_cut: bool,
}

impl History {
    /// What `to` reaches and none of `from` does. With `paths`, each commit says which of them it touches.
    pub fn between(&self, from: &[Id], to: Id, paths: &[Vec<String>]) -> Result<Range, Trouble> {
        let mut nodes = self.nodes.borrow_mut();
        let found = Walk::new(self, &mut nodes).run(from, to)?;
        let mut touching = Touching::new(self, Paths::new(paths));
        let mut range = Range::default();
        for at in found.into_iter().rev() {
            let touches = touching.of(&mut nodes, at)?;
            let (message, is_lossy, seconds) = nodes.message(self, at)?;
            let node = nodes.node(at);
            range.is_cut |= node.is_cut;
            let (id, parents) = (node.id, node.parents.all().len());
            range.commits.push(Commit { id, parents, seconds, message, is_lossy, touches });
        }
        Ok(range)
    }
}

struct Walk<'a> {
    history: &'a History,
    nodes: &'a mut Nodes,
    flags: Vec<u8>,
    queue: BinaryHeap<(Age, At)>,
    /// How many in the queue are not excluded.
    open: usize,
    found: Vec<At>,
}

impl<'a> Walk<'a> {
    fn new(history: &'a History, nodes: &'a mut Nodes) -> Self {
        Self { history, nodes, flags: Vec::new(), queue: BinaryHeap::new(), open: 0, found: Vec::new() }
    }

    /// From the newest to the oldest.
    fn run(mut self, from: &[Id], to: Id) -> Result<Vec<At>, Trouble> {
        for id in from {
            self.reach(*id, true)?;
        }
        self.reach(to, false)?;
        let mut oldest = Age { generation: u32::MAX, seconds: i64::MAX };
        while let Some((age, at)) = self.queue.pop() {
            let flags = self.flags[at as usize];
            self.flags[at as usize] &= !QUEUED;
            let excluded = flags & EXCLUDED != 0;
            if !excluded {
                self.open -= 1;
                self.flags[at as usize] |= FOUND;
                self.found.push(at);
                oldest.generation = oldest.generation.min(age.generation);
                oldest.seconds = oldest.seconds.min(age.seconds);
            } else if self.open == 0 && Self::is_past(age, oldest) {
                if age.is_known() || !self.may_be_known() {
                    break;
                }
                continue;
            }
            // The node is behind a reference that the loop below changes.
            let count = self.nodes.node(at).parents.all().len();
            for index in 0..count {
                let parent = self.nodes.node(at).parents.all()[index];
                self.reach(parent, excluded)?;
            }
        }
        let flags = self.flags;
        self.found.retain(|at| flags[*at as usize] & EXCLUDED == 0);
        Ok(self.found)
    }

    /// Whether nothing from here on can be an ancestor of this age that was found.
    fn is_past(age: Age, oldest: Age) -> bool {
        if age.is_known() {
            age.generation <= oldest.generation
        } else {
            age.seconds.saturating_add(WRONG_CLOCK_SECONDS) < oldest.seconds
        }
    }

    /// Behind what the graph does not have there may be what it has.
    fn may_be_known(&self) -> bool {
        self.history.graph.is_some()
    }

    fn reach(&mut self, id: Id, excluded: bool) -> Result<(), Trouble> {
        let at = self.nodes.find(self.history, id)?;
        if self.flags.len() < self.nodes.len() {
            self.flags.resize(self.nodes.len().next_power_of_two(), 0);
        }
        let old = self.flags[at as usize];
        let mut new = old | SEEN;
        if excluded {
            new |= EXCLUDED;
        }
        if new == old {
            return Ok(());
        }
        if old & QUEUED != 0 {
            // It waits as one that counts, and no longer does.
            self.open -= 1;
        } else {
            new |= QUEUED;
            self.queue.push((self.nodes.node(at).age, at));
            self.open += usize::from(new & EXCLUDED == 0);
        }
        self.flags[at as usize] = new;
        Ok(())
    }
}
