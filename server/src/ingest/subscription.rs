//! What a description of a subscription means once it is compared with what is known: created, modified, deleted, or nothing.

use super::context::Context;
use super::event::{Event, Licences, ResourceDescription, SubscriptionOperation, SubscriptionState};
use super::moment::Moment;
use super::refusal::Refusal;
use super::subscription_history;
use crate::store::{KnownSubscription, SubscriptionTerms};
use crate::zone::zone_of;
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use vigie_domain::uai::Uai;

/// A subscription as a source describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionDocument {
    /// Its identifier, without the `_` that the web service puts before those of deleted ones.
    pub id: String,
    /// Whether the identifier had that mark.
    pub marked_deleted: bool,
    /// Whether this is a change of assignment category, which names nothing else.
    pub category_change: bool,
    /// The schools it names, each once.
    pub uais: Vec<Uai>,
    /// Whether it is open to kinds of schools instead.
    pub by_nature: bool,
    /// The resource.
    pub resource: Option<String>,
    /// What the distributor calls the resource.
    pub label: Option<String>,
    /// First day of validity.
    pub valid_from: Option<Moment>,
    /// Last day of validity, included.
    pub valid_to: Option<Moment>,
    /// How many licences.
    pub licences: Licences,
    /// When it was created, modified and deleted, as far as the source says.
    pub dates: OperationDates,
    /// The rest of the description, as names and values.
    pub content: Vec<(String, String)>,
    /// Assignment category (`transferable`).
    pub category: Option<String>,
}

/// When each operation was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperationDates {
    /// `dateCreation`
    pub created: Option<Moment>,
    /// `dateModification`
    pub modified: Option<Moment>,
    /// `dateSuppression`
    pub deleted: Option<Moment>,
}

/// What whoever imports, or the name of the file, says of all the operations of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Which operation they are; None to compare with what is known.
    pub operation: Option<SubscriptionOperation>,
    /// When they were made, before anything that the description says.
    pub moment: Option<Moment>,
    /// Their day when the description says nothing.
    pub fallback_day: Option<NaiveDate>,
    /// What names the operation among all, when it was asked for on its own and accepted: it may then be asked for again the same day,
    /// and be another one.
    pub asked: Option<[u8; 32]>,
}

/// An operation, once it is told from a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// One per school that it is about.
    pub events: Vec<Event>,
    /// What it leaves of the subscription in each of these schools. A change of category leaves what there was.
    pub states: Vec<SubscriptionState>,
    /// What to remember: what it leaves, and what it changes in what the operations that followed left.
    pub known: Vec<KnownSubscription>,
    /// What the description says of the resource.
    pub resource: Option<ResourceDescription>,
    /// Whether nothing told the day, and today's was taken.
    pub guessed_day: bool,
}

/// Compares a description with what is known of the subscription, in the order of the days; None when it says nothing that was not known.
///
/// What is known is that of the day of the operation, whatever was imported before; an operation of the past also changes what those that
/// followed it left.
///
/// # Errors
/// When no school is known, or the day is out of bounds.
pub fn resolve(
    document: &SubscriptionDocument,
    history: &[KnownSubscription],
    plan: &Plan,
    context: &Context,
) -> Result<Option<Operation>, Refusal> {
    let stated = if document.category_change { Some(SubscriptionOperation::Modified) } else { plan.operation };
    let compared_on = compared_day(document, stated, plan, context);
    let known = history.iter().rfind(|known| compared_on.is_none_or(|day| known.day() <= day));
    // What an operation of before all that is known leaves out is told by what comes after it.
    let heir = known.or(history.first());
    let uais = match (document.uais.is_empty(), heir) {
        (false, _) => &document.uais,
        (true, Some(heir)) if !heir.uais.is_empty() => &heir.uais,
        (true, _) if document.by_nature => return Err(Refusal::NatureOnly),
        (true, _) => return Err(Refusal::UnknownSubscription),
    };
    let concerned = concern(document, stated, uais, known);
    let Some((_, operation)) = concerned.first().copied() else { return Ok(None) };
    // Schools that come and go do so by a modification of the subscription.
    let alive = known.filter(|known| !known.is_deleted());
    let compared = stated.is_none() && alive.is_some() && !document.marked_deleted;
    let operation = if compared { SubscriptionOperation::Modified } else { operation };
    let told = told_day(document, operation, plan, context);
    let fingerprint = fingerprint(document, uais, heir);
    let says_more = known.is_none_or(|known| known.fingerprint != fingerprint);
    if told.is_none() && !compared && !brings_news(operation, known, says_more) {
        return Ok(None);
    }
    let moment = told.unwrap_or(Moment::Local(context.today));
    let left = left_by(document, operation, (known, heir), uais, (moment, fingerprint));
    let created = operation == SubscriptionOperation::Created;
    // A creation after a deletion of the same day is not the one of before it.
    let again = known.filter(|known| created && known.is_deleted());
    let again = |uai, day| again.filter(|known| known.day_in(uai) == day).map(|_| &fingerprint);
    // Nothing was ever asked for before the first creation.
    let asked = plan.asked.as_ref().filter(|_| !history.is_empty());
    // A list of before all that is known tells of a creation that was counted later, for want of knowing better.
    let counted = heir.filter(|_| created && stated.is_none() && known.is_none()).map_or(&[][..], |heir| &heir.uais);
    let named: HashSet<_> = uais.iter().collect();
    let mut events = Vec::with_capacity(concerned.len());
    let mut states = Vec::new();
    for (uai, operation) in concerned {
        let day = context.day_in(uai, moment)?;
        if !document.category_change {
            states.push(state_in(document, &left, uai, day, operation));
        }
        let is_gone = operation == SubscriptionOperation::Deleted && !named.contains(uai);
        let is_counted = counted.contains(uai) || is_gone && subscription_history::ends_later(&left, history, uai);
        if !is_counted {
            let turn = asked.or_else(|| again(uai, day));
            let id = event_id(&document.id, operation, day, &fingerprint, uai, turn);
            events.push(subscription_history::event_in(&left, uai, day, operation, id));
        }
    }
    let guessed_day = told.is_none();
    let mut told = Operation { events, states, guessed_day, resource: describe_resource(document), known: vec![] };
    subscription_history::carry_on(left, history, &mut told);
    Ok(Some(told))
}

