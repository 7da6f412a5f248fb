use super::*;
use crate::catalogue::{Measure, Population, Stock};
use crate::facts::{CountRow, LevelRow, SetRow};
use crate::period::{Coverage, Interval, SchoolYear};
use crate::privacy::THRESHOLD;
use crate::privacy::grouping::{self, ByCode, Grouping, People};
use crate::result::{Extreme, PeriodCount, School, StockSummary};
use crate::search::Split;
use crate::uai::Uai;
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

mod names;

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

/// Every profile is large enough to be shown apart.
fn apart() -> BTreeMap<SchoolYear, Grouping> {
    let profiles = ["eleve", "enseignant", "documentaliste", "autre-personnel", "parent"];
    let grouping = Grouping::of(&profiles.map(|profile| vec![profile.to_owned()]));
    (2020..2030).map(|year| (SchoolYear(year), grouping.clone())).collect()
}

fn facts(terms: Vec<(Term, TermRows)>) -> Facts {
    let uai = Uai::parse("9999991F").expect("a UAI");
    Facts {
        school: School { name: "Collège Exemple".into(), uai },
        today: day("2026-06-10"),
        fed: terms.iter().map(|(term, _)| *term).collect(),
        terms,
        labels: BTreeMap::from([("ark:/1".into(), "Atlas".into())]),
        erased: BTreeMap::new(),
        falls: BTreeMap::new(),
        groupings: apart(),
        data_extent: Some(Interval { first: day("2025-09-01"), last: day("2026-06-09") }),
    }
}

fn count(on: &str, part: &str, count: u64) -> CountRow {
    CountRow { day: day(on), part: part.into(), count }
}

fn set(on: &str, part: &str, members: &[u32]) -> SetRow {
    SetRow { day: day(on), part: part.into(), members: members.iter().copied().collect() }
}

fn ask(query: &str, facts: &Facts) -> SearchResult {
    let reading = Search::from_query(query);
    assert_eq!(reading.errors, []);
    answer(&reading.search, facts)
}

const USERS: Term = Term::Distinct(Population::Utilisateurs);
const ACCESSES: Term = Term::Count(Measure::Acces);

#[test]
fn days_without_events_are_nought_and_days_to_come_are_not_there() {
    let facts = facts(vec![(ACCESSES, TermRows::Counts(vec![count("2026-06-08", "", 3), count("2026-06-10", "", 4)]))]);
    let result = ask("indicateur=acces-total&du=2026-06-08&au=2026-06-30&pas=jour", &facts);
    let Figures::Additive { values, summary } = &result.series[0].figures else { panic!("additive") };
    assert_eq!(*values, [3, 0, 4]);
    assert_eq!(summary.total, 7);
    assert!(result.ends_in_the_future());
    let weeks = ask("indicateur=acces-total&du=2026-06-08&au=2026-06-30&pas=semaine", &facts);
    assert_eq!(weeks.buckets.iter().map(|b| b.coverage).collect::<Vec<_>>(), [Coverage::Ongoing]);
    let to_come = ask("indicateur=acces-total&du=2026-07-01&au=2026-07-30", &facts);
    assert!(to_come.buckets.is_empty() && to_come.is_empty());
}

#[test]
fn distinct_counts_are_unions_never_sums() {
    let rows = vec![
        set("2026-06-01", "eleve", &[1, 2]),
        set("2026-06-02", "eleve", &[2, 3]),
        set("2026-06-02", "enseignant", &[9]),
        set("2026-06-08", "eleve", &[1]),
    ];
    let facts = facts(vec![(USERS, TermRows::Sets(rows))]);
    let result = ask("indicateur=utilisateurs-distincts&du=2026-06-01&au=2026-06-09&pas=semaine", &facts);
    let labels: Vec<_> = result.series.iter().map(Series::label).collect();
    assert_eq!(labels, ["Élèves", "Enseignants"]);
    let Figures::Distinct { values, summary } = &result.series[0].figures else { panic!("distinct") };
    assert_eq!(*values, [Some(3), Some(1)]);
    assert_eq!(summary.over_period, PeriodCount::Exact(3));
    let Some(Figures::Distinct { values, summary }) = result.whole.map(|whole| whole.figures) else {
        panic!("distinct")
    };
    assert_eq!((values, summary.over_period), (vec![Some(4), Some(1)], PeriodCount::Exact(4)));
}

