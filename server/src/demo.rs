//! The demonstration: source files of fictional schools, in the formats of the real ones.
//!
//! Nothing here counts anything: the files go through the ordinary import. The same options always give the same bytes, and
//! a day of a school looks the same whatever the day until which the files are written, within a school year.
//!
//! # Layout
//! - [`command`]: `vigie demo`.
//! - `school`, `people`, `resources`, `subscriptions`: who and what there is.
//! - `rhythm`, `accesses`, `assignments`: what happens, day after day.
//! - `lines`, `mediacentre`, `directory`, `subscriptions/xml`, `output`: how it is written.

mod accesses;
mod assignments;
pub mod command;
mod directory;
mod lines;
mod mediacentre;
mod moment;
mod output;
mod people;
mod random;
mod resources;
mod rhythm;
mod school;
mod subscriptions;
mod year;

use chrono::Months;
use output::{Output, SUBSCRIPTIONS};
use resources::{Choice, Resource};
use school::School;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use subscriptions::{Availability, Subscription, xml};
use vigie_domain::period::{Day, FIRST_DAY, LAST_DAY, SchoolYear};

/// How many school years the files tell.
pub const YEARS: usize = 3;

/// The most schools that can be asked for.
pub const MAX_SCHOOLS: usize = 1000;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// How many schools, from 1 to [`MAX_SCHOOLS`].
    pub schools: usize,
    /// The last day of the last of the [`YEARS`] school years.
    pub until: Day,
    /// What chance begins with.
    pub seed: u64,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoFile {
    /// Its name in the folder, with `/` between the parts.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its lines.
    pub lines: u64,
}

/// A school that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoSchool {
    /// Its UAI.
    pub uai: String,
    /// Its name.
    pub name: String,
    /// Its people in the last year.
    pub people: usize,
    /// Its accesses in each school year, whatever the file that tells them.
    pub accesses: Vec<(SchoolYear, u64)>,
    /// Its other events: treatments by the batch, console sessions, assignments.
    pub other_events: u64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoSummary {
    /// The files, by name.
    pub files: Vec<DemoFile>,
    /// The schools.
    pub schools: Vec<DemoSchool>,
    /// Operations on subscriptions: an operation for several schools counts once.
    pub subscription_operations: u64,
}

impl DemoSummary {
    /// How many events the files tell.
    pub fn events(&self) -> u64 {
        let of =
            |school: &DemoSchool| school.accesses.iter().map(|(_, count)| count).sum::<u64>() + school.other_events;
        self.schools.iter().map(of).sum::<u64>() + self.subscription_operations
    }

