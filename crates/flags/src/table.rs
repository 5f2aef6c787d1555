//! Flags by key: found in two steps, and one of many thousand replaced without touching the others.
//!
//! Invariant: a table is never changed, only followed by another that shares what stayed the same; a reader of the old
//! one is not disturbed. The order of flags depends on their keys alone.

use std::sync::Arc;

use crate::flag::Flag;
use crate::hash;

/// Flags of a shard on average. The price of a replacement is this plus the number of shards.
const FLAGS_OF_SHARD: usize = 32;
const SHARDS_MAX: usize = 4_096;

/// A shard is an open-addressed table with a power of two of places, at most three quarters of them taken.
type Shard = Arc<[Option<Entry>]>;

#[derive(Clone, Debug)]
struct Entry {
    hash: u64,
    flag: Arc<Flag>,
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    shards: Arc<[Shard]>,
    len: usize,
}

impl Table {
    pub(crate) fn of(flags: impl IntoIterator<Item = Arc<Flag>>) -> Self {
        let entries: Vec<Entry> = flags.into_iter().map(Entry::of).collect();
        Self::with_shards(shards_for(entries.len()), entries)
    }

    fn with_shards(count: usize, entries: Vec<Entry>) -> Self {
        let mut sorted: Vec<Vec<Entry>> = (0..count).map(|_| Vec::new()).collect();
        for entry in entries {
            let shard = &mut sorted[shard_of(entry.hash, count)];
            match shard.iter_mut().find(|known| known.is(entry.hash, &entry.flag.key)) {
                Some(known) => *known = entry,
                None => shard.push(entry),
            }
        }
        let len = sorted.iter().map(Vec::len).sum();
        Self { shards: sorted.into_iter().map(shard).collect(), len }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, key: &str) -> Option<&Flag> {
        let hash = hash::text(key);
        let shard = &*self.shards[shard_of(hash, self.shards.len())];
        let mask = shard.len() - 1;
        let mut place = hash as usize & mask;
        while let Some(entry) = &shard[place & mask] {
            if entry.is(hash, key) {
                return Some(&entry.flag);
            }
            place += 1;
        }
        None
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Flag> {
        self.shards.iter().flat_map(|shard| shard.iter().flatten()).map(|entry| &*entry.flag)
    }

    /// With this flag instead of the one of its key.
    pub(crate) fn with(&self, flag: Arc<Flag>) -> Self {
        let entry = Entry::of(flag);
        let (hash, key) = (entry.hash, entry.flag.key.clone());
        self.changed(hash, &key, Some(entry))
    }

    pub(crate) fn without(&self, key: &str) -> Self {
        self.changed(hash::text(key), key, None)
    }

    fn changed(&self, hash: u64, key: &str, entry: Option<Entry>) -> Self {
        let index = shard_of(hash, self.shards.len());
        let stay = self.shards[index].iter().flatten().filter(|known| !known.is(hash, key)).cloned();
        let entries: Vec<Entry> = stay.chain(entry).collect();
        let before = self.shards[index].iter().flatten().count();
        let len = self.len + entries.len() - before;
        if shards_for(len) > self.shards.len() * 2 {
            let all = self.shards.iter().enumerate().filter(|(other, _)| *other != index);
            let others = all.flat_map(|(_, shard)| shard.iter().flatten().cloned());
            return Self::with_shards(shards_for(len), others.chain(entries).collect());
        }
        let mut shards = self.shards.to_vec();
        shards[index] = shard(entries);
        Self { shards: shards.into(), len }
    }
}

impl Entry {
    fn of(flag: Arc<Flag>) -> Self {
        Self { hash: hash::text(&flag.key), flag }
    }

    #[inline]
    fn is(&self, hash: u64, key: &str) -> bool {
        self.hash == hash && &*self.flag.key == key
    }
}

fn shards_for(flags: usize) -> usize {
    (flags / FLAGS_OF_SHARD).next_power_of_two().min(SHARDS_MAX)
}

/// The upper half of a hash chooses the shard, the lower one the place in it.
#[inline]
fn shard_of(hash: u64, count: usize) -> usize {
    (hash >> 32) as usize & (count - 1)
}

fn shard(entries: Vec<Entry>) -> Shard {
    let places = (entries.len() * 4 / 3 + 1).next_power_of_two();
    let mut shard: Vec<Option<Entry>> = (0..places).map(|_| None).collect();
    for entry in entries {
        let mut place = entry.hash as usize & (places - 1);
        while shard[place].is_some() {
            place = (place + 1) & (places - 1);
        }
        shard[place] = Some(entry);
    }
    shard.into()
}
