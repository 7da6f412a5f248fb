//! Favourites: table `favourite`. Each person has an order of their own in each school, and its team another one.

use super::sql::{Row, Sql, Value, find, in_transaction, list, values};
use super::{Store, StoreError};
use crate::zone::zone_of;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use vigie_domain::kept::{
    Change, Circle, Direction, Favourite, FavouriteId, Kept, KeptQuestion, Label, MAX_FAVOURITES, UNDO_DAYS, shift,
};
use vigie_domain::rights::PersonId;
use vigie_domain::uai::Uai;

/// How long what was taken away may be brought back.
pub(super) fn may_return() -> TimeDelta {
    TimeDelta::days(UNDO_DAYS)
}

/// What is read of a favourite, in the order in which [`read`] expects it.
const COLUMNS: &str = "id, person, author, team, name, folder, version, question, added_at";

/// A favourite to add.
#[derive(Clone, Debug)]
pub struct NewFavourite {
    /// Identifies it.
    pub id: FavouriteId,
    /// Who adds it.
    pub person: PersonId,
    /// How they are called.
    pub author: String,
    /// Its name.
    pub name: Label,
    /// The question.
    pub question: KeptQuestion,
}

/// Who changes a favourite.
#[derive(Clone, Debug)]
pub struct Editor {
    /// The person.
    pub person: PersonId,
    /// Whether they may keep for the team.
    pub keeps_for_team: bool,
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// There are as many as there may be.
    Full,
    /// There is none, or none that the person sees.
    Unseen,
    /// The person sees it, and this is for others to do.
    Reserved,
}

impl Store {
    /// The favourites of somebody in a school, in order, then those of its team.
    pub async fn list_favourites(&self, uai: &Uai, person: PersonId) -> Result<Vec<Favourite>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| list_seen(sql, &uai, &person)).await
    }

    /// What somebody kept in a school, or its team, and was taken away and may be brought back, the last first.
    pub async fn list_removed_favourites(
        &self,
        uai: &Uai,
        person: PersonId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Favourite>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| list_removed(sql, &uai, &person, now)).await
    }

    /// Adds a favourite of somebody, at the end of those that are in no folder; the one that asks the same, when there is one.
    pub async fn add_favourite(
        &self,
        uai: &Uai,
        favourite: NewFavourite,
        now: DateTime<Utc>,
    ) -> Result<Kept<FavouriteId>, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| in_transaction(sql, |sql| add(sql, &uai, &favourite, now))).await
    }

    /// Changes a favourite, when it is one that the editor may change.
    pub async fn change_favourite(
        &self,
        uai: &Uai,
        id: FavouriteId,
        change: Change,
        editor: Editor,
        now: DateTime<Utc>,
    ) -> Result<Changed, StoreError> {
        let uai = uai.clone();
        let apply = move |sql: &mut dyn Sql| apply(sql, (&uai, &id), &change, &editor, now);
        self.writers.run(move |sql| in_transaction(sql, apply)).await
    }

    /// Erases what was taken away too long ago to be brought back, links too.
    pub async fn erase_removed(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.writers.run(move |sql| erase_removed(sql, now)).await
    }
}

fn list_seen(sql: &mut dyn Sql, uai: &Uai, person: &PersonId) -> Result<Vec<Favourite>, StoreError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM favourite WHERE uai = ?1 AND removed_at IS NULL AND (team = 1 OR person = ?2)
         ORDER BY team, place, id"
    );
    list(sql, &statement, values![uai.as_str(), person.as_str()], |row| read(row, uai))
}

fn list_removed(
    sql: &mut dyn Sql,
    uai: &Uai,
    person: &PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<Favourite>, StoreError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM favourite WHERE uai = ?1 AND removed_at > ?3 AND (team = 1 OR person = ?2)
         ORDER BY removed_at DESC, id"
    );
    let values = values![uai.as_str(), person.as_str(), (now - may_return()).timestamp()];
    list(sql, &statement, values, |row| read(row, uai))
}

fn add(sql: &mut dyn Sql, uai: &Uai, new: &NewFavourite, now: DateTime<Utc>) -> Result<Kept<FavouriteId>, StoreError> {
    if count(sql, uai, Circle::Own, &new.person)? >= MAX_FAVOURITES || has_too_many(sql, uai, &new.person)? {
        return Ok(Kept::Full);
    }
    let insert =
        "INSERT INTO favourite (uai, id, person, author, team, name, folder, place, version, question, added_at)
         VALUES (?1, ?2, ?3, ?4, 0, ?5, '', ?6, ?7, ?8, ?9)
         ON CONFLICT (uai, person, question, version) WHERE team = 0 AND removed_at IS NULL DO NOTHING";
    let place = last_place(sql, uai, Circle::Own, &new.person)? + 1;
    let (person, question) = (new.person.as_str(), new.question.address.as_str());
    let values = values![
        uai.as_str(),
        new.id.0.as_str(),
        person,
        new.author.as_str(),
        new.name.as_str(),
        place,
        new.question.version,
        question,
        now.timestamp()
    ];
    if sql.execute(insert, values)? > 0 {
        return Ok(Kept::Done(new.id.clone()));
    }
    // Another request of the same person, on whatever server, came first.
    let same = find_same(sql, uai, &new.person, &new.question)?;
    same.map(Kept::Done).ok_or(StoreError::Corrupt("un favori ne peut être ajouté"))
}

