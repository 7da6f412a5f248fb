//! What people keep, in the store: what implements [`Keeping`]. Rights are checked here, before anything is read.

use crate::statistics::{Clock, unavailable};
use crate::store::{NewFavourite, Store};
use vigie_domain::kept::{Change, Circle, Favourite, FavouriteId, Keeping, Kept, KeptQuestion, Label};
use vigie_domain::ports::{PortError, PortFuture, Viewer};
use vigie_domain::rights::{self, Action, Target};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// What people keep in a store.
#[derive(Clone)]
pub struct StoreKeeping {
    store: Store,
    clock: Clock,
}

impl StoreKeeping {
    /// What people keep in a store, at the time that a clock says.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    async fn list(&self, viewer: &Viewer, school: &Uai) -> Result<Vec<Favourite>, PortError> {
        rights::check(viewer, Action::Keep, Target::School(school))?;
        self.store.list_favourites(school, viewer.owner()).await.map_err(|error| unavailable(&error))
    }

    async fn list_removed(&self, viewer: &Viewer, school: &Uai) -> Result<Vec<Favourite>, PortError> {
        rights::check(viewer, Action::Keep, Target::School(school))?;
        let removed = self.store.list_removed_favourites(school, viewer.owner(), (self.clock)()).await;
        removed.map_err(|error| unavailable(&error))
    }

    async fn add(
        &self,
        viewer: &Viewer,
        school: &Uai,
        name: &Label,
        question: &KeptQuestion,
    ) -> Result<Kept<FavouriteId>, PortError> {
        let asks_the_same = |favourite: &Favourite| {
            let is_own = favourite.circle == Circle::Own;
            is_own && question.search(school).is_some_and(|search| favourite.question.asks(&search))
        };
        if let Some(known) = self.list(viewer, school).await?.into_iter().find(asks_the_same) {
            return Ok(Kept::Done(known.id));
        }
        // Taken away a moment ago: it comes back as it was.
        if let Some(known) = self.list_removed(viewer, school).await?.into_iter().find(asks_the_same) {
            let restored = self.store.change_favourite(school, known.id.clone(), Change::Restore, (self.clock)()).await;
            return Ok(with(restored.map_err(|error| unavailable(&error))?, known.id));
        }
        // A school that is in no list would not be in a backup either.
        let schools = self.store.list_schools_among(vec![school.clone()]).await.map_err(|error| unavailable(&error))?;
        if schools.is_empty() {
            return Err(PortError::NotFound);
        }
        let id = FavouriteId(format!("{:032x}", rand::random::<u128>()));
        let favourite = NewFavourite {
            id: id.clone(),
            person: viewer.owner(),
            author: author(viewer),
            name: name.clone(),
            question: question.clone(),
        };
        let added = self.store.add_favourite(school, favourite, (self.clock)()).await;
        Ok(with(added.map_err(|error| unavailable(&error))?, id))
    }

    async fn change(
        &self,
        viewer: &Viewer,
        school: &Uai,
        id: &FavouriteId,
        change: &Change,
    ) -> Result<Kept<()>, PortError> {
        let favourite = if *change == Change::Restore {
            self.list_removed(viewer, school).await?.into_iter().find(|favourite| favourite.id == *id)
        } else {
            rights::check(viewer, Action::Keep, Target::School(school))?;
            self.store.find_favourite(school, id.clone()).await.map_err(|error| unavailable(&error))?
        };
        let is_own = |favourite: &Favourite| favourite.person == viewer.owner();
        // What somebody else keeps for themselves is as unknown as what does not exist.
        let seen = favourite.filter(|favourite| favourite.circle == Circle::Team || is_own(favourite));
        let favourite = seen.ok_or(PortError::NotFound)?;
        if favourite.circle == Circle::Team || *change == Change::Give(Circle::Team) {
            rights::check(viewer, Action::KeepForTeam, Target::School(school))?;
        }
        if *change == Change::Give(Circle::Own) && !is_own(&favourite) {
            return Err(PortError::Forbidden);
        }
        let changed = self.store.change_favourite(school, id.clone(), change.clone(), (self.clock)()).await;
        changed.map_err(|error| unavailable(&error))
    }
}

/// How somebody is called; nothing for whoever sits at the machine.
pub(crate) fn author(viewer: &Viewer) -> String {
    viewer.person().map(|person| person.name.clone()).unwrap_or_default()
}

fn with<T>(kept: Kept<()>, value: T) -> Kept<T> {
    match kept {
        Kept::Done(()) => Kept::Done(value),
        Kept::Full => Kept::Full,
    }
}

impl Keeping for StoreKeeping {
    fn list_favourites<'a>(&'a self, viewer: &'a Viewer, school: &'a Uai) -> PortFuture<'a, Vec<Favourite>> {
        Box::pin(self.list(viewer, school))
    }

    fn find_removed<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        id: &'a FavouriteId,
    ) -> PortFuture<'a, Option<Favourite>> {
        Box::pin(async move {
            let removed = self.list_removed(viewer, school).await?;
            Ok(removed.into_iter().find(|favourite| favourite.id == *id))
        })
    }

    fn add_favourite<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        name: &'a Label,
        question: &'a KeptQuestion,
    ) -> PortFuture<'a, Kept<FavouriteId>> {
        Box::pin(self.add(viewer, school, name, question))
    }

    fn change_favourite<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        id: &'a FavouriteId,
        change: &'a Change,
    ) -> PortFuture<'a, Kept<()>> {
        Box::pin(self.change(viewer, school, id, change))
    }

    fn find_default<'a>(&'a self, viewer: &'a Viewer, school: &'a Uai) -> PortFuture<'a, Option<Search>> {
        Box::pin(async move {
            rights::check(viewer, Action::Keep, Target::School(school))?;
            let kept = self.store.find_default_search(school, viewer.owner()).await;
            Ok(kept.map_err(|error| unavailable(&error))?.and_then(|question| question.search(school)))
        })
    }

    fn set_default<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        question: Option<&'a KeptQuestion>,
    ) -> PortFuture<'a, ()> {
        Box::pin(async move {
            rights::check(viewer, Action::Keep, Target::School(school))?;
            let set = self.store.set_default_search(school, viewer.owner(), question.cloned()).await;
            set.map_err(|error| unavailable(&error))
        })
    }
}