    /// The size of the files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Why the demonstration could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The number of schools is out of bounds.
    #[error("le nombre d’établissements doit être compris entre 1 et {MAX_SCHOOLS}")]
    Schools,
    /// The last day is before or after the days that Vigie knows.
    #[error("la date de fin doit être comprise entre le 1er août 2003 et le 31 décembre 2098")]
    Until,
    /// The folder holds something else.
    #[error("le dossier {} contient déjà « {name} » : choisissez un dossier vide", folder.display())]
    OtherFiles {
        /// The folder.
        folder: PathBuf,
        /// One of the files that this run would not write.
        name: String,
    },
    /// A file could not be written.
    #[error("impossible d’écrire {}", path.display())]
    Io {
        /// The file or the folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DemoError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// The schools, their resources and their subscriptions, over the years.
struct World {
    options: DemoOptions,
    first_year: SchoolYear,
    schools: Vec<School>,
    catalogue: Vec<Resource>,
    shelves: Vec<Vec<Choice>>,
    subscriptions: Vec<Subscription>,
}

impl World {
    fn new(options: &DemoOptions) -> Result<Self, DemoError> {
        let DemoOptions { schools, until, seed } = *options;
        if !(1..=MAX_SCHOOLS).contains(&schools) {
            return Err(DemoError::Schools);
        }
        // A year of campaign before the first day, and room for what ends after the last.
        let bounds = FIRST_DAY + Months::new(43)..=LAST_DAY - Months::new(12);
        if !bounds.contains(&until) {
            return Err(DemoError::Until);
        }
        let first_year = SchoolYear(SchoolYear::of(until).0 - (YEARS as i32 - 1));
        let catalogue = resources::catalogue();
        let schools = school::schools(seed, schools);
        let shelves: Vec<_> = schools.iter().map(|school| resources::shelf(school, seed, &catalogue)).collect();
        let subscriptions = subscriptions::subscriptions(seed, &schools, &shelves, &catalogue, first_year, until);
        Ok(Self { options: *options, first_year, schools, catalogue, shelves, subscriptions })
    }

    /// The school years, with their numbers.
    fn years(&self) -> impl Iterator<Item = (usize, SchoolYear)> {
        let first = self.first_year.0;
        (0..YEARS).map(move |number| (number, SchoolYear(first + number as i32)))
    }

    /// The name of every file that may be written.
    fn file_names(&self) -> BTreeSet<String> {
        let operations = xml::operations(&self.subscriptions);
        let mut names: BTreeSet<String> =
            operations.iter().map(|(day, kind, _)| subscription_file(*day, *kind)).collect();
        names.insert("etablissements.ndjson".to_owned());
        for school in &self.schools {
            names.insert(resources_file(school));
            for (_, year) in self.years() {
                names.extend(year::file_names(school, year));
                names.extend(directory::File::ALL.map(|file| file.name(school, year)));
            }
        }
        names
    }
}

/// Writes the source files into a folder, which is made if need be; see [`DemoError::OtherFiles`] when it is not empty.
pub fn write(out: &Path, options: &DemoOptions) -> Result<DemoSummary, DemoError> {
    let world = World::new(options)?;
    let mut output = Output::new(out, &world.file_names())?;
    write_schools(&world, &mut output)?;
    let subscription_operations = write_subscriptions(&world, &mut output)?;
    let mut schools = Vec::new();
    for (school, shelf) in world.schools.iter().zip(&world.shelves) {
        write_resources(&world, &mut output, school, shelf)?;
        schools.push(write_events(&world, &mut output, school, shelf)?);
    }
    Ok(DemoSummary { files: output.finish(), schools, subscription_operations })
}

fn write_schools(world: &World, output: &mut Output) -> Result<(), DemoError> {
    let mut file = output.file("etablissements.ndjson".to_owned());
    for school in &world.schools {
        lines::school(&mut file, school).map_err(|source| DemoError::io(&file.path, source))?;
    }
    output.end(file)
}

fn write_subscriptions(world: &World, output: &mut Output) -> Result<u64, DemoError> {
    let operations = xml::operations(&world.subscriptions);
    for same_file in operations.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let Some((day, kind, _)) = same_file.first() else { continue };
        let mut file = output.file(subscription_file(*day, *kind));
        let subscriptions = same_file.iter().map(|(.., subscription)| *subscription);
        xml::write(&mut file, subscriptions, &world.schools, &world.catalogue)
            .map_err(|source| DemoError::io(&file.path, source))?;
        output.end(file)?;
    }
    Ok(operations.len() as u64)
}

fn write_resources(world: &World, output: &mut Output, school: &School, shelf: &[Choice]) -> Result<(), DemoError> {
    let mut file = output.file(resources_file(school));
    let mut chosen: Vec<&Resource> = shelf.iter().map(|choice| &world.catalogue[choice.resource]).collect();
    chosen.sort_by_key(|resource| resource.number);
    mediacentre::write(&mut file, school, chosen.into_iter()).map_err(|source| DemoError::io(&file.path, source))?;
    output.end(file)
}

fn write_events(
    world: &World,
    output: &mut Output,
    school: &School,
    shelf: &[Choice],
) -> Result<DemoSchool, DemoError> {
    let availability = Availability::of(school, &world.subscriptions, world.catalogue.len());
    let rosters = people::rosters(school, world.options.seed, YEARS);
    let mut told = DemoSchool {
        uai: school.uai.to_string(),
        name: school.name.clone(),
        people: rosters.last().map_or(0, people::Roster::len),
        accesses: Vec::new(),
        other_events: 0,
    };
    for ((number, year), roster) in world.years().zip(&rosters) {
        write_directory(world, output, school, year, roster)?;
        let counts = year::write(world, output, (school, shelf, &availability), (number, year), roster)?;
        told.accesses.push((year, counts.accesses));
        told.other_events += counts.others;
    }
    Ok(told)
}

fn write_directory(
    world: &World,
    output: &mut Output,
    school: &School,
    year: SchoolYear,
    roster: &people::Roster,
) -> Result<(), DemoError> {
    if directory::day(year) > world.options.until {
        return Ok(());
    }
    for kind in directory::File::ALL {
        let mut file = output.file(kind.name(school, year));
        directory::write(&mut file, kind, school, roster).map_err(|source| DemoError::io(&file.path, source))?;
        output.end(file)?;
    }
    Ok(())
}

fn subscription_file(day: Day, kind: xml::Operation) -> String {
    format!("{SUBSCRIPTIONS}/{day}_{}.xml", kind.slug())
}

fn resources_file(school: &School) -> String {
    format!("ressources-{}.json", school.uai)
}

#[cfg(test)]
mod tests;
