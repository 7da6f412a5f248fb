//! The searches that open on arrival: table `default_search`. And what goes when somebody has not come for long.

use super::sql::{Keys, Sql, find, list, values};
use super::{Store, StoreError};
use std::collections::BTreeSet;
use vigie_domain::kept::KeptQuestion;
use vigie_domain::rights::PersonId;
use vigie_domain::uai::Uai;

impl Store {
    /// The search that opens when somebody arrives in a school.
    pub async fn find_default_search(&self, uai: &Uai, person: PersonId) -> Result<Option<KeptQuestion>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| find_default(sql, &uai, &person)).await
    }

    /// Chooses it, or none.
    pub async fn set_default_search(
        &self,
        uai: &Uai,
        person: PersonId,
        question: Option<KeptQuestion>,
    ) -> Result<(), StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| set_default(sql, &uai, &person, question.as_ref())).await
    }

    /// Erases what people who are not known any more kept for themselves; what they gave to the team stays. How many people.
    pub async fn purge_kept(&self) -> Result<usize, StoreError> {
        self.writers.run(purge).await
    }
}

fn find_default(sql: &mut dyn Sql, uai: &Uai, person: &PersonId) -> Result<Option<KeptQuestion>, StoreError> {
    let statement = "SELECT version, question FROM default_search WHERE uai = ?1 AND person = ?2";
    find(sql, statement, values![uai.as_str(), person.as_str()], |row| {
        let version =
            u32::try_from(row.int(0)?).map_err(|_| StoreError::Corrupt("une version d’adresse est illisible"))?;
        Ok(KeptQuestion { version, address: row.text(1)?.to_owned() })
    })
}

fn set_default(
    sql: &mut dyn Sql,
    uai: &Uai,
    person: &PersonId,
    question: Option<&KeptQuestion>,
) -> Result<(), StoreError> {
    let (uai, person) = (uai.as_str(), person.as_str());
    let Some(KeptQuestion { version, address }) = question else {
        let forget = "DELETE FROM default_search WHERE uai = ?1 AND person = ?2";
        return sql.execute(forget, values![uai, person]).map(drop);
    };
    let keep = "INSERT INTO default_search (uai, person, version, question) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (uai, person) DO UPDATE SET version = excluded.version, question = excluded.question";
    sql.execute(keep, values![uai, person, *version, address.as_str()]).map(drop)
}

fn purge(sql: &mut dyn Sql) -> Result<usize, StoreError> {
    let names = |sql: &mut dyn Sql, statement: &str| list(sql, statement, values![], |row| Ok(row.text(0)?.to_owned()));
    let mut absent: BTreeSet<String> =
        names(sql, "SELECT DISTINCT person FROM favourite WHERE team = 0")?.into_iter().collect();
    absent.extend(names(sql, "SELECT DISTINCT person FROM default_search")?);
    absent.remove(vigie_domain::rights::Viewer::Local.owner().as_str());
    let known: BTreeSet<String> = names(sql, "SELECT id FROM person")?.into_iter().collect();
    absent.retain(|person| !known.contains(person));
    let people: Vec<&str> = absent.iter().map(String::as_str).collect();
    for forget in [
        "DELETE FROM favourite WHERE team = 0 AND person = ?1 RETURNING id",
        "DELETE FROM default_search WHERE person = ?1 RETURNING version",
    ] {
        sql.query_each(forget, &[], Keys::Texts(&people), &mut |_| Ok(()))?;
    }
    Ok(absent.len())
}
