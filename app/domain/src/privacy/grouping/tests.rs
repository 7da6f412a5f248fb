use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

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
    let all = sets(people);
    before.refine(&people.keys().cloned().collect(), &People::new(all.clone(), all), 5)
}

fn sets(people: &Named) -> ByCode {
    people.iter().map(|(code, members)| (code.clone(), members.iter().copied().map(u32::from).collect())).collect()
}

/// The same when directories tell, one after the other, who is there.
fn refine_listed(before: &Grouping, ever: &Named, states: &[Named]) -> Grouping {
    let people = People::new(sets(ever), sets(ever)).listed(states.iter().map(sets), false);
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
fn a_profile_that_somebody_leaves_is_shown_with_its_neighbours_however_many_come_later() {
    let before = people(&[("eleve", 60), ("enseignant", 40), ("documentaliste", 5), ("autre-personnel", 12)]);
    let september = refine_listed(&Grouping::default(), &before, std::slice::from_ref(&before));
    assert_eq!(groups(&september, &before).len(), 4);
    let mut left = before.clone();
    let librarians = left.get_mut("documentaliste").expect("librarians");
    librarians.pop_first();
    let march = refine_listed(&september, &before, &[before.clone(), left.clone()]);
    let expected = "Documentalistes et autres personnels (regroupés)";
    assert_eq!((groups(&march, &before).len(), label(&march.group_of("documentaliste")).as_str()), (3, expected));
    // What is seen says nothing of who left.
    assert_eq!(refine_listed(&march, &before, &[before.clone(), left.clone()]), march);
    let mut come = left.clone();
    come.get_mut("documentaliste").expect("librarians").extend(200..206);
    let mut ever = before.clone();
    ever.get_mut("documentaliste").expect("librarians").extend(200..206);
    let june = refine_listed(&march, &ever, &[before.clone(), left.clone(), come.clone()]);
    assert_eq!(groups(&june, &ever).len(), 3, "what the four of March do in March stays theirs");
    // Nor are those of a year in which there were two until January.
    let anew = refine_listed(&Grouping::default(), &ever, &[left.clone(), come.clone()]);
    assert_eq!(groups(&anew, &ever).len(), 3);
    // A summer in which directories list nobody tells nothing of anybody.
    let mut summer = before.clone();
    summer.get_mut("documentaliste").expect("librarians").clear();
    assert_eq!(refine_listed(&september, &before, &[before.clone(), summer]), september);
    // The directory of March comes in two files: the first is not all there is.
    let whole = refine_listed(&march, &ever, &[before.clone(), come]);
    assert_eq!(groups(&whole, &ever).len(), 4);
}

#[test]
fn those_who_are_known_no_more_leave_nobody_alone() {
    let before = people(&[("eleve", 60), ("enseignant", 40), ("documentaliste", 5), ("autre-personnel", 12)]);
    let september = refine_listed(&Grouping::default(), &before, std::slice::from_ref(&before));
    let seen = refine(&Grouping::default(), &before);
    let mut known = before.clone();
    known.get_mut("documentaliste").expect("librarians").pop_first();
    for after in [refine_listed(&september, &known, std::slice::from_ref(&before)), refine(&seen, &known)] {
        assert_eq!(label(&after.group_of("documentaliste")), "Documentalistes et autres personnels (regroupés)");
        let mut more = known.clone();
        more.get_mut("documentaliste").expect("librarians").extend(200..206);
        let later = refine(&after, &more);
        assert_eq!(groups(&later, &more).len(), 3, "who comes later was not there");
    }
    // Somebody of two profiles is forgotten: what would tell them is not told for all that.
    let mut both = before.clone();
    both.get_mut("documentaliste").expect("librarians").insert(70);
    let told = refine(&Grouping::default(), &both);
    assert_eq!(groups(&told.for_people(), &both).len(), 3);
    assert_eq!(groups(&refine(&told.without_somebody(), &before).for_people(), &before).len(), 3);
    // Once nobody is known, nothing is less so than before.
    assert_eq!(refine(&september, &Named::new()), september);
}

#[test]
fn the_last_one_of_several_profiles_is_not_told_by_those_who_come_later() {
    let all = people(&[("eleve", 60), ("enseignant", 3), ("documentaliste", 2), ("autre-personnel", 70)]);
    let told = refine(&Grouping::default(), &all);
    assert_eq!(groups(&told, &all).len(), 3);
    let mut left = all.clone();
    left.insert("enseignant".to_owned(), BTreeSet::new());
    left.get_mut("documentaliste").expect("librarians").pop_first();
    let together = refine(&told, &left);
    left.get_mut("enseignant").expect("teachers").extend(200..206);
    left.get_mut("documentaliste").expect("librarians").extend(206..212);
    let later = refine(&together, &left);
    assert_eq!(groups(&later, &left), groups(&together, &left), "the librarian who was left is not told apart");
}

#[test]
fn nothing_more_is_told_apart_once_directories_are_erased() {
    let all = people(&[("eleve", 60), ("documentaliste", 6)]);
    let people = People::new(sets(&all), sets(&all)).listed([sets(&all)], true);
    let grouping = Grouping::default().refine(&all.keys().cloned().collect(), &people, 5);
    assert_eq!(groups(&grouping, &all).len(), 1);
}

#[test]
fn what_few_people_do_is_told_as_a_whole_until_there_are_enough() {
    assert!(refine(&Grouping::default(), &people(&[("eleve", 0)])).tells_parts(), "nobody is nobody's");
    let few = refine(&Grouping::default(), &people(&[("eleve", 3), ("enseignant", 1)]));
    assert!(!few.tells_parts());
    // Without a directory nobody is known to have left.
    let enough = refine(&few, &people(&[("eleve", 4), ("enseignant", 1)]));
    assert!(enough.tells_parts());
    // Once nobody is known, nothing is less so than before.
    for known in [&few, &enough] {
        assert_eq!(refine(known, &Named::new()), *known);
    }
    let joined = [few.join(&enough), enough.join(&few), enough.join(&enough)].map(|both| both.tells_parts());
    assert_eq!(joined, [false, false, true], "several years are told as the one of which the least is");
}

#[test]
fn what_four_people_did_this_year_stays_whole_however_many_come_later() {
    let (before, after) = (people(&[("eleve", 4)]), people(&[("eleve", 20)]));
    let october = refine_listed(&Grouping::default(), &before, std::slice::from_ref(&before));
    let november = refine_listed(&october, &after, &[before.clone(), after.clone()]);
    assert!(!november.tells_parts());
    // The directory of October comes in two files: the first is not all there is.
    assert!(refine_listed(&november, &after, std::slice::from_ref(&after)).tells_parts());
    // Fewer are left in a directory, or known still: those who come later were not there.
    let left = refine_listed(&Grouping::default(), &after, std::slice::from_ref(&after));
    assert!(left.tells_parts());
    let left = refine_listed(&left, &after, &[after.clone(), before.clone()]);
    assert!(!refine_listed(&left, &after, &[after.clone(), before.clone(), after.clone()]).tells_parts());
    let forgotten = refine(&refine(&Grouping::default(), &after), &before);
    assert!(!forgotten.tells_parts() && !refine(&forgotten, &after).tells_parts());
    // Directories list nobody in the summer: nobody does anything then.
    let summer = people(&[("eleve", 0)]);
    let all_year = refine_listed(&Grouping::default(), &after, std::slice::from_ref(&after));
    assert!(refine_listed(&all_year, &after, &[after.clone(), summer]).tells_parts());
}

#[test]
fn nothing_is_told_in_parts_once_directories_are_erased() {
    let all = people(&[("eleve", 60)]);
    let people = People::new(sets(&all), sets(&all)).listed([sets(&all)], true);
    let known = all.keys().cloned().collect();
    assert!(!Grouping::default().refine(&known, &people, 5).tells_parts());
    let told = refine(&Grouping::default(), &all);
    assert!(told.refine(&known, &people, 5).tells_parts(), "what is told stays told");
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

    /// People come and leave, and some are forgotten. What is done in the time of a directory is told in all the ways in which groups are
    /// shown from then on. Each of these is all stretches of profiles in a row: subtracting them gives what lies between any two cuts,
    /// which enough people must have at that time.
    #[test]
    fn no_subtraction_tells_of_few_who_were_there(
        turns in proptest::collection::vec((arbitrary_people(), proptest::option::of(0u8..40)), 1..7),
    ) {
        let (mut ever, mut now, mut states) = (Named::new(), Named::new(), Vec::<Named>::new());
        let mut forgotten = BTreeSet::new();
        let mut grouping = Grouping::default();
        // Who could act from each turn on, and the cuts that there were since.
        let mut times: Vec<(Named, BTreeSet<String>)> = Vec::new();
        let without = |people: &Named, forgotten: &BTreeSet<u8>| -> Named {
            people.iter().map(|(code, members)| (code.clone(), members - forgotten)).collect()
        };
        for (listed, forgets) in turns {
            if let Some(person) = forgets {
                forgotten.insert(person);
                let known = without(&ever, &forgotten);
                grouping = refine_listed(&grouping.without_somebody(), &known, &states);
            }
            let listed = without(&listed, &forgotten);
            for (code, members) in &listed {
                ever.entry(code.clone()).or_default().extend(members);
                // Until it is listed a profile has those whom it has then. What they did is not in what was told.
                for state in &mut states {
                    state.entry(code.clone()).or_insert_with(|| members.clone());
                }
                for (people, told) in times.iter_mut().filter(|(people, _)| !people.contains_key(code)) {
                    people.insert(code.clone(), members.clone());
                    told.clear();
                }
            }
            now.extend(listed);
            states.push(now.clone());
            times.push((without(&now, &forgotten), BTreeSet::new()));
            grouping = refine_listed(&grouping, &without(&ever, &forgotten), &states);
            for (people, told) in &mut times {
                // Nor is what they did told in parts.
                let everybody: BTreeSet<u8> = people.values().flatten().copied().collect();
                prop_assert!(!grouping.tells_parts() || !(1..5).contains(&everybody.len()), "{people:?}");
                told.extend(grouping.cuts.iter().cloned());
                let stretches: Vec<&[String]> = grouping.known.chunk_by(|_, next| !told.contains(next)).collect();
                for stretch in &stretches {
                    // Nobody does nothing.
                    let few = (1..5).contains(&union(people, stretch));
                    prop_assert!(stretches.len() == 1 || !few, "{stretches:?} {people:?}");
                }
            }
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
