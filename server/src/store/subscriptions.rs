//! Subscriptions: as the operations of each day left them, by themselves and in each school: tables `subscription` and
//! `subscription_state`.

use super::batch::{Batch, KnownSubscription, SubscriptionTerms};
use super::sql::{Keys, Row, Rows, Sql, Value, list, values};
use super::{Store, StoreError, days, feeds};
use crate::ingest::event::{Licence, Licences, SubscriptionOperation, SubscriptionState};
use crate::ingest::moment::Moment;
use chrono::DateTime;
use chrono_tz::Europe::Paris;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::{Stock, Term};
use vigie_domain::period::{Day, Interval};
use vigie_domain::profile;
use vigie_domain::uai::Uai;

const WRITE: Rows = Rows {
    head: "INSERT INTO subscription
           (id, day, at, operation, named, uais, resource, first_day, first_at, last_day, last_at, licences, fingerprint)",
    columns: 13,
    tail: "ON CONFLICT (id, day) DO UPDATE SET at = excluded.at, operation = excluded.operation, named = excluded.named,
           uais = excluded.uais, resource = excluded.resource, first_day = excluded.first_day,
           first_at = excluded.first_at, last_day = excluded.last_day, last_at = excluded.last_at,
           licences = excluded.licences, fingerprint = excluded.fingerprint",
};

const WRITE_STATE: Rows = Rows {
    head: "INSERT INTO subscription_state (uai, subscription, day, resource, first_day, last_day, licences, deleted)",
    columns: 8,
    tail: "ON CONFLICT (uai, subscription, day) DO UPDATE SET resource = excluded.resource,
           first_day = excluded.first_day, last_day = excluded.last_day, licences = excluded.licences,
           deleted = excluded.deleted",
};

impl Store {
    /// What the operations of each day left of a subscription, in the order of the days; nothing when it is not known.
    pub async fn find_subscription(&self, id: &str) -> Result<Vec<KnownSubscription>, StoreError> {
        let id = id.to_owned();
        self.readers.run(move |sql| find_subscription(sql, &id)).await
    }
}

/// Remembers subscriptions; of what two operations of a day left of one, the last stays.
pub(super) fn write_subscriptions(sql: &mut dyn Sql, subscriptions: &[KnownSubscription]) -> Result<(), StoreError> {
    let last: BTreeMap<(&str, Day), &KnownSubscription> =
        subscriptions.iter().map(|known| ((known.id.as_str(), known.day()), known)).collect();
    let written = |known: &&KnownSubscription| {
        let uais = known.uais.iter().map(Uai::as_str).collect::<Vec<_>>().join(" ");
        (uais, known.terms.as_ref().map(|terms| write_licences(&terms.licences)))
    };
    let texts: Vec<(String, Option<String>)> = last.values().map(written).collect();
    let rows: Vec<Value> = last
        .values()
        .zip(&texts)
        .flat_map(|(known, (uais, licences))| {
            let (first, last) = known.terms.as_ref().map(|terms| terms.validity).unwrap_or_default();
            let [[day, at], [first_day, first_at], [last_day, last_at]] =
                [Some(known.moment), first, last].map(write_moment);
            [
                known.id.as_str().into(),
                day,
                at,
                known.operation.slug().into(),
                known.named.into(),
                uais.as_str().into(),
                known.resource.as_deref().into(),
                first_day,
                first_at,
                last_day,
                last_at,
                licences.as_deref().into(),
                (&known.fingerprint).into(),
            ]
        })
        .collect();
    sql.execute_rows(&WRITE, &rows)
}

/// Refuses a batch that was compared with subscriptions that are others now.
pub(super) fn check_compared(sql: &mut dyn Sql, batch: &Batch) -> Result<(), StoreError> {
    let ids: Vec<&str> = batch.compared.keys().map(String::as_str).collect();
    if ids.is_empty()
        || find_subscriptions(sql, &ids)?.values().eq(batch.compared.values().filter(|known| !known.is_empty()))
    {
        return Ok(());
    }
    Err(StoreError::Overtaken { name: batch.source.name.clone() })
}

/// What is known of the subscription with this identifier, in the order of the days.
fn find_subscription(sql: &mut dyn Sql, id: &str) -> Result<Vec<KnownSubscription>, StoreError> {
    Ok(find_subscriptions(sql, &[id])?.remove(id).unwrap_or_default())
}

