//! Addresses of earlier versions, which were kept or handed on, brought to the one of today.
//!
//! An address says nothing of its version while it is the first one, and `v=…` afterwards. What is kept (favourites, default
//! searches, links) says its version beside. When the meaning of a field changes, [`super::ADDRESS_VERSION`] grows by one and the
//! table has a line more, which rewrites the fields of the version before; a line that was published never changes.

use super::ADDRESS_VERSION;
use super::query::Pairs;

/// Rewrites the fields of a version as those of the next.
pub(super) type Migration = fn(&mut Pairs);

/// From each version to the next: the first line leads from version 1 to version 2.
const MIGRATIONS: [Migration; (ADDRESS_VERSION - 1) as usize] = [];

/// Brings fields to the version of today; false when theirs is not one that was ever.
pub(super) fn bring_up_to_date(pairs: &mut Pairs, version: u32) -> bool {
    follow(&MIGRATIONS, pairs, version)
}

fn follow(migrations: &[Migration], pairs: &mut Pairs, version: u32) -> bool {
    let done = version.checked_sub(1).and_then(|done| usize::try_from(done).ok());
    let Some(left) = done.and_then(|done| migrations.get(done..)) else { return false };
    left.iter().for_each(|migrate| migrate(pairs));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Search;

    /// « decoupage » becomes « pas ».
    fn rename(pairs: &mut Pairs) {
        let steps: Vec<String> = pairs.all("decoupage").map(str::to_owned).collect();
        pairs.remove("decoupage");
        steps.iter().for_each(|step| pairs.push("pas", step));
    }

    /// The default step becomes the month: what left it out meant the week.
    fn write_default(pairs: &mut Pairs) {
        if pairs.first("pas").is_none() {
            pairs.push("pas", "semaine");
        }
    }

    const MADE_UP: [Migration; 2] = [rename, write_default];

    fn followed(query: &str, version: u32) -> Option<String> {
        let mut pairs = Pairs::decode(query);
        follow(&MADE_UP, &mut pairs, version).then(|| pairs.encode())
    }

    #[test]
    fn each_version_goes_through_those_that_came_after_it() {
        for (query, version, expected) in [
            ("service=acces&decoupage=mois", 1, Some("service=acces&pas=mois")),
            ("service=acces", 1, Some("service=acces&pas=semaine")),
            ("service=acces&decoupage=mois", 2, Some("service=acces&decoupage=mois&pas=semaine")),
            ("service=acces", 3, Some("service=acces")),
            ("service=acces", 4, None),
            ("service=acces", 0, None),
            ("service=acces", u32::MAX, None),
        ] {
            assert_eq!(followed(query, version).as_deref(), expected, "{query} of version {version}");
        }
    }

    /// Addresses of every version that was published, and the question that each asks, written as of today. Lines are added, none is
    /// ever changed: when one fails, a migration is missing.
    const KEPT: [(u32, &str, &str); 6] = [
        (1, "", "service=acces&indicateur=acces-total&periode=annee-scolaire"),
        (
            1,
            "service=acces&indicateur=acces-total&du=2025-09-01&au=2026-07-03&pas=semaine&par=profil&forme=courbe",
            "service=acces&indicateur=acces-total&du=2025-09-01&au=2026-07-03&pas=semaine&par=profil&forme=courbe",
        ),
        (
            1,
            "service=acces&indicateur=utilisateurs-distincts&periode=ce-mois&par=aucun",
            "service=acces&indicateur=utilisateurs-distincts&periode=ce-mois&par=aucun",
        ),
        (
            1,
            "service=acces&indicateur=acces-par-ressource&periode=annee-scolaire&premiers=5",
            "service=acces&indicateur=acces-par-ressource&periode=annee-scolaire&premiers=5",
        ),
        (
            1,
            "service=console&indicateur=affectations-total,affectations-groupe&periode=ce-mois",
            "service=console&indicateur=affectations-total,affectations-groupe&periode=ce-mois",
        ),
        (
            1,
            "service=abonnements&indicateur=tous&periode=annee-scolaire",
            "service=abonnements&indicateur=tous&periode=annee-scolaire",
        ),
    ];

    #[test]
    fn addresses_of_every_version_still_ask_their_question() {
        for (version, query, expected) in KEPT {
            let reading = Search::from_query(&format!("v={version}&{query}"));
            assert_eq!(reading.errors, [], "{query}");
            assert_eq!(reading.search.to_query(), expected, "{query} of version {version}");
        }
    }
}
