//! The spans of many periods together, kept so that one more or one less costs next to nothing.
//!
//! Invariant: what is said is what would be said of one set that holds all of them, exactly. How many lie in each slice of the
//! scale is counted; only those in the slices that a percentile falls into are looked at one by one, and these are kept. Slices
//! get wider as values grow (each is at most 1/256 of its values), so few lie in one, whatever the values are like.
//! Deliberately not here: the values themselves, which periods keep (`spans`).

use std::collections::BTreeMap;

use crate::spans::{Spans, Spread, ranks, spread};

/// Of a value's digits after the first, in binary.
const DIGITS: u32 = 8;

#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// How many values lie in each slice.
    counts: Vec<u32>,
    count: usize,
    sum: u128,
    /// In order, of the slices that were asked for last.
    near: BTreeMap<usize, Vec<u64>>,
}

/// Rises with the value.
fn slice(value: u64) -> usize {
    let more = (u64::BITS - value.leading_zeros()).saturating_sub(DIGITS + 1);
    ((more as usize) << DIGITS) + (value >> more) as usize
}

impl Tally {
    pub fn of<'a>(sets: impl Iterator<Item = &'a Spans>) -> Self {
        let mut tally = Self::default();
        for set in sets {
            tally.sum += set.sum();
            for value in set.values() {
                tally.count(*value);
            }
        }
        tally
    }

    fn count(&mut self, value: u64) {
        let slice = slice(value);
        if slice >= self.counts.len() {
            self.counts.resize(slice + 1, 0);
        }
        self.counts[slice] += 1;
        self.count += 1;
    }

    pub fn insert(&mut self, value: u64) {
        self.count(value);
        self.sum += u128::from(value);
        if let Some(near) = self.near.get_mut(&slice(value)) {
            // Behind its equals, so that many of them are not moved.
            near.insert(near.partition_point(|known| *known <= value), value);
        }
    }

    /// Takes away one that is there.
    pub fn remove(&mut self, value: u64) {
        let slice = slice(value);
        let Some(count) = self.counts.get_mut(slice).filter(|count| **count > 0) else { return };
        *count -= 1;
        self.count -= 1;
        self.sum -= u128::from(value);
        if let Some(near) = self.near.get_mut(&slice)
            && let Some(at) = near.partition_point(|known| *known <= value).checked_sub(1)
        {
            near.remove(at);
        }
    }

    /// `sets`: all that the tally is of, as they are now.
    pub fn spread<'a>(&mut self, sets: impl Iterator<Item = &'a Spans>) -> Option<Spread> {
        let places: Vec<(usize, usize)> = self.places().collect();
        self.look(&places, sets);
        let mut found = places.iter().map(|(slice, within)| self.near[slice][*within]);
        // Each rank comes with the next.
        let mut ranked = |_| (found.next().unwrap_or_default(), found.next().unwrap_or_default());
        spread((self.count, self.sum), &mut ranked)
    }

    /// In which slice each rank lies that a spread is made of, and at which place there.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        // Of slices without a value only the last before one with values is found, which is that one.
        let mut below = 0;
        let mut starts = Vec::with_capacity(self.counts.len());
        for count in &self.counts {
            starts.push(below);
            below += *count as usize;
        }
        let wanted = (self.count > 0).then(|| ranks(self.count)).into_iter().flatten();
        wanted.map(move |rank| {
            let slice = starts.partition_point(|start| *start <= rank) - 1;
            (slice, rank - starts[slice])
        })
    }

    fn look<'a>(&mut self, places: &[(usize, usize)], sets: impl Iterator<Item = &'a Spans>) {
        let is_near = |slice: &usize| places.iter().any(|(wanted, _)| wanted == slice);
        self.near.retain(|slice, _| is_near(slice));
        let mut missing: Vec<usize> = places.iter().map(|(slice, _)| *slice).collect();
        missing.dedup();
        missing.retain(|slice| !self.near.contains_key(slice));
        if missing.is_empty() {
            return;
        }
        let mut wanted = vec![false; self.counts.len()];
        for slice in missing {
            wanted[slice] = true;
            self.near.insert(slice, Vec::with_capacity(self.counts[slice] as usize));
        }
        for value in sets.flat_map(Spans::values) {
            let slice = slice(*value);
            if wanted[slice]
                && let Some(near) = self.near.get_mut(&slice)
            {
                near.push(*value);
            }
        }
        for (slice, near) in &mut self.near {
            if wanted[*slice] {
                near.sort_unstable();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slices_rise_and_are_narrow() {
        let mut last = 0;
        let edges = (0..64).flat_map(|bit| {
            let power = 1_u64 << bit;
            [power - 1, power, power + 1, power + power / 256, power + power / 2]
        });
        let mut values: Vec<u64> = edges.chain(0..3_000).chain([u64::MAX]).collect();
        values.sort_unstable();
        for value in values {
            assert!(slice(value) >= last, "{value}");
            assert!(
                !(128..=u64::MAX / 2).contains(&value) || slice(value + value / 128) > slice(value),
                "{value}"
            );
            last = slice(value);
        }
        assert_eq!([0, 1, 511, 512, 513, 514].map(slice), [0, 1, 511, 512, 512, 513]);
    }

    fn value() -> impl Strategy<Value = u64> {
        prop_oneof![Just(0u64), 0u64..50, 1_000u64..1_200, 0u64..5_000_000_000]
    }

    proptest! {
        #[test]
        fn of_several_sets_is_said_what_is_said_of_all_together(
            sets in prop::collection::vec(prop::collection::vec(value(), 0..90), 1..9)
        ) {
            let all: Vec<u64> = sets.concat();
            let sets: Vec<Spans> = sets.into_iter().map(Spans::of).collect();
            prop_assert_eq!(Tally::of(sets.iter()).spread(sets.iter()), Spans::of(all).spread());
        }

        #[test]
        fn whatever_comes_and_goes_it_says_what_is_said_of_what_is_there(
            start in prop::collection::vec(value(), 0..60),
            moves in prop::collection::vec((any::<bool>(), value(), any::<prop::sample::Index>()), 0..60)
        ) {
            let mut set = Spans::of(start.clone());
            let mut there = start;
            let mut tally = Tally::of([&set].into_iter());
            for (comes, value, which) in moves {
                if comes || there.is_empty() {
                    there.push(value);
                    set.insert(value);
                    tally.insert(value);
                } else {
                    let value = there.swap_remove(which.index(there.len()));
                    set.remove(value);
                    tally.remove(value);
                }
                prop_assert_eq!(tally.spread([&set].into_iter()), Spans::of(there.clone()).spread());
            }
        }
    }
}