/// What is known of the subscriptions with these identifiers, each in the order of the days.
fn find_subscriptions(sql: &mut dyn Sql, ids: &[&str]) -> Result<BTreeMap<String, Vec<KnownSubscription>>, StoreError> {
    let statement = "SELECT day, at, operation, named, uais, resource, first_day, first_at, last_day, last_at, licences, fingerprint, id
                     FROM subscription WHERE id = ?1";
    let mut all: BTreeMap<String, Vec<KnownSubscription>> = BTreeMap::new();
    sql.query_each(statement, &[], Keys::Texts(ids), &mut |row| {
        let known = read_known(row)?;
        all.entry(known.id.clone()).or_default().push(known);
        Ok(())
    })?;
    all.values_mut().for_each(|history| history.sort_by_key(KnownSubscription::day));
    Ok(all)
}

/// The subscriptions of which something is known that a day of creation left, by school. Each of these schools has states of them.
pub(super) fn list_created(sql: &mut dyn Sql) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
    let mut created: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let all = "SELECT id, uais FROM subscription WHERE operation = ?1 AND licences IS NOT NULL";
    sql.query(all, values![SubscriptionOperation::Created.slug()], &mut |row| {
        for uai in row.text(1)?.split_whitespace() {
            created.entry(uai.to_owned()).or_default().insert(row.text(0)?.to_owned());
        }
        Ok(())
    })?;
    Ok(created)
}

fn read_known(row: &dyn Row) -> Result<KnownSubscription, StoreError> {
    let corrupt = || StoreError::Corrupt("un abonnement est illisible");
    let validity = (read_moment(row, 6)?, read_moment(row, 8)?);
    let terms = match row.known_text(10)? {
        Some(text) => Some(SubscriptionTerms { validity, licences: read_known_licences(text)? }),
        None => None,
    };
    Ok(KnownSubscription {
        id: row.text(12)?.to_owned(),
        moment: read_moment(row, 0)?.ok_or_else(corrupt)?,
        operation: SubscriptionOperation::from_slug(row.text(2)?).ok_or_else(corrupt)?,
        named: row.int(3)? != 0,
        uais: row.text(4)?.split_whitespace().map(Uai::parse).collect::<Result<_, _>>().map_err(|_| corrupt())?,
        resource: row.known_text(5)?.map(str::to_owned),
        terms,
        fingerprint: row.bytes(11)?.try_into().map_err(|_| corrupt())?,
    })
}

/// The day in Paris, and the second when the moment is more than a day.
fn write_moment<'v>(moment: Option<Moment>) -> [Value<'v>; 2] {
    let at = moment.and_then(Moment::instant).map(|instant| instant.timestamp());
    [moment.map(|moment| days::to_number(moment.day(Paris))).into(), at.into()]
}

/// The moment whose day is in a column, and whose second may be in the next one.
fn read_moment(row: &dyn Row, column: usize) -> Result<Option<Moment>, StoreError> {
    let corrupt = || StoreError::Corrupt("le moment d’un abonnement est illisible");
    Ok(match (row.known_int(column)?, row.known_int(column + 1)?) {
        (_, Some(second)) => Some(Moment::Instant(DateTime::from_timestamp(second, 0).ok_or_else(corrupt)?)),
        (day, None) => day.map(days::from_number).transpose()?.map(Moment::Local),
    })
}

/// Keeps what operations left of the subscriptions of a school; of those of one day on one subscription, the last.
pub(super) fn write_states(sql: &mut dyn Sql, uai: &str, states: &[&SubscriptionState]) -> Result<(), StoreError> {
    let last: BTreeMap<(&str, Day), &SubscriptionState> =
        states.iter().copied().map(|state| ((state.subscription.as_str(), state.day), state)).collect();
    let licences: Vec<String> = last.values().map(|state| write_licences(&state.licences)).collect();
    let rows: Vec<Value> = last
        .values()
        .zip(&licences)
        .flat_map(|(state, licences)| {
            let [first, last] = [state.validity.0, state.validity.1].map(|day| day.map(days::to_number));
            [
                uai.into(),
                state.subscription.as_str().into(),
                days::to_number(state.day).into(),
                state.resource.as_deref().into(),
                first.into(),
                last.into(),
                licences.as_str().into(),
                state.deleted.into(),
            ]
        })
        .collect();
    sql.execute_rows(&WRITE_STATE, &rows)?;
    feeds::widen_feeds(sql, uai, &fed(states))
}

