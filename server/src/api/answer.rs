//! `/statistiques.csv`, `.json`, `.svg` and `.png`: the address of the page, answered as a file.

use crate::api::{csv, json};
use crate::auth::Asking;
use crate::context::Context;
use crate::render;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::ValueEnum;
use tokio::sync::Semaphore;
use vigie_app::charts::{self, ChartOption, Theme};
use vigie_app::error::AppError;
use vigie_domain::ports::{ChartRenderer, PortError, Statistics, Viewer};
use vigie_domain::result::SearchResult;
use vigie_domain::rights::Action;
use vigie_domain::search::{FieldError, Search};

/// What an answer can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Le tableau, pour un tableur
    Csv,
    /// Tout, pour un programme
    Json,
    /// L’image vectorielle
    Svg,
    /// L’image en pixels
    Png,
}

impl Format {
    /// Whether it is drawn.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Svg | Self::Png)
    }

    /// What the figures are for: a picture shows what the page does, a file takes the figures away.
    fn action(self) -> Action {
        match self {
            Self::Csv | Self::Json => Action::Export,
            Self::Svg | Self::Png => Action::Search,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The address has errors.
    #[error("{}", sentences(.0))]
    Invalid(Vec<FieldError>),
    /// The school is not one the person may see, or does not exist.
    #[error("{}", AppError::NotFound)]
    NotFound,
    /// The group of schools is not one that the person follows, or does not exist.
    #[error("Ce groupe d’établissements n’existe pas ou ne vous est pas ouvert.")]
    UnknownGroup,
    /// The person sees the figures, and does not take them away.
    #[error("Les fichiers de chiffres sont réservés aux responsables d’affectation et à leurs délégués.")]
    Forbidden,
    /// The person is nothing in any school.
    #[error("{}", AppError::NoRole)]
    NoRole,
    /// The person follows groups of schools.
    #[error("{}", AppError::OnlyGroups)]
    OnlyGroups,
    /// There is no data at all.
    #[error("Aucun établissement n’est chargé\u{a0}: importez un fichier avec «\u{a0}vigie import\u{a0}».")]
    NoSchool,
    /// Nothing came yet about the school of the person.
    #[error("{}", AppError::NothingYet)]
    NothingYet,
    /// There is nothing to draw.
    #[error("Aucune donnée à représenter pour cette recherche.")]
    Empty,
    /// Something broke; it was logged.
    #[error("{}", AppError::Unavailable)]
    Unavailable,
}

fn sentences(errors: &[FieldError]) -> String {
    errors.iter().map(|e| format!("{}\u{a0}: {}", e.field, e.reason)).collect::<Vec<_>>().join("\n")
}

impl From<PortError> for AnswerError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::NotFound => Self::NotFound,
            PortError::NoSchool => Self::NoSchool,
            PortError::NothingYet => Self::NothingYet,
            PortError::Forbidden => Self::Forbidden,
            PortError::NoRole => Self::NoRole,
            PortError::OnlyGroups => Self::OnlyGroups,
            PortError::Unreadable | PortError::Unavailable => Self::Unavailable,
        }
    }
}

