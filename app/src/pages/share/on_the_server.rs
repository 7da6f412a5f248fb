//! The HTML of the page.

use crate::error::AppError;
use crate::kept::{PageRequest, share_form};
use crate::routes;
use crate::text;
use leptos::prelude::*;
use std::future::Future;
use vigie_domain::rights::{Action, Target, check};
use vigie_domain::search::Search;

pub(super) fn html() -> impl Future<Output = String> + Send + 'static {
    let request = PageRequest::current();
    async move {
        let Some(request) = request else { return String::new() };
        request.answer("Partager", page(&request).await)
    }
}

async fn page(request: &PageRequest) -> Result<String, AppError> {
    let reading = Search::from_query(&request.query);
    if let Some(error) = reading.errors.into_iter().next() {
        return Err(AppError::Invalid { field: error.field, reason: error.reason });
    }
    let school = request.school().await?;
    check(&request.viewer, Action::Share, Target::School(&school.uai)).map_err(vigie_domain::ports::PortError::from)?;
    let search = Search { school: Some(school.uai.clone()), ..reading.search };
    let html = view! {
        <div class="sharing" data-in-dialog="">
            <h1>"Partager cette question"</h1>
            <p>
                <strong>{text::document_title(&search)}</strong>
                <br />
                {text::school(&school)}
            </p>
            {share_form(&search, &request.viewer)}
            <p><a rel="external" href=routes::about(routes::LINKS, &school.uai)>"Voir les liens partagés"</a></p>
        </div>
    };
    Ok(html.to_html())
}
