//! Who opens what, day after day.

use super::moment::Moment;
use super::people::{Class, GROUPS, Person, Role, Roster};
use super::random::{Random, Weighted};
use super::resources::{Choice, Presentation, Resource, use_of};
use super::rhythm::{self, Audience, DayKind};
use super::school::{Nature, School};
use super::subscriptions::Availability;
use chrono::{Datelike, Weekday};
use vigie_domain::period::{Day, SchoolYear};

/// Pupils, teachers, librarians, other staff: their shares of the accesses, as the national figures have them.
const SHARES: [f64; GROUPS] = [0.897, 0.097, 0.0036, 0.0024];

/// Of the pupils' accesses on a day of class, how many are made by a whole class.
const CLASS_SHARE: f64 = 0.5;

/// Of a class, how many pupils open the resource of the lesson, on average.
const ATTENDANCE: f64 = 0.86;

/// One access.
pub(super) struct Access<'a> {
    /// When.
    pub(super) moment: Moment,
    /// Who.
    pub(super) person: &'a Person,
    /// What.
    pub(super) resource: &'a Resource,
    /// With which kind of device.
    pub(super) device: &'static str,
}

/// A school during one year.
pub(super) struct SchoolLife<'a> {
    seed: u64,
    school: &'a School,
    roster: &'a Roster,
    catalogue: &'a [Resource],
    shelf: &'a [Choice],
    availability: &'a Availability,
    /// For each day of the year, what is expected of it.
    plans: Vec<DayPlan>,
    /// What pupils of each level draw from, then what adults of each group do.
    pupils: Vec<Weighted>,
    staff: [Weighted; GROUPS],
}

/// What is expected of a day.
struct DayPlan {
    /// Accesses that people of each group make alone, on average.
    alone: [f64; GROUPS],
    /// Lessons in which a class opens a resource.
    lessons: usize,
}

impl<'a> SchoolLife<'a> {
    /// The life of a school in the `number`th of the three years.
    pub(super) fn new(
        seed: u64,
        school: &'a School,
        (number, year): (usize, SchoolYear),
        roster: &'a Roster,
        (catalogue, shelf, availability): (&'a [Resource], &'a [Choice], &'a Availability),
    ) -> Self {
        let growth: f64 = school.growth.iter().take(number).product();
        let yearly = roster.len() as f64 * school.nature.accesses_per_person() * growth;
        let draw = |role, level| Weighted::new(shelf.iter().map(|c| use_of(c, &catalogue[c.resource], role, level)));
        Self {
            seed,
            school,
            roster,
            catalogue,
            shelf,
            availability,
            plans: plan(seed, school, year, roster, yearly),
            pupils: school.nature.levels().iter().map(|level| draw(Role::Pupil, Some(*level))).collect(),
            staff: [Role::Pupil, Role::Teacher, Role::Librarian, Role::Clerk].map(|role| draw(role, None)),
        }
    }

    /// The accesses of a day, in order.
    pub(super) fn day(&self, day: Day) -> Vec<Access<'a>> {
        let mut found = Vec::new();
        let rank = usize::try_from((day - SchoolYear::of(day).interval().first).num_days()).ok();
        let Some(plan) = rank.and_then(|rank| self.plans.get(rank)) else { return found };
        let mut random = Random::of(self.seed, &format!("{}/acces/{day}", self.school.uai));
        for _ in 0..plan.lessons {
            self.lesson(&mut random, day, &mut found);
        }
        for (group, expected) in plan.alone.into_iter().enumerate() {
            for _ in 0..random.round(expected) {
                self.alone(&mut random, group, day, &mut found);
            }
        }
        found.sort_by(|a, b| (a.moment, &a.person.id).cmp(&(b.moment, &b.person.id)));
        found
    }

    /// A class opens the same resource within a few minutes, most often its textbook.
    fn lesson(&self, random: &mut Random, day: Day, found: &mut Vec<Access<'a>>) {
        if self.roster.classes.is_empty() {
            return;
        }
        let class: &Class = random.one_of(&self.roster.classes);
        let Some(resource) = self.lesson_resource(random, class.level, day) else { return };
        let hours: &[u32] = match (self.school.nature, day.weekday()) {
            (Nature::Ecole, _) => &[9, 10, 11, 14, 15],
            (_, Weekday::Wed) => &[8, 9, 10, 11],
            _ => &[8, 9, 10, 11, 13, 14, 15, 16],
        };
        let start = random.one_of(hours) * 3600 + 300 + random.below(900) as u32;
        let device = self.device(random, true);
        let attendance = random.between(2.0 * ATTENDANCE - 1.0, 1.0);
        let teachers = &self.roster.groups[1];
        if let Some(teacher) = teachers.get((class.pupils.start * 7 + resource.number) % teachers.len().max(1)) {
            found.push(Access {
                moment: Moment::new(day, start - 120),
                person: teacher,
                resource,
                device: "ordinateur",
            });
        }
        for person in &self.roster.groups[0][class.pupils.clone()] {
            if random.chance(attendance) {
                let moment = Moment::new(day, start + random.below(720) as u32);
                found.push(Access { moment, person, resource, device });
            }
        }
    }

