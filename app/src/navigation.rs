//! From what a form holds to the address of the answer.
//!
//! The form works without any of this: the browser sends it, and the server understands what it sends. Here is what a change
//! of one field means when the application runs in the browser.

use vigie_domain::search::{FieldError, MADE_FOR, Search};

/// What a change of the form leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody is still writing: nothing yet.
    Incomplete,
    /// Something is wrong: it is said next to the field, and the answer that is shown stays.
    Invalid(Vec<FieldError>),
    /// The question that the form now asks.
    Show {
        /// Its address, without `?`.
        query: String,
        /// What became of what the form held and does not go with it.
        changes: Vec<FieldError>,
    },
}

/// What follows from the fields of a form (`application/x-www-form-urlencoded`), of which `changed` has just changed; an
/// empty name when the form was sent as a whole.
pub fn follow(fields: &str, changed: &str) -> Outcome {
    let mut pairs: Vec<(&str, &str)> =
        fields.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let value = |name: &str| pairs.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| *value);
    let writes_a_date = matches!(changed, "du" | "au");
    if writes_a_date || value("periode") == "dates" {
        // A year that begins with a nought is one of which the first digits have just been typed.
        let is_being_written = |date: &str| date.is_empty() || date.starts_with('0');
        if !changed.is_empty() && (is_being_written(value("du")) || is_being_written(value("au"))) {
            return Outcome::Incomplete;
        }
    }
    if writes_a_date {
        // Writing a date is asking for it, whatever the list of periods says.
        pairs.retain(|(name, _)| *name != "periode");
    }
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let reading = Search::from_query(&query.join("&"));
    if reading.errors.is_empty() {
        Outcome::Show { query: reading.search.to_query(), changes: reading.changes }
    } else {
        Outcome::Invalid(reading.errors)
    }
}

/// Whether an address is what a form sent by itself, without JavaScript: such a form says so, and sends the fields left blank too.
pub fn was_sent_by_a_form(query: &str) -> bool {
    let is_mark = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| name.trim_start_matches('?') == MADE_FOR);
    query.split('&').any(|pair| pair.ends_with('=') || is_mark(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fields: &str, changed: &str) -> String {
        match follow(fields, changed) {
            Outcome::Show { query, .. } => query,
            other => panic!("{fields}: {other:?}"),
        }
    }

    #[test]
    fn a_changed_field_gives_the_canonical_address() {
        for (fields, changed, query) in [
            (
                "service=acces&indicateur=acces-total&periode=ce-mois&du=2025-08-01&au=2026-07-31&pas=&par=&forme=",
                "periode",
                "service=acces&indicateur=acces-total&periode=ce-mois",
            ),
            // The service changes: the indicators of the one before are left aside.
            (
                "formulaire=acces&service=console&indicateur=acces-total&periode=ce-mois&du=&au=&pas=&par=&forme=",
                "service",
                "service=console&indicateur=affectations-total&periode=ce-mois",
            ),
            // The last box is cleared: the indicator shown first comes back.
            (
                "service=acces&periode=ce-mois&pas=&par=&forme=",
                "indicateur",
                "service=acces&indicateur=acces-total&periode=ce-mois",
            ),
            // Boxes are cleared one by one, the whole service is written « tous ».
            (
                "service=abonnements&indicateur=abonnements-crees&indicateur=abonnements-modifies&indicateur=abonnements-supprimes&indicateur=abonnements-valides&indicateur=licences&periode=ce-mois",
                "indicateur",
                "service=abonnements&indicateur=tous&periode=ce-mois",
            ),
            // An indicator divided by default is divided, since the form says nothing of it.
            (
                "service=acces&indicateur=utilisateurs-distincts&periode=ce-mois&par=&forme=",
                "indicateur",
                "service=acces&indicateur=utilisateurs-distincts&periode=ce-mois",
            ),
        ] {
            assert_eq!(shown(fields, changed), query, "{fields}");
        }
    }

    #[test]
    fn what_the_form_held_and_does_not_go_with_its_question_any_more_is_said() {
        let fields =
            "formulaire=acces&service=acces&indicateur=acces-total&periode=ce-mois&pas=&par=aucun&forme=jours-semaines";
        let Outcome::Show { changes, .. } = follow(fields, "indicateur") else { panic!("{fields}") };
        assert_eq!(changes, []);
        let fields = fields.replace("par=aucun", "par=profil");
        let Outcome::Show { query, changes } = follow(&fields, "par") else { panic!("{fields}") };
        assert!(!query.contains("forme="), "{query}");
        let [change] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!(change.field, "forme");
        assert!(change.reason.contains("Jours × semaines") && change.reason.contains("Barres empilées"), "{change:?}");
    }

    #[test]
    fn writing_a_date_is_asking_for_it() {
        let fields = "service=acces&indicateur=acces-total&periode=annee-scolaire&du=2025-09-01&au=2025-09-30";
        assert_eq!(shown(fields, "du"), "service=acces&indicateur=acces-total&du=2025-09-01&au=2025-09-30");
        assert_eq!(shown(fields, "periode"), "service=acces&indicateur=acces-total&periode=annee-scolaire");
    }

    #[test]
    fn dates_apply_when_both_are_complete() {
        for (fields, changed) in [
            ("periode=dates&du=&au=2025-09-30", "au"),
            ("periode=annee-scolaire&du=2025-09-01&au=", "du"),
            ("periode=dates&du=&au=", "periode"),
            ("periode=dates&du=0002-09-01&au=2025-09-30", "du"),
            ("periode=dates&du=0202-09-01&au=2025-09-30", "du"),
        ] {
            assert_eq!(follow(fields, changed), Outcome::Incomplete, "{fields}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_leads_nowhere() {
        for (fields, changed, field) in [
            ("periode=dates&du=2025-09-30&au=2025-09-01", "du", "au"),
            ("periode=dates&du=1999-09-30&au=2025-09-01", "du", "du"),
            ("periode=dates&du=&au=2025-09-01", "", "du"),
            ("indicateur=acces-par-ressource&premiers=0", "premiers", "premiers"),
        ] {
            match follow(fields, changed) {
                Outcome::Invalid(errors) => assert_eq!(errors[0].field, field, "{fields}"),
                other => panic!("{fields}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_form_sent_without_javascript_is_recognised() {
        assert!(was_sent_by_a_form("service=acces&pas=&par=profil"));
        assert!(was_sent_by_a_form("service=acces&forme="));
        assert!(was_sent_by_a_form("?formulaire=acces&service=console"));
        assert!(!was_sent_by_a_form("service=acces&indicateur=acces-total"));
        assert!(!was_sent_by_a_form(""));
    }
}
