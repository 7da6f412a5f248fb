//! People who sign in: tables `person`, `web_session` and `used_proof`; whose responsable they are.

use super::sql::{Row, Sql, find, in_transaction, list, values};
use super::{Store, StoreError};
use crate::ingest::event::Pseudonym;
use chrono::{DateTime, Utc};
use vigie_domain::rights::{Person, PersonId};
use vigie_domain::uai::Uai;

/// The SHA-256 of a secret: all that is kept of it.
pub type Digest = [u8; 32];

/// A browser that signs in.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Of the identifier that the cookie holds.
    pub hash: Digest,
    /// Of what the provider ends the session by.
    pub provider: Option<Digest>,
    /// What the provider wants to be shown when the person signs out.
    pub id_token: Option<String>,
}

/// The moments before which a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionEnds {
    /// For the last time that it served.
    pub seen_before: DateTime<Utc>,
    /// For the time at which it began.
    pub created_before: DateTime<Utc>,
}

impl SessionEnds {
    /// No session is over.
    pub const NEVER: Self = Self { seen_before: DateTime::UNIX_EPOCH, created_before: DateTime::UNIX_EPOCH };
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// When the session last served, as far as it was written down.
    pub seen_at: DateTime<Utc>,
}

/// A session that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedSession {
    /// What the provider wants to be shown.
    pub id_token: Option<String>,
    /// Whether the provider could have ended it.
    pub by_provider: bool,
}

impl Store {
    /// Keeps who somebody is, and the session that this begins.
    pub async fn sign_in(&self, person: Person, session: NewSession, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.writers.run(move |sql| sign_in(sql, &person, &session, now)).await
    }

    /// Who is signed in by a session that is not over.
    pub async fn find_session(&self, hash: Digest, ends: SessionEnds) -> Result<Option<SignedIn>, StoreError> {
        self.readers.run(move |sql| find_session(sql, &hash, ends)).await
    }

    /// Writes down that a session serves.
    pub async fn touch_session(&self, hash: Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.writers.run(move |sql| touch_session(sql, &hash, now)).await
    }

    /// Ends a session; what is to be said of it to its provider.
    pub async fn end_session(&self, hash: Digest) -> Result<Option<EndedSession>, StoreError> {
        self.writers.run(move |sql| end_session(sql, &hash)).await
    }

    /// Ends every session of somebody; how many.
    pub async fn end_sessions_of(&self, person: PersonId) -> Result<u64, StoreError> {
        self.writers.run(move |sql| end_sessions_of(sql, &person)).await
    }

    /// Erases somebody who holds nothing any more, with every session; what they kept for themselves goes with [`Store::purge_kept`].
    pub async fn forget_person(&self, person: PersonId) -> Result<(), StoreError> {
        self.writers.run(move |sql| forget_person(sql, &person)).await
    }

    /// Ends the sessions that the provider ends; how many.
    pub async fn end_provider_session(&self, provider: Digest) -> Result<u64, StoreError> {
        self.writers.run(move |sql| end_provider_session(sql, &provider)).await
    }

    /// Remembers what served to sign in; false when it already had.
    pub async fn use_proof(&self, hash: Digest, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.writers.run(move |sql| use_proof(sql, &hash, now)).await
    }

    /// Erases sessions that are over, proofs used before a moment, and people who have not signed in since another; how many
    /// sessions.
    pub async fn purge_sessions(
        &self,
        ends: SessionEnds,
        proofs: DateTime<Utc>,
        people: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.writers.run(move |sql| purge(sql, ends, proofs, people)).await
    }

    /// Somebody who signed in at a moment or later, with the rights of the last time.
    pub async fn find_person(&self, id: PersonId, since: DateTime<Utc>) -> Result<Option<Person>, StoreError> {
        self.readers.run(move |sql| find_person(sql, &id, since)).await
    }

    /// The schools of which somebody is responsable, as the last exports say.
    pub async fn list_schools_of_responsable(&self, person: Pseudonym) -> Result<Vec<Uai>, StoreError> {
        self.readers.run(move |sql| list_schools_of_responsable(sql, &person)).await
    }
}

/// Keeps who somebody is, and the session that this begins.
fn sign_in(sql: &mut dyn Sql, person: &Person, session: &NewSession, now: DateTime<Utc>) -> Result<(), StoreError> {
    let rights = serde_json::to_string(&person.rights)
        .map_err(|_| StoreError::Corrupt("les droits d’une personne ne peuvent être écrits"))?;
    let keep = "INSERT INTO person (id, name, mail, rights, signed_in_at) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, mail = excluded.mail, rights = excluded.rights,
                signed_in_at = excluded.signed_in_at";
    let begin = "INSERT INTO web_session (hash, person, provider, id_token, created_at, seen_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
    let (id, now) = (person.id.as_str(), now.timestamp());
    in_transaction(sql, |sql| {
        sql.execute(keep, values![id, person.name.as_str(), person.mail.as_deref(), rights.as_str(), now])?;
        sql.execute(begin, values![&session.hash, id, session.provider.as_ref(), session.id_token.as_deref(), now])?;
        Ok(())
    })
}

