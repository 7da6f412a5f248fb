//! What the pages know of the server that drew them, without asking it again.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use vigie_domain::period::{Day, FIRST_DAY};

/// What the server says of itself. Read on the server when it draws the page, and found in the page by the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The day on which the page was drawn, for the school it is about. The browser's own clock is never read: it may be
    /// wrong, or on another day.
    pub today: Day,
    /// Whether somebody is signed in, who then changes schools in the menu.
    pub is_signed_in: bool,
    /// Whether they may take figures of the school of the page away in files.
    pub may_export: bool,
}

impl Instance {
    /// Reads it from the ports on the server, from the page in the browser, and gives it to every component below.
    pub fn provide() {
        provide_context(SharedValue::new(Self::of_server).into_inner());
    }

    /// The one that [`Instance::provide`] gave.
    pub fn current() -> Self {
        use_context().unwrap_or_else(Self::unknown)
    }

    #[cfg(feature = "ssr")]
    fn of_server() -> Self {
        use crate::context::{Ports, Visitor};
        use leptos_router::location::RequestUrl;
        use vigie_domain::search::Search;
        // There is no context while the routes are listed, when the server starts.
        let Some(ports) = use_context::<Ports>() else { return Self::unknown() };
        let visitor = use_context::<Visitor>();
        let seat = visitor.as_ref().and_then(|visitor| visitor.seat());
        let may_export = visitor.is_none() || seat.is_some_and(|seat| seat.exports);
        // Where nobody signs in, only the address says which school it is about.
        let address = use_context::<RequestUrl>();
        let named = address.and_then(|url| Search::from_query(url.as_ref().split_once('?')?.1).search.school);
        let today = ports.statistics.today(seat.map(|seat| &seat.school.uai).or(named.as_ref()));
        Self { today, is_signed_in: visitor.is_some(), may_export }
    }

    #[cfg(not(feature = "ssr"))]
    fn of_server() -> Self {
        Self::unknown()
    }

    fn unknown() -> Self {
        Self { today: FIRST_DAY, is_signed_in: false, may_export: true }
    }
}
