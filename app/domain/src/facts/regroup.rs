//! Profiles that too few people have are put with their neighbours before anything is counted by profile; what too few people did is not
//! divided at all.

use super::{Facts, LevelRow, PART_SEPARATOR, TermRows, terms_of};
use crate::catalogue::{Dimension, Population, Stock, Term};
use crate::period::{Interval, SchoolYear};
use crate::privacy::grouping::Grouping;
use crate::search::Search;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The resource, if any, and the profile of a part.
fn split(by: Dimension, part: &str) -> (Option<String>, String) {
    match by {
        Dimension::ResourceAndProfile => {
            let (resource, profile) = part.split_once(PART_SEPARATOR).unwrap_or((part, ""));
            (Some(resource.to_owned()), profile.to_owned())
        }
        _ => (None, part.to_owned()),
    }
}

/// Whether the answer to a search depends on how many people have what profiles.
pub fn tells_of_people(search: &Search) -> bool {
    search.split.is_some_and(|split| split.by.tells_profiles()) || search.split.is_some() && tells_acts(search)
}

fn tells_acts(search: &Search) -> bool {
    terms_of(search).into_iter().any(Term::is_of_acts)
}

/// Whether a search asks for parts of what too few people did, in one of the school years in which something was done.
pub(super) fn is_of_few(search: &Search, facts: &Facts) -> bool {
    // Nearly everywhere there are enough, and no row has to be read again to know.
    search.split.is_some()
        && tells_acts(search)
        && facts.groupings.values().any(|grouping| !grouping.tells_parts())
        && !over_years(facts, years_of(facts, search.period.interval(facts.today))).tells_parts()
}

/// The school years that rows about people are of, in a period.
fn years_of(facts: &Facts, period: Interval) -> BTreeSet<SchoolYear> {
    let mut years = BTreeSet::new();
    for (_, rows) in facts.terms.iter().filter(|(term, _)| is_about_people(*term)) {
        rows.for_each(period, |year, _| _ = years.insert(year));
    }
    years
}

/// What groups profiles over several school years. A year of which nothing is known groups all its profiles.
fn over_years(facts: &Facts, years: BTreeSet<SchoolYear>) -> Grouping {
    let of_years = years.iter().map(|year| facts.groupings.get(year).cloned().unwrap_or_default());
    of_years.reduce(|one, other| one.join(&other)).unwrap_or_default()
}

/// Which profiles are shown together in the answer that these facts give over a period. Whoever answers some days of a long period after the
/// others gives this grouping, made of all the days, to the facts of each.
pub fn grouping_of(facts: &Facts, by: Dimension, period: Interval) -> Grouping {
    let mut present = BTreeSet::new();
    let mut years = BTreeSet::new();
    for (_, rows) in facts.terms.iter().filter(|(term, _)| is_about_people(*term)) {
        rows.for_each(period, |year, part| {
            years.insert(year);
            present.insert(split(by, part).1);
        });
    }
    over_years(facts, years).knowing(present.iter().map(String::as_str))
}

/// Makes of the facts of a search some in which no part is a profile that too few people have.
pub(super) fn regroup(facts: &mut Facts, by: Dimension, period: Interval) {
    let grouping = grouping_of(facts, by, period);
    let of_people = grouping.for_people();
    for (term, rows) in facts.terms.iter_mut().filter(|(term, _)| is_about_people(*term)) {
        let grouping = if counts_people(*term) { &of_people } else { &grouping };
        rows.rename(|part| match split(by, part) {
            (Some(resource), profile) => format!("{resource}{PART_SEPARATOR}{}", grouping.group_of(&profile)),
            (None, profile) => grouping.group_of(&profile),
        });
    }
}

/// Whether each person is counted once, whatever they did.
fn counts_people(term: Term) -> bool {
    matches!(term, Term::Distinct(Population::Utilisateurs | Population::Comptes) | Term::Stock(Stock::Comptes))
}

/// Licences are what the school was sold for a profile, whoever has it.
fn is_about_people(term: Term) -> bool {
    term != Term::Stock(Stock::Licences)
}

impl TermRows {
    /// Hands over the school year and the part of every row. Of the levels, which are there whatever the period, of those that hold on some
    /// day of it: the others are in no figure.
    fn for_each(&self, period: Interval, mut see: impl FnMut(SchoolYear, &str)) {
        match self {
            Self::Counts(rows) => rows.iter().for_each(|row| see(SchoolYear::of(row.day), &row.part)),
            Self::Sets(rows) => rows.iter().for_each(|row| see(SchoolYear::of(row.day), &row.part)),
            Self::Levels(rows) => {
                let holds = |row: &&LevelRow| row.first <= period.last && period.first <= row.last;
                rows.iter().filter(holds).for_each(|row| see(row.year, &row.part));
            }
        }
    }

    /// Gives every row the part that its own becomes.
    fn rename(&mut self, name: impl Fn(&str) -> String) {
        match self {
            Self::Counts(rows) => {
                let mut names: HashMap<Arc<str>, Arc<str>> = HashMap::new();
                for row in rows {
                    let new = names.entry(Arc::clone(&row.part)).or_insert_with_key(|part| name(part).into());
                    row.part = Arc::clone(new);
                }
            }
            Self::Sets(rows) => rows.iter_mut().for_each(|row| row.part = name(&row.part)),
            Self::Levels(rows) => rows.iter_mut().for_each(|row| row.part = name(&row.part)),
        }
    }
}
