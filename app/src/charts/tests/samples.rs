//! Results that look like life, always the same, for the tests of charts and of their drawing.

use std::collections::BTreeMap;
use vigie_domain::catalogue::{Measure, Population, Term};
use vigie_domain::facts::{CountRow, Facts, LevelRow, PART_SEPARATOR, SetRow, TermRows, answer};
use vigie_domain::period::{Day, Interval, SchoolYear};
use vigie_domain::privacy::grouping::Grouping;
use vigie_domain::result::{School, SearchResult};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// Questions of every form and every kind.
pub const QUESTIONS: &[(&str, &str)] = &[
    ("courbe-semaine", "indicateur=acces-total&par=aucun&du=2025-09-01&au=2026-07-03&pas=semaine"),
    ("courbe-jour", "indicateur=acces-total&par=aucun&du=2025-09-01&au=2026-08-31&pas=jour"),
    ("courbe-profils", "indicateur=utilisateurs-distincts&du=2025-09-01&au=2026-07-03&pas=semaine"),
    ("courbe-rapport", "indicateur=part-abonnements-avec-suggestion&du=2025-09-01&au=2025-12-20&pas=semaine"),
    ("courbe-deux-axes", "service=suggestions&indicateur=tous&du=2025-09-01&au=2026-06-10&pas=mois"),
    ("aires", "indicateur=acces-total&par=aucun&du=2025-09-03&au=2026-06-10&pas=semaine&forme=aires"),
    ("aires-profils", "indicateur=acces-total&par=profil&du=2025-09-03&au=2026-06-10&pas=semaine&forme=aires"),
    ("barres", "indicateur=acces-total&par=aucun&du=2025-09-15&au=2026-06-10&pas=mois&forme=barres"),
    ("barres-profils", "indicateur=utilisateurs-distincts&du=2025-09-01&au=2026-06-10&pas=mois&forme=barres"),
    (
        "barres-empilees",
        "indicateur=acces-par-ressource&par=ressource&du=2025-09-01&au=2026-08-30&pas=semaine&forme=barres-empilees",
    ),
    ("cent-pour-cent", "indicateur=acces-total&par=profil&du=2025-09-01&au=2026-06-10&pas=mois&forme=cent-pour-cent"),
    ("courbe-stock", "indicateur=abonnements-valides&du=2025-09-01&au=2026-07-03&pas=semaine"),
    ("aires-stock", "indicateur=comptes&du=2025-09-01&au=2026-07-03&pas=mois"),
    ("jours-semaines", "indicateur=acces-total&par=aucun&du=2025-09-01&au=2026-06-10&forme=jours-semaines"),
];

/// The answer to a question (an address).
pub fn result(query: &str) -> SearchResult {
    let reading = Search::from_query(query);
    assert_eq!(reading.errors, [], "{query}");
    answer(&reading.search, &facts(&reading.search))
}

/// Every question with its answer.
pub fn results() -> Vec<(&'static str, SearchResult)> {
    QUESTIONS.iter().map(|(name, query)| (*name, result(query))).collect()
}

const RESOURCES: [&str; 14] = [
    "Universalis Junior",
    "Lelivrescolaire.fr Histoire-Géographie EMC 4e, édition 2022",
    "Madmagz",
    "Europresse",
    "Le Robert Correcteur & Dictionnaires",
    "Tactileo Maskott",
    "Kwyk Mathématiques",
    "Édumédia Sciences",
    "Onisep Services",
    "Pix Orga",
    "Cartable Fantastique",
    "Folios",
    "Arte Campus",
    "Maxicours",
];

/// A generator of numbers that need no more than look irregular.
struct Noise(u64);

