//! The sentences that people read, in French. Nothing else writes them, apart from the catalogue and the domain's formats.

#[cfg(feature = "ssr")]
mod exports;
mod kept;
mod notices;
#[cfg(feature = "ssr")]
mod sign_in;
mod summary;

#[cfg(feature = "ssr")]
pub use exports::{days_left, export_state, exports_left, new_exports, older_takings, rows, size, what_follows};
pub use kept::{ALREADY_RESTORED, author, needless, refusal};
pub use notices::{elsewhere, erased, falls, notices};
#[cfg(feature = "ssr")]
pub use sign_in::{LEAVING_PROVIDER, NO_RIGHT, SILENT_PROVIDER, sign_in_failure, signed_in, signed_out};
pub use summary::{Cell, PARTIAL_BUCKETS_COUNT, STANDARD_DEVIATION, STANDARD_DEVIATION_HEAD, SummaryTable, summaries};

use vigie_domain::catalogue::{Dimension, IndicatorId, Kind, RatioUnit};
use vigie_domain::format;
use vigie_domain::period::{Bucket, Coverage, PeriodChoice, Preset, Step};
use vigie_domain::result::{School, SearchResult};
use vigie_domain::search::Search;

/// Why the step of the form has no effect on a heat map.
pub const HEAT_MAP_IS_BY_DAY: &str = "Cette forme se lit jour par jour, quel que soit le découpage.";

/// What is announced while an answer is awaited.
pub const UPDATING: &str = "Mise à jour en cours…";
/// How to walk through the chart.
pub const CHART_KEYS: &str = "Flèches gauche et droite\u{a0}: d’un intervalle à l’autre. Flèches haut et bas\u{a0}: d’une série à l’autre. Début et Fin\u{a0}: aux extrémités.";
/// What is said when the chart does not come; the table below has every figure.
pub const CHART_FAILED: &str = "Le graphique n’a pas pu être chargé. Tous les chiffres sont dans le tableau.";

/// The question in a few words: an indicator, a few, or all those of a service.
pub fn question(search: &Search) -> String {
    let labels: Vec<&str> = search.indicators.iter().map(|id| id.get().label).collect();
    if search.has_all_indicators() {
        return format!("{}\u{a0}: tous les indicateurs", search.service.get().label);
    }
    match labels.as_slice() {
        [] => search.service.get().label.to_owned(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} et {two}"),
        [one, two, rest @ ..] => {
            format!("{one}, {two} et {} autre{}", rest.len(), if rest.len() > 1 { "s" } else { "" })
        }
    }
}

/// The question and how it is divided, unless the name of the indicator says it: « Utilisateurs distincts par profil ».
pub fn divided_question(search: &Search) -> String {
    let question = question(search);
    let Some(split) = search.split else { return question };
    let by = by(split.by);
    if by.split(" et ").all(|part| question.contains(part)) { question } else { format!("{question} {by}") }
}

/// A name between French quotation marks, which no line parts from it.
pub fn quoted(name: &str) -> String {
    format!("«\u{a0}{name}\u{a0}»")
}

/// By what step, or when, the figures of a question are told, when it says so: « par semaine », « au dernier jour de chaque mois ».
pub fn step(search: &Search) -> Option<&'static str> {
    let step = search.step?;
    let has_only_levels = search.kinds().iter().all(|kind| *kind == Kind::Stock);
    Some(if has_only_levels { step.at_end() } else { step.per() })
}

