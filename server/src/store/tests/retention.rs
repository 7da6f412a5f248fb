//! What is not kept, and who is not counted.

use super::*;
use crate::ingest::event::Responsable;
use crate::store::{Horizons, Pseudonyms, Purged};
use chrono::{TimeDelta, Utc};
use vigie_domain::catalogue::Dimension;
use vigie_domain::period::SchoolYear;
use vigie_domain::search::DEFAULT_FIRST;

fn person(number: u8) -> Pseudonyms {
    vec![(SchoolYear::of(day("2025-09-01")), pseudonym(number))]
}

/// Horizons so many days from now: what was received today is before those of tomorrow.
fn horizons(people: i64, repetitions: i64) -> Horizons {
    let from_now = |days| Utc::now().date_naive() + TimeDelta::days(days);
    Horizons { people: from_now(people), repetitions: from_now(repetitions) }
}

fn visit(id: &str, date: &str, person: u8) -> Event {
    Event { id: Some(id.into()), ..on(date, access(person, "eleve", "ark:/1/a", "", 1)) }
}

#[tokio::test]
async fn somebody_who_opted_out_counts_nowhere_from_then_on() {
    let store = store_of(empty().await, vec![visit("a", "2025-09-02", 1), visit("b", "2025-09-02", 2)]).await;
    let opted_out = store.opt_out(&school(), vec![person(1), person(9)]).await.expect("opted out");
    assert_eq!(opted_out, Some(1), "one of them was never met");
    assert_eq!(store.opt_out(&school(), vec![person(1)]).await.expect("again"), Some(0));
    let elsewhere = store.opt_out(&uai("9999992G"), vec![person(1)]).await.expect("unknown");
    assert_eq!(elsewhere, None, "no school is made known");
    let later = vec![
        visit("c", "2025-09-03", 1),
        visit("d", "2025-09-03", 2),
        on("2025-09-03", Fact::Account { person: Some(pseudonym(1)), profile: "eleve".into() }),
    ];
    let applied = store.apply(whole_file(1, later)).await.expect("a batch");
    assert_eq!(applied, Applied { counted: 1, duplicates: 0, opted_out: 2, ..Applied::default() });
    assert_eq!(over_two_weeks(&store, "acces-total").await, "3 0 | 3");
    assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, "2 0 | 2");
    assert_eq!(
        store.count_opt_outs(SchoolYear::of(day("2025-09-01"))).await.expect("counts"),
        [(school().to_string(), 2)]
    );

    assert!(store.opt_in(&school(), vec![person(1)]).await.expect("opted in"));
    store.apply(whole_file(2, vec![visit("e", "2025-09-04", 1)])).await.expect("a batch");
    // Unlinked from their number for good: they are somebody new.
    assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, "3 0 | 3");
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_purged_before_its_time() {
    let store = store_of(empty().await, vec![visit("a", "2025-09-02", 1)]).await;
    assert_eq!(store.purge(horizons(0, 0)).await.expect("purged"), Purged::default());
    let again = store.apply(whole_file(1, vec![visit("a", "2025-09-02", 1)])).await.expect("a batch");
    assert_eq!(again, Applied { counted: 0, duplicates: 1, opted_out: 0, ..Applied::default() });
    assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, "1 0 | 1");
}

#[tokio::test]
async fn responsables_whom_no_export_names_any_longer_are_forgotten() {
    let store = empty().await;
    let named = |person, date| Responsable { uai: school(), person: pseudonym(person), day: day(date) };
    let responsables = vec![named(1, "2025-09-01"), named(2, "2100-01-01")];
    store.apply(Batch { responsables, ..whole_file(1, Vec::new()) }).await.expect("a batch");
    let purged = store.purge(horizons(0, 0)).await.expect("purged");
    assert_eq!(purged, Purged { members: 1, ..Purged::default() });
    assert_eq!(store.list_schools_of_responsable(pseudonym(1)).await.expect("schools"), []);
    assert_eq!(store.list_schools_of_responsable(pseudonym(2)).await.expect("schools"), [school()]);
}

