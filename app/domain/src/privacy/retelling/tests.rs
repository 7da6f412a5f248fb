use super::*;
use crate::group::months;
use crate::period::SchoolYear;
use crate::summary;
use proptest::prelude::*;

const YEAR: SchoolYear = SchoolYear(2025);

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn member(pupils: u64, teachers: u64) -> Member {
    let people = [("eleve", pupils), ("enseignant", teachers)].map(|(profile, count)| (profile.to_owned(), count));
    let people = people.into_iter().filter(|(_, count)| *count > 0);
    let people: BTreeMap<_, _> = people.map(|(profile, count)| (BTreeSet::from([profile]), count)).collect();
    Member { profiles: people.keys().flatten().cloned().collect(), people, ..Member::default() }
}

/// Tells them on the last day of these months.
fn retell(blocks: &mut [Vec<School>], groups: &[Vec<String>], tells_people: bool, months: &[Bucket], until: Day) {
    let today = months.last().map_or(Day::MIN, |month| month.days.last);
    super::retell(blocks, groups, tells_people, months, until, today);
}

fn groups() -> Vec<Vec<String>> {
    vec![vec!["eleve".into()], vec!["enseignant".into()]]
}

fn figure(slug: &str, profiles: Option<usize>, figures: Figures) -> Figure {
    let indicator = IndicatorId::from_slug(slug).expect("an indicator");
    let figures = Some(summarised(figures));
    Figure {
        indicator,
        profiles,
        profile: None,
        since: day("2025-08-01"),
        figures,
        held: false,
        untold: BTreeSet::new(),
    }
}

/// Accesses of pupils and of teachers, month by month.
fn accesses(pupils: &[u64], teachers: &[u64]) -> Vec<Figure> {
    let additive = |values: Vec<u64>| Figures::Additive { summary: summary::of_counts(&[]), values };
    let all = pupils.iter().zip(teachers).map(|(one, other)| one + other).collect();
    vec![
        figure("acces-total", None, additive(all)),
        figure("acces-total", Some(0), additive(pupils.to_vec())),
        figure("acces-total", Some(1), additive(teachers.to_vec())),
        Figure { profile: Some("eleve".into()), ..figure("acces-total", None, additive(pupils.to_vec())) },
        Figure { profile: Some("enseignant".into()), ..figure("acces-total", None, additive(teachers.to_vec())) },
    ]
}

fn accounts(levels: &[Option<u64>]) -> Vec<Figure> {
    vec![figure("comptes", None, Figures::Stock { summary: summary::of_levels(&[]), values: levels.to_vec() })]
}

fn school(member: &Member, before: Vec<Figure>, now: Vec<Figure>) -> School {
    School { member: member.clone(), before, now, earlier: None }
}

fn told(school: &School, profiles: Option<usize>) -> Vec<Option<u64>> {
    let found = school.now.iter().find(|figure| whom(figure) == (profiles, None)).expect("a figure");
    let figures = found.figures.as_ref().expect("figures");
    (0..figures.len()).map(|month| values(figures, Some(month))[0]).collect()
}

#[test]
fn late_data_of_one_school_wait_for_those_of_others() {
    let large = member(400, 30);
    let until = day("2025-10-20");
    let as_it_was = accesses(&[0, 50, 10], &[0, 5, 1]);
    let mut blocks = [vec![school(&large, as_it_was.clone(), as_it_was.clone()); 5]];
    // September is over, October was under way: what is told of either must not be that of one school.
    blocks[0][2].now = accesses(&[0, 57, 30], &[0, 5, 3]);
    retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21")), until);
    assert_eq!(told(&blocks[0][2], None), [Some(0), Some(55), Some(11)]);
    assert_eq!(told(&blocks[0][2], Some(0)), [Some(0), Some(50), Some(10)]);
    assert!(blocks[0][2].now[0].held && !blocks[0][1].now[0].held);
    for school in &mut blocks[0][..4] {
        school.now = accesses(&[0, 57, 30], &[0, 8, 3]);
    }
    retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21")), until);
    assert_eq!(told(&blocks[0][2], None), [Some(0), Some(65), Some(33)]);
    assert!(!blocks[0][2].now[0].held);
}

