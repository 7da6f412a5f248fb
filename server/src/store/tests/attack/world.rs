//! What happened, as the plainest book-keeping tells it: who did what, and who could have.

use super::history::{DAYS, Deed, PROFILES, RESOURCES, Visit};
use std::collections::{BTreeMap, BTreeSet};

/// A profile that so many are first listed with was not that of a few until then.
const NOT_SMALL: usize = 20;

/// Somebody, and how often they were forgotten: whoever comes back is known as somebody new.
type Number = (u8, u8);
type Numbers = BTreeSet<Number>;

/// The groups that profiles are told in, by school year; none where nothing is told apart.
pub(super) type Groups = BTreeMap<i32, Vec<Vec<usize>>>;

/// What those of a profile did with a resource on a day, as one file told it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unknown {
    pub(super) step: usize,
    pub(super) day: usize,
    pub(super) profile: usize,
    pub(super) resource: usize,
    pub(super) count: u64,
}

/// Unknowns that are the doing of a few.
#[derive(Clone, Debug)]
pub(super) struct Few {
    /// Who they are.
    #[expect(dead_code, reason = "it is said when the test fails")]
    people: BTreeSet<u8>,
    #[expect(dead_code, reason = "it is said when the test fails")]
    profiles: Vec<&'static str>,
    #[expect(dead_code, reason = "it is said when the test fails")]
    days: Vec<&'static str>,
    pub(super) theirs: BTreeSet<usize>,
    /// What nobody could do.
    pub(super) nought: BTreeSet<usize>,
}

/// The rows that a purge erases: what people did on a day, or a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Seen(usize),
    Listed(usize),
}

/// A school and its people.
#[derive(Default)]
pub(super) struct World {
    pub(super) unknowns: Vec<Unknown>,
    /// Those who oppose being counted since, and could have done what an unknown is.
    gone: BTreeMap<usize, BTreeSet<u8>>,
    forgotten: BTreeMap<(i32, u8), u8>,
    opted_out: BTreeSet<u8>,
    /// The profiles of groups of which too few were left when others opposed being counted.
    shut: BTreeSet<(i32, usize)>,
    /// Who could have done an unknown of these: whoever comes later was not there.
    left: BTreeMap<usize, BTreeSet<u8>>,
    /// Who was seen on a day with a profile.
    seen: BTreeMap<(usize, usize), Numbers>,
    /// Whom directories list, by profile and day.
    listed: BTreeMap<usize, BTreeMap<usize, Numbers>>,
    /// Who is known with each profile of a school year.
    known: BTreeMap<(i32, usize), Numbers>,
    /// The same with those whom a purge erased: they were there, and oppose nothing.
    met: BTreeMap<(i32, usize), Numbers>,
    /// Whom each row holds; nothing when it is erased.
    rows: BTreeMap<Row, Option<Numbers>>,
    /// The profiles that were named in a school year, be it without anybody.
    named: BTreeSet<(i32, usize)>,
    touched: BTreeSet<i32>,
    exists: bool,
}

/// The school year of a day.
pub(super) fn year_of(day: usize) -> i32 {
    vigie_domain::period::SchoolYear::of(super::day(DAYS[day])).0
}

impl World {
    /// Whether the school is known.
    pub(super) fn is_known(&self) -> bool {
        self.exists
    }

    /// Whether the profile of an unknown was named in its school year. Those that were not are taken to be of the group that they would be
    /// in: that nobody was met with them is not held to be known.
    pub(super) fn is_named(&self, unknown: &Unknown) -> bool {
        self.named.contains(&(year_of(unknown.day), unknown.profile))
    }

    /// Lets something happen.
    pub(super) fn undergo(&mut self, step: usize, deed: &Deed, told: &Groups) {
        self.touched.clear();
        match deed {
            Deed::Directory(day, listing) => self.list(*day, listing),
            Deed::Visits(visits) => self.visit(step, visits),
            Deed::OptOut(people) if self.exists => {
                self.opted_out.extend(people);
                for year in [2025, 2026] {
                    self.unlink(year, people);
                }
                self.shut(told);
            }
            Deed::OptIn(person) => _ = self.opted_out.remove(person),
            Deed::Purge(before) if self.exists => self.purge(*before),
            Deed::OptOut(_) | Deed::Purge(_) => {}
        }
    }