#[tokio::test]
async fn identifiers_are_forgotten_and_people_are_not() {
    let store = store_of(empty().await, vec![visit("a", "2025-09-02", 1)]).await;
    assert_eq!(store.purge(horizons(0, 1)).await.expect("purged"), Purged { runs: 1, ..Purged::default() });
    let again = store.apply(whole_file(1, vec![visit("a", "2025-09-02", 1)])).await.expect("a batch");
    assert_eq!(again, Applied { counted: 1, duplicates: 0, opted_out: 0, ..Applied::default() });
    assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, "1 0 | 1");
}

#[tokio::test]
async fn people_are_purged_and_their_counts_stay() {
    let store = store_of(empty().await, vec![visit("a", "2025-09-02", 1), visit("b", "2025-09-09", 2)]).await;
    let purged = store.purge(horizons(1, 0)).await.expect("purged");
    assert_eq!(purged, Purged { members: 2, sets: 2, ..Purged::default() });
    assert_eq!(store.purge(horizons(1, 0)).await.expect("purged"), Purged::default(), "once is enough");
    assert_eq!(over_two_weeks(&store, "acces-total").await, "1 1 | 2");
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    // What comes too late for a day counts, and makes nobody of the day pass for everybody.
    store.apply(whole_file(1, vec![visit("c", "2025-09-02", 3)])).await.expect("a batch");
    assert_eq!(over_two_weeks(&store, "acces-total").await, "2 1 | 3");
    // Nobody knows any longer how many they were, which is not nobody.
    assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, "? ? | —");
}

/// What the parts of a school are called, over the school year.
async fn profiles(store: &Store) -> Vec<String> {
    let split = Split { by: Dimension::Profile, first: DEFAULT_FIRST };
    let result =
        ask(store, &school(), &search("acces-total", "2025-09-01", "2025-12-31", Step::Month, Some(split))).await;
    result.series.iter().map(|series| series.label().to_owned()).collect()
}

fn four_librarians() -> Vec<Event> {
    let pupils = (1..20).map(|person| on("2025-09-02", access(person, "eleve", "", "", 1)));
    let librarians = (101..105).map(|person| on("2025-09-02", access(person, "documentaliste", "", "", 1)));
    pupils.chain(librarians).collect()
}

#[tokio::test]
async fn somebody_who_comes_back_is_not_one_more_of_their_profile() {
    let store = store_of(empty().await, four_librarians()).await;
    for turn in 1..4 {
        assert_eq!(store.opt_out(&school(), vec![person(101)]).await.expect("opted out"), Some(0));
        assert!(store.opt_in(&school(), vec![person(101)]).await.expect("opted in"));
        let back = on("2025-10-02", access(101, "documentaliste", "", "", turn.into()));
        store.apply(whole_file(turn, vec![back])).await.expect("a batch");
        assert_eq!(profiles(&store).await, ["Élèves et documentalistes (regroupés)"]);
    }
}

/// Twenty pupils and five librarians, who are listed, or seen.
fn five_librarians(listed: bool) -> Vec<Event> {
    let all = (1..21).map(|person| (person, "eleve")).chain((101..106).map(|person| (person, "documentaliste")));
    let fact = |(person, profile): (u8, &str)| match listed {
        true => Fact::Account { person: Some(pseudonym(person)), profile: profile.into() },
        false => access(person, profile, "", "", 1),
    };
    let visit = on("2025-09-03", access(101, "documentaliste", "", "", 1));
    let pupil = on("2025-09-03", access(1, "eleve", "", "", 1));
    all.map(|one| on("2025-09-02", fact(one))).chain([visit, pupil]).collect()
}