#[test]
fn people_are_not_counted_across_a_renumbering() {
    let rows = vec![set("2025-07-31", "", &[1, 2]), set("2025-08-01", "", &[1]), set("2025-08-20", "", &[4])];
    let facts = facts(vec![(USERS, TermRows::Sets(rows))]);
    let result = ask("indicateur=utilisateurs-distincts&par=aucun&du=2025-07-28&au=2025-08-24&pas=semaine", &facts);
    let Figures::Distinct { values, summary } = &result.series[0].figures else { panic!("distinct") };
    assert_eq!(*values, [None, Some(0), Some(0), Some(1)]);
    assert_eq!(summary.over_period, PeriodCount::BySchoolYear(vec![(SchoolYear(2024), 2), (SchoolYear(2025), 2)]));
}

#[test]
fn a_profile_met_on_both_sides_of_a_renumbering_and_in_no_other_bucket_is_still_a_part() {
    let rows = vec![
        set("2025-07-31", "enseignant", &[1, 2]),
        set("2025-08-01", "enseignant", &[1]),
        set("2025-08-20", "eleve", &[4]),
    ];
    let facts = facts(vec![(USERS, TermRows::Sets(rows))]);
    let result = ask("indicateur=utilisateurs-distincts&par=profil&du=2025-07-28&au=2025-08-24&pas=semaine", &facts);
    assert_eq!(result.series.iter().map(Series::label).collect::<Vec<_>>(), ["Élèves", "Enseignants"]);
    let Figures::Distinct { values, summary } = &result.series[1].figures else { panic!("distinct") };
    assert_eq!(*values, [None, Some(0), Some(0), Some(0)]);
    assert_eq!(summary.over_period, PeriodCount::BySchoolYear(vec![(SchoolYear(2024), 2), (SchoolYear(2025), 1)]));
}

#[test]
fn ratios_divide_the_terms_of_the_bucket_and_of_the_period() {
    let facts = facts(vec![
        (
            Term::Distinct(Population::AbonnementsAvecSuggestion),
            TermRows::Sets(vec![set("2025-09-01", "", &[1]), set("2025-09-02", "", &[1])]),
        ),
        (
            Term::Distinct(Population::AbonnementsTraites),
            TermRows::Sets(vec![set("2025-09-01", "", &[1, 2]), set("2025-09-02", "", &[1, 2, 3, 4])]),
        ),
    ]);
    let result = ask(
        "indicateur=part-abonnements-avec-suggestion,abonnements-sans-suggestion&du=2025-09-01&au=2025-09-03",
        &facts,
    );
    let Figures::Distinct { values, summary } = &result.series[0].figures else { panic!("distinct") };
    assert_eq!((values.as_slice(), &summary.over_period), (&[Some(1), Some(3), Some(0)][..], &PeriodCount::Exact(3)));
    let Figures::Ratio { summary, unit, .. } = &result.series[1].figures else { panic!("ratio") };
    assert_eq!(result.series[1].figures.value(0), Some(50.0));
    assert_eq!(result.series[1].figures.value(2), None);
    assert_eq!(summary.over_period.and_then(|fraction| fraction.value(*unit)), Some(25.0));
}

#[test]
fn indicators_without_a_source_are_unavailable_not_nought() {
    let facts = facts(vec![(ACCESSES, TermRows::Counts(vec![]))]);
    let result = ask("service=acces&indicateur=tous&du=2026-06-01&au=2026-06-02", &facts);
    let missing: Vec<_> = result.unavailable.iter().map(|id| id.get().slug).collect();
    assert_eq!(missing, ["utilisateurs-distincts", "acces-par-ressource", "ressources-distinctes"]);
    assert_eq!(result.series.len(), 2);
}

#[test]
fn no_resource_is_called_as_the_others_are_together() {
    let rows = (1..=4).map(|number| count("2026-06-01", &format!("ark:/{number}"), 10 - number)).collect();
    let mut facts = facts(vec![(ACCESSES, TermRows::Counts(rows))]);
    facts.labels = ["ark:/1", "ark:/2"].map(|code| (code.to_owned(), "Autres".to_owned())).into();
    let result = ask("indicateur=acces-total&par=ressource&premiers=2&du=2026-06-01&au=2026-06-02", &facts);
    let labels: Vec<_> = result.series.iter().map(Series::label).collect();
    assert_eq!(labels, ["Autres", "Autres (3)", "Autres (2)"]);
}