/// Who is signed in by a session that is not over.
fn find_session(sql: &mut dyn Sql, hash: &Digest, ends: SessionEnds) -> Result<Option<SignedIn>, StoreError> {
    let statement = "SELECT person.id, person.name, person.mail, person.rights, web_session.seen_at
                     FROM web_session JOIN person ON person.id = web_session.person
                     WHERE web_session.hash = ?1 AND web_session.seen_at >= ?2 AND web_session.created_at >= ?3";
    let values = values![hash, ends.seen_before.timestamp(), ends.created_before.timestamp()];
    find(sql, statement, values, |row| Ok(SignedIn { person: read_person(row)?, seen_at: moment(row.int(4)?)? }))
}

/// Writes down that a session serves.
fn touch_session(sql: &mut dyn Sql, hash: &Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
    let update = "UPDATE web_session SET seen_at = ?2 WHERE hash = ?1 AND seen_at < ?2";
    sql.execute(update, values![hash, now.timestamp()]).map(drop)
}

/// Ends a session; what is to be said of it to its provider.
fn end_session(sql: &mut dyn Sql, hash: &Digest) -> Result<Option<EndedSession>, StoreError> {
    let delete = "DELETE FROM web_session WHERE hash = ?1
                  RETURNING id_token, CAST(CASE WHEN provider IS NULL THEN 0 ELSE 1 END AS BIGINT)";
    find(sql, delete, values![hash], |row| {
        let id_token = row.known_text(0)?.map(str::to_owned);
        Ok(EndedSession { id_token, by_provider: row.int(1)? == 1 })
    })
}

/// Ends every session of somebody.
fn end_sessions_of(sql: &mut dyn Sql, person: &PersonId) -> Result<u64, StoreError> {
    sql.execute("DELETE FROM web_session WHERE person = ?1", values![person.as_str()])
}

/// Erases somebody, with every session.
fn forget_person(sql: &mut dyn Sql, person: &PersonId) -> Result<(), StoreError> {
    in_transaction(sql, |sql| {
        end_sessions_of(sql, person)?;
        sql.execute("DELETE FROM person WHERE id = ?1", values![person.as_str()]).map(drop)
    })
}

/// Ends the session that the provider ends.
fn end_provider_session(sql: &mut dyn Sql, provider: &Digest) -> Result<u64, StoreError> {
    sql.execute("DELETE FROM web_session WHERE provider = ?1", values![provider])
}

/// Remembers what served to sign in; false when it already had.
fn use_proof(sql: &mut dyn Sql, hash: &Digest, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let insert = "INSERT INTO used_proof (hash, used_at) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING";
    Ok(sql.execute(insert, values![hash, now.timestamp()])? > 0)
}

/// Erases sessions that are over, proofs used before a moment, and people who have not signed in since another; how many sessions.
fn purge(
    sql: &mut dyn Sql,
    ends: SessionEnds,
    proofs: DateTime<Utc>,
    people: DateTime<Utc>,
) -> Result<u64, StoreError> {
    in_transaction(sql, |sql| {
        sql.execute("DELETE FROM used_proof WHERE used_at < ?1", values![proofs.timestamp()])?;
        sql.execute("DELETE FROM person WHERE signed_in_at < ?1", values![people.timestamp()])?;
        let over = "DELETE FROM web_session WHERE seen_at < ?1 OR created_at < ?2";
        sql.execute(over, values![ends.seen_before.timestamp(), ends.created_before.timestamp()])
    })
}

/// Somebody who signed in at a moment or later, with the rights of the last time.
fn find_person(sql: &mut dyn Sql, id: &PersonId, since: DateTime<Utc>) -> Result<Option<Person>, StoreError> {
    let statement = "SELECT id, name, mail, rights FROM person WHERE id = ?1 AND signed_in_at >= ?2";
    find(sql, statement, values![id.as_str(), since.timestamp()], read_person)
}

/// The schools of which somebody is responsable: those whose last export that names responsables names them.
fn list_schools_of_responsable(sql: &mut dyn Sql, person: &Pseudonym) -> Result<Vec<Uai>, StoreError> {
    let named = "SELECT uai, day FROM responsable WHERE person = ?1";
    let named = list(sql, named, values![person], |row| Ok((row.text(0)?.to_owned(), row.int(1)?)))?;
    let mut schools = Vec::with_capacity(named.len());
    for (uai, day) in named {
        let last = "SELECT MAX(day) FROM responsable WHERE uai = ?1";
        if find(sql, last, values![uai.as_str()], |row| row.known_int(0))?.flatten() == Some(day) {
            let unreadable = |_| StoreError::Corrupt("un identifiant d’établissement est illisible");
            schools.push(Uai::parse(&uai).map_err(unreadable)?);
        }
    }
    Ok(schools)
}

/// What is wrong with people and their sessions, a sentence each.
pub(super) fn check(sql: &mut dyn Sql) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    sql.query("SELECT id, name, mail, rights FROM person", values![], &mut |row| {
        if read_person(row).is_err() {
            problems.push("les droits d’une personne sont illisibles".into());
        }
        Ok(())
    })?;
    Ok(problems)
}

fn read_person(row: &dyn Row) -> Result<Person, StoreError> {
    let unreadable = |_| StoreError::Corrupt("les droits d’une personne sont illisibles");
    Ok(Person {
        id: PersonId::new(row.text(0)?),
        name: row.text(1)?.to_owned(),
        mail: row.known_text(2)?.map(str::to_owned),
        rights: serde_json::from_str(row.text(3)?).map_err(unreadable)?,
    })
}

fn moment(seconds: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp(seconds, 0).ok_or(StoreError::Corrupt("la date d’une session est illisible"))
}
