//! How an address says that the answer is divided and drawn, which has to go with what it asks.

use super::query::Pairs;
use super::sentences::{
    division_dropped, error, form_replaced, not_divided, not_drawn, parts_dropped, parts_of_nothing, short, unknown,
};
use super::{DEFAULT_FIRST, FieldError, MADE_FOR, MAX_FIRST, Search, Split};
use crate::catalogue::Dimension;
use crate::form::ChartForm;

/// What divides the figure. `errors` is what an address gets wrong, `changes` what becomes of what a form held of the question before.
pub(super) fn read_split(
    pairs: &Pairs,
    search: &Search,
    errors: &mut Vec<FieldError>,
    changes: &mut Vec<FieldError>,
) -> Option<Split> {
    let offered = search.offered_splits();
    let default = match search.indicators.as_slice() {
        [one] => one.get().default_split(),
        _ => None,
    };
    let by = match pairs.first("par") {
        None => default,
        Some("aucun") => None,
        Some(slug) => match Dimension::from_slug(slug) {
            Some(dimension) if offered.contains(&dimension) => Some(dimension),
            Some(dimension) => {
                match pairs.first(MADE_FOR) {
                    Some(_) => changes.push(division_dropped(&search.indicators, dimension, default)),
                    None => errors.push(not_divided(&search.indicators, dimension)),
                }
                default
            }
            None => {
                errors.push(unknown("par", slug, ["aucun", "profil", "ressource", "presentation", "ressource-profil"]));
                None
            }
        },
    };
    let first = read_first(pairs, search, by, errors, changes);
    by.map(|by| Split { by, first })
}

/// How many parts are shown, where there may be many; see [`read_split`].
fn read_first(
    pairs: &Pairs,
    search: &Search,
    by: Option<Dimension>,
    errors: &mut Vec<FieldError>,
    changes: &mut Vec<FieldError>,
) -> u16 {
    let Some(text) = pairs.first("premiers") else { return DEFAULT_FIRST };
    let Some(first) = text.parse().ok().filter(|first| (1..=MAX_FIRST).contains(first)) else {
        let reason = format!("«\u{a0}{}\u{a0}» n’est pas un nombre de 1 à {MAX_FIRST}. Corrigez-le.", short(text));
        errors.push(error("premiers", reason));
        return DEFAULT_FIRST;
    };
    if by.is_some_and(Dimension::is_long) {
        return first;
    }
    if pairs.first(MADE_FOR).is_some() {
        if first != DEFAULT_FIRST {
            changes.push(parts_dropped(&search.indicators));
        }
    // There are no more parts than that: all of them are shown, as was asked. And what is wrong already is said alone.
    } else if first < DEFAULT_FIRST && errors.is_empty() {
        errors.push(parts_of_nothing(search.offered_splits()));
    }
    DEFAULT_FIRST
}

/// How the result is drawn; see [`read_split`].
pub(super) fn read_form(
    pairs: &Pairs,
    search: &Search,
    errors: &mut Vec<FieldError>,
    changes: &mut Vec<FieldError>,
) -> ChartForm {
    let default = search.default_form();
    let Some(slug) = pairs.first("forme") else { return default };
    match ChartForm::from_slug(slug) {
        Some(form) if search.offered_forms().contains(&form) => return form,
        // The form that suited the question before would lie about this one.
        Some(form) if pairs.first(MADE_FOR).is_some() => changes.push(form_replaced(form, default)),
        Some(form) if errors.is_empty() => errors.push(not_drawn(form, &search.offered_forms())),
        // What is wrong already is said alone.
        Some(_) => {}
        None => errors.push(unknown("forme", slug, ChartForm::ALL.map(ChartForm::slug))),
    }
    default
}
