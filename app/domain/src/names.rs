//! Names that are all different, for what people must be able to tell apart.

use std::collections::{HashMap, HashSet};

/// These names, each unlike those before it: one that comes again bears a number, « Atlas (2) ».
pub fn told_apart<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut tell = |name: &'n str| loop {
        let number = numbers.entry(name).or_insert(0);
        *number += 1;
        let told = if *number == 1 { name.to_owned() } else { format!("{name} ({number})") };
        // What is written with its number may be the name of another.
        if taken.insert(told.clone()) {
            return told;
        }
    };
    names.into_iter().map(&mut tell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_again_bear_a_number_that_no_other_bears() {
        for (names, told) in [
            (vec!["Atlas", "Carnets"], vec!["Atlas", "Carnets"]),
            (vec!["Atlas", "Atlas", "Carnets", "Atlas"], vec!["Atlas", "Atlas (2)", "Carnets", "Atlas (3)"]),
            (vec!["Atlas (2)", "Atlas", "Atlas"], vec!["Atlas (2)", "Atlas", "Atlas (3)"]),
            (vec!["Atlas", "Atlas", "Atlas (2)"], vec!["Atlas", "Atlas (2)", "Atlas (2) (2)"]),
            (vec![], vec![]),
        ] {
            assert_eq!(told_apart(names.iter().copied()), told, "{names:?}");
        }
    }
}
