//! Proof that the log is the one that was written: each event is hashed into an append-only tree, and the verifier works
//! everything out again from the rows.
//!
//! Invariant: any change to a recorded event, a missing one, another order or a cut tail is found, and the first bad
//! row is named. A rewrite of the whole log with all its hashes is not found from inside: for that, compare `head`
//! with one noted elsewhere. Deliberately not here: signed checkpoints, and how rows are read.

mod kept;
mod leaf;
mod note;
mod proof;
mod segment;
mod tree;
mod verify;

pub use kept::{KeptError, NOTES_EXTENSION, compare, read_checkpoints};
pub use leaf::{Facts, OriginFact, Seal};
pub use note::{Checkpoint, Note, NoteKey, NoteRefusal, VerifierKey, read_notes};
pub use proof::{consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
pub use segment::Segment;
pub use tree::{Hash, Tree, leaf_hash};
pub use tree::{hex, unhex};
pub use verify::{StoredHead, StoredRow, Verifier};

use sha2::{Digest, Sha256};

/// The log as its newest event leaves it: what the next one is hashed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub tree: Tree,
    /// Joins each event to all before it, so that a row that was rewritten together with its leaf is named.
    pub link: Hash,
}

impl Default for Log {
    fn default() -> Self {
        let tree = Tree::default();
        Self { link: tree.root(), tree }
    }
}

impl Log {
    /// Hashes the event in; answers its leaf.
    pub(crate) fn push(&mut self, facts: &Facts<'_>, buffer: &mut Vec<u8>) -> Hash {
        let leaf = facts.leaf(buffer);
        self.link = link(&self.link, &leaf);
        self.tree.push(leaf);
        leaf
    }
    /// Over all that is kept of it.
    pub(crate) fn check_sum(&self) -> Hash {
        let mut hash = Sha256::new().chain_update(self.tree.size().to_be_bytes());
        hash.update(self.tree.peak_bytes());
        hash.update(self.link);
        hash.finalize().into()
    }
}

/// `SHA-256(0x02 || the link before || leaf)`: neither a leaf nor a node of the tree begins so.
fn link(before: &Hash, leaf: &Hash) -> Hash {
    tree::pair_hash(2, before, leaf)
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Rows that were read and are good.
    pub events: u64,
    /// Those of them whose origin was forgotten.
    pub forgotten_origins: u64,
    /// The head of the tree over those rows; the same number noted outside proves that nothing was rewritten.
    pub head: Hash,
    pub chain: Chain,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    Ok,
    Broken { first_bad_position: u64, why: String },
}

impl Audit {
    /// The head as people compare it.
    pub fn head_hex(&self) -> String {
        hex(&self.head)
    }
}

#[cfg(test)]
mod tests;
