//! Files that say how things are on a day, of which the last one holds: directories, lists, catalogues and counts.

use super::Bench;
use vigie_domain::result::Figures;
use vigie_server::ingest::report::Outcome;

#[tokio::test]
async fn the_difference_between_two_exports_of_a_directory_gives_no_number_of_accounts() {
    let bench = Bench::new().await;
    let pupils = include_str!("../fixtures/gar-ent/eleves-2d.xml");
    let refused = bench.import("Z0_GAR-ENT_Delta_20251101_210000_2D_Eleve_0000.xml", pupils).await;
    assert_eq!(refused.outcome, Outcome::Unreadable);
    assert!(refused.text().contains("export complet"), "{}", refused.text());
    assert!(bench.import("Z0_GAR-ENT_Complet_20251101_210000_2D_Eleve_0000.xml", pupils).await.counted > 0);
}

#[tokio::test]
async fn of_two_exports_of_a_directory_on_one_day_the_last_one_holds() {
    let export = |pupils: u32| {
        let pupil = |number| {
            format!(
                "<GAREleve><GARPersonIdentifiant>e-{number}</GARPersonIdentifiant><GARPersonProfils><GARStructureUAI>9999991F\
                 </GARStructureUAI><GARPersonProfil>National_elv</GARPersonProfil></GARPersonProfils></GAREleve>"
            )
        };
        let pupils: String = (0..pupils).map(pupil).collect();
        format!("<GAR-ENT-Eleve xmlns='http://data.education.fr/ns/gar'>{pupils}</GAR-ENT-Eleve>")
    };
    let named = |time: &str| format!("Z0_GAR-ENT_Complet_20250901_{time}_2D_Eleve_0000.xml");
    let bench = Bench::new().await;
    for (time, pupils, expected) in [("210000", 40, 40), ("080000", 50, 40), ("220000", 50, 50), ("230000", 40, 40)] {
        bench.import(&named(time), export(pupils)).await;
        let figures = bench.figures().await;
        let all = figures.iter().flat_map(|result| &result.series);
        let accounts = all.filter(|series| series.indicator.get().slug == "comptes").map(|series| &series.figures);
        for figures in accounts {
            let Figures::Stock { values, .. } = figures else { panic!("{figures:?}") };
            assert_eq!(values.last(), Some(&Some(expected)), "{time}");
        }
    }
}

/// A list of one subscription, with so many licences.
fn subscriptions(licences: u32) -> String {
    format!(
        "<abonnements xmlns='http://www.atosworldline.com/wsabonnement/v1.0/'><abonnement><idAbonnement>a-1</idAbonnement>\
         <idRessource>ark:/1/a</idRessource><libelleRessource>Titre</libelleRessource><debutValidite>2025-09-01T00:00:00</debutValidite>\
         <anneeFinValidite>2025-2026</anneeFinValidite><uaiEtab>9999991F</uaiEtab>\
         <nbLicenceGlobale>{licences}</nbLicenceGlobale></abonnement></abonnements>"
    )
}

#[tokio::test]
async fn a_state_that_comes_back_is_read_again_when_it_is_dated_and_else_whoever_imports_is_told() {
    let bench = Bench::new().await;
    let catalogue = |title: &str| format!(r#"[{{"idRessource":"ark:/1/a","idType":"ARK","nomRessource":"{title}"}}]"#);
    let school = |name: &str| {
        format!(
            "<listEtablissement xmlns='http://www.atosworldline.com/listEtablissement/v1.0/'><etablissement>\
             <uai>9999991F</uai><appellation_officielle>{name}</appellation_officielle></etablissement></listEtablissement>"
        )
    };
    let kinds: [(&str, [String; 2]); 3] = [
        ("abonnements", [10, 20].map(subscriptions)),
        ("catalogue", ["Un", "Deux"].map(catalogue)),
        ("etablissements", ["un", "deux"].map(school)),
    ];
    for (kind, [first, second]) in &kinds {
        let undated = bench.write(&format!("{kind}-a"), first);
        assert_eq!(bench.import_path(&undated).await.outcome, Outcome::Imported);
        let again = bench.import_path(&undated).await;
        assert_eq!((again.outcome, again.warnings), (Outcome::AlreadyImported, vec![]), "{kind}");
        assert_eq!(bench.import(&format!("{kind}-b"), second).await.outcome, Outcome::Imported);
        let back = bench.import_path(&undated).await;
        assert_eq!(back.outcome, Outcome::AlreadyImported, "{kind}");
        assert!(back.warnings.len() == 1 && back.text().contains("--date"), "{kind}: {}", back.text());
        let dated = bench.write(&format!("{kind}-2025-11-21"), first);
        assert_eq!(bench.import_path(&dated).await.outcome, Outcome::Imported, "{kind}");
        let again = bench.import_path(&dated).await;
        assert_eq!((again.outcome, again.warnings), (Outcome::AlreadyImported, vec![]), "{kind}");
    }
    let licences = bench.figures().await;
    let all = licences.iter().flat_map(|result| &result.series);
    let licences: Vec<_> = all.filter(|series| series.indicator.get().slug == "licences").collect();
    let Figures::Stock { values, .. } = &licences[0].figures else { panic!("{licences:?}") };
    assert_eq!(values.last(), Some(&Some(10)));
}

#[tokio::test]
async fn of_two_counts_of_assignments_on_one_day_the_last_one_holds_in_whatever_order_they_come() {
    let counts = [("20250901", 50), ("20250910_080000", 100), ("20250910_200000", 120), ("20250920", 130)];
    for order in [[0, 1, 2, 3], [0, 2, 1, 3], [3, 2, 1, 0]] {
        let bench = Bench::new().await;
        for (named, pupils) in order.map(|at| counts[at]) {
            let row = format!("UAI;idAbonnement;idRessource;cumulAffectationEleve\n9999991F;abo-1;x;{pupils}\n");
            assert_eq!(bench.import(&format!("decompte_{named}.csv"), row).await.cumulative, 1);
        }
        let figures = bench.figures().await;
        let all = figures.iter().flat_map(|result| &result.series);
        let Some(Figures::Additive { values, .. }) = all
            .filter(|series| series.indicator.get().slug == "affectations-total")
            .map(|series| &series.figures)
            .next()
        else {
            panic!("{figures:?}")
        };
        let assigned: Vec<_> = values.iter().copied().filter(|value| *value > 0).collect();
        assert_eq!(assigned, [70, 10], "{order:?}");
    }
}
