//! `/changer-d-etablissement`: from a page to the same one about another school.
//!
//! The question may have changed since the page was loaded: it is the one that the browser says that it comes from. Whether the
//! school is one of theirs is for the page to say. What a page said of the school before (what became of a form, the link that was made)
//! stays there, as does what only that school has.

use super::Auth;
use super::back::{Back, field};
use super::guard::redirect;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use vigie_app::routes;
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// The pages that are about a question.
const ASKING: [&str; 3] = [routes::STATISTICS, routes::NEW_EXPORT, routes::SHARE];
/// The pages that any school has, besides.
const OF_ANY_SCHOOL: [&str; 6] =
    [routes::EXPORTS, routes::FAVOURITES, routes::LINKS, routes::HELP, routes::ACCESSIBILITY, routes::DEMO_MAILS];

/// Leads to the page.
pub(super) async fn switch(State(auth): State<Auth>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let from = auth.back(&headers).unwrap_or_else(|| Back::read(None));
    let uai = field(&query.unwrap_or_default(), "etablissement").and_then(|uai| Uai::parse(&uai).ok());
    redirect(&about(from.as_str(), uai.as_ref()))
}

/// An address about a school, in the place of the one that it is about.
fn about(address: &str, uai: Option<&Uai>) -> String {
    let address = address.split('#').next().unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    // What is behind a link is of one school: the way from there is to the statistics of the other.
    let asks = ASKING.contains(&path);
    let path = if asks || OF_ANY_SCHOOL.contains(&path) { path } else { routes::STATISTICS };
    let school = uai.map(|uai| format!("etablissement={uai}"));
    let is_asked = |pair: &&str| asks && pair.split_once('=').is_some_and(|(name, _)| Search::is_field(name));
    let pairs: Vec<&str> = school.as_deref().into_iter().chain(query.split('&').filter(is_asked)).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_stays_and_the_school_changes() {
        let uai = Uai::parse("9999993H").expect("a UAI");
        for (address, expected) in [
            ("/statistiques?etablissement=9999992G&pas=mois#question", "/statistiques?etablissement=9999993H&pas=mois"),
            ("/statistiques?pas=mois&etablissement=A", "/statistiques?etablissement=9999993H&pas=mois"),
            ("/statistiques", "/statistiques?etablissement=9999993H"),
            ("/aide", "/aide?etablissement=9999993H"),
            ("/", "/statistiques?etablissement=9999993H"),
            ("/p/AbCdEfGhIjKlMn", "/statistiques?etablissement=9999993H"),
            ("/favoris/modifier", "/statistiques?etablissement=9999993H"),
            ("/exports/fichier/abc?du=2025-09-01", "/statistiques?etablissement=9999993H"),
            ("/partages?etablissement=A&lien=AbCdEfGhIjKlMn&revoque=x", "/partages?etablissement=9999993H"),
            ("/favoris?etablissement=A&retire=a1&erreur=plein&donne=a2", "/favoris?etablissement=9999993H"),
            ("/exports?etablissement=A&fait=demande", "/exports?etablissement=9999993H"),
            (
                "/statistiques?erreur=plein&service=acces&lien=x&premiers=5&utm_source=mail",
                "/statistiques?etablissement=9999993H&service=acces&premiers=5",
            ),
            ("/partager?indicateur=acces-total&lien=x", "/partager?etablissement=9999993H&indicateur=acces-total"),
        ] {
            assert_eq!(about(address, Some(&uai)), expected);
        }
        assert_eq!(about("/statistiques?etablissement=A&pas=mois", None), "/statistiques?pas=mois");
        assert_eq!(about("/aide?etablissement=A", None), "/aide");
    }
}