/// The stocks that states feed, and between which days.
fn fed(states: &[&SubscriptionState]) -> Vec<(Term, Interval)> {
    let days = |says: &dyn Fn(&SubscriptionState) -> bool| {
        let days =
            states.iter().filter(|state| says(state)).map(|state| Interval { first: state.day, last: state.day });
        days.reduce(|all, one| Interval { first: all.first.min(one.first), last: all.last.max(one.last) })
    };
    let known = [
        (Stock::AbonnementsValides, days(&|_| true)),
        (Stock::Licences, days(&|state| state.licences != Licences::default())),
    ];
    known.into_iter().filter_map(|(stock, days)| Some((Term::Stock(stock), days?))).collect()
}

/// A subscription of a school as the operations of a day left it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KnownState {
    /// The subscription.
    pub(super) subscription: String,
    /// The day from which it is so.
    pub(super) day: Day,
    /// The resource.
    pub(super) resource: Option<String>,
    /// First and last day of validity, when known; both included.
    pub(super) validity: (Option<Day>, Option<Day>),
    /// Licences by profile; for everybody under the empty profile.
    pub(super) licences: Vec<(String, Licence)>,
    /// Whether it was deleted.
    pub(super) deleted: bool,
}

/// The states of the subscriptions of a school, in the order of subscriptions and days.
pub(super) fn load_states(sql: &mut dyn Sql, uai: &str) -> Result<Vec<KnownState>, StoreError> {
    let statement = "SELECT subscription, day, resource, first_day, last_day, licences, deleted FROM subscription_state
                     WHERE uai = ?1 ORDER BY subscription, day";
    list(sql, statement, values![uai], |row| {
        let day = |day: Option<i64>| day.map(days::from_number).transpose();
        Ok(KnownState {
            subscription: row.text(0)?.to_owned(),
            day: days::from_number(row.int(1)?)?,
            resource: row.known_text(2)?.map(str::to_owned),
            validity: (day(row.known_int(3)?)?, day(row.known_int(4)?)?),
            licences: read_licences(row.text(5)?)?,
            deleted: row.int(6)? != 0,
        })
    })
}

/// Licences as a text: `*=30 eleve=illimite`, nothing when none is known.
fn write_licences(licences: &Licences) -> String {
    let global = licences.global.iter().map(|licence| (GLOBAL, licence));
    let by_profile = licences.by_profile.iter().map(|(profile, licence)| (*profile, licence));
    let written = global.chain(by_profile).map(|(profile, licence)| match licence {
        Licence::Count(count) => format!("{profile}={count}"),
        Licence::Unlimited => format!("{profile}={UNLIMITED}"),
    });
    written.collect::<Vec<_>>().join(" ")
}

const GLOBAL: &str = "*";
const UNLIMITED: &str = "illimite";

fn read_licences(text: &str) -> Result<Vec<(String, Licence)>, StoreError> {
    let corrupt = || StoreError::Corrupt("les licences d’un abonnement sont illisibles");
    let read = |word: &str| {
        let (profile, number) = word.split_once('=')?;
        let licence = if number == UNLIMITED { Licence::Unlimited } else { Licence::Count(number.parse().ok()?) };
        Some((if profile == GLOBAL { String::new() } else { profile.to_owned() }, licence))
    };
    text.split_whitespace().map(|word| read(word).ok_or_else(corrupt)).collect()
}

/// The same, of the profiles that a description names.
fn read_known_licences(text: &str) -> Result<Licences, StoreError> {
    const PROFILES: [&str; 4] =
        [profile::ELEVE, profile::ENSEIGNANT, profile::DOCUMENTALISTE, profile::AUTRE_PERSONNEL];
    let mut licences = Licences::default();
    for (name, licence) in read_licences(text)? {
        match PROFILES.into_iter().find(|known| *known == name) {
            Some(profile) => licences.by_profile.push((profile, licence)),
            None => licences.global = Some(licence),
        }
    }
    Ok(licences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_back() {
        let licences = Licences {
            global: Some(Licence::Unlimited),
            by_profile: vec![("eleve", Licence::Count(30)), ("enseignant", Licence::Unlimited)],
        };
        let expected = [("", Licence::Unlimited), ("eleve", Licence::Count(30)), ("enseignant", Licence::Unlimited)];
        let expected = expected.map(|(profile, licence)| (profile.to_owned(), licence));
        assert_eq!(read_licences(&write_licences(&licences)).expect("licences"), expected);
        assert_eq!(read_known_licences(&write_licences(&licences)).expect("licences"), licences);
        assert_eq!(read_licences(&write_licences(&Licences::default())).expect("licences"), []);
        for text in ["eleve", "eleve=x", "=", "eleve=-1"] {
            assert!(read_licences(text).is_err(), "{text}");
        }
    }
}