    fn number(&self, year: i32, person: u8) -> Number {
        (person, self.forgotten.get(&(year, person)).copied().unwrap_or(0))
    }

    fn meet(&mut self, row: Row, day: usize, profile: usize, person: u8) -> Number {
        let year = year_of(day);
        let number = self.number(year, person);
        self.named.insert((year, profile));
        for all in [&mut self.known, &mut self.met] {
            all.entry((year, profile)).or_default().insert(number);
        }
        if let Some(held) = self.rows.entry(row).or_insert_with(|| Some(Numbers::new())) {
            held.insert(number);
        }
        self.touched.insert(year);
        number
    }

    fn list(&mut self, day: usize, listing: &[(usize, Vec<u8>)]) {
        self.exists |= !listing.is_empty();
        for (profile, people) in listing {
            let counted: Vec<u8> = people.iter().copied().filter(|person| !self.opted_out.contains(person)).collect();
            if counted.is_empty() && !people.is_empty() {
                continue;
            }
            self.rows.entry(Row::Listed(day)).or_insert_with(|| Some(Numbers::new()));
            self.listed.entry(*profile).or_default().entry(day).or_default();
            self.named.insert((year_of(day), *profile));
            self.touched.insert(year_of(day));
            for person in counted {
                let number = self.meet(Row::Listed(day), day, *profile, person);
                self.listed.entry(*profile).or_default().entry(day).or_default().insert(number);
            }
        }
    }

    fn visit(&mut self, step: usize, visits: &[Visit]) {
        self.exists |= !visits.is_empty();
        let counted = visits.iter().filter(|(_, person, ..)| !self.opted_out.contains(person));
        let counted: Vec<Visit> = counted.copied().collect();
        for day in counted.iter().map(|(day, ..)| *day).collect::<BTreeSet<_>>() {
            for profile in 0..PROFILES.len() {
                for resource in 0..RESOURCES.len() {
                    let is_it = |visit: &&Visit| (visit.0, visit.2, visit.3) == (day, profile, resource);
                    let count = counted.iter().filter(is_it).count() as u64;
                    self.unknowns.push(Unknown { step, day, profile, resource, count });
                }
            }
        }
        for (day, person, profile, _) in counted {
            let number = self.meet(Row::Seen(day), day, profile, person);
            self.seen.entry((day, profile)).or_default().insert(number);
        }
        for (at, unknown) in self.unknowns.iter().enumerate().filter(|(_, unknown)| unknown.step == step) {
            let place = (year_of(unknown.day), unknown.profile);
            if self.shut.contains(&place) {
                let left = self.known.get(&place).into_iter().flatten().map(|(person, _)| *person);
                self.left.insert(at, left.collect());
            }
        }
    }

    /// Notes the groups told apart of which too few are left.
    fn shut(&mut self, told: &Groups) {
        for (year, groups) in told.iter().filter(|(year, groups)| !groups.is_empty() && self.touched.contains(year)) {
            let left = |profiles: &[usize]| -> Numbers {
                profiles.iter().filter_map(|profile| self.known.get(&(*year, *profile))).flatten().copied().collect()
            };
            let all: Vec<usize> = (0..PROFILES.len()).collect();
            if left(&all).is_empty() {
                continue;
            }
            let few = groups.iter().chain([&all]).filter(|group| left(group).len() < super::THRESHOLD as usize);
            let few: Vec<(i32, usize)> = few.flatten().map(|profile| (*year, *profile)).collect();
            self.shut.extend(few);
        }
    }

    fn purge(&mut self, before: usize) {
        for (row, held) in &mut self.rows {
            let (Row::Seen(day) | Row::Listed(day)) = row;
            if *day < before {
                *held = None;
            }
        }
        for year in [2025, 2026] {
            let of_year = |row: &Row| matches!(row, Row::Seen(day) | Row::Listed(day) if year_of(*day) == year);
            let held = self.rows.iter().filter(|(row, _)| of_year(row)).filter_map(|(_, held)| held.as_ref());
            let held: Numbers = held.flatten().copied().collect();
            let known = self.known.iter().filter(|((of, _), _)| *of == year).flat_map(|(_, numbers)| numbers);
            let erased: Vec<u8> = known.filter(|number| !held.contains(number)).map(|(person, _)| *person).collect();
            self.forget(year, &erased);
        }
        self.touched.clear();
    }

