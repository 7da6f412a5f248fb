//! Blocks of schools and their figures: tables `region`, `block`, `published`, `unplaced` and `school_figures`.

use super::sets;
use super::sql::{Rows, Sql, Value, find, in_one_state, in_transaction, in_transaction_if_kept, list, values};
use super::weights::{self, People};
use super::{Store, StoreError, codes, days, groupings, responsables};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::{IndicatorId, Population};
use vigie_domain::group::{Block, Figure, Places, Published, Region};
use vigie_domain::period::{Day, SchoolYear};
use vigie_domain::privacy::blocks::Member;
use vigie_domain::result::Figures;
use vigie_domain::uai::Uai;

/// A school that blocks are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The school.
    pub uai: Uai,
    /// Where it is, and how many people it has.
    pub member: Member,
    /// Grows with everything that is written about the school.
    pub version: i64,
    /// What is wrong with what is known of its people: then they are those of the last time, if any.
    pub damage: Option<&'static str>,
}

/// The blocks of a school year, as they were drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// The groups of profiles of each region, by number.
    pub regions: BTreeMap<u32, Vec<Vec<String>>>,
    /// The regions in which people are told all together, whatever their profiles.
    pub together: BTreeSet<u32>,
    /// The region and the schools of each block, by number.
    pub blocks: BTreeMap<u32, (u32, Vec<Uai>)>,
}

/// The figures of a school in a school year.
#[derive(Clone, Debug, PartialEq)]
pub struct SchoolFigures {
    /// The version of the school that they are of.
    pub version: i64,
    /// The day until which they go.
    pub until: Day,
    /// The day of the last directory that they know.
    pub listed: Option<Day>,
    /// How many people had exactly the same profiles.
    pub people: BTreeMap<BTreeSet<String>, u64>,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// What is published of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedBlock {
    /// Its number.
    pub number: u32,
    /// How many times it was told before: what is published was compared with the last one.
    pub nights: i64,
    /// The codes of its schools, each combination once.
    pub places: BTreeSet<Places>,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// The figures of its schools that are in them.
    pub told: BTreeMap<Uai, Vec<Figure>>,
}

/// What was last told of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// The day until which figures went; None when nothing was.
    pub until: Option<Day>,
    /// How many times it was told.
    pub nights: i64,
    /// The figures of its schools that were in them.
    pub figures: BTreeMap<Uai, Vec<Figure>>,
}

const WRITE_PUBLISHED: Rows =
    Rows { head: "INSERT INTO published (year, indicator, number, profiles, figures)", columns: 5, tail: "" };

/// All profiles together.
const ALL: i64 = -1;

impl Store {
    /// The school years in which somebody was met or listed.
    pub async fn list_years(&self) -> Result<Vec<SchoolYear>, StoreError> {
        self.readers.run(list_years).await
    }

    /// Every school, by identifier, as it is in a school year.
    pub async fn list_candidates(&self, year: SchoolYear) -> Result<Vec<Candidate>, StoreError> {
        self.readers.run(move |sql| list_candidates(sql, year)).await
    }

    /// The blocks of a school year.
    pub async fn load_drawn(&self, year: SchoolYear) -> Result<Drawn, StoreError> {
        self.readers.run(move |sql| load_drawn(sql, year)).await
    }

    /// Adds blocks to a school year.
    pub async fn add_blocks(&self, year: SchoolYear, added: Drawn) -> Result<(), StoreError> {
        self.writers.run(move |sql| add_blocks(sql, year, &added)).await
    }

    /// Writes down what changed of the regions of a school year: groups that hold more profiles, and where people are told all together
    /// from now on.
    pub async fn change_regions(&self, year: SchoolYear, changed: Drawn) -> Result<(), StoreError> {
        self.writers.run(move |sql| change_regions(sql, year, &changed)).await
    }

    /// What was last told of a block.
    pub async fn load_told(&self, year: SchoolYear, block: u32) -> Result<Told, StoreError> {
        self.readers.run(move |sql| load_told(sql, year, block)).await
    }

