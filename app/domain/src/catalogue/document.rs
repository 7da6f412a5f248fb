//! `docs/INDICATORS.md`, written from the catalogue.

use super::{Formula, INDICATORS, Indicator, IndicatorId, Polarity, RatioUnit, ServiceId, Term};
use std::fmt::Write;

/// The page, in Markdown.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Indicateurs\n\nPage écrite à partir du catalogue (`app/domain/src/catalogue/data.rs`) : ne pas la modifier à la main.\n\n\
         Les définitions sont celles de la fiche 7-2 du GAR ; celles des indicateurs sans extraction, que la fiche ne compte \
         pas, sont de Vigie. « Intervalle » désigne un jour, une semaine, un mois, une année \
         scolaire ou toute la période. La nature d’un indicateur dit ce qui peut en être montré :\n\n\
         | nature | ce qui est montré | ce qui ne l’est jamais |\n|---|---|---|\n\
         | additif | total, minimum, maximum, moyenne, médiane, écart-type | |\n\
         | distinct | minimum, maximum, moyenne, médiane, écart-type des intervalles ; nombre exact sur toute la période | une somme d’intervalles |\n\
         | rapport | numérateur ÷ dénominateur de l’intervalle et de la période ; minimum, maximum | une moyenne de rapports |\n\
         | stock | niveau au dernier jour de l’intervalle ; dernier niveau, minimum, maximum des intervalles | une somme, une moyenne |\n\n\
         L’écart-type est celui de l’ensemble des intervalles (division par leur nombre). Les intervalles sans événement valent 0 ; \
         ceux dont le dénominateur est nul ou inconnu n’ont pas de rapport. Un stock n’a pas de valeur avant le premier jour où il est \
         connu. Les jours à venir n’ont pas de valeur.\n",
    );
    for service in ServiceId::all() {
        let _ = write!(page, "\n## {}\n\n{}\n", service.get().label, service.get().description);
        for id in IndicatorId::of_service(service) {
            write_indicator(&mut page, id.get());
        }
    }
    let _ = write!(page, "\n## Termes des formules\n\n| terme | ce qui est compté |\n|---|---|\n");
    for term in Term::all() {
        let used: Vec<_> =
            INDICATORS.iter().filter(|i| i.terms().contains(&term)).map(|i| format!("`{}`", i.slug)).collect();
        let counted = match term {
            Term::Count(_) => "événements, additionnés",
            Term::Distinct(_) => "éléments différents, réunis",
            Term::Stock(_) => "niveau à une date",
        };
        let used = if used.is_empty() { "aucun indicateur".to_owned() } else { used.join(", ") };
        let _ = writeln!(page, "| `{}` | {counted} ; sert à {used} |", term.code());
    }
    page
}

fn write_indicator(page: &mut String, indicator: &Indicator) {
    let dimensions: Vec<_> =
        indicator.dimensions.iter().map(|d| format!("{} (`par={}`)", d.label().to_lowercase(), d.slug())).collect();
    let windows: Vec<_> =
        indicator.extractions.iter().map(|e| format!("« {} » : {}", e.label, e.window.label())).collect();
    let polarity = match indicator.polarity {
        Polarity::Up => "une hausse est une bonne nouvelle",
        Polarity::Down => "une baisse est une bonne nouvelle",
        Polarity::Neutral => "neutre",
    };
    let _ = write!(
        page,
        "\n### {}\n\n`{}` · {} · {polarity}\n\n- Définition : {}\n- Calcul : {} `{}`\n- Répartitions : {}\n- Extraction : {}\n",
        indicator.label,
        indicator.slug,
        indicator.kind().label(),
        indicator.definition,
        indicator.method,
        formula(indicator.formula),
        if dimensions.is_empty() { "aucune".to_owned() } else { dimensions.join(", ") },
        if windows.is_empty() { "aucune".to_owned() } else { windows.join(" ; ") },
    );
}

fn formula(formula: Formula) -> String {
    let term = |term: Term| match term {
        Term::Count(measure) => format!("somme({})", measure.code()),
        Term::Distinct(population) => format!("distincts({})", population.code()),
        Term::Stock(stock) => format!("niveau({})", stock.code()),
    };
    match formula {
        Formula::Count(measure) => term(Term::Count(measure)),
        Formula::Distinct(population) => term(Term::Distinct(population)),
        Formula::DistinctWithout { all, without } => {
            format!("{} − {}", term(Term::Distinct(all)), term(Term::Distinct(without)))
        }
        Formula::Ratio { numerator, denominator, unit } => {
            let scale = if unit == RatioUnit::Percent { "100 × " } else { "" };
            format!("{scale}{} ÷ {}", term(numerator), term(denominator))
        }
        Formula::Stock(stock) => term(Term::Stock(stock)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Write the page again with `VIGIE_WRITE_DOCS=1 cargo test -p vigie-domain document`.
    #[test]
    fn the_page_of_indicators_is_the_catalogue() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/INDICATORS.md");
        if std::env::var_os("VIGIE_WRITE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), markdown());
    }
}
