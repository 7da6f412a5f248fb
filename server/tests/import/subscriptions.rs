//! Lists of subscriptions, which are compared with one another, and operations on subscriptions.

use super::{Bench, LIST};
use std::ops::ControlFlow;
use std::path::PathBuf;
use vigie_domain::result::Figures;
use vigie_server::ingest::import::import_file;
use vigie_server::ingest::progress::Progress;

#[tokio::test]
async fn lists_of_subscriptions_are_compared_with_one_another() {
    let bench = Bench::new().await;
    let created = bench.import("abonnements.xml", LIST).await;
    insta::assert_snapshot!("abonnements_crees", created.text());
    // A comment makes another file of the same list.
    let same = bench.import("abonnements.xml", format!("{LIST}<!-- again -->")).await;
    assert_eq!((same.counted, same.unchanged, same.rejected), (0, 2, 1));
    let changed = LIST.replace("ENSEIGNANT", "ELEVE").replace("<idAbonnement>encyclo", "<idAbonnement>_encyclo");
    let changed = bench.import("abonnements_2025-10-01.xml", changed).await;
    insta::assert_snapshot!("abonnements_changes", changed.text());
}

/// Imports another file once a first one was read, and before it is written.
struct Overtaking<'b>(&'b Bench, Option<PathBuf>);

impl Progress for Overtaking<'_> {
    fn begin(&mut self, _: &str, _: u64) {}

    fn advance(&mut self, _: u64) -> ControlFlow<()> {
        let Self(bench, other) = self;
        if let Some(other) = other.take() {
            let import = || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(bench.import_path(&other)).counted
            };
            let counted = std::thread::scope(|scope| scope.spawn(import).join());
            assert_eq!(counted.expect("an import"), 1);
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_another_import_overtakes_is_not_counted() {
    let bench = Bench::new().await;
    let one = "<abonnement xmlns='http://www.atosworldline.com/wsabonnement/v1.0/'><idAbonnement>a</idAbonnement>               <uaiEtab>9999991F</uaiEtab></abonnement>";
    let [first, second] = ["creation_2025-09-01.xml", "creation_2025-09-02.xml"].map(|name| bench.write(name, one));
    let mut progress = Overtaking(&bench, Some(first));
    let Bench { store, pseudonymiser, options, .. } = &bench;
    let outcome = import_file(store, pseudonymiser, &second, options, &mut progress, &mut |_| {}).await;
    let told = outcome.expect_err("overtaken").to_string();
    assert!(told.contains("vient de changer par ailleurs"), "{told}");
    assert_eq!(bench.store.find_subscription("a").await.expect("known").len(), 1);
}

#[tokio::test]
async fn operations_follow_the_name_of_the_file_and_the_options() {
    let mut bench = Bench::new().await;
    let body = |id: &str, uai: &str| {
        format!(
            "<abonnement xmlns='http://www.atosworldline.com/wsabonnement/v1.0/'><idAbonnement>{id}</idAbonnement>{uai}</abonnement>"
        )
    };
    let school = "<uaiEtab>9999991F</uaiEtab>";
    assert_eq!(bench.import("creation_2025-09-02.xml", body("a", school)).await.counted, 1);
    assert_eq!(bench.import("POST_a_2025-09-03.xml", body("a", "")).await.counted, 1);
    assert_eq!(bench.import("DELETE_a_2025-09-04.xml", body("a", " ")).await.counted, 1);
    bench.options.day = Some("2025-09-05".parse().expect("a date"));
    bench.options.operation = Some(vigie_server::ingest::event::SubscriptionOperation::Created);
    assert_eq!(bench.import("b.xml", body("b", school)).await.counted, 1);
    let figures = bench.figures().await;
    let subscriptions =
        figures.iter().find(|result| result.search.service.get().slug == "abonnements").expect("a service");
    let mut days = Vec::new();
    for series in &subscriptions.series {
        let Figures::Additive { values, .. } = &series.figures else { continue };
        for (bucket, value) in subscriptions.buckets.iter().zip(values).filter(|(_, value)| **value > 0) {
            days.push(format!("{} {} {value}", series.indicator.get().slug, bucket.days.first));
        }
    }
    insta::assert_debug_snapshot!("abonnements_par_jour", days);
}

#[tokio::test]
async fn the_body_that_created_a_subscription_may_come_again_to_delete_it() {
    let bench = Bench::new().await;
    let body = "<abonnement xmlns='http://www.atosworldline.com/wsabonnement/v1.0/'><idAbonnement>a</idAbonnement>\
                <uaiEtab>9999991F</uaiEtab></abonnement>";
    assert_eq!(bench.import("PUT_2025-09-02_a.xml", body).await.counted, 1);
    assert_eq!(bench.import("DELETE_2025-12-01_a.xml", body).await.counted, 1);
    assert_eq!(bench.import("DELETE_2025-12-01_a.xml", body).await.counted, 0);
}
