//! What groups of schools tell once people are erased, or oppose being counted.

use super::*;

/// Directories of so many pupils in each of the first collèges, on a day.
fn directories(colleges: usize, date: &'static str, pupils: u8) -> impl Iterator<Item = Event> {
    let account = |person| Fact::Account { person: Some(pseudonym(person)), profile: "eleve".into() };
    (0..colleges).flat_map(move |number| {
        (1..=pupils).map(move |person| Event { uai: college(number), ..on(date, account(person)) })
    })
}

/// Erases the sets of some populations, and those whom no other one holds.
async fn erase(store: &Store, populations: &'static [&'static str]) {
    let long_ago = move |sql: &mut dyn Sql| {
        sql.execute("UPDATE member SET received = 0", &[])?;
        for population in populations {
            for table in ["daily_sets", "yearly_sets"] {
                let alter = format!("UPDATE {table} SET received = 0 WHERE population = ?1");
                sql.execute(&alter, &[(*population).into()])?;
            }
        }
        Ok(())
    };
    store.writers.run(long_ago).await.expect("altered");
    let today = chrono::Utc::now().date_naive();
    store.purge(crate::store::Horizons { people: today, repetitions: today }).await.expect("purged");
    // Something comes late to one of them, without which nobody would be left of the year.
    let late = Event { uai: college(0), ..on("2025-12-05", access(1, "eleve", "", "", 1)) };
    store.apply(whole_file(99, vec![late])).await.expect("a batch");
}

#[tokio::test]
async fn levels_ratios_and_profiles_that_were_told_stay_when_people_are_erased() {
    let all = async |store: &Store, today: &str| {
        roll_up(store, day(today)).await.expect("rolled up");
        let mut all = Vec::new();
        for slug in ["comptes", "part-comptes-utilisateurs", "utilisateurs-distincts"] {
            all.push(told(store, slug, Some("2")).await.expect("told"));
        }
        let profiles = ask_group(store, "utilisateurs-distincts", None, true).await.expect("told");
        all.extend(profiles.iter().map(|series| written(&series.figures)));
        all
    };
    for erased in [&["comptes"][..], &["utilisateurs"], &["comptes", "utilisateurs"]] {
        let store = of_colleges(empty().await, &["2"; 8].map(usual)).await;
        store.apply(whole_file(80, directories(8, "2025-10-06", 20).collect())).await.expect("a batch");
        let before = all(&store, TODAY).await;
        assert_eq!(before[..2], ["? ? 160 160 160 | 160", "? ? 96/160 0/160 0/160 | 184/160"]);
        assert_eq!(before.len(), 5, "pupils and teachers are told apart");
        erase(&store, erased).await;
        assert_eq!(all(&store, TODAY).await, before, "{erased:?}");
        // What held in December does in January.
        assert_eq!(all(&store, "2026-01-05").await[0], "? ? 160 160 160 160 | 160", "{erased:?}");
    }
}

#[tokio::test]
async fn what_a_directory_of_some_profiles_leaves_unknown_is_not_told_as_what_it_was() {
    // The night before the directory comes may be that of its day.
    for (before, after) in [("2026-01-02", "2026-02-03"), ("2026-01-12", "2026-01-13"), ("2026-01-15", "2026-01-16")] {
        let store = of_colleges(empty().await, &["2"; 8].map(usual)).await;
        let level = async |today: &str| {
            roll_up(&store, day(today)).await.expect("rolled up");
            told(&store, "comptes", Some("2")).await.expect("told")
        };
        store.apply(whole_file(80, directories(8, "2025-10-06", 20).collect())).await.expect("a batch");
        assert_eq!(level(before).await, "? ? 160 160 160 160 | 160");
        erase(&store, &["comptes"]).await;
        let teacher = |person| Fact::Account { person: Some(pseudonym(person)), profile: "enseignant".into() };
        let teachers = (0..8).flat_map(|number| {
            (101..=110).map(move |person| Event { uai: college(number), ..on("2026-01-12", teacher(person)) })
        });
        store.apply(whole_file(81, teachers.collect())).await.expect("a batch");
        let unknown = if after < "2026-02-01" { "? ? 160 160 160 ? | 160" } else { "? ? 160 160 160 ? ? | 160" };
        assert_eq!(level(after).await, unknown, "{after}");
        assert_eq!(level("2026-02-04").await, "? ? 160 160 160 ? ? | 160", "{after}");
        // Once pupils are listed again, all is known.
        store.apply(whole_file(82, directories(8, "2026-02-05", 19).collect())).await.expect("a batch");
        assert_eq!(level("2026-02-10").await, "? ? 160 160 160 ? 232 | 232", "{after}");
    }
}