#[tokio::test]
async fn those_who_are_left_when_others_opt_out_are_not_told_apart() {
    for listed in [true, false] {
        let store = store_of(empty().await, five_librarians(listed)).await;
        assert_eq!(profiles(&store).await, ["Élèves", "Documentalistes"]);
        let four = (101..105).map(person).collect();
        assert_eq!(store.opt_out(&school(), four).await.expect("opted out"), Some(0));
        let together = ["Élèves et documentalistes (regroupés)"];
        assert_eq!(profiles(&store).await, together);
        let alone = on("2025-10-10", access(105, "documentaliste", "", "", 11));
        store.apply(whole_file(1, vec![alone])).await.expect("a batch");
        assert_eq!(profiles(&store).await, together);
        // Those who come later were not there in October, and those who come back are nobody new.
        assert!(store.opt_in(&school(), (101..105).map(person).collect()).await.expect("opted in"));
        let later = (101..115).map(|person| {
            let account = Fact::Account { person: Some(pseudonym(person)), profile: "documentaliste".into() };
            on("2025-11-10", if listed { account } else { access(person, "documentaliste", "", "", 1) })
        });
        store.apply(whole_file(2, later.collect())).await.expect("a batch");
        assert_eq!(profiles(&store).await, together, "{listed}");
        assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn somebody_who_was_purged_is_not_one_more_of_their_profile() {
    let store = store_of(empty().await, four_librarians()).await;
    // The year goes on: its sets were added to today, the people of September were received long ago.
    long_ago(&store).await;
    store.purge(horizons(0, 0)).await.expect("purged");
    let back = (101..105).map(|person| on("2025-12-02", access(person, "documentaliste", "", "", 1)));
    store.apply(whole_file(1, back.collect())).await.expect("a batch");
    assert_eq!(profiles(&store).await, ["Ensemble (regroupé)"]);
}

/// Makes those who are known known since long ago, and what they did this year since today.
async fn long_ago(store: &Store) {
    let alter = |sql: &mut dyn Sql| {
        sql.execute("UPDATE member SET received = 0", &[])?;
        sql.execute("UPDATE daily_sets SET received = 0", &[])
    };
    store.writers.run(alter).await.expect("altered");
}

/// Makes directories, and what the school year knows of them, received long ago; what people did was received today.
async fn directories_long_ago(store: &Store) {
    let alter = |sql: &mut dyn Sql| {
        for table in ["daily_sets", "yearly_sets"] {
            sql.execute(&format!("UPDATE {table} SET received = 0 WHERE population = 'comptes'"), &[])?;
        }
        Ok(())
    };
    store.writers.run(alter).await.expect("altered");
}

#[tokio::test]
async fn what_an_erased_directory_kept_together_stays_so_whoever_was_seen() {
    let listed = |people: std::ops::Range<u8>, profile: &'static str| {
        people.map(move |person| {
            on("2025-09-01", Fact::Account { person: Some(pseudonym(person)), profile: profile.into() })
        })
    };
    let seen = |people: std::ops::Range<u8>, profile: &'static str, resource: &'static str| {
        people.map(move |person| on("2025-09-03", access(person, profile, resource, "", 1)))
    };
    let together = ["Élèves et documentalistes (regroupés)"];
    // Two librarians were listed, and six others seen.
    let librarians = listed(1..21, "eleve").chain(listed(101..103, "documentaliste"));
    let librarians = librarians.chain(seen(1..9, "eleve", "")).chain(seen(103..109, "documentaliste", ""));
    let store = store_of(empty().await, librarians.collect()).await;
    assert_eq!(profiles(&store).await, together);
    directories_long_ago(&store).await;
    assert_eq!(store.purge(horizons(0, 0)).await.expect("purged").sets, 1);
    assert_eq!(store.opt_out(&school(), vec![person(1)]).await.expect("opted out"), Some(0));
    assert_eq!(profiles(&store).await, together);
    store.apply(whole_file(1, seen(2..3, "eleve", "").collect())).await.expect("a batch");
    assert_eq!(profiles(&store).await, together);
    // Three people were listed in all, and others seen.
    let few = listed(1..4, "eleve").chain(seen(1..9, "eleve", "ark:/1/a")).chain(seen(1..9, "eleve", "ark:/1/b"));
    let store = store_of(empty().await, few.collect()).await;
    assert_eq!(profiles(&store).await, ["Ensemble (regroupé)"]);
    directories_long_ago(&store).await;
    store.purge(horizons(0, 0)).await.expect("purged");
    store.apply(whole_file(1, seen(2..3, "eleve", "ark:/1/a").collect())).await.expect("a batch");
    assert_eq!(profiles(&store).await, ["Ensemble (regroupé)"]);
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}
