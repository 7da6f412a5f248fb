//! Exports of a store, from the question to the files.

use crate::export::cell::Cell;
use crate::export::export;
use crate::export::format::Format;
use crate::export::pages::summary;
use crate::export::recipe::Recipe;
use crate::export::watch::Watch;
use crate::export::workbook::OwnedCell;
use crate::ingest::event::{
    CumulativeCount, Event, Fact, Licences, Places, ResourceDescription, SchoolDescription, SubscriptionState,
};
use crate::statistics::StoreStatistics;
use crate::store::{Batch, SourceFile, Store};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use vigie_domain::period::Day;
use vigie_domain::ports::{Statistics, Viewer};
use vigie_domain::result::Figures;
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

pub(super) const TODAY: &str = "2026-09-20T10:00:00Z";

pub(super) fn uai() -> Uai {
    Uai::parse("0750001A").expect("a UAI")
}

pub(super) fn search(query: &str) -> Search {
    let reading = Search::from_query(query);
    assert_eq!(reading.errors, []);
    reading.search
}

/// Accesses of a day: each profile to some resources; the only librarian of the school among others.
pub(super) fn accesses(day: Day, number: usize) -> Vec<Event> {
    let access = |person: usize, profile: &str, resource: usize| {
        let mut pseudonym = [0; 16];
        pseudonym[..8].copy_from_slice(&(person as u64).to_le_bytes());
        let fact = Fact::Access {
            person: Some(pseudonym),
            profile: profile.into(),
            resource: Some(format!("ark:/99999/r{resource}")),
            presentation: None,
            device: None,
            count: 1,
        };
        Event { id: None, uai: uai(), day, fact }
    };
    let pupils = (0..20).map(|person| access(person, "eleve", (person * 7 + number) % 13));
    let teachers = (100..107).map(|person| access(person, "enseignant", (person + number) % 5));
    let librarian = (number.is_multiple_of(3)).then(|| access(200, "documentaliste", number % 4));
    pupils.chain(teachers).chain(librarian).collect()
}

