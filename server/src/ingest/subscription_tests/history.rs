//! What is known of a subscription after several operations, in whatever order they are imported.

use super::*;

/// A description of `a` for some schools.
fn shared(uais: &[&str], more: &str) -> SubscriptionDocument {
    let uais: String = uais.iter().map(|uai| format!("<uaiEtab>{uai}</uaiEtab>")).collect();
    document(&format!("<idAbonnement>a</idAbonnement>{uais}{more}"))
}

/// What is learnt of operations, in the order in which they are imported.
#[derive(Default)]
struct Learnt {
    history: Vec<KnownSubscription>,
    /// What is counted: an event that comes again counts once.
    events: std::collections::BTreeMap<String, (String, String, SubscriptionOperation)>,
    states: std::collections::BTreeMap<(String, NaiveDate), SubscriptionState>,
}

impl Learnt {
    fn of(operations: &[(SubscriptionOperation, &str, SubscriptionDocument)]) -> Self {
        let mut learnt = Self::default();
        for (operation, on, document) in operations {
            let plan = Plan { operation: Some(*operation), moment: moment(on), ..Plan::default() };
            let told = resolve(document, &learnt.history, &plan, &context()).expect("an operation").expect("news");
            for event in told.events {
                let Fact::Subscription { operation, .. } = event.fact else { panic!("{event:?}") };
                let said = (event.uai.to_string(), event.day.to_string(), operation);
                learnt.events.insert(event.id.expect("an identifier"), said);
            }
            for state in told.states {
                learnt.states.insert((state.uai.to_string(), state.day), state);
            }
            subscription_history::learn(&mut learnt.history, told.known);
        }
        learnt
    }

    /// Whether the subscription is alive in each of four schools on a day, and with how many licences.
    fn licences(&self, on: &str) -> Vec<Option<Licence>> {
        let states = SCHOOLS.iter().map(|uai| {
            let until = (uai.to_string(), day("2000-01-01"))..=(uai.to_string(), day(on));
            let last = self.states.range(until).next_back().map(|(_, state)| state);
            last.filter(|state| !state.deleted).and_then(|state| state.licences.global)
        });
        states.collect()
    }
}

const SCHOOLS: [&str; 4] = ["9999991F", "9999992G", "9999993H", "9999994J"];