#[test]
fn what_comes_of_a_month_long_after_its_end_comes_late_though_nothing_was_told_since() {
    let large = member(400, 30);
    let as_it_was = accesses(&[0, 50, 10, 0, 0], &[0, 5, 1, 0, 0]);
    for (today, teachers) in [("2025-11-07", 8), ("2025-11-08", 1)] {
        let mut blocks = [vec![school(&large, as_it_was.clone(), as_it_was.clone()); 5]];
        blocks[0][0].now = accesses(&[0, 50, 10, 0, 0], &[0, 5, 8, 0, 0]);
        for school in &mut blocks[0][1..] {
            school.now = accesses(&[0, 50, 60, 0, 0], &[0, 5, 1, 0, 0]);
        }
        retell(&mut blocks, &groups(), true, &months(YEAR, day(today)), day("2025-10-12"));
        assert_eq!(told(&blocks[0][0], Some(1))[2], Some(teachers), "{today}");
        assert_eq!(told(&blocks[0][1], Some(0))[2], Some(if teachers == 8 { 60 } else { 10 }), "{today}");
    }
    // The last month of a school year too, whose months are no more once it is over.
    let july = |count| std::array::from_fn::<u64, 12, _>(|month| if month == 11 { count } else { 9 });
    for (today, teachers) in [("2026-08-07", 16), ("2026-08-08", 9)] {
        let as_it_was = accesses(&july(9), &july(9));
        let mut blocks = [vec![school(&large, as_it_was.clone(), accesses(&july(60), &july(9))); 5]];
        blocks[0][0].now = accesses(&july(9), &july(16));
        let months = months(YEAR, day("2026-07-31"));
        super::retell(&mut blocks, &groups(), true, &months, day("2026-07-20"), day(today));
        assert_eq!(told(&blocks[0][0], Some(1))[11], Some(teachers), "{today}");
    }
}

#[test]
fn what_is_told_again_says_nothing_of_the_months_that_came_since_but_levels() {
    let told_before = [accesses(&[0, 50], &[0, 5]), accounts(&[None, Some(9), None])].concat();
    let again = tell_again(&told_before, 4);
    assert!(again.iter().all(|figure| figure.held));
    let of = |slug: &str| {
        let id = IndicatorId::from_slug(slug).expect("an indicator");
        let figures = School::find(&again, id, EVERYBODY).expect("figures");
        (0..figures.len()).map(|month| values(figures, Some(month))[0]).collect::<Vec<_>>()
    };
    assert_eq!(of("acces-total"), [Some(0), Some(55), Some(0), Some(0)]);
    assert_eq!(of("comptes"), [None, Some(9), None, Some(9)]);
    let shorter = tell_again(&again, 2);
    assert_eq!(shorter, again, "what was told is not taken back");
}

/// What is told of an indicator in October.
fn in_october(blocks: &[Vec<School>], slug: &str) -> Option<u64> {
    let id = IndicatorId::from_slug(slug).expect("an indicator");
    let of = |school: &School| School::find(&school.now, id, EVERYBODY).and_then(|figures| values(figures, Some(2))[0]);
    blocks.iter().flatten().map(of).reduce(|sum, one| Some(sum? + one?)).flatten()
}