    fn lesson_resource(&self, random: &mut Random, level: usize, day: Day) -> Option<&'a Resource> {
        let draws = self.pupils.get(level)?;
        let candidates: Vec<_> = (0..4).filter_map(|_| self.open_resource(random, draws, day)).collect();
        let textbook = candidates.iter().find(|resource| resource.presentation == Presentation::Man);
        textbook.or(candidates.first()).copied()
    }

    /// Somebody opens a resource alone.
    fn alone(&self, random: &mut Random, group: usize, day: Day, found: &mut Vec<Access<'a>>) {
        let Some(at) = self.roster.draws[group].pick(random) else { return };
        let level = if group == 0 { self.roster.level_of(at) } else { None };
        let draws = level.and_then(|level| self.pupils.get(level)).unwrap_or(&self.staff[group]);
        let Some(resource) = self.open_resource(random, draws, day) else { return };
        let moment = Moment::new(day, self.second_of_day(random, group == 0, day));
        let device = self.device(random, false);
        found.push(Access { moment, person: &self.roster.groups[group][at], resource, device });
    }

    /// A resource that is subscribed to on that day: any, or the most used one when there are few.
    fn open_resource(&self, random: &mut Random, draws: &Weighted, day: Day) -> Option<&'a Resource> {
        let open = |at: usize| {
            let resource = self.shelf[at].resource;
            self.availability.is_open(resource, day).then(|| &self.catalogue[resource])
        };
        let drawn = (0..6).filter_map(|_| draws.pick(random)).find_map(open);
        drawn.or_else(|| draws.possible().find_map(open))
    }

    /// In class hours, then in the evening; in the afternoon when there is no class.
    fn second_of_day(&self, random: &mut Random, pupil: bool, day: Day) -> u32 {
        let kind = rhythm::kind(day);
        let wednesday = day.weekday() == Weekday::Wed;
        let at_school = match self.school.nature {
            Nature::Ecole => 0.85,
            _ if wednesday => 0.35,
            _ => 0.55,
        };
        let (from, to) = match kind {
            DayKind::Class if random.chance(at_school) => (8.2, if wednesday { 12.3 } else { 17.2 }),
            DayKind::Class if wednesday => (13.5, 20.0),
            DayKind::Class => (17.2, if pupil { 21.3 } else { 22.5 }),
            DayKind::HomeworkSunday => (15.0, 21.5),
            _ => (9.5, 19.0),
        };
        // Two draws: the middle of the span is likelier than its ends.
        let hour = (random.between(from, to) + random.between(from, to)) / 2.0;
        (hour * 3600.0) as u32
    }

    fn device(&self, random: &mut Random, in_class: bool) -> &'static str {
        let tablet = if self.school.nature == Nature::Ecole { 0.6 } else { 0.18 };
        match (random.unit(), in_class) {
            (drawn, _) if drawn < tablet => "tablette",
            (_, true) => "ordinateur",
            (drawn, false) if drawn > 0.72 => "mobile",
            _ => "ordinateur",
        }
    }
}

/// Shares the accesses of a year between its days.
fn plan(seed: u64, school: &School, year: SchoolYear, roster: &Roster, yearly: f64) -> Vec<DayPlan> {
    let mut random = Random::of(seed, &format!("{}/annee/{}", school.uai, year.0));
    let bounds = year.interval();
    let days: Vec<Day> = bounds.first.iter_days().take_while(|day| *day <= bounds.last).collect();
    // No two Mondays are alike.
    let moods: Vec<f64> = days.iter().map(|_| (1.0 + 0.18 * random.normal()).clamp(0.4, 1.8)).collect();
    let weights = |audience| -> Vec<f64> {
        days.iter().zip(&moods).map(|(day, mood)| rhythm::weight(school.nature, audience, *day) * mood).collect()
    };
    let (pupils, staff) = (weights(Audience::Pupils), weights(Audience::Staff));
    let totals = [pupils.iter().sum::<f64>(), staff.iter().sum()];
    let class_size = roster.groups[0].len() as f64 / roster.classes.len().max(1) as f64;
    // Lessons are few in a small school: they are counted on the running total, so that a year holds what it should.
    let mut running = random.unit();
    let plan_day = |at: usize| {
        let share = |group: usize| {
            let (weights, total) = if group == 0 { (&pupils, totals[0]) } else { (&staff, totals[1]) };
            if roster.groups[group].is_empty() { 0.0 } else { yearly * SHARES[group] * weights[at] / total }
        };
        let mut alone = [0, 1, 2, 3].map(share);
        let by_class = if rhythm::kind(days[at]) == DayKind::Class { alone[0] * CLASS_SHARE } else { 0.0 };
        let expected = by_class / (ATTENDANCE * class_size);
        let before = running.floor();
        running += expected;
        alone[0] -= by_class;
        // The teacher opens the resource too.
        alone[1] = (alone[1] - expected).max(0.0);
        DayPlan { alone, lessons: (running.floor() - before) as usize }
    };
    (0..days.len()).map(plan_day).collect()
}
