use super::*;
use crate::routes;

#[test]
fn the_catalogue_has_no_sign_that_html_would_read() {
    for id in IndicatorId::all() {
        let entry = id.get();
        let words = [entry.slug, entry.label, entry.definition, entry.method, text::kind_note(id)].concat();
        assert!(!words.contains(['<', '>', '&', '"']), "{words}");
    }
}

#[test]
fn every_indicator_is_explained() {
    let html = indicators();
    assert!(IndicatorId::all().all(|id| html.contains(id.get().definition)));
}

#[test]
fn the_guide_says_for_how_long_what_is_taken_away_may_come_back() {
    assert!(GUIDE.contains(&format!("pendant {}&nbsp;jours", vigie_domain::kept::UNDO_DAYS)));
}

#[test]
fn the_guide_says_how_to_do_what_the_pages_offer_by_the_names_of_their_buttons() {
    let page = GUIDE.split_whitespace().collect::<Vec<_>>().join(" ").replace("&nbsp;", "\u{a0}");
    for button in [
        "Favori",
        "Modifier",
        "Renommer",
        "Ranger",
        "Monter",
        "Descendre",
        "Donner à l’équipe",
        "Garder pour moi",
        "Retirer",
        "Annuler",
        "Définir comme recherche par défaut",
        "Ne plus l’ouvrir par défaut",
        "Voir la page sans elle",
        "Partager",
        "La question",
        "Les chiffres d’aujourd’hui",
        "Créer le lien",
        "Copier le lien",
        "Envoyer par courriel",
        "Transmettre",
        "Révoquer",
        "Télécharger les données",
        "Demander l’export",
        "Rejouer cet export",
        "Télécharger l’image",
        "Se déconnecter partout",
    ] {
        assert!(page.contains(&format!("«\u{a0}{button}\u{a0}»")), "« {button} »");
    }
    for path in [routes::STATISTICS, routes::FAVOURITES, routes::LINKS, routes::EXPORTS] {
        assert!(page.contains(&format!("href=\"{path}\"")), "{path}");
    }
}

#[test]
fn every_entry_of_the_contents_leads_to_a_title() {
    let html = format!("{GUIDE}{}{}", groups(&[Default::default()]), indicators());
    let anchors: Vec<_> = GUIDE.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(anchors.len() > 8, "{anchors:?}");
    for anchor in anchors {
        assert!(html.contains(&format!("id=\"{anchor}\"")) || html.contains(&format!("id={anchor}>")), "{anchor}");
    }
}

#[test]
fn the_guide_keeps_its_signs_with_their_words() {
    for loose in ["« ", " »", " :", " ;", " !", " ?"] {
        assert!(!GUIDE.contains(loose), "« {loose} »");
    }
}

#[test]
fn whoever_follows_two_groups_has_a_form_for_each() {
    let group = |nature: &str, academie: &str| vigie_domain::group::Group {
        codes: [Some(nature.into()), Some(academie.into()), None, None],
    };
    let html = groups(&[group("college", "20"), group("lycee", "<5>")]);
    assert_eq!(html.matches("<form").count(), 2);
    assert!(html.contains("<h3>Nature college · Académie 20</h3>") && html.contains("value=\"lycee\""), "{html}");
    assert!(!html.contains("<5>"), "{html}");
    assert!(!groups(&[group("college", "20")]).contains("<h3>"), "alone, it needs no name");
}