#[test]
fn what_the_few_who_are_left_do_waits() {
    let ten = member(10, 0);
    let first = [accesses(&[0, 40, 0], &[0, 0, 0]), accounts(&[None, Some(10), Some(10)])].concat();
    for (listed, expected) in [
        ([1, 1, 1, 1], (Some(0), Some(40))),
        ([1, 1, 0, 0], (Some(0), Some(40))),
        ([9, 3, 2, 1], (Some(0), Some(40))),
        ([9, 3, 3, 2], (Some(52), Some(17))),
    ] {
        let now = |level| [accesses(&[0, 40, 13], &[0, 0, 0]), accounts(&[None, Some(10), Some(level)])].concat();
        let mut blocks = [listed.map(|level| school(&ten, first.clone(), now(level))).to_vec()];
        retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21")), day("2025-10-20"));
        let told = (in_october(&blocks, "acces-total"), in_october(&blocks, "comptes"));
        assert_eq!(told, expected, "{listed:?}");
        // The first night as well.
        let mut blocks = [listed.map(|level| school(&ten, Vec::new(), now(level))).to_vec()];
        retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21")), Day::MIN);
        let told = (in_october(&blocks, "acces-total"), in_october(&blocks, "comptes"));
        assert_eq!(told, expected, "{listed:?}");
        // And where it is the first level that is known.
        let level = |level| accounts(&[None, None, Some(level)]);
        let mut blocks = [listed.map(|listed| school(&ten, Vec::new(), level(listed))).to_vec()];
        retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21")), Day::MIN);
        assert_eq!(in_october(&blocks, "comptes"), expected.1.filter(|_| expected.0 > Some(0)), "{listed:?}");
    }
}

/// Accounts of pupils and of teachers, month by month.
fn accounts_of(pupils: &[u64], teachers: &[u64]) -> Vec<Figure> {
    let levels = |values: &[u64]| values.iter().copied().map(Some).collect::<Vec<_>>();
    let all: Vec<u64> = pupils.iter().zip(teachers).map(|(one, other)| one + other).collect();
    let of = |profile: &str, values: &[u64]| {
        accounts(&levels(values)).into_iter().map(|figure| Figure { profile: Some(profile.into()), ..figure }).collect()
    };
    [accounts(&levels(&all)), of("eleve", pupils), of("enseignant", teachers)].concat()
}

#[test]
fn what_the_few_who_are_left_of_a_profile_do_waits() {
    let large = member(100, 4);
    let first = [accesses(&[0, 40, 0], &[0, 8, 0]), accounts_of(&[100; 3], &[4; 3])].concat();
    // What four teachers do in October waits, with what is told of everybody; teachers of whom nobody is left do nothing.
    for (listed, did, expected) in [
        ([1, 1, 1, 1], 3, [Some(0), Some(0)]),
        ([4, 4, 1, 1], 3, [Some(0), Some(0)]),
        ([4, 3, 3, 2], 3, [Some(28), Some(12)]),
        ([0, 0, 0, 0], 0, [Some(28), Some(0)]),
        ([0, 0, 0, 0], 3, [Some(0), Some(0)]),
    ] {
        let now = |left| [accesses(&[0, 40, 7], &[0, 8, did]), accounts_of(&[100; 3], &[4, 4, left])].concat();
        for (before, until) in
            [(first.clone(), day("2025-10-20")), (Vec::new(), Day::MIN), (first.clone(), day("2025-11-20"))]
        {
            let mut blocks = [listed.map(|left| school(&large, before.clone(), now(left))).to_vec()];
            retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21")), until);
            let of = |profiles| blocks[0].iter().map(|school| told(school, profiles)[2]).sum::<Option<u64>>();
            assert_eq!([of(Some(0)), of(Some(1))], expected, "{listed:?} {did} {until}");
        }
    }
}

#[test]
fn late_data_of_few_teachers_wait_whatever_comes_of_pupils() {
    let large = member(400, 30);
    let as_it_was = accesses(&[50], &[5]);
    let mut blocks = [vec![school(&large, as_it_was.clone(), accesses(&[60], &[5])); 4]];
    blocks[0][3].now = accesses(&[60], &[9]);
    let (later, until) = (day("2025-10-21"), day("2025-10-20"));
    retell(&mut blocks, &groups(), true, &months(YEAR, later)[..1], until);
    assert_eq!(told(&blocks[0][3], Some(1)), [Some(5)]);
    assert_eq!(told(&blocks[0][3], None), [Some(55)]);
}

#[test]
fn late_data_are_about_those_of_their_profiles_and_no_other() {
    // One teacher of each of two schools, and two pupils of another, for who knows the two first schools.
    let members = [member(400, 30), member(400, 30), member(30, 1), member(30, 1), member(2, 3)];
    let few = [accesses(&[50], &[6]), accesses(&[50], &[6]), accesses(&[51], &[5])];
    let now = [accesses(&[60], &[9]), accesses(&[60], &[9])].into_iter().chain(few);
    let schools = members.iter().zip(now).map(|(member, now)| school(member, accesses(&[50], &[5]), now));
    let mut blocks = [schools.collect::<Vec<_>>()];
    retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21"))[..1], day("2025-10-20"));
    assert_eq!(told(&blocks[0][0], None), [Some(55)]);
}

