//! The people of a school, and how they come and go from one year to the next.

use super::random::{Random, Weighted};
use super::school::School;
use std::ops::Range;

/// What somebody is in the school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// A pupil.
    Pupil,
    /// A teacher.
    Teacher,
    /// The librarian.
    Librarian,
    /// Management.
    Manager,
    /// School life.
    SchoolLife,
    /// Administrative and technical staff.
    Clerk,
}

/// Somebody.
#[derive(Clone)]
pub(super) struct Person {
    /// Opaque identifier.
    pub(super) id: String,
    /// What the person is.
    pub(super) role: Role,
    /// How much the person uses the resources, about 1 on average.
    pub(super) activity: f64,
}

/// A class: pupils of one level who sit together.
pub(super) struct Class {
    /// Position of the level in those of the school.
    pub(super) level: usize,
    /// Positions of its pupils.
    pub(super) pupils: Range<usize>,
}

/// Groups of people whose accesses are drawn together.
pub(super) const GROUPS: usize = 4;

/// The people of a school during one year.
pub(super) struct Roster {
    /// Pupils, teachers, librarians and other staff.
    pub(super) groups: [Vec<Person>; GROUPS],
    /// Who of each group is drawn.
    pub(super) draws: [Weighted; GROUPS],
    /// The classes.
    pub(super) classes: Vec<Class>,
}

impl Roster {
    /// How many people.
    pub(super) fn len(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }

    /// The level of a pupil.
    pub(super) fn level_of(&self, pupil: usize) -> Option<usize> {
        self.classes.iter().find(|class| class.pupils.contains(&pupil)).map(|class| class.level)
    }
}

/// The people of a school in each of `years` consecutive years.
pub(super) fn rosters(school: &School, seed: u64, years: usize) -> Vec<Roster> {
    let mut random = Random::of(seed, &format!("{}/people", school.uai));
    let [pupils, staff @ ..] = school.nature.people();
    let levels = school.nature.levels().len();
    let sized = |count: usize| (count as f64 * school.size).round() as usize;
    let per_level = sized(pupils) / levels;
    let mut cohorts: Vec<Vec<Person>> = (0..levels).map(|_| newcomers(&mut random, Role::Pupil, per_level)).collect();
    let mut staff: [Vec<Person>; 3] = [
        newcomers(&mut random, Role::Teacher, sized(staff[0])),
        newcomers(&mut random, Role::Librarian, staff[1]),
        newcomers(&mut random, Role::Clerk, sized(staff[2])),
    ];
    let mut rosters = Vec::new();
    for _ in 0..years {
        rosters.push(roster(&cohorts, &staff));
        cohorts.rotate_right(1);
        cohorts[0] = newcomers(&mut random, Role::Pupil, per_level);
        for cohort in &mut cohorts[1..] {
            replace(&mut random, cohort, 0.04);
            // Classes are made anew.
            random.shuffle(cohort);
        }
        for group in &mut staff {
            replace(&mut random, group, 0.15);
        }
    }
    rosters
}

fn newcomers(random: &mut Random, role: Role, count: usize) -> Vec<Person> {
    (0..count).map(|rank| newcomer(random, role, rank)).collect()
}

/// Some use the resources four times as much as others; few of the other staff ever do.
fn newcomer(random: &mut Random, role: Role, rank: usize) -> Person {
    let role = match (role, rank) {
        (Role::Clerk, 0 | 1) => Role::Manager,
        (Role::Clerk, _) if random.chance(0.5) => Role::SchoolLife,
        _ => role,
    };
    let skew = random.unit();
    Person { id: random.uuid(), role, activity: 0.35 + 1.9 * skew * skew }
}

fn replace(random: &mut Random, people: &mut [Person], share: f64) {
    for (rank, person) in people.iter_mut().enumerate() {
        if random.chance(share) {
            let base = if matches!(person.role, Role::Manager | Role::SchoolLife) { Role::Clerk } else { person.role };
            *person = newcomer(random, base, rank);
        }
    }
}

fn roster(cohorts: &[Vec<Person>], staff: &[Vec<Person>; 3]) -> Roster {
    let mut classes = Vec::new();
    let mut first = 0;
    for (level, cohort) in cohorts.iter().enumerate() {
        let count = cohort.len().div_ceil(29).max(1);
        for rank in 0..count {
            let bounds = first + cohort.len() * rank / count..first + cohort.len() * (rank + 1) / count;
            classes.push(Class { level, pupils: bounds });
        }
        first += cohort.len();
    }
    let [teachers, librarians, others] = staff.clone();
    let groups = [cohorts.concat(), teachers, librarians, others];
    let draws = [0, 1, 2, 3].map(|group: usize| Weighted::new(groups[group].iter().map(|person| person.activity)));
    Roster { groups, draws, classes }
}

#[cfg(test)]
mod tests {
    use super::super::school::schools;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_quarter_of_the_people_change_each_year_and_classes_hold_all_pupils() {
        for school in schools(1, 3) {
            let rosters = rosters(&school, 1, 3);
            let ids = |roster: &Roster| roster.groups.iter().flatten().map(|p| p.id.clone()).collect::<BTreeSet<_>>();
            for pair in rosters.windows(2) {
                let left = ids(&pair[0]).difference(&ids(&pair[1])).count() as f64 / pair[0].len() as f64;
                assert!((0.15..0.40).contains(&left), "{}: {left}", school.name);
            }
            for roster in &rosters {
                let sizes: Vec<_> = roster.classes.iter().map(|class| class.pupils.len()).collect();
                assert_eq!(sizes.iter().sum::<usize>(), roster.groups[0].len());
                assert!(sizes.iter().all(|size| (20..=30).contains(size)), "{sizes:?}");
                assert_eq!(roster.level_of(0), Some(0));
            }
        }
    }
}
