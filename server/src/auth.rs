//! Who is asking: how people sign in, and from a request to a [`Viewer`].
//!
//! # Layout
//! - [`guard`]: what every request of a browser goes through: the name it was made to, where a write comes from, who is asking.
//! - [`session`]: sessions, in the database; their cookie. [`cookie`]: cookies.
//! - [`settings`], [`grants`]: what the TOML file says. [`claims`]: from what a provider says of somebody to what they hold.
//! - [`oidc`], [`cas`], [`demo`]: the ways to sign in. [`routes`]: their addresses. [`back`]: where people go afterwards.
//!   [`sign_out`]: the way out; [`farewell`]: what is said to whoever took it. `switch`: from one school to another.
//! - [`people`]: the port that jobs ask. [`http`]: what providers are asked over HTTP.
//!
//! Pages and server functions find the [`Viewer`] in their Leptos context, handlers take [`Asking`]. What somebody may do is
//! decided by [`vigie_domain::rights`].

pub mod back;
pub mod cas;
pub mod claims;
pub mod cookie;
pub mod demo;
pub mod farewell;
pub mod grants;
pub mod guard;
pub mod http;
pub mod oidc;
mod pending;
pub mod people;
pub mod routes;
pub mod session;
pub mod settings;
pub mod sign_out;
mod switch;

use crate::config::ProvidersConfig;
use crate::ingest::pseudonym::Pseudonymiser;
use crate::statistics::Clock;
use crate::store::Store;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cas::Cas;
use claims::Titles;
use guard::Names;
use http::Http;
use oidc::Oidc;
use settings::SessionLengths;
use std::sync::Arc;
use vigie_app::context::SignInOffer;
use vigie_domain::rights::Viewer;

/// How people sign in. Cheap to clone.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    lengths: SessionLengths,
    names: Names,
    way: Way,
}

/// How people say who they are.
pub enum Way {
    /// They do not: whoever reaches the server sits at the machine, and sees everything.
    Nobody,
    /// They choose a fictional person.
    Demo(demo::Cast),
    /// Somebody else says it.
    Providers(Box<Providers>),
}

/// Those who say who people are.
pub struct Providers {
    /// An OpenID provider.
    pub oidc: Option<Oidc>,
    /// A CAS server.
    pub cas: Option<Cas>,
    /// What people hold.
    pub titles: Titles,
    /// What asks whether one of them answers.
    http: Http,
}

impl Auth {
    /// On this machine only, as its local names say, without anybody signing in or as a fictional person.
    pub fn on_this_machine(store: Store, clock: Clock, lengths: SessionLengths, cast: Option<demo::Cast>) -> Self {
        let way = cast.map_or(Way::Nobody, Way::Demo);
        Self(Arc::new(Inner { store, clock, lengths, names: Names::Local, way }))
    }

    /// At a public address, by the providers of the settings.
    ///
    /// # Errors
    /// When these are no use.
    pub fn by_providers(
        store: Store,
        pseudonymiser: Pseudonymiser,
        clock: Clock,
        lengths: SessionLengths,
        config: &ProvidersConfig,
    ) -> anyhow::Result<Self> {
        let names = Names::public(&config.public_url)?;
        let after = config.public_url.join(vigie_app::routes::SIGN_IN)?;
        let http = Http::new()?;
        let oidc = config.oidc.as_ref().map(|file| {
            Oidc::new(file, names.whole(routes::OIDC_RETURN), after.clone(), http.clone(), Arc::clone(&clock))
        });
        let cas = config
            .cas
            .as_ref()
            .map(|file| Cas::new(file, names.whole(routes::CAS_RETURN), after.clone(), http.clone()));
        let titles = Titles::new(store.clone(), pseudonymiser, &config.grants)?;
        let way = Way::Providers(Box::new(Providers { oidc: oidc.transpose()?, cas: cas.transpose()?, titles, http }));
        Ok(Self(Arc::new(Inner { store, clock, lengths, names, way })))
    }

    /// Whether people use https.
    pub fn is_secure(&self) -> bool {
        self.0.names.are_secure()
    }

    /// The origin of the pages that a request with these headers asks for.
    pub fn origin(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        self.0.names.origin(host.unwrap_or_default())
    }

    /// The ways to sign in, as the page offers them.
    pub fn offer(&self) -> SignInOffer {
        let mut offer = SignInOffer::default();
        match &self.0.way {
            Way::Nobody => {}
            Way::Demo(cast) => offer.people = cast.choices(),
            Way::Providers(providers) => {
                let oidc = providers.oidc.as_ref().map(|oidc| (oidc.label.clone(), routes::OIDC));
                let cas = providers.cas.as_ref().map(|cas| (cas.label.clone(), routes::CAS));
                offer.providers = oidc.into_iter().chain(cas).collect();
            }
        }
        offer
    }

    /// Asks providers what they are ahead of time.
    pub async fn warm_up(&self) {
        if let Some(oidc) = self.providers().and_then(|providers| providers.oidc.as_ref()) {
            oidc.warm_up().await;
        }
    }

    fn providers(&self) -> Option<&Providers> {
        match &self.0.way {
            Way::Providers(providers) => Some(providers),
            _ => None,
        }
    }
}

/// Who is asking, for handlers that answer nobody else.
pub struct Asking(pub Viewer);

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        // The guard lets nobody through here who is not signed in; a route that it does not guard answers nobody.
        let viewer = parts.extensions.get::<Viewer>().cloned();
        viewer.map(Self).ok_or_else(|| (StatusCode::UNAUTHORIZED, guard::SIGNED_OUT).into_response())
    }
}
