//! The hash under which keys, attribute names and constant texts are found; never the one that buckets subjects.
//!
//! Invariant: the same text has the same hash in every set and context of one process. A collision costs a comparison,
//! never an answer.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

const SEED: u64 = 0x7469_6465_6761_7465;

#[inline]
pub(crate) fn text(text: &str) -> u64 {
    let mut hasher = FixedState::with_seed(SEED).build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Half of the hash: enough to tell texts of one list or attributes of one context apart nearly always.
#[inline]
pub(crate) fn short(of: &str) -> u32 {
    text(of) as u32
}
