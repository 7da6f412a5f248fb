//! Links that people give, in the store: what implements [`Sharing`]. Rights are checked here, before anything is read.

use crate::keeping::author;
use crate::statistics::{Clock, unavailable};
use crate::store::{NewLink, Store, StoredFigures};
use std::sync::Arc;
use vigie_domain::kept::{Kept, KeptQuestion};
use vigie_domain::ports::{PortError, PortFuture, Statistics, Viewer};
use vigie_domain::result::SearchResult;
use vigie_domain::rights::{self, Action, Target};
use vigie_domain::search::Search;
use vigie_domain::shared::{Link, LinkKind, Opened, Sharing, Snapshot, Token, compare, same_days};
use vigie_domain::uai::Uai;

/// The version in which figures are kept: it grows when what was kept could not be read any more.
const FORM: u32 = 1;

/// The links of a store.
#[derive(Clone)]
pub struct StoreSharing {
    store: Store,
    statistics: Arc<dyn Statistics>,
    clock: Clock,
}

impl StoreSharing {
    /// The links of a store, with the figures that they lead to.
    pub fn new(store: Store, statistics: Arc<dyn Statistics>, clock: Clock) -> Self {
        Self { store, statistics, clock }
    }

    async fn make(&self, viewer: &Viewer, kind: LinkKind, search: &Search) -> Result<Kept<Token>, PortError> {
        let school = search.school.as_ref().ok_or(PortError::NotFound)?;
        rights::check(viewer, Action::Share, Target::School(school))?;
        let figures = match kind {
            LinkKind::Living => None,
            LinkKind::Snapshot => Some(self.take(viewer, school, search).await?),
        };
        // A school that is in no list would not be in a backup either.
        let schools = self.store.list_schools_among(vec![school.clone()]).await.map_err(|error| unavailable(&error))?;
        if schools.is_empty() {
            return Err(PortError::NotFound);
        }
        let token = new_token().ok_or(PortError::Unavailable)?;
        let link = NewLink {
            token: token.clone(),
            person: viewer.owner(),
            author: author(viewer),
            question: KeptQuestion::of(search),
            figures,
        };
        let added = self.store.add_link(school, link, (self.clock)()).await.map_err(|error| unavailable(&error))?;
        Ok(if added == Kept::Full { Kept::Full } else { Kept::Done(token) })
    }

    /// The figures of now. The version is read before them: when data are written meanwhile, it is too old rather than too new.
    async fn take(&self, viewer: &Viewer, school: &Uai, search: &Search) -> Result<StoredFigures, PortError> {
        let data_version = self.store.find_version(school).await.map_err(|error| unavailable(&error))?;
        let data_version = data_version.ok_or(PortError::NotFound)?;
        let result = self.statistics.search(viewer, Action::Share, search).await?;
        let result = serde_json::to_string(&result).map_err(|error| {
            tracing::error!(%error, "figures cannot be written");
            PortError::Unavailable
        })?;
        Ok(StoredFigures { form: FORM, result, data_version })
    }

    async fn list(&self, viewer: &Viewer, school: &Uai) -> Result<Vec<Link>, PortError> {
        rights::check(viewer, Action::Share, Target::School(school))?;
        let mut links = self.store.list_links(school).await.map_err(|error| unavailable(&error))?;
        let owner = viewer.owner();
        links.sort_by_key(|link| link.person != owner);
        Ok(links)
    }

    async fn find(&self, viewer: &Viewer, token: &Token) -> Result<Opened, PortError> {
        // Only schools of the person are looked at: a link of another one is not told from one that does not exist.
        let schools = self.statistics.schools(viewer).await?.into_iter().map(|school| school.uai);
        let opened = schools.filter(|uai| rights::may(viewer, Action::OpenShared, Target::School(uai))).collect();
        let found = self.store.find_link(opened, token.clone()).await.map_err(|error| unavailable(&error))?;
        let (school, link, figures) = found.ok_or(PortError::NotFound)?;
        let Some(figures) = figures else {
            return link.question.search(&school).map(Opened::Living).ok_or(PortError::NotFound);
        };
        let result = read(&figures).ok_or(PortError::Unreadable)?;
        // What was kept is shown whatever becomes of the rest.
        let today = self.statistics.search(viewer, Action::OpenShared, &same_days(&result)).await;
        let since = today.map(|today| compare(&result, &today));
        let Link { made_at, author, .. } = link;
        let StoredFigures { data_version, .. } = figures;
        Ok(Opened::Snapshot(Box::new(Snapshot { result, taken_on: made_at.date(), author, data_version, since })))
    }
}

fn read(figures: &StoredFigures) -> Option<SearchResult> {
    let result = if figures.form == FORM { serde_json::from_str(&figures.result).ok() } else { None };
    if result.is_none() {
        tracing::error!(form = figures.form, "the figures of a link cannot be read");
    }
    result
}

/// Letters and digits by chance: some 83 bits.
fn new_token() -> Option<Token> {
    const SIGNS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut left = rand::random::<u128>();
    let mut sign = || {
        let sign = SIGNS[(left % 62) as usize];
        left /= 62;
        char::from(sign)
    };
    Token::parse(&(0..Token::LENGTH).map(|_| sign()).collect::<String>())
}

