use super::*;
use proptest::prelude::*;

/// Who has each profile; somebody may have several.
type Named = BTreeMap<String, BTreeSet<u8>>;

fn people(sizes: &[(&str, u8)]) -> Named {
    let mut next = 0;
    let mut new = |count| {
        let first = next;
        next += count;
        (first..next).collect()
    };
    sizes.iter().map(|(code, count)| ((*code).to_owned(), new(*count))).collect()
}

fn union(people: &Named, codes: &[String]) -> u64 {
    codes.iter().filter_map(|code| people.get(code)).flatten().collect::<BTreeSet<_>>().len() as u64
}

fn refine(before: &Grouping, people: &Named) -> Grouping {
    let sets = |members: &BTreeSet<u8>| members.iter().copied().map(u32::from).collect();
    let all: BTreeMap<String, RoaringBitmap> =
        people.iter().map(|(code, members)| (code.clone(), sets(members))).collect();
    before.refine(&people.keys().cloned().collect(), &People { sizes: all.clone(), all, listed: None }, 5)
}

/// The same when a directory lists who is there now; the others left.
fn refine_listed(before: &Grouping, ever: &Named, now: &Named) -> Grouping {
    let sets = |people: &Named| -> BTreeMap<String, RoaringBitmap> {
        people.iter().map(|(code, members)| (code.clone(), members.iter().copied().map(u32::from).collect())).collect()
    };
    let people = People { sizes: sets(ever), all: sets(ever), listed: Some(sets(now)) };
    before.refine(&ever.keys().cloned().collect(), &people, 5)
}

/// How many people are of exactly the same groups, for each combination of groups that somebody is of.
fn together(groups: &[Vec<String>], people: &Named) -> BTreeMap<Vec<bool>, u64> {
    let everybody: BTreeSet<u8> = people.values().flatten().copied().collect();
    let mut counts = BTreeMap::new();
    for person in everybody {
        let has = |code: &String| people.get(code).is_some_and(|members| members.contains(&person));
        *counts.entry(groups.iter().map(|group| group.iter().any(has)).collect()).or_default() += 1;
    }
    counts
}

fn groups(grouping: &Grouping, people: &Named) -> Vec<Vec<String>> {
    let grouping = grouping.knowing(people.keys().map(String::as_str));
    let codes: BTreeSet<String> = people.keys().map(|code| grouping.group_of(code)).collect();
    let groups = codes.into_iter().map(|code| code.split(GROUP_SEPARATOR).map(str::to_owned).collect());
    groups.collect()
}

fn labels(sizes: &[(&str, u8)]) -> Vec<String> {
    let people = people(sizes);
    let grouping = refine(&Grouping::default(), &people);
    people.keys().map(|code| format!("{code}: {}", label(&grouping.group_of(code)))).collect()
}

#[test]
fn small_profiles_are_shown_with_their_neighbours() {
    assert_eq!(
        labels(&[("eleve", 60), ("enseignant", 40), ("documentaliste", 1), ("autre-personnel", 12)]),
        [
            "autre-personnel: Documentalistes et autres personnels (regroupés)",
            "documentaliste: Documentalistes et autres personnels (regroupés)",
            "eleve: Élèves",
            "enseignant: Enseignants",
        ]
    );
    assert_eq!(
        labels(&[("eleve", 60), ("documentaliste", 1), ("autre-personnel", 2), ("enseignant", 5)]).last().expect("one"),
        "enseignant: Enseignants, documentalistes et autres personnels (regroupés)"
    );
    assert_eq!(labels(&[("eleve", 60), ("documentaliste", 5)]), ["documentaliste: Documentalistes", "eleve: Élèves"]);
}

#[test]
fn a_school_under_the_threshold_has_one_group() {
    let all = "Élèves et enseignants (regroupés)";
    assert_eq!(labels(&[("eleve", 3), ("enseignant", 4)]), [format!("eleve: {all}"), format!("enseignant: {all}")]);
    // Nobody is known: nothing says that a profile is not that of one person.
    assert_eq!(labels(&[("eleve", 0), ("enseignant", 0)]), [format!("eleve: {all}"), format!("enseignant: {all}")]);
}

#[test]
fn the_same_people_under_two_profiles_are_not_twice_as_many() {
    let three: BTreeSet<u8> = (0..3).collect();
    let people: Named = [("documentaliste", &three), ("autre-personnel", &three)]
        .map(|(code, people)| (code.to_owned(), people.clone()))
        .into_iter()
        .chain([("eleve".to_owned(), (10..30).collect())])
        .collect();
    let grouping = refine(&Grouping::default(), &people);
    assert_eq!(groups(&grouping, &people).len(), 1);
}

