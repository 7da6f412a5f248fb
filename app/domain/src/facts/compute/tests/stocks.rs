//! Stocks: accounts, subscriptions and licences, read on the last day of each bucket.

use super::*;
use crate::catalogue::Stock;
use crate::facts::LevelRow;
use crate::result::{Extreme, StockSummary};

fn level(first: &str, last: &str, part: &str, count: u64) -> LevelRow {
    LevelRow { first: day(first), last: day(last), part: part.into(), year: SchoolYear::of(day(first)), count }
}

const ACCOUNTS: Term = Term::Stock(Stock::Comptes);

#[test]
fn a_stock_is_read_on_the_last_day_of_each_bucket_and_unknown_before_the_first_export() {
    let rows = vec![
        level("2026-04-10", "2026-05-30", "eleve", 600),
        level("2026-04-10", "2026-05-30", "enseignant", 40),
        level("2026-05-31", "2099-12-31", "eleve", 610),
    ];
    let facts = facts(vec![(ACCOUNTS, TermRows::Levels(rows))]);
    let result = ask("indicateur=comptes&du=2026-03-01&au=2026-07-31&pas=mois", &facts);
    let read = |series: &Series| match &series.figures {
        Figures::Stock { values, .. } => (series.label().to_owned(), values.clone()),
        _ => panic!("a stock"),
    };
    // May ends on the day of the second export, which has no teacher left; June is read today, the tenth.
    assert_eq!(
        result.series.iter().map(read).collect::<Vec<_>>(),
        [
            ("Élèves".into(), vec![None, Some(600), Some(610), Some(610)]),
            ("Enseignants".into(), vec![None, Some(40), Some(0), Some(0)]),
        ]
    );
    let whole = result.whole.expect("divided");
    let Figures::Stock { values, summary } = &whole.figures else { panic!("a stock") };
    assert_eq!(*values, [None, Some(640), Some(610), Some(610)]);
    let at = |value, bucket| Some(Extreme { value, bucket });
    assert_eq!(*summary, StockSummary { last: at(610.0, 3), min: at(610.0, 2), max: at(640.0, 1) });
    assert!(whole.figures.spread().is_none());
}

#[test]
fn accounts_are_shown_together_as_in_the_years_of_those_who_are_counted_in_the_period() {
    let of =
        |year: i32, rows: Vec<LevelRow>| rows.into_iter().map(move |row| LevelRow { year: SchoolYear(year), ..row });
    let earlier = vec![
        level("2023-09-12", "2025-09-04", "documentaliste", 2),
        level("2023-09-12", "2025-09-04", "autre-personnel", 18),
    ];
    let later = |last: &str| {
        vec![level("2025-09-05", last, "documentaliste", 8), level("2025-09-05", last, "autre-personnel", 20)]
    };
    let labels = |rows: Vec<LevelRow>, query: &str| -> Vec<String> {
        let mut facts = facts(vec![(ACCOUNTS, TermRows::Levels(rows))]);
        let groups = [&["eleve"][..], &["enseignant"], &["documentaliste", "autre-personnel"], &["parent"]];
        let groups = groups.map(|group| group.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>());
        facts.groupings.insert(SchoolYear(2023), Grouping::of(&groups));
        ask(query, &facts).series.iter().map(|series| series.label().to_owned()).collect()
    };
    let autumn = "indicateur=comptes&du=2025-10-01&au=2025-11-30&pas=mois";
    let summer = "indicateur=comptes&du=2025-08-01&au=2025-11-30&pas=mois";
    let both = || of(2023, earlier.clone()).chain(of(2025, later("2099-12-31"))).collect::<Vec<_>>();
    let (apart, together) =
        (["Documentalistes", "Autres personnels"], ["Documentalistes et autres personnels (regroupés)"]);
    assert_eq!(labels(both(), autumn), apart);
    assert_eq!(labels(both(), summer), together);
    // Those who were listed then, and are counted still.
    let lasting = of(2025, later("2099-12-31")).chain(of(2023, vec![level("2025-09-05", "2099-12-31", "parent", 1)]));
    assert_eq!(labels(lasting.collect(), autumn)[..1], together);
}

#[test]
fn subscriptions_that_are_over_leave_nought_behind_not_a_gap() {
    let rows = vec![level("2025-09-01", "2025-12-30", "ark:/1", 1)];
    let facts = facts(vec![(Term::Stock(Stock::AbonnementsValides), TermRows::Levels(rows))]);
    let result = ask("indicateur=abonnements-valides&du=2025-08-01&au=2026-01-31&pas=mois", &facts);
    let Figures::Stock { values, .. } = &result.series[0].figures else { panic!("a stock") };
    assert_eq!(*values, [None, Some(1), Some(1), Some(1), Some(0), Some(0)]);
}

