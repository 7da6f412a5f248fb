//! The events of one school during one school year, in the files of their sources.

use super::accesses::{Access, SchoolLife};
use super::output::{Output, Sink};
use super::people::Roster;
use super::resources::Choice;
use super::school::School;
use super::subscriptions::Availability;
use super::{DemoError, World, assignments, lines};
use chrono::Datelike;
use vigie_domain::period::{Day, SchoolYear};

/// The school whose accesses of the second year come from gar-connector.
const CONNECTOR: (usize, usize) = (1, 1);
/// The school whose accesses of November of the first year come from its ENT.
const ENTCORE: (usize, usize, u32) = (2, 0, 11);

/// How many events a year holds.
#[derive(Default)]
pub(super) struct Counts {
    /// Accesses.
    pub(super) accesses: u64,
    /// Everything else.
    pub(super) others: u64,
}

/// The files of a year: canonical events, then what two other sources may tell of the accesses.
struct Files {
    canonical: Sink,
    connector: Sink,
    entcore: Sink,
}

/// The names of the files that a school may have for a year.
pub(super) fn file_names(school: &School, year: SchoolYear) -> [String; 3] {
    let (uai, label) = (&school.uai, year.label());
    [
        format!("evenements-{uai}-{label}.ndjson"),
        format!("gar-connector-{uai}-{label}.ndjson"),
        format!("entcore-{uai}.ndjson"),
    ]
}

/// Writes a year of a school.
pub(super) fn write(
    world: &World,
    output: &mut Output,
    (school, shelf, availability): (&School, &[Choice], &Availability),
    (number, year): (usize, SchoolYear),
    roster: &Roster,
) -> Result<Counts, DemoError> {
    let seed = world.options.seed;
    let catalogue = &world.catalogue[..];
    let [canonical, connector, entcore] = file_names(school, year).map(|name| output.file(name));
    let mut files = Files { canonical, connector, entcore };
    let mut counts = Counts::default();
    let life = SchoolLife::new(seed, school, (number, year), roster, (catalogue, shelf, availability));
    let treatments = assignments::treatments(seed, school, year, roster, &world.subscriptions, catalogue);
    let days = year.interval();
    for day in days.first.iter_days().take_while(|day| *day <= days.last && *day <= world.options.until) {
        let failed = |source| DemoError::io(&output_path(school, year), source);
        for treatment in treatments.get(&day).into_iter().flatten() {
            lines::treatment(&mut files.canonical, school, day, treatment, catalogue).map_err(failed)?;
            counts.others += 1;
        }
        for session in assignments::sessions(seed, school, day, (catalogue, shelf, availability)) {
            counts.others += lines::session(&mut files.canonical, school, &session).map_err(failed)? as u64;
        }
        for (rank, access) in life.day(day).iter().enumerate() {
            files.access(school, (number, day), access, rank).map_err(failed)?;
            counts.accesses += 1;
        }
    }
    for file in [files.canonical, files.connector, files.entcore] {
        output.end(file)?;
    }
    Ok(counts)
}

impl Files {
    /// Writes an access in the file of the one source that tells it.
    fn access(
        &mut self,
        school: &School,
        (number, day): (usize, Day),
        access: &Access<'_>,
        rank: usize,
    ) -> std::io::Result<()> {
        if (school.rank, number) == CONNECTOR {
            lines::connector_access(&mut self.connector, school, access, rank)
        } else if (school.rank, number, day.month()) == ENTCORE {
            lines::entcore_access(&mut self.entcore, school, access, rank)
        } else {
            lines::access(&mut self.canonical, school, access, rank)
        }
    }
}

fn output_path(school: &School, year: SchoolYear) -> std::path::PathBuf {
    let [canonical, ..] = file_names(school, year);
    canonical.into()
}
