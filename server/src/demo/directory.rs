//! The directory of a school, as it is exported for the GAR when the year begins: who has an account there.
//!
//! Nobody has a name: these people do not exist.

use super::lines::Dialect;
use super::people::{Person, Role, Roster};
use super::school::{Nature, School};
use std::io::{self, Write};
use vigie_domain::period::{Day, SchoolYear};

/// One of the files of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum File {
    /// Pupils.
    Pupils,
    /// Teachers, librarians and other staff.
    Staff,
    /// Responsables d'affectation.
    Responsables,
}

impl File {
    /// Every file of an export.
    pub(super) const ALL: [Self; 3] = [Self::Pupils, Self::Staff, Self::Responsables];

    /// Its name; its day is in it, and nowhere inside.
    pub(super) fn name(self, school: &School, year: SchoolYear) -> String {
        let kind = ["eleves", "personnels", "responsables"][self as usize];
        format!("annuaire-{}-{}-{kind}.xml", school.uai, day(year))
    }

    /// The root of the file, and its elements.
    fn elements(self) -> (&'static str, &'static str) {
        match self {
            Self::Pupils => ("GAR-ENT-Eleve", "GAREleve"),
            Self::Staff => ("GAR-ENT-Enseignant", "GAREnseignant"),
            Self::Responsables => ("GAR-ENT-RespAff", "GARRespAff"),
        }
    }
}

/// The day of the export of a year.
pub(super) fn day(year: SchoolYear) -> Day {
    year.interval().first + chrono::Months::new(1)
}

/// Writes a file of the export of a year.
pub(super) fn write(out: &mut impl Write, file: File, school: &School, roster: &Roster) -> io::Result<()> {
    let (root, element) = file.elements();
    let (namespace, version) = match school.nature {
        Nature::Ecole => ("http://data.education.fr/ns/gar/1d", "1.4"),
        Nature::College | Nature::Lycee => ("http://data.education.fr/ns/gar", "1.7"),
    };
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<men:{root} xmlns:men="{namespace}" Version="{version}">"#)?;
    for person in people(file, school, roster) {
        writeln!(out, "  <men:{element}>")?;
        writeln!(out, "    <men:GARPersonIdentifiant>{}</men:GARPersonIdentifiant>", person.id)?;
        let uai = &school.uai;
        if file == File::Responsables {
            writeln!(out, "    <men:GARRespAffEtab>{uai}</men:GARRespAffEtab>")?;
        } else {
            let profile = Dialect::National.profile(person.role);
            writeln!(
                out,
                "    <men:GARPersonProfils><men:GARStructureUAI>{uai}</men:GARStructureUAI>\
                 <men:GARPersonProfil>{profile}</men:GARPersonProfil></men:GARPersonProfils>"
            )?;
        }
        writeln!(out, "  </men:{element}>")?;
    }
    writeln!(out, "</men:{root}>")
}

/// Management is responsable d'affectation; in an école, where there is none in the roster, a teacher is.
fn people<'r>(file: File, school: &School, roster: &'r Roster) -> Vec<&'r Person> {
    let [pupils, staff @ ..] = &roster.groups;
    let mut staff = staff.iter().flatten();
    match file {
        File::Pupils => pupils.iter().collect(),
        File::Staff => staff.collect(),
        File::Responsables if school.nature == Nature::Ecole => staff.next().into_iter().collect(),
        File::Responsables => staff.filter(|person| person.role == Role::Manager).collect(),
    }
}
