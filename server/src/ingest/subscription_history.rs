//! What is known of a subscription, day by day, when an operation comes after others that followed it.

use super::event::{Event, Fact, SubscriptionOperation, SubscriptionState};
use super::subscription::{Operation, event_id};
use crate::store::KnownSubscription;
use chrono::NaiveDate;
use std::collections::HashSet;
use vigie_domain::uai::Uai;

/// Adds what an operation leaves to what is known, in the order of the days.
pub(super) fn learn(history: &mut Vec<KnownSubscription>, known: Vec<KnownSubscription>) {
    for known in known {
        match history.binary_search_by_key(&known.day(), |other| other.day()) {
            Ok(at) => history[at] = known,
            Err(at) => history.insert(at, known),
        }
    }
}

/// An operation in a school.
pub(super) fn event_in(
    known: &KnownSubscription,
    uai: &Uai,
    day: NaiveDate,
    operation: SubscriptionOperation,
    id: String,
) -> Event {
    let (subscription, resource) = (known.id.clone(), known.resource.clone());
    let fact = Fact::Subscription { subscription, resource, operation };
    Event { id: Some(id), uai: uai.clone(), day, fact }
}

/// Remembers what an operation left, and follows the schools that it was for through the operations that came after: those that the next one
/// to name schools does not name lose it that day, and whatever names none is about them. What was counted stays counted.
pub(super) fn carry_on(left: KnownSubscription, history: &[KnownSubscription], told: &mut Operation) {
    let mut before = left.clone();
    let later: Vec<_> = history.iter().filter(|known| known.day() > left.day()).collect();
    told.known.push(left);
    for known in later {
        // Two days of Paris may be one overseas, which is left as the last of both left it.
        let one_day = |uai: &&Uai| known.day_in(uai) <= before.day_in(uai) && known.uais.contains(uai);
        told.states.extend(before.uais.iter().filter(one_day).filter_map(|uai| later_state(known, uai)));
        if known.named {
            if !before.is_deleted() {
                for uai in without(&before.uais, &known.uais) {
                    end(known, uai, told);
                    told.events.push(later_event(known, uai, SubscriptionOperation::Deleted));
                }
            }
            return;
        }
        let (come, gone) = (without(&before.uais, &known.uais), without(&known.uais, &before.uais));
        if come.is_empty() && gone.is_empty() {
            return;
        }
        for uai in come {
            told.events.push(later_event(known, uai, known.operation));
            told.states.extend(later_state(known, uai));
        }
        gone.into_iter().for_each(|uai| end(known, uai, told));
        before = KnownSubscription { uais: before.uais, ..known.clone() };
        told.known.push(before.clone());
    }
}

/// Whether an operation that followed is what a school that had the subscription lost it by, for want of knowing better: that is counted, on
/// its day.
pub(super) fn ends_later(left: &KnownSubscription, history: &[KnownSubscription], uai: &Uai) -> bool {
    let mut later = history.iter().filter(|known| known.day() > left.day());
    let next = later.find(|known| known.named || known.is_deleted());
    next.is_some_and(|next| next.is_deleted() == next.uais.contains(uai))
}

/// The schools of some that are not among others.
fn without<'a>(some: &'a [Uai], others: &[Uai]) -> Vec<&'a Uai> {
    let others: HashSet<_> = others.iter().collect();
    some.iter().filter(|uai| !others.contains(uai)).collect()
}

fn end(known: &KnownSubscription, uai: &Uai, told: &mut Operation) {
    let state = later_state(known, uai);
    told.states.extend(state.map(|state| SubscriptionState { deleted: true, ..state }));
}

fn later_event(known: &KnownSubscription, uai: &Uai, operation: SubscriptionOperation) -> Event {
    let day = known.day_in(uai);
    let id = event_id(&known.id, operation, day, &known.fingerprint, uai, None);
    event_in(known, uai, day, operation, id)
}

/// What an operation left in a school; nothing when it left what there was.
fn later_state(known: &KnownSubscription, uai: &Uai) -> Option<SubscriptionState> {
    let terms = known.terms.as_ref()?;
    Some(SubscriptionState {
        uai: uai.clone(),
        subscription: known.id.clone(),
        day: known.day_in(uai),
        resource: known.resource.clone(),
        validity: terms.validity_in(uai),
        licences: terms.licences.clone(),
        deleted: known.is_deleted(),
    })
}
