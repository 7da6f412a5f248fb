//! Nights in which figures cannot be published as they should: a damaged school, or two nights at once.

use super::*;
use crate::store::sql::values;
use crate::store::{PublishedBlock, StoreError, Told};
use std::collections::BTreeMap;

/// Sets of a school: their population, their day or year, and their members.
type Sets = Vec<(String, i64, Vec<u8>)>;

/// Puts members in the place of those of the sets of a school; what was there.
async fn replace_sets(store: &Store, school: Uai, (table, at): (&str, &str), sets: Option<Sets>) -> Sets {
    let all = format!("SELECT population, {at}, members FROM {table} WHERE uai = ?1");
    let one = format!("UPDATE {table} SET members = ?4 WHERE uai = ?1 AND population = ?2 AND {at} = ?3");
    let replace = move |sql: &mut dyn Sql| {
        let before = list(sql, &all, values![school.as_str()], |row| {
            Ok((row.text(0)?.to_owned(), row.int(1)?, row.bytes(2)?.to_owned()))
        })?;
        let damaged =
            || before.iter().map(|(population, at, _)| (population.clone(), *at, b"damaged".to_vec())).collect();
        for (population, at, members) in sets.unwrap_or_else(damaged) {
            sql.execute(&one, values![school.as_str(), population.as_str(), at, &members[..]])?;
        }
        Ok(before)
    };
    store.writers.run(replace).await.expect("replaced")
}

#[tokio::test]
async fn a_damaged_school_keeps_its_region_as_it_was_told_and_no_other() {
    let store = of_colleges(empty().await, &picardie()).await;
    let elsewhere = |number| {
        let places = Places { commune: None, departement: place("59"), academie: place("9") };
        SchoolDescription { places, ..description(number, "59") }
    };
    let nord = (20..24).flat_map(|number| events(number, &usual("59"))).collect();
    store.apply(Batch { schools: (20..24).map(elsewhere).collect(), ..whole_file(60, nord) }).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    let total = async |academie: &str| {
        let indicator = IndicatorId::from_slug("acces-total").expect("an indicator");
        let group = Group { codes: [None, Some(academie.to_owned()), None, None] };
        let published = store.load_published(YEAR, indicator).await.expect("read").expect("published");
        let answer = group::answer(&GroupSearch { group, indicator, year: YEAR, by_profile: false }, &published);
        let series: String = answer.series.iter().flatten().map(|series| written(&series.figures)).collect();
        (series, answer.held)
    };
    let told = |series: &str, held| (series.to_owned(), held);
    assert_eq!(total("20").await, told("0 184 96 0 0 | 280", false));
    assert_eq!(total("9").await, told("0 92 48 0 0 | 140", false));

    let visit = |number| Event { uai: college(number), ..on("2026-01-01", access(1, "eleve", "", "", 5)) };
    store.apply(whole_file(61, (0..4).chain(20..24).map(visit).collect())).await.expect("a batch");
    for table in [("daily_sets", "day"), ("yearly_sets", "year")] {
        let before = replace_sets(&store, college(0), table, None).await;
        let outcome = roll_up(&store, day("2026-01-02")).await;
        assert!(matches!(outcome, Err(StoreError::Corrupt(_))), "{table:?}");
        assert_eq!(total("20").await, told("0 184 96 0 0 0 | 280", true), "{table:?}");
        assert_eq!(total("9").await, told("0 92 48 0 0 20 | 160", false), "{table:?}");
        replace_sets(&store, college(0), table, Some(before)).await;
    }
    roll_up(&store, day("2026-01-02")).await.expect("rolled up");
    assert_eq!(total("20").await, told("0 184 96 0 0 20 | 300", false));
}

#[tokio::test]
async fn of_two_nights_that_begin_with_the_same_past_one_is_told() {
    let store = of_colleges(empty().await, &picardie()).await;
    let drawn = store.load_drawn(YEAR).await.expect("blocks");
    let mut blocks = Vec::new();
    for number in drawn.blocks.keys() {
        let Told { nights, figures: told, .. } = store.load_told(YEAR, *number).await.expect("told");
        let places = [[Some("college".to_owned()), Some("20".to_owned()), None, None]].into();
        blocks.push(PublishedBlock { number: *number, nights, places, figures: Vec::new(), told });
    }
    let publish =
        |blocks: &[PublishedBlock]| store.publish(YEAR, day(TODAY), blocks.to_vec(), BTreeMap::new(), BTreeSet::new());
    assert!(!publish(&blocks[1..]).await.expect("an answer"), "a block is missing");
    let before = told(&store, "acces-total", None).await;
    assert_eq!(before.as_deref(), Some("0 184 96 0 0 | 280"), "nothing changed");
    assert!(publish(&blocks).await.expect("an answer"));
    assert_ne!(told(&store, "acces-total", None).await, before);
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "acces-total", None).await, before);
    assert!(!publish(&blocks).await.expect("an answer"), "a night was told since");
    assert_eq!(told(&store, "acces-total", None).await, before, "nothing changed");
}
