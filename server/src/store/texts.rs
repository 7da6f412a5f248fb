//! Texts replaced by their rank: keys made of ranks are hashed and compared much quicker than keys made of texts.

use foldhash::{HashMap, HashMapExt};
use std::num::NonZeroU32;
use std::sync::Arc;

/// A text: its rank among those of its [`Texts`]. That there may be none takes no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(NonZeroU32);

impl Text {
    /// Its rank, from 0.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The texts met, in the order they were met.
#[derive(Clone, Debug)]
pub struct Texts {
    ranks: HashMap<Arc<str>, Text>,
    values: Vec<Arc<str>>,
    bytes: usize,
}

impl Default for Texts {
    fn default() -> Self {
        Self { ranks: HashMap::new(), values: Vec::new(), bytes: 0 }
    }
}

impl Texts {
    /// The rank of a text, which is given one when it is new. A NUL, which not every database holds, becomes what stands for
    /// characters that cannot be shown.
    pub fn rank(&mut self, text: &str) -> Text {
        if let Some(rank) = self.ranks.get(text) {
            return *rank;
        }
        if text.contains('\0') {
            return self.rank(&text.replace('\0', "\u{fffd}"));
        }
        let rank = u32::try_from(self.values.len() + 1).ok().and_then(NonZeroU32::new);
        let rank = Text(rank.expect("a batch has less than four thousand million texts"));
        let value: Arc<str> = text.into();
        self.bytes += value.len();
        self.values.push(Arc::clone(&value));
        self.ranks.insert(value, rank);
        rank
    }

    /// How many bytes they have together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Every text, by rank.
    pub fn values(&self) -> &[Arc<str>] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_rank() {
        let mut texts = Texts::default();
        let ranks = ["b", "a", "b", "", "x\0", "x\u{fffd}"].map(|text| texts.rank(text));
        assert_eq!(ranks.map(Text::index), [0, 1, 0, 2, 3, 3]);
        assert_eq!(&*texts.values()[ranks[1].index()], "a");
        assert_eq!(texts.values().len(), 4);
    }
}
