use super::*;
use proptest::prelude::*;

/// A prime that products of two residues of fit in 64 bits.
const PRIME: u64 = 2_147_483_647;

/// What an attacker is told: sums of cells, one coefficient a cell.
type Told = Vec<Vec<u64>>;

fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    result
}

/// How many of the sums are independent, over the cells that are kept.
fn rank(told: &Told, kept: impl Fn(usize) -> bool) -> usize {
    let columns: Vec<usize> = (0..told.first().map_or(0, Vec::len)).filter(|column| kept(*column)).collect();
    let mut rows: Told = told.iter().map(|row| columns.iter().map(|column| row[*column]).collect()).collect();
    let mut rank = 0;
    for column in 0..columns.len() {
        let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
        rows.swap(rank, pivot);
        let inverse = power(rows[rank][column], PRIME - 2);
        let pivot: Vec<u64> = rows[rank].iter().map(|cell| cell * inverse % PRIME).collect();
        for row in rows.iter_mut().skip(rank + 1) {
            let factor = row[column];
            for (cell, pivot) in row.iter_mut().zip(&pivot) {
                *cell = (*cell + (PRIME - factor) * pivot) % PRIME;
            }
        }
        rank += 1;
    }
    rank
}

/// The cells, a profile of a school each, and what is told of them: blocks, and groups of profiles of regions.
fn told(members: &[Member], regions: &[Region]) -> (Vec<(usize, u64)>, Told) {
    let named: Vec<(usize, &String, u64)> = members
        .iter()
        .enumerate()
        .flat_map(|(school, member)| member.people.iter().map(move |(profile, people)| (school, profile, *people)))
        .collect();
    let mut told = Told::new();
    let mut tell = |wanted: &dyn Fn(usize, &String) -> bool| {
        told.push(named.iter().map(|(school, profile, _)| u64::from(wanted(*school, profile))).collect());
    };
    for region in regions {
        for block in &region.blocks {
            tell(&|school, _| block.contains(&school));
        }
        for group in &region.groups {
            tell(&|school, profile| {
                region.blocks.iter().any(|block| block.contains(&school)) && group.contains(profile)
            });
        }
    }
    (named.into_iter().map(|(school, _, people)| (school, people.max(1))).collect(), told)
}

/// Whether some combination of what is told is about these cells and no other.
fn gives_away(told: &Told, whole: usize, cells: &dyn Fn(usize) -> bool) -> bool {
    rank(told, |cell| !cells(cell)) < whole
}

/// Tries every pair of schools, every few people, and every few people beside a school of which all is known.
fn attack(members: &[Member]) -> Result<(), TestCaseError> {
    let regions = divide(members);
    let (cells, told) = told(members, &regions);
    let whole = rank(&told, |_| true);
    for one in 0..members.len() {
        for other in one..members.len() {
            let of_pair = |cell: usize| [one, other].contains(&cells[cell].0);
            prop_assert!(!gives_away(&told, whole, &of_pair), "{one} {other} {regions:?}");
        }
        // Knowing a school, its own cells are no surprise: together with those of a few people, nothing must come out.
        let small: Vec<usize> =
            (0..cells.len()).filter(|cell| cells[*cell].0 != one && cells[*cell].1 < THRESHOLD).collect();
        for subset in subsets(&small, &cells) {
            let few = |cell: usize| cells[cell].0 == one || subset.contains(&cell);
            prop_assert!(!gives_away(&told, whole, &few), "{one} {subset:?} {cells:?} {regions:?}");
        }
    }
    Ok(())
}

/// The sets of small cells whose people together are too few.
fn subsets(small: &[usize], cells: &[(usize, u64)]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    let mut grow = vec![(Vec::new(), 0, 0)];
    while let Some((subset, people, next)) = grow.pop() {
        for (at, cell) in small.iter().enumerate().skip(next) {
            let people = people + cells[*cell].1;
            if people < THRESHOLD {
                let larger: Vec<usize> = subset.iter().chain([cell]).copied().collect();
                all.push(larger.clone());
                grow.push((larger, people, at + 1));
            }
        }
    }
    all
}

