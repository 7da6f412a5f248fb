//! Links that people give: table `shared_link`.

use super::favourites::may_return;
use super::sql::{Keys, Row, Sql, find, in_transaction, list, values};
use super::{Store, StoreError};
use crate::zone::zone_of;
use chrono::{DateTime, Utc};
use vigie_domain::kept::{Kept, KeptQuestion};
use vigie_domain::rights::PersonId;
use vigie_domain::shared::{Link, LinkKind, MAX_LINKS, Token};
use vigie_domain::uai::Uai;

/// What is read of a link, in the order in which [`read`] expects it.
const COLUMNS: &str = "token, person, author, version, question, form, made_at, revoked_at";

/// A link to add.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// The end of its address.
    pub token: Token,
    /// Who makes it.
    pub person: PersonId,
    /// How they are called.
    pub author: String,
    /// The question.
    pub question: KeptQuestion,
    /// The figures, when it leads to those of the day.
    pub figures: Option<StoredFigures>,
}

/// The figures of a day, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFigures {
    /// The version in which they are written.
    pub form: u32,
    /// They themselves.
    pub result: String,
    /// The version of the data of the school that they were read from.
    pub data_version: i64,
}

impl Store {
    /// Adds a link to a school.
    pub async fn add_link(&self, uai: &Uai, link: NewLink, now: DateTime<Utc>) -> Result<Kept<()>, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| in_transaction(sql, |sql| add(sql, &uai, &link, now))).await
    }

    /// The links of a school, the last made first, without their figures.
    pub async fn list_links(&self, uai: &Uai) -> Result<Vec<Link>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| list_all(sql, &uai)).await
    }

    /// A link of one of these schools that was not taken back, its school and its figures.
    pub async fn find_link(
        &self,
        uais: Vec<Uai>,
        token: Token,
    ) -> Result<Option<(Uai, Link, Option<StoredFigures>)>, StoreError> {
        self.readers.run(move |sql| find_open(sql, uais, &token)).await
    }

    /// Which of these schools has a link that was not taken back.
    pub async fn find_school_of_link(&self, uais: Vec<Uai>, token: Token) -> Result<Option<Uai>, StoreError> {
        self.readers.run(move |sql| find_school(sql, uais, &token)).await
    }

    /// Takes a link back, or gives it again; false when the school has no such link, or none that may still be given again.
    pub async fn revoke_link(
        &self,
        uai: &Uai,
        token: Token,
        revoked: bool,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| revoke(sql, &uai, &token, revoked, now)).await
    }
}

fn add(sql: &mut dyn Sql, uai: &Uai, link: &NewLink, now: DateTime<Utc>) -> Result<Kept<()>, StoreError> {
    let all = find(sql, "SELECT COUNT(*) FROM shared_link WHERE uai = ?1", values![uai.as_str()], |row| row.int(0))?;
    if usize::try_from(all.unwrap_or(0)).is_ok_and(|all| all >= MAX_LINKS) {
        return Ok(Kept::Full);
    }
    let insert = "INSERT INTO shared_link
                  (uai, token, person, author, version, question, form, result, data_version, made_at)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let figures = link.figures.as_ref();
    let row = values![
        uai.as_str(),
        link.token.as_str(),
        link.person.as_str(),
        link.author.as_str(),
        link.question.version,
        link.question.address.as_str(),
        figures.map(|figures| figures.form),
        figures.map(|figures| figures.result.as_str()),
        figures.map(|figures| figures.data_version),
        now.timestamp()
    ];
    sql.execute(insert, row)?;
    Ok(Kept::Done(()))
}

fn list_all(sql: &mut dyn Sql, uai: &Uai) -> Result<Vec<Link>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM shared_link WHERE uai = ?1 ORDER BY made_at DESC, token");
    list(sql, &statement, values![uai.as_str()], |row| read(row, uai))
}

fn find_open(
    sql: &mut dyn Sql,
    uais: Vec<Uai>,
    token: &Token,
) -> Result<Option<(Uai, Link, Option<StoredFigures>)>, StoreError> {
    let statement = format!(
        "SELECT {COLUMNS}, result, data_version, uai FROM shared_link
         WHERE uai = ?2 AND token = ?1 AND revoked_at IS NULL"
    );
    let uais: Vec<&str> = uais.iter().map(Uai::as_str).collect();
    let mut found = None;
    sql.query_each(&statement, values![token.as_str()], Keys::Texts(&uais), &mut |row| {
        let figures = match (row.known_int(5)?, row.known_text(8)?, row.known_int(9)?) {
            (Some(form), Some(result), Some(data_version)) => {
                let form = u32::try_from(form).map_err(|_| spoilt())?;
                Some(StoredFigures { form, result: result.to_owned(), data_version })
            }
            _ => None,
        };
        let uai = Uai::parse(row.text(10)?).map_err(|_| spoilt())?;
        let link = read(row, &uai)?;
        found = Some((uai, link, figures));
        Ok(())
    })?;
    Ok(found)
}

fn find_school(sql: &mut dyn Sql, uais: Vec<Uai>, token: &Token) -> Result<Option<Uai>, StoreError> {
    let statement = "SELECT uai FROM shared_link WHERE uai = ?2 AND token = ?1 AND revoked_at IS NULL";
    let uais: Vec<&str> = uais.iter().map(Uai::as_str).collect();
    let mut found = None;
    sql.query_each(statement, values![token.as_str()], Keys::Texts(&uais), &mut |row| {
        found = Some(Uai::parse(row.text(0)?).map_err(|_| spoilt())?);
        Ok(())
    })?;
    Ok(found)
}

fn revoke(sql: &mut dyn Sql, uai: &Uai, token: &Token, revoked: bool, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let (update, moment) = if revoked {
        let update = "UPDATE shared_link SET revoked_at = COALESCE(revoked_at, ?3) WHERE uai = ?1 AND token = ?2";
        (update, now)
    } else {
        let update = "UPDATE shared_link SET revoked_at = NULL
                      WHERE uai = ?1 AND token = ?2 AND (revoked_at IS NULL OR revoked_at > ?3)";
        (update, now - may_return())
    };
    Ok(sql.execute(update, values![uai.as_str(), token.as_str(), moment.timestamp()])? > 0)
}

fn spoilt() -> StoreError {
    StoreError::Corrupt("un lien partagé est illisible")
}

fn read(row: &dyn Row, uai: &Uai) -> Result<Link, StoreError> {
    let made_at = DateTime::from_timestamp(row.int(6)?, 0).ok_or_else(spoilt)?;
    Ok(Link {
        token: Token::parse(row.text(0)?).ok_or_else(spoilt)?,
        person: PersonId::new(row.text(1)?),
        author: row.text(2)?.to_owned(),
        kind: if row.known_int(5)?.is_some() { LinkKind::Snapshot } else { LinkKind::Living },
        question: KeptQuestion {
            version: u32::try_from(row.int(3)?).map_err(|_| spoilt())?,
            address: row.text(4)?.to_owned(),
        },
        made_at: made_at.with_timezone(&zone_of(uai)).naive_local(),
        is_revoked: row.known_int(7)?.is_some(),
    })
}
