use super::*;
use crate::auth::grants::{NamedPerson, RoleNames};
use crate::auth::settings::ClaimNames;
use crate::ingest::event::Responsable;
use crate::store::{Batch, SourceFile};
use serde_json::json;

const PSEUDONYMISER: [u8; 32] = [7; 32];

fn claims(value: Value) -> Claims {
    match value {
        Value::Object(map) => Claims(map),
        other => panic!("{other}"),
    }
}

fn uai(text: &str) -> Uai {
    Uai::parse(text).expect("a UAI")
}

/// With two providers.
async fn titles(named: &[NamedPerson]) -> Titles {
    let store = Store::in_memory().await.expect("a store");
    let roles = RoleNames {
        pilote: BTreeMap::from([("DANE-20".into(), "academie=20".into())]),
        administrateur: vec!["exploitation".into()],
        ..RoleNames::default()
    };
    let grants = BTreeMap::from([
        (Provider::Oidc, Grants { roles, people: named.to_vec() }),
        (Provider::Cas, Grants::default()),
    ]);
    Titles::new(store, Pseudonymiser::new(PSEUDONYMISER), &grants).expect("titles")
}

/// The same when `[cas]` is not set.
fn of_one_provider(mut titles: Titles) -> Titles {
    titles.granted.remove(&Provider::Cas);
    titles
}

/// An export of a directory that names responsables, by school.
fn named(file: u8, schools: &[(&str, &str)], day: &str) -> Batch {
    let source = SourceFile { digest: [file; 32], name: "test".into(), format: "test".into() };
    let responsables = schools
        .iter()
        .map(|(school, who)| Responsable {
            uai: uai(school),
            person: Pseudonymiser::new(PSEUDONYMISER).responsable(who),
            day: day.parse().expect("a day"),
        })
        .collect();
    Batch { position: 1, last: true, responsables, ..Batch::starting_at(source, 0) }
}

fn map() -> ClaimMap {
    ClaimMap::of_openid("https://id.example", &ClaimNames { role: Some("realm.roles".into()), ..ClaimNames::default() })
}

/// What somebody holds, as one reads it.
async fn held(titles: &Titles, value: Value) -> String {
    held_by(titles, &map(), value).await
}

