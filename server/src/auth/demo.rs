//! The demonstration: a few fictional people, one of whom is chosen, without a password. On this machine only.

use crate::ingest::pseudonym::Pseudonymiser;
use vigie_app::context::Choice;
use vigie_domain::group::Group;
use vigie_domain::rights::{Person, PersonId, Rights, SchoolRole};
use vigie_domain::uai::Uai;

/// The fictional people, in the order in which they are offered.
#[derive(Clone, Debug)]
pub struct Cast(Vec<Part>);

#[derive(Clone, Debug)]
struct Part {
    key: &'static str,
    words: &'static str,
    person: Person,
}

/// The schools of the demonstration: an école, a collège and a lycée.
const SCHOOLS: [&str; 3] = ["9999991F", "9999992G", "9999993H"];

impl Cast {
    /// The people of the demonstration.
    pub fn new(pseudonymiser: &Pseudonymiser) -> Self {
        let in_schools = |schools: &[usize], role| {
            let mut rights = Rights::default();
            for uai in schools.iter().filter_map(|&rank| Uai::parse(SCHOOLS[rank]).ok()) {
                rights.add(uai, role);
            }
            rights
        };
        let follows_all = Rights { groups: vec![Group::default()], ..Rights::default() };
        let operates = Rights { administrator: true, ..Rights::default() };
        let part = |key, name: &str, words, rights| {
            let id = PersonId::new(hex::encode(pseudonymiser.account("demo", key)));
            let mail = Some(format!("{key}@demo.invalid"));
            Part { key, words, person: Person { id, name: name.to_owned(), mail, rights } }
        };
        Self(vec![
            part(
                "claire",
                "Claire Fontaine",
                "Responsable d’affectation du collège et du lycée",
                in_schools(&[1, 2], SchoolRole::Responsable),
            ),
            part(
                "hugo",
                "Hugo Marchand",
                "Délégué du responsable d’affectation, à l’école",
                in_schools(&[0], SchoolRole::Delegue),
            ),
            part(
                "sofia",
                "Sofia Almeida",
                "Professeure documentaliste, déléguée au collège",
                in_schools(&[1], SchoolRole::Delegue),
            ),
            part("ines", "Inès Benali", "Enseignante au collège", in_schools(&[1], SchoolRole::Equipe)),
            part("paul", "Paul Lefèvre", "Pilote\u{a0}: suit des groupes d’établissements", follows_all),
            part("nadia", "Nadia Roussel", "Administre le serveur", operates),
        ])
    }

    /// The person so named.
    pub fn find(&self, key: &str) -> Option<&Person> {
        self.0.iter().find(|part| part.key == key).map(|part| &part.person)
    }

    /// What the page of sign-in offers.
    pub fn choices(&self) -> Vec<Choice> {
        let choice = |part: &Part| Choice {
            key: part.key.to_owned(),
            name: part.person.name.clone(),
            words: part.words.to_owned(),
        };
        self.0.iter().map(choice).collect()
    }
}
