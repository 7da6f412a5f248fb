//! What the events of a batch add to one school, added up in memory, so that each row is written once.
//!
//! The events are gone through twice: first for what needs a number, then, numbers being known, for what is counted. What a deed adds is
//! worked out once for a school, however many events are of it.

use super::StoreError;
use super::cells::CellKey;
use super::codes::NO_CODE;
use super::contributions::{Contribution, Member as Met, contribute};
use super::days;
use super::events::PackedEvent;
use super::numbering::{Numbering, named};
use super::sets::ByProfile;
use super::texts::Text;
use foldhash::{HashMap, HashMapExt};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use vigie_domain::catalogue::{Measure, Population, Stock, Term};
use vigie_domain::period::{Interval, SchoolYear};

/// What each event of a deed adds in a school.
struct Share {
    /// Where the sets that whoever did it is a member of are, in [`Day::joined`].
    joined: Range<usize>,
    /// Where the rest is, in [`Day::parts`].
    parts: Range<usize>,
    /// The terms that it feeds, by rank.
    feeds: u64,
    /// The last school year in which it was met.
    year: Option<SchoolYear>,
    /// How many events of the day are of it.
    times: i64,
}

/// Something that a deed adds, by numbers. Cells and sets are told by their place among those of the school.
enum Part {
    Count(usize, i64),
    /// A member of a set, that the deed names.
    Member(usize, u32),
    /// A set that is told, be there nobody in it.
    Cover(usize),
    Profile(u32),
}

/// The members of populations, by day and profile.
pub(super) type Sets = BTreeMap<Population, BTreeMap<i64, ByProfile>>;

/// What the events of a school add.
pub(super) struct Tally {
    /// Counts by day and cell, in order; a cell comes once a day.
    pub(super) cells: Vec<((i64, CellKey), i64)>,
    /// The members of each population.
    pub(super) sets: Sets,
    /// The profiles met over each school year, by number.
    pub(super) profiles: BTreeMap<SchoolYear, BTreeSet<u32>>,
    feeds: [Option<(i32, i32)>; TERMS],
}

impl Tally {
    /// Adds up events of one school, which were numbered and are in the order of days.
    pub(super) fn of(events: &[PackedEvent], numbering: &Numbering) -> Self {
        let cells = Vec::with_capacity(events.len());
        let mut tally = Self { cells, sets: Sets::new(), profiles: BTreeMap::new(), feeds: [None; TERMS] };
        let mut day = Day::of(numbering);
        for events in events.chunk_by(|one, other| one.day == other.day) {
            day.add(events, numbering);
            day.end(&mut tally, events[0].day.0, events[0].day.school_year());
        }
        tally
    }

    /// What was fed, and between which days.
    pub(super) fn feeds(&self) -> Result<Vec<(Term, Interval)>, StoreError> {
        let fed = Term::all().filter_map(|term| Some((term, self.feeds[rank(term)]?)));
        fed.map(|(term, (first, last))| {
            let [first, last] = [first, last].map(|day| days::from_number(i64::from(day)));
            Ok((term, Interval { first: first?, last: last? }))
        })
        .collect()
    }
}

/// Members of a population with a profile.
struct Set {
    population: Population,
    profile: u32,
    /// Those of the day; None when nothing is told of them.
    members: Option<Vec<u32>>,
}

impl Set {
    fn told(&mut self) -> &mut Vec<u32> {
        self.members.get_or_insert_default()
    }
}

/// The events of a day.
struct Day {
    /// What each deed adds.
    shares: Vec<Share>,
    joined: Vec<usize>,
    parts: Vec<Part>,
    /// The cells of the school, in order, so that those of a day are sorted by their places.
    cells: Vec<CellKey>,
    /// What is counted in each.
    counts: Vec<i64>,
    /// The cells of the day, by their places.
    counted: Vec<usize>,
    /// The deeds of the day, by their places.
    done: Vec<usize>,
    /// The sets of the school.
    sets: Vec<Set>,
    /// Where each is among them.
    places: HashMap<(Population, u32), usize>,
}

impl Day {
    /// Before the first one of a school.
    fn of(numbering: &Numbering) -> Self {
        let mut day = Self {
            shares: Vec::with_capacity(numbering.deeds.len()),
            joined: Vec::new(),
            parts: Vec::new(),
            cells: Vec::new(),
            counts: Vec::new(),
            counted: Vec::new(),
            done: Vec::new(),
            sets: Vec::new(),
            places: HashMap::new(),
        };
        for deed in &numbering.deeds {
            let (joined, parts, mut feeds) = (day.joined.len(), day.parts.len(), 0);
            contribute(numbering.names.fact(*deed), |contribution| match contribution {
                Contribution::Feed(term) => feeds |= 1 << rank(term),
                contribution => day.number(contribution, numbering),
            });
            let (joined, parts) = (joined..day.joined.len(), parts..day.parts.len());
            day.shares.push(Share { joined, parts, feeds, year: None, times: 0 });
        }
        day.order_cells();
        day
    }