#[test]
fn accounts_of_a_school_that_come_in_a_later_month_wait() {
    let large = member(400, 30);
    let kept = accounts(&[Some(430), Some(430)]);
    let mut blocks = [vec![school(&large, kept, accounts(&[Some(430), Some(430), Some(430)])); 5]];
    blocks[0][4] = school(&large, accounts(&[None, None]), accounts(&[None, None, Some(34)]));
    retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21")), day("2025-09-30"));
    assert_eq!(told(&blocks[0][4], None), [None, None, None]);
    assert_eq!(told(&blocks[0][0], None), [Some(430); 3]);
    // Within one telling as well: nothing was told yet of October, and September is told now.
    let mut blocks = [vec![school(&large, Vec::new(), accounts(&[Some(430), Some(430), Some(430)])); 5]];
    blocks[0][4].now = accounts(&[None, None, Some(34)]);
    retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21")), Day::MIN);
    assert_eq!(told(&blocks[0][4], None), [None, None, None]);
}

#[test]
fn a_level_that_lasts_into_the_next_year_is_not_told_of_other_schools() {
    let large = member(400, 30);
    let of_block = |block, schools, level| {
        let earlier = Some(Earlier { block, schools, figures: accounts(&[Some(level); 12]) });
        School { earlier, ..school(&large, Vec::new(), accounts(&[Some(level), Some(level)])) }
    };
    let october = months(YEAR, day("2025-09-21"));
    // The same four schools, then with a fifth that nobody was told of.
    let same = [0; 4].map(|block| of_block(block, 4, 430));
    let mut blocks = [same.to_vec()];
    retell(&mut blocks, &groups(), true, &october, Day::MIN);
    assert_eq!(told(&blocks[0][0], None), [Some(430), Some(430)]);
    let mut blocks = [[same.as_slice(), &[school(&large, Vec::new(), accounts(&[Some(34), Some(34)]))]].concat()];
    retell(&mut blocks, &groups(), true, &october, Day::MIN);
    assert_eq!([told(&blocks[0][0], None), told(&blocks[0][4], None)], [[Some(430); 2], [None; 2]]);
    // With one of five that were told together.
    let mut blocks = [[same.as_slice(), &[of_block(1, 5, 34)]].concat()];
    retell(&mut blocks, &groups(), true, &october, Day::MIN);
    assert_eq!([told(&blocks[0][0], None), told(&blocks[0][4], None)], [[None; 2], [None; 2]]);
    // When the directories of September come, all are told.
    let mut blocks = [[same.as_slice(), &[of_block(1, 5, 34)]].concat()];
    for (at, school) in blocks[0].iter_mut().enumerate() {
        school.now = accounts(&[Some(430), Some(500 + at as u64)]);
    }
    blocks[0][4].now = accounts(&[Some(34), Some(40)]);
    retell(&mut blocks, &groups(), true, &october, Day::MIN);
    assert_eq!([told(&blocks[0][0], None), told(&blocks[0][4], None)], [[None, Some(500)], [None, Some(40)]]);
}

#[test]
fn late_data_of_a_profile_wait_where_profiles_are_told_together() {
    // A teacher in each of five schools, whose pupils are told with them.
    let small = member(400, 1);
    let together = [["eleve", "enseignant"].map(str::to_owned).to_vec()];
    let as_it_was = accesses(&[50], &[5]);
    let mut blocks = [vec![school(&small, as_it_was.clone(), accesses(&[50], &[6])); 5]];
    let tell = |blocks: &mut [Vec<School>]| {
        retell(blocks, &together, true, &months(YEAR, day("2025-10-21"))[..1], day("2025-10-20"));
        told(&blocks[0][0], None)
    };
    assert_eq!(tell(&mut blocks), [Some(55)], "three teachers, for who knows two of them");
    let mut blocks = [vec![school(&small, as_it_was, accesses(&[50], &[6])); 7]];
    assert_eq!(tell(&mut blocks), [Some(56)], "five");
}