    /// The figures of a school that blocks are made of, as they were last computed.
    pub async fn load_school_figures(&self, uai: &Uai, year: SchoolYear) -> Result<Option<SchoolFigures>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| load_school(sql, &uai, year)).await
    }

    /// Keeps the figures of a school that blocks are made of.
    pub async fn write_school_figures(
        &self,
        uai: &Uai,
        year: SchoolYear,
        figures: SchoolFigures,
    ) -> Result<(), StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| write_school(sql, &uai, year, &figures)).await
    }

    /// Publishes the figures of blocks, those of the regions by number, and where schools are that are in no block, in the place of those
    /// of the school year; unless others were published since those that these were compared with. Whether it did.
    pub async fn publish(
        &self,
        year: SchoolYear,
        until: Day,
        blocks: Vec<PublishedBlock>,
        regions: BTreeMap<u32, Vec<Figure>>,
        unplaced: BTreeSet<Places>,
    ) -> Result<bool, StoreError> {
        self.writers.run(move |sql| publish(sql, (year, until), &blocks, &regions, &unplaced)).await
    }

    /// What is published of an indicator in a school year; None when nothing is.
    pub async fn load_published(
        &self,
        year: SchoolYear,
        indicator: IndicatorId,
    ) -> Result<Option<Published>, StoreError> {
        self.readers.run(move |sql| load_published(sql, year, indicator)).await
    }
}

/// The school years in which somebody was met or listed.
fn list_years(sql: &mut dyn Sql) -> Result<Vec<SchoolYear>, StoreError> {
    list(sql, "SELECT DISTINCT year FROM yearly_sets ORDER BY year", &[], |row| year(row.int(0)?))
}

/// Every school, by identifier, as it is in a school year.
fn list_candidates(sql: &mut dyn Sql, year: SchoolYear) -> Result<Vec<Candidate>, StoreError> {
    in_one_state(sql, |sql| {
        let all = "SELECT uai, version, nature, academie, departement, commune FROM school ORDER BY uai";
        let mut candidates = list(sql, all, &[], |row| {
            let uai = Uai::parse(row.text(0)?).map_err(|_| StoreError::Corrupt(UNREADABLE))?;
            let mut places = [const { None }; 4];
            for (column, place) in (2..).zip(&mut places) {
                *place = row.known_text(column)?.map(str::to_owned);
            }
            let member = Member { places, ..Member::default() };
            Ok(Candidate { uai, version: row.int(1)?, member, damage: None })
        })?;
        let responsables = responsables::count(sql)?;
        for candidate in &mut candidates {
            candidate.member.responsables = responsables.get(candidate.uai.as_str()).copied().unwrap_or_default();
            match load_people(sql, candidate.uai.as_str(), year) {
                Ok((profiles, people)) => {
                    candidate.member.profiles = profiles;
                    candidate.member.people = people;
                }
                // A school that is damaged does not keep what is known of the others.
                Err(StoreError::Corrupt(what)) => candidate.damage = Some(what),
                Err(error) => return Err(error),
            }
            // What was told of them stays when they are erased.
            match weights::load(sql, candidate.uai.as_str(), year) {
                Ok(known) => {
                    let (known, people) = (known.unwrap_or_default(), &mut candidate.member.people);
                    if known.values().sum::<u64>() > people.values().sum() {
                        *people = known;
                    }
                }
                Err(StoreError::Corrupt(what)) => candidate.damage = Some(what),
                Err(error) => return Err(error),
            }
        }
        Ok(candidates)
    })
}

