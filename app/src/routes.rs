//! Every path of the application, once.

use vigie_domain::search::Search;

/// The statistics.
pub const STATISTICS: &str = "/statistiques";
/// What the indicators mean, and how to use the page with the keyboard.
pub const HELP: &str = "/aide";
/// The accessibility statement.
pub const ACCESSIBILITY: &str = "/accessibilite";
/// Leads from a page to the same one about another school.
pub const SWITCH_SCHOOL: &str = "/changer-d-etablissement";
/// Where one signs in; what is behind it belongs to the ways to do so.
pub const SIGN_IN: &str = "/connexion";
/// Where a fictional person is chosen.
pub const SIGN_IN_DEMO: &str = "/connexion/demo";
/// Where one signs out, by POST.
pub const SIGN_OUT: &str = "/deconnexion";
/// The stylesheet.
pub const STYLESHEET: &str = "/vigie.css";
/// The sprite of icons.
pub const ICONS: &str = "/icons.svg";

/// The address of a question.
pub fn statistics(search: &Search) -> String {
    format!("{STATISTICS}?{}", search.to_query())
}

/// The address of the answer to a question as a file: put `csv`, `json`, `svg` or `png` behind the path.
pub fn statistics_file(search: &Search, extension: &str) -> String {
    format!("{STATISTICS}.{extension}?{}", search.to_query())
}
