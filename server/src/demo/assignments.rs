//! How resources reach people: the nightly batch of suggestions, and the console of the *responsable d'affectation*.

use super::moment::Moment;
use super::people::Roster;
use super::random::Random;
use super::resources::{Choice, Resource};
use super::rhythm::{self, DayKind};
use super::school::School;
use super::subscriptions::{Availability, Subscription};
use chrono::{Datelike, Days, NaiveDate};
use std::collections::BTreeMap;
use vigie_domain::period::{Day, SchoolYear};

/// The batch treated a subscription.
pub(super) struct Treatment<'a> {
    /// Which.
    pub(super) subscription: &'a Subscription,
    /// Suggestions it generated.
    pub(super) suggestions: usize,
    /// Automatic assignments it generated.
    pub(super) automatic: usize,
}

/// A session of the console.
pub(super) struct Session<'a> {
    /// Its identifier.
    pub(super) id: String,
    /// When it was opened.
    pub(super) opened: Moment,
    /// What was assigned in it; some sessions only look.
    pub(super) assignments: Vec<Assignment<'a>>,
}

/// Assignments of a resource.
pub(super) struct Assignment<'a> {
    /// When.
    pub(super) moment: Moment,
    /// What.
    pub(super) resource: &'a Resource,
    /// To a group, or to people one by one.
    pub(super) group: bool,
    /// Whether a suggestion was accepted.
    pub(super) suggestion: bool,
    /// How many.
    pub(super) count: usize,
}

/// What the batch does for a school in a year, by day.
///
/// It treats a subscription the night after it was created, at the end of August at the earliest (the ENT has no pupils
/// before), again when classes change in September, and now and then until June.
pub(super) fn treatments<'a>(
    seed: u64,
    school: &School,
    year: SchoolYear,
    roster: &Roster,
    subscriptions: &'a [Subscription],
    catalogue: &[Resource],
) -> BTreeMap<Day, Vec<Treatment<'a>>> {
    let opening = NaiveDate::from_ymd_opt(year.0, 8, 25).unwrap_or(NaiveDate::MAX);
    let mut found: BTreeMap<Day, Vec<Treatment<'a>>> = BTreeMap::new();
    let level = roster.groups[0].len() / school.nature.levels().len();
    for subscription in subscriptions.iter().filter(|one| one.schools.contains(&school.rank)) {
        let covers = subscription.years.0 <= year && year <= subscription.years.1;
        if !covers {
            continue;
        }
        let mut random = Random::of(seed, &format!("{}/suggestions/{}/{}", school.uai, subscription.id, year.0));
        // Some resources have nothing that tells whom they are for.
        let speaking = random.chance(0.72);
        let public = if catalogue[subscription.resource].level.is_some() { level } else { level * 2 };
        let mut night = (subscription.created + Days::new(1)).max(opening);
        let mut size = public as f64 * random.between(0.15, 0.9);
        let automatic = if subscription.whole_school { roster.len() } else { 0 };
        let mut first = true;
        while year.interval().contains(night) && subscription.deleted.is_none_or(|deleted| night < deleted) {
            let suggestions = if speaking && !subscription.whole_school { random.round(size) } else { 0 };
            let automatic = if first { automatic } else { random.round(automatic as f64 * 0.004) };
            found.entry(night).or_default().push(Treatment { subscription, suggestions, automatic });
            let september = night.month() == 8 || night.month() == 9;
            size *= if september { 0.12 } else { 0.6 };
            first = false;
            let delay = if september { 3 + random.below(22) } else { 30 + random.below(150) };
            night = night + Days::new(delay as u64);
        }
    }
    found
}

/// The sessions of the console on a day.
pub(super) fn sessions<'a>(
    seed: u64,
    school: &School,
    day: Day,
    (catalogue, shelf, availability): (&'a [Resource], &[Choice], &Availability),
) -> Vec<Session<'a>> {
    let mut random = Random::of(seed, &format!("{}/console/{day}", school.uai));
    let expected = school.nature.console_sessions() * school.size.sqrt() * console_weight(day);
    let mut found: Vec<Session<'a>> =
        (0..random.round(expected)).map(|_| session(&mut random, day, (catalogue, shelf, availability))).collect();
    found.sort_by(|a, b| (a.opened, &a.id).cmp(&(b.opened, &b.id)));
    found
}

/// The share of a year's sessions that a day has: three quarters before the holidays of October.
fn console_weight(day: Day) -> f64 {
    let back = rhythm::first_day_of_class(SchoolYear::of(day));
    let week = (day - back).num_days().div_euclid(7);
    match rhythm::kind(day) {
        DayKind::PreReturn => 0.045,
        DayKind::Class => match week {
            ..=1 => 0.035,
            2 | 3 => 0.024,
            4..=7 => 0.012,
            8..=12 => 0.004,
            _ => 0.0016,
        },
        DayKind::Saturday => 0.002,
        DayKind::Holiday => 0.0003,
        DayKind::HomeworkSunday | DayKind::Off | DayKind::Summer => 0.0,
    }
}

fn session<'a>(
    random: &mut Random,
    day: Day,
    (catalogue, shelf, availability): (&'a [Resource], &[Choice], &Availability),
) -> Session<'a> {
    let start = random.between(8.0, 17.5) * 3600.0;
    let opened = Moment::new(day, start as u32);
    let id = random.uuid();
    let skew = random.unit();
    let count = if random.chance(0.27) { 0 } else { 1 + (14.0 * skew * skew) as usize };
    let mut second = start as u32;
    let mut assignments = Vec::new();
    for _ in 0..count {
        second += 20 + random.below(200) as u32;
        let choice = random.one_of(shelf).resource;
        let (group, suggestion) = (random.chance(0.62), random.chance(0.55));
        let count = if !group && random.chance(0.25) { 2 + random.below(7) } else { 1 };
        if availability.is_open(choice, day) {
            let moment = Moment::new(day, second);
            assignments.push(Assignment { moment, resource: &catalogue[choice], group, suggestion, count });
        }
    }
    Session { id, opened, assignments }
}
