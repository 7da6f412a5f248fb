//! What a search needs, read in one state of the data so that an import at work cannot tear an answer.

use super::codes::{self, NO_CODE};
use super::known::{self, Known};
use super::levels::{self, Levels};
use super::sql::{Sql, in_one_state};
use super::{Store, StoreError, cells, cumulative, days, groupings, resources, sets};
use foldhash::{HashMap, HashMapExt};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vigie_domain::catalogue::{Dimension, Measure, Population, Stock, Term};
use vigie_domain::facts::{CountRow, Facts, LevelRow, PART_SEPARATOR, SetRow, TermRows, tells_of_people, terms_of};
use vigie_domain::period::{Day, Interval};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

impl Store {
    /// What is known that a search about a school needs, whatever school the search itself names; None when the school is
    /// unknown. `today` is the day it is in the school.
    pub async fn load_facts(&self, uai: &Uai, search: &Search, today: Day) -> Result<Option<Facts>, StoreError> {
        let (uai, search) = (uai.clone(), search.clone());
        self.readers.run(move |sql| load_facts(sql, &uai, &search, today)).await
    }
}

/// What the store knows that a search about a school needs; None when it does not know the school.
fn load_facts(sql: &mut dyn Sql, uai: &Uai, search: &Search, today: Day) -> Result<Option<Facts>, StoreError> {
    let asked = terms_of(search);
    let days = search.period.interval(today).until(today);
    let days = days.map(|days| (days::to_number(days.first), days::to_number(days.last)));
    let undivided = asked.iter().filter_map(|term| match term {
        Term::Count(measure) if search.split.is_none() && days.is_some() => Some(*measure),
        _ => None,
    });
    let undivided: Vec<Measure> = undivided.collect();
    // What is asked once the totals are known.
    let needs_more = |term: &Term| !matches!(term, Term::Count(_)) || *term == cumulative::COUNTED;
    let more = search.split.is_some() || asked.iter().any(needs_more);
    let load = |sql: &mut dyn Sql| {
        let known = known::load(sql, uai, undivided, days.unwrap_or_default())?;
        known.map(|known| complete(sql, uai, search, today, days, known)).transpose()
    };
    // One statement is of one state by itself.
    if more || !sql.is_waited_for() { in_one_state(sql, load) } else { load(sql) }
}

/// Adds to what is known of a school what else a search needs.
fn complete(
    sql: &mut dyn Sql,
    uai: &Uai,
    search: &Search,
    today: Day,
    days: Option<(i64, i64)>,
    known: Known,
) -> Result<Facts, StoreError> {
    let Known { school, feeds, totals } = known;
    let wanted: Vec<Term> = terms_of(search).into_iter().filter(|term| feeds.contains_key(term)).collect();
    let mut terms = Vec::with_capacity(wanted.len());
    let (mut labels, mut erased, mut falls) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    if let Some(days) = days {
        let by = search.split.map(|split| split.by);
        let (uai, labels_of, erased_of) = (uai.as_str(), BTreeMap::new(), BTreeMap::new());
        let mut loader = Loader { sql, uai, days, totals, by, labels: labels_of, erased: erased_of };
        for term in &wanted {
            terms.push((*term, loader.load(*term)?));
        }
        (labels, erased) = (loader.labels, loader.erased);
        if wanted.contains(&cumulative::COUNTED) {
            falls = cumulative::load_falls(sql, uai, days)?;
        }
    }
    let data_extent = wanted
        .iter()
        .filter_map(|term| feeds.get(term).copied())
        .reduce(|all, one| Interval { first: all.first.min(one.first), last: all.last.max(one.last) });
    let groupings = match tells_of_people(search) {
        true => groupings::load_groupings(sql, uai.as_str())?,
        false => BTreeMap::new(),
    };
    let fed = feeds.into_keys().collect();
    Ok(Facts { school, today, fed, terms, labels, erased, falls, groupings, data_extent })
}

/// Reads the rows of terms over the same days, divided in the same way.
struct Loader<'l> {
    sql: &'l mut dyn Sql,
    uai: &'l str,
    days: (i64, i64),
    /// The counts of the terms that are not divided.
    totals: BTreeMap<Measure, Vec<CountRow>>,
    by: Option<Dimension>,
    /// What people read for the codes of parts.
    labels: BTreeMap<String, String>,
    /// The days whose members are erased, and those whose level is.
    erased: BTreeMap<Term, BTreeSet<Day>>,
}

/// A part of a count, by the numbers of what it is divided by.
type Part = (u32, u32);

