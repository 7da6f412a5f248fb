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

/// What is told of some members, and of what it is made.
struct Answers<'m> {
    members: &'m [Member],
    /// The school of each cell, and the profiles of those whom it is about.
    cells: Vec<(usize, BTreeSet<String>)>,
    /// Whether a cell is about somebody who has some profiles.
    is_about: fn(&BTreeSet<String>, &BTreeSet<String>) -> bool,
    told: Told,
}

impl<'m> Answers<'m> {
    /// A cell is what was done with one profile of a school, or one kind of people of a school: those who have exactly the same
    /// profiles. What is told are blocks and, where `are_told` says so, the groups of profiles of regions.
    fn of(
        members: &'m [Member],
        regions: &[Region],
        cells_of: impl Fn(&Member) -> Vec<BTreeSet<String>>,
        is_about: fn(&BTreeSet<String>, &BTreeSet<String>) -> bool,
        are_told: impl Fn(&Region) -> bool,
    ) -> Self {
        let cells_of = |(school, member)| cells_of(member).into_iter().map(move |profiles| (school, profiles));
        let cells: Vec<(usize, BTreeSet<String>)> = members.iter().enumerate().flat_map(cells_of).collect();
        let mut told = Told::new();
        let mut tell = |wanted: &dyn Fn(usize, &BTreeSet<String>) -> bool| {
            told.push(cells.iter().map(|(school, profiles)| u64::from(wanted(*school, profiles))).collect());
        };
        for region in regions {
            for block in &region.blocks {
                tell(&|school, _| block.contains(&school));
            }
            for group in region.groups.iter().filter(|_| are_told(region)) {
                tell(&|school, profiles| {
                    let here = region.blocks.iter().any(|block| block.contains(&school));
                    here && group.iter().any(|profile| profiles.contains(profile))
                });
            }
        }
        Self { members, cells, is_about, told }
    }

    /// How many people some cells are about.
    fn people(&self, cells: &[usize]) -> u64 {
        let of = |(school, member): (usize, &Member)| {
            let here = |cell: &&usize| self.cells[**cell].0 == school;
            let kinds: Vec<&BTreeSet<String>> = cells.iter().filter(here).map(|cell| &self.cells[*cell].1).collect();
            let is_met = |held: &BTreeSet<String>| kinds.iter().any(|kind| (self.is_about)(kind, held));
            member.people.iter().filter(|(held, _)| is_met(held)).map(|(_, people)| people).sum::<u64>()
        };
        self.members.iter().enumerate().map(of).sum()
    }

    /// For whoever knows all about two schools: tries every third school, and every few people.
    fn attack(&self) -> Result<(), TestCaseError> {
        let whole = rank(&self.told, |_| true);
        // Whether some combination of what is told is about these cells and no other.
        let gives_away = |cells: &dyn Fn(usize) -> bool| rank(&self.told, |cell| !cells(cell)) < whole;
        let school = |cell: usize| self.cells[cell].0;
        for one in 0..self.members.len() {
            for other in one + 1..self.members.len() {
                for third in 0..self.members.len() {
                    prop_assert!(
                        !gives_away(&|cell| [one, other, third].contains(&school(cell))),
                        "{one} {other} {third}"
                    );
                }
                // Knowing schools, their own cells are no surprise: together with those of a few people, nothing must come out.
                for few in self.few_people([one, other]) {
                    let given = gives_away(&|cell| [one, other].contains(&school(cell)) || few.contains(&cell));
                    prop_assert!(!given, "{one} {other} {few:?} {:?} {:?}", self.cells, self.told);
                }
            }
        }
        Ok(())
    }

    /// The largest sets of cells outside two schools that too few people have part in.
    fn few_people(&self, but: [usize; 2]) -> Vec<Vec<usize>> {
        let is_small = |cell: &usize| !but.contains(&self.cells[*cell].0) && self.people(&[*cell]) < THRESHOLD;
        let small: Vec<usize> = (0..self.cells.len()).filter(is_small).collect();
        let (nobody, some): (Vec<usize>, Vec<usize>) = small.into_iter().partition(|cell| self.people(&[*cell]) == 0);
        let mut all = Vec::new();
        let mut grow = vec![(nobody, 0)];
        while let Some((subset, next)) = grow.pop() {
            let larger = (next..some.len()).map(|at| ([subset.as_slice(), &[some[at]]].concat(), at + 1));
            let larger: Vec<_> = larger.filter(|(subset, _)| self.people(subset) < THRESHOLD).collect();
            grow.extend(larger);
            all.push(subset);
        }
        all
    }
}

