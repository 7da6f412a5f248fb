//! Favourites: table `favourite`. Each person has an order of their own in each school, and its team another one.

use super::sql::{Row, Sql, Value, find, in_transaction, list, values};
use super::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Paris;
use vigie_domain::kept::{
    Change, Circle, Direction, Favourite, FavouriteId, Kept, KeptQuestion, Label, MAX_FAVOURITES, shift,
};
use vigie_domain::rights::PersonId;
use vigie_domain::uai::Uai;

/// How long what was taken away may be brought back.
const MAY_RETURN: TimeDelta = TimeDelta::hours(24);

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

impl Store {
    /// The favourites of somebody in a school, in order, then those of its team.
    pub async fn list_favourites(&self, uai: &Uai, person: PersonId) -> Result<Vec<Favourite>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| list_seen(sql, &uai, &person)).await
    }

    /// What somebody kept in a school, or its team, and was taken away less than a day ago, the last first.
    pub async fn list_removed_favourites(
        &self,
        uai: &Uai,
        person: PersonId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Favourite>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| list_removed(sql, &uai, &person, now)).await
    }

    /// A favourite, whoever keeps it.
    pub async fn find_favourite(&self, uai: &Uai, id: FavouriteId) -> Result<Option<Favourite>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| find_one(sql, &uai, &id)).await
    }

    /// Adds a favourite of somebody, at the end of those that are in no folder.
    pub async fn add_favourite(
        &self,
        uai: &Uai,
        favourite: NewFavourite,
        now: DateTime<Utc>,
    ) -> Result<Kept<()>, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| in_transaction(sql, |sql| add(sql, &uai, &favourite, now))).await
    }

    /// Changes a favourite.
    pub async fn change_favourite(
        &self,
        uai: &Uai,
        id: FavouriteId,
        change: Change,
        now: DateTime<Utc>,
    ) -> Result<Kept<()>, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| in_transaction(sql, |sql| apply(sql, &uai, &id, &change, now))).await
    }
}

fn list_seen(sql: &mut dyn Sql, uai: &Uai, person: &PersonId) -> Result<Vec<Favourite>, StoreError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM favourite WHERE uai = ?1 AND removed_at IS NULL AND (team = 1 OR person = ?2)
         ORDER BY team, place, id"
    );
    list(sql, &statement, values![uai.as_str(), person.as_str()], read)
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
    list(sql, &statement, values![uai.as_str(), person.as_str(), (now - MAY_RETURN).timestamp()], read)
}

fn find_one(sql: &mut dyn Sql, uai: &Uai, id: &FavouriteId) -> Result<Option<Favourite>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM favourite WHERE uai = ?1 AND id = ?2 AND removed_at IS NULL");
    find(sql, &statement, values![uai.as_str(), id.0.as_str()], read)
}

fn add(sql: &mut dyn Sql, uai: &Uai, new: &NewFavourite, now: DateTime<Utc>) -> Result<Kept<()>, StoreError> {
    erase_removed(sql, uai, now)?;
    if count(sql, uai, Circle::Own, &new.person)? >= MAX_FAVOURITES {
        return Ok(Kept::Full);
    }
    let insert =
        "INSERT INTO favourite (uai, id, person, author, team, name, folder, place, version, question, added_at)
                  VALUES (?1, ?2, ?3, ?4, 0, ?5, '', ?6, ?7, ?8, ?9)";
    let place = last_place(sql, uai, Circle::Own, &new.person)? + 1;
    let (person, question) = (new.person.as_str(), new.question.address.as_str());
    sql.execute(
        insert,
        values![
            uai.as_str(),
            new.id.0.as_str(),
            person,
            new.author.as_str(),
            new.name.as_str(),
            place,
            new.question.version,
            question,
            now.timestamp()
        ],
    )?;
    Ok(Kept::Done(()))
}