fn arbitrary_member() -> impl Strategy<Value = Member> {
    let place = |names: &'static [&'static str]| proptest::option::weighted(0.9, proptest::sample::select(names));
    let places = (
        place(&["ecole", "college"]),
        place(&["8", "13"]),
        place(&["2", "60", "80"]),
        place(&["02408", "60057", "80021"]),
    );
    let people = proptest::collection::btree_map(
        proptest::sample::select(&["eleve", "enseignant", "documentaliste", "autre-personnel"][..])
            .prop_map(String::from),
        prop_oneof![1 => 0u64..4, 2 => 4u64..9, 2 => 30u64..60],
        0..4,
    );
    (places, people).prop_map(|((nature, academie, departement, commune), people)| Member {
        places: [nature, academie, departement, commune].map(|place| place.map(str::to_owned)),
        people,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_that_is_told_gives_away_a_pair_of_schools_or_a_few_people(
        members in proptest::collection::vec(arbitrary_member(), 0..11),
    ) {
        attack(&members)?;
    }

    #[test]
    fn every_school_with_people_is_of_one_block_and_every_profile_of_one_group(
        members in proptest::collection::vec(arbitrary_member(), 0..30),
    ) {
        let regions = divide(&members);
        let mut schools: Vec<usize> = regions.iter().flat_map(|region| region.blocks.concat()).collect();
        schools.sort_unstable();
        let expected: Vec<usize> = if regions.is_empty() { vec![] } else { (0..members.len()).collect() };
        prop_assert_eq!(schools, expected);
        for region in &regions {
            let here = region.blocks.iter().flatten().flat_map(|school| members[*school].people.keys().cloned());
            let here: BTreeSet<String> = here.collect();
            let told: Vec<String> = region.groups.concat();
            prop_assert_eq!(told.len(), here.len());
            prop_assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), here);
        }
    }
}

fn school(places: [&str; 4], people: &[(&str, u64)]) -> Member {
    Member {
        places: places.map(|place| Some(place.to_owned())),
        people: people.iter().map(|(profile, people)| ((*profile).to_owned(), *people)).collect(),
    }
}

const USUAL: [(&str, u64); 3] = [("eleve", 400), ("enseignant", 30), ("documentaliste", 1)];

#[test]
fn large_places_are_told_and_small_ones_go_together() {
    let mut members = Vec::new();
    for (departement, schools) in [("2", 4), ("60", 2), ("80", 2)] {
        members.extend((0..schools).map(|_| school(["college", "1", departement, "x"], &USUAL)));
    }
    let regions = divide(&members);
    assert_eq!(regions.len(), 1);
    assert_eq!(regions[0].blocks, [vec![0, 1, 2, 3], vec![4, 5, 6, 7]]);
    // Eight librarians in the région, but four in a block of which another has four: enough, whoever knows one of them.
    assert_eq!(regions[0].groups.len(), 3);
}

#[test]
fn what_is_left_alone_takes_a_neighbour_with_it() {
    let mut members: Vec<Member> = (0..6).map(|_| school(["college", "1", "2", "x"], &USUAL)).collect();
    members.extend((0..4).map(|_| school(["college", "1", "60", "x"], &USUAL)));
    members.push(school(["college", "1", "80", "x"], &USUAL));
    // The one school of the third goes with the smaller of the two others.
    assert_eq!(divide(&members)[0].blocks, [vec![0, 1, 2, 3, 4, 5], vec![6, 7, 8, 9, 10]]);
}

#[test]
fn too_few_schools_tell_nothing() {
    let two = vec![school(["college", "1", "2", "x"], &USUAL); 2];
    assert_eq!(divide(&two), []);
    // One school has nearly everybody: whoever knows it would know the others.
    let mut three = vec![school(["college", "1", "2", "x"], &[("eleve", 2)]); 2];
    three.push(school(["college", "1", "2", "x"], &USUAL));
    assert_eq!(divide(&three), []);
}

#[test]
fn rare_profiles_are_told_with_their_neighbours() {
    let members = vec![school(["college", "1", "2", "x"], &USUAL); 4];
    let groups = &divide(&members)[0].groups;
    assert_eq!(groups, &[vec!["eleve".to_owned()], vec!["enseignant".into(), "documentaliste".into()]]);
}
