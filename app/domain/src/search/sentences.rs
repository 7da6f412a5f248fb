//! What is said of fields that cannot be understood: what is wrong, and what to do.

use super::FieldError;
use crate::catalogue::{Dimension, IndicatorId, ServiceId};
use crate::form::ChartForm;

/// Something wrong with a field.
pub(super) fn error(field: &str, reason: String) -> FieldError {
    FieldError { field: field.to_owned(), reason }
}

/// A value that a field does not know.
pub(super) fn unknown<'a>(field: &str, value: &str, known: impl IntoIterator<Item = &'a str>) -> FieldError {
    let known: Vec<_> = known.into_iter().collect();
    error(
        field,
        format!("«\u{a0}{}\u{a0}» n’est pas connu ici. Valeurs possibles\u{a0}: {}.", short(value), known.join(", ")),
    )
}

/// An indicator that is not one of the service.
pub(super) fn of_another_service(id: IndicatorId, service: ServiceId) -> FieldError {
    let its_own = ServiceId::from_slug(id.get().service).map_or(id.get().service, |service| service.get().label);
    error(
        "indicateur",
        format!(
            "L’indicateur «\u{a0}{}\u{a0}» est du service «\u{a0}{its_own}\u{a0}», et non «\u{a0}{}\u{a0}». Choisissez ce service, ou des indicateurs de «\u{a0}{}\u{a0}».",
            id.get().label,
            service.get().label,
            service.get().label,
        ),
    )
}

/// Indicators that cannot be divided so.
pub(super) fn not_divided(indicators: &[IndicatorId], by: Dimension) -> FieldError {
    let [one] = indicators else {
        let reason = "Plusieurs indicateurs ne peuvent être répartis ensemble. Choisissez-en un seul, ou aucune répartition (par=aucun).";
        return error("indicateur", reason.to_owned());
    };
    let (label, by) = (one.get().label, by.label());
    let others: Vec<_> = one.get().dimensions.iter().map(|other| format!("«\u{a0}{}\u{a0}»", other.label())).collect();
    let others = match others.is_empty() {
        true => "Demandez-le sans répartition (par=aucun).".to_owned(),
        false => format!("Répartitions possibles\u{a0}: {}, ou aucune (par=aucun).", others.join(", ")),
    };
    error("par", format!("L’indicateur «\u{a0}{label}\u{a0}» n’a pas de répartition «\u{a0}{by}\u{a0}». {others}"))
}

/// A number of parts where there are none to choose among.
pub(super) fn parts_of_nothing(offered: &[Dimension]) -> FieldError {
    let long: Vec<_> =
        offered.iter().filter(|by| by.is_long()).map(|by| format!("«\u{a0}{}\u{a0}»", by.label())).collect();
    let way = match long.is_empty() {
        true => "Retirez-le.".to_owned(),
        false => format!("Choisissez la répartition {}, ou retirez-le.", long.join(" ou ")),
    };
    error("premiers", format!("Un nombre de parts ne vaut que pour une répartition par ressource. {way}"))
}

/// A form that would lie about the question.
pub(super) fn not_drawn(form: ChartForm, offered: &[ChartForm]) -> FieldError {
    let offered: Vec<_> = offered.iter().map(|form| format!("{} ({})", form.label(), form.slug())).collect();
    error(
        "forme",
        format!(
            "Le graphique «\u{a0}{}\u{a0}» ne convient pas à cette question. Choisissez-en un autre\u{a0}: {}.",
            form.label(),
            offered.join(", ")
        ),
    )
}

/// What became of the division that a form held.
pub(super) fn division_dropped(indicators: &[IndicatorId], by: Dimension, default: Option<Dimension>) -> FieldError {
    let [_] = indicators else {
        let reason = "Plusieurs indicateurs ne se répartissent pas ensemble\u{a0}: la répartition a été retirée.";
        return error("indicateur", reason.to_owned());
    };
    let now = match default {
        Some(default) => format!("elle est devenue «\u{a0}{}\u{a0}»", default.label()),
        None => "elle a été retirée".to_owned(),
    };
    error("par", format!("La répartition «\u{a0}{}\u{a0}» n’existe pas pour cet indicateur\u{a0}: {now}.", by.label()))
}

/// What became of the number of parts that a form held, said beside what is still shown.
pub(super) fn parts_dropped(indicators: &[IndicatorId]) -> FieldError {
    let field = if indicators.len() == 1 { "par" } else { "indicateur" };
    error(field, "Le nombre de parts ne sert plus\u{a0}: il a été retiré.".to_owned())
}

/// What became of the form that a form held.
pub(super) fn form_replaced(form: ChartForm, now: ChartForm) -> FieldError {
    error(
        "forme",
        format!(
            "Le graphique «\u{a0}{}\u{a0}» ne convient plus à la question\u{a0}: il est devenu «\u{a0}{}\u{a0}».",
            form.label(),
            now.label()
        ),
    )
}

/// What somebody wrote, cut and rid of control characters so that a message stays readable.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
