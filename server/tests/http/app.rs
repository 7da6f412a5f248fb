//! The application without a network: a request goes in, a response comes out.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;
use vigie_domain::rights::{Person, PersonId, Rights, Viewer};
use vigie_domain::uai::Uai;
use vigie_server::auth::Auth;
use vigie_server::auth::demo::Cast;
use vigie_server::auth::people::StorePeople;
use vigie_server::auth::session::digest;
use vigie_server::auth::settings::SessionLengths;
use vigie_server::config::ProvidersConfig;
use vigie_server::exports::Exports;
use vigie_server::ingest::event::{Event, Fact, Places, SchoolDescription};
use vigie_server::ingest::pseudonym::Pseudonymiser;
use vigie_server::jobs::Jobs;
use vigie_server::jobs::mailer::Mailer;
use vigie_server::jobs::settings::JobSettings;
use vigie_server::router::router;
use vigie_server::serve::build_context;
use vigie_server::statistics::{Clock, StoreStatistics};
use vigie_server::store::{Batch, ExportState, NewSession, Slice, SourceFile, Store};

/// The host that requests are made to, and the origin of the pages that they come from.
pub(crate) const HOST: &str = "localhost:3000";
pub(crate) const ORIGIN: &str = "http://localhost:3000";

/// The routes over a store of its own.
pub(crate) struct TestApp {
    pub(crate) store: Store,
    pub(crate) auth: Auth,
    pub(crate) router: Router,
    /// Whose jobs nobody does, unless the test does them.
    pub(crate) exports: Exports,
    now: Arc<Mutex<DateTime<Utc>>>,
    _folder: Arc<TempDir>,
}

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

    /// The cookies that are set, as a browser sends them back; those that are taken away are empty.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        let all = self.headers.get_all(header::SET_COOKIE).iter();
        all.filter_map(|value| value.to_str().ok()?.split(';').next()).collect()
    }

    /// The cookie of a sign-in that begins or ends, as a browser sends it back.
    pub(crate) fn begun(&self) -> &str {
        self.cookies().into_iter().find(|cookie| cookie.starts_with("vigie-connexion-")).expect("a sign-in")
    }

    /// The value of a cookie that is set, when it is not taken away.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let value = self.cookies().into_iter().find_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('='));
        value.filter(|value| !value.is_empty())
    }
}

impl TestApp {
    /// Nothing was imported, and nobody signs in.
    pub(crate) async fn empty() -> Self {
        Self::over(Store::in_memory().await.expect("a store"), |store, clock| {
            Auth::on_this_machine(store, clock, SessionLengths::default(), None)
        })
    }

    /// One school, two accesses on 1 June 2026 and one on the 3rd; nobody signs in.
    pub(crate) async fn with_accesses() -> Self {
        Self::over(store_of(&["9999991F"]).await, |store, clock| {
            Auth::on_this_machine(store, clock, SessionLengths::default(), None)
        })
    }

    /// Two schools, and people who sign in as one of the demonstration.
    pub(crate) async fn with_people() -> Self {
        Self::with_people_in(Store::in_memory().await.expect("a store")).await
    }

    /// The same, in an empty store.
    pub(crate) async fn with_people_in(store: Store) -> Self {
        Self::with_people_of(filled(store, &["9999991F", "9999992G"]).await)
    }

    /// A school of Tahiti, and people who sign in as one of the demonstration.
    pub(crate) async fn with_people_overseas() -> Self {
        Self::with_people_of(store_of(&["9840001A"]).await)
    }

    fn with_people_of(store: Store) -> Self {
        Self::over(store, |store, clock| {
            let cast = Cast::new(&Pseudonymiser::new([7; 32]));
            Auth::on_this_machine(store, clock, SessionLengths::default(), Some(cast))
        })
    }

    /// Two schools, and people who sign in by providers.
    pub(crate) async fn with_providers(config: &ProvidersConfig) -> Self {
        Self::over(store_of(&["9999991F", "9999992G"]).await, |store, clock| {
            let pseudonymiser = Pseudonymiser::new([7; 32]);
            Auth::by_providers(store, pseudonymiser, clock, SessionLengths::default(), config).expect("providers")
        })
    }

    fn over(store: Store, auth: impl FnOnce(Store, Clock) -> Auth) -> Self {
        let start: DateTime<Utc> = "2026-06-10T08:00:00Z".parse().expect("an instant");
        let now = Arc::new(Mutex::new(start));
        let clock = clock_of(&now);
        let site = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site"));
        let context =
            build_context(store.clone(), &site, Arc::clone(&clock)).expect("the site is built: run make site");
        let auth = auth(store.clone(), clock);
        let folder = tempfile::tempdir().expect("a folder");
        // As the program does: mails are shown where nobody outside signs in.
        let mailer = auth.offer().providers.is_empty().then(|| Mailer::shown(ORIGIN.parse().expect("an address")));
        let exports = exports_of(&store, &clock_of(&now), folder.path(), mailer);
        let router = router(context, auth.clone(), exports.clone());
        Self { store, auth, exports, router, now, _folder: Arc::new(folder) }
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, time: TimeDelta) {
        *self.now.lock().expect("the time") += time;
    }

