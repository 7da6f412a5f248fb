//! Levels and unknown ratios as CSV and as JSON.

use super::{csv, group, json};
use serde_json::json;
use std::collections::BTreeMap;
use vigie_domain::catalogue::{Population, Stock, Term};
use vigie_domain::facts::{Facts, LevelRow, SetRow, TermRows, answer};
use vigie_domain::group::GroupResult;
use vigie_domain::period::{Day, SchoolYear};
use vigie_domain::privacy::grouping::Grouping;
use vigie_domain::result::{School, SearchResult};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

/// Accounts are known since 20 September 2025; people are renumbered on 1 August; today is 12 November.
fn ask(query: &str) -> SearchResult {
    let export = |first: &str, last: &str, part: &str, count: u64| LevelRow {
        first: day(first),
        last: day(last),
        part: part.into(),
        year: SchoolYear::of(day(first)),
        count,
    };
    let seen = |on: &str, members: &[u32]| SetRow {
        day: day(on),
        part: String::new(),
        members: members.iter().copied().collect(),
    };
    let terms = vec![
        (
            Term::Stock(Stock::Comptes),
            TermRows::Levels(vec![
                export("2025-09-20", "2025-10-31", "eleve", 600),
                export("2025-09-20", "2099-12-31", "enseignant", 40),
                export("2025-11-01", "2099-12-31", "eleve", 610),
            ]),
        ),
        (
            Term::Distinct(Population::Utilisateurs),
            TermRows::Sets(vec![seen("2025-07-31", &[1, 2]), seen("2025-10-06", &[1, 2, 3]), seen("2025-11-03", &[3])]),
        ),
    ];
    let facts = Facts {
        school: School { name: "Collège Exemple".into(), uai: Uai::parse("9999991F").expect("a UAI") },
        today: day("2025-11-12"),
        fed: terms.iter().map(|(term, _)| *term).collect(),
        terms,
        labels: Default::default(),
        erased: BTreeMap::new(),
        falls: BTreeMap::new(),
        groupings: apart(),
        data_extent: None,
    };
    let reading = Search::from_query(query);
    assert_eq!(reading.errors, []);
    answer(&reading.search, &facts)
}

/// Every profile is large enough to be shown apart.
fn apart() -> BTreeMap<SchoolYear, Grouping> {
    let profiles = ["eleve", "enseignant", "documentaliste", "autre-personnel", "parent"];
    let grouping = Grouping::of(&profiles.map(|profile| vec![profile.to_owned()]));
    (2020..2030).map(|year| (SchoolYear(year), grouping.clone())).collect()
}

#[test]
fn levels_in_csv_are_empty_before_they_are_known() {
    let table = csv::table(&ask("indicateur=comptes&du=2025-08-15&au=2025-11-30&pas=mois"));
    let text = String::from_utf8(table).expect("UTF-8");
    assert_eq!(
        text.trim_start_matches('\u{feff}').lines().collect::<Vec<_>>(),
        [
            "Du;Au;Intervalle;Incomplet;Élèves;Enseignants;Ensemble",
            "2025-08-15;2025-08-31;août 2025;oui;;;",
            "2025-09-01;2025-09-30;septembre 2025;;600;40;640",
            "2025-10-01;2025-10-31;octobre 2025;;600;40;640",
            "2025-11-01;2025-11-12;novembre 2025;en cours;610;40;650",
        ]
    );
}

#[test]
fn titles_that_a_spreadsheet_would_run_are_defused() {
    for (label, safe) in [("=1+1", "'=1+1"), ("\u{200b}=1+1", "'\u{200b}=1+1"), ("Atlas = monde", "Atlas = monde")] {
        let mut result = ask("indicateur=comptes&du=2025-09-01&au=2025-10-31&pas=mois");
        for part in result.series.iter_mut().filter_map(|series| series.part.as_mut()) {
            part.label = label.into();
        }
        let head = |table: Vec<u8>| {
            let text = String::from_utf8(table).expect("UTF-8");
            text.lines().next().map(|line| line.trim_start_matches('\u{feff}').to_owned()).unwrap_or_default()
        };
        assert_eq!(head(csv::table(&result)), format!("Du;Au;Intervalle;Incomplet;{safe};{safe};Ensemble"));
        let group = GroupResult {
            search: group::read("indicateur=comptes", day("2025-11-12")).expect("a question"),
            months: result.buckets,
            hidden_until: None,
            schools: 4,
            is_partial: false,
            held: false,
            untold: std::collections::BTreeSet::new(),
            series: Some(result.series),
        };
        assert_eq!(head(group::table(&group)), format!("Du;Au;Mois;Incomplet;{safe};{safe}"));
    }
}

#[test]
fn levels_in_json_have_a_last_one_and_neither_total_nor_mean() {
    let document = json::document(&ask("indicateur=comptes&par=aucun&du=2025-08-15&au=2025-11-30&pas=mois"));
    assert_eq!(document["series"][0]["nature"], "stock");
    assert_eq!(document["series"][0]["valeurs"], json!([null, 640, 640, 650]));
    assert_eq!(
        document["series"][0]["resume"],
        json!({
            "dernier": { "valeur": 650, "le": "2025-11-12" },
            "min": { "valeur": 640, "le": "2025-09-30" },
            "max": { "valeur": 650, "le": "2025-11-12" },
        })
    );
    let marks =
        |key: &str| document["intervalles"].as_array().map(|all| all.iter().map(|one| one[key] == true).collect());
    assert_eq!(marks("incomplet"), Some(vec![true, false, false, true]));
    assert_eq!(marks("en_cours"), Some(vec![false, false, false, true]));
}

#[test]
fn a_ratio_whose_terms_cannot_be_known_is_null() {
    let document = json::document(&ask("indicateur=part-comptes-utilisateurs&du=2025-07-01&au=2025-10-31&pas=mois"));
    let series = &document["series"][0];
    let october = json!({ "valeur": 300.0 / 640.0, "numerateur": 3, "denominateur": 640 });
    // No account is known until the twentieth of September; nobody has come in September.
    let september = json!({ "valeur": 0.0, "numerateur": 0, "denominateur": 640 });
    assert_eq!(series["valeurs"], json!([null, null, september, october]));
    assert_eq!(series["resume"]["sur_la_periode"], json!(null));
}
