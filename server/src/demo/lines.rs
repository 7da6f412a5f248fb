//! Events as the sources write them: one JSON object per line. Here, the canonical ones.

mod foreign;

use super::accesses::Access;
use super::assignments::{Session, Treatment};
use super::moment::Moment;
use super::people::Role;
use super::resources::Resource;
use super::school::School;
use serde::Serialize;
use std::io::{self, Write};
use vigie_domain::period::Day;

pub(super) use foreign::{connector_access, entcore_access};

/// Writes a value and the end of the line.
pub(super) fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// How a school's software writes: codes of profiles and spelling of times differ from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `eleve`, `2025-09-04T10:12`
    Short,
    /// `ELEVE`, `2025-09-04T10:12:33`
    Zoneless,
    /// `National_elv`, `2025-09-04T10:12:33+02:00`
    National,
}

impl Dialect {
    /// The dialect of a school.
    pub(super) fn of(school: &School) -> Self {
        [Self::Short, Self::Zoneless, Self::National][school.rank % 3]
    }

    fn date(self, moment: Moment) -> String {
        match self {
            Self::Short => moment.zoneless_minute(),
            Self::Zoneless => moment.zoneless(),
            Self::National => moment.with_offset(),
        }
    }

    /// The code of what somebody is.
    pub(super) fn profile(self, role: Role) -> &'static str {
        match (self, role) {
            (Self::Short, Role::Pupil) => "eleve",
            (Self::Short, Role::Teacher) => "enseignant",
            (Self::Short, Role::Librarian) => "documentaliste",
            (Self::Short, _) => "autre-personnel",
            (Self::Zoneless, Role::Pupil) => "ELEVE",
            (Self::Zoneless, Role::Teacher) => "ENSEIGNANT",
            (Self::Zoneless, Role::Librarian) => "DOCUMENTALISTE",
            (Self::Zoneless, _) => "AUTRE PERSONNEL",
            (Self::National, Role::Pupil) => "National_elv",
            (Self::National, Role::Teacher) => "National_ens",
            (Self::National, Role::Librarian) => "National_doc",
            (Self::National, Role::Manager) => "National_dir",
            (Self::National, Role::SchoolLife) => "National_evs",
            (Self::National, Role::Clerk) => "National_eta",
        }
    }
}

#[derive(Serialize)]
struct SchoolLine<'a> {
    r#type: &'static str,
    uai: &'a str,
    nom: &'a str,
    nature: &'a str,
}

/// The description of a school.
pub(super) fn school(out: &mut impl Write, school: &School) -> io::Result<()> {
    let (uai, nature) = (school.uai.as_str(), school.nature.code());
    write(out, &SchoolLine { r#type: "etablissement", uai, nom: &school.name, nature })
}

#[derive(Serialize)]
struct AccessLine<'a> {
    r#type: &'static str,
    id: String,
    uai: &'a str,
    date: String,
    personne: &'a str,
    profil: &'a str,
    ressource: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    presentation: Option<&'a str>,
    support: &'a str,
}

/// The identifier of the `rank`th access of a day.
fn access_id(school: &School, day: Day, rank: usize) -> String {
    format!("{}-acces-{}-{rank:05}", school.uai, day.format("%Y%m%d"))
}

/// A canonical access. In the first dialect, the presentation type is left to the catalogue of resources.
pub(super) fn access(out: &mut impl Write, school: &School, access: &Access<'_>, rank: usize) -> io::Result<()> {
    let dialect = Dialect::of(school);
    write(
        out,
        &AccessLine {
            r#type: "acces",
            id: access_id(school, access.moment.day, rank),
            uai: school.uai.as_str(),
            date: dialect.date(access.moment),
            personne: &access.person.id,
            profil: dialect.profile(access.person.role),
            ressource: &access.resource.ark,
            presentation: (dialect != Dialect::Short).then(|| access.resource.presentation.code()),
            support: access.device,
        },
    )
}

#[derive(Serialize)]
struct TreatmentLine<'a> {
    r#type: &'static str,
    id: String,
    uai: &'a str,
    date: String,
    abonnement: &'a str,
    ressource: &'a str,
    suggestions: usize,
    affectations_automatiques: usize,
}

/// A subscription treated by the batch.
pub(super) fn treatment(
    out: &mut impl Write,
    school: &School,
    day: Day,
    treatment: &Treatment<'_>,
    catalogue: &[Resource],
) -> io::Result<()> {
    let uai = school.uai.as_str();
    write(
        out,
        &TreatmentLine {
            r#type: "suggestions",
            id: format!("{uai}-batch-{}-{}", day.format("%Y%m%d"), treatment.subscription.id),
            uai,
            date: day.to_string(),
            abonnement: &treatment.subscription.id,
            ressource: &catalogue[treatment.subscription.resource].ark,
            suggestions: treatment.suggestions,
            affectations_automatiques: treatment.automatic,
        },
    )
}

#[derive(Serialize)]
struct SessionLine<'a> {
    r#type: &'static str,
    id: String,
    uai: &'a str,
    date: String,
    session: &'a str,
}

#[derive(Serialize)]
struct AssignmentLine<'a> {
    r#type: &'static str,
    id: String,
    uai: &'a str,
    date: String,
    session: &'a str,
    mode: &'static str,
    suggestion: bool,
    ressource: &'a str,
    #[serde(skip_serializing_if = "is_one")]
    nombre: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

/// A session of the console and its assignments; gives the number of lines.
pub(super) fn session(out: &mut impl Write, school: &School, session: &Session<'_>) -> io::Result<usize> {
    let (uai, dialect) = (school.uai.as_str(), Dialect::of(school));
    let id = format!("{uai}-console-{}", session.id);
    let line = SessionLine {
        r#type: "session-console",
        id: id.clone(),
        uai,
        date: dialect.date(session.opened),
        session: &session.id,
    };
    write(out, &line)?;
    for (rank, assignment) in session.assignments.iter().enumerate() {
        let line = AssignmentLine {
            r#type: "affectation",
            id: format!("{id}-{rank:02}"),
            uai,
            date: dialect.date(assignment.moment),
            session: &session.id,
            mode: if assignment.group { "groupe" } else { "individuelle" },
            suggestion: assignment.suggestion,
            ressource: &assignment.resource.ark,
            nombre: assignment.count,
        };
        write(out, &line)?;
    }
    Ok(1 + session.assignments.len())
}
