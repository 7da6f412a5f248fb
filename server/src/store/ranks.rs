//! Values replaced by their rank, for the time of a batch: keys made of ranks are hashed and compared much quicker than keys made
//! of texts.

use std::collections::HashMap;
use std::hash::Hash;

/// The values met, in the order they were met.
#[derive(Debug)]
pub(super) struct Ranks<T> {
    ranks: HashMap<T, u32>,
    values: Vec<T>,
}

impl<T> Default for Ranks<T> {
    fn default() -> Self {
        Self { ranks: HashMap::new(), values: Vec::new() }
    }
}

impl<T: Copy + Eq + Hash> Ranks<T> {
    /// The rank of a value, which is given one when it is new.
    pub(super) fn rank(&mut self, value: T) -> u32 {
        *self.ranks.entry(value).or_insert_with(|| {
            self.values.push(value);
            u32::try_from(self.values.len() - 1).expect("a batch has less than four thousand million values")
        })
    }

    /// The value of a rank that [`Self::rank`] gave.
    pub(super) fn value(&self, rank: u32) -> T {
        self.values[rank as usize]
    }

    /// Every value, by rank.
    pub(super) fn values(&self) -> &[T] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_rank() {
        let mut ranks = Ranks::default();
        assert_eq!(["b", "a", "b", ""].map(|text| ranks.rank(text)), [0, 1, 0, 2]);
        assert_eq!(ranks.value(1), "a");
        assert_eq!(ranks.values(), ["b", "a", ""]);
    }
}