#[test]
fn resources_with_the_most_subscriptions_at_the_end_come_first() {
    let rows = vec![
        level("2025-09-01", "2026-05-31", "ark:/over", 50),
        level("2025-09-01", "2026-08-31", "ark:/1", 2),
        level("2026-06-01", "2026-08-31", "ark:/new", 3),
        level("2024-09-01", "2025-08-31", "ark:/before", 9),
        level("2025-09-01", "2026-08-31", "ark:/small", 1),
    ];
    let facts = facts(vec![(Term::Stock(Stock::AbonnementsValides), TermRows::Levels(rows))]);
    let result =
        ask("indicateur=abonnements-valides&par=ressource&premiers=2&du=2026-05-01&au=2026-06-30&pas=mois", &facts);
    let values = |series: &Series| (0..2).map(|at| series.figures.value(at)).collect::<Vec<_>>();
    let read: Vec<_> = result.series.iter().map(|series| (series.label().to_owned(), values(series))).collect();
    assert_eq!(
        read,
        [
            ("ark:/new".into(), vec![Some(0.0), Some(3.0)]),
            ("Atlas".into(), vec![Some(2.0), Some(2.0)]),
            ("Autres (2)".into(), vec![Some(51.0), Some(1.0)]),
        ]
    );
    assert_eq!(result.whole.map(|whole| values(&whole)), Some(vec![Some(53.0), Some(6.0)]));
}

#[test]
fn licences_given_to_no_profile_say_so() {
    let rows = vec![level("2025-09-01", "2026-08-31", "", 30), level("2025-09-01", "2026-08-31", "eleve", 12)];
    let facts = facts(vec![(Term::Stock(Stock::Licences), TermRows::Levels(rows))]);
    let result = ask("indicateur=licences&par=profil&du=2026-06-01&au=2026-06-01", &facts);
    assert_eq!(result.series.iter().map(Series::label).collect::<Vec<_>>(), ["Élèves", "Tous profils confondus"]);
}

/// A numerator and a denominator.
type Terms = Option<(u64, u64)>;

/// What a ratio divides, bucket by bucket, and over the period.
fn fractions(figures: &Figures) -> (Vec<Terms>, Terms) {
    let Figures::Ratio { values, summary, .. } = figures else { panic!("a ratio") };
    let terms = |fraction: Fraction| (fraction.numerator, fraction.denominator);
    (values.iter().map(|value| value.map(terms)).collect(), summary.over_period.map(terms))
}

#[test]
fn users_are_divided_by_the_accounts_of_the_end_and_an_unknown_term_makes_an_unknown_ratio() {
    let users = vec![
        set("2025-07-29", "", &[1, 2]),
        set("2025-08-01", "", &[1]),
        set("2025-08-05", "", &[4]),
        set("2025-08-12", "", &[4, 5]),
    ];
    let accounts = vec![level("2025-07-31", "2025-08-09", "eleve", 8), level("2025-08-10", "2099-12-31", "eleve", 10)];
    let facts = facts(vec![(USERS, TermRows::Sets(users)), (ACCOUNTS, TermRows::Levels(accounts))]);
    let ask =
        |du: &str, au: &str| ask(&format!("indicateur=part-comptes-utilisateurs&du={du}&au={au}&pas=semaine"), &facts);
    let over_two_years = ask("2025-07-21", "2025-08-17");
    // No account is known on 27 July; on 3 August people have just been renumbered.
    assert_eq!(fractions(&over_two_years.series[0].figures), (vec![None, None, Some((1, 10)), Some((2, 10))], None));
    assert_eq!(over_two_years.series[0].figures.min().map(|min| (min.value, min.bucket)), Some((10.0, 2)));
    let over_one = ask("2025-08-01", "2025-08-17");
    assert_eq!(
        fractions(&over_one.series[0].figures),
        (vec![Some((1, 8)), Some((1, 10)), Some((2, 10))], Some((3, 10)))
    );
}

proptest! {
    #[test]
    fn parts_of_a_stock_add_up_to_the_whole(
        rows in proptest::collection::vec((0u64..60, 0u64..40, 0u8..8, 1u64..50), 1..60), first in 1u16..9
    ) {
        let rows = rows.into_iter().map(|(start, length, part, count)| {
            let first = day("2026-04-01") + chrono::Days::new(start);
            let year = SchoolYear::of(first);
            LevelRow { first, last: first + chrono::Days::new(length), part: format!("r{part}"), year, count }
        });
        let facts = facts(vec![(Term::Stock(Stock::AbonnementsValides), TermRows::Levels(rows.collect()))]);
        let result = ask(&format!("indicateur=abonnements-valides&par=ressource&premiers={first}&du=2026-04-20&au=2026-06-09&pas=semaine"), &facts);
        let whole = result.whole.expect("divided").figures;
        for bucket in 0..result.buckets.len() {
            let parts: f64 = result.series.iter().filter_map(|series| series.figures.value(bucket)).sum();
            prop_assert_eq!(parts, whole.value(bucket).unwrap_or(0.0));
        }
    }
}
