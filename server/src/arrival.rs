//! Where people arrive when the address asks nothing: at the search that they chose to open by default, or, for whoever only follows
//! groups of schools, at the form by which one gets their figures; for whoever only operates the server, at what the guide says of it.

use crate::auth::guard::redirect;
use crate::context::Context;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use vigie_app::routes;
use vigie_domain::ports::{PortError, Viewer};
use vigie_domain::search::Search;

/// Leads whoever arrives to what is theirs, when there is something.
pub async fn open_first(State(context): State<Context>, request: Request, next: Next) -> Response {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let is_arrival = request.method() == Method::GET && ["/", routes::STATISTICS].contains(&path);
    if is_arrival
        && !Search::is_asked_by(query)
        && let Some(viewer) = request.extensions().get::<Viewer>()
    {
        match find(&context, viewer, query).await {
            Ok(Some(address)) => return redirect(&address),
            Ok(None) => {}
            // The page itself says what is wrong.
            Err(error) => tracing::debug!(%error, "no default search"),
        }
    }
    next.run(request).await
}

async fn find(context: &Context, viewer: &Viewer, query: &str) -> Result<Option<String>, PortError> {
    let reading = Search::from_query(query);
    if !reading.errors.is_empty() {
        return Ok(None);
    }
    let school = match reading.search.school {
        Some(school) => Some(school),
        None if follows_groups_alone(viewer) => return Ok(Some(routes::GROUPS_HELP.to_owned())),
        None if viewer.only_administers() => return Ok(Some(routes::ADMINISTRATION_HELP.to_owned())),
        None => context.statistics.schools(viewer).await?.into_iter().next().map(|school| school.uai),
    };
    let Some(school) = school else { return Ok(None) };
    let chosen = context.keeping.find_default(viewer, &school).await?;
    Ok(chosen.map(|search| routes::statistics(&search)))
}

fn follows_groups_alone(viewer: &Viewer) -> bool {
    viewer.person().is_some_and(|person| person.rights.schools.is_empty() && !person.rights.groups.is_empty())
}
