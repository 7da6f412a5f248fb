//! What is said of fields that cannot be understood: what is wrong, and what to do.

use super::FieldError;
use crate::catalogue::{Dimension, IndicatorId, ServiceId};

/// Something wrong with a field.
pub(super) fn error(field: &str, reason: String) -> FieldError {
    FieldError { field: field.to_owned(), reason }
}

/// A value that a field does not know.
pub(super) fn unknown<'a>(field: &str, value: &str, known: impl IntoIterator<Item = &'a str>) -> FieldError {
    let known: Vec<_> = known.into_iter().collect();
    error(field, format!("« {} » n’est pas connu ici. Valeurs possibles : {}.", short(value), known.join(", ")))
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

/// What somebody wrote, cut and rid of control characters so that a message stays readable.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