/// What somebody keeps for themselves that asks the same, in the same version.
fn find_same(
    sql: &mut dyn Sql,
    uai: &Uai,
    person: &PersonId,
    question: &KeptQuestion,
) -> Result<Option<FavouriteId>, StoreError> {
    let same = "SELECT id FROM favourite WHERE uai = ?1 AND person = ?2 AND question = ?3 AND version = ?4
                AND team = 0 AND removed_at IS NULL";
    let values = values![uai.as_str(), person.as_str(), question.address.as_str(), question.version];
    find(sql, same, values, |row| Ok(FavouriteId(row.text(0)?.to_owned())))
}

/// The favourite that is to be changed, which nobody else changes until the transaction is over.
fn hold(
    sql: &mut dyn Sql,
    (uai, id): (&Uai, &FavouriteId),
    change: &Change,
    now: DateTime<Utc>,
) -> Result<Option<Favourite>, StoreError> {
    let id = id.0.as_str();
    if *change == Change::Restore {
        let removed = format!(
            "UPDATE favourite SET place = place WHERE uai = ?1 AND id = ?2 AND removed_at > ?3 RETURNING {COLUMNS}"
        );
        let values = values![uai.as_str(), id, (now - may_return()).timestamp()];
        return find(sql, &removed, values, |row| read(row, uai));
    }
    let there = format!(
        "UPDATE favourite SET place = place WHERE uai = ?1 AND id = ?2 AND removed_at IS NULL RETURNING {COLUMNS}"
    );
    find(sql, &there, values![uai.as_str(), id], |row| read(row, uai))
}

/// Why somebody may not change a favourite; None when they may.
fn refusal(favourite: &Favourite, change: &Change, editor: &Editor) -> Option<Changed> {
    let is_own = favourite.person == editor.person;
    let is_of_team = favourite.circle == Circle::Team;
    // What somebody else keeps for themselves is as unknown as what does not exist.
    if !is_own && !is_of_team {
        return Some(Changed::Unseen);
    }
    let concerns_team = is_of_team || *change == Change::Give(Circle::Team);
    let takes_from_another = *change == Change::Give(Circle::Own) && !is_own;
    ((concerns_team && !editor.keeps_for_team) || takes_from_another).then_some(Changed::Reserved)
}

fn apply(
    sql: &mut dyn Sql,
    (uai, id): (&Uai, &FavouriteId),
    change: &Change,
    editor: &Editor,
    now: DateTime<Utc>,
) -> Result<Changed, StoreError> {
    let Some(held) = hold(sql, (uai, id), change, now)? else { return Ok(Changed::Unseen) };
    if let Some(refused) = refusal(&held, change, editor) {
        return Ok(refused);
    }
    let set = |sql: &mut dyn Sql, what: &str, value: Value| {
        let update = format!("UPDATE favourite SET {what} WHERE uai = ?1 AND id = ?2");
        sql.execute(&update, &[uai.as_str().into(), id.0.as_str().into(), value]).map(drop)
    };
    match change {
        Change::Rename(name) => set(sql, "name = ?3", name.as_str().into())?,
        Change::Shift(direction) => move_by_one(sql, uai, &held, *direction)?,
        Change::Remove => set(sql, "removed_at = ?3", now.timestamp().into())?,
        // It keeps its place among the others.
        Change::Move(folder) if *folder == held.folder => {}
        Change::Move(folder) => {
            set(sql, "folder = ?3", folder.as_ref().map_or("", Label::as_str).into())?;
            let place = last_place(sql, uai, held.circle, &held.person)? + 1;
            set(sql, "place = ?3", place.into())?;
        }
        Change::Give(circle) if *circle == held.circle => {}
        Change::Give(circle) => {
            if count(sql, uai, *circle, &held.person)? >= MAX_FAVOURITES {
                return Ok(Changed::Full);
            }
            if *circle == Circle::Own && find_same(sql, uai, &held.person, &held.question)?.is_some() {
                // The person keeps it already: the team does no more.
                set(sql, "removed_at = ?3", now.timestamp().into())?;
                return Ok(Changed::Done);
            }
            let place = last_place(sql, uai, *circle, &held.person)? + 1;
            set(sql, "team = ?3", (*circle == Circle::Team).into())?;
            set(sql, "place = ?3", place.into())?;
        }
        Change::Restore => {
            if count(sql, uai, held.circle, &held.person)? >= MAX_FAVOURITES {
                return Ok(Changed::Full);
            }
            // One that asks the same may have been added since.
            if held.circle == Circle::Team || find_same(sql, uai, &held.person, &held.question)?.is_none() {
                set(sql, "removed_at = ?3", Value::Null)?;
            }
        }
    }
    Ok(Changed::Done)
}

