//! The resources: a catalogue common to every school, and the shelf that each school chooses from it.

mod data;

use super::people::Role;
use super::random::Random;
use super::school::{Nature, School};

/// Presentation types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presentation {
    /// Textbooks.
    Man,
    /// Multimedia teaching resources.
    Mul,
    /// Dictionaries and encyclopædias.
    Dic,
    /// Documents and press.
    Doc,
    /// Practice and support.
    Acc,
    /// Making one's own resources.
    Pro,
}

impl Presentation {
    /// The code of the real catalogues.
    pub(super) fn code(self) -> &'static str {
        ["MAN", "MUL", "DIC", "DOC", "ACC", "PRO"][self as usize]
    }

    /// The label of the real catalogues.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Man => "manuels numériques",
            Self::Mul => "ressources d'enseignement multimédias",
            Self::Dic => "ressources de référence, dictionnaires et encyclopédies",
            Self::Doc => "ressources documentaires et de presse",
            Self::Acc => "ressources d'entraînement et d'accompagnement scolaire",
            Self::Pro => "ressources de production pédagogique",
        }
    }

    /// How much people of a role are drawn to it.
    fn appeal(self, role: Role) -> f64 {
        let by_type = match role {
            Role::Pupil => [2.4, 1.1, 0.9, 0.6, 1.3, 0.4],
            Role::Teacher => [1.5, 1.5, 0.6, 0.9, 0.5, 1.6],
            Role::Librarian => [0.1, 0.5, 1.5, 4.0, 0.1, 0.8],
            Role::Manager | Role::SchoolLife | Role::Clerk => [0.2, 0.3, 0.6, 2.5, 0.6, 1.2],
        };
        by_type[self as usize]
    }
}

/// A resource of the catalogue.
pub(super) struct Resource {
    /// Its ARK, in the name space kept for tests.
    pub(super) ark: String,
    /// Its number in the catalogue.
    pub(super) number: usize,
    /// Its title.
    pub(super) title: String,
    /// The position of its publisher.
    publisher: usize,
    /// Its presentation type.
    pub(super) presentation: Presentation,
    /// École, collège, lycée.
    natures: [bool; 3],
    /// The level of a textbook.
    pub(super) level: Option<&'static str>,
    /// Number and label of its subject in ScoLOMFR 015.
    pub(super) subject: Option<(&'static str, &'static str)>,
    /// Subscribed to by the local authority for all the schools that it suits.
    pub(super) shared: bool,
}

impl Resource {
    /// The name of its publisher.
    pub(super) fn publisher(&self) -> &'static str {
        data::PUBLISHERS[self.publisher]
    }

    /// `SIREN_ISNI` of its publisher, who also distributes it: SIREN that nobody has, and no ISNI.
    pub(super) fn publisher_id(&self) -> String {
        format!("{:09}_{:016}", 999_000_101 + 101 * self.publisher, 0)
    }

    /// Whether it suits a school.
    pub(super) fn suits(&self, nature: Nature) -> bool {
        self.natures[nature as usize]
    }

    /// Numbers and labels of its levels in ScoLOMFR 022.
    pub(super) fn levels(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        let all = [Nature::Ecole, Nature::College, Nature::Lycee];
        let suited = all.into_iter().filter(|nature| self.suits(*nature)).flat_map(|nature| nature.levels());
        let mut seen = Vec::new();
        suited
            .filter(|level| self.level.is_none_or(|own| own == **level))
            .filter_map(|level| data::LEVELS.iter().find(|(name, ..)| name == level))
            .map(|(_, number, label)| (*number, *label))
            .filter(move |entry| {
                !seen.contains(entry) && {
                    seen.push(*entry);
                    true
                }
            })
    }
}

/// The catalogue: textbooks by subject and level, then the rest.
pub(super) fn catalogue() -> Vec<Resource> {
    let mut found = Vec::new();
    let mut push = |title: String, publisher, presentation, natures, level, subject| {
        let number = found.len() + 1;
        let ark = format!("ark:/99999/vgd{number:03}");
        // The first of the other resources, the press, is the one that the local authority pays for.
        let shared = title == data::OTHERS[0].2;
        found.push(Resource { ark, number, title, publisher, presentation, natures, level, subject, shared });
    };
    for nature in [Nature::Ecole, Nature::College, Nature::Lycee] {
        for (natures, subject, collection, publisher, domain) in data::SUBJECTS {
            for level in nature.levels().iter().filter(|_| natures[nature as usize]) {
                let mut only = [false; 3];
                only[nature as usize] = true;
                let title = format!("{subject} {level} – {collection}, manuel numérique");
                push(title, *publisher, Presentation::Man, only, Some(*level), *domain);
            }
        }
    }
    for (natures, presentation, title, publisher) in data::OTHERS {
        push((*title).to_owned(), *publisher, *presentation, *natures, None, None);
    }
    found
}

/// A resource that a school chose.
pub(super) struct Choice {
    /// Its position in the catalogue.
    pub(super) resource: usize,
    /// How often it is used: the first ones carry most of the accesses, the others make the long tail.
    pub(super) popularity: f64,
    /// The first and the last of the three years in which it is subscribed to.
    pub(super) years: (usize, usize),
    /// Whether it was subscribed to once for three years.
    pub(super) long_term: bool,
}

/// What a school chooses from the catalogue, most used first.
pub(super) fn shelf(school: &School, seed: u64, catalogue: &[Resource]) -> Vec<Choice> {
    let mut random = Random::of(seed, &format!("{}/shelf", school.uai));
    let mut suited: Vec<usize> = (0..catalogue.len()).filter(|at| catalogue[*at].suits(school.nature)).collect();
    random.shuffle(&mut suited);
    let choice = |(rank, resource): (usize, usize)| {
        let (arrival, departure, long_term) = (random.unit(), random.unit(), random.chance(0.25));
        let shared = catalogue[resource].shared;
        // What is most used was there from the start, and stays.
        let first = if rank < 8 || shared || arrival < 0.7 { 0 } else { 1 + usize::from(arrival > 0.88) };
        let last = if rank >= 12 && !shared && departure < 0.1 { first } else { usize::MAX };
        let long_term = long_term && !shared && first == 0 && last == usize::MAX;
        Choice { resource, popularity: 1.0 / (rank as f64 + 1.5), years: (first, last), long_term }
    };
    suited.into_iter().enumerate().map(choice).collect()
}

/// How much a person of a role, at a level when a pupil, uses a resource of the shelf.
pub(super) fn use_of(choice: &Choice, resource: &Resource, role: Role, level: Option<&str>) -> f64 {
    let other_level = role == Role::Pupil && resource.level.is_some() && resource.level != level;
    if other_level { 0.0 } else { choice.popularity * resource.presentation.appeal(role) }
}

#[cfg(test)]
mod tests {
    use super::super::school::schools;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn titles_and_identifiers_are_unique_and_every_level_has_textbooks() {
        let all = catalogue();
        assert_eq!(all.iter().map(|resource| &resource.ark).collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|resource| &resource.title).collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.iter().filter(|resource| resource.shared).count(), 1);
        assert!(all.iter().all(|resource| resource.publisher_id().len() == 26 && resource.levels().count() > 0));
        for school in schools(1, 3) {
            let shelf = shelf(&school, 1, &all);
            assert!(shelf.len() >= 25, "{}", shelf.len());
            for level in school.nature.levels() {
                assert!(shelf.iter().any(|choice| all[choice.resource].level == Some(level)));
            }
        }
    }
}
