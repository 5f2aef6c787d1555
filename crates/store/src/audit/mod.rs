//! Proof that the log is the one that was written: each event is hashed into an append-only tree, and `verify` works
//! everything out again from the rows.
//!
//! Invariant: any change to a recorded event, a missing one, another order or a cut tail is found, and the first bad
//! row is named. A rewrite of the whole log with all its hashes is not found from inside: for that, compare `head`
//! with one noted elsewhere. Deliberately not here: signed checkpoints, and how rows are read.

mod tree;

pub(crate) use tree::hex;
pub use tree::{Hash, Tree, leaf_hash};

use std::collections::BTreeMap;

use tidegate_ports::Entry;

/// An event as it is stored, with its leaf and the head of the tree after it. The stream is text here: what was
/// tampered with need not name a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sealed {
    pub position: u64,
    pub stream: String,
    pub version: u64,
    pub kind: String,
    pub body: String,
    pub actor: String,
    pub wall_ms: u64,
    pub steady_ms: u64,
    pub leaf: Hash,
    pub root: Hash,
}

impl Sealed {
    /// Hashes the event into the tree.
    pub(crate) fn new(entry: &Entry, tree: &mut Tree) -> Self {
        let mut sealed = Self {
            position: entry.position,
            stream: entry.stream.to_string(),
            version: entry.version,
            kind: entry.kind.clone(),
            body: entry.body.clone(),
            actor: entry.actor.clone(),
            wall_ms: entry.at.wall_ms,
            steady_ms: entry.at.steady.0,
            ..Self::default()
        };
        sealed.leaf = leaf_hash(&sealed.canonical_bytes());
        tree.push(sealed.leaf);
        sealed.root = tree.root();
        sealed
    }

    /// What is hashed: the eight fields in the order of the struct, each as its length in bytes (4, big-endian) and
    /// its bytes; text in UTF-8, numbers in 8 bytes big-endian.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128 + self.body.len());
        self.write_canonical(&mut bytes);
        bytes
    }
    fn write_canonical(&self, bytes: &mut Vec<u8>) {
        let mut field = |content: &[u8]| {
            // Bodies are limited to a few MiB, so the length always fits.
            bytes.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(content);
        };
        field(&self.position.to_be_bytes());
        field(self.stream.as_bytes());
        field(&self.version.to_be_bytes());
        field(self.kind.as_bytes());
        field(self.body.as_bytes());
        field(self.actor.as_bytes());
        field(&self.wall_ms.to_be_bytes());
        field(&self.steady_ms.to_be_bytes());
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Rows that were read and are good.
    pub events: u64,
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

/// What the store says beside the rows: how many events there are, and the peaks of their tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredHead {
    pub size: u64,
    pub peak_bytes: Vec<u8>,
}

impl From<&Tree> for StoredHead {
    fn from(tree: &Tree) -> Self {
        Self { size: tree.size(), peak_bytes: tree.peak_bytes() }
    }
}

/// Reads rows in the order of their positions; a row that cannot be read is `Err` with the reason.
pub fn verify(rows: impl IntoIterator<Item = Result<Sealed, String>>, stored: &StoredHead) -> Audit {
    let mut verified = Verified { head: Tree::default().root(), ..Verified::default() };
    for row in rows {
        if let Err(why) = row.and_then(|row| verified.check(row, stored)) {
            return verified.ended(Some((verified.events + 1, why)));
        }
    }
    if verified.events < stored.size {
        let why = format!("it is missing: the tree holds {} events", stored.size);
        return verified.ended(Some((verified.events + 1, why)));
    }
    if verified.tree.peak_bytes() != stored.peak_bytes {
        let why = "the stored head of the tree is not the head of the rows".to_owned();
        return verified.ended(Some((verified.events, why)));
    }
    verified.ended(None)
}

/// The good rows so far. After a bad one `tree` may be a row ahead of the others, and is not used again.
#[derive(Default)]
struct Verified {
    events: u64,
    head: Hash,
    tree: Tree,
    latest_versions: BTreeMap<String, u64>,
    buffer: Vec<u8>,
}

impl Verified {
    fn ended(&self, bad: Option<(u64, String)>) -> Audit {
        let broken = |(first_bad_position, why)| Chain::Broken { first_bad_position, why };
        Audit { events: self.events, head: self.head, chain: bad.map_or(Chain::Ok, broken) }
    }

    /// Counts the row in, or says what is wrong with it.
    fn check(&mut self, row: Sealed, stored: &StoredHead) -> Result<(), String> {
        let position = self.events + 1;
        if row.position != position {
            return Err(format!("it is missing: the next row stands at position {}", row.position));
        }
        if position > stored.size {
            return Err(format!("it came after the newest event of the tree ({})", stored.size));
        }
        self.buffer.clear();
        row.write_canonical(&mut self.buffer);
        if row.leaf != leaf_hash(&self.buffer) {
            return Err("its content is not what was hashed when it was written".to_owned());
        }
        self.tree.push(row.leaf);
        if row.root != self.tree.root() {
            return Err("its tree head does not follow from the rows before it".to_owned());
        }
        self.check_version(row.stream, row.version)?;
        (self.events, self.head) = (position, row.root);
        Ok(())
    }

    fn check_version(&mut self, stream: String, version: u64) -> Result<(), String> {
        let latest = self.latest_versions.get(&stream).copied().unwrap_or(0);
        if version != latest + 1 {
            return Err(format!("it is version {version} of {stream}, after version {latest}"));
        }
        self.latest_versions.insert(stream, version);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