#[test]
fn those_who_have_two_profiles_are_not_told_by_counting_them_twice() {
    let mut people = people(&[("eleve", 60), ("enseignant", 40), ("documentaliste", 5), ("autre-personnel", 12)]);
    let apart = refine(&Grouping::default(), &people);
    assert_eq!(groups(&apart.for_people(), &people).len(), 4);
    // A teacher becomes the librarian as well: teachers and librarians less both together would be one.
    people.get_mut("documentaliste").expect("librarians").insert(70);
    let grouping = refine(&apart, &people);
    assert_eq!(groups(&grouping, &people).len(), 4, "what each did may be told");
    assert_eq!(
        label(&grouping.for_people().group_of("enseignant")),
        "Enseignants et documentalistes (regroupés)",
        "who they are may not"
    );
    // One more teacher than those who are librarians as well: both groups are large, what tells them apart is one person.
    let librarians: BTreeSet<u8> = (0..6).collect();
    let teachers = librarians.iter().copied().chain([9]).collect();
    let people: Named = [("enseignant".to_owned(), teachers), ("documentaliste".to_owned(), librarians)].into();
    let grouping = refine(&Grouping::default(), &people);
    assert_eq!((groups(&grouping, &people).len(), groups(&grouping.for_people(), &people).len()), (2, 1));
}

#[test]
fn a_profile_that_no_source_named_joins_its_neighbours() {
    let people = people(&[("eleve", 60), ("enseignant", 40)]);
    let grouping = refine(&Grouping::default(), &people).knowing(["documentaliste"]);
    for code in ["enseignant", "documentaliste"] {
        assert_eq!(label(&grouping.group_of(code)), "Enseignants et documentalistes (regroupés)");
        assert_eq!(grouping.group_of(&grouping.group_of(code)), grouping.group_of(code));
    }
    let nothing = Grouping::default().knowing(["eleve", "parent"]);
    assert_eq!(label(&nothing.group_of("eleve")), "Élèves et parents (regroupés)");
}

#[test]
fn several_years_are_grouped_as_the_coarsest_of_them() {
    let one = refine(&Grouping::default(), &people(&[("eleve", 60), ("enseignant", 40), ("documentaliste", 9)]));
    let other = refine(&Grouping::default(), &people(&[("eleve", 60), ("enseignant", 40), ("documentaliste", 1)]));
    for joined in [one.join(&other), other.join(&one)] {
        assert_eq!(label(&joined.group_of("eleve")), "Élèves");
        assert_eq!(label(&joined.group_of("enseignant")), "Enseignants et documentalistes (regroupés)");
    }
}

#[test]
fn a_profile_that_somebody_leaves_is_shown_with_its_neighbours_until_somebody_comes() {
    let before = people(&[("eleve", 60), ("enseignant", 40), ("documentaliste", 5), ("autre-personnel", 12)]);
    let september = refine_listed(&Grouping::default(), &before, &before);
    assert_eq!(groups(&september, &before).len(), 4);
    let mut left = before.clone();
    let librarians = left.get_mut("documentaliste").expect("librarians");
    librarians.pop_first();
    let march = refine_listed(&september, &before, &left);
    let expected = "Documentalistes et autres personnels (regroupés)";
    assert_eq!((groups(&march, &before).len(), label(&march.group_of("documentaliste")).as_str()), (3, expected));
    // What is seen says nothing of who left.
    assert_eq!(refine(&march, &before), march);
    let mut come = left.clone();
    come.get_mut("documentaliste").expect("librarians").insert(200);
    let mut ever = before.clone();
    ever.get_mut("documentaliste").expect("librarians").insert(200);
    assert_eq!(groups(&refine_listed(&march, &ever, &come), &ever).len(), 4);
    // Those who are erased did not leave.
    assert_eq!(groups(&refine_listed(&september, &left, &before), &before).len(), 4);
}

fn arbitrary_people() -> impl Strategy<Value = Named> {
    const CODES: [&str; 8] =
        ["eleve", "enseignant", "documentaliste", "autre-personnel", "parent", "inconnu", "a", "b"];
    proptest::collection::btree_map(
        proptest::sample::select(CODES.as_slice()).prop_map(str::to_owned),
        proptest::collection::btree_set(0u8..40, 0..12),
        1..8,
    )
}