impl Sharing for StoreSharing {
    fn share<'a>(&'a self, viewer: &'a Viewer, kind: LinkKind, search: &'a Search) -> PortFuture<'a, Kept<Token>> {
        Box::pin(self.make(viewer, kind, search))
    }

    fn list_links<'a>(&'a self, viewer: &'a Viewer, school: &'a Uai) -> PortFuture<'a, Vec<Link>> {
        Box::pin(self.list(viewer, school))
    }

    fn revoke<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        token: &'a Token,
        is_revoked: bool,
    ) -> PortFuture<'a, ()> {
        Box::pin(async move {
            rights::check(viewer, Action::Share, Target::School(school))?;
            let revoked = self.store.revoke_link(school, token.clone(), is_revoked, (self.clock)()).await;
            if revoked.map_err(|error| unavailable(&error))? { Ok(()) } else { Err(PortError::NotFound) }
        })
    }

    fn open<'a>(&'a self, viewer: &'a Viewer, token: &'a Token) -> PortFuture<'a, Opened> {
        Box::pin(self.find(viewer, token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::event::{Event, Fact};
    use crate::statistics::StoreStatistics;
    use crate::store::{Batch, SourceFile};
    use std::sync::atomic::{AtomicBool, Ordering};
    use vigie_domain::group::{GroupResult, GroupSearch};
    use vigie_domain::period::Day;
    use vigie_domain::result::School;

    /// Figures of a store that fails from some moment on, but for the list of schools.
    struct Failing {
        figures: StoreStatistics,
        is_down: AtomicBool,
    }

    impl Statistics for Failing {
        fn schools<'a>(&'a self, viewer: &'a Viewer) -> PortFuture<'a, Vec<School>> {
            self.figures.schools(viewer)
        }

        fn search<'a>(
            &'a self,
            viewer: &'a Viewer,
            action: Action,
            search: &'a Search,
        ) -> PortFuture<'a, SearchResult> {
            if self.is_down.load(Ordering::Relaxed) {
                return Box::pin(std::future::ready(Err(PortError::Unavailable)));
            }
            self.figures.search(viewer, action, search)
        }

        fn group<'a>(&'a self, viewer: &'a Viewer, search: &'a GroupSearch) -> PortFuture<'a, GroupResult> {
            self.figures.group(viewer, search)
        }

        fn today(&self, school: Option<&Uai>) -> Day {
            self.figures.today(school)
        }
    }

    #[tokio::test]
    async fn the_figures_of_a_day_are_there_even_when_those_of_today_are_not() {
        let store = Store::in_memory().await.expect("a store");
        let uai = Uai::parse("9999991F").expect("a UAI");
        let source = SourceFile { digest: [1; 32], name: "test".into(), format: "test".into() };
        let (resource, presentation, device) = (None, None, None);
        let fact = Fact::Access { person: None, profile: "eleve".into(), resource, presentation, device, count: 3 };
        let event = Event { id: None, uai: uai.clone(), day: "2026-06-01".parse().expect("a day"), fact };
        let batch = Batch { position: 1, last: true, events: vec![event].into(), ..Batch::starting_at(source, 0) };
        store.apply(batch).await.expect("a batch");
        let clock: Clock = Arc::new(|| "2026-06-10T08:00:00Z".parse().expect("an instant"));
        let figures = StoreStatistics::at(store.clone(), Arc::clone(&clock));
        let statistics = Arc::new(Failing { figures, is_down: AtomicBool::new(false) });
        let sharing = StoreSharing::new(store, Arc::clone(&statistics) as Arc<dyn Statistics>, clock);
        let query = "etablissement=9999991F&service=acces&indicateur=acces-total&du=2026-06-01&au=2026-06-02&pas=jour";
        let shared = sharing.share(&Viewer::Local, LinkKind::Snapshot, &Search::from_query(query).search).await;
        let Ok(Kept::Done(token)) = shared else { panic!("{shared:?}") };
        let open = async || match sharing.open(&Viewer::Local, &token).await {
            Ok(Opened::Snapshot(snapshot)) => *snapshot,
            other => panic!("{other:?}"),
        };
        let before = open().await;
        assert_eq!(before.since.as_ref().map(|since| since.changes.len()), Ok(0));
        statistics.is_down.store(true, Ordering::Relaxed);
        let after = open().await;
        assert_eq!((after.result, after.since), (before.result, Err(PortError::Unavailable)));
    }

    /// What links of this form hold, as they were written: one for each kind of figures. A change that cannot read them any more is
    /// one of the form.
    const KEPT: &str = include_str!("../tests/fixtures/snapshots/form-1.json");

    #[test]
    fn what_links_hold_is_read_whole() {
        let kept: Vec<serde_json::Value> = serde_json::from_str(KEPT).expect("JSON");
        assert_eq!(kept.len(), 5);
        for value in kept {
            let figures = StoredFigures { form: FORM, result: value.to_string(), data_version: 1 };
            let result = read(&figures).expect("figures");
            assert_eq!(serde_json::to_value(&result).expect("JSON"), value);
        }
        let other = StoredFigures { form: FORM + 1, result: "{}".into(), data_version: 1 };
        assert_eq!(read(&other), None);
    }

    #[test]
    fn the_end_of_an_address_is_drawn_anew_each_time() {
        let (one, other) = (new_token().expect("a token"), new_token().expect("a token"));
        assert_ne!(one, other);
        assert_eq!(Token::parse(one.as_str()), Some(one));
    }
}
