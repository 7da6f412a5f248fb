//! What a page made by the server knows of its request.

use crate::components::Failure;
use crate::context::{Origin, Ports, Viewer};
use crate::error::AppError;
use axum::http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use vigie_domain::ports::PortError;
use vigie_domain::result::School;
use vigie_domain::uai::Uai;

/// Who asks for a page, and how. Read before anything is awaited.
pub(crate) struct PageRequest {
    pub(crate) ports: Ports,
    pub(crate) viewer: Viewer,
    /// The fields of the address.
    pub(crate) fields: leptos_router::params::ParamsMap,
    /// The parts of the path that vary.
    pub(crate) path: leptos_router::params::ParamsMap,
    /// The address, after `?`.
    pub(crate) query: String,
    /// Where the addresses of this server begin.
    pub(crate) origin: String,
    response: Option<ResponseOptions>,
}

impl PageRequest {
    /// That of the page that is drawn; None while the server lists its routes.
    pub(crate) fn current() -> Option<Self> {
        Some(Self {
            ports: use_context()?,
            viewer: use_context()?,
            fields: use_query_map().get_untracked(),
            path: use_params_map().get_untracked(),
            query: use_location().search.get_untracked(),
            origin: use_context::<Origin>().map(|origin| origin.0).unwrap_or_default(),
            response: use_context(),
        })
    }

    /// A field of the address; empty when it is not there.
    pub(crate) fn field(&self, name: &str) -> String {
        self.fields.get(name).unwrap_or_default()
    }

    /// The school that the page is about: the one that the address names, or the first of the person.
    pub(crate) async fn school(&self) -> Result<School, AppError> {
        let holds_none = self.viewer.person().is_some_and(|person| person.rights.schools.is_empty());
        let named = self.field("etablissement");
        if named.is_empty() && holds_none {
            return Err(PortError::without_role(&self.viewer).into());
        }
        let schools = self.ports.statistics.schools(&self.viewer).await?;
        if named.is_empty() {
            return schools.into_iter().next().ok_or_else(|| PortError::without_school(&self.viewer).into());
        }
        let named = Uai::parse(&named).map_err(|_| AppError::NotFound)?;
        let is_held = self.viewer.person().is_some_and(|person| person.rights.schools.contains_key(&named));
        let missing = if is_held { AppError::NothingYet } else { AppError::NotFound };
        schools.into_iter().find(|school| school.uai == named).ok_or(missing)
    }

    /// Sends the browser to another address.
    pub(crate) fn redirect(&self, address: &str) {
        if let (Some(response), Ok(address)) = (&self.response, HeaderValue::from_str(address)) {
            response.set_status(StatusCode::SEE_OTHER);
            response.insert_header(header::LOCATION, address);
        }
    }

    /// The page, or what is wrong in its place, with the status that this has.
    pub(crate) fn answer(&self, title: &str, page: Result<String, AppError>) -> String {
        page.unwrap_or_else(|error| {
            if let Some(response) = &self.response {
                let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                response.set_status(status);
            }
            let title = title.to_owned();
            view! {
                <h1>{title}</h1>
                <Failure error again=format!("?{}", crate::routes::without_messages(&self.query)) />
            }
            .to_html()
        })
    }
}

/// What the server says when a form was refused, in the page that it leads back to.
pub(crate) fn failed(code: &str) -> Option<AnyView> {
    let sentence = (!code.is_empty()).then(|| crate::text::refusal(code))?;
    Some(view! { <p class="notice notice--error" role="alert" tabindex="-1" data-notice="">{sentence}</p> }.into_any())
}
