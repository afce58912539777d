//! Numbers that look random and are the same each time.

use std::ops::RangeInclusive;

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): enough to make a shop look
/// alive, and nothing to protect one with.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The numbers that begin with this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next of all 64-bit numbers.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of the range, which must not be empty or reach over 2^63 numbers.
    pub(super) fn between(&mut self, range: RangeInclusive<i64>) -> i64 {
        let count = range.end().abs_diff(*range.start()) + 1;
        range.start().wrapping_add_unsigned(self.next() % count)
    }

    /// One of the things, of which there must be some.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, things: &[&'a T]) -> &'a T {
        let place = self.next() % u64::try_from(things.len()).expect("a length fits into 64 bits");
        things[usize::try_from(place).expect("it is less than a length")]
    }

    /// Whether something happens that happens in so many of 100 cases.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(1..=100) <= percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_algorithm() {
        let mut random = Random::new(1_234_567);
        let numbers: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn a_range_is_used_to_both_its_ends() {
        let mut random = Random::new(7);
        let mut seen: Vec<i64> = (0..200).map(|_| random.between(-2..=2)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [-2, -1, 0, 1, 2]);
    }
}