impl Noise {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Every profile is large enough to be shown apart.
fn apart() -> BTreeMap<SchoolYear, Grouping> {
    let profiles = ["eleve", "enseignant", "documentaliste", "autre-personnel", "parent"];
    let grouping = Grouping::of(&profiles.map(|profile| vec![profile.to_owned()]));
    (2020..2030).map(|year| (SchoolYear(year), grouping.clone())).collect()
}

fn facts(search: &Search) -> Facts {
    let day = |text: &str| -> Day { text.parse().expect("a date") };
    let extent = Interval { first: day("2025-08-25"), last: day("2026-06-09") };
    let by = search.split.map(|split| split.by.slug());
    let parts: Vec<(String, u64)> = match by {
        Some("profil") => vec![("eleve".into(), 90), ("enseignant".into(), 10), ("documentaliste".into(), 1)],
        Some("ressource") => (0..14).map(|n| (format!("ark:/{n}"), 30 / (n + 1) + 1)).collect(),
        Some("ressource-profil") => {
            (0..14).map(|n| (format!("ark:/{n}{PART_SEPARATOR}eleve"), 30 / (n + 1) + 1)).collect()
        }
        _ => vec![(String::new(), 100)],
    };
    let mut noise = Noise(7);
    let mut terms = Vec::new();
    for term in Term::all() {
        if let Term::Stock(_) = term {
            terms.push((term, TermRows::Levels(levels(&parts))));
            continue;
        }
        let (mut counts, mut sets) = (Vec::new(), Vec::new());
        for offset in 0..extent.days() as u64 {
            let day = extent.first + chrono::Days::new(offset);
            for (part, weight) in &parts {
                let level = weight * level(day) / 100;
                let n = level * (70 + noise.next(60)) / 100;
                match term {
                    Term::Count(Measure::Acces) => counts.push(count(day, part, n)),
                    Term::Count(_) => counts.push(count(day, part, n / 9)),
                    Term::Distinct(Population::AbonnementsTraites) => {
                        sets.push(set(day, part, n / 8 + 1, 60, &mut noise))
                    }
                    Term::Distinct(Population::AbonnementsAvecSuggestion) => {
                        sets.push(set(day, part, n / 20, 60, &mut noise));
                    }
                    Term::Distinct(_) => sets.push(set(day, part, n / 3, 8 * weight + 3, &mut noise)),
                    Term::Stock(_) => {}
                }
            }
        }
        let rows = if matches!(term, Term::Count(_)) { TermRows::Counts(counts) } else { TermRows::Sets(sets) };
        terms.push((term, rows));
    }
    Facts {
        school: School { name: "Collège Jean-Exemple".into(), uai: Uai::parse("9740001A").expect("a UAI") },
        today: day("2026-06-10"),
        fed: terms.iter().map(|(term, _)| *term).collect(),
        terms,
        labels: RESOURCES
            .iter()
            .enumerate()
            .map(|(n, title)| (format!("ark:/{n}"), (*title).into()))
            .collect::<BTreeMap<_, _>>(),
        erased: BTreeMap::new(),
        falls: BTreeMap::new(),
        groupings: apart(),
        data_extent: Some(extent),
    }
}

/// How much goes on on a day: school days more than others, September more than June, nothing at Christmas.
fn level(day: Day) -> u64 {
    use chrono::Datelike;
    let holidays = [
        ("2025-10-18", "2025-11-02"),
        ("2025-12-20", "2026-01-04"),
        ("2026-02-14", "2026-03-01"),
        ("2026-04-11", "2026-04-26"),
    ];
    let on_holiday = holidays.iter().any(|(first, last)| {
        let at = |text: &str| -> Day { text.parse().expect("a date") };
        at(first) <= day && day <= at(last)
    });
    let season = match day.month() {
        9 => 160,
        10 | 11 => 130,
        1..=3 => 120,
        8 => 0,
        _ => 95,
    };
    let weekday = [100, 120, 60, 110, 90, 12, 20][day.weekday().num_days_from_monday() as usize];
    season * weekday * if on_holiday { 8 } else { 100 } / 10_000 * 2
}

/// Levels known from the fifteenth of September, that change at every export; the last one holds on.
fn levels(parts: &[(String, u64)]) -> Vec<LevelRow> {
    let exports = ["2025-09-15", "2025-10-06", "2025-11-24", "2026-01-12", "2026-03-02", "2026-05-18", "2099-12-31"];
    let exports = exports.map(|text| -> Day { text.parse().expect("a date") });
    let growth = [88, 97, 100, 99, 102, 101];
    let row = |part: &(String, u64), at: usize| LevelRow {
        first: exports[at],
        last: exports[at + 1].pred_opt().expect("a day"),
        part: part.0.clone(),
        year: SchoolYear::of(exports[at]),
        count: part.1 * 7 * growth[at] / 100 + 2,
    };
    parts.iter().flat_map(|part| (0..growth.len()).map(move |at| row(part, at))).collect()
}

fn count(day: Day, part: &str, count: u64) -> CountRow {
    CountRow { day, part: part.into(), count }
}

fn set(day: Day, part: &str, size: u64, among: u64, noise: &mut Noise) -> SetRow {
    SetRow { day, part: part.into(), members: (0..size).map(|_| noise.next(among) as u32).collect() }
}
