//! A recipe to read.

use super::{Days, Recipe};
use crate::export::workbook::{OwnedCell, Page};
use chrono::DateTime;
use std::fmt::Write;
use vigie_domain::format;
use vigie_domain::period::Interval;

/// The name of the page of the recipe.
const RECIPE: &str = "Recette";

/// When it was written, by the clocks of the school.
fn written_at(recipe: &Recipe) -> String {
    let zone = recipe.etablissement.fuseau.parse::<chrono_tz::Tz>();
    match (DateTime::parse_from_rfc3339(&recipe.ecrit_le), zone) {
        (Ok(moment), Ok(zone)) => format!("le {}", format::moment(moment.with_timezone(&zone).naive_local())),
        _ => recipe.ecrit_le.clone(),
    }
}

/// What is said under each title. `with_bytes` when the bytes of the file are known.
fn sections(recipe: &Recipe, with_bytes: bool) -> Vec<(&'static str, Vec<(String, String)>)> {
    let line = |name: &str, value: String| (name.to_owned(), value);
    let days = |days: Days| format::interval(Interval { first: days.du, last: days.au });
    let school = &recipe.etablissement;
    let mut question = vec![
        line("Question", recipe.question.phrase.clone()),
        line("Adresse", format!("/statistiques?{}", recipe.question.adresse)),
        line("Établissement", format!("{} ({})", school.nom, school.uai)),
        line("Période", days(recipe.periode)),
        line("Fuseau horaire", school.fuseau.clone()),
    ];
    question.extend(school.zone_scolaire.iter().map(|zone| line("Vacances scolaires", zone.clone())));
    question.push(line("Rejouer cet export", recipe.question.rejouer.clone()));
    let file = &recipe.fichier;
    let mut about = vec![
        line("Nom", file.nom.clone()),
        line("Lignes de données", format::integer(file.lignes)),
        line("Écriture", file.conventions.clone()),
    ];
    if !file.feuilles.is_empty() {
        about.push(line("Feuilles", file.feuilles.join(", ")));
    }
    if with_bytes {
        about.push(line("Octets", format::integer(file.octets)));
        about.push(line("SHA-256", file.sha256.clone()));
        about.push(line("Écrit", written_at(recipe)));
    } else {
        about.push(line("SHA-256", "Dans la recette qui accompagne le fichier.".to_owned()));
    }
    let extent = recipe.donnees.jours.map_or_else(|| "aucune".to_owned(), days);
    let mut data = vec![line("Données", extent), line("Version des données", recipe.donnees.version.to_string())];
    data.extend(recipe.donnees.catalogue.map(|version| line("Version du catalogue", version.to_string())));
    data.push(line("Calculé le", format::full_date(recipe.calcule_le)));
    data.push(line("Programme", recipe.programme.clone()));
    let indicators = recipe.indicateurs.iter().flat_map(|indicator| {
        let kind = format!("{} ({}). {}", indicator.nature, indicator.unite, indicator.addition);
        [
            line(&indicator.libelle, indicator.definition.clone()),
            line("Calcul", indicator.calcul.clone()),
            line("Nature", kind),
        ]
    });
    let columns = recipe.colonnes.iter().map(|column| line(&column.nom, format!("({}) {}", column.kind, column.sens)));
    let incidents = recipe.incidents.iter().map(|incident| line(&incident.kind, incident.phrase.clone()));
    vec![
        ("La question", question),
        ("À savoir avant de lire les chiffres", incidents.collect()),
        ("Les indicateurs", indicators.collect()),
        ("Les lignes", recipe.lignes.iter().map(|rule| line("", rule.clone())).collect()),
        ("Les colonnes", columns.collect()),
        ("Les données", data),
        ("Le fichier", about),
    ]
}

/// The recipe as a text.
pub fn to_text(recipe: &Recipe) -> String {
    let mut text = format!("Recette de l’export «\u{a0}{}\u{a0}»\n", recipe.fichier.nom);
    for (title, lines) in sections(recipe, true).into_iter().filter(|(_, lines)| !lines.is_empty()) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{title}\n{}\n", "─".repeat(title.chars().count()));
        for (name, value) in lines {
            let _ = if name.is_empty() { writeln!(text, "{value}") } else { writeln!(text, "{name}\u{a0}: {value}") };
        }
    }
    text
}

/// The recipe as a page of a workbook.
pub fn page(recipe: &Recipe) -> Page {
    let mut rows = Vec::new();
    for (title, lines) in sections(recipe, false).into_iter().filter(|(_, lines)| !lines.is_empty()) {
        rows.push(vec![OwnedCell::Head(title.to_owned())]);
        rows.extend(lines.into_iter().map(|(name, value)| vec![OwnedCell::Text(name), OwnedCell::Text(value)]));
        rows.push(Vec::new());
    }
    Page { name: RECIPE, widths: vec![30, 100], rows }
}
