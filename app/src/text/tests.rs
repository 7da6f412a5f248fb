use super::*;
use vigie_domain::catalogue::RatioUnit;
use vigie_domain::period::{Day, Interval, PeriodChoice, SchoolYear, buckets_until};
use vigie_domain::result::{Falls, Figures, Fraction, Part, PeriodCount, School, Series};
use vigie_domain::summary::{of_counts, of_distinct_counts, of_levels, of_ratios};
use vigie_domain::uai::Uai;

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

fn interval(first: &str, last: &str) -> Interval {
    Interval { first: day(first), last: day(last) }
}

/// An answer to `query` over four weeks of September 2025, seen on 24 September: the last week is under way.
fn answer(query: &str) -> SearchResult {
    let search = Search::from_query(query).search;
    let period = interval("2025-09-01", "2025-09-30");
    let today = day("2025-09-24");
    SearchResult {
        search,
        school: School { uai: Uai::parse("9999991F").expect("a UAI"), name: "Collège des Glycines".into() },
        period,
        step: Step::Week,
        buckets: buckets_until(period, Step::Week, today),
        series: Vec::new(),
        whole: None,
        is_of_few: false,
        unavailable: Vec::new(),
        data_extent: Some(interval("2025-09-02", "2025-09-24")),
        computed_on: today,
        erased: None,
        falls: None,
    }
}

fn counts(slug: &str, label: Option<&str>, values: &[u64]) -> Series {
    Series {
        indicator: IndicatorId::from_slug(slug).expect("in the catalogue"),
        part: label.map(|label| Part::new(None, label)),
        figures: Figures::Additive { values: values.to_vec(), summary: of_counts(values) },
    }
}

#[test]
fn the_title_says_the_question_and_the_period() {
    for (query, title) in [
        ("", "Total des accès aux ressources, cette année scolaire"),
        ("service=console&indicateur=tous", "Console d’affectation\u{a0}: tous les indicateurs, cette année scolaire"),
        (
            "indicateur=acces-total,ressources-distinctes&periode=7-jours",
            "Total des accès aux ressources et Accès à des ressources distinctes, 7 derniers jours",
        ),
        (
            "service=abonnements&indicateur=abonnements-crees&du=2025-09-01&au=2025-09-02",
            "Abonnements créés, du 1er\u{a0}septembre 2025 au 2\u{a0}septembre 2025",
        ),
        ("indicateur=acces-total&par=profil", "Total des accès aux ressources par profil, cette année scolaire"),
        ("indicateur=acces-total&par=ressource", "Total des accès aux ressources par ressource, cette année scolaire"),
        ("indicateur=utilisateurs-distincts", "Utilisateurs distincts par profil, cette année scolaire"),
        ("indicateur=acces-total&pas=mois", "Total des accès aux ressources, par mois, cette année scolaire"),
    ] {
        assert_eq!(document_title(&Search::from_query(query).search), title);
    }
}

#[test]
fn a_title_never_says_twice_how_an_indicator_is_divided() {
    for id in IndicatorId::all() {
        for by in ["aucun", "profil", "ressource", "presentation", "ressource-profil"] {
            let query = format!("indicateur={}&par={by}", id.get().slug);
            let title = document_title(&Search::from_query(&query).search);
            assert!(title.matches("par profil").count() <= 1, "{title}");
        }
    }
}

#[test]
fn the_scope_names_the_school_the_period_the_step_and_the_division() {
    assert_eq!(
        scope(&answer("indicateur=acces-total&par=profil")),
        "Collège des Glycines (9999991F) · du 1er\u{a0}septembre 2025 au 30\u{a0}septembre 2025 · par semaine · réparti par profil"
    );
}

#[test]
fn a_point_is_a_sentence() {
    let mut result = answer("indicateur=acces-total&par=profil");
    result.series = vec![counts("acces-total", Some("Élèves"), &[1200, 30, 0, 4])];
    assert_eq!(point(&result, 0, 0), "Élèves, la semaine du 1er\u{a0}septembre 2025\u{a0}: 1\u{202f}200");
    assert_eq!(point(&result, 0, 3), "Élèves, la semaine du 22\u{a0}septembre 2025 (en cours)\u{a0}: 4");
    assert_eq!(point(&result, 7, 0), "");
}

