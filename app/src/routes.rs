//! Every path of the application, once.

use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// The statistics.
pub const STATISTICS: &str = "/statistiques";
/// Files that were asked for.
pub const EXPORTS: &str = "/exports";
/// What a file would be, before it is asked for; the question follows.
pub const NEW_EXPORT: &str = "/exports/nouveau";
/// Where a request is given up, by POST.
pub const CANCEL_EXPORT: &str = "/exports/annuler";
/// Where a file is asked for again, by POST.
pub const RETRY_EXPORT: &str = "/exports/reessayer";
/// How far the exports of somebody are, for the script of the pages.
pub const EXPORTS_STATE: &str = "/exports/etat";
/// The mails of the demonstration.
pub const DEMO_MAILS: &str = "/demo/mails";
/// The scripts of every page: what they add to its HTML works without them too, in another way.
pub const SCRIPTS: [&str; 5] =
    ["/scripts/dialogs.js", "/scripts/done.js", "/scripts/exports.js", "/scripts/menus.js", "/scripts/print.js"];
/// The button that keeps the question of the page, or lets it go.
pub const STAR_ID: &str = "favori";
/// The button that makes the question of the page the default search, or another.
pub const DEFAULT_ID: &str = "par-defaut";
/// What the indicators mean, and how to use the page with the keyboard.
pub const HELP: &str = "/aide";
/// How those who follow groups of schools get their figures.
pub const GROUPS_HELP: &str = "/aide#groupes";
/// What those who operate the server do, and where.
pub const ADMINISTRATION_HELP: &str = "/aide#administration";
/// The figures of a group of schools, as a table.
pub const GROUPS_FILE: &str = "/api/v1/groupes.csv";
/// The accessibility statement.
pub const ACCESSIBILITY: &str = "/accessibilite";
/// Leads from a page to the same one about another school.
pub const SWITCH_SCHOOL: &str = "/changer-d-etablissement";
/// What somebody keeps.
pub const FAVOURITES: &str = "/favoris";
/// Keeps a question, by POST.
pub const ADD_FAVOURITE: &str = "/favoris/ajouter";
/// Changes what is kept, by POST.
pub const CHANGE_FAVOURITE: &str = "/favoris/modifier";
/// Chooses the search that opens on arrival, by POST.
pub const SET_DEFAULT: &str = "/favoris/par-defaut";
/// Where a link is made.
pub const SHARE: &str = "/partager";
/// The links of a school.
pub const LINKS: &str = "/partages";
/// Makes a link, by POST.
pub const ADD_LINK: &str = "/partages/ajouter";
/// Takes a link back, by POST.
pub const CHANGE_LINK: &str = "/partages/modifier";
/// What the address of a link begins with.
pub const LINK: &str = "/p/";
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

/// The fields by which an address says what was just done, which is not done again by going back there. `done.js` has the same.
pub const MESSAGES: [&str; 6] = ["erreur", "retire", "revoque", "donne", "fait", "refus"];

/// The fields of an address, without what was just done there.
pub fn without_messages(query: &str) -> String {
    let stays = |pair: &&str| !MESSAGES.contains(&pair.split('=').next().unwrap_or_default());
    query.trim_start_matches('?').split('&').filter(stays).collect::<Vec<_>>().join("&")
}

/// The address of a question.
pub fn statistics(search: &Search) -> String {
    format!("{STATISTICS}?{}", search.to_query())
}

/// The page of exports, about a school.
pub fn exports(school: Option<&Uai>) -> String {
    school.map_or_else(|| EXPORTS.to_owned(), |uai| format!("{EXPORTS}?etablissement={uai}"))
}

/// The page that says what the file of a question would be.
pub fn new_export(search: &Search) -> String {
    format!("{NEW_EXPORT}?{}", search.to_query())
}

/// The file of an export.
pub fn export_file(id: &str) -> String {
    format!("{EXPORTS}/fichier/{id}")
}

/// The recipe of an export, to read or for a program.
pub fn export_recipe(id: &str, is_text: bool) -> String {
    format!("{EXPORTS}/recette/{id}{}", if is_text { "?texte" } else { "" })
}

/// The address of the answer to a question as a file: put `csv`, `json`, `svg` or `png` behind the path.
pub fn statistics_file(search: &Search, extension: &str) -> String {
    format!("{STATISTICS}.{extension}?{}", search.to_query())
}

/// The address of a page about a school.
pub fn about(path: &str, school: &Uai) -> String {
    format!("{path}?etablissement={school}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_forgets_the_same_messages() {
        let script = include_str!("../../public/scripts/done.js");
        let list =
            script.split_once("const MESSAGES = [").and_then(|(_, rest)| rest.split_once(']')).expect("a list").0;
        let named: Vec<_> = list.split(',').map(|name| name.trim().trim_matches('"')).collect();
        assert_eq!(named, MESSAGES);
    }

    #[test]
    fn an_address_that_says_nothing_of_what_was_done_keeps_its_question() {
        let said = MESSAGES.map(|name| format!("{name}=x")).join("&");
        assert_eq!(without_messages(&format!("?etablissement=A&{said}&par=profil")), "etablissement=A&par=profil");
        assert_eq!(without_messages("definition=x&finir=y"), "definition=x&finir=y");
    }
}