/// A school that worked from 1 July to 19 September 2026, over two school years, but for the weekends.
pub(super) async fn school() -> (Store, StoreStatistics) {
    let store = Store::in_memory().await.expect("a store");
    let first: Day = "2026-07-01".parse().expect("a day");
    let days = (0..81).filter(|day| day % 7 < 5).map(|day| first + TimeDelta::days(day));
    let events: Vec<Event> = days.enumerate().flat_map(|(number, day)| accesses(day, number)).collect();
    let name = Some("Collège « Exemple » ; annexe".into());
    let schools = vec![SchoolDescription { uai: uai(), name, nature: None, places: Places::default() }];
    let source = SourceFile { digest: [1; 32], name: "test".into(), format: "test".into() };
    let batch = Batch { position: 1, last: true, events: events.into(), schools, ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
    let now: DateTime<Utc> = TODAY.parse().expect("an instant");
    (store.clone(), StoreStatistics::at(store, Arc::new(move || now)))
}

/// Exports to a folder and reads the CSV back: a map from the heads for each row.
pub(super) async fn rows(statistics: &StoreStatistics, query: &str) -> (Vec<BTreeMap<String, String>>, Recipe) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.csv");
    let watch = Arc::new(Watch::unwatched());
    let exported = export(statistics, &Viewer::Local, &search(query), Format::Csv, &path, &watch).await;
    let recipe = exported.expect("an export").recipe;
    let mut reader = csv::Reader::from_path(&path).expect("a file");
    let heads = reader.headers().expect("heads").clone();
    let record =
        |record: csv::StringRecord| heads.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect();
    (reader.records().map(|one| record(one.expect("a record"))).collect(), recipe)
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_rows_of_a_long_division_are_those_of_the_page_with_every_part() {
    let (_, statistics) = school().await;
    for step in ["jour", "semaine", "mois"] {
        let query = format!("indicateur=acces-par-ressource&du=2026-07-01&au=2026-09-20&pas={step}&premiers=1000");
        let (rows, recipe) = rows(&statistics, &query).await;
        let page = statistics
            .search(&Viewer::Local, vigie_domain::rights::Action::Export, &search(&query))
            .await
            .expect("an answer");
        let mut expected = BTreeMap::new();
        for series in &page.series {
            let Figures::Additive { values, .. } = &series.figures else { panic!("{series:?}") };
            for (bucket, count) in page.buckets.iter().zip(values).filter(|(_, count)| **count > 0) {
                let label = series.part.as_ref().map(|part| part.label.clone()).expect("a part");
                expected
                    .insert((bucket.days.first.to_string(), bucket.days.last.to_string(), label), count.to_string());
            }
        }
        let written = rows.iter().map(|row| {
            let label = format!("{} — {}", row["titre"], row["profil"]);
            ((row["du"].clone(), row["au"].clone(), label), row["valeur"].clone())
        });
        assert_eq!(written.collect::<BTreeMap<_, _>>(), expected, "{step}");
        assert_eq!(rows.len(), expected.len());
        assert_eq!(recipe.fichier.lignes, rows.len() as u64);
        assert!(rows.iter().any(|row| row["profil"].contains("regroupés") && row["regroupe"] == "true"), "{step}");
        assert!(rows.iter().all(|row| !["Documentalistes", "Enseignants"].contains(&row["profil"].as_str())));
        assert!(rows.is_sorted_by_key(|row| row["du"].clone()));
    }
}

#[tokio::test]
async fn what_few_people_did_has_rows_as_a_whole_in_every_window() {
    let (store, _) = school().await;
    let other = Uai::parse("0750002B").expect("a UAI");
    // Two people in June, and the whole school from August on.
    let few: Vec<Event> = accesses("2026-06-10".parse().expect("a day"), 1).into_iter().take(2).collect();
    let many = (0..20).flat_map(|day| accesses("2026-08-01".parse::<Day>().expect("a day") + TimeDelta::days(day), 1));
    let events: Vec<Event> = few.into_iter().chain(many).map(|event| Event { uai: other.clone(), ..event }).collect();
    let source = SourceFile { digest: [2; 32], name: "other".into(), format: "test".into() };
    let batch = Batch { position: 1, last: true, events: events.into(), ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
    let now: DateTime<Utc> = TODAY.parse().expect("an instant");
    let statistics = StoreStatistics::at(store, Arc::new(move || now));
    for question in ["acces-par-ressource", "acces-par-ressource&par=ressource", "acces-total&par=presentation"] {
        let query =
            |first: &str| format!("etablissement={other}&indicateur={question}&du={first}&au=2026-08-31&pas=jour");
        let (rows, recipe) = rows(&statistics, &query("2026-06-01")).await;
        let named: Vec<_> = rows.iter().map(|row| row.get("titre").or(row.get("type_presentation"))).collect();
        assert!(named.iter().all(|name| name.is_some_and(|name| name == "Ensemble (regroupé)")), "{named:?}");
        assert!(rows.iter().all(|row| row["regroupe"] == "true"), "{question}");
        let total: u64 = rows.iter().map(|row| row["valeur"].parse::<u64>().expect("a number")).sum();
        assert_eq!(total, 2 + 20 * 27, "{question}");
        assert!(recipe.incidents.iter().any(|incident| incident.kind == "regroupe"), "{question}");
        // The school year that begins has enough people.
        let (apart, _) = self::rows(&statistics, &query("2026-08-01")).await;
        assert!(apart.iter().all(|row| row.get("titre").is_none_or(|name| name != "Ensemble (regroupé)")));
    }
}

#[tokio::test]
async fn counts_of_people_have_a_row_for_all_and_none_can_be_got_by_adding_up() {
    let (_, statistics) = school().await;
    let query = "indicateur=utilisateurs-distincts&du=2026-09-01&au=2026-09-20&pas=mois";
    let (people, recipe) = rows(&statistics, query).await;
    let of = |profile: &str| people.iter().find(|row| row["profil"] == profile).map(|row| row["valeur"].as_str());
    assert_eq!((of("Élèves"), of("Ensemble")), (Some("20"), Some("28")));
    assert!(people.iter().all(|row| row["intervalle"] == "en cours"));
    assert!(recipe.lignes.iter().any(|rule| rule.contains("ne sont pas la somme")));
    assert!(recipe.incidents.iter().any(|incident| incident.kind == "regroupe"));
    assert!(recipe.incidents.iter().any(|incident| incident.kind == "en-cours"));

    let (accesses, _) =
        rows(&statistics, "indicateur=acces-total&par=profil&du=2026-09-01&au=2026-09-20&pas=mois").await;
    assert!(accesses.iter().all(|row| row["profil"] != "Ensemble"), "the sum of the rows is the total, once");
}

#[tokio::test]
async fn the_resume_of_a_workbook_gives_each_of_two_resources_of_one_title_its_own_figures() {
    let (store, statistics) = school().await;
    let resources = ["r0", "r1"].map(|id| ResourceDescription {
        id: format!("ark:/99999/{id}"),
        title: Some("Manuel 6e".into()),
        publisher: None,
        presentation: None,
    });
    let source = SourceFile { digest: [2; 32], name: "catalogue".into(), format: "test".into() };
    let batch = Batch { position: 1, last: true, resources: resources.into(), ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
    let query = "indicateur=acces-total&par=ressource&du=2026-09-01&au=2026-09-20&pas=mois";
    let page = statistics.search(&Viewer::Local, vigie_domain::rights::Action::Export, &search(query)).await;
    let page = page.expect("an answer");
    let twins = page.series.iter().filter(|series| series.label().starts_with("Manuel 6e"));
    assert_eq!(
        twins.clone().map(|series| series.label()).collect::<BTreeSet<_>>(),
        ["Manuel 6e", "Manuel 6e (2)"].into()
    );
    let totals = twins.map(|series| match &series.figures {
        Figures::Additive { summary, .. } => OwnedCell::Other(Cell::count(summary.total)),
        other => panic!("{other:?}"),
    });
    let totals: Vec<_> = totals.collect();
    assert!(totals.len() == 2 && totals[0] != totals[1], "{totals:?}");
    let is_twin = |cell: &OwnedCell| matches!(cell, OwnedCell::Text(text) if text.starts_with("Manuel 6e"));
    let listed = summary(&page).rows.into_iter().filter(|row| row.first().is_some_and(is_twin));
    assert_eq!(listed.map(|row| row[1].clone()).collect::<Vec<_>>(), totals);
    // Beside their identifiers both have their title.
    let (rows, _) = rows(&statistics, query).await;
    let twins = rows.iter().filter(|row| row["titre"].starts_with("Manuel 6e"));
    let written = twins.map(|row| (row["ressource"].as_str(), row["titre"].as_str())).collect::<BTreeSet<_>>();
    assert_eq!(written, [("ark:/99999/r0", "Manuel 6e"), ("ark:/99999/r1", "Manuel 6e")].into());
}

#[tokio::test]
async fn a_recipe_says_that_profiles_are_regrouped_even_where_the_page_does_not_show_them() {
    let (_, statistics) = school().await;
    let query = "indicateur=acces-par-ressource&du=2026-09-01&au=2026-09-20&pas=mois&premiers=1";
    let page = statistics.search(&Viewer::Local, vigie_domain::rights::Action::Export, &search(query)).await;
    assert_eq!(page.expect("an answer").regrouping(), None);
    let (rows, recipe) = rows(&statistics, query).await;
    assert!(rows.iter().any(|row| row["regroupe"] == "true"));
    assert_eq!(recipe.incidents.iter().filter(|incident| incident.kind == "regroupe").count(), 1);
}

#[tokio::test]
async fn a_level_of_which_no_part_is_known_has_rows_that_say_so() {
    let (store, statistics) = school().await;
    let fact = Fact::Account { person: Some([1; 16]), profile: "eleve".into() };
    let listed = Event { id: None, uai: uai(), day: "2026-09-10".parse().expect("a day"), fact };
    let source = SourceFile { digest: [2; 32], name: "test".into(), format: "test".into() };
    let batch = Batch { position: 1, last: true, events: vec![listed].into(), ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
    let (rows, _) = rows(&statistics, "indicateur=comptes&par=profil&du=2026-07-01&au=2026-08-31&pas=mois").await;
    let said: Vec<_> = rows.iter().map(|row| (row["valeur"].as_str(), row["absence"].as_str())).collect();
    assert_eq!(said, [("", "inconnu"), ("", "inconnu")]);
}

#[tokio::test]
async fn an_unknown_level_has_a_row_in_every_window_of_a_long_division() {
    let (store, statistics) = school().await;
    let state = SubscriptionState {
        uai: uai(),
        subscription: "a1".into(),
        day: "2026-08-15".parse().expect("a day"),
        resource: Some("ark:/99999/r1".into()),
        validity: (None, None),
        licences: Licences::default(),
        deleted: false,
    };
    let source = SourceFile { digest: [2; 32], name: "test".into(), format: "test".into() };
    let batch = Batch { position: 1, last: true, states: vec![state], ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
    let of = async |more: &str| {
        let query = format!("service=abonnements&indicateur=abonnements-valides&du=2026-07-01&au=2026-09-20{more}");
        let (rows, _) = rows(&statistics, &query).await;
        rows.into_iter().map(|row| [&row["du"], &row["valeur"], &row["absence"]].map(String::clone)).collect::<Vec<_>>()
    };
    for step in ["mois", "semaine", "jour"] {
        let whole = of(&format!("&pas={step}&par=aucun")).await;
        assert!(whole.iter().any(|[_, _, absence]| absence == "inconnu"), "{step} {whole:?}");
        assert_eq!(of(&format!("&pas={step}&par=ressource")).await, whole, "{step}");
    }
}

#[tokio::test]
async fn what_is_not_known_is_a_word_and_never_a_number() {
    let (_, statistics) = school().await;
    // People are numbered afresh on 1 August: the week that spans it has no count.
    let (week, _) =
        rows(&statistics, "indicateur=utilisateurs-distincts&par=aucun&du=2026-07-27&au=2026-08-09&pas=semaine").await;
    let said: Vec<_> = week.iter().map(|row| (row["valeur"].as_str(), row["absence"].as_str())).collect();
    assert_eq!(said, [("", "inconnu"), ("28", "")]);
    let (nothing, recipe) =
        rows(&statistics, "service=suggestions&indicateur=tous&du=2026-09-01&au=2026-09-02&pas=jour").await;
    assert_eq!(nothing.len(), 2 * 9);
    assert!(nothing.iter().all(|row| row["absence"] == "non disponible" && row["valeur"].is_empty()));
    assert!(recipe.incidents.iter().all(|incident| incident.kind == "non-disponible"), "{:?}", recipe.incidents);
}

#[tokio::test]
async fn cumulative_counts_that_fell_are_incidents_of_the_recipe() {
    let (store, statistics) = school().await;
    let count = |day: &str, value| CumulativeCount {
        uai: uai(),
        day: day.parse().expect("a day"),
        subscription: "a1".into(),
        resource: None,
        profile: "eleve".into(),
        value,
    };
    let cumulative = vec![count("2026-09-01", 10), count("2026-09-08", 4), count("2026-09-09", 6)];
    let source = SourceFile { digest: [2; 32], name: "test".into(), format: "test".into() };
    let batch = Batch { position: 1, last: true, cumulative, ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
    let fallen = async |query: &str| {
        let (_, recipe) = rows(&statistics, query).await;
        let fallen = recipe.incidents.into_iter().filter(|incident| incident.kind == "cumul-en-baisse");
        fallen.map(|incident| incident.jours.map(|days| (days.du.to_string(), days.au.to_string()))).collect::<Vec<_>>()
    };
    let period = "du=2026-09-01&au=2026-09-20&pas=mois";
    let expected = [Some(("2026-09-08".to_owned(), "2026-09-08".to_owned()))];
    assert_eq!(fallen(&format!("service=console&indicateur=affectations-total&{period}")).await, expected);
    let later = "service=console&indicateur=affectations-total&du=2026-09-09&au=2026-09-20&pas=jour";
    assert_eq!(fallen(later).await, []);
    assert_eq!(fallen(&format!("indicateur=acces-total&{period}")).await, []);
}

#[tokio::test]
async fn a_nought_outside_of_the_days_of_the_data_says_that_it_is() {
    let (_, statistics) = school().await;
    let (days, recipe) =
        rows(&statistics, "indicateur=acces-total&par=aucun&du=2026-06-29&au=2026-09-20&pas=jour").await;
    let said: BTreeMap<_, _> =
        days.iter().map(|row| (row["du"].as_str(), (row["valeur"].as_str(), row["intervalle"].as_str()))).collect();
    assert_eq!((said["2026-06-29"], said["2026-06-30"]), (("0", "hors-donnees"), ("0", "hors-donnees")));
    assert_eq!(said["2026-07-06"], ("0", "complet"), "nothing happened, on a day between two of the data");
    assert_ne!(said["2026-07-01"].1, "hors-donnees");
    assert_ne!(said["2026-09-19"].1, "hors-donnees");
    assert_eq!(said["2026-09-20"], ("0", "hors-donnees"));
    let known = recipe.donnees.jours.expect("data");
    assert_eq!((known.du.to_string(), known.au.to_string()), ("2026-07-01".to_owned(), "2026-09-19".to_owned()));
    assert!(recipe.colonnes.iter().any(|column| column.nom == "intervalle" && column.sens.contains("hors-donnees")));
    // A week of which a day has data is told as any other.
    let (weeks, _) =
        rows(&statistics, "indicateur=acces-total&par=aucun&du=2026-06-22&au=2026-07-05&pas=semaine").await;
    let said: Vec<_> = weeks.iter().map(|row| row["intervalle"].as_str()).collect();
    assert_eq!(said, ["hors-donnees", "complet"]);
}

/// A catalogue, in a file of its own, which says how a resource is called.
pub(super) async fn describe(store: &Store, file: u8, title: &str) {
    let source = SourceFile { digest: [file; 32], name: "catalogue".into(), format: "test".into() };
    let resource = ResourceDescription {
        id: "ark:/99999/r1".into(),
        title: Some(title.into()),
        publisher: None,
        presentation: Some(("MAN".into(), None)),
    };
    let batch = Batch { position: 1, last: true, resources: vec![resource], ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
}