/// The day on which what is known is looked at: that of an operation that is told; for a description to compare, the one given or named;
/// None for the last.
fn compared_day(
    document: &SubscriptionDocument,
    stated: Option<SubscriptionOperation>,
    plan: &Plan,
    context: &Context,
) -> Option<NaiveDate> {
    match stated {
        Some(operation) => told_day(document, operation, plan, context).map(in_paris),
        None => plan.moment.map(in_paris).or(plan.fallback_day),
    }
}

fn in_paris(moment: Moment) -> NaiveDate {
    moment.day(chrono_tz::Europe::Paris)
}

/// What an operation is in each school that it is about.
fn concern<'a>(
    document: &SubscriptionDocument,
    stated: Option<SubscriptionOperation>,
    uais: &'a [Uai],
    known: Option<&'a KnownSubscription>,
) -> Vec<(&'a Uai, SubscriptionOperation)> {
    let alive = known.filter(|known| !known.is_deleted());
    let operation = match (stated, alive) {
        (Some(operation), _) => operation,
        (None, None) if document.marked_deleted && known.is_some() => return Vec::new(),
        (None, _) if document.marked_deleted => SubscriptionOperation::Deleted,
        (None, None) => SubscriptionOperation::Created,
        (None, Some(known)) => {
            // Compared for the schools it had: one more or one less is no modification of the others.
            let changes = known.fingerprint != fingerprint(document, &known.uais, Some(known));
            return compare_schools(uais, known, changes);
        }
    };
    // Schools that are named no more have it no more; a deletion ends it wherever it still is.
    let named: HashSet<_> = uais.iter().collect();
    let before = alive.map_or(&[][..], |known| &known.uais).iter();
    let gone = before.filter(|uai| !named.contains(uai)).map(|uai| (uai, SubscriptionOperation::Deleted));
    uais.iter().map(|uai| (uai, operation)).chain(gone).collect()
}

/// What an operation leaves of the subscription, from what was known of it and what it inherits from.
fn left_by(
    document: &SubscriptionDocument,
    operation: SubscriptionOperation,
    (known, heir): (Option<&KnownSubscription>, Option<&KnownSubscription>),
    uais: &[Uai],
    (moment, fingerprint): (Moment, [u8; 32]),
) -> KnownSubscription {
    // A list says how things are on its day, whatever the day of the modification that it tells of.
    let after = known.filter(|known| known.day() > in_paris(moment));
    let moment = after.map_or(moment, |known| known.moment);
    let same_day = known.filter(|known| known.day() == in_paris(moment));
    let deleted = operation == SubscriptionOperation::Deleted;
    let mut uais = uais.to_vec();
    if let Some(known) = known.filter(|known| deleted && !known.is_deleted()) {
        let named: HashSet<_> = uais.iter().cloned().collect();
        uais.extend(known.uais.iter().filter(|uai| !named.contains(uai)).cloned());
    }
    KnownSubscription {
        id: document.id.clone(),
        moment,
        operation,
        named: (!document.uais.is_empty() && !deleted) || same_day.is_some_and(|known| known.named),
        uais,
        resource: document.resource.clone().or_else(|| heir.and_then(|heir| heir.resource.clone())),
        terms: if document.category_change {
            same_day.and_then(|known| known.terms.clone())
        } else {
            Some(terms_of(document))
        },
        // A deletion may name nothing but the subscription: what was known of it stays.
        fingerprint: if deleted { known.map_or(fingerprint, |known| known.fingerprint) } else { fingerprint },
    }
}

fn terms_of(document: &SubscriptionDocument) -> SubscriptionTerms {
    SubscriptionTerms { validity: (document.valid_from, document.valid_to), licences: document.licences.clone() }
}

