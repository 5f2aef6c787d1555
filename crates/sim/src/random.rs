//! The one source of chance: everything random in a simulation comes from its seed.
//!
//! Invariant: the same seed gives the same numbers on every machine and with every version of every library, so that a
//! failing seed stays a failing seed. Deliberately not here: anything that needs good randomness.

/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A stream of its own, so that drawing more in one place changes nothing in another.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::new(self.bits())
    }

    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `most`, both possible.
    pub fn up_to(&mut self, most: u64) -> u64 {
        let range = u128::from(most) + 1;
        ((u128::from(self.bits()) * range) >> 64) as u64
    }

    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.up_to(most.saturating_sub(least))
    }

    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.up_to(999) < per_mille
    }

    /// An index below `count`; 0 for an empty range.
    pub fn index(&mut self, count: usize) -> usize {
        self.up_to((count as u64).saturating_sub(1)) as usize
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.index(of.len())) }
    }

    /// A whole number with this mean and about its spread: what arrives by chance, counted.
    pub fn count_around(&mut self, mean: f64) -> u64 {
        let spread = mean.max(0.0).sqrt();
        // The sum of four even draws is close enough to a bell for a fake world.
        let draws: u64 = (0..4).map(|_| self.up_to(1_000)).sum();
        let bell = (draws as f64 / 1_000.0 - 2.0) * 1.73;
        let drawn = mean + bell * spread;
        let whole = drawn.max(0.0).floor();
        let rest = drawn.max(0.0) - whole;
        whole as u64 + u64::from((self.up_to(999) as f64) < rest * 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_numbers_come_out() {
        // The first three outputs of the reference implementation for seed 1234567.
        let mut random = Random::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn draws_stay_in_their_range() {
        let mut random = Random::new(7);
        for _ in 0..1_000 {
            assert!((3..=5).contains(&random.between(3, 5)));
        }
        assert!(!random.chance(0) && random.chance(1_000));
        assert_eq!(random.pick::<u8>(&[]), None);
        let mean = (0..2_000).map(|_| random.count_around(3.0)).sum::<u64>() as f64 / 2_000.0;
        assert!((2.7..3.3).contains(&mean), "{mean}");
    }
}