#[test]
fn only_additive_figures_have_a_total_and_ratios_have_no_mean() {
    let mut result = answer("service=suggestions&indicateur=tous");
    let distinct = |over_period| Figures::Distinct {
        values: vec![Some(3), Some(5), None, Some(5)],
        summary: of_distinct_counts(&[Some(3), Some(5), None, Some(5)], over_period),
    };
    let fraction = |numerator, denominator| Some(Fraction { numerator, denominator });
    let ratios = [fraction(1, 4), fraction(3, 4), fraction(0, 0), fraction(1, 1)];
    let id = |slug| IndicatorId::from_slug(slug).expect("in the catalogue");
    result.series = vec![
        counts("suggestions-creees", None, &[10, 20, 0, 1000]),
        Series { indicator: id("abonnements-avec-suggestion"), part: None, figures: distinct(PeriodCount::Exact(6)) },
        Series {
            indicator: id("part-abonnements-avec-suggestion"),
            part: None,
            figures: Figures::Ratio {
                values: ratios.to_vec(),
                unit: RatioUnit::Percent,
                summary: of_ratios(&ratios, fraction(5, 9), RatioUnit::Percent),
            },
        },
    ];
    let tables = summaries(&result);
    let words =
        |table: &SummaryTable| -> Vec<String> { table.rows[0].1.iter().map(|cell| cell.value.clone()).collect() };
    assert_eq!(tables.len(), 3);
    assert_eq!(tables[0].heads[0], "Total");
    assert_eq!(words(&tables[0]), ["1\u{202f}030", "0", "1\u{202f}000", "257,5", "428,7", "15,0"]);
    assert_eq!(tables[0].rows[0].1[2].when.as_deref(), Some("Sem. du 22\u{a0}sept. 2025 (en cours)"));
    assert_eq!(tables[1].heads[0], "Sur toute la période");
    assert_eq!(words(&tables[1]), ["6", "3", "5", "4,3", "0,9", "5,0"]);
    assert!(tables[1].note.is_some_and(|note| note.starts_with("Pas de total")));
    assert_eq!(tables[2].heads, ["Sur toute la période", "Minimum", "Maximum"]);
    assert_eq!(words(&tables[2]), ["55,6\u{202f}%", "25,0\u{202f}%", "100,0\u{202f}%"]);
    assert!(tables[2].note.is_some_and(|note| note.starts_with("Pas de moyenne")));
}

#[test]
fn levels_have_a_last_one_with_its_day_and_neither_total_nor_mean() {
    let mut result = answer("indicateur=abonnements-valides");
    let values = vec![None, Some(31), Some(34), Some(33)];
    let figures = Figures::Stock { summary: of_levels(&values), values };
    let indicator = result.search.indicators[0];
    result.series = vec![Series { indicator, part: None, figures }];
    let tables = summaries(&result);
    assert_eq!(tables[0].heads, ["Dernier niveau", "Minimum", "Maximum"]);
    let cells: Vec<_> =
        tables[0].rows[0].1.iter().map(|cell| (cell.value.as_str(), cell.when.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        cells,
        [("33", "le 24\u{a0}sept. 2025"), ("31", "le 14\u{a0}sept. 2025"), ("34", "le 21\u{a0}sept. 2025")]
    );
    assert!(tables[0].note.is_some_and(|note| note.starts_with("Ni total ni moyenne")));
    assert_eq!(tables[0].caption, "Résumé des niveaux au dernier jour de chaque semaine");
    assert!(scope(&result).ends_with(" · au dernier jour de chaque semaine"));
    assert_eq!(point(&result, 0, 1), "Abonnements valides, le dimanche 14\u{a0}septembre 2025\u{a0}: 31");
    assert_eq!(point(&result, 0, 0), "Abonnements valides, le dimanche 7\u{a0}septembre 2025\u{a0}: pas de chiffre");
    let notes: Vec<_> = result.buckets.iter().filter_map(|bucket| bucket_note(&result, bucket)).collect();
    assert_eq!(notes[2..], ["le 21\u{a0}sept. 2025", "le 24\u{a0}sept. 2025, en cours"]);
}

#[test]
fn people_renumbered_in_between_are_counted_year_by_year() {
    let mut result = answer("indicateur=utilisateurs-distincts&par=aucun");
    let years = PeriodCount::BySchoolYear(vec![(SchoolYear(2024), 1200), (SchoolYear(2025), 900)]);
    let figures = Figures::Distinct { values: vec![], summary: of_distinct_counts(&[], years) };
    result.series = vec![Series {
        indicator: IndicatorId::from_slug("utilisateurs-distincts").expect("known"),
        part: None,
        figures,
    }];
    let tables = summaries(&result);
    assert_eq!(tables[0].rows[0].1[0].value, "2024-2025\u{a0}: 1\u{202f}200\u{202f}; 2025-2026\u{a0}: 900");
    assert_eq!(tables[0].rows[0].1[1].value, "—");
}

#[test]
fn what_prevents_figures_is_said() {
    let mut result = answer("indicateur=acces-total");
    result.series = vec![counts("acces-total", None, &[1, 2, 3, 4])];
    let said = notices(&result);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("La période court jusqu’au 30\u{a0}septembre 2025"));
    assert_eq!(said[1], "Les données vont du 2\u{a0}septembre 2025 au 24\u{a0}septembre 2025.");

    result.series = vec![counts("acces-total", None, &[0, 0, 0, 0])];
    assert!(notices(&result)[0].starts_with("Aucun chiffre du 1er"));

    result.data_extent = None;
    assert_eq!(notices(&result)[1], "Aucune donnée n’a encore été importée pour ces indicateurs.");

    result.buckets.clear();
    result.period = interval("2025-10-01", "2025-10-31");
    assert!(notices(&result)[0].starts_with("La période demandée est à venir"));

    result.series.clear();
    result.unavailable = result.search.indicators.clone();
    assert_eq!(
        notices(&result),
        [
            "«\u{a0}Total des accès aux ressources\u{a0}» n’est pas disponible\u{a0}: aucune source importée pour cet établissement ne l’alimente."
        ]
    );
}