/// What an operation leaves of the subscription in a school.
fn state_in(
    document: &SubscriptionDocument,
    left: &KnownSubscription,
    uai: &Uai,
    day: NaiveDate,
    operation: SubscriptionOperation,
) -> SubscriptionState {
    SubscriptionState {
        uai: uai.clone(),
        subscription: document.id.clone(),
        day,
        resource: left.resource.clone(),
        validity: terms_of(document).validity_in(uai),
        licences: document.licences.clone(),
        deleted: operation == SubscriptionOperation::Deleted,
    }
}

/// What a description of a living subscription is in each school: a creation where it was not, a deletion where it is no more, a
/// modification elsewhere when it says something else.
fn compare_schools<'a>(
    uais: &'a [Uai],
    known: &'a KnownSubscription,
    changes: bool,
) -> Vec<(&'a Uai, SubscriptionOperation)> {
    let (now, before): (HashSet<_>, HashSet<_>) = (uais.iter().collect(), known.uais.iter().collect());
    let each = uais.iter().filter_map(|uai| match before.contains(uai) {
        false => Some((uai, SubscriptionOperation::Created)),
        true => changes.then_some((uai, SubscriptionOperation::Modified)),
    });
    let gone = known.uais.iter().filter(|uai| !now.contains(uai)).map(|uai| (uai, SubscriptionOperation::Deleted));
    each.chain(gone).collect()
}

/// Whether an operation without a day can be one that was not counted yet.
fn brings_news(operation: SubscriptionOperation, known: Option<&KnownSubscription>, changes: bool) -> bool {
    let deleted = known.is_some_and(KnownSubscription::is_deleted);
    match operation {
        SubscriptionOperation::Created => known.is_none() || deleted,
        SubscriptionOperation::Modified => changes,
        SubscriptionOperation::Deleted => !deleted,
    }
}

/// When the operation was made: as whoever imports says, else as the description says, else as the name of the file says, else,
/// for a creation, from the first day of validity when that is not in the future.
fn told_day(
    document: &SubscriptionDocument,
    operation: SubscriptionOperation,
    plan: &Plan,
    context: &Context,
) -> Option<Moment> {
    let described = match operation {
        SubscriptionOperation::Created => document.dates.created,
        SubscriptionOperation::Modified => document.dates.modified,
        SubscriptionOperation::Deleted => document.dates.deleted,
    };
    let validity = || {
        let paris = chrono_tz::Europe::Paris;
        let started = |moment: &Moment| moment.day(document.uais.first().map_or(paris, zone_of)) <= context.today;
        document.valid_from.filter(|_| operation == SubscriptionOperation::Created).filter(started)
    };
    let local = |day: Option<NaiveDate>| day.map(Moment::Local);
    plan.moment.or(described).or_else(|| local(plan.fallback_day)).or_else(validity)
}

/// Whether a description of a subscription says nothing that was not known of it.
pub fn says_nothing_new(document: &SubscriptionDocument, known: &KnownSubscription) -> bool {
    let uais = if document.uais.is_empty() { &known.uais } else { &document.uais };
    known.fingerprint == fingerprint(document, uais, Some(known))
}

/// The same operation read twice has the same identifier; two modifications of one day that say different things do not, nor do two
/// operations that were asked for one after the other (`turn`).
pub(super) fn event_id(
    id: &str,
    operation: SubscriptionOperation,
    day: NaiveDate,
    fingerprint: &[u8; 32],
    uai: &Uai,
    turn: Option<&[u8; 32]>,
) -> String {
    let turn = turn.map(|turn| format!(":{}", hex::encode(&turn[..16]))).unwrap_or_default();
    match operation {
        SubscriptionOperation::Created => format!("abonnement:{id}:creation:{day}:{uai}{turn}"),
        SubscriptionOperation::Deleted => format!("abonnement:{id}:suppression:{day}:{uai}{turn}"),
        SubscriptionOperation::Modified => {
            format!("abonnement:{id}:modification:{day}:{}:{uai}{turn}", hex::encode(fingerprint))
        }
    }
}

/// Digest of a description: 28 bytes for all but the assignment category, 4 for that, which has an operation of its own.
fn fingerprint(document: &SubscriptionDocument, uais: &[Uai], known: Option<&KnownSubscription>) -> [u8; 32] {
    let mut digest = [0; 32];
    if document.category_change {
        digest = known.map_or(digest, |known| known.fingerprint);
    } else {
        let mut content: Vec<(&str, &str)> = document.content.iter().map(|(name, value)| (&**name, &**value)).collect();
        content.extend(uais.iter().map(|uai| ("uaiEtab", uai.as_str())));
        content.sort_unstable();
        let mut hash = Sha256::new();
        for part in content.iter().flat_map(|(name, value)| [name, value]) {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
        digest[..28].copy_from_slice(&hash.finalize()[..28]);
    }
    let category = Sha256::digest(document.category.as_deref().unwrap_or_default());
    digest[28..].copy_from_slice(&category[..4]);
    digest
}

fn describe_resource(document: &SubscriptionDocument) -> Option<ResourceDescription> {
    let (id, title) = (document.resource.clone()?, document.label.clone()?);
    Some(ResourceDescription { id, title: Some(title), publisher: None, presentation: None })
}

#[cfg(test)]
#[path = "subscription_tests.rs"]
mod tests;
