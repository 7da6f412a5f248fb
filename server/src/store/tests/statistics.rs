//! The port that the application asks.

use super::*;
use crate::ingest::event::{Places, SchoolDescription};
use crate::statistics::StoreStatistics;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use vigie_domain::ports::{PortError, Statistics, Viewer};
use vigie_domain::rights::{Action, Person, PersonId, Rights, SchoolRole};

fn at(store: Store, instant: &str) -> StoreStatistics {
    let instant: DateTime<Utc> = instant.parse().expect("an instant");
    StoreStatistics::at(store, Arc::new(move || instant))
}

async fn two_schools() -> Store {
    let store = empty().await;
    let school = |code: &str, name: &str| SchoolDescription {
        uai: uai(code),
        name: text(name),
        nature: None,
        places: Places::default(),
    };
    let schools = vec![school("9740001A", "Collège Zéphyr"), school("0750001A", "Collège Alizé")];
    let events = vec![Event { uai: uai("9740001A"), ..on("2025-09-02", access(1, "eleve", "r1", "", 1)) }];
    store.apply(Batch { schools, ..whole_file(1, events) }).await.expect("a batch");
    store
}

#[tokio::test]
async fn a_search_without_a_school_is_about_the_first_one() {
    let statistics = at(two_schools().await, "2025-09-01T21:00:00Z");
    let mut asked = search("acces-total", "2025-09-01", "2025-09-02", Step::Day, None);
    let first = statistics.search(&Viewer::Local, Action::Search, &asked).await.expect("an answer");
    assert_eq!((first.school.name.as_str(), first.computed_on), ("Collège Alizé", day("2025-09-01")));
    assert_eq!(first.unavailable, asked.indicators, "that school has no source");

    // It is already tomorrow in La Réunion.
    asked.school = Some(uai("9740001A"));
    let second = statistics.search(&Viewer::Local, Action::Search, &asked).await.expect("an answer");
    assert_eq!((second.school.name.as_str(), second.computed_on), ("Collège Zéphyr", day("2025-09-02")));
    assert_eq!(written(&second.series[0].figures), "0 1 | 1");
    assert_eq!(statistics.today(None), day("2025-09-01"));
}

#[tokio::test]
async fn what_cannot_be_answered_is_told_apart() {
    let asked = search("acces-total", "2025-09-01", "2025-09-02", Step::Day, None);
    let nowhere = Search { school: Some(uai("0000000X")), ..asked.clone() };

    let empty = at(empty().await, "2025-09-01T12:00:00Z");
    assert_eq!(empty.schools(&Viewer::Local).await, Ok(vec![]));
    assert_eq!(empty.search(&Viewer::Local, Action::Search, &asked).await, Err(PortError::NoSchool));

    let mut rights = Rights::default();
    rights.add(uai("0000000X"), SchoolRole::Responsable);
    let person = Person { id: PersonId::new("p"), name: "P".into(), mail: None, rights };
    let holder = Viewer::Person(person.clone());
    for search in [&asked, &nowhere] {
        assert_eq!(empty.search(&holder, Action::Search, search).await, Err(PortError::NothingYet));
    }
    let rights = Rights { administrator: true, ..person.rights.clone() };
    let operator = Viewer::Person(Person { rights, ..person });
    assert_eq!(empty.search(&operator, Action::Search, &asked).await, Err(PortError::NoSchool));

    let store = two_schools().await;
    let statistics = at(store.clone(), "2025-09-01T12:00:00Z");
    assert_eq!(statistics.search(&Viewer::Local, Action::Search, &nowhere).await, Err(PortError::NotFound));
    store.close().await;
    assert_eq!(statistics.search(&Viewer::Local, Action::Search, &asked).await, Err(PortError::Unavailable));
    assert_eq!(statistics.schools(&Viewer::Local).await, Err(PortError::Unavailable));
}

#[tokio::test]
async fn a_refused_school_costs_what_an_unknown_one_does() {
    let mut rights = Rights::default();
    rights.add(uai("9740001A"), SchoolRole::Equipe);
    let person = Person { id: PersonId::new("p"), name: "P".into(), mail: None, rights };
    let viewer = Viewer::Person(person);
    let store = two_schools().await;
    let statistics = at(store.clone(), "2025-09-02T12:00:00Z");
    let asked = |school: &str| Search {
        school: Some(uai(school)),
        ..search("acces-total", "2025-09-01", "2025-09-02", Step::Day, None)
    };
    let own = statistics.search(&viewer, Action::Search, &asked("9740001A")).await;
    assert_eq!(own.expect("an answer").school.name, "Collège Zéphyr");
    assert_eq!(statistics.schools(&viewer).await.expect("schools").len(), 1);
    // A store that is closed answers nothing: whatever is still answered did not ask it.
    store.close().await;
    for refused in ["0750001A", "0000000X"] {
        for action in Action::ALL {
            let answer = statistics.search(&viewer, action, &asked(refused)).await;
            assert_eq!(answer, Err(PortError::NotFound), "{refused} {action:?}");
        }
    }
    let exported = statistics.search(&viewer, Action::Export, &asked("9740001A")).await;
    assert_eq!(exported, Err(PortError::Forbidden));
}