/// The profiles that sources named in a school year, and how many people have exactly the same ones.
fn load_people(sql: &mut dyn Sql, uai: &str, year: SchoolYear) -> Result<(BTreeSet<String>, People), StoreError> {
    let seen = sets::load_year(sql, uai, Population::Utilisateurs, year)?;
    let accounts = sets::load_year(sql, uai, Population::Comptes, year)?;
    let texts = codes::load_texts(sql, uai, seen.keys().chain(accounts.keys()).copied().collect::<BTreeSet<_>>())?;
    let people = groupings::people(&texts, seen, accounts);
    let mut profiles: BTreeSet<String> = people.all.keys().cloned().collect();
    let grouping = groupings::load_groupings(sql, uai)?.remove(&year).unwrap_or_default();
    profiles.extend(grouping.known().iter().cloned());
    let all = people.all.values().fold(RoaringBitmap::new(), |all, some| all | some);
    let counted = people.sizes.values().fold(RoaringBitmap::new(), |all, some| all | some);
    let mut counts = People::new();
    for person in all {
        let held =
            people.all.iter().filter(|(_, members)| members.contains(person)).map(|(profile, _)| profile.clone());
        *counts.entry(held.collect()).or_default() += u64::from(counted.contains(person));
    }
    Ok((profiles, counts))
}

/// The blocks of a school year.
fn load_drawn(sql: &mut dyn Sql, of: SchoolYear) -> Result<Drawn, StoreError> {
    in_one_state(sql, |sql| {
        let all = "SELECT number, profiles, together FROM region WHERE year = ?1";
        let regions =
            list(sql, all, values![of.0], |row| Ok((number(row.int(0)?)?, read(row.text(1)?)?, row.int(2)? != 0)))?;
        let together = regions.iter().filter(|(_, _, together)| *together).map(|(region, ..)| *region).collect();
        let regions = regions.into_iter().map(|(region, groups, _)| (region, groups));
        let blocks = list(sql, "SELECT number, region, schools FROM block WHERE year = ?1", values![of.0], |row| {
            let schools = row.text(2)?.split(' ').map(Uai::parse).collect::<Result<Vec<_>, _>>();
            let schools = schools.map_err(|_| StoreError::Corrupt(UNREADABLE))?;
            Ok((number(row.int(0)?)?, (number(row.int(1)?)?, schools)))
        })?;
        Ok(Drawn { regions: regions.collect(), together, blocks: blocks.into_iter().collect() })
    })
}

/// Adds blocks to a school year. Those that there are stay as they are: what was told of them must not be told of others.
fn add_blocks(sql: &mut dyn Sql, year: SchoolYear, added: &Drawn) -> Result<(), StoreError> {
    in_transaction(sql, |sql| {
        for (number, profiles) in &added.regions {
            let insert = "INSERT INTO region (year, number, profiles) VALUES (?1, ?2, ?3)";
            sql.execute(insert, values![year.0, *number, write(profiles)?.as_str()])?;
        }
        for (number, (region, schools)) in &added.blocks {
            let schools: Vec<&str> = schools.iter().map(Uai::as_str).collect();
            let insert = "INSERT INTO block (year, number, region, schools, places, until, told)
                          VALUES (?1, ?2, ?3, ?4, '[]', 0, '{}')";
            sql.execute(insert, values![year.0, *number, *region, schools.join(" ").as_str()])?;
        }
        Ok(())
    })
}

/// Writes down what changed of the regions of a school year. People who are told all together are until it is over.
fn change_regions(sql: &mut dyn Sql, year: SchoolYear, changed: &Drawn) -> Result<(), StoreError> {
    in_transaction(sql, |sql| {
        for (number, profiles) in &changed.regions {
            let update = "UPDATE region SET profiles = ?3 WHERE year = ?1 AND number = ?2";
            sql.execute(update, values![year.0, *number, write(profiles)?.as_str()])?;
        }
        for number in &changed.together {
            sql.execute("UPDATE region SET together = 1 WHERE year = ?1 AND number = ?2", values![year.0, *number])?;
        }
        Ok(())
    })
}

/// What was last told of a block.
fn load_told(sql: &mut dyn Sql, year: SchoolYear, block: u32) -> Result<Told, StoreError> {
    let one = "SELECT until, told, nights FROM block WHERE year = ?1 AND number = ?2";
    let told = find(sql, one, values![year.0, block], |row| {
        let nights = row.int(2)?;
        Ok(match row.int(0)? {
            0 => Told { nights, ..Told::default() },
            until => Told { until: Some(days::from_number(until)?), nights, figures: read(row.text(1)?)? },
        })
    })?;
    Ok(told.unwrap_or_default())
}

