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
    /// Accesses of each group on a day of weight 1.
    rates: [f64; GROUPS],
    /// What pupils of each level draw from, then what adults of each group do.
    pupils: Vec<Weighted>,
    staff: [Weighted; GROUPS],
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
        let days = year.interval();
        let weight = |audience| -> f64 {
            let all = days.first.iter_days().take_while(|day| *day <= days.last);
            all.map(|day| rhythm::weight(school.nature, audience, day)).sum()
        };
        let (pupils, staff) = (weight(Audience::Pupils), weight(Audience::Staff));
        let rate = |group: usize| {
            let nobody = roster.groups[group].is_empty();
            if nobody { 0.0 } else { yearly * SHARES[group] / if group == 0 { pupils } else { staff } }
        };
        let draw = |role, level| Weighted::new(shelf.iter().map(|c| use_of(c, &catalogue[c.resource], role, level)));
        Self {
            seed,
            school,
            roster,
            catalogue,
            shelf,
            availability,
            rates: [0, 1, 2, 3].map(rate),
            pupils: school.nature.levels().iter().map(|level| draw(Role::Pupil, Some(*level))).collect(),
            staff: [Role::Pupil, Role::Teacher, Role::Librarian, Role::Clerk].map(|role| draw(role, None)),
        }
    }

    /// The accesses of a day, in order.
    pub(super) fn day(&self, day: Day) -> Vec<Access<'a>> {
        let mut random = Random::of(self.seed, &format!("{}/acces/{day}", self.school.uai));
        let mut found = Vec::new();
        let mood = (1.0 + 0.22 * random.normal()).clamp(0.35, 1.9);
        let weight = |audience| rhythm::weight(self.school.nature, audience, day) * mood;
        let class = rhythm::kind(day) == DayKind::Class;

        let pupils = self.rates[0] * weight(Audience::Pupils);
        let by_class = if class { CLASS_SHARE } else { 0.0 };
        let lessons = random.round(pupils * by_class / (0.86 * self.usual_class_size()));
        for _ in 0..lessons {
            self.lesson(&mut random, day, &mut found);
        }
        for _ in 0..random.round(pupils * (1.0 - by_class)) {
            self.alone(&mut random, 0, day, &mut found);
        }
        // A teacher opens the resource at the beginning of a lesson: those accesses are among the teachers'.
        let adults = weight(Audience::Staff);
        let prepared = random.round(self.rates[1] * adults).saturating_sub(lessons);
        for _ in 0..prepared {
            self.alone(&mut random, 1, day, &mut found);
        }
        for group in 2..GROUPS {
            for _ in 0..random.round(self.rates[group] * adults) {
                self.alone(&mut random, group, day, &mut found);
            }
        }
        found.sort_by(|a, b| (a.moment, &a.person.id).cmp(&(b.moment, &b.person.id)));
        found
    }

    fn usual_class_size(&self) -> f64 {
        self.roster.groups[0].len() as f64 / self.roster.classes.len().max(1) as f64
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
        let attendance = random.between(0.72, 1.0);
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

    /// A resource that is subscribed to on that day.
    fn open_resource(&self, random: &mut Random, draws: &Weighted, day: Day) -> Option<&'a Resource> {
        (0..12).find_map(|_| {
            let resource = self.shelf[draws.pick(random)?].resource;
            self.availability.is_open(resource, day).then(|| &self.catalogue[resource])
        })
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
