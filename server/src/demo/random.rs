//! Chance that can be repeated: the same seed and the same key give the same draws, on any machine.
//!
//! Only integers, additions, products and square roots are used: logarithms and the like differ between C libraries.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of draws.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    /// The stream of one thing (`9999991F/acces/2025-09-01`), independent of every other.
    pub(super) fn of(seed: u64, key: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(seed.to_le_bytes());
        hasher.update(key.as_bytes());
        Self(ChaCha8Rng::from_seed(hasher.finalize().into()))
    }

    /// From 0 (included) to 1 (excluded).
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From `low` (included) to `high` (excluded).
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Below `bound`; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.0.next_u64() % bound as u64) as usize }
    }

    /// True with a probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// About normal, mean 0 and standard deviation 1 (twelve uniforms added up).
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// A whole number whose mean is `value`.
    pub(super) fn round(&mut self, value: f64) -> usize {
        (value.max(0.0) + self.unit()) as usize
    }

    /// One of a list.
    ///
    /// # Panics
    /// When the list is empty.
    pub(super) fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Puts a list in a random order.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// A random UUID (version 4).
    pub(super) fn uuid(&mut self) -> String {
        let high = self.0.next_u64() & !0xf000 | 0x4000;
        let low = self.0.next_u64() >> 2 | 1 << 63;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

/// Things that are drawn in proportion to their weights.
pub(super) struct Weighted(Vec<f64>);

impl Weighted {
    /// From the weight of each thing, in order.
    pub(super) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        Self(
            weights
                .into_iter()
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect(),
        )
    }

    /// The position of one; None when every weight is 0.
    pub(super) fn pick(&self, random: &mut Random) -> Option<usize> {
        let total = *self.0.last().filter(|total| **total > 0.0)?;
        let drawn = random.unit() * total;
        Some(self.0.partition_point(|sum| *sum <= drawn).min(self.0.len() - 1))
    }

    /// The positions that can be drawn, in order.
    pub(super) fn possible(&self) -> impl Iterator<Item = usize> + '_ {
        let sum_before = |at: usize| at.checked_sub(1).map_or(0.0, |before| self.0[before]);
        (0..self.0.len()).filter(move |at| self.0[*at] > sum_before(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_its_own_stream_again() {
        let draw = |seed, key| Random::of(seed, key).uuid();
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        let uuid = draw(1, "a");
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
    }

    #[test]
    fn draws_follow_their_weights() {
        let (weighted, mut random) = (Weighted::new([1.0, 0.0, 3.0]), Random::of(1, "weights"));
        let mut drawn = [0; 3];
        for _ in 0..4000 {
            drawn[weighted.pick(&mut random).expect("a weight")] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((2800..3200).contains(&drawn[2]), "{drawn:?}");
        assert_eq!(weighted.possible().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(Weighted::new([0.0]).pick(&mut random), None);
        let mean = (0..4000).map(|_| random.round(2.25)).sum::<usize>() as f64 / 4000.0;
        assert!((2.2..2.3).contains(&mean), "{mean}");
    }
}
