//! What people keep, in the store: what implements [`Keeping`]. Rights are checked here, before anything is read.

use crate::statistics::{Clock, unavailable};
use crate::store::{Changed, Editor, NewFavourite, Store};
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
        // Taken away not long ago: it comes back as it was.
        if let Some(known) = self.list_removed(viewer, school).await?.into_iter().find(asks_the_same) {
            match self.apply(viewer, school, &known.id, &Change::Restore).await? {
                Changed::Done => return Ok(Kept::Done(known.id)),
                Changed::Full => return Ok(Kept::Full),
                // Somebody else brought it back, or it was erased, at this moment.
                Changed::Unseen | Changed::Reserved => {}
            }
        }
        self.check_known(school).await?;
        let favourite = NewFavourite {
            id: FavouriteId(format!("{:032x}", rand::random::<u128>())),
            person: viewer.owner(),
            author: author(viewer),
            name: name.clone(),
            question: question.clone(),
        };
        self.store.add_favourite(school, favourite, (self.clock)()).await.map_err(|error| unavailable(&error))
    }

    /// A school that is in no list would not be in a backup either.
    async fn check_known(&self, school: &Uai) -> Result<(), PortError> {
        let known = self.store.list_schools_among(vec![school.clone()]).await.map_err(|error| unavailable(&error))?;
        if known.is_empty() { Err(PortError::NotFound) } else { Ok(()) }
    }

    async fn change(
        &self,
        viewer: &Viewer,
        school: &Uai,
        id: &FavouriteId,
        change: &Change,
    ) -> Result<Kept<()>, PortError> {
        rights::check(viewer, Action::Keep, Target::School(school))?;
        match self.apply(viewer, school, id, change).await? {
            Changed::Done => Ok(Kept::Done(())),
            Changed::Full => Ok(Kept::Full),
            Changed::Unseen => Err(PortError::NotFound),
            Changed::Reserved => Err(PortError::Forbidden),
        }
    }

    /// Changes a favourite. Whose it is, is looked at in the transaction that changes it.
    async fn apply(
        &self,
        viewer: &Viewer,
        school: &Uai,
        id: &FavouriteId,
        change: &Change,
    ) -> Result<Changed, PortError> {
        let editor = Editor { person: viewer.owner(), keeps_for_team: keeps_for_team(viewer, school) };
        let changed = self.store.change_favourite(school, id.clone(), change.clone(), editor, (self.clock)()).await;
        changed.map_err(|error| unavailable(&error))
    }
}

fn keeps_for_team(viewer: &Viewer, school: &Uai) -> bool {
    rights::may(viewer, Action::KeepForTeam, Target::School(school))
}

/// How somebody is called; nothing for whoever sits at the machine.
pub(crate) fn author(viewer: &Viewer) -> String {
    viewer.person().map(|person| person.name.clone()).unwrap_or_default()
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
            let may_return = |favourite: &Favourite| favourite.circle == Circle::Own || keeps_for_team(viewer, school);
            Ok(removed.into_iter().find(|favourite| favourite.id == *id).filter(may_return))
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
            if question.is_some() {
                self.check_known(school).await?;
            }
            let set = self.store.set_default_search(school, viewer.owner(), question.cloned()).await;
            set.map_err(|error| unavailable(&error))
        })
    }
}