/// Moves a favourite among those of its folder.
fn move_by_one(sql: &mut dyn Sql, uai: &Uai, held: &Favourite, direction: Direction) -> Result<(), StoreError> {
    let neighbours = "SELECT id, place FROM favourite WHERE uai = ?1 AND team = ?2 AND folder = ?3
                      AND removed_at IS NULL AND (team = 1 OR person = ?4) ORDER BY place, id";
    let folder = held.folder.as_ref().map_or("", Label::as_str);
    let values = values![uai.as_str(), held.circle == Circle::Team, folder, held.person.as_str()];
    let order = list(sql, neighbours, values, |row| Ok((FavouriteId(row.text(0)?.to_owned()), row.int(1)?)))?;
    let mut moved: Vec<FavouriteId> = order.iter().map(|(id, _)| id.clone()).collect();
    shift(&mut moved, &held.id, direction);
    // Places are given out again in the same order; those that two had by chance are parted.
    let places: BTreeMap<&FavouriteId, i64> = order.iter().map(|(id, place)| (id, *place)).collect();
    let mut last = i64::MIN;
    for (id, (_, place)) in moved.iter().zip(&order) {
        last = (*place).max(last.saturating_add(1));
        if places.get(id) != Some(&last) {
            let update = "UPDATE favourite SET place = ?3 WHERE uai = ?1 AND id = ?2";
            sql.execute(update, values![uai.as_str(), id.0.as_str(), last])?;
        }
    }
    Ok(())
}

fn count(sql: &mut dyn Sql, uai: &Uai, circle: Circle, person: &PersonId) -> Result<usize, StoreError> {
    let statement = "SELECT COUNT(*) FROM favourite
                     WHERE uai = ?1 AND removed_at IS NULL AND team = ?2 AND (team = 1 OR person = ?3)";
    let team = circle == Circle::Team;
    let found = find(sql, statement, values![uai.as_str(), team, person.as_str()], |row| row.int(0))?;
    Ok(usize::try_from(found.unwrap_or(0)).unwrap_or(usize::MAX))
}

/// Whether somebody has added too many to have more, taken away or not: what is taken away is kept for a while.
fn has_too_many(sql: &mut dyn Sql, uai: &Uai, person: &PersonId) -> Result<bool, StoreError> {
    let statement =
        "SELECT COUNT(*) FROM favourite WHERE uai = ?1 AND person = ?2 AND (team = 0 OR removed_at IS NOT NULL)";
    let found = find(sql, statement, values![uai.as_str(), person.as_str()], |row| row.int(0))?;
    Ok(usize::try_from(found.unwrap_or(0)).is_ok_and(|all| all >= 3 * MAX_FAVOURITES))
}

fn last_place(sql: &mut dyn Sql, uai: &Uai, circle: Circle, person: &PersonId) -> Result<i64, StoreError> {
    let statement = "SELECT COALESCE(MAX(place), 0) FROM favourite
                     WHERE uai = ?1 AND team = ?2 AND (team = 1 OR person = ?3)";
    let team = circle == Circle::Team;
    Ok(find(sql, statement, values![uai.as_str(), team, person.as_str()], |row| row.int(0))?.unwrap_or(0))
}

fn erase_removed(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<(), StoreError> {
    let before = (now - may_return()).timestamp();
    sql.execute("DELETE FROM favourite WHERE removed_at <= ?1", values![before])?;
    sql.execute("DELETE FROM shared_link WHERE revoked_at <= ?1", values![before]).map(drop)
}

fn circle(team: i64) -> Circle {
    if team == 1 { Circle::Team } else { Circle::Own }
}

fn read(row: &dyn Row, uai: &Uai) -> Result<Favourite, StoreError> {
    let spoilt = || StoreError::Corrupt("un favori est illisible");
    let folder = row.text(5)?;
    let added_at = DateTime::from_timestamp(row.int(8)?, 0).ok_or_else(spoilt)?;
    Ok(Favourite {
        id: FavouriteId(row.text(0)?.to_owned()),
        person: PersonId::new(row.text(1)?),
        author: row.text(2)?.to_owned(),
        circle: circle(row.int(3)?),
        name: Label::parse(row.text(4)?).map_err(|_| spoilt())?,
        folder: if folder.is_empty() { None } else { Some(Label::parse(folder).map_err(|_| spoilt())?) },
        question: KeptQuestion {
            version: u32::try_from(row.int(6)?).map_err(|_| spoilt())?,
            address: row.text(7)?.to_owned(),
        },
        added_on: added_at.with_timezone(&zone_of(uai)).date_naive(),
    })
}