#[test]
fn what_all_did_waits_for_what_each_profile_did() {
    // Teachers of four schools are too few to be told apart from their pupils; with those of five others they are not.
    let (small, large) = (member(30, 1), member(400, 30));
    let as_it_was = accesses(&[50], &[5]);
    let tell = |of_large: Vec<Figure>, until: Day| {
        let one = |member: &Member, now: Vec<Figure>, n: usize| vec![school(member, as_it_was.clone(), now); n];
        let mut blocks = [one(&small, accesses(&[60], &[7]), 4), one(&large, of_large, 5)];
        retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21"))[..1], until);
        [None, Some(0), Some(1)].map(|rank| told(&blocks[0][0], rank)[0])
    };
    for until in [Day::MIN, day("2025-10-20")] {
        assert_eq!(tell(as_it_was.clone(), until), [Some(55), Some(50), Some(5)]);
        assert_eq!(tell(accesses(&[51], &[6]), until), [Some(67), Some(60), Some(7)]);
    }
}

#[test]
fn a_month_in_which_a_school_had_nothing_is_not_told_of_the_others() {
    let large = member(400, 30);
    let tell = |nothing: usize, until: Day| {
        let mut blocks = [vec![school(&large, Vec::new(), accesses(&[9], &[1])); 5]];
        blocks[0][..nothing].iter_mut().for_each(|school| school.now = accesses(&[0], &[0]));
        retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21"))[..1], until);
        blocks[0].iter().filter_map(|school| told(school, None)[0]).sum::<u64>()
    };
    for until in [Day::MIN, day("2025-10-20")] {
        assert_eq!([0, 1, 2, 4, 5].map(|nothing| tell(nothing, until)), [50, 40, 0, 0, 0]);
    }
}

#[test]
fn assignments_are_weighed_by_those_who_make_them() {
    let assignments = |slug: &str, n: u64| {
        figure(slug, None, Figures::Additive { summary: summary::of_counts(&[]), values: vec![n] })
    };
    let tell = |responsables: u64, schools: usize| {
        let large = Member { responsables, ..member(400, 30) };
        let mut blocks = [vec![school(&large, Vec::new(), vec![assignments("affectations-total", 9)]); schools]];
        retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21"))[..1], Day::MIN);
        told(&blocks[0][0], None)[0]
    };
    // Each school has one at least.
    assert_eq!(
        [(0, 6), (0, 7), (2, 4), (2, 5), (3, 4)].map(|(n, schools)| tell(n, schools)),
        [Some(0), Some(9), Some(0), Some(9), Some(9)]
    );
}

#[test]
fn what_is_made_to_groups_is_not_what_is_left_of_all_assignments() {
    let large = Member { responsables: 3, ..member(400, 30) };
    let three = |to_one: u64, to_groups: u64| {
        let of = |slug: &str, n: u64| {
            figure(slug, None, Figures::Additive { summary: summary::of_counts(&[]), values: vec![n] })
        };
        vec![
            of("affectations-total", to_one + to_groups),
            of("affectations-individuelles", to_one),
            of("affectations-groupe", to_groups),
        ]
    };
    let mut blocks = [vec![school(&large, Vec::new(), three(9, 0)); 4]];
    blocks[0][0].now = three(9, 5);
    retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-10-21"))[..1], Day::MIN);
    let of_each: Vec<_> =
        blocks[0][0].now.iter().map(|figure| values(figure.figures.as_ref().expect("told"), Some(0))[0]).collect();
    assert_eq!(of_each, [Some(14), Some(0), Some(0)]);
}

#[test]
fn what_was_never_told_may_be_told() {
    let large = member(400, 30);
    let mut blocks = [vec![school(&large, Vec::new(), accesses(&[3, 4], &[0, 0])); 4]];
    let expected = blocks.clone();
    retell(&mut blocks, &groups(), true, &months(YEAR, day("2025-09-21")), Day::MIN);
    assert_eq!(blocks[0][0].now, expected[0][0].now);
}