    pub(crate) fn clock(&self) -> Clock {
        clock_of(&self.now)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.now.lock().expect("the time")
    }

    /// The cookie of somebody who holds these rights, signed in by the store itself.
    pub(crate) async fn signed_in(&self, name: &str, rights: Rights) -> String {
        let person =
            Person { id: PersonId::new(name), name: name.into(), mail: Some(format!("{name}@example.fr")), rights };
        let secret = format!("secret-of-{name}-{:x}", rand::random::<u64>());
        let session = NewSession { hash: digest(&secret), provider: None, id_token: None };
        self.store.sign_in(person, session, self.now()).await.expect("signed in");
        format!("vigie={secret}")
    }

    /// Does the jobs until no export is under way and `is_done`.
    pub(crate) async fn work_until(&self, is_done: impl Fn(&Exports) -> bool) {
        let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
        let looking = async {
            loop {
                let exports = self.exports.list(&Viewer::Local, Slice::FIRST).await.expect("exports");
                let is_pending = |state| matches!(state, ExportState::Waiting { .. } | ExportState::Running { .. });
                if !exports.iter().any(|export| is_pending(export.state)) && is_done(&self.exports) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(stop);
        };
        tokio::join!(self.exports.jobs().work(async move { drop(stopping.await) }), looking);
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_from(HOST, path).await
    }

    pub(crate) async fn get_from(&self, host: &str, path: &str) -> Answer {
        self.send(Method::GET, path, &[("host", host)], "").await
    }

    /// As a browser that holds this cookie.
    pub(crate) async fn get_as(&self, cookie: &str, path: &str) -> Answer {
        self.send(Method::GET, path, &[("host", HOST), ("cookie", cookie)], "").await
    }

    /// A form sent from a page of ours by a browser that holds this cookie.
    pub(crate) async fn post_as(&self, cookie: &str, path: &str, body: &str) -> Answer {
        let form = "application/x-www-form-urlencoded";
        let headers = [("host", HOST), ("cookie", cookie), ("origin", ORIGIN), ("content-type", form)];
        self.send(Method::POST, path, &headers, body).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let peer: SocketAddr = (Ipv4Addr::LOCALHOST, 50_000).into();
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, body: body.into() }
    }
}

/// Exports of which somebody has three a day.
fn exports_of(store: &Store, clock: &Clock, folder: &Path, mailer: Option<Mailer>) -> Exports {
    let statistics = StoreStatistics::at(store.clone(), Arc::clone(clock));
    let people = Arc::new(StorePeople::new(store.clone(), Arc::clone(clock)));
    let settings = JobSettings { per_day: 3, beat: Duration::from_millis(20), ..JobSettings::default() };
    let jobs = Jobs::new(statistics.clone(), people, Arc::clone(clock), folder.to_owned(), settings, mailer);
    Exports::new(jobs, statistics)
}

fn clock_of(now: &Arc<Mutex<DateTime<Utc>>>) -> Clock {
    let now = Arc::clone(now);
    Arc::new(move || *now.lock().expect("the time"))
}

/// A store in which each of these schools has two accesses on 1 June 2026 and one on the 3rd.
async fn store_of(schools: &[&str]) -> Store {
    filled(Store::in_memory().await.expect("a store"), schools).await
}

/// An empty store, once these accesses are in it.
async fn filled(store: Store, schools: &[&str]) -> Store {
    for (rank, school) in (1..).zip(schools) {
        let uai = Uai::parse(school).expect("a UAI");
        let source = SourceFile { digest: [rank; 32], name: "test".into(), format: "test".into() };
        let name = if rank == 1 { "Collège Exemple".to_owned() } else { format!("Lycée Exemple {rank}") };
        let batch = Batch {
            position: 1,
            last: true,
            events: vec![access(&uai, "2026-06-01", 2), access(&uai, "2026-06-03", 1)].into(),
            schools: vec![SchoolDescription { uai, name: Some(name), nature: None, places: Places::default() }],
            ..Batch::starting_at(source, 0)
        };
        store.apply(batch).await.expect("a batch that can be written");
    }
    store
}

fn access(uai: &Uai, day: &str, count: u32) -> Event {
    let day: NaiveDate = day.parse().expect("a date");
    let fact =
        Fact::Access { person: None, profile: "eleve".into(), resource: None, presentation: None, device: None, count };
    Event { id: None, uai: uai.clone(), day, fact }
}