#[tokio::test]
async fn what_waited_for_those_who_are_listed_waits_still_when_they_are_erased() {
    for erased in [&["comptes"][..], &["comptes", "utilisateurs"]] {
        let store = of_colleges(empty().await, &["2"; 6].map(usual)).await;
        let visits =
            (0..6).map(|number| Event { uai: college(number), ..on("2025-11-12", access(1, "eleve", "", "", 13)) });
        let listed = directories(6, "2025-09-01", 20).chain(directories(6, "2025-11-10", 1));
        store.apply(whole_file(80, listed.chain(visits).collect())).await.expect("a batch");
        roll_up(&store, day(TODAY)).await.expect("rolled up");
        let before = told(&store, "acces-total", Some("2")).await;
        assert_eq!(before.as_deref(), Some("0 138 72 0 0 | 210"));
        erase(&store, erased).await;
        roll_up(&store, day(TODAY)).await.expect("rolled up");
        assert_eq!(told(&store, "acces-total", Some("2")).await, before, "{erased:?}");
        assert_eq!(told(&store, "utilisateurs-distincts", Some("2")).await.as_deref(), Some("0 138 72 0 0 | 138"));
    }
}

#[tokio::test]
async fn those_who_oppose_being_counted_weigh_no_more() {
    let small = |departement| College { departement, pupils: 6, teachers: 0 };
    let store = of_colleges(empty().await, &["2"; 5].map(small)).await;
    assert!(told(&store, "acces-total", None).await.is_some());
    for number in 0..5 {
        let gone = (2..=6).map(|person| vec![(YEAR, pseudonym(person))]).collect();
        assert_eq!(store.opt_out(&college(number), gone).await.expect("opted out"), Some(0));
    }
    let visits =
        (0..5).map(|number| Event { uai: college(number), ..on("2025-12-05", access(1, "eleve", "", "", 12)) });
    store.apply(whole_file(80, visits.collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "acces-total", None).await, None);
    assert_eq!(told(&store, "utilisateurs-distincts", None).await, None);
}

#[tokio::test]
async fn what_was_published_stays_when_people_are_erased() {
    let store = of_colleges(empty().await, &picardie()).await;
    let tomorrow = chrono::Utc::now().date_naive() + chrono::TimeDelta::days(1);
    store.purge(crate::store::Horizons { people: tomorrow, repetitions: tomorrow }).await.expect("purged");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "utilisateurs-distincts", None).await.as_deref(), Some("0 184 96 0 0 | 184"));
}

#[tokio::test]
async fn what_was_published_stays_when_the_people_of_some_schools_are_erased() {
    let store = of_colleges(empty().await, &picardie()).await;
    let long_ago = |sql: &mut dyn Sql| {
        for table in ["member", "daily_sets", "yearly_sets"] {
            sql.execute(&format!("UPDATE {table} SET received = 0 WHERE uai < '0000004A'"), &[])?;
        }
        Ok(())
    };
    store.writers.run(long_ago).await.expect("altered");
    let today = chrono::Utc::now().date_naive();
    store.purge(crate::store::Horizons { people: today, repetitions: today }).await.expect("purged");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "utilisateurs-distincts", Some("2")).await.as_deref(), Some("0 92 48 0 0 | 92"));
    assert_eq!(told(&store, "acces-total", None).await.as_deref(), Some("0 184 96 0 0 | 280"));
}