impl AnswerError {
    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Forbidden | Self::NoRole | Self::OnlyGroups => StatusCode::FORBIDDEN,
            Self::NotFound | Self::UnknownGroup | Self::NoSchool | Self::NothingYet | Self::Empty => {
                StatusCode::NOT_FOUND
            }
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for AnswerError {
    fn into_response(self) -> Response {
        (self.status(), [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{self}\n")).into_response()
    }
}

/// Answers a query in a format. Pictures alone need what draws them.
///
/// # Errors
/// See [`AnswerError`].
pub async fn answer(
    statistics: &dyn Statistics,
    charts: Option<&dyn ChartRenderer>,
    viewer: &Viewer,
    query: &str,
    format: Format,
) -> Result<(SearchResult, Vec<u8>), AnswerError> {
    let reading = Search::from_query(query);
    if !reading.errors.is_empty() {
        return Err(AnswerError::Invalid(reading.errors));
    }
    let (size, option) = (picture_size(query)?, picture_option(query));
    let result = statistics.search(viewer, format.action(), &reading.search).await?;
    // A small picture stands among others, and says itself that there is nothing to draw.
    if format.is_picture() && result.is_empty() && !is_thumbnail(query) {
        return Err(AnswerError::Empty);
    }
    let bytes = match format {
        Format::Csv => csv::table(&result),
        Format::Json => {
            let mut text = serde_json::to_vec_pretty(&json::document(&result)).map_err(|_| AnswerError::Unavailable)?;
            text.push(b'\n');
            text
        }
        Format::Svg => picture(charts, &result, size, option).await?.into_bytes(),
        Format::Png => {
            let svg = picture(charts, &result, size, option).await?;
            // A small picture is for screens, whose pixels are finer than those of the page.
            let fineness = if is_thumbnail(query) { 2 } else { 1 };
            let turn = PIXELS.acquire().await.map_err(|_| AnswerError::Unavailable)?;
            let draw = move || {
                // Until it is done, whoever waits for it.
                let _turn = turn;
                render::png(&svg, size.0 * fineness, size.1 * fineness)
            };
            let png = tokio::task::spawn_blocking(draw).await;
            png.ok().and_then(Result::ok).ok_or(AnswerError::Unavailable)?
        }
    };
    Ok((result, bytes))
}

/// How many pictures are turned into pixels at once; the others wait. One may take fifty megabytes, and all of a processor.
static PIXELS: Semaphore = Semaphore::const_new(2);

/// What makes the option of a picture.
type MakeOption = fn(&SearchResult) -> ChartOption;

/// The chart with what it is about written inside or, with `vignette`, the chart alone on a page that is `claire` or `sombre`.
fn picture_option(query: &str) -> MakeOption {
    match field(query, "vignette") {
        Some("sombre") => |result| charts::thumbnail(result, Theme::Dark),
        Some("claire") => |result| charts::thumbnail(result, Theme::Light),
        _ => |result| charts::picture(result, Theme::Light),
    }
}

fn field<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).filter(|value| !value.is_empty())
}

async fn picture(
    charts: Option<&dyn ChartRenderer>,
    result: &SearchResult,
    size: (u32, u32),
    option: MakeOption,
) -> Result<String, AnswerError> {
    let charts = charts.ok_or(AnswerError::Unavailable)?;
    Ok(charts.svg(option(result).json().to_owned(), size.0, size.1).await?)
}

/// Whether a small picture is asked for, the chart alone.
fn is_thumbnail(query: &str) -> bool {
    matches!(field(query, "vignette"), Some("claire" | "sombre"))
}

/// The size of a picture: 340 × 240 for a `vignette`, otherwise `largeur` and `hauteur` in the address, or 1200 × 675.
fn picture_size(query: &str) -> Result<(u32, u32), AnswerError> {
    let asked = |name: &'static str, default: u32, bounds: std::ops::RangeInclusive<u32>| match field(query, name)
        .map(str::parse)
    {
        None => Ok(default),
        Some(Ok(pixels)) if bounds.contains(&pixels) => Ok(pixels),
        Some(_) => {
            let reason = format!("Indiquez un nombre de pixels de {} à {}.", bounds.start(), bounds.end());
            Err(AnswerError::Invalid(vec![FieldError { field: name.to_owned(), reason }]))
        }
    };
    if is_thumbnail(query) {
        return Ok((340, 240));
    }
    Ok((asked("largeur", 1200, 320..=4000)?, asked("hauteur", 675, 240..=3000)?))
}

/// The routes: the path of the page with an extension.
pub fn routes() -> Router<Context> {
    Format::value_variants().iter().fold(Router::new(), |router, format| {
        let handler = move |State(context): State<Context>, Asking(viewer): Asking, RawQuery(query): RawQuery| {
            handle(context, viewer, query, *format)
        };
        router.route(&format!("/statistiques.{}", format.extension()), get(handler))
    })
}

async fn handle(context: Context, viewer: Viewer, query: Option<String>, format: Format) -> Response {
    let (statistics, charts) = (context.statistics.as_ref(), context.charts.as_ref());
    match answer(statistics, Some(charts), &viewer, &query.unwrap_or_default(), format).await {
        Ok((result, bytes)) => (headers(&result, format), bytes).into_response(),
        Err(error) => error.into_response(),
    }
}

fn headers(result: &SearchResult, format: Format) -> [(HeaderName, String); 3] {
    let indicator = match result.search.indicators.as_slice() {
        [one] => one.get().slug,
        _ => result.search.service.get().slug,
    };
    let (uai, period) = (&result.school.uai, result.period);
    let name = format!("vigie_{uai}_{indicator}_{}_{}.{}", period.first, period.last, format.extension());
    [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ]
}