#[test]
fn a_period_without_figures_leads_to_the_school_year_that_has_some() {
    let mut result = answer("indicateur=acces-total&pas=jour");
    result.series = vec![counts("acces-total", None, &[0, 0, 0, 0])];
    assert_eq!(elsewhere(&result), None, "the data are of that school year");
    result.data_extent = Some(interval("2023-09-02", "2024-07-05"));
    let (search, label) = elsewhere(&result).expect("a link");
    assert_eq!(label, "Voir l’année scolaire 2023-2024");
    assert_eq!(search.period, PeriodChoice::Dates(interval("2023-08-01", "2024-07-31")));
    assert_eq!((search.indicators, search.step), (result.search.indicators.clone(), None));
    result.series = vec![counts("acces-total", None, &[0, 0, 1, 0])];
    assert_eq!(elsewhere(&result), None, "there is something to see");
    result.buckets.clear();
    result.series = vec![counts("acces-total", None, &[])];
    result.data_extent = Some(interval("2025-09-02", "2025-09-20"));
    assert!(elsewhere(&result).is_some(), "the period has yet to begin, in a school year that has");
}

#[test]
fn a_whole_period_inside_the_data_needs_no_notice() {
    let mut result = answer("indicateur=acces-total");
    result.period = interval("2025-09-02", "2025-09-24");
    result.series = vec![counts("acces-total", None, &[1, 2, 3, 4])];
    assert_eq!(notices(&result), Vec::<String>::new());
}

#[test]
fn cumulative_counts_that_fell_are_an_incident() {
    let mut result = answer("indicateur=acces-total");
    result.period = interval("2025-09-02", "2025-09-24");
    result.series = vec![counts("acces-total", None, &[1, 2, 3, 4])];
    for (count, days, said) in [
        (
            1,
            interval("2025-09-03", "2025-09-03"),
            "un cumul du décompte des affectations est en baisse le 3\u{a0}septembre 2025.",
        ),
        (
            1_200,
            interval("2025-09-03", "2025-09-09"),
            "1\u{202f}200 cumuls du décompte des affectations sont en baisse du 3\u{a0}septembre 2025 au 9\u{a0}septembre 2025.",
        ),
    ] {
        result.falls = Some(Falls { count, days });
        let [notice] = &notices(&result)[..] else { panic!("{:?}", notices(&result)) };
        assert!(notice.starts_with("Incident de la source\u{a0}: ") && notice.contains(said), "{notice}");
    }
}
