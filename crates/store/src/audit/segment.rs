//! A part of the log away from its database: what was exported, worked out again line by line.
//!
//! Invariant: together with the peaks of the tree before it, a part gives the head of the tree at each of its sizes, so that
//! a signed checkpoint within it proves every event up to there. Deliberately not here: the form of lines.

use super::leaf::Facts;
use super::tree::{Hash, Tree};
use super::verify::Wanted;

/// The good events so far.
#[derive(Debug)]
pub struct Segment {
    tree: Tree,
    wanted: Wanted,
    buffer: Vec<u8>,
}

impl Segment {
    /// What follows after these events.
    pub fn after(tree: Tree) -> Self {
        Self { tree, wanted: Wanted::default(), buffer: Vec::new() }
    }

    /// Notes the head of the tree at each of these sizes.
    #[must_use]
    pub fn noting(mut self, sizes: impl IntoIterator<Item = u64>) -> Self {
        self.wanted = Wanted::of(sizes.into_iter().filter(|size| *size >= self.tree.size()));
        self.wanted.note(&self.tree);
        self
    }

    /// The next event; only its leaf where the rest of it was withheld. The reason why it is not the one that was written.
    pub fn push(&mut self, position: u64, leaf: &Hash, facts: Option<&Facts<'_>>) -> Result<(), String> {
        if position != self.tree.size() + 1 {
            return Err(format!("it is missing: the next line is that of event {position}"));
        }
        if facts.is_some_and(|facts| facts.position != position || facts.leaf(&mut self.buffer) != *leaf) {
            return Err("its content is not what was hashed when it was written".to_owned());
        }
        self.tree.push(*leaf);
        self.wanted.note(&self.tree);
        Ok(())
    }

    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    pub fn head(&self) -> Hash {
        self.tree.root()
    }

    /// Those that were wanted, of all sizes up to the last event.
    pub fn heads(&self) -> &[(u64, Hash)] {
        &self.wanted.heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{OriginFact, Tree};

    fn facts(position: u64) -> Facts<'static> {
        Facts {
            position,
            stream: "catalog",
            version: position,
            kind: "k",
            body: "{}",
            actor: "ada",
            wall_ms: 3,
            steady_ms: 4,
            origin: OriginFact::None,
        }
    }

    fn leaf(position: u64) -> Hash {
        facts(position).leaf(&mut Vec::new())
    }

    fn tree(size: u64) -> Tree {
        let mut tree = Tree::default();
        (1..=size).for_each(|position| tree.push(leaf(position)));
        tree
    }

    #[test]
    fn a_part_gives_the_heads_of_the_whole() {
        for after in 0..9 {
            let mut segment = Segment::after(tree(after)).noting([0, 4, 9, 12]);
            for position in after + 1..=9 {
                let all = facts(position);
                // Every other one is withheld.
                let told = (position % 2 == 0).then_some(&all);
                segment.push(position, &leaf(position), told).unwrap();
            }
            assert_eq!((segment.size(), segment.head()), (9, tree(9).root()));
            let expect: Vec<_> = [0, 4, 9]
                .into_iter()
                .filter(|size| *size >= after)
                .map(|size| (size, tree(size).root()))
                .collect();
            assert_eq!(segment.heads(), expect, "after {after}");
        }
    }

    #[test]
    fn what_was_changed_is_not_taken() {
        let mut segment = Segment::after(tree(3));
        segment.push(5, &leaf(5), Some(&facts(5))).unwrap_err();
        segment.push(4, &leaf(5), Some(&facts(4))).unwrap_err();
        segment.push(4, &leaf(5), Some(&facts(5))).unwrap_err();
        segment.push(4, &leaf(4), Some(&Facts { actor: "eve", ..facts(4) })).unwrap_err();
        segment.push(4, &leaf(4), Some(&facts(4))).unwrap();
        // A leaf that is not the event's shows in the head.
        segment.push(5, &leaf(6), None).unwrap();
        assert_ne!(segment.head(), tree(5).root());
    }
}