    /// Unlinks those who oppose being counted: what was told may be about them, and what comes later is not.
    fn unlink(&mut self, year: i32, people: &[u8]) {
        for at in 0..self.unknowns.len() {
            let Unknown { day, profile, .. } = self.unknowns[at];
            if year_of(day) == year {
                let could = self.with(profile, day).into_iter().map(|(person, _)| person);
                self.gone.entry(at).or_default().extend(could.filter(|person| people.contains(person)));
            }
        }
        for (_, met) in self.met.iter_mut().filter(|((of, _), _)| *of == year) {
            met.retain(|(person, _)| !people.contains(person));
        }
        self.forget(year, people);
    }

    fn forget(&mut self, year: i32, people: &[u8]) {
        for person in people {
            let of_year = self.known.iter_mut().filter(|((of, _), _)| *of == year);
            let were_known = of_year.fold(0, |were, (_, known)| {
                let before = known.len();
                known.retain(|number| number.0 != *person);
                were + before - known.len()
            });
            if were_known > 0 {
                *self.forgotten.entry((year, *person)).or_default() += 1;
                self.touched.insert(year);
            }
        }
    }

    /// Who was met with a profile on a day, or did something with it.
    fn with(&self, profile: usize, day: usize) -> Numbers {
        let known = self.met.get(&(year_of(day), profile));
        let seen = self.seen.get(&(day, profile)).into_iter().flatten();
        let seen = seen.filter(|number| known.is_some_and(|known| known.contains(number))).copied();
        self.listed_with(profile, day).into_iter().chain(seen).collect()
    }

    /// Who is known to have had a profile on a day: those of the last directory that lists it, or who were seen where none says.
    fn listed_with(&self, profile: usize, day: usize) -> Numbers {
        let year = year_of(day);
        let known = self.met.get(&(year, profile)).cloned().unwrap_or_default();
        let listed = self.listed.get(&profile);
        let of_year = listed.into_iter().flatten().filter(|(on, _)| year_of(**on) == year);
        let listed: Vec<(usize, &Numbers)> =
            of_year.map(|(on, numbers)| (*on, numbers)).skip_while(|(_, numbers)| numbers.is_empty()).collect();
        let seen_between = |first: usize, end: usize| -> Numbers {
            let days = self.seen.iter().filter(|((on, of), _)| *of == profile && (first..end).contains(on));
            let seen: Numbers = days.flat_map(|(_, numbers)| numbers).copied().collect();
            seen.intersection(&known).copied().collect()
        };
        let Some((begins, begun)) = listed.first() else {
            let of_year = (0..DAYS.len()).filter(|day| year_of(*day) == year);
            let seen = of_year.flat_map(|day| self.seen.get(&(day, profile)).cloned().unwrap_or_default());
            return seen.filter(|number| known.contains(number)).collect();
        };
        let first = (0..DAYS.len()).find(|day| year_of(*day) == year).unwrap_or(0);
        let end = (0..DAYS.len()).rfind(|day| year_of(*day) == year).map_or(DAYS.len(), |last| last + 1);
        if day < *begins {
            let seen = seen_between(first, *begins);
            let has_left = !seen.is_subset(begun) && begun.len() < NOT_SMALL;
            return if has_left { seen } else { begun.intersection(&known).copied().collect() };
        }
        let at = listed.partition_point(|(on, _)| *on <= day);
        let (on, numbers) = listed[at - 1];
        if numbers.is_empty() {
            return seen_between(on, listed.get(at).map_or(end, |(next, _)| *next));
        }
        numbers.intersection(&known).copied().collect()
    }

    /// Whether a directory lists somebody with a profile in a school year.
    fn is_listed(&self, profile: usize, year: i32) -> bool {
        let listed = self.listed.get(&profile).into_iter().flatten();
        listed.into_iter().any(|(day, numbers)| year_of(*day) == year && !numbers.is_empty())
    }