/// Attacks what people did, profile by profile, and who they are, each counted once in each group.
fn attack(members: &[Member]) -> Result<(), TestCaseError> {
    let regions = divide(members);
    let each = |member: &Member| member.profiles.iter().map(|profile| BTreeSet::from([profile.clone()])).collect();
    Answers::of(members, &regions, each, BTreeSet::is_subset, |_| true).attack()?;
    let kinds = |member: &Member| member.people.keys().cloned().collect();
    let are_told = |region: &Region| people_are_separable(members, &region.blocks, &region.groups);
    Answers::of(members, &regions, kinds, BTreeSet::eq, are_told).attack()
}

fn arbitrary_member() -> impl Strategy<Value = Member> {
    let place = |names: &'static [&'static str]| proptest::option::weighted(0.9, proptest::sample::select(names));
    let places = (
        place(&["ecole", "college"]),
        place(&["8", "13"]),
        place(&["2", "60", "80"]),
        place(&["02408", "60057", "80021"]),
    );
    let profile = || {
        proptest::sample::select(&["eleve", "enseignant", "documentaliste", "autre-personnel"][..])
            .prop_map(String::from)
    };
    let several = proptest::collection::btree_set(profile(), 2..4);
    let one = profile().prop_map(|profile| BTreeSet::from([profile]));
    let held = prop_oneof![4 => one, 1 => several];
    let count = prop_oneof![1 => 0u64..4, 2 => 4u64..9, 2 => 30u64..60];
    let people = proptest::collection::btree_map(held, count, 0..4);
    (places, people, proptest::option::weighted(0.2, profile())).prop_map(
        |((nature, academie, departement, commune), people, named)| Member {
            places: [nature, academie, departement, commune].map(|place| place.map(str::to_owned)),
            profiles: people.keys().flatten().cloned().chain(named).collect(),
            people,
            responsables: 0,
        },
    )
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
            let here = region.blocks.iter().flatten().flat_map(|school| members[*school].profiles.iter().cloned());
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
        profiles: people.iter().map(|(profile, _)| (*profile).to_owned()).collect(),
        people: people.iter().map(|(profile, people)| (BTreeSet::from([(*profile).to_owned()]), *people)).collect(),
        responsables: 0,
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
    // Eight librarians in the région: six that nobody who knows two of them knows.
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
    let place = ["college", "1", "2", "x"];
    // Whoever knows two of three would know the third.
    assert_eq!(divide(&vec![school(place, &USUAL); 3]), []);
    assert_eq!(divide(&vec![school(place, &USUAL); 4]).len(), 1);
    // Two schools have nearly everybody: whoever knows them would know the four people of the others.
    let of_two_large = |small: u64| {
        let mut members = vec![school(place, &[("eleve", small)]); 2];
        members.extend(vec![school(place, &USUAL); 2]);
        divide(&members).len()
    };
    assert_eq!([of_two_large(2), of_two_large(3)], [0, 1]);
}

#[test]
fn rare_profiles_are_told_with_their_neighbours() {
    let members = vec![school(["college", "1", "2", "x"], &USUAL); 6];
    let groups = &divide(&members)[0].groups;
    assert_eq!(groups, &[vec!["eleve".to_owned()], vec!["enseignant".into(), "documentaliste".into()]]);
}

#[test]
fn profiles_that_nobody_has_and_people_who_have_several_do_not_make_a_school_larger() {
    let place = ["college", "1", "2", "x"];
    // Two people besides the two largest schools, whatever is named there.
    let named = [("eleve", 1), ("enseignant", 0), ("documentaliste", 0), ("autre-personnel", 0), ("parent", 0)];
    let [large, small] = [school(place, &USUAL), school(place, &named)];
    assert_eq!(divide(&[large.clone(), large.clone(), small.clone(), small]), []);
    // Two people with three profiles each.
    let mut one = school(place, &[]);
    one.profiles = ["enseignant", "documentaliste", "autre-personnel"].map(str::to_owned).into();
    one.people = [(one.profiles.clone(), 1)].into();
    assert_eq!((one.people(), divide(&[large.clone(), large, one.clone(), one]).len()), (1, 0));
}

#[test]
fn those_who_have_two_profiles_are_not_told_by_counting_them_twice() {
    let place = ["college", "1", "2", "x"];
    let mut members = vec![school(place, &[("eleve", 400), ("enseignant", 30), ("autre-personnel", 12)]); 4];
    let blocks = [vec![0, 1, 2, 3]];
    let groups = ["eleve", "enseignant", "autre-personnel"].map(|profile| vec![profile.to_owned()]);
    assert!(people_are_separable(&members, &blocks, &groups));
    members[2].people.insert(["enseignant", "autre-personnel"].map(str::to_owned).into(), 1);
    assert!(are_separable(&members, &blocks, &groups), "what each did may be told");
    assert!(!people_are_separable(&members, &blocks, &groups), "who they are may not");
    for member in &mut members {
        member.people.insert(["enseignant", "autre-personnel"].map(str::to_owned).into(), 3);
    }
    assert!(people_are_separable(&members, &blocks, &groups), "enough people have both");
}
