use super::*;
use proptest::prelude::*;

fn school(text: &str) -> Uai {
    Uai::parse(text).expect("a UAI")
}

fn search(query: &str) -> Search {
    let reading = Search::from_query(query);
    assert_eq!(reading.errors, [], "{query}");
    reading.search
}

#[test]
fn a_question_is_kept_without_its_school_and_asked_of_one() {
    let asked = search("etablissement=9999991F&service=acces&indicateur=acces-total&periode=ce-mois&par=profil");
    let kept = KeptQuestion::of(&asked);
    assert!(!kept.address.contains("9999991F"));
    assert_eq!(kept.search(&school("9999991F")), Some(asked.clone()));
    assert_eq!(kept.search(&school("9999992G")).and_then(|search| search.school), Some(school("9999992G")));
    assert!(kept.asks(&asked));
    assert!(!kept.asks(&search("etablissement=9999991F&periode=ce-mois")));
}

#[test]
fn a_question_of_a_version_to_come_is_not_guessed() {
    for (version, address) in [(ADDRESS_VERSION + 1, "service=acces"), (0, "service=acces"), (1, "service=cantine")] {
        let kept = KeptQuestion { version, address: address.into() };
        assert_eq!(kept.search(&school("9999991F")), None, "{kept:?}");
        assert!(!kept.asks(&search("etablissement=9999991F")), "{kept:?}");
    }
}

proptest! {
    #[test]
    fn whatever_was_asked_is_asked_again(
        service in prop::sample::select(vec!["acces", "console", "abonnements", "suggestions"]),
        step in prop::sample::select(vec!["", "jour", "semaine", "mois"]),
        by in prop::sample::select(vec!["", "aucun", "profil"]),
        form in prop::sample::select(vec!["", "courbe", "barres", "aires"]),
    ) {
        let query = format!("etablissement=9999991F&service={service}&pas={step}&par={by}&forme={form}");
        let asked = Search::from_query(&query).search;
        let kept = KeptQuestion::of(&asked);
        prop_assert_eq!(kept.search(&school("9999991F")), Some(asked.clone()));
        prop_assert!(kept.asks(&asked));
    }
}

#[test]
fn an_identifier_of_a_favourite_is_letters_and_digits() {
    let known = "0123456789abcdef0123456789abcdef";
    assert_eq!(FavouriteId::parse(known), Some(FavouriteId(known.to_owned())));
    for other in ["", "\0", "é", "a b", "0123456789abcdef0123456789abcdef0"] {
        assert_eq!(FavouriteId::parse(other), None, "{other:?}");
    }
}