    /// Puts the cells in order, each once.
    fn order_cells(&mut self) {
        let met = self.cells.clone();
        self.cells.sort_unstable();
        self.cells.dedup();
        for part in &mut self.parts {
            if let Part::Count(place, _) = part {
                *place = self.cells.binary_search(&met[*place]).unwrap_or_else(|place| place);
            }
        }
        self.counts = vec![0; self.cells.len()];
    }

    fn number(&mut self, contribution: Contribution<Text, ()>, numbering: &Numbering) {
        let codes = &numbering.codes;
        match contribution {
            Contribution::Count(measure, cell, count) => {
                let numbers = named(cell).map(|text| codes.number(text));
                self.meet_profile(numbers[0]);
                self.parts.push(Part::Count(self.cells.len(), i64::from(count)));
                self.cells.push(CellKey::new(measure, numbers));
            }
            Contribution::Member(population, profile, met) => {
                let profile = codes.number(profile);
                self.meet_profile(profile);
                let set = self.set(population, profile);
                match met {
                    Met::Person(()) | Met::Session(()) => self.joined.push(set),
                    Met::Subscription(text) => self.parts.push(Part::Member(set, numbering.subscriptions[&text])),
                    Met::Resource(text) => self.parts.push(Part::Member(set, codes.number(Some(text)))),
                }
            }
            Contribution::Cover(population, profile) => {
                let profile = codes.number(Some(profile));
                self.meet_profile(profile);
                let set = self.set(population, profile);
                self.parts.push(Part::Cover(set));
            }
            Contribution::Feed(_) => {}
        }
    }

    fn meet_profile(&mut self, profile: u32) {
        if profile != NO_CODE {
            self.parts.push(Part::Profile(profile));
        }
    }

    /// Where a set is among those of the school.
    fn set(&mut self, population: Population, profile: u32) -> usize {
        *self.places.entry((population, profile)).or_insert_with(|| {
            self.sets.push(Set { population, profile, members: None });
            self.sets.len() - 1
        })
    }

    fn add(&mut self, events: &[PackedEvent], numbering: &Numbering) {
        for event in events {
            let place = numbering.places[event.deed.index()] as usize;
            let share = &mut self.shares[place];
            if share.times == 0 {
                self.done.push(place);
            }
            share.times += 1;
            if let Some(who) = event.who {
                for set in &self.joined[share.joined.clone()] {
                    self.sets[*set].told().push(numbering.people[who.index()]);
                }
            }
        }
    }

    /// Takes what the events of the day add.
    fn end(&mut self, tally: &mut Tally, day: i32, year: SchoolYear) {
        let number = i64::from(day);
        let mut feeds = 0;
        for place in self.done.drain(..) {
            let share = &mut self.shares[place];
            let times = std::mem::take(&mut share.times);
            let is_new = share.year.replace(year) != Some(year);
            feeds |= share.feeds;
            for part in &self.parts[share.parts.clone()] {
                match part {
                    // Nothing is counted nought times.
                    Part::Count(cell, count) => {
                        if self.counts[*cell] == 0 {
                            self.counted.push(*cell);
                        }
                        self.counts[*cell] += count * times;
                    }
                    Part::Member(set, member) => self.sets[*set].told().push(*member),
                    Part::Cover(set) => {
                        self.sets[*set].told();
                    }
                    Part::Profile(profile) if is_new => drop(tally.profiles.entry(year).or_default().insert(*profile)),
                    Part::Profile(_) => {}
                }
            }
        }
        self.counted.sort_unstable();
        let counts = &mut self.counts;
        let counted = self.counted.drain(..);
        tally.cells.extend(counted.map(|cell| ((number, self.cells[cell]), std::mem::take(&mut counts[cell]))));
        for (_, days) in tally.feeds.iter_mut().enumerate().filter(|(rank, _)| feeds >> rank & 1 == 1) {
            let days = days.get_or_insert((day, day));
            *days = (days.0.min(day), days.1.max(day));
        }
        for Set { population, profile, members } in &mut self.sets {
            let Some(mut members) = members.take() else { continue };
            members.sort_unstable();
            members.dedup();
            let members = RoaringBitmap::from_sorted_iter(members).expect("they are sorted");
            tally.sets.entry(*population).or_default().entry(number).or_default().insert(*profile, members);
        }
    }
}

const TERMS: usize = Measure::ALL.len() + Population::ALL.len() + Stock::ALL.len();
// A bit of a `Share` each.
const _: () = assert!(TERMS <= 64);

/// Where a term is among all of them.
fn rank(term: Term) -> usize {
    match term {
        Term::Count(measure) => measure as usize,
        Term::Distinct(population) => Measure::ALL.len() + population as usize,
        Term::Stock(stock) => Measure::ALL.len() + Population::ALL.len() + stock as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_has_its_own_rank() {
        assert!(Term::all().map(rank).eq(0..TERMS));
    }
}
