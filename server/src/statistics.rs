//! The figures, from the store: what implements [`Statistics`].

use crate::store::{Store, StoreError};
use crate::zone::zone_of;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use vigie_domain::facts::answer_from;
use vigie_domain::group::{self, GroupResult, GroupSearch, Published};
use vigie_domain::period::Day;
use vigie_domain::ports::{PortError, PortFuture, Statistics, Viewer};
use vigie_domain::result::{School, SearchResult};
use vigie_domain::rights::{self, Action, Target};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// What tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The figures of a store.
#[derive(Clone)]
pub struct StoreStatistics {
    store: Store,
    clock: Clock,
}

impl StoreStatistics {
    /// The figures of a store, today being what the machine says.
    pub fn new(store: Store) -> Self {
        Self::at(store, Arc::new(Utc::now))
    }

    /// The same, today being what a clock says.
    pub fn at(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Where the figures are. Whoever reads them there has found the school by [`Self::school_of`].
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The moment it is.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    async fn list_schools(&self, viewer: &Viewer) -> Result<Vec<School>, PortError> {
        let schools = match viewer {
            Viewer::Local => self.store.list_schools().await,
            Viewer::Person(person) => {
                let held = person.rights.schools.keys();
                let seen = held.filter(|uai| rights::may(viewer, Action::Search, Target::School(uai)));
                self.store.list_schools_among(seen.cloned().collect()).await
            }
        };
        schools.map_err(|error| unavailable(&error))
    }

    /// The school that a search is about, when the viewer may do with it what the action says.
    pub(crate) async fn school_of(&self, viewer: &Viewer, action: Action, search: &Search) -> Result<Uai, PortError> {
        let uai = match &search.school {
            Some(uai) => uai.clone(),
            None if viewer.person().is_some_and(|person| person.rights.schools.is_empty()) => {
                return Err(PortError::without_role(viewer));
            }
            None => {
                let schools = self.list_schools(viewer).await?;
                let first = schools.into_iter().next().map(|school| school.uai);
                first.ok_or_else(|| PortError::without_school(viewer))?
            }
        };
        // Before anything is read: whether the school exists has no bearing on a refusal, nor on the time it takes.
        rights::check(viewer, action, Target::School(&uai))?;
        Ok(uai)
    }
}

impl Statistics for StoreStatistics {
    fn schools<'a>(&'a self, viewer: &'a Viewer) -> PortFuture<'a, Vec<School>> {
        Box::pin(self.list_schools(viewer))
    }

    fn search<'a>(&'a self, viewer: &'a Viewer, action: Action, search: &'a Search) -> PortFuture<'a, SearchResult> {
        Box::pin(async move {
            let uai = self.school_of(viewer, action, search).await?;
            let facts = self.store.load_facts(&uai, search, self.today(Some(&uai))).await;
            let facts = facts.map_err(|error| unavailable(&error))?;
            Ok(answer_from(search, facts.ok_or_else(|| PortError::unknown_school(viewer))?))
        })
    }

    fn group<'a>(&'a self, viewer: &'a Viewer, search: &'a GroupSearch) -> PortFuture<'a, GroupResult> {
        Box::pin(async move {
            rights::check(viewer, Action::Search, Target::Group(&search.group))?;
            let published = self.store.load_published(search.year, search.indicator).await;
            let published = published.map_err(|error| unavailable(&error))?;
            Ok(group::answer(search, &published.unwrap_or_else(|| Published::nothing(self.today(None)))))
        })
    }

    fn today(&self, school: Option<&Uai>) -> Day {
        let zone = school.map_or(chrono_tz::Europe::Paris, zone_of);
        (self.clock)().with_timezone(&zone).date_naive()
    }
}

/// Writes down what broke; whoever asks only learns that it did.
pub(crate) fn unavailable(error: &StoreError) -> PortError {
    tracing::error!(%error, "the store failed");
    PortError::Unavailable
}
