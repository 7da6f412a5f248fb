//! What people keep and hand on, as the forms of the pages send it: each leads back to a page, which says what became of it.

use crate::auth::Asking;
use crate::auth::back::field;
use crate::auth::guard::redirect;
use crate::context::Context;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use vigie_app::{routes, text};
use vigie_domain::kept::{Change, Circle, Direction, FavouriteId, Kept, KeptQuestion, Label, LabelError};
use vigie_domain::ports::{PortError, Viewer};
use vigie_domain::search::Search;
use vigie_domain::shared::{LinkKind, Token};
use vigie_domain::uai::Uai;

/// What is answered to a form that asks for a link of a kind that there is not. The form of the page sends none.
const UNKNOWN_KIND: &str = "Ce que le lien doit montrer n’a pas été compris\u{a0}: choisissez «\u{a0}La question\u{a0}» ou «\u{a0}Les \
    chiffres d’aujourd’hui\u{a0}». Aucun lien n’a été créé.\n";
/// The longest body: an address and a name.
const MAX_BODY_BYTES: usize = 16 << 10;

/// Why nothing was done, as the page is told.
#[derive(Debug)]
struct Refused(&'static str);

impl From<PortError> for Refused {
    fn from(error: PortError) -> Self {
        Self(match error {
            PortError::Forbidden => "reserve",
            PortError::Unavailable => "indisponible",
            _ => "absent",
        })
    }
}

impl Refused {
    /// The same, of what brings something back: there is nothing left to bring back.
    fn undo(error: PortError, is_undo: bool) -> Self {
        if is_undo && error == PortError::NotFound { Self("trop-tard") } else { error.into() }
    }
}

impl From<LabelError> for Refused {
    fn from(error: LabelError) -> Self {
        Self(match error {
            LabelError::Empty => "nom-vide",
            LabelError::TooLong => "nom-long",
        })
    }
}

/// The routes.
pub fn routes() -> Router<Context> {
    Router::new()
        .route(routes::ADD_FAVOURITE, post(add_favourite))
        .route(routes::CHANGE_FAVOURITE, post(change_favourite))
        .route(routes::SET_DEFAULT, post(set_default))
        .route(routes::ADD_LINK, post(add_link))
        .route(routes::CHANGE_LINK, post(change_link))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn add_favourite(State(context): State<Context>, Asking(viewer): Asking, body: String) -> Response {
    let outcome = async {
        let (search, school) = asked(&body)?;
        let name = Label::suggested(&text::document_title(&search)).ok_or(Refused("question"))?;
        done(context.keeping.add_favourite(&viewer, &school, &name, &KeptQuestion::of(&search)).await?)?;
        Ok(back_to(&search, routes::STAR_ID))
    };
    concluded(outcome.await, routes::FAVOURITES, school_of(&body).as_ref())
}

async fn change_favourite(State(context): State<Context>, Asking(viewer): Asking, body: String) -> Response {
    let outcome = async {
        let school = school_of(&body).ok_or(Refused("absent"))?;
        let id = FavouriteId::parse(&field(&body, "favori").unwrap_or_default()).ok_or(Refused("absent"))?;
        let change = read_change(&body)?;
        let changed = context.keeping.change_favourite(&viewer, &school, &id, &change).await;
        let page = routes::about(routes::FAVOURITES, &school);
        if change == Change::Restore
            && changed == Err(PortError::NotFound)
            && is_kept(&context, &viewer, &school, &id).await
        {
            // The same button was pressed twice, or in two tabs.
            return Ok(format!("{page}&fait={}#modifier-{}", text::ALREADY_RESTORED, id.0));
        }
        done(changed.map_err(|error| Refused::undo(error, change == Change::Restore))?)?;
        if let Ok((search, _)) = asked(&body) {
            return Ok(back_to(&search, routes::STAR_ID));
        }
        Ok(match change {
            Change::Remove => format!("{page}&retire={}", id.0),
            Change::Give(Circle::Team) => format!("{page}&donne={}", id.0),
            // Back on what was pressed.
            Change::Shift(Direction::Up) => format!("{page}#monter-{}", id.0),
            Change::Shift(Direction::Down) => format!("{page}#descendre-{}", id.0),
            _ => format!("{page}#modifier-{}", id.0),
        })
    };
    concluded(outcome.await, routes::FAVOURITES, school_of(&body).as_ref())
}

/// Whether a favourite is among those that somebody sees.
async fn is_kept(context: &Context, viewer: &Viewer, school: &Uai, id: &FavouriteId) -> bool {
    let favourites = context.keeping.list_favourites(viewer, school).await;
    favourites.is_ok_and(|favourites| favourites.iter().any(|favourite| favourite.id == *id))
}

fn read_change(body: &str) -> Result<Change, Refused> {
    let value = field(body, "valeur").unwrap_or_default();
    Ok(match field(body, "action").unwrap_or_default().as_str() {
        "renommer" => Change::Rename(Label::parse(&value)?),
        "ranger" => match Label::parse(&value) {
            Err(LabelError::Empty) => Change::Move(None),
            folder => Change::Move(Some(folder?)),
        },
        "monter" => Change::Shift(Direction::Up),
        "descendre" => Change::Shift(Direction::Down),
        "donner" => Change::Give(Circle::Team),
        "reprendre" => Change::Give(Circle::Own),
        "retirer" => Change::Remove,
        "retablir" => Change::Restore,
        _ => return Err(Refused("question")),
    })
}

async fn set_default(State(context): State<Context>, Asking(viewer): Asking, body: String) -> Response {
    let outcome = async {
        let (search, school) = asked(&body)?;
        let question = KeptQuestion::of(&search);
        let is_chosen = field(&body, "action").is_some_and(|action| action == "definir");
        context.keeping.set_default(&viewer, &school, is_chosen.then_some(&question)).await?;
        Ok(back_to(&search, routes::DEFAULT_ID))
    };
    concluded(outcome.await, routes::FAVOURITES, school_of(&body).as_ref())
}

async fn add_link(State(context): State<Context>, Asking(viewer): Asking, body: String) -> Response {
    let kind = match field(&body, "genre").as_deref() {
        Some("vivant") => LinkKind::Living,
        Some("instantane") => LinkKind::Snapshot,
        _ => return (StatusCode::BAD_REQUEST, UNKNOWN_KIND).into_response(),
    };
    let outcome = async {
        let (search, school) = asked(&body)?;
        let token = done(context.sharing.share(&viewer, kind, &search).await?)?;
        Ok(format!("{}&lien={}", routes::about(routes::LINKS, &school), token.as_str()))
    };
    concluded(outcome.await, routes::LINKS, school_of(&body).as_ref())
}

async fn change_link(State(context): State<Context>, Asking(viewer): Asking, body: String) -> Response {
    let outcome = async {
        let school = school_of(&body).ok_or(Refused("absent"))?;
        let token = field(&body, "lien").and_then(|token| Token::parse(&token)).ok_or(Refused("absent"))?;
        let is_revoked = field(&body, "action").is_some_and(|action| action == "revoquer");
        let changed = context.sharing.revoke(&viewer, &school, &token, is_revoked).await;
        changed.map_err(|error| Refused::undo(error, !is_revoked))?;
        let what = if is_revoked { "revoque" } else { "lien" };
        Ok(format!("{}&{what}={}", routes::about(routes::LINKS, &school), token.as_str()))
    };
    concluded(outcome.await, routes::LINKS, school_of(&body).as_ref())
}

/// The question that a form is about, and its school.
fn asked(body: &str) -> Result<(Search, Uai), Refused> {
    let query = field(body, "question").filter(|query| Search::is_asked_by(query)).ok_or(Refused("question"))?;
    let reading = Search::from_query(&query);
    match (reading.errors.is_empty(), reading.search.school.clone()) {
        (true, Some(school)) => Ok((reading.search, school)),
        _ => Err(Refused("question")),
    }
}

/// The school that a form is about.
fn school_of(body: &str) -> Option<Uai> {
    let named = field(body, "etablissement").and_then(|uai| Uai::parse(&uai).ok());
    named.or_else(|| asked(body).ok().map(|(_, school)| school))
}

fn done<T>(kept: Kept<T>) -> Result<T, Refused> {
    match kept {
        Kept::Done(value) => Ok(value),
        Kept::Full => Err(Refused("plein")),
    }
}

/// The page of a question, at the button that was pressed.
fn back_to(search: &Search, button: &str) -> String {
    format!("{}#{button}", routes::statistics(search))
}

fn concluded(outcome: Result<String, Refused>, page: &str, school: Option<&Uai>) -> Response {
    redirect(&outcome.unwrap_or_else(|Refused(code)| match school {
        Some(school) => format!("{}&erreur={code}", routes::about(page, school)),
        None => format!("{page}?erreur={code}"),
    }))
}
