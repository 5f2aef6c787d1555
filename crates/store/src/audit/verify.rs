//! Works the log out again, a row at a time.
//!
//! Invariant: what is good so far is known at every row, and after a bad one nothing more is counted. Deliberately not
//! here: where the rows come from.

use std::collections::{HashMap, VecDeque};

use foldhash::quality::RandomState;
use tidegate_domain::retention::RetentionEvent;

use super::leaf::{Facts, OriginFact};
use super::tree::{Hash, Tree};
use super::{Audit, Chain, Log, link};

/// What the store says beside the rows: how many events there are, and what their tree and their links end with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHead {
    pub size: u64,
    pub peak_bytes: Vec<u8>,
    /// So many of the first rows keep the head of the tree after them instead of a link.
    pub rooted: u64,
    /// None in a form of the store that had none.
    pub link: Option<Hash>,
}

impl From<&Log> for StoredHead {
    fn from(log: &Log) -> Self {
        let (size, peak_bytes) = (log.tree.size(), log.tree.peak_bytes());
        Self { size, peak_bytes, rooted: 0, link: Some(log.link) }
    }
}

/// A row with the hashes that were written beside it.
#[derive(Debug, Clone, Copy)]
pub struct StoredRow<'a> {
    pub facts: Facts<'a>,
    pub leaf: &'a Hash,
    pub link: &'a Hash,
}

/// The good rows so far.
#[derive(Debug)]
pub struct Verifier {
    stored: StoredHead,
    log: Log,
    versions: HashMap<Box<str>, u64, RandomState>,
    buffer: Vec<u8>,
    bad: Option<(u64, String)>,
    wanted: Wanted,
    forgotten: Forgotten,
}

/// Origins that are gone, and whether the log says so.
#[derive(Debug, Default)]
struct Forgotten {
    count: u64,
    /// Of those that no event has told of so far.
    untold: VecDeque<u64>,
}

impl Forgotten {
    fn see(&mut self, facts: &Facts<'_>) {
        if matches!(facts.origin, OriginFact::Forgotten(_)) {
            self.count += 1;
            self.untold.push_back(facts.position);
        }
        if facts.stream == "retention"
            && let Ok(RetentionEvent::OriginsForgotten { through, .. }) = serde_json::from_str(facts.body)
        {
            let told = self.untold.partition_point(|position| *position <= through);
            self.untold.drain(..told);
        }
    }
}

/// Sizes at which the head of the tree is wanted, and the heads so far.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// The greatest first.
    sizes: Vec<u64>,
    pub heads: Vec<(u64, Hash)>,
}

impl Wanted {
    pub fn of(sizes: impl IntoIterator<Item = u64>) -> Self {
        let mut sizes: Vec<u64> = sizes.into_iter().collect();
        sizes.sort_unstable_by(|left, right| right.cmp(left));
        sizes.dedup();
        Self { sizes, heads: Vec::new() }
    }
    pub fn note(&mut self, tree: &Tree) {
        while self.sizes.last() == Some(&tree.size()) {
            self.sizes.pop();
            self.heads.push((tree.size(), tree.root()));
        }
    }
}

impl Verifier {
    pub fn new(stored: StoredHead) -> Self {
        Self {
            stored,
            log: Log::default(),
            versions: HashMap::default(),
            buffer: Vec::new(),
            bad: None,
            wanted: Wanted::default(),
            forgotten: Forgotten::default(),
        }
    }

    /// Notes the head of the tree at each of these sizes, to be compared with what was noted elsewhere.
    #[must_use]
    pub fn noting(mut self, sizes: impl IntoIterator<Item = u64>) -> Self {
        self.wanted = Wanted::of(sizes);
        self.wanted.note(&self.log.tree);
        self
    }

    /// Counts the next row in; false once one was bad. A row that cannot be read is `Err` with the reason.
    pub fn check(&mut self, row: Result<StoredRow<'_>, String>) -> bool {
        if self.bad.is_none()
            && let Err(why) = row.and_then(|row| self.count_in(&row))
        {
            self.bad = Some((self.events() + 1, why));
        }
        self.bad.is_none()
    }

    pub fn events(&self) -> u64 {
        self.log.tree.size()
    }

    /// What was found, and the heads that were wanted, of all sizes up to the last good row.
    pub fn finish(mut self) -> (Audit, Vec<(u64, Hash)>) {
        let end = self.bad.take().or_else(|| self.end());
        let broken = |(first_bad_position, why)| Chain::Broken { first_bad_position, why };
        let chain = end.map_or(Chain::Ok, broken);
        let (events, head) = (self.events(), self.log.tree.root());
        (Audit { events, forgotten_origins: self.forgotten.count, head, chain }, self.wanted.heads)
    }

    fn count_in(&mut self, row: &StoredRow<'_>) -> Result<(), String> {
        let (facts, position) = (&row.facts, self.events() + 1);
        if facts.position != position {
            return Err(format!("it is missing: the next row stands at position {}", facts.position));
        }
        if position > self.stored.size {
            return Err(format!("it came after the newest event of the tree ({})", self.stored.size));
        }
        if *row.leaf != facts.leaf(&mut self.buffer) {
            return Err("its content is not what was hashed when it was written".to_owned());
        }
        let follows = if position <= self.stored.rooted {
            let mut tree = self.log.tree.clone();
            tree.push(*row.leaf);
            tree.root()
        } else {
            link(&self.log.link, row.leaf)
        };
        if *row.link != follows {
            return Err("its hash does not follow from the rows before it".to_owned());
        }
        self.check_version(facts)?;
        self.forgotten.see(facts);
        self.log.tree.push(*row.leaf);
        self.log.link = follows;
        self.wanted.note(&self.log.tree);
        Ok(())
    }

    fn check_version(&mut self, facts: &Facts<'_>) -> Result<(), String> {
        let wrong =
            |latest| format!("it is version {} of {}, after version {latest}", facts.version, facts.stream);
        match self.versions.get_mut(facts.stream) {
            Some(latest) if facts.version != *latest + 1 => return Err(wrong(*latest)),
            Some(latest) => *latest = facts.version,
            None if facts.version != 1 => return Err(wrong(0)),
            None => {
                self.versions.insert(facts.stream.into(), 1);
            }
        }
        Ok(())
    }

    /// What is wrong with the end, where every row was good.
    fn end(&self) -> Option<(u64, String)> {
        let (events, stored) = (self.events(), &self.stored);
        if events < stored.size {
            return Some((events + 1, format!("it is missing: the tree holds {} events", stored.size)));
        }
        let whole =
            Tree::from_stored(stored.size, &stored.peak_bytes).is_some_and(|tree| tree == self.log.tree);
        if !whole || stored.link.is_some_and(|link| link != self.log.link) {
            return Some((events, "the stored head of the tree is not the head of the rows".to_owned()));
        }
        let untold = self.forgotten.untold.front();
        untold.map(|position| {
            (*position, "its origin was taken away, and no event says that it was forgotten".to_owned())
        })
    }
}
