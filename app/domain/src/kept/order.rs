//! The order in which things are kept.

/// Where something is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Before the one before it.
    Up,
    /// Behind the one behind it.
    Down,
}

/// Moves an item by one place; at the end, or absent, it stays where it is.
pub fn shift<T: PartialEq>(order: &mut [T], item: &T, direction: Direction) {
    let Some(place) = order.iter().position(|other| other == item) else { return };
    let other = match direction {
        Direction::Up => place.checked_sub(1),
        Direction::Down => Some(place + 1).filter(|next| *next < order.len()),
    };
    if let Some(other) = other {
        order.swap(place, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_item_goes_one_place_and_stops_at_the_ends() {
        let mut order = [1, 2, 3];
        for (item, direction, expected) in [
            (1, Direction::Up, [1, 2, 3]),
            (1, Direction::Down, [2, 1, 3]),
            (1, Direction::Down, [2, 3, 1]),
            (1, Direction::Down, [2, 3, 1]),
            (3, Direction::Up, [3, 2, 1]),
            (9, Direction::Up, [3, 2, 1]),
        ] {
            shift(&mut order, &item, direction);
            assert_eq!(order, expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_way_back_is_the_other_way(length in 0usize..9, item in 0usize..9, up in any::<bool>()) {
            let before: Vec<usize> = (0..length).collect();
            let (there, back) =
                if up { (Direction::Up, Direction::Down) } else { (Direction::Down, Direction::Up) };
            let mut order = before.clone();
            shift(&mut order, &item, there);
            let has_moved = order != before;
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &before);
            if has_moved {
                shift(&mut order, &item, back);
                prop_assert_eq!(order, before);
            }
        }
    }
}
