//! The application without a network: a request goes in, a response comes out.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use chrono::{DateTime, NaiveDate, Utc};
use std::path::PathBuf;
use std::sync::Arc;
use tower::ServiceExt;
use vigie_domain::uai::Uai;
use vigie_server::context::Context;
use vigie_server::ingest::event::{Event, Fact, Places, SchoolDescription};
use vigie_server::router::router;
use vigie_server::serve::build_context;
use vigie_server::statistics::StoreStatistics;
use vigie_server::store::{Batch, SourceFile, Store};

/// The routes over a store of its own.
pub(crate) struct TestApp(Router);

/// A response, whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl TestApp {
    /// Nothing was imported.
    pub(crate) async fn empty() -> Self {
        Self::over(Store::in_memory().await.expect("a store"))
    }

    /// One school, two accesses on 1 June 2026 and one on the 3rd.
    pub(crate) async fn with_accesses() -> Self {
        let store = Store::in_memory().await.expect("a store");
        let uai = Uai::parse("9999991F").expect("a UAI");
        let source = SourceFile { digest: [1; 32], name: "test".into(), format: "test".into() };
        let batch = Batch {
            position: 1,
            last: true,
            events: vec![access(&uai, "2026-06-01", 2), access(&uai, "2026-06-03", 1)].into(),
            schools: vec![SchoolDescription {
                uai,
                name: Some("Collège Exemple".into()),
                nature: None,
                places: Places::default(),
            }],
            ..Batch::starting_at(source, 0)
        };
        store.apply(batch).await.expect("a batch that can be written");
        Self::over(store)
    }

    fn over(store: Store) -> Self {
        let now: DateTime<Utc> = "2026-06-10T08:00:00Z".parse().expect("an instant");
        let statistics = Arc::new(StoreStatistics::at(store.clone(), Arc::new(move || now)));
        let site = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site"));
        let context = build_context(store, &site).expect("the site is built: run make site");
        Self(router(Context { statistics, ..context }))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_from("localhost:3000", path).await
    }

    pub(crate) async fn get_from(&self, host: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::HOST, host).body(Body::empty()).expect("a request");
        let response = self.0.clone().oneshot(request).await.expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, body: body.into() }
    }
}

fn access(uai: &Uai, day: &str, count: u32) -> Event {
    let day: NaiveDate = day.parse().expect("a date");
    let fact =
        Fact::Access { person: None, profile: "eleve".into(), resource: None, presentation: None, device: None, count };
    Event { id: None, uai: uai.clone(), day, fact }
}
