//! `/changer-d-etablissement`: from a page to the same one about another school.
//!
//! The question may have changed since the page was loaded: it is the one that the browser says that it comes from. Whether the
//! school is one of theirs is for the page to say.

use super::Auth;
use super::back::{Back, field};
use super::guard::redirect;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use vigie_app::routes;
use vigie_domain::uai::Uai;

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
    let path = if path == "/" { routes::STATISTICS } else { path };
    let school = uai.map(|uai| format!("etablissement={uai}"));
    let rest = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("etablissement="));
    let pairs: Vec<&str> = school.as_deref().into_iter().chain(rest).collect();
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
        ] {
            assert_eq!(about(address, Some(&uai)), expected);
        }
        assert_eq!(about("/statistiques?etablissement=A&pas=mois", None), "/statistiques?pas=mois");
        assert_eq!(about("/aide?etablissement=A", None), "/aide");
    }
}
