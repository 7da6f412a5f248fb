//! Those who sign in, as jobs ask for them.

use crate::statistics::Clock;
use crate::store::Store;
use chrono::TimeDelta;
use vigie_domain::ports::{People, PortError, PortFuture};
use vigie_domain::rights::{Person, PersonId};

/// How long the rights of the last time hold for what is done while somebody is away: as long as what they asked for is kept.
const RIGHTS_HOLD: TimeDelta = TimeDelta::days(30);

/// The people of a store.
#[derive(Clone)]
pub struct StorePeople {
    store: Store,
    clock: Clock,
}

impl StorePeople {
    /// The people of a store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

impl People for StorePeople {
    fn find<'a>(&'a self, id: &'a PersonId) -> PortFuture<'a, Option<Person>> {
        Box::pin(async move {
            let found = self.store.find_person(id.clone(), (self.clock)() - RIGHTS_HOLD).await;
            found.map_err(|error| {
                tracing::error!(%error, "the store failed");
                PortError::Unavailable
            })
        })
    }
}
