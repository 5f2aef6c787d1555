//! Which of some commits a point reaches, asked in an order of preference.
//!
//! Invariant: the answer is the first in that order that is an ancestor, or the point itself; one walk serves all of
//! them and goes no further than it must.

use std::collections::BinaryHeap;

use crate::Id;
use crate::graph::{Age, At};
use crate::open::History;
use crate::trouble::Trouble;

impl History {
    /// The place in `candidates` of the first that `to` reaches.
    pub fn first_reached(&self, candidates: &[Id], to: Id) -> Result<Option<usize>, Trouble> {
        let mut nodes = self.nodes.borrow_mut();
        let start = nodes.find(self, to)?;
        let mut seen = Seen::default();
        seen.insert(start);
        let mut queue: BinaryHeap<(Age, At)> = BinaryHeap::from([(nodes.node(start).age, start)]);
        for (index, candidate) in candidates.iter().enumerate() {
            let wanted = nodes.find(self, *candidate)?;
            let age = nodes.node(wanted).age;
            loop {
                if seen.has(wanted) {
                    return Ok(Some(index));
                }
                let Some((next, at)) = queue.peek().copied() else { break };
                // Where generations are known, an ancestor has a lower one than whoever it is reached from.
                let known = next.is_known() && (age.is_known() || self.graph.is_some());
                if known && next.generation <= age.generation {
                    break;
                }
                queue.pop();
                let count = nodes.node(at).parents.all().len();
                for which in 0..count {
                    let parent = nodes.node(at).parents.all()[which];
                    let parent = nodes.find(self, parent)?;
                    if seen.insert(parent) {
                        queue.push((nodes.node(parent).age, parent));
                    }
                }
            }
        }
        Ok(None)
    }
}

/// Which nodes were met, by their place.
#[derive(Default)]
struct Seen(Vec<bool>);

impl Seen {
    fn has(&self, at: At) -> bool {
        self.0.get(at as usize).copied().unwrap_or(false)
    }

    /// Whether it is new.
    fn insert(&mut self, at: At) -> bool {
        let at = at as usize;
        if self.0.len() <= at {
            self.0.resize((at + 1).next_power_of_two(), false);
        }
        !std::mem::replace(&mut self.0[at], true)
    }
}