/// The title of the page: the question, how it is divided, its step when it is said, and its period.
pub fn document_title(search: &Search) -> String {
    let period = match search.period {
        PeriodChoice::Preset(preset) => match preset {
            Preset::Last7Days => "7 derniers jours".to_owned(),
            other => lower_first(other.label()),
        },
        PeriodChoice::Dates(interval) => format::interval(interval),
    };
    let question = divided_question(search);
    [Some(question.as_str()), step(search), Some(&period)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Where, when and how: the line under the question.
pub fn scope(result: &SearchResult) -> String {
    let mut parts = vec![school(&result.school), format::interval(result.period), result.per().to_owned()];
    if let Some(split) = result.search.split {
        parts.push(format!("réparti {}", by(split.by)));
    }
    parts.join(" · ")
}

/// The school as people know it, with its identifier.
pub fn school(school: &School) -> String {
    if school.name == school.uai.as_str() { school.name.clone() } else { format!("{} ({})", school.name, school.uai) }
}

/// « par profil », « par ressource et profil »…
pub fn by(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Profile => "par profil",
        Dimension::Resource => "par ressource",
        Dimension::Presentation => "par type de présentation",
        Dimension::ResourceAndProfile => "par ressource et par profil",
    }
}

/// The head of the column of buckets.
pub fn bucket_head(step: Step) -> &'static str {
    match step {
        Step::Day => "Jour",
        Step::Week => "Semaine",
        Step::Month => "Mois",
        Step::SchoolYear => "Année scolaire",
    }
}

/// What stands beside the name of a bucket: that it lacks days, or the day that levels are about.
pub fn bucket_note(result: &SearchResult, bucket: &Bucket) -> Option<String> {
    if !result.has_only_levels() {
        return format::coverage(bucket, result.step).map(str::to_owned);
    }
    let is_ongoing = bucket.coverage == Coverage::Ongoing;
    let day = (result.step != Step::Day).then(|| format!("le {}", format::short_date(bucket.days.last)));
    match (day, is_ongoing) {
        (Some(day), true) => Some(format!("{day}, en cours")),
        (None, true) => Some("en cours".into()),
        (day, false) => day,
    }
}

/// One point of the chart, as a sentence.
pub fn point(result: &SearchResult, series: usize, bucket: usize) -> String {
    let (Some(series), Some(cut)) = (result.series.get(series), result.buckets.get(bucket)) else {
        return String::new();
    };
    let figures = &series.figures;
    let value = match figures.value(bucket) {
        None => "pas de chiffre".to_owned(),
        some => format::value(some, figures.unit()),
    };
    if figures.kind() == Kind::Stock {
        return format!("{}, le {}\u{a0}: {value}", series.label(), format::full_date(cut.days.last));
    }
    let note = format::coverage(cut, result.step).map_or_else(String::new, |note| format!(" ({note})"));
    format!("{}, {}{note}\u{a0}: {value}", series.label(), format::bucket_in_sentence(cut, result.step))
}

/// How Vigie computes an indicator.
pub fn method(id: IndicatorId) -> String {
    format!("Calcul\u{a0}: {}", lower_first(id.get().method))
}

/// What may be shown of an indicator, for whoever reads its definition.
pub fn kind_note(id: IndicatorId) -> &'static str {
    match (id.get().kind(), id.get().ratio_unit()) {
        (Kind::Additive, _) => "Se totalise\u{a0}: les intervalles et les parts s’additionnent.",
        (Kind::Distinct, _) => {
            "Ne s’additionne pas\u{a0}: Vigie compte à nouveau sur chaque intervalle et sur la période entière."
        }
        (Kind::Ratio, Some(RatioUnit::Percent)) => {
            "Pourcentage\u{a0}: recalculé sur chaque intervalle et sur la période, jamais moyenné."
        }
        (Kind::Ratio, _) => "Rapport\u{a0}: recalculé sur chaque intervalle et sur la période, jamais moyenné.",
        (Kind::Stock, _) => "État à une date\u{a0}: se lit au dernier jour, ne s’additionne pas.",
    }
}

/// What is announced once a new answer is shown.
pub fn announcement(result: &SearchResult) -> String {
    format!("Résultat mis à jour\u{a0}: {}, {}.", question(&result.search), scope(result).replace(" · ", ", "))
}

/// How many fields have to be corrected.
pub fn errors_sentence(count: usize) -> String {
    match count {
        1 => "Une valeur est à corriger dans la question.".into(),
        n => format!("{n} valeurs sont à corriger dans la question."),
    }
}

/// The same words in the middle of a sentence. They begin with a plain letter: knowing all those of Unicode would weigh on the
/// client.
fn lower_first(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}

#[cfg(test)]
mod tests;
