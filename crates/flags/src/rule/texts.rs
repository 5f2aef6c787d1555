//! Constant texts, and whether one is among them.
//!
//! Invariant: a hit is confirmed by the text itself; hashes only say where to look.

use crate::hash;

/// Up to here looking at every hash in turn is quicker than halving.
const LINEAR_MAX: usize = 32;

#[derive(Debug)]
pub(crate) struct TextSet {
    /// The hashes, ascending, and then where each text ends in `all`, in the same order.
    words: Box<[u32]>,
    all: Box<str>,
}

impl TextSet {
    pub(crate) fn of(texts: &[&str]) -> Self {
        let mut hashed: Vec<(u32, &str)> = texts.iter().map(|text| (hash::short(text), *text)).collect();
        hashed.sort_unstable();
        hashed.dedup();
        let mut all = String::with_capacity(hashed.iter().map(|(_, text)| text.len()).sum());
        let ends = hashed.iter().map(|(_, text)| {
            all.push_str(text);
            all.len() as u32
        });
        let words = hashed.iter().map(|(hash, _)| *hash).chain(ends).collect();
        Self { words, all: all.into() }
    }

    #[inline]
    pub(crate) fn contains(&self, hash: u32, text: &str) -> bool {
        let (hashes, ends) = self.words.split_at(self.words.len() / 2);
        let first = if hashes.len() <= LINEAR_MAX {
            match hashes.iter().position(|known| *known == hash) {
                Some(first) => first,
                None => return false,
            }
        } else {
            hashes.partition_point(|known| *known < hash)
        };
        let alike = hashes[first..].iter().take_while(|known| **known == hash).count();
        (first..first + alike).any(|index| {
            let from = index.checked_sub(1).map_or(0, |before| ends[before]);
            &self.all[from as usize..ends[index] as usize] == text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_its_texts_are_in_it() {
        for count in [0, 1, 10, 32, 33, 1_000] {
            let texts: Vec<String> = (0..count).map(|number| format!("text-{number}")).collect();
            let set = TextSet::of(&texts.iter().map(String::as_str).chain(["", ""]).collect::<Vec<_>>());
            assert!(texts.iter().all(|text| set.contains(hash::short(text), text)));
            assert!(set.contains(hash::short(""), ""));
            assert!(!set.contains(hash::short("other"), "other"));
            assert!(!set.contains(hash::short("text-0"), "other"), "a hash alone is no hit");
        }
    }
}