proptest! {
    /// Over a few nights, whatever becomes other in a month, over or under way, does so for enough schools, and for enough people even for
    /// somebody who knows two of them; and it comes to what is known once all have something new.
    #[test]
    fn no_two_nights_differ_by_few_schools_or_few_people(
        is_over in proptest::bool::ANY,
        sizes in proptest::collection::vec((3u64..9, 0u64..4), 8..11),
        nights in proptest::collection::vec(proptest::collection::vec((0u64..3, 0u64..2), 10), 1..5),
    ) {
        let members: Vec<Member> = sizes.iter().map(|(pupils, teachers)| member(*pupils, *teachers)).collect();
        let half = members.len() / 2;
        prop_assume!(may_be_told(&members[..half], &(0..half).collect::<Vec<_>>()));
        prop_assume!(may_be_told(&members[half..], &(0..members.len() - half).collect::<Vec<_>>()));
        let months = months(YEAR, day("2025-09-20"));
        let (first, until) = if is_over { (10, day("2025-09-01")) } else { (0, day("2025-08-20")) };
        let mut known: Vec<(u64, u64)> = sizes.iter().map(|_| (first, first)).collect();
        let figures = |known: &(u64, u64)| accesses(&[known.0], &[known.1]);
        let mut before: Vec<Vec<Figure>> = known.iter().map(figures).collect();
        for night in &nights {
            known.iter_mut().zip(night).for_each(|(known, more)| *known = (known.0 + more.0, known.1 + more.1));
            let schools: Vec<School> =
                (0..members.len()).map(|at| school(&members[at], before[at].clone(), figures(&known[at]))).collect();
            let mut blocks = [schools[..half].to_vec(), schools[half..].to_vec()];
            retell(&mut blocks, &groups(), true, &months[..1], until);
            let other = |school: &&School, profiles: Option<usize>| {
                let old = School { now: school.before.clone(), ..(*school).clone() };
                told(school, profiles) != told(&old, profiles)
            };
            for block in &blocks {
                let others = block.iter().filter(|school| other(school, None));
                prop_assert!(others.clone().next().is_none() || are_enough(others), "{blocks:?}");
            }
            // What all did never advances without what each profile did: two nights of one would be subtracted from one of the other.
            for one in blocks.iter().flatten() {
                let of_each = [0, 1].map(|rank| told(one, Some(rank))[0].unwrap_or(0));
                prop_assert_eq!(told(one, None)[0].unwrap_or(0), of_each.iter().sum::<u64>(), "{:?}", blocks);
            }
            // In a month under way nobody knows whose days they are that come in.
            for (rank, group) in groups().iter().enumerate().filter(|_| is_over) {
                let all = blocks.concat();
                let others = all.iter().filter(|school| other(school, Some(rank)));
                let mut members: Vec<Member> = others.map(|school| school.member.clone()).collect();
                members.iter_mut().for_each(|member| member.people.retain(|held, _| held.contains(&group[0])));
                let enough = may_be_told(&members, &(0..members.len()).collect::<Vec<_>>());
                prop_assert!(members.iter().all(|member| member.people() == 0) || enough, "{blocks:?}");
            }
            before = blocks.concat().into_iter().map(|school| school.now).collect();
        }
        let all = |by: u64| known.iter().map(move |known| (known.0 + by, known.1 + by)).collect::<Vec<_>>();
        let schools: Vec<School> =
            all(1).iter().enumerate().map(|(at, known)| school(&members[at], before[at].clone(), figures(known))).collect();
        let mut blocks = [schools[..half].to_vec(), schools[half..].to_vec()];
        retell(&mut blocks, &[["eleve", "enseignant"].map(str::to_owned).to_vec()], true, &months[..1], until);
        let settled: Vec<u64> = blocks.concat().iter().filter_map(|school| told(school, None)[0]).collect();
        prop_assert_eq!(settled, all(1).iter().map(|known| known.0 + known.1).collect::<Vec<_>>());
    }
}
