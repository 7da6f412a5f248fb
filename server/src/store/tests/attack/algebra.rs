//! Linear combinations of what is told, modulo a prime: what is known of some unknowns alone.

/// Large enough that no combination of the small numbers of a test vanishes by chance.
const PRIME: u64 = 2_147_483_647;

/// A space of combinations of unknowns, by rows of which each begins after the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Space(Vec<Vec<u64>>);

fn power(base: u64, exponent: u64) -> u64 {
    let (mut base, mut exponent, mut product) = (base, exponent, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            product = product * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    product
}

fn first(row: &[u64]) -> Option<usize> {
    row.iter().position(|value| *value != 0)
}

impl Space {
    /// Adds the sum of some unknowns to what is known.
    pub(super) fn learn(&mut self, unknowns: usize, is_in: impl Fn(usize) -> bool) {
        self.add((0..unknowns).map(|at| u64::from(is_in(at))).collect());
    }

    fn add(&mut self, mut row: Vec<u64>) {
        for known in &self.0 {
            let Some(begins) = first(known) else { continue };
            let factor = row.get(begins).copied().unwrap_or(0);
            if factor != 0 {
                // What was learnt before some unknowns were there is not about them.
                row.resize(row.len().max(known.len()), 0);
                for (value, known) in row.iter_mut().zip(known) {
                    *value = (*value + (PRIME - factor) * known) % PRIME;
                }
            }
        }
        if let Some(begins) = first(&row) {
            let inverse = power(row[begins], PRIME - 2);
            row.iter_mut().for_each(|value| *value = *value * inverse % PRIME);
            let place = self.0.partition_point(|known| first(known) < Some(begins));
            self.0.insert(place, row);
        }
    }

    /// How many independent combinations are of these unknowns alone, those that are nought being known to be.
    pub(super) fn about(&self, is_theirs: impl Fn(usize) -> bool, is_nought: impl Fn(usize) -> bool) -> usize {
        self.rank(|at| !is_nought(at)) - self.rank(|at| !is_nought(at) && !is_theirs(at))
    }

    /// The rank of the columns that are kept.
    fn rank(&self, is_kept: impl Fn(usize) -> bool) -> usize {
        let mut kept = Self::default();
        for row in &self.0 {
            kept.add(row.iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, value)| *value).collect());
        }
        kept.0.len()
    }
}

#[test]
fn what_is_left_of_a_sum_is_known_with_its_other_part() {
    let mut space = Space::default();
    space.learn(3, |_| true);
    assert_eq!(space.about(|at| at == 2, |_| false), 0);
    assert_eq!(space.about(|at| at == 2, |at| at < 2), 1, "the others did nothing");
    space.learn(3, |at| at < 2);
    assert_eq!((space.about(|at| at == 2, |_| false), space.about(|at| at == 1, |_| false)), (1, 0));
    space.learn(4, |at| at == 3 || at == 0);
    assert_eq!((space.about(|at| at == 3, |_| false), space.about(|at| at == 3 || at < 2, |_| false)), (0, 2));
}