fn apply(
    sql: &mut dyn Sql,
    uai: &Uai,
    id: &FavouriteId,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<Kept<()>, StoreError> {
    let (uai_text, id_text) = (uai.as_str(), id.0.as_str());
    let set = |sql: &mut dyn Sql, what: &str, value: Value| {
        sql.execute(
            &format!("UPDATE favourite SET {what} WHERE uai = ?1 AND id = ?2"),
            &[uai_text.into(), id_text.into(), value],
        )
        .map(drop)
    };
    match change {
        Change::Rename(name) => set(sql, "name = ?3", name.as_str().into())?,
        Change::Shift(direction) => move_by_one(sql, uai, id, *direction)?,
        Change::Remove => set(sql, "removed_at = ?3", now.timestamp().into())?,
        Change::Move(folder) => {
            let folder = folder.as_ref().map_or("", Label::as_str);
            set(sql, "folder = ?3", folder.into())?;
            if let Some(found) = find_one(sql, uai, id)? {
                let place = last_place(sql, uai, found.circle, &found.person)? + 1;
                set(sql, "place = ?3", place.into())?;
            }
        }
        Change::Give(circle) => {
            let Some(found) = find_one(sql, uai, id)? else { return Ok(Kept::Done(())) };
            if found.circle == *circle {
                return Ok(Kept::Done(()));
            }
            if count(sql, uai, *circle, &found.person)? >= MAX_FAVOURITES {
                return Ok(Kept::Full);
            }
            let place = last_place(sql, uai, *circle, &found.person)? + 1;
            set(sql, "team = ?3", (*circle == Circle::Team).into())?;
            set(sql, "place = ?3", place.into())?;
        }
        Change::Restore => {
            let whose = "SELECT team, person FROM favourite WHERE uai = ?1 AND id = ?2 AND removed_at IS NOT NULL";
            let whose = find(sql, whose, values![uai_text, id_text], |row| {
                Ok((circle(row.int(0)?), PersonId::new(row.text(1)?)))
            })?;
            let Some((circle, person)) = whose else { return Ok(Kept::Done(())) };
            if count(sql, uai, circle, &person)? >= MAX_FAVOURITES {
                return Ok(Kept::Full);
            }
            set(sql, "removed_at = ?3", Value::Null)?;
        }
    }
    Ok(Kept::Done(()))
}

/// Moves a favourite among those of its folder.
fn move_by_one(sql: &mut dyn Sql, uai: &Uai, id: &FavouriteId, direction: Direction) -> Result<(), StoreError> {
    let neighbours = "SELECT other.id FROM favourite AS other JOIN favourite AS one ON one.uai = other.uai
                      WHERE other.uai = ?1 AND one.uai = ?1 AND one.id = ?2 AND one.removed_at IS NULL
                        AND other.removed_at IS NULL AND other.team = one.team AND other.folder = one.folder
                        AND (one.team = 1 OR other.person = one.person)
                      ORDER BY other.place, other.id";
    let places = "SELECT place FROM favourite WHERE uai = ?1 AND id = ?2";
    let order =
        list(sql, neighbours, values![uai.as_str(), id.0.as_str()], |row| Ok(FavouriteId(row.text(0)?.to_owned())))?;
    let mut held = Vec::with_capacity(order.len());
    for id in &order {
        held.extend(find(sql, places, values![uai.as_str(), id.0.as_str()], |row| row.int(0))?);
    }
    // Places are given out again in the same order; those that two had by chance are parted.
    let mut moved = order.clone();
    shift(&mut moved, id, direction);
    let mut last = i64::MIN;
    for (id, place) in moved.iter().zip(held) {
        last = place.max(last.saturating_add(1));
        let update = "UPDATE favourite SET place = ?3 WHERE uai = ?1 AND id = ?2 AND place <> ?3";
        sql.execute(update, values![uai.as_str(), id.0.as_str(), last])?;
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

fn last_place(sql: &mut dyn Sql, uai: &Uai, circle: Circle, person: &PersonId) -> Result<i64, StoreError> {
    let statement = "SELECT COALESCE(MAX(place), 0) FROM favourite
                     WHERE uai = ?1 AND team = ?2 AND (team = 1 OR person = ?3)";
    let team = circle == Circle::Team;
    Ok(find(sql, statement, values![uai.as_str(), team, person.as_str()], |row| row.int(0))?.unwrap_or(0))
}

/// Erases what was taken away too long ago to be brought back.
fn erase_removed(sql: &mut dyn Sql, uai: &Uai, now: DateTime<Utc>) -> Result<(), StoreError> {
    let delete = "DELETE FROM favourite WHERE uai = ?1 AND removed_at <= ?2";
    sql.execute(delete, values![uai.as_str(), (now - MAY_RETURN).timestamp()]).map(drop)
}

fn circle(team: i64) -> Circle {
    if team == 1 { Circle::Team } else { Circle::Own }
}

fn read(row: &dyn Row) -> Result<Favourite, StoreError> {
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
        added_on: added_at.with_timezone(&Paris).date_naive(),
    })
}