#[test]
fn long_divisions_keep_the_first_and_add_up_the_others() {
    let rows = vec![
        count("2026-06-01", "ark:/1", 5),
        count("2026-06-01", "ark:/2", 9),
        count("2026-06-02", "ark:/3", 1),
        count("2026-06-02", "", 2),
    ];
    let facts = facts(vec![(ACCESSES, TermRows::Counts(rows))]);
    let result = ask("indicateur=acces-total&par=ressource&premiers=2&du=2026-06-01&au=2026-06-02", &facts);
    let totals: Vec<_> = result
        .series
        .iter()
        .map(|series| match &series.figures {
            Figures::Additive { summary, .. } => (series.label(), summary.total),
            _ => panic!("additive"),
        })
        .collect();
    assert_eq!(totals, [("ark:/2", 9), ("Atlas", 5), ("Autres (2)", 3)]);
}

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

    #[test]
    fn parts_of_an_additive_indicator_add_up_to_the_whole(
        rows in proptest::collection::vec((0u64..40, 0u8..8, 1u64..50), 0..80), first in 1u16..9, step in 0usize..3
    ) {
        let rows: Vec<_> = rows
            .into_iter()
            .map(|(offset, part, n)| CountRow { day: day("2026-05-01") + chrono::Days::new(offset), part: format!("r{part}").into(), count: n })
            .collect();
        let facts = facts(vec![(ACCESSES, TermRows::Counts(rows.clone()))]);
        let step = crate::period::Step::ALL[step].slug();
        let result = ask(&format!("indicateur=acces-total&par=ressource&premiers={first}&du=2026-05-01&au=2026-06-09&pas={step}"), &facts);
        let whole = result.whole.expect("divided");
        for bucket in 0..result.buckets.len() {
            let parts: f64 = result.series.iter().filter_map(|series| series.figures.value(bucket)).sum();
            prop_assert_eq!(Some(parts), whole.figures.value(bucket));
        }
        let expected: u64 = rows.iter().map(|row| row.count).sum();
        let Figures::Additive { summary, .. } = whole.figures else { panic!("additive") };
        prop_assert_eq!(summary.total, expected);
    }

    #[test]
    fn a_distinct_count_of_any_period_is_the_naive_one(rows in proptest::collection::vec((0u64..60, 0u32..30), 0..120)) {
        let first = day("2026-04-01");
        let sets: Vec<_> = rows.iter().map(|(offset, member)| SetRow { day: first + chrono::Days::new(*offset), part: String::new(), members: [*member].into_iter().collect() }).collect();
        let facts = facts(vec![(USERS, TermRows::Sets(sets))]);
        let result = ask("indicateur=utilisateurs-distincts&par=aucun&du=2026-04-01&au=2026-05-30&pas=mois", &facts);
        let naive: std::collections::HashSet<_> = rows.iter().map(|(_, member)| member).collect();
        let Figures::Distinct { summary, .. } = &result.series[0].figures else { panic!("distinct") };
        prop_assert_eq!(&summary.over_period, &PeriodCount::Exact(naive.len() as u64));
    }
}

#[test]
fn what_counts_those_who_are_erased_is_unknown_and_says_since_when() {
    let rows =
        || vec![(USERS, TermRows::Sets(vec![set("2026-06-08", "", &[1, 2])])), (ACCESSES, TermRows::Counts(vec![]))];
    let mut facts = facts(rows());
    facts.erased = BTreeMap::from([(USERS, [day("2026-06-02"), day("2026-06-04"), day("2026-05-04")].into())]);
    let result = ask("indicateur=utilisateurs-distincts&du=2026-06-01&au=2026-06-10&pas=semaine", &facts);
    let Figures::Distinct { values, summary } = &result.series[0].figures else { panic!("distinct") };
    assert_eq!((values.as_slice(), &summary.over_period), (&[None, Some(2)][..], &PeriodCount::Unknown));
    assert_eq!(result.erased, Some(Interval { first: day("2026-06-02"), last: day("2026-06-04") }));
    // Days that are not asked for change nothing, and counts are kept for good.
    let later = ask("indicateur=utilisateurs-distincts&du=2026-06-08&au=2026-06-10", &facts);
    let Figures::Distinct { summary, .. } = &later.series[0].figures else { panic!("distinct") };
    assert_eq!((&summary.over_period, later.erased), (&PeriodCount::Exact(2), None));
    assert_eq!(ask("indicateur=acces-total&du=2026-06-01&au=2026-06-10", &facts).erased, None);
}

/// The people of a school year, fewer than may be told apart.
fn few(year: i32) -> (SchoolYear, Grouping) {
    let people: RoaringBitmap = (1..4).collect();
    let of_pupils = ByCode::from([("eleve".to_owned(), people)]);
    let people = People::new(of_pupils.clone(), of_pupils);
    (SchoolYear(year), Grouping::default().refine(&["eleve".to_owned()].into(), &people, THRESHOLD))
}