/// The figures of a school, as they were last computed.
fn load_school(sql: &mut dyn Sql, uai: &Uai, year: SchoolYear) -> Result<Option<SchoolFigures>, StoreError> {
    let one = "SELECT version, until, people, figures, listed FROM school_figures WHERE uai = ?1 AND year = ?2";
    find(sql, one, values![uai.as_str(), year.0], |row| {
        let until = days::from_number(row.int(1)?)?;
        let people = weights::read(row.text(2)?)?;
        let listed = row.known_int(4)?.map(days::from_number).transpose()?;
        Ok(SchoolFigures { version: row.int(0)?, until, listed, people, figures: read(row.text(3)?)? })
    })
}

/// Keeps the figures of a school.
fn write_school(sql: &mut dyn Sql, uai: &Uai, year: SchoolYear, figures: &SchoolFigures) -> Result<(), StoreError> {
    let upsert =
        "INSERT INTO school_figures (uai, year, version, until, people, figures, listed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                  ON CONFLICT (uai, year) DO UPDATE SET version = excluded.version, until = excluded.until,
                  people = excluded.people, figures = excluded.figures, listed = excluded.listed";
    let (until, text) = (days::to_number(figures.until), write(&figures.figures)?);
    in_transaction(sql, |sql| {
        // Held until then: whoever opted out since these people were read must weigh no more.
        let hold = "UPDATE school SET version = version WHERE uai = ?1 AND version = ?2";
        let people = match sql.execute(hold, values![uai.as_str(), figures.version])? {
            0 => weights::load(sql, uai.as_str(), year)?.unwrap_or_default(),
            _ => figures.people.clone(),
        };
        let people = weights::write(&people)?;
        let listed = figures.listed.map(days::to_number);
        let row = values![uai.as_str(), year.0, figures.version, until, people.as_str(), text.as_str(), listed];
        sql.execute(upsert, row).map(|_| ())
    })
}

/// Publishes the figures of the blocks and of the regions of a school year in the place of those that there were. Two nights that were
/// compared with the same past may each be about enough schools and differ by one alone: the second one is given up.
fn publish(
    sql: &mut dyn Sql,
    (year, until): (SchoolYear, Day),
    blocks: &[PublishedBlock],
    regions: &BTreeMap<u32, Vec<Figure>>,
    unplaced: &BTreeSet<Places>,
) -> Result<bool, StoreError> {
    let of_blocks = blocks.iter().flat_map(|block| block.figures.iter().map(|figure| (block.number, figure)));
    let of_regions = regions.iter().flat_map(|(number, figures)| figures.iter().map(|figure| (*number, figure)));
    let mut texts = Vec::new();
    for (number, figure) in of_blocks.chain(of_regions) {
        let text = figure.figures.as_ref().map(|figures| write(&(figure.since, figure.held, &figure.untold, figures)));
        let text = text.transpose()?;
        texts.push((number, figure, text));
    }
    in_transaction_if_kept(sql, |sql| {
        let until = days::to_number(until);
        for block in blocks {
            let update = "UPDATE block SET places = ?3, until = ?4, told = ?5, nights = nights + 1
                          WHERE year = ?1 AND number = ?2 AND nights = ?6";
            let (places, told) = (write(&block.places)?, write(&block.told)?);
            let values = values![year.0, block.number, places.as_str(), until, told.as_str(), block.nights];
            if sql.execute(update, values)? == 0 {
                return Ok((false, false));
            }
        }
        let all = find(sql, "SELECT COUNT(*) FROM block WHERE year = ?1", values![year.0], |row| row.int(0))?;
        if all != Some(blocks.len() as i64) {
            // Others were drawn meanwhile.
            return Ok((false, false));
        }
        sql.execute("DELETE FROM published WHERE year = ?1", values![year.0])?;
        let rows: Vec<Value> = texts
            .iter()
            .flat_map(|(number, figure, text)| {
                let profiles = figure.profiles.map_or(ALL, |rank| rank as i64);
                let slug = figure.indicator.get().slug;
                [year.0.into(), slug.into(), (*number).into(), profiles.into(), Value::from(text.as_deref())]
            })
            .collect();
        sql.execute_rows(&WRITE_PUBLISHED, &rows)?;
        sql.execute("DELETE FROM unplaced WHERE year = ?1", values![year.0])?;
        let insert = "INSERT INTO unplaced (year, places) VALUES (?1, ?2)";
        sql.execute(insert, values![year.0, write(unplaced)?.as_str()])?;
        Ok((true, true))
    })
}

