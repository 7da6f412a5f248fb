//! The fictional schools.

use super::random::Random;
use vigie_domain::calendar::Zone;
use vigie_domain::uai::Uai;

/// The zone whose rhythm the schools follow: that of the test département 999 (see `vigie_domain::calendar`).
pub(super) const ZONE: Zone = Zone::C;

/// What a school is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// École élémentaire.
    Ecole,
    /// Collège.
    College,
    /// Lycée général et technologique.
    Lycee,
}

impl Nature {
    const ALL: [Self; 3] = [Self::Ecole, Self::College, Self::Lycee];

    /// As the canonical events write it.
    pub(super) fn code(self) -> &'static str {
        ["ecole", "college", "lycee"][self as usize]
    }

    /// The levels, from the youngest pupils.
    pub(super) fn levels(self) -> &'static [&'static str] {
        match self {
            Self::Ecole => &["CP", "CE1", "CE2", "CM1", "CM2"],
            Self::College => &["6e", "5e", "4e", "3e"],
            Self::Lycee => &["2de", "1re", "Tle"],
        }
    }

    /// Pupils, teachers, librarians and other staff.
    pub(super) fn people(self) -> [usize; 4] {
        match self {
            Self::Ecole => [208, 9, 0, 3],
            Self::College => [588, 46, 1, 15],
            Self::Lycee => [1176, 96, 1, 27],
        }
    }

    /// Accesses per person in the first of the three years.
    pub(super) fn accesses_per_person(self) -> f64 {
        [5.6, 6.0, 6.4][self as usize]
    }

    /// Console sessions in a year.
    pub(super) fn console_sessions(self) -> f64 {
        [16.0, 52.0, 84.0][self as usize]
    }
}

/// A fictional school.
pub(super) struct School {
    /// Its place in the list, from 0.
    pub(super) rank: usize,
    /// A test UAI, whose letter is right.
    pub(super) uai: Uai,
    /// Its name, which says that it is a demonstration.
    pub(super) name: String,
    /// What it is.
    pub(super) nature: Nature,
    /// Its size, relative to a usual school of its nature.
    pub(super) size: f64,
    /// How much each year's accesses outgrow those of the year before.
    pub(super) growth: [f64; 2],
}

/// Names of the schools after the third, in turn.
const NAMES: [&str; 18] = [
    "Louise-Michel",
    "Jean-Moulin",
    "Marie-Curie",
    "Pierre-Brossolette",
    "Aimé-Césaire",
    "Olympe-de-Gouges",
    "Antoine-de-Saint-Exupéry",
    "Germaine-Tillion",
    "Victor-Hugo",
    "Joséphine-Baker",
    "Jean-Jaurès",
    "Sophie-Germain",
    "Jules-Verne",
    "Lucie-Aubrac",
    "Albert-Camus",
    "Colette",
    "Paul-Éluard",
    "George-Sand",
];

/// The first `count` schools: an école, a collège, a lycée, and so on.
pub(super) fn schools(seed: u64, count: usize) -> Vec<School> {
    (0..count).filter_map(|rank| school(seed, rank)).collect()
}

fn school(seed: u64, rank: usize) -> Option<School> {
    let uai = Uai::parse(&test_uai(rank)).ok()?;
    let nature = Nature::ALL[rank % 3];
    let mut random = Random::of(seed, &format!("{uai}/school"));
    let size = if rank < 3 { 1.0 } else { random.between(0.7, 1.3) };
    let growth = [random.between(1.21, 1.35), random.between(1.21, 1.35)];
    Some(School { rank, uai, name: name(nature, rank), nature, size, growth })
}

fn name(nature: Nature, rank: usize) -> String {
    let kind = ["École élémentaire", "Collège", "Lycée"][nature as usize];
    let patron = match rank {
        0 => "Jacques-Prévert".to_owned(),
        1 => "Simone-Veil".to_owned(),
        2 => "Rosa-Parks".to_owned(),
        // Every nature meets every name before one comes again with a number.
        _ => {
            let turn = rank - 3;
            let (name, lap) = (NAMES[(turn + turn / NAMES.len()) % NAMES.len()], turn / (3 * NAMES.len()));
            if lap == 0 { name.to_owned() } else { format!("{name} {}", lap + 1) }
        }
    };
    format!("{kind} {patron} (démo)")
}

/// `9999991F`, `9999992G`… then downwards from `9999990E`.
fn test_uai(rank: usize) -> String {
    let number = if rank < 9 { 9_999_991 + rank } else { 9_999_990 - (rank - 9) };
    let letter = char::from(b"ABCDEFGHJKLMNPRSTUVWXYZ"[number % 23]);
    format!("{number:07}{letter}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn schools_have_their_own_name_and_a_valid_test_uai() {
        let schools = schools(1, 200);
        assert_eq!(schools.len(), 200);
        assert_eq!(
            schools[..3].iter().map(|s| s.uai.as_str()).collect::<Vec<_>>(),
            ["9999991F", "9999992G", "9999993H"]
        );
        assert_eq!(schools[1].name, "Collège Simone-Veil (démo)");
        assert!(schools.iter().all(|s| s.uai.has_valid_letter() && Zone::of(&s.uai) == Some(ZONE)));
        assert_eq!(schools.iter().map(|s| &s.uai).collect::<BTreeSet<_>>().len(), 200);
        assert_eq!(schools.iter().map(|s| &s.name).collect::<BTreeSet<_>>().len(), 200);
    }
}