#[test]
fn what_few_people_did_is_told_as_a_whole() {
    let accesses = vec![count("2026-06-01", "eleve", 3), count("2026-06-02", "parent", 4)];
    let users = vec![set("2026-06-01", "eleve", &[1, 2]), set("2026-06-02", "enseignant", &[3])];
    let resources = vec![set("2026-06-01", "eleve", &[1, 2]), set("2026-06-02", "enseignant", &[2])];
    let mut facts = facts(vec![
        (ACCESSES, TermRows::Counts(accesses)),
        (USERS, TermRows::Sets(users)),
        (Term::Distinct(Population::RessourcesAccedees), TermRows::Sets(resources)),
    ]);
    let days = "du=2026-06-01&au=2026-06-02&pas=jour";
    let questions = [
        ("acces-total&par=profil", [3.0, 4.0]),
        ("acces-total&par=ressource", [3.0, 4.0]),
        ("acces-total&par=presentation", [3.0, 4.0]),
        ("acces-par-presentation", [3.0, 4.0]),
        ("acces-par-ressource", [3.0, 4.0]),
        ("acces-par-ressource&par=profil", [3.0, 4.0]),
        ("utilisateurs-distincts", [2.0, 1.0]),
        ("ressources-distinctes&par=profil", [2.0, 1.0]),
    ];
    for (question, _) in questions {
        let result = ask(&format!("indicateur={question}&{days}"), &facts);
        assert!(result.series.len() > 1 && !result.is_of_few, "{question}");
    }
    facts.groupings.extend([few(2025)]);
    for (question, values) in questions {
        let result = ask(&format!("indicateur={question}&{days}"), &facts);
        let [series] = result.series.as_slice() else { panic!("one series of {question}") };
        let told: Vec<_> = (0..2).filter_map(|bucket| series.figures.value(bucket)).collect();
        assert_eq!((series.label(), told.as_slice(), &result.whole), ("Ensemble (regroupé)", &values[..], &None));
        assert_eq!(result.regrouping(), Some(grouping::WHOLE_REASON), "{question}");
    }
    let undivided = ask(&format!("indicateur=acces-total&{days}"), &facts);
    assert!(!undivided.is_of_few && undivided.regrouping().is_none());
}

#[test]
fn a_period_in_which_few_people_did_something_is_told_as_a_whole() {
    let rows = |first| vec![count(first, "ark:/1", 3), count("2026-06-02", "ark:/2", 4)];
    for (first, parts) in [("2025-06-01", 1), ("2025-09-01", 2)] {
        let mut facts = facts(vec![(ACCESSES, TermRows::Counts(rows(first)))]);
        facts.groupings.extend([few(2024)]);
        let result = ask("indicateur=acces-total&par=ressource&du=2025-06-01&au=2026-06-02&pas=mois", &facts);
        assert_eq!(result.series.len(), parts, "{first}");
    }
}

#[test]
fn what_is_not_the_doing_of_people_is_divided_however_few_they_are() {
    let term = Term::Count(Measure::AbonnementsCrees);
    let rows = vec![count("2026-06-01", "ark:/1", 3), count("2026-06-02", "ark:/2", 4)];
    let mut facts = facts(vec![(term, TermRows::Counts(rows))]);
    facts.groupings.extend([few(2025)]);
    let days = "du=2026-06-01&au=2026-06-02&pas=jour";
    let result = ask(&format!("service=abonnements&indicateur=abonnements-crees&par=ressource&{days}"), &facts);
    assert_eq!((result.series.len(), result.regrouping()), (2, None));
}

#[test]
fn counts_that_fell_within_the_buckets_are_said() {
    let mut facts = facts(vec![(Term::Count(Measure::Affectations), TermRows::Counts(vec![]))]);
    let falls = [("2026-06-01", 4), ("2026-06-03", 1), ("2026-06-09", 2), ("2026-06-11", 8)];
    facts.falls = falls.into_iter().map(|(on, count)| (day(on), count)).collect();
    let asked =
        |from: &str| ask(&format!("service=console&indicateur=affectations-total&du={from}&au=2026-06-30"), &facts);
    let days = Interval { first: day("2026-06-03"), last: day("2026-06-09") };
    assert_eq!(asked("2026-06-02").falls, Some(Falls { count: 3, days }));
    assert_eq!(asked("2026-06-10").falls, None);
}

#[test]
fn every_part_is_apart_when_none_is_to_be_put_together() {
    let parts = u32::from(u16::MAX) + 10;
    let rows = (0..parts).map(|part| count("2026-06-08", &format!("ark:/1/{part}"), 1)).collect();
    let mut facts = facts(vec![(ACCESSES, TermRows::Counts(rows))]);
    facts.labels.clear();
    let mut search =
        Search::from_query("indicateur=acces-total&par=ressource&du=2026-06-08&au=2026-06-08&pas=jour").search;
    search.split = search.split.map(|split| Split { first: Split::ALL, ..split });
    let result = answer(&search, &facts);
    assert_eq!(result.series.len(), parts as usize);
    assert!(result.series.iter().all(|series| series.part.as_ref().is_some_and(|part| part.code.is_some())));
}