proptest! {
    #[test]
    fn every_group_holds_enough_people_unless_there_is_only_one(people in arbitrary_people()) {
        let grouping = refine(&Grouping::default(), &people);
        let groups = groups(&grouping, &people);
        for group in &groups {
            prop_assert!(groups.len() == 1 || union(&people, group) >= 5, "{groups:?}");
        }
        // Each profile is in one group.
        let all: Vec<&String> = groups.iter().flatten().collect();
        prop_assert_eq!(all.len(), people.len());
    }

    /// People come over the year: whatever was shown before is a sum of what is shown later, and what is shown later is never about
    /// fewer people than may be.
    #[test]
    fn a_grouping_only_gets_finer(people in arbitrary_people(), more in arbitrary_people()) {
        let before = refine(&Grouping::default(), &people);
        let mut all = people.clone();
        for (code, added) in more {
            all.entry(code).or_default().extend(added);
        }
        let after = refine(&before, &all);
        let (earlier, later) = (groups(&before, &all), groups(&after, &all));
        for group in &later {
            let within = earlier.iter().filter(|wider| group.iter().any(|code| wider.contains(code)));
            prop_assert_eq!(within.count(), 1, "{:?} {:?}", &earlier, &later);
            prop_assert!(later.len() == 1 || union(&all, group) >= 5);
        }
        prop_assert_eq!(refine(&after, &all), after);
    }

    /// People come and leave: no group that is shown is of too few of those who are there, and all that is shown over the year is made
    /// of the same groups of enough people of the year.
    #[test]
    fn leavers_leave_nobody_alone(lists in proptest::collection::vec(arbitrary_people(), 1..6)) {
        let mut ever = Named::new();
        let mut grouping = Grouping::default();
        let mut cuts: BTreeSet<String> = BTreeSet::new();
        let mut now = Named::new();
        for listed in lists {
            for (code, members) in &listed {
                ever.entry(code.clone()).or_default().extend(members);
            }
            now.extend(listed);
            grouping = refine_listed(&grouping, &ever, &now);
            let groups = groups(&grouping, &ever);
            for group in &groups {
                prop_assert!(groups.len() == 1 || union(&now, group) >= 5, "{groups:?} {now:?}");
            }
            // The first of them begins where the profiles do.
            let begin = groups.iter().filter_map(|group| in_order(group.iter().cloned().collect()).first().cloned());
            cuts.extend(in_order(begin.collect()).into_iter().skip(1));
        }
        let all = in_order(ever.keys().cloned().collect());
        let pieces: Vec<&[String]> = all.chunk_by(|_, next| !cuts.contains(next)).collect();
        for piece in &pieces {
            prop_assert!(pieces.len() == 1 || union(&ever, piece) >= 5, "{pieces:?}");
        }
    }

    /// Counts of people in each group and in all together are sums over those who are of exactly the same groups.
    #[test]
    fn nobody_is_alone_in_the_groups_that_people_are_counted_in(people in arbitrary_people(), more in arbitrary_people()) {
        let mut all = people.clone();
        for (code, added) in more {
            all.entry(code).or_default().extend(added);
        }
        let before = refine(&Grouping::default(), &people);
        for (grouping, people) in [(&refine(&before, &all), &all), (&before, &people)] {
            let groups = groups(&grouping.for_people(), people);
            for (held, count) in together(&groups, people) {
                prop_assert!(groups.len() == 1 || count >= 5, "{count} of {held:?} in {groups:?}");
            }
        }
    }

    /// Where nobody has two profiles, people are told apart as what they do is.
    #[test]
    fn people_are_told_apart_where_nobody_is_of_two_groups(sizes in proptest::collection::vec(0u8..12, 5)) {
        let codes = ["eleve", "enseignant", "documentaliste", "autre-personnel", "parent"];
        let named = people(&codes.into_iter().zip(sizes).collect::<Vec<_>>());
        let grouping = refine(&Grouping::default(), &named);
        prop_assert_eq!(grouping.for_people(), grouping);
    }

    #[test]
    fn the_join_of_two_groupings_cuts_neither(one in arbitrary_people(), other in arbitrary_people()) {
        let (first, second) = (refine(&Grouping::default(), &one), refine(&Grouping::default(), &other));
        let joined = first.join(&second);
        let codes: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for a in &codes {
            for b in &codes {
                let together = |grouping: &Grouping| grouping.group_rank(a) == grouping.group_rank(b);
                prop_assert!(together(&joined) || !(together(&first) || together(&second)));
            }
        }
    }
}
