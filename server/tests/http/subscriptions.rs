//! The receiving door: subscriptions, as the GAR takes them.

use super::receive::{Door, subscription};
use axum::http::StatusCode;

#[tokio::test]
async fn subscriptions_are_created_modified_and_deleted_as_at_the_gar() {
    let door = Door::new().await;
    let path = "/api/v1/abonnements/abo-1";
    let schools = "<uaiEtab>9999991F</uaiEtab>";
    let (body, change) = (subscription("abo-1", schools, "Un titre"), subscription("abo-1", "", "Un autre titre"));
    let send = async |method: &str, body: &str| door.send(method, path, &[], body.to_owned()).await;
    assert_eq!(send("POST", &change).await.status, StatusCode::NOT_FOUND);
    assert_eq!(send("DELETE", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(send("PUT", &body).await.status, StatusCode::CREATED);
    let again = send("PUT", &body).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("<Erreur><Code>409</Code>"), "{}", again.body);
    assert_eq!(send("POST", &change).await.status, StatusCode::OK);
    assert_eq!(send("DELETE", "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(send("DELETE", "").await.status, StatusCode::NOT_FOUND);
    for indicator in ["abonnements-crees", "abonnements-modifies", "abonnements-supprimes"] {
        assert_eq!(door.total(indicator).await, 1, "{indicator}");
    }
}

#[tokio::test]
async fn an_operation_is_of_the_day_that_it_is_where_the_school_is() {
    // Half past midnight in Paris, half past six the day before in Guadeloupe, half past two in La Réunion.
    let door = Door::at("2026-06-09T22:30:00Z").await;
    let path = "/api/v1/abonnements/abo-1";
    let uais = ["9710001A", "9999991F", "9740001A"];
    let named: String = uais.iter().map(|uai| format!("<uaiEtab>{uai}</uaiEtab>")).collect();
    assert_eq!(
        door.send("PUT", path, &[], subscription("abo-1", &named, "Un titre")).await.status,
        StatusCode::CREATED
    );
    let mut valid = Vec::new();
    for uai in uais {
        valid.push(door.level_on("2026-06-09", "abonnements-valides", uai).await);
    }
    assert_eq!(valid, [Some(1), None, None]);
}

#[tokio::test]
async fn a_school_that_is_named_no_more_has_the_subscription_no_more() {
    let door = Door::new().await;
    let path = "/api/v1/abonnements/abo-1";
    let uais = ["9999991F", "9999992G", "9999993H"];
    let named = |uais: &[&str]| {
        let uais: String = uais.iter().map(|uai| format!("<uaiEtab>{uai}</uaiEtab>")).collect();
        subscription("abo-1", &format!("{uais}<nbLicenceGlobale>10</nbLicenceGlobale>"), "Un titre")
    };
    let levels = async || {
        let mut levels = Vec::new();
        for uai in uais {
            levels.push((door.level("abonnements-valides", uai).await, door.level("licences", uai).await));
        }
        levels
    };
    assert_eq!(door.send("PUT", path, &[], named(&uais)).await.status, StatusCode::CREATED);
    let (valid, none) = ((Some(1), Some(10)), (Some(0), Some(0)));
    assert_eq!(levels().await, [valid; 3]);
    assert_eq!(door.send("POST", path, &[], named(&uais[..1])).await.status, StatusCode::OK);
    assert_eq!(levels().await, [valid, none, none]);
    assert_eq!(door.send("DELETE", path, &[], "").await.status, StatusCode::NO_CONTENT);
    assert!(levels().await.iter().all(|(valid, _)| *valid == Some(0)));
}

#[tokio::test]
async fn an_operation_asked_again_under_its_key_is_answered_as_the_first_time() {
    let door = Door::new().await;
    let path = "/api/v1/abonnements/abo-1";
    let body = subscription("abo-1", "<uaiEtab>9999991F</uaiEtab>", "Un titre");
    let keyed = [("idempotency-key", "k-1")];
    for _ in 0..2 {
        assert_eq!(door.send("PUT", path, &keyed, body.clone()).await.status, StatusCode::CREATED);
        assert_eq!(door.total("abonnements-crees").await, 1);
    }
    for _ in 0..2 {
        assert_eq!(door.send("DELETE", path, &keyed, "").await.status, StatusCode::NO_CONTENT);
        assert_eq!(door.total("abonnements-supprimes").await, 1);
    }
}

#[tokio::test]
async fn an_operation_asked_for_again_the_same_day_is_another_one_but_a_modification_that_changes_nothing() {
    let door = Door::new().await;
    let path = "/api/v1/abonnements/abo-1";
    let titled = |title: &str| subscription("abo-1", "<uaiEtab>9999991F</uaiEtab>", title);
    let send = async |method: &str, body: String| door.send(method, path, &[], body).await.status;
    for _ in 0..2 {
        assert_eq!(send("PUT", titled("Un")).await, StatusCode::CREATED);
        for title in ["Deux", "Deux", "Un", "Deux"] {
            assert_eq!(send("POST", titled(title)).await, StatusCode::OK);
        }
        assert_eq!(send("DELETE", String::new()).await, StatusCode::NO_CONTENT);
    }
    for (indicator, expected) in [("abonnements-crees", 2), ("abonnements-modifies", 6), ("abonnements-supprimes", 2)] {
        assert_eq!(door.total(indicator).await, expected, "{indicator}");
    }
}

#[tokio::test]
async fn a_subscription_that_is_not_the_one_of_the_address_is_refused() {
    let door = Door::new().await;
    let schools = "<uaiEtab>9999991F</uaiEtab>";
    let long = "a".repeat(46);
    for (id, body) in [
        ("abo-1", subscription("abo-2", schools, "Titre")),
        ("abo-1", subscription("abo-1", "<uaiEtab>z u t!</uaiEtab>", "Titre")),
        ("abo-1", subscription("abo-1", "", "Titre")),
        ("abo-1", format!("{} la suite", subscription("abo-1", schools, "Titre"))),
        ("abo-1", format!("<abonnements>{0}{0}</abonnements>", subscription("abo-1", schools, "Titre"))),
        ("abo-1", "<!DOCTYPE a [<!ENTITY b \"c\">]><abonnement/>".into()),
        ("abo-1", String::new()),
        ("_abo", subscription("_abo", schools, "Titre")),
        ("categorie", subscription("categorie", schools, "Titre")),
        (&long, subscription(&long, schools, "Titre")),
    ] {
        let refused = door.send("PUT", &format!("/api/v1/abonnements/{id}"), &[], body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{id} {body}\n{}", refused.body);
        assert!(refused.body.contains("<Message>"));
    }
    let large = "x".repeat((256 << 10) + 1);
    let refused = door.send("PUT", "/api/v1/abonnements/abo-1", &[], large).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(door.total("abonnements-crees").await, 0);
}
