//! The subscriptions of the schools: a campaign each summer, some changes in the year.

pub(super) mod xml;

use super::random::Random;
use super::resources::{Choice, Resource};
use super::school::{Nature, School};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use vigie_domain::period::{Day, Interval, SchoolYear};

/// A subscription and what became of it.
pub(super) struct Subscription {
    /// Its identifier.
    pub(super) id: String,
    /// The position of its resource in the catalogue.
    pub(super) resource: usize,
    /// The ranks of the schools that it is for.
    pub(super) schools: Vec<usize>,
    /// The school years that it covers, first and last.
    pub(super) years: (SchoolYear, SchoolYear),
    /// The day it was created.
    pub(super) created: Day,
    /// The day it was modified, if it was.
    pub(super) modified: Option<Day>,
    /// The day it was deleted, if it was.
    pub(super) deleted: Option<Day>,
    /// Whether it is for the school as a whole (`ETABL`): everybody is assigned at once.
    pub(super) whole_school: bool,
    /// Number of licences; unlimited when None.
    pub(super) licences: Option<usize>,
}

impl Subscription {
    /// The days on which the resource can be opened, before `until`.
    fn days(&self) -> Interval {
        let first = self.created + Days::new(1);
        let last = self.deleted.unwrap_or(self.years.1.interval().last);
        Interval { first, last }
    }
}

/// When the resources of a school can be opened: for each of the catalogue, the days of its subscriptions.
pub(super) struct Availability(Vec<Vec<Interval>>);

impl Availability {
    /// From the subscriptions that are for a school.
    pub(super) fn of(school: &School, subscriptions: &[Subscription], resources: usize) -> Self {
        let mut days = vec![Vec::new(); resources];
        for subscription in subscriptions.iter().filter(|subscription| subscription.schools.contains(&school.rank)) {
            days[subscription.resource].push(subscription.days());
        }
        Self(days)
    }

    /// Whether a resource can be opened on a day.
    pub(super) fn is_open(&self, resource: usize, day: Day) -> bool {
        self.0[resource].iter().any(|days| days.contains(day))
    }
}

/// Every subscription created until a day, in the order of the days. `first_year` is the first of the three years.
pub(super) fn subscriptions(
    seed: u64,
    schools: &[School],
    shelves: &[Vec<Choice>],
    catalogue: &[Resource],
    first_year: SchoolYear,
    until: Day,
) -> Vec<Subscription> {
    let mut found = Vec::new();
    // The campaign of the next year begins before the end of this one.
    for number in 0..=3 {
        let year = SchoolYear(first_year.0 + number as i32);
        for (school, shelf) in schools.iter().zip(shelves) {
            campaign(&mut found, seed, school, shelf, catalogue, (number, year));
        }
        shared(&mut found, schools, catalogue, year);
    }
    found.retain(|subscription| subscription.created <= until);
    for subscription in &mut found {
        subscription.modified = subscription.modified.filter(|day| *day <= until);
        subscription.deleted = subscription.deleted.filter(|day| *day <= until);
    }
    found.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    found
}

fn campaign(
    found: &mut Vec<Subscription>,
    seed: u64,
    school: &School,
    shelf: &[Choice],
    catalogue: &[Resource],
    (number, year): (usize, SchoolYear),
) {
    let mut random = Random::of(seed, &format!("{}/abonnements/{}", school.uai, year.0));
    let orders = order_days(&mut random, year, number == 0);
    for (rank, choice) in shelf.iter().enumerate() {
        let resource = &catalogue[choice.resource];
        let wanted = (choice.years.0..=choice.years.1).contains(&number);
        let already = choice.long_term && number % 3 != 0;
        if resource.shared || !wanted || already {
            continue;
        }
        // What is most used is ordered first; a few of the others are ordered in the middle of the year.
        let early = if rank < 15 { orders.len().div_ceil(3) } else { orders.len() };
        let created = if rank >= 15 && resource.level.is_none() && random.chance(0.1) {
            weekday_after(Day::from_ymd_opt(year.0, 10, 5).unwrap_or(NaiveDate::MAX), random.below(160))
        } else {
            orders[random.below(early)]
        };
        let last = if choice.long_term { SchoolYear(year.0 + 2) } else { year };
        let changed = random.unit();
        let later = |delay| Some(weekday_after(created, delay)).filter(|day| *day <= year.interval().last);
        let whole_school = school.nature == Nature::Ecole && rank % 3 == 0 || rank % 9 == 4;
        found.push(Subscription {
            id: format!("demo_{}_{}_{:03}", school.uai, year.0, resource.number),
            resource: choice.resource,
            schools: vec![school.rank],
            years: (year, last),
            created,
            modified: later(15 + random.below(70)).filter(|_| changed < 0.13),
            deleted: later(25 + random.below(120)).filter(|_| rank >= 10 && changed > 0.94 && !choice.long_term),
            whole_school,
            licences: (!whole_school && rank % 2 == 0).then(|| 30 + 10 * random.below(20)),
        });
    }
}

/// The subscription of the local authority, for every collège and lycée at once.
fn shared(found: &mut Vec<Subscription>, schools: &[School], catalogue: &[Resource], year: SchoolYear) {
    let created = weekday_after(Day::from_ymd_opt(year.0, 8, 26).unwrap_or(NaiveDate::MAX), 0);
    for (at, resource) in catalogue.iter().enumerate().filter(|(_, resource)| resource.shared) {
        let suited = schools.iter().filter(|school| resource.suits(school.nature));
        let ranks: Vec<usize> = suited.map(|school| school.rank).collect();
        if !ranks.is_empty() {
            found.push(Subscription {
                id: format!("demo_collectivite_{}_{:03}", year.0, resource.number),
                resource: at,
                schools: ranks,
                years: (year, year),
                created,
                modified: None,
                deleted: None,
                whole_school: false,
                licences: None,
            });
        }
    }
}

/// The days on which a school orders, in order: in June and July, and around the return. The very first campaign has only the
/// latter, so that the three years begin together.
fn order_days(random: &mut Random, year: SchoolYear, first_campaign: bool) -> Vec<Day> {
    let day = |month, day| Day::from_ymd_opt(year.0, month, day).unwrap_or(NaiveDate::MAX);
    let (june, august) = (day(6, 3), day(8, 19));
    let mut days: Vec<Day> = (0..12)
        .map(|rank| {
            let summer = !first_campaign && rank % 3 == 0;
            if summer { weekday_after(june, random.below(36)) } else { weekday_after(august, random.below(38)) }
        })
        .collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// The day that comes `delay` days after another, or the Monday that follows it.
fn weekday_after(day: Day, delay: usize) -> Day {
    let later = day + Days::new(delay as u64);
    match later.weekday() {
        Weekday::Sat => later + Days::new(2),
        Weekday::Sun => later + Days::new(1),
        _ => later,
    }
}