impl Loader<'_> {
    fn load(&mut self, term: Term) -> Result<TermRows, StoreError> {
        Ok(match term {
            Term::Count(measure) => TermRows::Counts(self.load_counts(measure)?),
            Term::Distinct(population) => TermRows::Sets(self.load_sets(population)?),
            Term::Stock(stock) => TermRows::Levels(self.load_levels(stock)?),
        })
    }

    fn load_counts(&mut self, measure: Measure) -> Result<Vec<CountRow>, StoreError> {
        let Some(by) = self.by else { return Ok(self.totals.remove(&measure).unwrap_or_default()) };
        let mut counts: Vec<(i64, HashMap<Part, u64>)> = Vec::new();
        cells::load_counts(self.sql, self.uai, measure, self.days, |day, cell, count| {
            let part = match by {
                Dimension::Profile => (cell.profile, NO_CODE),
                Dimension::Resource => (cell.resource, NO_CODE),
                Dimension::ResourceAndProfile => (cell.resource, cell.profile),
                // The type that the catalogue gives to the resource is for the events that say none.
                Dimension::Presentation if cell.presentation == NO_CODE => (NO_CODE, cell.resource),
                Dimension::Presentation => (cell.presentation, NO_CODE),
            };
            if counts.last().is_none_or(|(last, _)| *last != day) {
                counts.push((day, HashMap::new()));
            }
            if let Some((_, parts)) = counts.last_mut() {
                *parts.entry(part).or_default() += count;
            }
        })?;
        let numbers = counts.iter().flat_map(|(_, parts)| parts.keys()).flat_map(|(one, other)| [*one, *other]);
        let texts = codes::load_texts(self.sql, self.uai, numbers.collect::<Vec<_>>())?;
        let named = self.name_parts(by, &texts)?;
        // The rows of a year speak again and again of the same parts, which are named once.
        let mut codes: HashMap<Part, Arc<str>> = HashMap::new();
        let mut rows = Vec::with_capacity(counts.iter().map(|(_, parts)| parts.len()).sum());
        for (day, parts) in counts {
            let day = days::from_number(day)?;
            let mut code = |part| Arc::clone(codes.entry(part).or_insert_with(|| named.code(by, part).into()));
            let mut parts: Vec<(Arc<str>, u64)> = parts.into_iter().map(|(part, count)| (code(part), count)).collect();
            parts.sort_unstable();
            rows.extend(parts.into_iter().map(|(part, count)| CountRow { day, part, count }));
        }
        Ok(rows)
    }

    /// Finds what people read for the parts, and what the catalogue says of the resources.
    fn name_parts<'t>(&mut self, by: Dimension, texts: &'t HashMap<u32, String>) -> Result<Names<'t>, StoreError> {
        let mut presentations = HashMap::new();
        match by {
            Dimension::Resource | Dimension::ResourceAndProfile => {
                for (code, described) in resources::load_described(self.sql, texts.values())? {
                    self.labels.extend(described.title.map(|title| (code, title)));
                }
            }
            Dimension::Presentation => {
                let described = resources::load_described(self.sql, texts.values())?;
                for (number, code) in texts {
                    let presentation = described.get(code).and_then(|described| described.presentation.clone());
                    presentations.insert(*number, presentation.unwrap_or_default());
                }
                self.labels.extend(resources::load_presentations(self.sql)?);
            }
            Dimension::Profile => {}
        }
        Ok(Names { texts, presentations })
    }

    fn load_levels(&mut self, stock: Stock) -> Result<Vec<LevelRow>, StoreError> {
        let Levels { rows, erased } = levels::load_levels(self.sql, self.uai, stock, self.by)?;
        let (first, last) = (days::from_number(self.days.0)?, days::from_number(self.days.1)?);
        let within =
            |days: Interval| first.max(days.first).iter_days().take_while(move |day| *day <= last.min(days.last));
        let erased: BTreeSet<Day> = erased.into_iter().flat_map(within).collect();
        if !erased.is_empty() {
            self.erased.insert(Term::Stock(stock), erased);
        }
        if self.by == Some(Dimension::Resource) {
            let resources: BTreeSet<String> = rows.iter().map(|row| row.part.clone()).collect();
            for (code, described) in resources::load_described(self.sql, resources.iter())? {
                self.labels.extend(described.title.map(|title| (code, title)));
            }
        }
        Ok(rows)
    }

    // Sets are divided by profile or not at all: the catalogue offers nothing else.
    fn load_sets(&mut self, population: Population) -> Result<Vec<SetRow>, StoreError> {
        let by_profile = self.by == Some(Dimension::Profile);
        let mut sets: Vec<(i64, u32, RoaringBitmap)> = Vec::new();
        let erased = sets::load_daily(self.sql, self.uai, population, self.days, |day, profile, members| {
            match sets.last_mut() {
                Some((last, _, all)) if !by_profile && *last == day => *all |= members,
                _ => sets.push((day, if by_profile { profile } else { NO_CODE }, members)),
            }
        })?;
        let erased = erased.into_iter().map(days::from_number).collect::<Result<BTreeSet<Day>, _>>()?;
        if !erased.is_empty() {
            self.erased.insert(Term::Distinct(population), erased);
        }
        let texts = codes::load_texts(self.sql, self.uai, sets.iter().map(|(_, profile, _)| *profile))?;
        sets.into_iter()
            .map(|(day, profile, members)| {
                let part = texts.get(&profile).cloned().unwrap_or_default();
                Ok(SetRow { day: days::from_number(day)?, part, members })
            })
            .collect()
    }
}

/// The codes of parts.
struct Names<'t> {
    texts: &'t HashMap<u32, String>,
    /// The presentation type that the catalogue gives to each resource.
    presentations: HashMap<u32, String>,
}

impl Names<'_> {
    fn code(&self, by: Dimension, (first, second): Part) -> String {
        let text = |number| self.texts.get(&number).cloned().unwrap_or_default();
        match by {
            Dimension::ResourceAndProfile => format!("{}{PART_SEPARATOR}{}", text(first), text(second)),
            Dimension::Presentation if first == NO_CODE => self.presentations.get(&second).cloned().unwrap_or_default(),
            _ => text(first),
        }
    }
}
