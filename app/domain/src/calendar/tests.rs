use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn at(text: &str) -> Day {
    text.parse().expect("a date")
}

fn interval(first: &str, last: &str) -> Interval {
    Interval { first: at(first), last: at(last) }
}

const ZONES: [Zone; 3] = [Zone::A, Zone::B, Zone::C];

#[test]
fn the_zone_comes_from_the_departement_of_the_uai() {
    for (uai, zone) in [
        ("0690001A", Some(Zone::A)),
        ("0330001A", Some(Zone::A)),
        ("0130001A", Some(Zone::B)),
        ("0350001A", Some(Zone::B)),
        ("0140001A", Some(Zone::B)),
        ("0750001A", Some(Zone::C)),
        ("0310001A", Some(Zone::C)),
        ("6200001A", None),
        ("7200001A", None),
        ("9740001A", None),
        ("9999991F", Some(Zone::C)),
        ("A", None),
    ] {
        assert_eq!(Zone::of(&Uai::parse(uai).expect("a UAI")), zone, "{uai}");
    }
}

#[test]
fn the_94_departements_of_the_zones_are_each_in_one() {
    let real = |code: &&&str| **code != "999";
    let codes: Vec<_> = data::DEPARTMENTS.iter().flat_map(|(_, codes)| codes.iter()).filter(real).collect();
    assert_eq!(codes.len(), 94);
    let expected: Vec<String> = (1..=95).filter(|n| *n != 20).map(|n| format!("{n:03}")).collect();
    assert_eq!(
        codes.into_iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn holidays_are_those_of_the_zone_from_departure_to_the_eve_of_return() {
    let winter = interval("2026-02-01", "2026-03-15");
    for (zone, days) in [
        (Zone::A, interval("2026-02-07", "2026-02-22")),
        (Zone::B, interval("2026-02-14", "2026-03-01")),
        (Zone::C, interval("2026-02-21", "2026-03-08")),
    ] {
        assert_eq!(holidays(Some(zone), winter), [Holiday { label: "Vacances d’hiver", days }], "{zone:?}");
    }
    assert!(holidays(None, winter).is_empty());
    assert!(holidays(Some(Zone::C), interval("2026-09-01", "2026-10-16")).is_empty());
}

#[test]
fn every_school_year_has_its_holidays_in_every_zone() {
    for zone in ZONES {
        for year in 2022..=2026 {
            let days = interval(&format!("{year}-09-10"), &format!("{}-07-20", year + 1));
            let labels: Vec<_> = holidays(Some(zone), days).iter().map(|holiday| holiday.label).collect();
            let expected = ["de la Toussaint", "de Noël", "d’hiver", "de printemps", "", "d’été"];
            assert_eq!(labels.len(), expected.len(), "{zone:?} {year} {labels:?}");
            assert!(labels.iter().zip(expected).all(|(label, end)| label.ends_with(end)), "{labels:?}");
        }
    }
}

#[test]
fn holidays_follow_one_another_start_on_a_saturday_and_end_before_a_day_of_class() {
    for zone in ZONES {
        let all = holidays(Some(zone), known_days());
        assert!(all.windows(2).all(|pair| pair[0].days.last < pair[1].days.first));
        for holiday in &all {
            assert!(holiday.days.first < holiday.days.last, "{holiday:?}");
            assert!(holiday.days.days() <= 60, "{holiday:?}");
            let start = holiday.days.first.weekday();
            match holiday.label {
                "Pont de l’Ascension" => assert_eq!(public_holiday(holiday.days.first), Some("Ascension")),
                // The summer of 2022 began on a Thursday evening.
                _ if holiday.days.first == at("2022-07-08") => {}
                _ => assert_eq!(start, Weekday::Sat, "{holiday:?}"),
            }
            if let Some(back) = holiday.days.last.succ_opt().filter(|back| known_days().contains(*back)) {
                assert!(is_school_day(back, Some(zone)), "{zone:?} {holiday:?}");
            }
        }
        assert_eq!(all.first().map(|holiday| holiday.days.first), Some(known_days().first));
        assert_eq!(all.last().map(|holiday| holiday.days.last), Some(known_days().last));
    }
}

#[test]
fn public_holidays_follow_easter() {
    for (year, sunday) in [
        (2000, "2000-04-23"),
        (2019, "2019-04-21"),
        (2024, "2024-03-31"),
        (2025, "2025-04-20"),
        (2026, "2026-04-05"),
        (2027, "2027-03-28"),
        (2038, "2038-04-25"),
        (2285, "2285-03-22"),
    ] {
        assert_eq!(easter(year), Some(at(sunday)), "{year}");
    }
    assert_eq!(
        public_holidays(2026).into_iter().map(|(day, _)| day.to_string()).collect::<Vec<_>>(),
        [
            "2026-01-01",
            "2026-04-06",
            "2026-05-01",
            "2026-05-08",
            "2026-05-14",
            "2026-05-25",
            "2026-07-14",
            "2026-08-15",
            "2026-11-01",
            "2026-11-11",
            "2026-12-25",
        ]
    );
    // In 2008, Ascension fell on 1 May.
    assert_eq!(public_holidays(2008).len(), 11);
    assert_eq!(public_holiday(at("2025-06-09")), Some("Lundi de Pentecôte"));
    assert_eq!(public_holiday(at("2025-06-10")), None);
}

#[test]
fn a_school_day_is_a_weekday_outside_holidays() {
    for (text, zone, school) in [
        ("2025-09-01", Some(Zone::C), true),
        ("2025-08-29", Some(Zone::C), false),
        ("2025-09-03", Some(Zone::C), true),
        ("2025-09-06", Some(Zone::C), false),
        ("2025-11-11", Some(Zone::C), false),
        ("2025-11-03", Some(Zone::C), true),
        ("2025-05-30", Some(Zone::A), false),
        ("2026-02-10", Some(Zone::A), false),
        ("2026-02-10", Some(Zone::C), true),
        ("2026-02-10", None, true),
        ("2026-07-14", None, false),
    ] {
        assert_eq!(is_school_day(at(text), zone), school, "{text} {zone:?}");
    }
}

#[test]
fn a_school_year_has_about_36_weeks_of_class() {
    for zone in ZONES {
        for year in 2022..=2026 {
            let days = crate::period::SchoolYear(year).interval();
            let count = days
                .first
                .iter_days()
                .take_while(|day| *day <= days.last)
                .filter(|day| is_school_day(*day, Some(zone)))
                .count();
            assert!((168..=182).contains(&count), "{zone:?} {year}: {count}");
        }
    }
}

proptest! {
    #[test]
    fn no_school_day_is_in_a_holiday(offset in 0i64..1_880, zone in 0usize..3) {
        let day = known_days().first + chrono::TimeDelta::days(offset);
        let one = Interval { first: day, last: day };
        if is_school_day(day, Some(ZONES[zone])) {
            prop_assert!(holidays(Some(ZONES[zone]), one).is_empty());
            prop_assert!(public_holiday(day).is_none());
        }
        for holiday in holidays(Some(ZONES[zone]), one) {
            prop_assert!(holiday.days.contains(day));
        }
    }

    #[test]
    fn easter_is_a_sunday_between_22_march_and_25_april(year in 1583i32..4000) {
        let easter = easter(year).expect("a date");
        prop_assert_eq!(easter.weekday(), Weekday::Sun);
        prop_assert!((3, 22) <= (easter.month(), easter.day()) && (easter.month(), easter.day()) <= (4, 25));
    }
}