    /// The unknowns that fewer people than this could have done, among those of some profiles, on a day or over a school year, in a file or
    /// from it on.
    pub(super) fn few_people(&self, threshold: usize) -> Vec<Few> {
        let mut with: BTreeMap<(usize, usize), BTreeSet<u8>> = BTreeMap::new();
        for Unknown { profile, day, .. } in &self.unknowns {
            let numbers = || self.with(*profile, *day).into_iter().map(|(person, _)| person).collect();
            with.entry((*profile, *day)).or_insert_with(numbers);
        }
        let could = |at: usize| -> BTreeSet<u8> {
            let Unknown { profile, day, .. } = self.unknowns[at];
            if let Some(left) = self.left.get(&at).filter(|_| !self.is_listed(profile, year_of(day))) {
                return left.clone();
            }
            let gone = self.gone.get(&at).into_iter().flatten().copied();
            with[&(profile, day)].iter().copied().chain(gone).collect()
        };
        let could: Vec<BTreeSet<u8>> = (0..self.unknowns.len()).map(could).collect();
        let nought: BTreeSet<usize> = (0..could.len()).filter(|at| could[*at].is_empty()).collect();
        let days = (0..DAYS.len()).map(|day| vec![day]);
        let years = [2025, 2026].map(|year| (0..DAYS.len()).filter(|day| year_of(*day) == year).collect());
        let windows: Vec<Vec<usize>> = days.chain(years).collect();
        let steps: BTreeSet<usize> = self.unknowns.iter().map(|unknown| unknown.step).collect();
        let mut found: BTreeMap<BTreeSet<usize>, Few> = BTreeMap::new();
        let files = steps.iter().flat_map(|step| [(*step, *step), (*step, usize::MAX)]);
        for window in &windows {
            for (from, to) in files.clone() {
                for half in (1..1usize << PROFILES.len()).rev() {
                    let is_theirs = |at: &usize| {
                        let Unknown { step, day, profile, .. } = self.unknowns[*at];
                        (from..=to).contains(&step)
                            && window.contains(&day)
                            && half >> profile & 1 == 1
                            && !nought.contains(at)
                    };
                    let theirs: BTreeSet<usize> = (0..self.unknowns.len()).filter(is_theirs).collect();
                    let people: BTreeSet<u8> = theirs.iter().flat_map(|at| could[*at].iter().copied()).collect();
                    if (1..threshold).contains(&people.len()) {
                        let profiles = (0..PROFILES.len()).filter(|at| half >> at & 1 == 1).map(|at| PROFILES[at]);
                        let days = window.iter().map(|day| DAYS[*day]).collect();
                        let few = Few {
                            people,
                            profiles: profiles.collect(),
                            days,
                            theirs: theirs.clone(),
                            nought: nought.clone(),
                        };
                        found.entry(theirs).or_insert(few);
                    }
                }
            }
        }
        // What is known of some of them is known of all.
        let all: Vec<BTreeSet<usize>> = found.keys().cloned().collect();
        let is_part = |few: &Few| all.iter().any(|other| *other != few.theirs && few.theirs.is_subset(other));
        found.into_values().filter(|few| !is_part(few)).collect()
    }

    /// Those, fewer than this, who are of exactly the same of several groups of profiles in a school year of which something was just written.
    pub(super) fn alone_in(&self, year: i32, groups: &[Vec<usize>], threshold: usize) -> Option<BTreeSet<Number>> {
        if groups.len() < 2 || !self.touched.contains(&year) {
            return None;
        }
        let mut kinds: BTreeMap<Vec<bool>, Numbers> = BTreeMap::new();
        let of_year = self.known.iter().filter(|((of, _), _)| *of == year).flat_map(|(_, numbers)| numbers);
        for number in of_year {
            let has = |profile: &usize| self.known.get(&(year, *profile)).is_some_and(|known| known.contains(number));
            let kind: Vec<bool> = groups.iter().map(|group| group.iter().any(has)).collect();
            if kind.contains(&true) {
                kinds.entry(kind).or_default().insert(*number);
            }
        }
        kinds.into_values().find(|people| people.len() < threshold)
    }
}