async fn held_by(titles: &Titles, map: &ClaimMap, value: Value) -> String {
    match titles.identify(map, &claims(value)).await {
        Ok(person) => {
            let Rights { schools, groups, administrator } = person.rights;
            let schools: Vec<String> = schools.iter().map(|(uai, role)| format!("{uai} {role:?}")).collect();
            format!("{} | {} groupe(s) | {administrator}", schools.join(", "), groups.len())
        }
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_profile_of_the_team_gives_its_schools_and_a_role_gives_more() {
    let titles = titles(&[]).await;
    for (value, expected) in [
        (
            json!({"sub": "a", "PRO": "National_ENS", "UAI": ["9999991F", "?!"]}),
            "9999991F Equipe | 0 groupe(s) | false",
        ),
        (
            json!({"sub": "a", "PRO": "National_ens", "UAI": "9999991F", "realm": {"roles": ["resp-affect-gar"]}}),
            "9999991F Responsable | 0 groupe(s) | false",
        ),
        (json!({"sub": "a", "realm": {"roles": ["dane-20"]}, "UAI": "9999991F"}), " | 1 groupe(s) | false"),
        (json!({"sub": "a", "realm": {"roles": ["Exploitation"]}}), " | 0 groupe(s) | true"),
        (json!({"sub": "a", "PRO": "National_elv", "UAI": "9999991F"}), "who signs in has no right"),
        (json!({"sub": "a", "PRO": "National_ens"}), "who signs in has no right"),
        (
            json!({"sub": " ", "PRO": "National_ens", "UAI": "9999991F"}),
            "the provider does not say who signs in: « sub » is missing",
        ),
    ] {
        assert_eq!(held(&titles, value.clone()).await, expected, "{value}");
    }
}

#[tokio::test]
async fn people_whom_the_settings_name_hold_what_these_say() {
    let named = NamedPerson {
        id: "a".into(),
        delegue: vec!["9999991f".into()],
        pilote: vec![String::new()],
        administrateur: true,
        ..NamedPerson::default()
    };
    let titles = titles(&[named]).await;
    assert_eq!(held(&titles, json!({"sub": "a"})).await, "9999991F Delegue | 1 groupe(s) | true");
    assert_eq!(held(&titles, json!({"sub": "b"})).await, "who signs in has no right");
}

#[tokio::test]
async fn what_is_given_to_somebody_of_a_provider_is_not_for_who_has_the_same_name_at_another() {
    let titles = titles(&[NamedPerson { id: "a".into(), administrateur: true, ..NamedPerson::default() }]).await;
    let cas = ClaimMap::of_cas("https://ent.example/cas", &ClaimNames::default());
    assert_eq!(held(&titles, json!({"sub": "a"})).await, " | 0 groupe(s) | true");
    assert_eq!(held_by(&titles, &cas, json!({"cas:user": "a"})).await, "who signs in has no right");
    // A role neither.
    assert_eq!(held(&titles, json!({"sub": "b", "PRO": "exploitation"})).await, " | 0 groupe(s) | true");
    assert_eq!(
        held_by(&titles, &cas, json!({"cas:user": "b", "PRO": "exploitation"})).await,
        "who signs in has no right"
    );
}

#[tokio::test]
async fn a_role_that_is_said_of_several_schools_at_once_makes_nobody_responsable_of_them() {
    let named = NamedPerson { id: "a".into(), responsable: vec!["9999992G".into()], ..NamedPerson::default() };
    let titles = titles(&[named]).await;
    let said = |sub: &str, schools: Value| json!({"sub": sub, "realm": {"roles": "RESP-AFFECT-GAR"}, "UAI": schools});
    for (value, expected) in [
        (said("b", json!(["9999991F", "9999991f "])), "9999991F Responsable | 0 groupe(s) | false"),
        (said("b", json!(["9999991F", "9999992G"])), "9999991F Equipe, 9999992G Equipe | 0 groupe(s) | false"),
        // One that cannot be read may be the one.
        (said("b", json!(["9999991F", "?!"])), "9999991F Equipe | 0 groupe(s) | false"),
        (said("b", json!(["9999991F", {"uai": "9999992G"}])), "9999991F Equipe | 0 groupe(s) | false"),
        // The settings say of which.
        (said("a", json!(["9999991F", "9999992G"])), "9999991F Equipe, 9999992G Responsable | 0 groupe(s) | false"),
    ] {
        assert_eq!(held(&titles, value.clone()).await, expected, "{value}");
    }
}

#[tokio::test]
async fn settings_that_name_no_school_or_no_group_are_refused() {
    let store = Store::in_memory().await.expect("a store");
    let with = |delegue: &str, pilote: &str| {
        let person = NamedPerson {
            id: "a".into(),
            delegue: vec![delegue.into()],
            pilote: vec![pilote.into()],
            ..NamedPerson::default()
        };
        let grants = Grants { people: vec![person], ..Grants::default() };
        Titles::new(store.clone(), Pseudonymiser::new(PSEUDONYMISER), &[(Provider::Oidc, grants)].into()).is_ok()
    };
    assert!(with("9999991F", "academie=20&nature=college"));
    assert!(!with("z u t", "academie=20"));
    for group in ["pays=fr", "academie", "academie=", "academie=1&academie=2", "20"] {
        assert!(!with("9999991F", group), "{group}");
    }
}

#[tokio::test]
async fn a_responsable_is_one_of_the_last_export_of_the_school() {
    let titles = of_one_provider(titles(&[]).await);
    let (first, second) = ("2025-09-01", "2026-01-05");
    titles.store.apply(named(1, &[("9999991F", "a"), ("9999992G", "a")], first)).await.expect("a batch");
    assert_eq!(
        held(&titles, json!({"sub": "a"})).await,
        "9999991F Responsable, 9999992G Responsable | 0 groupe(s) | false"
    );
    titles.store.apply(named(2, &[("9999991F", "b")], second)).await.expect("a batch");
    assert_eq!(held(&titles, json!({"sub": "a"})).await, "9999992G Responsable | 0 groupe(s) | false");
    assert_eq!(held(&titles, json!({"sub": "b"})).await, "9999991F Responsable | 0 groupe(s) | false");
}

#[tokio::test]
async fn with_two_providers_only_what_the_settings_say_to_be_a_name_of_the_directory_is_looked_up_there() {
    let titles = titles(&[]).await;
    titles.store.apply(named(1, &[("9999991F", "a")], "2025-09-01")).await.expect("a batch");
    let of_cas = |directory: Option<&str>| {
        let names = ClaimNames { directory: directory.map(str::to_owned), ..ClaimNames::default() };
        ClaimMap::of_cas("https://ent.example/cas", &names)
    };
    let (nothing, responsable) = ("who signs in has no right", "9999991F Responsable | 0 groupe(s) | false");
    for (map, value, expected) in [
        (map(), json!({"sub": "a"}), nothing),
        (of_cas(None), json!({"cas:user": "a"}), nothing),
        (of_cas(Some("ENTID")), json!({"cas:user": "a"}), nothing),
        (of_cas(Some("ENTID")), json!({"cas:user": "x", "ENTID": "a"}), responsable),
        (of_cas(Some("cas:user")), json!({"cas:user": "a"}), responsable),
    ] {
        assert_eq!(held_by(&titles, &map, value.clone()).await, expected, "{value}");
    }
    assert_eq!(held(&of_one_provider(titles), json!({"sub": "a"})).await, responsable);
}

#[tokio::test]
async fn nothing_that_the_provider_calls_people_is_kept() {
    let titles = titles(&[]).await;
    let told =
        json!({"sub": "secret-id", "name": "Ana\nB", "email": "a@b.example", "PRO": "National_doc", "UAI": "9999991F"});
    let person = titles.identify(&map(), &claims(told)).await.expect("a person");
    assert!(!person.id.as_str().contains("secret"));
    assert_eq!((person.id.as_str().len(), person.name.as_str()), (32, "AnaB"));
    assert_eq!(person.mail.as_deref(), Some("a@b.example"));
    let bare = json!({"sub": "secret-id", "email": "none", "PRO": "National_doc", "UAI": "9999991F"});
    let again = titles.identify(&map(), &claims(bare)).await.expect("a person");
    assert_eq!((&again.id, again.name.as_str(), again.mail), (&person.id, "Compte sans nom", None));
}