/// What is published of an indicator in a school year; None when nothing is of that year.
fn load_published(sql: &mut dyn Sql, of: SchoolYear, indicator: IndicatorId) -> Result<Option<Published>, StoreError> {
    in_one_state(sql, |sql| {
        let mut until = None;
        let mut blocks: BTreeMap<u32, Block> = BTreeMap::new();
        let all = "SELECT number, region, schools, places, until FROM block WHERE year = ?1 AND until > 0";
        sql.query(all, values![of.0], &mut |row| {
            let block = Block {
                region: number(row.int(1)?)?,
                schools: number(row.text(2)?.split(' ').count() as i64)?,
                places: read(row.text(3)?)?,
                figures: Vec::new(),
            };
            until = until.max(Some(days::from_number(row.int(4)?)?));
            blocks.insert(number(row.int(0)?)?, block);
            Ok(())
        })?;
        let Some(until) = until else { return Ok(None) };
        let of_regions = list(sql, "SELECT number, profiles FROM region WHERE year = ?1", values![of.0], |row| {
            Ok((number(row.int(0)?)?, Region { groups: read(row.text(1)?)?, figures: Vec::new() }))
        })?;
        let mut regions: BTreeMap<u32, Region> = of_regions.into_iter().collect();
        let told = "SELECT number, profiles, figures FROM published WHERE year = ?1 AND indicator = ?2";
        sql.query(told, values![of.0, indicator.get().slug], &mut |row| {
            let (at, profiles) = (number(row.int(0)?)?, row.int(1)?);
            let profiles = (profiles != ALL).then(|| usize::try_from(profiles)).transpose();
            let profiles = profiles.map_err(|_| StoreError::Corrupt(UNREADABLE))?;
            let told: Option<(Day, bool, BTreeSet<usize>, Figures)> = row.known_text(2)?.map(read).transpose()?;
            let (since, held, untold, figures) = match told {
                Some((since, held, untold, figures)) => (since, held, untold, Some(figures)),
                None => (Day::MIN, false, BTreeSet::new(), None),
            };
            let figure = Figure { indicator, profiles, profile: None, since, figures, held, untold };
            let known = match profiles {
                None => blocks.get_mut(&at).map(|block| &mut block.figures),
                Some(_) => regions.get_mut(&at).map(|region| &mut region.figures),
            };
            known.ok_or(StoreError::Corrupt(UNREADABLE))?.push(figure);
            Ok(())
        })?;
        let unplaced = "SELECT places FROM unplaced WHERE year = ?1";
        let unplaced = find(sql, unplaced, values![of.0], |row| read(row.text(0)?))?;
        let (blocks, unplaced) = (blocks.into_values().collect(), unplaced.unwrap_or_default());
        Ok(Some(Published { until, regions, blocks, unplaced }))
    })
}

const UNREADABLE: &str = "les chiffres d’un groupe d’établissements sont illisibles";

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(UNREADABLE))
}

fn write(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt(UNREADABLE))
}

fn number(number: i64) -> Result<u32, StoreError> {
    number.try_into().map_err(|_| StoreError::Corrupt(UNREADABLE))
}

fn year(number: i64) -> Result<SchoolYear, StoreError> {
    number.try_into().map(SchoolYear).map_err(|_| StoreError::Corrupt(UNREADABLE))
}
