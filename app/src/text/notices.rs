//! What has to be known of an answer before its figures are read.

use vigie_domain::format;
use vigie_domain::period::{PeriodChoice, SchoolYear};
use vigie_domain::result::{Falls, SearchResult};
use vigie_domain::search::Search;

/// The sentences, the most important first; empty when there is nothing to say.
pub fn notices(result: &SearchResult) -> Vec<String> {
    let mut notices = Vec::new();
    for id in &result.unavailable {
        let label = super::quoted(id.get().label);
        notices.push(format!(
            "{label} n’est pas disponible\u{a0}: aucune source importée pour cet établissement ne l’alimente."
        ));
    }
    if result.series.is_empty() && !result.unavailable.is_empty() {
        return notices;
    }
    if result.buckets.is_empty() {
        notices.push(format!(
            "La période demandée est à venir\u{a0}: nous sommes le {}. Choisissez une période déjà commencée.",
            format::full_date(result.computed_on)
        ));
    } else if result.is_empty() {
        notices.push(format!("Aucun chiffre {} pour cette question.", format::interval(result.period)));
    } else if result.ends_in_the_future() {
        notices.push(format!(
            "La période court jusqu’au {}\u{a0}; les chiffres s’arrêtent à aujourd’hui, {}.",
            format::date(result.period.last),
            format::full_date(result.computed_on)
        ));
    }
    notices.extend(extent(result));
    notices.extend(erased(result));
    notices.extend(falls(result));
    notices.extend(result.regrouping().map(str::to_owned));
    notices
}

/// Where there is something, when the period asked for is of another time, or has yet to begin: the same question of the last school year
/// with data, and what the link to it says.
pub fn elsewhere(result: &SearchResult) -> Option<(Search, String)> {
    let year = SchoolYear::of(result.data_extent?.last);
    let days = year.interval();
    let meets = days.first <= result.period.last && result.period.first <= days.last;
    (result.is_empty() && (result.buckets.is_empty() || !meets)).then(|| {
        let search = Search { period: PeriodChoice::Dates(days), step: None, ..result.search.clone() };
        (search, format!("Voir l’année scolaire {}", year.label()))
    })
}

/// The days whose people are erased, when the figures need them.
pub fn erased(result: &SearchResult) -> Option<String> {
    let days = format::interval(result.erased?);
    Some(format!(
        "Ce qui permet de ne compter chacun qu’une fois n’est gardé que le temps prévu\u{a0}: c’est effacé {days}, et ces \
         chiffres-là n’existent plus."
    ))
}

/// The cumulative counts that fell, when the figures are made of some.
pub fn falls(result: &SearchResult) -> Option<String> {
    let Falls { count, days } = result.falls?;
    let days = format::interval(days);
    Some(if count == 1 {
        format!(
            "Incident de la source\u{a0}: un cumul du décompte des affectations est en baisse {days}. Une baisse compte pour \
             zéro\u{a0}; les affectations qu’elle cache peut-être manquent."
        )
    } else {
        format!(
            "Incident de la source\u{a0}: {} cumuls du décompte des affectations sont en baisse {days}. Une baisse compte pour \
             zéro\u{a0}; les affectations qu’elle cache peut-être manquent.",
            format::integer(count)
        )
    })
}

/// How far the data go, when the period goes further or when nothing was found.
fn extent(result: &SearchResult) -> Option<String> {
    let Some(extent) = result.data_extent else {
        return result.is_empty().then(|| "Aucune donnée n’a encore été importée pour ces indicateurs.".into());
    };
    let asked_until_today = result.period.until(result.computed_on)?;
    let is_inside = extent.first <= asked_until_today.first && asked_until_today.last <= extent.last;
    (!is_inside || result.is_empty()).then(|| match extent.first == extent.last {
        true => format!("Les données sont du {}.", format::date(extent.last)),
        false => format!("Les données vont {}.", format::interval(extent)),
    })
}