/// A subscription that changes schools: three, then two of which one is new, then one more licence, then nothing.
fn of_a_year() -> [(SubscriptionOperation, &'static str, SubscriptionDocument); 4] {
    use SubscriptionOperation::{Created, Deleted, Modified};
    let licences = |number| format!("<nbLicenceGlobale>{number}</nbLicenceGlobale>");
    [
        (Created, "2025-09-02", shared(&SCHOOLS[..3], &licences(10))),
        (Modified, "2025-10-02", shared(&[SCHOOLS[0], SCHOOLS[3]], &licences(20))),
        (Modified, "2025-11-02", shared(&[], &licences(30))),
        (Deleted, "2025-11-12", shared(&[], "")),
    ]
}

#[test]
fn a_school_that_a_modification_names_no_more_has_the_subscription_no_more() {
    let learnt = Learnt::of(&of_a_year());
    let [ten, twenty, thirty] = [10, 20, 30].map(|count| Some(Licence::Count(count)));
    for (on, expected) in [
        ("2025-09-01", [None; 4]),
        ("2025-10-01", [ten, ten, ten, None]),
        ("2025-10-02", [twenty, None, None, twenty]),
        ("2025-11-02", [thirty, None, None, thirty]),
        ("2025-11-12", [None; 4]),
    ] {
        assert_eq!(learnt.licences(on), expected, "{on}");
    }
    let left: Vec<_> = learnt.events.values().filter(|event| event.0 == SCHOOLS[1]).cloned().collect();
    let said = |on: &str, operation| (SCHOOLS[1].to_owned(), on.to_owned(), operation);
    let expected =
        [said("2025-09-02", SubscriptionOperation::Created), said("2025-10-02", SubscriptionOperation::Deleted)];
    assert_eq!(left, expected);
}

#[test]
fn a_deletion_that_names_a_school_ends_the_subscription_in_all_of_them() {
    let [created, ..] = of_a_year();
    let deleted = (SubscriptionOperation::Deleted, "2025-11-12", shared(&[SCHOOLS[2]], ""));
    let learnt = Learnt::of(&[created, deleted]);
    assert_eq!(learnt.licences("2025-11-12"), [None; 4]);
    assert_eq!(learnt.history[1].uais.len(), 3);
}

#[test]
fn the_order_of_imports_changes_nothing_of_what_a_subscription_is() {
    let in_order = Learnt::of(&of_a_year());
    // What names no school comes after something that does.
    for order in [[1, 0, 2, 3], [1, 2, 3, 0], [0, 3, 2, 1], [0, 2, 1, 3], [1, 3, 0, 2], [0, 1, 3, 2]] {
        let learnt = Learnt::of(&order.map(|rank| of_a_year()[rank].clone()));
        for on in ["2025-09-01", "2025-09-02", "2025-10-01", "2025-10-02", "2025-11-01", "2025-11-02", "2025-11-20"] {
            assert_eq!(learnt.licences(on), in_order.licences(on), "{order:?} {on}");
        }
        let schools = |learnt: &Learnt| learnt.history.iter().map(|known| known.uais.clone()).collect::<Vec<_>>();
        assert_eq!(schools(&learnt), schools(&in_order), "{order:?}");
    }
    // October before September: everything is counted as it would have been.
    let learnt = Learnt::of(&[1, 0, 2, 3].map(|rank| of_a_year()[rank].clone()));
    let counted = |learnt: &Learnt| learnt.events.keys().cloned().collect::<Vec<_>>();
    assert_eq!(counted(&learnt), counted(&in_order));
}

#[test]
fn a_list_of_before_all_that_is_known_tells_of_its_days_and_counts_no_other_creation() {
    let listed = |on: &str, uais: &[&str], history: &[KnownSubscription]| {
        let plan = Plan { fallback_day: Some(day(on)), ..Plan::default() };
        let told = resolve(&shared(uais, ""), history, &plan, &context()).expect("a list");
        told.expect("something new")
    };
    let october = listed("2025-10-01", &SCHOOLS[..2], &[]);
    let september = listed("2025-09-01", &[SCHOOLS[0], SCHOOLS[2]], &october.known);
    let said = |operation: &Operation| {
        let each = operation.events.iter().map(|event| (event.uai.to_string(), event.day.to_string()));
        each.collect::<Vec<_>>()
    };
    let expected = [(SCHOOLS[2], "2025-09-01"), (SCHOOLS[2], "2025-10-01")];
    assert_eq!(said(&september), expected.map(|(uai, on)| (uai.to_owned(), on.to_owned())));
    let states: Vec<_> = september.states.iter().map(|state| (state.uai.as_str(), state.day, state.deleted)).collect();
    assert_eq!(
        states,
        [
            (SCHOOLS[0], day("2025-09-01"), false),
            (SCHOOLS[2], day("2025-09-01"), false),
            (SCHOOLS[2], day("2025-10-01"), true)
        ]
    );
}

#[test]
fn a_creation_after_a_deletion_of_the_same_day_is_another_one() {
    use SubscriptionOperation::{Created, Deleted};
    let turns = |more: &str| {
        let first = (Created, "2025-09-02", shared(&SCHOOLS[..1], ""));
        let deleted = (Deleted, "2025-09-02", shared(&[], ""));
        [first, deleted, (Created, "2025-09-02", shared(&SCHOOLS[..1], more))]
    };
    for more in ["", "<nbLicenceGlobale>5</nbLicenceGlobale>"] {
        let learnt = Learnt::of(&turns(more));
        let created = learnt.events.values().filter(|(.., operation)| *operation == Created).count();
        assert_eq!((created, learnt.events.len(), learnt.history.len()), (2, 3, 1), "{more}");
        // Read again at once, it is the one that is known.
        let [.., last] = turns(more);
        let mut again = turns(more).to_vec();
        again.push(last);
        assert_eq!(Learnt::of(&again).events.len(), 3, "{more}");
    }
}

/// La Réunion, Paris and Guadeloupe, where it is not the same day around midnight.
const OVERSEAS: [&str; 3] = ["9740001A", "9999991F", "9710001A"];

/// What is counted, and what is left of the subscription, in each school.
fn by_day(learnt: &Learnt) -> (Vec<String>, Vec<String>) {
    let counted = learnt.events.values().map(|(uai, day, operation)| format!("{uai} {day} {operation:?}"));
    let left = learnt.states.values().map(|state| {
        let SubscriptionState { uai, day, validity, deleted, .. } = state;
        format!("{uai} {day} {:?} {deleted} {:?}", state.licences.global, validity)
    });
    let mut counted: Vec<_> = counted.collect();
    counted.sort_unstable();
    (counted, left.collect())
}

#[test]
fn what_comes_late_corrects_the_days_of_each_school_and_not_those_of_paris() {
    use SubscriptionOperation::{Created, Deleted, Modified};
    let validity = "<debutValidite>2025-09-02T21:00:00Z</debutValidite><finValidite>2026-08-15T22:30:00Z</finValidite>";
    let told =
        |uais: &[&str], number: u32| shared(uais, &format!("<nbLicenceGlobale>{number}</nbLicenceGlobale>{validity}"));
    let of_september = [
        (Created, "2025-09-02T10:00:00Z", told(&OVERSEAS, 10)),
        // The 11th in La Réunion, then the 11th in Paris, each the 10th in Guadeloupe.
        (Modified, "2025-09-10T20:30:00Z", told(&[], 20)),
        (Modified, "2025-09-10T22:30:00Z", told(&[], 30)),
        (Deleted, "2025-09-20T23:00:00Z", shared(&[], "")),
    ];
    let in_order = by_day(&Learnt::of(&of_september));
    assert!(in_order.0.contains(&"9740001A 2025-09-11 Modified".into()), "{in_order:?}");
    assert!(in_order.0.contains(&"9710001A 2025-09-20 Deleted".into()), "{in_order:?}");
    // A school that is named by nothing but an operation that comes last.
    let [created, rest @ ..] = of_september.clone();
    let without_overseas = (Created, "2025-09-01T10:00:00Z", told(&OVERSEAS[1..2], 5));
    let late = Learnt::of(&[[without_overseas.clone()].as_slice(), &rest, std::slice::from_ref(&created)].concat());
    let timely = Learnt::of(&[[without_overseas, created].as_slice(), &rest].concat());
    assert_eq!(by_day(&late), by_day(&timely));
}

#[test]
fn a_school_that_is_not_named_any_more_loses_a_subscription_once_in_whatever_order_it_is_told() {
    use SubscriptionOperation::{Created, Deleted, Modified};
    let created = (Created, "2025-09-01", shared(&SCHOOLS[..2], ""));
    let without = |day| (Modified, day, shared(&SCHOOLS[..1], ""));
    let (first, second) = (without("2025-09-10"), without("2025-09-20"));
    let deleted = (Deleted, "2025-09-30", shared(&[], ""));
    for order in [
        [&created, &first, &second, &deleted],
        [&created, &second, &first, &deleted],
        [&created, &deleted, &first, &second],
        [&created, &deleted, &second, &first],
        [&second, &created, &first, &deleted],
    ] {
        let learnt = Learnt::of(&order.map(Clone::clone));
        let lost =
            learnt.events.values().filter(|(uai, _, operation)| uai.as_str() == SCHOOLS[1] && *operation == Deleted);
        assert_eq!(lost.count(), 1, "{:?}", order.map(|(operation, day, _)| (operation, day)));
    }
}

#[test]
fn of_two_days_of_paris_that_are_one_overseas_the_last_operation_stays_whatever_comes_first() {
    use SubscriptionOperation::{Created, Modified};
    let told = |number: u32| shared(&OVERSEAS, &format!("<nbLicenceGlobale>{number}</nbLicenceGlobale>"));
    // The 10th in Guadeloupe; the 10th, then the 11th in Paris.
    let operations = [(Created, "2025-09-10T20:30:00Z", told(10)), (Modified, "2025-09-10T22:30:00Z", told(20))];
    let in_order = by_day(&Learnt::of(&operations)).1;
    assert!(in_order[0].starts_with("9710001A 2025-09-10 Some(Count(20)) false"), "{in_order:?}");
    let [first, second] = operations;
    assert_eq!(by_day(&Learnt::of(&[second, first])).1, in_order);
}
